//! Repairs safetensors files, because a mutated header no longer has the length at the start of
//! the file or the values that it describes.

use safetensors::SafeTensors;
use safetensors::tensor::{Metadata, TensorView};
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Bytes of the header's length.
const LENGTH: usize = 8;
/// Most bytes of values that are added.
const MOST_VALUES: usize = 1 << 16;

/// A file with the header of a damaged one, and as many bytes of values as the header describes.
/// None if no header can be read.
pub(crate) fn mended(damaged: &[u8]) -> Option<Vec<u8>> {
    let text = damaged.get(LENGTH..)?;
    let mut values = serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    let (header, values) = text.split_at(values.byte_offset());
    // Headers are padded with spaces, so that values are aligned.
    let padding = values.iter().take_while(|byte| **byte == b' ').count();
    let metadata: Metadata = serde_json::from_slice(header).ok()?;
    let mut data = values[padding..].to_vec();
    if metadata.data_len() > MOST_VALUES {
        return None;
    }
    data.resize(metadata.data_len(), 0);
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    Some(bytes)
}

/// A checkpoint with the correct checksum of its contents, as described in `docs/formats.md`.
pub(crate) fn with_checksum(checkpoint: &[u8]) -> Option<Vec<u8>> {
    let (_, header) = SafeTensors::read_metadata(checkpoint).ok()?;
    let mut metadata: HashMap<String, String> = header.metadata().clone()?;
    metadata.remove("sha256");
    let file = SafeTensors::deserialize(checkpoint).ok()?;
    let mut tensors: Vec<(&str, TensorView<'_>)> = file.iter().collect();
    tensors.sort_by_key(|(name, _)| *name);
    let mut hash = Sha256::new();
    let mut entries: Vec<_> = metadata.iter().collect();
    entries.sort();
    for (key, value) in entries {
        hash.update(format!("{key}\0{value}\0"));
    }
    for (name, tensor) in &tensors {
        hash.update(format!("{name}\0{}\0", tensor.dtype()));
        hash.update((tensor.shape().len() as u64).to_le_bytes());
        tensor.shape().iter().for_each(|length| hash.update((*length as u64).to_le_bytes()));
        hash.update(tensor.data());
    }
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    metadata.insert("sha256".to_owned(), digits);
    safetensors::serialize(tensors, Some(metadata)).ok()
}
