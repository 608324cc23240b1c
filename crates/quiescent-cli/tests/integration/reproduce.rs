//! `reproduce` and the figures of `report`, run as a user would: whole, again, killed, with runs
//! missing, and with flags that make no sense.

use crate::common::{self, SMALL, binary, quiescent, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

fn arguments(out: &Path) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["reproduce", "--seeds", "0", "--threads", "2", "--out"].map(String::from).to_vec();
    arguments.push(out.display().to_string());
    arguments.extend(SMALL.map(String::from));
    arguments
}

/// Whether any network has saved a checkpoint.
fn has_checkpoint(out: &Path) -> bool {
    let runs = fs::read_dir(out.join("runs")).into_iter().flatten().flatten();
    let mut latest = runs.map(|run| run.path().join("seed_0/checkpoints/latest.safetensors"));
    latest.any(|file| file.exists())
}

fn claims(out: &Path) -> Vec<Value> {
    let text = fs::read_to_string(out.join("claims.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn one_command_goes_from_nothing_to_claims_and_figures_and_again_in_the_same_bits() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("whole");
    let assert = quiescent().args(arguments(&out)).assert().success();
    assert!(stderr(&assert).contains("8 runs, 0 of them done already"));
    let printed = stdout(&assert);
    let found = claims(&out);
    for claim in &found {
        let id = claim["id"].as_str().unwrap();
        if claim["verdict"].is_null() {
            assert!(!printed.contains(&format!("{id}  ")), "{id} is not folded");
        } else {
            assert!(printed.contains(id), "{id} is not printed");
        }
        for key in ["figure", "statement", "measured", "interval", "expected", "verdict", "unit"] {
            assert!(claim.get(key).is_some(), "{id} has no {key}");
        }
        assert!(!claim["verdict"].is_null() || claim["note"].is_string(), "{claim}");
        assert!(!id.starts_with("learning.") || claim["verdict"] == "fails", "{claim}");
    }
    // Networks as small as these hardly learn, and nothing is said of the rest of those that do not.
    let unlearned = |claim: &&Value| {
        let note = claim["note"].as_str().unwrap_or_default();
        claim["verdict"].is_null() && note.contains("has not learned")
    };
    assert!(found.iter().filter(unlearned).count() > 25);
    assert!(printed.contains("constant answer") && printed.contains("not judged"), "{printed}");
    assert!(printed.contains("untested   ") && printed.contains("(--verbose lists them)"));
    assert!(printed.contains("Networks of spatial/noisy_unbiased learn"), "{printed}");
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    for part in [
        "Summary of findings",
        "id=\"claims\"",
        "id=\"fig2e\"",
        "id=\"runs\"",
        "noisy_biased",
        "id=\"theory-findings\"",
    ] {
        assert!(html.contains(part), "{part} is missing");
    }
    for figure in quiescent_report::paper_figure_names() {
        for extension in ["svg", "pdf", "png", "csv"] {
            let file = out.join(format!("figures/{figure}.{extension}"));
            assert!(fs::metadata(&file).unwrap().len() > 60, "{}", file.display());
        }
    }

    // Nothing is left to do, and nothing changes.
    let before = fs::read(out.join("claims.json")).unwrap();
    let picture = fs::read(out.join("figures/fig2e.pdf")).unwrap();
    let beside_theory = fs::read(out.join("figures/theory_bound.csv")).unwrap();
    let assert = quiescent().args(arguments(&out)).arg("--json").assert().success();
    assert!(stderr(&assert).contains("8 runs, 8 of them done already"));
    assert!(
        !stderr(&assert).contains("simulating and measuring")
            && !stderr(&assert).contains("comparing with the theory"),
        "studies are kept: {}",
        stderr(&assert)
    );
    assert_eq!(fs::read(out.join("claims.json")).unwrap(), before);
    assert_eq!(fs::read(out.join("figures/fig2e.pdf")).unwrap(), picture);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&stdout(&assert)).unwrap(), found);

    // A damaged phase of a study is made again.
    let phase = out.join("runs/spatial-noisy_biased/seed_0/phases/study_quiescent.npz");
    let whole = fs::read(&phase).unwrap();
    fs::write(&phase, &whole[..whole.len() / 2]).unwrap();
    let assert = quiescent().args(arguments(&out)).assert().success();
    assert_eq!(stderr(&assert).matches("simulating and measuring").count(), 1);
    assert_eq!(fs::read(&phase).unwrap(), whole);
    assert_eq!(fs::read(out.join("claims.json")).unwrap(), before);

    // Killed again and again on the way, with two networks at once, it ends in the same bits.
    let killed = dir.path().join("killed");
    let began = Instant::now();
    let (mut kills, mut saved) = (0, 0);
    // Moments rather than events, so that they fall anywhere.
    for delay_ms in [150, 400, 250, 700, 300, 900, 500, 1500, 1000, 2500, 600_000] {
        let mut child = Command::new(binary())
            .args(arguments(&killed))
            .args(["--jobs", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_millis(delay_ms);
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if Instant::now() > deadline => break None,
                None => sleep(Duration::from_millis(5)),
            }
        };
        match status {
            Some(status) => {
                assert!(status.success(), "{status}");
                break;
            }
            None => {
                child.kill().unwrap();
                child.wait().unwrap();
                kills += 1;
                saved += usize::from(has_checkpoint(&killed));
            }
        }
        assert!(began.elapsed() < Duration::from_secs(600));
    }
    assert!(kills >= 3, "only {kills} kills hit the command");
    assert!(saved >= 1, "none of {kills} kills came after something was saved");
    assert_eq!(fs::read(killed.join("claims.json")).unwrap(), before);
    assert_eq!(fs::read(killed.join("figures/fig2e.pdf")).unwrap(), picture);
    assert_eq!(fs::read(killed.join("figures/theory_bound.csv")).unwrap(), beside_theory);

    // Another plan in the same folder is refused, by name, before anything is done.
    let mut other = arguments(&out);
    other.push("network.units=25".to_owned());
    let assert = quiescent().args(other).assert().code(2);
    let said = stderr(&assert);
    assert!(said.contains("network.units is 24 there and 25 here"), "{said}");
    assert!(said.contains("choose another --out"), "{said}");

    // A run that cannot be read is named, and the report comes out without it.
    let run = out.join("runs/spatial-noiseless_biased/seed_0");
    fs::write(run.join("checkpoints/latest.safetensors"), b"damaged").unwrap();
    fs::remove_file(run.join("study.json")).unwrap();
    let assert = quiescent().args(arguments(&out)).assert().code(3);
    let said = stderr(&assert);
    assert!(said.contains("without spatial/noiseless_biased/seed_0"), "{said}");
    assert!(said.contains("latest.safetensors"), "{said}");
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("Left out of this report") && html.contains("latest.safetensors"));
    let untested: Vec<Value> =
        claims(&out).into_iter().filter(|claim| claim["verdict"].is_null()).collect();
    assert!(untested.iter().any(|claim| claim["id"] == "learning.spatial/noiseless_biased"));
    assert!(
        untested.iter().all(|claim| !claim["id"].as_str().unwrap().starts_with("learning.head_"))
    );

    // The figures come from the run folders alone.
    let report = dir.path().join("again");
    let page = report.join("report.html");
    let runs = ["spatial-noisy_unbiased", "head_direction-noisy_biased"];
    let runs = runs.map(|name| killed.join("runs").join(name).join("seed_0"));
    quiescent().arg("report").args(&runs).arg("--out").arg(&report).assert().success();
    let redrawn = dir.path().join("again/figures/fig1de.svg");
    assert_eq!(
        fs::read(redrawn).unwrap(),
        fs::read(killed.join("figures/fig1de.svg")).unwrap(),
        "the same picture from the run folder"
    );
    assert!(fs::read_to_string(&page).unwrap().contains("No run of spatial/noisy_biased"));
    // One divergence has one value: `measure` says that of the study.
    for run in &runs {
        let text = fs::read_to_string(run.join("study.json")).unwrap();
        let study: Value = serde_json::from_str(&text).unwrap();
        let said = stdout(&quiescent().arg("measure").arg(run).arg("--json").assert().success());
        let said: Value = serde_json::from_str(&said).unwrap();
        let studied = &study["result"]["found"]["divergences"]["quiescent"];
        let kl = &said[run.to_str().unwrap()]["measurements"][0];
        assert_eq!(kl["name"], "kl_quiescent_from_active");
        assert_eq!(kl["value"], studied["kl_quiescent_from_active"]["nats"]);
        assert!(!run.join("measurements.json").exists());
    }

    // A report names a run that cannot be read, of whatever kind, and shows the others.
    let text = fs::read_to_string(runs[1].join("run.json")).unwrap();
    fs::write(
        runs[1].join("run.json"),
        text.replace("\"schema_version\": 1", "\"schema_version\": 0"),
    )
    .unwrap();
    let assert = quiescent().arg("report").args(&runs).arg("--out").arg(&report).assert().code(3);
    assert!(stderr(&assert).contains("version"), "{}", stderr(&assert));
    assert!(fs::read_to_string(&page).unwrap().contains("Left out of this report"));
}

#[test]
fn only_networks_that_differ_in_their_seed_alone_are_pooled() {
    let dir = tempfile::tempdir().unwrap();
    let runs: Vec<_> = ["first", "second", "twin", "larger"]
        .into_iter()
        .zip(["seed=0", "seed=1", "seed=1", "network.units=30"])
        .map(|(name, change)| {
            let run = dir.path().join(name);
            common::train(&run, &[change]).success();
            run
        })
        .collect();
    let report = dir.path().join("report");
    let assert = quiescent().arg("report").args(&runs).arg("--out").arg(&report).assert().success();
    let said = stderr(&assert);
    assert!(said.contains("twin (it has the same seed as second, 1)"), "{said}");
    assert!(
        said.contains("larger") && said.contains("network.units is 30, but in first"),
        "{said}"
    );
    let html = fs::read_to_string(report.join("report.html")).unwrap();
    assert!(html.contains("network.units is 30, but in first"));
    // The runs themselves are all there; the figures are of two seeds.
    for name in ["first", "second", "twin", "larger"] {
        assert!(report.join("figures").join(name).is_dir(), "{name}");
    }
    let table = fs::read_to_string(report.join("figures/fig1b.csv")).unwrap();
    let lines: Vec<&str> = table.lines().filter(|line| line.contains("test_loss")).collect();
    assert!(lines.len() > 2 && lines.iter().all(|line| line.ends_with(",2")), "{lines:#?}");
}

#[test]
fn a_dry_run_counts_theory_and_figures_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let dry = |flags: &[&str]| {
        let assert = quiescent()
            .args(arguments(&out))
            .args(["--dry-run", "--only", "noisy_unbiased"])
            .args(flags)
            .assert()
            .success();
        assert!(!out.exists());
        stdout(&assert)
    };
    let printed = dry(&[]);
    for part in [
        "spatial/noisy_unbiased/seed_0 ",
        "comparison with the theory",
        "comparison of the networks",
        "figures and report",
        "2 runs, ",
        "nothing was written",
    ] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let plan: Value = serde_json::from_str(&dry(&["--json"])).unwrap();
    let seconds = |value: &Value| value["estimated_s"].as_f64().unwrap();
    let parts: f64 = plan["following"].as_array().unwrap().iter().map(seconds).sum();
    assert!(parts > 0.0 && seconds(&plan) > parts, "{plan}");
    assert_eq!(plan["runs"].as_array().unwrap().len(), 2);
}

#[test]
fn stopped_by_a_signal_it_saves_and_says_how_to_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(binary())
        .args(arguments(dir.path()))
        .args(["training.batches=100000", "--jobs", "2", "--only", "noisy_unbiased"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let runs = ["spatial-noisy_unbiased", "head_direction-noisy_unbiased"]
        .map(|run| dir.path().join("runs").join(run).join("seed_0"));
    // Both are trained at once, and either may be the slower.
    while !runs.iter().all(|run| run.join("checkpoints/latest.safetensors").exists()) {
        assert!(Instant::now() < deadline, "no checkpoint of both within a minute");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(5));
    }
    let status = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(status.unwrap().success());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("resume with: the same command"), "{said}");
    for run in runs {
        assert_eq!(common::record(&run)["status"], "interrupted", "{}", run.display());
    }
}

#[test]
fn plans_that_make_no_sense_are_refused_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    for (flags, expected) in [
        (&["--seeds", "5..1"][..], "must ascend"),
        (&["--seeds", "many"], "0..4"),
        (&["--only", "nosy"], "spatial/noisy_unbiased"),
        (&["--scale", "huge"], "paper"),
        (&["--jobs", "0"], "--jobs"),
        (&["network.noise.sigma=0.1"], "another condition"),
        (&["seed=3"], "--seeds"),
        (&["network.unit=3"], "did you mean `units`"),
    ] {
        let assert = quiescent().arg("reproduce").args(flags).arg("--out").arg(&out).assert();
        let assert = assert.code(2);
        assert!(stderr(&assert).contains(expected), "{flags:?}: {}", stderr(&assert));
        assert!(!out.exists(), "{flags:?} left something behind");
    }
}
