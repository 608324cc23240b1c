//! The paper's study of a trained network: which phases are simulated, what is measured in them,
//! and which claims that supports.
//!
//! Stands on network, phases and analysis. What it finds is plain data ([`RunStudy`]) that figures
//! and claims are made from without the network.

mod condition;
mod protocol;
mod results;

pub use condition::{Condition, TaskKind};
pub use protocol::Protocol;
pub use results::*;
