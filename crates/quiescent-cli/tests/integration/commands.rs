//! The other commands as a user runs them: lists, phases, reports, the benchmark, and the help.

use crate::common::{EXPERIMENT, SMALL, quiescent, record, stderr, stdout, train};
use ndarray::{Array0, Array2, Array3};
use ndarray_npy::NpzReader;
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;

/// Name of the divergence of the quiescent from the active phase.
const KL: &str = "kl_quiescent_from_active";

/// What a command printed as JSON.
fn json(assert: &assert_cmd::assert::Assert) -> Value {
    serde_json::from_str(&stdout(assert)).unwrap()
}

#[test]
fn every_command_has_help_with_an_example() {
    let assert = quiescent().arg("--help").assert().success();
    insta::assert_snapshot!(stdout(&assert));
    for command in [
        "demo",
        "train",
        "simulate",
        "measure",
        "report",
        "reproduce",
        "sweep",
        "theory",
        "import",
        "export",
        "runs",
        "diff",
        "verify",
        "experiments",
        "bench",
    ] {
        let assert = quiescent().args([command, "--help"]).assert().success();
        let text = stdout(&assert);
        assert!(text.contains(&format!("quiescent {command}")), "{text}");
        assert!(text.contains("Example"), "{command} has no example");
        assert!(text.contains("--json"), "{command} has no --json");
    }
    for part in [
        ["experiments", "show"],
        ["experiments", "keys"],
        ["sweep", "status"],
        ["sweep", "collect"],
    ] {
        let text = stdout(&quiescent().args(part).arg("--help").assert().success());
        assert!(text.contains("Example") && text.contains("--json"), "{text}");
        assert!(text.contains(&format!("quiescent {}", part.join(" "))), "{text}");
    }
    // Without arguments the help, and a typo gets a suggestion; both are usage errors.
    quiescent().assert().code(2);
    let assert = quiescent().arg("trian").assert().code(2);
    assert!(stderr(&assert).contains("train"), "{}", stderr(&assert));
    let assert = quiescent().args(["demo", "--outt", "x"]).assert().code(2);
    assert!(stderr(&assert).contains("--out"), "{}", stderr(&assert));
    let assert = quiescent().args(["train", "x", "--ouput", "y"]).assert().code(2);
    let said = stderr(&assert);
    assert!(said.contains("'--out'") && !said.contains("as a value"), "{said}");
    let assert = quiescent().args(["sweep", "collect", "x", "--zzzzzz"]).assert().code(2);
    assert!(stderr(&assert).contains("`collect` has no such flag"), "{}", stderr(&assert));
    for (flag, now) in [
        ("--tensorboard", "python -m quiescent.tensorboard RUNS"),
        ("--reference-configs=x", "python -m quiescent.reference DIR"),
    ] {
        let assert = quiescent().args(["train", "x", "--out", "y", flag]).assert().code(2);
        assert!(stderr(&assert).contains(now), "{flag}: {}", stderr(&assert));
    }
    quiescent().args(["bench", "--threads", "0"]).assert().code(2);
}

#[test]
fn the_shipped_experiments_are_listed() {
    let assert = quiescent().arg("experiments").assert().success();
    insta::assert_snapshot!(stdout(&assert));
    let assert = quiescent().args(["experiments", "--json"]).assert().success();
    let list = json(&assert);
    assert_eq!(list.as_array().unwrap().len(), 29);
    assert_eq!(list[0]["name"].as_str().map(|name| name.contains('/')), Some(true));
}

#[test]
fn an_experiment_is_shown_with_what_follows_from_it() {
    let mut arguments = vec!["experiments", "show", EXPERIMENT];
    arguments.extend(SMALL);
    let assert = quiescent().args(&arguments).assert().success();
    let text = stdout(&assert);
    for part in [
        "units: 24",
        "active noise        Gaussian, σ 0.070711 per √s, Δt 0.02 s: sd 0.010000 per unit and step",
        "quiescent noise     Gaussian, σ 0.100000 per √s, Δt 0.02 s: sd 0.014142",
        "Δt/τ                0.2000",
    ] {
        assert!(text.contains(part), "{part} is missing: {text}");
    }
    // What is printed is an experiment file.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("shown.yml");
    fs::write(&file, &text).unwrap();
    arguments.push("--json");
    let json: Value =
        serde_json::from_str(&stdout(&quiescent().args(&arguments).assert().success())).unwrap();
    let again = quiescent().args(["experiments", "show", "--json"]).arg(&file).assert().success();
    let again: Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!(json["experiment"], again["experiment"]);
    // 24·24 recurrent, 24·20 encoder and readout each, 24·2 input.
    assert_eq!(json["derived"]["parameters"], 24 * 24 + 2 * 24 * 20 + 24 * 2);
    // A training step is measured only where that is asked for.
    assert!(json["derived"]["estimated_training_s"].is_null());
    arguments.push("--time");
    let json: Value =
        serde_json::from_str(&stdout(&quiescent().args(&arguments).assert().success())).unwrap();
    assert!(json["derived"]["estimated_training_s"].as_f64().unwrap() > 0.0);
    // Too large for most machines: what it would need is shown, and nothing is allocated.
    let large = ["experiments", "show", EXPERIMENT, "network.units=50000", "training.trials=500"];
    let assert = quiescent().args(large).args(["--json"]).assert().success();
    let large: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert!(large["derived"]["estimated_memory_mb"].as_f64().unwrap() > 2e5);
}

#[test]
fn a_file_on_a_base_is_shown_and_trained_and_says_what_its_kind_brings() {
    let dir = tempfile::tempdir().unwrap();
    let show = |name: &str| {
        let mut show = quiescent();
        show.current_dir(dir.path()).args(["experiments", "show", name]);
        show
    };
    let shown = stdout(&show(EXPERIMENT).assert().success());
    fs::write(dir.path().join("whole.yml"), &shown).unwrap();
    assert_eq!(stdout(&show("whole.yml").assert().success()), shown);
    insta::assert_snapshot!(shown);
    let small = "base: whole.yml
time: {steps: 5}
task: {cells: {count: 9}}
network: {kind: gru, units: 8}
training: {batches: 2, trials: 3, test_trials: 3}
rest: {trials: 3, steps: 5}
";
    fs::write(dir.path().join("mine.yml"), small).unwrap();
    let mut train = quiescent();
    train.current_dir(dir.path()).args(["train", "mine.yml", "--out", "run"]);
    let assert = train.assert().success();
    let brings = "network.kind brings its own defaults: network.activation relu → tanh, network.reset null \
                  → before, rest.noise doubled_variance → same";
    assert!(stderr(&assert).contains(brings), "{}", stderr(&assert));
    // The run's copy is whole, and an experiment file with comments too.
    let copy = fs::read_to_string(dir.path().join("run/experiment.yml")).unwrap();
    assert!(!copy.contains("base:") && copy.contains("# recurrent units"), "{copy}");
    assert_eq!(stdout(&show("run/experiment.yml").assert().success()), copy);
    let mut sweep = quiescent();
    sweep.current_dir(dir.path()).args(["sweep", EXPERIMENT, "network.kind=rnn,gru", "--dry-run"]);
    let assert = sweep.args(SMALL).assert().success();
    assert!(stderr(&assert).contains("rest.noise doubled_variance → same"), "{}", stderr(&assert));
    fs::write(dir.path().join("circle.yml"), "base: circle.yml").unwrap();
    let assert = show("circle.yml").assert().code(2);
    let said = stderr(&assert);
    assert!(said.contains("circle.yml:1: base:") && said.contains("circle.yml → "), "{said}");
}

#[test]
fn keys_are_explained() {
    let keys = |pattern: &str| {
        let mut keys = quiescent();
        keys.args(["experiments", "keys", pattern]);
        keys
    };
    let all = stdout(&quiescent().args(["experiments", "keys"]).assert().success());
    insta::assert_snapshot!(all);
    let rest = stdout(&keys("rest.*").assert().success());
    assert!(all.contains(&rest) && rest.starts_with("rest.start"), "{rest}");
    let found = json(&keys("noise.sigma").arg("--json").assert().success());
    assert_eq!(found[0]["path"], "network.noise.sigma");
    assert_eq!(found[0]["unit"], "per √s");
    assert_eq!(found[0]["defaults"][1]["task"], "head_direction");
    for (pattern, meant) in [
        ("unts", "network.units"),
        ("rest.nosie", "rest.noise"),
        ("*.sigmma", "network.noise.sigma"),
        ("qqqq", "lists all"),
    ] {
        let said = stderr(&keys(pattern).assert().code(2));
        assert!(said.contains(pattern) && said.contains(meant), "{said}");
    }
}

fn phase(run: &Path, name: &str) -> NpzReader<File> {
    NpzReader::new(File::open(run.join(format!("phases/{name}.npz"))).unwrap()).unwrap()
}

#[test]
fn phases_are_written_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let assert = quiescent().arg("simulate").arg(&run).arg("--json").assert().success();
    let written = json(&assert);
    assert_eq!(written[0]["phase"], "active");
    assert_eq!(
        (written[1]["phase"].as_str(), &written[1]["steps"]),
        (Some("quiescent"), &200.into())
    );
    assert!(Path::new(written[1]["file"].as_str().unwrap()).exists());
    let mut active = phase(&run, "active");
    let decoded: Array3<f32> = active.by_name("decoded").unwrap();
    assert_eq!(decoded.dim(), (12, 12, 2));
    let truth: Array3<f32> = active.by_name("truth").unwrap();
    assert_eq!(truth.dim(), (12, 12, 2));
    let quiet: Array3<f32> = phase(&run, "quiescent").by_name("decoded").unwrap();
    assert_eq!(quiet.dim(), (12, 200, 2));

    let flags = "--phase quiescent --name long --steps 30 --trials 5 --start 0.5,-0.5 --noise none";
    quiescent()
        .arg("simulate")
        .arg(&run)
        .args(flags.split(' '))
        .args(["--states-every", "10"])
        .assert()
        .success();
    let mut long = phase(&run, "long");
    let states: Array3<f32> = long.by_name("states").unwrap();
    assert_eq!(states.dim(), (5, 3, 24));
    let stride: Array0<u64> = long.by_name("state_stride").unwrap();
    assert_eq!(stride.into_scalar(), 10);
    let end: Array2<f32> = long.by_name("end").unwrap();
    // One start and no noise: all trials are one.
    assert_eq!(end.row(0), end.row(4));
    quiescent()
        .arg("simulate")
        .arg(&run)
        .args(["--start", "after_wake", "--noise", "0.2", "--name", "after"])
        .assert()
        .success();
    for (flag, value, named) in [
        ("--start", "5,5,5", "5,5,5"),
        ("--start", "nowhere", "nowhere"),
        ("--start", "0.2", "2 coordinates"),
        ("--start", "5,5", "rest.start.point"),
        ("--noise", "-1", "--noise -1"),
        ("--noise", "loud", "loud"),
        ("--name", "../escape", "../escape"),
        ("--name", "active", "active phase's"),
        ("--name", "untrained", "phase of studies"),
        ("--trials", "0", "--trials"),
        ("--trials", "18446744073709551615", "rest.trials"),
    ] {
        let argument = format!("{flag}={value}");
        let assert = quiescent().arg("simulate").arg(&run).arg(argument).assert().code(2);
        let text = stderr(&assert);
        assert!(text.contains(named), "{flag} {value}: {text}");
    }
}

#[test]
fn an_existing_run_rests_otherwise() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let simulate = |words: &[&str]| {
        quiescent().arg("simulate").arg(&run).args(["--phase", "quiescent"]).args(words).assert()
    };
    const ADAPTED: [&str; 3] =
        ["rest.adaptation.strength=1", "rest.adaptation.tau_s=0.5", "--name=adapted"];
    let assert =
        simulate(&[&ADAPTED[..], &["rest.momentum={friction: 0.25}", "--steps=40"]].concat())
            .success();
    // σ√2 = 0.1 per √s, times √λ.
    assert!(stderr(&assert).contains("σ 0.050000 per √s"), "{}", stderr(&assert));
    let record = fs::read_to_string(run.join("phases/adapted.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["adaptation"]["tau_s"], 0.5);
    assert_eq!(record["momentum"]["friction"], 0.25);
    assert_eq!(record["momentum"]["keep_temperature"], true);
    let velocity: Array2<f32> = phase(&run, "adapted").by_name("velocity").unwrap();
    assert_eq!(velocity.dim(), (12, 24));
    // The same without momentum is another phase, which is not replaced without a word.
    let assert = simulate(&[&ADAPTED[..], &["--steps=40"]].concat()).code(2);
    assert!(stderr(&assert).contains("momentum"), "{}", stderr(&assert));
    for (words, named) in [
        (&["rest.momentum.friction=0"][..], "rest.momentum.friction"),
        (&["rest.adaptation={strength: -1, tau_s: 1}"], "rest.adaptation.strength"),
        (&["rest.adaptation={strength: 1, tau_s: 1000}"], "the quiescent phase"),
        (&["network.units=3"], "network.units=3"),
        (&["rest.steps=50", "--steps=40"], "--steps say the same"),
        (&["rest.noise.sigma=1", "--noise=same"], "--noise say the same"),
    ] {
        let assert = simulate(words).code(2);
        assert!(stderr(&assert).contains(named), "{words:?}: {}", stderr(&assert));
    }
    let assert = quiescent()
        .arg("simulate")
        .arg(&run)
        .args(["--phase=active", "rest.tau_s=1"])
        .assert()
        .code(2);
    assert!(stderr(&assert).contains("no effect on the active phase"), "{}", stderr(&assert));
    let out = dir.path().join("paper");
    let assert =
        quiescent().arg("reproduce").arg("--out").arg(&out).arg("rest.tau_s=1").assert().code(2);
    assert!(stderr(&assert).contains("rest.tau_s"), "{}", stderr(&assert));
    assert!(!out.exists());
}

#[test]
fn a_report_is_made_of_any_runs() {
    let dir = tempfile::tempdir().unwrap();
    let spatial = dir.path().join("spatial");
    train(&spatial, &[]).success();
    let heading = dir.path().join("heading");
    quiescent()
        .args(["train", "demo/head_direction/noisy_unbiased", "--out"])
        .arg(&heading)
        .args(SMALL)
        .assert()
        .success();
    let (out, page) = (dir.path().join("report"), dir.path().join("report/report.html"));
    let assert = quiescent().arg("report").arg(&spatial).args(["--out", "r.html"]).assert().code(2);
    assert!(stderr(&assert).contains("give a folder"), "{}", stderr(&assert));
    let mut report = quiescent();
    let assert = report.arg("report").arg(dir.path()).arg("--out").arg(&out).assert().success();
    let said = stdout(&assert);
    assert!(said.contains("learned") && said.contains("spatial"), "{said}");
    let html = fs::read_to_string(&page).unwrap();
    for part in ["spatial", "heading", "<svg", "nats", " m", " rad"] {
        assert!(html.contains(part), "{part} is missing");
    }
    // Every file that a figure names is there.
    let mut named = 0;
    for link in html.split("href=\"figures/").skip(1) {
        let file = out.join("figures").join(link.split('"').next().unwrap());
        assert!(file.is_file(), "{}", file.display());
        named += 1;
    }
    assert!(named > 40, "{named}");
    let assert = quiescent().arg("report").args([&spatial, &spatial]).assert().code(2);
    assert!(stderr(&assert).contains("given twice"), "{}", stderr(&assert));
    // A second report shows the phases that are there, such as others that the user asked for.
    let simulated = fs::read(heading.join("phases/quiescent.npz")).unwrap();
    let flags = ["--phase", "quiescent", "--steps", "21", "--trials", "7", "--overwrite"];
    quiescent().arg("simulate").arg(&spatial).args(flags).assert().success();
    let asked = fs::read(spatial.join("phases/quiescent.npz")).unwrap();
    let mut again = quiescent();
    again.arg("report").args([&spatial, &heading]).arg("--json").arg("--out").arg(&out);
    let written = json(&again.assert().success());
    assert_eq!(written["runs"]["spatial"]["findings"][0]["question"], "learned");
    assert!(written["runs"]["heading"]["measurements"].is_array());
    assert_eq!(written["left_out"], serde_json::json!([]));
    assert_eq!(written["figures"].as_str(), out.join("figures").to_str());
    assert_eq!(fs::read(spatial.join("phases/quiescent.npz")).unwrap(), asked);
    assert_eq!(fs::read(heading.join("phases/quiescent.npz")).unwrap(), simulated);
    assert!(fs::read_to_string(&page).unwrap().contains("7 trials of 21 steps"));
    // A further phase stands beside the others, and less than everything takes less.
    let flags = ["--phase", "quiescent", "--name", "point", "--start", "0.2,-0.4", "--trials", "9"];
    quiescent().arg("simulate").arg(&spatial).args(flags).assert().success();
    let mut part = quiescent();
    part.arg("report").arg(&spatial).args(["--only", "runs", "--out"]).arg(dir.path().join("part"));
    part.assert().success();
    let html = fs::read_to_string(dir.path().join("part/report.html")).unwrap();
    assert!(html.contains("point (from one point, noise of 0.1 per √s, 9 trials of"), "no variant");
    assert!(dir.path().join("part/figures/spatial/variants.csv").is_file());
    assert!(!html.contains("The paper’s figures"));
    // In the place of a report on more runs: only files that it wrote and that are unchanged go.
    let own = out.join("figures/own.txt");
    fs::write(&own, "mine").unwrap();
    let changed = out.join("figures/heading/trajectories.csv");
    fs::write(&changed, "changed").unwrap();
    assert!(out.join("figures/heading/trajectories.svg").is_file());
    let mut fewer = quiescent();
    fewer.arg("report").arg(&spatial).args(["--only", "runs", "--out"]).arg(&out);
    let said = stderr(&fewer.assert().success());
    assert!(said.contains("is of an earlier report, but was changed since"), "{said}");
    let left: Vec<_> = fs::read_dir(changed.parent().unwrap()).unwrap().collect();
    assert!(own.is_file() && changed.is_file() && left.len() == 1, "{left:?}");
    assert!(out.join("figures/spatial/trajectories.svg").is_file());
    let file = dir.path().join("network.safetensors");
    let mut export = quiescent();
    export.arg("export").arg(&spatial).arg("--json").arg("--out").arg(&file);
    let exported = json(&export.assert().success());
    assert_eq!(exported["parameters_sha256"], record(&spatial)["parameters_sha256"]);
    // Its study, of the same noise and starts, speaks for the run.
    let text = fs::read_to_string(spatial.join("study.json")).unwrap();
    let study: Value = serde_json::from_str(&text).unwrap();
    let kl = &study["result"]["found"]["divergences"]["quiescent"]["kl_quiescent_from_active"];
    let value = kl["nats"].as_f64().unwrap();
    let assert = quiescent().arg("measure").arg(&spatial).arg("--json").assert().success();
    let said = json(&assert);
    let first = &said[spatial.to_str().unwrap()]["measurements"][0];
    assert_eq!((first["name"].as_str(), first["value"].as_f64()), (Some(KL), Some(value)));
    let lines = stdout(&quiescent().arg("measure").arg(&spatial).assert().success());
    assert!(lines.contains(KL) && lines.contains("tracking_error"), "{lines}");
    let judged = !lines.contains("It has not learned");
    let of_kl = lines.lines().find(|line| line.contains(KL)).unwrap();
    assert_eq!(of_kl.ends_with("not judged"), !judged, "{of_kl}");
    let only = |text: &str| {
        let mut measure = quiescent();
        measure.args(["measure", "--only", text]).arg(&spatial);
        measure.assert()
    };
    let lines = stdout(&only("tracking").success());
    assert!(!lines.contains("coverage") && lines.contains("tracking_error"), "{lines}");
    assert!(stderr(&only("trakcing").code(2)).contains("tracking_error"));
    assert!(value.is_finite() && value > -0.1, "{value}");
}

#[test]
fn a_recording_is_trained_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("path.csv");
    // Two minutes at 25 Hz on a Lissajous figure in a box of 1 m.
    let mut csv = "t,x,y\n".to_owned();
    for i in 0..3000 {
        let t = f64::from(i) * 0.04;
        let (x, y) = (0.5 + 0.45 * (0.71 * t).sin(), 0.5 + 0.45 * (0.97 * t).cos());
        csv.push_str(&format!("{t:.3},{x:.5},{y:.5}\n"));
    }
    fs::write(&file, csv).unwrap();
    let recording = format!("task.recording={}", file.display());
    let run = dir.path().join("run");
    let text = stderr(&train(&run, &[&recording]).success());
    assert!(text.contains("3000"), "the recording is not described: {text}");
    let out = dir.path().join("report");
    quiescent().arg("report").arg(&run).arg("--out").arg(&out).assert().success();

    let origin = record(&run)["recording"]["origin_m"].clone();
    assert!((origin[0].as_f64().unwrap() - 0.5).abs() < 0.01, "{origin}");
    let assert = quiescent()
        .args(["simulate", "--overwrite", "--active-steps", "100000"])
        .arg(&run)
        .assert();
    let assert = assert.code(2);
    assert!(stderr(&assert).contains("at most 1199"), "{}", stderr(&assert));

    // Another file of that name is not taken for the one that was trained on.
    let old = fs::read_to_string(&file).unwrap();
    fs::write(&file, old.replace("0.5", "0.6")).unwrap();
    let assert = quiescent().arg("simulate").arg(&run).assert().code(3);
    assert!(stderr(&assert).contains("path.csv"), "{}", stderr(&assert));

    fs::write(&file, "t,x,y\n0,0,0\n1,NaN,0\n").unwrap();
    let demo = dir.path().join("demo");
    let assert = quiescent()
        .args(["demo", "--recording"])
        .arg(&file)
        .arg("--out")
        .arg(&demo)
        .assert()
        .code(3);
    assert!(stderr(&assert).contains("path.csv"), "{}", stderr(&assert));
    assert!(!demo.exists(), "the demo began with a recording that it cannot use");
    let bad = dir.path().join("bad");
    let text = stderr(&train(&bad, &[&recording]).code(3));
    assert!(text.contains("path.csv"), "{text}");
    assert!(!bad.exists(), "a bad recording left a folder behind");
}

#[test]
fn the_demo_goes_from_nothing_to_a_report() {
    // A demo of a few batches: the networks are those of the real one, hardly trained.
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("demo");
    let demo = || {
        let mut command = quiescent();
        command.args(["demo", "--json", "--out"]).arg(&out);
        command.arg("training.batches=4");
        command
    };
    let assert = demo().assert().success();
    let summary: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let written: Value =
        serde_json::from_str(&fs::read_to_string(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary, written);
    for (name, unit) in [("unbiased", "m"), ("biased", "m"), ("head_direction", "rad")] {
        let network = &summary["networks"][name];
        assert_eq!(network["decode_error_unit"], unit);
        assert!(network["test_loss"].as_f64().unwrap() > 0.0);
        assert!(network["training_s"].as_f64().unwrap() > 0.0);
        assert_eq!(network["measurements"][0]["name"], "kl_quiescent_from_active");
        assert!(out.join(name).join("phases/quiescent.npz").is_file());
    }
    let html = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(html.contains("Offline reactivation"));
    // Again: nothing is trained anew.
    let again: Value = serde_json::from_str(&stdout(&demo().assert().success())).unwrap();
    for name in ["unbiased", "biased", "head_direction"] {
        assert_eq!(summary["networks"][name], again["networks"][name]);
    }
    // Another seed in the same folder is refused.
    demo().args(["--seed", "1"]).assert().code(2);
}

#[test]
fn the_benchmark_reports_every_figure() {
    let assert = quiescent().args(["bench", "--json", "--rounds", "1"]).assert().success();
    let bench: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let number = |path: &str| {
        let value = path.split('.').fold(&bench, |value, key| &value[key]);
        value.as_f64().unwrap_or_else(|| panic!("{path} is missing"))
    };
    for path in [
        "sgemm_gflops",
        "spatial.step_s",
        "spatial.gflops",
        "spatial.fraction_of_sgemm",
        "gru.step_s",
        "gru.gflops",
        "gru.fraction_of_sgemm",
        "head_direction.step_s",
        "head_direction.gflops",
        "head_direction.fraction_of_sgemm",
        "optimal_network.gflops",
        "optimal_network.fraction_of_sgemm",
        "trials_per_s.spatial",
        "trials_per_s.head_direction",
        "quiescent_steps_per_s",
        "rest_over_first_order.adaptation",
        "rest_over_first_order.momentum",
        "peak_memory_mb",
    ] {
        assert!(number(path) > 0.0, "{path}");
    }
    let flop = 6.0 * 200.0 * 100.0 * (512.0 * 512.0 + 512.0 * 512.0);
    let expected = flop / number("spatial.step_s") * 1e-9;
    assert!((number("spatial.gflops") / expected - 1.0).abs() < 1e-9);
    let flop = 6.0 * 200.0 * 100.0 * (3.0 * 512.0 * 512.0 + 512.0 * 512.0);
    let expected = flop / number("gru.step_s") * 1e-9;
    assert!((number("gru.gflops") / expected - 1.0).abs() < 1e-9);
    // A count of bytes, so it does not depend on the machine's speed.
    assert!(number("peak_memory_mb") < 450.0);
}

#[test]
fn cargo_run_runs_the_command_and_nothing_else() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members = metadata["workspace_default_members"].as_array().unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let programs: Vec<&str> = packages
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .flat_map(|package| package["targets"].as_array().unwrap())
        .filter(|target| target["kind"][0] == "bin")
        .map(|target| target["name"].as_str().unwrap())
        .collect();
    assert_eq!(programs, ["quiescent"], "the README's `cargo run` has one thing to run");
}
