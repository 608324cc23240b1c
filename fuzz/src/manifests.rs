//! Lists of runs: `sweep.json` and `slurm/NNNN.json`.

use crate::bounds::{Lines, bounded};
use crate::scratch;
use quiescent_cli::fuzzing::{read_manifest, write_manifest};

/// Most memory for a manifest of a few kilobytes and the experiments of its runs.
const MOST_MEMORY: usize = 16 << 20;
/// Most runs whose experiments are built.
const MOST_RUNS: usize = 32;

/// A manifest. A manifest written from its runs holds the same runs.
pub(crate) fn manifest(bytes: &[u8]) -> bool {
    let path = scratch::file("sweep.json", bytes);
    let read = bounded(MOST_MEMORY, Lines::One, || read_manifest(&path, MOST_RUNS));
    let Some(Some(plan)) = read else { return false };
    let written = scratch::folder().join("written.json");
    write_manifest(&plan, &written).unwrap();
    let again = read_manifest(&written, MOST_RUNS).unwrap().unwrap();
    assert_eq!(again.runs(), plan.runs());
    true
}
