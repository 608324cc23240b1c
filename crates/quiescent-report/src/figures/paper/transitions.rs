//! Do quiescent trials move from place to place as active ones do? Distances between transition matrices.

use quiescent::measure::TransitionComparison;
use quiescent::paper::Condition;

use super::select::{Averaged, Runs, averaged, because, failed, interval_words, seconds};
use crate::axes::Frame;
use crate::color;
use crate::figure::{FULL_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, error_bar, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::figures::span;
use crate::scale::Scale;
use crate::svg::{Svg, Text};
use quiescent::readable;

/// What is compared with the active phase: key, label, colour.
const KINDS: [(&str, &str, &str); 3] = [
    ("quiescent", "quiescent and active", color::QUIESCENT),
    ("active_halves", "two halves of the active trials", color::ACTIVE),
    ("shuffled", "shuffled quiescent and active", NULL),
];

struct Group {
    condition: Condition,
    /// As [`KINDS`].
    bars: [Option<Averaged>; 3],
    bins: usize,
    lag: usize,
}

pub(super) fn draw(runs: &Runs<'_>) -> Drawing {
    let conditions = runs.conditions();
    if conditions.is_empty() {
        let reason = "No run of any condition is among these runs.".into();
        return Err(reason);
    }
    let mut notes = Vec::new();
    let groups: Vec<Group> =
        conditions.iter().filter_map(|condition| Group::of(runs, *condition, &mut notes)).collect();
    if groups.is_empty() {
        return Err(because(&notes));
    }
    let largest = groups.iter().map(|group| runs.of(group.condition).len()).max().unwrap_or(0);
    let mut sizes: Vec<String> = groups
        .iter()
        .filter_map(|group| {
            let study = runs.example(group.condition).ok()?;
            Some(format!(
                "{}: {} bins along each dimension, lag {}, the first {} of quiescent trials",
                group.condition.task.name(),
                group.bins,
                seconds(study, group.lag),
                seconds(study, study.protocol.density_steps)
            ))
        })
        .collect();
    sizes.dedup();
    let entries: Vec<Entry> =
        KINDS.iter().map(|(_, label, color)| Entry::filled(*label, color)).collect();
    let drawn: Vec<Condition> = groups.iter().map(|group| group.condition).collect();
    Ok(Drawn {
        caption: format!(
            "The orange bars show how much the transitions between places (or headings) of the \
             quiescent phase differ from those of the active phase. The measure is the \
             total-variation distance of transition matrices: it is 0 if they are the same, and 1 \
             if they have nothing in common ({}). Values are means over seeds ({}). {}. The blue \
             bar is the same estimate for two halves of the active trials; for one seed, its \
             whisker ends at the value that 95 % of halves stay below. The grey bar is the \
             distance of quiescent trials whose steps were shuffled. If quiescent trials move as \
             active ones do, the orange bar is near the blue bar and far below the grey one.",
            sizes.join("; "),
            averaged(runs, &drawn),
            interval_words(largest, "Whiskers"),
        ),
        notes,
        panels: vec![vec![panel(&groups)], vec![legend(&entries, 3, FULL_WIDTH)]],
        data: table(&groups),
    })
}

fn table(groups: &[Group]) -> Rows {
    let mut rows =
        Rows::new("condition,compared,total_variation,low,high,sd_over_seeds,seeds,bins,lag_steps");
    for group in groups {
        rows.always("condition", group.condition.to_string());
        for ((key, ..), bar) in KINDS.iter().zip(&group.bars) {
            let Some(bar) = bar else { continue };
            let value = bar.fields(["total_variation", "low", "high", "sd_over_seeds"]);
            rows.push(value.into_iter().chain([
                ("compared", (*key).into()),
                ("bins", group.bins.into()),
                ("lag_steps", group.lag.into()),
            ]));
        }
    }
    rows
}

impl Group {
    fn of(runs: &Runs<'_>, condition: Condition, notes: &mut Vec<String>) -> Option<Self> {
        let mut found: Vec<&TransitionComparison> = Vec::new();
        for run in runs.of(condition) {
            match &run.study.found.transitions {
                Ok(comparison) => found.push(comparison),
                Err(reason) => notes.push(failed(run.study, "transitions", reason)),
            }
        }
        let first = *found.first()?;
        let all = || found.iter();
        let quiescent = Averaged::of(all().map(|c| span(&c.quiescent.total_variation)));
        let floors = all().filter_map(|c| c.floors.total_variation);
        let halves = Averaged::of(floors.map(|floor| [floor.mean, floor.mean, floor.upper]));
        let shuffled = Averaged::of(all().map(|c| span(&c.shuffled.total_variation)));
        let bars = [quiescent, halves, shuffled];
        bars.iter().any(Option::is_some).then_some(Self {
            condition,
            bars,
            bins: first.bins,
            lag: first.lag,
        })
    }
}

fn panel(groups: &[Group]) -> Panel {
    let all = groups.iter().flat_map(|group| &group.bars).flatten();
    let highest = all.map(Averaged::top).fold(0.0, f64::max);
    let frame = Frame {
        left: 58.0,
        top: 20.0,
        width: FULL_WIDTH - 58.0 - 14.0,
        height: 200.0,
        x: Scale::linear(0.0, groups.len() as f64),
        // Room for numbers above the bars.
        y: Scale::linear(0.0, highest * 1.12),
    };
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    let step = frame.width / groups.len() as f64;
    let wide = (0.26 * step).min(44.0);
    let mut names = Vec::new();
    for (i, group) in groups.iter().enumerate() {
        let label = super::select::full_label(group.condition);
        names.push((i as f64 + 0.5, label.replace(", ", "\n").replacen(' ', "\n", 1)));
        for (k, (bar, (_, _, color))) in group.bars.iter().zip(KINDS).enumerate() {
            let Some(bar) = bar else { continue };
            let x = i as f64 + 0.5 + (k as f64 - 1.0) * 1.08 * wide / step;
            let Some((middle, top)) = frame.place(x, bar.spread.mean.max(0.0)) else { continue };
            let at = (middle - wide / 2.0, top);
            svg.rect(at, (wide, frame.bottom() - top), color, None);
            if let Some(interval) = bar.interval {
                error_bar(&mut svg, &frame, x, interval, "#222222");
            }
            let above = frame.place(x, bar.top()).map_or(top, |(_, y)| y.min(top)) - 5.0;
            let text = readable::number(bar.spread.mean, 2);
            svg.text((middle, above), &text, Text::SMALL);
        }
    }
    frame.draw_axes_named(&mut svg, &names, "Total-variation distance");
    let lines = names.iter().map(|(_, name)| name.split('\n').count()).max().unwrap_or(1);
    Panel::new(
        svg,
        (FULL_WIDTH, frame.bottom() + 13.0 * lines as f64 + 14.0),
        "Bars of the total-variation distance of transition matrices by condition",
    )
}
