//! `train --reference-configs`: the authors' experiment files, printed in our terms or trained.

use crate::common::{hash, quiescent, record, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::path::Path;

const BASE: &str = "\
config: ???
seed: ???
path: \"results/${config}_${seed}\"
rnn:
  model: vanilla
  n_in: 2
  n_rec: 24
  n_out: ${task.place_cells_num}
  n_init: ${rnn.n_out}
  sigma2_in: 0
  sigma2_rec: 0
  sigma2_out: 0
  dt: 0.2
  tau: 1
  bias: false
  activation_fn: relu
trainer: {n_epochs: 40, lr: 0.001, weight_decay: 0, test_freq: 10, save_freq: 10}
";

const TASK: &str = "\
task:
  box_width: 2.2
  box_height: 2.2
  border_region: 0.03
  border_slow_factor: 0.25
  init_pos: uniform
  biased: false
  drift_const: 0.05
  anchor_point: [0, 0]
  dt: 0.02
  mu: 0
  sigma: 11.52
  b: ${eval:${pi:} * 0.26}
  use_place_cells: true
  place_cells_num: 20
  place_cells_sigma: 0.2
  place_cells_dog: false
  place_cells_surround_scale: 2
  sequence_length: 12
  batch_size: 10
";

fn write_configs(dir: &Path) {
    let task = dir.join("train/spatial_navigation");
    fs::create_dir_all(&task).unwrap();
    fs::write(dir.join("train/base.yml"), BASE).unwrap();
    fs::write(task.join("base.yml"), TASK).unwrap();
    fs::write(task.join("noisy_biased.yml"), "task: {biased: true}\nrnn: {sigma2_rec: 1e-4}\n")
        .unwrap();
}

/// `train --reference-configs train` in `dir`.
fn translated(dir: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    quiescent()
        .current_dir(dir)
        .args(["train", "--reference-configs", "train"])
        .args(arguments)
        .assert()
}

const NAMED: [&str; 3] =
    ["config=spatial_navigation/noisy_biased", "seed=1", "training.test_trials=6"];

#[test]
fn the_printed_experiment_trains_the_same_network() {
    let dir = tempfile::tempdir().unwrap();
    write_configs(dir.path());
    let printed = stdout(&translated(dir.path(), &NAMED).success());
    assert!(printed.starts_with("# Noise: "), "{printed}");
    assert!(!dir.path().join("results").exists(), "their path is not ours");
    fs::write(dir.path().join("mine.yml"), &printed).unwrap();
    quiescent()
        .current_dir(dir.path())
        .args(["train", "mine.yml", "--out", "mine"])
        .assert()
        .success();

    let assert = translated(dir.path(), &[&NAMED[..], &["--out", "theirs"]].concat()).success();
    // Beside the progress, and not among the results.
    assert!(stderr(&assert).contains(printed.trim_end()), "{}", stderr(&assert));
    assert!(stdout(&assert).starts_with("theirs: 40 batches"), "{}", stdout(&assert));
    assert_eq!(hash(&dir.path().join("mine")), hash(&dir.path().join("theirs")));

    let json = stdout(&translated(dir.path(), &[&NAMED[..], &["--json"]].concat()).success());
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["network"]["noise"]["distribution"], "uniform01");
    assert_eq!(json["task"]["drift"]["fraction_per_step"], 0.05);
}

#[test]
fn a_run_of_theirs_is_resumed_as_itself_alone() {
    let dir = tempfile::tempdir().unwrap();
    write_configs(dir.path());
    let out = ["--out", "run"];
    translated(dir.path(), &[&NAMED[..], &out, &["trainer.n_epochs=20"]].concat()).success();
    let again = [&NAMED[..], &out, &["--resume"]].concat();
    let text = stderr(&translated(dir.path(), &again).code(2));
    assert!(text.contains("training.batches is 20 there and 40 here"), "{text}");
    let same = [&again[..], &["trainer.n_epochs=20"]].concat();
    let text = stderr(&translated(dir.path(), &same).success());
    assert!(text.contains("already finished"), "{text}");

    // The latest checkpoint is lost: it is trained again, to the same bits.
    let run = dir.path().join("run");
    let before = hash(&run);
    fs::remove_file(run.join("checkpoints/latest.safetensors")).unwrap();
    translated(dir.path(), &same).success();
    assert_eq!(hash(&run), before);
    assert_eq!(record(&run)["batch"], 20);
}

#[test]
fn mistakes_end_with_one_line_and_no_folder() {
    let dir = tempfile::tempdir().unwrap();
    write_configs(dir.path());
    for (arguments, reason) in [
        (&["seed=1"][..], "config: missing; give config=TASK/NAME; there are spatial_navigation/n"),
        (
            &["config=spatial_navigation/noisy_bised", "seed=1"],
            "did you mean `spatial_navigation/noisy_biased`?",
        ),
        (&["config=spatial_navigation/noisy_biased"], "base.yml:2: seed: missing"),
        (&[NAMED[0], "seed=1", "rnn.model=lstm"], "rnn.model: the text `lstm` has no equivalent"),
        (&[NAMED[0], "seed=1", "rnn.tau=${eval:1/0}"], "`${eval:1/0}`: division by zero"),
        (&["spatial_navigation/noisy_biased"], "config=TASK/NAME"),
        (&[], "config: missing"),
    ] {
        let arguments = [arguments, &["--out", "run"]].concat();
        let text = stderr(&translated(dir.path(), &arguments).code(2));
        assert!(text.contains(reason), "{arguments:?}: {text}");
        assert_eq!(text.trim().lines().count(), 1, "{text}");
        assert!(!dir.path().join("run").exists());
    }
    for flags in [&["--resume"][..], &["--tensorboard", "tb"]] {
        let text = stderr(&translated(dir.path(), &[&NAMED[..], flags].concat()).code(2));
        assert!(text.contains("--out"), "{flags:?}: {text}");
    }
    // Without it, as ever.
    let assert = quiescent().args(["train", "demo/spatial/noisy_biased"]).assert().code(2);
    assert!(stderr(&assert).contains("--out"), "{}", stderr(&assert));
}
