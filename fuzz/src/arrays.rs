//! Weights and target cells from other programs.

use crate::bounds::{Lines, bounded};
use crate::{archive, scratch, tensors};
use quiescent::exchange::{
    ExchangeError, ExportCells, Options, Orientation, Weights, export, read_cells, read_weights,
};
use quiescent::experiment::Experiment;
use quiescent::network::Network;
use std::cell::OnceCell;

/// Most memory for files of a few kilobytes: pieces of 64 kB that are read at a time, the archive's
/// decompressor, and the directory that a damaged archive may claim.
const MOST_MEMORY: usize = 16 << 20;

thread_local! {
    static NETWORKS: OnceCell<[Network; 2]> = const { OnceCell::new() };
}

/// Runs `work` with networks of four units and three cells, one of each task.
fn with_networks<T>(work: impl FnOnce(&[Network; 2]) -> T) -> T {
    let small = |name| {
        let overrides = ["network.units=4", "task.cells.count=3", "network.kind=rnn"];
        Network::untrained(&Experiment::resolve(name, &overrides).unwrap()).unwrap()
    };
    NETWORKS.with(|networks| {
        work(networks.get_or_init(|| {
            ["demo/spatial/noisy_unbiased", "demo/head_direction/noisy_unbiased"].map(small)
        }))
    })
}

/// An npz file of weights, unchanged and with correct checksums.
pub(crate) fn weights_npz(bytes: &[u8]) -> bool {
    let mended = archive::mended(bytes);
    weights(bytes) | mended.is_some_and(|bytes| weights(&bytes))
}

/// A safetensors file of weights, unchanged and with correct lengths.
pub(crate) fn weights_safetensors(bytes: &[u8]) -> bool {
    let mended = tensors::mended(bytes);
    weights(bytes) | mended.is_some_and(|bytes| weights(&bytes))
}

/// A file of target cells of any format, unchanged and repaired.
pub(crate) fn cells(bytes: &[u8]) -> bool {
    let mended = archive::mended(bytes).or_else(|| tensors::mended(bytes));
    cells_of(bytes) | mended.is_some_and(|bytes| cells_of(&bytes))
}

fn weights(bytes: &[u8]) -> bool {
    let path = scratch::file("weights", bytes);
    with_networks(|[network, _]| {
        let mut accepted = false;
        for orientation in [Orientation::OutIn, Orientation::InOut] {
            let options = Options { orientation, ..Options::default() };
            let read = bounded(MOST_MEMORY, Lines::Many, || read_weights(&path, network, &options));
            let Some(read) = read else { continue };
            accepted = true;
            check_written(&read);
        }
        accepted
    })
}

/// Imported weights are the same after export and import.
fn check_written(weights: &Weights) {
    assert!(weights.parameters.flat().iter().all(|value| value.is_finite()));
    let mut network = Network::untrained(&weights.experiment)
        .unwrap()
        .with_parameters(weights.parameters.clone())
        .unwrap();
    if let Some(cells) = &weights.cells {
        network = network.with_cells(cells.as_slice().unwrap()).unwrap();
    }
    let path = scratch::folder().join("exported.safetensors");
    export(&network, &path, ExportCells::Metadata, true).unwrap();
    let read = read_weights(&path, &network, &Options::default()).unwrap();
    let bits = |weights: &Weights| -> Vec<u32> {
        weights.parameters.flat().iter().map(|value| value.to_bits()).collect()
    };
    assert_eq!(bits(&read), bits(weights));
    assert_eq!(read.cells.unwrap().as_slice().unwrap(), network.task().preferred());
}

fn cells_of(bytes: &[u8]) -> bool {
    let path = scratch::file("cells", bytes);
    with_networks(|networks| {
        let mut accepted = false;
        for network in networks {
            let read = bounded(MOST_MEMORY, Lines::Many, || read_cells(&path, network));
            let Some(cells) = read else { continue };
            accepted = true;
            let network = network.clone().with_cells(cells.as_slice().unwrap()).unwrap();
            let path = scratch::folder().join("exported.safetensors");
            export(&network, &path, ExportCells::Tensor, true).unwrap();
            let again: Result<_, ExchangeError> = read_cells(&path, &network);
            assert_eq!(again.unwrap(), cells);
        }
        accepted
    })
}
