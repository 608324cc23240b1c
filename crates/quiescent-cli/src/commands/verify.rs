//! `quiescent verify`: whether run folders are whole, and their results those of their networks.

use crate::collect::folders;
use crate::ui::failure::{Failure, repair};
use crate::ui::flags::{Json, Threads, check_distinct};
use crate::ui::left_out::LeftOut;
use clap::Args;
use quiescent::workflow::{self, Check, Health};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Check that run folders are whole and that their results are those of their networks.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent verify runs/a\n  quiescent verify runs/* --json\n\nHashes the \
                  parameters, reads every file, and recomputes measurements.json from the stored phases. Each \
                  line is a file: `ok`; `stale` for what is of other parameters or of another version of the \
                  program, and is made anew when it is needed; `damaged`. Nothing is written. The exit code \
                  is 3 if anything is damaged. --json prints a list of {run, health, checks}."
)]
pub(crate) struct Arguments {
    /// Run folders, or folders that hold some.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// What was found in a run folder.
#[derive(Debug, Serialize)]
struct Verified {
    run: PathBuf,
    /// The worst of its checks.
    health: Health,
    checks: Vec<Check>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let runs = folders::in_all(&arguments.runs)?;
    check_distinct(&runs)?;
    let verified = arguments.threads.run(|_| {
        let verify = |run: &PathBuf| -> Result<Verified, Failure> {
            let checks = workflow::verify(run)?;
            let health = checks.iter().map(|check| check.health).max().unwrap_or(Health::Ok);
            Ok(Verified { run: run.clone(), health, checks })
        };
        let found = runs.iter().map(|run| (run, verify(run)));
        let (mut verified, mut failed) = (Vec::new(), Vec::new());
        for (run, found) in found {
            match found {
                Ok(found) => verified.push(found),
                Err(error) => failed.push(LeftOut::new(run.display().to_string(), error)),
            }
        }
        Ok((verified, failed))
    })?;
    let (verified, failed): (Vec<Verified>, Vec<LeftOut>) = verified;
    if verified.is_empty()
        && let Some(first) = failed.first()
    {
        // It names the folder.
        return Err(first.reason.clone());
    }
    arguments.json.print(&verified, |all| {
        let several = all.len() > 1;
        let lines = all.iter().flat_map(|found| {
            let head = several.then(|| found.run.display().to_string());
            head.into_iter().chain(found.checks.iter().map(|check| line(&found.run, check)))
        });
        lines.collect()
    })?;
    let damaged: Vec<String> = verified
        .iter()
        .filter(|found| found.health == Health::Damaged)
        .map(|found| found.run.display().to_string())
        .collect();
    match damaged.is_empty() {
        true => LeftOut::check(&failed, "not verified:"),
        false => Err(Failure::Data(format!("damaged: {}", damaged.join(", ")))),
    }
}

fn line(run: &Path, check: &Check) -> String {
    let (health, advice) = match check.health {
        Health::Ok => ("ok", String::new()),
        Health::Stale => ("stale", String::new()),
        Health::Damaged => ("damaged", repair(&run.join(&check.file))),
    };
    format!("{health:<8} {:<32} {}{advice}", check.file, check.detail)
}
