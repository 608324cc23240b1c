//! The theory's figures and its part of a page: drawn from synthetic examinations, whole and
//! incomplete. With `QUIESCENT_FIGURES_PREVIEW` set to a folder, they are written there; with
//! `QUIESCENT_THEORY_PREVIEW` set to an `theory.json` of `quiescent theory`, so are those of it.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::common;
use crate::common::layout::{Panels, assert_no_overlap};
use crate::common::theory::{Owned, between, borrowed, examination, three};
use quiescent::analysis::{Missing, Verdict};
use quiescent::paper::Condition;
use quiescent::theory::{Examination, Examined};
use quiescent_report::{
    Cell, Figure, Paper, ReportError, ReportFigures, Table, Theory, TheoryFigure, report_html,
    theory_assumptions, theory_figures, theory_html,
};

const NAMES: [&str; 7] = [
    "theory_score_field",
    "theory_drift_field",
    "theory_alignment",
    "theory_response",
    "theory_temperature",
    "theory_bound",
    "theory_phase_diagram",
];

fn drawn<'a>(figures: &'a [TheoryFigure], name: &str) -> &'a Figure {
    let found = figures.iter().find(|figure| figure.name == name).unwrap();
    found.figure.as_ref().unwrap_or_else(|missing| panic!("{name}: {missing:?}"))
}

/// Checks that hold for every set of runs; returns the figures and the page.
fn check(runs: &[Owned]) -> (Vec<TheoryFigure>, String) {
    let runs = borrowed(runs);
    let figures = theory_figures(&runs, "p");
    assert_eq!(figures.iter().map(|figure| figure.name).collect::<Vec<_>>(), NAMES);
    let mut ids = HashSet::new();
    for figure in &figures {
        match &figure.figure {
            Ok(drawn) => check_drawn(drawn, &mut ids),
            Err(missing) => {
                assert!(!missing.title.is_empty());
                assert!(missing.reason.ends_with('.') && !missing.reason.contains(".."));
            }
        }
    }
    let page = theory_html(&Theory { runs: &runs, figures: &figures }, "Theory").unwrap();
    assert_ids_differ(&page);
    (figures, page)
}

fn assert_ids_differ(page: &str) {
    let mut seen = HashSet::new();
    for id in page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(seen.insert(id), "{id} twice");
    }
}

fn check_drawn(drawn: &Figure, ids: &mut HashSet<String>) {
    let svg = drawn.svg();
    let document = roxmltree::Document::parse(&svg).unwrap();
    for node in document.descendants().filter(|node| node.is_element()) {
        for attribute in node.attributes().filter(|a| a.name() != "aria-label") {
            let value = attribute.value();
            assert!(!["NaN", "inf"].iter().any(|word| value.contains(word)), "{value}");
            if attribute.name() == "id" {
                assert!(ids.insert(value.to_owned()), "{value} twice");
            }
        }
        if node.has_tag_name("text") {
            let text = node.text().unwrap_or_default();
            assert!(!text.contains("NaN") && !text.contains("not a number"), "{text}");
        }
    }
    for reference in svg.split("url(#").skip(1) {
        let id = reference.split(')').next().unwrap();
        assert!(svg.contains(&format!("id=\"{id}\"")), "{id}");
    }
    for text in drawn.notes.iter().chain([&drawn.caption, &drawn.title]) {
        assert!(!text.contains("NaN") && !text.contains("..") && !text.contains("  "), "{text}");
    }
    assert!(drawn.caption.ends_with('.'), "{}", drawn.caption);
    let table = drawn.data.as_ref().unwrap();
    assert!(!table.rows().is_empty(), "{}", drawn.name);
    assert_no_overlap(&drawn.svg_panels());
}

/// Writes figures and the page to the preview's folder, if there is one.
fn preview(runs: &[Owned], prefix: &str) {
    let Some(folder) = std::env::var_os("QUIESCENT_FIGURES_PREVIEW").map(PathBuf::from) else {
        return;
    };
    let (figures, page) = check(runs);
    std::fs::write(folder.join(format!("{prefix}theory.html")), page).unwrap();
    for figure in figures.iter().filter_map(|figure| figure.figure.as_ref().ok()) {
        for file in figure.files().unwrap() {
            std::fs::write(folder.join(format!("{prefix}{}", file.name)), file.bytes).unwrap();
        }
    }
}

fn column(table: &Table, name: &str) -> usize {
    table.columns().iter().position(|column| column == name).unwrap()
}

/// The number in a column of the one row that holds these texts.
fn number(table: &Table, name: &str, texts: &[(&str, &str)]) -> f64 {
    let is = |row: &&Vec<Cell>| {
        texts.iter().all(|(of, text)| row[column(table, of)] == Cell::Text((*text).into()))
    };
    let rows: Vec<_> = table.rows().iter().filter(is).collect();
    assert_eq!(rows.len(), 1, "rows of {texts:?}");
    match rows[0][column(table, name)] {
        Cell::Number(value) => value,
        ref other => panic!("{other:?}"),
    }
}

/// The page's text, tags left out.
fn text(page: &str) -> String {
    let body = page.split("</style>").last().unwrap().split("<script>").next().unwrap();
    let words = body.split('<').map(|part| part.split_once('>').map_or("", |(_, text)| text));
    words.collect::<Vec<_>>().concat()
}

#[test]
fn every_figure_is_drawn_and_carries_its_numbers() {
    let runs = three();
    let (figures, _) = check(&runs);
    for name in NAMES {
        // R² of the untrained networks lies below its axis.
        let expected = if name == "theory_alignment" { 3 } else { 0 };
        assert_eq!(drawn(&figures, name).notes.len(), expected, "{name}");
    }
    let field = runs[0].examination.networks[0].field.as_ref().unwrap();
    let table = drawn(&figures, "theory_alignment").data.as_ref().unwrap();
    let of = [("run", "noisy"), ("network", "trained"), ("quantity", "removed_noise")];
    assert_eq!(number(table, "low", &of), field.removed_noise.interval.low);
    let table = drawn(&figures, "theory_bound").data.as_ref().unwrap();
    let of = [("run", "heading"), ("network", "optimal"), ("quantity", "upper")];
    let optimal = runs[2].examination.optimal.as_ref().unwrap();
    assert_eq!(number(table, "value", &of), optimal.bound.upper.value);
    for name in ["theory_score_field", "theory_drift_field"] {
        let rows = drawn(&figures, name).data.as_ref().unwrap().rows().len();
        let arrows = |run: &Owned| -> usize {
            let fields = run.examination.networks.iter().flat_map(|network| &network.field);
            fields.map(|f| if name.contains("score") { f.plane.len() } else { f.drift.len() }).sum()
        };
        assert_eq!(rows, runs.iter().map(arrows).sum::<usize>());
    }
    preview(&runs, "s_");
}

#[test]
fn axes_say_what_is_drawn_in_which_unit() {
    let (figures, _) = check(&three());
    for (name, labels) in [
        ("theory_score_field", &["Active PC 1 (activity)", "untrained"][..]),
        ("theory_drift_field", &["x (m)", "Heading (rad)", "Drift (rad/step)"]),
        ("theory_alignment", &["Distance (step noise)", "slope of Δr₁ on S", "leak-only control"]),
        ("theory_response", &["Readout gain (optimum: 1)", "Readout gain", "y (m)"]),
        ("theory_temperature", &["Noise ratio κ", "predicted, 2/κ²", "optimal", "trained"]),
        ("theory_bound", &["Mean length (activity)", "L_upper", "Step", "state"]),
    ] {
        let svg = drawn(&figures, name).svg();
        for label in labels {
            assert!(svg.contains(&format!(">{label}</text>")), "{name} lacks {label}");
        }
    }
    let svg = drawn(&figures, "theory_score_field").svg();
    // Each kind of arrow says how long it is.
    assert!(svg.contains(">zero-input update Δr₁: 0.02 activity per step</text>"), "{svg}");
    assert!(svg.contains(">score S (16): "));
}

#[test]
fn the_page_says_what_was_found() {
    let (_, page) = check(&three());
    insta::assert_snapshot!(text(&page.replace("</td>", "\n").replace("</p>", "\n")));
    assert_eq!(
        theory_html(&Theory { runs: &[], figures: &[] }, "x"),
        Err(ReportError::NoRuns),
        "nothing to say of no run"
    );
}

#[test]
fn assumptions_are_a_table_too() {
    let runs = three();
    let table = theory_assumptions(&borrowed(&runs));
    assert_eq!(table.rows().len(), 3 * 2 * 3);
    let of = [("run", "noisy"), ("network", "trained"), ("assumption", "greedy")];
    assert_eq!(number(&table, "value", &of), 0.7);
    let csv = table.csv();
    assert!(csv.contains("the sweep has no point without doubling"));
}

#[test]
fn the_theory_stands_in_the_page_of_a_report() {
    let runs = three();
    let runs = borrowed(&runs);
    let figures = theory_figures(&runs, "theory");
    let theory = Theory { runs: &runs, figures: &figures };
    let paper = Paper { claims: &[], figures: &[], runs: &[], left_out: &[], theory: Some(theory) };
    let all = common::all();
    let drawn = ReportFigures::draw(&all);
    let page = report_html(&all, &drawn, Some(&paper), "x").unwrap();
    assert_ids_differ(&page);
    for id in ["theory-findings", "theory_bound", "theory-assumptions"] {
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let without = Paper { theory: None, ..paper };
    assert!(
        !report_html(&all, &drawn, Some(&without), "x").unwrap().contains("id=\"theory-findings\"")
    );
}

/// One run without anything but reasons.
fn without(examination: &mut Examination) {
    examination.optimal = Err(Missing::undefined("the readout reads nothing"));
    for network in &mut examination.networks {
        network.field = Err(Missing::undefined("the states do not move."));
        network.response = Err(Missing::undefined("the stimulus does not move"));
        network.temperature = Err(Missing::undefined(""));
        network.bound = Err(Missing::undefined("fewer than two trials"));
        network.assumptions.clear();
    }
}

#[test]
fn what_is_missing_is_said_with_its_reason() {
    let mut runs = three();
    without(&mut runs[1].examination);
    let (figures, page) = check(&runs);
    let notes = &drawn(&figures, "theory_bound").notes;
    assert!(notes[0].contains("No bound for the optimal network of noiseless"), "{notes:?}");
    assert!(notes[1].ends_with("Fewer than two trials."), "{notes:?}");
    assert!(text(&page).contains("Trained: not measured. The states do not move."));

    let mut runs = runs[1..2].to_vec();
    let (figures, page) = check(&runs);
    assert!(figures.iter().all(|figure| figure.figure.is_err()));
    assert!(page.contains("Not drawn. No score for the trained network of noiseless. The states"));

    // An experiment has no trained network, and may have none at all.
    runs[0] = three().remove(0);
    runs[0].examination.networks.retain(|network| network.examined == Examined::Untrained);
    let (figures, _) = check(&runs);
    let missing = figures[3].figure.as_ref().unwrap_err();
    assert_eq!(missing.reason, "No trained network is among these runs.");
    runs[0].examination.networks.clear();
    let (figures, _) = check(&runs);
    drawn(&figures, "theory_bound");
    drawn(&figures, "theory_temperature");
    assert!(figures[0].figure.is_err());
    check(&[Owned { name: String::new(), ..runs.remove(0) }]);
}

/// Everything that is a number becomes this one.
fn all_become(value: &mut serde_json::Value, number: &serde_json::Value) {
    match value {
        serde_json::Value::Number(n) if n.is_f64() => *value = number.clone(),
        serde_json::Value::Array(all) => all.iter_mut().for_each(|v| all_become(v, number)),
        serde_json::Value::Object(all) => all.values_mut().for_each(|v| all_become(v, number)),
        _ => {}
    }
}

#[test]
fn hostile_numbers_draw_something_or_say_why_not() {
    let odd = [0.0, -1.0, 1e-300, 1e300, -1e300, 0.5];
    for condition in [Condition::NOISY_BIASED, Condition::HEADING_BIASED] {
        for number in odd {
            let mut json = serde_json::to_value(examination(condition)).unwrap();
            let space = json["space"].clone();
            all_become(&mut json, &serde_json::json!(number));
            // Walls that enclose nothing are refused where the file is read.
            json["space"] = space;
            let examination = serde_json::from_value(json).unwrap();
            let runs = [Owned { name: "odd".into(), learned: None, examination }];
            let figures = theory_figures(&borrowed(&runs), "p");
            for figure in figures.iter().filter_map(|figure| figure.figure.as_ref().ok()) {
                roxmltree::Document::parse(&figure.svg()).unwrap();
                figure.files().unwrap();
            }
            theory_html(&Theory { runs: &borrowed(&runs), figures: &figures }, "x").unwrap();
        }
        for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut examination = examination(condition);
            poison(&mut examination, number);
            check(&[Owned { name: "odd".into(), learned: None, examination }]);
        }
    }
}

/// Puts a number into some of everything that is drawn.
fn poison(examination: &mut Examination, number: f64) {
    let bad = between(number, number, number);
    for network in &mut examination.networks {
        let field = network.field.as_mut().unwrap();
        field.removed_noise = bad;
        field.drift_cosine = Some(bad);
        field.plane[0].update[1] = number;
        field.plane[1].place[0] = number;
        field.drift[0].score[0] = number;
        field.drift[1].place.clear();
        field.at_distance[0].cosine = bad;
        field.at_distance[1].slope = bad;
        field.at_distance[2].r_squared = bad;
        field.at_distance[3].distance = number;
        let response = network.response.as_mut().unwrap();
        response.readout_gain = bad;
        response.map[0].readout_gain = number;
        response.map[1].place.push(number);
        let sweep = network.temperature.as_mut().unwrap();
        sweep.points[0].noise_ratio = number;
        sweep.points[1].exponent = bad;
        sweep.points[2].kl_from_waking = bad;
        let bound = network.bound.as_mut().unwrap();
        bound.loss = bad;
        bound.loss_by_step[3] = number;
        bound.upper_by_step.clear();
        network.assumptions[0].measured = Ok(bad);
    }
    let optimal = examination.optimal.as_mut().unwrap();
    optimal.temperature[0].kl_from_prediction = bad;
    optimal.bound.curvature = bad;
}

#[test]
fn empty_lists_are_said() {
    let mut runs = three();
    for network in &mut runs.iter_mut().flat_map(|run| &mut run.examination.networks) {
        let field = network.field.as_mut().unwrap();
        (field.plane, field.drift, field.at_distance) = Default::default();
        network.response.as_mut().unwrap().map.clear();
        network.temperature.as_mut().unwrap().points.clear();
        let bound = network.bound.as_mut().unwrap();
        (bound.loss_by_step, bound.upper_by_step) = Default::default();
    }
    let (figures, page) = check(&runs);
    let reason = &figures[0].figure.as_ref().unwrap_err().reason;
    assert!(reason.contains("No cell of it holds states."), "{reason}");
    assert!(text(&page).contains("not measured. No state was compared."));
}

#[test]
fn names_are_escaped_and_shortened() {
    let mut runs = three();
    runs[0].name = "<script>alert(\"x\")</script>&".into();
    runs[1].name = "a/very_long-name.of_a run".repeat(20);
    runs[2].name = "名前".repeat(60);
    let (figures, page) = check(&runs);
    preview(&runs, "n_");
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
    assert!(drawn(&figures, "theory_bound").svg().contains('…'));
}

#[test]
fn many_runs_keep_their_ids_apart() {
    let mut runs: Vec<Owned> = (0..3).flat_map(|_| three()).collect();
    check(&runs);
    runs.truncate(1);
    runs[0].examination.networks.truncate(1);
    let (figures, _) = check(&runs);
    assert_eq!(drawn(&figures, "theory_score_field").rows[0].len(), 1, "one network alone");
}

#[test]
fn a_network_that_has_not_learned_is_marked() {
    let mut runs = three();
    let words = "describe a network that does not track";
    let (_, page) = check(&runs);
    assert!(page.contains("✓ learned") && !page.contains(words) && !page.contains("not learned"));
    runs[1].learned = Some(Verdict::Fails);
    let (_, page) = check(&runs);
    assert_eq!(page.matches("✗ not learned").count(), 2, "in the table and before it");
    assert_eq!(page.matches(words).count(), 1);
}

#[test]
fn examinations_from_a_file_can_be_looked_at() {
    let Some(path) = std::env::var_os("QUIESCENT_THEORY_PREVIEW") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let all: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let owned = |mut named: serde_json::Value| Owned {
        name: named["name"].as_str().unwrap().to_owned(),
        learned: None,
        examination: serde_json::from_value(named["examination"].take()).unwrap(),
    };
    preview(&all.into_iter().map(owned).collect::<Vec<_>>(), "r_");
}

/// A network that meets every condition is marked as such, and one that lacks one is not.
#[test]
fn the_phase_diagram_says_which_conditions_a_network_lacks() {
    let mut runs = three();
    let network = &mut runs[0].examination.networks[0];
    assert!(!network.conditions_suffice());
    let (figures, _) = check(&runs);
    let table = drawn(&figures, "theory_phase_diagram").data.as_ref().unwrap();
    assert_eq!(table.rows().len(), 3 * 11);
    let of = [("run", "noisy"), ("requirement", "bias")];
    assert_eq!(number(table, "manifold_length_in_step_sds", &of), 110.0);
    let svg = drawn(&figures, "theory_phase_diagram").svg();
    for label in ["all conditions met", "Length of the manifold (step noise)"] {
        assert!(svg.contains(&format!(">{label}</text>")), "lacks {label}");
    }
}
