//! Recordings in formats of laboratories, lost tracking, and rooms that wrap around.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use crate::task_common::recordings::*;
use flate2::{Compression, write::GzEncoder};
use ndarray::{Array2, ArrayView1, ArrayViewD};
use proptest::prelude::*;
use quiescent::experiment::TimeUnit;
use quiescent::task::{Loss, recording_npz};
use tempfile::TempDir;

const N: usize = 500;

fn values(file: &Path) -> Vec<f64> {
    let task = open(file, 50).unwrap_or_else(|error| panic!("{error}"));
    let trace = task.recorded_trace().unwrap();
    trace.times_s.iter().copied().chain(trace.values.iter().copied()).collect()
}

/// A text with the given first lines, separator and end of line.
fn text(head: &str, separator: &str, end: &str, comma: bool) -> String {
    let mut text = format!("{head}{end}");
    for t in times(N, 0.02) {
        let [x, y] = position(t);
        let line = format!("{t}{separator}{x}{separator}{y}{end}");
        text += &if comma { line.replace('.', ",") } else { line };
    }
    text
}

#[test]
fn text_in_every_form_is_the_same_path() {
    let dir = TempDir::new().unwrap();
    let expected = values(&csv(&dir, times(N, 0.02)));
    for (head, separator, end, comma) in [
        ("# t,x,y", ",", "\n", false),
        ("# made by hand\n#\n# t x y", " ", "\n", false),
        ("t;x;y", ";", "\r\n", true),
        ("t\tx\ty", "\t", "\n", true),
        ("t  x  y", "  ", "\n", false),
        ("# t x y", " ", "\n", true),
        ("\u{feff}time,pos_x,pos_y", ",", "\r\n", false),
        ("\"T\", \"X\", \"Y\"", ",", "\n\n", false),
        ("timestamp;x;y;", ";", ";\n", false),
    ] {
        let text = text(head, separator, end, comma);
        assert_eq!(values(&text_file(&dir, &text)), expected, "{head:?}");
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(text.as_bytes()).unwrap();
        assert_eq!(values(&text_file(&dir, packed.finish().unwrap())), expected, "{head:?}");
    }
}

fn array(shape: &str, values: impl IntoIterator<Item = f64>) -> Vec<u8> {
    let data: Vec<u8> = values.into_iter().flat_map(f64::to_le_bytes).collect();
    npy(&format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}\n"), &data)
}

#[test]
fn arrays_under_every_name_are_the_same_path() {
    let dir = TempDir::new().unwrap();
    let expected = values(&csv(&dir, times(N, 0.02)));
    let t = array(&format!("({N},)"), times(N, 0.02));
    let plane = array(&format!("({N}, 2)"), times(N, 0.02).flat_map(position));
    let [x, y] = [0, 1].map(|k| array(&format!("({N},)"), times(N, 0.02).map(|t| position(t)[k])));
    let one = array("(1,)", [0.0]);
    // `['y', 'x']` as numpy pickles it, and the columns in that order.
    let mut swapped = npy(
        "{'descr': '|O', 'fortran_order': False, 'shape': (2,)}\n",
        b"\x80\x04]\x94(\x8c\x01y\x94\x8c\x01x\x94et\x94b.",
    );
    let yx =
        array(&format!("({N}, 2)"), times(N, 0.02).flat_map(|t| [position(t)[1], position(t)[0]]));
    for members in [
        vec![("time.npy", &t), ("xy.npy", &plane)],
        vec![("timestamps.npy", &t), ("x.npy", &x), ("y.npy", &y), ("other.npy", &one)],
        vec![("t.npy", &t), ("d.npy", &plane), ("start.npy", &one), ("end.npy", &one)],
        vec![("t.npy", &t), ("d.npy", &yx), ("start.npy", &one), ("columns.npy", &swapped)],
    ] {
        let members: Vec<(&str, &[u8])> = members.iter().map(|(n, b)| (*n, b.as_slice())).collect();
        assert_eq!(values(&raw_npz(&dir, &members)), expected, "{:?}", members[1].0);
    }
    swapped.truncate(swapped.len() - 12);
    let lone = array(
        &format!("({N}, 3)"),
        times(N, 0.02).flat_map(|t| [t, position(t)[0], position(t)[1]]),
    );
    assert_eq!(values(&text_file(&dir, lone)), expected);
    // Positions only: every row is a frame, if the settings say so.
    let file = text_file(&dir, &plane);
    refusal(open(&file, 50), &["one npy array without times", "np.savez", "time_unit=frames"]);
    let task = open_with(&file, 50, |spec| {
        spec.time_unit = Some(TimeUnit::Frames);
        spec.frame_rate_hz = Some(50.0);
    });
    assert_eq!(task.unwrap().recorded_trace().unwrap().times_s[5], 0.1);
    refusal(
        open(&raw_npz(&dir, &[("times.npy", &t), ("time.npy", &t), ("pos.npy", &plane)]), 50),
        &["`time`, `times`", "not clear which"],
    );
}

#[test]
fn files_of_other_kinds_are_named_with_their_remedy() {
    let dir = TempDir::new().unwrap();
    for (start, name, remedy) in [
        (&b"\x89HDF\r\n\x1a\n"[..], "HDF5", "h5py"),
        (b"MATLAB 7.3 MAT-file, Platform", "MATLAB 7.3", "h5py"),
        (b"MATLAB 5.0 MAT-file, Platform", "MATLAB", "loadmat"),
        (b"PAR1\x15\x04", "Parquet", "read_parquet"),
        (b"\x80\x04\x95\x10\x00", "pickle", "read_pickle"),
        (b"CDF\x01\x00\x00", "netCDF", "netcdf_file"),
        (b"{\"t\": [0, 1]}", "JSON", "read_json"),
        (b"\xff\xfet\x00,\x00", "UTF-16", "utf-16"),
        (b"ARROW1\x00\x00", "Feather", "read_feather"),
        (b"BZh91AY", "compressed", "unpack"),
        (b"\x00\x00\x00\x18ftypmp42", "video", "track the animal"),
    ] {
        refusal(open(&text_file(&dir, start), 50), &[name, remedy]);
    }
    refusal(open(&raw_npz(&dir, &[("xl/workbook.xml", b"<x>")]), 50), &["xlsx", "read_excel"]);
    let header = "a\u{1b}[31mred\u{1b}[0m,x,y\n1,2,3\n";
    let error = open(&text_file(&dir, header), 50).unwrap_err().to_string();
    assert!(error.contains("a\\u{1b}[31mred") && !error.contains('\u{1b}'), "{error}");
}

#[test]
fn repeated_values_far_from_the_path_are_lost() {
    let dir = TempDir::new().unwrap();
    for mark in [[0.0, 0.0], [-1.0, -1.0], [3.9, -2.7], [1e6, 1e6]] {
        let (mut text, mut lost) = ("t,x,y\n".to_owned(), 0);
        let (mut run, mut longest) = (0, 0);
        for (i, t) in times(6000, 0.04).enumerate() {
            // Runs of 5, 25 and 100 samples, 5 % of all.
            let is_lost =
                [(300, 5), (700, 25), (1900, 100)].iter().any(|&(p, n)| i % p > p - 1 - n);
            let [x, y] = if is_lost { mark } else { position(t) };
            lost += usize::from(is_lost);
            run = if is_lost { run + 1 } else { 0 };
            longest = longest.max(run);
            writeln!(text, "{t},{x},{y}").unwrap();
        }
        let task =
            open_with(&text_file(&dir, text), 50, |spec| spec.max_speed_per_s = 3.0).unwrap();
        let report = task.recording().unwrap();
        assert_eq!((report.samples_repeated, report.samples_lost), (lost, lost), "{mark:?}");
        let gap_s = 0.04 * f64::from(longest + 1);
        assert!((report.longest_gap_s - gap_s).abs() < 1e-6, "{}", report.longest_gap_s);
        assert!((report.lost_share - lost as f64 / 6000.0).abs() < 1e-3, "{}", report.lost_share);
        let extent = &report.extent;
        assert!((extent[0].min - 2.6).abs() < 1e-3 && (extent[1].max + 1.6).abs() < 1e-3);
        let trace = task.recorded_trace().unwrap();
        assert!(trace.dropped.iter().all(|d| d.reason == Loss::Repeated && d.value == Some(mark)));
        for (t, p) in trace.times_s.iter().zip(trace.values.chunks(2)) {
            assert_eq!(p, position(*t));
        }
    }
}

#[test]
fn an_animal_that_sits_is_not_lost() {
    let dir = TempDir::new().unwrap();
    // In steps of 5 mm, as of a camera; 20 s of movement, 20 s of sitting.
    let mut text = "t,x,y\n".to_owned();
    for t in times(6000, 0.04) {
        let clock = 20.0 * (t / 40.0_f64).floor() + (t % 40.0).min(20.0);
        let [x, y] = position(clock).map(|v| (200.0 * v).round() / 200.0);
        writeln!(text, "{t},{x},{y}").unwrap();
    }
    let task = open_with(&text_file(&dir, text), 50, |spec| spec.max_speed_per_s = 3.0).unwrap();
    let report = task.recording().unwrap();
    assert_eq!((report.samples_lost, report.stretches), (0, 1));
}

#[test]
fn a_reflection_is_left_out_and_a_carried_animal_is_not() {
    let dir = TempDir::new().unwrap();
    let moved = |from: usize, to: usize| {
        let mut text = "t,x,y\n".to_owned();
        for (i, t) in times(6000, 0.04).enumerate() {
            let [x, y] = position(t);
            let far = if (from..to).contains(&i) { 1.5 } else { 0.0 };
            writeln!(text, "{t},{},{y}", x + far).unwrap();
        }
        open_with(&text_file(&dir, text), 50, |spec| spec.max_speed_per_s = 3.0).unwrap()
    };
    let reflection = moved(1000, 1050);
    assert_eq!(reflection.recording().unwrap().jumps_dropped, 50);
    let carried = moved(3000, 6000);
    let report = carried.recording().unwrap();
    assert_eq!((report.jumps_dropped, report.stretches), (0, 2));
}

#[test]
fn rooms_that_wrap_around_are_recognised() {
    let dir = TempDir::new().unwrap();
    let mut text = "t,x,y\n".to_owned();
    for t in times(6000, 0.04) {
        writeln!(text, "{t},{},{}", (0.21 * t).rem_euclid(1.0), (0.13 * t + 0.3).rem_euclid(1.0))
            .unwrap();
    }
    let file = text_file(&dir, text);
    refusal(open(&file, 50), &["wraps around", "task.recording.periodic=true"]);
    let task = open_with(&file, 50, |spec| spec.periodic = true).unwrap();
    let report = task.recording().unwrap();
    // 50 through one pair of walls, 31 through the other.
    assert_eq!((report.crossings, report.jumps_dropped), (Some(81), 0));
    assert!(report.to_string().contains("81 crossings"));
    assert_eq!(report.stretches, 82);
    for trial in 0..500 {
        let (_, moves) = draw(&*task, quiescent::task::Split::Train, trial, 50);
        assert!(moves.chunks(2).all(|d| d[0].hypot(d[1]) < 0.01));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn mutated_files_never_panic(
        form in 0..4_usize,
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let dir = TempDir::new().unwrap();
        let mut bytes = match form {
            0 => text("t;x;y", ";", "\n", true).into_bytes(),
            1 => text("# t x y", " ", "\n", false).into_bytes(),
            2 => std::fs::read(npz(&dir, 60, true, |_, _| ())).unwrap(),
            _ => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(text("t,x,y", ",", "\n", false).as_bytes()).unwrap();
                packed.finish().unwrap()
            }
        };
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut.index(3) == 0 {
            bytes.truncate(cut.index(bytes.len()));
        }
        let file = text_file(&dir, bytes);
        let _ = open(&file, 5);
        let _ = open_headings(&file, 5);
    }
}

#[test]
fn arrays_are_the_same_path_as_their_file_however_they_lie_in_memory() {
    let dir = TempDir::new().unwrap();
    let expected = values(&csv(&dir, times(N, 0.02)));
    let t: Vec<f64> = times(N, 0.02).collect();
    let pos = Array2::from_shape_fn((N, 2), |(i, k)| position(t[i])[k]);
    let file = |pos: ArrayViewD<'_, f64>| {
        let t = ArrayView1::from(&t).into_dyn();
        recording_npz(&[("t".to_owned(), t), ("pos".to_owned(), pos)])
    };
    let rows = file(pos.view().into_dyn()).unwrap();
    let path = dir.path().join("arrays.npz");
    std::fs::write(&path, &rows).unwrap();
    assert_eq!(values(&path), expected);
    let columns = pos.t().as_standard_layout().into_owned();
    assert_eq!(file(columns.t().into_dyn()).unwrap(), rows);

    let said = file(columns.view().into_dyn()).unwrap_err().to_string();
    assert!(said.contains("shape [2, 500]; expected [500, 2]"), "{said}");
}

#[test]
fn arrays_that_no_task_could_use_are_refused() {
    let refused = |arrays: &[(&str, &[f64])]| {
        let view = |&(name, values): &(&str, _)| {
            (name.to_owned(), ArrayView1::<f64>::from(values).into_dyn())
        };
        let arrays: Vec<_> = arrays.iter().map(view).collect();
        recording_npz(&arrays).map(drop).unwrap_err().to_string()
    };
    let (t, x): (&[f64], &[f64]) = (&[0.0, 0.1, 0.2], &[1.0, 2.0, 3.0]);
    for (arrays, part) in [
        (&[("t", t)][..], "has no `pos`"),
        (&[("x", x), ("y", x)], "has no `t`"),
        (&[("t", t), ("x", x)], "has no `y`"),
        (&[("t", t), ("heading", &x[..2])], "expected [3]"),
        (&[("t", &[0.0, 0.2, 0.1]), ("heading", x)], "0.1 s is earlier than"),
        (&[("t", &[0.0, 0.1, 0.1]), ("heading", x)], "0.1 s repeats"),
        (&[("t", &[f64::NAN, f64::NAN, 1.0]), ("heading", x)], "1 usable sample(s) of 3"),
    ] {
        let said = refused(arrays);
        assert!(said.contains(part), "{said}");
    }
}
