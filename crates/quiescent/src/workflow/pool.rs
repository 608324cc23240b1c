//! Groups studied runs: decides which runs a figure may pool, and measures how far the
//! quiescent phase of each run is from the active phases of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use ndarray::Array3;

use super::{Difference, Error, Event, Observer, measured_phases};
use crate::analysis::reactivation::Estimate;
use crate::experiment::NetworkKind;
use crate::measure::{Settings, reactivation};
use crate::paper::matrix::{Matrix, SeedPhases};
use crate::paper::{Condition, PhaseKey, RunStudy, TaskKind};
use crate::run::{RunError, RunFolder, RunWriter};
use crate::simulate::Phase;
use crate::space::Space;

/// A run with its study.
#[derive(Debug)]
pub struct Studied {
    /// Name shown to the reader.
    pub name: String,
    /// Its folder.
    pub writer: Arc<RunWriter>,
    /// Its study.
    pub study: RunStudy,
}

/// A run that is omitted from a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Apart {
    /// Name shown to the reader.
    pub name: String,
    /// Why not.
    pub reason: ApartReason,
}

/// Why a run is omitted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ApartReason {
    /// Its motion is a recording; the paper's conditions use simulated motion only.
    Recorded,
    /// It differs in more than its seed from the first run of its condition.
    OtherExperiment {
        /// That first run.
        first: String,
        /// A key in which they differ; `there` is the first run's value.
        difference: Difference,
    },
    /// Another run of its condition has the same seed.
    SameSeed {
        /// That run.
        twin: String,
        /// The seed.
        seed: u64,
    },
    /// Its box differs from that of the first run.
    OtherBox {
        /// The first run, whose box is used.
        first: String,
    },
}

impl fmt::Display for ApartReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recorded => f.write_str(
                "its motion is a recording; the paper's figures show simulated animals, unbiased or \
                 biased",
            ),
            Self::OtherExperiment { first, difference } => {
                let [there, here] = difference.values();
                write!(
                    f,
                    "the paper's figures pool networks that differ only in their seed; here {} is \
                     {here}, but in {first}, which was given first, it is {there}",
                    difference.key
                )
            }
            Self::SameSeed { twin, seed } => write!(f, "it has the same seed as {twin}, {seed}"),
            Self::OtherBox { first } => write!(
                f,
                "its box differs from that of {first}, and densities over different boxes \
                 cannot be compared; it is omitted from figure 2e"
            ),
        }
    }
}

/// Separates the runs that the paper's figures can pool from the others. For each condition, the
/// figures show means over the seeds of one experiment.
///
/// # Errors
/// If an experiment cannot be written.
pub fn pool(studied: Vec<Studied>) -> Result<(Vec<Studied>, Vec<Apart>), Error> {
    let (mut pooled, mut apart): (Vec<Studied>, Vec<Apart>) = (Vec::new(), Vec::new());
    for run in studied {
        let mut same = pooled.iter().filter(|other| other.study.condition == run.study.condition);
        let Some(first) = same.next() else {
            pooled.push(run);
            continue;
        };
        let differences = Difference::between(first.writer.experiment(), run.writer.experiment())?;
        let seed = run.study.seed;
        let twin = std::iter::once(first).chain(same).find(|other| other.study.seed == seed);
        let other = differences.into_iter().find(|difference| difference.key != "seed");
        let reason = match (other, twin) {
            (Some(difference), _) => {
                Some(ApartReason::OtherExperiment { first: first.name.clone(), difference })
            }
            (None, Some(twin)) => Some(ApartReason::SameSeed { twin: twin.name.clone(), seed }),
            (None, None) => None,
        };
        match reason {
            Some(reason) => apart.push(Apart { name: run.name, reason }),
            None => pooled.push(run),
        }
    }
    Ok((pooled, apart))
}

/// Divergences between the networks of each seed. They include networks of one kind that
/// integrate position in the same box. Networks in a different box are returned with the reason.
///
/// # Errors
/// If a phase cannot be read.
pub fn matrix(runs: &[Studied], observer: &dyn Observer) -> Result<(Matrix, Vec<Apart>), RunError> {
    let spatial: Vec<&Studied> =
        runs.iter().filter(|run| run.study.condition.task == TaskKind::Spatial).collect();
    let seeds: BTreeSet<u64> = spatial.iter().map(|run| run.study.seed).collect();
    let mut matrix = Matrix::default();
    let mut apart = Vec::new();
    for seed in seeds {
        observer.event(&Event::Comparing { seed });
        for kind in [NetworkKind::Rnn, NetworkKind::Gru] {
            let of_kind =
                |run: &&Studied| run.study.seed == seed && run.study.condition.network == kind;
            let mut same: Vec<&Studied> = spatial.iter().copied().filter(of_kind).collect();
            same.sort_by_key(|run| run.study.condition);
            same.dedup_by_key(|run| run.study.condition);
            let Some(first) = same.first().copied() else { continue };
            let space = &first.study.found.space;
            let elsewhere = |run: &&Studied| run.study.found.space != *space;
            apart.extend(same.iter().copied().filter(elsewhere).map(|run| Apart {
                name: run.name.clone(),
                reason: ApartReason::OtherBox { first: first.name.clone() },
            }));
            same.retain(|run| !elsewhere(run));
            let networks = same
                .iter()
                .map(|run| Ok((&run.study, decoded(run)?)))
                .collect::<Result<Vec<_>, RunError>>()?;
            matrix.add(&SeedPhases { seed, space, networks });
        }
    }
    Ok((matrix, apart))
}

/// KL(quiescent‖active) from the waking of each other run in the same space to the rest of each
/// run. The result is ordered like `runs` and keyed by the other run's name. The phases are those
/// used by [`measurements`](super::measurements). A run whose phases cannot be read is compared with none.
pub fn across(runs: &[(&str, &RunFolder)]) -> Vec<BTreeMap<String, Estimate>> {
    let of_run = |run: &RunFolder| -> Option<(Space, [Phase; 2])> {
        let space = super::measurements(run).ok()??.space;
        Some((space, measured_phases(run).ok()?))
    };
    let known: Vec<Option<(Space, [Phase; 2])>> = runs.iter().map(|(_, run)| of_run(run)).collect();
    let compared = |here: usize, there: usize| {
        let ((space, [_, rest]), (other, [wake, _])) =
            (known[here].as_ref()?, known[there].as_ref()?);
        let settings = Settings { seed: runs[here].1.experiment().seed, ..Settings::default() };
        if here == there || space != other {
            return None;
        }
        // Errors in a phase are reported where it is compared with its own waking.
        let found = reactivation(wake.decoded.view(), rest.decoded.view(), space, &settings);
        Some((runs[there].0.to_owned(), found.ok()?.kl_quiescent_from_active))
    };
    let all = 0..runs.len();
    all.clone()
        .map(|here| all.clone().filter_map(|there| compared(here, there)).collect())
        .collect()
}

/// The decoded values of a study in a run's folder.
fn decoded(run: &Studied) -> Result<BTreeMap<PhaseKey, Array3<f32>>, RunError> {
    PhaseKey::COMPARED
        .into_iter()
        .filter(|key| run.study.found.phases.contains_key(key.name()))
        // The paper has a single column for untrained networks, so one network stands for all.
        .filter(|key| {
            *key != PhaseKey::Untrained || run.study.condition == Condition::NOISY_UNBIASED
        })
        .map(|key| Ok((key, run.writer.read_phase(key.file_name())?.decoded)))
        .collect()
}
