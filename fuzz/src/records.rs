//! Files that the program writes to a run folder and reads again.

use crate::bounds::{Lines, bounded};
use crate::{archive, scratch, tensors};
use quiescent::experiment::Experiment;
use quiescent::measure::Measurements;
use quiescent::network::{Layout, Network};
use quiescent::paper::RunStudy;
use quiescent::run::fuzzing::{
    checkpoint_bytes, metrics_line_bytes, parse_last_metrics, parse_metrics, parse_record,
    parse_result, read_checkpoint,
};
use quiescent::run::{
    FailureRecord, MetricsLine, PhaseRecord, RunRecord, StoredResult, read_phase_file,
    write_phase_file,
};
use quiescent::theory::Examination;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Most memory for files of a few kilobytes: pieces of 64 kB that are read at a time, and an archive's
/// decompressor and directory.
const MOST_MEMORY: usize = 16 << 20;

/// A checkpoint, unchanged and with the checksum of its contents.
pub(crate) fn checkpoint(bytes: &[u8]) -> bool {
    let mended = tensors::mended(bytes);
    let signed = mended.as_deref().and_then(tensors::with_checksum);
    [Some(bytes), mended.as_deref(), signed.as_deref()]
        .into_iter()
        .flatten()
        .fold(false, |accepted, bytes| accepted | checkpoint_of(bytes))
}

fn checkpoint_of(bytes: &[u8]) -> bool {
    thread_local! {
        static LAYOUT: Arc<Layout> = {
            let overrides = ["network.units=2", "task.cells.count=3"];
            let name = "demo/head_direction/noisy_unbiased";
            let experiment = Experiment::resolve(name, &overrides).unwrap();
            Arc::clone(Network::untrained(&experiment).unwrap().parameters().layout())
        };
    }
    let path = Path::new("latest.safetensors");
    LAYOUT.with(|layout| {
        let read = |bytes| read_checkpoint(bytes, path, layout);
        let Some(checkpoint) = bounded(MOST_MEMORY, Lines::One, || read(bytes)) else {
            return false;
        };
        assert!(checkpoint.training_s.is_finite(), "{}", checkpoint.training_s);
        // Values are compared as bytes, because a NaN is not equal to itself.
        let written = checkpoint_bytes(&checkpoint).unwrap();
        let again = read(&written).unwrap();
        assert_eq!(checkpoint_bytes(&again).unwrap().len(), written.len());
        assert_eq!(format!("{again:?}"), format!("{checkpoint:?}"));
        true
    })
}

/// A phase file, unchanged and with correct checksums.
pub(crate) fn phase(bytes: &[u8]) -> bool {
    phase_of(bytes) | archive::mended(bytes).is_some_and(|bytes| phase_of(&bytes))
}

fn phase_of(bytes: &[u8]) -> bool {
    let path = scratch::file("phase.npz", bytes);
    let Some(phase) = bounded(MOST_MEMORY, Lines::One, || read_phase_file(&path)) else {
        return false;
    };
    let [first, second] = ["first.npz", "second.npz"].map(|name| scratch::folder().join(name));
    write_phase_file(&first, &phase).unwrap();
    write_phase_file(&second, &read_phase_file(&first).unwrap()).unwrap();
    assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    true
}

/// A metrics log, whole and from its end.
pub(crate) fn metrics(bytes: &[u8]) -> bool {
    let path = Path::new("metrics.jsonl");
    let last = bounded(MOST_MEMORY, Lines::One, || parse_last_metrics(bytes, path));
    let Some(lines) = bounded(MOST_MEMORY, Lines::One, || parse_metrics(bytes, path)) else {
        return false;
    };
    let write = |lines: &[MetricsLine]| -> Vec<u8> {
        lines.iter().flat_map(|line| metrics_line_bytes(line).unwrap()).collect()
    };
    let written = write(&lines);
    // Lines are compared as text, because a NaN is not equal to itself.
    assert_eq!(write(&parse_metrics(&written, path).unwrap()), written);
    let last = last.expect("the end of a log that can be read as a whole");
    let tested = |line: &&MetricsLine| line.test_loss.is_some() || line.decode_error.is_some();
    let shown = |line: Option<&MetricsLine>| format!("{line:?}");
    assert_eq!(shown(last.line.as_ref()), shown(lines.last()));
    assert_eq!(shown(last.tested.as_ref()), shown(lines.iter().rev().find(tested)));
    !lines.is_empty()
}

/// `run.json` and the other records with a version, each as every kind of record.
pub(crate) fn record(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    record_of::<RunRecord>(text)
        | record_of::<PhaseRecord>(text)
        | record_of::<FailureRecord>(text)
        | result_of::<Measurements>(text)
        | result_of::<RunStudy>(text)
        | result_of::<Examination>(text)
}

fn record_of<T: Serialize + DeserializeOwned>(text: &str) -> bool {
    let path = Path::new("run.json");
    let read = |text: &str| parse_record::<T>(text, path);
    let Some(record) = bounded(MOST_MEMORY, Lines::One, || read(text)) else { return false };
    let written = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::to_string(&read(&written).unwrap()).unwrap(), written);
    true
}

fn result_of<T: StoredResult>(text: &str) -> bool {
    let path = Path::new(T::FILE);
    let read = |text: &str| parse_result::<T>(text, path);
    let Some(stored) = bounded(MOST_MEMORY, Lines::One, || read(text)) else { return false };
    let written = serde_json::to_string(&stored).unwrap();
    assert_eq!(serde_json::to_string(&read(&written).unwrap()).unwrap(), written);
    true
}
