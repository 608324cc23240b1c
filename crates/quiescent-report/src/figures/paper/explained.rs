//! Figure 1c: cumulative explained variance of hidden activity.

use quiescent::paper::{Condition, PhaseKey};

use super::select::{
    BOTH, Runs, Spread, because, color, measured, no_run, seconds, seeds, spread_words,
};
use crate::axes::{Frame, counts};
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::components::COMPONENTS;
use crate::figures::draw::{Entry, OTHER_REST, draw_legend, error_bar};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::StudyRun;
use crate::svg::Svg;
use quiescent::readable;

/// Cumulative explained variance of a phase: the mean over seeds for 1, 2, … components.
pub(super) struct Curve {
    pub phase: PhaseKey,
    pub points: Vec<Spread>,
}

const CONDITION: Condition = Condition::NOISY_UNBIASED;

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    let group = runs.of(CONDITION);
    let mut notes = Vec::new();
    let curves = curves(&group, &BOTH, &mut notes);
    if curves.is_empty() {
        let reason = if group.is_empty() { no_run(&[CONDITION]) } else { because(&notes) };
        return Err(reason);
    }
    let protocol = group[0].study.protocol;
    let mut rows = Rows::new("phase,component,cumulative_explained_variance,sd_over_seeds,seeds");
    fill(&mut rows, &curves);
    Ok(Drawn {
        caption: format!(
            "The curves show how much of the variance of all {} units the first {COMPONENTS} \
             principal components explain together in {CONDITION}. Each phase has its own \
             components (from {} active trials, and from the first {} of as many quiescent \
             trials). Values are {}. {} If the two curves coincide, the activity has \
             as many dimensions in both phases.",
            group[0].study.units,
            readable::count(protocol.trials as u64),
            seconds(group[0].study, protocol.component_steps),
            match group.len() {
                1 => format!("of {}", seeds(&group)),
                _ => format!("means over {}", seeds(&group)),
            },
            spread_words(group.len(), "Bars", "With one seed there are no error bars."),
        ),
        notes,
        panels: vec![vec![panel(&curves, None, HALF_WIDTH, id)]],
        data: rows,
    })
}

pub(super) fn curves(
    runs: &[&StudyRun<'_>],
    phases: &[PhaseKey],
    notes: &mut Vec<String>,
) -> Vec<Curve> {
    let mut curves = Vec::new();
    for &phase in phases {
        let found: Vec<&[f64]> = runs
            .iter()
            .filter_map(|run| {
                let what = "explained variance";
                let of = measured(run.study, phase, what, |p| p.components.as_ref(), notes)?;
                Some(of.cumulative_explained_variance.as_slice())
            })
            .collect();
        // Only components that every seed has: a mean over fewer would bend the curve.
        let common = found.iter().map(|curve| curve.len()).min().unwrap_or(0).min(COMPONENTS);
        let points: Vec<Spread> =
            (0..common).map_while(|k| Spread::of(found.iter().map(|curve| curve[k]))).collect();
        if !points.is_empty() {
            curves.push(Curve { phase, points });
        }
    }
    curves
}

/// Adds the curves to a table that has these columns.
pub(super) fn fill(rows: &mut Rows, curves: &[Curve]) {
    for curve in curves {
        for (k, spread) in curve.points.iter().enumerate() {
            rows.push([
                ("phase", curve.phase.name().into()),
                ("component", (k + 1).into()),
                ("cumulative_explained_variance", spread.mean.into()),
                ("sd_over_seeds", spread.sd.into()),
                ("seeds", spread.seeds.into()),
            ]);
        }
    }
}

/// How a phase's curves and points look.
pub(super) fn look(phase: PhaseKey) -> (&'static str, CurveStyle) {
    let style = |color, dash, mark| CurveStyle { color, dash, mark };
    match phase {
        PhaseKey::Active => ("active", style(color(phase), None, Mark::Disc)),
        PhaseKey::SameNoise => {
            ("quiescent, noise not doubled", style(OTHER_REST, Some("2 3"), Mark::Square))
        }
        _ => ("quiescent", style(color(phase), Some("5 3"), Mark::Diamond)),
    }
}

pub(super) fn panel(curves: &[Curve], title: Option<&str>, width: f64, id: &str) -> Panel {
    let frame = Frame::new(
        (58.0, if title.is_some() { 34.0 } else { 20.0 }),
        (width - 58.0 - 20.0, 180.0),
        Scale::linear(0.5, COMPONENTS as f64 + 0.5),
        Scale::linear(0.0, 1.02),
    );
    let mut svg = Svg::default();
    if let Some(title) = title {
        frame.draw_title(&mut svg, title, "#222222");
    }
    frame.draw_grid(&mut svg);
    svg.clipped(id, (frame.left, frame.top - 4.0), (frame.width, frame.height + 8.0), |svg| {
        for curve in curves {
            let (_, style) = look(curve.phase);
            let points = curve.points.iter().enumerate();
            for (k, spread) in points.clone() {
                if let Some(bar) = spread.bar() {
                    error_bar(svg, &frame, (k + 1) as f64, bar, style.color);
                }
            }
            let places = points.filter_map(|(k, spread)| frame.place((k + 1) as f64, spread.mean));
            style.draw(svg, &places.collect::<Vec<_>>());
        }
    });
    let label = "Cumulative explained variance";
    frame.draw_axes_at(&mut svg, &counts(COMPONENTS), "Principal components", label, 40.0);
    let entries: Vec<Entry> = curves
        .iter()
        .map(|curve| {
            let (label, style) = look(curve.phase);
            Entry::marked(label, style)
        })
        .collect();
    let columns = if entries.len() > 2 { 1 } else { 2 };
    let top = frame.bottom() + 54.0;
    let height = draw_legend(&mut svg, (frame.left, top), &entries, columns, frame.width);
    Panel::new(
        svg,
        (width, top + height - 6.0),
        "Cumulative explained variance of the first principal components of each phase",
    )
}
