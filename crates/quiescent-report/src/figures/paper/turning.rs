//! Figure C.5: angular velocity of decoded headings, active and quiescent.

use quiescent::analysis::turning::Turning;
use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{
    Averaged, BOTH, Runs, averaged, because, color, measured, motion, not_finite, phase_title,
};
use crate::axes::Frame;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::study_view::StudyRun;
use crate::svg::{Anchor, Stroke, Svg, Text};
use quiescent::readable;

/// Bins below this share of the highest are left out at both ends of an axis.
const FAINT: f64 = 2e-3;

/// Turns of one phase of a condition.
struct Turns {
    condition: Condition,
    phase: PhaseKey,
    edges: Vec<f64>,
    /// Density in each bin, mean over seeds.
    density: Vec<f64>,
    mean: Averaged,
    /// Share of turns beyond the edges.
    beyond: f64,
}

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    let mut notes = runs.gaps(&Condition::HEADINGS)?;
    let mut found: Vec<Vec<Turns>> = Vec::new();
    for condition in Condition::HEADINGS {
        let phases = BOTH.into_iter();
        let row: Vec<Turns> =
            phases.filter_map(|phase| Turns::of(&runs.of(condition), phase, &mut notes)).collect();
        if !row.is_empty() {
            found.push(row);
        }
    }
    if found.is_empty() {
        return Err(because(&notes));
    }
    for turns in found.iter().flatten().filter(|turns| turns.beyond > 0.0) {
        notes.push(format!(
            "{} % of the {} turns of {} lie beyond the histogram.",
            readable::number(100.0 * turns.beyond, 2),
            turns.phase.label(),
            turns.condition
        ));
    }
    let range = |phase| range(found.iter().flatten().filter(|turns| turns.phase == phase));
    let ranges = [range(PhaseKey::Active), range(PhaseKey::Quiescent)];
    let panels = found
        .iter()
        .map(|row| {
            let panel = |turns: &Turns| {
                let range = ranges[usize::from(turns.phase != PhaseKey::Active)];
                turns.panel(range, id)
            };
            row.iter().map(panel).collect()
        })
        .collect();
    let largest = found.iter().flatten().map(|turns| turns.mean.spread.seeds).max().unwrap_or(0);
    Ok(Drawn {
        caption: format!(
            "The histograms show the turn of the decoded heading from step to step, with \
             counter-clockwise turns positive, over whole trials. They are densities, as means over \
             seeds ({}). The solid line is the mean turn, the grey band behind it is {}, and the \
             dashed line is no turn. Each phase has a horizontal axis of its own, which its \
             panels share. If the quiescent phase keeps the bias of turning, its mean is near zero \
             after training on turns in both directions, and positive after training on \
             counter-clockwise turns alone.",
            averaged(runs, &Condition::HEADINGS),
            if largest > 1 {
                "±1 standard deviation over seeds (or, for a single seed, its interval over trials)"
            } else {
                "its interval over the trials of the one seed"
            }
        ),
        notes,
        panels,
        data: table(&found),
    })
}

fn table(found: &[Vec<Turns>]) -> Rows {
    let mut rows = Rows::new(
        "condition,phase,part,from_rad_per_step,to_rad_per_step,density_per_rad,\
         mean_rad_per_step,low_rad_per_step,high_rad_per_step,sd_over_seeds_rad_per_step,seeds",
    );
    for turns in found.iter().flatten() {
        rows.always("condition", turns.condition.to_string());
        rows.always("phase", turns.phase.name());
        rows.always("seeds", turns.mean.spread.seeds);
        let mean = turns.mean.fields([
            "mean_rad_per_step",
            "low_rad_per_step",
            "high_rad_per_step",
            "sd_over_seeds_rad_per_step",
        ]);
        rows.push(mean.into_iter().chain([("part", "mean".into())]));
        for (edges, density) in turns.edges.windows(2).zip(&turns.density) {
            rows.push([
                ("part", "histogram".into()),
                ("from_rad_per_step", edges[0].into()),
                ("to_rad_per_step", edges[1].into()),
                ("density_per_rad", (*density).into()),
            ]);
        }
    }
    rows
}

/// The turns worth showing: bins that are not faint, and zero.
fn range<'a>(all: impl Iterator<Item = &'a Turns>) -> (f64, f64) {
    let (mut low, mut high) = (0.0, 0.0);
    for turns in all {
        let highest = turns.density.iter().copied().fold(0.0, f64::max);
        for (edges, density) in turns.edges.windows(2).zip(&turns.density) {
            if *density > FAINT * highest {
                low = f64::min(low, edges[0]);
                high = f64::max(high, edges[1]);
            }
        }
    }
    (low, high)
}

impl Turns {
    fn of(runs: &[&StudyRun<'_>], phase: PhaseKey, notes: &mut Vec<String>) -> Option<Self> {
        let sound = |turning: &&Turning| {
            let histogram = &turning.histogram;
            histogram.edges_rad.len() == histogram.density_per_rad.len() + 1
                && histogram.edges_rad.len() > 1
                && histogram.edges_rad.iter().all(|v| v.is_finite())
                && histogram.edges_rad.is_sorted_by(|a, b| a < b)
                && histogram.density_per_rad.iter().all(|v| v.is_finite())
        };
        let found: Vec<(&RunStudy, &Turning)> = runs
            .iter()
            .filter_map(|run| {
                let of = measured(run.study, phase, "turns", |p| p.turning.as_ref(), notes)?;
                Some((run.study, of)).filter(|(_, turning)| sound(turning))
            })
            .collect();
        let (first, turning) = *found.first()?;
        let edges = turning.histogram.edges_rad.clone();
        let alike: Vec<&Turning> = found
            .iter()
            .map(|(_, turning)| *turning)
            .filter(|turning| turning.histogram.edges_rad == edges)
            .collect();
        if alike.len() < found.len() {
            notes.push(format!(
                "The bins of {} ({}) differ between seeds. The histogram is of the seeds with \
                 the bins of seed {}.",
                first.condition,
                phase.label(),
                first.seed
            ));
        }
        let bins = 0..edges.len() - 1;
        let mean_of = |bin: usize| {
            let sum: f64 = alike.iter().map(|t| t.histogram.density_per_rad[bin]).sum();
            sum / alike.len() as f64
        };
        let means = found.iter().map(|(_, turning)| {
            [turning.mean_rad_per_step, turning.interval.low, turning.interval.high]
        });
        let Some(mean) = Averaged::of(means) else {
            notes.push(not_finite(first.condition, phase, "mean turn"));
            return None;
        };
        let beyond: u64 =
            alike.iter().map(|t| t.histogram.below.saturating_add(t.histogram.above)).sum();
        let inside: u64 = alike.iter().flat_map(|t| &t.histogram.counts).sum();
        Some(Self {
            condition: first.condition,
            phase,
            density: bins.map(mean_of).collect(),
            edges,
            mean,
            beyond: beyond as f64 / (beyond.saturating_add(inside)).max(1) as f64,
        })
    }

    fn panel(&self, (low, high): (f64, f64), id: &str) -> Panel {
        let color = color(self.phase);
        let highest = self.density.iter().copied().fold(0.0, f64::max);
        let frame = Frame::new(
            (58.0, 48.0),
            (HALF_WIDTH - 58.0 - 20.0, 180.0),
            Scale::linear(low, high),
            Scale::linear(0.0, highest * 1.08),
        );
        let bias = motion(self.condition);
        let mut svg = Svg::default();
        frame.draw_grid(&mut svg);
        let id = format!("{id}-{bias}-{}", self.phase.name());
        svg.clipped(&id, frame.at(), frame.size(), |svg| {
            let steps = self.edges.windows(2).zip(&self.density);
            let mut outline: Vec<(f64, f64)> = steps
                .flat_map(|(edges, density)| [(edges[0], *density), (edges[1], *density)])
                .filter_map(|(x, y)| frame.place(x, y))
                .collect();
            if let (Some(first), Some(last)) = (outline.first().copied(), outline.last().copied()) {
                outline.push((last.0, frame.bottom()));
                outline.push((first.0, frame.bottom()));
                svg.polygon(&outline, color, 0.28, Stroke::new(color, 1.4));
            }
            if let Some((x, _)) = frame.place(0.0, 0.0) {
                let still = Stroke::new("#8a8a8a", 1.2).dash(Some("4 3"));
                svg.line((x, frame.top), (x, frame.bottom()), still);
            }
            let ends = self
                .mean
                .interval
                .and_then(|(a, b)| Some((frame.place(a, 0.0)?.0, frame.place(b, 0.0)?.0)));
            if let Some((from, to)) = ends {
                let corners = [
                    (from, frame.top),
                    (to, frame.top),
                    (to, frame.bottom()),
                    (from, frame.bottom()),
                ];
                svg.polygon(&corners, "#222222", 0.25, Stroke::new("none", 0.0));
            }
            if let Some((x, _)) = frame.place(self.mean.spread.mean, 0.0) {
                svg.line((x, frame.top), (x, frame.bottom()), Stroke::new("#111111", 1.6));
            }
        });
        let phase = phase_title(self.phase);
        let middle = frame.left + frame.width / 2.0;
        svg.text((middle, 18.0), &format!("{phase}, {bias}"), Text::TITLE.color(color));
        svg.text((middle, 36.0), &self.words(), Text::SMALL.anchor(Anchor::Middle));
        frame.draw_axes(&mut svg, "Decoded turn (rad/step)", "Density (1/rad)");
        Panel::new(
            svg,
            (HALF_WIDTH, frame.bottom() + 46.0),
            format!(
                "Histogram of decoded turns of the {} phase of {}",
                self.phase.label(),
                self.condition
            ),
        )
    }

    /// `mean 0.0151 rad/step (0.0148 to 0.0154)`.
    fn words(&self) -> String {
        let mean = self.mean.spread.mean;
        match (self.mean.spread.sd, self.mean.interval) {
            (Some(sd), _) => {
                format!(
                    "mean {} ± {} rad/step",
                    readable::beside(mean, sd),
                    readable::beside(sd, sd)
                )
            }
            (None, Some((low, high))) => format!(
                "mean {} rad/step ({} to {})",
                readable::beside(mean, high - low),
                readable::beside(low, high - low),
                readable::beside(high, high - low)
            ),
            (None, None) => format!("mean {} rad/step", readable::number(mean, 3)),
        }
    }
}
