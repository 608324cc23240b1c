//! A single-precision tensor as safetensors writes it.

use crate::run::files::digest::to_le_bytes;
use safetensors::tensor::{Dtype, View};
use std::borrow::Cow;

/// A tensor ready to be written.
pub(crate) struct Float32Tensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Float32Tensor {
    /// A tensor of `shape`, slowest axis first, and its values in that order.
    pub(crate) fn new(shape: &[usize], values: &[f32]) -> Self {
        Self { shape: shape.to_vec(), bytes: to_le_bytes(values) }
    }

    /// Its values, little-endian.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl View for Float32Tensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
