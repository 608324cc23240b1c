//! Fuzz targets for everything that the program reads, as plain functions. libFuzzer calls them
//! through `fuzz_targets/`, and the test `smoke` calls them with the committed corpora.
//! CONTRIBUTING.md says how to run them.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a finding")]

mod allocator;
mod archive;
mod arrays;
mod bounds;
mod experiments;
#[cfg(feature = "cli")]
mod manifests;
mod recordings;
mod records;
mod scratch;
mod tensors;
mod viewing;

/// Reads one input in every way in which its kind of file is read; returns whether it was
/// accepted.
///
/// # Panics
/// If the reader panics, takes longer than a second, holds more memory than stated, prints
/// control characters, or does not read back what it wrote.
pub type Target = fn(&[u8]) -> bool;

/// Every target with its name, which is also that of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("cells", arrays::cells),
    ("checkpoint", records::checkpoint),
    ("experiment", experiments::experiment),
    #[cfg(feature = "cli")]
    ("manifest", manifests::manifest),
    ("metrics", records::metrics),
    ("overrides", experiments::overrides),
    ("phase", records::phase),
    ("recording_csv", recordings::csv),
    ("recording_npz", recordings::npz),
    ("record", records::record),
    ("sweep", experiments::sweep),
    ("view", viewing::view),
    ("weights_npz", arrays::weights_npz),
    ("weights_safetensors", arrays::weights_safetensors),
];

/// The target with a name.
///
/// # Panics
/// If there is none.
pub fn target(name: &str) -> Target {
    let found = TARGETS.iter().find(|(other, _)| *other == name);
    found.unwrap_or_else(|| panic!("no target `{name}`")).1
}

/// Call this once in a program that runs a single target. Work for other threads then remains on
/// this thread, where its memory is counted.
pub fn begin() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    pool.build_global().unwrap();
}
