//! A matrix of divergences: quiescent densities across, active ones down. Figure 2e of the paper and the
//! comparison of a report's own runs are drawn by it, with one law of colours.

use crate::axes::color_bar;
use crate::color::ColorMap;
use crate::figure::{FULL_WIDTH, Panel};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::{KlCell, KlMatrix};
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use quiescent::readable;

const CELL_HEIGHT: f64 = 52.0;
/// Widest and narrowest cells; a matrix of very many columns is wider than a page.
const CELL_WIDTHS: [f64; 2] = [44.0, 110.0];
/// Share of the colour map that cells use: the palest still differs from the page.
const PALEST: f64 = 0.06;
const DARKEST: f64 = 0.85;

/// The matrix and the key of its shades; none if no cell holds a finite value.
pub(super) fn panels(matrix: &KlMatrix, id: &str) -> Option<Vec<Vec<Panel>>> {
    let cells = matrix.cells.iter().flatten().flatten();
    let scale = scale(cells.map(|cell| cell.mean))?;
    Some(vec![vec![panel(matrix, scale)], vec![bar(scale, id)]])
}

/// In how many columns the network's own cell is the smallest, as a sentence; nothing if no column has
/// its own cell and another.
pub(super) fn nearest_to_own(matrix: &KlMatrix) -> String {
    let (mut columns, mut nearest) = (0, 0);
    for (column, name) in matrix.columns.iter().enumerate() {
        let value = |row: usize| matrix.cells[row][column].map_or(f64::NAN, |cell| cell.mean);
        let Some(own) = matrix.rows.iter().position(|row| row == name) else { continue };
        let others: Vec<f64> = (0..matrix.rows.len())
            .filter(|row| *row != own)
            .map(value)
            .filter(|nats| !nats.is_nan())
            .collect();
        if value(own).is_nan() || others.is_empty() {
            continue;
        }
        columns += 1;
        nearest += usize::from(others.into_iter().all(|nats| value(own) < nats));
    }
    match (columns, nearest) {
        (0, _) => String::new(),
        (1, 0) => "Here it is not.".into(),
        (1, _) => "Here it is.".into(),
        _ => format!("Here it is in {nearest} of {columns} columns."),
    }
}

/// The cells as numbers.
pub(super) fn table(matrix: &KlMatrix) -> Rows {
    let mut rows =
        Rows::new("active_of,quiescent_of,kl_nats,low_nats,high_nats,seeds,sd_over_seeds_nats");
    for (active, line) in matrix.rows.iter().zip(&matrix.cells) {
        for (quiescent, cell) in matrix.columns.iter().zip(line) {
            rows.push([
                ("active_of", active.as_str().into()),
                ("quiescent_of", quiescent.as_str().into()),
                ("kl_nats", cell.map(|c| c.mean).into()),
                ("low_nats", cell.map(|c| c.low).into()),
                ("high_nats", cell.map(|c| c.high).into()),
                ("seeds", cell.map(|c| c.seeds).into()),
                ("sd_over_seeds_nats", cell.and_then(|c| c.sd_over_seeds).into()),
            ]);
        }
    }
    rows
}

/// A logarithmic scale over the positive values; estimates may lie at or below zero.
fn scale(means: impl Iterator<Item = f64>) -> Option<Scale> {
    let finite: Vec<f64> = means.filter(|v| v.is_finite()).collect();
    let positive = finite.iter().copied().filter(|v| *v > 0.0);
    let max = positive.clone().fold(f64::NEG_INFINITY, f64::max);
    let min = positive.fold(f64::INFINITY, f64::min);
    if finite.is_empty() {
        return None;
    }
    if max <= 0.0 {
        return Some(Scale::Log { min: 0.1, max: 1.0 });
    }
    // A single value must not span the scale alone.
    Some(Scale::Log { min: min.min(max / 10.0), max })
}

/// Fraction along the colour map of a divergence.
fn shade(scale: Scale, value: f64) -> f64 {
    let fraction = if value == f64::INFINITY { 1.0 } else { scale.fraction(value).unwrap_or(0.0) };
    PALEST + (DARKEST - PALEST) * fraction.clamp(0.0, 1.0)
}

fn panel(matrix: &KlMatrix, scale: Scale) -> Panel {
    let (left, top) = (142.0, 66.0);
    let [narrowest, widest] = CELL_WIDTHS;
    let width = ((FULL_WIDTH - left - 12.0) / matrix.columns.len() as f64).clamp(narrowest, widest);
    let mut svg = Svg::default();
    let across = width * matrix.columns.len() as f64;
    let down = CELL_HEIGHT * matrix.rows.len() as f64;
    svg.text((left + across / 2.0, 18.0), "Quiescent density of", Text::TITLE);
    let turned = Text { rotate: -90.0, ..Text::TITLE };
    svg.text((18.0, top + down / 2.0), "Active density of", turned);
    for (column, label) in matrix.columns.iter().enumerate() {
        let lines = wrapped(label, width - 6.0);
        for (i, line) in lines.iter().enumerate() {
            let y = top - 8.0 - 13.0 * (lines.len() - 1 - i) as f64;
            svg.text((left + (column as f64 + 0.5) * width, y), line, Text::SMALL);
        }
    }
    for (row, label) in matrix.rows.iter().enumerate() {
        let lines = wrapped(label, left - 44.0);
        let middle = top + (row as f64 + 0.5) * CELL_HEIGHT + 4.0;
        for (i, line) in lines.iter().enumerate() {
            let y = middle + 13.0 * (i as f64 - (lines.len() - 1) as f64 / 2.0);
            svg.text((left - 8.0, y), line, Text::SMALL.anchor(Anchor::End));
        }
    }
    let mut outlines = Vec::new();
    for (row, line) in matrix.cells.iter().enumerate() {
        for (column, cell) in line.iter().enumerate() {
            let at = (left + column as f64 * width, top + row as f64 * CELL_HEIGHT);
            draw_cell(&mut svg, at, width, cell.as_ref(), scale);
            if matrix.rows[row] == matrix.columns[column] {
                outlines.push(at);
            }
        }
    }
    // On top of every neighbour.
    for (x, y) in outlines {
        let size = (width - 3.0, CELL_HEIGHT - 3.0);
        svg.rect((x + 1.5, y + 1.5), size, "none", Some(Stroke::new("#111111", 3.0)));
    }
    Panel::new(
        svg,
        (FULL_WIDTH.max(left + across + 12.0), top + down + 14.0),
        format!(
            "Matrix of divergences in nats: {} active densities by {} quiescent ones",
            matrix.rows.len(),
            matrix.columns.len()
        ),
    )
}

fn draw_cell(svg: &mut Svg, (x, y): (f64, f64), width: f64, cell: Option<&KlCell>, scale: Scale) {
    let rim = Some(Stroke::new("#ffffff", 1.0));
    let middle = x + width / 2.0;
    let Some(cell) = cell.filter(|cell| !cell.mean.is_nan()) else {
        svg.rect((x, y), (width, CELL_HEIGHT), "#f2f2f2", rim);
        svg.text((middle, y + CELL_HEIGHT / 2.0 + 4.0), "–", Text::LABEL);
        return;
    };
    let shade = shade(scale, cell.mean);
    svg.rect((x, y), (width, CELL_HEIGHT), &ColorMap::Density.at(shade), rim);
    let color = if shade > 0.45 { "#ffffff" } else { "#1a1a1a" };
    let value = Text { bold: true, size: 13.0, color, ..Text::LABEL };
    svg.text((middle, y + 24.0), &readable::number(cell.mean, 3), value);
    let spread = match cell.sd_over_seeds {
        Some(sd) if cell.seeds > 1 && sd.is_finite() => format!("±{}", readable::number(sd, 2)),
        _ if cell.low.is_nan() || cell.high.is_nan() => return,
        _ => format!("{} – {}", readable::number(cell.low, 2), readable::number(cell.high, 2)),
    };
    // Narrow cells take smaller letters, down to what can still be read.
    let size = (11.0 * (width - 8.0) / text_width(&spread, 11.0)).clamp(8.0, 11.0);
    svg.text((middle, y + 41.0), &spread, Text { size, color, ..Text::SMALL });
}

/// A label in two lines if it is too wide for one, broken at its last space.
fn wrapped(label: &str, width: f64) -> Vec<&str> {
    match label.rsplit_once(' ') {
        Some((first, second)) if text_width(label, Text::SMALL.size) > width => {
            vec![first, second]
        }
        _ => vec![label],
    }
}

fn bar(scale: Scale, id: &str) -> Panel {
    let ticks: Vec<(f64, String)> = scale
        .ticks(4)
        .into_iter()
        .filter_map(|tick| {
            let fraction = shade(scale, tick.value);
            Some((fraction, tick.label)).filter(|_| scale.fraction(tick.value).is_some())
        })
        .collect();
    color_bar(&format!("{id}-bar"), ColorMap::Density, "KL divergence (nats)", &ticks)
}
