//! Numpy's arrays, alone (npy) and several in one archive (npz): the one reader and the one writer.
//!
//! What is read may come from anywhere: memory follows the bytes that are there, not the sizes that a
//! header or an archive's directory claims. What is written is the same bytes for the same arrays.

mod array;
mod dtype;
mod element;
mod header;
mod reader;
mod stored;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use array::ArrayReader;
pub(crate) use dtype::{Dtype, Kind, half};
pub(crate) use element::Element;
pub(crate) use reader::NpzReader;
pub(crate) use writer::NpzWriter;
