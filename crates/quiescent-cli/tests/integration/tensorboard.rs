//! `train --tensorboard`, read by the package `tensorboard` itself.

use crate::common::{EXPERIMENT, SMALL, hash, metrics, python, quiescent, stderr, train};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Trains a small run in `dir`/runs/`name`, with events in `dir`/tb.
fn logged(dir: &Path, name: &str, arguments: &[&str]) -> assert_cmd::assert::Assert {
    quiescent()
        .current_dir(dir)
        .args(["train", "--tensorboard", "tb", "--out", &format!("runs/{name}")])
        .args(arguments)
        .assert()
}

/// The arguments of a small run.
fn small<'a>(experiment: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&[experiment][..], &SMALL, more].concat()
}

/// Event files of a run, in the order of their names.
fn event_files(dir: &Path, run: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(dir.join("tb").join(run)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

/// What TensorBoard finds below `dir`/tb.
fn read(python: &Path, dir: &Path) -> Value {
    serde_json::from_str(&python::run(python, "read_events.py", &["tb"], dir)).unwrap()
}

/// Asserts that the curves are those of `metrics.jsonl`, in single precision.
fn assert_same_curves(events: &Value, run: &Path) {
    let lines = metrics(run);
    let unit = lines[lines.len() - 1]["decode_error_unit"].as_str().unwrap();
    let error = format!("test/decode_error_{unit}");
    let curves =
        [("train/loss", "train_loss"), ("test/loss", "test_loss"), (&error, "decode_error")];
    for (tag, key) in curves {
        let wanted: Vec<Value> = lines
            .iter()
            .filter(|line| line.get(key).is_some())
            .map(|line| json!([line["batch"], f64::from(line[key].as_f64().unwrap() as f32)]))
            .collect();
        assert!(wanted.len() >= 4, "{wanted:?}");
        assert_eq!(events["scalars"][tag], json!(wanted), "{tag}");
    }
    assert_eq!(events["scalars"].as_object().unwrap().len(), 3);
}

#[test]
fn curves_hyperparameters_and_experiment_are_read_by_tensorboard() {
    let Some(python) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let more = ["seed=9007199254740993", "training.test_every=20", "training.batches=80"];
    logged(dir.path(), "spatial", &small(EXPERIMENT, &more)).success();
    let heading = "demo/head_direction/noisy_biased";
    logged(dir.path(), "heading", &small(heading, &["network.biases=true"])).success();
    // What is logged changes nothing.
    let plain = dir.path().join("plain");
    train(&plain, &more).success();
    assert_eq!(hash(&plain), hash(&dir.path().join("runs/spatial")));

    let found = read(&python, dir.path());
    let (spatial, heading) = (&found["runs"]["runs/spatial"], &found["runs"]["runs/heading"]);
    assert_same_curves(heading, &dir.path().join("runs/heading"));
    let lines = metrics(&dir.path().join("runs/spatial"));
    assert_eq!(lines.len(), 8);
    assert_eq!(spatial["scalars"]["train/loss"].as_array().unwrap().len(), 8);
    assert_same_curves(spatial, &dir.path().join("runs/spatial"));

    let parameters = &spatial["hparams"];
    for (key, value) in [
        ("network.units", json!(24.0)),
        ("network.kind", json!("rnn")),
        ("network.biases", json!(false)),
        ("network.noise.sigma", json!(0.070_710_678_118_654_75)),
        ("task.drift", json!("none")),
        ("training.milestones", json!("[]")),
        // More than 53 bits, which no number of the tab holds.
        ("seed", json!("9007199254740993")),
    ] {
        assert_eq!(parameters[key], value, "{key}");
    }
    assert_eq!(heading["hparams"]["network.biases"], true);
    assert_eq!(heading["hparams"]["seed"], 0.0);
    assert_eq!(spatial["group"], "runs/spatial");
    assert_eq!(spatial["end"], "STATUS_SUCCESS");
    // Every value has a column, in whichever run TensorBoard looks for columns.
    for columns in [&spatial["columns"], &heading["columns"]] {
        for run in [spatial, heading] {
            for key in run["hparams"].as_object().unwrap().keys() {
                assert!(columns.get(key).is_some(), "{key} has no column");
            }
        }
        assert_eq!(columns["network.tau_s"], "DATA_TYPE_FLOAT64");
        assert_eq!(columns["network.biases"], "DATA_TYPE_BOOL");
        assert_eq!(columns["network.activation"], "DATA_TYPE_STRING");
    }
    assert_eq!(
        spatial["metrics"],
        json!(["train/loss", "test/loss", "test/decode_error_m", "test/decode_error_rad"])
    );
    assert_eq!(spatial["text_plugin"], "text");
    let text = spatial["texts"][0][1].as_str().unwrap();
    let written = fs::read_to_string(dir.path().join("runs/spatial/experiment.yml")).unwrap();
    let plain: Vec<&str> = text.lines().map(|line| line.strip_prefix("    ").unwrap()).collect();
    assert_eq!(plain.join("\n").trim_end(), written.trim_end());

    // The tab's own server finds both runs, with their values and their last test.
    let groups = found["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "{groups:?}");
    let group = groups.iter().find(|group| group["name"] == "runs/spatial").unwrap();
    assert_eq!(group["hparams"]["network.units"], 24.0);
    let values = group["metricValues"].as_array().unwrap();
    let last = |tag: &str| {
        let value = values.iter().find(|value| value["name"]["tag"] == tag).unwrap();
        (value["value"].as_f64().unwrap(), value["trainingStep"].as_i64().unwrap())
    };
    let test_loss = lines[7]["test_loss"].as_f64().unwrap() as f32;
    assert_eq!(last("test/loss"), (f64::from(test_loss), 80));
}

#[test]
fn no_step_appears_twice_after_a_kill() {
    let Some(python) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("runs/a");
    logged(dir.path(), "a", &small(EXPERIMENT, &["training.milestones=[20]"])).success();
    let before = hash(&run);
    // As a kill after batch 40 would leave it, had the last checkpoint been that of batch 20; the
    // last record is cut short.
    fs::remove_file(run.join("checkpoints/latest.safetensors")).unwrap();
    let first = event_files(dir.path(), "runs/a").pop().unwrap();
    let whole = fs::read(&first).unwrap();
    fs::write(&first, &whole[..whole.len() - 5]).unwrap();
    logged(dir.path(), "a", &["--resume"]).success();

    assert_eq!(hash(&run), before);
    let files = event_files(dir.path(), "runs/a");
    assert_eq!(files.len(), 2);
    assert_eq!(files[0], first);
    let found = read(&python, dir.path());
    let events = &found["runs"]["runs/a"];
    let steps: Vec<u64> = events["scalars"]["train/loss"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point[0].as_u64().unwrap())
        .collect();
    assert_eq!(steps, [10, 20, 30, 40]);
    assert_same_curves(events, &run);
    assert_eq!(events["end"], "STATUS_SUCCESS");
    assert_eq!(found["groups"].as_array().unwrap().len(), 1);
    // Without what the second session says at its beginning they would.
    let second = fs::read(&files[1]).unwrap();
    let length = |at: usize| u64::from_le_bytes(second[at..at + 8].try_into().unwrap()) as usize;
    let after_version = length(0) + 16;
    let after_start = after_version + length(after_version) + 16;
    fs::write(&files[1], [&second[..after_version], &second[after_start..]].concat()).unwrap();
    let found = read(&python, dir.path());
    let points = found["runs"]["runs/a"]["scalars"]["train/loss"].as_array().unwrap().len();
    assert_eq!(points, 6);
    // A finished run is not begun again.
    logged(dir.path(), "a", &["--resume"]).success();
    assert_eq!(event_files(dir.path(), "runs/a").len(), 2);
}

#[test]
fn a_diverged_run_is_shown_as_failed() {
    let Some(python) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let wild = [
        "network.activation=identity",
        "training.learning_rate=10",
        "time.dt_s=0.1",
        "time.steps=60",
        "training.batches=1000",
    ];
    logged(dir.path(), "a", &small(EXPERIMENT, &wild)).code(4);
    assert_eq!(read(&python, dir.path())["runs"]["runs/a"]["end"], "STATUS_FAILURE");
}

#[test]
fn folders_that_cannot_be_written_to_are_named_before_anything_is_trained() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tb"), "a file").unwrap();
    let text = stderr(&logged(dir.path(), "a", &small(EXPERIMENT, &[])).code(3));
    assert!(text.contains("tb/runs/a") && text.contains("--tensorboard"), "{text}");
    assert!(!dir.path().join("runs").exists());

    // Events of a training whose run is gone are not mixed with others.
    fs::remove_file(dir.path().join("tb")).unwrap();
    logged(dir.path(), "a", &small(EXPERIMENT, &[])).success();
    fs::remove_dir_all(dir.path().join("runs/a")).unwrap();
    let text = stderr(&logged(dir.path(), "a", &small(EXPERIMENT, &[])).code(2));
    assert!(text.contains("tb/runs/a holds the events of another training"), "{text}");
    assert!(!dir.path().join("runs/a").exists());
    assert_eq!(event_files(dir.path(), "runs/a").len(), 1);

    // Nor does a refused specification leave a file.
    logged(dir.path(), "b", &small(EXPERIMENT, &["network.unit=3"])).code(2);
    assert!(!dir.path().join("tb/runs/b").exists());
}
