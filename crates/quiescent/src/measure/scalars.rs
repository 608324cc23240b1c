//! Measurements that are single numbers, by name. Tables hold them and figures of sweeps draw
//! them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::movement::Movement;
use super::results::{Measurements, PhaseMeasurements};
use super::{REST, WAKING};
use crate::analysis::bootstrap::{Floor, Measured};
use crate::analysis::reactivation::{Estimate, PhaseSummary, Reactivation};
use crate::analysis::{Missing, unbounded};

/// A measurement that is one number.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scalar {
    /// Its name: the phase's name, a dot, and the quantity. A comparison of the main rest with
    /// waking has no phase in its name.
    pub name: String,
    /// The value, corrected for bias. It is not finite if a divergence is infinite.
    #[serde(with = "unbounded")]
    pub value: f64,
    /// Its unit; `1` for a pure number.
    pub unit: String,
    /// Its interval, low and high.
    pub interval: Option<[f64; 2]>,
    /// The statistic as published, if `value` is corrected for a bias in it.
    pub plug_in: Option<f64>,
    /// Estimates for halves of waking.
    pub floor: Option<Floor>,
    /// Whether it is no larger than between halves of waking; none without a floor, and where it could not
    /// have told.
    pub indistinguishable: Option<bool>,
}

impl Scalar {
    /// A number without an interval.
    pub fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        let (name, unit) = (name.into(), unit.to_owned());
        let (interval, plug_in, floor, indistinguishable) = (None, None, None, None);
        Self { name, value, unit, interval, plug_in, floor, indistinguishable }
    }

    fn measured(name: String, measured: &Measured, unit: &str) -> Self {
        Self {
            interval: Some([measured.interval.low, measured.interval.high]),
            plug_in: Some(measured.plug_in).filter(|value| value.is_finite()),
            ..Self::new(name, measured.value, unit)
        }
    }

    fn estimate(name: String, estimate: &Estimate) -> Self {
        Self {
            interval: Some([estimate.interval.low, estimate.interval.high]),
            plug_in: Some(estimate.plug_in_nats).filter(|nats| nats.is_finite()),
            floor: estimate.floor,
            indistinguishable: estimate.indistinguishable(),
            ..Self::new(name, estimate.nats, "nats")
        }
    }
}

impl Measurements {
    /// The measurements that failed, and why: comparisons with waking by the phase's name, those of a
    /// phase as `PHASE.NAME`, and `tracking`, `subspaces`, `transitions`, `stationary_distance`, `null_steps` and `null_movement`. What null
    /// models lack by their nature, such as a range for the exponent of shuffled steps, is not named.
    pub fn missing(&self) -> BTreeMap<String, &Missing> {
        let mut all: BTreeMap<String, &Missing> = BTreeMap::new();
        for (name, found) in &self.divergences {
            all.extend(found.as_ref().err().map(|missing| (name.clone(), missing)));
        }
        all.extend(self.tracking.as_ref().err().map(|missing| ("tracking".to_owned(), missing)));
        all.extend(self.subspaces.as_ref().err().map(|missing| ("subspaces".to_owned(), missing)));
        all.extend(
            self.transitions.as_ref().err().map(|missing| ("transitions".to_owned(), missing)),
        );
        all.extend(
            self.transitions
                .as_ref()
                .ok()
                .and_then(|found| found.stationary.as_ref().err())
                .map(|missing| ("stationary_distance".to_owned(), missing)),
        );
        all.extend(
            self.null_steps.as_ref().err().map(|missing| ("null_steps".to_owned(), missing)),
        );
        all.extend(
            self.null_movement.as_ref().err().map(|missing| ("null_movement".to_owned(), missing)),
        );
        for (phase, found) in &self.phases {
            for (name, missing) in [
                ("map", found.map.as_ref().and_then(|found| found.as_ref().err())),
                ("headings", found.headings.as_ref().and_then(|found| found.as_ref().err())),
                ("components", found.components.as_ref().and_then(|found| found.as_ref().err())),
                ("step_distance", found.step_distance.as_ref().err()),
                ("total_variance", found.total_variance.as_ref().err()),
                ("displacement", found.displacement.as_ref().err()),
                ("coverage", found.coverage.as_ref().err()),
                ("leaving", found.leaving.as_ref().err()),
                ("burn_in", found.burn_in.as_ref().err()),
                ("turn", found.turning.as_ref().and_then(|found| found.as_ref().err())),
            ] {
                all.extend(missing.map(|missing| (format!("{phase}.{name}"), missing)));
            }
            let missing = found.movement.missing();
            all.extend(missing.map(|(name, missing)| (format!("{phase}.{name}"), missing)));
        }
        all
    }

    /// Every measurement that is one number and did not fail.
    pub fn scalars(&self) -> Vec<Scalar> {
        let mut all = Vec::new();
        // The main rest comes first because readers look for it.
        let rest = self.divergences.iter().filter(|(name, _)| *name == REST);
        let others = self.divergences.iter().filter(|(name, _)| *name != REST);
        for (name, found) in rest.chain(others) {
            let Ok(found) = found else { continue };
            let prefix = if name == REST { String::new() } else { format!("{name}.") };
            all.extend(divergences(&prefix, found));
            if name == REST {
                // The yardstick depends on waking only.
                let name = "kl_uniform_from_active".to_owned();
                all.push(Scalar::estimate(name, &found.kl_uniform_from_active));
            }
            all.extend(variance_ratio(name, &found.quiescent));
            if name == REST {
                all.extend(variance_ratio(WAKING, &found.active));
            }
        }
        let unit = self.space.unit();
        if let Ok(tracking) = &self.tracking {
            all.push(Scalar::measured("tracking_error".to_owned(), &tracking.error, unit));
        }
        for (name, phase) in &self.phases {
            all.extend(of_phase(name, phase, unit));
            all.extend(of_movement(name, &phase.movement));
        }
        if let Ok(null) = &self.null_steps {
            // What a rest without any order, and one without any memory, would give.
            all.push(Scalar::new("time_shuffled.step_distance", null.shuffled, unit));
            all.push(Scalar::new("uniform.step_distance", null.uniform, unit));
        }
        if let Ok(null) = &self.null_movement {
            all.extend(of_movement("time_shuffled", &null.time_shuffled.movement));
            all.extend(of_movement("brownian", &null.brownian.movement));
        }
        if let Ok(transitions) = &self.transitions {
            let name = "transition_distance".to_owned();
            let distance = &transitions.quiescent.total_variation;
            all.push(Scalar::measured(name, distance, "1"));
            if let Ok(distance) = &transitions.stationary {
                let name = "stationary_distance".to_owned();
                let floor = transitions.stationary_floor;
                let indistinguishable = floor.map(|floor| floor.holds(distance.value));
                all.push(Scalar {
                    floor,
                    indistinguishable,
                    ..Scalar::measured(name, distance, "1")
                });
            }
        }
        all
    }
}

/// Every name that [`Measurements::scalars`] may have if these are the phases besides the active and the
/// main quiescent one.
pub fn scalar_names<'a>(others: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let whole = [
        "kl_uniform_from_active",
        "tracking_error",
        "time_shuffled.step_distance",
        "uniform.step_distance",
        "transition_distance",
        "stationary_distance",
    ];
    let mut names: BTreeSet<String> = whole.map(str::to_owned).into();
    for null in ["time_shuffled", "brownian"] {
        names.extend(OF_MOVEMENT.map(|quantity| format!("{null}.{quantity}")));
        names.extend(BESIDE_WAKING.map(|quantity| format!("{null}.{quantity}")));
    }
    for phase in [WAKING, REST].into_iter().chain(others) {
        names.extend(OF_PHASES.map(|quantity| format!("{phase}.{quantity}")));
        names.extend(OF_MOVEMENT.map(|quantity| format!("{phase}.{quantity}")));
        if phase != WAKING {
            names.extend(BESIDE_WAKING.map(|quantity| format!("{phase}.{quantity}")));
            let prefix = if phase == REST { String::new() } else { format!("{phase}.") };
            names.extend(DIVERGENCES.map(|divergence| format!("{prefix}{divergence}")));
        }
    }
    names
}

/// Comparisons of a quiescent phase with the active one.
const DIVERGENCES: [&str; 3] =
    ["kl_quiescent_from_active", "kl_active_from_quiescent", "jensen_shannon"];
/// Quantities of single phases.
const OF_PHASES: [&str; 5] =
    ["within_to_pooled_variance", "step_distance", "total_variance", "coverage", "turn"];
/// How the paths of single phases and of null models move.
const OF_MOVEMENT: [&str; 7] = [
    "continuity",
    "persistence",
    "reversals",
    "displacement_exponent",
    "quarter_covered",
    "half_covered",
    "sequences",
];
/// The same of quiescent phases beside the active one.
const BESIDE_WAKING: [&str; 2] = ["speed_ratio", "temporal_compression"];

fn divergences(prefix: &str, found: &Reactivation) -> [Scalar; 3] {
    let [quiescent_from_active, active_from_quiescent, jensen_shannon] = DIVERGENCES;
    [
        (quiescent_from_active, &found.kl_quiescent_from_active),
        (active_from_quiescent, &found.kl_active_from_quiescent),
        (jensen_shannon, &found.jensen_shannon),
    ]
    .map(|(name, estimate)| Scalar::estimate(format!("{prefix}{name}"), estimate))
}

fn variance_ratio(phase: &str, summary: &PhaseSummary) -> Option<Scalar> {
    let name = format!("{phase}.within_to_pooled_variance");
    match (&summary.variance_ratio, &summary.variance) {
        (Some(ratio), _) => Some(Scalar::measured(name, ratio, "1")),
        (None, Some(variance)) => Some(Scalar::new(name, variance.ratio, "1")),
        (None, None) => None,
    }
}

fn of_phase(name: &str, phase: &PhaseMeasurements, unit: &str) -> Vec<Scalar> {
    let named = |what: &str| format!("{name}.{what}");
    let mut all = Vec::new();
    if let Ok(distance) = &phase.step_distance {
        all.push(Scalar::measured(named("step_distance"), distance, unit));
    }
    if let Ok(variance) = &phase.total_variance {
        let unit = format!("{unit}²");
        all.push(Scalar::measured(named("total_variance"), &variance.mean, &unit));
    }
    if let Ok(coverage) = &phase.coverage {
        all.push(Scalar::measured(named("coverage"), &coverage.per_trial, "1"));
    }
    if let Some(Ok(turning)) = &phase.turning {
        all.push(Scalar {
            interval: Some([turning.interval.low, turning.interval.high]),
            ..Scalar::new(named("turn"), turning.mean_rad_per_step, "rad/step")
        });
    }
    all
}

fn of_movement(name: &str, movement: &Movement) -> Vec<Scalar> {
    let [continuity, persistence, reversals, exponent, quarter, half, sequences] = OF_MOVEMENT;
    let [speed_ratio, compression] = BESIDE_WAKING;
    let mut all = Vec::new();
    let mut measured = |what: &str, found: Option<&Measured>| {
        all.extend(found.map(|found| Scalar::measured(format!("{name}.{what}"), found, "1")));
    };
    let directions = movement.persistence.as_ref().ok();
    measured(continuity, movement.continuity.as_ref().ok().map(|found| &found.share));
    measured(persistence, directions.map(|found| &found.cosine));
    measured(reversals, directions.map(|found| &found.reversals));
    measured(exponent, movement.diffusion.as_ref().ok().map(|found| &found.exponent));
    measured(sequences, movement.sequences.as_ref().ok().map(|found| &found.share));
    measured(speed_ratio, movement.speed_ratio.as_ref().and_then(|found| found.as_ref().ok()));
    let compressed = movement.compression.as_ref().and_then(|found| found.as_ref().ok());
    measured(compression, compressed.and_then(|found| found.ratio.as_ref()));
    if let Ok(reach) = &movement.reach {
        for (what, seconds) in [(quarter, reach.quarter_s), (half, reach.half_s)] {
            all.extend(seconds.map(|seconds| Scalar::new(format!("{name}.{what}"), seconds, "s")));
        }
    }
    all
}
