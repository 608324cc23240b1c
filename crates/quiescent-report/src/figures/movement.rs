//! How paths move: lengths of steps, displacement, coverage in time, and where each rest lies between going straight
//! on, a random walk and no order at all.

use quiescent::analysis::bootstrap::Measured;
use quiescent::analysis::exploration::MeanSquaredDisplacement;
use quiescent::measure::{Measurements, Movement, REST, WAKING};
use quiescent::readable;

use super::draw::{Entry, NULL, OTHER_REST, error_bar, error_bar_across, legend};
use super::marks::{CurveStyle, Mark};
use super::rows::Rows;
use crate::axes::Frame;
use crate::figure::{FULL_WIDTH, Figure, HALF_WIDTH, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text, text_width};
use crate::table::Cell;
use crate::view::{PhaseKind, RunView, TaskKind, is_untrained};

/// Size of the panels' frames.
const HEIGHT: f64 = 190.0;
const LEFT: f64 = 66.0;
/// Part of the steps in the first and the last bin that are drawn.
const LEAST_SHARE: f64 = 0.001;
/// Lines at the values of a random walk.
const GUIDE: Stroke<'static> =
    Stroke { color: "#b5b5b5", width: 1.0, opacity: 1.0, dash: Some("2 3") };

/// One set of paths.
struct Paths<'a> {
    /// As in the table: `active`, `brownian`.
    name: &'a str,
    label: String,
    style: CurveStyle,
    displacement: Option<&'a MeanSquaredDisplacement>,
    movement: &'a Movement,
    /// Whether it has curves; further phases of rest have a point alone.
    curves: bool,
}

/// The figure; none if the phases have not been measured.
pub(super) fn draw(run: &RunView, id: &str) -> Option<Result<Figure, Missing>> {
    let title = "How paths move".to_owned();
    let found = run.measurements.as_ref().filter(|found| !found.phases.is_empty())?;
    let all = paths(run, found);
    let unit = run.task().unit();
    let drawn: Vec<Panel> = [
        lengths(&all, unit, &format!("{id}-lengths")),
        displacement(&all, found.dt_s, unit, &format!("{id}-displacement")),
        coverage(&all, &format!("{id}-coverage")),
        places(&all, &format!("{id}-places")),
    ]
    .into_iter()
    .flatten()
    .collect();
    if drawn.is_empty() {
        let reason = "No measurement of paths succeeded.".into();
        return Some(Err(Missing { title, reason }));
    }
    // Further phases of rest are named at their points.
    let shown = all.iter().filter(|of| of.curves);
    let entries: Vec<Entry> = shown.map(|of| Entry::marked(of.label.clone(), of.style)).collect();
    let columns = if entries.len() > 2 { 2 } else { 1 };
    let mut rows: Vec<Vec<Panel>> = drawn.chunks(2).map(<[Panel]>::to_vec).collect();
    rows.push(vec![legend(&entries, columns, FULL_WIDTH)]);
    Some(Ok(Figure {
        name: "movement".into(),
        title,
        caption: caption(run),
        notes: notes(&all),
        rows,
        data: Some(table(&all, found.dt_s, run.task()).finish()),
    }))
}

/// Waking, the phases of rest and the null models of the main one.
fn paths<'a>(run: &'a RunView, found: &'a Measurements) -> Vec<Paths<'a>> {
    let mut all = Vec::new();
    for (kind, mark, dash) in
        [(PhaseKind::Active, Mark::Disc, None), (PhaseKind::Quiescent, Mark::Diamond, Some("5 3"))]
    {
        all.extend(found.phases.get(kind.key()).map(|phase| Paths {
            name: kind.key(),
            label: kind.title().to_owned(),
            style: CurveStyle { color: kind.color(), dash, mark },
            displacement: phase.displacement.as_ref().ok(),
            movement: &phase.movement,
            curves: true,
        }));
    }
    if let Ok(null) = &found.null_movement {
        for (name, label, of, dash, mark) in [
            (
                "brownian",
                "Brownian motion with the quiescent steps",
                &null.brownian,
                Some("6 2"),
                Mark::Square,
            ),
            (
                "time_shuffled",
                "Quiescent, steps in shuffled order",
                &null.time_shuffled,
                Some("1.5 3"),
                Mark::Disc,
            ),
        ] {
            all.push(Paths {
                name,
                label: label.to_owned(),
                style: CurveStyle { color: NULL, dash, mark },
                displacement: of.displacement.as_ref().ok(),
                movement: &of.movement,
                curves: true,
            });
        }
    }
    let others = run.variants().filter(|(name, _)| ![WAKING, REST].contains(name));
    all.extend(others.map(|(name, phase)| {
        let untrained = is_untrained(name, found);
        Paths {
            name,
            label: name.to_owned(),
            style: CurveStyle {
                color: if untrained { "#000000" } else { OTHER_REST },
                dash: Some("5 3"),
                mark: if untrained { Mark::Square } else { Mark::Diamond },
            },
            displacement: phase.displacement.as_ref().ok(),
            movement: &phase.movement,
            curves: false,
        }
    }));
    all
}

fn caption(run: &RunView) -> String {
    format!(
        "Step lengths: the part of all steps in each of the bins, which are the same for all paths ({}; ends with less \
         than 0.1 % are not drawn). \
         Displacement: how far paths get in a time, as the mean over starts and trials of its \
         square; α is the exponent with which it grows before walls confine it, 2 on a straight \
         line and 1 in a random walk. Coverage: the part of the {} that one trial has visited. The \
         last panel places each of the paths by α and by the mean cosine of the angle between \
         successive steps, 1 if direction persists and 0 if it is independent from step to step, \
         with 95 % intervals over trials; dotted lines cross at a random walk. The rest of rodents \
         has been found near that point after they moved persistently (Stella et al. 2019, Neuron \
         102, 450–461). Grey: null models made of the quiescent phase. Brownian motion has its \
         starts and its mean squared step, but no memory; shuffled steps have its places, but no \
         order.",
        match run.task() {
            TaskKind::Spatial => "their logarithms have equal distances",
            TaskKind::HeadDirection =>
                "their logarithms have equal distances, and a step is a turn",
        },
        match run.task() {
            TaskKind::Spatial => "box",
            TaskKind::HeadDirection => "circle",
        }
    )
}

fn notes(all: &[Paths<'_>]) -> Vec<String> {
    let still = all.iter().filter_map(|of| {
        let found = of.movement.step_lengths.as_ref().ok().filter(|_| of.curves)?;
        let percent = 100.0 * found.below;
        (percent >= 0.5).then(|| format!("{} % of “{}”", readable::number(percent, 2), of.label))
    });
    let still: Vec<String> = still.collect();
    let mut notes = Vec::new();
    if !still.is_empty() {
        notes.push(format!(
            "Steps of no length, or shorter than the first bin, are not drawn: {}.",
            still.join(", ")
        ));
    }
    for of in all {
        for (missing, what) in [
            (of.movement.diffusion.as_ref().err(), "no exponent"),
            (of.movement.persistence.as_ref().err(), "no mean cosine"),
        ] {
            notes.extend(missing.map(|why| format!("{} has {what}: {why}.", of.label)));
        }
    }
    notes
}

/// A panel of curves, if there are any, each with its points; `beneath` is drawn under them.
fn curves(
    all: &[(CurveStyle, Vec<(f64, f64)>)],
    (x, y): (Scale, Scale),
    [title, x_label, y_label, alt, id]: [&str; 5],
    over: impl FnOnce(&mut Svg, &Frame),
) -> Panel {
    let mut frame = Frame::new((LEFT, 30.0), (0.0, HEIGHT), x, y);
    frame.left = LEFT.max(frame.label_gap() + 14.0);
    frame.width = HALF_WIDTH - frame.left - 20.0;
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    let (at, size) = ((frame.left, frame.top - 4.0), (frame.width + 4.0, frame.height + 8.0));
    svg.clipped(id, at, size, |svg| {
        for (style, points) in all {
            let places: Vec<(f64, f64)> =
                points.iter().filter_map(|(x, y)| frame.place(*x, *y)).collect();
            style.draw(svg, &places);
        }
    });
    over(&mut svg, &frame);
    frame.draw_axes_spaced(&mut svg, x_label, y_label, frame.label_gap());
    frame.draw_title(&mut svg, title, "#222222");
    Panel::new(svg, (HALF_WIDTH, frame.bottom() + 46.0), alt)
}

/// A logarithmic axis over positive values.
fn log_scale(values: impl Iterator<Item = f64>) -> Option<Scale> {
    let values: Vec<f64> = values.filter(|value| *value > 0.0 && value.is_finite()).collect();
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let max = values.iter().copied().fold(0.0, f64::max);
    (min <= max).then(|| Scale::Log { min: min / 1.15, max: max * 1.15 })
}

fn lengths(all: &[Paths<'_>], unit: &str, id: &str) -> Option<Panel> {
    let drawn: Vec<(CurveStyle, Vec<(f64, f64)>)> = all
        .iter()
        .filter(|of| of.curves)
        .filter_map(|of| {
            let found = of.movement.step_lengths.as_ref().ok()?;
            let middle = |edges: &[f64]| (edges[0] * edges[1]).sqrt();
            let points: Vec<(f64, f64)> =
                found.edges.windows(2).map(middle).zip(found.shares.iter().copied()).collect();
            Some((of.style, occupied(points)))
        })
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let values = || drawn.iter().flat_map(|(_, points)| points);
    let x = log_scale(values().map(|(x, _)| *x))?;
    let y = Scale::linear(0.0, 1.08 * values().map(|(_, y)| *y).fold(0.0, f64::max));
    let x_label = format!("Length of a step ({unit})");
    let alt = "Part of all steps against their length, logarithmic axis";
    let words = ["Step lengths", &x_label, "Part of all steps", alt, id];
    Some(curves(&drawn, (x, y), words, |_, _| {}))
}

/// The bins from the first to the last that hold some steps.
fn occupied(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    let first = points.iter().position(|(_, share)| *share >= LEAST_SHARE);
    let last = points.iter().rposition(|(_, share)| *share >= LEAST_SHARE);
    match (first, last) {
        (Some(first), Some(last)) => points[first..=last].to_vec(),
        _ => Vec::new(),
    }
}

fn displacement(all: &[Paths<'_>], dt_s: f64, unit: &str, id: &str) -> Option<Panel> {
    let drawn: Vec<(CurveStyle, Vec<(f64, f64)>)> = all
        .iter()
        .filter(|of| of.curves)
        .filter_map(|of| {
            let found = of.displacement?;
            let seconds = found.lags.iter().map(|&lag| lag as f64 * dt_s);
            Some((of.style, seconds.zip(found.squared.iter().copied()).collect()))
        })
        .collect();
    let values = || drawn.iter().flat_map(|(_, points): &(_, Vec<(f64, f64)>)| points);
    let x = log_scale(values().map(|(x, _)| *x))?;
    let y = log_scale(values().map(|(_, y)| *y))?;
    // Room for the exponents below the curves, which rise.
    let y = match y {
        Scale::Log { min, max } => Scale::Log { min: min / (max / min).powf(0.35), max },
        linear => linear,
    };
    let y_label = format!("Mean squared displacement ({unit}²)");
    let alt = "Mean squared displacement against lag, both logarithmic";
    let exponents = |svg: &mut Svg, frame: &Frame| {
        let found: Vec<(String, &str)> = all
            .iter()
            .filter(|of| of.curves)
            .filter_map(|of| {
                let exponent = of.movement.diffusion.as_ref().ok()?.exponent;
                let ends = [exponent.interval.low, exponent.interval.high];
                let value = readable::measured(exponent.value, ends, "1");
                Some((format!("{}: α = {value}", of.name), of.style.color))
            })
            .collect();
        for (line, (words, color)) in found.iter().rev().enumerate() {
            let at = (frame.left + frame.width - 4.0, frame.bottom() - 8.0 - 14.0 * line as f64);
            svg.text(at, words, Text::SMALL.anchor(Anchor::End).color(color));
        }
    };
    let words = ["Displacement", "Lag (s)", &y_label, alt, id];
    Some(curves(&drawn, (x, y), words, exponents))
}

fn coverage(all: &[Paths<'_>], id: &str) -> Option<Panel> {
    let drawn: Vec<(CurveStyle, Vec<(f64, f64)>)> = all
        .iter()
        .filter(|of| of.curves)
        .filter_map(|of| {
            let found = of.movement.reach.as_ref().ok()?;
            let points = found.times_s.iter().copied().zip(found.covered.iter().copied());
            Some((of.style, points.collect()))
        })
        .collect();
    let values = || drawn.iter().flat_map(|(_, points): &(_, Vec<(f64, f64)>)| points);
    let x = log_scale(values().map(|(x, _)| *x))?;
    let y = Scale::linear(0.0, 1.08 * values().map(|(_, y)| *y).fold(0.0, f64::max));
    let alt = "Part of the space that a trial has visited against time, logarithmic axis";
    let words =
        ["Coverage in time", "Time since the start (s)", "Part visited by a trial", alt, id];
    Some(curves(&drawn, (x, y), words, |_, _| {}))
}

/// Mean cosine and exponent of each set of paths that has both.
fn places(all: &[Paths<'_>], id: &str) -> Option<Panel> {
    let placed: Vec<(&Paths<'_>, Measured, Measured)> = all
        .iter()
        .filter_map(|of| {
            let cosine = of.movement.persistence.as_ref().ok()?.cosine;
            Some((of, cosine, of.movement.diffusion.as_ref().ok()?.exponent))
        })
        .collect();
    if placed.is_empty() {
        return None;
    }
    let ends = |of: &Measured| [of.interval.low, of.interval.high, of.value];
    // Both guides are always within the axes.
    let range = |values: Vec<f64>, guide: f64| {
        let values = values.into_iter().filter(|v| v.is_finite()).chain([guide]);
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let pad = 0.12 * (high - low).max(0.2);
        Scale::linear(low - pad, high + pad)
    };
    let x = range(placed.iter().flat_map(|(_, cosine, _)| ends(cosine)).collect(), 0.0);
    let y = range(placed.iter().flat_map(|(_, _, exponent)| ends(exponent)).collect(), 1.0);
    let over = |svg: &mut Svg, frame: &Frame| {
        if let Some((x, y)) = frame.place(0.0, 1.0) {
            svg.line((x, frame.top), (x, frame.bottom()), GUIDE);
            svg.line((frame.left, y), (frame.left + frame.width, y), GUIDE);
        }
        // Names stay clear of all points.
        let points = placed.iter().filter_map(|(_, x, y)| frame.place(x.value, y.value));
        let mut taken: Vec<[f64; 4]> =
            points.map(|(x, y)| [x - 5.0, x + 5.0, y - 5.0, y + 5.0]).collect();
        for (of, cosine, exponent) in &placed {
            let Some(at) = frame.place(cosine.value, exponent.value) else { continue };
            let color = of.style.color;
            let interval = |of: &Measured| (of.interval.low, of.interval.high);
            error_bar(svg, frame, cosine.value, interval(exponent), color);
            error_bar_across(svg, frame, at.1, interval(cosine), color);
            of.style.draw_mark(svg, at);
            let (place, anchor) = free_place(frame, at, of.name, &mut taken);
            let style = Text { halo: true, ..Text::SMALL.anchor(anchor).color(color) };
            svg.text(place, of.name, style);
        }
    };
    let alt = "Exponent of the displacement against the mean cosine of successive steps";
    let words = ["Where each rest lies", "Mean cosine of successive steps", "Exponent α", alt, id];
    Some(curves(&[], (x, y), words, over))
}

/// Where a name beside a point meets no other name and stays within the frame; above it at the right if it does
/// nowhere. `taken` are the boxes of points and names, left, right,
/// top and bottom.
fn free_place(
    frame: &Frame,
    (x, y): (f64, f64),
    name: &str,
    taken: &mut Vec<[f64; 4]>,
) -> ((f64, f64), Anchor) {
    let width = text_width(name, Text::SMALL.size) + 4.0;
    let sides = [-7.0, 15.0, -21.0, 29.0, -35.0, 43.0].map(|down| {
        let of = |left: f64, place: f64, anchor| {
            let bounds = [left, left + width, y + down - 11.0, y + down + 4.0];
            ((place, y + down), anchor, bounds)
        };
        [of(x + 6.0, x + 8.0, Anchor::Start), of(x - 6.0 - width, x - 8.0, Anchor::End)]
    });
    let candidates = sides.as_flattened();
    let free = candidates.iter().find(|(_, _, [left, right, top, bottom])| {
        let within = *left >= frame.left
            && *right <= frame.left + frame.width
            && *top >= frame.top
            && *bottom <= frame.bottom();
        within
            && taken.iter().all(|[from, to, above, below]| {
                right <= from || left >= to || bottom <= above || top >= below
            })
    });
    let (place, anchor, bounds) = *free.unwrap_or(&candidates[0]);
    taken.push(bounds);
    (place, anchor)
}

fn table(all: &[Paths<'_>], dt_s: f64, task: TaskKind) -> Rows {
    let [from, to, squared] = match task {
        TaskKind::Spatial => ["length_from_m", "length_to_m", "squared_displacement_m2"],
        TaskKind::HeadDirection => {
            ["length_from_rad", "length_to_rad", "squared_displacement_rad2"]
        }
    };
    let mut rows = Rows::new(&format!(
        "part,paths,{from},{to},share,lag_s,{squared},time_s,covered,cosine,cosine_low,cosine_high,\
         exponent,exponent_low,exponent_high"
    ));
    for of in all {
        rows.always("paths", of.name);
        if let Ok(found) = &of.movement.step_lengths {
            for (edges, share) in found.edges.windows(2).zip(&found.shares) {
                rows.push([
                    ("part", "step_lengths".into()),
                    (from, edges[0].into()),
                    (to, edges[1].into()),
                    ("share", (*share).into()),
                ]);
            }
        }
        for (lag, value) in of.displacement.iter().flat_map(|of| of.lags.iter().zip(&of.squared)) {
            rows.push([
                ("part", "displacement".into()),
                ("lag_s", (*lag as f64 * dt_s).into()),
                (squared, (*value).into()),
            ]);
        }
        if let Ok(found) = &of.movement.reach {
            for (time_s, covered) in found.times_s.iter().zip(&found.covered) {
                rows.push([
                    ("part", "coverage".into()),
                    ("time_s", (*time_s).into()),
                    ("covered", (*covered).into()),
                ]);
            }
        }
        let mut place: Vec<(&'static str, Cell)> = vec![("part", "place".into())];
        if let Ok(found) = &of.movement.persistence {
            place.extend(with_ends(["cosine", "cosine_low", "cosine_high"], &found.cosine));
        }
        if let Ok(found) = &of.movement.diffusion {
            let names = ["exponent", "exponent_low", "exponent_high"];
            place.extend(with_ends(names, &found.exponent));
        }
        rows.push(place);
    }
    rows
}

fn with_ends(names: [&'static str; 3], of: &Measured) -> [(&'static str, Cell); 3] {
    let [value, low, high] = names;
    [(value, of.value.into()), (low, of.interval.low.into()), (high, of.interval.high.into())]
}
