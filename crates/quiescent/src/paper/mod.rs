//! The paper: its conditions, the protocol by which their networks are studied, and its claims.
//!
//! [`study()`] simulates the phases that the paper's figures need and measures them. What it finds is plain
//! data ([`RunStudy`]), from which figures and [`claims`] are made without the network. To measure a network
//! that is none of the paper's, use [`measure`](crate::measure).

pub mod claims;
mod condition;
pub mod matrix;
mod phases;
mod protocol;
mod study;

pub use condition::Condition;
pub use phases::{ADAPTATION, PhaseKey};
pub use protocol::{Protocol, Scale};
pub use study::{RunStudy, Study, study};

pub use crate::experiment::TaskKind;
