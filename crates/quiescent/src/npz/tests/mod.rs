//! Tests of writing and reading arrays: against each other, an independent reader and writer
//! (`ndarray-npy`), and numpy.
#![allow(clippy::unwrap_used)]

mod numpy;

use super::*;
use ndarray::{
    Array, Array2, Array3, ArrayD, ArrayRef, Axis, Dimension, IxDyn, ShapeBuilder, aview0, s,
};
use ndarray_npy::{ReadableElement, WritableElement, WriteNpyExt};
use proptest::prelude::*;
use std::fmt::Debug;
use std::io::{self, Cursor, Write};

/// A limit that is never reached, as in an ordinary archive.
const ORDINARY: u64 = u64::MAX;

fn npz<T: Element, D: Dimension>(arrays: &[(&str, &ArrayRef<T, D>)], limit: u64) -> Vec<u8> {
    let mut npz = NpzWriter::with_limit(Vec::new(), limit);
    for (name, array) in arrays {
        npz.add(name, array).unwrap();
    }
    npz.finish().unwrap()
}

fn read<T: Element, D: Dimension>(bytes: &[u8], index: usize) -> Result<Array<T, D>, String> {
    NpzReader::new(Cursor::new(bytes))?.array(index)?.array()
}

fn numbers() -> Array3<f32> {
    Array3::from_shape_fn((3, 4, 5), |(i, j, k)| (i * 20 + j * 5 + k) as f32 / 7.0)
}

#[test]
fn ordinary_archives_are_the_same_bytes_as_another_writer_makes() {
    let row_major = numbers();
    let mut column_major = Array3::zeros((3, 4, 5).f());
    column_major.assign(&row_major);
    let empty = Array3::zeros((0, 4, 5));
    let long = Array3::from_elem((1, 3 << 13, 2), 0.5);
    let neither = row_major.view().permuted_axes([1, 0, 2]);
    let cut = row_major.slice(s![.., ..;2, 1..]);
    let arrays = [
        ("rows", row_major.view()),
        ("columns", column_major.view()),
        ("empty", empty.view()),
        ("long", long.view()),
        ("neither", neither),
        ("cut", cut),
    ];
    let mut own = NpzWriter::new(Vec::new());
    let mut reference = ndarray_npy::NpzWriter::new(Cursor::new(Vec::new()));
    for (name, array) in &arrays {
        own.add(name, array).unwrap();
        reference.add_array(*name, array).unwrap();
    }
    own.add("scalar", &aview0(&7_u64)).unwrap();
    reference.add_array("scalar", &aview0(&7_u64)).unwrap();
    let own = own.finish().unwrap();
    assert_eq!(own, reference.finish().unwrap().into_inner());
    for (index, (_, array)) in arrays.iter().enumerate() {
        assert_eq!(read::<f32, _>(&own, index).unwrap(), array);
    }
}

#[test]
fn large_archives_are_read() {
    let array = numbers();
    // The limits give 64-bit fields to all members and the directory; only to sizes that reach
    // the limit; only to the offsets of later members.
    for limit in [0, 200, 500] {
        let bytes = npz(&[("a", &array), ("b", &array)], limit);
        let ordinary = npz(&[("a", &array), ("b", &array)], ORDINARY);
        assert!(bytes.len() > ordinary.len());
        let mut other = ndarray_npy::NpzReader::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(other.names().unwrap(), ["a", "b"]);
        for (index, name) in ["a", "b"].iter().enumerate() {
            assert_eq!(read::<f32, _>(&bytes, index).unwrap(), array, "{limit}");
            let read: Array3<f32> = other.by_name(name).unwrap();
            assert_eq!(read, array, "{limit}");
        }
    }
}

#[test]
fn every_changed_byte_of_a_large_archive_is_detected_or_harmless() {
    let array = numbers();
    let right = npz(&[("a", &array), ("b", &array)], 0);
    let mut bytes = right.clone();
    for place in 0..bytes.len() {
        for flip in [1, 2, 4, 8, 16, 32, 64, 128, 0xff] {
            bytes[place] = right[place] ^ flip;
            for index in 0..2 {
                if let Ok(read) = read::<f32, ndarray::Ix3>(&bytes, index) {
                    assert_eq!(read, array, "byte {place}, flip {flip}");
                }
            }
        }
        bytes[place] = right[place];
    }
    for length in 0..right.len() {
        assert!(read::<f32, ndarray::Ix3>(&right[..length], 0).is_err(), "{length} bytes");
    }
}

#[test]
fn other_types_and_axes_are_named() {
    let bytes = npz(&[("a", &numbers())], ORDINARY);
    let error = read::<u64, ndarray::Ix3>(&bytes, 0).unwrap_err();
    assert!(error.contains("<f4") && error.contains("<u8"), "{error}");
    let error = read::<f32, ndarray::Ix2>(&bytes, 0).unwrap_err();
    assert!(error.contains("[3, 4, 5]") && error.contains("2 axes"), "{error}");
}

/// A disk that is full after some bytes.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Linux's error code for this.
        const ENOSPC: i32 = 28;
        match self.0.min(bytes.len()) {
            0 if !bytes.is_empty() => Err(io::Error::from_raw_os_error(ENOSPC)),
            written => {
                self.0 -= written;
                Ok(written)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn wherever_the_disk_is_full_its_own_reason_is_told() {
    let array = numbers();
    let whole = npz(&[("a", &array), ("b", &array)], ORDINARY).len();
    let write = |room| {
        let mut npz = NpzWriter::new(Full(room));
        npz.add("a", &array)?;
        npz.add("b", &array)?;
        npz.finish().map(drop)
    };
    for room in 0..whole {
        let error = write(room).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(28), "after {room} bytes: {error}");
    }
    write(whole).unwrap();
}

#[test]
fn numbers_in_column_order_are_read_as_double_precision() {
    let mut columns = Array3::zeros((3, 4, 5).f());
    columns.assign(&numbers());
    let mut bytes = Vec::new();
    columns.write_npy(&mut bytes).unwrap();
    let read = ArrayReader::new(&bytes[..]).unwrap();
    assert_eq!(read.shape(), [3, 4, 5]);
    let expected: Vec<f64> = numbers().iter().map(|&value| f64::from(value)).collect();
    assert_eq!(read.doubles().unwrap(), expected);
}

/// The same values in row-major order, in column-major order, or in neither.
fn laid_out<T: Clone>(array: ArrayD<T>, order: usize) -> ArrayD<T> {
    let n = array.ndim();
    let axes: Vec<usize> = match order {
        0 => (0..n).collect(),
        1 => (0..n).rev().collect(),
        // The second axis in front of the first.
        _ => (0..n).map(|axis| if n > 1 && axis < 2 { 1 - axis } else { axis }).collect(),
    };
    // All three are their own inverses.
    let permuted = array.permuted_axes(axes.clone());
    permuted.as_standard_layout().into_owned().permuted_axes(axes)
}

fn check_round_trip<T>(array: &ArrayD<T>, limit: u64) -> Result<(), TestCaseError>
where
    T: Element + ReadableElement + WritableElement + PartialEq + Debug,
{
    let bytes = npz(&[("first", array), ("second", array)], limit);
    prop_assert_eq!(&bytes, &npz(&[("first", array), ("second", array)], limit));
    let mut other = ndarray_npy::NpzReader::new(Cursor::new(&bytes)).unwrap();
    for index in 0..2 {
        prop_assert_eq!(&read::<T, IxDyn>(&bytes, index).unwrap(), array);
        let read: ArrayD<T> = other.by_index(index).unwrap();
        prop_assert_eq!(&read, array);
    }
    if limit == ORDINARY {
        let mut other = ndarray_npy::NpzWriter::new(Cursor::new(Vec::new()));
        other.add_array("first", array).unwrap();
        other.add_array("second", array).unwrap();
        prop_assert_eq!(bytes, other.finish().unwrap().into_inner());
    }
    Ok(())
}

/// Whether another writer's array is read as the same numbers.
fn check_doubles<T>(array: &ArrayD<T>, double: impl Fn(&T) -> f64) -> Result<(), TestCaseError>
where
    T: WritableElement,
{
    let mut bytes = Vec::new();
    array.write_npy(&mut bytes).unwrap();
    let expected: Vec<f64> = array.iter().map(double).collect();
    prop_assert_eq!(ArrayReader::new(&bytes[..]).unwrap().doubles().unwrap(), expected);
    Ok(())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        shape in prop::collection::vec(0_usize..6, 0..5),
        order in 0_usize..3,
        reversed in any::<bool>(),
        limit in prop_oneof![Just(ORDINARY), 0_u64..1000],
        words in prop::collection::vec(any::<u64>(), 1..20),
    ) {
        let count: usize = shape.iter().product();
        let words = words.into_iter().cycle().take(count).enumerate();
        let words = words.map(|(i, word)| word.wrapping_add(i as u64)).collect();
        let mut words = laid_out(ArrayD::from_shape_vec(shape, words).unwrap(), order);
        if reversed && words.ndim() > 0 {
            words.invert_axis(Axis(0));
        }
        check_round_trip(&words, limit)?;
        let single = words.mapv(|word| word as f32 - 1e18);
        check_round_trip(&single, limit)?;

        check_doubles(&single, |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as f64 - 1e18), |&value| value)?;
        check_doubles(&words, |&value| value as f64)?;
        check_doubles(&words.mapv(|word| word as i64), |&value| value as f64)?;
        check_doubles(&words.mapv(|word| word as u32), |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as i32), |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as u16), |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as i16), |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as u8), |&value| value.into())?;
        check_doubles(&words.mapv(|word| word as i8), |&value| value.into())?;
    }
}

#[test]
fn long_arrays_of_no_simple_layout_are_written_in_pieces() {
    let long = Array2::from_shape_fn((30_000, 3), |(i, j)| (i * 3 + j) as f32);
    let cut = long.slice(s![..;2, 1..]);
    assert!(cut.as_slice_memory_order().is_none());
    assert_eq!(read::<f32, _>(&npz(&[("cut", &cut)], ORDINARY), 0).unwrap(), cut);
}
