//! How long runs will take here, and how many of them are best trained at once: both measured.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use super::state::batches_left;
use super::{Plan, Run, Sharing, State};
use crate::experiment::{Experiment, TaskKind, TrainingSpec};
use crate::memory::available_memory_bytes;
use crate::training::{Event, Trainer};
use crate::workflow::{Error, enough_memory};

/// Most kinds of networks that are measured, at half a second each; others follow from the
/// multiplications of the most similar one.
const MOST_MEASURED: usize = 12;
/// How much more a way to share the threads must train in the same time to be worth having fewer
/// runs finished early.
const WORTH: f64 = 1.03;
/// The network whose training says how fast the machine is.
const REFERENCE: &str = "demo/spatial/noisy_unbiased";
const REFERENCE_CHANGES: [&str; 2] = ["network.units=64", "training.trials=50"];
/// Seconds of a batch of it on one thread of the reference processor, to which all constants of time refer.
const REFERENCE_STEP_S: f64 = 0.0062;
/// How long the training step of one network is measured.
const MEASURED_FOR: Duration = Duration::from_millis(500);

/// How the threads are shared, and what a batch takes then.
#[derive(Debug, Clone)]
pub struct Estimates {
    /// How the threads are shared.
    pub sharing: Sharing,
    batch_s: BTreeMap<Cost, f64>,
    /// [`slowness`] of the threads of one run, while others are worked on beside it.
    slowness: f64,
}

/// All that the time of a batch depends on. Kinds first, which are never compared with one another.
type Cost = (String, [u64; 5]);

fn cost(experiment: &Experiment) -> Cost {
    let network = &experiment.network;
    let noises = [&network.noise, &network.input_noise, &network.output_noise]
        .map(|noise| if noise.sigma > 0.0 { "noise" } else { "none" });
    let kind = format!(
        "{:?} {:?} {:?} {noises:?}",
        TaskKind::of(experiment),
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
    ///
    /// # Errors
    /// If a task cannot be built, or one network is too large for this machine's free memory.
    pub fn measure(plan: &Plan, jobs: Option<NonZeroUsize>, threads: usize) -> Result<Self, Error> {
        let mut examples: BTreeMap<Cost, (&Run, f64)> = BTreeMap::new();
        let mut waiting = 0;
        let lefts: Vec<Option<f64>> = plan
            .runs
            .par_iter()
            .map(|run| {
                let folder = plan.folder(run);
                let done = State::of(&folder, run.after) == State::Done;
                (!done).then(|| {
                    let left = batches_left(&folder, &run.experiment);
                    whole_batches_left(&run.experiment.training, left)
                })
            })
            .collect();
        for (run, left) in plan.runs.iter().zip(lefts) {
            let Some(left) = left else { continue };
            waiting += 1;
            let cost = cost(&run.experiment);
            let work = left * multiplications(&cost);
            examples.entry(cost).or_insert((run, 0.0)).1 += work;
        }
        // Those that most time goes to.
        let mut examples: Vec<(Cost, &Run, f64)> =
            examples.into_iter().map(|(cost, (run, work))| (cost, run, work)).collect();
        examples.sort_by(|a, b| b.2.total_cmp(&a.2));
        let Some((_, heaviest, _)) = examples.first() else {
            let jobs = jobs.map_or(1, |jobs| jobs.get().min(plan.runs.len()));
            let sharing = Sharing::among(jobs, threads);
            return Ok(Self { sharing, batch_s: BTreeMap::new(), slowness: 1.0 });
        };
        let sharing = match jobs {
            Some(jobs) => Sharing::among(jobs.get().min(waiting), threads),
            None => choose(&heaviest.experiment, threads, waiting)?,
        };
        let mut batch_s = BTreeMap::new();
        for (cost, run, _) in examples.iter().take(MOST_MEASURED) {
            let times = at_once(&run.experiment, sharing)?
                .ok_or_else(|| Error::TooLarge { run: run.name.clone() })?;
            batch_s.insert(cost.clone(), times.mean_s);
        }
        let unmeasured: Vec<(Cost, f64)> = examples
            .iter()
            .skip(MOST_MEASURED)
            .map(|(cost, ..)| (cost.clone(), by_likeness(cost, &batch_s)))
            .collect();
        batch_s.extend(unmeasured);
        let slowness =
            at_once(&reference()?, sharing)?.map_or(1.0, |times| times.mean_s / REFERENCE_STEP_S);
        Ok(Self { sharing, batch_s, slowness })
    }

    /// Seconds of one batch of a run, with trials of whole length.
    pub fn batch_s(&self, run: &Run) -> f64 {
        self.batch_s.get(&cost(&run.experiment)).copied().unwrap_or(0.0)
    }

    /// Seconds that a whole run takes: training with its tests, then what comes after.
    pub fn run_s(&self, run: &Run) -> f64 {
        self.training_s(run, run.experiment.training.batches) + self.after_s(run)
    }

    /// Seconds of the last `batches` batches with the tests between them.
    fn training_s(&self, run: &Run, batches: u64) -> f64 {
        let training = &run.experiment.training;
        let tests = batches as f64 / training.test_every.max(1) as f64;
        // A test goes forward only, through a third of the work.
        let test = training.test_trials as f64 / (3.0 * training.trials as f64);
        self.batch_s(run) * (whole_batches_left(training, batches) + tests * test)
    }

    /// Seconds of simulation and measurement.
    pub fn after_s(&self, run: &Run) -> f64 {
        let experiment = &run.experiment;
        let trained = (experiment.training.trials * experiment.time.steps) as f64;
        let simulated = run.after.trial_steps(experiment) as f64;
        let densities = self.slowness * run.after.densities_s(experiment);
        self.batch_s(run) * simulated / (3.0 * trained) + densities
    }

    /// Seconds of what is left of a run.
    pub fn left_s(&self, plan: &Plan, run: &Run) -> f64 {
        let folder = plan.folder(run);
        match State::of(&folder, run.after) {
            State::Done => 0.0,
            _ => {
                let left = batches_left(&folder, &run.experiment);
                self.training_s(run, left) + self.after_s(run)
            }
        }
    }

    /// Seconds until runs that take so long one by one are all done: each goes to the place that is
    /// free first.
    pub fn until_all_done_s(&self, runs_s: impl IntoIterator<Item = f64>) -> f64 {
        let mut places = vec![0.0_f64; self.sharing.jobs];
        for seconds in runs_s {
            if let Some(first) = places.iter_mut().min_by(|a, b| a.total_cmp(b)) {
                *first += seconds;
            }
        }
        places.into_iter().fold(0.0, f64::max)
    }
}

/// The last `batches` batches, in batches of whole trials.
fn whole_batches_left(training: &TrainingSpec, batches: u64) -> f64 {
    training.whole_batches(training.batches - batches.min(training.batches)..training.batches)
}

/// How many runs to train at once, and with how many threads each: what trains most batches in the
/// same time, of one run with all threads, one per thread, and what lies between.
fn choose(experiment: &Experiment, threads: usize, waiting: usize) -> Result<Sharing, Error> {
    let mut best: Option<(usize, f64)> = None;
    let mut jobs = 1;
    while jobs <= threads && jobs <= waiting.max(1) {
        let memory = experiment.estimated_memory_bytes().saturating_mul(jobs as u64);
        if jobs > 1 && available_memory_bytes().is_some_and(|free| memory > free / 2) {
            break;
        }
        if let Some(times) = at_once(experiment, Sharing::among(jobs, threads))? {
            let rate = jobs as f64 / times.fastest_s;
            if best.is_none_or(|(_, known)| rate > known * WORTH) {
                best = Some((jobs, rate));
            }
        }
        // The last step takes all threads, also where their number is no power of two.
        jobs = if jobs < threads { (2 * jobs).min(threads) } else { threads + 1 };
    }
    Ok(Sharing::among(best.map_or(1, |(jobs, _)| jobs), threads))
}

/// Seconds of a batch where several such networks are trained at once, means over them; none if there is not
/// enough memory for one.
fn at_once(experiment: &Experiment, sharing: Sharing) -> Result<Option<StepTimes>, Error> {
    let Sharing { jobs, threads } = sharing;
    let measure = || {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| step_times(experiment))
    };
    let measured: Vec<Result<Option<StepTimes>, Error>> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..jobs).map(|_| scope.spawn(measure)).collect();
        let join = |one: std::thread::ScopedJoinHandle<'_, _>| {
            one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        all.into_iter().map(join).collect()
    });
    let mut all = StepTimes { fastest_s: 0.0, mean_s: 0.0 };
    for times in measured {
        let Some(times) = times? else { return Ok(None) };
        all.fastest_s += times.fastest_s / jobs as f64;
        all.mean_s += times.mean_s / jobs as f64;
    }
    Ok(Some(all))
}

/// Seconds of one training batch of whole trials on the current pool, measured by training for a moment: of
/// the fastest, which hardly depends on what else runs. None if the machine's free memory does not hold the
/// training.
///
/// # Errors
/// If the experiment's task cannot be built.
pub fn step_seconds(experiment: &Experiment) -> Result<Option<f64>, Error> {
    Ok(step_times(experiment)?.map(|times| times.fastest_s))
}

/// How many times as long as on one thread of the idle reference processor work takes now on the current
/// pool, measured by training a small network for a moment.
///
/// # Errors
/// If no network can be trained.
pub fn slowness() -> Result<f64, Error> {
    let times = step_times(&reference()?)?;
    Ok(times.map_or(1.0, |times| times.mean_s / REFERENCE_STEP_S))
}

/// The experiment by which the machine's speed is measured.
fn reference() -> Result<Experiment, Error> {
    Ok(Experiment::resolve(REFERENCE, &REFERENCE_CHANGES)?)
}

/// Seconds of a training batch of whole trials.
#[derive(Clone, Copy)]
struct StepTimes {
    fastest_s: f64,
    /// What is to be expected, since other programs may run beside this one.
    mean_s: f64,
}

fn step_times(experiment: &Experiment) -> Result<Option<StepTimes>, Error> {
    if enough_memory(experiment).is_err() {
        return Ok(None);
    }
    let mut experiment = experiment.clone();
    experiment.training.schedule.growth_fraction = 0.0;
    // A step is measured even if none is asked for.
    experiment.training.batches = experiment.training.batches.max(1000);
    let mut trainer = Trainer::new(&experiment)?;
    // The first step touches all memory for the first time.
    let (mut fastest_s, mut all_s) = (f64::INFINITY, 0.0);
    let began = Instant::now();
    let mut taken = 0;
    let mut diverged = false;
    while !diverged && (taken < 2 || began.elapsed() < MEASURED_FOR) {
        let step = Instant::now();
        match trainer.next() {
            Some(Event::Batch { .. }) => taken += 1,
            Some(Event::Diverged { .. }) => diverged = true,
            Some(Event::Test { .. } | Event::Checkpoint { .. }) => continue,
            None => break,
        }
        let seconds = step.elapsed().as_secs_f64();
        fastest_s = fastest_s.min(seconds);
        if taken > 1 {
            all_s += seconds;
        }
    }
    let mean_s = if taken > 1 { all_s / f64::from(taken - 1) } else { fastest_s };
    Ok(Some(StepTimes { fastest_s, mean_s }))
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
