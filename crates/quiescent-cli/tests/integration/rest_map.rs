//! Rest that is changed: `rest-map`, and `rest.KEY=VALUE` of `measure`, `report` and `theory`, run as a user would.

use crate::common::{quiescent, stderr, stdout, train};
use serde_json::Value;
use std::fs;
use std::path::Path;

const ADAPTED: [&str; 2] = ["rest.adaptation.strength=1", "rest.adaptation.tau_s=0.1"];
const PHASE: &str = "adaptation-strength-1_adaptation-tau_s-0-1";
const FEW: [&str; 8] = [
    "--strengths",
    "0.5",
    "--adaptation-taus",
    "0.1,0.2",
    "--frictions",
    "1,0.5",
    "--trials=10",
    "--steps=60",
];

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_map_is_drawn_up_once_and_shown_in_reports() {
    let dir = tempfile::tempdir().unwrap();
    let (run, out) = (dir.path().join("a"), dir.path().join("map"));
    train(&run, &[]).success();
    let draw = || {
        let mut command = quiescent();
        command.arg("rest-map").arg(&run).args(FEW).arg("--out").arg(&out);
        command
    };
    let assert = draw().assert().success();
    assert!(stderr(&assert).contains("resting in many ways"), "{}", stderr(&assert));
    let said = stdout(&assert);
    for part in ["12 ways to rest", "First-order rest has KL", "report:"] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
    let found = json(&out.join("rest_map.json"));
    let points = found[0]["map"]["points"].as_array().unwrap();
    // Two noises, two frictions, and without adaptation or with one of two.
    assert_eq!(points.len(), 12);
    assert!(points[0]["way"].get("adaptation").is_none());
    for figure in ["rest_map", "rest_frontier"] {
        let folders: Vec<_> = fs::read_dir(out.join("figures")).unwrap().collect();
        let folder = folders[0].as_ref().unwrap().path();
        for extension in ["svg", "pdf", "png", "csv"] {
            let file = folder.join(format!("{figure}.{extension}"));
            assert!(fs::metadata(&file).unwrap().len() > 60, "{}", file.display());
        }
    }
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("faithful and continuous"), "the answer is missing");

    // Again: from the folder, to the same bytes.
    let kept = fs::read(run.join("rest_map.json")).unwrap();
    let printed = fs::read(out.join("rest_map.json")).unwrap();
    draw().assert().success();
    assert_eq!(fs::read(run.join("rest_map.json")).unwrap(), kept);
    assert_eq!(fs::read(out.join("rest_map.json")).unwrap(), printed);
    let report = dir.path().join("report");
    let mut command = quiescent();
    command.arg("report").arg(&run).args(["--only", "runs", "--out"]).arg(&report);
    command.assert().success();
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains("What the network does in many ways to rest"));
    let said = stdout(&quiescent().arg("verify").arg(&run).assert().success());
    assert!(said.contains("rest_map.json"), "{said}");
}

#[test]
fn settings_of_a_map_that_make_no_sense_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (run, out) = (dir.path().join("a"), dir.path().join("map"));
    train(&run, &[]).success();
    for (arguments, code, expected) in [
        (["--strengths", "-1"], 2, "--strengths -1: must be above 0"),
        (["--strengths", "a"], 2, "invalid"),
        (["--frictions", "0"], 2, "--frictions 0: must be above 0"),
        (["--frictions", "1.5"], 2, "--frictions 1.5"),
        (["--adaptation-taus", "100"], 2, "--adaptation-taus 100: must be"),
        (["--noise-ratios", "inf"], 2, "--noise-ratios inf"),
        (["--trials", "3"], 2, "--trials 3"),
        (["--steps", "30"], 2, "--steps 30"),
        (["--strength", "1"], 2, "--strengths"),
    ] {
        let mut command = quiescent();
        command.arg("rest-map").arg(&run).args(arguments).arg("--out").arg(&out);
        let said = stderr(&command.assert().code(code));
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!out.exists() && !run.join("rest_map.json").exists(), "{arguments:?}");
    }
    let said = stderr(&quiescent().args(["rest-map", "nowhere"]).assert().code(2));
    assert!(said.contains("nowhere"), "{said}");
}

#[test]
fn rest_of_a_run_that_exists_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("a");
    train(&run, &[]).success();
    let measure = || {
        let mut command = quiescent();
        command.arg("measure").arg(&run).args(ADAPTED);
        command
    };
    let said = stdout(&measure().assert().success());
    assert!(said.contains(&format!("{PHASE}.kl_quiescent_from_active")), "{said}");
    assert!(said.contains("  kl_quiescent_from_active"), "its own rest is there too: {said}");
    let record = json(&run.join(format!("phases/{PHASE}.json")));
    assert_eq!(record["adaptation"]["strength"], 1.0);
    // The phase is kept, and not simulated again.
    let file = run.join(format!("phases/{PHASE}.npz"));
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    assert_eq!(stdout(&measure().assert().success()), said);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
    let report = dir.path().join("report");
    let mut command = quiescent();
    command.arg("report").arg(&run).args(ADAPTED).args(["--only", "runs", "--out"]).arg(&report);
    command.assert().success();
    let page = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(page.contains(PHASE) && page.contains("Comparison of the quiescent phases"));

    for (command, change, expected) in [
        ("measure", "network.units=3", "only how a trained network rests"),
        ("report", "network.units=3", "only how a trained network rests"),
        ("measure", "rest.adaptation.strength=-1", "strength"),
        ("measure", "rest.momentum.friction=2", "friction"),
        ("theory", "rest.momentum.friction=2", "friction"),
        ("theory", "rest.steps=3", "of a run only rest.adaptation"),
    ] {
        let mut given = quiescent();
        given.arg(command).arg(&run).arg(change);
        let said = stderr(&given.assert().code(2));
        assert!(said.contains(expected), "{command} {change}: {said}");
    }
}

#[test]
fn the_theory_examines_rest_as_it_is_changed() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("a");
    train(&run, &[]).success();
    let exponents = |changes: &[&str], out: &str| {
        let out = dir.path().join(out);
        let mut command = quiescent();
        command.arg("theory").arg(&run).args(changes).arg("--out").arg(&out);
        command.assert().success();
        let found = json(&out.join("theory.json"));
        let network = &found[0]["examination"]["networks"][0];
        (found[0]["examination"]["settings"]["dynamics"].clone(), network["temperature"].clone())
    };
    let (plain, first_order) = exponents(&[], "plain");
    let (changed, adapted) = exponents(&ADAPTED, "adapted");
    assert_eq!(plain, serde_json::json!({}));
    assert_eq!(changed["adaptation"]["tau_s"], 0.1);
    assert_ne!(first_order, adapted);
}
