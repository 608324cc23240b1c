//! The only reader and writer of numpy's arrays, alone (npy) and in archives (npz).
//!
//! Input may come from anywhere, so memory follows the bytes present, not the sizes that a header
//! or an archive's directory claims. Output for equal arrays is bit-identical.

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
