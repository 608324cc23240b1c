//! Heat maps over strength and time constant of adaptation, one for each quantity, noise and friction.

use quiescent::analysis::Verdict;
use quiescent::analysis::bootstrap::Measured;
use quiescent::analysis::reactivation::Estimate;
use quiescent::readable;
use quiescent::rest_map::{RestMap, RestNumbers, RestPoint};

use crate::color::{self, ColorMap};
use crate::figure::{Panel, QUARTER_WIDTH, THIRD_WIDTH};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use crate::svg::{Anchor, Stroke, Svg, Text};

const LEFT: f64 = 42.0;
const TOP: f64 = 40.0;
/// A number, and marks below it.
const CELL_HEIGHT: f64 = 30.0;
/// Part of the colour map that cells use, so that figures in them can be read.
const PALEST: f64 = 0.06;
const DARKEST: f64 = 0.85;
/// Colour of what has no value.
const NONE: &str = "#eeeeee";

/// One quantity of the map.
struct Quantity {
    title: &'static str,
    of: fn(&RestNumbers) -> Option<f64>,
    /// Whether values are shaded by their logarithm.
    logarithmic: bool,
    /// Whether it has the unit of the space.
    has_unit: bool,
    /// A value in a cell, which has room for six letters in a panel of a third of the width, and for four in one of a quarter.
    written: fn(f64) -> String,
}

/// The quantities of a row of panels, and the width of each.
type Row = (&'static [Quantity], f64);

const ROWS: [Row; 2] = [
    (
        &[
            Quantity::divergence("KL, one point (nats)", |found| Some(found.kl_from_point.nats)),
            Quantity::divergence("KL, encoded (nats)", |found| Some(found.kl_from_encoded.nats)),
            Quantity {
                title: "Mean step",
                of: |found| Some(found.step_distance.value),
                logarithmic: true,
                has_unit: true,
                written: two_figures,
            },
        ],
        THIRD_WIDTH,
    ),
    (
        &[
            Quantity::linear("Continuity", |found| Some(found.continuity.value)),
            Quantity::linear("Coverage", |found| Some(found.coverage.value)),
            Quantity::linear("Activity", |found| Some(found.activity.value)),
            Quantity::linear("Exponent", |found| Some(found.exponent.as_ref().ok()?.value)),
        ],
        QUARTER_WIDTH,
    ),
];

/// Two decimals, and none of what is as large as 10.
fn hundredths(value: f64) -> String {
    let text = if value.abs() < 10.0 { format!("{value:.2}") } else { format!("{value:.0}") };
    // No negative zero.
    if text == "-0.00" { "0.00".to_owned() } else { text.replace('-', "−") }
}

fn two_figures(value: f64) -> String {
    readable::number(value, 2)
}

impl Quantity {
    const fn linear(title: &'static str, of: fn(&RestNumbers) -> Option<f64>) -> Self {
        Self { title, of, logarithmic: false, has_unit: false, written: hundredths }
    }

    const fn divergence(title: &'static str, of: fn(&RestNumbers) -> Option<f64>) -> Self {
        Self { title, of, logarithmic: true, has_unit: false, written: hundredths }
    }
}

pub(super) fn draw(map: &RestMap) -> Drawing {
    if map.points.iter().all(|point| point.found.is_err()) {
        let reason = map.points.first().and_then(|point| point.found.as_ref().err());
        return Err(reason.map_or_else(|| "the map is empty".into(), ToString::to_string));
    }
    let mut panels = Vec::new();
    for (noise_ratio, friction) in blocks(map) {
        let ways: Vec<&RestPoint> = map
            .points
            .iter()
            .filter(|point| {
                point.way.noise_ratio == noise_ratio && point.way.friction() == friction
            })
            .collect();
        let heading = heading(noise_ratio, friction);
        for (quantities, width) in ROWS {
            let row =
                quantities.iter().map(|quantity| panel(map, &ways, quantity, &heading, width));
            panels.push(row.collect());
        }
    }
    let unit = map.space.unit();
    let longest = readable::number(map.active.longest_step, 2);
    Ok(Drawn {
        caption: format!(
            "Each cell is one way to rest: adaptation of strength b (rows; 0 is none) and time constant τ_a \
             (columns), with momentum of friction λ (1 is none) and hidden noise of κ times the active amplitude. \
             Darker is larger. A thick frame marks first-order rest, with which all are compared; a white disc \
             marks ways that are faithful, a white square those that are continuous. KL is KL(quiescent‖active), \
             of trials that all begin at one point, or from encoded starts. The others are of trials from one \
             point: continuity is the share of steps no longer than {longest} {unit}, the 95th percentile of \
             active steps; activity is the norm of hidden states over that of the active phase; coverage the fraction of the space that a trial visits; the mean step is in {unit} \
             (active: {}); the exponent is that of the mean squared displacement, 1 for a random walk. × has no \
             numbers: its rates ran away.",
            readable::number(map.active.step_distance.value, 2),
        ),
        notes: notes(map),
        panels,
        data: data(map),
    })
}

/// Pairs of noise and friction, in the map's order.
fn blocks(map: &RestMap) -> Vec<(f64, f64)> {
    let mut blocks = Vec::new();
    for point in &map.points {
        let block = (point.way.noise_ratio, point.way.friction());
        if !blocks.contains(&block) {
            blocks.push(block);
        }
    }
    blocks
}

fn heading(noise_ratio: f64, friction: f64) -> String {
    format!("κ = {}, λ = {}", readable::number(noise_ratio, 3), readable::setting(friction))
}

fn panel(
    map: &RestMap,
    ways: &[&RestPoint],
    quantity: &Quantity,
    heading: &str,
    whole_width: f64,
) -> Panel {
    let strengths = sorted(ways.iter().map(|point| point.way.strength()));
    let taus_s = sorted(ways.iter().filter_map(|point| point.way.adaptation_tau_s()));
    let value = |point: &RestPoint| point.found.as_ref().ok().and_then(quantity.of);
    let all: Vec<f64> =
        map.points.iter().filter_map(value).filter(|value| value.is_finite()).collect();
    let width = whole_width - LEFT - 10.0;
    let columns = taus_s.len().max(1) as f64;
    let cell = width / columns;
    let mut svg = Svg::default();
    let unit = if quantity.has_unit { format!(" ({})", map.space.unit()) } else { String::new() };
    svg.text((LEFT + width / 2.0, 14.0), &format!("{}{unit}", quantity.title), Text::TITLE);
    svg.text((LEFT + width / 2.0, 30.0), heading, Text::SMALL);
    let mut first_order = None;
    for point in ways {
        // The largest strength is on top.
        let row = strengths.iter().rev().position(|&strength| strength == point.way.strength());
        let column = point.way.adaptation_tau_s().map(|tau_s| {
            taus_s.iter().position(|&other| other == tau_s).unwrap_or_default() as f64
        });
        let y = TOP + row.unwrap_or_default() as f64 * CELL_HEIGHT;
        // Without adaptation there is no time constant.
        let (x, across) = column.map_or((LEFT, width), |column| (LEFT + column * cell, cell));
        draw_cell(&mut svg, (x, y), across, value(point), quantity, &all);
        if point.found.is_err() {
            cross(&mut svg, (x + across / 2.0, y + CELL_HEIGHT / 2.0));
        }
        mark(&mut svg, (x + across / 2.0, y + CELL_HEIGHT - 7.0), map, point);
        if map.points.first().is_some_and(|first| first.way == point.way) {
            first_order = Some((x, y, across));
        }
    }
    if let Some((x, y, across)) = first_order {
        let size = (across - 3.0, CELL_HEIGHT - 3.0);
        svg.rect((x + 1.5, y + 1.5), size, "none", Some(Stroke::new("#111111", 3.0)));
    }
    for (row, strength) in strengths.iter().rev().enumerate() {
        let y = TOP + (row as f64 + 0.5) * CELL_HEIGHT + 4.0;
        let label = readable::setting(*strength);
        svg.text((LEFT - 6.0, y), &label, Text::SMALL.anchor(Anchor::End));
    }
    let bottom = TOP + strengths.len() as f64 * CELL_HEIGHT;
    svg.text((10.0, TOP + (bottom - TOP) / 2.0), "b", Text::LABEL);
    for (column, tau_s) in taus_s.iter().enumerate() {
        let x = LEFT + (column as f64 + 0.5) * cell;
        svg.text((x, bottom + 15.0), &readable::setting(*tau_s), Text::SMALL);
    }
    if !taus_s.is_empty() {
        svg.text((LEFT + width / 2.0, bottom + 30.0), "τ_a (s)", Text::LABEL);
    }
    let alt = format!("Heat map of {} at {heading}", quantity.title);
    Panel::new(svg, (whole_width, bottom + 42.0), alt)
}

/// Values that differ, ascending.
fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    values
}

fn draw_cell(
    svg: &mut Svg,
    (x, y): (f64, f64),
    width: f64,
    value: Option<f64>,
    quantity: &Quantity,
    all: &[f64],
) {
    let rim = Some(Stroke::new("#ffffff", 1.0));
    let Some(value) = value else {
        svg.rect((x, y), (width, CELL_HEIGHT), NONE, rim);
        return;
    };
    let shade = shade(value, quantity.logarithmic, all);
    svg.rect((x, y), (width, CELL_HEIGHT), &ColorMap::Density.at(shade), rim);
    let color = if shade > 0.45 { "#ffffff" } else { "#1a1a1a" };
    let text = (quantity.written)(value);
    svg.text((x + width / 2.0, y + 14.0), &text, Text::SMALL.color(color));
}

/// Fraction along the colour map of a value among all of its kind.
fn shade(value: f64, logarithmic: bool, all: &[f64]) -> f64 {
    // Divergences may lie at or below 0.
    let place = |value: f64| if logarithmic { value.max(0.01).ln() } else { value };
    let low = all.iter().copied().map(place).fold(f64::INFINITY, f64::min);
    let high = all.iter().copied().map(place).fold(f64::NEG_INFINITY, f64::max);
    let fraction = if high > low { (place(value) - low) / (high - low) } else { 0.0 };
    PALEST + (DARKEST - PALEST) * fraction.clamp(0.0, 1.0)
}

fn cross(svg: &mut Svg, (x, y): (f64, f64)) {
    let stroke = Stroke::new(color::LOST, 2.0);
    svg.line((x - 5.0, y - 5.0), (x + 5.0, y + 5.0), stroke);
    svg.line((x - 5.0, y + 5.0), (x + 5.0, y - 5.0), stroke);
}

/// A disc for a faithful way, left of a square for a continuous one.
fn mark(svg: &mut Svg, (x, y): (f64, f64), map: &RestMap, point: &RestPoint) {
    let Some(judged) = map.judge(point) else { return };
    let rim = Stroke::new("#333333", 1.0);
    if judged.faithful == Verdict::Holds {
        svg.circle((x - 6.0, y), 2.8, "#ffffff", Some(rim));
    }
    if judged.continuous == Verdict::Holds {
        svg.rect((x + 3.5, y - 2.5), (5.0, 5.0), "#ffffff", Some(rim));
    }
}

/// Ways without numbers, each reason once.
pub(super) fn notes(map: &RestMap) -> Vec<String> {
    let failed: Vec<String> = map
        .points
        .iter()
        .filter_map(|point| {
            let reason = point.found.as_ref().err()?;
            Some(format!("{}: {reason}", point.way))
        })
        .collect();
    match &failed[..] {
        [] => Vec::new(),
        [one] => vec![format!("Without numbers: {one}.")],
        [first, others @ ..] => {
            vec![format!("Without numbers: {first}; {} others for such reasons.", others.len())]
        }
    }
}

fn data(map: &RestMap) -> Rows {
    let mut rows = Rows::new(
        "noise_ratio,friction,strength,tau_s,quantity,value,low,high,faithful,continuous,missing",
    );
    for point in &map.points {
        let way = &point.way;
        let judged = map.judge(point);
        rows.always("noise_ratio", way.noise_ratio);
        rows.always("friction", way.friction());
        rows.always("strength", way.strength());
        rows.always("tau_s", way.adaptation_tau_s());
        rows.always("faithful", judged.map_or("", |judged| judged.faithful.name()));
        rows.always("continuous", judged.map_or("", |judged| judged.continuous.name()));
        let Ok(found) = &point.found else {
            let reason = point.found.as_ref().err().map_or_else(String::new, ToString::to_string);
            rows.push([("missing", reason.into())]);
            continue;
        };
        let estimate =
            |estimate: &Estimate| [estimate.nats, estimate.interval.low, estimate.interval.high];
        let measured = |measured: &Measured| crate::figures::span(measured);
        for (name, span) in [
            ("kl_from_point", Some(estimate(&found.kl_from_point))),
            ("kl_from_encoded", Some(estimate(&found.kl_from_encoded))),
            ("step_distance", Some(measured(&found.step_distance))),
            ("continuity", Some(measured(&found.continuity))),
            ("coverage", Some(measured(&found.coverage))),
            ("activity", Some(measured(&found.activity))),
            ("exponent", found.exponent.as_ref().ok().map(measured)),
        ] {
            let Some([value, low, high]) = span else { continue };
            rows.push([
                ("quantity", name.into()),
                ("value", value.into()),
                ("low", low.into()),
                ("high", high.into()),
            ]);
        }
    }
    rows
}
