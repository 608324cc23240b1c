//! The paper's conditions, the protocol of their studies, and its claims.
//!
//! This module builds on `measure` and does not read or write files. A study yields plain data
//! ([`RunStudy`]); figures and claims are made from it without the network.

pub mod claims;
mod condition;
pub mod matrix;
mod phases;
mod protocol;
mod study;

pub use condition::Condition;
pub use phases::PhaseKey;
pub use protocol::Protocol;
pub use study::{RunStudy, Study, study};

pub use crate::experiment::TaskKind;
