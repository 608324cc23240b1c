//! From the flags of `quiescent sweep` to a plan: which runs there are, and in which folders.

use super::arguments::BeginArguments;
use crate::ui::experiment::say_changed;
use crate::ui::failure::Failure;
use crate::ui::planned::check_same;
use quiescent::experiment::sweep::{Sweep, folder_name};
use quiescent::experiment::{ChangedDefault, nearest};
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{After, Plan, Run};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

/// Folder of the run folders in a sweep's.
const RUNS: &str = "runs";

/// The runs that were asked for. One that the folder holds already, by whatever name, is that one.
pub(super) fn plan(arguments: &BeginArguments) -> Result<Plan, Failure> {
    let name = arguments.sweep.as_deref().unwrap_or_default();
    if name.contains('=') && !Path::new(name).exists() {
        return Err(Failure::Usage(format!(
            "`{name}`: name a sweep file or an EXPERIMENT before the first KEY=VALUES"
        )));
    }
    if !name.contains('/')
        && !Path::new(name).exists()
        && let Some(command) = nearest(name, ["status", "collect", "task"])
    {
        return Err(Failure::Usage(format!(
            "`{name}` is neither an experiment nor a file; did you mean `quiescent sweep {command}`?"
        )));
    }
    let sweep = Sweep::resolve(name, &arguments.assignments)?;
    let after = if arguments.train_only { After::Nothing } else { After::Measure };
    let there = folders(&arguments.out.join(RUNS));
    let runs = sweep.runs()?;
    let changed: BTreeSet<ChangedDefault> =
        runs.iter().flat_map(|run| run.changed.iter().cloned()).collect();
    say_changed(&changed);
    let runs = runs
        .into_par_iter()
        .map(|run| {
            let folder = folder_name(&run.name, &run.identity);
            let digits = digits(&folder).to_owned();
            let known = there.get(&digits);
            let folder = Path::new(RUNS).join(known.cloned().unwrap_or(folder));
            let path = arguments.out.join(&folder);
            // Before anything is trained. A damaged folder is named when its turn comes.
            if known.is_some()
                && let Ok(found) = RunFolder::open(&path)
            {
                check_same(&found, &run.experiment)?;
            }
            let name = if run.name.is_empty() { digits } else { run.name };
            let (varied, experiment, identity) = (run.varied, run.experiment, run.identity);
            Ok(Run { name, folder, varied, experiment, identity, after })
        })
        .collect::<Result<Vec<Run>, Failure>>()?;
    Ok(Plan { out: arguments.out.clone(), about: sweep.about().to_owned(), runs })
}

/// Names of run folders by the digits of their identity, with which they end.
fn folders(runs: &Path) -> HashMap<String, String> {
    let Ok(entries) = fs::read_dir(runs) else { return HashMap::new() };
    entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| (digits(&name).to_owned(), name))
        .collect()
}

fn digits(folder: &str) -> &str {
    folder.rsplit_once('_').map_or(folder, |(_, digits)| digits)
}

/// Whether a path could be made: used before a plan is carried out.
pub(super) fn check_out(out: &Path) -> Result<(), Failure> {
    if out.exists() && !out.is_dir() {
        return Err(Failure::Usage(format!(
            "--out {}: it is a file; choose a new or an existing folder",
            out.display()
        )));
    }
    Ok(())
}
