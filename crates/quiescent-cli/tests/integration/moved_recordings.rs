//! Runs on recordings that were moved apart, the rooms they share, and what a report leaves out.

use crate::common::{self, quiescent, record, stderr, train};
use std::fs;
use std::path::{Path, PathBuf};

/// Two minutes at 25 Hz on a Lissajous figure of 0.9 m, its left end at `left` m, with one sample in
/// a hundred lost to (0, 0).
fn csv(path: &Path, left: f64, height: f64) {
    let mut csv = "t,x,y\n".to_owned();
    for i in 0..3000 {
        let t = f64::from(i) * 0.04;
        let x = left + 0.45 * (1.0 + (0.71 * t).sin());
        let y = 1.0 + height * (0.97 * t).cos();
        let (x, y) = if i % 100 == 50 { (0.0, 0.0) } else { (x, y) };
        csv.push_str(&format!("{t:.3},{x:.5},{y:.5}\n"));
    }
    fs::write(path, csv).unwrap();
}

fn recording(path: &Path) -> String {
    format!("task.recording={}", path.display())
}

/// A run whose recording `data/rat.csv` has moved to `archive/old.csv`, and the run itself too.
struct Apart {
    dir: tempfile::TempDir,
    run: PathBuf,
    archive: PathBuf,
}

fn apart() -> Apart {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["data", "archive", "elsewhere"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
    }
    let file = dir.path().join("data/rat.csv");
    csv(&file, 0.5, 0.4);
    train(&dir.path().join("a"), &[&recording(&file)]).success();
    let (run, archive) = (dir.path().join("elsewhere/a"), dir.path().join("archive/old.csv"));
    fs::rename(dir.path().join("a"), &run).unwrap();
    fs::rename(&file, &archive).unwrap();
    Apart { dir, run, archive }
}

#[test]
fn the_recording_is_asked_for_only_where_it_is_needed() {
    let Apart { dir, run, archive } = apart();
    let weights = dir.path().join("weights.safetensors");
    quiescent().arg("export").arg(&run).arg("--out").arg(&weights).assert().success();
    // What is finished needs none either.
    quiescent().args(["train", "--resume", "--out"]).arg(&run).assert().success();
    quiescent()
        .args(["simulate", "--phase", "quiescent", "--start", "0.1,-0.1", "--name", "point"])
        .arg(&run)
        .assert()
        .success();

    // Waking does, and the message says what to do.
    for command in [&["simulate"][..], &["report", "--out", "r"], &["theory"]] {
        let assert = quiescent().current_dir(dir.path()).args(command).arg(&run).assert().code(3);
        let said = stderr(&assert);
        assert!(said.contains("rat.csv") && said.contains("--recording FILE"), "{said}");
        assert!(said.contains("no longer there"), "{said}");
    }
    let wrong = dir.path().join("wrong.csv");
    csv(&wrong, 0.6, 0.4);
    for command in [&["simulate"][..], &["report"], &["theory"], &["train", "--resume", "--out"]] {
        let assert = quiescent()
            .current_dir(dir.path())
            .args(command)
            .arg(&run)
            .arg("--recording")
            .arg(&wrong)
            .assert()
            .code(2);
        let said = stderr(&assert);
        assert!(said.contains("not the recording that"), "{said}");
    }
    let simulate = || {
        let mut command = quiescent();
        command.arg("simulate").arg(&run);
        command
    };
    simulate().arg("--recording").arg(&archive).assert().success();

    // Once there are phases, a report needs no more than the run folder, and draws the path.
    let out = dir.path().join("report");
    let page = out.join("report.html");
    let assert = quiescent().arg("report").arg(&run).arg("--out").arg(&out).assert().success();
    let said = stderr(&assert);
    assert!(
        said.contains("left out of the paper's figures: a (its motion is a recording"),
        "{said}"
    );
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("Of 3000 samples over"), "no count of samples");
    assert!(html.contains("its motion is a recording"), "what is left out is not said");
    for file in ["recording.svg", "recording.png", "recording.pdf", "recording.csv"] {
        assert!(out.join("figures/a").join(file).is_file(), "{file}");
    }
    let kept: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(run.join("recording.json")).unwrap()).unwrap();
    assert_eq!(kept["samples"], 3000);
    assert_eq!(kept["samples_lost"], 30);
    assert_eq!(kept["file_sha256"], record(&run)["recording"]["file_sha256"]);

    // In the run folder and beside it a file of that name is found by itself; another is not taken.
    for place in [run.join("rat.csv"), run.with_file_name("rat.csv")] {
        fs::copy(&archive, &place).unwrap();
        let said = stderr(&simulate().assert().success());
        assert!(said.contains(&format!("read from {}", place.display())), "{said}");
        fs::copy(&wrong, &place).unwrap();
        let said = stderr(&simulate().assert().code(3));
        assert!(said.contains("its contents have changed"), "{said}");
        fs::remove_file(place).unwrap();
    }
}

#[test]
fn training_goes_on_with_a_recording_that_has_moved() {
    let Apart { dir, run, archive } = apart();
    let file = run.join("experiment.yml");
    let text = fs::read_to_string(&file).unwrap();
    let longer = text.replace("batches: 40", "batches: 50");
    assert_ne!(text, longer);
    fs::write(&file, longer).unwrap();
    let resume = || {
        let mut command = quiescent();
        command.args(["train", "--resume", "--out"]).arg(&run);
        command
    };
    let said = stderr(&resume().assert().code(3));
    assert!(said.contains("--recording FILE"), "{said}");
    resume().arg("--recording").arg(&archive).assert().success();
    assert_eq!(record(&run)["batch"], 50);

    // A new run has a key for it.
    let assert = quiescent()
        .args(["train", common::EXPERIMENT, "--recording"])
        .arg(&archive)
        .arg("--out")
        .arg(dir.path().join("new"))
        .assert()
        .code(2);
    assert!(stderr(&assert).contains("task.recording=FILE"), "{}", stderr(&assert));
}

#[test]
fn a_path_in_a_run_folder_is_relative_to_it() {
    let Apart { dir, run, archive } = apart();
    let file = run.join("experiment.yml");
    let text = fs::read_to_string(&file).unwrap();
    let line = text.lines().find(|line| line.trim().starts_with("file:")).unwrap();
    let relative = text.replace(line, "    file: ../../archive/old.csv");
    // As an earlier version wrote it, with keys that have no effect.
    let relative = relative.replace("task:\n", "task:\n  box: {width_m: 1.5}\n");
    fs::write(&file, &relative).unwrap();
    fs::remove_file(run.join("recording.json")).unwrap();
    let assert = quiescent().current_dir(dir.path()).arg("simulate").arg(&run).assert().success();
    assert!(!stderr(&assert).contains("read from"), "{}", stderr(&assert));
    assert!(run.join("recording.json").is_file(), "what was found is kept");
    assert!(archive.is_file());
    // A person who writes that is told.
    let assert = quiescent()
        .arg("train")
        .arg(&file)
        .arg("--out")
        .arg(dir.path().join("new"))
        .assert()
        .code(2);
    let said = stderr(&assert);
    assert!(said.contains("task.box.width_m: it has no effect beside task.recording"), "{said}");
}

#[test]
fn sessions_in_one_room_are_compared_and_others_named() {
    let dir = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> =
        ["one.csv", "two.csv"].iter().map(|name| dir.path().join(name)).collect();
    csv(&files[0], 0.5, 0.4);
    csv(&files[1], 0.52, 0.38);
    let room = "task.recording.arena={x_min_m: 0.4, x_max_m: 1.5, y_min_m: 0.5, y_max_m: 1.5}";
    let run = |name: &str, overrides: &[&str]| {
        let folder = dir.path().join(name);
        let said = stderr(&train(&folder, overrides).success());
        (folder, said)
    };
    let (one, said) = run("one", &[&recording(&files[0]), room]);
    assert!(said.contains("arena: x 0.400 to 1.500 m, y 0.500 to 1.500 m (as given"), "{said}");
    let (two, _) = run("two", &[&recording(&files[1]), room]);
    let (extent, said) = run("extent", &[&recording(&files[1])]);
    assert!(said.contains("(the extent with a margin"), "{said}");
    assert_eq!(record(&one)["recording"]["origin_m"], serde_json::json!([0.95, 1.0]));
    let page = dir.path().join("report/report.html");
    let assert = quiescent()
        .arg("report")
        .args([&one, &two, &extent])
        .arg("--out")
        .arg(dir.path().join("report"))
        .assert()
        .success();
    let said = stderr(&assert);
    assert!(
        said.contains("Not compared with one another, since densities over different arenas")
            && said.contains("one, two (1.1 × 1 m); extent (")
            && said.contains("task.recording.arena"),
        "{said}"
    );
    let html = fs::read_to_string(&page).unwrap();
    assert!(html.contains("one, two (1.1 × 1 m); extent ("), "the page does not say it");
    // A run on a recording is measured as any other.
    let found = fs::read_to_string(one.join("measurements.json")).unwrap();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    let phase = &found["result"]["phases"]["quiescent"];
    assert!(phase["coverage"]["pooled"].as_f64().unwrap() > 0.0, "{phase}");
    assert!(found["result"]["transitions"]["quiescent"].is_object());

    // A room that it cannot be.
    let elsewhere = "task.recording.arena={width_m: 1, height_m: 1, centre_m: [0, 0]}";
    let bad = dir.path().join("bad");
    let said = stderr(&train(&bad, &[&recording(&files[0]), elsewhere]).code(3));
    assert!(said.contains("cannot be the room of this path"), "{said}");
    assert!(!bad.exists());
}
