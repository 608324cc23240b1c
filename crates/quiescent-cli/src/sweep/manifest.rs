//! `sweep.json` and `slurm/NNNN.json`: which runs there are, so that they can be found, counted and
//! begun elsewhere.

use super::run::{After, Plan, Run};
use super::slurm::options::SlurmOptions;
use crate::failure::Failure;
use quiescent::experiment::Experiment;
use quiescent::run::write_atomically;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

/// Name of the manifest of all runs under a folder.
pub(crate) const SWEEP_FILE: &str = "sweep.json";
const FORMAT: &str = "quiescent-sweep";
const FORMAT_VERSION: u64 = 1;
/// Most keys in which a run is said to differ from another one.
const MOST_CHANGES: usize = 12;
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
        let bases = self
            .bases
            .iter()
            .map(|text| Ok(Experiment::parse(text, "the manifest")?))
            .collect::<Result<Vec<Experiment>, Failure>>()?;
        let which: Vec<&Entry> =
            which.into_iter().filter_map(|number| self.runs.get(number)).collect();
        let runs = which
            .par_iter()
            .map(|entry| {
                let experiment = match bases.get(entry.base) {
                    Some(base) if entry.changes.is_empty() => base.clone(),
                    Some(base) => base.with_all(&entry.changes)?,
                    None => return Err(Failure::Data(format!("{}: damaged", path.display()))),
                };
                if experiment.identity()? != entry.identity {
                    return Err(Failure::Data(format!(
                        "{}: run {} is another experiment than when this was written: it was \
                         edited by hand, or is of another version of the program; give the \
                         command that made it again (finished runs are not trained again)",
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
    let all = if path.exists() {
        let mut there = Manifest::read(&path)?;
        let known: HashSet<&str> = there.identities().collect();
        let new = |run: &&Run| !known.contains(run.identity.as_str());
        let runs: Vec<Run> = plan.runs.iter().filter(new).cloned().collect();
        if runs.is_empty() && there.after == plan.after {
            return Ok(());
        }
        let more = Manifest::of(&Plan { runs, ..plan.clone() }, ".")?;
        let before = there.bases.len();
        there.bases.extend(more.bases);
        there.runs.extend(
            more.runs.into_iter().map(|entry| Entry { base: entry.base + before, ..entry }),
        );
        Manifest { about: more.about, after: more.after, ..there }
    } else {
        fs::create_dir_all(&plan.out).map_err(|error| {
            Failure::Data(format!("cannot make the folder {}: {error}", plan.out.display()))
        })?;
        Manifest::of(plan, ".")?
    };
    all.write(&path)
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
    /// Changes that may make an experiment of this one; none if no few changes of single keys can.
    fn changes_to(
        &self,
        leaves: &[(String, serde_json::Value)],
        about: &str,
    ) -> Option<Vec<String>> {
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
        if self.experiment.about != about {
            changes.push(format!("about={}", serde_json::Value::from(about)));
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
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use quiescent::experiment::sweep::{Sweep, folder_name};

    fn plan(out: &Path, assignments: &[&str]) -> Plan {
        let sweep = Sweep::resolve("demo/spatial/noisy_unbiased", assignments).unwrap();
        let runs = sweep
            .runs()
            .unwrap()
            .into_iter()
            .map(|run| Run {
                folder: Path::new("runs").join(folder_name(&run.name, &run.identity)),
                name: run.name,
                varied: run.varied,
                experiment: run.experiment,
                identity: run.identity,
            })
            .collect();
        Plan { out: out.to_owned(), about: "what for".to_owned(), after: After::Analysis, runs }
    }

    /// Keys that come and go, lists, texts and long numbers.
    const ASSIGNMENTS: [&str; 4] = [
        "task.drift=null,{toward_m: [0.1, -0.2], fraction_per_step: 0.05}",
        "network.noise.sigma=0.1,0.0707106781186548",
        "about='a: \"b\", c # d'",
        "seed=0..2",
    ];

    #[test]
    fn a_manifest_gives_back_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SWEEP_FILE);
        let plan = plan(folder.path(), &ASSIGNMENTS);
        assert!(plan.runs.len() >= 12);
        note(&plan).unwrap();
        let manifest = Manifest::read(&path).unwrap();
        assert!(manifest.bases.len() < plan.runs.len(), "{}", manifest.bases.len());
        let back = manifest.whole_plan(&path).unwrap();
        assert_eq!(back.out, plan.out);
        assert_eq!((back.about, back.after), (plan.about, plan.after));
        for (a, b) in back.runs.iter().zip(&plan.runs) {
            assert_eq!((&a.name, &a.folder, &a.varied), (&b.name, &b.folder, &b.varied));
            assert_eq!(a.experiment, b.experiment);
        }
        let one = manifest.plan(&path, [5, 1000]).unwrap();
        assert_eq!(one.runs.len(), 1);
        assert_eq!(one.runs[0].identity, plan.runs[5].identity);
    }

    #[test]
    fn runs_are_added_and_never_moved() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SWEEP_FILE);
        let first = plan(folder.path(), &["network.units=8,16", "seed=0"]);
        let second = plan(folder.path(), &["network.units=16,24", "seed=0,1"]);
        note(&first).unwrap();
        note(&second).unwrap();
        let written = fs::read_to_string(&path).unwrap();
        note(&first).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), written);
        let names: Vec<String> = Manifest::read(&path)
            .unwrap()
            .whole_plan(&path)
            .unwrap()
            .runs
            .into_iter()
            .map(|run| run.name)
            .collect();
        assert_eq!(
            names,
            ["units=8", "units=16", "units=24_seed=0", "units=16_seed=1", "units=24_seed=1"]
        );
    }

    #[test]
    fn what_was_changed_by_hand_or_is_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(SWEEP_FILE);
        note(&plan(folder.path(), &["network.units=8,16", "seed=0..1"])).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let refused = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            fs::write(&path, good.replacen(from, to, 1)).unwrap();
            Manifest::read(&path)
                .and_then(|manifest| manifest.whole_plan(&path))
                .unwrap_err()
                .to_string()
        };
        for (from, to, said) in [
            ("\"format_version\": 1", "\"format_version\": 9", "format version 9"),
            ("quiescent-sweep", "something", "no manifest"),
            ("network.units=16", "network.units=17", "another experiment"),
            ("\"base\": 0", "\"base\": 7", "has base 7 of"),
            ("runs/units=8", "../runs/units=8", "leads out"),
            ("runs/units=8", "/runs/units=8", "leads out"),
            ("\"about\"", "\"abuot\"", "damaged or was edited"),
            ("{", "", "damaged or was edited"),
        ] {
            let message = refused(from, to);
            assert!(message.contains(said), "{to}: {message}");
        }
        let none = Manifest::read(&folder.path().join("none.json")).unwrap_err().to_string();
        assert!(none.contains("does not exist"), "{none}");
    }

    #[test]
    fn paths_are_said_as_short_as_they_are() {
        assert_eq!(tidy(Path::new("a/slurm/..")), Path::new("a"));
        assert_eq!(tidy(Path::new("slurm/..")), Path::new("."));
        assert_eq!(tidy(Path::new("../a/./b")), Path::new("../a/b"));
        assert_eq!(tidy(Path::new("./.")), Path::new("."));
    }
}
