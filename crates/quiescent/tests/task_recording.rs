//! Recorded motion: what is read, what becomes of it, and what is refused.

#![allow(clippy::unwrap_used)]

mod task_common;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::{Array1, Array2, ShapeBuilder};
use ndarray_npy::NpzWriter;
use proptest::prelude::*;
use quiescent::experiment::{RecordingSpec, TaskSpec, TurnDirection};
use quiescent::random::{Generator, Stream};
use quiescent::task::{self, Split, Task, TaskError};
use task_common::{drift, experiment, head_direction, spatial};
use tempfile::TempDir;

fn recording(file: &Path) -> RecordingSpec {
    RecordingSpec {
        file: file.to_owned(),
        max_gap_s: 0.1,
        max_speed_per_s: 2.0,
        test_fraction: 0.25,
    }
}

fn open(file: &Path, steps: usize) -> Result<Arc<dyn Task>, TaskError> {
    open_with(file, steps, |_| ())
}

fn open_with(
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

fn open_headings(file: &Path, steps: usize) -> Result<Arc<dyn Task>, TaskError> {
    let mut spec = head_direction(TurnDirection::Both);
    spec.recording = Some(RecordingSpec {
        max_speed_per_s: 50.0,
        ..recording(file)
    });
    let mut experiment = experiment(TaskSpec::HeadDirection(spec));
    experiment.time.steps = steps;
    task::build(&experiment)
}

/// A circle of 0.4 m radius around (3, −2), at 0.5 rad/s.
fn position(t: f64) -> [f64; 2] {
    [3.0 + 0.4 * (0.5 * t).cos(), -2.0 + 0.4 * (0.5 * t).sin()]
}

fn csv(dir: &TempDir, times: impl IntoIterator<Item = f64>) -> PathBuf {
    let mut text = "t,x,y\n".to_owned();
    for t in times {
        let [x, y] = position(t);
        writeln!(text, "{t},{x},{y}").unwrap();
    }
    text_file(dir, &text)
}

fn text_file(dir: &TempDir, text: impl AsRef<[u8]>) -> PathBuf {
    let file = dir.path().join("recording.csv");
    fs::write(&file, text).unwrap();
    file
}

fn times(n: usize, dt: f64) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| i as f64 * dt)
}

fn draw(task: &dyn Task, split: Split, trial: u64, steps: usize) -> (Vec<f32>, Vec<f32>) {
    let dim = task.stimulus_dim();
    let mut stimuli = vec![f32::NAN; (steps + 1) * dim];
    let mut displacements = vec![f32::NAN; steps * dim];
    let mut generator = Generator::new(0, Stream::Train, 0, trial);
    task.draw_motion(split, &mut generator, &mut stimuli, &mut displacements);
    (stimuli, displacements)
}

#[track_caller]
fn refusal(result: Result<Arc<dyn Task>, TaskError>, parts: &[&str]) {
    let message = result
        .expect_err("the recording should be refused")
        .to_string();
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn trials_are_windows_of_the_path_around_the_middle_of_its_extent() {
    let dir = TempDir::new().unwrap();
    // 30 Hz over 40 s, resampled to 50 Hz.
    let task = open(&csv(&dir, times(1200, 1.0 / 30.0)), 100).unwrap();
    for split in [Split::Train, Split::Test] {
        for trial in 0..50 {
            let (stimuli, displacements) = draw(&*task, split, trial, 100);
            for step in 0..=100 {
                let s = &stimuli[2 * step..2 * step + 2];
                // Linear interpolation cuts the arc by less than a tenth of a millimetre.
                assert!((s[0].hypot(s[1]) - 0.4).abs() < 1e-4, "{s:?}");
                if step < 100 {
                    let next = [
                        s[0] + displacements[2 * step],
                        s[1] + displacements[2 * step + 1],
                    ];
                    assert!(task.distance(&next, &stimuli[2 * step + 2..2 * step + 4]) < 1e-6);
                    // 0.2 m/s.
                    let length = displacements[2 * step].hypot(displacements[2 * step + 1]);
                    assert!((length - 0.004).abs() < 1e-5, "{length}");
                }
            }
        }
    }
    let arena = task.arena().unwrap();
    // 0.8 m and 2 % on each side.
    assert!((arena.width() - 0.832).abs() < 1e-3 && (arena.height() - 0.832).abs() < 1e-3);
    assert_eq!(arena.x_min, -arena.x_max);
    assert!(task.preferred().iter().all(|c| c.abs() <= 0.417));
}

#[test]
fn tests_come_from_the_held_out_end() {
    let dir = TempDir::new().unwrap();
    // A straight slow walk: x tells the time. 40 s, of which the last 10 s are held out.
    let mut text = "x,t,y,comment\n".to_owned();
    for t in times(2000, 0.02) {
        writeln!(text, "{},{t},0.5,fine", 0.05 * t).unwrap();
    }
    let task = open(&text_file(&dir, text), 50).unwrap();
    // The extent is 2 m, so x = 0 is at 20 s and the cut, at 30 s, is at 0.5 m.
    let mut range = [[f32::INFINITY, f32::NEG_INFINITY]; 2];
    for (split, range) in [Split::Train, Split::Test].into_iter().zip(&mut range) {
        for trial in 0..2000 {
            let (stimuli, _) = draw(&*task, split, trial, 50);
            for s in stimuli.chunks(2) {
                *range = [range[0].min(s[0]), range[1].max(s[0])];
            }
        }
    }
    assert!(range[0][1] < 0.501 && range[1][0] > 0.499, "{range:?}");
    // Starts are uniform over the whole of each part.
    assert!(range[0][0] < -0.98 && range[1][1] > 0.98, "{range:?}");
    assert_eq!(task.longest_trial(Split::Train), 1499);
    assert_eq!(task.longest_trial(Split::Test), 499);
    assert_eq!(task.recorded_occupancy().unwrap().len(), 2 * 2000);
}

#[test]
fn gaps_are_reported_and_long_ones_not_bridged() {
    let dir = TempDir::new().unwrap();
    // 0.06 s missing at 10 s (interpolated), 2 s missing at 20 s (left open).
    let kept =
        times(2000, 0.02).filter(|t| !(10.0..10.05).contains(t) && !(20.0..22.0).contains(t));
    let task = open(&csv(&dir, kept), 100).unwrap();
    let report = task.recording().unwrap();
    assert_eq!(
        (report.gaps, report.stretches, report.jumps_dropped),
        (2, 2, 0)
    );
    assert!((report.longest_gap_s - 2.02).abs() < 1e-9);
    assert!((report.longest_stretch_s - 19.98).abs() < 1e-6);
    assert!((report.median_rate_hz - 50.0).abs() < 1e-6);
    assert!((report.duration_s - 39.98).abs() < 1e-9);
    assert!((report.speed_per_s.median - 0.2).abs() < 1e-3);
    // Held out: the last quarter of 1900 rows, all within the second stretch.
    assert_eq!(report.train_starts, (1000 - 100) + (425 - 100));
    assert_eq!(report.test_starts, 475 - 100);
    assert_eq!((report.train_trials, report.test_trials), (9 + 4, 4));
    for trial in 0..2000 {
        let (_, displacements) = draw(&*task, Split::Train, trial, 100);
        // No step covers the gap, over which the animal went 0.4 m.
        assert!(displacements.chunks(2).all(|d| d[0].hypot(d[1]) < 0.0045));
    }
    let text = report.to_string();
    for line in [
        "1897 samples over 39.98 s, median rate 50.00",
        "gaps longer than 1.5 sampling intervals: 2, longest 2.020 s",
        "extent: x 2.600 to 3.400 m, y -2.400 to -1.600 m",
        "impossible jumps dropped: 0",
        "in 2 stretches without gaps over 0.1 s, longest 19.98 s",
        "trials of 100 steps: 13 one after the other for training (1225 possible starts), 4 for tests (375 possible starts)",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn impossible_jumps_are_dropped() {
    let dir = TempDir::new().unwrap();
    let mut text = "t,x,y\n".to_owned();
    for (i, t) in times(1000, 0.02).enumerate() {
        let [x, y] = position(t);
        // Single tracking errors, one of them the very first sample.
        let error = if i % 250 == 0 { 5.0 } else { 0.0 };
        writeln!(text, "{t},{},{y}", x + error).unwrap();
    }
    let task = open(&text_file(&dir, text), 50).unwrap();
    let report = task.recording().unwrap();
    assert_eq!(report.jumps_dropped, 4);
    assert_eq!(report.stretches, 1);
    assert!(report.speed_per_s.max < 0.21);
    assert!(
        task.recorded_occupancy()
            .unwrap()
            .iter()
            .all(|s| s.abs() < 0.401)
    );
}

#[test]
fn headings_are_unwrapped_before_they_are_interpolated() {
    let dir = TempDir::new().unwrap();
    // Three turns counter-clockwise at 25 Hz, recorded in [0, 2π).
    let turn = 0.04_f64;
    let mut text = "t,heading\n".to_owned();
    for i in 0..1000 {
        let t = 0.04 * f64::from(i);
        let heading = (turn * f64::from(i)).rem_euclid(std::f64::consts::TAU);
        writeln!(text, "{t},{heading}").unwrap();
    }
    let task = open_headings(&text_file(&dir, text), 100).unwrap();
    assert_eq!(task.unit(), "rad");
    for trial in 0..100 {
        let (stimuli, displacements) = draw(&*task, Split::Train, trial, 100);
        assert!(displacements.iter().all(|d| (d - 0.02).abs() < 1e-6));
        assert!(
            stimuli
                .iter()
                .all(|s| (-3.141_592_8..3.141_592_7).contains(s))
        );
        for (pair, d) in stimuli.windows(2).zip(&displacements) {
            assert!(task.distance(&[pair[0] + d], &pair[1..]) < 2e-6);
        }
    }
    let report = task.recording().unwrap();
    assert_eq!(report.jumps_dropped, 0);
    assert!((report.speed_per_s.median - 1.0).abs() < 1e-6);
}

/// Writes an npz of `t` and `pos`.
fn npz(
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
    let mut npz = if compressed {
        NpzWriter::new_compressed(writer)
    } else {
        NpzWriter::new(writer)
    };
    npz.add_array("t", &t).unwrap();
    npz.add_array("pos", &pos).unwrap();
    npz.finish().unwrap();
    file
}

#[test]
fn npz_in_every_form_gives_the_same_as_csv() {
    let dir = TempDir::new().unwrap();
    let occupancy = |file: &Path| {
        let task = open(file, 100).unwrap();
        task.recorded_occupancy().unwrap().to_vec()
    };
    let expected = occupancy(&csv(&dir, times(1000, 0.02)));
    assert_eq!(occupancy(&npz(&dir, 1000, false, |_, _| ())), expected);
    assert_eq!(occupancy(&npz(&dir, 1000, true, |_, _| ())), expected);

    let t = Array1::from_iter(times(1000, 0.02));
    let mut fortran = Array2::zeros((1000, 2).f());
    fortran.assign(&Array2::from_shape_fn((1000, 2), |(i, k)| {
        position(t[i])[k]
    }));
    let file = dir.path().join("recording.npz");
    let mut writer = NpzWriter::new(File::create(&file).unwrap());
    writer.add_array("t", &t).unwrap();
    writer.add_array("pos", &fortran).unwrap();
    writer.finish().unwrap();
    assert_eq!(occupancy(&file), expected);

    // Single precision, as the values allow.
    let mut writer = NpzWriter::new(File::create(&file).unwrap());
    writer.add_array("t", &t.mapv(|v| v as f32)).unwrap();
    writer
        .add_array("pos", &fortran.mapv(|v| v as f32))
        .unwrap();
    writer.finish().unwrap();
    let task = open(&file, 100).unwrap();
    for (a, b) in task.recorded_occupancy().unwrap().iter().zip(&expected) {
        assert!((a - b).abs() < 1e-5);
    }
}

#[test]
fn bad_values_are_refused_with_their_place() {
    let dir = TempDir::new().unwrap();
    let lines = |bad: &str| {
        let mut text = "t,x,y\n".to_owned();
        for t in times(1000, 0.02) {
            let [x, y] = position(t);
            writeln!(text, "{t},{x},{y}").unwrap();
        }
        // Line 5 is the fourth sample, at 0.06 s.
        text.lines()
            .enumerate()
            .map(|(i, line)| format!("{}\n", if i == 4 { bad } else { line }))
            .collect::<String>()
    };
    let try_line = |bad| open(&text_file(&dir, lines(bad)), 100);
    refusal(
        try_line("0.06,NaN,1"),
        &["recording.csv", "line 5", "`x` is NaN"],
    );
    refusal(try_line("0.06,1,inf"), &["line 5", "`y` is inf"]);
    refusal(try_line("nan,1,1"), &["line 5", "`t` is NaN"]);
    refusal(
        try_line("0.06,,1"),
        &["line 5, column `x`: \"\" is not a number"],
    );
    refusal(
        try_line("0.06,abc,1"),
        &["line 5, column `x`: \"abc\" is not a number"],
    );
    refusal(try_line("0.06,1"), &["line 5 has 2 fields, the header 3"]);
    refusal(
        try_line("0.04,1,1"),
        &["line 5", "0.04 s repeats the time before it"],
    );
    refusal(
        try_line("0.01,1,1"),
        &["line 5", "0.01 s is earlier than", "0.04 s", "sort"],
    );

    refusal(
        open(
            &npz(&dir, 1000, false, |_, pos| pos[[7, 1]] = f64::NAN),
            100,
        ),
        &["recording.npz", "sample 7 (counting from 0)", "`y` is NaN"],
    );
    refusal(
        open(&npz(&dir, 1000, false, |t, _| t.swap(7, 8)), 100),
        &["sample 8", "is earlier than"],
    );
}

#[test]
fn wrong_units_are_named() {
    let dir = TempDir::new().unwrap();
    let scaled = |scale: f64| {
        let file = npz(&dir, 1000, false, |_, pos| *pos *= scale);
        open(&file, 100)
    };
    refusal(
        scaled(2500.0),
        &["2000.0000 m", "allowed: 0.01 to 50 m", "cm, mm or pixels"],
    );
    refusal(scaled(100.0), &["80.0000 m", "cm, mm or pixels"]);
    refusal(scaled(0.001), &["0.0008 m", "allowed: 0.01 to 50 m"]);
    // A box of 24 cm in cm passes for 24 m, but not its speeds.
    refusal(
        scaled(30.0),
        &["impossible jumps", "task.recording.max_speed_per_s = 2 m/s"],
    );

    let mut degrees = "t,heading\n".to_owned();
    for i in 0..1000 {
        writeln!(degrees, "{},{}", 0.02 * f64::from(i), (3 * i) % 360).unwrap();
    }
    refusal(
        open_headings(&text_file(&dir, degrees), 100),
        &["degrees", "357.0", "radians"],
    );
}

#[test]
fn recordings_without_room_for_a_trial_are_refused() {
    let dir = TempDir::new().unwrap();
    refusal(
        open(&csv(&dir, times(1, 0.02)), 100),
        &["1 sample(s); at least 2"],
    );
    refusal(open(&text_file(&dir, "t,x,y\n"), 100), &["0 sample(s)"]);
    refusal(
        open(&csv(&dir, times(100, 0.02)), 100),
        &["training part", "trial of 2.000 s", "time.steps"],
    );
    // Enough for training, not for tests.
    refusal(
        open(&csv(&dir, times(300, 0.02)), 100),
        &["test part", "longest lasts 1.480 s"],
    );
    // Sampled more coarsely than the longest gap that may be bridged.
    refusal(
        open(&csv(&dir, times(1000, 0.2)), 100),
        &["max_gap_s (now 0.1 s; the median sampling interval is 0.2000 s)"],
    );
    let bridged = open_with(&csv(&dir, times(1000, 0.2)), 100, |spec| {
        spec.max_gap_s = 0.3
    });
    assert_eq!(bridged.unwrap().recording().unwrap().stretches, 1);
}

#[test]
fn files_of_another_kind_are_refused() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("missing.npz");
    refusal(open(&missing, 100), &["missing.npz", "No such file"]);
    refusal(open(dir.path(), 100), &["not a regular file"]);
    let write = |text: &[u8]| text_file(&dir, text);
    refusal(
        open(&write(b""), 100),
        &["has no `t`", "no header line", "t,x,y"],
    );
    refusal(
        open(&write(b"0,1,2\n1,2,3\n"), 100),
        &["has no `t`", "must name the columns"],
    );
    refusal(
        open(&write(b"t,x\n0,1\n"), 100),
        &["has no `y`; found: `t`, `x`"],
    );
    refusal(
        open(&write(b"t,x,y,x\n0,1,2,3\n"), 100),
        &["two columns named `x`"],
    );
    refusal(
        open(&write(b"t,heading\n0,1\n"), 100),
        &["has no `x`", "spatial task needs"],
    );
    refusal(
        open(&write(b"\x93NUMPY\x01\x00"), 100),
        &["a single npy array"],
    );
    refusal(
        open(&write(b"t,x,y\n0,1,\xff\n"), 100),
        &["line 2", "UTF-8"],
    );
    refusal(
        open(&write(b"PK\x03\x04 and nothing else"), 100),
        &["the archive is damaged"],
    );
    refusal(
        open_headings(&npz(&dir, 1000, false, |_, _| ()), 100),
        &[
            "has no `heading`; found: `pos`, `t`",
            "head-direction task needs",
        ],
    );
}

/// Writes an npz of raw members.
fn raw_npz(dir: &TempDir, members: &[(&str, &[u8])]) -> PathBuf {
    let file = dir.path().join("raw.npz");
    let mut zip = zip::ZipWriter::new(File::create(&file).unwrap());
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    file
}

/// An npy file with the given header text and data.
fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn hostile_arrays_are_refused_without_trusting_their_headers() {
    let dir = TempDir::new().unwrap();
    let try_t = |bytes: &[u8]| open(&raw_npz(&dir, &[("t.npy", bytes)]), 100);
    let header = |descr: &str, shape: &str| {
        npy(
            &format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"),
            &[0; 16],
        )
    };
    for shape in [
        "(99999999999999,)",
        "(4294967296, 4294967296)",
        "(20000001, 1)",
    ] {
        // Two dimensions of 20 million are one sample too many for `t`, whose limit is per sample.
        let mut bytes = header("<f8", shape);
        bytes.truncate(bytes.len() - 8);
        let message = try_t(&bytes).unwrap_err().to_string();
        assert!(
            message.contains("more than 20000000 samples") || message.contains("ends before"),
            "{message}"
        );
    }
    refusal(
        try_t(&header("<f8", "(1000,)")),
        &["array `t`", "promises 8000 bytes", "ends before"],
    );
    refusal(try_t(&header("<f8", "(1,)")), &["more than the 8 bytes"]);
    refusal(
        try_t(&header("<i8", "(2,)")),
        &["array `t` has dtype <i8", "float32 or float64"],
    );
    refusal(try_t(&header("|O", "(2,)")), &["dtype |O"]);
    refusal(try_t(&header("<f8", "(-2,)")), &["not the dictionary"]);
    refusal(try_t(b"text"), &["ends within its header"]);
    refusal(try_t(b"long text, not an array"), &["not an npy array"]);
    refusal(
        try_t(&npy(&"(".repeat(10_000), &[])),
        &["not the dictionary"],
    );
    refusal(
        try_t(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr'"),
        &["its header claims 4294967295 bytes"],
    );
    refusal(try_t(b"\x93NUMPY\x09\x00\x00\x00"), &["version 9"]);

    let good = header("<f8", "(2,)");
    for (shape, text) in [
        ("(2,)", "expected [2, 2]"),
        ("(2, 1)", "expected [2, 2]"),
        ("(1, 2)", "shape [1, 2]; expected [2, 2]"),
        ("(0, 99999999999)", "expected [2, 2]"),
        ("(99999999999, 0)", "expected [2, 2]"),
    ] {
        for order in ["False", "True"] {
            let text_header =
                format!("{{'descr': '<f8', 'fortran_order': {order}, 'shape': {shape}}}\n");
            let count = if shape.contains("999") { 0 } else { 16 };
            let pos = npy(&text_header, &[0; 16][..count]);
            let file = raw_npz(&dir, &[("t.npy", &good), ("pos.npy", &pos)]);
            refusal(open(&file, 100), &["array `pos`", text]);
        }
    }
}

#[test]
fn damaged_archives_are_refused_at_every_length_and_byte() {
    let dir = TempDir::new().unwrap();
    let bytes = fs::read(npz(&dir, 300, true, |_, _| ())).unwrap();
    for len in (0..bytes.len()).step_by(97) {
        let file = text_file(&dir, &bytes[..len]);
        assert!(open(&file, 20).is_err(), "cut to {len} bytes");
    }
    // A flipped byte within the compressed data is found by the checksum; in unused fields of the
    // archive it may do no harm, but it must never panic.
    for place in (0..bytes.len()).step_by(89) {
        let mut broken = bytes.clone();
        broken[place] ^= 0x55;
        let result = open(&text_file(&dir, &broken), 20);
        if (100..bytes.len() - 300).contains(&place) {
            assert!(result.is_err(), "byte {place}");
        }
    }
}

#[test]
fn settings_that_exclude_a_recording_are_refused() {
    let dir = TempDir::new().unwrap();
    let file = csv(&dir, times(1000, 0.02));
    let mut spec = spatial();
    spec.recording = Some(recording(&file));
    spec.drift = drift();
    refusal(
        task::build(&experiment(TaskSpec::Spatial(spec))),
        &["task.recording and task.drift", "set task.drift=null"],
    );
    let mut spec = head_direction(TurnDirection::Counterclockwise);
    spec.recording = Some(recording(&file));
    refusal(
        task::build(&experiment(TaskSpec::HeadDirection(spec))),
        &["task.motion.direction"],
    );
    let with = |change: fn(&mut RecordingSpec)| open_with(&file, 100, change);
    refusal(
        with(|s| s.max_gap_s = 0.0),
        &["task.recording.max_gap_s is 0"],
    );
    refusal(
        with(|s| s.max_speed_per_s = f64::NAN),
        &["task.recording.max_speed_per_s is NaN"],
    );
    refusal(
        with(|s| s.test_fraction = 1.0),
        &["task.recording.test_fraction is 1"],
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(
        start in prop_oneof![
            Just(&b""[..]),
            Just(b"t,x,y\n"),
            Just(b"t,heading\n0,"),
            Just(b"PK\x03\x04"),
            Just(b"\x93NUMPY"),
        ],
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let dir = TempDir::new().unwrap();
        let file = text_file(&dir, [start, &rest].concat());
        let _ = open(&file, 5);
        let _ = open_headings(&file, 5);
    }

    #[test]
    fn arbitrary_arrays_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let dir = TempDir::new().unwrap();
        let members = [
            ("t.npy", &npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,)}\n", &bytes)[..]),
            ("pos.npy", &bytes),
            ("heading.npy", &bytes),
        ];
        let file = raw_npz(&dir, &members);
        let _ = open(&file, 5);
        let _ = open_headings(&file, 5);
    }

    #[test]
    fn arbitrary_numbers_never_panic(
        values in proptest::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 0..12),
        ordered in any::<bool>(),
    ) {
        let dir = TempDir::new().unwrap();
        let mut text = "t,x,y,heading\n".to_owned();
        for (i, (t, x, y)) in values.iter().enumerate() {
            let t = if ordered { i as f64 * 0.02 } else { *t };
            writeln!(text, "{t},{x},{y},{x}").unwrap();
        }
        let file = text_file(&dir, text);
        let _ = open(&file, 1);
        let _ = open_headings(&file, 1);
    }
}
