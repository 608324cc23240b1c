//! Occupancy of both phases: a map of the box, or a density of headings.

use std::f64::consts::{PI, TAU};

use super::map::{self, Cells, MapPanel};
use crate::axes::{Dial, Frame, HEADINGS, bar_ticks, color_bar, headings};
use crate::color::{self, ColorMap};
use crate::density::{self, BoxDensity};
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel, THIRD_WIDTH};
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text};
use crate::table::{Cell, Table};
use crate::view::{PhaseKind, RunView, TaskKind, positions};
use quiescent::readable;

pub(super) fn draw(run: &RunView, id: &str) -> Result<Figure, Missing> {
    match run.task() {
        TaskKind::Spatial => in_box(run, id),
        TaskKind::HeadDirection => on_circle(run, id),
    }
}

/// The titles, of maps and of densities of headings.
const POSITIONS: &str = "Occupancy of decoded positions";
const HEADINGS_TITLE: &str = "Occupancy of decoded headings";

fn in_box(run: &RunView, id: &str) -> Result<Figure, Missing> {
    let missing = |reason: String| Missing { title: POSITIONS.into(), reason };
    let arena = run.arena().ok_or_else(|| missing("The box of this run has no area.".into()))?;
    let mut notes = run.why_not_drawable();
    let mut maps: Vec<(&str, &str, &str, BoxDensity)> = Vec::new();
    for kind in PhaseKind::BOTH {
        let Ok(phase) = run.drawable(kind) else {
            continue;
        };
        match density::in_box(positions(phase.decoded.view()), arena) {
            Some(map) => maps.push((kind.title(), kind.color(), kind.key(), map)),
            None => notes.push(format!("No {} position lies inside the box.", kind.key())),
        }
    }
    if maps.is_empty() {
        let reason = notes.join(" ");
        return Err(missing(reason));
    }
    if let Some(recording) = &run.recording {
        let own = recording.values().filter_map(|value| <[f64; 2]>::try_from(value).ok());
        match density::in_box(own, arena) {
            Some(map) => maps.push(("The animal", color::RECORDED, "recorded", map)),
            None => notes.push("The recording holds no position inside the box.".into()),
        }
    }
    for (_, _, key, map) in &maps {
        if map.outside > 0.0005 {
            notes.push(format!(
                "{} % of the {key} positions lie outside the box and are not shown.",
                readable::number(100.0 * map.outside, 2)
            ));
        }
    }
    let densities = maps.iter().flat_map(|(_, _, _, map)| map.cells.iter().copied());
    let top = map::top(densities, "m²", &mut notes);
    let width = if maps.len() > 2 { THIRD_WIDTH } else { HALF_WIDTH };
    let row = maps
        .iter()
        .map(|(title, color, key, map)| {
            let panel = MapPanel {
                title,
                color,
                alt: format!("Map of the density of {} positions in the box", title.to_lowercase()),
                labels: ("x (m)", "y (m)"),
                extent: arena,
                arena: Some(arena),
                top,
                width,
                id: &format!("{id}-{key}"),
            };
            panel.draw(&Cells { extent: arena, columns: density::GRID, density: &map.cells })
        })
        .collect();
    let area = (arena[1] - arena[0]) * (arena[3] - arena[2]);
    let animal = if maps.iter().any(|(_, _, key, _)| *key == "recorded") {
        " The map “The animal” shows the animal’s own positions, from the recording."
    } else {
        ""
    };
    Ok(Figure {
        name: "occupancy".into(),
        title: POSITIONS.into(),
        caption: format!(
            "Each map shows how often each place is decoded, over all trials and steps ({}). All maps \
             share one colour scale: strongly coloured places are decoded more often, and a \
             uniform density over the box would be {} per m² everywhere.{animal} If the network \
             reactivates its active states, the quiescent map resembles the active one: strong \
             where the animal spends its time, and faint where it seldom goes. The maps are \
             smoothed with a standard deviation of {} m, for display only.",
            run.lengths(),
            readable::number(1.0 / area, 2),
            readable::number(
                density::BOX_SMOOTHING * (arena[1] - arena[0]).max(arena[3] - arena[2]),
                2
            ),
        ),
        notes,
        rows: vec![
            row,
            vec![color_bar(
                &format!("{id}-bar"),
                ColorMap::Density,
                "Occupancy density (1/m²)",
                &bar_ticks(Scale::linear(0.0, top)),
            )],
        ],
        data: Some(box_table(&maps, arena)),
    })
}

/// The maps by the centres of their cells.
fn box_table(maps: &[(&str, &str, &str, BoxDensity)], arena: [f64; 4]) -> Table {
    let mut table = Table::new(&["phase", "x_m", "y_m", "density_per_m2"]);
    let centre = |i: usize, low: f64, high: f64| {
        low + (i as f64 + 0.5) / density::GRID as f64 * (high - low)
    };
    for (_, _, key, map) in maps {
        for (i, density) in map.cells.iter().enumerate() {
            let x = centre(i % density::GRID, arena[0], arena[1]);
            let y = centre(i / density::GRID, arena[2], arena[3]);
            let [x, y, density] = [x, y, *density].map(|value| Cell::from(value as f32));
            table.push([(*key).into(), x, y, density]);
        }
    }
    table
}

struct Curve {
    /// Name in the figure's data.
    key: &'static str,
    label: &'static str,
    color: &'static str,
    dash: Option<&'static str>,
    /// Heading in rad and density in 1/rad.
    points: Vec<(f64, f64)>,
}

fn on_circle(run: &RunView, id: &str) -> Result<Figure, Missing> {
    let mut notes = run.why_not_drawable();
    let mut curves: Vec<Curve> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| {
            let phase = run.drawable(*kind).ok()?;
            Some(Curve {
                key: kind.key(),
                label: kind.title(),
                color: kind.color(),
                dash: (*kind == PhaseKind::Quiescent).then_some("6 3"),
                points: density::on_circle(phase.decoded.iter().map(|v| f64::from(*v)))?,
            })
        })
        .collect();
    if curves.is_empty() {
        return Err(Missing { title: HEADINGS_TITLE.into(), reason: notes.join(" ") });
    }
    if let Some(recording) = &run.recording {
        match density::on_circle(recording.values().flatten()) {
            Some(points) => curves.push(Curve {
                key: "recorded",
                label: "The animal",
                color: color::RECORDED,
                dash: Some("2 3"),
                points,
            }),
            None => notes.push("The recording holds no finite heading.".into()),
        }
    }
    let max = curves.iter().flat_map(|c| &c.points).map(|(_, d)| *d).fold(1.0 / TAU, f64::max);
    Ok(Figure {
        name: "occupancy".into(),
        title: HEADINGS_TITLE.into(),
        caption: format!(
            "The curves show how often each heading is decoded, over all trials and steps ({}): on \
             the left around a dial, where the distance from the centre is the density, and on \
             the right along a straight axis. The thin grey line marks a uniform density, 1/2π = \
             {} per rad. If the network reactivates its active states, the quiescent curve follows \
             the active one. The curves are smoothed with a standard deviation of {} rad, for \
             display only.",
            run.lengths(),
            readable::number(1.0 / TAU, 2),
            readable::setting(density::HEADING_SMOOTHING_RAD),
        ),
        notes,
        rows: vec![
            vec![dial_panel(&curves, max), line_panel(&curves, max, id)],
            vec![legend(&curves)],
        ],
        data: Some(circle_table(&curves)),
    })
}

fn circle_table(curves: &[Curve]) -> Table {
    let mut table = Table::new(&["phase", "heading_rad", "density_per_rad"]);
    for curve in curves {
        for (heading, density) in &curve.points {
            table.push([curve.key.into(), (*heading).into(), (*density).into()]);
        }
    }
    table
}

fn dial_panel(curves: &[Curve], max: f64) -> Panel {
    let dial = Dial { center: (HALF_WIDTH / 2.0, 142.0), radius: 112.0 };
    let scale = Scale::linear(0.0, max * 1.05);
    let mut svg = Svg::default();
    let circles = dial.draw_scale(&mut svg, &scale);
    if let Some(even) = scale.fraction(1.0 / TAU) {
        svg.circle(dial.center, even * dial.radius, "none", Some(Stroke::new("#8a8a8a", 1.0)));
    }
    for curve in curves {
        let outline: Vec<(f64, f64)> = curve
            .points
            .iter()
            .filter_map(|(heading, density)| dial.place(*heading, scale.fraction(*density)?))
            .collect();
        svg.polygon(&outline, curve.color, 0.10, Stroke::new(curve.color, 2.0).dash(curve.dash));
    }
    dial.draw_radius_labels(&mut svg, &circles);
    let (x, y) = dial.center;
    svg.text(
        (x, y + dial.radius + 36.0),
        "angle: heading (rad); radius: density (1/rad)",
        Text::SMALL,
    );
    Panel::new(
        svg,
        (HALF_WIDTH, y + dial.radius + 46.0),
        "Density of decoded headings of both phases around a dial",
    )
}

fn line_panel(curves: &[Curve], max: f64, id: &str) -> Panel {
    let frame = Frame::new(
        (58.0, 22.0),
        (HALF_WIDTH - 58.0 - 20.0, 226.0),
        Scale::linear(-PI, PI),
        Scale::linear(0.0, max * 1.08),
    );
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    svg.clipped(id, frame.at(), frame.size(), |svg| {
        let even = [-PI, PI].map(|heading| frame.place(heading, 1.0 / TAU));
        svg.path(even, Stroke::new("#8a8a8a", 1.0));
        for curve in curves {
            // The first bin once more on either side, so that the line reaches both ends.
            let (first, last) = (curve.points[0], curve.points[curve.points.len() - 1]);
            let closed = std::iter::once((last.0 - TAU, last.1))
                .chain(curve.points.iter().copied())
                .chain(std::iter::once((first.0 + TAU, first.1)));
            let points = closed.map(|(heading, density)| frame.place(heading, density));
            svg.path(points, Stroke::new(curve.color, 2.0).dash(curve.dash));
        }
    });
    frame.draw_axes_at(&mut svg, &headings(), "Decoded heading (rad)", "Density (1/rad)", 40.0);
    Panel::new(
        svg,
        (HALF_WIDTH, frame.bottom() + 44.0),
        format!(
            "Density of decoded headings of both phases from {} to {}",
            HEADINGS[0].1, HEADINGS[4].1
        ),
    )
}

fn legend(curves: &[Curve]) -> Panel {
    let mut svg = Svg::default();
    let spacing = 108.0;
    let left = (HALF_WIDTH - spacing * curves.len() as f64) / 2.0 + 6.0;
    for (i, curve) in curves.iter().enumerate() {
        let x = left + spacing * i as f64;
        svg.line((x, 10.0), (x + 26.0, 10.0), Stroke::new(curve.color, 2.0).dash(curve.dash));
        svg.text((x + 32.0, 14.0), curve.label, Text::SMALL.anchor(Anchor::Start));
    }
    Panel::new(svg, (HALF_WIDTH, 24.0), "Legend: a line style for each phase")
}
