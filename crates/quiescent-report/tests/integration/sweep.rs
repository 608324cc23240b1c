//! The figure of a sweep: layout, numbers, what is left out. With `QUIESCENT_SWEEP_PREVIEW` set to a
//! folder, the figures are written there to be looked at.

use crate::common::layout::{Panels, assert_no_overlap};
use quiescent_report::{Figure, SweepPoint, SweepValue, SweepView, sweep_figure};

fn number(value: f64) -> SweepValue {
    SweepValue::Number(value)
}

fn text(value: &str) -> SweepValue {
    SweepValue::Text(value.into())
}

/// A view whose values follow x, the line and the seed, without any randomness.
fn view(key: &str, xs: &[SweepValue], others: &[(&str, &[SweepValue])], seeds: u64) -> SweepView {
    let mut combinations = vec![Vec::new()];
    for (_, values) in others {
        let longer = |had: &Vec<SweepValue>, value: &SweepValue| {
            let mut all = had.clone();
            all.push(value.clone());
            all
        };
        combinations = combinations
            .iter()
            .flat_map(|had| values.iter().map(move |value| longer(had, value)))
            .collect();
    }
    let mut points = Vec::new();
    for (i, x) in xs.iter().enumerate() {
        for (j, others) in combinations.iter().enumerate() {
            for seed in 0..seeds {
                let wobble = ((i * 7 + j * 13) as f64 + 5.0 * seed as f64).sin();
                points.push(SweepPoint {
                    x: x.clone(),
                    others: others.clone(),
                    seed,
                    value: 0.3 + 0.1 * i as f64 + 0.05 * j as f64 + 0.06 * wobble,
                    judged: true,
                });
            }
        }
    }
    SweepView {
        measurement: "kl_quiescent_from_active".into(),
        unit: "nats".into(),
        key: key.into(),
        others: others.iter().map(|(name, _)| (*name).to_owned()).collect(),
        points,
    }
}

fn numbers(values: &[f64]) -> Vec<SweepValue> {
    values.iter().map(|value| number(*value)).collect()
}

/// Every kind of figure, by name.
fn all() -> Vec<(&'static str, SweepView)> {
    let units = numbers(&[64.0, 128.0, 256.0, 512.0]);
    let two = [text("gaussian"), text("uniform01")];
    let decades = numbers(&[1e-5, 1e-4, 1e-3, 1e-2]);
    let tunings = ["normalized_gaussian", "difference_of_gaussians", "position"].map(text);
    let many: Vec<SweepValue> = (0..30).map(|i| text(&format!("[0.{i},-0.{i}]"))).collect();
    let mut missing = view("task.drift.fraction_per_step", &numbers(&[0.01, 0.05, 0.1]), &[], 3);
    for (i, point) in missing.points.iter_mut().enumerate() {
        match i {
            0 | 3 => point.value = f64::NAN,
            1 => point.x = SweepValue::Absent,
            _ => {}
        }
    }
    let mut huge = view("training.learning_rate", &decades, &[], 4);
    for (i, point) in huge.points.iter_mut().enumerate() {
        point.value = 1e-6 * 3f64.powi(i as i32);
    }
    huge.points.iter_mut().step_by(5).for_each(|point| point.judged = false);
    huge.measurement = "test_loss".into();
    huge.unit = "1".into();
    let mut long = view(
        "task.a_key_with_a_very_long_name_indeed.and_another_part_of_it.that_goes_on_rad_per_s",
        &numbers(&[0.5, 1.0, 1.5]),
        &[("network.noise.a_long_key_that_says_what_it_is", &two), ("training.trials", &units)],
        2,
    );
    long.measurement = "study.given_noise.kl_quiescent_from_active_of_something_else".into();
    let random: Vec<SweepValue> =
        (0..400).map(|i| number((f64::from(i) * 0.37).sin().abs())).collect();
    let mixed = [text("doubled_variance"), number(0.1), text("same"), SweepValue::Absent];
    vec![
        ("one", view("network.noise.sigma", &numbers(&[0.03, 0.07, 0.14]), &[], 5)),
        ("one_seed", view("network.noise.sigma", &numbers(&[0.03, 0.07, 0.14]), &[], 1)),
        ("one_point", view("seed", &numbers(&[0.0]), &[], 1)),
        ("seeds", view("seed", &numbers(&[0.0, 1.0, 2.0, 3.0]), &[], 1)),
        (
            "eight",
            view(
                "task.cells.width_m",
                &numbers(&[0.1, 0.2, 0.3, 0.4]),
                &[("network.units", &units), ("network.noise.distribution", &two)],
                5,
            ),
        ),
        (
            "sixteen",
            view(
                "training.learning_rate",
                &decades,
                &[
                    ("network.units", &units),
                    ("network.noise.distribution", &two),
                    ("task.drift", &[SweepValue::Absent, text("[0,1]")]),
                ],
                3,
            ),
        ),
        ("log", huge),
        ("words", view("task.cells.tuning", &tunings, &[("network.noise.distribution", &two)], 4)),
        ("upright", view("task.drift.toward_m", &many, &[("network.units", &units)], 3)),
        ("mixed", view("rest.noise", &mixed, &[], 3)),
        ("missing", missing),
        ("long", long),
        ("random", view("network.noise.sigma", &random, &[], 1)),
    ]
}

#[test]
fn texts_keep_clear_of_each_other_and_of_the_edges() {
    let preview = std::env::var_os("QUIESCENT_SWEEP_PREVIEW").map(std::path::PathBuf::from);
    for (name, view) in all() {
        let figure = sweep_figure(&view).unwrap_or_else(|missing| panic!("{name}: {missing:?}"));
        if let Some(folder) = &preview {
            for file in figure.files_named(name).unwrap() {
                std::fs::write(folder.join(&file.name), &file.bytes).unwrap();
            }
        }
        assert_no_overlap(&figure.svg_panels());
        // Every kind can be printed.
        assert!(!quiescent_report::render::pdf(&figure.svg()).unwrap().is_empty());
    }
}

fn drawn(name: &str) -> (SweepView, Figure) {
    let (_, view) = all().into_iter().find(|(other, _)| *other == name).unwrap();
    let figure = sweep_figure(&view).unwrap();
    (view, figure)
}

#[test]
fn the_figure_says_what_it_leaves_out() {
    let (_, sixteen) = drawn("sixteen");
    assert_eq!(
        sixteen.notes,
        [
            "8 of 16 combinations of network.units, network.noise.distribution, task.drift are drawn; values of a key choose among them"
        ]
    );
    assert!(sixteen.svg().contains("8 more combinations of these keys are not drawn."));
    let (_, missing) = drawn("missing");
    assert_eq!(
        missing.notes,
        [
            "2 networks have no finite kl_quiescent_from_active",
            "1 network has no task.drift.fraction_per_step"
        ]
    );
    let mut view = drawn("one").0;
    view.points.iter_mut().for_each(|point| point.value = f64::INFINITY);
    let reason = sweep_figure(&view).unwrap_err().reason;
    assert!(reason.contains("none of 15 networks"), "{reason}");
}

#[test]
fn the_table_holds_every_network_with_mean_and_spread() {
    let mut view =
        view("network.noise.sigma", &numbers(&[0.1, 2.0]), &[("k.a", &[text("x,y")])], 3);
    for (point, value) in view.points.iter_mut().zip([1.0, 2.0, 6.0, 5.0, 5.0, 99.0]) {
        (point.value, point.judged) = (value, value < 50.0);
    }
    let mut other = view.points[0].clone();
    (other.others[0], other.value) = (text("z"), 4.0);
    view.points.push(other);
    let figure = sweep_figure(&view).unwrap();
    assert_eq!(figure.notes, ["1 network has not learned: hollow, and no part of means"]);
    assert!(figure.svg().contains("Hollow points are networks that have not learned"));
    // (1 + 2 + 6) / 3 = 3; (4 + 1 + 9) / 2 = 7; √7.
    let expected = "\
network.noise.sigma,k.a,seed,kl_quiescent_from_active,judged,n,mean,sd,unit
0.1,\"x,y\",0,1.0,yes,3,3.0,2.6457513110645907,nats
0.1,\"x,y\",1,2.0,yes,3,3.0,2.6457513110645907,nats
0.1,\"x,y\",2,6.0,yes,3,3.0,2.6457513110645907,nats
2,\"x,y\",0,5.0,yes,2,5.0,0.0,nats
2,\"x,y\",1,5.0,yes,2,5.0,0.0,nats
2,\"x,y\",2,99.0,no,2,5.0,0.0,nats
0.1,z,0,4.0,yes,1,4.0,,nats
";
    assert_eq!(figure.data.unwrap().csv(), expected);
}

#[test]
fn many_networks_make_no_huge_picture() {
    let seeds = view("network.noise.sigma", &numbers(&[0.1, 0.2, 0.3]), &[], 20_000);
    let figure = sweep_figure(&seeds).unwrap();
    assert!(figure.svg().len() < 400_000, "{}", figure.svg().len());
    assert_eq!(figure.notes, ["one in 20 single networks is drawn as a point"]);
    assert_eq!(figure.data.unwrap().rows().len(), 60_000);
    let random: Vec<SweepValue> = (0..50_000).map(|i| number(f64::from(i))).collect();
    let figure = sweep_figure(&view("network.noise.sigma", &random, &[], 1)).unwrap();
    assert!(figure.svg().len() < 400_000, "{}", figure.svg().len());
}
