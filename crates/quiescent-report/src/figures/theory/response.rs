//! The gain of the response to input over the arena.

use std::f64::consts::PI;

use quiescent::theory::{ResponseCell, ResponseResult};

use super::networks::{Kind, about, failed, fields, missing, networks};
use super::panel::{HEADING, around, headed, level};
use crate::axes::{Frame, bar_ticks, color_bar, headings};
use crate::color::ColorMap;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::NULL;
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::paths::{draw_box, extent};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::theory_view::TheoryRun;
use crate::view::corners;
use quiescent::readable;

/// A bin's middle, and its gain.
type Gain = ([f64; 2], f64);

/// One run's trained network.
struct Map<'a> {
    run: &'a TheoryRun<'a>,
    found: &'a ResponseResult,
    gains: Vec<Gain>,
}

pub(super) fn draw(runs: &[TheoryRun<'_>], id: &str) -> Drawing {
    let mut notes = Vec::new();
    let mut rows = table();
    let (mut maps, mut curves) = (Vec::new(), Vec::new());
    for run in runs {
        for (kind, network) in networks(run) {
            match &network.response {
                Ok(found) => {
                    fill(&mut rows, run, kind, found);
                    if kind != Kind::Trained {
                        continue;
                    }
                    let spatial = run.examination.space.region().is_some();
                    let gains = gains(&found.map, spatial);
                    if gains.is_empty() {
                        notes.push(failed(
                            run,
                            kind,
                            "response",
                            "no bin of the arena holds states",
                        ));
                    } else if spatial {
                        maps.push(Map { run, found, gains });
                    } else {
                        curves.push(Map { run, found, gains });
                    }
                }
                Err(reason) => notes.push(failed(run, kind, "response", reason)),
            }
        }
    }
    if maps.is_empty() && curves.is_empty() {
        if notes.is_empty() {
            notes.push("No trained network is among these runs.".into());
        }
        return Err(missing(&notes));
    }
    let mut panels: Vec<Vec<Panel>> = Vec::new();
    if !maps.is_empty() {
        let scale = scale(&maps, &mut notes);
        let drawn: Vec<Panel> = maps
            .iter()
            .enumerate()
            .filter_map(|(i, map)| map.cells(scale, &format!("{id}-{i}")))
            .collect();
        panels.extend(in_pairs(drawn));
        panels.push(vec![bar(scale, id)]);
    }
    let gains = curves.iter().flat_map(|map| &map.gains).map(|(_, gain)| *gain);
    let y = around(gains, 0.0, 1.1);
    panels.extend(in_pairs(curves.iter().map(|map| map.curve(y)).collect()));
    Ok(Drawn {
        caption: "The panels show, place by place, how much of a small displacement of the animal \
             arrives in the readout within one step: the gain of D ∂Δr/∂Δs on f′(s), in trained \
             networks. The greedily optimal response, D†f′(s)Δs (17), has gain 1 everywhere, \
             because it passes on the whole displacement at once. A network of slow units that \
             follows well may spread its response over several steps and have a smaller gain. A \
             gain that is the same everywhere is what matters, because one that varies with \
             place turns equal movements into unequal ones. The table beside the figure also \
             holds the numbers of untrained networks."
            .into(),
        notes,
        panels,
        data: rows,
    })
}

fn table() -> Rows {
    Rows::new("run,network,quantity,unit,place_1,place_2,states,value,low,high")
}

fn fill(rows: &mut Rows, run: &TheoryRun<'_>, kind: Kind, found: &ResponseResult) {
    about(rows, run, kind);
    let unit = run.examination.space.unit();
    rows.push([("quantity", "probe".into()), ("unit", unit.into()), ("value", found.probe.into())]);
    for (key, measured) in [
        ("cosine", &found.cosine),
        ("gain", &found.gain),
        ("readout_cosine", &found.readout_cosine),
        ("readout_gain", &found.readout_gain),
        ("shuffled_readout_cosine", &found.shuffled_readout_cosine),
    ] {
        rows.push(
            fields(measured).into_iter().chain([("quantity", key.into()), ("unit", "1".into())]),
        );
    }
    for cell in &found.map {
        let place = |dim: usize| cell.place.get(dim).copied().into();
        for (key, value) in [
            ("readout_gain_at_place", cell.readout_gain),
            ("readout_cosine_at_place", cell.readout_cosine),
        ] {
            rows.push([
                ("quantity", key.into()),
                ("unit", "1".into()),
                ("place_1", place(0)),
                ("place_2", place(1)),
                ("states", cell.states.into()),
                ("value", value.into()),
            ]);
        }
    }
}

/// The cells that can be drawn, by ascending place.
fn gains(map: &[ResponseCell], spatial: bool) -> Vec<Gain> {
    let place = |cell: &ResponseCell| match cell.place[..] {
        [x, y] if spatial => Some([x, y]),
        [x] if !spatial => Some([x, 0.0]),
        _ => None,
    };
    let all = map.iter().filter_map(|cell| Some((place(cell)?, cell.readout_gain)));
    let finite = |([x, y], gain): &Gain| x.is_finite() && y.is_finite() && gain.is_finite();
    let mut gains: Vec<Gain> = all.filter(finite).collect();
    gains.sort_by(|(a, _), (b, _)| a[0].total_cmp(&b[0]));
    gains
}

fn in_pairs(panels: Vec<Panel>) -> Vec<Vec<Panel>> {
    let mut rows: Vec<Vec<Panel>> = Vec::new();
    for panel in panels {
        match rows.last_mut() {
            Some(row) if row.len() < 2 => row.push(panel),
            _ => rows.push(vec![panel]),
        }
    }
    rows
}

/// Colours from the smallest to the largest gain of all maps, and 1 among them.
fn scale(maps: &[Map<'_>], notes: &mut Vec<String>) -> Scale {
    let gains = maps.iter().flat_map(|map| &map.gains).map(|(_, gain)| *gain);
    let lowest = gains.clone().fold(f64::INFINITY, f64::min);
    if lowest < 0.0 {
        notes.push(format!(
            "Somewhere the gain is negative ({}): the readout moves against the displacement.",
            readable::number(lowest, 2)
        ));
    }
    around(gains, 0.0, 1.0)
}

/// The colour bar: 1 is the optimum.
fn bar(scale: Scale, id: &str) -> Panel {
    let label = "Readout gain (optimum: 1)";
    color_bar(&format!("{id}-bar"), ColorMap::Distance, label, &bar_ticks(scale))
}

impl Map<'_> {
    fn shown(&self) -> String {
        let gain = self.found.readout_gain.value;
        let cosine = self.found.readout_cosine.value;
        if gain.is_finite() && cosine.is_finite() {
            let [gain, cosine] = [gain, cosine].map(|value| readable::number(value, 2));
            format!("trained: gain {gain}, cosine {cosine}")
        } else {
            "trained".into()
        }
    }

    fn cells(&self, scale: Scale, id: &str) -> Option<Panel> {
        let arena = corners(self.run.examination.space.region()?)?;
        let side = |axis: usize| {
            let whole = arena[2 * axis + 1] - arena[2 * axis];
            smallest_gap(self.gains.iter().map(|(place, _)| place[axis])).unwrap_or(whole)
        };
        let (wide, high) = (side(0), side(1));
        let left = 52.0;
        let size = (HALF_WIDTH - left - 14.0, 230.0);
        let places = self.gains.iter().map(|(place, _)| *place);
        let frame = Frame::equal_aspect(left, HEADING, size, extent(arena, places));
        let mut svg = Svg::default();
        svg.clipped(id, frame.at(), frame.size(), |svg| {
            for ([x, y], gain) in &self.gains {
                let corners = (
                    frame.place(x - wide / 2.0, y + high / 2.0),
                    frame.place(x + wide / 2.0, y - high / 2.0),
                );
                if let (Some((left, top)), Some((right, bottom))) = corners {
                    let color = ColorMap::Distance.at(scale.fraction(*gain).unwrap_or(0.0));
                    // A little larger, so that no light shows between neighbours.
                    let size = (right - left + 0.3, bottom - top + 0.3);
                    svg.rect((left, top), size, &color, None);
                }
            }
        });
        draw_box(&mut svg, &frame, arena);
        frame.draw_axes(&mut svg, "x (m)", "y (m)");
        Some(self.panel(svg, &frame))
    }

    fn curve(&self, y: Scale) -> Panel {
        let frame = Frame::new(
            (62.0, HEADING),
            (HALF_WIDTH - 62.0 - 20.0, 180.0),
            Scale::linear(-PI, PI),
            y,
        );
        let mut svg = Svg::default();
        frame.draw_grid(&mut svg);
        level(&mut svg, &frame, 1.0, Stroke::new(NULL, 1.4).dash(Some("2 3")));
        let points = self.gains.iter().map(|(place, gain)| frame.place(place[0], *gain));
        svg.path(points, Stroke::new(Kind::Trained.style().color, 2.0));
        let gap = frame.label_gap();
        frame.draw_axes_at(&mut svg, &headings(), "Heading (rad)", "Readout gain", gap);
        self.panel(svg, &frame)
    }

    fn panel(&self, svg: Svg, frame: &Frame) -> Panel {
        let alt = format!("Readout gain over the arena, trained network of {}", self.run.name);
        headed(svg, frame, HALF_WIDTH, (self.run, &self.shown()), alt)
    }
}

/// The smallest distance between two different values: bins are equal, but some may be missing.
fn smallest_gap(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let gaps = values.windows(2).map(|pair| pair[1] - pair[0]);
    let gap = gaps.filter(|gap| *gap > 1e-9).fold(f64::INFINITY, f64::min);
    gap.is_finite().then_some(gap)
}
