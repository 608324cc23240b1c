//! The event file as a file: names, order, and disks that fail. What TensorBoard reads in it is
//! tested with TensorBoard, in `tests/integration/tensorboard.rs`.
#![allow(clippy::unwrap_used)]

use super::*;

fn line(batch: u64) -> MetricsLine {
    MetricsLine {
        batch,
        train_loss: 0.5,
        test_loss: Some(0.25),
        decode_error: Some(1.0),
        decode_error_unit: Some("rad".to_owned()),
        wall_s: 1.0,
    }
}

#[test]
fn runs_are_named_after_the_end_of_their_path() {
    assert_eq!(run_name(Path::new("/data/runs/a")), "runs/a");
    assert_eq!(run_name(Path::new("/data/runs/b/../a/")), "runs/a");
    assert_eq!(run_name(Path::new("/a")), "a");
    let here = std::env::current_dir().unwrap();
    let here = here.file_name().unwrap().to_string_lossy();
    assert_eq!(run_name(Path::new("a")), format!("{here}/a"));
    assert_eq!(run_name(Path::new("./x/a")), "x/a");
}

#[test]
fn a_session_that_comes_to_nothing_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("runs/a");
    let log = EventLog::create(&dir.path().join("tb"), &out).unwrap();
    let path = log.path.clone();
    assert!(path.starts_with(dir.path().join("tb/runs/a")) && path.is_file());
    drop(log);
    assert!(!path.exists());
}

#[test]
fn a_later_session_comes_after_the_earlier_ones() {
    let dir = tempfile::tempdir().unwrap();
    let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    let out = dir.path().join("runs/a");
    drop(RunFolder::create(&out, &experiment).unwrap());
    let tb = dir.path().join("tb");
    fs::create_dir_all(tb.join("runs/a")).unwrap();
    // A file from a clock that ran ahead.
    fs::write(tb.join("runs/a").join(format!("{PREFIX}9000000000.x.1")), "").unwrap();
    let mut names = vec![format!("{PREFIX}9000000000.x.1")];
    for _ in 0..3 {
        let mut log = EventLog::create(&tb, &out).unwrap();
        log.begin(&experiment, 0).unwrap();
        names.push(log.path.file_name().unwrap().to_string_lossy().into_owned());
    }
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(fs::read_dir(tb.join("runs/a")).unwrap().count(), 4);
}

#[test]
fn events_of_another_training_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    let (tb, out) = (dir.path().join("tb"), dir.path().join("runs/a"));
    EventLog::create(&tb, &out).unwrap().begin(&experiment, 0).unwrap();
    let refused = EventLog::create(&tb, &out).unwrap_err();
    assert!(matches!(&refused, Failure::Usage(text) if text.contains("another training")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_fills_up_ends_the_log_and_nothing_else() {
    let full = || File::options().append(true).open("/dev/full").unwrap();
    let path = PathBuf::from("/dev/full");
    let experiment = Experiment::named("demo/spatial/noisy_unbiased").unwrap();
    let mut log =
        EventLog { file: Some(full()), path, run: "a".to_owned(), len: 1, made: Vec::new() };
    let refused = log.begin(&experiment, 0).unwrap_err();
    assert!(matches!(&refused, Failure::Data(text) if text.contains("/dev/full")), "{refused}");
    log.metrics(&line(10));
    assert!(log.file.is_none());
    // Nothing more is tried.
    log.metrics(&line(20));
    log.end(End::Finished);
    assert_eq!(log.len, 1);
}
