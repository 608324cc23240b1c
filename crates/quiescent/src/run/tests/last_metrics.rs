//! The end of the metrics log agrees with the whole of it.

use std::fs;

use proptest::prelude::*;

use crate::run::{LastMetrics, MetricsLine, MetricsLog, RunError, read_last_metrics, read_metrics};

fn line(batch: u64, tested: bool) -> MetricsLine {
    MetricsLine {
        batch,
        train_loss: 1.0 / batch as f64,
        test_loss: tested.then_some(f64::INFINITY.min(0.3 * batch as f64)),
        decode_error: tested.then_some(0.1),
        decode_error_unit: tested.then(|| "m".to_owned()),
        wall_s: batch as f64,
    }
}

fn of_all(lines: &[MetricsLine]) -> LastMetrics {
    LastMetrics {
        line: lines.last().cloned(),
        tested: lines.iter().rfind(|line| line.test_loss.is_some()).cloned(),
    }
}

proptest! {
    /// Wherever the tests are and whatever a kill leaves of the last line.
    #[test]
    fn the_end_is_that_of_the_whole(
        count in 0u64..700,
        every in 1u64..800,
        cut in 0usize..130,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.jsonl");
        let mut log = MetricsLog::open(&path).unwrap();
        for batch in 1..=count {
            log.append(&line(batch, batch % every == 0)).unwrap();
        }
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len().saturating_sub(cut)]).unwrap();
        let whole = read_metrics(&path).unwrap();
        prop_assert_eq!(read_last_metrics(&path).unwrap(), of_all(&whole));
    }
}

#[test]
fn damage_at_the_end_is_named_and_elsewhere_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.jsonl");
    assert_eq!(read_last_metrics(&path).unwrap(), LastMetrics::default());
    let good = serde_json::to_string(&line(3, true)).unwrap();
    fs::write(&path, format!("{{nonsense\n{good}\n")).unwrap();
    assert_eq!(read_last_metrics(&path).unwrap().tested.unwrap().batch, 3);
    fs::write(&path, format!("{good}\n\u{0}\u{0}\n")).unwrap();
    let error = read_last_metrics(&path).unwrap_err();
    assert!(matches!(error, RunError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("one of its last lines"), "{error}");
    let error = read_last_metrics(folder.path()).unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
}
