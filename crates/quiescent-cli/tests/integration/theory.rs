//! `theory`, run as a user would: an experiment, a run, again, and what makes no sense.

use crate::common::{self, SMALL, quiescent, stderr, stdout};
use serde_json::Value;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

const HEADING: &str = "demo/head_direction/noisy_unbiased";

#[test]
fn a_run_and_an_experiment_are_examined_and_the_run_keeps_its_part() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("heading");
    quiescent()
        .args(["train", HEADING, "--out"])
        .arg(&run)
        .args(SMALL)
        .arg("time.steps=40")
        .assert()
        .success();
    let out = dir.path().join("theory");
    let examine = || {
        let mut command = quiescent();
        command.arg("theory").arg(&run).arg(HEADING).arg("task.cells.count=20");
        command.arg("--out").arg(&out);
        command
    };
    let assert = examine().assert().success();
    let printed = stdout(&assert);
    for part in ["cosine (leak-only)", "assumptions met", " of 11", "β = 1", "report:"] {
        assert!(printed.contains(part), "{part} is missing: {printed}");
    }
    assert!(
        printed
            .lines()
            .filter(|line| !line.starts_with("report:"))
            .all(|line| { line.chars().count() < 100 })
    );
    let said = stderr(&assert);
    assert!(said.contains("2 subjects to examine, 0 of them examined already"), "{said}");
    assert!(said.contains("comparing with the theory; all: 0 % done"), "{said}");
    assert!(!run.join("theory_parts.json").exists());
    let text = fs::read_to_string(out.join("theory.json")).unwrap();
    let found: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0]["examination"]["networks"].as_array().unwrap().len(), 2);
    assert_eq!(found[1]["examination"]["networks"].as_array().unwrap().len(), 0);
    assert!(found[1]["examination"]["optimal"]["components"].as_u64().unwrap() >= 180);
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    for part in ["theory-findings", "theory_bound", "theory-assumptions", "greedily optimal"] {
        assert!(html.contains(part), "{part} is missing");
    }
    for figure in ["score_field", "drift_field", "alignment", "response", "temperature", "bound"] {
        for extension in ["svg", "pdf", "png", "csv"] {
            let file = out.join(format!("figures/theory_{figure}.{extension}"));
            assert!(fs::metadata(&file).unwrap().len() > 60, "{}", file.display());
        }
    }
    assert!(out.join("figures/theory_assumptions.csv").is_file());

    // Kept in the run, and taken from there: the same bytes, and none are made anew.
    let kept = run.join("theory.json");
    let before = fs::metadata(&kept).unwrap().modified().unwrap();
    let assert = examine().arg("--json").assert().success();
    assert_eq!(stdout(&assert).trim_end(), text.trim_end());
    assert_eq!(fs::metadata(&kept).unwrap().modified().unwrap(), before);
    // A damaged one is made again.
    let whole = fs::read(&kept).unwrap();
    fs::write(&kept, &whole[..whole.len() / 3]).unwrap();
    examine().assert().success();
    assert_eq!(fs::read(&kept).unwrap(), whole);
    // A report of the run shows it.
    let report = dir.path().join("report");
    quiescent().arg("report").arg(&run).arg("--out").arg(&report).assert().success();
    assert!(fs::read_to_string(report.join("report.html")).unwrap().contains("theory-findings"));
}

/// Stopped by a signal once its first part is kept, it says so, and goes on from there to the same bytes.
#[cfg(unix)]
#[test]
fn a_stopped_examination_goes_on_from_its_finished_parts() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    common::train(&run, &["time.steps=40"]).success();
    let out = dir.path().join("out");
    let mut child = std::process::Command::new(common::binary())
        .arg("theory")
        .arg(&run)
        .arg("--out")
        .arg(&out)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let parts = run.join("theory_parts.json");
    let deadline = Instant::now() + Duration::from_secs(60);
    while !parts.exists() {
        assert!(Instant::now() < deadline, "no part within a minute");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        sleep(Duration::from_millis(2));
    }
    let id = child.id().to_string();
    let killed = std::process::Command::new("kill").args(["-s", "INT", &id]).status();
    assert!(killed.unwrap().success());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    let go_on = format!("go on with: quiescent theory {} --out {}", run.display(), out.display());
    assert!(said.contains("finished parts of runs are kept") && said.contains(&go_on), "{said}");
    assert!(parts.exists() && !out.exists());
    let command = |run: &std::path::Path| {
        let assert = quiescent().arg("theory").arg(run).arg("--out").arg(&out).assert().success();
        (stderr(&assert), fs::read(run.join("theory.json")).unwrap())
    };
    let (said, resumed) = command(&run);
    assert!(!said.contains("all: 0 % done, 0.0 s") && !parts.exists(), "{said}");
    fs::remove_file(run.join("theory.json")).unwrap();
    // A damaged list of parts counts for nothing.
    fs::write(&parts, "{").unwrap();
    assert_eq!(command(&run).1, resumed);
    assert!(command(&run).0.contains("1 subject to examine, 1 of them examined already"));
}

#[test]
fn what_cannot_be_examined_is_refused_in_words() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let run = dir.path().join("run");
    common::train(&run, &[]).success();
    let stopped = dir.path().join("stopped");
    common::train(&stopped, &[]).success();
    fs::remove_dir_all(stopped.join("checkpoints")).unwrap();
    let path = |path: &std::path::Path| path.display().to_string();
    for (arguments, code, expected) in [
        (vec!["demo/spatial/nosy".into()], 2, "did you mean `demo/spatial/noisy_biased`"),
        (vec!["nope".into()], 2, "neither a run folder, nor an experiment file, nor a shipped"),
        (vec![path(&empty)], 3, "holds no run"),
        (vec!["network.units=3".into()], 2, "before the changes"),
        (vec![path(&run), "network.units=3".into()], 2, "of a run only rest.adaptation"),
        (vec![path(&run), path(&run)], 2, "given twice"),
        (vec![path(&stopped)], 3, "no checkpoint"),
        (vec![HEADING.into(), "--signal-to-noise=0".into()], 2, "positive"),
        (vec![HEADING.into(), "--substeps=0".into()], 2, "--substeps"),
        (vec![HEADING.into(), "network.unit=3".into()], 2, "did you mean `units`"),
    ] {
        let assert = quiescent().arg("theory").args(&arguments).arg("--out").arg(&out).assert();
        let said = stderr(&assert.code(code));
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!out.exists(), "{arguments:?} left something behind");
    } // What can be examined is, and the rest is named.
    let assert =
        quiescent().arg("theory").arg(&run).arg(&stopped).arg("--out").arg(&out).assert().code(3);
    assert!(stderr(&assert).contains("lacks") && stderr(&assert).contains("no checkpoint"));
    assert!(out.join("report.html").is_file());
}
