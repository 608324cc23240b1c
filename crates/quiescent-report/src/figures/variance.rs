//! Explained variance of hidden activity, active against quiescent.

use super::components::{COMPONENTS, FITTED_ROWS, Fits};
use super::marks::{CurveStyle, Mark};
use crate::axes::{Frame, counts};
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Anchor, Svg, Text};
use crate::table::Table;
use crate::view::{PhaseKind, RunView};
use quiescent::readable;

pub(super) fn draw(run: &RunView, fits: &Fits, id: &str) -> Result<Figure, Missing> {
    let title = "Dimensionality".to_owned();
    let curves: Vec<(PhaseKind, Vec<f64>)> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| {
            let fit = fits.of(*kind).as_ref().ok()?;
            let mut cumulative = fit.pca.cumulative_explained_variance();
            cumulative.truncate(COMPONENTS);
            Some((*kind, cumulative))
        })
        .collect();
    let why_not = fits.why_not();
    if curves.is_empty() {
        return Err(Missing { title, reason: why_not.join(" ") });
    }
    Ok(Figure {
        name: "variance".into(),
        title,
        caption: format!(
            "The curves show how much of the variance of all {} units the leading principal \
             components explain together. Each phase has its own components, fitted to at most \
             {} states ({}). \
             If a curve rises fast, activity lies near a surface of few dimensions. If the two \
             curves coincide, the activity has as many dimensions in both phases. Noise in every \
             unit lowers both curves.",
            run.experiment.network.units,
            readable::count(FITTED_ROWS as u64),
            run.lengths(),
        ),
        notes: why_not,
        rows: vec![vec![panel(&curves, id)]],
        data: Some(table(&curves)),
    })
}

fn table(curves: &[(PhaseKind, Vec<f64>)]) -> Table {
    let mut table = Table::new(&["component", "phase", "cumulative_explained_variance"]);
    for (kind, cumulative) in curves {
        for (component, share) in (1u64..).zip(cumulative) {
            table.push([component.into(), kind.key().into(), (*share).into()]);
        }
    }
    table
}

fn panel(curves: &[(PhaseKind, Vec<f64>)], id: &str) -> Panel {
    let frame = Frame::new(
        (58.0, 20.0),
        (HALF_WIDTH - 58.0 - 20.0, 180.0),
        Scale::linear(0.5, COMPONENTS as f64 + 0.5),
        Scale::linear(0.0, 1.02),
    );
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    svg.clipped(id, (frame.left, frame.top - 4.0), (frame.width, frame.height + 8.0), |svg| {
        for (kind, cumulative) in curves {
            let points: Vec<(f64, f64)> = cumulative
                .iter()
                .enumerate()
                .filter_map(|(i, share)| frame.place((i + 1) as f64, *share))
                .collect();
            style(*kind).draw(svg, &points);
        }
    });
    frame.draw_axes_at(
        &mut svg,
        &counts(COMPONENTS),
        "Principal components",
        "Cumulative explained variance",
        40.0,
    );
    let legend_y = frame.bottom() + 54.0;
    for (i, (kind, ..)) in curves.iter().enumerate() {
        let x = frame.left + 20.0 + 120.0 * i as f64;
        let y = legend_y - 4.0;
        style(*kind).draw(&mut svg, &[(x, y), (x + 26.0, y)]);
        svg.text((x + 36.0, legend_y), kind.title(), Text::SMALL.anchor(Anchor::Start));
    }
    Panel::new(
        svg,
        (HALF_WIDTH, legend_y + 10.0),
        "Cumulative explained variance of the first principal components of both phases",
    )
}

fn style(kind: PhaseKind) -> CurveStyle {
    match kind {
        PhaseKind::Active => CurveStyle { color: kind.color(), dash: None, mark: Mark::Disc },
        PhaseKind::Quiescent => {
            CurveStyle { color: kind.color(), dash: Some("5 3"), mark: Mark::Diamond }
        }
    }
}
