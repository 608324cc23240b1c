//! Recorded paths and headings, as CSV and as npz.

use crate::bounds::{Lines, bounded};
use crate::{archive, scratch};
use quiescent::experiment::{Experiment, RecordingSpec, TaskSpec, TimeSpec};
use quiescent::task::{Recording, RecordingError, Split};
use std::path::Path;

/// Most memory for files of a few kilobytes: an archive's decompressor, and as many resampled
/// rows as short gaps between samples can produce.
const MOST_MEMORY: usize = 16 << 20;
/// Names of the shipped experiments whose tasks read positions and headings.
const NAMES: [&str; 2] = ["demo/spatial/noisy_unbiased", "demo/head_direction/noisy_unbiased"];

/// A recording as text. A table of plain numbers gives the same recording as an npz file.
pub(crate) fn csv(bytes: &[u8]) -> bool {
    let path = scratch::file("recording", bytes);
    let mut accepted = false;
    for heading in [false, true] {
        let Some(recording) = read(&path, heading) else { continue };
        accepted = true;
        if let Some(npz) = as_npz(bytes, heading) {
            // The name is the same because it is part of the result.
            let other = read(&scratch::file("recording", &npz), heading);
            let other = other.expect("the same numbers as an npz file");
            assert_eq!(other.stimuli(), recording.stimuli());
            assert_eq!(comparable(&other), comparable(&recording));
            scratch::file("recording", bytes);
        }
    }
    accepted
}

/// An npz recording, unchanged and with correct checksums.
pub(crate) fn npz(bytes: &[u8]) -> bool {
    let of = |bytes: &[u8]| {
        let path = scratch::file("recording.npz", bytes);
        [false, true].into_iter().any(|heading| read(&path, heading).is_some())
    };
    of(bytes) | archive::mended(bytes).is_some_and(|bytes| of(&bytes))
}

fn read(path: &Path, heading: bool) -> Option<Recording> {
    let (spec, time) = settings(path, heading);
    let read = || -> Result<Recording, RecordingError> {
        if heading { Recording::headings(&spec, &time) } else { Recording::positions(&spec, &time) }
    };
    let recording = bounded(MOST_MEMORY, Lines::Many, read)?;
    let stimuli = recording.stimuli();
    assert!(!stimuli.is_empty() && stimuli.iter().all(|value| value.is_finite()), "{stimuli:?}");
    for split in [Split::Train, Split::Test] {
        assert!(recording.longest_trial(split) >= time.steps);
    }
    Some(recording)
}

/// The report on a recording without its format.
fn comparable(recording: &Recording) -> String {
    let mut report = recording.report().clone();
    (report.read_as, report.warnings) = (String::new(), Vec::new());
    format!("{report:?}")
}

/// The settings of a recording in trials of two steps.
fn settings(path: &Path, heading: bool) -> (RecordingSpec, TimeSpec) {
    thread_local! {
        static SETTINGS: [(RecordingSpec, TimeSpec); 2] = NAMES.map(|name| {
            let overrides = ["time.steps=2", "task.recording=/recording"];
            let experiment = Experiment::resolve(name, &overrides).unwrap();
            let recording = match experiment.task {
                TaskSpec::Spatial(spec) => spec.recording,
                TaskSpec::HeadDirection(spec) => spec.recording,
            };
            (recording.unwrap(), experiment.time)
        });
    }
    SETTINGS.with(|settings| {
        let (spec, time) = settings[usize::from(heading)].clone();
        (RecordingSpec { file: path.to_owned(), ..spec }, time)
    })
}

/// The numbers of a table that has only its columns.
fn as_npz(bytes: &[u8], heading: bool) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
    let (header, dim) = if heading { ("t,heading", 1) } else { ("t,x,y", 2) };
    if lines.next()? != header {
        return None;
    }
    let (mut times, mut values) = (Vec::new(), Vec::new());
    for line in lines {
        let row: Vec<f64> = line
            .split(',')
            .map(|field| field.parse().ok().filter(|value: &f64| value.is_finite()))
            .collect::<Option<_>>()?;
        let [time, row @ ..] = &row[..] else { return None };
        if row.len() != dim {
            return None;
        }
        times.push(*time);
        values.extend(row);
    }
    let n = times.len();
    let (name, shape) =
        if heading { ("heading", format!("({n},)")) } else { ("pos", format!("({n}, 2)")) };
    let times = archive::npy(&format!("({n},)"), &times);
    Some(archive::npz(&[("t", times), (name, archive::npy(&shape, &values))]))
}
