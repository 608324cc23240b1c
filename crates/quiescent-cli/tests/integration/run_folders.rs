//! What is done with run folders after training: second realisations, longer training, lists, differences and
//! checks; and the scripts and pages that are made of the command line itself.

use crate::common::{EXPERIMENT, SMALL, hash, metrics, quiescent, record, stderr, stdout, train};
use assert_cmd::assert::Assert;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// With these, batches do not depend on how many there are.
const CONSTANT: &str =
    "training.schedule={warmup_fraction: 0, decay_fraction: 0, growth_fraction: 0}";

fn simulate(run: &Path, flags: &[&str]) -> Assert {
    quiescent().arg("simulate").arg(run).args(flags).assert()
}

fn resume(run: &Path, overrides: &[&str]) -> Assert {
    quiescent().args(["train", "--resume", "--out"]).arg(run).args(overrides).assert()
}

fn json(command: &[&str], runs: &[&Path]) -> Value {
    let assert = quiescent().args(command).args(runs).arg("--json").assert();
    serde_json::from_str(&stdout(&assert)).unwrap()
}

fn phase(run: &Path, name: &str) -> (Vec<u8>, Value) {
    let file = run.join("phases").join(name);
    let record = fs::read(file.with_extension("json")).unwrap();
    (fs::read(file.with_extension("npz")).unwrap(), serde_json::from_slice(&record).unwrap())
}

#[test]
fn a_seed_gives_a_second_realisation_and_nothing_is_replaced_silently() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    simulate(&run, &[]).success();
    let (first, known) = phase(&run, "quiescent");
    assert_eq!((&known["seed"], known.get("wake_steps")), (&0.into(), None));

    // The same settings give the same bits, said or not.
    let said = stdout(&simulate(&run, &["--seed", "0"]).success());
    assert_eq!(said.matches("simulated again with the same settings").count(), 2, "{said}");
    assert_eq!(phase(&run, "quiescent").0, first);

    // Others are refused, with what differs, before anything is simulated.
    let flags = ["--seed", "7", "--steps", "20", "--start", "after_wake", "--noise", "same"];
    let said = stderr(&simulate(&run, &flags).code(2));
    for part in [
        "phase `active` with other settings (seed 0 -> 7)",
        "(steps 200 -> 20, seed 0 -> 7, start encoded -> after_wake, noise σ 0.1",
        "--name NAME",
        "--overwrite",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("active steps"), "{said}");
    assert_eq!(phase(&run, "quiescent").0, first);

    // Beside them, under names for both.
    simulate(&run, &["--seed", "7", "--name", "again"]).success();
    let (second, known) = phase(&run, "again");
    assert_eq!(known["seed"], 7);
    assert_ne!(second, first);
    assert_ne!(phase(&run, "again_active").0, phase(&run, "active").0);
    simulate(&run, &["--phase", "active", "--active-steps", "30", "--name", "long_wake"]).success();
    assert_eq!(phase(&run, "long_wake").1["steps"], 30);
    // After an active phase of another length it is another quiescent phase.
    let after = ["--phase", "quiescent", "--start", "after_wake", "--name", "after"];
    simulate(&run, &after).success();
    let said = stderr(&simulate(&run, &[&after[..], &["--active-steps", "30"]].concat()).code(2));
    assert!(said.contains("(active steps before the quiescent phase 12 -> 30)"), "{said}");
    // States are not lost, and can be added.
    let states = ["--phase", "quiescent", "--states-every", "3"];
    let said = stdout(&simulate(&run, &states).success());
    assert!(said.contains("hidden states kept every 3rd step (66 per trial)"), "{said}");
    let with_states = phase(&run, "quiescent").0;
    simulate(&run, &[]).success();
    assert!(phase(&run, "quiescent").0 == with_states, "states were lost");
    let said = stderr(&simulate(&run, &["--states-every", "4"]).code(2));
    assert!(said.contains("steps between kept hidden states 3 -> 4"), "{said}");
    for (flags, named) in [
        (["--phase", "active", "--name", "quiescent"], "the quiescent phase's"),
        (["--phase", "both", "--name", "active"], "the active phase's"),
    ] {
        assert!(stderr(&simulate(&run, &flags).code(2)).contains(named));
    }

    // What is measured has the seed; only rest is compared with waking.
    quiescent().arg("measure").arg(&run).assert().success();
    let text = fs::read_to_string(run.join("measurements.json")).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    let found = &found["result"];
    assert_eq!(found["phases"]["again"]["seed"], 7);
    assert_eq!(found["phases"]["long_wake"]["steps"], 30);
    let compared: Vec<&String> = found["divergences"].as_object().unwrap().keys().collect();
    assert_eq!(compared, ["after", "again", "quiescent"]);

    // Replacing is possible, and makes the measurements go.
    simulate(&run, &["--seed", "7", "--overwrite"]).success();
    assert_eq!(phase(&run, "quiescent").0, second);
    assert!(!run.join("measurements.json").exists());
    // A phase of other parameters, or one that nobody knows about, is in nobody's way.
    fs::write(run.join("phases/quiescent.json"), "{").unwrap();
    simulate(&run, &["--phase", "quiescent"]).success();
    assert_eq!(phase(&run, "quiescent").0, first);
}

#[test]
fn a_run_trained_longer_is_the_run_that_was_begun_so() {
    let dir = tempfile::tempdir().unwrap();
    let [run, whole] = ["run", "whole"].map(|name| dir.path().join(name));
    let longer = [CONSTANT, "training.batches=70", "training.milestones=[20]"];
    train(&whole, &longer).success();
    train(&run, &[CONSTANT, "training.milestones=[20]"]).success();
    quiescent().arg("measure").arg(&run).assert().success();
    let short = hash(&run);

    for (overrides, named) in [
        (&["training.batches=30"][..], "it has been trained for 40 already"),
        (&["network.units=30", "training.batches=70"], "network.units=30: "),
        (&["training.test_every=5"], "only training.batches can change"),
        (&["training.batches=none"], "training.batches"),
    ] {
        let said = stderr(&resume(&run, overrides).code(2));
        assert!(said.contains(named), "{said}");
    }
    let again = train(&run, &["--resume", CONSTANT, "training.batches=70"]).code(2);
    assert!(stderr(&again).contains("training.milestones"), "{}", stderr(&again));
    assert_eq!((hash(&run), record(&run)["status"].as_str()), (short, Some("finished")));

    // A kill after the record is changed, and one after the experiment is.
    let text = fs::read_to_string(run.join("run.json")).unwrap();
    fs::write(run.join("run.json"), text.replace("\"finished\"", "\"interrupted\"")).unwrap();
    resume(&run, &[]).success();
    assert_eq!(record(&run)["status"], "finished");
    let yaml = fs::read_to_string(run.join("experiment.yml")).unwrap();
    fs::write(run.join("experiment.yml"), yaml.replace("batches: 40", "batches: 50")).unwrap();
    resume(&run, &[]).success();
    assert_eq!(record(&run)["batch"], 50);

    resume(&run, &["training.batches=70", "network.units=24"]).success();
    assert_eq!(hash(&run), hash(&whole));
    assert_eq!(metrics(&run), metrics(&whole));
    let files = ["experiment.yml", "checkpoints/batch-000020.safetensors"];
    for file in files {
        let [a, b] = [&run, &whole].map(|run| fs::read(run.join(file)).unwrap());
        // A checkpoint says how long it took.
        assert!(a == b || file != "experiment.yml", "{file}");
        assert_eq!(a.len(), b.len());
    }
    // What was found of the shorter training is of other parameters now.
    let nowhere = dir.path().join("nowhere");
    let said = stderr(&quiescent().arg("verify").arg(&nowhere).assert().code(2));
    assert_eq!(said.matches("nowhere").count(), 1, "{said}");
    let checks = json(&["verify"], &[&run]);
    assert_eq!(checks[0]["health"], "stale", "{checks}");
    assert!(json(&["runs"], &[&run])[0]["kl_quiescent_from_active"].is_null());
}

#[test]
fn a_run_with_a_schedule_is_trained_longer_only_where_that_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let falling =
        "training.schedule={warmup_fraction: 0, decay_fraction: 0.25, growth_fraction: 0}";
    train(&run, &[falling]).success();
    let before = (hash(&run), fs::read(run.join("run.json")).unwrap());
    let said = stderr(&resume(&run, &["training.batches=80"]).code(2));
    for part in
        ["batch 32 of the 40", "a learning rate of", "training.batches=80", "experiment.yml"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!((hash(&run), fs::read(run.join("run.json")).unwrap()), before);
    // What it says to do can be done.
    let whole = dir.path().join("whole");
    let file = run.join("experiment.yml");
    let mut command = quiescent();
    command.arg("train").arg(&file).arg("--out").arg(&whole).arg("training.batches=80");
    command.assert().success();
    // At batch 20 the rate has not begun to fall, whether of 40 batches or of 80.
    fs::remove_file(run.join("run.json")).unwrap();
    fs::remove_file(run.join("checkpoints/latest.safetensors")).unwrap();
    let mut text = fs::read_to_string(&file).unwrap();
    text = text.replace("milestones: []", "milestones: [20]");
    fs::write(&file, text).unwrap();
    resume(&run, &[]).success();
    fs::rename(
        run.join("checkpoints/batch-000020.safetensors"),
        run.join("checkpoints/latest.safetensors"),
    )
    .unwrap();
    resume(&run, &["training.batches=80"]).success();
    assert_eq!(hash(&run), hash(&whole));
}

#[test]
fn runs_are_listed_with_what_varies() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    train(&path("a"), &["network.noise.sigma=0.05"]).success();
    train(&path("deep/b"), &["seed=3"]).success();
    quiescent().arg("measure").arg(path("a")).assert().success();
    train(&path("damaged"), &[]).success();
    fs::write(path("damaged/run.json"), "{").unwrap();
    let text = fs::read_to_string(path("deep/b/run.json")).unwrap();
    let text =
        text.replace("\"finished\"", "\"interrupted\"").replace("\"batch\": 40", "\"batch\": 20");
    fs::write(path("deep/b/run.json"), text).unwrap();

    let list = json(&["runs"], &[dir.path()]);
    let [a, damaged, b] = [&list[0], &list[1], &list[2]];
    assert_eq!((a["status"].as_str(), b["status"].as_str()), (Some("finished"), Some("stopped")));
    assert_eq!(a["keys"], serde_json::json!({ "network.noise.sigma": 0.05 }));
    assert_eq!(b["keys"]["network.noise.sigma"].as_f64(), Some(0.07071067811865475));
    assert_eq!((&b["batch"], &b["batches"], &b["seed"]), (&20.into(), &40.into(), &3.into()));
    // What was measured has an interval, which includes the criterion here; a test has none.
    assert_eq!((&a["decode_error_unit"], &a["learned"]), (&"m".into(), &Value::Null));
    assert_eq!(b["learned"], false);
    assert!(
        a["decode_error"].as_f64().unwrap() > a["constant_answer_error"].as_f64().unwrap() / 2.0
    );
    assert!(a["kl_quiescent_from_active"].is_f64() && b["kl_quiescent_from_active"].is_null());
    assert_eq!(damaged["status"], "damaged");
    let reason = damaged["reason"].as_str().unwrap();
    assert!(reason.contains("run.json is damaged") && reason.contains("delete it"), "{reason}");

    let mut command = quiescent();
    let said = stdout(&command.current_dir(dir.path()).arg("runs").assert().success());
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("network.noise.sigma") && lines[0].contains("seed"), "{said}");
    assert!(lines[1].starts_with("a       ") && lines[1].contains("undecided"), "{said}");
    assert!(lines[3].starts_with("deep/b") && lines[3].contains("stopped 20/40"), "{said}");
    assert!(lines[3].contains("NO") && lines[3].contains("not judged"), "{said}");
    assert!(lines[4].starts_with("damaged (damaged): "), "{said}");
    // What it says repairs it, to the same parameters.
    fs::remove_file(path("damaged/run.json")).unwrap();
    resume(&path("damaged"), &[]).success();
    assert_eq!(json(&["verify"], &[&path("damaged")])[0]["health"], "ok");
    let nothing = tempfile::tempdir().unwrap();
    let said = stdout(&quiescent().arg("runs").arg(nothing.path()).assert().success());
    assert!(said.starts_with("no runs in"), "{said}");
    quiescent().args(["runs", "nowhere"]).assert().code(2);
}

#[test]
fn a_damaged_run_of_a_sweep_is_damaged_everywhere() {
    let dir = tempfile::tempdir().unwrap();
    let sweep = || {
        let mut command = quiescent();
        command.args(["sweep", EXPERIMENT, "seed=0,1", "--train-only", "--out"]);
        command.arg(dir.path()).args(SMALL);
        command
    };
    sweep().assert().success();
    let status = || json(&["sweep", "status"], &[dir.path()]);
    let folder = status()["runs"][0]["folder"].as_str().unwrap().to_owned();
    let file = Path::new(&folder).join("run.json");
    fs::write(&file, "{").unwrap();
    let failed = sweep().assert().code(3);
    let said = stderr(&failed) + &stdout(&failed);
    assert!(said.contains("delete it and resume") && !said.contains("tries again"), "{said}");
    // Also after an attempt that left word of its failure.
    let found = status();
    assert_eq!(found["runs"][0]["state"], "damaged", "{found}");
    assert!(found["runs"][0]["detail"].as_str().unwrap().contains("delete it and resume"));
    fs::remove_file(&file).unwrap();
    sweep().assert().success();
    assert_eq!(status()["counts"]["done"], 2);
}

#[test]
fn differences_of_runs_are_shown_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b, other] = ["a", "b", "other"].map(|name| dir.path().join(name));
    train(&a, &[]).success();
    train(&b, &[]).success();
    train(&other, &["seed=1", "training.batches=20"]).success();
    quiescent().arg("measure").arg(&a).assert().success();
    let diff = |sides: [&Path; 2]| stdout(&quiescent().arg("diff").args(sides).assert().success());
    let said = diff([&a, &b]);
    assert!(said.starts_with("the same experiment\nthe same parameters, bit for bit\n"), "{said}");
    let found = json(&["diff"], &[&a, &other]);
    assert_eq!(
        (&found["same_experiment"], &found["same_parameters"]),
        (&false.into(), &false.into())
    );
    let keys: Vec<&str> = found["experiment"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["seed", "training.batches"]);
    let kl = &found["measurements"].as_array().unwrap()[3];
    assert_eq!(kl["name"], "kl_quiescent_from_active");
    assert!(kl["values"][0]["value"].is_f64() && kl["values"][1].is_null(), "{kl}");
    let said = diff([Path::new(EXPERIMENT), &a]);
    assert!(said.contains("network.units") && !said.contains("parameters, bit"), "{said}");
    let assert = quiescent().args(["diff", "nowhere/else"]).arg(&a).assert().code(2);
    assert!(stderr(&assert).contains("nowhere/else"), "{}", stderr(&assert));
    quiescent().arg("diff").arg(dir.path()).arg(&a).assert().code(2);
}

#[test]
fn what_is_wrong_with_a_run_folder_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &["training.milestones=[20]"]).success();
    quiescent().arg("measure").arg(&run).assert().success();
    let verify = || json(&["verify"], &[&run])[0].clone();
    let verdict = |file: &str| {
        let found = verify();
        let check = found["checks"].as_array().unwrap().iter().find(|check| check["file"] == file);
        let check = check.unwrap_or_else(|| panic!("{file}: {found}")).clone();
        let of = |key: &str| check[key].as_str().unwrap().to_owned();
        (of("health"), of("detail"))
    };
    let whole = verify();
    assert_eq!(whole["health"], "ok", "{whole}");
    assert_eq!(whole["checks"].as_array().unwrap().len(), 8, "{whole}");
    assert!(verdict("measurements.json").1.contains("bit-identical"));
    let said = stdout(&quiescent().arg("verify").arg(&run).assert().success());
    assert_eq!(said.lines().filter(|line| line.starts_with("ok ")).count(), 8, "{said}");

    // Each file in turn: what is done to it, what is said, and whether that is damage.
    let changed = |from: &str, to: &str| {
        let (from, to) = (from.to_owned(), to.to_owned());
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            let new = text.replacen(&from, &to, 1);
            assert_ne!(new, text, "{from} is not there");
            new.into_bytes()
        }
    };
    let flipped = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        bytes
    };
    type Change = Box<dyn Fn(Vec<u8>) -> Vec<u8>>;
    let sha256 = hash(&run);
    let cases: Vec<(&str, &str, Change, &str, &str)> = vec![
        ("run.json", "run.json", Box::new(|_| b"{".to_vec()), "damaged", "EOF"),
        (
            "run.json",
            "run.json",
            Box::new(changed("\"seed\": 0", "\"seed\": 1")),
            "damaged",
            "seed 1",
        ),
        (
            "run.json",
            "checkpoints/latest.safetensors",
            Box::new(changed(&sha256, &sha256.replace(&sha256[..2], "zz"))),
            "damaged",
            "run.json has batch 40",
        ),
        (
            "run.json",
            "run.json",
            Box::new(changed("\"schema_version\": 1", "\"schema_version\": 2")),
            "stale",
            "version 2",
        ),
        (
            "experiment.yml",
            "experiment.yml",
            Box::new(changed("units: 24", "units: [")),
            "damaged",
            "experiment.yml",
        ),
        (
            "experiment.yml",
            "checkpoints/latest.safetensors",
            Box::new(changed("units: 24", "units: 25")),
            "damaged",
            "another network",
        ),
        (
            "checkpoints/latest.safetensors",
            "checkpoints/latest.safetensors",
            Box::new(flipped),
            "damaged",
            "batch-000020",
        ),
        (
            "checkpoints/batch-000020.safetensors",
            "checkpoints/batch-000020.safetensors",
            Box::new(flipped),
            "damaged",
            "",
        ),
        (
            "metrics.jsonl",
            "metrics.jsonl",
            Box::new(changed("\"batch\":20", "\"batch\":5")),
            "damaged",
            "ascend",
        ),
        ("phases/active.npz", "phases/active.npz", Box::new(flipped), "damaged", "active.npz"),
        (
            "phases/active.json",
            "phases/active.npz",
            Box::new(changed("\"trials\": 12", "\"trials\": 13")),
            "damaged",
            "13 × 12",
        ),
        (
            "phases/active.json",
            "phases/active.npz",
            Box::new(changed(&sha256, "0")),
            "stale",
            "of the network at batch 40",
        ),
        (
            "measurements.json",
            "measurements.json",
            Box::new(changed("\"nats\":", "\"nats\":1")),
            "damaged",
            "when recomputed",
        ),
        (
            "measurements.json",
            "measurements.json",
            Box::new(changed("\"version\":6", "\"version\":1")),
            "stale",
            "another version",
        ),
    ];
    for (file, named, change, expected, part) in cases {
        let path = run.join(file);
        let before = fs::read(&path).unwrap();
        fs::write(&path, change(before.clone())).unwrap();
        let (found, detail) = verdict(named);
        assert_eq!(found, expected, "{file}: {detail}");
        assert!(detail.contains(part), "{file}: {detail}");
        let code = if expected == "damaged" { 3 } else { 0 };
        quiescent().arg("verify").arg(&run).assert().code(code);
        fs::write(&path, before).unwrap();
    }
    for (file, expected) in
        [("checkpoints/batch-000020.safetensors", "damaged"), ("phases/active.npz", "stale")]
    {
        let path = run.join(file);
        let before = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(verify()["health"], expected, "{file}");
        fs::write(&path, before).unwrap();
    }
    assert_eq!(verify(), whole);
    // A folder of runs is searched; one without runs is an error.
    quiescent().arg("verify").arg(dir.path()).assert().success();
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    quiescent().arg("verify").arg(&empty).assert().code(2);
}

#[test]
fn completions_and_manual_pages_cover_every_command() {
    let dir = tempfile::tempdir().unwrap();
    let help = stdout(&quiescent().arg("--help").assert().success());
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .map_while(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(commands.len() > 15 && commands.contains(&"verify"), "{help}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&quiescent().args(["completions", shell]).assert().success());
        for command in &commands {
            assert!(script.contains(command), "{shell} does not complete {command}");
        }
        assert!(script.contains("checkpoint") || script.contains("resume"), "{shell}: no flags");
    }
    quiescent().args(["completions", "cmd"]).assert().code(2);
    let out = dir.path().join("pages/man1");
    quiescent().args(["man", "--out"]).arg(&out).assert().success();
    assert!(out.join("quiescent.1").is_file());
    for command in commands.iter().filter(|command| **command != "help") {
        let page = fs::read_to_string(out.join(format!("quiescent-{command}.1"))).unwrap();
        assert!(page.contains("Example"), "{command} has no example in its page");
    }
    assert!(out.join("quiescent-sweep-collect.1").is_file());
    let page = stdout(&quiescent().args(["man", "--markdown"]).assert().success());
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(page.contains(&format!("\n## `quiescent {command}`\n")), "no {command}: {page}");
    }
    assert!(page.contains("\n### `quiescent sweep collect`\n"));
}

#[test]
fn what_is_finished_gets_no_wrong_advice() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let file = dir.path().join("network.safetensors");
    quiescent().arg("export").arg(&run).arg("--out").arg(&file).assert().success();
    let mut command = quiescent();
    command.args(["import", "--experiment", EXPERIMENT, "--weights"]).arg(&file);
    let said = stderr(&command.arg("--out").arg(&run).args(SMALL).assert().code(2));
    assert!(said.contains("already holds a run") && !said.contains("--resume"), "{said}");
}
