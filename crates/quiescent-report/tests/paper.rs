//! The paper's figures: drawn from synthetic studies, whole and incomplete. With
//! `QUIESCENT_FIGURES_PREVIEW` set to a folder, they are written there.

#![allow(missing_docs, clippy::unwrap_used)]

#[path = "common/study.rs"]
mod study;

use std::collections::HashSet;

use quiescent::study::{Condition, PhaseKey};
use quiescent_report::{Cell, Figure, KlMatrix, PaperFigure, StudyRun, Table, paper_figures};
use study::{Owned, borrowed, every_condition, matrix};

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
    for name in NAMES.iter().filter(|name| **name != "figC2") {
        drawn(&figures, name);
    }
    assert!(reason(&figures, "figC2").contains("GRU"));
    if let Some(folder) = std::env::var_os("QUIESCENT_FIGURES_PREVIEW") {
        let folder = std::path::Path::new(&folder);
        for figure in &figures {
            if let Ok(drawn) = &figure.figure {
                let file = folder.join(format!("{}.svg", figure.name));
                std::fs::write(file, drawn.svg()).unwrap();
                let file = folder.join(format!("{}.txt", figure.name));
                let words =
                    format!("{}\n\n{}\n\n{}", drawn.title, drawn.caption, drawn.notes.join("\n"));
                std::fs::write(file, words).unwrap();
            }
        }
    }
}
