//! The metrics log: appending, cut lines, resuming.

use std::fs;

use proptest::prelude::*;

use super::{message, names};
use crate::run::{MetricsLine, MetricsLog, RunError, read_metrics, truncate_metrics_after};

fn line(batch: u64) -> MetricsLine {
    let tested = batch.is_multiple_of(2);
    MetricsLine {
        batch,
        train_loss: 1.0 / batch as f64,
        test_loss: tested.then_some(0.3),
        decode_error: tested.then_some(0.1),
        decode_error_unit: tested.then(|| "m".to_owned()),
        wall_s: batch as f64,
    }
}

#[test]
fn lines_are_there_as_soon_as_they_are_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    assert_eq!(read_metrics(&path).unwrap(), []);
    let mut log = MetricsLog::open(&path).unwrap();
    for batch in 1..=5 {
        log.append(&line(batch)).unwrap();
        let expected: Vec<_> = (1..=batch).map(line).collect();
        assert_eq!(read_metrics(&path).unwrap(), expected);
    }
    drop(log);
    MetricsLog::open(&path).unwrap().append(&line(6)).unwrap();
    assert_eq!(read_metrics(&path).unwrap().len(), 6);
}

proptest! {
    /// Whatever length a kill leaves, the whole lines are read and the log can go on.
    #[test]
    fn a_log_cut_anywhere_goes_on(fraction in 0.0..=1.0) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path).unwrap();
        (1..=4).for_each(|batch| log.append(&line(batch)).unwrap());
        drop(log);
        let bytes = fs::read(&path).unwrap();
        let cut = &bytes[..(fraction * bytes.len() as f64) as usize];
        fs::write(&path, cut).unwrap();

        let whole = cut.iter().filter(|&&byte| byte == b'\n').count();
        let read = read_metrics(&path).unwrap();
        // A line that lacks nothing but its end may count.
        prop_assert!(read.len() == whole || read.len() == whole + 1);
        let expected: Vec<_> = (1..=read.len() as u64).map(line).collect();
        prop_assert_eq!(&read, &expected);

        MetricsLog::open(&path).unwrap().append(&line(9)).unwrap();
        let mut expected = expected;
        expected.push(line(9));
        prop_assert_eq!(read_metrics(&path).unwrap(), expected);
    }
}

#[test]
fn truncation_keeps_the_batches_up_to_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    truncate_metrics_after(&path, 3).unwrap();
    assert!(!path.exists());
    let mut log = MetricsLog::open(&path).unwrap();
    (1..=6).for_each(|batch| log.append(&line(batch)).unwrap());
    drop(log);
    let before = fs::read(&path).unwrap();
    truncate_metrics_after(&path, 6).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    truncate_metrics_after(&path, 3).unwrap();
    let expected: Vec<_> = (1..=3).map(line).collect();
    assert_eq!(read_metrics(&path).unwrap(), expected);
    assert!(before.starts_with(&fs::read(&path).unwrap()));
    assert_eq!(names(folder.path()), ["metrics.jsonl"]);
}

#[test]
fn rewriting_keeps_what_a_later_version_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    let kept = r#"{"batch": 1, "train_loss": 0.10, "wall_s": 1e0, "new": [1]}"#;
    let dropped = r#"{"batch": 2, "train_loss": 0.10, "wall_s": 1}"#;
    fs::write(&path, format!("{kept}\n{dropped}\n")).unwrap();
    truncate_metrics_after(&path, 1).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{kept}\n"));
}

#[test]
fn a_damaged_line_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    for damage in [&b"not json"[..], b"{}", b"\xff\xfe", b""] {
        let mut bytes = serde_json::to_vec(&line(1)).unwrap();
        bytes.push(b'\n');
        let good = bytes.clone();
        bytes.extend(damage);
        bytes.push(b'\n');
        bytes.extend(good);
        fs::write(&path, &bytes).unwrap();
        let error = read_metrics(&path).unwrap_err();
        assert!(matches!(error, RunError::Corrupt { .. }));
        assert!(message(&error, &path).contains("line 2"), "{error}");
        // Opening for writing must not throw away what it cannot read.
        assert!(MetricsLog::open(&path).is_err());
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
}

#[test]
fn a_loss_that_is_not_finite_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    let mut diverged = line(2);
    diverged.train_loss = f64::INFINITY;
    diverged.test_loss = Some(f64::NAN);
    MetricsLog::open(&path).unwrap().append(&diverged).unwrap();
    let read = read_metrics(&path).unwrap();
    assert!(read[0].train_loss.is_nan());
    assert!(read[0].test_loss.unwrap().is_nan());
    assert_eq!(read[0].decode_error, Some(0.1));
}
