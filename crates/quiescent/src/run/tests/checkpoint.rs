//! Checkpoints: round trips, damage, other networks' files and hostile headers.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use proptest::prelude::*;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use super::{checkpoint, layout, message};
use crate::network::{Layout, Parameters};
use crate::run::{Checkpoint, RunError, parameters_sha256};

fn parse(bytes: &[u8]) -> Result<Checkpoint, RunError> {
    Checkpoint::from_bytes(bytes, Path::new("c.safetensors"), &layout())
}

#[test]
fn reads_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.safetensors");
    let mut written = checkpoint(500);
    // Values that only survive bit for bit.
    written.training_s = 1.0 / 3.0;
    written.batch = u64::MAX;
    written.parameters["w_rec.weight"][0] = f32::MIN_POSITIVE / 2.0;
    written.parameters["w_rec.weight"][1] = -0.0;
    written.write(&path).unwrap();
    let read = Checkpoint::read(&path, &layout()).unwrap();
    assert_eq!(read, written);
    assert_eq!(read.parameters["w_rec.weight"][1].to_bits(), (-0.0_f32).to_bits());
}

#[test]
fn cells_in_any_memory_order_and_no_cells() {
    for cells in [
        Array2::from_shape_fn((2, 3), |(i, j)| (i * 3 + j) as f32).reversed_axes(),
        Array2::zeros((0, 2)),
    ] {
        let mut written = checkpoint(1);
        written.cells = cells;
        assert_eq!(parse(&written.to_bytes().unwrap()).unwrap(), written);
    }
}

#[test]
fn other_readers_find_state_dict_names() {
    let bytes = checkpoint(7).to_bytes().unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "adam.m.w_out.weight",
            "adam.m.w_rec.weight",
            "adam.v.w_out.weight",
            "adam.v.w_rec.weight",
            "cells.preferred",
            "w_out.weight",
            "w_rec.weight",
        ]
    );
    assert_eq!(file.tensor("w_out.weight").unwrap().shape(), [3, 2]);
}

#[test]
fn every_changed_byte_is_detected_or_harmless() {
    let original = checkpoint(12);
    let mut bytes = original.to_bytes().unwrap();
    let (mut detected, mut harmless) = (0, 0);
    for place in 0..bytes.len() {
        let right = bytes[place];
        for flip in 1..=255 {
            bytes[place] = right ^ flip;
            match parse(&bytes) {
                Err(_) => detected += 1,
                Ok(read) => {
                    assert_eq!(read, original, "byte {place}: {right} to {}", right ^ flip);
                    harmless += 1;
                }
            }
        }
        bytes[place] = right;
    }
    // Only the header's padding and the like can change without harm.
    assert!(detected > 100 * harmless, "{detected} and {harmless}");
}

#[test]
fn every_truncation_and_every_addition_is_detected() {
    let bytes = checkpoint(12).to_bytes().unwrap();
    for length in 0..bytes.len() {
        assert!(parse(&bytes[..length]).is_err(), "{length} bytes");
    }
    let mut longer = bytes;
    longer.push(0);
    assert!(parse(&longer).is_err());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(parse(&bytes).is_err());
    }

    #[test]
    fn arbitrary_headers_never_panic(header in "[\\[\\]{}\":,0-9a-zF_]{0,200}", data in any::<[u8; 8]>()) {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        prop_assert!(parse(&bytes).is_err());
    }

    #[test]
    fn any_values_survive(values in proptest::collection::vec(any::<f32>(), 10), seconds in any::<f64>()) {
        let mut written = checkpoint(1);
        written.training_s = seconds;
        written.parameters["w_rec.weight"].copy_from_slice(&values[..4]);
        written.adam_v["w_out.weight"].copy_from_slice(&values[4..]);
        let read = parse(&written.to_bytes().unwrap()).unwrap();
        let bits = |set: &Parameters| set.flat().iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&read.parameters), bits(&written.parameters));
        prop_assert_eq!(bits(&read.adam_v), bits(&written.adam_v));
        prop_assert_eq!(read.training_s.to_bits(), seconds.to_bits());
    }
}

#[test]
fn another_network_is_told_from_damage() {
    let bytes = checkpoint(1).to_bytes().unwrap();
    let path = Path::new("c.safetensors");
    let read = |layout: Arc<Layout>| Checkpoint::from_bytes(&bytes, path, &layout).unwrap_err();

    let wider = Layout::new([("w_rec.weight", vec![4, 4]), ("w_out.weight", vec![3, 2])]);
    let text = message(&read(wider), path);
    assert!(text.contains("`w_rec.weight`: expected F32 [4, 4], got F32 [2, 2]"), "{text}");

    let biased = Layout::new([
        ("w_rec.weight", vec![2, 2]),
        ("w_out.weight", vec![3, 2]),
        ("w_out.bias", vec![3]),
    ]);
    let text = message(&read(biased), path);
    assert!(text.contains("`w_out.bias`: expected F32 [3], got no such tensor"), "{text}");

    let text = message(&read(Layout::new([("w_rec.weight", vec![2, 2])])), path);
    assert!(text.contains("w_out.weight`: expected no such tensor, got F32 [3, 2]"), "{text}");
}

/// A safetensors file with one tensor and the given metadata.
fn foreign(metadata: &[(&str, &str)]) -> Vec<u8> {
    let tensor = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
    let metadata: HashMap<_, _> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    safetensors::serialize([("weight", tensor)], Some(metadata)).unwrap()
}

#[test]
fn other_safetensors_files_and_versions_are_named() {
    let path = Path::new("c.safetensors");
    let text = message(&parse(&foreign(&[("format", "pt")])).unwrap_err(), path);
    assert!(text.contains("format is `pt`"), "{text}");
    let text = message(&parse(&foreign(&[])).unwrap_err(), path);
    assert!(text.contains("not a checkpoint of quiescent"), "{text}");
    let newer = foreign(&[("format", "quiescent-checkpoint"), ("format_version", "2")]);
    let error = parse(&newer).unwrap_err();
    assert!(matches!(error, RunError::Schema { found: 2, .. }));
    assert!(message(&error, path).contains("update this program"));
}

#[test]
fn hostile_headers_cost_no_memory() {
    // A header said to be of 99 MB, which the parser would accept.
    let mut bytes = 99_000_000_u64.to_le_bytes().to_vec();
    bytes.extend([b' '; 64]);
    let error = parse(&bytes).unwrap_err().to_string();
    assert!(error.contains("claims 99000000 bytes"), "{error}");

    // A sparse file of 1 TB must not be read.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.safetensors");
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    let error = Checkpoint::read(&path, &layout()).unwrap_err();
    assert!(message(&error, &path).contains("larger than"));

    // Neither must a folder.
    assert!(Checkpoint::read(folder.path(), &layout()).is_err());
}

#[test]
fn the_parameters_hash_is_the_documented_one() {
    // import hashlib, struct
    // h = hashlib.sha256()
    // for name, shape, values in [("a", [2], [1.0, -2.5]), ("b.weight", [1, 3], [0.0, 0.5, 3e-9])]:
    //     h.update(name.encode() + b"\0F32\0")
    //     h.update(struct.pack(f"<{1 + len(shape)}Q", len(shape), *shape))
    //     h.update(struct.pack(f"<{len(values)}f", *values))
    // print(h.hexdigest())
    const EXPECTED: &str = "176a90322c081ae9c51fd7ca12b8e9aed5518e6b1fdabe486d1546a7931940a9";
    let names = [("b.weight", vec![1, 3]), ("a", vec![2])];
    for order in [[0, 1], [1, 0]] {
        let layout = Layout::new(order.map(|index| names[index].clone()));
        let mut parameters = Parameters::zeros(&layout);
        parameters.named_mut("a").unwrap().copy_from_slice(&[1.0, -2.5]);
        parameters.named_mut("b.weight").unwrap().copy_from_slice(&[0.0, 0.5, 3e-9]);
        assert_eq!(parameters_sha256(&parameters), EXPECTED);
    }
}

/// Found by fuzzing: metadata went raw into messages.
#[test]
fn nothing_of_a_checkpoint_commands_a_terminal() {
    let escape = "\u{1b}[31m\n";
    for (key, value) in [("format", escape), ("format_version", escape), ("batch", escape)] {
        let known = ("format".to_owned(), "quiescent-checkpoint".to_owned());
        let mut metadata = HashMap::from([known]);
        metadata.insert(key.to_owned(), value.to_owned());
        let none: Vec<(String, TensorView<'_>)> = Vec::new();
        let bytes = safetensors::serialize(none, Some(metadata)).unwrap();
        let text = parse(&bytes).unwrap_err().to_string();
        assert!(!text.chars().any(char::is_control), "{text:?}");
    }
}
