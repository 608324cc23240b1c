//! `import` and `export` as a user runs them, and both beside PyTorch.

use crate::common::{
    EXPERIMENT, SMALL, hash, metrics, python, quiescent, record, stderr, stdout, train,
};
use ndarray::Array2;
use ndarray_npy::{NpzWriter, write_npy};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const HEADING: &str = "demo/head_direction/noisy_unbiased";

/// Phases of every step, without noise, for comparisons with other programs.
fn simulate(run: &Path) {
    let point = if record_task(run) == "m" { "0.3,-0.2" } else { "0.3" };
    quiescent()
        .arg("simulate")
        .arg(run)
        .args(["--states-every", "1", "--noise", "none", "--active-steps", "60", "--steps", "60"])
        .args(["--trials", "7", "--start", point])
        .assert()
        .success();
}

/// The unit of a run's decoding error.
fn record_task(run: &Path) -> String {
    metrics(run)[0]["decode_error_unit"].as_str().unwrap().to_owned()
}

fn export(run: &Path, file: &Path) {
    quiescent().arg("export").arg(run).arg("--out").arg(file).assert().success();
}

/// `import` with the small experiment's overrides.
fn import(weights: &Path, run: &Path, experiment: &str, flags: &[&str]) -> assert_cmd::Command {
    let mut command = quiescent();
    command.args(["import", "--experiment", experiment, "--weights"]).arg(weights);
    command.arg("--out").arg(run).args(SMALL).args(flags);
    command
}

/// Every file and folder under a folder.
fn listing(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path.clone());
            }
            found.insert(path);
        }
    }
    found
}

/// A trained run, its exported weights and the folder both are in.
fn exported(overrides: &[&str]) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("network.safetensors"));
    let mut all = vec!["training.batches=3"];
    all.extend(overrides);
    train(&run, &all).success();
    export(&run, &file);
    (dir, run, file)
}

#[test]
fn pytorch_runs_an_exported_network_to_the_same_states() {
    let Some(interpreter) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut folders = Vec::new();
    for (kind, activation, reset) in
        [("rnn", "relu", None), ("gru", "tanh", None), ("gru", "tanh", Some("after"))]
    {
        for experiment in [EXPERIMENT, HEADING] {
            for biases in [false, true] {
                let task = experiment.split('/').nth(1).unwrap();
                let name = format!("{kind}-{}-{task}-{biases}", reset.unwrap_or_default());
                let folder = dir.path().join(&name);
                let run = folder.join("run");
                quiescent()
                    .args(["train", experiment, "--out"])
                    .arg(&run)
                    .args(SMALL)
                    // Large steps make weights large enough to tell one from another.
                    .args(["training.batches=20", "training.learning_rate=0.05"])
                    .arg("network.noise.sigma=0")
                    .arg(format!("network.kind={kind}"))
                    .arg(format!("network.activation={activation}"))
                    .arg(format!("network.biases={biases}"))
                    .args(reset.map(|reset| format!("network.reset={reset}")))
                    .assert()
                    .success();
                simulate(&run);
                export(&run, &folder.join("network.safetensors"));
                folders.push(name);
            }
        }
    }
    let arguments: Vec<&str> = folders.iter().map(String::as_str).collect();
    let text = python::run(&interpreter, "compare_states.py", &arguments, dir.path());
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found.as_object().unwrap().len(), 12);
    for name in folders {
        for phase in ["awake", "resting"] {
            let difference = found[&name][phase].as_f64().unwrap();
            assert!(difference < 1e-5, "{name}, {phase}: {difference}");
        }
    }
}

#[test]
fn what_pytorch_saved_is_imported() {
    let Some(interpreter) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let lines = python::run(&interpreter, "make_models.py", &[], dir.path());
    let mut folders = Vec::new();
    for line in lines.lines() {
        let made: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        let folder = dir.path().join(text("folder"));
        let experiment = if text("task") == "spatial" { EXPERIMENT } else { HEADING };
        let kind = format!("network.kind={}", text("kind"));
        let biases = format!("network.biases={}", made["biases"]);
        let settings = [&kind, &biases, "network.activation=tanh", "network.noise.sigma=0"];
        let bring = |file: &str, run: &str, flags: &[&str]| {
            let mut command = import(&folder.join(file), &folder.join(run), experiment, flags);
            command.args(settings).current_dir(&folder);
            command
        };
        let cells = ["--place-cells", "cells.npy"];

        // Straight from torch.save, in both its forms: refused, with the way out.
        for pickle in ["model.pt", "old.pt"].into_iter().filter(|file| folder.join(file).exists()) {
            let assert = bring(pickle, "refused", &cells).assert().code(3);
            let text = stderr(&assert);
            assert!(text.contains("pickle") && text.contains("save_file"), "{text}");
            assert!(!folder.join("refused").exists());
        }
        bring("weights.safetensors", "run", &cells).assert().success();
        let parameters = hash(&folder.join("run"));
        let imported = record(&folder.join("run"))["imported"].clone();
        assert_eq!(imported["file"], "weights.safetensors");
        assert_eq!(
            (&imported["cells"], &imported["precision"]),
            (&"file".into(), &"single".into())
        );

        // The same numbers by other ways.
        let assert = bring("wrapped.safetensors", "wrapped", &cells).assert().success();
        assert!(stderr(&assert).contains("`module.`"), "{}", stderr(&assert));
        assert_eq!(hash(&folder.join("wrapped")), parameters);
        let assert = bring("transposed.npz", "turned", &["--layout", "in_out"]).assert().success();
        assert!(stderr(&assert).contains("double precision were converted"), "{}", stderr(&assert));
        assert_eq!(hash(&folder.join("turned")), parameters);
        let turned = record(&folder.join("turned"))["imported"].clone();
        assert_eq!((&turned["layout"], &turned["cells"]), (&"in_out".into(), &"weights".into()));
        let assert = bring("transposed.npz", "refused", &[]).assert().code(3);
        assert!(stderr(&assert).contains("--layout in_out"), "{}", stderr(&assert));
        // Numbers that were rounded to 16 bits are others, but the same in both formats.
        bring("half.safetensors", "half", &cells).assert().success();
        bring("rounded.npz", "rounded", &cells).assert().success();
        assert_eq!(hash(&folder.join("half")), hash(&folder.join("rounded")));
        assert_ne!(hash(&folder.join("half")), parameters);
        let assert = bring("brain.safetensors", "brain", &cells).assert().success();
        assert!(stderr(&assert).contains("bfloat16"), "{}", stderr(&assert));

        // And the imported network does what the same module does in PyTorch.
        simulate(&folder.join("run"));
        export(&folder.join("run"), &folder.join("network.safetensors"));
        folders.push(text("folder"));
    }
    assert_eq!(folders.len(), 4);
    let arguments: Vec<&str> = folders.iter().map(String::as_str).collect();
    python::run(&interpreter, "compare_states.py", &arguments, dir.path());
}

#[test]
fn an_exported_network_comes_back_whole() {
    for overrides in
        [&["network.biases=true"][..], &["network.kind=gru", "network.activation=tanh"]]
    {
        let (dir, run, file) = exported(overrides);
        let back = dir.path().join("back");
        // Another seed draws other cells; the file brings those the network was trained with.
        let mut flags = vec!["seed=17"];
        flags.extend(overrides);
        let assert = import(&file, &back, EXPERIMENT, &flags).assert().success();
        assert!(!stderr(&assert).contains("no target cells"), "{}", stderr(&assert));
        assert_eq!(hash(&back), hash(&run));
        assert_eq!(record(&back)["imported"]["cells"], "weights");
        // Through all of it once more, with the cells as a tensor.
        let again = dir.path().join("again.safetensors");
        quiescent()
            .args(["export", "--cells-tensor"])
            .arg(&back)
            .arg("--out")
            .arg(&again)
            .assert()
            .success();
        let third = dir.path().join("third");
        import(&again, &third, EXPERIMENT, &flags).assert().success();
        assert_eq!(hash(&third), hash(&run));
        // Cells, and so decoded positions, are the same to the bit.
        for run in [&run, &back, &third] {
            let flags = ["--phase", "quiescent", "--noise", "none", "--start", "0.1,0.2"];
            quiescent().arg("simulate").arg(run).args(flags).assert().success();
        }
        let rest = |run: &Path| fs::read(run.join("phases/quiescent.npz")).unwrap();
        assert_eq!(rest(&run), rest(&back));
        assert_eq!(rest(&run), rest(&third));
    }
}

#[test]
fn an_imported_run_is_a_run_to_every_command() {
    let (dir, run, file) = exported(&[]);
    let back = dir.path().join("back");
    import(&file, &back, EXPERIMENT, &["seed=17"]).assert().success();
    let lines = metrics(&back);
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["batch"], &lines[0]["train_loss"]), (&0.into(), &Value::Null));
    assert!(lines[0]["test_loss"].as_f64().unwrap() > 0.0);
    let found = record(&back);
    assert_eq!((&found["status"], &found["batch"]), (&"finished".into(), &0.into()));
    assert_eq!(found["imported"]["file"], "network.safetensors");
    assert_eq!(found["imported"]["file_sha256"].as_str().unwrap().len(), 64);

    let assert = quiescent().args(["train", "--resume", "--out"]).arg(&back).assert().success();
    assert!(stderr(&assert).contains("imported from network.safetensors"), "{}", stderr(&assert));
    assert_eq!(hash(&back), hash(&run));

    let out = dir.path().join("report");
    quiescent().arg("report").args([&back, &run]).arg("--out").arg(&out).assert().success();
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("imported from network.safetensors"));
    assert!(!html.contains("not finite"), "a loss that nobody measured is called not finite");

    let folder = dir.path().join("theory");
    quiescent().args(["theory", "--json", "--out"]).arg(&folder).arg(&back).assert().success();
    assert!(back.join("theory.json").is_file());
}

#[test]
fn cells_are_taken_checked_and_missed() {
    let (dir, _, file) = exported(&[]);
    let path = |name: &str| dir.path().join(name);
    // The export without what it says of the cells.
    let bytes = fs::read(&file).unwrap();
    let bare = path("bare.safetensors");
    let at = bytes.windows(15).position(|w| w == b"cells.preferred").unwrap();
    let mut without = bytes.clone();
    without[at..at + 15].copy_from_slice(b"cells.forgotten");
    fs::write(&bare, without).unwrap();
    let assert = import(&bare, &path("bare"), EXPERIMENT, &["seed=17"]).assert().success();
    assert!(stderr(&assert).contains("warning: no target cells"), "{}", stderr(&assert));
    assert_eq!(record(&path("bare"))["imported"]["cells"], "experiment");

    let cells = Array2::from_shape_fn((20, 2), |(cell, axis)| {
        (cell as f64 - 9.5) * 0.1 + axis as f64 * 0.01
    });
    let given = path("cells.npy");
    let bring = |cells: &Path, run: &str| {
        let mut command = import(&bare, &dir.path().join(run), EXPERIMENT, &[]);
        command.arg("--place-cells").arg(cells);
        command
    };
    write_npy(&given, &cells).unwrap();
    bring(&given, "npy").assert().success();
    let npz = path("cells.npz");
    let mut writer = NpzWriter::new(File::create(&npz).unwrap());
    writer.add_array("centres", &cells).unwrap();
    writer.finish().unwrap();
    bring(&npz, "npz").assert().success();
    // An export is a file of cells too.
    bring(&file, "export").assert().success();

    for (name, wrong, said) in [
        ("outside", cells.mapv(|v| v * 100.0), "in the box"),
        ("few", cells.slice(ndarray::s![..19, ..]).to_owned(), "[20, 2], got [19, 2]"),
        ("turned", cells.t().to_owned(), "transpose it"),
        ("hole", cells.mapv(|v| if v == 0.05 { f64::NAN } else { v }), "NaN"),
    ] {
        let file = path(&format!("{name}.npy"));
        write_npy(&file, &wrong.as_standard_layout()).unwrap();
        let text = stderr(&bring(&file, "refused").assert().code(3));
        assert!(text.contains(said) && text.contains(name), "{name}: {text}");
    }
    assert!(!path("refused").exists());
}

#[test]
fn what_does_not_fit_is_named_and_leaves_nothing_behind() {
    let (dir, run, file) = exported(&[]);
    let out = dir.path().join("refused");
    let before = listing(dir.path());
    for (flags, code, said) in [
        (&["network.units=25"][..], 3, "network.units=24"),
        (&["task.cells.count=30"], 3, "task.cells.count=20"),
        (&["network.biases=true"], 3, "network.biases=false"),
        (&["network.kind=gru"], 3, "network.kind=rnn"),
        (&["--layout", "in_out"], 3, "--layout out_in"),
        (&["--layout", "sideways"], 2, "in_out"),
        (&["--place-cells", "/nowhere/cells.npy"], 3, "/nowhere/cells.npy"),
        (&["network.unit=3"], 2, "did you mean `units`"),
    ] {
        let text = stderr(&import(&file, &out, EXPERIMENT, flags).assert().code(code));
        assert!(text.contains(said), "{flags:?}: {text}");
    }
    // A folder in use stays as it is.
    let text = stderr(&import(&file, &run, EXPERIMENT, &[]).assert().code(2));
    assert!(text.contains("already holds a run"), "{text}");
    assert_eq!(listing(dir.path()), before);
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("notes.txt"), "mine").unwrap();
    let text = stderr(&import(&file, &other, EXPERIMENT, &[]).assert().code(2));
    assert!(text.contains("notes.txt"), "{text}");
    // An empty one is taken, as by `train`.
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let assert = import(&file, &empty, EXPERIMENT, &["--json"]).assert().success();
    let printed: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(printed, record(&empty));
    assert!(listing(dir.path()).iter().all(|path| !path.to_string_lossy().ends_with("partial")));
}

#[test]
fn an_export_overwrites_only_when_told_to() {
    let (dir, run, file) = exported(&[]);
    fs::write(&file, "precious").unwrap();
    let again = || {
        let mut command = quiescent();
        command.arg("export").arg(&run).arg("--out").arg(&file);
        command
    };
    let text = stderr(&again().assert().code(2));
    assert!(text.contains("network.safetensors") && text.contains("--force"), "{text}");
    assert_eq!(fs::read(&file).unwrap(), b"precious");
    again().arg("--force").assert().success();
    assert!(fs::read(&file).unwrap().len() > 1000);
    let text = stderr(
        &quiescent()
            .arg("export")
            .arg(dir.path())
            .arg("--out")
            .arg(dir.path().join("x"))
            .assert()
            .code(2),
    );
    assert!(text.contains("not a run"), "{text}");
}

#[test]
fn pytorchs_own_modules_run_to_the_same_states() {
    let Some(interpreter) = python::interpreter() else { return };
    let dir = tempfile::tempdir().unwrap();
    let lines = python::run(&interpreter, "pytorch_modules.py", &["make"], dir.path());
    let mut folders = vec!["compare".to_owned()];
    for line in lines.lines() {
        let made: Value = serde_json::from_str(line).unwrap();
        let folder = dir.path().join(made["folder"].as_str().unwrap());
        let (weights, run) = (folder.join("weights.safetensors"), folder.join("run"));
        let kind = made["kind"].as_str().unwrap();
        let settings = match kind {
            "gru" => "network.kind=gru".to_owned(),
            activation => format!("network.activation={activation}"),
        };
        let flags = [settings.as_str(), "network.noise.sigma=0"];
        let assert = import(&weights, &run, EXPERIMENT, &flags).assert().success();
        let said = stderr(&assert);
        assert!(
            said.contains("network.tau_s=0.02") && said.contains("on the test motion"),
            "{said}"
        );
        let experiment = fs::read_to_string(run.join("experiment.yml")).unwrap();
        assert!(experiment.contains("tau_s: 0.02"), "{experiment}");
        let imported = &record(&run)["imported"];
        // Of an nn.RNN, also that its nonlinearity cannot be seen.
        let expected = if kind == "gru" { 1 } else { 2 };
        assert!(imported["notes"].as_array().unwrap().len() >= expected, "{imported}");
        assert!(imported["tracking"]["constant"]["decode_error"].as_f64().unwrap() > 0.1);
        // A time constant that these networks do not have is not taken without a word.
        let flags = [settings.as_str(), "network.tau_s=0.1"];
        let refused = import(&weights, &folder.join("leaky"), EXPERIMENT, &flags).assert().code(2);
        assert!(stderr(&refused).contains("network.tau_s=0.1"), "{}", stderr(&refused));
        simulate(&run);
        export(&run, &folder.join("network.safetensors"));
        folders.push(made["folder"].as_str().unwrap().to_owned());
    }
    assert_eq!(folders.len(), 7);
    let arguments: Vec<&str> = folders.iter().map(String::as_str).collect();
    python::run(&interpreter, "pytorch_modules.py", &arguments, dir.path());
}

/// An exported file with one of its tensors multiplied.
fn scaled(file: &Path, tensor: &str, factor: f32) {
    let mut bytes = fs::read(file).unwrap();
    let header = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let found: Value = serde_json::from_slice(&bytes[8..header]).unwrap();
    let at = |end: usize| header + found[tensor]["data_offsets"][end].as_u64().unwrap() as usize;
    for value in bytes[at(0)..at(1)].chunks_exact_mut(4) {
        let number = f32::from_le_bytes(value.try_into().unwrap()) * factor;
        value.copy_from_slice(&number.to_le_bytes());
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_network_that_runs_away_is_said_to_have_diverged() {
    let (dir, _, file) = exported(&[]);
    scaled(&file, "w_rec.weight", 1000.0);
    let run = dir.path().join("wild");
    let text = stderr(&import(&file, &run, EXPERIMENT, &[]).assert().code(4));
    assert!(text.contains("diverged") && text.contains("trial 0 of the active phase"), "{text}");
    let found = record(&run);
    assert_eq!(
        (&found["status"], &found["imported"]["tracking"]["tracks"]),
        (&"diverged".into(), &false.into())
    );
    let before = listing(&run);
    let text = stderr(&quiescent().arg("simulate").arg(&run).assert().code(4));
    assert!(text.contains("run away") && text.contains("step"), "{text}");
    let out = dir.path().join("report");
    let report = || {
        let mut command = quiescent();
        command.arg("report").arg(&run).arg("--out").arg(&out);
        command
    };
    assert!(stderr(&report().assert().code(4)).contains("run away"));
    let theory = dir.path().join("theory");
    let text =
        stderr(&quiescent().arg("theory").arg(&run).arg("--out").arg(&theory).assert().code(4));
    assert!(text.contains("run away"), "{text}");
    assert_eq!(listing(&run), before);
    // Nothing is trained in its place.
    quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
    assert_eq!(hash(&run), found["parameters_sha256"].as_str().unwrap());
}

#[test]
fn a_network_that_runs_away_at_rest_alone_writes_nothing() {
    let (dir, _, file) = exported(&[]);
    // Growth of a few per cent in a step: harmless in 12 waking steps, not in 2000.
    scaled(&file, "w_rec.weight", 12.0);
    let run = dir.path().join("slow");
    import(&file, &run, EXPERIMENT, &[]).assert().success();
    let rest = |steps: &str| {
        let mut command = quiescent();
        command.arg("simulate").arg(&run).args(["--overwrite", "--steps", steps]);
        command
    };
    rest("12").assert().success();
    let before = fs::read(run.join("phases/quiescent.npz")).unwrap();
    let text = stderr(&rest("4000").assert().code(4));
    assert!(text.contains("quiescent phase") && text.contains("after step"), "{text}");
    assert_eq!(fs::read(run.join("phases/quiescent.npz")).unwrap(), before);
}

#[test]
fn an_import_says_whether_the_network_tracks() {
    let dir = tempfile::tempdir().unwrap();
    let (run, file) = (dir.path().join("run"), dir.path().join("network.safetensors"));
    // Hardly trained, it knows nothing.
    train(&run, &["training.batches=1"]).success();
    export(&run, &file);
    let back = dir.path().join("back");
    let text = stderr(&import(&file, &back, EXPERIMENT, &[]).assert().success());
    for said in
        ["imported network: off by", "always the same answer: off by", "untrained network: off by"]
    {
        assert!(text.contains(said), "{text}");
    }
    assert!(text.contains("warning: it does not track"), "{text}");
    assert_eq!(record(&back)["imported"]["tracking"]["tracks"], false);
    // A file that begins otherwise than the flag says.
    let refused =
        import(&file, &dir.path().join("no"), EXPERIMENT, &["--start", "zeros"]).assert().code(3);
    assert!(stderr(&refused).contains("omit --start"), "{}", stderr(&refused));
}
