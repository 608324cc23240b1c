//! Full and read-only disks, on a small memory file system of our own. Mounting takes root on
//! Linux; elsewhere the tests say that they were skipped.
#![allow(clippy::print_stderr)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::{Array2, Array3};

use super::{checkpoint, experiment, layout, message, names, phase};
use crate::run::formats::phase::write_arrays;
use crate::run::*;
use crate::simulate::Phase;

/// A mounted memory file system.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn new(kilobytes: usize) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kilobytes}k");
        let mounted = mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], folder.path());
        if !mounted {
            let required = std::env::var_os("QUIESCENT_REQUIRE_ROOT").is_some();
            assert!(!required, "QUIESCENT_REQUIRE_ROOT is set, but no file system can be mounted");
            eprintln!("skipped: mounting a tmpfs takes root on Linux");
            return None;
        }
        Some(Self { folder })
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn make_read_only(&self) {
        assert!(mount(&["-o", "remount,ro"], self.folder.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).output();
    }
}

fn mount(arguments: &[&str], at: &Path) -> bool {
    let result = Command::new("mount").args(arguments).arg(at).output();
    result.is_ok_and(|output| output.status.success())
}

fn assert_full<T: std::fmt::Debug>(result: Result<T, RunError>, path: &Path) -> String {
    let error = result.unwrap_err();
    let text = message(&error, path);
    assert!(text.contains("free some space"), "{text}");
    text
}

/// A phase of 800 kB.
fn long_phase() -> Phase {
    let decoded = Array3::zeros((100, 1000, 2));
    Phase { decoded, truth: None, states: None, end: Array2::zeros((100, 3)), ..phase() }
}

#[test]
fn a_full_disk_loses_nothing() {
    let Some(disk) = Disk::new(256) else { return };
    let path = disk.run();
    let mut run = RunFolder::create(&path, &experiment()).unwrap();
    run.save_checkpoint(&checkpoint(10), &[]).unwrap();
    run.write_phase("active", &phase()).unwrap();

    let mut large = checkpoint(20);
    large.cells = Array2::zeros((100_000, 1));
    let latest = path.join("checkpoints").join("latest.safetensors");
    assert_full(run.save_checkpoint(&large, &[]), &latest);
    let active = path.join("phases").join("active.npz");
    let text = assert_full(run.write_phase("active", &long_phase()), &active);
    // 100 trials of 1000 steps in two dimensions, and 100 states of three units.
    assert!(text.contains("it needs 801200 bytes, and ") && text.contains(" are free"), "{text}");

    // The log meets the end of the disk in the middle of a line.
    let mut line = MetricsLine {
        batch: 0,
        train_loss: 0.1,
        test_loss: None,
        decode_error: None,
        decode_error_unit: Some("x".repeat(999)),
        wall_s: 0.0,
    };
    let error = loop {
        line.batch += 1;
        if let Err(error) = run.append_metrics(&line) {
            break error;
        }
        assert!(line.batch < 10_000, "the disk never fills");
    };
    let written = line.batch - 1;
    assert_full::<()>(Err(error), &path.join("metrics.jsonl"));
    // Not a sharp number: the kernel frees what was deleted a little later.
    assert!(written > 5);
    assert_full(run.update_record(|record| record.batch = 99), &path.join("run.json"));
    assert_eq!(run.record().batch, 10);
    drop(run);

    let run = RunFolder::open(&path).unwrap();
    assert_eq!(run.record().batch, 10);
    assert_eq!(run.latest_checkpoint(&layout()).unwrap(), Some(checkpoint(10)));
    assert_eq!(run.read_phase("active").unwrap(), phase());
    assert_eq!(run.metrics().unwrap().len() as u64, written);
    assert_eq!(names(&path.join("checkpoints")), ["latest.safetensors"]);
    assert_eq!(names(&path.join("phases")), ["active.npz"]);

    // With some space again it goes on.
    fs::remove_file(path.join("phases").join("active.npz")).unwrap();
    fs::remove_file(path.join("metrics.jsonl")).unwrap();
    let mut run = RunFolder::open_for_writing(&path).unwrap();
    run.save_checkpoint(&checkpoint(20), &[]).unwrap();
    run.append_metrics(&line).unwrap();
}

/// The disk may fill up after its room was looked at; what it says itself is then told.
#[test]
fn a_phase_that_meets_the_end_of_the_disk_leaves_nothing() {
    let Some(disk) = Disk::new(256) else { return };
    let path = disk.folder.path().join("active.npz");
    let long = long_phase();
    let text = assert_full(write_atomically(&path, |file| write_arrays(file, &long)), &path);
    assert!(text.contains("No space left on device (os error 28)"), "{text}");
    assert_eq!(names(disk.folder.path()), Vec::<String>::new());
}

#[test]
fn a_run_that_never_fitted_can_begin_elsewhere_or_again() {
    let Some(disk) = Disk::new(16) else { return };
    let filler = disk.folder.path().join("filler");
    // Room for the folder and nothing else.
    let _ = fs::write(&filler, vec![0; 1 << 20]);
    let error = RunFolder::create(disk.run(), &experiment()).unwrap_err();
    assert_full::<()>(Err(error), &disk.run());
    // Not even an empty lock, which would keep others out for a while.
    assert_eq!(names(&disk.run()), Vec::<String>::new());
    fs::remove_file(filler).unwrap();
    RunFolder::create(disk.run(), &experiment()).unwrap();
}

#[test]
fn a_read_only_run_can_be_read() {
    let Some(disk) = Disk::new(256) else { return };
    let path = disk.run();
    let mut run = RunFolder::create(&path, &experiment()).unwrap();
    run.save_checkpoint(&checkpoint(10), &[]).unwrap();
    drop(run);
    disk.make_read_only();
    let run = RunFolder::open(&path).unwrap();
    assert_eq!(run.latest_checkpoint(&layout()).unwrap(), Some(checkpoint(10)));
    for (error, named) in [
        (RunFolder::open_for_writing(&path).unwrap_err(), path),
        (
            RunFolder::create(disk.folder.path().join("new"), &experiment()).unwrap_err(),
            disk.folder.path().join("new"),
        ),
    ] {
        let text = message(&error, &named);
        assert!(text.contains("read-only"), "{text}");
    }
}
