//! Headers of numpy's npy arrays.
//!
//! They are parsed here instead of by a general reader of Python's literals because a header must
//! not exhaust the stack.

use std::io::Read;

/// Longest array header read, in bytes. Numpy's own are 118 or 246.
const MAX_HEADER: usize = 16 * 1024;

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

    /// The bytes of a file up to its values: a multiple of 64, as in numpy.
    ///
    /// # Panics
    /// If the shape has thousands of axes.
    #[allow(clippy::expect_used)]
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let Self { descr, fortran_order, shape } = self;
        let order = if *fortran_order { "True" } else { "False" };
        let shape = match shape[..] {
            // A tuple of one number needs its comma.
            [length] => format!("({length},)"),
            _ => format!("{shape:?}").replace('[', "(").replace(']', ")"),
        };
        let text = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}}}");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        let before = bytes.len() + size_of::<u16>();
        // Room for a space and the line's end.
        let len = (before + text.len() + 2).next_multiple_of(64) - before;
        bytes.extend(u16::try_from(len).expect("few axes").to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes.resize(before + len - 1, b' ');
        bytes.push(b'\n');
        bytes
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
        version => return Err(format!("npy format version {version} is unknown")),
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

/// The rest of a Python literal. It supports only what numpy writes for plain arrays: `{'descr':
/// '<f8', 'fortran_order': False, 'shape': (29800, 2), }`.
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
        for shape in [vec![], vec![3], vec![0, 1, u64::MAX]] {
            for (descr, fortran_order) in [("<f4", false), ("<u8", true)] {
                let header =
                    Header { descr: descr.to_owned(), fortran_order, shape: shape.clone() };
                let bytes = header.to_bytes();
                assert_eq!(Header::read(&mut &bytes[..]), Ok(header));
                assert_eq!(bytes.len() % 64, 0);
            }
        }
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
