//! A sweep in one figure: a measurement against a swept key, mean and spread over seeds.

mod across;
mod lines;
mod names;

use self::across::Across;
use self::lines::{Line, Lines, Measured, Place, lines};
use self::names::Named;
use crate::axes::Frame;
use crate::color;
use crate::figure::{FULL_WIDTH, Figure, Missing, Panel};
use crate::figures::draw::{Entry, draw_legend, error_bar};
use crate::figures::marks::{CurveStyle, Mark};
use crate::scale::Scale;
use crate::svg::{Stroke, Svg, Text, fit_text, text_width};
use crate::sweep_view::{SweepValue, SweepView};
use crate::table::{Cell, Table};

/// Lines drawn, at most: more could not be told apart.
const MOST_LINES: usize = 8;
/// Networks drawn as points of their own, and places marked, at most.
const MOST_MARKS: usize = 3000;
/// Places up to which single networks are joined by a line.
const JOINED_SINGLES: usize = 40;
const TOP: f64 = 16.0;
const HEIGHT: f64 = 300.0;
const MARGIN: f64 = 16.0;
/// Half the width of an error bar's cap, and a little.
const CAP: f64 = 6.0;
/// Distance of single networks from the bar of one of several lines.
const BESIDE: f64 = 3.5;

/// Draws a measurement against a swept key: mean ± standard deviation (n − 1) over seeds, single
/// networks as small points beside them, one line for each combination of the other swept keys. A key whose
/// value follows from that of others makes no lines of its own. Networks that cannot be judged are hollow
/// points and no part of means.
///
/// The figure's notes name what could not be drawn.
///
/// # Errors
/// [`Missing`] if no network has a finite measurement and the key.
pub fn sweep_figure(view: &SweepView) -> Result<Figure, Missing> {
    let y = Named::measurement(&view.measurement, &view.unit);
    let x = Named::key(&view.key);
    let title = format!("{} by {}", y.name, x.name.to_lowercase());
    let found = lines(view);
    if found.lines.is_empty() {
        let reason = format!(
            "none of {} networks has a finite {} and the key {}",
            view.points.len(),
            view.measurement,
            view.key
        );
        return Err(Missing { title, reason });
    }
    let marks: usize = found.lines.iter().take(MOST_LINES).map(networks).sum();
    let every = marks.div_ceil(MOST_MARKS).max(1);
    let drawn = &found.lines[..found.lines.len().min(MOST_LINES)];
    Ok(Figure {
        name: "sweep".into(),
        caption: "Each mark is the mean over the seeds of one experiment. Where there are several \
             seeds, the bar is the sample standard deviation (n − 1), and small points are \
             single networks. Hollow points are networks that have not learned: their quiescent \
             phase cannot be judged, and means do not include them."
            .into(),
        notes: notes(view, &found, every),
        rows: vec![vec![panel(view, &found, drawn, every, [&x, &y])]],
        data: Some(table(view, &found)),
        title,
    })
}

fn networks(line: &Line) -> usize {
    line.places.iter().map(|place| place.networks.len()).sum()
}

fn notes(view: &SweepView, found: &Lines, every: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if found.lines.len() > MOST_LINES {
        notes.push(format!(
            "{MOST_LINES} of {} combinations of {} are drawn; values of a key choose among them",
            found.lines.len(),
            key_names(view, found).join(", "),
        ));
    }
    let network = |count: usize| match count {
        1 => "1 network has".to_owned(),
        count => format!("{count} networks have"),
    };
    if found.unmeasured > 0 {
        notes.push(format!("{} no finite {}", network(found.unmeasured), view.measurement));
    }
    if found.unjudged > 0 {
        notes
            .push(format!("{} not learned: hollow, and no part of means", network(found.unjudged)));
    }
    if found.keyless > 0 {
        notes.push(format!("{} no {}", network(found.keyless), view.key));
    }
    if found.twins > 0 {
        notes.push(format!(
            "{} the keys and the seed of another one; all of them count",
            network(found.twins)
        ));
    }
    if every > 1 {
        notes.push(format!("one in {every} single networks is drawn as a point"));
    }
    notes
}

/// The networks, one a row, each with mean and spread of its place; also those of lines not drawn.
fn table(view: &SweepView, found: &Lines) -> Table {
    let with_seed = view.key != "seed";
    let mut columns = vec![view.key.as_str()];
    columns.extend(key_names(view, found));
    if with_seed {
        columns.push("seed");
    }
    columns.extend([view.measurement.as_str(), "judged", "n", "mean", "sd", "unit"]);
    let mut table = Table::new(&columns);
    for line in &found.lines {
        for place in &line.places {
            for &Measured { seed, value, judged } in &place.networks {
                let mut row = vec![cell(&found.values[place.index])];
                row.extend(line.values.iter().map(cell));
                if with_seed {
                    row.push(seed.into());
                }
                row.extend([
                    value.into(),
                    (if judged { "yes" } else { "no" }).into(),
                    place.judged.into(),
                    place.mean.into(),
                    place.sd.into(),
                    view.unit.as_str().into(),
                ]);
                table.push(row);
            }
        }
    }
    table
}

fn cell(value: &SweepValue) -> Cell {
    match value {
        // An integer is written as one.
        SweepValue::Number(number) if number.fract() == 0.0 && number.abs() < 2f64.powi(53) => {
            format!("{number:.0}").into()
        }
        SweepValue::Number(number) => (*number).into(),
        SweepValue::Text(text) => (&**text).into(),
        SweepValue::Absent => Cell::Empty,
    }
}

fn key_names<'a>(view: &'a SweepView, found: &Lines) -> Vec<&'a str> {
    found.keys.iter().map(|key| view.others[*key].as_str()).collect()
}

fn panel(
    view: &SweepView,
    found: &Lines,
    drawn: &[Line],
    every: usize,
    [x, y_name]: [&Named; 2],
) -> Panel {
    let y = up(drawn);
    let mut frame =
        Frame { left: 0.0, top: TOP, width: 0.0, height: HEIGHT, x: Scale::linear(0.0, 1.0), y };
    frame.left = frame.label_gap() + 14.0;
    frame.width = FULL_WIDTH - frame.left - MARGIN;
    let across = Across::new(&found.values, frame.width);
    frame.x = across.scale;

    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    let step = beside(&across, frame.width, drawn.len());
    let shifted = |line: usize| Frame {
        left: frame.left + step * (line as f64 - (drawn.len() as f64 - 1.0) / 2.0),
        ..frame
    };
    // Seeds have no order.
    let joined = found.numeric() && view.key != "seed";
    for (i, line) in drawn.iter().enumerate() {
        lines_and_bars(&mut svg, &shifted(i), style(i), &across, line, joined, every);
    }
    // Single networks beside the bars, which hide none of them; then the means.
    for (i, line) in drawn.iter().enumerate() {
        let (mut frame, style) = (shifted(i), style(i));
        frame.left -= if drawn.len() == 1 { CAP + 2.0 } else { BESIDE.min(step / 2.0) };
        let shown =
            line.places.iter().filter(|place| place.networks.len() > 1 || !all_judged(place));
        let singles = shown.flat_map(|place| {
            place.networks.iter().map(|network| (across.at[place.index], network))
        });
        for (x, network) in singles.step_by(every) {
            let Some(at) = frame.place(x, network.value) else { continue };
            if network.judged {
                svg.dot(at, 1.9, style.color, 0.6);
            } else {
                svg.circle(at, 2.2, "#ffffff", Some(Stroke::new(style.color, 1.0)));
            }
        }
    }
    for (i, line) in drawn.iter().enumerate() {
        means(&mut svg, &shifted(i), style(i), &across, line, every);
    }

    let y_label = y_name.fit(HEIGHT + 20.0);
    across.draw(&mut svg, &frame, &x.fit(frame.width), &y_label);
    let bottom = frame.bottom() + across.room;
    let bottom = below(&mut svg, view, found, drawn, (frame.left, bottom));
    Panel::new(
        svg,
        (FULL_WIDTH, bottom),
        format!("{} against {}, mean and spread over seeds", y_name.name, x.name),
    )
}

fn all_judged(place: &Place) -> bool {
    place.judged == place.networks.len()
}

/// Distance between successive lines at one value, so that they do not hide each other: as far as
/// there is room between two values, and within the frame.
fn beside(across: &Across, width: f64, lines: usize) -> f64 {
    if lines < 2 {
        return 0.0;
    }
    let between = 0.7 * across.apart * width / lines as f64;
    let within = 2.0 * (across.margin * width - CAP) / (lines - 1) as f64;
    between.min(within).clamp(0.0, 9.0)
}

/// Whether some place of a line has several networks.
fn has_seeds(line: &Line) -> bool {
    line.places.iter().any(|place| place.judged > 1)
}

/// Places of the means of a line.
fn places(frame: &Frame, across: &Across, line: &Line) -> Vec<(f64, f64)> {
    let places = line.places.iter();
    places.filter_map(|place| frame.place(across.at[place.index], place.mean?)).collect()
}

/// The line through the means, and the bars about them.
fn lines_and_bars(
    svg: &mut Svg,
    frame: &Frame,
    style: CurveStyle,
    across: &Across,
    line: &Line,
    ordered: bool,
    every: usize,
) {
    let several = has_seeds(line);
    let places = places(frame, across, line);
    // A line through hundreds of single networks would be a tangle.
    if ordered && (several || line.places.len() <= JOINED_SINGLES) {
        svg.path(places.iter().copied().map(Some), Stroke::new(style.color, 1.8).dash(style.dash));
    }
    for place in line.places.iter().step_by(thinned(several, places.len(), every)) {
        if let (Some(mean), Some(sd)) = (place.mean, place.sd) {
            error_bar(svg, frame, across.at[place.index], (mean - sd, mean + sd), style.color);
        }
    }
}

fn means(
    svg: &mut Svg,
    frame: &Frame,
    style: CurveStyle,
    across: &Across,
    line: &Line,
    every: usize,
) {
    let places = places(frame, across, line);
    for at in places.iter().step_by(thinned(has_seeds(line), places.len(), every)) {
        style.draw_mark(svg, *at);
    }
}

/// One in how many places is marked.
fn thinned(several: bool, places: usize, every: usize) -> usize {
    if several { places.div_ceil(MOST_MARKS).max(1) } else { every }
}

/// A remark and the legend under the axes; gives the place where the panel ends.
fn below(
    svg: &mut Svg,
    view: &SweepView,
    found: &Lines,
    drawn: &[Line],
    (left, top): (f64, f64),
) -> f64 {
    let width = FULL_WIDTH - left - MARGIN;
    let places = || found.lines.iter().flat_map(|line| &line.places);
    let spread = places().any(|place| place.sd.is_some());
    let seeds = view.key == "seed" || places().any(|place| place.networks.len() > 1);
    let remark = match (spread, seeds) {
        (true, _) => "Mean ± standard deviation over seeds; small points are single networks.",
        (false, true) => "Each point is one network.",
        (false, false) => "Each point is one network: there is one seed of each.",
    };
    let mut y = top + 12.0;
    let start = Text::SMALL.anchor(crate::svg::Anchor::Start);
    svg.text((left, y), remark, start);
    y += 20.0;
    if found.unjudged > 0 {
        let remark = "Hollow points are networks that have not learned; means do not include them.";
        svg.text((left, y - 4.0), remark, start);
        y += 18.0;
    }
    let names = names_in_legend(&key_names(view, found));
    if !names.is_empty() {
        let labels: Vec<String> = drawn
            .iter()
            .map(|line| {
                let parts = names.iter().zip(&line.values).map(|(name, value)| match value {
                    SweepValue::Absent => format!("no {}", name.to_lowercase()),
                    value => format!("{name} {}", value.label()),
                });
                parts.collect::<Vec<_>>().join(", ")
            })
            .collect();
        let widest =
            labels.iter().map(|label| text_width(label, Text::SMALL.size)).fold(0.0, f64::max);
        let columns = if widest + 44.0 <= width / 2.0 { 2 } else { 1 };
        let room = width / columns as f64 - 40.0;
        let entries: Vec<Entry> = labels
            .iter()
            .enumerate()
            .map(|(i, label)| Entry::marked(fit_text(label, Text::SMALL.size, room), style(i)))
            .collect();
        y += draw_legend(svg, (left, y), &entries, columns, width);
    }
    let left_out = found.lines.len() - drawn.len();
    if left_out > 0 {
        let text = format!("{left_out} more combinations of these keys are not drawn.");
        svg.text((left, y), &text, start);
        y += 18.0;
    }
    y - 6.0
}

/// Readable names of keys, where those tell them apart.
fn names_in_legend(keys: &[&str]) -> Vec<String> {
    let names: Vec<String> = keys.iter().map(|key| Named::key(key).name).collect();
    let alone = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let choose = |(name, key): (&String, &&str)| match alone(name) {
        true => name.clone(),
        false => (*key).to_owned(),
    };
    names.iter().zip(keys).map(choose).collect()
}

fn style(line: usize) -> CurveStyle {
    let colors = color::RUNS.len();
    let (dash, mark) = match line / colors {
        0 => (None, Mark::Disc),
        _ => (Some("6 3"), Mark::Square),
    };
    CurveStyle { color: color::RUNS[line % colors], dash, mark }
}

/// The axis of the measurement: all networks and spreads. It begins at zero unless a network is negative, or
/// all are positive and span a factor of twenty: then it is logarithmic.
fn up(drawn: &[Line]) -> Scale {
    let places = || drawn.iter().flat_map(|line| &line.places);
    let values = places().flat_map(|place| place.networks.iter().map(|network| network.value));
    let (lowest, mut max) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let logarithmic = lowest > 0.0 && max > 20.0 * lowest;
    let mut min = lowest;
    for place in places() {
        let (mean, sd) = (place.mean.unwrap_or(lowest), place.sd.unwrap_or(0.0));
        max = max.max(mean + sd);
        min = min.min(mean - sd);
    }
    if logarithmic {
        return Scale::Log { min: lowest / 1.2, max: max * 1.2 };
    }
    if lowest >= 0.0 {
        return Scale::linear(0.0, if max > 0.0 { 1.06 * max } else { 1.0 });
    }
    let max = max.max(0.0);
    let pad = 0.06 * (max - min);
    Scale::linear(min - pad, max + pad)
}
