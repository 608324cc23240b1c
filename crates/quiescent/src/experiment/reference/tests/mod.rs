//! Reference configurations as people have them: the whole set, and everything that can be wrong.

#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

mod evaluation;
mod refusals;

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::super::*;
use super::*;

const BASE: &str = r#"
config: ???
seed: ???
path: "results/${config}_${seed}"
rnn:
  model: "vanilla"
  n_in: 2
  n_rec: 512
  n_out: 512
  n_init: 512
  sigma2_in: 0
  sigma2_rec: 0
  sigma2_out: 0
  dt: 0.2
  tau: 1
  bias: false
  activation_fn: "relu"
trainer:
  n_epochs: 2500
  lr: 0.001
  weight_decay: 0
  compute_all_metrics: true
  test_freq: 100
  save_freq: 100
"#;

const SPATIAL: &str = r#"
task:
  box_width: 2.2
  box_height: 2.2
  border_region: 0.03
  border_slow_factor: 0.25
  init_pos: "uniform"
  biased: false
  drift_const: 0.05
  anchor_point: [0, 0]
  dt: 0.02
  mu: 0
  sigma: 11.52
  b: ${eval:${pi:} * 0.26}
  use_place_cells: true
  place_cells_num: 512
  place_cells_sigma: 0.2
  place_cells_dog: false
  place_cells_surround_scale: 2
  sequence_length: 100
  batch_size: 200
"#;

const HEADING: &str = r#"
task:
  init_hd: "uniform"
  biased: false
  dt: 0.02
  mu: 0
  sigma: 11.52
  use_hd_cells: true
  hd_cells_num: 512
  hd_cells_angular_spread: ${eval:${pi:}/6}
  sequence_length: 100
  batch_size: 200
rnn:
  n_in: 1
  n_rec: 128
  n_out: 512
  n_init: 512
  dt: 0.5
trainer:
  n_epochs: 20000
"#;

const NOISY_PATH: &str = "path: \"results/${config}_${rnn.sigma2_rec}_${seed}\"\n";

/// Experiments above their bases: name and text.
const EXPERIMENTS: [(&str, &str); 9] = [
    ("spatial_navigation/noisy_unbiased", "rnn:\n  sigma2_rec: 0.0001\n"),
    ("spatial_navigation/noisy_biased", "task: {biased: true}\nrnn: {sigma2_rec: 0.0001}\n"),
    ("spatial_navigation/no_noise_unbiased", "task:\n  biased: false\n"),
    ("spatial_navigation/no_noise_biased", "task:\n  biased: true\n"),
    (
        "spatial_navigation/noisy_unbiased_gru",
        "rnn: {model: \"gru\", activation_fn: \"tanh\", sigma2_rec: 0.0001}\n",
    ),
    (
        "spatial_navigation/noisy_biased_gru",
        "rnn: {model: \"gru\", activation_fn: \"tanh\", sigma2_rec: 0.0001}\ntask: {biased: true}\n",
    ),
    ("spatial_navigation/sorscher_2019", "task:\n  sequence_length: 50\nrnn:\n  dt: 1\n"),
    ("head_direction/noisy_unbiased", "rnn:\n  sigma2_rec: 0.01\n"),
    ("head_direction/noisy_biased", "task: {biased: true}\nrnn: {sigma2_rec: 0.01}\n"),
];

/// The whole set of files in a temporary folder.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "base.yml", BASE);
    write(dir.path(), "spatial_navigation/base.yml", SPATIAL);
    write(dir.path(), "head_direction/base.yml", HEADING);
    for (name, text) in EXPERIMENTS {
        write(dir.path(), &format!("{name}.yml"), &format!("{NOISY_PATH}{text}"));
    }
    dir
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn read(folder: &Path, overrides: &[&str]) -> ReferenceExperiment {
    ReferenceExperiment::read(folder, overrides).unwrap()
}

/// Asserts that two experiments are one, but for `about` and the last binary digit of numbers that
/// theirs computes and ours writes out (π/6, √½).
fn assert_same(theirs: &Experiment, ours: &Experiment, name: &str) {
    fn compare(theirs: &Json, ours: &Json, at: &str) {
        match (theirs, ours) {
            (Json::Object(a), Json::Object(b)) => {
                assert_eq!(a.len(), b.len(), "{at}");
                for (key, value) in a {
                    compare(value, &b[key], &format!("{at}.{key}"));
                }
            }
            (Json::Number(a), Json::Number(b)) => {
                let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
                assert!((a - b).abs() <= f64::EPSILON * a.abs(), "{at}: {a:?} and {b:?}");
            }
            (a, b) => assert_eq!(a, b, "{at}"),
        }
    }
    let json = |experiment: &Experiment| {
        let mut value = serde_json::to_value(experiment).unwrap();
        value["about"] = Json::Null;
        value
    };
    compare(&json(theirs), &json(ours), name);
}

#[test]
fn every_experiment_of_theirs_equals_the_shipped_one() {
    let dir = folder();
    for (theirs, ours, noisy) in [
        ("spatial_navigation/noisy_unbiased", "paper/spatial/noisy_unbiased", true),
        ("spatial_navigation/noisy_biased", "paper/spatial/noisy_biased", true),
        ("spatial_navigation/no_noise_unbiased", "paper/spatial/noiseless_unbiased", false),
        ("spatial_navigation/no_noise_biased", "paper/spatial/noiseless_biased", false),
        ("spatial_navigation/noisy_unbiased_gru", "paper/spatial/noisy_unbiased_gru", true),
        ("spatial_navigation/noisy_biased_gru", "paper/spatial/noisy_biased_gru", true),
        ("head_direction/noisy_unbiased", "paper/head_direction/noisy_unbiased", true),
        ("head_direction/noisy_biased", "paper/head_direction/noisy_biased", true),
    ] {
        let config = format!("config={theirs}");
        let as_drawn = read(dir.path(), &[&config, "seed=0"]);
        let law: &[&str] = if noisy { &["network.noise.distribution=uniform01"] } else { &[] };
        assert_same(&as_drawn.experiment, &Experiment::resolve(ours, law).unwrap(), theirs);

        let stated = ["network.noise.distribution=gaussian", "training.test_trials=50", &config];
        let as_stated = read(dir.path(), &[&stated[..], &["seed=4"]].concat());
        let mut shipped = Experiment::named(ours).unwrap();
        shipped.seed = 4;
        shipped.training.test_trials = 50;
        assert_same(&as_stated.experiment, &shipped, theirs);
    }
}

#[test]
fn the_experiment_with_steps_of_one_time_constant() {
    let dir = folder();
    let read = read(dir.path(), &["config=spatial_navigation/sorscher_2019", "seed=0"]);
    let shipped = Experiment::resolve(
        "paper/spatial/noiseless_unbiased",
        &["time.steps=50", "network.tau_s=0.02"],
    );
    assert_same(&read.experiment, &shipped.unwrap(), "sorscher_2019");
    assert_eq!(read.experiment.dt_over_tau(), 1.0);
}

#[test]
fn what_is_printed_is_the_same_experiment() {
    let dir = folder();
    for (name, _) in EXPERIMENTS {
        let read = read(dir.path(), &[&format!("config={name}"), "seed=7", "about=mine: 1"]);
        let text = read.to_yaml().unwrap();
        assert_eq!(Experiment::parse(&text, "mine.yml").unwrap(), read.experiment, "{text}");
        // The notes stand before it, in lines of a terminal's width.
        let comments: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
        assert!(comments.iter().all(|line| line.chars().count() <= 100), "{text}");
        let said = comments.join("").replace("#   ", " ");
        assert!(read.notes.iter().all(|note| said.contains(&format!("# {note}"))), "{said}");
        assert_eq!(read.experiment.about, "mine: 1");
    }
}

#[test]
fn later_layers_win_and_lists_are_replaced() {
    let dir = folder();
    write(
        dir.path(),
        "spatial_navigation/mine.yml",
        "rnn:\n  n_rec: 64\n  sigma2_in: 0.0004\n  sigma2_out: 0.02\ntask:\n  biased: true\n  \
         anchor_point: [0.5, -0.5]\n  init_pos: center\n  place_cells_num: ${rnn.n_out}\n",
    );
    let overrides = [
        "config=spatial_navigation/mine",
        "seed=18446744073709551615",
        // A map is a layer like those of the files.
        "rnn={n_out: 32, n_init: '${rnn.n_out}', bias: true}",
        "rnn.n_rec=48",
        "trainer.lr=${eval:1e-3 / 4}",
        "task.anchor_point=[0.25, '${task.b}']",
        "task.b=${eval:-(1 - 2) ** 3 * 0.5}",
        "rest.start=after_wake",
    ];
    let experiment = read(dir.path(), &overrides).experiment;
    assert_eq!(experiment.seed, u64::MAX);
    assert_eq!(experiment.network.units, 48);
    assert!(experiment.network.biases);
    assert_eq!(experiment.training.learning_rate, 0.00025);
    assert_eq!(experiment.rest.start, RestStart::AfterWake);
    let step = |noise: &NoiseSpec| noise.sigma * 0.02_f64.sqrt();
    approx::assert_relative_eq!(step(&experiment.network.input_noise), 0.02, max_relative = 1e-14);
    let output = &experiment.network.output_noise;
    approx::assert_relative_eq!(output.sigma, 1.0, max_relative = 1e-14);
    assert_eq!(output.distribution, NoiseDistribution::Uniform01);
    let TaskSpec::Spatial(spec) = &experiment.task else { panic!("not spatial") };
    assert_eq!(spec.cells.count, 32);
    assert_eq!(spec.motion.start, SpatialStart::Center);
    assert_eq!(spec.motion.speed_scale_m_per_s, 0.5);
    let drift = spec.drift.as_ref().unwrap();
    assert_eq!((drift.toward_m, drift.fraction_per_step), ([0.25, 0.5], 0.05));
}

#[test]
fn other_targets_and_surrounds() {
    let dir = folder();
    let spatial = ["config=spatial_navigation/noisy_unbiased", "seed=0"];
    let tuning = |more: &[&str]| {
        let read = read(dir.path(), &[&spatial[..], more].concat());
        let TaskSpec::Spatial(spec) = read.experiment.task else { panic!("not spatial") };
        (spec.cells.tuning, read.notes.join(" "))
    };
    let (position, notes) = tuning(&["task.use_place_cells=false", "rnn.n_out=2", "rnn.n_init=2"]);
    assert_eq!(position, Tuning::Position);
    assert!(notes.contains("stops with an error"), "{notes}");
    let (difference, _) = tuning(&["task.place_cells_dog=true"]);
    assert_eq!(difference, Tuning::DifferenceOfGaussians);
    // Not looked at without a surround.
    assert_eq!(tuning(&["task.place_cells_surround_scale=7"]).0, Tuning::NormalizedGaussian);
}

#[test]
fn notes_are_about_this_experiment() {
    let dir = folder();
    let notes = |overrides: &[&str]| read(dir.path(), overrides).notes.join("\n");
    let noisy = notes(&["config=spatial_navigation/noisy_unbiased", "seed=0"]);
    assert!(noisy.contains("draws from [0, 1)") && noisy.contains("per √s"), "{noisy}");
    assert!(noisy.contains("Divergences") && !noisy.contains("±π"), "{noisy}");
    let stated = "network.noise.distribution=gaussian";
    assert!(noisy.contains(&format!("law: {stated}.")), "{noisy}");
    let gaussian = notes(&["config=spatial_navigation/noisy_unbiased", "seed=0", stated]);
    assert!(!gaussian.contains("[0, 1)") && gaussian.contains("per √s"), "{gaussian}");
    let silent = notes(&["config=spatial_navigation/no_noise_unbiased", "seed=0"]);
    assert!(!silent.contains("Noise"), "{silent}");
    let heading = notes(&["config=head_direction/noisy_biased", "seed=0"]);
    assert!(heading.contains("−π to π") && !heading.contains("Divergences"), "{heading}");
    let gru = notes(&["config=spatial_navigation/noisy_biased_gru", "seed=0"]);
    assert!(gru.contains("active noise"), "{gru}");
}
