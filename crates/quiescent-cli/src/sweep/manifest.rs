//! `sweep.json` and `slurm/NNNN.json`: which runs there are, so that they can be found, counted and
//! begun elsewhere.

use super::run::{After, Plan, Run};
use super::slurm::options::SlurmOptions;
use crate::failure::Failure;
use quiescent::experiment::Experiment;
use quiescent::run::write_atomically;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// Name of the manifest of all runs under a folder.
pub(crate) const SWEEP_FILE: &str = "sweep.json";
const FORMAT: &str = "quiescent-sweep";
const FORMAT_VERSION: u64 = 1;
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
    after: After,
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
    /// `key=value` changes to the base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    varied: Vec<(String, String)>,
}

impl Manifest {
    /// The manifest of a plan, to stand in a folder from which `root` leads to the plan's.
    pub(crate) fn of(plan: &Plan, root: &str) -> Result<Self, Failure> {
        let mut bases: Vec<Base> = Vec::new();
        let mut runs = Vec::with_capacity(plan.runs.len());
        for run in &plan.runs {
            let leaves = run.experiment.leaves()?;
            let found = bases.iter().enumerate().find_map(|(place, base)| {
                base.changes_to(&leaves, run).map(|changes| (place, changes))
            });
            let (base, changes) = match found {
                Some(found) => found,
                None => {
                    bases.push(Base { experiment: run.experiment.clone(), leaves });
                    (bases.len() - 1, Vec::new())
                }
            };
            runs.push(Entry {
                name: run.name.clone(),
                folder: run.folder.clone(),
                identity: run.identity.clone(),
                base,
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
            after: plan.after,
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
                "{shown} is damaged or was edited by hand: {error}; give the command that made it \
                 again, which writes it anew"
            ))
        };
        let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version.format != FORMAT {
            return Err(Failure::Usage(format!("{shown} is no manifest of a sweep")));
        }
        if version.format_version != FORMAT_VERSION {
            return Err(Failure::Data(format!(
                "{shown} has format version {}, of quiescent {}; this program ({}) reads version \
                 {FORMAT_VERSION}: use that version for it, or submit again with this one \
                 (finished runs are not trained again)",
                version.format_version,
                version.program_version,
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
                    entry.name,
                    entry.folder.display()
                )));
            }
            if entry.base >= manifest.bases.len() {
                return Err(Failure::Data(format!(
                    "{shown} is damaged: run {} has base {} of {}",
                    entry.name,
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

    /// Name and identity of every run.
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
        let bases: Vec<&str> = self.bases.iter().map(String::as_str).collect();
        let mut parsed: Vec<Option<Experiment>> = vec![None; bases.len()];
        let runs = which
            .into_iter()
            .filter_map(|number| self.runs.get(number))
            .map(|entry| {
                let base = match &parsed[entry.base] {
                    Some(base) => base.clone(),
                    None => {
                        let base = Experiment::parse(bases[entry.base], "the manifest")?;
                        parsed[entry.base].insert(base).clone()
                    }
                };
                let experiment = base.with_all(&entry.changes)?;
                if experiment.identity()? != entry.identity {
                    return Err(Failure::Data(format!(
                        "{}: run {} is another experiment than when this was written: it was \
                         edited by hand, or is of another version of the program; submit again",
                        path.display(),
                        entry.name
                    )));
                }
                Ok(Run {
                    name: entry.name.clone(),
                    folder: entry.folder.clone(),
                    varied: entry.varied.clone(),
                    experiment,
                    identity: entry.identity.clone(),
                })
            })
            .collect::<Result<Vec<Run>, Failure>>()?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let out = parent.unwrap_or(Path::new(".")).join(&self.root);
        Ok(Plan { out: tidy(&out), about: self.about.clone(), after: self.after, runs })
    }

    /// Every run.
    pub(crate) fn whole_plan(&self, path: &Path) -> Result<Plan, Failure> {
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

/// Notes the runs of a plan in its folder's `sweep.json`, behind those that were asked for before.
pub(crate) fn note(plan: &Plan) -> Result<(), Failure> {
    let path = plan.out.join(SWEEP_FILE);
    let mut all = plan.clone();
    if path.exists() {
        let there = Manifest::read(&path)?;
        let mut known = there.whole_plan(&path)?.runs;
        let seen: HashSet<String> = known.iter().map(|run| run.identity.clone()).collect();
        let before = known.len();
        known.extend(plan.runs.iter().filter(|run| !seen.contains(&run.identity)).cloned());
        if known.len() == before && there.after == plan.after {
            return Ok(());
        }
        all.runs = known;
    }
    fs::create_dir_all(&plan.out).map_err(|error| {
        Failure::Data(format!("cannot make the folder {}: {error}", plan.out.display()))
    })?;
    Manifest::of(&all, ".")?.write(&path)
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
    leaves: Vec<(String, serde_json::Value)>,
}

impl Base {
    /// The changes that make a run's experiment of this one; none if no changes of single keys do.
    fn changes_to(&self, leaves: &[(String, serde_json::Value)], run: &Run) -> Option<Vec<String>> {
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
            .map(|(_, (key, value))| format!("{key}={value}"))
            .collect();
        if self.experiment.about != run.experiment.about {
            changes
                .push(format!("about={}", serde_json::Value::from(run.experiment.about.as_str())));
        }
        // Beyond a few, a whole experiment reads better.
        if changes.len() > 12 {
            return None;
        }
        let made = self.experiment.with_all(&changes).ok()?;
        (made.identity().ok()? == run.identity).then_some(changes)
    }
}
