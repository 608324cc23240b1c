//! Values on the command line and in files: what is empty, what a comma means, what is text.

use super::super::*;
use super::{SPATIAL, spatial, wrong};

const NOISELESS: &str = "paper/spatial/noiseless_unbiased";

fn refused(name: &str, overrides: &[&str]) -> String {
    match Experiment::resolve(name, overrides) {
        Ok(_) => panic!("{overrides:?} is taken"),
        Err(error) => error.to_string(),
    }
}

fn file_of(overrides: &[&str]) -> String {
    let experiment = Experiment::resolve(SPATIAL, overrides).unwrap();
    let cwd = std::env::current_dir().unwrap();
    let file = &experiment.task.recording().unwrap().file;
    file.strip_prefix(cwd).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn an_empty_value_is_refused_for_every_key() {
    let experiment = Experiment::named(SPATIAL).unwrap();
    let mut keys: Vec<String> =
        experiment.leaves().unwrap().into_iter().map(|(key, _)| key).collect();
    keys.extend(
        ["about", "task.recording.file", "task", "network", "network.noise", "rest.noise.sigma"]
            .map(str::to_owned),
    );
    for key in keys {
        for value in ["", " ", "\t", "''#", "# 3", "{}", "~", "&a", "# "] {
            // Text that is no value elsewhere is a name here.
            if ["about", "task.recording.file"].contains(&&*key) && !value.trim().is_empty()
                || key == "task.recording" && ["''#", "# 3", "&a", "# "].contains(&value)
            {
                continue;
            }
            let said = refused(SPATIAL, &[&format!("{key}={value}")]);
            assert!(said.starts_with("override `"), "{key}={value}: {said}");
            if value.trim().is_empty() {
                assert!(said.contains(&format!(": {key}: no value is given; write one")), "{said}");
            }
        }
    }
}

#[test]
fn nothing_behind_a_key_of_a_file_is_refused() {
    for (text, expected) in [
        ("task: {kind: spatial}\nnetwork:\n", "x.yml:2: network: no value is given"),
        ("task: {kind: spatial}\nnetwork:\n  noise:\n", "x.yml:3: network.noise: no value"),
        ("task:\n  kind: spatial\n  recording:\n", "x.yml:3: task.recording: no value"),
        ("task: {kind: spatial, drift: }\n", "x.yml:1: task.drift: no value is given"),
        ("task: {kind: spatial, drift: # none\n}\n", "x.yml:1: task.drift: no value is given"),
        ("task: {kind: spatial, drift: &a}\n", "task.drift: no value is given"),
        ("task: {kind: spatial}\nnetwork: {}\n", "network: `{}` gives no value"),
        (
            "task: {kind: spatial}\ntraining:\n  milestones:\n  - \n",
            "training.milestones[0]: no value",
        ),
        ("task: {kind: spatial, drift: ~}\n", "task.drift: `~` is not accepted: write `null`"),
        ("task: {kind: spatial}\nabout: ~\n", "about: `~` is not accepted"),
        ("task: {kind: spatial}\nnetwork: null\n", "network: expected a map"),
        ("task: {kind: spatial}\nnetwork: {noise: null}\n", "network.noise: expected a map"),
    ] {
        let said = wrong(text);
        assert!(said.contains(expected), "{text:?}: {said}");
    }
}

#[test]
fn null_is_the_word_and_only_where_there_may_be_none() {
    let biased = Experiment::named("paper/spatial/noisy_biased").unwrap();
    for word in ["null", "Null", "NULL", " null "] {
        let without = biased.with(&format!("task.drift={word}")).unwrap();
        assert_eq!(spatial(&without).drift, None);
    }
    // It would have been the default noise.
    for key in ["network.noise", "network.noise.sigma", "rest", "task.cells", "seed"] {
        let said = refused(NOISELESS, &[&format!("{key}=null")]);
        assert!(said.contains("found nothing (null)"), "{said}");
    }
    assert_eq!(
        Experiment::resolve(SPATIAL, &["task.recording=null"]).unwrap().task.recording(),
        None
    );
}

#[test]
fn a_map_does_not_reset_what_it_does_not_name() {
    let said = refused(NOISELESS, &["network.noise={distribution: gaussian}"]);
    assert!(
        said.contains("network.noise.sigma, which is 0, is not in it")
            || said.contains("network.noise.sigma, which is 0 here, is not in it")
            || said.contains("network.noise.sigma, which is 0.0 here, is not in it"),
        "{said}"
    );
    for (name, text) in [
        ("paper/spatial/noisy_biased", "task={kind: spatial}"),
        (NOISELESS, "network={units: 512}"),
        ("demo/spatial/noisy_biased", "training={trials: 50}"),
    ] {
        let said = refused(name, &[text]);
        assert!(said.contains("is not in it; give "), "{said}");
    }
    let recorded = Experiment::resolve(SPATIAL, &["task.recording={file: a.csv, max_gap_s: 1}"]);
    let said = recorded.unwrap().with("task.recording=b.csv").unwrap_err().to_string();
    assert!(said.contains("task.recording.max_gap_s, which is 1"), "{said}");
    // What it leaves out is the default anyhow.
    let noisy = Experiment::named("paper/spatial/noisy_unbiased").unwrap();
    assert_eq!(noisy.with("network.noise={distribution: gaussian}").unwrap(), noisy);
    noisy.with("task.drift={fraction_per_step: 0.1}").unwrap();
}

#[test]
fn what_undoes_an_earlier_override_is_refused() {
    for overrides in [
        &["network.noise.sigma=1", "network.noise={sigma: 2, distribution: gaussian}"][..],
        &["task.recording.file=a.csv", "task.recording=b.csv"],
        &["task.drift.fraction_per_step=0.1", "task.drift=null"],
    ] {
        let said = refused(SPATIAL, overrides);
        let expected = format!("it undoes `{}`, given before it; remove one", overrides[0]);
        assert!(said.contains(&expected), "{said}");
    }
    // The last of several values of one key holds, as on any command line.
    let twice = Experiment::resolve(SPATIAL, &["seed=1", "network.units=8", " seed = 2"]).unwrap();
    assert_eq!(twice.seed, 2);
    // A key after what holds it refines it.
    file_of(&["task.recording=a.csv", "task.recording.max_gap_s=1"]);
}

#[test]
fn a_decimal_comma_is_named() {
    for (text, expected) in [
        (
            "network.noise.sigma=0,07",
            "expected a number with a decimal point (0.07), found the text `0,07`",
        ),
        ("network.noise.sigma=-1,5e-3", "a decimal point (-1.5e-3)"),
        (
            "network.noise={sigma: 0,07, distribution: gaussian}",
            "network.noise.07: a decimal comma?",
        ),
        ("network.noise={sigma: 0,5}", "network.noise.5: a decimal comma?"),
        ("rest.start.point=[0,07]", "`0,07`: one number or two?"),
        ("rest.start.point=[0,07,0,14]", "`0,07`: one number or two?"),
        ("training.milestones=[1,000]", "`1,000`: one number or two?"),
        ("network.units=1,024", "expected a whole number, 1 to 65536, without commas"),
    ] {
        let said = refused(SPATIAL, &[text]);
        assert!(said.contains(expected), "{text}: {said}");
    }
    for (text, expected) in [
        (
            "network:\n  noise:\n    sigma: 0,07\n",
            "x.yml:4: network.noise.sigma: expected a number with a decimal point",
        ),
        ("network: {noise: {sigma: 0,07}}\n", "x.yml:2: network.noise.07: a decimal comma?"),
        ("rest: {start: {point: [0,07]}}\n", "x.yml:2: `0,07`: one number or two?"),
    ] {
        let said = wrong(&format!("task: {{kind: spatial}}\n{text}"));
        assert!(said.contains(expected), "{text}: {said}");
    }
    // Plain lists are lists.
    for text in
        ["rest.start.point=[0,1]", "rest.start.point=[0, 01]", "training.milestones=[1,10,100]"]
    {
        Experiment::resolve(SPATIAL, &[text]).unwrap();
    }
}

#[test]
fn a_text_is_taken_as_it_stands() {
    for text in [
        "my file #1.csv",
        "#1.csv",
        "a, b.csv",
        "a: b.csv",
        "[1].csv",
        "'a.csv'",
        "\"a b\".csv",
        "1e5",
        "007",
        "yes",
        "true",
        "- a",
        "*a",
        "&a",
        "!a",
        "|",
        ">",
        "%",
        "@x",
        "`x`",
        "é 日本.npz",
        "trailing ",
        "a=b.csv",
        "null.csv",
        "~x.csv",
        "a\u{a0}b",
        "}",
        "a{b}.csv",
        "a\\n.csv",
        "?",
        "-",
        "---",
        "...",
        "1..5",
    ] {
        assert_eq!(file_of(&[&format!("task.recording={text}")]), text);
        assert_eq!(file_of(&[&format!("task.recording.file={text}")]), text);
        let about = Experiment::resolve(SPATIAL, &[&format!("about={text}")]).unwrap().about;
        assert_eq!(about, text);
    }
    for text in ["null", "{a: b}.csv"] {
        assert_eq!(file_of(&[&format!("task.recording.file={text}")]), text);
    }
    // Blanks around the `=` are nobody's.
    assert_eq!(file_of(&["task.recording = a b.csv"]), "a b.csv");
    assert_eq!(Experiment::resolve(SPATIAL, &["about= x"]).unwrap().about, " x");
    // In a file too, a name may look like a number.
    let experiment = Experiment::parse("task: {kind: spatial, recording: 2024}", "x.yml").unwrap();
    assert!(experiment.task.recording().unwrap().file.ends_with("2024"));
}
