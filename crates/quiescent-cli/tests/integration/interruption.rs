//! Runs that are stopped: by signals, by a second writer, by a full or read-only disk.

use crate::common::{EXPERIMENT, SMALL, binary, hash, metrics, quiescent, record, stderr};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

/// Enough batches that a run takes a few seconds.
const LONG: [&str; 4] = [
    "training.batches=3000",
    "training.checkpoint_every=25",
    "training.test_every=100",
    "time.steps=24",
];

fn start(folder: &Path, resume: bool) -> Child {
    let mut command = Command::new(binary());
    command.args(["train", EXPERIMENT, "--threads", "2", "--out"]).arg(folder);
    if resume {
        command.arg("--resume");
    }
    command.args(SMALL).args(LONG).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.unwrap().success());
}

/// Waits until the run has saved a checkpoint.
fn await_checkpoint(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !folder.join("checkpoints/latest.safetensors").exists() {
        assert!(Instant::now() < deadline, "no checkpoint within a minute");
        sleep(Duration::from_millis(2));
    }
}

/// A kill between the last checkpoint and the record leaves a record that tells of an earlier one.
#[test]
fn a_record_that_lags_behind_the_last_checkpoint_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    crate::common::train(&run, &[]).success();
    let whole = record(&run);
    let mut lagging = whole.clone();
    lagging["status"] = "interrupted".into();
    lagging["batch"] = 30.into();
    lagging["parameters_sha256"] = "ab".repeat(32).into();
    std::fs::write(run.join("run.json"), lagging.to_string()).unwrap();
    quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
    for key in ["status", "batch", "parameters_sha256"] {
        assert_eq!(record(&run)[key], whole[key], "{key}");
    }
}

#[test]
fn killed_at_random_moments_it_ends_in_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    let began = Instant::now();
    assert!(start(&whole, false).wait().unwrap().success());
    let duration = began.elapsed();

    let run = dir.path().join("killed");
    // A fixed sequence of odd moments: most attempts end well before a twentieth of the run.
    let mut state = 12_345u64;
    let mut kills = 0;
    let mut lasts = Vec::new();
    loop {
        let mut child = start(&run, true);
        if kills < 24 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            sleep(duration.mul_f64((state >> 33) as f64 / (1u64 << 31) as f64 / 14.0));
            child.kill().unwrap();
        }
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        kills += 1;
        assert!(kills < 100, "the run does not come to an end");
        if run.join("run.json").exists() {
            // Nothing saved is lost again.
            let batch = record(&run)["batch"].as_u64().unwrap();
            assert!(lasts.last().is_none_or(|last| *last <= batch), "{lasts:?} then {batch}");
            lasts.push(batch);
        }
    }
    assert!(kills >= 20, "only {kills} kills hit the run");
    assert!(lasts.iter().any(|batch| *batch > 0), "no kill came after a checkpoint: {lasts:?}");
    assert_eq!(hash(&run), hash(&whole));
    assert_eq!(metrics(&run), metrics(&whole));
    for folder in [run.clone(), run.join("checkpoints")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".partial"), "left behind: {name}");
        }
    }
}

#[test]
fn signals_save_a_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let whole = dir.path().join("whole");
    assert!(start(&whole, false).wait().unwrap().success());
    for name in ["INT", "TERM"] {
        let run = dir.path().join(name);
        let child = start(&run, false);
        await_checkpoint(&run);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("train --resume --out"), "{text}");
        let record = record(&run);
        assert_eq!(record["status"], "interrupted");
        let saved = record["batch"].as_u64().unwrap();
        assert!((1..3000).contains(&saved), "{saved}");
        // The hint works as printed, without naming the experiment again.
        quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
        assert_eq!(hash(&run), hash(&whole));
        assert_eq!(metrics(&run), metrics(&whole));
    }
}

#[test]
fn a_second_writer_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let mut child = start(&run, false);
    await_checkpoint(&run);
    let assert = quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().code(2);
    let text = stderr(&assert);
    assert!(text.contains("in use") && text.contains(&child.id().to_string()), "{text}");
    child.kill().unwrap();
    child.wait().unwrap();
    // A killed writer leaves no lock behind.
    quiescent()
        .args(["train", "--resume", "--out"])
        .arg(&run)
        .timeout(Duration::from_secs(120))
        .assert()
        .success();
}

/// The lock file of a writer on another machine that was last heard of `age_s` seconds ago.
fn lock_from_afar(run: &Path, age_s: u64) {
    let new = run.join(".lock.a1b2c3.partial");
    let record = r#"{"pid":4711,"host":"node7","token":"x","taken_unix_s":1,"slurm_job":"33_4",
        "taken_after_silence_s":150}"#;
    std::fs::write(&new, record).unwrap();
    let file = std::fs::File::options().write(true).open(&new).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age_s)).unwrap();
    std::fs::rename(new, run.join("lock")).unwrap();
}

/// Suspends a writer, gives its lock to another one and lets it go on. Returns whether all files
/// are as they were then.
fn suspended_it_lost_its_lock(run: &Path) -> bool {
    let child = start(run, false);
    await_checkpoint(run);
    signal(&child, "STOP");
    lock_from_afar(run, 0);
    // As every new writer does: a write that was under way ends here.
    for folder in [run, &run.join("checkpoints")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "partial") {
                std::fs::remove_file(path).unwrap();
            }
        }
    }
    let files = ["run.json", "metrics.jsonl", "checkpoints/latest.safetensors", "lock"];
    let content = || files.map(|file| std::fs::read(run.join(file)).unwrap());
    let before = content();
    signal(&child, "CONT");
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{text}");
    for part in ["taken over by process 4711 on node7", "job 33_4", "150 s", "--resume"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    content() == before
}

#[test]
fn a_suspended_writer_that_lost_its_lock_stops() {
    let dir = tempfile::tempdir().unwrap();
    // The signal may fall into the microseconds between a look at the lock and the write it is for.
    let run = ["a", "b", "c"]
        .map(|name| dir.path().join(name))
        .into_iter()
        .find(|run| suspended_it_lost_its_lock(run));
    let run = run.expect("a writer without its lock wrote three times");

    // The other one is respected while it is heard of, and then no longer.
    let resume = || {
        let mut command = quiescent();
        command.args(["train", "--resume", "--out"]).arg(&run).timeout(Duration::from_secs(120));
        command
    };
    let assert = resume().assert().code(2);
    let text = stderr(&assert);
    assert!(text.contains("process 4711 on node7") && text.contains("120 s"), "{text}");
    lock_from_afar(&run, 130);
    resume().assert().success();
    assert!(!run.join("lock").exists());
    assert_eq!(record(&run)["status"], "finished");
}

/// A small file system of its own, unmounted when dropped; none without root.
struct Disk(tempfile::TempDir);

impl Disk {
    fn new(options: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(dir.path())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            assert!(std::env::var_os("CI").is_none(), "CI runs as root and must test full disks");
        }
        mounted.then(|| Self(dir))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_keeps_what_was_saved() {
    let Some(disk) = Disk::new("size=96k") else {
        // Mounting needs root.
        return;
    };
    let run = disk.0.path().join("run");
    // The checkpoint of this run has 3 × 24 × (24 + 40 + 2) numbers: 19 kB; the log fills the rest.
    let assert = quiescent()
        .args(["train", EXPERIMENT, "--out"])
        .arg(&run)
        .args(SMALL)
        .args(["training.batches=100000", "training.test_every=10"])
        .timeout(Duration::from_secs(120))
        .assert()
        .code(3);
    let text = stderr(&assert);
    assert!(text.contains("space"), "{text}");
    let saved = record(&run)["batch"].as_u64().unwrap();
    assert!(saved >= 10, "{saved}");
    let large = ["simulate", "--trials", "200", "--steps", "100"];
    let assert = quiescent().args(large).arg(&run).assert().code(3);
    assert!(stderr(&assert).contains("space"), "{}", stderr(&assert));
    // With space again, what was saved is whole.
    let status =
        Command::new("mount").args(["-o", "remount,size=4m"]).arg(disk.0.path()).status().unwrap();
    assert!(status.success());
    quiescent().args(large).arg(&run).assert().success();
}

#[test]
fn a_read_only_folder_is_named() {
    let Some(disk) = Disk::new("size=1m,ro") else { return };
    let run = disk.0.path().join("run");
    let assert =
        quiescent().args(["train", EXPERIMENT, "--out"]).arg(&run).args(SMALL).assert().code(3);
    let text = stderr(&assert);
    assert!(text.contains("ead-only"), "{text}");
}

/// A signal while nothing is trained ends the program at once, with a word and without a lock.
#[test]
fn a_signal_during_a_simulation_leaves_no_lock() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    crate::common::train(&run, &[]).success();
    let mut child = Command::new(binary())
        .args(["simulate", "--phase", "quiescent", "--steps", "200000", "--trials", "200"])
        .args(["--name", "long"])
        .arg(&run)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !run.join("lock").exists() && began.elapsed() < Duration::from_secs(60) {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(100));
    signal(&child, "INT");
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("stopped"), "{said}");
    assert!(!run.join("lock").exists(), "{said}");
    assert!(!run.join("phases/long.npz").exists());
}
