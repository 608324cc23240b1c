//! Which network's active density does each quiescent density resemble? This module computes divergences
//! between the phases of different networks with the same seed (figure 2e).

use std::collections::BTreeMap;
use std::fmt;

use ndarray::Array3;
use serde::{Deserialize, Serialize};

use super::{Condition, PhaseKey, RunStudy};
use crate::analysis::reactivation::Estimate;
use crate::analysis::{Missing, Outcome, outcome};
use crate::measure::reactivation;
use crate::space::Space;

/// A column: a density that is compared with every active density.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// A quiescent phase of a condition's networks.
    Rest(Condition, PhaseKey),
    /// The uniform density on the arena.
    Uniform,
}

impl Column {
    /// The columns of figure 2e.
    pub const FIGURE_2E: [Self; 6] = [
        Self::Rest(Condition::NOISY_UNBIASED, PhaseKey::Quiescent),
        Self::Rest(Condition::NOISELESS_UNBIASED, PhaseKey::Quiescent),
        Self::Rest(Condition::NOISY_BIASED, PhaseKey::Quiescent),
        Self::Rest(Condition::NOISELESS_BIASED, PhaseKey::Quiescent),
        Self::Uniform,
        Self::Rest(Condition::NOISY_UNBIASED, PhaseKey::Untrained),
    ];

    /// Whether the column's density is quiescent and of the row's own networks.
    pub fn is_own(self, row: Condition) -> bool {
        matches!(self, Self::Rest(condition, key)
            if condition == row && key != PhaseKey::Untrained)
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rest(condition, PhaseKey::Quiescent) => f.write_str(condition.label()),
            Self::Rest(_, PhaseKey::Untrained) => f.write_str("untrained network"),
            Self::Rest(condition, key) => write!(f, "{} ({})", condition.label(), key.label()),
            Self::Uniform => f.write_str("uniform"),
        }
    }
}

/// The networks of one seed, for several conditions, with the decoded values that enter the
/// densities.
pub struct SeedPhases<'a> {
    /// The seed.
    pub seed: u64,
    /// The space in which all of them decode.
    pub space: &'a Space,
    /// Each condition's study and decoded values, `[trial, step, dim]`.
    pub networks: Vec<(&'a RunStudy, BTreeMap<PhaseKey, Array3<f32>>)>,
}

/// One divergence, KL(column ‖ active density of the row), for one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// The seed.
    pub seed: u64,
    /// The condition with the active density.
    pub row: Condition,
    /// The density compared with it.
    pub column: Column,
    /// The divergence, or why there is none.
    #[serde(with = "outcome")]
    pub divergence: Outcome<Estimate>,
}

/// Every divergence between networks with the same seed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Matrix {
    /// In order of seeds, rows and columns.
    pub entries: Vec<Entry>,
}

impl Matrix {
    /// Adds the divergences between one seed's networks: every quiescent phase in `networks`
    /// against every active phase.
    pub fn add(&mut self, seed: &SeedPhases<'_>) {
        for (wake_study, wake) in &seed.networks {
            let Some(active) = wake.get(&PhaseKey::Active) else { continue };
            let mut uniform = None;
            for (rest_study, rests) in &seed.networks {
                for (&key, rest) in rests.iter().filter(|(key, _)| **key != PhaseKey::Active) {
                    let own = wake_study.condition == rest_study.condition;
                    let found = match wake_study.found.divergences.get(key.name()) {
                        // The study already measured this with the same settings.
                        Some(found) if own => found.clone(),
                        _ => {
                            let settings = rest_study.protocol.settings(seed.seed);
                            reactivation(active.view(), rest.view(), seed.space, &settings)
                                .map_err(Missing::from)
                        }
                    };
                    if let (None, Ok(found)) = (&uniform, &found) {
                        uniform = Some(found.kl_uniform_from_active);
                    }
                    self.entries.push(Entry {
                        seed: seed.seed,
                        row: wake_study.condition,
                        column: Column::Rest(rest_study.condition, key),
                        divergence: found.map(|found| found.kl_quiescent_from_active),
                    });
                }
            }
            self.entries.push(Entry {
                seed: seed.seed,
                row: wake_study.condition,
                column: Column::Uniform,
                divergence: uniform
                    .ok_or_else(|| Missing::undefined("no density could be compared")),
            });
        }
    }

    /// The matrix without the networks of which `left_out` is true, by condition and seed.
    pub fn without(&self, left_out: impl Fn(Condition, u64) -> bool) -> Self {
        let kept = |entry: &&Entry| {
            let rest = match entry.column {
                Column::Rest(condition, _) => left_out(condition, entry.seed),
                Column::Uniform => false,
            };
            !rest && !left_out(entry.row, entry.seed)
        };
        Self { entries: self.entries.iter().filter(kept).cloned().collect() }
    }

    /// The divergences of a cell that did not fail, with their seeds.
    pub fn cell(&self, row: Condition, column: Column) -> Vec<(u64, Estimate)> {
        self.entries
            .iter()
            .filter(|entry| entry.row == row && entry.column == column)
            .filter_map(|entry| Some((entry.seed, *entry.divergence.as_ref().ok()?)))
            .collect()
    }
}
