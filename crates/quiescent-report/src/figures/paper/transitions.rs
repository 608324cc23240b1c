//! Does rest move from place to place as waking does? Distances between transition matrices.

use quiescent::analysis::bootstrap::Measured;
use quiescent::analysis::transitions::DistanceEstimate;
use quiescent::measure::TransitionComparison;
use quiescent::paper::Condition;

use super::select::{Runs, Spread, averaged, because, failed, interval_words};
use crate::axes::Frame;
use crate::color;
use crate::figure::{FULL_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, error_bar, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::format;
use crate::scale::Scale;
use crate::svg::{Svg, Text};

/// What is compared with the active phase: key, label, colour.
const KINDS: [(&str, &str, &str); 3] = [
    ("quiescent", "quiescent and active", color::QUIESCENT),
    ("active_halves", "two halves of active", color::ACTIVE),
    ("shuffled", "shuffled quiescent and active", NULL),
];

/// One bar: a mean over seeds, and an interval.
struct Bar {
    spread: Spread,
    interval: Option<(f64, f64)>,
}

struct Group {
    condition: Condition,
    /// As [`KINDS`].
    bars: [Option<Bar>; 3],
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
        .map(|group| format!("{} bins along each dimension, lag {}", group.bins, steps(group.lag)))
        .collect();
    sizes.dedup();
    let entries: Vec<Entry> =
        KINDS.iter().map(|(_, label, color)| Entry::filled(*label, color)).collect();
    let drawn: Vec<Condition> = groups.iter().map(|group| group.condition).collect();
    Ok(Drawn {
        caption: format!(
            "The bars show how much the transitions between places (or headings) at rest differ \
             from the waking ones. The measure is the total-variation distance of transition \
             matrices ({}): it is 0 if they are the same, and 1 if they have nothing in common. \
             Values are means over seeds ({}). {}. The blue bar is what the same estimator gives \
             for two halves of the waking trials; for one seed, its whisker ends at the value \
             that 95 % of halves stay below. The grey bar is the distance that is left when the \
             order of the quiescent steps is lost. If rest moves as waking does, the quiescent \
             bar is near the blue bar and far below the grey one.",
            sizes.join("; "),
            averaged(runs, &drawn),
            interval_words(largest, "Whiskers"),
        ),
        notes,
        panels: vec![vec![panel(&groups)], vec![legend(&entries, 3, FULL_WIDTH)]],
        data: table(&groups),
    })
}

fn steps(lag: usize) -> String {
    format!("{} step{}", format::count(lag as u64), if lag == 1 { "" } else { "s" })
}

fn table(groups: &[Group]) -> Rows {
    let mut rows =
        Rows::new("condition,compared,total_variation,low,high,sd_over_seeds,seeds,bins,lag_steps");
    for group in groups {
        rows.always("condition", group.condition.to_string());
        for ((key, ..), bar) in KINDS.iter().zip(&group.bars) {
            let Some(bar) = bar else { continue };
            rows.push([
                ("compared", (*key).into()),
                ("total_variation", bar.spread.mean.into()),
                ("low", bar.interval.map(|(low, _)| low).into()),
                ("high", bar.interval.map(|(_, high)| high).into()),
                ("sd_over_seeds", bar.spread.sd.into()),
                ("seeds", bar.spread.seeds.into()),
                ("bins", group.bins.into()),
                ("lag_steps", group.lag.into()),
            ]);
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
        // One seed's ends, of a value between them.
        let bar = |of: &dyn Fn(&TransitionComparison) -> Option<[f64; 3]>| {
            let spread = Spread::of(found.iter().filter_map(|c| Some(of(c)?[0])))?;
            let ends = spread.bar().or_else(|| {
                let [_, low, high] = of(first)?;
                (low.is_finite() && high.is_finite()).then_some((low, high))
            });
            Some(Bar { spread, interval: ends })
        };
        let span = |found: &DistanceEstimate| {
            let Measured { value, interval, .. } = found.total_variation;
            Some([value, interval.low, interval.high])
        };
        let quiescent = bar(&|c| span(&c.quiescent));
        let halves =
            bar(&|c| c.floors.total_variation.map(|floor| [floor.mean, floor.mean, floor.upper]));
        let shuffled = bar(&|c| span(&c.shuffled));
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
    let end =
        |bar: &Bar| bar.interval.map_or(bar.spread.mean, |(_, high)| high.max(bar.spread.mean));
    let highest = all.map(end).fold(0.0, f64::max);
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
            let above = frame.place(x, end(bar)).map_or(top, |(_, y)| y.min(top)) - 5.0;
            let text = format::number(bar.spread.mean, 2);
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
