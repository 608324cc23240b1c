//! Repairs archives, because a mutated npz file fails its checksums long before its arrays are
//! read.

use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Signature at the start of a member.
const LOCAL: &[u8] = b"PK\x03\x04";
/// Signature at the start of the directory after the members.
const CENTRAL: &[u8] = b"PK\x01\x02";
/// Bytes of a member's header before its name.
const HEADER: usize = 30;
/// Most members of a repaired archive.
const MOST: usize = 16;

/// An intact archive whose members have the names and stored bytes of those in a damaged one. A
/// member is deflated if the damaged header says so. None if there are no members.
pub(crate) fn mended(damaged: &[u8]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let mut members = 0;
    let mut rest = damaged;
    while let (Some(at), true) = (find(rest, LOCAL), members < MOST) {
        rest = &rest[at + LOCAL.len()..];
        let header = rest.get(..HEADER - LOCAL.len())?;
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let (method, name, extra) = (length(4), length(22), length(24));
        let body = rest.get(header.len()..)?;
        let name = String::from_utf8_lossy(body.get(..name)?);
        let body = body.get(name.len() + extra..).unwrap_or_default();
        let ends = [LOCAL, CENTRAL].into_iter().filter_map(|mark| find(body, mark));
        let (body, next) = body.split_at(ends.min().unwrap_or(body.len()));
        let method =
            if method == 8 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method);
        // The writer rejects a name that appears twice; the damaged file itself is also read.
        writer.start_file(name, options).ok()?;
        writer.write_all(body).ok()?;
        members += 1;
        rest = next;
    }
    if members == 0 { None } else { Some(writer.finish().ok()?.into_inner()) }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}

/// An npz file of these npy files.
pub(crate) fn npz(arrays: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        writer.start_file(format!("{name}.npy"), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An npy file of double-precision numbers.
pub(crate) fn npy(shape: &str, values: &[f64]) -> Vec<u8> {
    let header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn a_changed_member_is_behind_a_right_checksum_again() {
        let mut bytes = npz(&[("a", npy("(1,)", &[1.0])), ("b", npy("(2,)", &[2.0, 3.0]))]);
        let at = find(&bytes, b"descr").unwrap();
        bytes[at] = b'x';
        // The data are longer than the header says.
        bytes.splice(at..at, *b"more");
        let mut archive = zip::ZipArchive::new(Cursor::new(mended(&bytes).unwrap())).unwrap();
        assert_eq!(archive.len(), 2);
        let mut member = Vec::new();
        archive.by_name("a.npy").unwrap().read_to_end(&mut member).unwrap();
        assert!(find(&member, b"morexescr").is_some());
        assert!(mended(b"PK").is_none());
    }
}
