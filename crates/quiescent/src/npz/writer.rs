//! Writes archives of arrays: npz files as made by `numpy.savez`.

use super::Element;
use super::header::Header;
use super::stored::Stored;
use flate2::Crc;
use ndarray::{ArrayRef, ArrayView, Dimension};
use std::io::{self, Write};

/// Numbers written at a time.
const PIECE: usize = 1 << 13;

/// An npz file that is being written. Equal arrays give equal bytes; an array is never copied as
/// a whole.
pub(crate) struct NpzWriter<W>(Stored<W>);

impl<W: Write> NpzWriter<W> {
    pub(crate) fn new(out: W) -> Self {
        Self(Stored::new(out))
    }

    /// A writer that treats sizes from `limit` on as those of a larger file.
    #[cfg(test)]
    pub(super) fn with_limit(out: W, limit: u64) -> Self {
        Self(Stored::with_limit(out, limit))
    }

    /// Adds an array of any layout. Its values are read twice, because the checksum comes first.
    ///
    /// # Errors
    /// The operating system's. The file cannot be continued after an error.
    pub(crate) fn add<T: Element, D: Dimension>(
        &mut self,
        name: &str,
        array: &ArrayRef<T, D>,
    ) -> io::Result<()> {
        let columns = !array.is_standard_layout() && array.t().is_standard_layout();
        let header = Header {
            descr: format!("<{}", T::NAME),
            fortran_order: columns,
            shape: array.shape().iter().map(|&length| length as u64).collect(),
        }
        .to_bytes();
        let values = if columns { array.t() } else { array.view() };
        let mut crc = Crc::new();
        crc.update(&header);
        each_piece(&values, |piece| {
            crc.update(piece);
            Ok(())
        })?;
        let size = (header.len() + array.len() * size_of::<T>()) as u64;
        self.0.add(&format!("{name}.npy"), size, crc.sum(), |out| {
            out.write_all(&header)?;
            each_piece(&values, |piece| out.write_all(piece))
        })
    }

    /// Writes the end of the archive and returns the writer, unflushed.
    ///
    /// # Errors
    /// The operating system's.
    pub(crate) fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

/// Passes the little-endian bytes of an array's values, row-major, in pieces.
fn each_piece<T: Element, D: Dimension>(
    values: &ArrayView<T, D>,
    mut take: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut bytes = vec![0; PIECE * size_of::<T>()];
    let mut encode = |piece: &[T]| {
        let bytes = &mut bytes[..size_of_val(piece)];
        for (bytes, &value) in bytes.chunks_exact_mut(size_of::<T>()).zip(piece) {
            value.put(bytes);
        }
        take(bytes)
    };
    if let Some(values) = values.as_slice() {
        return values.chunks(PIECE).try_for_each(encode);
    }
    let mut left = values.iter().copied();
    loop {
        let piece: Vec<T> = left.by_ref().take(PIECE).collect();
        if piece.is_empty() {
            return Ok(());
        }
        encode(&piece)?;
    }
}
