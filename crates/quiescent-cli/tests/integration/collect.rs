//! `sweep collect`: tables, figures and what is done about damage, on made-up run folders.

use crate::common::sweep::{MadeUp, generate};
use crate::common::{quiescent, stderr, stdout, train};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn collect(folder: &Path, flags: &[&str]) -> assert_cmd::assert::Assert {
    quiescent().args(["sweep", "collect"]).arg(folder).args(flags).assert()
}

/// Two amplitudes of noise with three seeds, and a run of another kind that is under way.
fn small(root: &Path) {
    for (sigma, kls) in [(0.05, [1.0, 2.0, 6.0]), (0.1, [5.0, 5.5, 6.0])] {
        for (seed, kl) in kls.into_iter().enumerate() {
            let sigma = format!("network.noise.sigma={sigma}");
            let run = MadeUp::new(&[&sigma], seed as u64, kl);
            run.write(&root.join(format!("runs/{sigma}_seed={seed}")));
        }
    }
    let mut other =
        MadeUp::new(&["task.drift={toward_m: [0.5, -0.5]}", "network.biases=true"], 7, 0.0);
    (other.status, other.measured) = ("running", Vec::new());
    other.write(&root.join("runs/spatial-noisy_biased/seed_7"));
}

/// The CSV's records with its header.
fn records(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn runs_become_one_tidy_table() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let assert = collect(dir.path(), &[]).success();
    let collected = dir.path().join("collected");
    let table = fs::read_to_string(collected.join("table.csv")).unwrap();
    insta::assert_snapshot!(table);
    let said = stdout(&assert);
    assert!(
        said.starts_with("7 runs (6 finished, 1 running); they differ in network.biases, "),
        "{said}"
    );
    collect(dir.path(), &["--threads", "1"]).success();
    assert_eq!(fs::read_to_string(collected.join("table.csv")).unwrap(), table);
    // Nothing else is left there.
    let mut names: Vec<_> = fs::read_dir(&collected)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["collection.json", "figures", "table.csv"]);
}

#[test]
fn the_figure_has_mean_and_spread_over_seeds() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let out = dir.path().join("out");
    let assert = collect(
        dir.path(),
        &["--json", "--out", out.to_str().unwrap(), "--against", "network.noise.sigma"],
    )
    .success();
    let summary: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(summary["runs"], 7);
    assert_eq!(summary["by_status"], json!({"finished": 6, "running": 1}));
    assert_eq!(summary["rows"], 7 * 4 + 6 * 4);
    assert_eq!(
        summary["swept"],
        json!([
            "network.biases",
            "network.noise.sigma",
            "task.drift.fraction_per_step",
            "task.drift.toward_m"
        ])
    );
    assert_eq!(summary["skipped"], json!([]));
    assert_eq!(summary["figures"][0]["notes"], json!(["1 run without it"]));
    let base = "kl_quiescent_from_active_vs_network.noise.sigma";
    for extension in ["svg", "pdf", "png", "csv"] {
        let path = out.join(format!("figures/{base}.{extension}"));
        assert!(fs::metadata(&path).unwrap().len() > 100, "{}", path.display());
        let named = summary["files"].as_array().unwrap();
        assert!(named.iter().any(|file| *file == path.to_str().unwrap()), "{named:?}");
    }
    // (1 + 2 + 6) / 3 = 3, √((4 + 1 + 9) / 2) = √7; (5 + 5.5 + 6) / 3 = 5.5, √(0.5 / 2) = 0.5.
    let found = records(&out.join(format!("figures/{base}.csv")));
    let column = |name: &str| found[0].iter().position(|column| column == name).unwrap();
    for (row, (sigma, mean, sd)) in
        found[1..].iter().zip([(0.05, 3.0, 7f64.sqrt()); 3].into_iter().chain([(0.1, 5.5, 0.5); 3]))
    {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap();
        assert_eq!(number("network.noise.sigma"), sigma);
        assert_eq!(number("n"), 3.0);
        assert!((number("mean") - mean).abs() < 1e-14, "{row:?}");
        assert!((number("sd") - sd).abs() < 1e-14, "{row:?}");
    }
    assert_eq!(found.len(), 7);
}

#[test]
fn figures_are_chosen_by_name() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let measurements = "--measurement=decode_error,train_loss";
    let flags = [measurements, "--against", "seed", "--where", "network.noise.sigma=0.05"];
    let said = stdout(&collect(dir.path(), &flags).success());
    let figures = dir.path().join("collected/figures");
    for name in ["decode_error_vs_seed.csv", "train_loss_vs_seed.csv"] {
        assert_eq!(records(&figures.join(name)).len(), 1 + 3, "{said}");
    }
    let flags = ["--measurement=test_loss", "--where", "task.drift.toward_m=absent"];
    collect(dir.path(), &flags).success();
    let drawn = records(&figures.join("test_loss_vs_network.noise.sigma.csv"));
    assert_eq!(drawn.len(), 1 + 6, "{drawn:?}");
    for (flags, reason) in [
        (
            &["--measurement", "kl_quiesent_from_active"][..],
            "no `kl_quiesent_from_active` among the runs; did you mean `kl_quiescent_from_active`? \
             There are decode_error, jensen_shannon, kl_active_from_quiescent, \
             kl_quiescent_from_active, kl_uniform_from_active, test_loss, train_loss, training_s",
        ),
        (&["--against", "noise.sigma"], "did you mean `network.noise.sigma`?"),
        (&["--against", "network.units"], "no `network.units` among keys that differ"),
        (&["--where", "network.noise.sigma=0.07"], "there are 0.05, 0.1"),
        (&["--where", "sigma"], "expected KEY=VALUE"),
        (
            &["--where", "network.noise.sigma=0.1", "--where", "network.biases=true"],
            "no run has all of",
        ),
    ] {
        fs::remove_dir_all(dir.path().join("collected")).ok();
        let text = stderr(&collect(dir.path(), flags).code(2));
        assert!(text.contains(reason), "{flags:?}: {text}");
        assert!(!dir.path().join("collected").exists(), "nothing is written: {flags:?}");
    }
}

#[test]
fn a_study_gives_its_numbers_with_intervals() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    train(&run, &[]).success();
    let report = dir.path().join("report");
    quiescent().arg("report").arg(&run).arg("--out").arg(report).assert().success();
    let read = |file: &str| -> Value {
        serde_json::from_str(&fs::read_to_string(run.join(file)).unwrap()).unwrap()
    };
    let rows = || -> Vec<Vec<String>> {
        collect(dir.path(), &[]).success();
        records(&dir.path().join("collected/table.csv"))
    };
    let found = rows();
    let column = |name: &str| found[0].iter().position(|column| column == name).unwrap();
    let study = read("study.json");
    let found_in_study = &study["result"]["found"];
    let tracking = &found_in_study["tracking"]["error"];
    let kl = &found_in_study["divergences"]["quiescent"]["kl_quiescent_from_active"];
    for (name, value, interval, unit) in [
        ("study.tracking_error", &tracking["value"], &tracking["interval"], "m"),
        ("study.kl_quiescent_from_active", &kl["nats"], &kl["interval"], "nats"),
    ] {
        let row = found.iter().find(|row| row[column("measurement")] == name).unwrap();
        for (field, expected) in
            [("value", value), ("low", &interval["low"]), ("high", &interval["high"])]
        {
            let read: f64 = row[column(field)].parse().unwrap();
            assert_eq!(Some(read), expected.as_f64(), "{name} {field}");
        }
        assert_eq!(row[column("unit")], unit);
    }
    let names = |rows: &[Vec<String>]| -> Vec<String> {
        rows.iter().map(|row| row[column("measurement")].clone()).collect()
    };
    // A study of the run's own rest speaks for the run.
    for name in ["kl_quiescent_from_active", "active.step_distance", "from_point.jensen_shannon"] {
        assert!(names(&found).contains(&name.to_owned()), "{name}");
    }
    // One of parameters that the run no longer has says nothing of it.
    let mut record = read("run.json");
    record["parameters_sha256"] = json!("0".repeat(64));
    fs::write(run.join("run.json"), record.to_string()).unwrap();
    let left = names(&rows());
    assert!(left.iter().all(|name| !name.starts_with("study.")), "{left:?}");
    assert!(left.contains(&"decode_error".to_owned()), "{left:?}");
}

/// Runs whose keys and names no table likes.
fn hostile_keys(root: &Path) {
    for (i, path) in ["a,b \"c\".npz", "line\nbreak.npz", "ünïcode-κ.npz"].iter().enumerate() {
        let mut run = MadeUp::new(&["network.units=32"], i as u64, 0.5);
        let recording = format!("task.recording={{file: {}}}", json!(path));
        run.experiment = run.experiment.with(&recording).unwrap();
        run.measured.push(("../../odd \"name\"", None));
        run.write(&root.join(format!("more/κ, \"{i}\"")));
    }
}

#[test]
fn odd_names_and_values_stay_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    hostile_keys(dir.path());
    let odd = "../../odd \"name\".kl_quiescent_from_active";
    let flags = ["--measurement", odd, "--measurement", "decode_error"];
    let said = stdout(&collect(dir.path(), &flags).success());
    assert!(said.contains("not drawn: none of 3 networks"), "{said}");
    let collected = dir.path().join("collected");
    let rows = records(&collected.join("table.csv"));
    let column = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    assert_eq!(rows[1][column("run")], "more/κ, \"0\"");
    let files: Vec<&str> =
        [1, 13, 25].map(|row| rows[row][column("task.recording.file")].as_str()).into();
    for (file, end) in files.iter().zip(["/a,b \"c\".npz", "/line\nbreak.npz", "/ünïcode-κ.npz"])
    {
        assert!(file.ends_with(end), "{file}");
    }
    let odd = rows.iter().find(|row| row[column("measurement")].starts_with("..")).unwrap();
    assert_eq!((&*odd[column("value")], &*odd[column("high")]), ("", ""));
    assert!(collected.join("figures/decode_error_vs_task.recording.file.svg").is_file());
    assert!(!dir.path().join("odd").exists());
}

#[test]
fn damage_in_one_run_leaves_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let runs = dir.path().join("runs");
    let put = |name: &str, file: &str, text: &str| {
        let folder = runs.join(name);
        if !folder.exists() {
            MadeUp::new(&[], 1, 0.5).write(&folder);
        }
        fs::write(folder.join(file), text).unwrap();
    };
    put("z_corrupt", "run.json", "{\"schema_version\": 1, \"prog");
    put("z_empty", "run.json", "");
    put("z_future", "run.json", "{\"schema_version\": 9, \"program_version\": \"7.0.0\"}");
    put("z_yaml", "experiment.yml", "task: {kind: spatial}\nnetwork: {unitss: 3}\n");
    put("z_binary", "experiment.yml", "\u{0}\u{1}");
    put("z_former", "analysis.json", "[]");
    fs::remove_file(runs.join("z_former/measurements.json")).unwrap();
    put("z_measured", "measurements.json", "[]");
    put("z_metrics", "metrics.jsonl", "{\"batch\":1,\"train_loss\":0.5,\"wall_s\":1}\nnonsense\n");
    put("z_begun", "lock", "");
    fs::remove_file(runs.join("z_begun/run.json")).unwrap();
    // What is no run is no matter.
    fs::create_dir_all(runs.join("z_nothing/checkpoints")).unwrap();
    fs::write(runs.join("z_file"), "").unwrap();
    fs::create_dir_all(runs.join("z_folder/experiment.yml")).unwrap();
    for hidden in ["runs/.hidden", "slurm/a", "collected/a", "runs/z_nothing/.a.partial"] {
        MadeUp::new(&[], 1, 0.5).write(&dir.path().join(hidden));
    }
    let assert = collect(dir.path(), &["--json"]).code(3);
    let summary: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let skipped: Vec<(String, String)> = summary["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (one["run"].as_str().unwrap().to_owned(), one["part"].as_str().unwrap().to_owned())
        })
        .collect();
    let expected = [
        ("z_begun", "run"),
        ("z_binary", "run"),
        ("z_corrupt", "run"),
        ("z_empty", "run"),
        ("z_former", "measurements"),
        ("z_future", "run"),
        ("z_measured", "measurements"),
        ("z_metrics", "metrics"),
        ("z_yaml", "run"),
    ]
    .map(|(run, part)| (format!("runs/{run}"), part.to_owned()));
    assert_eq!(skipped, expected);
    assert_eq!(summary["runs"], 7 + 3);
    let text = stderr(&assert);
    for part in [
        "error: 9 things could not be read; the table holds the rest:",
        "runs/z_future (left out): run.json has format version 9",
        "update this program",
        "runs/z_measured (without measurements): measurements.json is damaged",
        "runs/z_former (without measurements): analysis.json is of another version of the program",
        "quiescent measure",
        "network.unitss",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Those whose parts are damaged have the others.
    let rows = records(&dir.path().join("collected/table.csv"));
    let of = |run: &str| rows.iter().filter(|row| row[0] == format!("runs/{run}")).count();
    assert_eq!((of("z_measured"), of("z_metrics"), of("z_corrupt")), (4, 5, 0));

    // Few are told, the others counted.
    for i in 0..12 {
        put(&format!("y_{i}"), "run.json", "{");
    }
    let text = stderr(&collect(dir.path(), &[]).code(3));
    assert_eq!(text.lines().count(), 12, "{text}");
    assert!(text.ends_with("  and 11 more\n"), "{text}");
}

#[test]
fn a_folder_without_runs_and_one_that_is_none_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let text = stderr(&collect(dir.path(), &[]).code(2));
    assert!(text.contains("there are no runs in") && text.contains("experiment.yml"), "{text}");
    assert!(!dir.path().join("collected").exists());
    let text = stderr(&collect(&dir.path().join("gone"), &[]).code(2));
    assert!(text.contains("gone: No such file") && text.contains("give the folder"), "{text}");
    fs::write(dir.path().join("file"), "").unwrap();
    let text = stderr(&collect(&dir.path().join("file"), &[]).code(2));
    assert!(text.contains("it is a file"), "{text}");
    // All of them damaged: nothing to write.
    MadeUp::new(&[], 1, 0.5).write(&dir.path().join("run"));
    fs::write(dir.path().join("run/run.json"), "{").unwrap();
    let text = stderr(&collect(dir.path(), &[]).code(3));
    assert!(text.contains("no run of") && text.contains("run.json is damaged"), "{text}");
    assert!(!dir.path().join("collected").exists());
}

#[cfg(unix)]
#[test]
fn links_are_followed_once() {
    use std::os::unix::fs::symlink;
    let dir = tempfile::tempdir().unwrap();
    let sweep = dir.path().join("sweep");
    let elsewhere = dir.path().join("scratch");
    for (name, seed) in [("sweep/runs/a", 1), ("scratch/deep/b", 2), ("beside/c", 3)] {
        MadeUp::new(&[], seed, 0.5).write(&dir.path().join(name));
    }
    symlink(&elsewhere, sweep.join("on_scratch")).unwrap();
    symlink(&elsewhere, sweep.join("on_scratch_too")).unwrap();
    symlink(&sweep, sweep.join("runs/loop")).unwrap();
    symlink("..", elsewhere.join("up")).unwrap();
    symlink(sweep.join("runs/a"), sweep.join("again")).unwrap();
    symlink("nowhere", sweep.join("broken")).unwrap();
    collect(&sweep, &[]).success();
    let rows = records(&sweep.join("collected/table.csv"));
    let mut names: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    names.dedup();
    assert_eq!(names, ["on_scratch/deep/b", "runs/a"]);
    // One run alone is a sweep too.
    collect(&sweep.join("runs/a"), &["--out", sweep.join("one").to_str().unwrap()]).success();
    let rows = records(&sweep.join("one/table.csv"));
    assert!(rows[1..].iter().all(|row| row[0] == "."), "{rows:?}");
}

#[test]
fn the_old_files_stay_if_the_new_ones_cannot_all_be_written() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    collect(dir.path(), &[]).success();
    let table = dir.path().join("collected/table.csv");
    let before = fs::read(&table).unwrap();
    MadeUp::new(&[], 9, 0.5).write(&dir.path().join("runs/new"));
    let figure = dir.path().join("collected/figures/test_loss_vs_seed.png");
    fs::create_dir_all(&figure).unwrap();
    let flags = ["--measurement", "test_loss", "--against", "seed"];
    let text = stderr(&collect(dir.path(), &flags).code(3));
    assert!(text.contains("test_loss_vs_seed.png: there is a folder of that name"), "{text}");
    assert_eq!(fs::read(&table).unwrap(), before);
    assert!(!figure.with_extension("svg").exists());
    // What a killed collection left goes.
    let left = table.with_file_name(".table.csv.abc123.partial");
    fs::write(&left, "half").unwrap();
    fs::remove_dir(&figure).unwrap();
    collect(dir.path(), &flags).success();
    assert_ne!(fs::read(&table).unwrap(), before);
    assert!(!left.exists());
}

/// Files of a figures folder.
fn figures_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("figures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn figures_of_an_earlier_collection_go_and_files_of_others_stay() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let collected = dir.path().join("collected");
    collect(dir.path(), &["--measurement", "test_loss", "--against", "seed"]).success();
    assert_eq!(figures_in(&collected).len(), 4);
    // Somebody's own file, one of somebody's under an old name, and a changed one.
    let figures = collected.join("figures");
    fs::write(figures.join("decode_error_vs_units.svg"), "mine").unwrap();
    fs::write(figures.join("test_loss_vs_seed.csv"), "annotated").unwrap();
    let flags = ["--measurement", "decode_error", "--against", "seed"];
    let said = stderr(&collect(dir.path(), &flags).success());
    assert!(
        said.contains("test_loss_vs_seed.csv is of an earlier collection, but was changed"),
        "{said}"
    );
    let base = "decode_error_vs_seed";
    let mut expected: Vec<String> =
        ["csv", "pdf", "png", "svg"].map(|extension| format!("{base}.{extension}")).into();
    expected.extend(["decode_error_vs_units.svg".to_owned(), "test_loss_vs_seed.csv".to_owned()]);
    assert_eq!(figures_in(&collected), expected);
    // Killed on the way, the list names files of both collections: all of them are known.
    let list = collected.join("collection.json");
    let first: Value = serde_json::from_str(&fs::read_to_string(&list).unwrap()).unwrap();
    collect(dir.path(), &["--measurement", "train_loss", "--against", "seed"]).success();
    let mut both: Value = serde_json::from_str(&fs::read_to_string(&list).unwrap()).unwrap();
    let more = first["files"].as_array().unwrap().clone();
    both["files"].as_array_mut().unwrap().extend(more);
    // A list that leads out of the folder is not followed.
    let outside = dir.path().join("outside");
    fs::write(&outside, "").unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    both["files"].as_array_mut().unwrap().push(json!({"path": "../outside", "sha256": empty}));
    // An earlier version's second table is one of the files that are replaced.
    let second = collected.join("table.parquet");
    fs::write(&second, "").unwrap();
    both["files"].as_array_mut().unwrap().push(json!({"path": "table.parquet", "sha256": empty}));
    fs::write(&list, both.to_string()).unwrap();
    collect(dir.path(), &flags).success();
    assert_eq!(figures_in(&collected), expected);
    assert!(outside.exists() && !second.exists());
}

#[test]
fn networks_that_have_not_learned_are_marked() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path());
    let result = |error: f64| json!({"loss": 0.1, "decode_error": error});
    for (seed, constant) in [(0, 0.9), (1, 0.9), (2, 0.3)] {
        let run = dir.path().join(format!("runs/network.noise.sigma=0.05_seed={seed}/run.json"));
        let mut record: Value = serde_json::from_str(&fs::read_to_string(&run).unwrap()).unwrap();
        record["chance"] = json!({"constant": result(constant), "untrained": result(1.0)});
        fs::write(&run, record.to_string()).unwrap();
    }
    let flags = ["--measurement", "kl_quiescent_from_active,decode_error"];
    let said = stdout(&collect(dir.path(), &flags).success());
    assert!(
        said.contains("learned, by the error of a constant answer: 1 no, 4 unknown, 2 yes"),
        "{said}"
    );
    assert_eq!(said.matches("1 network has not learned: hollow, and no part of means").count(), 1);
    let collected = dir.path().join("collected");
    let rows = records(&collected.join("table.csv"));
    let column = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let of = |run: &str| {
        let row = rows.iter().find(|row| row[0].ends_with(run)).unwrap();
        (row[column("learned")].clone(), row[column("constant_answer_error")].clone())
    };
    assert_eq!(of("0.05_seed=0"), ("yes".to_owned(), "0.9".to_owned()));
    assert_eq!(of("0.05_seed=2"), ("no".to_owned(), "0.3".to_owned()));
    assert_eq!(of("0.1_seed=2"), (String::new(), String::new()));
    let figure =
        records(&collected.join("figures/kl_quiescent_from_active_vs_network.noise.sigma.csv"));
    let column = |name: &str| figure[0].iter().position(|column| column == name).unwrap();
    let judged: Vec<&str> = figure[1..4].iter().map(|row| &*row[column("judged")]).collect();
    assert_eq!(judged, ["yes", "yes", "no"]);
    assert_eq!((&*figure[1][column("mean")], &*figure[1][column("n")]), ("1.5", "2"));
    assert_eq!(figure[1][column("seed")], "0");
}

/// Collects `runs` made-up folders and returns the summary.
fn many(runs: usize) -> Value {
    let dir = tempfile::tempdir().unwrap();
    generate(dir.path(), runs);
    let summary: Value =
        serde_json::from_str(&stdout(&collect(dir.path(), &["--json"]).success())).unwrap();
    assert_eq!(summary["runs"], runs);
    assert_eq!(summary["rows"], runs * 8);
    assert_eq!(summary["swept"], json!(["network.noise.sigma", "network.units"]));
    let csv = records(&dir.path().join("collected/table.csv"));
    assert_eq!(csv.len(), runs * 8 + 1);
    summary
}

#[test]
fn a_thousand_runs() {
    many(1000);
}

/// `cargo test --release -p quiescent-cli --test collect -- --ignored` measures; 10 000 runs are to
/// take less than 30 s.
#[test]
#[ignore = "writes 60 000 files"]
fn ten_thousand_runs_take_less_than_thirty_seconds() {
    let seconds = many(10_000)["seconds"].as_f64().unwrap();
    assert!(seconds < 30.0, "{seconds} s");
}

/// Leaves 10 000 or 100 000 run folders (or however many) in a folder for measurements by hand:
/// `QUIESCENT_MADE_UP=/tmp/many:100000`.
#[test]
#[ignore = "writes as many folders as asked for"]
fn leave_many_runs() {
    let asked = std::env::var("QUIESCENT_MADE_UP").unwrap();
    let (folder, runs) = asked.rsplit_once(':').unwrap();
    generate(Path::new(folder), runs.parse().unwrap());
}
