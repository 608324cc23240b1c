//! Types of numbers from any program that are read as double precision.

/// A type of real numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dtype {
    kind: Kind,
    bytes: usize,
    big_endian: bool,
}

/// Meaning of a number's bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// IEEE's floating point.
    Float,
    /// bfloat16.
    Brain,
    /// A whole number that may be negative.
    Signed,
    /// A whole number that is never negative.
    Unsigned,
}

impl Dtype {
    /// The type that numpy calls `descr`, such as `<f8`.
    pub(crate) fn from_descr(descr: &str) -> Option<Self> {
        let (order, name) = descr.split_at_checked(1)?;
        let (kind, bytes) = match (order, name) {
            ("<" | ">", "f2") => (Kind::Float, 2),
            ("<" | ">", "f4") => (Kind::Float, 4),
            ("<" | ">", "f8") => (Kind::Float, 8),
            // Numpy does not have a name for bfloat16. JAX's arrays (`ml_dtypes`) are saved as
            // two bytes of void type. No other two-byte type is saved in this way.
            ("<" | "|", "V2") => (Kind::Brain, 2),
            ("|", "i1") => (Kind::Signed, 1),
            ("<" | ">", "i2") => (Kind::Signed, 2),
            ("<" | ">", "i4") => (Kind::Signed, 4),
            ("<" | ">", "i8") => (Kind::Signed, 8),
            ("|", "u1") => (Kind::Unsigned, 1),
            ("<" | ">", "u2") => (Kind::Unsigned, 2),
            ("<" | ">", "u4") => (Kind::Unsigned, 4),
            ("<" | ">", "u8") => (Kind::Unsigned, 8),
            _ => return None,
        };
        Some(Self { kind, bytes, big_endian: order == ">" })
    }

    /// Meaning of the bits.
    pub(crate) fn kind(self) -> Kind {
        self.kind
    }

    /// Bytes of a number: 1, 2, 4 or 8.
    pub(crate) fn bytes(self) -> usize {
        self.bytes
    }

    /// The number of its bytes.
    pub(super) fn value(self, bytes: &[u8]) -> f64 {
        let highest = if self.big_endian { bytes.first() } else { bytes.last() };
        let negative = self.kind == Kind::Signed && highest.is_some_and(|byte| byte >> 7 == 1);
        let mut word = [if negative { 0xff } else { 0 }; 8];
        for (i, &byte) in bytes.iter().enumerate() {
            word[if self.big_endian { bytes.len() - 1 - i } else { i }] = byte;
        }
        let word = u64::from_le_bytes(word);
        match (self.kind, self.bytes) {
            (Kind::Brain, _) => f64::from(f32::from_bits((word as u32) << 16)),
            (Kind::Float, 2) => f64::from(half(word as u16)),
            (Kind::Float, 4) => f64::from(f32::from_bits(word as u32)),
            (Kind::Float, _) => f64::from_bits(word),
            (Kind::Signed, _) => word as i64 as f64,
            (Kind::Unsigned, _) => word as f64,
        }
    }
}

/// A half-precision number: sign, 5 bits of exponent, 10 of fraction.
pub(crate) fn half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match i32::from(bits >> 10 & 0x1f) {
        0 => fraction * 2.0_f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        exponent => (1024.0 + fraction) * 2.0_f32.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_agrees_with_its_definition() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x0001, 2.0_f32.powi(-24)),
            (0x03ff, 1023.0 * 2.0_f32.powi(-24)),
            (0x0400, 2.0_f32.powi(-14)),
            (0x3555, 0.333_251_95),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:#06x}");
        }
        assert!(half(0x7e00).is_nan());
        assert!(half(0x8000).is_sign_negative());
        // Finite numbers ascend with their bits.
        assert!((0..0x7c00_u16).all(|bits| half(bits) < half(bits + 1)));
    }

    #[test]
    fn numbers_of_either_byte_order() {
        let value = |descr: &str, bytes: &[u8]| Dtype::from_descr(descr).unwrap().value(bytes);
        for (descr, bytes, expected) in [
            ("|i1", &[0xfe][..], -2.0),
            ("|u1", &[0xfe], 254.0),
            ("<i2", &[0xfe, 0xff], -2.0),
            (">i2", &[0xff, 0xfe], -2.0),
            (">i4", &[0, 0, 1, 2], 258.0),
            ("<u4", &[0xff, 0xff, 0xff, 0xff], 4_294_967_295.0),
            (">u8", &[0, 0, 0, 0, 0, 0, 1, 0], 256.0),
            ("<f2", &[0x00, 0xc0], -2.0),
            (">f4", &[0xc0, 0, 0, 0], -2.0),
            (">f8", &[0x3f, 0xf0, 0, 0, 0, 0, 0, 0], 1.0),
            ("<V2", &[0x80, 0x3f], 1.0),
        ] {
            assert_eq!(value(descr, bytes), expected, "{descr}");
        }
        for other in ["", "<", "f4", "|f4", "<i1", "<f16", "<c8", "|O", ">V2", "=f4", "é4"] {
            assert_eq!(Dtype::from_descr(other), None, "{other}");
        }
    }
}
