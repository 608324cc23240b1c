//! Many runs: a plan of them, what becomes of each, and their training on this machine.
//!
//! What has become of a run is read from its folder alone ([`State`]), so a plan can be stopped at any
//! time and carried out again, here or by other executors: [`work()`] is all that is done with one run.

mod after;
mod estimate;
mod local;
mod observer;
mod run;
mod state;
#[cfg(test)]
mod tests;
mod work;

pub use after::After;
pub use estimate::{Estimates, slowness, step_seconds};
pub use local::execute;
pub use observer::{Job, PlanObserver};
pub use run::{Plan, Run, Sharing};
pub use state::State;
pub use work::{session, work};
