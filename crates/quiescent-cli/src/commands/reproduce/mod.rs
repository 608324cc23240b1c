//! `quiescent reproduce`: the paper's networks, figures and claims by one command that can be
//! stopped at any time. Its networks are a sweep like any other, trained by the same executors.

mod arguments;
mod estimate;
mod plan;
mod summary;

pub(crate) use arguments::Arguments;

use crate::manifest;
use crate::pages::paper::{self, Page};
use crate::pages::theory::Named;
use crate::slurm;
use crate::ui::dry_run;
use crate::ui::examination::Examination;
use crate::ui::failure::Failure;
use crate::ui::interrupt::{self, LastWords};
use crate::ui::left_out::LeftOut;
use crate::ui::output::{complain, duration, this_command};
use crate::ui::planned;
use crate::ui::progress::Overall;
use crate::ui::recordings::Recordings;
use crate::ui::watch::Terminal;
use estimate::Rest;
use quiescent::paper::{Condition, Scale, TaskKind};
use quiescent::readable::counted;
use quiescent::run::RunFolder;
use quiescent::theory::ExaminationSettings;
use quiescent::workflow::plan::{Estimates, Plan, Run, State};
use quiescent::workflow::{self, Studied};
use std::sync::Arc;
use std::time::Instant;

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let began = Instant::now();
    let submit = &arguments.submit;
    submit.check()?;
    // From here on a signal ends the program at once where nothing is under training.
    interrupt::install()?;
    let plan = plan::plan(arguments)?;
    if submit.slurm {
        return slurm::submit_missing(&plan, &submit.options, !submit.no_submit);
    }
    if arguments.dry_run {
        return arguments.threads.run(|threads| {
            let rest = Rest::estimate(&plan, &examples(&plan), &ExaminationSettings::default())?;
            let estimates = Estimates::measure(&plan, arguments.jobs.jobs, threads)?;
            dry_run::print(&plan, &estimates, &rest.parts(), arguments.json)
        });
    }
    let done = arguments.threads.run(|threads| train_and_study(arguments, &plan, threads))?;
    let Done { studied, examined, left, rest, overall } = done;
    if studied.is_empty() {
        let left = LeftOut::list(&left);
        return Err(Failure::Data(format!("no network could be studied: {left}")));
    }
    let scale = Scale::from(arguments.scale);
    let found = arguments.threads.run(|_| {
        paper::write(
            &studied,
            &Page {
                title: &format!("Offline reactivation, reproduced: {} scale", scale.name()),
                out: &arguments.out.join("report.html"),
                figures: &arguments.out.join("figures"),
                claims: &arguments.out.join("claims.json"),
                left: &left,
                examined: &examined,
                overall: &overall,
                estimated_s: [rest.compare_s, rest.draw_s],
            },
        )
    })?;
    drop(overall);
    arguments.json.print(&found, |found| {
        let report = format!(
            "report: {} ({} in all)",
            arguments.out.join("report.html").display(),
            duration(began.elapsed().as_secs_f64())
        );
        let networks = summary::networks(&studied);
        let claims = summary::claims(found, arguments.verbose);
        networks.into_iter().chain(claims).chain([report]).collect()
    })?;
    LeftOut::check(&left, "the report was written without")
}

/// What was done with the planned networks, and what is left to do.
struct Done {
    studied: Vec<Studied>,
    examined: Vec<Named>,
    left: Vec<LeftOut>,
    rest: Rest,
    overall: Overall,
}

fn train_and_study(arguments: &Arguments, plan: &Plan, threads: usize) -> Result<Done, Failure> {
    let settings = ExaminationSettings::default();
    let examined: Vec<&Run> = examples(plan);
    let rest = Rest::estimate(plan, &examined, &settings)?;
    let (results, overall) = if slurm::was_submitted(&plan.out) && !arguments.here {
        complain(&format!(
            "there are jobs for Slurm in {0}/slurm: what is done is gathered, nothing is trained here (see \
             quiescent sweep status {0}, or train here with --here)",
            plan.out.display()
        ));
        (gather(plan), Overall::begin(rest.all_s()))
    } else {
        let estimates = Estimates::measure(plan, arguments.jobs.jobs, threads)?;
        manifest::note(plan)?;
        let overall = planned::announce(plan, &estimates, rest.all_s());
        (planned::execute(plan, &estimates, &overall)?, overall)
    };
    let words = LastWords::new(format!(
        "stopped: what was trained, measured and compared is kept; go on with: {}",
        this_command()
    ));
    let (mut studied, mut left) = (Vec::new(), Vec::new());
    for (run, result) in plan.runs.iter().zip(results) {
        match result.and_then(|()| of_run(plan, run, arguments)) {
            Ok(run) => studied.push(run),
            Err(failure) => left.push(LeftOut::new(&run.name, failure)),
        }
    }
    let mut examinations = Vec::new();
    for (run, &left_s) in examined.into_iter().zip(&rest.examinations_s) {
        let Some(found) = studied.iter().find(|found| found.name == run.name) else { continue };
        let recordings = Recordings::NONE;
        let shown = Examination::new(&run.name, "comparing with the theory", &overall, left_s);
        match workflow::examine_run(&found.writer, &settings, &recordings.named(), &shown) {
            Ok(examination) => {
                shown.end();
                examinations.push(Named::of_run(run.name.clone(), &found.writer, examination));
            }
            Err(error) => {
                let name = format!("{} compared with the theory", run.name);
                left.push(LeftOut::new(name, recordings.failure(error)));
            }
        }
    }
    drop(words);
    Ok(Done { studied, examined: examinations, left, rest, overall })
}

/// Which networks are done, where others train them.
fn gather(plan: &Plan) -> Vec<Result<(), Failure>> {
    let batches = |run: &Run, batch| {
        format!("{batch} of {}", counted(run.experiment.training.batches as usize, "batch"))
    };
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
            State::Failed { reason, .. } | State::Damaged { reason } => Err(Failure::Data(reason)),
        })
        .collect()
}

/// A trained network with its study.
fn of_run(plan: &Plan, run: &Run, arguments: &Arguments) -> Result<Studied, Failure> {
    let writer = RunFolder::open_for_writing(plan.folder(run))?;
    // A damaged network must not stand in a report as if it were there.
    Recordings::NONE.network(&writer, true)?;
    let task = TaskKind::of(&run.experiment);
    let study =
        workflow::study_run(&writer, &Scale::from(arguments.scale).protocol(task), &Terminal)?;
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
