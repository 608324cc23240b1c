//! The recording that a run is trained on: the animal's path in its room, and the samples that were
//! lost.

use std::f64::consts::PI;

use quiescent::run::{LossReason, LostSample, RecordedPath};
use quiescent::task::Room;

use super::draw::{Entry, legend};
use super::paths::extent;
use crate::axes::Frame;
use crate::color;
use crate::figure::{FULL_WIDTH, Figure, HALF_WIDTH, Missing, Panel};
use crate::scale::Scale;
use crate::svg::{Stroke, Svg};
use crate::table::{Cell, Table};
use crate::view::RunView;
use quiescent::readable;

const TITLE: &str = "The recording";
/// Kept samples further apart than this are drawn as dots: a line between them would cut corners.
const LONGEST_LINE_S: f64 = 0.5;
/// Time axes are in minutes from here on.
const MINUTES_FROM_S: f64 = 600.0;
/// Half the size of a lost sample's mark.
const CROSS: f64 = 2.6;

/// The mark of a lost sample, by the reason for its loss.
const LOSSES: [(LossReason, &str, &str, &str); 2] = [
    (LossReason::Jump, "lost_jump", "lost: impossible jump", color::LOST),
    (LossReason::Repeated, "lost_repeated", "lost: one value repeated off the path", color::MARKED),
];

/// The figure; none for a run whose motion is simulated.
pub(super) fn draw(run: &RunView, id: &str) -> Option<Result<Figure, Missing>> {
    if !run.on_a_recording() {
        return None;
    }
    let Some(recording) = &run.recording else {
        return Some(Err(Missing {
            title: TITLE.into(),
            reason:
                "The run folder holds no recording.json, because an older version of the program began \
                     the run. The file is written as soon as the recording is read again."
                    .into(),
        }));
    };
    let mut notes = Vec::new();
    let row = match &recording.room {
        Some(room) => {
            let view = view(recording, room);
            let outside = recording.lost.iter().filter(|lost| !within(&view, &lost.value)).count();
            if outside > 0 {
                notes.push(format!(
                    "{} lost samples lie outside the picture of the room.",
                    readable::count((outside * recording.lost_every) as u64)
                ));
            }
            let left = room_panel(recording, room, view, &format!("{id}-room"));
            let right =
                time_panel(recording, HALF_WIDTH, &["x (m)", "y (m)"], &format!("{id}-time"));
            vec![left, right]
        }
        None => {
            vec![time_panel(recording, FULL_WIDTH, &["Heading (rad)"], &format!("{id}-time"))]
        }
    };
    notes.extend(thinned(recording));
    if let Some(room) = recording.room.filter(|room| room.outside > 0) {
        notes.push(format!(
            "{} samples lie outside the given walls, {} of them by more than {} m, the furthest by \
             {} m.",
            readable::count(room.outside as u64),
            readable::count(room.far_outside as u64),
            readable::setting(room.tolerance_m),
            readable::number(room.furthest_outside_m, 2)
        ));
    }
    Some(Ok(Figure {
        name: "recording".into(),
        title: TITLE.into(),
        caption: caption(recording),
        notes,
        rows: vec![row, vec![legend(&entries(recording), 2, FULL_WIDTH)]],
        data: Some(table(recording)),
    }))
}

fn caption(recording: &RecordedPath) -> String {
    let place = match &recording.room {
        None => "The figure shows the animal’s heading",
        Some(room) if room.given => "The figure shows the animal’s path between the given walls",
        Some(_) => {
            "The figure shows the animal’s path and its extent with a margin, since no walls were given"
        }
    };
    let axes = if recording.room.is_some() { ", in the recording’s own coordinates" } else { "" };
    format!(
        "{place}{axes}. Of {} samples over {}, {} were lost: {} of the time lies in gaps, and \
         the longest gap lasts {} s. The other samples were resampled from {} Hz to one row every \
         {} s ({} Hz), across gaps of up to {} s. Crosses mark lost samples. If crosses lie on the \
         path, the limit of speed (task.recording.max_speed_per_s) is below the animal’s own \
         speed. If lines leave the path, the recording has errors that were not detected.",
        readable::count(recording.samples as u64),
        readable::duration(recording.duration_s),
        readable::count(recording.samples_lost as u64),
        percent(recording.lost_share),
        readable::number(recording.longest_gap_s, 3),
        readable::derived(recording.median_rate_hz),
        readable::setting(recording.dt_s),
        readable::derived(1.0 / recording.dt_s),
        readable::setting(recording.max_gap_s),
    )
}

fn percent(share: f64) -> String {
    format!("{} %", readable::number(100.0 * share, 2))
}

/// Notes on samples that are not drawn.
fn thinned(recording: &RecordedPath) -> Vec<String> {
    let mut notes = Vec::new();
    if recording.path_every > 1 {
        notes.push(format!(
            "One of {} samples of the path is drawn.",
            readable::count(recording.path_every as u64)
        ));
    }
    if recording.lost_every > 1 {
        notes.push(format!(
            "One of {} lost samples is drawn.",
            readable::count(recording.lost_every as u64)
        ));
    }
    let drawn = recording.lost.len() * recording.lost_every;
    let without = recording.samples_lost.saturating_sub(drawn);
    if recording.lost_every == 1 && without > 0 {
        notes.push(format!(
            "{} lost samples have no value and therefore no place in the picture.",
            readable::count(without as u64)
        ));
    }
    notes
}

fn entries(recording: &RecordedPath) -> Vec<Entry> {
    let mut entries = vec![Entry::line("the animal", color::RECORDED, None)];
    if let Some(room) = &recording.room {
        let (label, dash) = walls(room);
        entries.push(Entry::line(label, color::WALLS, dash));
    }
    for (reason, _, label, color) in LOSSES {
        if recording.lost.iter().any(|lost| lost.reason == reason) {
            entries.push(Entry::crossed(label, color));
        }
    }
    entries
}

fn walls(room: &Room) -> (&'static str, Option<&'static str>) {
    if room.given { ("given walls", None) } else { ("extent with a margin", Some("6 3")) }
}

/// The room in the recording's coordinates: x_min, x_max, y_min, y_max in m.
fn corners(room: &Room) -> [f64; 4] {
    let ([x, y], (w, h)) = (room.centre_m, (0.5 * room.width_m, 0.5 * room.height_m));
    [x - w, x + w, y - h, y + h]
}

/// What the axes span: the room and what lies up to half a room beyond.
fn view(recording: &RecordedPath, room: &Room) -> [f64; 4] {
    let path = recording.path.iter().flatten().map(|point| [point[1], point[2]]);
    let lost = recording.lost.iter().map(|lost| [lost.value[0], lost.value[1]]);
    extent(corners(room), path.chain(lost))
}

fn within(view: &[f64; 4], value: &[f64]) -> bool {
    (view[0]..=view[1]).contains(&value[0]) && (view[2]..=view[3]).contains(&value[1])
}

/// Whether neighbouring samples of the kept path are near enough for a line.
fn lines(recording: &RecordedPath) -> bool {
    recording.path_every as f64 / recording.median_rate_hz <= LONGEST_LINE_S
}

/// Strokes of a path: lines, or a dot for every place.
fn strokes(svg: &mut Svg, places: impl Iterator<Item = Option<(f64, f64)>>, as_lines: bool) {
    if as_lines {
        svg.path(places, Stroke::new(color::RECORDED, 0.7).opacity(0.7));
        return;
    }
    let dot = |(x, y): (f64, f64)| [Some((x, y)), Some((x + 0.1, y)), None];
    svg.path(places.flatten().flat_map(dot), Stroke::new(color::RECORDED, 1.3).opacity(0.7));
}

/// A cross for every place, in one shape.
fn crosses(svg: &mut Svg, places: impl Iterator<Item = (f64, f64)>, color: &str) {
    let cross = |(x, y): (f64, f64)| {
        [
            Some((x - CROSS, y - CROSS)),
            Some((x + CROSS, y + CROSS)),
            None,
            Some((x - CROSS, y + CROSS)),
            Some((x + CROSS, y - CROSS)),
            None,
        ]
    };
    svg.path(places.flat_map(cross), Stroke::new(color, 1.1));
}

fn room_panel(recording: &RecordedPath, room: &Room, view: [f64; 4], id: &str) -> Panel {
    let left = 58.0;
    let frame = Frame::equal_aspect(left, 30.0, (HALF_WIDTH - left - 14.0, 280.0), view);
    let mut svg = Svg::default();
    svg.clipped(id, frame.at(), frame.size(), |svg| {
        for stretch in &recording.path {
            let places = stretch.iter().map(|point| frame.place(point[1], point[2]));
            strokes(svg, places, lines(recording));
        }
        let [x_min, x_max, y_min, y_max] = corners(room);
        let outline =
            [(x_min, y_min), (x_max, y_min), (x_max, y_max), (x_min, y_max), (x_min, y_min)];
        let stroke = Stroke::new(color::WALLS, 1.8).dash(walls(room).1);
        svg.path(outline.map(|(x, y)| frame.place(x, y)), stroke);
        for (reason, _, _, color) in LOSSES {
            let lost = lost(recording, reason)
                .filter(|lost| within(&view, &lost.value))
                .filter_map(|lost| frame.place(lost.value[0], lost.value[1]));
            crosses(svg, lost, color);
        }
    });
    frame.draw_axes_spaced(&mut svg, "x (m)", "y (m)", left - 12.0);
    frame.draw_title(&mut svg, "In the room", color::RECORDED);
    Panel::new(
        svg,
        (HALF_WIDTH, frame.bottom() + 44.0),
        "The recorded path, the outline of the room, and the lost samples",
    )
}

fn lost(recording: &RecordedPath, reason: LossReason) -> impl Iterator<Item = &LostSample> {
    recording.lost.iter().filter(move |lost| lost.reason == reason)
}

/// Each component against time, one above the other.
fn time_panel(recording: &RecordedPath, width: f64, labels: &[&str], id: &str) -> Panel {
    let (per_unit, time_label) = if recording.duration_s > MINUTES_FROM_S {
        (60.0, "Time (min)")
    } else {
        (1.0, "Time (s)")
    };
    let times = recording
        .path
        .iter()
        .flatten()
        .map(|point| point[0])
        .chain(recording.lost.iter().map(|lost| lost.t_s));
    let (first, last) =
        times.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), t| (a.min(t), b.max(t)));
    let (first, last) = if first < last { (first, last) } else { (0.0, 1.0) };
    let (left, gap) = (58.0, 34.0);
    let count = labels.len() as f64;
    let height = if count > 1.0 { (280.0 - gap * (count - 1.0)) / count } else { 150.0 };
    let mut svg = Svg::default();
    let mut bottom = 0.0;
    for (axis, label) in labels.iter().enumerate() {
        let (low, high) = reach(recording, axis);
        let frame = Frame::new(
            (left, 30.0 + axis as f64 * (height + gap)),
            (width - left - 14.0, height),
            Scale::linear(first / per_unit, last / per_unit),
            Scale::linear(low, high),
        );
        frame.draw_grid(&mut svg);
        svg.clipped(&format!("{id}-{axis}"), frame.at(), frame.size(), |svg| {
            for stretch in &recording.path {
                let places =
                    stretch.iter().map(|point| frame.place(point[0] / per_unit, point[1 + axis]));
                // A line would cross the picture wherever a heading wraps.
                strokes(svg, places, recording.room.is_some() && lines(recording));
            }
            for (reason, _, _, color) in LOSSES {
                let lost = lost(recording, reason)
                    .filter(|lost| (low..=high).contains(&lost.value[axis]))
                    .filter_map(|lost| frame.place(lost.t_s / per_unit, lost.value[axis]));
                crosses(svg, lost, color);
            }
        });
        let last = axis + 1 == labels.len();
        frame.draw_axes_spaced(&mut svg, if last { time_label } else { "" }, label, left - 12.0);
        if axis == 0 {
            frame.draw_title(&mut svg, "In time", color::RECORDED);
        }
        bottom = frame.bottom();
    }
    Panel::new(svg, (width, bottom + 44.0), "The recorded values and the lost samples against time")
}

/// What the axis of a component spans.
fn reach(recording: &RecordedPath, axis: usize) -> (f64, f64) {
    match &recording.room {
        Some(room) => {
            let view = view(recording, room);
            (view[2 * axis], view[2 * axis + 1])
        }
        None => (-PI, PI),
    }
}

fn table(recording: &RecordedPath) -> Table {
    let positions = recording.room.is_some();
    let mut table = Table::new(if positions {
        &["kind", "stretch", "t_s", "x_m", "y_m"]
    } else {
        &["kind", "stretch", "t_s", "heading_rad"]
    });
    let mut push = |kind: &str, stretch: Cell, t_s: f64, value: &[f64]| {
        let row = [kind.into(), stretch, t_s.into()];
        table.push(row.into_iter().chain(value.iter().map(|value| Cell::from(*value))));
    };
    for (number, stretch) in recording.path.iter().enumerate() {
        for point in stretch {
            push("path", (number as u64).into(), point[0], &point[1..]);
        }
    }
    for (reason, key, _, _) in LOSSES {
        for lost in lost(recording, reason) {
            push(key, Cell::Empty, lost.t_s, &lost.value);
        }
    }
    table
}
