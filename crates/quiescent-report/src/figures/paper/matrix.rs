//! Figure 2e: divergences of the quiescent densities of all networks from the active ones.

use quiescent::paper::{Protocol, TaskKind};

use crate::axes::color_bar;
use crate::color::ColorMap;
use crate::figure::{FULL_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::{KlCell, KlMatrix};
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use quiescent::readable;

const CELL_HEIGHT: f64 = 52.0;
/// Share of the colour map that cells use: the palest still differs from the page.
const PALEST: f64 = 0.06;
const DARKEST: f64 = 0.85;

pub(super) fn draw(matrix: Option<&KlMatrix>, id: &str) -> Drawing {
    let matrix = matrix
        .ok_or("No matrix of divergences between the densities of these runs has been measured.")?;
    let (rows, columns) = (matrix.rows.len(), matrix.columns.len());
    if matrix.cells.len() != rows || matrix.cells.iter().any(|line| line.len() != columns) {
        return Err(
            "The matrix of divergences does not have one cell for each pair of labels.".into()
        );
    }
    let cells = matrix.cells.iter().flatten().flatten();
    let scale = scale(cells.clone().map(|cell| cell.mean))
        .ok_or("The matrix of divergences holds no finite value.")?;
    let seeds = cells.clone().map(|cell| cell.seeds).max().unwrap_or(0);
    let gaps = matrix.cells.iter().flatten().any(Option::is_none);
    Ok(Drawn {
        caption: format!(
            "Each cell is a divergence KL(quiescent ‖ active), in nats, between densities of \
             decoded positions. It tells how badly the waking density of the network at the left \
             describes the rest of the network at the top. {} Shades are logarithmic, and a \
             paler cell is a smaller divergence. Cells that compare a network with itself have a \
             thick outline. If rest resembles its own network’s waking, each outlined cell is \
             the palest of its column. The densities of rest are of its first {} steps.",
            if seeds > 1 {
                format!(
                    "The numbers are the mean over seeds (up to {seeds}) and ±1 standard \
                     deviation over them or, where there is only one seed, its interval over \
                     trials."
                )
            } else {
                "The numbers are the value of one seed and its interval over trials.".into()
            },
            Protocol::paper(TaskKind::Spatial).density_steps,
        ),
        notes: if gaps {
            vec!["A dash means that this divergence was not measured.".into()]
        } else {
            vec![]
        },
        panels: vec![vec![panel(matrix, scale)], vec![bar(scale, id)]],
        data: table(matrix),
    })
}

fn table(matrix: &KlMatrix) -> Rows {
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
    let width = ((FULL_WIDTH - left - 12.0) / matrix.columns.len() as f64).min(110.0);
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
        (FULL_WIDTH, top + down + 14.0),
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
