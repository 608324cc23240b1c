//! The report as a whole: what it says, that it is valid and self-contained, and that no damaged
//! or incomplete run can keep it from being written.

use std::collections::{BTreeMap, HashSet};

use crate::common::layout::{Panels, assert_no_overlap};
use crate::common::*;
use quiescent::experiment::{
    NoiseDistribution, QuiescentNoise, RecordingSpec, RestStart, TaskSpec,
};
use quiescent::run::{CellsOrigin, ImportRecord, Status};
use quiescent_report::{
    Figure, ReportError, ReportFigures, RunView, not_compared, run_figures, training_curves,
};

/// A report of runs alone.
fn report_html(runs: &[RunView], title: &str) -> Result<String, ReportError> {
    quiescent_report::report_html(runs, &ReportFigures::draw(runs), None, title)
}

/// The figures of a run that could be drawn.
fn drawn(run: &RunView) -> Vec<Figure> {
    run_figures(run, "r").into_iter().filter_map(Result::ok).collect()
}

/// The page without style, pictures and tags; one line per block.
fn text(page: &str) -> String {
    // The writer's version changes with every release; the runs' own is fixed.
    let written = format!("Written by quiescent {}", env!("CARGO_PKG_VERSION"));
    let mut body = page.replace(&written, "Written by quiescent VERSION");
    for (open, close) in [("<style>", "</style>"), ("<script", "</script>"), ("<svg", "</svg>")] {
        while let Some(start) = body.find(open) {
            let end = start + body[start..].find(close).unwrap() + close.len();
            body.replace_range(start..end, "");
        }
    }
    let mut out = String::new();
    let mut rest = body.as_str();
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').unwrap();
        let tag = rest[start + 1..end].trim_start_matches('/');
        let name = tag.split([' ', '>']).next().unwrap();
        match name {
            "a" | "strong" | "span" | "small" | "code" | "wbr" => {}
            "td" | "th" | "dd" => out.push_str(" | "),
            _ => out.push('\n'),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    let lines = out.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n").collect()
}

fn svgs(page: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<svg") {
        let end = start + rest[start..].find("</svg>").unwrap() + "</svg>".len();
        found.push(&rest[start..end]);
        rest = &rest[end..];
    }
    found
}

fn duplicate_ids(page: &str) -> Vec<&str> {
    let mut seen = HashSet::new();
    page.split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|id| !seen.insert(*id))
        .collect()
}

#[test]
fn an_imported_run_says_where_it_comes_from() {
    let mut run = unbiased();
    run.record.batch = 0;
    run.record.imported = Some(ImportRecord {
        file: "theirs.safetensors".into(),
        file_sha256: "cd".repeat(32),
        layout: "out_in".into(),
        precision: "half".into(),
        cells: CellsOrigin::Weights,
        imported_unix_s: 1_735_689_600.0,
        notes: Vec::new(),
        tracking: None,
    });
    run.metrics.truncate(1);
    (run.metrics[0].batch, run.metrics[0].train_loss) = (0, f64::NAN);
    (run.metrics[0].test_loss, run.metrics[0].decode_error) = (Some(1.25e-5), Some(0.071));
    let page = check(std::slice::from_ref(&run));
    for part in [
        "This network was trained elsewhere and imported from theirs.safetensors",
        "Its target cells were imported with it.",
        "Imported from\n| theirs.safetensors, matrices out_in, half precision, on bench",
        &"cd".repeat(32),
        "Trained\n| elsewhere",
        "have no training curves",
        "1.25×10⁻⁵ | | 0.0710 m",
    ] {
        assert!(page.contains(part), "{part} is missing:\n{page}");
    }
    for part in ["not finite", "0 of 600", "Learning rate", "learning rate"] {
        assert!(!page.contains(part), "{part}:\n{page}");
    }
    if let Some(imported) = &mut run.record.imported {
        imported.cells = CellsOrigin::Experiment;
    }
    assert!(check(&[run]).contains("decoded positions are likely to be wrong"));
}

/// Checks that hold for every report, and returns its text.
fn check(runs: &[RunView]) -> String {
    let page = report_html(runs, "A report").unwrap();
    for svg in svgs(&page) {
        roxmltree::Document::parse(svg).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }
    assert_eq!(duplicate_ids(&page), Vec::<&str>::new());
    for run in runs {
        for figure in drawn(run) {
            roxmltree::Document::parse(&figure.svg()).unwrap();
        }
    }
    text(&page)
}

#[test]
fn says_in_words_what_the_numbers_are() {
    insta::assert_snapshot!(check(&all()));
}

#[test]
fn loads_nothing_and_runs_its_own_script_alone() {
    use base64::Engine as _;
    use sha2::Digest as _;

    let mut page = report_html(&all(), "A report").unwrap();
    let mut scripts = Vec::new();
    while let Some(start) = page.find("<script") {
        let end = start + page[start..].find("</script>").unwrap();
        let (tag, script) = page[start..end].split_once('>').unwrap();
        scripts.push((tag.to_owned(), script.to_owned()));
        page.replace_range(start..end + "</script>".len(), "");
    }
    // Its own two, and data, which are not run.
    let (data, own): (Vec<_>, Vec<_>) =
        scripts.into_iter().partition(|(tag, _)| tag == "<script type=\"application/json\"");
    // One of the four runs has no phases.
    assert_eq!((data.len(), own.len()), (3, 2));
    let hashes = own.iter().map(|(_, script)| {
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script));
        format!("'sha256-{hash}'")
    });
    let hashes = hashes.collect::<Vec<_>>().join(" ");
    assert!(page.contains(&format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {hashes}\""
    )));
    for (_, script) in &own {
        for forbidden in ["fetch(", "eval(", "innerHTML", "XMLHttp", "import("] {
            assert!(!script.contains(forbidden), "{forbidden}");
        }
    }
    for (_, values) in &data {
        assert!(serde_json::from_str::<serde_json::Value>(values).unwrap()["phases"].is_array());
    }
    let others = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for forbidden in [
        "http://", "https://", "src=", "<script", "@import", "<link", "file:", "onload=",
        "onerror=", "onclick=",
    ] {
        let tags = others.split('<').skip(1).filter_map(|tag| tag.split('>').next());
        let found = tags.into_iter().any(|tag| format!("<{tag}").contains(forbidden));
        assert!(!found, "{forbidden}");
    }
    // The only url() are references within the page.
    assert!(others.split("url(").skip(1).all(|rest| rest.starts_with('#')));
    assert!(page.contains("name=\"viewport\""));
}

#[test]
fn figures_are_numbered_listed_and_offer_their_files() {
    use base64::Engine as _;
    use std::io::Read as _;

    let runs = all();
    let figures = ReportFigures::draw(&runs);
    let page = report_html(&runs, "A report").unwrap();
    let drawn: Vec<(&str, &Figure)> = figures.drawn().collect();
    for number in 1..=drawn.len() {
        assert!(page.contains(&format!("Figure {number}.</span>")), "{number}");
    }
    // Every link within the page leads somewhere.
    for link in page.split(" href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    for (folder, figure) in drawn {
        let beside = ["figures", folder, &figure.name].map(str::to_owned);
        let beside =
            beside.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
        for extension in ["svg", "pdf", "png", "csv"] {
            assert!(
                page.contains(&format!("href=\"{beside}.{extension}\"")),
                "{beside}.{extension}"
            );
        }
        // A table in the page is that of the file.
        let link = page.split(&format!("href=\"{beside}.csv\"")).nth(1).unwrap();
        let link = link.split('>').next().unwrap();
        if let Some(packed) = link.split("data-gzip=\"").nth(1) {
            let packed = packed.split('"').next().unwrap();
            let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
            let mut csv = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut csv).unwrap();
            assert_eq!(csv, figure.data.as_ref().unwrap().csv(), "{beside}");
        }
    }
}

#[test]
fn every_reference_within_a_picture_is_met_there() {
    let page = report_html(&all(), "A report").unwrap();
    let mut references = 0;
    for svg in svgs(&page) {
        for rest in svg.split("url(#").skip(1) {
            let id = rest.split(')').next().unwrap();
            assert!(svg.contains(&format!("id=\"{id}\"")), "{id}");
            references += 1;
        }
    }
    assert!(references > 10);
}

#[test]
fn is_a_function_of_its_input() {
    let runs = [unbiased(), ring()];
    assert_eq!(report_html(&runs, "x"), report_html(&runs, "x"));
}

#[test]
fn hostile_names_are_text() {
    let mut run = unbiased();
    run.name = "<script>alert('x')</script>\"&\u{1}".into();
    run.experiment.about = "</style><img src=x onerror=y>".into();
    run.record.host = "<b>".into();
    let mut other = biased();
    other.across = BTreeMap::from([(run.name.clone(), kl(1.0, None))]);
    let page = report_html(&[run.clone(), other.clone()], "<i>title</i>").unwrap();
    let page = page.replacen("<script>", "", 1).replacen("<script type=\"module\">", "", 1);
    let page = page.replace("<script type=\"application/json\">", "");
    for raw in ["<script", "<img", "<b>", "<i>"] {
        assert!(!page.contains(raw), "{raw}");
    }
    check(&[run, other]);
}

#[test]
fn two_runs_of_one_name_keep_their_ids_apart() {
    check(&[ring(), ring(), unbiased(), unbiased()]);
}

#[test]
fn nothing_to_report_is_an_error() {
    assert_eq!(report_html(&[], "x"), Err(ReportError::NoRuns));
}

#[test]
fn a_run_just_begun_is_reported_with_its_gaps() {
    let mut run = unbiased();
    run.metrics.clear();
    run.phases.clear();
    (run.measurements, run.across) = (None, BTreeMap::new());
    run.record.status = Status::Running;
    run.record.batch = 0;
    run.record.parameters_sha256 = None;
    insta::assert_snapshot!(check(&[run]));
}

#[test]
fn missing_states_leave_the_rest_standing() {
    let mut run = unbiased();
    run.phases.values_mut().for_each(|phase| phase.states = None);
    let text = check(&[run.clone()]);
    assert!(text.contains("The hidden states of the active phase were not kept"), "{text}");
    let figures = run_figures(&run, "r");
    let names: Vec<_> = figures.iter().flatten().map(|figure| figure.name.clone()).collect();
    assert_eq!(names, ["trajectories", "occupancy", "movement"]);
}

#[test]
fn a_single_phase_is_shown_alone() {
    for run in [unbiased(), ring()] {
        for key in ["active", "quiescent"] {
            let mut run = run.clone();
            run.phases.remove(key);
            let text = check(&[run]);
            assert!(text.contains(&format!("The {key} phase has not been simulated.")), "{text}");
        }
    }
}

#[test]
fn values_that_are_no_numbers_are_left_out_and_said_to_be() {
    let mut run = unbiased();
    let mut other = ring();
    for (i, line) in run.metrics.iter_mut().enumerate() {
        if i >= 50 {
            line.train_loss = f64::NAN;
            line.test_loss = line.test_loss.map(|_| f64::INFINITY);
            line.decode_error = line.decode_error.map(|_| f64::NAN);
        }
    }
    run.record.status = Status::Diverged;
    run.record.training_s = f64::NAN;
    let space = run.measurements.unwrap().space;
    run.measurements = Some(measured(space, kl(f64::NAN, Some([f64::NAN, f64::INFINITY]))));
    run.across = BTreeMap::from([("other".into(), kl(f64::INFINITY, None))]);
    for phase in run.phases.values_mut().chain(other.phases.values_mut()) {
        for (i, value) in phase.decoded.iter_mut().enumerate() {
            if i % 3 == 0 {
                *value = f32::NAN;
            }
        }
        for (i, value) in phase.states.as_mut().unwrap().iter_mut().enumerate() {
            if i % 997 == 0 {
                *value = f32::INFINITY;
            }
        }
    }
    let text = check(&[run, other]);
    assert!(text.contains("Some logged losses are not finite"), "{text}");
    assert!(text.contains("not a number"), "{text}");
    assert!(text.contains("diverged after 600 of 600 batches"), "{text}");
}

#[test]
fn nothing_finite_at_all_is_still_a_report() {
    for mut run in [unbiased(), ring(), recorded()] {
        for phase in run.phases.values_mut() {
            phase.decoded.fill(f32::NAN);
            phase.states.as_mut().unwrap().fill(f32::NAN);
        }
        if let Some(recording) = &mut run.recording {
            recording.path.iter_mut().flatten().flatten().for_each(|value| *value = f64::NAN);
            recording.lost.clear();
        }
        run.metrics.iter_mut().for_each(|line| {
            line.test_loss = Some(f64::NAN);
            line.decode_error = None;
        });
        let text = check(&[run]);
        assert!(text.contains("The active phase holds no finite decoded value"), "{text}");
        assert!(text.contains("No finite test loss or decoding error"), "{text}");
    }
}

#[test]
fn shapes_that_do_not_fit_are_named() {
    // A heading's phases in a spatial run, states of other lengths, and empty arrays.
    let mut run = unbiased();
    run.phases = ring().phases;
    let text = check(&[run.clone()]);
    assert!(text.contains("1 decoded values per step where this task has 2"), "{text}");

    run = unbiased();
    for phase in run.phases.values_mut() {
        phase.state_stride = 0;
        phase.states = Some(ndarray::Array3::zeros((3, 500, 1)));
    }
    check(&[run.clone()]);
    for phase in run.phases.values_mut() {
        phase.states = Some(ndarray::Array3::zeros((0, 0, 0)));
    }
    check(&[run.clone()]);
    for phase in run.phases.values_mut() {
        phase.decoded = ndarray::Array3::zeros((0, 5, 2));
    }
    let text = check(&[run]);
    assert!(text.contains("The active phase holds no steps"), "{text}");
}

#[test]
fn states_that_never_change_and_positions_that_never_move() {
    for mut run in [unbiased(), ring()] {
        for phase in run.phases.values_mut() {
            phase.decoded.fill(0.25);
            phase.states.as_mut().unwrap().fill(1.0);
        }
        let text = check(&[run]);
        assert!(text.contains("no unit varies over the samples"), "{text}");
    }
}

#[test]
fn odd_boxes() {
    let mut run = unbiased();
    for phase in run.phases.values_mut() {
        phase.decoded += 50.0;
    }
    let text = check(&[run.clone()]);
    assert!(text.contains("No active position lies inside the box."), "{text}");
    if let TaskSpec::Spatial(spec) = &mut run.experiment.task {
        spec.arena.width_m = f64::NAN;
    }
    let text = check(&[run]);
    assert!(text.contains("The box of this run has no area."), "{text}");
}

#[test]
fn a_recording_adds_the_animals_own_occupancy() {
    let figures = run_figures(&recorded(), "r");
    let occupancy = figures.iter().flatten().find(|figure| figure.name == "occupancy").unwrap();
    assert_eq!(occupancy.rows[0].len(), 3);
    assert!(occupancy.svg().contains(">The animal<"));

    let mut heading = ring();
    let values: Vec<f64> = (0..500).map(|i| (f64::from(i) * 0.1).sin()).collect();
    heading.recording = Some(recording(&values, 1));
    if let TaskSpec::HeadDirection(spec) = &mut heading.experiment.task {
        spec.recording = Some(RecordingSpec::headings("rat.npz"));
    }
    let text = check(std::slice::from_ref(&heading));
    assert!(!text.contains("The recording holds no"), "{text}");
    let figures = run_figures(&heading, "r");
    let drawn = figures.iter().flatten().find(|figure| figure.name == "recording").unwrap();
    let csv = drawn.data.as_ref().unwrap().csv();
    assert!(csv.starts_with("kind,stretch,t_s,heading_rad\npath,0,0.0,0.0\n"), "{csv}");
}

#[test]
fn the_recording_is_drawn_with_what_was_lost() {
    let mut run = recorded();
    let draw = |run: &RunView| {
        let figures = run_figures(run, "r");
        let drawn = figures.iter().flatten().find(|figure| figure.name == "recording").cloned();
        drawn.unwrap()
    };
    let figure = draw(&run);
    for said in [
        "Of 6040 samples over 10 min 00 s, 40 were lost: 0.66 % of the time lies in gaps, and the \
         longest gap lasts 1.70 s.",
        "resampled from 10 Hz to one row every 0.02 s (50 Hz), across gaps of up to 0.25 s",
        "no walls were given",
    ] {
        assert!(figure.caption.contains(said), "{}", figure.caption);
    }
    assert_eq!(
        figure.notes,
        ["16 lost samples have no value and therefore no place in the picture."]
    );
    let svg = figure.svg();
    for label in ["lost: impossible jump", "one value repeated", "extent with a margin", "x (m)"] {
        assert!(svg.contains(label), "{label}");
    }
    let csv = figure.data.as_ref().unwrap().csv();
    assert_eq!(csv.lines().filter(|line| line.starts_with("path,")).count(), 6000);
    assert_eq!(csv.lines().filter(|line| line.starts_with("lost_")).count(), 24);
    assert!(csv.contains("\nlost_jump,,5.0,1.7,"), "in the recording's own coordinates");

    // Given walls, samples outside them and outside the picture.
    let recording = run.recording.as_mut().unwrap();
    let room = recording.room.as_mut().unwrap();
    (room.given, room.outside, room.far_outside) = (true, 7, 2);
    (room.tolerance_m, room.furthest_outside_m) = (0.05, 0.08);
    for lost in recording.lost.iter_mut().take(3) {
        lost.value = vec![1e6, 0.0];
    }
    let figure = draw(&run);
    let notes = figure.notes.join(" ");
    assert!(notes.contains("3 lost samples lie outside the picture of the room."), "{notes}");
    assert!(notes.contains("7 samples lie outside the given walls, 2 of them by more than 0.05 m"));
    assert!(figure.svg().contains("given walls"));

    // Without it, that is said, and no arena is made up.
    run.recording = None;
    let text = check(&[run]);
    assert!(text.contains("The run folder holds no recording.json"), "{text}");
    assert!(text.contains("not known: the recording has not been read"), "{text}");
    assert!(!text.contains("2.2 × 2.2 m"), "{text}");
}

#[test]
fn what_is_not_compared_is_named_with_the_reason() {
    let (same, mut other) = (unbiased(), recorded());
    other.name = "rat".into();
    // In an arena of the same size they are compared.
    assert_eq!(not_compared(&[same.clone(), other.clone()]), [] as [String; 0]);
    let room = other.recording.as_mut().unwrap().room.as_mut().unwrap();
    room.width_m = 1.5;
    let mut session = other.clone();
    session.name = "rat_again".into();
    session.recording.as_mut().unwrap().room.as_mut().unwrap().width_m = 1.4;
    let said = not_compared(&[same.clone(), biased(), other.clone(), session.clone(), ring()]);
    insta::assert_snapshot!(said.join("\n"));
    let text = check(&[same, other, ring()]);
    assert!(
        text.contains("Not compared with one another, since densities over different"),
        "{text}"
    );
    assert_eq!(not_compared(&[session]), [] as [String; 0]);
    assert_eq!(not_compared(&[ring(), ring()]), [] as [String; 0]);
}

#[test]
fn methods_state_the_noise_of_one_step() {
    let mut run = unbiased();
    run.experiment.network.noise.sigma = 0.5;
    run.experiment.network.noise.distribution = NoiseDistribution::Uniform01;
    run.rest.noise = QuiescentNoise::Sigma(0.25);
    run.rest.start = RestStart::Point([0.5, -0.25]);
    let text = check(&[run]);
    // 0.5·√0.02 = 0.07071; its sd is that over √12, its mean half.
    assert!(
        text.contains(
            "0.5 per √s, uniform on [0, 1): 0.02041 per step and unit (sd), and a mean of 0.03536"
        ),
        "{text}"
    );
    assert!(text.contains("the encoding of (0.5, −0.25) m"), "{text}");
    assert!(text.contains("σ = 0.25 per √s"), "{text}");
}

#[test]
fn a_rest_that_resembles_another_networks_waking_is_called_out() {
    let (mut a, b) = (unbiased(), biased());
    let space = a.measurements.unwrap().space;
    a.measurements = Some(measured(space, kl(2.0, None)));
    a.across = BTreeMap::from([("noisy_biased".into(), kl(0.5, None))]);
    let text = check(&[a, b]);
    assert!(
        text.contains(
            "the active density of the other network, noisy_biased, is nearer, 0.500 nats"
        ),
        "{text}"
    );
}

#[test]
fn many_runs_and_long_names_fit_the_legend() {
    let runs: Vec<RunView> = (0..17)
        .map(|i| {
            let mut run = unbiased();
            run.name = format!("{}_{i}", "a_rather_long_name_for_a_run".repeat(3));
            run.phases.clear();
            run
        })
        .collect();
    let figures = training_curves(&runs, "t");
    assert_eq!(figures.len(), 1);
    assert_no_overlap(&figures[0].as_ref().unwrap().svg_panels());
    check(&runs);
}

#[test]
fn texts_keep_clear_of_each_other_and_of_the_edges() {
    let runs = all();
    for curves in training_curves(&runs, "t") {
        assert_no_overlap(&curves.unwrap().svg_panels());
    }
    for run in &runs {
        for figure in drawn(run) {
            assert_no_overlap(&figure.svg_panels());
        }
    }
}

#[test]
fn a_noiseless_run_promises_nothing() {
    let mut run = unbiased();
    run.experiment.network.noise.sigma = 0.0;
    assert!(matches!(run.experiment.task, TaskSpec::Spatial(_)));
    let text = check(&[run]);
    assert!(text.contains("trained without noise"), "{text}");
    assert!(text.contains("0: no noise"), "{text}");
}
