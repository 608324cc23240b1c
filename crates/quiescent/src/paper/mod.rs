//! The paper's conditions, the protocol that their networks are studied by, and its claims.
//!
//! Stands on `measure` and knows nothing of files. What a study finds is plain data ([`RunStudy`]) that
//! figures and claims are made from without the network.

pub mod claims;
mod condition;
pub mod matrix;
mod phases;
mod protocol;
mod study;

pub use condition::Condition;
pub use phases::PhaseKey;
pub use protocol::{Protocol, Scale};
pub use study::{RunStudy, Study, study};

pub use crate::experiment::TaskKind;
