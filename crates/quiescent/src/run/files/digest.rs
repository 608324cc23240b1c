//! SHA-256 over named tensors, simple enough to be recomputed anywhere.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::network::Parameters;

/// SHA-256 of a network's parameters, as 64 lower-case hexadecimal digits.
///
/// For every tensor, in the byte order of the names, this hashes: the name, a zero byte, `F32`, a zero
/// byte, the number of axes and every axis' length as little-endian `u64`, and the values
/// row-major as little-endian `f32`. `docs/formats.md` has the same in Python.
pub fn parameters_sha256(parameters: &Parameters) -> String {
    let mut tensors: Vec<_> = parameters.iter().collect();
    tensors.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
    let mut hash = Sha256::new();
    for (tensor, values) in tensors {
        hash_tensor(&mut hash, &tensor.name, "F32", &tensor.shape, &to_le_bytes(values));
    }
    hex(hash)
}

/// SHA-256 of a file's bytes, as 64 lower-case hexadecimal digits.
///
/// # Errors
/// If the file cannot be read.
pub fn file_sha256(path: &Path) -> io::Result<String> {
    reader_sha256(File::open(path)?)
}

/// SHA-256 of all bytes of a reader, as 64 lower-case hexadecimal digits.
///
/// # Errors
/// The reader's.
pub fn reader_sha256(mut reader: impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(hex(hash)),
            read => hash.update(&piece[..read]),
        }
    }
}

/// Adds one tensor to a hash; see [`parameters_sha256`] for the bytes.
pub(crate) fn hash_tensor(
    hash: &mut Sha256,
    name: &str,
    dtype: &str,
    shape: &[usize],
    bytes: &[u8],
) {
    hash.update(name);
    hash.update([0]);
    hash.update(dtype);
    hash.update([0]);
    hash.update((shape.len() as u64).to_le_bytes());
    for &length in shape {
        hash.update((length as u64).to_le_bytes());
    }
    hash.update(bytes);
}

/// Values as little-endian bytes.
pub(crate) fn to_le_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Finishes a hash in lower-case hexadecimal.
pub(crate) fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
