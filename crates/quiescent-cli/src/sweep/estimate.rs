//! How long runs will take here, and how many of them are best trained at once: both measured.

use super::run::{After, Plan, Run, State};
use super::work::batches_left;
use crate::experiments::step_seconds;
use crate::failure::Failure;
use crate::threads;
use quiescent::experiment::Experiment;
use quiescent::memory::available_memory_bytes;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;

/// Most kinds of networks that are measured, at half a second each; others follow from the
/// multiplications of the most similar one.
const MOST_MEASURED: usize = 12;
/// How much more a way to share the threads must train in the same time to be worth having fewer
/// runs finished early.
const WORTH: f64 = 1.03;
/// Seconds that the densities of an analysis take, beside the simulation: their samples are of one
/// size.
const ANALYSIS_S: f64 = 1.0;

/// How the threads are shared, and what a batch takes then.
#[derive(Debug, Clone)]
pub(crate) struct Estimates {
    /// Runs trained at once.
    pub(crate) jobs: usize,
    /// Threads of each.
    pub(crate) threads: usize,
    batch_s: BTreeMap<Cost, f64>,
}

/// All that the time of a batch depends on. Kinds first, which are never compared with one another.
type Cost = (String, [u64; 5]);

fn cost(experiment: &Experiment) -> Cost {
    let network = &experiment.network;
    let noises = [&network.noise, &network.input_noise, &network.output_noise]
        .map(|noise| if noise.sigma > 0.0 { "noise" } else { "none" });
    let kind = format!(
        "{:?} {:?} {:?} {noises:?}",
        quiescent::experiment::TaskKind::of(experiment),
        network.kind,
        network.activation,
    );
    let sizes = [
        network.units as u64,
        experiment.task.target_dim() as u64,
        experiment.training.trials as u64,
        experiment.time.steps as u64,
        u64::from(experiment.task.recording().is_some()),
    ];
    (kind, sizes)
}

/// Multiplications of a batch, but for a factor.
fn multiplications((_, [units, targets, trials, steps, _]): &Cost) -> f64 {
    (trials * steps * units * (units + targets)) as f64
}

impl Estimates {
    /// Measures the networks that are still to be trained; `jobs` runs at once if that is given,
    /// else as many as train most in the same time.
    pub(crate) fn measure(
        plan: &Plan,
        jobs: Option<NonZeroUsize>,
        threads: usize,
    ) -> Result<Self, Failure> {
        let mut examples: BTreeMap<Cost, (&Run, f64)> = BTreeMap::new();
        let mut waiting = 0;
        let lefts: Vec<Option<u64>> = plan
            .runs
            .par_iter()
            .map(|run| {
                let folder = plan.folder(run);
                let done = State::of(&folder, run.after) == State::Done;
                (!done).then(|| batches_left(&folder, &run.experiment))
            })
            .collect();
        for (run, left) in plan.runs.iter().zip(lefts) {
            let Some(left) = left else { continue };
            waiting += 1;
            let cost = cost(&run.experiment);
            let work = left as f64 * multiplications(&cost);
            examples.entry(cost).or_insert((run, 0.0)).1 += work;
        }
        // Those that most time goes to.
        let mut examples: Vec<(Cost, &Run, f64)> =
            examples.into_iter().map(|(cost, (run, work))| (cost, run, work)).collect();
        examples.sort_by(|a, b| b.2.total_cmp(&a.2));
        let Some((_, heaviest, _)) = examples.first() else {
            let jobs = jobs.map_or(1, |jobs| jobs.get().min(plan.runs.len()).max(1));
            return Ok(Self { jobs, threads: (threads / jobs).max(1), batch_s: BTreeMap::new() });
        };
        let (jobs, each) = match jobs {
            Some(jobs) => {
                let jobs = jobs.get().min(waiting);
                (jobs, (threads / jobs).max(1))
            }
            None => choose(&heaviest.experiment, threads, waiting)?,
        };
        let mut batch_s = BTreeMap::new();
        for (cost, run, _) in examples.iter().take(MOST_MEASURED) {
            let seconds = at_once(&run.experiment, jobs, each)?.ok_or_else(|| {
                Failure::Usage(format!(
                    "{}: training would need more memory than is free: choose a smaller \
                     network.units or training.trials, or fewer --jobs",
                    run.name
                ))
            })?;
            batch_s.insert(cost.clone(), seconds);
        }
        let unmeasured: Vec<(Cost, f64)> = examples
            .iter()
            .skip(MOST_MEASURED)
            .map(|(cost, ..)| (cost.clone(), by_likeness(cost, &batch_s)))
            .collect();
        batch_s.extend(unmeasured);
        Ok(Self { jobs, threads: each, batch_s })
    }

    /// How the threads are shared, in words.
    pub(crate) fn sharing(&self) -> String {
        let threads = match self.threads {
            1 => "1 thread".to_owned(),
            more => format!("{more} threads"),
        };
        match self.jobs {
            1 => format!("one at a time on {threads}"),
            jobs => format!("{jobs} at once on {threads} each"),
        }
    }

    /// Seconds of one batch of a run.
    pub(crate) fn batch_s(&self, experiment: &Experiment) -> f64 {
        self.batch_s.get(&cost(experiment)).copied().unwrap_or(0.0)
    }

    /// Seconds that a whole run takes: training with its tests, then what comes after.
    pub(crate) fn run_s(&self, experiment: &Experiment, after: After) -> f64 {
        self.training_s(experiment, experiment.training.batches) + self.after_s(experiment, after)
    }

    /// Seconds of `batches` batches with the tests between them.
    pub(crate) fn training_s(&self, experiment: &Experiment, batches: u64) -> f64 {
        let training = &experiment.training;
        let tests = batches as f64 / training.test_every.max(1) as f64;
        // A test goes forward only, through a third of the work.
        let test = training.test_trials as f64 / (3.0 * training.trials as f64);
        self.batch_s(experiment) * (batches as f64 + tests * test)
    }

    /// Seconds of simulation and measurement.
    pub(crate) fn after_s(&self, experiment: &Experiment, after: After) -> f64 {
        let trained = (experiment.training.trials * experiment.time.steps) as f64;
        let simulated = after.trial_steps(experiment) as f64;
        let densities =
            if after == After::Analysis { ANALYSIS_S / self.threads as f64 } else { 0.0 };
        self.batch_s(experiment) * simulated / (3.0 * trained) + densities
    }

    /// Seconds of what is left of a run.
    pub(crate) fn left_s(&self, plan: &Plan, run: &Run) -> f64 {
        let folder = plan.folder(run);
        match State::of(&folder, run.after) {
            State::Done => 0.0,
            _ => {
                let left = batches_left(&folder, &run.experiment);
                self.training_s(&run.experiment, left) + self.after_s(&run.experiment, run.after)
            }
        }
    }

    /// Seconds until runs that take so long one by one are all done: each goes to the place that is
    /// free first.
    pub(crate) fn until_all_done_s(&self, runs_s: impl IntoIterator<Item = f64>) -> f64 {
        let mut places = vec![0.0_f64; self.jobs.max(1)];
        for seconds in runs_s {
            if let Some(first) = places.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                *first += seconds;
            }
        }
        places.into_iter().fold(0.0, f64::max)
    }
}

/// Bytes that a run needs at most at a time.
pub(crate) fn memory_bytes(experiment: &Experiment, after: After) -> u64 {
    // Peaks seen on one thread: 74 MB for a study at demo scale, 232 MB at the paper's. More threads
    // hold more parts of the hidden activity.
    let measured = match after {
        After::Nothing => 0,
        After::Analysis | After::StudyDemo => 150 << 20,
        After::StudyPaper => 400 << 20,
    };
    experiment.estimated_memory_bytes().max(measured) + (30 << 20)
}

/// How many runs to train at once, and with how many threads each: what trains most batches in the
/// same time, of one run with all threads, one per thread, and what lies between.
fn choose(
    experiment: &Experiment,
    threads: usize,
    waiting: usize,
) -> Result<(usize, usize), Failure> {
    let mut best: Option<(usize, f64)> = None;
    let mut jobs = 1;
    while jobs <= threads && jobs <= waiting.max(1) {
        let memory = experiment.estimated_memory_bytes().saturating_mul(jobs as u64);
        if jobs > 1 && available_memory_bytes().is_some_and(|free| memory > free / 2) {
            break;
        }
        if let Some(seconds) = at_once(experiment, jobs, (threads / jobs).max(1))? {
            let rate = jobs as f64 / seconds;
            if best.is_none_or(|(_, known)| rate > known * WORTH) {
                best = Some((jobs, rate));
            }
        }
        // The last step takes all threads, also where their number is no power of two.
        jobs = if jobs < threads { (2 * jobs).min(threads) } else { threads + 1 };
    }
    let jobs = best.map_or(1, |(jobs, _)| jobs);
    Ok((jobs, (threads / jobs).max(1)))
}

/// Mean seconds of a batch where `jobs` such networks are trained at once; none if there is not
/// enough memory for one.
fn at_once(experiment: &Experiment, jobs: usize, each: usize) -> Result<Option<f64>, Failure> {
    let measure = || threads::with(NonZeroUsize::new(each), |_| step_seconds(experiment));
    let measured: Vec<Result<Option<f64>, Failure>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..jobs).map(|_| scope.spawn(measure)).collect();
        all.into_iter()
            .map(|one| {
                one.join().unwrap_or_else(|_| Err(Failure::Data("a measurement failed".to_owned())))
            })
            .collect()
    });
    let mut total = 0.0;
    for seconds in measured {
        match seconds? {
            Some(seconds) => total += seconds,
            None => return Ok(None),
        }
    }
    Ok(Some(total / jobs as f64))
}

/// What a batch takes by the measured one of the most similar size, of the same kind if there is
/// one.
fn by_likeness(cost: &Cost, measured: &BTreeMap<Cost, f64>) -> f64 {
    let distance = |other: &Cost| {
        let kind = if other.0 == cost.0 { 0.0 } else { 1e3 };
        kind + (multiplications(other) / multiplications(cost)).ln().abs()
    };
    measured
        .iter()
        .min_by(|(a, _), (b, _)| distance(a).total_cmp(&distance(b)))
        .map_or(0.0, |(other, seconds)| seconds * multiplications(cost) / multiplications(other))
}
