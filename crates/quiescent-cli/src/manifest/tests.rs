//! Manifests: written, read back, added to, edited, mended.
#![allow(clippy::unwrap_used)]

use super::*;
use quiescent::experiment::sweep::{Sweep, folder_name};

fn plan(out: &Path, assignments: &[&str]) -> Plan {
    let sweep = Sweep::resolve("demo/spatial/noisy_unbiased", assignments).unwrap();
    let runs = sweep
        .runs()
        .unwrap()
        .into_iter()
        .map(|run| Run {
            folder: Path::new("runs").join(folder_name(&run.name, &run.identity)),
            name: run.name,
            varied: run.varied,
            experiment: run.experiment,
            identity: run.identity,
            after: After::Measure,
        })
        .collect();
    Plan { out: out.to_owned(), about: "what for".to_owned(), runs }
}

/// Keys that come and go, lists, texts and long numbers.
const ASSIGNMENTS: [&str; 4] = [
    "task.drift=null,{toward_m: [0.1, -0.2], fraction_per_step: 0.05}",
    "network.noise.sigma=0.1,0.0707106781186548",
    "about='a: \"b\", c # d'",
    "seed=0..2",
];

#[test]
fn a_manifest_gives_back_the_plan() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SWEEP_FILE);
    let plan = plan(folder.path(), &ASSIGNMENTS);
    assert!(plan.runs.len() >= 12);
    note(&plan).unwrap();
    let manifest = Manifest::read(&path).unwrap();
    assert!(manifest.bases.len() < plan.runs.len(), "{}", manifest.bases.len());
    let back = manifest.whole_plan(&path).unwrap();
    assert_eq!(back.out, plan.out);
    assert_eq!(back.about, plan.about);
    for (a, b) in back.runs.iter().zip(&plan.runs) {
        assert_eq!((&a.name, &a.folder, &a.varied), (&b.name, &b.folder, &b.varied));
        assert_eq!((&a.experiment, a.after), (&b.experiment, b.after));
    }
    let one = manifest.plan(&path, [5, 1000]).unwrap();
    assert_eq!(one.runs.len(), 1);
    assert_eq!(one.runs[0].identity, plan.runs[5].identity);
}

#[test]
fn runs_are_added_and_never_moved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SWEEP_FILE);
    let first = plan(folder.path(), &["network.units=8,16", "seed=0"]);
    let second = plan(folder.path(), &["network.units=16,24", "seed=0,1"]);
    note(&first).unwrap();
    note(&second).unwrap();
    let written = fs::read_to_string(&path).unwrap();
    note(&first).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), written);
    // What is done with a run is what was asked for it last, for it alone.
    let mut trained = first.clone();
    trained.runs.truncate(1);
    trained.runs[0].after = After::Nothing;
    note(&trained).unwrap();
    let afters: Vec<After> =
        Manifest::read(&path).unwrap().runs.iter().map(|entry| entry.after).collect();
    assert_eq!(afters[0], After::Nothing);
    assert!(afters[1..].iter().all(|after| *after == After::Measure));
    let names: Vec<String> = Manifest::read(&path)
        .unwrap()
        .whole_plan(&path)
        .unwrap()
        .runs
        .into_iter()
        .map(|run| run.name)
        .collect();
    assert_eq!(
        names,
        ["units=8", "units=16", "units=24_seed=0", "units=16_seed=1", "units=24_seed=1"]
    );
}

#[test]
fn what_was_changed_by_hand_or_is_of_another_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SWEEP_FILE);
    note(&plan(folder.path(), &["network.units=8,16", "seed=0..1"])).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        fs::write(&path, good.replacen(from, to, 1)).unwrap();
        Manifest::read(&path)
            .and_then(|manifest| manifest.whole_plan(&path))
            .unwrap_err()
            .to_string()
    };
    for (from, to, said) in [
        ("\"format_version\": 1", "\"format_version\": 9", "format version 9"),
        ("quiescent-sweep", "something", "no manifest"),
        ("network.units=16", "network.units=17", "another experiment"),
        ("\"base\": 0", "\"base\": 7", "has base 7 of"),
        ("runs/units=8", "../runs/units=8", "leads out"),
        ("runs/units=8", "/runs/units=8", "leads out"),
        ("\"about\"", "\"abuot\"", "damaged or was edited"),
        ("{", "", "damaged or was edited"),
    ] {
        let message = refused(from, to);
        assert!(message.contains(said), "{to}: {message}");
    }
    let none = Manifest::read(&folder.path().join("none.json")).unwrap_err().to_string();
    assert!(none.contains("does not exist"), "{none}");
}

#[test]
fn the_command_that_made_a_manifest_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(SWEEP_FILE);
    let plan = plan(folder.path(), &["network.units=8,16", "seed=0..1"]);
    note(&plan).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        good[..good.len() / 2].to_owned(),
        good.replacen("\"format_version\": 1", "\"format_version\": 9", 1),
        good.replacen("network.units=16", "network.units=17", 1),
    ] {
        fs::write(&path, &bad).unwrap();
        note(&plan).unwrap();
        let runs = Manifest::read(&path).unwrap().whole_plan(&path).unwrap().runs;
        assert_eq!(runs.len(), plan.runs.len());
        assert!(!folder.path().join("lock").exists());
    }
    assert!(folder.path().join("sweep.json.old").exists());
    // Looking at one that was edited shows the rest.
    fs::write(&path, good.replacen("network.units=16", "network.units=17", 1)).unwrap();
    let intact = Manifest::read(&path).unwrap().plan_of_intact(&path).runs.len();
    assert_eq!(intact, plan.runs.len() - 1);
}

#[test]
fn paths_are_said_as_short_as_they_are() {
    assert_eq!(tidy(Path::new("a/slurm/..")), Path::new("a"));
    assert_eq!(tidy(Path::new("slurm/..")), Path::new("."));
    assert_eq!(tidy(Path::new("../a/./b")), Path::new("../a/b"));
    assert_eq!(tidy(Path::new("./.")), Path::new("."));
}
