//! A figure on a page: its number, its panels, its caption and its files.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::GzEncoder};
use maud::{Markup, PreEscaped, html};

use super::contents::{Contents, link};
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel, THIRD_WIDTH};
use crate::files::FIGURES;

/// A figure with its caption, or the reason why there is none. `folder` is that of its files, below
/// that of all figures.
pub(super) fn figure(
    contents: &Contents,
    folder: &str,
    figure: &Result<Figure, Missing>,
) -> Markup {
    match figure {
        Ok(figure) => drawn(contents, folder, figure),
        Err(missing) => html! {
            div.missing {
                h4 { (missing.title) }
                p { "Not drawn. " (missing.reason) }
            }
        },
    }
}

fn drawn(contents: &Contents, folder: &str, figure: &Figure) -> Markup {
    let id = match folder {
        "" => figure.name.clone(),
        folder => format!("{folder}-{}", figure.name),
    };
    let number = contents.figure(&id, &figure.title);
    html! {
        figure id=(id) {
            h4 { span.number { "Figure " (number) "." } " " (figure.title) " " (link(&id, &figure.title)) }
            div.paper {
                @for row in &figure.rows {
                    div.panels { @for panel in row { div class=(width(panel)) { (PreEscaped(panel.svg())) } } }
                }
            }
            figcaption {
                p { (figure.caption) }
                @for note in &figure.notes { p.note { (note) } }
                (files(contents.largest_table_bytes, folder, &id, figure))
            }
        }
    }
}

/// The class that gives a panel its part of the page's width.
fn width(panel: &Panel) -> &'static str {
    match panel.width {
        width if width > HALF_WIDTH * 1.05 => "full",
        width if width > THIRD_WIDTH * 1.05 => "half",
        width if width > THIRD_WIDTH * 0.9 => "third",
        _ => "quarter",
    }
}

/// Links to the figure's files: made from the page by its script, or else beside the page.
fn files(largest_table_bytes: usize, folder: &str, id: &str, figure: &Figure) -> Markup {
    let beside = match folder {
        "" => format!("{FIGURES}/{}", figure.name),
        folder => format!("{FIGURES}/{folder}/{}", figure.name),
    };
    let table = figure.data.as_ref().and_then(|data| packed(&data.csv(), largest_table_bytes));
    html! {
        p.files {
            @for (kind, label, title) in [
                ("svg", "SVG", "The picture, for editing"),
                ("pdf", "PDF", "Print this figure alone, or save it as PDF"),
                ("png", "PNG", "The picture at 300 dots per inch"),
            ] {
                a href={ (beside) "." (kind) } download={ (id) "." (kind) } data-make=(kind) title=(title) { (label) }
                " "
            }
            @match table {
                Some(packed) => a href={ (beside) ".csv" } download={ (id) ".csv" } data-make="csv" data-gzip=(packed) title="The numbers drawn" { "CSV" },
                None if figure.data.is_some() => a href={ (beside) ".csv" } title="The numbers drawn, in the file beside this page" { "CSV (beside this page)" },
                None => {},
            }
            " " code { (beside) ".*" }
        }
    }
}

/// A table as a page carries it; none if it is too large.
fn packed(csv: &str, largest_bytes: usize) -> Option<String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(csv.as_bytes()).ok()?;
    let bytes = encoder.finish().ok()?;
    (bytes.len() <= largest_bytes).then(|| STANDARD.encode(bytes))
}
