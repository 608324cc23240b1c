//! Runs opened as networks through the library, and errors of opening. (Moved recordings are
//! tested by the command line's moved_recordings.rs.)
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use quiescent::experiment::Experiment;
use quiescent::network::{Network, Parameters};
use quiescent::run::{Checkpoint, RunFolder};
use quiescent::simulate::{self, Keep, Trials};
use quiescent::workflow::{OpenError, Recordings, open, open_at_rest};

fn experiment(seed: u64) -> Experiment {
    let seed = format!("seed={seed}");
    let changes = ["network.units=24", "task.cells.count=20", &seed];
    Experiment::resolve("demo/spatial/noisy_unbiased", &changes).unwrap()
}

/// A run with these weights at its latest checkpoint.
fn save(folder: &Path, network: &Network) {
    let mut writer = RunFolder::create(folder, network.experiment()).unwrap();
    let zeros = Parameters::zeros(network.parameters().layout());
    let checkpoint = Checkpoint {
        batch: 7,
        training_s: 1.0,
        adam_step: 7,
        parameters: network.parameters().clone(),
        adam_m: zeros.clone(),
        adam_v: zeros,
        cells: network.cells(),
    };
    writer.save_checkpoint(&checkpoint, &[]).unwrap();
}

#[test]
fn a_run_is_opened_as_the_network_that_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    let network = Network::untrained(&experiment(3)).unwrap();
    let mut parameters = network.parameters().clone();
    parameters.flat_mut().iter_mut().for_each(|weight| *weight *= 0.5);
    let network = network.with_parameters(parameters);
    save(&dir.path().join("run"), &network);
    let folder = RunFolder::open(dir.path().join("run")).unwrap();
    let opened = open(&folder, &Recordings::NONE).unwrap();
    assert_eq!(opened.recording_moved_to, None);
    assert_eq!(opened.network.parameters().flat(), network.parameters().flat());
    let wake = |network: &Network| {
        simulate::active(network, Trials { count: 5, steps: 10 }, Keep::Decoded).unwrap()
    };
    assert_eq!(wake(&opened.network), wake(&network));
    let at_rest = open_at_rest(&folder, &Recordings::NONE).unwrap().network;
    assert_eq!(at_rest.parameters().flat(), network.parameters().flat());
}

#[test]
fn what_cannot_be_opened_is_said_without_the_flags_of_any_program() {
    let dir = tempfile::tempdir().unwrap();
    let none = dir.path().join("none");
    drop(RunFolder::create(&none, &experiment(0)).unwrap());
    let error = open(&RunFolder::open(&none).unwrap(), &Recordings::NONE).unwrap_err();
    assert!(matches!(error, OpenError::NoCheckpoint { .. }), "{error}");
    assert_eq!(error.to_string(), format!("{} has no checkpoint yet", none.display()));

    // Another seed in experiment.yml draws other cells.
    let other = dir.path().join("other");
    save(&other, &Network::untrained(&experiment(0)).unwrap());
    let text = fs::read_to_string(other.join("experiment.yml")).unwrap();
    assert!(text.contains("seed: 0"), "{text}");
    fs::write(other.join("experiment.yml"), text.replace("seed: 0", "seed: 1")).unwrap();
    let error = match RunFolder::open(&other) {
        Ok(folder) => open(&folder, &Recordings::NONE).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("experiment.yml") && !error.contains("--"), "{error}");
}
