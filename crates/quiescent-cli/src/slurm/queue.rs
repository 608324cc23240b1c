//! Which runs of a sweep are in Slurm's hands.

use super::client::{self, Queued};
use super::options::SlurmOptions;
use crate::manifest::Manifest;
use crate::ui::failure::Failure;
use crate::ui::output::complain;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Folder of manifests, scripts and logs in a sweep's folder.
pub(super) const SLURM: &str = "slurm";

/// Whether anything under a folder was ever handed to Slurm (or written to be).
pub(crate) fn was_submitted(out: &Path) -> bool {
    let entries = fs::read_dir(out.join(SLURM)).into_iter().flatten();
    entries.flatten().any(|entry| entry.path().extension().is_some_and(|end| end == "sh"))
}

/// What Slurm says of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It waits: job, task, and why.
    Waiting(String),
    /// Its task runs, though the run itself may not have begun, or its turn in the task not come.
    Running(String),
    /// Its task runs and has several runs, of which it is one.
    Turn(String),
    /// Its task ended, as the cluster's account says.
    Ended(String),
}

/// All that was ever submitted from a folder.
#[derive(Debug, Default)]
pub(crate) struct Submissions {
    /// What Slurm says of runs, by identity.
    pub(crate) places: HashMap<String, Place>,
    /// Whether the queue could be asked.
    pub(crate) asked: bool,
    /// How many there were.
    pub(crate) count: usize,
    /// What the last one asked for.
    pub(crate) options: Option<SlurmOptions>,
    /// Logs of a run's tasks, by identity: the last submission's.
    pub(crate) logs: HashMap<String, PathBuf>,
}

impl Submissions {
    /// Reads the manifests in a sweep's folder and asks the queue about them.
    pub(crate) fn of(out: &Path) -> Result<Self, Failure> {
        let folder = out.join(SLURM);
        let mut manifests: Vec<PathBuf> = match fs::read_dir(&folder) {
            Ok(entries) => entries
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|path| path.extension().is_some_and(|end| end == "json"))
                .collect(),
            Err(_) => return Ok(Self::default()),
        };
        manifests.sort();
        let mut found = Self { count: manifests.len(), ..Self::default() };
        if manifests.is_empty() {
            return Ok(found);
        }
        let queue = match client::queue() {
            Ok(queue) => queue,
            Err(failure) => {
                complain(&format!("what waits in the queue is not known: {failure}"));
                None
            }
        };
        found.asked = queue.is_some();
        for path in &manifests {
            let manifest = match Manifest::read(path) {
                Ok(manifest) => manifest,
                // The runs' own folders tell what became of them.
                Err(failure) => {
                    complain(&failure.line());
                    continue;
                }
            };
            found.add(path, &manifest, queue.as_deref().unwrap_or_default());
            found.options = manifest.slurm.clone();
        }
        Ok(found)
    }

    fn add(&mut self, path: &Path, manifest: &Manifest, queue: &[Queued]) {
        let script = path.with_extension("sh");
        let script = fs::canonicalize(&script).unwrap_or(script);
        let job = fs::read_to_string(path.with_extension("job")).unwrap_or_default();
        let job = job.trim();
        let mut tasks: HashMap<usize, Place> = HashMap::new();
        if !job.is_empty() {
            tasks.extend(client::ended(job).into_iter().filter_map(|(task, state)| {
                let lost = !matches!(
                    state.as_str(),
                    "COMPLETED" | "PENDING" | "RUNNING" | "REQUEUED" | "SUSPENDED"
                );
                lost.then(|| (task, Place::Ended(format!("{state} in job {job}_{task}"))))
            }));
        }
        let per_task = manifest.runs_per_task.unwrap_or(1).max(1);
        for entry in queue.iter().filter(|entry| Path::new(&entry.script) == script) {
            let name = format!("job {}_{}", entry.job, entry.task);
            let place = match entry.state.as_str() {
                "PENDING" => Place::Waiting(format!("{name}, {}", entry.reason)),
                _ if per_task > 1 => Place::Turn(name),
                _ => Place::Running(name),
            };
            tasks.insert(entry.task, place);
        }
        for (number, identity) in manifest.identities().enumerate() {
            let task = number / per_task;
            // What is in the queue says more than how an earlier task ended.
            let known_alive = matches!(
                self.places.get(identity),
                Some(Place::Waiting(_) | Place::Running(_) | Place::Turn(_))
            );
            match tasks.get(&task) {
                Some(place @ Place::Ended(_)) if !known_alive => {
                    self.places.insert(identity.to_owned(), place.clone());
                }
                Some(Place::Ended(_)) => {}
                Some(place) => {
                    self.places.insert(identity.to_owned(), place.clone());
                }
                None if !known_alive => {
                    self.places.remove(identity);
                }
                None => {}
            }
            if !job.is_empty() {
                let log = path.with_file_name("logs").join(format!("{job}_{task}.log"));
                self.logs.insert(identity.to_owned(), log);
            }
        }
    }
}
