//! The header of a safetensors file, read within bounds and without its values.

use safetensors::tensor::Metadata;
use std::io::Read;

/// Bytes of the length at the beginning of the file.
pub(super) const LENGTH_BYTES: u64 = 8;

/// A header and where the values begin.
pub(super) struct Header {
    pub(super) metadata: Metadata,
    pub(super) values_at: u64,
}

/// Whether a file that begins with these bytes can be a safetensors file.
pub(super) fn looks_like(start: &[u8]) -> bool {
    start.get(8) == Some(&b'{')
}

/// Reads the header of a file of `file_len` bytes, itself at most `limit` bytes long.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(super) fn read(reader: &mut impl Read, file_len: u64, limit: u64) -> Result<Header, String> {
    let mut length = [0; LENGTH_BYTES as usize];
    reader.read_exact(&mut length).map_err(|_| "it ends within its header".to_owned())?;
    let length = u64::from_le_bytes(length);
    if length > file_len.saturating_sub(LENGTH_BYTES) {
        return Err(format!(
            "its header claims {length} bytes, but the whole file has {file_len}: it was cut short"
        ));
    }
    if length > limit {
        return Err(format!(
            "its header claims {length} bytes, more than the {limit} that the arrays of this \
             experiment's network can need"
        ));
    }
    let mut bytes = Vec::new();
    reader.take(length).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    // Parsing also checks that types, shapes and places agree, and that no array overlaps another.
    let metadata: Metadata = serde_json::from_slice(&bytes)
        .map_err(|error| format!("its safetensors header is wrong: {error}"))?;
    let values_at = LENGTH_BYTES + length;
    let values = file_len - values_at;
    if metadata.data_len() as u64 != values {
        return Err(format!(
            "its header describes {} bytes of values, but {values} are there{}",
            metadata.data_len(),
            if metadata.data_len() as u64 > values { ": it was cut short" } else { "" }
        ));
    }
    Ok(Header { metadata, values_at })
}
