//! Studies of trained runs, kept in their folders, and comparisons between them.

use crate::arguments::Scale;
use crate::difference::{Difference, between, value};
use crate::failure::Failure;
use crate::left_out::LeftOut;
use crate::recordings::Recordings;
use crate::trained;
use ndarray::{Array3, s};
use quiescent::experiment::NetworkKind;
use quiescent::run::{PhaseRecord, RunError, RunFolder, RunWriter, SCHEMA_VERSION};
use quiescent::simulate::Phase;
use quiescent::study::matrix::{Matrix, SeedPhases};
use quiescent::study::{self, Condition, PhaseKey, Protocol, RunStudy, StudyPhase, TaskKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Phases whose decoded values comparisons between networks need.
const COMPARED: [PhaseKey; 4] =
    [PhaseKey::Active, PhaseKey::Quiescent, PhaseKey::SameNoise, PhaseKey::Untrained];

/// How large the phases of a scale are.
pub(crate) fn protocol(scale: Scale, task: TaskKind) -> Protocol {
    match scale {
        Scale::Paper => Protocol::paper(task),
        Scale::Demo => Protocol::demo(task),
    }
}

/// The study of a run as it is now, if its folder holds one: of any protocol if none is named.
pub(crate) fn current(
    folder: &RunFolder,
    protocol: Option<&Protocol>,
) -> Result<Option<RunStudy>, Failure> {
    let found = match folder.study() {
        // Whatever is wrong with it, it can be made again.
        Err(RunError::Corrupt { .. }) => None,
        found => found?,
    };
    let record = folder.record();
    let holds = |study: &RunStudy| -> Result<bool, Failure> {
        if record.parameters_sha256.is_none()
            || study.parameters_sha256 != record.parameters_sha256
            || protocol.is_some_and(|protocol| *protocol != study.protocol)
        {
            return Ok(false);
        }
        for key in COMPARED.iter().filter(|key| study.phases.contains_key(key)) {
            let phase = folder.phase_record(key.file_name())?;
            if phase.is_none_or(|phase| phase.parameters_sha256 != record.parameters_sha256) {
                return Ok(false);
            }
            // Damaged ones are made again with the study, rather than costing the whole report.
            if folder.read_phase(key.file_name()).is_err() {
                return Ok(false);
            }
        }
        Ok(true)
    };
    Ok(match found {
        Some(study) if holds(&study)? => Some(study),
        _ => None,
    })
}

/// The study of a run: the one in its folder, or made now and put there.
///
/// Its motion is simulated, or there is no study: none needs a recording from elsewhere.
pub(crate) fn of_run(writer: &RunWriter, protocol: &Protocol) -> Result<RunStudy, Failure> {
    if let Some(study) = current(writer, Some(protocol))? {
        return Ok(study);
    }
    let network = trained::network(writer, &Recordings::NONE)?;
    let sha256 = writer.record().parameters_sha256.clone();
    let found = study::study(&network, sha256, protocol)
        .map_err(|reason| Failure::unmeasured(writer.path(), &reason))?;
    for key in COMPARED {
        if let Some(phase) = found.phases.get(&key) {
            write_phase(writer, key, phase, protocol)?;
        }
    }
    // Last: a study in the folder says that the phases are there.
    writer.write_study(&found.run)?;
    Ok(found.run)
}

/// Writes the steps of a phase that densities are of.
fn write_phase(
    writer: &RunWriter,
    key: PhaseKey,
    simulated: &StudyPhase,
    protocol: &Protocol,
) -> Result<(), Failure> {
    let phase = &simulated.phase;
    let (trials, all, _) = phase.decoded.dim();
    let steps = if key == PhaseKey::Active { all } else { all.min(protocol.density_steps) };
    let first = |values: &Array3<f32>| values.slice(s![.., ..steps, ..]).to_owned();
    let name = key.file_name();
    writer.write_phase(
        name,
        &Phase {
            decoded: first(&phase.decoded),
            truth: phase.truth.as_ref().map(first),
            states: None,
            state_stride: 1,
            end: phase.end.clone(),
        },
    )?;
    let (record, experiment) = (writer.record(), writer.experiment());
    let untrained = key == PhaseKey::Untrained;
    Ok(writer.write_phase_record(
        name,
        &PhaseRecord {
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            batch: if untrained { 0 } else { record.batch },
            // Of the run that the phase belongs to, also where it was simulated untrained.
            parameters_sha256: record.parameters_sha256.clone(),
            trials,
            steps,
            dt_s: experiment.time.dt_s,
            sigma: simulated.sigma,
            distribution: experiment.network.noise.distribution,
            start: simulated.start,
        },
    )?)
}

/// A run with its study.
#[derive(Debug)]
pub(crate) struct Studied {
    /// Name shown to the reader.
    pub(crate) name: String,
    /// Its folder.
    pub(crate) writer: Arc<RunWriter>,
    /// What was measured.
    pub(crate) study: RunStudy,
}

/// Parts the runs that the paper's figures can pool from those that they cannot, which are given
/// with the reason: the figures show means over the seeds of one experiment for each condition.
pub(crate) fn pool(studied: Vec<Studied>) -> Result<(Vec<Studied>, Vec<LeftOut>), Failure> {
    let (mut pooled, mut apart): (Vec<Studied>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    for run in studied {
        let mut same = pooled.iter().filter(|other| other.study.condition == run.study.condition);
        let Some(first) = same.next() else {
            pooled.push(run);
            continue;
        };
        let mut differences = between(first.writer.experiment(), run.writer.experiment())?;
        differences.retain(|difference| difference.key != "seed");
        let seed = run.study.seed;
        let twin = std::iter::once(first).chain(same).find(|other| other.study.seed == seed);
        let reason = match (differences.first(), twin) {
            (Some(Difference { key, there, here }), _) => Some(format!(
                "the paper's figures pool networks that differ in their seed alone: here {key} is \
                 {}, in {}, which was named first, it is {}",
                value(here.as_ref()),
                first.name,
                value(there.as_ref())
            )),
            (None, Some(twin)) => Some(format!("it has the seed of {}, {seed}", twin.name)),
            (None, None) => None,
        };
        match reason {
            Some(reason) => apart.push(LeftOut { name: run.name, reason, diverged: false }),
            None => pooled.push(run),
        }
    }
    Ok((pooled, apart))
}

/// Divergences between the networks of each seed: of those of one kind that integrate position in
/// one arena. `begin` is told of each seed. Networks in another arena are given with the reason.
pub(crate) fn matrix(
    runs: &[Studied],
    mut begin: impl FnMut(u64),
) -> Result<(Matrix, Vec<LeftOut>), Failure> {
    let spatial: Vec<&Studied> =
        runs.iter().filter(|run| run.study.condition.task == TaskKind::Spatial).collect();
    let seeds: BTreeSet<u64> = spatial.iter().map(|run| run.study.seed).collect();
    let mut matrix = Matrix::default();
    let mut left = Vec::new();
    for seed in seeds {
        begin(seed);
        for kind in [NetworkKind::Rnn, NetworkKind::Gru] {
            let of_kind =
                |run: &&Studied| run.study.seed == seed && run.study.condition.network == kind;
            let mut same: Vec<&Studied> = spatial.iter().copied().filter(of_kind).collect();
            same.sort_by_key(|run| run.study.condition);
            same.dedup_by_key(|run| run.study.condition);
            // Densities over different boxes cannot be compared.
            let Some(first) = same.first().copied() else { continue };
            let elsewhere = |run: &&Studied| run.study.space != first.study.space;
            left.extend(same.iter().copied().filter(elsewhere).map(|run| LeftOut {
                name: run.name.clone(),
                reason: format!(
                    "its box is another one than that of {}, and densities over different boxes \
                     cannot be compared: it has no part in figure 2e",
                    first.name
                ),
                diverged: false,
            }));
            same.retain(|run| !elsewhere(run));
            let networks = same
                .iter()
                .map(|run| Ok((&run.study, decoded(run)?)))
                .collect::<Result<Vec<_>, Failure>>()?;
            matrix.add(&SeedPhases { seed, space: &first.study.space, networks });
        }
    }
    Ok((matrix, left))
}

/// The decoded values that a run's folder holds of its study.
fn decoded(run: &Studied) -> Result<BTreeMap<PhaseKey, Array3<f32>>, Failure> {
    COMPARED
        .into_iter()
        .filter(|key| run.study.phases.contains_key(key))
        // One untrained network stands for all: the paper has a single column of it.
        .filter(|key| {
            *key != PhaseKey::Untrained || run.study.condition == Condition::NOISY_UNBIASED
        })
        .map(|key| Ok((key, run.writer.read_phase(key.file_name())?.decoded)))
        .collect()
}
