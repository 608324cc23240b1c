//! Combines the estimates of a comparison of positions or headings.

use super::super::bootstrap::{Floor, Measured};
use super::super::error::Error;
use super::super::phase_divergence::{self as corrected, Half, Phase};
use super::results::{Estimate, PhaseSummary, PlugIn, Reactivation, Settings};

/// One phase in a comparison: the trials of its sites, its kernels at its own sites, and at the
/// other phase's sites.
pub(super) struct Side<'a> {
    pub(super) owners: &'a [usize],
    pub(super) at_own: Phase<'a>,
    pub(super) at_other: Phase<'a>,
}

/// The corrected halves of a divergence (at the quiescent phase's sites and at the active one's)
/// and the floors.
pub(super) fn halves(
    active: &Side<'_>,
    quiescent: &Side<'_>,
    settings: &Settings,
) -> Result<Corrected, Error> {
    let Settings { splits, seed, .. } = *settings;
    Ok(Corrected {
        there: corrected::at_sites(quiescent.owners, &quiescent.at_own, &active.at_other)?,
        back: corrected::at_sites(active.owners, &active.at_own, &quiescent.at_other)?,
        floors: corrected::floors(active.owners, &active.at_own, splits, seed)?,
    })
}

/// Corrected estimates: the halves of a divergence at the quiescent phase's sites and at the active
/// one's, and the floors.
pub(super) struct Corrected {
    pub(super) there: Half,
    pub(super) back: Half,
    /// Of the divergence and of the Jensen–Shannon divergence.
    pub(super) floors: (Option<Floor>, Option<Floor>),
}

/// All results, for positions or headings.
pub(super) struct Compared {
    pub(super) corrected: Corrected,
    /// The yardstick, and the fraction of sites at which the active density is poorly known.
    pub(super) uniform: (Measured, f64),
    pub(super) plug_in: PlugIns,
}

pub(super) struct PlugIns {
    pub(super) there: PlugIn,
    pub(super) back: PlugIn,
    pub(super) jensen_shannon: PlugIn,
    pub(super) uniform: PlugIn,
}

impl Compared {
    pub(super) fn reactivation(
        self,
        active: PhaseSummary,
        quiescent: PhaseSummary,
        unit: &str,
        settings: &Settings,
    ) -> Reactivation {
        let Self {
            corrected: Corrected { there, back, floors: (kl, jensen_shannon) },
            uniform: (uniform, guessed),
            plug_in,
        } = self;
        let level = settings.level;
        let of = |half: &Half, at: &PlugIn| {
            Estimate::new(half.kl(at.nats, level), at, half.unsupported(), kl)
        };
        let either = f64::midpoint(there.unsupported(), back.unsupported());
        let between = there.jensen_shannon(&back, plug_in.jensen_shannon.nats, level);
        Reactivation {
            kl_quiescent_from_active: of(&there, &plug_in.there),
            kl_active_from_quiescent: of(&back, &plug_in.back),
            jensen_shannon: Estimate::new(between, &plug_in.jensen_shannon, either, jensen_shannon),
            kl_uniform_from_active: Estimate::new(uniform, &plug_in.uniform, guessed, None),
            active,
            quiescent,
            unit: unit.to_owned(),
            settings: *settings,
        }
    }
}
