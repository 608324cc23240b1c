//! Experiments as users write them, right and wrong.

#![allow(clippy::unwrap_used)] // A failed unwrap is a failed test.

use std::f64::consts::{FRAC_PI_6, PI};
use std::path::Path;
use std::time::{Duration, Instant};

use approx::assert_relative_eq;

use super::text::yaml;
use super::*;

mod layers;
mod messages;
mod properties;
mod values;

/// Message for a text read as `x.yml`.
fn wrong(text: &str) -> String {
    Experiment::parse(text, "x.yml").unwrap_err().to_string()
}

const SPATIAL: &str = "demo/spatial/noisy_biased";
const HEADING: &str = "demo/head_direction/noisy_biased";

fn spatial(experiment: &Experiment) -> &SpatialSpec {
    match &experiment.task {
        TaskSpec::Spatial(spec) => spec,
        TaskSpec::HeadDirection(_) => panic!("not spatial"),
    }
}

fn head_direction(experiment: &Experiment) -> &HeadDirectionSpec {
    match &experiment.task {
        TaskSpec::HeadDirection(spec) => spec,
        TaskSpec::Spatial(_) => panic!("not head direction"),
    }
}

#[test]
fn every_shipped_file_is_its_own_experiment_with_comments() {
    let mut count = 0;
    for (name, text) in shipped() {
        let experiment = Experiment::named(name).unwrap();
        experiment.validate().unwrap();
        assert!(!experiment.about.is_empty(), "{name}");
        for written in [experiment.to_yaml().unwrap(), experiment.to_annotated_yaml().unwrap()] {
            assert_eq!(Experiment::parse(&written, name).unwrap(), experiment, "{name}");
        }
        // The comments have one source. CONTRIBUTING.md says how the files are written anew.
        let annotated = experiment.to_annotated_yaml().unwrap();
        if std::env::var_os("UPDATE_CONFIGS").is_some() {
            let path = format!("{}/configs/{name}.yml", env!("CARGO_MANIFEST_DIR"));
            std::fs::write(path, annotated).unwrap();
        } else {
            assert_eq!(text, annotated, "{name}");
        }
        count += 1;
    }
    assert_eq!(count, 29);
}

#[test]
fn the_folder_of_configs_and_the_shipped_list_agree() {
    fn visit(folder: &Path, names: &mut Vec<String>, root: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, names, root);
            } else {
                let name = path.strip_prefix(root).unwrap().with_extension("");
                names.push(name.to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    let mut names = Vec::new();
    visit(&root, &mut names, &root);
    names.sort();
    assert_eq!(names, shipped().map(|(name, _)| name).collect::<Vec<_>>());
}

#[test]
fn gru_files_differ_from_the_others_in_what_makes_a_gru() {
    for name in ["noisy_unbiased", "noisy_biased"].map(|name| format!("paper/spatial/{name}")) {
        let gru = Experiment::named(&format!("{name}_gru")).unwrap();
        assert_eq!(gru.network.kind, NetworkKind::Gru);
        assert_eq!(gru.network.activation, Activation::Tanh);
        assert_eq!(gru.rest.noise, QuiescentNoise::Same);
        let mut others = Experiment::named(&name).unwrap();
        assert_eq!(others.rest.noise, QuiescentNoise::DoubledVariance);
        others.about.clone_from(&gru.about);
        others.network.kind = NetworkKind::Gru;
        others.network.reset = Some(Reset::Before);
        others.network.activation = Activation::Tanh;
        others.rest.noise = QuiescentNoise::Same;
        assert_eq!(gru, others);
    }
    // A file that says nothing of them takes the kind's own.
    let text = "task: {kind: head_direction}\nnetwork: {kind: gru}";
    let experiment = Experiment::parse(text, "x.yml").unwrap();
    assert_eq!(experiment.network.activation, Activation::Tanh);
    assert_eq!(experiment.rest.noise, QuiescentNoise::Same);
    // Three sets of recurrent and input weights; 128 units, 1 input, 512 targets.
    assert_eq!(experiment.parameter_count(), 3 * 128 * 129 + 2 * 128 * 512);
    assert_eq!(
        experiment.operations_per_batch(),
        6.0 * 200.0 * 100.0 * (3.0 * 128.0 * 128.0 + 128.0 * 512.0)
    );
}

#[test]
fn only_a_gru_has_a_reset_gate_and_it_says_where() {
    const GRU: &str = "demo/spatial/noisy_unbiased_gru";
    // Written or not, it is the same experiment.
    let plain = Experiment::named(GRU).unwrap();
    assert_eq!(plain.network.reset, Some(Reset::Before));
    let text = "task: {kind: spatial}\nnetwork: {kind: gru}";
    let short = Experiment::parse(text, "x.yml").unwrap();
    assert_eq!(short.network.reset, Some(Reset::Before));
    let changed = Experiment::resolve(SPATIAL, &["network.kind=gru"]).unwrap();
    assert_eq!(changed.network.reset, Some(Reset::Before));

    let after = Experiment::resolve(GRU, &["network.reset=after"]).unwrap();
    assert_eq!(after.network.reset, Some(Reset::After));
    assert_ne!(after.identity().unwrap(), plain.identity().unwrap());
    assert_eq!(Experiment::parse(&after.to_yaml().unwrap(), "x.yml").unwrap(), after);
    assert_eq!(after.parameter_count(), plain.parameter_count());
    let with_biases = ["network.biases=true", "network.reset=before"];
    let biased = Experiment::resolve(GRU, &with_biases).unwrap();
    let mut biased_after = biased.clone();
    biased_after.network.reset = Some(Reset::After);
    let units = biased.network.units as u64;
    assert_eq!(biased_after.parameter_count(), biased.parameter_count() + units);
    for experiment in [plain, after, biased, biased_after] {
        let network = crate::network::Network::untrained(&experiment).unwrap();
        let count = network.parameters().layout().parameter_count() as u64;
        assert_eq!(count, experiment.parameter_count());
    }

    // Other kinds have none, and say nothing of it.
    let plain = Experiment::named(SPATIAL).unwrap();
    assert!(!plain.to_yaml().unwrap().contains("reset"));
    let refused = |name: &str, overrides: &[&str]| {
        Experiment::resolve(name, overrides).unwrap_err().to_string()
    };
    for overrides in [&["network.reset=after"][..], &["network.reset=before"]] {
        let message = refused(SPATIAL, overrides);
        assert!(message.contains("network.reset") && message.contains("network.kind=gru"));
        assert!(message.contains(overrides[0]), "{message}");
    }
    let message = refused(GRU, &["network.kind=rnn", "network.reset=after"]);
    assert!(message.contains("network.reset=null"), "{message}");
    for taken_away in [&["network.kind=rnn"][..], &["network.kind=rnn", "network.reset=null"]] {
        assert_eq!(Experiment::resolve(GRU, taken_away).unwrap().network.reset, None);
    }
    for value in ["null", "afer", "true", "1"] {
        let message = refused(GRU, &[&format!("network.reset={value}")]);
        assert!(message.contains("before") && message.contains("after"), "{message}");
    }
}

#[test]
fn paper_files_hold_the_papers_settings() {
    for variant in ["noisy_unbiased", "noisy_biased", "noiseless_unbiased", "noiseless_biased"] {
        let noise = if variant.starts_with("noisy") { 1.0 } else { 0.0 };
        let biased = variant.ends_with("_biased");

        let experiment = Experiment::named(&format!("paper/spatial/{variant}")).unwrap();
        let task = spatial(&experiment);
        assert_eq!(experiment.network.units, 512);
        assert_eq!((experiment.network.tau_s, experiment.time.dt_s), (0.1, 0.02));
        assert_relative_eq!(experiment.dt_over_tau(), 0.2);
        assert_relative_eq!(experiment.noise_sd_per_step(), 0.01 * noise);
        assert_eq!(task.cells.count, 512);
        assert_eq!(task.cells.width_m, 0.2);
        assert_eq!(task.cells.tuning, Tuning::NormalizedGaussian);
        assert_eq!((task.arena.width_m, task.arena.height_m), (2.2, 2.2));
        assert_eq!((task.arena.border_m, task.arena.border_slowdown), (0.03, 0.25));
        assert_eq!(task.motion.start, SpatialStart::Uniform);
        assert_eq!(task.motion.turn_sd_rad_per_s, 11.52);
        assert_relative_eq!(task.motion.speed_scale_m_per_s, 0.26 * PI);
        assert_relative_eq!(
            task.motion.speed_scale_m_per_s * (PI / 2.0).sqrt(),
            1.02,
            epsilon = 0.005
        );
        let drift = biased.then_some(DriftSpec { toward_m: [0.0, 0.0], fraction_per_step: 0.05 });
        assert_eq!(task.drift, drift);
        assert_eq!(task.decoder.top, 3);
        assert_eq!(experiment.training.batches, 2500);
        both_tasks(&experiment);

        let experiment = Experiment::named(&format!("paper/head_direction/{variant}")).unwrap();
        let task = head_direction(&experiment);
        assert_eq!(experiment.network.units, 128);
        assert_eq!((experiment.network.tau_s, experiment.time.dt_s), (0.04, 0.02));
        assert_relative_eq!(experiment.dt_over_tau(), 0.5);
        assert_relative_eq!(experiment.noise_sd_per_step(), 0.1 * noise, epsilon = 1e-15);
        assert_eq!(task.cells.count, 512);
        assert_relative_eq!(task.cells.width_rad, FRAC_PI_6);
        assert_eq!(task.motion.turn_sd_rad_per_s, 11.52);
        let direction = if biased { TurnDirection::Counterclockwise } else { TurnDirection::Both };
        assert_eq!(task.motion.direction, direction);
        assert_eq!(task.decoder.top, 3);
        assert_eq!(experiment.training.batches, 20_000);
        both_tasks(&experiment);
    }
}

#[test]
fn fast_experiments_are_the_papers_but_for_their_training() {
    let mut count = 0;
    for (name, _) in shipped().filter(|(name, _)| name.starts_with("fast/")) {
        let fast = Experiment::named(name).unwrap();
        let paper = Experiment::named(&name.replace("fast/", "paper/")).unwrap();
        let arithmetic = |experiment: &Experiment| {
            let training = &experiment.training;
            training.whole_batches(0..training.batches) * training.trials as f64
        };
        assert!(arithmetic(&fast) <= 0.25 * arithmetic(&paper), "{name}");
        let same =
            Experiment { about: paper.about.clone(), training: paper.training.clone(), ..fast };
        assert_eq!(same, paper, "{name}");
        count += 1;
    }
    assert_eq!(count, 10);
}

/// Settings that the paper's two tasks share.
fn both_tasks(experiment: &Experiment) {
    assert_eq!(experiment.time.steps, 100);
    assert_eq!(experiment.network.activation, Activation::Relu);
    assert!(!experiment.network.biases);
    assert_eq!(experiment.network.noise.distribution, NoiseDistribution::Gaussian);
    assert_eq!(experiment.training.trials, 200);
    assert_eq!(experiment.training.learning_rate, 1e-3);
    assert_eq!(experiment.training.weight_decay, 0.0);
    assert_eq!(experiment.rest.start, RestStart::Encoded);
    assert_eq!(experiment.rest.noise, QuiescentNoise::DoubledVariance);
    assert_eq!(experiment.rest.steps, 200);
    assert_eq!(experiment.task.recording(), None);
}

#[test]
fn a_kind_alone_is_the_papers_noisy_unbiased_experiment() {
    for kind in TaskSpec::KINDS {
        let mut shortest = Experiment::parse(&format!("task: {{kind: {kind}}}"), "x.yml").unwrap();
        let paper = Experiment::named(&format!("paper/{kind}/noisy_unbiased")).unwrap();
        assert_eq!(shortest.about, "");
        shortest.about.clone_from(&paper.about);
        assert_eq!(shortest, paper);
    }
}

#[test]
fn sections_and_their_members_may_be_left_out() {
    let experiment = Experiment::parse(
        "about: 2026\ntask:\n  kind: spatial\n  drift: {fraction_per_step: 0.1}\n",
        "x.yml",
    )
    .unwrap();
    assert_eq!(experiment.about, "2026");
    let drift = spatial(&experiment).drift.as_ref().unwrap();
    assert_eq!((drift.toward_m, drift.fraction_per_step), ([0.0, 0.0], 0.1));
    assert_eq!(spatial(&experiment).cells.count, 512);
    assert_eq!(experiment.network.units, 512);
}

#[test]
fn every_form_of_rest_can_be_written() {
    let base = Experiment::named(SPATIAL).unwrap();
    let rest = |key_value: &str| base.with(key_value).unwrap().rest;
    assert_eq!(rest("rest.start=after_wake").start, RestStart::AfterWake);
    assert_eq!(rest("rest.start.point=[0.5, -1]").start, RestStart::Point([0.5, -1.0]));
    assert_eq!(rest("rest.start={point: [0, 0]}").start, RestStart::Point([0.0, 0.0]));
    assert_eq!(rest("rest.noise=none").noise, QuiescentNoise::None);
    assert_eq!(rest("rest.noise=same").noise, QuiescentNoise::Same);
    assert_eq!(rest("rest.noise.sigma=1").noise, QuiescentNoise::Sigma(1.0));
    let twice = base.with("rest.noise.sigma=1").unwrap().with("rest.noise.sigma=2");
    assert_eq!(twice.unwrap().rest.noise, QuiescentNoise::Sigma(2.0));
}

#[test]
fn overrides_apply_in_order_over_file_and_defaults() {
    let experiment = Experiment::resolve(
        "paper/spatial/noisy_unbiased",
        &[
            "network.units = 32",
            "task.drift={toward_m: [1, 1]}",
            "task.drift.fraction_per_step=0.2",
            "seed=0x10",
        ],
    )
    .unwrap();
    assert_eq!(experiment.network.units, 32);
    assert_eq!(experiment.seed, 16);
    assert_eq!(spatial(&experiment).drift.as_ref().unwrap().fraction_per_step, 0.2);
    let without = experiment.with("task.drift=null").unwrap();
    assert_eq!(spatial(&without).drift, None);
    assert_eq!(without.network.units, 32);
    // A map replaces what stood at its key, if what it leaves out has its default.
    let noise = experiment.with("network.noise={distribution: uniform01}").unwrap().network.noise;
    assert_relative_eq!(noise.sigma, 0.005_f64.sqrt());
    assert_eq!(noise.distribution, NoiseDistribution::Uniform01);
    assert_eq!(experiment.with("seed=18446744073709551615").unwrap().seed, u64::MAX);
}

#[test]
fn recordings_are_found_from_the_file_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.yml");
    std::fs::write(&path, "task:\n  kind: spatial\n  recording: rats/one.npz\n").unwrap();
    let experiment = Experiment::from_file(&path).unwrap();
    let recording = experiment.task.recording().unwrap();
    assert_eq!(recording.file, std::path::absolute(folder.path().join("rats/one.npz")).unwrap());
    assert_eq!(recording.max_gap_s, None);
    assert_eq!(recording.max_speed_per_s, 3.0);
    assert_eq!(recording.test_fraction, 0.2);
    // Written and read elsewhere, it is the same file.
    let copy = Experiment::parse(&experiment.to_yaml().unwrap(), "copy.yml").unwrap();
    assert_eq!(copy, experiment);

    let cwd = std::env::current_dir().unwrap();
    for overrides in [
        &["task.recording=two.csv", "task.recording.max_gap_s=1"][..],
        &["task.recording.file=two.csv", "task.recording.max_gap_s=1"],
        &["task.recording={file: two.csv, max_gap_s: 1}"],
    ] {
        let experiment = Experiment::resolve(HEADING, overrides).unwrap();
        let recording = experiment.task.recording().unwrap();
        assert_eq!(recording.file, cwd.join("two.csv"), "{overrides:?}");
        assert_eq!(recording.max_gap_s, Some(1.0));
        assert_eq!(recording.max_speed_per_s, 50.0);
    }
}

#[test]
fn units_of_recordings_are_kept_and_bind_one_another() {
    let spatial = "demo/spatial/noisy_unbiased";
    let with = |name: &str, keys: &[&str]| {
        let mut overrides = vec!["task.recording=a.csv".to_owned()];
        overrides.extend(keys.iter().map(|key| format!("task.recording.{key}")));
        Experiment::resolve(name, &overrides)
    };
    let experiment = with(spatial, &["position_unit=px", "px_per_m=350.5"]).unwrap();
    let copy = Experiment::parse(&experiment.to_yaml().unwrap(), "copy.yml").unwrap();
    let recording = copy.task.recording().unwrap();
    assert_eq!(recording.position_unit, Some(PositionUnit::Px));
    assert_eq!(recording.px_per_m, Some(350.5));
    for (name, keys, parts) in [
        (spatial, &["px_per_m=3"][..], ["px_per_m", "position_unit=px"]),
        (spatial, &["position_unit=cm", "px_per_m=3"], ["px_per_m", "no effect"]),
        (spatial, &["position_unit=px"], ["px_per_m", "pixels in a metre"]),
        (spatial, &["time_unit=frames"], ["frame_rate_hz", "frames in a second"]),
        (spatial, &["frame_rate_hz=30"], ["frame_rate_hz", "time_unit=frames"]),
        (spatial, &["angle_unit=deg"], ["angle_unit", "position_unit"]),
        (HEADING, &["position_unit=cm"], ["position_unit", "angle_unit"]),
        (HEADING, &["periodic=true"], ["periodic", "circle"]),
        (spatial, &["time_unit=minutes"], ["time_unit", "frames"]),
    ] {
        let message = with(name, keys).unwrap_err().to_string();
        for part in parts {
            assert!(message.contains(part), "{keys:?}: {message}");
        }
    }
}

#[test]
fn aliases_are_written_out() {
    let text = "task: {kind: spatial, box: {width_m: &side 3, height_m: *side}}";
    let experiment = Experiment::parse(text, "x.yml").unwrap();
    assert_eq!(spatial(&experiment).arena.height_m, 3.0);
}

#[test]
fn derived_figures() {
    let paper = Experiment::named("paper/spatial/noisy_unbiased").unwrap();
    assert_eq!(paper.parameter_count(), 3 * 512 * 512 + 2 * 512);
    let with_biases = paper.with("network.biases=true").unwrap();
    assert_eq!(with_biases.parameter_count(), 3 * 512 * 512 + 5 * 512);
    let position = paper.with("task.cells.tuning=position").unwrap();
    assert_eq!(position.parameter_count(), 512 * 512 + 6 * 512);
    assert_relative_eq!(paper.operations_per_batch(), 6.0 * 20_000.0 * 2.0 * 512.0 * 512.0);
    // 20 000 moments of 2·512 + 4 numbers; blocks of 16 shards with readout, targets and gradients;
    // 787 456 parameters, Adam's two moments, the sum, and 16 shards' gradients.
    let (moments, blocks) = (20_000 * (2 * 512 + 4), 16 * 1000 * 3 * 512);
    assert_eq!(paper.estimated_memory_bytes(), 4 * (moments + blocks + 787_456 * 20));

    let uniform = paper.with("network.noise.distribution=uniform01").unwrap();
    assert_relative_eq!(uniform.noise_scale_per_step(), 0.01);
    assert_relative_eq!(uniform.noise_mean_per_step(), 0.005);
    assert_relative_eq!(uniform.noise_sd_per_step(), 0.01 / 12.0_f64.sqrt());
}

#[test]
fn limits_are_inclusive_where_stated() {
    let base = Experiment::named(SPATIAL).unwrap();
    for key_value in [
        "time.dt_s=0.1",
        "task.box.border_m=0",
        "task.box.border_slowdown=1",
        "task.drift.fraction_per_step=1",
        "task.decoder.top=256",
        "network.noise.sigma=0",
        "network.units=1",
        "training.batches=0",
        "training.milestones=[1, 1000]",
        "rest.start.point=[1.1, -1.1]",
    ] {
        base.with(key_value).unwrap();
    }
}

/// Texts that are small to send and large to read.
#[test]
fn hostile_texts_end_in_an_error_soon() {
    let bomb = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, i| {
        let below = i - 1;
        text + &format!("a{i}: &a{i} [*a{below}, *a{below}, *a{below}]\n")
    });
    let long_alias = format!("a: &a {}\nb: [{}]\n", "x".repeat(400_000), "*a, ".repeat(100_000));
    let blocks: String = (0..1000).map(|i| format!("{}k:\n", " ".repeat(i))).collect();
    let many_keys: String = (0..80_000).map(|i| format!("k{i}: 1\n")).collect();
    for text in [
        bomb,
        long_alias,
        blocks,
        many_keys,
        "[".repeat(500_000),
        "{a: ".repeat(200_000),
        "- ".repeat(500_000),
        "? ".repeat(500_000),
        "&a ".repeat(300_000),
        "!a ".repeat(300_000),
        "\"".repeat(1_000_001),
        "a: ".repeat(300_000),
        "#\n".repeat(500_000),
        " ".repeat(1_000_000),
        "\n".repeat(1_000_000),
        format!("task: {}", "x".repeat(1_000_000)),
        format!("{}: 1", "x".repeat(1_000_000)),
        format!("task: {{kind: {}}}", "9".repeat(1_000_000)),
        format!("task: {{kind: spatial}}\nseed: {}", "9".repeat(900_000)),
        format!("task: {{kind: spatial}}\n{}: 1", "unit".repeat(200)),
        "#".repeat(yaml::LONGEST_TEXT + 1),
    ] {
        let start = Instant::now();
        let message = wrong(&text);
        let shown: String = text.chars().take(20).collect();
        assert!(message.len() < 1000, "{shown:?}: {message}");
        assert!(!message.contains('\n'), "{shown:?}: {message}");
        // Milliseconds when nothing else runs; quadratic reading would take minutes.
        assert!(start.elapsed() < Duration::from_secs(10), "{shown:?}: {:?}", start.elapsed());
    }
}
