//! What people are told about a wrong experiment, word for word.

use std::path::Path;

use super::super::text::yaml;
use super::super::*;
use super::{HEADING, SPATIAL, wrong};

/// Compares messages with the snapshot of the test.
macro_rules! said {
    ($messages:expr) => {
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!($messages);
        })
    };
}

/// Inputs, each with its message below it.
fn messages(inputs: &[&str], message: impl Fn(&str) -> String) -> String {
    inputs.iter().map(|input| format!("{input:?}\n    {}\n", message(input))).collect()
}

fn all_wrong(texts: &[&str]) -> String {
    messages(texts, wrong)
}

/// Message for an override of a shipped experiment.
fn wrong_with(name: &str, key_value: &str) -> String {
    Experiment::resolve(name, &[key_value]).unwrap_err().to_string()
}

#[test]
fn keys_that_do_not_exist() {
    said!(all_wrong(&[
        "task: {kind: spatial}\nnetwork:\n  unit: 3\n",
        "task: {kind: spatial}\nnetwrk: {units: 3}\n",
        "task:\n  kind: spatial\n  cell: {count: 3}\n",
        "task:\n  kind: head_direction\n  drift: {toward_m: [0, 0]}\n",
        "task: {kind: spatial}\nunits: 3\n",
        "task: {kind: spatial}\nzebra: 3\n",
        "tsk: {kind: spatial}\n",
        "task: {knd: spatial}\n",
        "task: {kind: spatial, <<: {top: 1}}\n",
    ]));
}

#[test]
fn values_of_the_wrong_type() {
    said!(all_wrong(&[
        "task: {kind: spatial}\nnetwork:\n  units: many\n",
        "task: {kind: spatial}\nnetwork:\n  units: -3\n",
        "task: {kind: spatial}\nnetwork:\n  units: 2e2\n",
        "task: {kind: spatial}\nnetwork:\n  units: '12'\n",
        "task: {kind: spatial}\nnetwork:\n  units:\n",
        "task: {kind: spatial}\nnetwork: 3\n",
        "task: {kind: spatial}\nnetwork: {biases: yes}\n",
        "task: {kind: spatial}\nnetwork: {tau_s: 100 ms}\n",
        "task: {kind: spatial}\nseed: 18446744073709551616\n",
        "task: {kind: spatial, drift: {toward_m: [0]}}\n",
        "task: {kind: spatial, drift: {toward_m: [0, x]}}\n",
        "task: {kind: spatial, drift: 0.1}\n",
        "task: {kind: spatial}\nabout: [a]\n",
        "task: spatial\n",
        "task: {kind: [spatial]}\n",
    ]));
}

#[test]
fn choices_that_do_not_exist() {
    said!(all_wrong(&[
        "task: {kind: spatal}\n",
        "task: {kind: spatial}\nnetwork:\n  activation: ReLU\n",
        "task: {kind: spatial}\nnetwork:\n  kind: transformer\n",
        "task: {kind: spatial}\nrest: {noise: 0.1}\n",
        "task: {kind: spatial}\nrest: {noise: sigma}\n",
        "task: {kind: spatial}\nrest: {noise: {same: 1}}\n",
        "task: {kind: spatial}\nrest: {noise: {sigma: loud}}\n",
        "task: {kind: spatial}\nrest: {start: [0, 0]}\n",
    ]));
}

#[test]
fn keys_that_are_missing() {
    said!(all_wrong(&[
        "",
        "# nothing but a comment\n",
        "seed: 1\n\ntask:\n  decoder: {top: 3}\n",
        "task:\n  kind: spatial\n  recording: {max_gap_s: 1}\n",
    ]));
}

#[test]
fn texts_that_are_no_experiment() {
    said!(all_wrong(&[
        "just some words\n",
        "- a\n- list\n",
        "task: {kind: spatial\nnetwork: {",
        "task:\n\tkind: spatial\n",
        "task: kind: spatial\n",
        "task:\n    kind: spatial\n  drift: null\n",
        "task: {kind: spatial}\nseed 3\n",
        "about: \"unclosed\ntask: {kind: spatial}\n",
        "task: {kind: spatial}\n---\ntask: {kind: spatial}\n",
        "task: !custom {kind: spatial}\n",
        "task: {kind: spatial}\n? [a, b]\n: 3\n",
        "task: *nowhere\n",
        "task: &a [*a]\n",
        "\u{0}\u{1}PK\u{3}\u{4}",
    ]));
}

#[test]
fn keys_given_twice() {
    said!(all_wrong(&[
        "seed: 1\ntask: {kind: spatial}\nseed: 2\n",
        "task: {kind: spatial}\nnetwork:\n  noise:\n    sigma: 1\n    sigma: 2\n",
    ]));
}

#[test]
fn overrides_that_cannot_be_used() {
    said!(messages(
        &[
            "network.units",
            "=3",
            "network..units=3",
            "network.unit=3",
            "units=3",
            "netwrk.units=3",
            "network.units=-3",
            "network.units=",
            "network.units=[1, 2",
            "network.units.x=3",
            "network.activation=relo",
            "task.kind=head_direction",
            "task.cells.count=2",
            "task.recording.max_gap_s=2",
            "network.noise={sigma: 1, sigma: 2}",
        ],
        |text| wrong_with(SPATIAL, text)
    ));
}

#[test]
fn numbers_out_of_range() {
    let out_of_range = |name: &str, key_value: &str| {
        let error = Experiment::resolve(name, &[key_value]).unwrap_err();
        assert!(matches!(error, SpecError::OutOfRange { .. }), "{key_value}: {error}");
        error.to_string()
    };
    let in_the_box = [
        "about=two\nlines",
        "time.dt_s=0",
        "time.dt_s=.nan",
        "time.dt_s=0.2",
        "time.steps=0",
        "task.box.width_m=2200",
        "task.box.width_m=0.05",
        "task.box.border_m=-0.1",
        "task.box.border_slowdown=2",
        "task.motion.speed_scale_m_per_s=-1",
        "task.motion.speed_scale_m_per_s=81.7",
        "task.motion.turn_sd_rad_per_s=.inf",
        "task.drift.toward_m=[.nan, 0]",
        "task.drift.fraction_per_step=1.5",
        "task.cells.count=0",
        "task.cells.width_m=0",
        "task.decoder.top=0",
        "task.decoder.top=257",
        "task.recording={file: a.npz, max_gap_s: 0}",
        "task.recording={file: a.npz, max_speed_per_s: -1}",
        "task.recording={file: a.npz, test_fraction: 1}",
        "task.recording={file: ''}",
        "network.units=0",
        "network.units=1000000000000",
        "network.tau_s=0.01",
        "network.noise.sigma=-0.1",
        "training.batches=10000000000",
        "training.trials=0",
        "training.learning_rate=0",
        "training.schedule.growth_fraction=1.5",
        "training.beta2=1",
        "training.gradient_norm=0",
        "training.weight_decay=-1",
        "training.test_trials=0",
        "training.test_every=0",
        "training.checkpoint_every=0",
        "training.milestones=[10, 10]",
        "training.milestones=[2401]",
        "rest.start.point=[0, 2]",
        "rest.noise.sigma=-1",
        "rest.trials=0",
        "rest.steps=0",
        "rest.steps=1000000000",
    ];
    let of_headings = [
        "task.cells.width_rad=30",
        "task.cells.count=2",
        "task.motion.turn_sd_rad_per_s=-1",
        "rest.start.point=[.nan, 0]",
    ];
    said!(messages(&in_the_box, |text| out_of_range(SPATIAL, text)));
    said!(messages(&of_headings, |text| out_of_range(HEADING, text)));
    let paper = "paper/spatial/noisy_unbiased";
    let key_value = "training.test_trials=1000000";
    let long = Experiment::resolve(paper, &["time.steps=10000", key_value]).unwrap_err();
    said!(out_of_range(paper, "time.steps=1000000"));
    said!(long.to_string());
}

#[test]
fn a_range_error_names_the_line() {
    said!(wrong("task: {kind: spatial}\nnetwork:\n  units: 0\n"));
    // The key itself is a default here: the line is that of the key it is at odds with.
    said!(wrong("task:\n  kind: spatial\n  box:\n    width_m: 0.05\n"));
    let mut built = Experiment::named(SPATIAL).unwrap();
    built.network.units = 0;
    said!(built.validate().unwrap_err().to_string());
    built.network.units = 1;
    built.validate().unwrap();
}

#[test]
fn names_and_files_that_do_not_exist() {
    let message = |name: &str| Experiment::load(name).unwrap_err().to_string();
    said!(messages(
        &[
            "paper/spatial/noisy_unbaised",
            "configs/paper/spatial/noisy_biased.yaml",
            "noisy_unbiased",
            "qqq",
            "",
        ],
        message
    ));
    said!(Experiment::from_file("none.yml").unwrap_err().to_string());
}

#[test]
fn files_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let message = |path: &Path| {
        let message = Experiment::load(path.to_str().unwrap()).unwrap_err().to_string();
        message.replace(folder.path().to_str().unwrap(), "FOLDER")
    };
    said!(message(folder.path()));
    std::fs::write(folder.path().join("experiment.yml"), "task: {kind: spatial}\n").unwrap();
    said!(message(folder.path()));

    let path = folder.path().join("x.yml");
    std::fs::write(&path, b"about: fine\nseed: 1\ntask: {kind: \xff\xfe}\n").unwrap();
    said!(message(&path));
    std::fs::write(&path, vec![b'#'; yaml::LONGEST_TEXT + 1]).unwrap();
    said!(message(&path));
    std::fs::write(&path, "\u{FEFF}task: {kind: spatial}\r\nnetwork:\r\n  unit: 3\r\n").unwrap();
    said!(message(&path));
}

/// Found by fuzzing: each of these showed its control characters.
#[test]
fn nothing_of_a_file_or_a_flag_commands_a_terminal() {
    let base = Experiment::named("demo/spatial/noisy_biased").unwrap();
    let escape = "\u{1b}[31m";
    for error in [
        Experiment::parse("{\"a\\e[31m\": {b: 1, b: 2}}", "x.yml").unwrap_err(),
        Experiment::parse("\"\\e[31m\": 1\ntask: {kind: spatial}", "x.yml").unwrap_err(),
        base.with(&format!("network.n{escape}oise={{a: 1, a: 2}}")).unwrap_err(),
        base.with(&format!("{escape}=1")).unwrap_err(),
        Experiment::named(&format!("demo/{escape}")).unwrap_err(),
        Experiment::resolve(&format!("demo/{escape}\n"), &["seed=1"]).unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(!message.chars().any(char::is_control), "{message:?}");
    }
}
