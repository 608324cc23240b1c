//! Figures 3a,b: polar histograms of decoded headings.

use std::f64::consts::{PI, TAU};

use quiescent::measure::HeadingDensity;
use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{
    BOTH, Runs, because, color, failed, measured, motion, no_run, phase_title, seconds,
};
use crate::axes::Dial;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg, Text};
use quiescent::readable;

/// The headings of one phase of a network.
struct Rose<'a> {
    study: &'a RunStudy,
    phase: PhaseKey,
    headings: &'a HeadingDensity,
}

pub(super) fn draw(runs: &Runs<'_>) -> Drawing {
    let mut notes = runs.missing(&Condition::HEADINGS[..1]);
    let studies: Vec<&RunStudy> =
        Condition::HEADINGS.into_iter().filter_map(|c| runs.example(c).ok()).collect();
    if studies.is_empty() {
        return Err(no_run(&Condition::HEADINGS));
    }
    let rows: Vec<Vec<Rose<'_>>> = studies
        .iter()
        .map(|study| {
            let phases = BOTH.into_iter();
            phases.filter_map(|phase| Rose::find(study, phase, &mut notes)).collect()
        })
        .filter(|row: &Vec<_>| !row.is_empty())
        .collect();
    if rows.is_empty() {
        return Err(because(&notes));
    }
    let highest = rows.iter().flatten().map(Rose::highest).fold(1.0 / TAU, f64::max);
    let panels = rows
        .iter()
        .map(|row| row.iter().map(|rose| rose.panel(highest, studies.len() > 1)).collect())
        .collect();
    let networks: Vec<String> =
        studies.iter().map(|study| format!("{} (seed {})", study.condition, study.seed)).collect();
    let protocol = studies[0].protocol;
    Ok(Drawn {
        caption: format!(
            "The dials show how often each heading is decoded in {}, in {} active trials and in \
             the first {} of as many quiescent trials. The sectors are a histogram whose radius is \
             the density, and the line is the von Mises kernel density. The dashed grey circle \
             marks a uniform density, 1/2π = {} per rad. All dials have one scale. If the network \
             reactivates its active states, each heading is decoded about as often while \
             quiescent as while active.",
            networks.join(" and "),
            readable::count(protocol.trials as u64),
            seconds(studies[0], protocol.density_steps),
            readable::number(1.0 / TAU, 2),
        ),
        notes,
        panels,
        data: table(&rows),
    })
}

fn table(roses: &[Vec<Rose<'_>>]) -> Rows {
    let mut rows = Rows::new("condition,seed,phase,estimator,heading_rad,count,density_per_rad");
    for rose in roses.iter().flatten() {
        let histogram = &rose.headings.histogram;
        let mut push = |estimator: &str, heading: f64, count: Option<u64>, density: f64| {
            rows.push([
                ("condition", rose.study.condition.to_string().into()),
                ("seed", rose.study.seed.into()),
                ("phase", rose.phase.name().into()),
                ("estimator", estimator.into()),
                ("heading_rad", heading.into()),
                ("count", count.into()),
                ("density_per_rad", density.into()),
            ]);
        };
        for (i, (centre, density)) in
            histogram.centres_rad.iter().zip(&histogram.density_per_rad).enumerate()
        {
            push("histogram", *centre, histogram.counts.get(i).copied(), *density);
        }
        for (node, density) in rose.headings.nodes_rad.iter().zip(&rose.headings.density_per_rad) {
            push("von_mises_kernel", *node, None, *density);
        }
    }
    rows
}

impl<'a> Rose<'a> {
    fn find(study: &'a RunStudy, phase: PhaseKey, notes: &mut Vec<String>) -> Option<Self> {
        let headings = measured(study, phase, "headings", |p| p.headings.as_ref(), notes)?;
        if !headings.histogram.density_per_rad.iter().any(|v| v.is_finite()) {
            notes.push(failed(study, "headings", "its histogram holds no density"));
            return None;
        }
        Some(Self { study, phase, headings })
    }

    fn highest(&self) -> f64 {
        let all = self.headings.histogram.density_per_rad.iter();
        let all = all.chain(&self.headings.density_per_rad).filter(|v| v.is_finite());
        all.copied().fold(0.0, f64::max)
    }

    fn panel(&self, highest: f64, several: bool) -> Panel {
        let dial = Dial { center: (HALF_WIDTH / 2.0, 158.0), radius: 108.0 };
        let color = color(self.phase);
        let scale = Scale::linear(0.0, highest * 1.05);
        let mut svg = Svg::default();
        let circles = dial.draw_scale(&mut svg, &scale);
        let histogram = &self.headings.histogram;
        let half = PI / histogram.centres_rad.len().max(1) as f64;
        for (centre, density) in histogram.centres_rad.iter().zip(&histogram.density_per_rad) {
            let Some(radius) = scale.fraction(*density) else { continue };
            // A sector: its two straight sides, and its arc in short pieces.
            let arc = (0..=6).map(|i| centre - half + 2.0 * half * f64::from(i) / 6.0);
            let mut corners = vec![dial.center];
            corners.extend(arc.filter_map(|heading| dial.place(heading, radius)));
            if corners.len() > 2 {
                svg.polygon(&corners, color, 0.28, Stroke::new(color, 0.6).opacity(0.6));
            }
        }
        let nodes = self.headings.nodes_rad.iter().zip(&self.headings.density_per_rad);
        let mut line: Vec<Option<(f64, f64)>> = nodes
            .map(|(heading, density)| dial.place(*heading, scale.fraction(*density)?))
            .collect();
        if let Some(first) = line.first().copied() {
            line.push(first);
        }
        svg.path(line, Stroke::new(color, 2.0));
        if let Some(even) = scale.fraction(1.0 / TAU) {
            let stroke = Stroke::new("#6a6a6a", 1.2).dash(Some("4 3"));
            svg.circle(dial.center, even * dial.radius, "none", Some(stroke));
        }
        dial.draw_radius_labels(&mut svg, &circles);
        let (x, y) = dial.center;
        let (phase, bias) = (phase_title(self.phase), motion(self.study.condition));
        let title = if several { format!("{phase}, {bias}") } else { phase.into() };
        svg.text((x, y - dial.radius - 28.0), &title, Text::TITLE.color(color));
        let remark = "angle: heading (rad); radius: density (1/rad)";
        svg.text((x, y + dial.radius + 34.0), remark, Text::SMALL);
        Panel::new(
            svg,
            (HALF_WIDTH, y + dial.radius + 44.0),
            format!(
                "Polar histogram of the headings of the {} phase of {}",
                self.phase.label(),
                self.study.condition
            ),
        )
    }
}
