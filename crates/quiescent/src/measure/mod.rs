//! Measures phases of any network, or arrays from anywhere (recorded neurons, for example).
//!
//! [`measure`] takes phases by name, what is known about their origin ([`Source`]) and how to
//! measure them ([`Settings`]). A measurement that fails is returned as its error
//! ([`Outcome`](crate::analysis::Outcome)). [`observe`] reduces hidden activity while a phase is
//! simulated, so that it is never held whole unless that is needed.

mod activity;
mod measurements;
mod phase;
mod results;
mod scalars;

pub use activity::{Activity, observe};
pub use measurements::{PhaseData, Settings, Source, measure, reactivation};
pub use results::{
    Components, CoverageSummary, DensityGrid, HeadingDensity, Leaving, Measurements, NullSteps,
    PhaseMeasurements, Subspaces, TotalVariance, Tracking, TransitionComparison,
};
pub use scalars::Scalar;

/// Name of the waking phase. Every other phase is compared with it.
pub const WAKING: &str = "active";
/// Name of the main quiescent phase.
pub const REST: &str = "quiescent";
