//! A sweep that nothing disturbs.

use super::submitted::{PATIENCE, Submitted, hashes, here as train_here, job};
use crate::cluster::Cluster;
use crate::common::{SMALL, stderr, stdout};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Six runs of a second or two.
const SIX: [&str; 4] =
    ["network.noise.sigma=0.05,0.1", "seed=0..2", "training.batches=1500", "training.trials=50"];

/// Names in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// What was measured in a run.
fn measurements(folder: &str) -> Value {
    let text = std::fs::read_to_string(Path::new(folder).join("measurements.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_sweep_ends_in_the_bits_of_this_machine() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    // A path that has to be quoted, here and there.
    let out = dir.path().join("it's 100% noise");
    let sweep = Submitted { cluster: &cluster, out };
    let asked = ["--slurm", "--array-limit", "2", "--time", "10", "--mem", "100M"];
    let all: Vec<&str> = SIX.into_iter().chain(asked).collect();

    // Written, but not submitted.
    let text = stdout(&sweep.sweep(&[&all[..], &["--no-submit"]].concat()).success());
    assert!(text.contains("0001.sh") && text.contains("sbatch"), "{text}");
    assert!(cluster.queue().is_empty());
    assert!(sweep.fates().values().all(|fate| fate.state == "missing"));
    assert_eq!(sweep.fates().len(), 6);

    // Submitted.
    let number = job(&stdout(&sweep.sweep(&all).success()));
    let (mut most, mut limited, mut compared) = (0, false, 0);
    let mut seen = BTreeSet::new();
    cluster.wait_until("all six", PATIENCE, || {
        let queue = cluster.queue();
        most = most.max(queue.iter().filter(|entry| entry.state == "RUNNING").count());
        limited |= queue.iter().any(|entry| entry.reason == "JobArrayTaskLimit");
        if let Some(fates) = sweep.agrees(number) {
            compared += 1;
            seen.extend(fates.into_values().map(|fate| fate.state));
        }
        queue.is_empty()
    });
    assert_eq!(most, 2, "the array limit");
    assert!(limited);
    assert!(compared >= 5, "{compared}");
    let all_seen = ["done", "running", "waiting"].map(str::to_owned);
    assert_eq!(seen, BTreeSet::from(all_seen));

    // The same here.
    let here = dir.path().join("here");
    let local = train_here(&SIX, &here);
    let remote = sweep.json();
    assert_eq!(hashes(&remote), hashes(&local));
    for (run, twin) in
        remote["runs"].as_array().unwrap().iter().zip(local["runs"].as_array().unwrap())
    {
        assert_eq!(run["state"], "done");
        let folder = |run: &Value| run["folder"].as_str().unwrap().to_owned();
        assert_eq!(measurements(&folder(run)), measurements(&folder(twin)), "{}", run["name"]);
    }

    // Everything is where it is said to be, and nothing else is there.
    let folders = ["runs", "slurm", "sweep.json"].map(str::to_owned);
    assert_eq!(names(&sweep.out), BTreeSet::from(folders));
    assert_eq!(names(&sweep.out.join("runs")), names(&here.join("runs")));
    let files = ["0001.json", "0001.sh", "0002.job", "0002.json", "0002.sh", "logs"];
    assert_eq!(names(&sweep.out.join("slurm")), BTreeSet::from(files.map(str::to_owned)));
    for task in 0..6 {
        let log = sweep.log(number, task);
        assert!(log.contains("1500 batches to train") && log.contains("done"), "{log}");
    }

    // The script that was only written, submitted by hand: there is nothing left to do.
    let before = hashes(&sweep.json());
    let script = sweep.out.join("slurm/0001.sh");
    let by_hand = cluster.submit(&[script.to_str().unwrap()]);
    sweep.await_done();
    for task in 0..6 {
        let log = sweep.log(by_hand, task);
        assert!(log.contains("done already") && !log.contains("to train"), "{log}");
    }
    assert_eq!(hashes(&sweep.json()), before);
    // Asked again, nothing is submitted, by either command.
    for assert in [sweep.sweep(&all), sweep.status_command(&["--resubmit"])] {
        let assert = assert.success();
        assert!(stdout(&assert).contains("nothing is missing"), "{}", stderr(&assert));
    }
    assert!(cluster.queue().is_empty());
    assert!(!sweep.out.join("slurm/0003.sh").exists());
}

#[test]
fn a_script_submitted_by_hand_is_followed() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    sweep
        .sweep(&[&SIX[..], &["--slurm", "--no-submit", "--runs-per-task", "4"]].concat())
        .success();
    let script = sweep.out.join("slurm/0001.sh");
    let number = cluster.submit(&["--hold", script.to_str().unwrap()]);
    let fates = sweep.fates();
    assert!(fates.values().all(|fate| fate.state == "waiting"), "{fates:#?}");
    assert!(fates["sigma=0.05_seed=0"].detail.contains(&format!("job {number}_0")), "{fates:#?}");
    // Six runs, four to a task.
    assert_eq!(cluster.queue().len(), 2);
    let assert = sweep.status_command(&["--resubmit"]).success();
    assert!(stdout(&assert).contains("nothing is missing"), "{}", stdout(&assert));
    cluster.run("scontrol", &["release", &number.to_string()]);
    sweep.await_done();
    assert_eq!(sweep.log(number, 0).matches("batches to train").count(), 4);
    assert_eq!(sweep.log(number, 1).matches("batches to train").count(), 2);
}

#[test]
fn the_paper_is_reproduced_by_the_cluster() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("paper");
    let reproduce = |flags: &[&str]| {
        let mut command = cluster.quiescent();
        command
            .args(["reproduce", "--seeds", "0", "--only", "noisy_unbiased"])
            .args(SMALL)
            .args(flags);
        command.arg("--out").arg(&out).assert().success()
    };
    let number = job(&stdout(&reproduce(&["--slurm", "--time", "10"])));
    let sweep = Submitted { cluster: &cluster, out: out.clone() };
    let trained = sweep.await_done();
    assert_eq!(trained.len(), 2, "positions and headings: {trained:?}");
    assert!(cluster.property(&format!("{number}_0"), "JobState").starts_with("COMPLETED"));
    // The same command gathers: it trains and studies nothing any more.
    let text = stderr(&reproduce(&[]));
    assert!(!text.contains("batches to train") && !text.contains("measuring"), "{text}");
    assert_eq!(hashes(&sweep.json()), trained);
    for name in ["claims.json", "report.html", "figures"] {
        assert!(out.join(name).exists(), "{name}");
    }
}
