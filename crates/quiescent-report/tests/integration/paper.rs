//! The paper's figures: drawn from synthetic studies, whole and incomplete. With
//! `QUIESCENT_FIGURES_PREVIEW` set to a folder, they are written there.

use std::collections::HashSet;

use crate::common::study::{Owned, borrowed, every_condition, matrix, space};
use quiescent::analysis::Missing;
use quiescent::paper::{Condition, PhaseKey};
use quiescent::space::Space;
use quiescent_report::{Cell, Figure, KlMatrix, PaperFigure, Table, paper_figures};

const NAMES: [&str; 19] = [
    "fig1b",
    "fig1c",
    "fig1de",
    "fig1fg",
    "fig1hi",
    "fig1jk",
    "fig2ab",
    "fig2cd",
    "fig2e",
    "fig2f",
    "fig3ab",
    "fig3cd",
    "figC1",
    "figC2",
    "figC3",
    "figC4",
    "figC5",
    "start_dependence",
    "transitions",
];

fn find<'a>(figures: &'a [PaperFigure], name: &str) -> &'a PaperFigure {
    figures.iter().find(|figure| figure.name == name).unwrap()
}

fn drawn<'a>(figures: &'a [PaperFigure], name: &str) -> &'a Figure {
    find(figures, name).figure.as_ref().unwrap_or_else(|missing| panic!("{name}: {missing:?}"))
}

fn reason(figures: &[PaperFigure], name: &str) -> String {
    find(figures, name).figure.as_ref().unwrap_err().reason.clone()
}

/// Checks that hold for every set of figures.
fn check(figures: &[PaperFigure]) {
    assert_eq!(figures.iter().map(|figure| figure.name).collect::<Vec<_>>(), NAMES);
    let mut ids = HashSet::new();
    for figure in figures {
        match &figure.figure {
            Ok(drawn) => {
                assert_eq!(drawn.name, figure.name);
                let svg = drawn.svg();
                let document = roxmltree::Document::parse(&svg).unwrap();
                for node in document.descendants().filter(|node| node.is_element()) {
                    for attribute in node.attributes() {
                        let value = attribute.value();
                        assert!(
                            !["NaN", "inf"].iter().any(|word| value.contains(word)),
                            "{}: {value}",
                            figure.name
                        );
                        if attribute.name() == "id" {
                            assert!(ids.insert(value.to_owned()), "{value} twice");
                        }
                    }
                    if node.has_tag_name("text") {
                        let text = node.text().unwrap_or_default();
                        assert!(!text.contains("NaN") && !text.contains("not a number"), "{text}");
                        let size: f64 = node.attribute("font-size").unwrap().parse().unwrap();
                        assert!(size >= 8.0, "{}: {text} has size {size}", figure.name);
                    }
                }
                for reference in svg.split("url(#").skip(1) {
                    let id = reference.split(')').next().unwrap();
                    assert!(svg.contains(&format!("id=\"{id}\"")), "{id}");
                }
                let words = drawn.notes.iter().chain([&drawn.caption, &drawn.title]);
                for text in words {
                    assert!(!text.contains("NaN") && !text.contains(".."), "{text}");
                    assert!(!text.contains("  "), "{text}");
                }
                assert!(drawn.caption.ends_with('.'), "{}", drawn.caption);
                let table = drawn.data.as_ref().unwrap();
                assert!(!table.rows().is_empty(), "{}", figure.name);
                assert!(table.rows().iter().all(|row| row.len() == table.columns().len()));
            }
            Err(missing) => {
                assert!(!missing.title.is_empty());
                assert!(missing.reason.ends_with('.') && !missing.reason.contains(".."));
            }
        }
    }
}

fn draw(runs: &[Owned], matrix: Option<&KlMatrix>) -> Vec<PaperFigure> {
    let figures = paper_figures(&borrowed(runs), matrix, "p");
    check(&figures);
    figures
}

fn text(figure: &Figure) -> String {
    let svg = figure.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text()).collect::<Vec<_>>().join("\n")
}

/// The rows in which a column holds a text.
fn rows_with<'a>(table: &'a Table, column: &str, text: &str) -> Vec<&'a Vec<Cell>> {
    let index = table.columns().iter().position(|name| name == column).unwrap();
    table.rows().iter().filter(|row| row[index] == Cell::Text(text.into())).collect()
}

fn number(table: &Table, row: &[Cell], column: &str) -> f64 {
    match &row[table.columns().iter().position(|name| name == column).unwrap()] {
        Cell::Number(value) => *value,
        Cell::Single(value) => f64::from(*value),
        Cell::Count(value) => *value as f64,
        other => panic!("{column} is {other:?}"),
    }
}

#[test]
fn every_figure_is_drawn_from_three_seeds() {
    let figures = draw(&every_condition(3), Some(&matrix(3)));
    for name in NAMES {
        drawn(&figures, name);
    }
    preview(&figures, "");
}

/// Writes the figures to the preview's folder, if there is one.
fn preview(figures: &[PaperFigure], suffix: &str) {
    if let Some(folder) = std::env::var_os("QUIESCENT_FIGURES_PREVIEW") {
        let folder = std::path::Path::new(&folder);
        for figure in figures {
            if let Ok(drawn) = &figure.figure {
                let file = folder.join(format!("{}{suffix}.svg", figure.name));
                std::fs::write(file, drawn.svg()).unwrap();
                let file = folder.join(format!("{}{suffix}.txt", figure.name));
                let words =
                    format!("{}\n\n{}\n\n{}", drawn.title, drawn.caption, drawn.notes.join("\n"));
                std::fs::write(file, words).unwrap();
            }
        }
    }
}

#[test]
fn labels_say_what_is_drawn_in_which_unit() {
    let figures = draw(&every_condition(3), Some(&matrix(3)));
    for (name, labels) in [
        ("fig1b", &["Batches", "Mean squared error", "Mean distance (m)", "noiseless biased"][..]),
        ("fig1c", &["Principal components", "Cumulative explained variance", "quiescent"]),
        ("fig1de", &["Active", "Quiescent", "x (m)", "y (m)"]),
        ("fig1fg", &["Active PC 1 (activity)", "Decoded distance from the centre of the box (m)"]),
        ("fig1hi", &["Density of decoded positions (1/m²)"]),
        ("fig1jk", &["Density of hidden states (1/activity²)"]),
        (
            "fig2e",
            &["Quiescent density of", "Active density of", "0.0213", "±0.0026", "true uniform"],
        ),
        ("fig2f", &["Total variance (m²)", "noiseless"]),
        ("fig3ab", &["Active, unbiased", "Quiescent, biased", "±π"]),
        ("fig3cd", &["Decoded heading (rad)"]),
        ("figC1", &["Noise doubled", "Noise not doubled", "quiescent, noise not doubled"]),
        ("figC3", &["Noiseless, given noise", "Mean step distance (m)"]),
        ("figC5", &["Decoded turn (rad/step)", "Density (1/rad)"]),
        ("start_dependence", &["Burn-in (steps)", "Within / pooled variance", "KL (nats)"]),
        ("transitions", &["Total-variation distance", "two halves of the active trials"]),
    ] {
        let text = text(drawn(&figures, name));
        for label in labels {
            assert!(text.lines().any(|line| line == *label), "{name} lacks {label}:\n{text}");
        }
    }
    let caption = |name| &drawn(&figures, name).caption;
    assert!(caption("fig1b").contains("3 seeds (0, 1, 2) of each condition"));
    assert!(caption("fig1b").contains("±1 standard deviation"));
    assert!(caption("fig1de").contains("seed 0"));
}

#[test]
fn one_seed_is_drawn_without_bands_and_said_to_be_one() {
    let figures = draw(&every_condition(1), Some(&matrix(1)));
    preview(&figures, "-one");
    for name in NAMES {
        let caption = &drawn(&figures, name).caption;
        assert!(!caption.contains("±1 standard deviation"), "{name}: {caption}");
    }
    let svg = drawn(&figures, "fig1b").svg();
    assert!(!svg.contains("<polygon"), "a band of one seed");
    assert!(drawn(&figures, "fig1b").caption.contains("With one seed there are no bands."));
    // In place of the spread over seeds, the interval over trials.
    assert!(text(drawn(&figures, "fig2e")).contains("0.018 – 0.026"));
    let data = drawn(&figures, "figC3").data.as_ref().unwrap();
    let bars = rows_with(data, "part", "step_distance");
    let (mean, low) = (number(data, bars[0], "mean_step_m"), number(data, bars[0], "low_m"));
    assert!((low - 0.94 * mean).abs() < 1e-12);
}

#[test]
fn figures_without_a_run_name_the_condition() {
    let figures = draw(&[Owned::new(Condition::NOISELESS_UNBIASED, 0)], None);
    let unbiased = "No run of spatial/noisy_unbiased is among these runs.";
    for name in ["fig1c", "fig1de", "fig1fg", "fig1hi", "fig1jk", "figC1"] {
        assert_eq!(reason(&figures, name), unbiased);
    }
    for name in ["fig2ab", "fig2cd"] {
        assert_eq!(reason(&figures, name), "No run of spatial/noisy_biased is among these runs.");
    }
    let headings = "No run of head_direction/noisy_unbiased or head_direction/noisy_biased is among these runs.";
    for name in ["fig3ab", "fig3cd", "figC5"] {
        assert_eq!(reason(&figures, name), headings);
    }
    assert_eq!(
        reason(&figures, "figC4"),
        "No run of spatial/noisy_biased or spatial/noiseless_biased is among these runs."
    );
    assert!(reason(&figures, "fig2e").contains("No matrix"));
    // What can be drawn is, and says what is missing.
    for name in ["fig1b", "fig2f", "figC3"] {
        assert!(drawn(&figures, name).notes.contains(&unbiased.to_owned()), "{name}");
    }
    assert!(draw(&[], None).iter().all(|figure| figure.figure.is_err()));
}

#[test]
fn what_was_not_measured_is_noted() {
    let mut runs = every_condition(2);
    for run in runs.iter_mut().filter(|run| run.study.condition == Condition::NOISY_UNBIASED) {
        run.study.found.phases.remove(PhaseKey::SameNoise.name());
        run.study.found.phases.get_mut(PhaseKey::Quiescent.name()).unwrap().map =
            Some(Err(Missing::undefined("all positions are equal")));
        run.study.found.tracking = Err(Missing::undefined("the active phase holds no truth."));
        run.study.found.transitions = Err(Missing::undefined("too few steps"));
        run.study.found.space = Space::Circle;
    }
    let figures = draw(&runs, None);
    assert_eq!(
        reason(&figures, "figC1"),
        "The quiescent phase of spatial/noisy_unbiased without doubled noise was not simulated."
    );
    assert!(reason(&figures, "fig1de").contains("integrates no position"));
    assert!(drawn(&figures, "fig1b").notes.iter().any(|note| note.ends_with("holds no truth.")));
    let notes = &drawn(&figures, "transitions").notes;
    assert_eq!(notes[0], "No transitions for seed 0 of spatial/noisy_unbiased. Too few steps.");
    runs.iter_mut().for_each(|run| run.study.found.space = space(true));
    let figures = draw(&runs, None);
    let notes = &drawn(&figures, "fig1hi").notes;
    assert!(notes[0].ends_with("All positions are equal."), "{notes:?}");
}

#[test]
fn the_order_of_runs_does_not_matter() {
    let mut runs = every_condition(2);
    let figures = draw(&runs, Some(&matrix(2)));
    runs.reverse();
    assert!(figures == draw(&runs, Some(&matrix(2))));
}

#[test]
fn numbers_that_are_none_never_reach_a_picture() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut runs = every_condition(1);
        for run in &mut runs {
            spoil(run, bad);
        }
        let mut matrix = matrix(1);
        let cell = matrix.cells[0][1].as_mut().unwrap();
        (cell.mean, cell.low, cell.high) = (bad, bad, bad);
        matrix.cells[1][1] = None;
        draw(&runs, Some(&matrix));
        // Beside sound ones, too.
        runs.extend(every_condition(2));
        draw(&runs, Some(&matrix));
    }
}

/// Puts a number that is none wherever a study may hold one.
fn spoil(run: &mut Owned, bad: f64) {
    for line in run.metrics.iter_mut().step_by(2) {
        line.test_loss = Some(bad);
        line.decode_error = Some(bad);
    }
    run.study.found.tracking.as_mut().unwrap().mean_predictor_loss = Ok(bad);
    for phase in run.study.found.phases.values_mut() {
        phase.trajectories[0][3].fill(bad as f32);
        phase.trajectories[1].iter_mut().for_each(|at| at.fill(bad as f32));
        phase.trajectories[2].clear();
        if let Some(Ok(map)) = &mut phase.map {
            map.density[7] = bad;
        }
        if let Some(Ok(headings)) = &mut phase.headings {
            headings.histogram.density_per_rad[3] = bad;
            headings.density_per_rad[5] = bad;
        }
        let components = phase.components.as_mut().unwrap().as_mut().unwrap();
        components.cumulative_explained_variance[1] = bad;
        components.points[0][0] = bad as f32;
        components.decoded[1][0] = bad as f32;
        components.density.as_mut().unwrap().density[0] = bad;
        let steps = phase.step_distance.as_mut().unwrap();
        steps.value = bad;
        steps.interval.low = bad;
        phase.total_variance.as_mut().unwrap().trials[0] = bad;
        phase.burn_in.as_mut().unwrap().ratios[0].as_mut().unwrap().ratio = bad;
        if let Some(Ok(turning)) = &mut phase.turning {
            turning.mean_rad_per_step = bad;
            turning.interval.high = bad;
        }
    }
    for divergence in run.study.found.divergences.values_mut() {
        let estimate = &mut divergence.as_mut().unwrap().kl_quiescent_from_active;
        estimate.nats = bad;
        estimate.interval.high = bad;
    }
    let transitions = run.study.found.transitions.as_mut().unwrap();
    transitions.quiescent.total_variation.value = bad;
    transitions.quiescent.total_variation.interval.low = bad;
}

#[test]
fn networks_that_stand_still_keep_their_place_in_the_box_plot() {
    let figures = draw(&every_condition(2), None);
    let figure = drawn(&figures, "fig2f");
    assert!(figure.notes.iter().any(|note| note.contains("zeros included")), "{:?}", figure.notes);
    let data = drawn(&figures, "fig2f").data.as_ref().unwrap();
    let still = rows_with(data, "condition", "spatial/noiseless_unbiased");
    assert_eq!(number(data, still[0], "median_m2"), 0.0);
    assert_eq!(number(data, still[0], "trials"), 96.0);
}

#[test]
fn data_are_what_is_drawn() {
    let runs = every_condition(3);
    let figures = draw(&runs, Some(&matrix(3)));
    let data = |name| drawn(&figures, name).data.as_ref().unwrap();

    // Figure 1b: mean and standard deviation over seeds at one batch.
    let losses: Vec<f64> = runs
        .iter()
        .filter(|run| run.study.condition == Condition::NOISY_UNBIASED)
        .map(|run| run.metrics[5].test_loss.unwrap())
        .collect();
    let rows = data("fig1b");
    let found = rows_with(rows, "condition", "spatial/noisy_unbiased");
    let row = found.iter().find(|row| number(rows, row, "batch") == 500.0).unwrap();
    let mean = losses.iter().sum::<f64>() / 3.0;
    let sd = (losses.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
    assert!((number(rows, row, "mean") / mean - 1.0).abs() < 1e-12);
    assert!((number(rows, row, "sd_over_seeds") / sd - 1.0).abs() < 1e-9);
    let floors = rows_with(rows, "quantity", "mean_predictor_loss");
    assert!((number(rows, floors[0], "mean") / 4.87e-5 - 1.0).abs() < 1e-12);

    // Figure 1d,e: every step of every trial of both phases, of the lowest seed.
    let rows = data("fig1de");
    assert_eq!(rows.rows().len(), 2 * 12 * 200);
    let first = &runs[0].study.found.phases[PhaseKey::Active.name()].trajectories[0][0];
    assert_eq!(number(rows, &rows.rows()[0], "x_m"), f64::from(first[0]));
    assert_eq!(number(rows, &rows.rows()[0], "seed"), 0.0);

    // Figure 1h,i: every node of both maps.
    let rows = data("fig1hi");
    assert_eq!(rows.rows().len(), 2 * 60 * 60);
    let Some(Ok(map)) = &runs[0].study.found.phases[PhaseKey::Active.name()].map else { panic!() };
    assert_eq!(number(rows, &rows.rows()[61], "y_m"), map.y[1]);
    assert_eq!(number(rows, &rows.rows()[61], "density_per_m2"), map.density[61]);

    // Figure 2e: every cell.
    let rows = data("fig2e");
    assert_eq!(rows.rows().len(), 24);
    assert_eq!(number(rows, &rows.rows()[5], "kl_nats"), 6.4);

    // Figure C.1: four parts of one table.
    let rows = data("figC1");
    assert_eq!(rows_with(rows, "part", "trajectories").len(), 3 * 12 * 200);
    assert_eq!(rows_with(rows, "part", "map").len(), 3 * 3600);
    assert_eq!(rows_with(rows, "part", "explained_variance").len(), 3 * 10);
    assert_eq!(rows_with(rows, "part", "total_variance").len(), 2);

    // Figure C.2: three parts for each motion.
    let rows = data("figC2");
    assert_eq!(rows_with(rows, "part", "trajectories").len(), 2 * 2 * 12 * 200);
    assert_eq!(rows_with(rows, "part", "map").len(), 2 * 2 * 3600);
    assert_eq!(rows_with(rows, "part", "explained_variance").len(), 2 * 2 * 10);

    // Transitions: three bars for each condition.
    let rows = data("transitions");
    assert_eq!(rows.rows().len(), 8 * 3);
    let found = rows_with(rows, "compared", "shuffled");
    assert!((number(rows, found[0], "total_variation") - 0.83 * 1.03).abs() < 1e-12);
}
