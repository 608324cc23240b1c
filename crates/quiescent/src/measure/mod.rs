//! Measures phases: those of any network, or arrays from anywhere (recorded neurons too).
//!
//! [`measure`] takes phases by name, what is known of where they come from ([`Source`]) and how they
//! are to be measured ([`Settings`]). What cannot be measured is said in place of the number
//! ([`Outcome`](crate::analysis::Outcome)). Hidden activity is never held whole where it need not be:
//! [`observe`] reduces it while a phase is simulated.

mod activity;
mod measurements;
mod phase;
mod results;
mod scalars;
mod settings;

pub use activity::{Activity, observe};
pub use measurements::{measure, reactivation};
pub use results::{
    Components, CoverageSummary, DensityGrid, HeadingDensity, Leaving, Measurements, NullSteps,
    PhaseMeasurements, Subspaces, TotalVariance, Tracking, TransitionComparison,
};
pub use scalars::Scalar;
pub use settings::{PhaseData, Settings, Source};

/// Name of the waking phase, which every other phase is compared with.
pub const WAKING: &str = "active";
/// Name of the main quiescent phase.
pub const REST: &str = "quiescent";
