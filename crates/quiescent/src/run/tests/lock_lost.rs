//! Writers whose lock was taken from them while they were suspended.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use serde_json::json;

use super::lock::{forge, on_another_host};
use super::{checkpoint, experiment, layout, message, names, phase};
use crate::run::*;

/// Every file of a folder with its content.
fn content(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in names(folder) {
        let path = folder.join(name);
        if path.is_dir() {
            files.extend(content(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// What another process does that takes the lock over.
fn lose(folder: &Path) {
    let new = folder.join(".lock.a1b2c3.partial");
    forge(&new, 0, |record| {
        on_another_host(record);
        record["taken_after_silence_s"] = json!(312.4);
    });
    fs::rename(new, folder.join("lock")).unwrap();
}

fn writer(folder: &Path) -> RunWriter {
    let mut run = RunFolder::create(folder, &experiment()).unwrap();
    run.append_metrics(&line(10)).unwrap();
    run.append_metrics(&line(20)).unwrap();
    run.save_checkpoint(&checkpoint(10), &[]).unwrap();
    run.write_phase("active", &phase()).unwrap();
    run
}

fn line(batch: u64) -> MetricsLine {
    MetricsLine {
        batch,
        train_loss: 0.5,
        test_loss: None,
        decode_error: None,
        decode_error_unit: None,
        wall_s: 1.0,
    }
}

type Write = Box<dyn FnOnce(&mut RunWriter) -> Result<(), RunError>>;

/// A result.
#[derive(serde::Serialize, serde::Deserialize)]
struct Found;

impl StoredResult for Found {
    const FILE: &'static str = "found.json";
    const VERSION: u32 = 1;
}

#[test]
fn nothing_is_written_without_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = writer(folder.path());
    lose(folder.path());
    let before = content(folder.path());
    let record = run.record().clone();
    let phase_record: PhaseRecord = serde_json::from_value(json!({
        "schema_version": 1, "program_version": "0", "batch": 1, "parameters_sha256": null,
        "trials": 1, "steps": 1, "dt_s": 0.1, "sigma": 0.1, "distribution": "gaussian"
    }))
    .unwrap();
    let writes: Vec<Write> = vec![
        Box::new(|run| run.update_record(|record| record.status = Status::Finished)),
        Box::new(|run| run.append_metrics(&line(30))),
        Box::new(|run| run.truncate_metrics_after(10)),
        Box::new(|run| run.append_metrics(&line(30))),
        Box::new(|run| run.save_checkpoint(&checkpoint(20), &[20])),
        Box::new(|run| run.write_phase("active", &phase())),
        Box::new(|run| run.write_phase("quiescent", &phase())),
        Box::new(move |run| run.write_phase_record("active", &phase_record)),
        Box::new(|run| run.write_result(&Stored::new(Found, run.record()))),
    ];
    for (number, write) in writes.into_iter().enumerate() {
        let error = write(&mut run).unwrap_err();
        assert!(matches!(error, RunError::LockLost { .. }), "{number}: {error}");
        let text = message(&error, folder.path());
        for part in ["taken over by process 4711 on node7", "312 s", "nothing was overwritten"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(content(folder.path()), before, "{number}");
    }
    assert_eq!(run.record(), &record);
    drop(run);
    // The lock is the other's to remove.
    assert_eq!(content(folder.path()), before);
    assert!(matches!(
        RunFolder::open_for_writing(folder.path()).unwrap_err(),
        RunError::Locked { .. }
    ));
}

#[test]
fn a_write_that_the_next_holder_ended_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::acquire(folder.path()).unwrap();
    let gone = || RunError::unwritable(folder.path(), std::io::ErrorKind::NotFound.into());
    assert!(matches!(lock.explain(gone()), RunError::Unwritable { .. }));
    lose(folder.path());
    assert!(matches!(lock.explain(gone()), RunError::LockLost { .. }));
}

#[test]
fn a_deleted_lock_file_is_a_lost_lock() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = writer(folder.path());
    fs::remove_file(folder.path().join("lock")).unwrap();
    let before = content(folder.path());
    let error = run.save_checkpoint(&checkpoint(20), &[]).unwrap_err();
    let text = message(&error, folder.path());
    assert!(text.contains("gone") && text.contains("deleted"), "{text}");
    assert_eq!(content(folder.path()), before);
    // The next writer is not disturbed by the end of this one.
    let next = RunFolder::open_for_writing(folder.path()).unwrap();
    let error = run.append_metrics(&line(30)).unwrap_err();
    assert!(error.to_string().contains(&format!("process {} ", std::process::id())), "{error}");
    drop(run);
    assert_eq!(next.latest_checkpoint(&layout()).unwrap(), Some(checkpoint(10)));
    next.write_phase("quiescent", &phase()).unwrap();
}

#[test]
fn a_folder_that_is_gone_is_not_a_lost_lock() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    let mut run = writer(&folder);
    fs::rename(&folder, parent.path().join("moved")).unwrap();
    let error = run.append_metrics(&line(30)).unwrap_err();
    assert!(message(&error, &folder).contains("moved or deleted"), "{error}");
    assert!(!folder.exists());
}
