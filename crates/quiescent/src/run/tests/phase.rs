//! Phase files: round trips, damage, disagreeing shapes.

use std::fs::{self, File};
use std::path::Path;

use ndarray::{Array2, Array3, ShapeBuilder, arr0};
use ndarray_npy::NpzWriter;
use proptest::prelude::*;

use super::{message, names, phase};
use crate::run::{RunError, read_phase_file, write_phase_file};
use crate::simulate::Phase;

#[test]
fn reads_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let whole = phase();
    let mut bare = phase();
    (bare.truth, bare.states) = (None, None);
    let mut empty = phase();
    empty.decoded = Array3::zeros((0, 5, 1));
    (empty.truth, empty.states, empty.end) = (None, None, Array2::zeros((0, 3)));
    // More than one piece of the reader, and not a multiple of it.
    let mut long = phase();
    long.decoded = Array3::from_shape_fn((3, 10_007, 2), |(i, j, k)| (i + j + k) as f32);
    (long.truth, long.states, long.end) = (None, None, Array2::zeros((3, 4)));
    for phase in [whole, bare, empty, long] {
        write_phase_file(&path, &phase).unwrap();
        assert_eq!(read_phase_file(&path).unwrap(), phase);
        assert_eq!(names(folder.path()), ["active.npz"]);
    }
}

#[test]
fn equal_phases_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.npz", "b.npz"].map(|name| folder.path().join(name));
    write_phase_file(&a, &phase()).unwrap();
    write_phase_file(&b, &phase()).unwrap();
    assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
}

#[test]
fn arrays_in_column_order_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let mut decoded = Array3::zeros((2, 5, 2).f());
    decoded.assign(&phase().decoded);
    assert!(!decoded.is_standard_layout());
    let columns = Phase { decoded, ..phase() };
    write_phase_file(&path, &columns).unwrap();
    assert_eq!(read_phase_file(&path).unwrap(), phase());
}

#[test]
fn every_changed_byte_and_truncation_is_detected_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    write_phase_file(&path, &phase()).unwrap();
    let right = fs::read(&path).unwrap();
    let mut bytes = right.clone();
    let mut detected = 0;
    for place in 0..bytes.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
            bytes[place] = right[place] ^ flip;
            fs::write(&path, &bytes).unwrap();
            match read_phase_file(&path) {
                Err(_) => detected += 1,
                Ok(read) => assert_eq!(read, phase(), "byte {place}, flip {flip}"),
            }
        }
        bytes[place] = right[place];
    }
    // Archives carry times, attributes and names twice; the rest is under a checksum.
    assert!(detected > right.len() * 9 / 2, "{detected}");
    for length in 0..right.len() {
        fs::write(&path, &right[..length]).unwrap();
        assert!(read_phase_file(&path).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("active.npz");
        fs::write(&path, bytes).unwrap();
        prop_assert!(read_phase_file(&path).is_err());
    }
}

/// Writes the arrays given, whatever their shapes.
fn write(path: &Path, arrays: &[(&str, Array3<f32>)], stride: u64) {
    let mut npz = NpzWriter::new(File::create(path).unwrap());
    for (name, array) in arrays {
        npz.add_array(*name, array).unwrap();
    }
    npz.add_array("state_stride", &arr0(stride)).unwrap();
    npz.add_array("end", &Array2::<f32>::zeros((2, 4))).unwrap();
    npz.finish().unwrap();
}

#[test]
fn disagreeing_arrays_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let zeros = |shape: [usize; 3]| Array3::zeros(shape);
    let decoded = ("decoded", zeros([2, 5, 2]));
    let cases = [
        (vec![("decoded", zeros([2, 5, 3]))], 1, "`decoded` is [2, 5, 3]"),
        (vec![("decoded", zeros([2, 5, 0]))], 1, "`decoded` is [2, 5, 0]"),
        (vec![decoded.clone(), ("truth", zeros([2, 4, 2]))], 1, "`truth` is [2, 4, 2]"),
        (vec![decoded.clone(), ("states", zeros([2, 5, 9]))], 2, "expected [2, 2, unit]"),
        (vec![decoded.clone(), ("states", zeros([1, 2, 9]))], 2, "expected [2, 2, unit]"),
        (vec![decoded.clone(), ("states", zeros([2, 2, 9]))], 2, "`end` is [2, 4]"),
        (vec![decoded.clone()], 0, "`state_stride` is 0"),
        (vec![("truth", zeros([2, 5, 2]))], 1, "no array `decoded`"),
        (vec![decoded, ("extra", zeros([1, 1, 1]))], 1, "an array `extra`"),
    ];
    for (arrays, stride, expected) in cases {
        write(&path, &arrays, stride);
        let error = read_phase_file(&path).unwrap_err();
        assert!(matches!(error, RunError::Corrupt { .. }));
        assert!(message(&error, &path).contains(expected), "{error}");
    }
}

#[test]
fn a_wrong_type_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let mut npz = NpzWriter::new(File::create(&path).unwrap());
    npz.add_array("decoded", &Array3::<f64>::zeros((2, 5, 2))).unwrap();
    npz.add_array("state_stride", &arr0(1_u64)).unwrap();
    npz.finish().unwrap();
    let text = message(&read_phase_file(&path).unwrap_err(), &path);
    assert!(text.contains("array `decoded`") && text.contains("<f8"), "{text}");
}

#[test]
fn a_header_that_promises_terabytes_costs_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    write(&path, &[("decoded", Array3::zeros((2, 5, 2)))], 1);
    let mut bytes = fs::read(&path).unwrap();
    // The longer shape takes room from the header's padding, so the archive's directory holds.
    let end_of = |bytes: &[u8], text: &[u8]| {
        let found = bytes.windows(text.len()).position(|window| window == text);
        found.unwrap() + text.len()
    };
    let shape = end_of(&bytes, b"(2");
    let padding = shape + end_of(&bytes[shape..], b"          ");
    bytes.splice(shape..shape, *b"000000000");
    bytes.drain(padding..padding + 9);
    fs::write(&path, bytes).unwrap();
    let error = read_phase_file(&path).unwrap_err();
    assert!(message(&error, &path).contains("array `decoded`"));
}

#[test]
fn a_phase_that_does_not_fit_together_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let mut wrong = phase();
    wrong.state_stride = 1;
    let error = write_phase_file(&path, &wrong).unwrap_err();
    assert!(message(&error, &path).contains("`states`"));
    assert!(!path.exists());
}

/// Found by fuzzing: the archive's reader goes down as deep as a header says, and shows all of it.
#[test]
fn a_deeply_nested_header_is_refused() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("active.npz");
    let deep = 20_000;
    let header = format!("{{'descr': {}1{}, }}", "[".repeat(deep), "]".repeat(deep));
    let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
    archive.start_file("decoded.npy", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
    archive.write_all(&u16::try_from(header.len()).unwrap().to_le_bytes()).unwrap();
    archive.write_all(header.as_bytes()).unwrap();
    archive.finish().unwrap();
    let error = read_phase_file(&path).unwrap_err();
    assert!(matches!(error, RunError::Corrupt { .. }));
    let text = message(&error, &path);
    assert!(text.contains("array `decoded") && text.len() < 500, "{text}");
}
