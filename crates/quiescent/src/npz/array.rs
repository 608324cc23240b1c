//! Reads one array: its header, then its values.

use super::header::Header;
use super::{Dtype, Element};
use ndarray::{Array, ArrayD, Dimension, IxDyn, ShapeBuilder};
use std::io::{ErrorKind, Read};

/// Bytes read at a time.
const PIECE: usize = 1 << 16;

/// An array whose header has been read.
#[derive(Debug)]
pub(crate) struct ArrayReader<R> {
    header: Header,
    values: R,
    /// Bytes of values for which memory is reserved before any value is read.
    room: u64,
}

impl<R: Read> ArrayReader<R> {
    /// Reads the header of an npy file.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it".
    pub(crate) fn new(mut reader: R) -> Result<Self, String> {
        Ok(Self { header: Header::read(&mut reader)?, values: reader, room: 0 })
    }

    /// Sets the size of the file, `bytes`. Values that fit in the file are read into memory that
    /// need not grow, which could temporarily take three times as much.
    pub(super) fn with_room(self, bytes: u64) -> Self {
        Self { room: bytes, ..self }
    }

    /// Its shape, slowest axis (as it is indexed) first.
    pub(crate) fn shape(&self) -> &[u64] {
        &self.header.shape
    }

    /// Type of its values, in numpy's notation.
    pub(crate) fn descr(&self) -> &str {
        &self.header.descr
    }

    /// Type of its values if they are real numbers.
    pub(crate) fn dtype(&self) -> Option<Dtype> {
        Dtype::from_descr(&self.header.descr)
    }

    /// Number of values; none if it overflows.
    pub(crate) fn count(&self) -> Option<u64> {
        self.header.count()
    }

    /// Reads values of any type of real numbers, in row-major order. The caller has checked that
    /// it can hold their [`count`](Self::count).
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it".
    pub(crate) fn doubles(mut self) -> Result<Vec<f64>, String> {
        let dtype = self.dtype().ok_or("its type is unknown")?;
        // A one-byte number becomes eight bytes, so memory grows with the data read.
        self.room = 0;
        let values = self.values(dtype.bytes(), |bytes| dtype.value(bytes))?;
        if !self.header.fortran_order || values.len() < 2 {
            return Ok(values);
        }
        let shape: Vec<usize> = self.header.shape.iter().map(|&length| length as usize).collect();
        let columns = ArrayD::from_shape_vec(IxDyn(&shape).f(), values);
        Ok(columns.map_err(|error| error.to_string())?.iter().copied().collect())
    }

    /// Reads values of type `T`, in the order of the file.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it", including a different type or number of
    /// axes.
    pub(crate) fn array<T: Element, D: Dimension>(mut self) -> Result<Array<T, D>, String> {
        let descr = &self.header.descr;
        let big_endian = match descr.strip_suffix(T::NAME) {
            Some("<") => false,
            Some(">") => true,
            _ => return Err(format!("its numbers are of type {descr}; expected <{}", T::NAME)),
        };
        let shape = &self.header.shape;
        let mut dim = D::zeros(D::NDIM.unwrap_or(shape.len()));
        if dim.ndim() != shape.len() {
            return Err(format!("its shape is {shape:?}; expected {} axes", dim.ndim()));
        }
        for (length, &read) in dim.slice_mut().iter_mut().zip(shape) {
            *length = usize::try_from(read).map_err(|_| too_large())?;
        }
        let values = self.values(size_of::<T>(), |bytes| T::get(bytes, big_endian))?;
        let shape = dim.set_f(self.header.fortran_order);
        Array::from_shape_vec(shape, values).map_err(|error| error.to_string())
    }

    /// Reads up to `most` bytes of values of any type.
    ///
    /// # Errors
    /// The operating system's or the archive's reason.
    pub(crate) fn bytes(self, most: u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        self.values.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// Reads exactly as many values of `size` bytes as the header says, then expects the end (where
    /// the archive's checksum is verified).
    fn values<T>(&mut self, size: usize, value: impl Fn(&[u8]) -> T) -> Result<Vec<T>, String> {
        let expected = self.count().and_then(|count| count.checked_mul(size as u64));
        let expected = expected.ok_or_else(too_large)?;
        let mut values = Vec::new();
        let room = (expected.min(self.room) / size as u64) as usize;
        values
            .try_reserve_exact(room)
            .map_err(|_| format!("its {expected} bytes do not fit in memory"))?;
        let mut piece = vec![0; PIECE];
        let mut left = expected;
        while left > 0 {
            let piece = &mut piece[..left.min(PIECE as u64) as usize];
            self.values.read_exact(piece).map_err(|error| match error.kind() {
                ErrorKind::UnexpectedEof => {
                    format!("its header promises {expected} bytes of data, but it ends before that")
                }
                _ => error.to_string(),
            })?;
            values.extend(piece.chunks_exact(size).map(&value));
            left -= piece.len() as u64;
        }
        match self.values.read(&mut piece[..1]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(format!(
                "it holds more than the {expected} bytes of data that its header promises"
            )),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn too_large() -> String {
    "its header promises more data than any file can hold".to_owned()
}
