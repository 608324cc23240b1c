//! A sweep in the hands of a cluster, and the same sweep on this machine.

use crate::cluster::{Cluster, Queued};
use crate::common::{self, EXPERIMENT, SMALL};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Runs of about ten seconds, which can be met in the middle.
pub const LONG: [&str; 5] = [
    "time.steps=24",
    "training.trials=50",
    "training.batches=8000",
    "training.test_every=1000",
    "training.checkpoint_every=100",
];

/// More than any wait takes on a machine that is busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// What the hash of each run of the long sweep is when nothing disturbs it, by name (`seed=0` to
/// `seed=3`).
pub fn undisturbed() -> &'static BTreeMap<String, String> {
    static HASHES: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    HASHES.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("here");
        let arguments: Vec<&str> = LONG.into_iter().chain(["seed=0..3", "--train-only"]).collect();
        hashes(&here(&arguments, &out))
    })
}

/// Trains a sweep of small runs on this machine; what `sweep status --json` prints of it.
pub fn here(arguments: &[&str], out: &Path) -> Value {
    let mut command = common::quiescent();
    command.args(["sweep", EXPERIMENT]).args(small(arguments)).arg("--out").arg(out);
    command.assert().success();
    let assert = common::quiescent().args(["sweep", "status", "--json"]).arg(out).assert();
    serde_json::from_slice(&assert.success().get_output().stdout).unwrap()
}

/// `arguments`, and what else makes a run small.
fn small<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let key = |assignment: &'a str| assignment.split('=').next();
    let given: Vec<_> = arguments.iter().map(|assignment| key(assignment)).collect();
    let others = SMALL.into_iter().filter(|assignment| !given.contains(&key(assignment)));
    others.chain(arguments.iter().copied()).collect()
}

/// The hash of every run, by name.
pub fn hashes(status: &Value) -> BTreeMap<String, String> {
    let runs = status["runs"].as_array().unwrap();
    runs.iter()
        .map(|run| {
            let folder = Path::new(run["folder"].as_str().unwrap());
            (run["name"].as_str().unwrap().to_owned(), common::hash(folder))
        })
        .collect()
}

/// What `sweep status` says of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub state: String,
    pub batch: u64,
    pub detail: String,
    pub folder: PathBuf,
}

/// A sweep's folder, and the cluster that works on it.
pub struct Submitted<'a> {
    pub cluster: &'a Cluster,
    pub out: PathBuf,
}

impl Submitted<'_> {
    /// `quiescent sweep` with small runs, `assignments` and flags.
    pub fn sweep(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = self.cluster.quiescent();
        command.args(["sweep", EXPERIMENT]).args(small(arguments));
        command.arg("--out").arg(&self.out).assert()
    }

    /// Submits long runs and returns the job's number.
    pub fn submit_long(&self, arguments: &[&str]) -> u64 {
        let asked = ["--slurm", "--train-only", "--mem", "100M"];
        let all: Vec<&str> =
            LONG.into_iter().chain(asked).chain(arguments.iter().copied()).collect();
        let assert = self.sweep(&all).success();
        job(&common::stdout(&assert))
    }

    /// `quiescent sweep status` with flags.
    pub fn status_command(&self, arguments: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = self.cluster.quiescent();
        command.args(["sweep", "status"]).arg(&self.out).args(arguments).assert()
    }

    /// What `sweep status --json` prints.
    pub fn json(&self) -> Value {
        let assert = self.status_command(&["--json"]).success();
        serde_json::from_slice(&assert.get_output().stdout).unwrap()
    }

    /// What `sweep status` says of every run, by name.
    pub fn fates(&self) -> BTreeMap<String, Fate> {
        let status = self.json();
        assert_eq!(status["queue_asked"], true);
        let runs = status["runs"].as_array().unwrap();
        let fates: BTreeMap<String, Fate> = runs
            .iter()
            .map(|run| {
                let text = |key: &str| run[key].as_str().unwrap().to_owned();
                let fate = Fate {
                    state: text("state"),
                    batch: run["batch"].as_u64().unwrap(),
                    detail: text("detail"),
                    folder: text("folder").into(),
                };
                (text("name"), fate)
            })
            .collect();
        assert_eq!(fates.len(), runs.len(), "names differ");
        for fate in fates.values() {
            let count = fates.values().filter(|other| other.state == fate.state).count();
            assert_eq!(status["counts"][&fate.state], count);
        }
        fates
    }

    /// What `sweep status` says of one run.
    pub fn fate(&self, name: &str) -> Fate {
        self.fates().remove(name).unwrap_or_else(|| panic!("no run {name}"))
    }

    /// Waits until a task trains and has saved something.
    pub fn await_checkpoint(&self, name: &str) {
        let latest = self.fate(name).folder.join("checkpoints/latest.safetensors");
        self.cluster.wait_until(&format!("a checkpoint of {name}"), PATIENCE, || latest.exists());
    }

    /// Waits until a task that was running is in the queue again; checks what `sweep status` says of it.
    pub fn await_return_to_queue(&self, job: u64, task: u64) {
        let what = format!("task {job}_{task} in the queue again");
        self.cluster.wait_until(&what, PATIENCE, || {
            self.cluster.task(job, task).is_some_and(|task| task.reason == "BeginTime")
        });
        let fates = self.fates();
        // Still so: what was asked in between was asked of this state.
        let queued = self.cluster.task(job, task).unwrap();
        assert_eq!(queued.reason, "BeginTime");
        let name = format!("job {job}_{task}, BeginTime");
        let found: Vec<&Fate> = fates.values().filter(|fate| fate.detail == name).collect();
        let [fate] = found[..] else { panic!("{name}: {fates:#?}") };
        assert_eq!(fate.state, "waiting");
        assert!((1..8000).contains(&fate.batch), "{fate:?}");
    }

    /// Waits until nothing is queued and `sweep status` calls all runs done; their hashes.
    pub fn await_done(&self) -> BTreeMap<String, String> {
        self.cluster.wait_until("an empty queue", PATIENCE, || self.cluster.queue().is_empty());
        let fates = self.fates();
        let done = fates.values().all(|fate| fate.state == "done");
        assert!(done, "{fates:#?}\n{}", self.all_logs());
        hashes(&self.json())
    }

    /// The log of a task.
    pub fn log(&self, job: u64, task: u64) -> String {
        let path = self.out.join(format!("slurm/logs/{job}_{task}.log"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// All logs, for messages.
    pub fn all_logs(&self) -> String {
        let entries = std::fs::read_dir(self.out.join("slurm/logs")).into_iter().flatten();
        entries
            .flatten()
            .map(|entry| {
                let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
                format!("--- {}\n{text}\n", entry.path().display())
            })
            .collect()
    }

    /// The process that trains a task's run, and the batch script above it.
    pub fn processes(&self, submission: u64, task: u64) -> (u32, u32) {
        let manifest = self.out.join(format!("slurm/{submission:04}.json"));
        let manifest = std::fs::canonicalize(manifest).unwrap();
        let words = ["sweep", "task", manifest.to_str().unwrap(), &task.to_string()].join("\0");
        let found: Vec<u32> = std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                let line = std::fs::read(entry.path().join("cmdline")).ok()?;
                String::from_utf8_lossy(&line).contains(&format!("\0{words}\0")).then_some(pid)
            })
            .collect();
        let [worker] = found[..] else { panic!("processes of task {task}: {found:?}") };
        let stat = std::fs::read_to_string(format!("/proc/{worker}/stat")).unwrap();
        // PID (NAME) STATE PARENT …
        let parent = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap();
        (worker, parent.parse().unwrap())
    }

    /// Whether what `sweep status` says agrees with the queue; none if that changed meanwhile.
    pub fn agrees(&self, job: u64) -> Option<BTreeMap<String, Fate>> {
        let of_job = || -> Vec<Queued> {
            self.cluster.queue().into_iter().filter(|entry| entry.array == job).collect()
        };
        let before = of_job();
        let fates = self.fates();
        if of_job() != before {
            return None;
        }
        // Tasks are the sweep's runs in their order, which is that of the manifest.
        let manifest = std::fs::read_to_string(self.out.join("sweep.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        for (task, run) in manifest["runs"].as_array().unwrap().iter().enumerate() {
            let fate = &fates[run["name"].as_str().unwrap()];
            let queued = before.iter().find(|entry| entry.task == Some(task as u64));
            let expected: &[&str] = match queued.map(|entry| entry.state.as_str()) {
                Some("PENDING") => &["waiting"],
                // A run is done a moment before its task is.
                Some(_) => &["running", "done"],
                None => &["done"],
            };
            assert!(expected.contains(&fate.state.as_str()), "{queued:?}: {fate:?}");
        }
        Some(fates)
    }
}

/// The number in `job 12: …`.
pub fn job(stdout: &str) -> u64 {
    stdout
        .lines()
        .find_map(|line| line.strip_prefix("job ")?.split(':').next()?.parse().ok())
        .unwrap_or_else(|| panic!("no job in {stdout:?}"))
}

/// Sends a signal, such as `KILL`.
pub fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status().unwrap();
    assert!(status.success());
}
