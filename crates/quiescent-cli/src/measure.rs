//! Phases and measurements of trained runs, written into their folders.

use crate::failure::Failure;
use crate::left_out::LeftOut;
use crate::recordings::Recordings;
use crate::simulate::{start_of, write_active, write_quiescent};
use crate::{study, trained};
use quiescent::analysis::exploration::mean_step_distance;
use quiescent::analysis::reactivation::{self, Estimate, Reactivation, Settings};
use quiescent::experiment::RestStart;
use quiescent::network::Network;
use quiescent::run::{Analysis, Measurement, RunFolder, RunWriter, SCHEMA_VERSION};
use quiescent::simulate::{self, Keep, Phase, Trials};
use quiescent::study::PhaseKey;
use quiescent::workflow;
use serde_json::{Map, Value, json};
use std::borrow::Borrow;

/// Name of the divergence between a run's own phases.
pub(crate) const KL: &str = "kl_quiescent_from_active";
/// Steps between two kept hidden states: enough points for a projection, small files.
const STATE_STRIDE: usize = 5;
/// The hidden states that reports draw.
pub(crate) const SOME_STATES: Keep = Keep::States { stride: STATE_STRIDE };

/// An analysis without measurements.
pub(crate) fn empty() -> Analysis {
    Analysis { schema_version: SCHEMA_VERSION, measurements: Vec::new() }
}

/// The measurement of that name.
pub(crate) fn find<'a>(analysis: &'a Analysis, name: &str) -> Option<&'a Measurement> {
    analysis.measurements.iter().find(|measurement| measurement.name == name)
}

/// A run with both its phases.
pub(crate) struct Simulated<'a> {
    name: &'a str,
    writer: &'a RunWriter,
    network: Network,
    active: Phase,
    quiescent: Phase,
}

/// Simulates the phases that runs do not have yet as their experiments say, and writes them into the
/// runs' folders. Phases made here hold the hidden states that `keep` says.
///
/// Returns also what could not be simulated, and why: the other runs are none the worse for it.
pub(crate) fn phases<'a, W: Borrow<RunWriter>>(
    runs: &'a [(&'a str, W)],
    keep: Keep,
    recordings: &Recordings,
) -> (Vec<Simulated<'a>>, Vec<LeftOut>) {
    let (mut simulated, mut left) = (Vec::new(), Vec::new());
    for (name, writer) in runs {
        match simulate(name, writer.borrow(), keep, recordings) {
            Ok(run) => simulated.push(run),
            Err(failure) => left.push(LeftOut::of(name, &failure)),
        }
    }
    (simulated, left)
}

/// Measures phases and writes the analyses into the runs' folders. Runs of the same task in the same
/// arena are also compared with one another.
///
/// A run that was studied for the paper's figures is measured in the phases of its study, where these
/// are of the same rest: no quantity of a network then has one value here and another one there.
///
/// Returns what could not be measured, and why.
pub(crate) fn analyse(mut simulated: Vec<Simulated<'_>>) -> Result<Vec<LeftOut>, Failure> {
    let mut left = Vec::new();
    for run in &mut simulated {
        // A study that cannot be read is named where it is made anew; the run has its own phases.
        if let Ok(Some((active, quiescent))) = studied(run.writer) {
            (run.active, run.quiescent) = (active, quiescent);
        }
    }
    for run in &simulated {
        let mut measurements = match compare(run, run) {
            Ok(own) => own_measurements(run, &own),
            Err(failure) => {
                left.push(LeftOut::of(run.name, &failure));
                continue;
            }
        };
        for other in simulated.iter().filter(|other| comparable(run, other)) {
            // A failure of the other one's phase is said where its own phases are compared.
            if let Ok(across) = compare(run, other) {
                let name = format!("{KL}.{}", other.name);
                measurements.push(divergence(&name, &across.kl_quiescent_from_active, &across));
            }
        }
        run.writer.write_analysis(&Analysis { schema_version: SCHEMA_VERSION, measurements })?;
    }
    Ok(left)
}

/// The phases of a run's study, as long as the study's densities are of, if the run holds a study of
/// the rest that the run's own quiescent phase is of.
fn studied(writer: &RunWriter) -> Result<Option<(Phase, Phase)>, Failure> {
    let [wake, rest] = [PhaseKey::Active, PhaseKey::Quiescent].map(PhaseKey::file_name);
    let same = match (writer.phase_record("quiescent")?, writer.phase_record(rest)?) {
        (Some(own), Some(of_study)) => {
            (own.start, own.sigma, own.distribution)
                == (of_study.start, of_study.sigma, of_study.distribution)
        }
        _ => false,
    };
    if !same || study::current(writer, None)?.is_none() {
        return Ok(None);
    }
    Ok(Some((writer.read_phase(wake)?, writer.read_phase(rest)?)))
}

/// Reads the phases of a run, or simulates those that are missing or of other parameters.
fn simulate<'a>(
    name: &'a str,
    writer: &'a RunWriter,
    keep: Keep,
    recordings: &Recordings,
) -> Result<Simulated<'a>, Failure> {
    let (active, quiescent) = (current(writer, "active")?, current(writer, "quiescent")?);
    let encoded = writer.experiment().rest.start == RestStart::Encoded;
    // Waking needs the animal's motion, and so do starts that are positions of it.
    let network = if active.is_none() || (quiescent.is_none() && encoded) {
        trained::network(writer, recordings)?
    } else {
        trained::network_at_rest(writer, recordings)?
    };
    workflow::keep_recorded(writer, &network)?;
    let experiment = network.experiment();
    let rest = &experiment.rest;
    let active = match active {
        Some(phase) => phase,
        None => {
            let trials = Trials { count: rest.trials, steps: experiment.time.steps };
            let phase = simulate::active(&network, trials, keep)
                .map_err(|error| Failure::simulated(writer.path(), &error))?;
            write_active(writer, &network, &phase)?;
            phase
        }
    };
    let quiescent = match quiescent {
        Some(phase) => phase,
        None => {
            let start = start_of(&network, rest.start, rest.trials, Some(&active));
            let phase = simulate::quiescent(&network, &start, rest.noise, rest.steps, keep)
                .map_err(|error| Failure::simulated(writer.path(), &error))?;
            write_quiescent(writer, &network, experiment, "quiescent", &phase)?;
            phase
        }
    };
    Ok(Simulated { name, writer, network, active, quiescent })
}

/// A phase that was simulated with the parameters that the run has now.
fn current(writer: &RunWriter, name: &str) -> Result<Option<Phase>, Failure> {
    match writer.phase_record(name)? {
        Some(record) if record.parameters_sha256 == writer.record().parameters_sha256 => {
            Ok(Some(writer.read_phase(name)?))
        }
        _ => Ok(None),
    }
}

/// Whether a run has both phases and an analysis of its present parameters.
pub(crate) fn is_current(run: &RunFolder) -> bool {
    let now = &run.record().parameters_sha256;
    let phase = |name| matches!(run.phase_record(name), Ok(Some(record)) if record.parameters_sha256 == *now);
    now.is_some() && phase("active") && phase("quiescent") && matches!(run.analysis(), Ok(Some(_)))
}

/// Whether densities of the two runs are over the same space.
fn comparable(a: &Simulated, b: &Simulated) -> bool {
    let (one, two) = (a.network.task(), b.network.task());
    a.name != b.name && one.space() == two.space()
}

/// The quiescent phase of one run against the active phase of another (or its own).
fn compare(rest: &Simulated, wake: &Simulated) -> Result<Reactivation, Failure> {
    let seed = rest.network.experiment().seed;
    let settings = Settings { seed, ..Settings::default() };
    let (active, quiescent) = (wake.active.decoded.view(), rest.quiescent.decoded.view());
    reactivation::compare(active, quiescent, wake.network.task().space(), &settings)
        .map_err(|error| Failure::Data(format!("cannot compare phases of {}: {error}", rest.name)))
}

fn own_measurements(run: &Simulated, result: &Reactivation) -> Vec<Measurement> {
    let mut measurements = vec![
        divergence(KL, &result.kl_quiescent_from_active, result),
        divergence("kl_active_from_quiescent", &result.kl_active_from_quiescent, result),
        divergence("jensen_shannon", &result.jensen_shannon, result),
        divergence("kl_uniform_from_active", &result.kl_uniform_from_active, result),
    ];
    for (name, phase) in [("active", &result.active), ("quiescent", &result.quiescent)] {
        if let Some(variance) = &phase.variance {
            measurements.push(Measurement {
                name: format!("within_to_pooled_variance_{name}"),
                value: phase.variance_ratio.map_or(variance.ratio, |ratio| ratio.value),
                unit: "1".to_owned(),
                plug_in: phase.variance_ratio.map(|ratio| ratio.plug_in),
                floor: None,
                interval: phase.variance_ratio.map(|at| [at.interval.low, at.interval.high]),
                settings: settings_of(result),
            });
        }
    }
    let space = run.network.task().space();
    if space.region().is_some() {
        for (name, phase) in [("active", &run.active), ("quiescent", &run.quiescent)] {
            if let Ok(distance) = mean_step_distance(phase.decoded.view(), space) {
                measurements.push(Measurement {
                    name: format!("mean_step_distance_{name}"),
                    value: distance.mean,
                    unit: space.unit().to_owned(),
                    plug_in: None,
                    floor: None,
                    interval: None,
                    settings: settings_of(result),
                });
            }
        }
    }
    measurements
}

fn divergence(name: &str, estimate: &Estimate, of: &Reactivation) -> Measurement {
    let mut settings = settings_of(of);
    settings.insert("monte_carlo_error".to_owned(), json!(estimate.monte_carlo_error));
    settings.insert("zero_density_points".to_owned(), json!(estimate.zero_density));
    settings.insert("unsupported".to_owned(), json!(estimate.unsupported));
    settings.insert("interval_method".to_owned(), json!(estimate.interval.method));
    settings.insert("standard_error".to_owned(), json!(estimate.interval.standard_error));
    Measurement {
        name: name.to_owned(),
        value: estimate.nats,
        unit: "nats".to_owned(),
        plug_in: Some(estimate.plug_in_nats).filter(|nats| nats.is_finite()),
        floor: estimate.floor,
        interval: Some([estimate.interval.low, estimate.interval.high]),
        settings,
    }
}

/// What phases were measured, and how.
fn settings_of(result: &Reactivation) -> Map<String, Value> {
    let mut settings = match serde_json::to_value(result.settings) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    settings.insert("active_trials".to_owned(), json!(result.active.trials));
    settings.insert("active_steps".to_owned(), json!(result.active.steps));
    settings.insert("quiescent_trials".to_owned(), json!(result.quiescent.trials));
    settings.insert("quiescent_steps".to_owned(), json!(result.quiescent.steps));
    settings
}
