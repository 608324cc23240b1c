//! Running the real binary as a user would.

pub mod python;
pub mod sweep;

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Overrides that make an experiment small enough to train in a moment.
pub const SMALL: [&str; 9] = [
    "network.units=24",
    "task.cells.count=20",
    "time.steps=12",
    "training.trials=10",
    "training.test_trials=6",
    "training.batches=40",
    "training.test_every=10",
    "training.checkpoint_every=10",
    "rest.trials=12",
];

/// The experiment that small runs start from.
pub const EXPERIMENT: &str = "demo/spatial/noisy_unbiased";

/// The binary, on two threads' worth of environment and no colours.
pub fn quiescent() -> Command {
    let mut command = Command::cargo_bin("quiescent").unwrap();
    command.env("NO_COLOR", "1");
    command
}

/// The path of the binary, for processes that are killed.
pub fn binary() -> PathBuf {
    assert_cmd::cargo::cargo_bin("quiescent")
}

/// Trains a small run in `folder` with further overrides.
pub fn train(folder: &Path, overrides: &[&str]) -> assert_cmd::assert::Assert {
    quiescent()
        .args(["train", EXPERIMENT, "--out"])
        .arg(folder)
        .args(SMALL)
        .args(overrides)
        .assert()
}

/// `run.json` of a run.
pub fn record(folder: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("run.json")).unwrap()).unwrap()
}

/// The parameters' hash of a run.
pub fn hash(folder: &Path) -> String {
    record(folder)["parameters_sha256"].as_str().unwrap().to_owned()
}

/// Metrics without wall time, which may differ between equal runs.
pub fn metrics(folder: &Path) -> Vec<Value> {
    std::fs::read_to_string(folder.join("metrics.jsonl"))
        .unwrap()
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line.as_object_mut().unwrap().remove("wall_s");
            line
        })
        .collect()
}

/// Standard error of a finished command.
pub fn stderr(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

/// Standard output of a finished command.
pub fn stdout(assert: &assert_cmd::assert::Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// A small file system of its own, unmounted when dropped.
pub struct Disk(tempfile::TempDir);

impl Disk {
    /// Mounts one with options of tmpfs, such as `size=96k`; none without root.
    pub fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path())
            .stderr(std::process::Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            let required = std::env::var_os("QUIESCENT_REQUIRE_ROOT").is_some();
            assert!(!required, "QUIESCENT_REQUIRE_ROOT is set, but no file system can be mounted");
        }
        mounted.then(|| Self(dir))
    }

    /// Where it is mounted.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes it larger.
    pub fn grow(&self, size: &str) {
        let status = std::process::Command::new("mount")
            .args(["-o", &format!("remount,size={size}")])
            .arg(self.path())
            .status()
            .unwrap();
        assert!(status.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}
