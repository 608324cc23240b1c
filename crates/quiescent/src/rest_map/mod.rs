//! The map of rest: one trained network at rest in many ways, each judged by whether it is faithful to the
//! active phase and continuous.
//!
//! Adaptation, momentum and noise are changed, the network is not. Every way is simulated twice, with all
//! trials from one point and from encoded starts, because only the first tells what rest does by itself.

mod draw_up;
mod judge;
mod results;
mod settings;
mod words;

pub use draw_up::{Follow, rest_map};
pub use judge::{Answer, CONTINUOUS_SHARE, EXCESS_NATS, Judgement};
pub use results::{ActiveSteps, RestMap, RestNumbers, RestPoint};
pub use settings::{RestMapSettings, RestWay};
