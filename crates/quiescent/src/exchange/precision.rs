//! Floating-point types of imported arrays, and their values in single precision.

use crate::npz::half;
use safetensors::Dtype;
use std::fmt;

/// Floating-point type of an imported array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// 16 bits with a 10-bit fraction.
    Half,
    /// 16 bits with a 7-bit fraction (bfloat16).
    Brain,
    /// 32 bits: this program's own.
    Single,
    /// 64 bits.
    Double,
}

impl Precision {
    /// The type of a safetensors array, if it is one of these.
    pub(super) fn of(dtype: Dtype) -> Option<Self> {
        match dtype {
            Dtype::F16 => Some(Self::Half),
            Dtype::BF16 => Some(Self::Brain),
            Dtype::F32 => Some(Self::Single),
            Dtype::F64 => Some(Self::Double),
            _ => None,
        }
    }

    /// Bytes of a value.
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::Half | Self::Brain => 2,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// The value of `self.bytes()` little-endian bytes.
    pub(super) fn value(self, bytes: &[u8]) -> f64 {
        let word = bytes.iter().rev().fold(0, |word: u64, &byte| word << 8 | u64::from(byte));
        match self {
            Self::Half => f64::from(half(word as u16)),
            Self::Brain => f64::from(f32::from_bits((word as u32) << 16)),
            Self::Single => f64::from(f32::from_bits(word as u32)),
            Self::Double => f64::from_bits(word),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Half => "half",
            Self::Brain => "bfloat16",
            Self::Single => "single",
            Self::Double => "double",
        })
    }
}
