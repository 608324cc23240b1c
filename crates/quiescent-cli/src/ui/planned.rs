//! A plan of runs on the terminal: what is said before, while they are trained here, and of what failed.

use super::failure::Failure;
use super::interrupt;
use super::output::{complain, duration};
use super::progress::Overall;
use super::watch::{Watch, stopped};
use quiescent::experiment::Experiment;
use quiescent::readable::counted;
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{self, Estimates, Job, Plan, PlanObserver, Sharing};
use quiescent::workflow::{self, Error, Observer};
use rayon::prelude::*;

/// What to do after an interruption.
const GO_ON: &str = "the same command";

/// Shows the work on a plan.
struct Board<'a> {
    plan: &'a Plan,
    estimates: &'a Estimates,
    overall: &'a Overall,
}

impl Board<'_> {
    fn label(&self, job: Job<'_>) -> String {
        format!("{} ({}/{})", job.run.name, job.number + 1, self.plan.runs.len())
    }

    /// What so many seconds of one run weigh where several are worked on at once.
    fn weight(&self, seconds: f64) -> f64 {
        seconds / self.estimates.sharing.jobs as f64
    }
}

impl PlanObserver for Board<'_> {
    fn begins<'a>(&'a self, job: Job<'a>) -> Box<dyn Observer + 'a> {
        let batch_s = self.weight(self.estimates.batch_s(job.run));
        Box::new(Watch::planned(self.label(job), Some((self.overall, batch_s))))
    }

    fn ended(&self, job: Job<'_>, result: &Result<(), Error>) {
        self.overall.done(self.weight(self.estimates.after_s(job.run)));
        let label = self.label(job);
        match result {
            Ok(()) => self.overall.say_with_all(&format!("{label}: done")),
            Err(error) => self.overall.say(&format!("{label}: {}", failure(error, GO_ON).line())),
        }
    }

    fn cancelled(&self) -> bool {
        interrupt::requested()
    }
}

/// Says how much there is to do, and begins to count it; `then_s` is what follows the runs.
pub(crate) fn announce(plan: &Plan, estimates: &Estimates, then_s: f64) -> Overall {
    let left: Vec<f64> = plan.runs.par_iter().map(|run| estimates.left_s(plan, run)).collect();
    let done = left.iter().filter(|seconds| **seconds == 0.0).count();
    let all_s = estimates.until_all_done_s(left) + then_s;
    complain(&format!(
        "{}, {done} of them done already; estimated time: {}, {}",
        counted(plan.runs.len(), "run"),
        duration(all_s),
        sharing(estimates)
    ));
    Overall::begin(all_s)
}

/// Trains and measures every run of a plan that is not done.
///
/// # Errors
/// If the user stopped the command; everything trained so far is saved.
pub(crate) fn execute(
    plan: &Plan,
    estimates: &Estimates,
    overall: &Overall,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let board = Board { plan, estimates, overall };
    let results =
        plan::execute(plan, estimates.sharing, &board).map_err(|error| failure(&error, GO_ON))?;
    Ok(results.into_iter().map(|result| result.map_err(|error| failure(&error, GO_ON))).collect())
}

/// The failure of a planned run; `go_on` is the command that continues it if it was stopped.
pub(crate) fn failure(error: &Error, go_on: &str) -> Failure {
    match error {
        Error::OtherExperiment { .. } => {
            Failure::Usage(format!("{error}; choose another --out, or remove that folder"))
        }
        error => stopped(error, go_on),
    }
}

/// Refuses a folder for a planned run that holds a run of another experiment.
pub(crate) fn check_same(run: &RunFolder, experiment: &Experiment) -> Result<(), Failure> {
    workflow::check_same(run, experiment).map_err(|error| failure(&error, GO_ON))
}

/// How the threads are shared, in words.
pub(crate) fn sharing(estimates: &Estimates) -> String {
    let Sharing { jobs, threads } = estimates.sharing;
    let threads = counted(threads, "thread");
    match jobs {
        1 => format!("one at a time on {threads}"),
        jobs => format!("{jobs} at once on {threads} each"),
    }
}
