//! The run folder as a whole: creation, reopening, the lock, versions and damage.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{checkpoint, experiment, layout, message, names, phase};
use crate::run::*;

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

/// A result of the second version of its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Found {
    value: f64,
}

impl StoredResult for Found {
    const FILE: &'static str = "found.json";
    const VERSION: u32 = 2;
    const FORMER_FILE: Option<&'static str> = Some("former.json");
}

#[test]
fn results_of_other_versions_and_other_parameters_are_told_apart() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let mut run = RunFolder::create(&path, &experiment()).unwrap();
    let held = |run: &RunWriter| run.result::<Found>().unwrap();
    assert_eq!(held(&run), Held::None);
    run.save_checkpoint(&checkpoint(10), &[]).unwrap();
    // What an earlier version of the program left is named, and goes once there is a new one.
    fs::write(path.join("former.json"), "{}").unwrap();
    let former = Held::Other { file: "former.json", program_version: None };
    assert_eq!(held(&run), former);
    let stored = Stored::new(Found { value: 0.1 }, run.record());
    run.write_result(&stored).unwrap();
    assert!(!path.join("former.json").exists());
    assert_eq!(held(&run), Held::Found(stored.clone()));
    assert!(stored.is_of(run.record()));
    run.save_checkpoint(&checkpoint(20), &[]).unwrap();
    assert!(!stored.is_of(run.record()), "of the parameters before");
    for (version, program, found) in [(2, "0.0.1", false), (1, env!("CARGO_PKG_VERSION"), false)] {
        let text = format!(
            "{{\"version\":{version},\"program_version\":\"{program}\",\"result\":\"anything\"}}"
        );
        fs::write(path.join("found.json"), text).unwrap();
        let program_version = Some(program.to_owned());
        assert_eq!(held(&run), Held::Other { file: "found.json", program_version });
        assert_eq!(held(&run).found().is_some(), found);
    }
    for damaged in ["{\"version\":2", "[]", "{\"version\":2,\"program_version\":\"0.1.0\"}"] {
        fs::write(path.join("found.json"), damaged).unwrap();
        let error = run.result::<Found>().unwrap_err();
        assert!(matches!(error, RunError::Corrupt { .. }), "{damaged}: {error}");
    }
    run.remove_result::<Found>().unwrap();
    run.remove_result::<Found>().unwrap();
    assert_eq!(held(&run), Held::None);
}

#[test]
fn a_whole_run_appears_at_once_or_not_at_all() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("run");
    let fail = |_: &mut RunWriter| Err(RunError::PhaseName { name: "x".to_owned() });
    RunFolder::create_whole(&path, &experiment(), fail).unwrap_err();
    assert_eq!(names(parent.path()), Vec::<String>::new());
    fs::create_dir(&path).unwrap();
    RunFolder::create_whole(&path, &experiment(), |run| {
        // Until it is filled, whoever looks sees the empty folder.
        assert_eq!(names(&path), Vec::<String>::new());
        run.save_checkpoint(&checkpoint(0), &[])?;
        run.update_record(|record| record.status = Status::Finished)
    })
    .unwrap();
    assert_eq!(names(parent.path()), ["run"]);
    let run = RunFolder::open_for_writing(&path).unwrap();
    assert_eq!(run.record().status, Status::Finished);
    assert_eq!(run.latest_checkpoint(&layout()).unwrap(), Some(checkpoint(0)));
    drop(run);
    let error = RunFolder::create_whole(&path, &experiment(), |_| Ok(())).unwrap_err();
    assert!(matches!(error, RunError::AlreadyARun { .. }), "{error}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        fs::create_dir(parent.path().join("usual")).unwrap();
        assert_eq!(mode(&path), mode(&parent.path().join("usual")));
    }
}

#[test]
fn everything_written_is_read_back() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("a").join("run");
    assert!(!RunFolder::is_run(&path));
    let mut run = RunFolder::create(&path, &experiment()).unwrap();
    assert!(RunFolder::is_run(&path));
    assert_eq!(run.record().status, Status::Running);
    assert_eq!(run.latest_checkpoint(&layout()).unwrap(), None);
    assert!(run.phase_names().unwrap().is_empty());

    for batch in [10, 20, 30] {
        run.append_metrics(&line(batch)).unwrap();
        run.save_checkpoint(&checkpoint(batch), &[20]).unwrap();
    }
    run.write_phase("quiescent", &phase()).unwrap();
    run.write_phase("active", &phase()).unwrap();
    run.update_record(|record| {
        record.status = Status::Finished;
        record.threads = 2;
    })
    .unwrap();
    let written = run.record().clone();
    drop(run);

    let read = RunFolder::open(&path).unwrap();
    assert_eq!(read.path(), path);
    assert_eq!(read.experiment(), &experiment());
    assert_eq!(read.record(), &written);
    assert_eq!(written.batch, 30);
    assert_eq!(written.training_s, checkpoint(30).training_s);
    assert_eq!(written.parameters_sha256, Some(parameters_sha256(&checkpoint(30).parameters)));
    assert!(written.updated_unix_s >= written.started_unix_s);
    assert_eq!(read.metrics().unwrap(), [10, 20, 30].map(line));
    assert_eq!(read.latest_checkpoint(&layout()).unwrap(), Some(checkpoint(30)));
    assert_eq!(read.milestones().unwrap(), [20]);
    assert_eq!(read.milestone(20, &layout()).unwrap(), checkpoint(20));
    assert_eq!(read.phase_names().unwrap(), ["active", "quiescent"]);
    assert_eq!(read.read_phase("active").unwrap(), phase());
    assert_eq!(
        names(&path),
        ["checkpoints", "experiment.yml", "metrics.jsonl", "phases", "run.json"]
    );
    assert_eq!(
        names(&path.join("checkpoints")),
        ["batch-000020.safetensors", "latest.safetensors"]
    );
}

#[test]
fn resuming_measures_the_lost_batches_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(folder.path(), &experiment()).unwrap();
    (1..=5).for_each(|batch| run.append_metrics(&line(batch)).unwrap());
    run.truncate_metrics_after(3).unwrap();
    run.append_metrics(&line(4)).unwrap();
    let batches: Vec<_> = run.metrics().unwrap().iter().map(|l| l.batch).collect();
    assert_eq!(batches, [1, 2, 3, 4]);
}

#[test]
fn a_second_run_in_one_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    drop(RunFolder::create(folder.path(), &experiment()).unwrap());
    let before = fs::read(folder.path().join("run.json")).unwrap();
    let error = RunFolder::create(folder.path(), &experiment()).unwrap_err();
    assert!(matches!(error, RunError::AlreadyARun { .. }));
    message(&error, folder.path());
    assert_eq!(fs::read(folder.path().join("run.json")).unwrap(), before);
}

#[test]
fn a_foreign_folder_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.tex"), "text").unwrap();
    let error = RunFolder::create(folder.path(), &experiment()).unwrap_err();
    assert!(matches!(error, RunError::NotEmpty { .. }));
    assert!(message(&error, folder.path()).contains("`thesis.tex`"));
    for error in [
        RunFolder::open(folder.path()).unwrap_err(),
        RunFolder::open_for_writing(folder.path()).unwrap_err(),
    ] {
        assert!(matches!(error, RunError::NotARun { .. }));
        assert!(message(&error, folder.path()).contains("experiment.yml"));
    }
    assert_eq!(names(folder.path()), ["thesis.tex"]);

    let file = folder.path().join("thesis.tex");
    let gone = folder.path().join("gone");
    assert!(message(&RunFolder::open(&file).unwrap_err(), &file).contains("is a file"));
    let error = RunFolder::create(&file, &experiment()).unwrap_err();
    assert!(message(&error, &file).contains("is a file"));
    assert!(message(&RunFolder::open(&gone).unwrap_err(), &gone).contains("does not exist"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "text");
}

#[test]
fn the_second_writer_is_told_who_is_first() {
    let folder = tempfile::tempdir().unwrap();
    let first = RunFolder::create(folder.path(), &experiment()).unwrap();
    let error = RunFolder::open_for_writing(folder.path()).unwrap_err();
    let text = message(&error, folder.path());
    assert!(text.contains(&format!("process {} on ", std::process::id())), "{text}");
    // Readers need no lock.
    RunFolder::open(folder.path()).unwrap();
    drop(first);
    let second = RunFolder::open_for_writing(folder.path()).unwrap();
    assert!(RunFolder::open_for_writing(folder.path()).is_err());
    drop(second);
    assert_eq!(names(folder.path()), ["experiment.yml", "run.json"]);
}

#[test]
fn two_beginners_cannot_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::acquire(folder.path()).unwrap();
    let error = RunFolder::create(folder.path(), &experiment()).unwrap_err();
    assert!(matches!(error, RunError::Locked { .. }));
    drop(lock);
    // What the loser of the race left does not count as foreign.
    RunFolder::create(folder.path(), &experiment()).unwrap();
}

#[test]
fn a_creation_that_was_killed_can_be_repeated_or_continued() {
    // Before experiment.yml had its name: nothing is there yet.
    let folder = tempfile::tempdir().unwrap();
    let partial = ".experiment.yml.a1B2c3.partial";
    fs::write(folder.path().join(partial), "{").unwrap();
    let lock = folder.path().join("lock");
    fs::write(&lock, "").unwrap();
    super::lock::age(&lock, 60);
    drop(RunFolder::create(folder.path(), &experiment()).unwrap());
    assert_eq!(names(folder.path()), ["experiment.yml", "run.json"]);

    // After it, but before run.json.
    fs::remove_file(folder.path().join("run.json")).unwrap();
    let error = RunFolder::open(folder.path()).unwrap_err();
    assert!(message(&error, folder.path()).contains("run.json"));
    assert!(RunFolder::create(folder.path(), &experiment()).is_err());
    let run = RunFolder::open_for_writing(folder.path()).unwrap();
    assert_eq!((run.record().batch, run.record().seed), (0, u64::MAX));
    RunFolder::open(folder.path()).unwrap();
}

#[test]
fn a_write_killed_before_its_rename_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(folder.path(), &experiment()).unwrap();
    run.save_checkpoint(&checkpoint(10), &[]).unwrap();
    run.write_phase("active", &phase()).unwrap();
    drop(run);
    let whole = checkpoint(20).to_bytes().unwrap();
    let leftovers = [
        ("checkpoints/.latest.safetensors.x1Y2z3.partial", &whole[..]),
        ("checkpoints/.latest.safetensors.x1Y2z4.partial", &whole[..40]),
        ("phases/.active.npz.x1Y2z3.partial", b"PK"),
        (".run.json.x1Y2z3.partial", b""),
    ];
    for (name, bytes) in leftovers {
        fs::write(folder.path().join(name), bytes).unwrap();
    }

    let reader = RunFolder::open(folder.path()).unwrap();
    let latest = reader.latest_checkpoint(&layout()).unwrap();
    assert_eq!(latest, Some(checkpoint(10)));
    assert_eq!(reader.phase_names().unwrap(), ["active"]);
    assert!(reader.milestones().unwrap().is_empty());
    // A reader may stand beside a live writer, whose files these could be.
    assert!(leftovers.iter().all(|(name, _)| folder.path().join(name).exists()));

    let writer = RunFolder::open_for_writing(folder.path()).unwrap();
    assert!(!leftovers.iter().any(|(name, _)| folder.path().join(name).exists()));
    let latest = writer.latest_checkpoint(&layout()).unwrap();
    assert_eq!(latest, Some(checkpoint(10)));
}

/// Flips a bit of a checkpoint's values, which fill the end of the file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_latest_checkpoint_names_the_newest_intact_milestone() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = RunFolder::create(folder.path(), &experiment()).unwrap();
    for batch in [10, 20, 30] {
        run.save_checkpoint(&checkpoint(batch), &[10, 20, 30]).unwrap();
    }
    let checkpoints = folder.path().join("checkpoints");
    let latest = checkpoints.join("latest.safetensors");
    let milestone = |batch| checkpoints.join(format!("batch-0000{batch}.safetensors"));
    damage(&latest);
    damage(&milestone(30));

    let error = run.latest_checkpoint(&layout()).unwrap_err();
    let text = message(&error, &latest);
    assert!(text.contains("checksum"), "{text}");
    assert!(text.contains(&milestone(20).display().to_string()), "{text}");

    // The advice works.
    fs::remove_file(&latest).unwrap();
    let read = run.latest_checkpoint(&layout()).unwrap();
    assert_eq!(read, Some(checkpoint(20)));

    damage(&milestone(10));
    damage(&milestone(20));
    assert!(run.latest_checkpoint(&layout()).is_err());
    fs::write(&latest, "").unwrap();
    let error = run.latest_checkpoint(&layout()).unwrap_err();
    assert!(message(&error, &latest).contains("no intact milestone"));
}

#[test]
fn other_versions_are_named() {
    let folder = tempfile::tempdir().unwrap();
    drop(RunFolder::create(folder.path(), &experiment()).unwrap());
    let path = folder.path().join("run.json");
    // A future record may look different, and so may its experiment.
    fs::write(folder.path().join("experiment.yml"), "future: true").unwrap();
    for (version, advice) in [(2, "update this program"), (0, "read it with that version")] {
        let text = json!({"schema_version": version, "program_version": "9.8.7"}).to_string();
        fs::write(&path, text).unwrap();
        for error in [
            RunFolder::open(folder.path()).unwrap_err(),
            RunFolder::open_for_writing(folder.path()).unwrap_err(),
        ] {
            assert!(matches!(error, RunError::Schema { .. }));
            let text = message(&error, &path);
            assert!(text.contains("quiescent 9.8.7") && text.contains(advice), "{text}");
        }
    }
}

#[test]
fn damaged_text_files_are_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    drop(RunFolder::create(folder.path(), &experiment()).unwrap());
    for (name, text) in
        [("run.json", "{\"schema_version\": 1,"), ("experiment.yml", "seed: [1"), ("run.json", "")]
    {
        let path = folder.path().join(name);
        let right = fs::read(&path).unwrap();
        fs::write(&path, text).unwrap();
        let error = RunFolder::open(folder.path()).unwrap_err();
        let place = if name == "run.json" { "line 1" } else { "experiment.yml:1:" };
        assert!(message(&error, &path).contains(place), "{error}");
        fs::write(&path, right).unwrap();
    }
}

#[test]
fn phase_names_cannot_leave_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let run = RunFolder::create(folder.path(), &experiment()).unwrap();
    for name in ["", "../run", "a/b", "a.b", "Active", "ä", &"x".repeat(65)] {
        let error = run.write_phase(name, &phase()).unwrap_err();
        assert!(matches!(error, RunError::PhaseName { .. }));
        assert!(run.read_phase(name).is_err());
    }
    run.write_phase("quiescent_same-noise2", &phase()).unwrap();
    let error = run.read_phase("active").unwrap_err();
    assert!(error.to_string().contains("quiescent_same-noise2"), "{error}");
}

/// Found by fuzzing: JSON's own errors quote what they do not expect.
#[test]
fn nothing_of_a_record_commands_a_terminal() {
    let path = Path::new("run.json");
    for text in [
        r#"{"schema_version":1,"program_version":"1","status":"\u001b[31mred\n"}"#,
        r#"{"schema_version":9,"program_version":"\u001b[31mred\n"}"#,
        r#"{"schema_version":"\u001b[31mred"}"#,
    ] {
        let error = fuzzing::parse_record::<RunRecord>(text, path).unwrap_err();
        let text = error.to_string();
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
