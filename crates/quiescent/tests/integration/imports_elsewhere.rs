//! Networks with the names of other programs: PyTorch's own modules, wrappers, missing parts.

use quiescent::exchange::{
    ExchangeError, ExportCells, Options, Orientation, Reason, StartReason, StartState, Weights,
    export, read_weights,
};
use quiescent::experiment::{Activation, Experiment, Reset};
use quiescent::network::Network;
use std::path::{Path, PathBuf};

const UNITS: usize = 4;
const CELLS: usize = 3;

type Arrays = Vec<(String, Vec<usize>, Vec<f32>)>;

fn network(overrides: &[&str]) -> Network {
    let mut all = vec!["network.units=4", "task.cells.count=3"];
    all.extend(overrides);
    let experiment = Experiment::resolve("demo/spatial/noisy_unbiased", &all).unwrap();
    Network::untrained(&experiment).unwrap()
}

/// Arrays with the given names and shapes, with distinct values.
fn arrays(shapes: &[(&str, &[usize])]) -> Arrays {
    let mut next = 0;
    let mut value = || {
        next += 1;
        next as f32 / 64.0
    };
    let array = |&(name, shape): &(&str, &[usize])| {
        let values = (0..shape.iter().product()).map(|_| value()).collect();
        (name.to_owned(), shape.to_vec(), values)
    };
    shapes.iter().map(array).collect()
}

fn of<'a>(arrays: &'a Arrays, name: &str) -> &'a [f32] {
    &arrays.iter().find(|array| array.0 == name).unwrap().2
}

/// The arrays as a safetensors file.
fn write(folder: &Path, arrays: &Arrays) -> PathBuf {
    let bytes: Vec<Vec<u8>> = arrays
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let views = arrays.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let dtype = safetensors::Dtype::F32;
        (name, safetensors::tensor::TensorView::new(dtype, shape.clone(), bytes).unwrap())
    });
    let path = folder.join("weights.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    path
}

fn read(arrays: &Arrays, overrides: &[&str], start: StartState) -> Result<Weights, ExchangeError> {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { orientation: Orientation::OutIn, start };
    read_weights(&write(dir.path(), arrays), &network(overrides), &options)
}

fn refusal(arrays: &Arrays, overrides: &[&str], start: StartState) -> String {
    read(arrays, overrides, start).unwrap_err().to_string()
}

const OWN: [(&str, &[usize]); 4] = [
    ("encoder.weight", &[UNITS, CELLS]),
    ("w_in.weight", &[UNITS, 2]),
    ("w_rec.weight", &[UNITS, UNITS]),
    ("w_out.weight", &[CELLS, UNITS]),
];

/// `nn.RNN` or `nn.GRU` with encoder and decoder, with biases.
fn module(gates: usize) -> Arrays {
    arrays(&[
        ("m.core.weight_ih_l0", &[gates * UNITS, 2]),
        ("m.core.weight_hh_l0", &[gates * UNITS, UNITS]),
        ("m.core.bias_ih_l0", &[gates * UNITS]),
        ("m.core.bias_hh_l0", &[gates * UNITS]),
        ("m.encoder.weight", &[UNITS, CELLS]),
        ("m.decoder.weight", &[CELLS, UNITS]),
    ])
}

#[test]
fn nn_rnn_is_taken_without_a_leak_and_with_one_bias() {
    let file = module(1);
    let found = read(&file, &["network.activation=tanh"], StartState::File).unwrap();
    let spec = &found.experiment.network;
    assert_eq!((spec.tau_s, spec.biases), (found.experiment.time.dt_s, true));
    assert_eq!(spec.activation, Activation::Tanh);
    assert_eq!(found.experiment.dt_over_tau(), 1.0);
    let named = |name| found.parameters.named(name).unwrap();
    assert_eq!(named("w_in.weight"), of(&file, "m.core.weight_ih_l0"));
    assert_eq!(named("w_rec.weight"), of(&file, "m.core.weight_hh_l0"));
    assert_eq!(named("w_out.weight"), of(&file, "m.decoder.weight"));
    let biases = of(&file, "m.core.bias_ih_l0").iter().zip(of(&file, "m.core.bias_hh_l0"));
    let sums: Vec<f32> = biases.map(|(a, b)| a + b).collect();
    assert_eq!(named("w_rec.bias"), sums);
    assert_eq!(named("w_out.bias"), [0.0; CELLS]);
    let notes = found.notes.join("\n");
    for said in ["nn.RNN", "tau_s=0.02", "tanh", "do not tell", "`encoder.bias`, `w_out.bias`"] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
    // After an export, the network reads back as itself, with this program's names.
    let task = network(&["network.activation=tanh"]);
    let again = Network::untrained(&found.experiment).unwrap();
    let again = again.with_parameters(found.parameters.clone()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("again.safetensors");
    export(&again, &path, ExportCells::Metadata, false).unwrap();
    let back = read_weights(&path, &again, &Options::default()).unwrap();
    assert_eq!(back.parameters, found.parameters);
    // A leaky network does not fit.
    let error = read_weights(&path, &task, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("network.tau_s=0.02"), "{error}");

    let text = refusal(&file, &["network.activation=sigmoid"], StartState::File);
    assert!(text.contains("network.activation=tanh"), "{text}");
    let text = refusal(&file, &["network.kind=gru"], StartState::File);
    assert!(text.contains("set network.kind=rnn") && !text.contains("rename"), "{text}");
}

#[test]
fn nn_gru_keeps_its_gates_apart() {
    let file = module(3);
    let found = read(&file, &["network.kind=gru"], StartState::File).unwrap();
    let spec = &found.experiment.network;
    assert_eq!(spec.reset, Some(Reset::After));
    assert_eq!((spec.activation, spec.biases), (Activation::Tanh, true));
    assert_eq!(found.experiment.dt_over_tau(), 1.0);
    let part = |name, gate: usize| {
        let values = of(&file, name);
        let rows = values.len() / 3;
        values[gate * rows..(gate + 1) * rows].to_vec()
    };
    for (gate, letter) in ["r", "z", "h"].into_iter().enumerate() {
        let named = |prefix: &str, kind: &str| {
            found.parameters.named(&format!("{prefix}_{letter}.{kind}")).unwrap().to_vec()
        };
        assert_eq!(named("w", "weight"), part("m.core.weight_ih_l0", gate));
        assert_eq!(named("u", "weight"), part("m.core.weight_hh_l0", gate));
        let (ih, hh) = (part("m.core.bias_ih_l0", gate), part("m.core.bias_hh_l0", gate));
        if letter == "h" {
            assert_eq!(named("w", "bias"), ih);
            assert_eq!(named("u", "bias"), hh);
        } else {
            let sums: Vec<f32> = ih.iter().zip(&hh).map(|(a, b)| a + b).collect();
            assert_eq!(named("u", "bias"), sums);
        }
    }
    let text = refusal(&file, &[], StartState::File);
    assert!(text.contains("nn.GRU") && text.contains("set network.kind=gru"), "{text}");
    assert!(!text.contains("rename"), "{text}");
}

#[test]
fn modules_that_no_network_here_is_are_refused_with_the_reason() {
    let with = |gates: usize, more: &[(&str, &[usize])]| {
        let mut file = module(gates);
        file.extend(arrays(more));
        file
    };
    for (file, said) in [
        (with(4, &[]), "nn.LSTM"),
        (with(1, &[("m.core.weight_hh_l1", &[UNITS, UNITS])]), "2 layers"),
        (with(1, &[("m.core.weight_hh_l0_reverse", &[UNITS, UNITS])]), "bidirectional"),
        (with(4, &[("m.core.weight_hr_l0", &[2, UNITS])]), "projections"),
        (with(1, &[("n.weight_hh_l0", &[UNITS, UNITS])]), "2 recurrent modules"),
        (with(2, &[]), "[units, units]"),
    ] {
        let text = refusal(&file, &[], StartState::File);
        assert!(text.contains(said) && !text.contains("rename"), "{said}: {text}");
    }
    let half = arrays(&[("r.weight_hh_l0", &[UNITS, UNITS])]);
    assert!(refusal(&half, &[], StartState::File).contains("no `weight_ih…`"));
    // Single-step cells are the same networks.
    let mut cell = module(1);
    cell.iter_mut().for_each(|array| array.0 = array.0.replace("_l0", ""));
    assert_eq!(read(&cell, &[], StartState::File).unwrap().experiment.dt_over_tau(), 1.0);
}

#[test]
fn biases_that_are_missing_are_zeros() {
    let mut shapes = OWN.to_vec();
    shapes.push(("w_out.bias", &[CELLS]));
    let file = arrays(&shapes);
    let found = read(&file, &[], StartState::File).unwrap();
    assert!(found.experiment.network.biases);
    assert_eq!(found.parameters.named("w_out.bias").unwrap(), of(&file, "w_out.bias"));
    assert_eq!(found.parameters.named("w_rec.bias").unwrap(), [0.0; UNITS]);
    let notes = found.notes.join("\n");
    assert!(notes.contains("network.biases=true") && notes.contains("`w_rec.bias`"), "{notes}");
    assert!(refusal(&arrays(&OWN), &["network.biases=true"], StartState::File).contains("=false"));
}

#[test]
fn a_network_without_an_encoder_begins_as_it_is_told() {
    let bare = arrays(&OWN[1..]);
    let text = refusal(&bare, &[], StartState::File);
    assert!(text.contains("`encoder.weight`") && text.contains("always begins"), "{text}");
    let zeros = read(&bare, &[], StartState::Zeros).unwrap();
    assert!(!zeros.experiment.network.biases);
    assert_eq!(zeros.parameters.named("encoder.weight").unwrap(), [0.0; UNITS * CELLS]);
    assert!(zeros.notes[0].contains("cannot know where it starts"), "{:?}", zeros.notes);

    for name in ["h0", "model.Initial_State", "rnn.init_hidden"] {
        let mut shapes = OWN[1..].to_vec();
        shapes.push((name, &[1, 1, UNITS]));
        let file = arrays(&shapes);
        let found = read(&file, &[], StartState::File).unwrap();
        assert_eq!(found.parameters.named("encoder.bias").unwrap(), of(&file, name));
        assert!(found.notes.iter().any(|note| note.contains(name)), "{:?}", found.notes);
        // Every trial begins there.
        let network = Network::untrained(&found.experiment).unwrap();
        let network = network.with_parameters(found.parameters).unwrap();
        assert!(network.experiment().network.biases);
    }
    let mut shapes = OWN[1..].to_vec();
    shapes.push(("thing", &[UNITS]));
    let file = arrays(&shapes);
    let unknown = read(&file, &[], StartState::File).unwrap_err().reason;
    let Reason::Start(StartReason::Unknown { fits, .. }) = unknown else { panic!("{unknown}") };
    assert_eq!(fits.as_deref(), Some("thing"));
    let named = |name: &str| StartState::Array(name.to_owned());
    assert_eq!(
        read(&file, &[], named("thing")).unwrap().parameters.named("encoder.bias").unwrap(),
        of(&file, "thing")
    );
    assert!(refusal(&file, &[], named("w_in.weight")).contains("`thing`"));
    assert!(refusal(&file, &[], named("nothing")).contains("`thing`"));
    for start in [StartState::Zeros, named("encoder.weight")] {
        let refused = read(&arrays(&OWN), &[], start).unwrap_err().reason;
        assert!(matches!(refused, Reason::Start(StartReason::Encoder { .. })), "{refused}");
    }
    // The error for another file names the missing arrays, not how to begin.
    let text = refusal(&arrays(&OWN[2..]), &[], StartState::File);
    assert!(text.contains("`w_in.weight`") && !text.contains("always begins"), "{text}");
}

#[test]
fn names_are_found_behind_those_of_wrappers() {
    let prefixes = ["_orig_mod.module.", "model.enc.", "_orig_mod.core.", ""];
    let mut file = arrays(&OWN);
    for (array, prefix) in file.iter_mut().zip(prefixes) {
        array.0 = format!("{prefix}{}", array.0);
    }
    file.extend(arrays(&[("cells.preferred", &[CELLS, 2])]));
    let found = read(&file, &[], StartState::File).unwrap();
    assert_eq!(found.prefixes.len(), 3);
    assert_eq!(found.cells.unwrap().dim(), (CELLS, 2));
    let plain = read(&arrays(&OWN), &[], StartState::File).unwrap();
    assert_eq!(found.parameters, plain.parameters);
    // With two networks in one file, the choice is ambiguous.
    file.extend(arrays(&[("teacher.w_rec.weight", &[UNITS, UNITS])]));
    let text = refusal(&file, &[], StartState::File);
    assert!(text.contains("teacher.w_rec.weight") && text.contains("one network"), "{text}");
}

#[test]
fn encoder_and_readout_are_known_by_their_shape_alone() {
    let mut file = arrays(&[
        ("init.weight", &[UNITS, CELLS]),
        ("w_in.weight", &[UNITS, 2]),
        ("w_rec.weight", &[UNITS, UNITS]),
        ("fc.weight", &[CELLS, UNITS]),
        ("fc.bias", &[CELLS]),
    ]);
    let found = read(&file, &[], StartState::File).unwrap();
    assert_eq!(found.parameters.named("w_out.weight").unwrap(), of(&file, "fc.weight"));
    assert_eq!(found.parameters.named("w_out.bias").unwrap(), of(&file, "fc.bias"));
    assert_eq!(found.parameters.named("encoder.weight").unwrap(), of(&file, "init.weight"));
    assert_eq!(found.notes.iter().filter(|note| note.contains("is taken as the")).count(), 2);
    // Two candidates, or a further layer, fail.
    file.extend(arrays(&[("fc2.weight", &[CELLS, UNITS])]));
    assert!(refusal(&file, &[], StartState::File).contains("`fc2.weight`"));
    let norm = [("w_rec.parametrizations.weight.original0", &[UNITS, 1][..])];
    let mut file = arrays(&[OWN[0], OWN[1], OWN[3]]);
    file.extend(arrays(&norm));
    let text = refusal(&file, &[], StartState::File);
    assert!(text.contains("remove_parametrizations"), "{text}");
}
