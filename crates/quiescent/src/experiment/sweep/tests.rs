//! Sweeps: what runs they have, and what is refused.
#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const BASE: &str = "demo/spatial/noisy_unbiased";

/// A sweep file in a folder of its own.
fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sweep.yml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn runs_of(text: &str, assignments: &[&str]) -> Vec<SweepRun> {
    let (_folder, path) = file(text);
    Sweep::resolve(path.to_str().unwrap(), assignments).unwrap().runs().unwrap()
}

fn names(runs: &[SweepRun]) -> Vec<&str> {
    runs.iter().map(|run| run.name.as_str()).collect()
}

/// The one-line message for a file, without the folder it is in.
fn refused(text: &str, assignments: &[&str]) -> String {
    let (folder, path) = file(text);
    let error = Sweep::resolve(path.to_str().unwrap(), assignments)
        .and_then(|sweep| sweep.runs())
        .unwrap_err();
    error.to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn the_command_line_alone_makes_a_sweep() {
    let sweep = Sweep::resolve(
        BASE,
        &["network.noise.sigma=0.03,0.07,0.14", "seed=0..1", "training.batches=7"],
    )
    .unwrap();
    assert_eq!(sweep.count(), 6);
    let runs = sweep.runs().unwrap();
    // Seeds vary slowest wherever they stand.
    assert_eq!(
        names(&runs),
        [
            "sigma=0.03_seed=0",
            "sigma=0.07_seed=0",
            "sigma=0.14_seed=0",
            "sigma=0.03_seed=1",
            "sigma=0.07_seed=1",
            "sigma=0.14_seed=1",
        ]
    );
    let last = &runs[5];
    let same =
        Experiment::resolve(BASE, &["network.noise.sigma=0.14", "seed=1", "training.batches=7"])
            .unwrap();
    assert_eq!(last.experiment, same);
    assert_eq!(last.identity, same.identity().unwrap());
    assert_eq!(
        last.varied,
        [
            ("network.noise.sigma".to_owned(), "0.14".to_owned()),
            ("seed".to_owned(), "1".to_owned())
        ]
    );
    assert_eq!(
        folder_name(&last.name, &last.identity),
        format!("sigma=0.14_seed=1_{}", &last.identity[..12])
    );
}

#[test]
fn grid_zip_and_runs_with_every_seed() {
    let runs = runs_of(
        "base: demo/spatial/noisy_unbiased
set: {training.batches: 9}
seeds: [3, 5]
grid:
  network.units: [8, 16..24..8]
zip:
  time.dt_s: [0.02, 0.01]
  time.steps: [10, 20]
runs:
  - {name: a gru, network.kind: gru, network.units: 12, network.activation: tanh}
  - {training.batches: 11, seed: 7}
",
        &[],
    );
    assert_eq!(
        names(&runs),
        [
            "units=8_dt_s=0.02_steps=10_seed=3",
            "units=8_dt_s=0.01_steps=20_seed=3",
            "units=16_dt_s=0.02_steps=10_seed=3",
            "units=16_dt_s=0.01_steps=20_seed=3",
            "units=24_dt_s=0.02_steps=10_seed=3",
            "units=24_dt_s=0.01_steps=20_seed=3",
            "a-gru_seed=3",
            // Its own seed, so there is one of it.
            "batches=11_seed=7",
            "units=8_dt_s=0.02_steps=10_seed=5",
            "units=8_dt_s=0.01_steps=20_seed=5",
            "units=16_dt_s=0.02_steps=10_seed=5",
            "units=16_dt_s=0.01_steps=20_seed=5",
            "units=24_dt_s=0.02_steps=10_seed=5",
            "units=24_dt_s=0.01_steps=20_seed=5",
            "a-gru_seed=5",
        ]
    );
    let at = |name: &str| &runs.iter().find(|run| run.name == name).unwrap().experiment;
    assert_eq!(at("units=24_dt_s=0.01_steps=20_seed=5").time.steps, 20);
    assert_eq!(at("units=24_dt_s=0.01_steps=20_seed=5").training.batches, 9);
    assert_eq!(at("a-gru_seed=3").network.units, 12);
    assert_eq!(at("batches=11_seed=7").training.batches, 11);
    assert_eq!(at("batches=11_seed=7").seed, 7);
}

#[test]
fn assignments_stand_in_for_what_the_file_says() {
    let text = "base: demo/spatial/noisy_unbiased
seeds: 0..4
grid: {network.units: [8, 16], network.noise.sigma: [0.1, 0.2]}
";
    assert_eq!(runs_of(text, &[]).len(), 20);
    let runs = runs_of(text, &["seed=9", "network.units=12", "training.batches=3,4"]);
    assert_eq!(
        names(&runs),
        [
            "batches=3_sigma=0.1",
            "batches=3_sigma=0.2",
            "batches=4_sigma=0.1",
            "batches=4_sigma=0.2"
        ]
    );
    assert!(runs.iter().all(|run| run.experiment.seed == 9 && run.experiment.network.units == 12));
}

#[test]
fn bases_are_files_beside_the_sweep_and_recordings_beside_what_names_them() {
    let (folder, path) = file(
        "base: sub/base.yml
grid: {task.recording.file: [here.csv, ../there.csv]}
",
    );
    std::fs::create_dir(folder.path().join("sub")).unwrap();
    std::fs::write(
        folder.path().join("sub/base.yml"),
        "task: {kind: spatial, recording: {file: path.csv}}",
    )
    .unwrap();
    let runs = Sweep::resolve(path.to_str().unwrap(), &["seed=1"]).unwrap().runs().unwrap();
    let files: Vec<PathBuf> =
        runs.iter().map(|run| run.experiment.task.recording().unwrap().file.clone()).collect();
    assert_eq!(files, [folder.path().join("here.csv"), folder.path().join("../there.csv")]);
    // The base's own path is beside the base.
    let runs = Sweep::resolve(folder.path().join("sub/base.yml").to_str().unwrap(), &["seed=1,2"])
        .unwrap()
        .runs()
        .unwrap();
    let file = &runs[0].experiment.task.recording().unwrap().file;
    assert_eq!(*file, folder.path().join("sub/path.csv"));
}

/// The message for a command line.
fn refused_line(assignments: &[&str]) -> String {
    match Sweep::resolve(BASE, assignments).and_then(|sweep| sweep.runs()) {
        Ok(runs) => panic!("{assignments:?} makes {:?}", names(&runs)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn of_a_key_given_twice_the_last_holds_and_what_undoes_another_is_refused() {
    let line = ["network.units=8,16", "seed=1", "network.units=24", "seed=0..4"];
    let runs = Sweep::resolve("demo/spatial/noisy_unbiased", &line).unwrap().runs().unwrap();
    assert_eq!(runs.len(), 5);
    assert!(runs.iter().all(|run| run.experiment.network.units == 24));
    let undone =
        ["network.noise.sigma=0.1,0.2", "network.noise={sigma: 1, distribution: gaussian}"];
    let said = refused_line(&undone);
    assert!(said.contains(&format!("it undoes `{}`", undone[0])), "{said}");
    let said = refused(
        "base: demo/spatial/noisy_unbiased\nset: {network.units: 8}\ngrid: {network.units: [8, 9]}",
        &[],
    );
    assert!(
        said.contains("sweep.yml:2: network.units: set for every run and varied too"),
        "{said}"
    );
}

#[test]
fn empty_values_are_refused() {
    for text in [
        "network.units=",
        "network.units=8,,16",
        "network.units=,8",
        "network.units=8,",
        "network.units=8, ,16",
        "seed=,",
        "task.recording=",
        "task.recording=a.csv,",
        "task.recording=a.csv,,b.csv",
        "task.drift=,null",
        "network.noise=",
        "about=",
    ] {
        let said = refused_line(&[text, "rest.steps=1,2"]);
        assert!(said.contains("no value "), "{text}: {said}");
    }
    let base = "base: demo/spatial/noisy_unbiased\n";
    for text in [
        "grid:",
        "grid:\n  network.units:",
        "grid:\n  network.units: [8, ]\n  rest.steps:",
        "grid:\n  network.units:\n  - 8\n  -",
        "seeds:",
        "zip:",
        "runs:",
        "runs:\n  -",
        "runs:\n  - network.units:",
        "set:\nseeds: 0..1",
        "about:\nseeds: 0..1",
        "set: {task.recording: }\nseeds: 0..1",
        "set: {task.drift: ~}\nseeds: 0..1",
    ] {
        let said = refused(&format!("{base}{text}"), &[]);
        assert!(
            said.contains("no value is given") || said.contains("`~` is not accepted"),
            "{said}"
        );
    }
    let said = refused("base:\nseeds: 0..1", &[]);
    assert!(said.contains("base: no value is given"), "{said}");
}

#[test]
fn a_comma_that_may_be_decimal_is_refused_with_both_readings() {
    for (text, readings) in [
        (
            "network.noise.sigma=0,07",
            "two values, 0 and 7, or one with a decimal comma, 0.07; \
            write 0.07 for one number, 0.0,7 for two",
        ),
        ("network.noise.sigma=0,03,0,07,0,14", "two values, 0 and 3"),
        ("network.noise.sigma=0.1,0,07", "two values, 0 and 7"),
        ("network.noise.sigma=0,5", "one with a decimal comma, 0.5"),
        ("network.noise.sigma=1,0", "one with a decimal comma, 1.0"),
        ("network.noise.sigma=0,5,1", "two values, 0 and 5"),
        ("network.noise.sigma=0,1,0,2", "two values, 0 and 1"),
        ("network.noise.sigma=0..4,7", "two values, 4 and 7"),
        ("rest.noise.sigma=0,5", "one with a decimal comma, 0.5"),
        ("task.drift.fraction_per_step=0,5", "one with a decimal comma, 0.5"),
        ("task.recording.max_gap_s=0,5", "one with a decimal comma, 0.5"),
        ("seed=0,07", "write 0,7 for two numbers"),
        ("training.batches=1,000", "write 1,0 for two numbers"),
        ("network.units=1,024", "write 1,24 for two numbers"),
    ] {
        let said = refused_line(&[text, "rest.steps=1,2"]);
        assert!(said.contains(readings), "{text}: {said}");
    }
    let base = "base: demo/spatial/noisy_unbiased\n";
    for text in [
        "grid: {network.noise.sigma: [0,07]}",
        "grid: {network.noise.sigma: [0,5]}",
        "zip: {network.noise.sigma: [1,5], rest.steps: [8, 9]}",
        "seeds: [0,07]",
        "grid:\n  network.noise.sigma: 0,07",
    ] {
        let said = refused(&format!("{base}{text}"), &[]);
        assert!(
            said.contains("decimal comma") || said.contains("one number or two?"),
            "{text}: {said}"
        );
    }
    // What is plain goes through.
    for (text, count) in [
        ("seed=0,1", 2),
        ("seed=1,5", 2),
        ("seed=00,01,02", 3),
        ("network.units=64,128", 2),
        ("training.batches=5,3", 2),
        ("network.noise.sigma=0.1,0.2", 2),
        ("network.noise.sigma=0,0.5", 2),
        ("network.noise.sigma=0.0,7", 2),
        ("network.noise.sigma=0, 7", 2),
        ("network.noise.sigma=0,1,2", 3),
        ("network.noise.sigma=0,1e-1", 2),
        ("network.noise.sigma=0..2", 3),
        ("task.drift=null,{fraction_per_step: 0.5}", 2),
        ("rest.start.point=[0,1],[1,0]", 2),
    ] {
        let runs = Sweep::resolve(BASE, &[text]).unwrap().runs().unwrap();
        assert_eq!(runs.len(), count, "{text}");
    }
    for text in
        ["grid: {network.noise.sigma: [0, 5]}", "grid:\n  network.noise.sigma:\n  - 0\n  - 5"]
    {
        assert_eq!(runs_of(&format!("{base}{text}"), &[]).len(), 2, "{text}");
    }
}

#[test]
fn paths_in_lists_are_texts() {
    let files = |text: &str| -> Vec<String> {
        let runs = Sweep::resolve(BASE, &[text, "seed=0,1"]).unwrap().runs().unwrap();
        let file = |run: &SweepRun| {
            let file = &run.experiment.task.recording().unwrap().file;
            file.strip_prefix(std::env::current_dir().unwrap())
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        runs.iter().filter(|run| run.experiment.seed == 0).map(file).collect()
    };
    assert_eq!(files("task.recording=a.csv,b #1.csv"), ["a.csv", "b #1.csv"]);
    assert_eq!(files("task.recording=a.csv, b.csv"), ["a.csv", "b.csv"]);
    assert_eq!(files("task.recording=\"a,1.csv\",'b,2.csv'"), ["a,1.csv", "b,2.csv"]);
    assert_eq!(files("task.recording='a,1.csv'"), ["a,1.csv"]);
    assert_eq!(files("task.recording=rat's.csv,rat's 2.csv"), ["rat's.csv", "rat's 2.csv"]);
    assert_eq!(files("task.recording.file=a[1].csv,b{2}.csv"), ["a[1].csv", "b{2}.csv"]);
    assert_eq!(files("task.recording.file=0..4,null"), ["0..4", "null"]);
    assert_eq!(files("task.recording={file: a.csv},{file: b.csv}"), ["a.csv", "b.csv"]);
    let runs = Sweep::resolve(BASE, &["task.recording=null,a.csv"]).unwrap().runs().unwrap();
    assert_eq!(runs[0].experiment.task.recording(), None);
    // A description is one text, commas and all.
    let runs = Sweep::resolve(BASE, &["about=one, two", "seed=0,1"]).unwrap().runs().unwrap();
    assert_eq!(runs[1].experiment.about, "one, two");
}

#[test]
fn the_same_experiment_is_one_run() {
    let runs =
        Sweep::resolve(BASE, &["network.noise.sigma=0.1,0.10,1e-1,0.2"]).unwrap().runs().unwrap();
    assert_eq!(names(&runs), ["sigma=0.1", "sigma=0.2"]);
}

#[test]
fn keys_are_as_short_as_they_can_be_told_apart() {
    let runs = Sweep::resolve(
        BASE,
        &[
            "network.noise.sigma=0.1",
            "network.input_noise.sigma=0.1,0.2",
            "network.output_noise.sigma=0.0,1",
            "rest.steps=5",
        ],
    )
    .unwrap()
    .runs()
    .unwrap();
    assert_eq!(runs[0].name, "input_noise.sigma=0.1_output_noise.sigma=0.0");
    // Lists are values; signs that file systems dislike are not in names.
    let runs = Sweep::resolve(BASE, &["training.milestones=[1, 2],[3]"]).unwrap().runs().unwrap();
    assert_eq!(names(&runs), ["milestones=-1--2-", "milestones=-3-"]);
    assert_eq!(runs[0].experiment.training.milestones, [1, 2]);
    assert_eq!(runs[0].varied[0].1, "[1, 2]");
}

#[test]
fn what_makes_no_sense_is_refused_with_its_place() {
    let base = "base: demo/spatial/noisy_unbiased\n";
    let cases: Vec<(String, &[&str])> = vec![
        (format!("{base}grid: {{network.unitz: [1, 2]}}"), &[]),
        (format!("{base}grid: {{units: [1, 2]}}"), &[]),
        (format!("{base}grid: {{}}"), &[]),
        (format!("{base}grid:"), &[]),
        (format!("{base}grid: [1]"), &[]),
        (format!("{base}grid:\n  network.units: []"), &[]),
        (format!("{base}grid:\n  network.units: 12"), &[]),
        (format!("{base}grid:\n  network.units: [8, many]"), &[]),
        (format!("{base}grid:\n  network.units: 9..3"), &[]),
        (format!("{base}grid:\n  network.units: 0..9999999999"), &[]),
        (format!("{base}grid:\n  network..units: [8]"), &[]),
        (format!("{base}grid: {{seed: [1, 2]}}\nseeds: 0..3"), &[]),
        (format!("{base}grid: {{network.units: [8]}}\nzip: {{network.units: [8]}}"), &[]),
        (format!("{base}zip:\n  time.dt_s: [0.02]\n  time.steps: [10, 20]"), &[]),
        (format!("{base}zip:\n  time.dt_s: [0.02]\n  time.steps: [10]"), &["time.steps=4,5"]),
        (format!("{base}runs: {{a: 1}}"), &[]),
        (format!("{base}runs: []"), &[]),
        (format!("{base}runs:\n  - {{}}"), &[]),
        (format!("{base}grids: {{network.units: [8]}}"), &[]),
        ("grid: {network.units: [8]}".to_owned(), &[]),
        ("base: demo/spatial/nosy\ngrid: {network.units: [8]}".to_owned(), &[]),
        (base.to_owned(), &[]),
        (base.to_owned(), &["network.units=8"]),
        (base.to_owned(), &["network.units=8,-1"]),
        (base.to_owned(), &["network.units"]),
        (base.to_owned(), &["seed=3..1"]),
        (base.to_owned(), &["task.kind=head_direction,spatial"]),
        (format!("{base}set: {{training.batchs: 3}}\nseeds: 0..1"), &[]),
        (
            format!(
                "{base}grid: {{network.units: 1..1000, training.batches: 1..1000, rest.steps: 1..1000}}"
            ),
            &[],
        ),
    ];
    let said: Vec<String> = cases
        .iter()
        .map(|(text, assignments)| {
            format!(
                "{}\n    {}",
                text.replacen(base, "", 1).replace('\n', " ⏎ ") + " " + &assignments.join(" "),
                refused(text, assignments)
            )
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_billion_runs_are_counted_and_not_made() {
    let sweep = Sweep::resolve(
        BASE,
        &["network.units=1..1000", "training.batches=1..1000", "rest.steps=1..1000"],
    )
    .unwrap();
    assert_eq!(sweep.count(), 1_000_000_000);
    assert!(sweep.runs().unwrap_err().to_string().contains("1000000000 runs"));
}

proptest! {
    /// Whatever stands in a file, there is an answer and no panic.
    #[test]
    fn any_text_is_a_sweep_or_an_error(text in "\\PC{0,80}", key in "[a-z.]{0,12}", value in "[0-9a-z.,\\[\\]\"{}]{0,16}") {
        let (_folder, path) = file(&format!("base: {BASE}\ngrid: {text}"));
        let _ = Sweep::resolve(path.to_str().unwrap(), &[] as &[&str]).and_then(|sweep| sweep.runs());
        let _ = Sweep::resolve(BASE, &[format!("{key}={value}"), "seed=0..1".to_owned()])
            .and_then(|sweep| sweep.runs());
    }

    /// A range has what a loop would have.
    #[test]
    fn ranges_have_both_ends(first in -50_i64..50, length in 0_i64..40, step in 1_i64..7) {
        let last = first + length;
        let found = values::range(&format!("{first}..{last}..{step}")).unwrap().unwrap();
        let expected: Vec<i64> = (first..=last).step_by(usize::try_from(step).unwrap()).collect();
        prop_assert_eq!(found, expected);
    }

    /// Joining what was split gives back the text, and no part has a comma outside brackets.
    #[test]
    fn splitting_loses_nothing(text in "[a-c,\\[\\]{}\"']{0,24}") {
        prop_assert_eq!(values::split(&text).join(","), text);
    }
}

#[test]
fn commas_in_brackets_and_quotes_do_not_split() {
    assert_eq!(
        values::split("a,[b,{c: d,e: f}],\"g,h\",'i,j',['k]',\"l,\"],m'n,o'p,q[,r]"),
        ["a", "[b,{c: d,e: f}]", "\"g,h\"", "'i,j'", "['k]',\"l,\"]", "m'n", "o'p", "q[", "r]"]
    );
    assert_eq!(values::split(""), [""]);
}

/// Found by fuzzing: a few hundred bytes asked for gigabytes.
#[test]
fn more_values_than_runs_are_refused_before_they_are_made() {
    let range = "0..99999";
    let base = format!("base: {BASE}\n");
    let many = [range; 40].join(", ");
    let keys = ["seed", "network.units", "time.steps"];
    let columns = keys.map(|key| format!("{key}: {range}")).join(", ");
    for (section, key) in [
        (format!("seeds: [{many}]"), "seeds"),
        (format!("grid: {{seed: [{many}]}}"), "seed"),
        (format!("grid: {{{columns}}}"), "time.steps"),
        (format!("zip: {{{columns}}}"), "time.steps"),
    ] {
        let message = refused(&format!("{base}{section}\n"), &[]);
        assert!(message.contains(key) && message.contains("100000 runs"), "{message}");
    }
    for texts in [
        vec![format!("seed={}", many.replace(", ", ","))],
        keys.map(|key| format!("{key}={range}")).to_vec(),
    ] {
        let message = Sweep::resolve(BASE, &texts).unwrap_err().to_string();
        assert!(message.contains("100000 runs"), "{message}");
    }
    // As many as there can be runs are held, and can be replaced.
    let runs =
        runs_of(&format!("{base}seeds: {range}\ngrid: {{time.steps: [1, 2]}}\n"), &["seed=1"]);
    assert_eq!(runs.len(), 2);
}

#[test]
fn nothing_of_a_sweep_commands_a_terminal() {
    for (text, assignments) in [
        ("base: \"demo/\\e[31m\\n\"\nseeds: 0..1\n", vec![]),
        ("base: demo/spatial/noisy_unbiased\n", vec!["time.dt_s=0.\t\t..4", "seed=0..1"]),
    ] {
        let message = refused(text, &assignments);
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}
