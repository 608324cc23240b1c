//! What has no equivalent is refused with file, line, key, value and what is allowed.

use super::super::super::text::yaml::LONGEST_TEXT;
use super::*;

/// The message of a refusal; the folder's path is cut off.
fn refused(folder: &Path, overrides: &[&str]) -> String {
    let error = ReferenceExperiment::read(folder, overrides).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error.replace(&format!("{}/", folder.display()), "")
}

#[test]
fn a_config_has_to_be_named_and_to_be_there() {
    let dir = folder();
    let all = "there are head_direction/noisy_biased, head_direction/noisy_unbiased, \
               spatial_navigation/no_noise_biased";
    let said = refused(dir.path(), &["seed=0"]);
    assert!(said.starts_with("base.yml:2: config: missing; give config="), "{said}");
    assert!(said.contains(all) && !said.contains("base, "), "{said}");
    let said = refused(dir.path(), &["config=spatial_navigation/noisy_unbaised", "seed=0"]);
    assert!(said.contains("did you mean `spatial_navigation/noisy_unbiased`?"), "{said}");
    assert!(said.contains(all), "{said}");
    let said = refused(dir.path(), &["config=spatial_navigation/noisy_biased"]);
    assert_eq!(said, "base.yml:3: seed: missing; give one, such as seed=0");

    let other = folder();
    write(other.path(), "maze/base.yml", "");
    write(other.path(), "maze/easy.yml", "");
    let said = refused(other.path(), &["config=maze/easy", "seed=0"]);
    assert!(said.contains("`maze` (allowed: spatial_navigation, head_direction)"), "{said}");
}

#[test]
fn a_config_stays_below_the_folder() {
    let outer = folder();
    let inner = outer.path().join("head_direction");
    write(&inner, "base.yml", BASE);
    for config in [
        "../spatial_navigation/noisy_biased",
        "spatial_navigation/../noisy_biased",
        "/etc/passwd",
        "noisy_biased",
        "a\\..\\b",
        "'a/../../b'",
        "''",
    ] {
        let said = refused(&inner, &[&format!("config={config}"), "seed=0"]);
        assert!(said.contains("it must be TASK/NAME, below the folder"), "{config}: {said}");
    }
}

#[test]
fn folders_and_files_that_cannot_be_read_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["config=spatial_navigation/x", "seed=0"];
    let said = refused(&dir.path().join("nowhere"), &arguments);
    assert!(said.contains("nowhere: cannot read the experiment: no such folder"), "{said}");
    let said = refused(dir.path(), &arguments);
    assert!(said.contains("base.yml: cannot read the experiment: no such file"), "{said}");
    let said = refused(dir.path(), &["seed=0"]);
    assert!(said.contains("base.yml"), "{said}");

    let dir = folder();
    let arguments = ["config=spatial_navigation/noisy_biased", "seed=0"];
    for (text, reason) in [
        ("- 1\n", "noisy_biased.yml:1: configuration: expected a map of keys"),
        ("rnn:\n\tn_rec: 3\n", "noisy_biased.yml:2: not valid YAML: a tab"),
        ("rnn: {n_rec: 3, n_rec: 4}\n", "noisy_biased.yml:1: rnn.n_rec: given twice"),
        ("rnn: !!python/object:os.system {}\n", "tags"),
    ] {
        write(dir.path(), "spatial_navigation/noisy_biased.yml", text);
        let said = refused(dir.path(), &arguments);
        assert!(said.contains(reason), "{text}: {said}");
    }
    write(dir.path(), "spatial_navigation/noisy_biased.yml", &"#".repeat(LONGEST_TEXT + 1));
    assert!(refused(dir.path(), &arguments).contains("longer than"));
}

#[test]
fn keys_that_they_do_not_have() {
    let dir = folder();
    for (name, text, reason) in [
        (
            "spatial_navigation",
            "rnn:\n  n_recs: 3\n",
            "x.yml:2: rnn.n_recs: unknown key; did you mean `n_rec`?",
        ),
        (
            "spatial_navigation",
            "rnn_: {n_rec: 3}\n",
            "x.yml:1: rnn_: unknown key; did you mean `rnn`?",
        ),
        ("spatial_navigation", "n_rec: 3\n", "did you mean `rnn.n_rec`?"),
        (
            "spatial_navigation",
            "task: {hd_cells_num: 3}\n",
            "x.yml:1: task.hd_cells_num: unknown key",
        ),
        ("head_direction", "task: {box_width: 3}\n", "task.box_width: unknown key"),
        (
            "head_direction",
            "zebra: 3\n",
            "zebra: unknown key (allowed: config, seed, path, rnn, task, trainer, about, network",
        ),
        ("head_direction", "task: 3\n", "x.yml:1: task: expected a map (of biased, dt,"),
    ] {
        write(dir.path(), &format!("{name}/x.yml"), text);
        let said = refused(dir.path(), &[&format!("config={name}/x"), "seed=0"]);
        assert!(said.contains(reason), "{text}: {said}");
    }
    let heading = ["config=head_direction/noisy_biased", "seed=0"];
    for (text, reason) in [
        (
            "network.unit=3",
            "override `network.unit=3`: network.unit: unknown key; did you mean `units`?",
        ),
        ("network.units=-3", "override `network.units=-3`: network.units: expected"),
        (
            "netwrk.units=3",
            "override `netwrk.units=3`: netwrk: unknown key; did you mean `network`?",
        ),
        ("rnn.n_rec", "override `rnn.n_rec`: expected key=value"),
    ] {
        let said = refused(dir.path(), &[&heading[..], &[text]].concat());
        assert!(said.starts_with(reason), "{text}: {said}");
    }
}

#[test]
fn keys_that_no_layer_gives() {
    let dir = folder();
    write(dir.path(), "base.yml", &BASE.replace("  tau: 1\n", ""));
    let arguments = ["config=spatial_navigation/noisy_biased", "seed=0"];
    let said = refused(dir.path(), &arguments);
    assert!(said.contains("rnn.tau: missing; no layer gives it"), "{said}");
    read(dir.path(), &[&arguments[..], &["rnn.tau=1"]].concat());
}

#[test]
fn values_without_an_equivalent() {
    let dir = folder();
    let spatial = "spatial_navigation";
    let heading = "head_direction";
    for (task, text, reason) in [
        (
            spatial,
            "rnn:\n  model: lstm\n",
            "x.yml:2: rnn.model: the text `lstm` has no equivalent here; allowed: vanilla or gru",
        ),
        (spatial, "rnn: {n_in: 3}\n", "x.yml:1: rnn.n_in: 3 has no equivalent here; allowed: 2:"),
        (heading, "rnn: {n_in: 2}\n", "allowed: 1: the turn"),
        (
            spatial,
            "rnn: {n_out: 100}\n",
            "rnn.n_out: 100 has no equivalent here; allowed: 512, the number",
        ),
        (
            heading,
            "task: {hd_cells_num: 90}\n",
            "rnn.n_out: 512 has no equivalent here; allowed: 90",
        ),
        (heading, "rnn: {n_init: 1}\n", "rnn.n_init: 1 has no equivalent"),
        (spatial, "task: {mu: 0.1}\n", "task.mu: 0.1 has no equivalent here; allowed: 0"),
        (
            spatial,
            "trainer: {weight_decay: 1e-4}\n",
            "trainer.weight_decay: 1e-4 has no equivalent here; allowed: 0: theirs is added to the gradient",
        ),
        (
            spatial,
            "task: {init_pos: corner}\n",
            "x.yml:1: task.init_pos (here task.motion.start): unknown choice `corner`; did you mean `center`? (allowed: uniform, center)",
        ),
        (
            heading,
            "task: {init_hd: zero}\n",
            "task.init_hd: the text `zero` has no equivalent here; allowed: uniform",
        ),
        (heading, "task: {use_hd_cells: false}\n", "task.use_hd_cells: false has no equivalent"),
        (
            spatial,
            "task: {use_place_cells: false}\n",
            "rnn.n_out: 512 has no equivalent here; allowed: 2,",
        ),
        (
            spatial,
            "task: {use_place_cells: false, place_cells_dog: true}\n",
            "task.place_cells_dog: true has no",
        ),
        (
            spatial,
            "task: {place_cells_dog: true, place_cells_surround_scale: 3}\n",
            "task.place_cells_surround_scale: 3 has no equivalent here; allowed: 2 ",
        ),
        (
            spatial,
            "rnn: {activation_fn: gelu}\n",
            "rnn.activation_fn (here network.activation): unknown choice `gelu`",
        ),
        (
            spatial,
            "rnn: {sigma2_rec: -1}\n",
            "rnn.sigma2_rec: -1 has no equivalent here; allowed: 0 or more",
        ),
        (spatial, "rnn: {sigma2_in: .nan}\n", "rnn.sigma2_in: .nan has no equivalent"),
        (spatial, "rnn: {dt: 0}\n", "rnn.dt: 0 has no equivalent here; allowed: a number above 0"),
        (spatial, "rnn: {tau: .inf}\n", "rnn.tau: .inf has no equivalent"),
        (
            spatial,
            "rnn: {dt: 2}\n",
            "base.yml:15: rnn.tau (here network.tau_s): 0.01 is out of range",
        ),
        (
            spatial,
            "rnn: {n_rec: many}\n",
            "x.yml:1: rnn.n_rec (here network.units): expected a whole number",
        ),
        (
            spatial,
            "rnn: {n_rec: '${eval:1024/2}'}\n",
            "x.yml:1: rnn.n_rec (here network.units): expected a whole number, 1 to 65536 (write it as 512)",
        ),
        (
            spatial,
            "rnn: {n_rec: 0512}\n",
            "rnn.n_rec: 0512 has no equivalent here; allowed: a number without leading zeros",
        ),
        (
            spatial,
            "rnn: {bias: no}\n",
            "rnn.bias (here network.biases): expected true or false, found the text `no`",
        ),
        (spatial, "task: {biased: 1}\n", "x.yml:1: task.biased: expected true or false, found 1"),
        (
            spatial,
            "task: {biased: true, drift_const: 2}\n",
            "task.drift_const (here task.drift.fraction_per_step): 2 is out of range",
        ),
        (
            spatial,
            "task: {biased: true, anchor_point: [0, x]}\n",
            "task.anchor_point (here task.drift.toward_m[1]): expected a number",
        ),
        (
            spatial,
            "trainer: {test_freq: 0}\n",
            "trainer.test_freq (here training.test_every): 0 is out of range",
        ),
        (
            spatial,
            "trainer: {compute_all_metrics: some}\n",
            "trainer.compute_all_metrics: expected true or false",
        ),
        (spatial, "path: [1]\n", "path: expected text"),
        (spatial, "seed: -1\n", "seed: expected a whole number"),
    ] {
        write(dir.path(), &format!("{task}/x.yml"), text);
        let config = format!("config={task}/x");
        let seed: &[&str] = if text.starts_with("seed") { &[] } else { &["seed=0"] };
        let said = refused(dir.path(), &[&[config.as_str()][..], seed].concat());
        assert!(said.contains(reason), "{text}: {said}");
    }
}
