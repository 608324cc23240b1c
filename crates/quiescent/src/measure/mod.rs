//! Measures phases of any network, or arrays from anywhere (recorded neurons, for example).
//!
//! [`measure`] takes phases by name, what is known of where they come from ([`Source`]) and how they
//! are to be measured ([`Settings`]). A measurement that cannot be made is returned as the reason
//! ([`Outcome`](crate::analysis::Outcome)). Hidden activity need not be held whole: [`observe`] reduces it
//! while a phase is simulated. [`reactivation`] is the one comparison of a quiescent phase with the active one.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use ndarray::Array3;
//! use quiescent::measure::{PhaseData, REST, Settings, Source, WAKING, measure};
//! use quiescent::random::{Generator, Stream};
//! use quiescent::space::Space;
//!
//! // Headings from anywhere, `[trial, step, 1]` in rad: 20 trials of 50 steps.
//! let decoded = |seed| {
//!     let mut generator = Generator::new(seed, Stream::Train { batch: 0 }, 0);
//!     Array3::from_shape_simple_fn((20, 50, 1), || 0.5 * generator.normal() as f32)
//! };
//! let phases = BTreeMap::from([
//!     (WAKING.to_owned(), PhaseData::decoded(decoded(1))),
//!     (REST.to_owned(), PhaseData::decoded(decoded(2))),
//! ]);
//! let found = measure(&Source::arrays(&Space::Circle, 0.02), &phases, &Settings::default())?;
//! assert!(found.divergences[REST].as_ref().unwrap().kl_quiescent_from_active.nats < 0.2);
//! // Nothing is known of a true stimulus.
//! assert!(found.tracking.is_err());
//! # Ok::<(), quiescent::analysis::Error>(())
//! ```

mod activity;
mod findings;
mod measurements;
mod movement;
mod paths;
mod phase;
mod results;
mod scalars;
mod settings;

pub use activity::{Activity, observe};
pub(crate) use findings::ALMOST_NATS;
pub use findings::{Finding, Question};
pub use measurements::{measure, reactivation};
pub(crate) use movement::CONTINUOUS_SHARE;
pub use movement::{
    Continuity, CoverageInTime, Directions, Movement, NULL_TRIALS, NullMovement, NullPaths,
    SequenceShare,
};
pub use results::{
    Components, CoverageSummary, DensityGrid, HeadingDensity, LEARNED, Leaving, Measurements,
    NullSteps, PhaseMeasurements, Subspaces, TotalVariance, Tracking, TransitionComparison,
};
pub use scalars::{Scalar, scalar_names};
pub use settings::{PhaseData, Settings, Source};

/// Name of the active phase. Every other phase is compared with it.
pub const WAKING: &str = "active";
/// Name of the main quiescent phase.
pub const REST: &str = "quiescent";
