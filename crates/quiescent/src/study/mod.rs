//! The paper's study of a trained network: which phases are simulated, what is measured in them,
//! and which claims that supports.
//!
//! Stands on network, phases and analysis. What it finds is plain data ([`RunStudy`]) that figures
//! and claims are made from without the network.

pub mod claims;
mod condition;
pub mod matrix;
mod measure;
mod phase;
mod protocol;
mod results;
mod simulate;

pub use condition::{Condition, TaskKind};
pub use measure::{Study, study};
pub use protocol::Protocol;
pub use results::*;
pub use simulate::StudyPhase;
