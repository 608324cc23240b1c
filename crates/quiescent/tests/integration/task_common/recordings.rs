//! Synthetic recordings for tests.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;
use quiescent::experiment::{RecordingSpec, TaskSpec, TurnDirection};
use quiescent::random::{Generator, Stream};
use quiescent::task::{self, Split, Task, TaskError};
use tempfile::TempDir;

use super::{experiment, head_direction, spatial};

/// Settings that the tests use for positions.
pub fn recording(file: &Path) -> RecordingSpec {
    RecordingSpec {
        max_gap_s: Some(0.1),
        max_speed_per_s: 2.0,
        test_fraction: 0.25,
        ..RecordingSpec::positions(file)
    }
}

/// Builds the spatial task of a recording.
pub fn open(file: &Path, steps: usize) -> Result<Arc<dyn Task>, TaskError> {
    open_with(file, steps, |_| ())
}

/// [`open`] with other settings.
pub fn open_with(
    file: &Path,
    steps: usize,
    change: impl FnOnce(&mut RecordingSpec),
) -> Result<Arc<dyn Task>, TaskError> {
    let mut spec = spatial();
    let mut recording = recording(file);
    change(&mut recording);
    spec.recording = Some(recording);
    let mut experiment = experiment(TaskSpec::Spatial(spec));
    experiment.time.steps = steps;
    task::build(&experiment)
}

/// Builds the head-direction task of a recording.
pub fn open_headings(file: &Path, steps: usize) -> Result<Arc<dyn Task>, TaskError> {
    open_headings_with(file, steps, |_| ())
}

/// [`open_headings`] with other settings.
pub fn open_headings_with(
    file: &Path,
    steps: usize,
    change: impl FnOnce(&mut RecordingSpec),
) -> Result<Arc<dyn Task>, TaskError> {
    let mut spec = head_direction(TurnDirection::Both);
    let mut recording = RecordingSpec { max_speed_per_s: 50.0, ..recording(file) };
    change(&mut recording);
    spec.recording = Some(recording);
    let mut experiment = experiment(TaskSpec::HeadDirection(spec));
    experiment.time.steps = steps;
    task::build(&experiment)
}

/// A circle of 0.4 m radius around (3, −2), at 0.5 rad/s.
pub fn position(t: f64) -> [f64; 2] {
    [3.0 + 0.4 * (0.5 * t).cos(), -2.0 + 0.4 * (0.5 * t).sin()]
}

/// Writes a CSV of positions at the given times.
pub fn csv(dir: &TempDir, times: impl IntoIterator<Item = f64>) -> PathBuf {
    let mut text = "t,x,y\n".to_owned();
    for t in times {
        let [x, y] = position(t);
        writeln!(text, "{t},{x},{y}").unwrap();
    }
    text_file(dir, &text)
}

/// Writes any bytes.
pub fn text_file(dir: &TempDir, text: impl AsRef<[u8]>) -> PathBuf {
    let file = dir.path().join("recording.csv");
    fs::write(&file, text).unwrap();
    file
}

/// Evenly spaced times.
pub fn times(n: usize, dt: f64) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| i as f64 * dt)
}

/// Draws one trial.
pub fn draw(task: &dyn Task, split: Split, trial: u64, steps: usize) -> (Vec<f32>, Vec<f32>) {
    let dim = task.space().dim();
    let mut stimuli = vec![f32::NAN; (steps + 1) * dim];
    let mut displacements = vec![f32::NAN; steps * dim];
    let mut generator = Generator::new(0, Stream::Train { batch: 0 }, trial);
    task.draw_motion(split, &mut generator, &mut stimuli, &mut displacements);
    (stimuli, displacements)
}

/// Expects an error whose message has all the parts.
#[track_caller]
pub fn refusal(result: Result<Arc<dyn Task>, TaskError>, parts: &[&str]) {
    let message = result.expect_err("the recording should be refused").to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

/// Writes an npz of `t` and `pos`.
pub fn npz(
    dir: &TempDir,
    n: usize,
    compressed: bool,
    change: impl FnOnce(&mut Array1<f64>, &mut Array2<f64>),
) -> PathBuf {
    let file = dir.path().join("recording.npz");
    let mut t = Array1::from_iter(times(n, 0.02));
    let mut pos = Array2::from_shape_fn((n, 2), |(i, k)| position(t[i])[k]);
    change(&mut t, &mut pos);
    let writer = File::create(&file).unwrap();
    let mut npz =
        if compressed { NpzWriter::new_compressed(writer) } else { NpzWriter::new(writer) };
    npz.add_array("t", &t).unwrap();
    npz.add_array("pos", &pos).unwrap();
    npz.finish().unwrap();
    file
}

/// Writes an npz of raw members.
pub fn raw_npz(dir: &TempDir, members: &[(&str, &[u8])]) -> PathBuf {
    let file = dir.path().join("raw.npz");
    let mut zip = zip::ZipWriter::new(File::create(&file).unwrap());
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    file
}

/// An npy file with the given header text and data.
pub fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}
