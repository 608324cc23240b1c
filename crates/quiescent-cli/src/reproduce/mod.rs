//! `quiescent reproduce`: the paper's networks, figures and claims by one command that can be
//! stopped at any time. Its networks are a sweep like any other, trained by the same executors.

mod plan;

use crate::arguments::ReproduceArguments;
use crate::failure::Failure;
use crate::interrupt;
use crate::left_out::LeftOut;
use crate::output::{complain, duration, say, say_json};
use crate::paper::{self, Page};
use crate::progress::Overall;
use crate::recordings::Recordings;
use crate::sweep::{self, Estimates, Plan, Run, SlurmOptions, State};
use crate::theory::Named;
use crate::threads;
use crate::watch::Terminal;
use quiescent::paper::{Condition, TaskKind};
use quiescent::run::RunFolder;
use quiescent::theory::ExaminationSettings;
use quiescent::workflow::{self, Studied};
use std::sync::Arc;
use std::time::Instant;

/// About how long an examination by the theory takes.
const EXAMINATION_S: f64 = 20.0;

/// Runs the command.
pub(crate) fn run(arguments: &ReproduceArguments) -> Result<(), Failure> {
    let began = Instant::now();
    if !arguments.slurm && arguments.options != SlurmOptions::default() {
        return Err(Failure::Usage("flags for Slurm have a meaning with --slurm only".to_owned()));
    }
    // From here on a signal ends the program at once where nothing is under training.
    drop(interrupt::listen()?);
    let plan = plan::plan(arguments)?;
    if arguments.slurm {
        return sweep::submit_missing(&plan, &arguments.options, !arguments.no_submit);
    }
    let Done { studied, examined, left } =
        threads::with(arguments.threads, |threads| train_and_study(arguments, &plan, threads))?;
    if studied.is_empty() {
        return Err(Failure::Data(format!("no network could be studied: {}", list(&left))));
    }
    let scale = format!("{:?} scale", arguments.scale);
    let found = threads::with(arguments.threads, |_| {
        paper::write(
            &studied,
            &Page {
                title: &format!("Offline reactivation, reproduced: {}", scale.to_lowercase()),
                out: &arguments.out.join("report.html"),
                figures: &arguments.out.join("figures"),
                claims: &arguments.out.join("claims.json"),
                left: &left,
                examined: &examined,
            },
        )
    })?;
    if arguments.json {
        say_json(&found)?;
    } else {
        for line in paper::claim_lines(&found) {
            say(&line);
        }
        say(&format!(
            "report: {} ({} in all)",
            arguments.out.join("report.html").display(),
            duration(began.elapsed().as_secs_f64())
        ));
    }
    if left.is_empty() {
        return Ok(());
    }
    Err(Failure::Data(format!("the report was written without {}", list(&left))))
}

/// What had to be left out, at most as much as is still read.
fn list(left: &[LeftOut]) -> String {
    const MOST: usize = 6;
    let mut shown: Vec<String> = left.iter().take(MOST).map(LeftOut::to_string).collect();
    if left.len() > MOST {
        shown.push(format!("and {} more", left.len() - MOST));
    }
    shown.join("; ")
}

/// What was done with the planned networks.
struct Done {
    studied: Vec<Studied>,
    examined: Vec<Named>,
    left: Vec<LeftOut>,
}

fn train_and_study(
    arguments: &ReproduceArguments,
    plan: &Plan,
    threads: usize,
) -> Result<Done, Failure> {
    let settings = ExaminationSettings::default();
    let examined: Vec<&Run> = examples(plan);
    let to_examine = examined.iter().filter(|run| !is_examined(plan, run, &settings)).count();
    let to_examine_s = EXAMINATION_S * to_examine as f64;
    let (results, overall) = if sweep::was_submitted(&plan.out) && !arguments.here {
        complain(&format!(
            "there are jobs for Slurm in {0}/slurm: what is done is gathered, nothing is trained here (see \
             quiescent sweep status {0}, or train here with --here)",
            plan.out.display()
        ));
        (gather(plan), Overall::begin(to_examine_s))
    } else {
        let estimates = Estimates::measure(plan, arguments.jobs, threads)?;
        sweep::note(plan)?;
        let overall = sweep::announce(plan, &estimates, to_examine_s);
        (sweep::execute(plan, &estimates, &overall)?, overall)
    };
    let (mut studied, mut left) = (Vec::new(), Vec::new());
    for (run, result) in plan.runs.iter().zip(results) {
        match result.and_then(|()| of_run(plan, run, arguments)) {
            Ok(run) => studied.push(run),
            Err(failure) => {
                left.push(LeftOut::of(&run.name, &failure));
            }
        }
    }
    let mut examinations = Vec::new();
    for run in examined {
        let Some(found) = studied.iter().find(|found| found.name == run.name) else { continue };
        let fresh = !is_examined(plan, run, &settings);
        if fresh {
            overall.say(&format!("{}: beside the theory; all: {}", run.name, overall.describe()));
        }
        let recordings = Recordings::NONE;
        match workflow::examine_run(&found.writer, &settings, &recordings.named(), &Terminal) {
            Ok(examination) => {
                examinations.push(Named { name: run.name.clone(), examination });
            }
            Err(error) => {
                let failure = recordings.failure(error);
                left.push(LeftOut::of(&format!("{} beside the theory", run.name), &failure));
            }
        }
        if fresh {
            overall.done(EXAMINATION_S);
        }
    }
    Ok(Done { studied, examined: examinations, left })
}

/// Which networks are done, where others train them.
fn gather(plan: &Plan) -> Vec<Result<(), Failure>> {
    let batches =
        |run: &Run, batch| format!("{batch} of {} batches", run.experiment.training.batches);
    plan.runs
        .iter()
        .map(|run| match State::of(&plan.folder(run), run.after) {
            State::Done => Ok(()),
            State::Missing => Err(Failure::Data("not begun yet".to_owned())),
            State::Running { batch, .. } => {
                Err(Failure::Data(format!("running: {}", batches(run, batch))))
            }
            State::Stopped { batch } => {
                Err(Failure::Data(format!("not finished yet: {}", batches(run, batch))))
            }
            State::Failed { reason, .. } => Err(Failure::Data(reason)),
        })
        .collect()
}

/// A trained network with its study.
fn of_run(plan: &Plan, run: &Run, arguments: &ReproduceArguments) -> Result<Studied, Failure> {
    let writer = RunFolder::open_for_writing(plan.folder(run))?;
    // A damaged network must not stand in a report as if it were there.
    Recordings::NONE.network(&writer, true)?;
    let task = TaskKind::of(&run.experiment);
    let study = workflow::study_run(&writer, &arguments.scale.protocol(task), &Terminal)?;
    Ok(Studied { name: run.name.clone(), writer: Arc::new(writer), study })
}

/// The first planned seed of each condition: the theory is shown on examples.
fn examples(plan: &Plan) -> Vec<&Run> {
    let condition = |run: &Run| Condition::of(&run.experiment);
    let mut first: Vec<&Run> = Vec::new();
    for run in &plan.runs {
        if first.iter().all(|earlier| condition(earlier) != condition(run)) {
            first.push(run);
        }
    }
    first
}

fn is_examined(plan: &Plan, run: &Run, settings: &ExaminationSettings) -> bool {
    RunFolder::open(plan.folder(run))
        .is_ok_and(|run| matches!(workflow::current_examination(&run, Some(settings)), Ok(Some(_))))
}
