//! Figures C.3 and C.4: does the quiescent phase need noise? Trajectories and step distances with and
//! without.

use quiescent::analysis::bootstrap::Measured;
use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{
    Averaged, Runs, averaged, because, color, interval_words, measured, not_finite, seconds,
};
use super::trajectories::{self, Example};
use crate::axes::Frame;
use crate::figure::{Panel, THIRD_WIDTH};
use crate::figures::draw::error_bar_across;
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::figures::span;
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use quiescent::readable;

/// Whether the network was trained with noise, the phase, and both in words.
const CASES: [(bool, PhaseKey, &str); 5] = [
    (true, PhaseKey::Active, "Noisy, active"),
    (true, PhaseKey::Quiescent, "Noisy, quiescent"),
    (false, PhaseKey::Active, "Noiseless, active"),
    (false, PhaseKey::Quiescent, "Noiseless, quiescent"),
    (false, PhaseKey::GivenNoise, "Noiseless, given noise"),
];

/// Mean step distance of one case.
struct Bar {
    condition: Condition,
    phase: PhaseKey,
    label: &'static str,
    value: Averaged,
}

pub(super) fn draw(runs: &Runs<'_>, biased: bool, id: &str) -> Drawing {
    let of = |noisy| Condition { noisy, biased, ..Condition::NOISY_UNBIASED };
    let conditions = [of(true), of(false)];
    let mut notes = runs.gaps(&conditions)?;
    let mut examples = Vec::new();
    let mut bars = Vec::new();
    let mut arena = None;
    for (noisy, phase, label) in CASES {
        let group = runs.of(of(noisy));
        let Some(study) = group.first().map(|run| run.study) else { continue };
        match trajectories::arena(study) {
            Ok(found) => {
                arena = arena.or(Some(found));
                examples.extend(Example::find(study, phase, &mut notes));
            }
            Err(reason) => notes.push(reason),
        }
        let studies: Vec<&RunStudy> = group.iter().map(|run| run.study).collect();
        bars.extend(Bar::of(&studies, phase, label, &mut notes));
    }
    let mut panels = arena.map_or_else(Vec::new, |arena| {
        trajectories::panels(&examples, arena, THIRD_WIDTH, |e| title_of(e).into(), id)
    });
    if !bars.is_empty() {
        // At the end of the first row, beside the network trained with noise.
        let height = panels.first().map_or(260.0, |panel| panel.height);
        panels.insert(panels.len().min(2), bar_panel(&bars, height));
    }
    if panels.is_empty() {
        return Err(because(&notes));
    }
    let rows: Vec<Vec<Panel>> = panels.chunks(3).map(<[Panel]>::to_vec).collect();
    let study = conditions.into_iter().find_map(|condition| runs.example(condition).ok());
    let largest = bars.iter().map(|bar| bar.value.spread.seeds).max().unwrap_or(0);
    Ok(Drawn {
        caption: format!(
            "The paths are decoded trajectories of the lowest seed (circles mark starts, triangles \
             mark ends of what is drawn). Networks trained with noise receive noise of twice the \
             variance while quiescent. Networks trained without noise have two quiescent phases: \
             one without noise, and one with the noise that the other networks receive. The bars \
             are mean distances between successive decoded positions, of active trials and of {} \
             of quiescent trials ({}). Bars are filled for networks trained with noise and hollow \
             for those trained without; {}. If quiescent activity needs noise, a network trained \
             without it stands still while it receives none. If training with noise matters as \
             well, noise alone does not make such a network move as smoothly as the others.",
            study.map_or("the first part".into(), |study| {
                format!("the first {}", seconds(study, study.protocol.density_steps))
            }),
            averaged(runs, &conditions),
            interval_words(largest, "whiskers"),
        ),
        notes,
        panels: rows,
        data: table(&examples, &bars),
    })
}

fn title_of(example: &Example) -> &'static str {
    let case = CASES
        .iter()
        .find(|(noisy, phase, _)| *noisy == example.condition.noisy && *phase == example.phase);
    case.map_or("", |(_, _, label)| label)
}

fn table(examples: &[Example], bars: &[Bar]) -> Rows {
    let mut rows = Rows::new(
        "part,condition,phase,seed,trial,step,x_m,y_m,mean_step_m,low_m,high_m,sd_over_seeds_m,\
         seeds",
    );
    rows.always("part", "trajectories");
    for example in examples {
        rows.always("condition", example.condition.to_string());
        example.fill(&mut rows);
    }
    for bar in bars {
        let value = bar.value.fields(["mean_step_m", "low_m", "high_m", "sd_over_seeds_m"]);
        rows.push(value.into_iter().chain([
            ("part", "step_distance".into()),
            ("condition", bar.condition.to_string().into()),
            ("phase", bar.phase.name().into()),
        ]));
    }
    rows
}

impl Bar {
    fn of(
        studies: &[&RunStudy],
        phase: PhaseKey,
        label: &'static str,
        notes: &mut Vec<String>,
    ) -> Option<Self> {
        let found: Vec<&Measured> = studies
            .iter()
            .filter_map(|study| {
                measured(study, phase, "step distance", |p| Some(&p.step_distance), notes)
            })
            .collect();
        let condition = studies.first()?.condition;
        let Some(value) = Averaged::of(found.iter().copied().map(span)) else {
            if !found.is_empty() {
                notes.push(not_finite(condition, phase, "step distance"));
            }
            return None;
        };
        Some(Self { condition, phase, label, value })
    }
}

/// Bars from the left, each with its name above and its value behind it.
fn bar_panel(bars: &[Bar], height: f64) -> Panel {
    let (left, top) = (18.0, 30.0);
    let width = THIRD_WIDTH - left - 14.0;
    let number = |bar: &Bar| readable::number(bar.value.spread.mean, 3);
    let longest = bars.iter().map(|bar| bar.value.top()).fold(0.0, f64::max);
    let behind = bars.iter().map(|bar| text_width(&number(bar), 11.0)).fold(0.0, f64::max) + 8.0;
    let max = if longest > 0.0 { longest * width / (width - behind) } else { 1.0 };
    let frame = Frame::new(
        (left, top),
        (width, height - top - 44.0),
        Scale::linear(0.0, max),
        Scale::linear(0.0, 1.0),
    );
    let mut svg = Svg::default();
    let step = frame.height / bars.len() as f64;
    for (i, bar) in bars.iter().enumerate() {
        let y = top + i as f64 * step;
        let color = color(bar.phase);
        svg.text((left + 2.0, y + step * 0.42), bar.label, Text::SMALL.anchor(Anchor::Start));
        let Some(fraction) = frame.x.fraction(bar.value.spread.mean.max(0.0)) else { continue };
        let (bar_top, thick) = (y + step * 0.54, step * 0.34);
        let size = (fraction * width, thick);
        // Hollow for networks trained without noise.
        if bar.condition.noisy {
            svg.rect((left, bar_top), size, color, None);
        } else {
            let at = (left, bar_top + 0.75);
            svg.rect(at, (size.0, thick - 1.5), "#ffffff", Some(Stroke::new(color, 1.5)));
        }
        let middle = bar_top + thick / 2.0;
        if let Some(interval) = bar.value.interval {
            error_bar_across(&mut svg, &frame, middle, interval, "#222222");
        }
        let behind = frame.x.fraction(bar.value.top()).unwrap_or(fraction) * width + left + 6.0;
        svg.text((behind, middle + 4.0), &number(bar), Text::SMALL.anchor(Anchor::Start));
    }
    frame.draw_x_axis(&mut svg, "Mean step distance (m)");
    frame.draw_title(&mut svg, "Step distance", "#222222");
    Panel::new(svg, (THIRD_WIDTH, height), "Mean step distance of each network and phase, as bars")
}
