//! Imported files: every format and precision, files that do not fit, and harmful files.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use quiescent::exchange::{
    ExchangeError, ExportCells, Options, Orientation, Precision, Reason, StartState, Weights,
    export, read_cells, read_weights,
};
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use quiescent::run::parameters_sha256;
use quiescent::training::{constant_answer, evaluate};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

/// Counts the memory that the current thread holds, and its maximum.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // Neither has a destructor, so both can be used as long as the thread lives.
    HELD.with(|held| {
        held.set(held.get() + bytes);
        PEAK.with(|peak| peak.set(peak.get().max(held.get())));
    });
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps to the contract of this function, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most memory that `work` held in addition to that before.
fn peak_of<T>(work: impl FnOnce() -> T) -> (T, isize) {
    let before = HELD.get();
    PEAK.set(before);
    let result = work();
    (result, PEAK.get() - before)
}

/// Most memory for files of a few kilobytes: pieces of 64 kB that are read at a time, the archive's
/// decompressor, and the directory that a damaged archive may claim.
const MOST_MEMORY: isize = 16 << 20;

fn seed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/seeds").join(name)
}

/// The network of the seeds, with further overrides.
fn network(overrides: &[&str]) -> Network {
    let small = ["network.units=4", "task.cells.count=3"];
    let mut experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &small).unwrap();
    for change in overrides {
        experiment = experiment.with(change).unwrap();
    }
    Network::untrained(&experiment).unwrap()
}

fn read(name: &str) -> Result<Weights, ExchangeError> {
    read_weights(&seed(name), &network(&[]), &axes(Orientation::OutIn))
}

fn axes(orientation: Orientation) -> Options {
    Options { orientation, ..Options::default() }
}

/// Contents of the seeds.
fn expected() -> Vec<f32> {
    (0..48).map(|k| (k as f32 - 20.0) / 64.0).collect()
}

fn values(weights: &Weights) -> Vec<f32> {
    weights.parameters.iter().flat_map(|(_, values)| values.to_vec()).collect()
}

#[test]
fn every_format_and_precision_gives_the_same_numbers() {
    for (name, precision, with_cells) in [
        ("single.safetensors", Precision::Single, false),
        ("double.safetensors", Precision::Double, false),
        ("half.safetensors", Precision::Half, false),
        ("bfloat16.safetensors", Precision::Brain, false),
        ("cells.safetensors", Precision::Single, true),
        ("single.npz", Precision::Single, false),
        ("cells.npz", Precision::Single, true),
        ("half_compressed.npz", Precision::Half, false),
        ("bfloat16.npz", Precision::Brain, false),
        ("big_endian.npz", Precision::Double, false),
    ] {
        let weights = read(name).unwrap();
        assert_eq!(values(&weights), expected(), "{name}");
        assert_eq!(weights.precisions.iter().collect::<Vec<_>>(), [&precision], "{name}");
        assert_eq!(weights.cells.is_some(), with_cells, "{name}");
        assert!(weights.prefixes.is_empty());
    }
    let turned =
        read_weights(&seed("in_out.npz"), &network(&[]), &axes(Orientation::InOut)).unwrap();
    assert_eq!(values(&turned), expected());
}

#[test]
fn cells_of_every_format_are_the_same() {
    let wanted = [0.25, -0.5, -0.75, 0.125, 1.0, 1.0];
    for name in ["cells.npy", "cells_column_major.npy", "cells.npz", "cells.safetensors"] {
        let cells = read_cells(&seed(name), &network(&[])).unwrap();
        assert_eq!(cells.dim(), (3, 2));
        assert_eq!(cells.iter().copied().collect::<Vec<_>>(), wanted, "{name}");
    }
    let error = read_cells(&seed("single.npz"), &network(&[])).unwrap_err().to_string();
    assert!(error.contains("cells.preferred"), "{error}");
}

#[test]
fn a_network_with_other_cells_uses_them_everywhere() {
    let cells = [0.25, -0.5, -0.75, 0.125, 1.0, 1.0];
    let own = network(&[]);
    let other = own.clone().with_cells(&cells).unwrap();
    assert_eq!(other.task().preferred(), cells);
    assert_eq!(other.before_training().task().preferred(), cells);
    assert_eq!(
        parameters_sha256(other.before_training().parameters()),
        parameters_sha256(own.parameters())
    );
    // At the centre of a cell it is the most active, and it is decoded as itself.
    let mut activity = [0.0; 3];
    other.task().targets(&[-0.75, 0.125], &mut activity);
    assert!(activity[1] > activity[0] && activity[1] > activity[2], "{activity:?}");
    let one = network(&["task.decoder.top=1"]).with_cells(&cells).unwrap();
    let mut decoded = [0.0; 2];
    one.task().decode(&activity, &mut decoded);
    assert_eq!(decoded, [-0.75, 0.125]);
    for wrong in [&cells[..4], &[0.0, 0.0, 0.0, 0.0, 1.2, 0.0], &[f32::NAN; 6], &[]] {
        assert!(own.task().with_preferred(wrong).is_err(), "{wrong:?}");
    }
    // For position itself there are no cells.
    let plain = network(&["task.cells.tuning=position"]);
    assert!(plain.task().with_preferred(&[]).is_ok());
    assert!(plain.task().with_preferred(&cells).is_err());

    let experiment =
        Experiment::resolve("demo/head_direction/noisy_unbiased", &["task.cells.count=3"]);
    let heading = Network::untrained(&experiment.unwrap()).unwrap();
    let pi = std::f32::consts::PI;
    let doubled = heading.clone().with_cells(&[-pi, 0.0, pi]).unwrap();
    let mut activity = [0.0; 3];
    doubled.task().targets(&[3.0], &mut activity);
    assert!((activity[0] - activity[2]).abs() < 1e-6 && activity[0] > activity[1], "{activity:?}");
    for degrees in [&[-180.0, 0.0, 180.0][..], &[0.0, 1.0], &[0.0, 1.0, f32::INFINITY]] {
        assert!(heading.task().with_preferred(degrees).is_err(), "{degrees:?}");
    }
}

#[test]
fn what_is_exported_comes_back_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    for overrides in
        [&["network.biases=true"][..], &["network.kind=gru"], &["task.cells.tuning=position"]]
    {
        for cells in [ExportCells::Metadata, ExportCells::Tensor] {
            let network = network(overrides);
            let file = dir.path().join("network.safetensors");
            export(&network, &file, cells, true).unwrap();
            let back = read_weights(&file, &network, &axes(Orientation::OutIn)).unwrap();
            assert_eq!(&back.parameters, network.parameters());
            let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            let cells: Vec<f32> = back.cells.unwrap().iter().copied().collect();
            assert_eq!(bits(&cells), bits(network.task().preferred()));
            let error = export(&network, &file, ExportCells::Metadata, false).unwrap_err();
            assert!(matches!(error.reason, Reason::Exists) && *error.path == *file, "{error}");
        }
    }
}

/// A safetensors file of the given header and as many bytes of values as it needs.
fn safetensors(header: &str, values: &[u8]) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.bytes());
    bytes.extend(values);
    bytes
}

/// An npy file of the given header.
fn npy(header: &str, values: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.bytes());
    bytes.extend(values);
    bytes
}

/// The message of an error, which must need little memory.
fn refusal(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hostile");
    fs::write(&file, bytes).unwrap();
    let (network, messages) = (network(&[]), Cell::new(0));
    let tell = |error: ExchangeError| {
        messages.set(messages.get() + 1);
        checked_message(&error)
    };
    let (result, peak) = peak_of(|| read_weights(&file, &network, &axes(Orientation::OutIn)));
    assert!(peak < MOST_MEMORY, "{peak} bytes for {}", bytes.len());
    let (cells, peak) = peak_of(|| read_cells(&file, &network));
    assert!(peak < MOST_MEMORY, "{peak} bytes for {}", bytes.len());
    assert!(cells.map_err(tell).is_err());
    tell(result.unwrap_err())
}

/// A message that names the file, is not too long, and cannot command a terminal.
fn checked_message(error: &ExchangeError) -> String {
    let text = error.to_string();
    assert!(text.contains("hostile"), "{text}");
    assert!(text.chars().count() < 3000, "{} characters", text.chars().count());
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    text
}

#[test]
fn memory_is_counted() {
    let (kept, peak) = peak_of(|| {
        drop(vec![0_u8; 3 << 20]);
        vec![0_u8; 1 << 20]
    });
    assert_eq!(kept.len(), 1 << 20);
    assert_eq!(peak, 3 << 20);
}

#[test]
fn files_made_to_do_harm_are_refused_with_a_reason() {
    let tensor = |shape: &str, end: &str| {
        format!(
            "{{\"w_rec.weight\":{{\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,{end}]}}}}"
        )
    };
    let huge = 1_u64 << 40;
    let mut claimed = (u64::MAX - 8).to_le_bytes().to_vec();
    claimed.extend(b"{}");
    let mut long = (90_u64 << 20).to_le_bytes().to_vec();
    long.extend(b"{}");
    let deep = format!("{{\"a\":{}", "[".repeat(200_000));
    let dictionary =
        |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({shape}), }}\n");
    let escape =
        "{\"\\u001b[31mred\\u0007\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    let mut long_npy = b"\x93NUMPY\x02\x00".to_vec();
    long_npy.extend(u32::MAX.to_le_bytes());
    for (bytes, said) in [
        (Vec::new(), "it is empty"),
        (b"\x80\x02}q\x00.".to_vec(), "pickle"),
        (b"ccollections\nOrderedDict\n".to_vec(), "pickle"),
        (b"\x89HDF\r\n\x1a\n".to_vec(), "neither a safetensors nor an npz"),
        (claimed, "cut short"),
        (long, "cut short"),
        (safetensors(&tensor(&format!("[{huge}]"), &(4 * huge).to_string()), b""), "cut short"),
        (safetensors(&tensor(&format!("[{huge},{huge},{huge}]"), "64"), &[0; 64]), "overflow"),
        (safetensors(&tensor("[4,4]", "60"), &[0; 60]), "safetensors header is wrong"),
        (safetensors(&tensor("[4,4]", "64"), &[0; 63]), "cut short"),
        (safetensors(&tensor("[4,4]", "64"), &[0; 65]), "65 are there"),
        (safetensors(&tensor("[-4,4]", "64"), &[0; 64]), "safetensors header is wrong"),
        (safetensors(&deep, b""), "safetensors header is wrong"),
        (safetensors("{\"a\":1}", b""), "safetensors header is wrong"),
        (safetensors(escape, b""), "\\u{1b}[31mred"),
        (safetensors(&tensor("[4,4]", "64"), &[0; 64]), "it lacks `encoder.weight`"),
        (npy(&dictionary(&huge.to_string()), b""), "`array`"),
        (npy(&dictionary("99999999999999999999,"), b""), "dictionary"),
        (npy("{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }", b""), "`array`"),
        (long_npy, "16384"),
        (b"PK\x03\x04".to_vec(), "not a complete npz"),
        (b"PK\x05\x06".to_vec(), "not a complete npz"),
    ] {
        let text = refusal(&bytes);
        assert!(text.contains(said), "expected `{said}`: {text}");
    }
    for pickle in ["pickle.pt", "pickle_in_zip.pt"] {
        let text = refusal(&fs::read(seed(pickle)).unwrap());
        assert!(text.contains("pickle") && text.contains("save_file("), "{text}");
    }
    // A pipe would wait for its writer forever; a folder is not a file.
    let error = read_weights(&seed(""), &network(&[]), &axes(Orientation::OutIn)).unwrap_err();
    assert!(error.to_string().contains("regular file"), "{error}");
}

/// A seed's npz with one member replaced by a npy file of any content, stored or deflated.
fn npz_with(name: &str, content: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut archive = zip::ZipArchive::new(fs::File::open(seed("single.npz")).unwrap()).unwrap();
    for index in 0..archive.len() {
        let member = archive.by_index(index).unwrap();
        if member.name() != name {
            writer.raw_copy_file(member).unwrap();
        }
    }
    writer.start_file(name, options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

#[test]
fn members_of_an_archive_cannot_do_harm_either() {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 4), }";
    let deflated = zip::CompressionMethod::Deflated;
    let huge = header.replace("(4, 4)", "(1099511627776, 4)");
    for (content, said) in [
        (npy(&huge, b""), "expected [4, 4], got [1099511627776, 4]"),
        (npy(header, &[0; 60]), "64 bytes"),
        (npy(header, &[0; 68]), "more than the 64 bytes"),
        // A bomb: 64 MB of zeros behind a header of 16 numbers.
        (npy(header, &vec![0; 64 << 20]), "more than the 64 bytes"),
        (npy(&header.replace("<f4", "<i8"), &[0; 128]), "`w_rec.weight` is of type <i8"),
        (npy(header, &f32::NAN.to_le_bytes().repeat(16)), "holds NaN at [0, 0]"),
        (npy(&header.replace("<f4", "<f8"), &1e300_f64.to_le_bytes().repeat(16)), "1000"),
    ] {
        let text = refusal(&npz_with("w_rec.weight.npy", &content, deflated));
        assert!(text.contains(said), "expected `{said}`: {text}");
    }
    // A member that is not an array is named.
    let text = refusal(&npz_with("readme.txt", b"hello", deflated));
    assert!(text.contains("`readme.txt`"), "{text}");
}

#[test]
fn names_and_shapes_that_do_not_fit_are_said() {
    let say = |name: &str, overrides: &[&str], orientation| {
        read_weights(&seed(name), &network(overrides), &axes(orientation)).unwrap_err().to_string()
    };
    for (overrides, orientation, said) in [
        (&["network.units=5"][..], Orientation::OutIn, "expected [5, 3], got [4, 3]"),
        (&["network.units=5"], Orientation::OutIn, "set network.units=4"),
        (&["task.cells.count=4"], Orientation::OutIn, "set task.cells.count=3"),
        (&[], Orientation::InOut, "other order of axes, out_in"),
        (&["network.biases=true"], Orientation::OutIn, "set network.biases=false"),
        (&["network.kind=gru"], Orientation::OutIn, "set network.kind=rnn network.biases=false"),
    ] {
        let text = say("single.npz", overrides, orientation);
        assert!(text.contains(said) && text.contains("single.npz"), "{text}");
    }
    assert!(say("in_out.npz", &[], Orientation::OutIn).contains("other order of axes, in_out"));
    let other = ["network.units=4", "task.cells.count=3"];
    let heading = Experiment::resolve("demo/head_direction/noisy_unbiased", &other).unwrap();
    let heading = Network::untrained(&heading).unwrap();
    let error = read_weights(&seed("single.npz"), &heading, &axes(Orientation::OutIn)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("expected [4, 1], got [4, 2]; its input is two numbers"), "{text}");
    // With one wrong name, the message names both sides and the expected arrays.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("renamed.safetensors");
    let bytes = fs::read(seed("single.safetensors")).unwrap();
    let at = bytes.windows(12).position(|w| w == b"w_rec.weight").unwrap();
    let mut renamed = bytes.clone();
    renamed[at..at + 5].copy_from_slice(b"w_hid");
    fs::write(&file, renamed).unwrap();
    let text =
        read_weights(&file, &network(&[]), &axes(Orientation::OutIn)).unwrap_err().to_string();
    for part in ["it lacks `w_rec.weight`", "it holds `w_hid.weight`", "rename"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_checkpoint_is_recognised_and_optimisers_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("weights.safetensors");
    let bytes = fs::read(seed("cells.safetensors")).unwrap();
    let at = bytes.windows(15).position(|w| w == b"cells.preferred").unwrap();
    for (name, said) in [
        (b"adam.m.w_in.wei", "a run's checkpoint"),
        (b"state.momentums", "save only the arrays of the experiment's network: `encoder.weight`"),
    ] {
        let mut renamed = bytes.clone();
        renamed[at..at + 15].copy_from_slice(name);
        fs::write(&file, renamed).unwrap();
        let text =
            read_weights(&file, &network(&[]), &axes(Orientation::OutIn)).unwrap_err().to_string();
        assert!(text.contains(said) && !text.contains("lacks"), "{text}");
    }
}

#[test]
fn chance_is_the_error_of_the_best_constant_answer() {
    let settings = ["training.test_trials=400", "network.units=4", "task.cells.count=3"];
    let chance = |name: &str| {
        let experiment = Experiment::resolve(name, &settings).unwrap();
        constant_answer(&Network::untrained(&experiment).unwrap()).decode_error
    };
    // Uniform in a square of side L: the mean distance from its middle is 0.3826 L. Walls keep the
    // animal off themselves a little.
    let spatial = chance("demo/spatial/noisy_unbiased");
    assert!((spatial - 0.3826 * 2.2).abs() < 0.06, "{spatial}");
    // Animals drawn to the centre are near it.
    assert!(chance("demo/spatial/noisy_biased") < 0.6 * spatial);
    // Uniform on the circle: π/2, minus the gain of the best constant answer from 400 trials.
    let heading = chance("demo/head_direction/noisy_unbiased");
    assert!((1.4..1.58).contains(&heading), "{heading}");
    // An untrained network is not better than this.
    let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &settings).unwrap();
    let untrained = evaluate(&Network::untrained(&experiment).unwrap());
    assert!(untrained.decode_error > 0.9 * spatial, "{untrained:?}");
}

/// The files that are mutated.
const SEEDS: [&str; 18] = [
    "bfloat16.npz",
    "nn_rnn.safetensors",
    "nn_gru.safetensors",
    "start.safetensors",
    "single.safetensors",
    "double.safetensors",
    "half.safetensors",
    "bfloat16.safetensors",
    "cells.safetensors",
    "single.npz",
    "cells.npz",
    "half_compressed.npz",
    "big_endian.npz",
    "in_out.npz",
    "cells.npy",
    "cells_column_major.npy",
    "pickle_in_zip.pt",
    "pickle.pt",
];

#[derive(Debug, Clone)]
enum Mutation {
    Set(prop::sample::Index, u8),
    /// Eight bytes become a length.
    Length(prop::sample::Index, u64),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    /// A digit of a header's text becomes several.
    Digits(prop::sample::Index, u64),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    let length = prop_oneof![
        any::<u64>(),
        (0_u32..64).prop_map(|shift| 1 << shift),
        (0_u32..64).prop_map(|shift| (1 << shift) - 1_u64),
    ];
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at(), length.clone()).prop_map(|(at, length)| Mutation::Length(at, length)),
        at().prop_map(Mutation::Cut),
        (at(), 1_usize..40).prop_map(|(at, count)| Mutation::Drop(at, count)),
        (at(), 1_usize..40).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        (at(), length).prop_map(|(at, number)| Mutation::Digits(at, number)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    match mutation {
        Mutation::Set(at, byte) => {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        Mutation::Length(at, length) => {
            let at = at.index(bytes.len());
            let count = (bytes.len() - at).min(8);
            bytes[at..at + count].copy_from_slice(&length.to_le_bytes()[..count]);
        }
        Mutation::Cut(at) => bytes.truncate(at.index(bytes.len())),
        Mutation::Drop(at, count) => {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + count).min(bytes.len()));
        }
        Mutation::Repeat(at, count) => {
            let at = at.index(bytes.len());
            let piece = bytes[at..(at + count).min(bytes.len())].to_vec();
            bytes.splice(at..at, piece);
        }
        Mutation::Digits(at, number) => {
            let digits: Vec<usize> =
                (0..bytes.len()).filter(|&i| bytes[i].is_ascii_digit()).collect();
            if !digits.is_empty() {
                let at = *at.get(&digits);
                bytes.splice(at..=at, number.to_string().into_bytes());
            }
        }
    }
}

/// Reads bytes of any origin in both ways; expects a value or an error, and little memory.
fn survives(bytes: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("hostile");
    fs::write(&file, bytes).unwrap();
    let gru = network(&["network.kind=gru"]);
    let start = StartState::Array("h0".to_owned());
    for options in [Options::default(), Options { start, ..Options::default() }] {
        let (result, peak) = peak_of(|| read_weights(&file, &gru, &options));
        assert!(peak < MOST_MEMORY, "{peak} bytes");
        if let Err(error) = result {
            checked_message(&error);
        }
    }
    let network = network(&[]);
    for orientation in [Orientation::OutIn, Orientation::InOut] {
        let (result, peak) = peak_of(|| read_weights(&file, &network, &axes(orientation)));
        assert!(peak < MOST_MEMORY, "{peak} bytes");
        match result {
            Ok(weights) => assert!(values(&weights).iter().all(|value| value.is_finite())),
            Err(error) => drop(checked_message(&error)),
        }
    }
    let (result, peak) = peak_of(|| read_cells(&file, &network));
    assert!(peak < MOST_MEMORY, "{peak} bytes");
    match result {
        Ok(cells) => {
            assert!(network.task().with_preferred(&cells.into_raw_vec_and_offset().0).is_ok())
        }
        Err(error) => drop(checked_message(&error)),
    }
}

proptest! {
    // Set PROPTEST_CASES for more.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2000),
        ..ProptestConfig::default()
    })]

    #[test]
    fn mutated_files_are_survived(
        name in prop::sample::select(&SEEDS[..]),
        mutations in prop::collection::vec(mutation(), 1..5),
    ) {
        let mut bytes = fs::read(seed(name)).unwrap();
        for mutation in &mutations {
            mutate(&mut bytes, mutation);
        }
        survives(&bytes);
    }

    #[test]
    fn random_headers_are_survived(
        start in prop::sample::select(vec![
            &b"PK\x03\x04"[..], b"PK\x05\x06", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"\x80\x02", b"",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        survives(&[start, &rest].concat());
    }

    #[test]
    fn random_json_headers_are_survived(
        names in prop::collection::vec(
            prop::sample::select(vec![
                "encoder.weight", "w_in.weight", "w_rec.weight", "w_out.weight", "cells.preferred",
                "__metadata__", "module.w_rec.weight", "\\u0000", "", "rnn.weight_ih_l0",
                "rnn.weight_hh_l0", "bias_ih_l1_reverse", "h0", "fc.weight", "fc.bias",
            ]),
            0..6,
        ),
        shapes in prop::collection::vec(
            prop::collection::vec(prop_oneof![0_u64..6, any::<u64>()], 0..4), 6,
        ),
        ends in prop::collection::vec(prop_oneof![0_u64..200, any::<u64>()], 7),
        values in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let entries: Vec<String> = names
            .iter()
            .zip(&shapes)
            .enumerate()
            .map(|(i, (name, shape))| format!(
                "\"{name}\":{{\"dtype\":\"F32\",\"shape\":{shape:?},\"data_offsets\":[{},{}]}}",
                ends[i], ends[i + 1]
            ))
            .collect();
        survives(&safetensors(&format!("{{{}}}", entries.join(",")), &values));
    }
}
