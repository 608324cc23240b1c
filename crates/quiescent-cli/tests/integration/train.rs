//! `quiescent train` as a user runs it: results that depend on nothing but the specification, and
//! one clear message with the right exit code for everything that goes wrong.

use crate::common::{EXPERIMENT, SMALL, hash, metrics, quiescent, record, stderr, train};
use std::fs;

#[test]
fn trains_and_leaves_a_whole_run_folder() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let assert = train(&run, &["training.milestones=[20]"]).success();
    let text = stderr(&assert);
    assert!(text.contains("σ 0.070711 per √s, Δt 0.02 s: sd 0.010000"), "{text}");
    assert!(text.contains("batch 40/40"), "{text}");
    let record = record(&run);
    assert_eq!(record["status"], "finished");
    assert_eq!(record["batch"], 40);
    assert_eq!(hash(&run).len(), 64);
    for file in
        ["experiment.yml", "checkpoints/latest.safetensors", "checkpoints/batch-000020.safetensors"]
    {
        assert!(run.join(file).is_file(), "{file} is missing");
    }
    let metrics = metrics(&run);
    let batches: Vec<u64> = metrics.iter().map(|line| line["batch"].as_u64().unwrap()).collect();
    assert_eq!(batches, [10, 20, 30, 40]);
    let loss = |line: usize| metrics[line]["test_loss"].as_f64().unwrap();
    assert!(loss(3) < loss(0), "training does not lower the test loss: {metrics:?}");
    assert_eq!(metrics[0]["decode_error_unit"], "m");
}

#[test]
fn results_do_not_depend_on_threads_or_interruptions() {
    let dir = tempfile::tempdir().unwrap();
    // 120 trials: 16 shards.
    let overrides = ["training.trials=120"];
    let whole = dir.path().join("whole");
    train(&whole, &overrides).success();
    for threads in ["1", "3"] {
        let run = dir.path().join(threads);
        quiescent()
            .args(["train", EXPERIMENT, "--threads", threads, "--out"])
            .arg(&run)
            .args(SMALL)
            .args(overrides)
            .assert()
            .success();
        assert_eq!(hash(&run), hash(&whole), "{threads} threads");
        assert_eq!(metrics(&run), metrics(&whole));
    }
    let other = dir.path().join("seed");
    train(&other, &["training.trials=120", "seed=1"]).success();
    assert_ne!(hash(&other), hash(&whole));
}

#[test]
fn resuming_a_finished_run_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let before = fs::read(run.join("checkpoints/latest.safetensors")).unwrap();
    let assert = quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
    assert!(stderr(&assert).contains("already finished"));
    assert_eq!(fs::read(run.join("checkpoints/latest.safetensors")).unwrap(), before);
}

#[test]
fn a_run_is_neither_overwritten_nor_resumed_as_another() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let before = hash(&run);
    let text = stderr(&train(&run, &[]).code(2));
    assert!(text.contains("already holds a run") && text.contains("--resume"), "{text}");
    let assert = quiescent()
        .args(["train", EXPERIMENT, "--resume", "--out"])
        .arg(&run)
        .args(SMALL)
        .arg("network.units=25")
        .assert()
        .code(2);
    let text = stderr(&assert);
    assert!(text.contains("network.units is 24 there and 25 here"), "{text}");
    assert_eq!(hash(&run), before);

    let foreign = dir.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("thesis.tex"), "x").unwrap();
    let text = stderr(&train(&foreign, &[]).code(2));
    assert!(text.contains("thesis.tex"), "{text}");
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);
}

#[test]
fn a_diverging_run_stops_with_its_last_good_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let overrides = [
        "network.activation=identity",
        "training.learning_rate=10",
        "time.dt_s=0.1",
        "time.steps=60",
        "training.checkpoint_every=1",
        "training.batches=1000",
    ];
    let text = stderr(&train(&run, &overrides).code(4));
    assert!(text.contains("diverged at batch"), "{text}");
    assert!(text.contains("the checkpoint at batch"), "{text}");
    assert!(text.contains("training.learning_rate"), "{text}");
    assert_eq!(record(&run)["status"], "diverged");
    // The folder is whole: what is there can be opened. Rates that run away are not measured.
    assert!(record(&run)["batch"].as_u64().unwrap() >= 1);
    let exported = dir.path().join("network.safetensors");
    quiescent().arg("export").arg(&run).arg("--out").arg(&exported).assert().success();
    let refused = quiescent().arg("simulate").arg(&run).assert().code(4);
    assert!(stderr(&refused).contains("run away"), "{}", stderr(&refused));
    assert!(!run.join("active.npz").exists());
}

#[test]
fn mistakes_in_the_specification_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let file = dir.path().join("mine.yml");
    fs::write(&file, "task:\n  kind: spatial\nnetwork:\n  unit: 5\n").unwrap();
    let cases: [(&str, &[&str], &str); 6] = [
        ("demo/spatial/noisy_unbiasd", &[], "demo/spatial/noisy_unbiased"),
        (EXPERIMENT, &["network.unit=5"], "did you mean `units`?"),
        (EXPERIMENT, &["network.units=-5"], "whole number"),
        (EXPERIMENT, &["network.units=many"], "whole number"),
        (EXPERIMENT, &["time.dt_s=0.5"], "allowed:"),
        (file.to_str().unwrap(), &[], "mine.yml:4"),
    ];
    for (experiment, overrides, named) in cases {
        let assert = quiescent()
            .args(["train", experiment, "--out"])
            .arg(&out)
            .args(overrides)
            .assert()
            .code(2);
        let text = stderr(&assert);
        assert!(text.contains(named), "{experiment} {overrides:?}: {text}");
        assert_eq!(text.trim().lines().count(), 1, "{text}");
        assert!(!out.exists(), "a bad specification left a folder behind");
    }
}

#[test]
fn an_untrained_network_is_a_result_too() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &["training.batches=0"]).success();
    assert_eq!(record(&run)["batch"], 0);
    quiescent().arg("simulate").arg(&run).assert().success();
}

#[test]
fn overrides_without_an_experiment_are_explained() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    for flags in [&["--resume"][..], &[]] {
        let assert = quiescent()
            .args(["train", "network.units=4", "--out"])
            .arg(&run)
            .args(flags)
            .assert()
            .code(2);
        let text = stderr(&assert);
        assert!(text.contains("network.units=4") && text.contains("EXPERIMENT"), "{text}");
    }
}

#[test]
fn a_finished_run_that_lost_its_checkpoint_is_trained_again() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let before = hash(&run);
    fs::remove_file(run.join("checkpoints/latest.safetensors")).unwrap();
    quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
    assert_eq!(hash(&run), before);
    assert!(run.join("checkpoints/latest.safetensors").is_file());
}

#[test]
fn a_damaged_checkpoint_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let latest = run.join("checkpoints/latest.safetensors");
    let whole = fs::read(&latest).unwrap();
    let mut flipped = whole.clone();
    let middle = whole.len() / 2;
    flipped[middle] ^= 0x10;
    for damaged in [&whole[..whole.len() / 2], &flipped[..]] {
        fs::write(&latest, damaged).unwrap();
        for command in [&["train", "--resume", "--out"][..], &["simulate"]] {
            let assert = quiescent().args(command).arg(&run).assert().code(3);
            let text = stderr(&assert);
            assert!(text.contains("latest.safetensors"), "{text}");
        }
    }
    fs::write(&latest, &whole).unwrap();
    quiescent().arg("simulate").arg(&run).assert().success();
}

#[test]
fn wrong_folders_are_named() {
    let dir = tempfile::tempdir().unwrap();
    for (command, says) in [("simulate", "not a run"), ("report", "is no run and holds none")] {
        let assert = quiescent().arg(command).arg(dir.path()).assert().code(2);
        assert!(stderr(&assert).contains(says), "{}", stderr(&assert));
    }
    let missing = dir.path().join("nowhere");
    let assert = quiescent().arg("simulate").arg(&missing).assert().code(2);
    assert!(stderr(&assert).contains("nowhere"), "{}", stderr(&assert));
    let assert = quiescent().args(["train", "--resume", "--out"]).arg(&missing).assert().code(2);
    assert!(stderr(&assert).contains("nowhere"), "{}", stderr(&assert));
}
