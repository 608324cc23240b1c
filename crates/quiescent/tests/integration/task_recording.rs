//! Recorded motion: reading and processing.

use std::f32::consts::PI;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use crate::task_common::recordings::*;
use ndarray::{Array1, Array2, ShapeBuilder};
use ndarray_npy::NpzWriter;
use quiescent::task::Split;
use tempfile::TempDir;

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
                    let next = [s[0] + displacements[2 * step], s[1] + displacements[2 * step + 1]];
                    assert!(
                        task.space().distance(&next, &stimuli[2 * step + 2..2 * step + 4]) < 1e-6
                    );
                    // 0.2 m/s.
                    let length = displacements[2 * step].hypot(displacements[2 * step + 1]);
                    assert!((length - 0.004).abs() < 1e-5, "{length}");
                }
            }
        }
    }
    let region = task.space().region().unwrap();
    // 0.8 m and 2 % on each side.
    assert!((region.side(0) - 0.832).abs() < 1e-3 && (region.side(1) - 0.832).abs() < 1e-3);
    assert_eq!(region.low()[0], -region.high()[0]);
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
    assert_eq!((report.gaps, report.stretches, report.jumps_dropped), (2, 2, 0));
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
        "read as text, columns `t`, `x`, `y` separated by commas; times in s (assumed), positions in m (assumed)",
        "samples lost: 0 of 1897 (0 without a value, 0 repeats of a lost tracker's value, 0 impossible jumps); 5.15 % of the time, longest gap 2.020 s",
        "extent: x 2.600 to 3.400 m, y -2.400 to -1.600 m",
        "resampled from 50.0000 Hz to one row every 0.02 s (50.0000 Hz) by linear interpolation, across gaps up to 0.1000 s; 2 stretches, longest 19.98 s",
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
    assert!(task.recorded_occupancy().unwrap().iter().all(|s| s.abs() < 0.401));
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
    assert_eq!(task.space().unit(), "rad");
    for trial in 0..100 {
        let (stimuli, displacements) = draw(&*task, Split::Train, trial, 100);
        assert!(displacements.iter().all(|d| (d - 0.02).abs() < 1e-6));
        assert!(stimuli.iter().all(|s| (-PI..PI).contains(s)));
        for (pair, d) in stimuli.windows(2).zip(&displacements) {
            assert!(task.space().distance(&[pair[0] + d], &pair[1..]) < 2e-6);
        }
    }
    let report = task.recording().unwrap();
    assert_eq!(report.jumps_dropped, 0);
    assert!((report.speed_per_s.median - 1.0).abs() < 1e-6);
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
    fortran.assign(&Array2::from_shape_fn((1000, 2), |(i, k)| position(t[i])[k]));
    let file = dir.path().join("recording.npz");
    let mut writer = NpzWriter::new(File::create(&file).unwrap());
    writer.add_array("t", &t).unwrap();
    writer.add_array("pos", &fortran).unwrap();
    writer.finish().unwrap();
    assert_eq!(occupancy(&file), expected);

    // Single precision, as the values allow.
    let mut writer = NpzWriter::new(File::create(&file).unwrap());
    writer.add_array("t", &t.mapv(|v| v as f32)).unwrap();
    writer.add_array("pos", &fortran.mapv(|v| v as f32)).unwrap();
    writer.finish().unwrap();
    let task = open(&file, 100).unwrap();
    for (a, b) in task.recorded_occupancy().unwrap().iter().zip(&expected) {
        assert!((a - b).abs() < 1e-5);
    }
}
