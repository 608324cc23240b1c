//! Recordings that cannot be used: each fails with one clear message.

use std::fmt::Write as _;
use std::fs;

use crate::task_common::recordings::*;
use crate::task_common::{drift, experiment, head_direction, spatial};
use proptest::prelude::*;
use quiescent::experiment::{RecordingSpec, TaskSpec, TurnDirection};
use quiescent::task;
use tempfile::TempDir;

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
    let try_line = |bad: &str| open(&text_file(&dir, lines(bad)), 100);
    for missing in ["NaN,1", "1,inf", ",1", "NA,NA", "None,null", "-,-", "1,nan"] {
        let task = try_line(&format!("0.06,{missing}")).unwrap();
        let report = task.recording().unwrap();
        assert_eq!((report.samples_missing, report.samples_lost), (1, 1), "{missing}");
        assert_eq!(report.samples, 1000);
    }
    assert_eq!(try_line("nan,1,1").unwrap().recording().unwrap().samples_lost, 1);
    refusal(
        try_line("2024-05-01 12:00:00.06,1,1"),
        &["column `t`", "a date or a time of day", "total_seconds"],
    );
    refusal(try_line("0.06,a\u{1b}[31m,1"), &["\"a\\u{1b}[31m\" is not a number"]);
    refusal(try_line("0.06,abc,1"), &["line 5, column `x`: \"abc\" is not a number"]);
    refusal(try_line("0.06,1"), &["line 5 has 2 fields, the header 3"]);
    refusal(try_line("0.04,1,1"), &["line 5", "0.04 s repeats the time before it"]);
    refusal(try_line("0.01,1,1"), &["line 5", "0.01 s is earlier than", "0.04 s", "sort"]);

    let task = open(&npz(&dir, 1000, false, |_, pos| pos[[7, 1]] = f64::NAN), 100).unwrap();
    assert_eq!(task.recorded_trace().unwrap().dropped[0].time_s, 0.14);
    refusal(
        open(&npz(&dir, 1000, false, |t, _| t.swap(7, 8)), 100),
        &["sample 8", "is earlier than"],
    );
}

#[test]
fn a_path_without_extent_is_refused() {
    let dir = TempDir::new().unwrap();
    let file = npz(&dir, 1000, false, |_, pos| *pos *= 0.001);
    refusal(open(&file, 100), &["extend over 0.0008 m", "at least 0.01 m", "did not move"]);
}

#[test]
fn recordings_without_room_for_a_trial_are_refused() {
    let dir = TempDir::new().unwrap();
    refusal(open(&csv(&dir, times(1, 0.02)), 100), &["1 usable sample(s) of 1; at least 2"]);
    refusal(open(&text_file(&dir, "t,x,y\n"), 100), &["holds 0 usable sample(s)"]);
    refusal(
        open(&csv(&dir, times(100, 0.02)), 100),
        &["training part", "trial of 2.000 s", "time.steps"],
    );
    // Enough for training, not for tests.
    refusal(open(&csv(&dir, times(300, 0.02)), 100), &["test part", "longest lasts 1.480 s"]);
    // Sampled more coarsely than the longest gap that may be bridged.
    refusal(
        open(&csv(&dir, times(1000, 0.2)), 100),
        &["max_gap_s (now 0.1 s; the median sampling interval is 0.2000 s)"],
    );
    let bridged = open_with(&csv(&dir, times(1000, 0.2)), 100, |spec| spec.max_gap_s = Some(0.3));
    assert_eq!(bridged.unwrap().recording().unwrap().stretches, 1);
}

#[test]
fn files_of_another_kind_are_refused() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("missing.npz");
    refusal(open(&missing, 100), &["missing.npz", "No such file"]);
    refusal(open(dir.path(), 100), &["not a regular file"]);
    let write = |text: &[u8]| text_file(&dir, text);
    refusal(open(&write(b""), 100), &["has no `t`", "no header line", "t,x,y"]);
    refusal(open(&write(b"0,1,2\n1,2,3\n"), 100), &["has no `t`", "must name the columns"]);
    refusal(open(&write(b"t,x\n0,1\n"), 100), &["has no `y`; found: `t`, `x`"]);
    refusal(open(&write(b"t,x,y,x\n0,1,2,3\n"), 100), &["two columns named `x`"]);
    refusal(open(&write(b"t,heading\n0,1\n"), 100), &["has no `x`", "spatial task needs"]);
    refusal(open(&write(b"\x93NUMPY\x01\x00"), 100), &["ends within its header"]);
    refusal(open(&write(b"t,x,y\n0,1,\xff\n"), 100), &["line 2", "UTF-8"]);
    refusal(open(&write(b"PK\x03\x04 and nothing else"), 100), &["the archive is damaged"]);
    refusal(
        open_headings(&npz(&dir, 1000, false, |_, _| ()), 100),
        &["has no `heading`; found: `pos`, `t`", "head-direction task needs"],
    );
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
    for shape in ["(20000001,)", "(99999999999999,)", "(4294967296, 4294967296)"] {
        refusal(try_t(&header("<f8", shape)), &["more than 20000000 samples"]);
    }
    refusal(try_t(&header("<f8", "(1000,)")), &["array `t`", "promises 8000 bytes", "ends before"]);
    refusal(try_t(&header("<f8", "(1,)")), &["more than the 8 bytes"]);
    refusal(try_t(&header("<c16", "(1,)")), &["array `t` has dtype <c16", "float32, float64"]);
    refusal(try_t(&header("|O", "(2,)")), &["dtype |O"]);
    refusal(try_t(&header("<f8", "(-2,)")), &["not the dictionary"]);
    refusal(try_t(b"text"), &["ends within its header"]);
    refusal(try_t(b"long text, not an array"), &["not an npy array"]);
    refusal(try_t(&npy(&"(".repeat(10_000), &[])), &["not the dictionary"]);
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
    refusal(task::build(&experiment(TaskSpec::HeadDirection(spec))), &["task.motion.direction"]);
    let with = |change: fn(&mut RecordingSpec)| open_with(&file, 100, change);
    refusal(with(|s| s.max_gap_s = Some(0.0)), &["task.recording.max_gap_s is 0"]);
    refusal(with(|s| s.max_speed_per_s = f64::NAN), &["task.recording.max_speed_per_s is NaN"]);
    refusal(with(|s| s.test_fraction = 1.0), &["task.recording.test_fraction is 1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn arbitrary_bytes_never_panic(
        start in proptest::sample::select(
            [&b""[..], b"t,x,y\n", b"t,heading\n0,", b"PK\x03\x04", b"\x93NUMPY"].to_vec(),
        ),
        rest in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let dir = TempDir::new().unwrap();
        let file = text_file(&dir, [start, rest.as_slice()].concat());
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

/// Found by fuzzing: names and types from the file appeared unescaped in messages.
#[test]
fn nothing_of_a_recording_commands_a_terminal() {
    use ndarray_npy::NpzWriter;
    let dir = TempDir::new().unwrap();
    let named = dir.path().join("named.npz");
    let mut archive = NpzWriter::new(fs::File::create(&named).unwrap());
    archive.add_array("\u{1b}[31m", &ndarray::arr1(&[0.0])).unwrap();
    archive.finish().unwrap();
    let table = text_file(&dir, "t,\u{1b}[31mx,y\n0,\u{1b}[2J,1\n");
    for file in [named, table] {
        let text = open(&file, 2).unwrap_err().to_string();
        assert!(text.contains("[31m"), "{text:?}");
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
