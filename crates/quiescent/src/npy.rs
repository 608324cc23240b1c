//! Numpy's npy arrays of floating-point numbers, from files of any origin.
//!
//! They are parsed here rather than by a general reader because the memory asked for must follow the
//! bytes that are there, not the sizes that a header claims, and a header must not be able to
//! exhaust the stack.

use std::io::Read;

/// Longest array header read, in bytes. Numpy's own are 118 or 246.
const MAX_HEADER: usize = 16 * 1024;

/// Floating-point types that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Float {
    bytes: usize,
    big_endian: bool,
    /// Of 16 bits, whether they are a bfloat16.
    brain: bool,
}

impl Float {
    /// The type that numpy calls `descr`, such as `<f8`.
    pub(crate) fn from_descr(descr: &str) -> Option<Self> {
        let (bytes, big_endian) = match descr {
            "<f2" => (2, false),
            ">f2" => (2, true),
            "<f4" => (4, false),
            ">f4" => (4, true),
            "<f8" => (8, false),
            ">f8" => (8, true),
            _ => return None,
        };
        Some(Self { bytes, big_endian, brain: false })
    }

    /// bfloat16, for which numpy has no name of its own: an array of JAX's (`ml_dtypes`) is saved as
    /// two bytes of anything. No other type of two bytes is saved so.
    pub(crate) fn brain_from_descr(descr: &str) -> Option<Self> {
        matches!(descr, "<V2" | "|V2").then_some(Self { bytes: 2, big_endian: false, brain: true })
    }

    /// Whether it is bfloat16.
    pub(crate) fn is_brain(self) -> bool {
        self.brain
    }

    /// Bytes of a value: 2, 4 or 8.
    pub(crate) fn bytes(self) -> usize {
        self.bytes
    }

    /// Reads exactly `count` values, then expects the end (where the archive's checksum is
    /// verified).
    fn read(self, reader: &mut impl Read, count: u64) -> Result<Vec<f64>, String> {
        let expected = count
            .checked_mul(self.bytes as u64)
            .ok_or_else(|| "its header promises more data than there can be".to_owned())?;
        let mut values = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        let mut left = expected;
        while left > 0 {
            let want = left.min(buffer.len() as u64) as usize;
            let buffer = &mut buffer[..want];
            reader.read_exact(buffer).map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => {
                    format!("its header promises {expected} bytes of data, but it ends before that")
                }
                _ => error.to_string(),
            })?;
            values.extend(buffer.chunks_exact(self.bytes).map(|bytes| self.value(bytes)));
            left -= want as u64;
        }
        match reader.read(&mut buffer[..1]) {
            Ok(0) => Ok(values),
            Ok(_) => Err(format!(
                "it holds more than the {expected} bytes of data that its header promises"
            )),
            Err(error) => Err(error.to_string()),
        }
    }

    fn value(self, bytes: &[u8]) -> f64 {
        let mut word = [0; 8];
        for (i, &byte) in bytes.iter().enumerate() {
            word[if self.big_endian { bytes.len() - 1 - i } else { i }] = byte;
        }
        let word = u64::from_le_bytes(word);
        match self.bytes {
            2 if self.brain => f64::from(f32::from_bits((word as u32) << 16)),
            2 => f64::from(half(word as u16)),
            4 => f64::from(f32::from_bits(word as u32)),
            _ => f64::from_bits(word),
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

/// Header of an npy file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    /// Type of a value, in numpy's notation.
    pub(crate) descr: String,
    /// Whether the first index runs fastest.
    pub(crate) fortran_order: bool,
    /// Shape, slowest axis (as it is indexed) first.
    pub(crate) shape: Vec<u64>,
}

impl Header {
    /// Reads a header and leaves the reader at the values.
    ///
    /// # Errors
    /// What is wrong with it, as a sentence about "it".
    pub(crate) fn read(reader: &mut impl Read) -> Result<Self, String> {
        read_header(reader)
    }

    /// Number of values; none if it overflows.
    pub(crate) fn count(&self) -> Option<u64> {
        self.shape.iter().try_fold(1_u64, |count, &n| count.checked_mul(n))
    }

    /// Reads the values up to the reader's end, in row-major order. The caller has made sure that
    /// their [`count`](Self::count) is one it can hold.
    ///
    /// # Errors
    /// As [`read`](Self::read), also for column-major arrays of more than two axes.
    pub(crate) fn values(&self, float: Float, reader: &mut impl Read) -> Result<Vec<f64>, String> {
        let count = self.count().ok_or("its shape is larger than there can be")?;
        let values = float.read(reader, count)?;
        match self.shape[..] {
            _ if !self.fortran_order || count == 0 => Ok(values),
            [] | [_] => Ok(values),
            // Column-major order: the first index runs fastest.
            [rows, columns] => Ok((0..rows)
                .flat_map(|row| (0..columns).map(move |column| (column * rows + row) as usize))
                .map(|i| values[i])
                .collect()),
            _ => Err("it has more than two axes in column-major order".to_owned()),
        }
    }
}

fn read_header(reader: &mut impl Read) -> Result<Header, String> {
    let mut start = [0; 8];
    read_exact(reader, &mut start)?;
    if start[..6] != *b"\x93NUMPY" {
        return Err("it is not an npy array".to_owned());
    }
    let len = match start[6] {
        1 => {
            let mut len = [0; 2];
            read_exact(reader, &mut len)?;
            usize::from(u16::from_le_bytes(len))
        }
        2 | 3 => {
            let mut len = [0; 4];
            read_exact(reader, &mut len)?;
            u32::from_le_bytes(len) as usize
        }
        version => return Err(format!("npy format version {version} is not known")),
    };
    if len > MAX_HEADER {
        return Err(format!("its header claims {len} bytes; at most {MAX_HEADER} are read"));
    }
    let mut text = vec![0; len];
    read_exact(reader, &mut text)?;
    let text = std::str::from_utf8(&text).map_err(|_| "its header is not text".to_owned())?;
    Literal(text)
        .header()
        .ok_or_else(|| "its header is not the dictionary that numpy writes".to_owned())
}

fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), String> {
    reader.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "it ends within its header".to_owned(),
        _ => error.to_string(),
    })
}

/// The rest of a Python literal, of which only what numpy writes for plain arrays is understood:
/// `{'descr': '<f8', 'fortran_order': False, 'shape': (29800, 2), }`.
struct Literal<'a>(&'a str);

impl<'a> Literal<'a> {
    fn header(mut self) -> Option<Header> {
        let (mut descr, mut fortran_order, mut shape) = (None, None, None);
        self.expect("{")?;
        while self.expect("}").is_none() {
            let key = self.string()?;
            self.expect(":")?;
            match key {
                "descr" => descr = Some(self.string()?.to_owned()),
                "fortran_order" => fortran_order = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return None,
            }
            if self.expect(",").is_none() {
                self.expect("}")?;
                break;
            }
        }
        Some(Header { descr: descr?, fortran_order: fortran_order?, shape: shape? })
    }

    fn expect(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.trim_start().strip_prefix(token)?;
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let text = self.0.trim_start();
        let quote = text.chars().next().filter(|&c| c == '\'' || c == '"')?;
        let (string, rest) = text[1..].split_once(quote)?;
        self.0 = rest;
        Some(string)
    }

    fn boolean(&mut self) -> Option<bool> {
        if self.expect("True").is_some() {
            Some(true)
        } else {
            self.expect("False").map(|()| false)
        }
    }

    fn tuple(&mut self) -> Option<Vec<u64>> {
        let mut numbers = Vec::new();
        self.expect("(")?;
        while self.expect(")").is_none() {
            let text = self.0.trim_start();
            let digits = text.find(|c: char| !c.is_ascii_digit())?;
            numbers.push(text[..digits].parse().ok()?);
            self.0 = &text[digits..];
            if self.expect(",").is_none() {
                self.expect(")")?;
                break;
            }
        }
        Some(numbers)
    }
}

#[cfg(test)]
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
    fn headers() {
        let parse = |text| Literal(text).header();
        assert_eq!(
            parse("{'descr': '<f8', 'fortran_order': False, 'shape': (29800, 2), }   \n"),
            Some(Header { descr: "<f8".to_owned(), fortran_order: false, shape: vec![29800, 2] })
        );
        assert_eq!(
            parse("{\"shape\":(3,),\"fortran_order\":True,\"descr\":\">f4\"}"),
            Some(Header { descr: ">f4".to_owned(), fortran_order: true, shape: vec![3] })
        );
        for broken in [
            "",
            "{",
            "{}",
            "{'descr'",
            "{'descr': }",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (3}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-3,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
            "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (3,)}",
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
