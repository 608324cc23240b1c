//! `sweep.json` and `slurm/NNNN.json`: which runs there are, so that they can be found, counted and
//! begun elsewhere.

use crate::slurm::options::SlurmOptions;
use crate::ui::failure::Failure;
use crate::ui::output::complain;
use quiescent::experiment::Experiment;
use quiescent::printable;
use quiescent::readable::counted;
use quiescent::run::{FolderLock, RunFolder, write_atomically};
use quiescent::workflow::plan::{After, Plan, Run};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Name of the manifest of all runs under a folder.
pub(crate) const SWEEP_FILE: &str = "sweep.json";
const FORMAT: &str = "quiescent-sweep";
const FORMAT_VERSION: u64 = 1;
/// Most keys in which a run is said to differ from another one.
const MOST_CHANGES: usize = 12;
/// Most runs that are named in a complaint.
const MOST_NAMED: usize = 5;
/// How long another command may take to write the manifest.
const LONGEST_WAIT: Duration = Duration::from_secs(180);
/// Longest text out of a manifest that a message shows, in characters.
const LONGEST_SHOWN: usize = 300;
/// Longest manifest that is read: 100 000 runs take 40 MB.
const LONGEST: u64 = 1 << 30;

/// A manifest as it is written. Experiments are given as changes to a few whole ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: String,
    format_version: u64,
    program_version: String,
    /// Folder that those of the runs are relative to, relative to the manifest's own.
    root: PathBuf,
    about: String,
    /// Runs of one array task, which takes them one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) runs_per_task: Option<usize>,
    /// What Slurm was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) slurm: Option<SlurmOptions>,
    /// Experiments as YAML.
    bases: Vec<String>,
    runs: Vec<Entry>,
}

/// One run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    folder: PathBuf,
    identity: String,
    /// Place of its base in `bases`.
    base: usize,
    after: After,
    /// `key=value` changes to the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    varied: Vec<(String, String)>,
}

impl Manifest {
    /// The manifest of a plan, to stand in a folder from which `root` leads to the plan's.
    pub(crate) fn of(plan: &Plan, root: &str) -> Result<Self, Failure> {
        let leaves = plan
            .runs
            .par_iter()
            .map(|run| run.experiment.leaves())
            .collect::<Result<Vec<_>, _>>()?;
        let mut bases: Vec<Base> = Vec::new();
        let mut proposed: Vec<(usize, Vec<String>)> = Vec::with_capacity(plan.runs.len());
        for (run, leaves) in plan.runs.iter().zip(leaves) {
            let found = bases.iter().enumerate().find_map(|(place, base)| {
                Some((place, base.changes_to(&leaves, &run.experiment.about)?))
            });
            proposed.push(found.unwrap_or_else(|| {
                bases.push(Base { experiment: run.experiment.clone(), leaves });
                (bases.len() - 1, Vec::new())
            }));
        }
        // A value may not survive being written as an override: such a run is its own base.
        let same: Vec<bool> = plan
            .runs
            .par_iter()
            .zip(&proposed)
            .map(|(run, (base, changes))| bases[*base].gives(changes, &run.experiment))
            .collect();
        let mut runs = Vec::with_capacity(plan.runs.len());
        for ((run, (mut base, mut changes)), same) in plan.runs.iter().zip(proposed).zip(same) {
            if !same {
                bases.push(Base { experiment: run.experiment.clone(), leaves: Vec::new() });
                (base, changes) = (bases.len() - 1, Vec::new());
            }
            runs.push(Entry {
                name: run.name.clone(),
                folder: run.folder.clone(),
                identity: run.identity.clone(),
                base,
                after: run.after,
                changes,
                varied: run.varied.clone(),
            });
        }
        Ok(Self {
            format: FORMAT.to_owned(),
            format_version: FORMAT_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            root: PathBuf::from(root),
            about: plan.about.clone(),
            runs_per_task: None,
            slurm: None,
            bases: bases
                .iter()
                .map(|base| Ok(base.experiment.to_yaml()?))
                .collect::<Result<_, Failure>>()?,
            runs,
        })
    }

    /// Reads a manifest.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct Version {
            format: String,
            format_version: u64,
            #[serde(default)]
            program_version: String,
        }
        let shown = path.display();
        let unreadable = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => Failure::Usage(format!(
                "{shown} does not exist: give the manifest of a sweep, or its folder"
            )),
            _ => Failure::Data(format!("cannot read {shown}: {error}")),
        };
        let size = fs::metadata(path).map_err(unreadable)?;
        if !size.is_file() || size.len() > LONGEST {
            return Err(Failure::Usage(format!("{shown} is no manifest of a sweep")));
        }
        let bytes = fs::read(path).map_err(unreadable)?;
        let damaged = |error: serde_json::Error| {
            Failure::Data(format!(
                "{shown} is damaged or was edited by hand: {}; the command that made it puts it \
                 aside and writes another one (finished runs are not trained again)",
                printable(&error.to_string(), LONGEST_SHOWN)
            ))
        };
        let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(Failure::Usage(format!("{shown} is no manifest of a sweep")));
        }
        if version.format_version != FORMAT_VERSION {
            return Err(Failure::Data(format!(
                "{shown} has format version {}, of quiescent {}; this program ({}) reads version \
                 {FORMAT_VERSION}: use that version for it, or give the command that made it again with \
                 this one",
                version.format_version,
                printable(&version.program_version, LONGEST_SHOWN),
                env!("CARGO_PKG_VERSION"),
            )));
        }
        let manifest: Self = serde_json::from_slice(&bytes).map_err(damaged)?;
        let outside =
            |folder: &Path| !folder.components().all(|part| matches!(part, Component::Normal(_)));
        for entry in &manifest.runs {
            if outside(&entry.folder) {
                return Err(Failure::Data(format!(
                    "{shown} is damaged: run {}: its folder {} leads out of the sweep's",
                    printable(&entry.name, LONGEST_SHOWN),
                    printable(&entry.folder.to_string_lossy(), LONGEST_SHOWN)
                )));
            }
            if entry.base >= manifest.bases.len() {
                return Err(Failure::Data(format!(
                    "{shown} is damaged: run {} has base {} of {}",
                    printable(&entry.name, LONGEST_SHOWN),
                    entry.base,
                    manifest.bases.len()
                )));
            }
        }
        Ok(manifest)
    }

    /// Number of runs.
    pub(crate) fn len(&self) -> usize {
        self.runs.len()
    }

    /// Identity of every run.
    pub(crate) fn identities(&self) -> impl Iterator<Item = &str> {
        self.runs.iter().map(|entry| entry.identity.as_str())
    }

    /// The plan of some of its runs; `path` is where the manifest was read.
    ///
    /// # Errors
    /// If an experiment is not what it was when the manifest was written.
    pub(crate) fn plan(
        &self,
        path: &Path,
        which: impl IntoIterator<Item = usize>,
    ) -> Result<Plan, Failure> {
        let runs = self.resolve(path, which).into_iter().collect::<Result<_, _>>()?;
        Ok(self.with_runs(path, runs))
    }

    /// The plan of all runs whose experiments are what they were; the others are named and left
    /// out.
    pub(crate) fn plan_of_intact(&self, path: &Path) -> Plan {
        let (mut runs, mut left) = (Vec::new(), 0);
        for run in self.resolve(path, 0..self.len()) {
            match run {
                Ok(run) => runs.push(run),
                Err(failure) => {
                    if left < MOST_NAMED {
                        complain(&failure.line());
                    }
                    left += 1;
                }
            }
        }
        if left > MOST_NAMED {
            complain(&format!("and {} more", left - MOST_NAMED));
        }
        self.with_runs(path, runs)
    }

    fn with_runs(&self, path: &Path, runs: Vec<Run>) -> Plan {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let out = parent.unwrap_or(Path::new(".")).join(&self.root);
        Plan { out: tidy(&out), about: self.about.clone(), runs }
    }

    fn resolve(
        &self,
        path: &Path,
        which: impl IntoIterator<Item = usize>,
    ) -> Vec<Result<Run, Failure>> {
        let bases: Vec<Option<Experiment>> =
            self.bases.iter().map(|text| Experiment::parse(text, "the manifest").ok()).collect();
        let which: Vec<&Entry> =
            which.into_iter().filter_map(|number| self.runs.get(number)).collect();
        which
            .par_iter()
            .map(|entry| {
                let base = bases.get(entry.base).and_then(Option::as_ref);
                let made = base.and_then(|base| match entry.changes.is_empty() {
                    true => Some(base.clone()),
                    false => base.with_all(&entry.changes).ok(),
                });
                let same = |made: &Experiment| {
                    made.identity().is_ok_and(|identity| identity == entry.identity)
                };
                let Some(experiment) = made.filter(same) else {
                    return Err(Failure::Data(format!(
                        "{}: run {} is another experiment than when this was written: it was edited by \
                         hand, or is of another version of the program; give the command that made it \
                         again",
                        path.display(),
                        printable(&entry.name, LONGEST_SHOWN)
                    )));
                };
                Ok(Run {
                    name: entry.name.clone(),
                    folder: entry.folder.clone(),
                    varied: entry.varied.clone(),
                    experiment,
                    identity: entry.identity.clone(),
                    after: entry.after,
                })
            })
            .collect()
    }

    /// Every run.
    #[cfg(test)]
    fn whole_plan(&self, path: &Path) -> Result<Plan, Failure> {
        self.plan(path, 0..self.len())
    }

    /// Writes the manifest.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        Ok(write_atomically(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self)?;
            file.write_all(b"\n")
        })?)
    }
}

/// Notes the runs of a plan in its folder's `sweep.json`, behind those that were asked for before. One
/// that cannot be read is put aside.
pub(crate) fn note(plan: &Plan) -> Result<(), Failure> {
    let path = plan.out.join(SWEEP_FILE);
    fs::create_dir_all(&plan.out).map_err(|error| {
        Failure::Data(format!("cannot make the folder {}: {error}", plan.out.display()))
    })?;
    // Two commands at once must not drop one another's runs.
    RunFolder::wait_for_lock(&plan.out, LONGEST_WAIT, &mut || true)?;
    let _lock = FolderLock::acquire(&plan.out)?;
    let there = match path.exists().then(|| Manifest::read(&path)) {
        None => None,
        Some(Ok(there)) => Some(there),
        Some(Err(failure)) => {
            let aside = path.with_extension("json.old");
            fs::rename(&path, &aside).map_err(|error| {
                Failure::Data(format!("cannot rename {}: {error}", path.display()))
            })?;
            complain(&format!("{}; it is now {}", failure.line(), aside.display()));
            None
        }
    };
    let Some(mut there) = there else { return Manifest::of(plan, ".")?.write(&path) };
    // Those of another version of the program, or edited, are asked for anew or not at all.
    let intact = there.resolve(&path, 0..there.len());
    let before = there.runs.len();
    let mut keep = intact.iter().map(Result::is_ok);
    there.runs.retain(|_| keep.next().unwrap_or(true));
    if there.runs.len() < before {
        complain(&format!(
            "{} no longer lists {}: they are of another version of the program, or were edited; their \
             folders stay",
            path.display(),
            counted(before - there.runs.len(), "run")
        ));
    }
    let asked: HashMap<&str, After> =
        plan.runs.iter().map(|run| (run.identity.as_str(), run.after)).collect();
    let mut changed = there.runs.len() < before;
    for entry in &mut there.runs {
        if let Some(after) = asked.get(entry.identity.as_str()).filter(|now| **now != entry.after) {
            entry.after = *after;
            changed = true;
        }
    }
    let known: HashSet<&str> = there.identities().collect();
    let new = |run: &&Run| !known.contains(run.identity.as_str());
    let runs: Vec<Run> = plan.runs.iter().filter(new).cloned().collect();
    if runs.is_empty() && !changed {
        return Ok(());
    }
    let more = Manifest::of(&plan.with(runs), ".")?;
    let bases = there.bases.len();
    there.bases.extend(more.bases);
    there
        .runs
        .extend(more.runs.into_iter().map(|entry| Entry { base: entry.base + bases, ..entry }));
    Manifest { about: more.about, program_version: more.program_version, ..there }.write(&path)
}

/// The manifest that a user names by its path or by its folder's.
pub(crate) fn locate(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(SWEEP_FILE) } else { path.to_owned() }
}

/// `a/slurm/..` as `a`, so that paths in messages read well.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir if !out.as_os_str().is_empty() => {}
            Component::ParentDir
                if matches!(out.components().next_back(), Some(Component::Normal(_))) =>
            {
                out.pop();
                if out.as_os_str().is_empty() {
                    out.push(".");
                }
            }
            part => out.push(part),
        }
    }
    out
}

/// An experiment that others are given by.
struct Base {
    experiment: Experiment,
    leaves: Vec<(String, Value)>,
}

impl Base {
    /// Changes that may make an experiment of this one; none if no few changes of single keys can.
    fn changes_to(&self, leaves: &[(String, Value)], about: &str) -> Option<Vec<String>> {
        let same_keys = self.leaves.len() == leaves.len()
            && self.leaves.iter().zip(leaves).all(|((a, _), (b, _))| a == b);
        if !same_keys {
            return None;
        }
        let mut changes: Vec<String> = self
            .leaves
            .iter()
            .zip(leaves)
            .filter(|((_, a), (_, b))| a != b)
            // Texts as they stand, which is how overrides are read where it matters.
            .map(|(_, (key, value))| match value {
                Value::String(text) => format!("{key}={text}"),
                value => format!("{key}={value}"),
            })
            .collect();
        if self.experiment.about != about {
            changes.push(format!("about={about}"));
        }
        // Beyond a few, a whole experiment reads better.
        (changes.len() <= MOST_CHANGES).then_some(changes)
    }

    /// Whether the changes make this experiment.
    fn gives(&self, changes: &[String], experiment: &Experiment) -> bool {
        changes.is_empty()
            || self.experiment.with_all(changes).is_ok_and(|made| made == *experiment)
    }
}

#[cfg(test)]
mod tests;
