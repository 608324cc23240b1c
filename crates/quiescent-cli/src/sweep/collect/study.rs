//! The measurements of a run's study that are single numbers.

use super::measured::Measured;
use quiescent::analysis::bootstrap::{self, Interval};
use quiescent::study::{PhaseKey, RunStudy};

/// Their names begin with `study.`, those of a phase with `study.PHASE.`.
pub(super) fn measurements(study: &RunStudy) -> Vec<Measured> {
    let unit = study.condition.task.unit();
    let mut all = Vec::new();
    let mut add = |name: String, value: f64, interval: Interval, unit: &str| {
        all.push(Measured {
            name: format!("study.{name}"),
            value,
            interval: Some([interval.low, interval.high]),
            unit: unit.to_owned(),
        });
    };
    if let Ok(tracking) = &study.tracking {
        let error = tracking.error;
        add("tracking_error".to_owned(), error.value, error.interval, unit);
    }
    for (key, found) in &study.divergences {
        let Ok(found) = found else { continue };
        for (name, estimate) in [
            ("kl_quiescent_from_active", &found.kl_quiescent_from_active),
            ("kl_active_from_quiescent", &found.kl_active_from_quiescent),
            ("jensen_shannon", &found.jensen_shannon),
            ("kl_uniform_from_active", &found.kl_uniform_from_active),
        ] {
            add(format!("{}.{name}", key.name()), estimate.nats, estimate.interval, "nats");
        }
    }
    for (key, phase) in &study.phases {
        let mut of_phase = |name: &str, measured: &bootstrap::Measured, unit: &str| {
            add(of(*key, name), measured.value, measured.interval, unit);
        };
        if let Ok(distance) = &phase.step_distance {
            of_phase("step_distance", distance, unit);
        }
        if let Ok(variance) = &phase.total_variance {
            of_phase("total_variance", &variance.mean, &format!("{unit}²"));
        }
        if let Ok(coverage) = &phase.coverage {
            of_phase("coverage", &coverage.per_trial, "1");
        }
        if let Some(Ok(turning)) = &phase.turning {
            add(of(*key, "turn"), turning.mean_rad_per_step, turning.interval, "rad/step");
        }
    }
    if let Ok(transitions) = &study.transitions {
        let distance = transitions.quiescent.total_variation;
        let name = of(PhaseKey::Quiescent, "transition_distance");
        add(name, distance.value, distance.interval, "1");
    }
    all
}

fn of(key: PhaseKey, name: &str) -> String {
    format!("{}.{name}", key.name())
}
