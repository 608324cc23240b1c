//! Does the quiescent phase revisit the active states? Computes divergences between the two phases'
//! densities of decoded values, with intervals, floors and a yardstick, and the dependence on the
//! starts.
//!
//! Each divergence has the value as published, from kernel densities of all points with Scott's
//! bandwidth (`plug_in_nats`), and the value to judge by (`nats`). The latter is corrected for
//! the biases of few trials and of smoothing; see `phase_divergence.rs`.

mod compared;
mod headings;
mod points;
mod positions;
mod results;

use ndarray::{ArrayView3, Axis};

use super::Real;
use super::error::{Error, check_dim};
use crate::space::Space;

pub use results::{Estimate, PhaseSummary, Reactivation, Settings};

/// Compares decoded values, `active` and `quiescent: [trial, step, dim]`, of a space of at most three
/// dimensions.
///
/// Positions need 24 bytes of memory per site and active trial.
///
/// # Errors
/// If a phase has fewer than three trials, no steps after the burn-in, values that are not
/// finite, or (positions) no spread; if dimensions differ; if a setting is out of range.
pub fn compare<T: Real>(
    active: ArrayView3<'_, T>,
    quiescent: ArrayView3<'_, T>,
    space: &Space,
    settings: &Settings,
) -> Result<Reactivation, Error> {
    let bootstrap = settings.bootstrap()?;
    for (name, phase) in [("active", &active), ("quiescent", &quiescent)] {
        check_dim(phase.len_of(Axis(2)), space.dim()).map_err(|error| error.in_phase(name))?;
    }
    let (active, quiescent, compared) = match space {
        Space::Region(region) => {
            positions::compare(active, quiescent, region, settings, &bootstrap)?
        }
        Space::Circle => headings::compare(active, quiescent, settings, &bootstrap)?,
    };
    Ok(compared.reactivation(active, quiescent, space.unit(), settings))
}
