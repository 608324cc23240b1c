//! The frames of a movie, drawn as SVG and turned into pixels.

use quiescent::space::Space;
use resvg::tiny_skia::{Color, Pixmap, Transform};

use super::film::{Movie, MoviePhase, Picture};
use crate::axes::Frame;
use crate::color::{ACTIVE, QUIESCENT, WALLS};
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw_box;
use crate::render::{RenderError, tree};
use crate::svg::{Anchor, Stroke, Svg, Text};

/// Height of the drawing, in the units of figures.
const HEIGHT: f64 = 386.0;
/// Steps of the bold trial's trail, in pieces that fade.
const TRAIL: usize = 100;
const PIECES: usize = 10;
/// Steps of the faint trials' trails.
const FAINT: usize = 8;
const DOWN: f64 = 30.0;
const SIDE: f64 = 290.0;

fn steps(movie: &Movie) -> usize {
    movie.phases.iter().map(|phase| phase.decoded.dim().1).min().unwrap_or(0)
}

fn steps_per_frame(movie: &Movie) -> f64 {
    movie.speed / movie.dt_s / f64::from(movie.frames_per_s)
}

/// How many frames there are: one at least, if there is a step.
pub(super) fn frame_count(movie: &Movie) -> usize {
    let whole = (steps(movie) as f64 / steps_per_frame(movie)).floor() as usize;
    whole.max(usize::from(steps(movie) > 0))
}

/// The frames in their order, drawn one by one. The same movie gives the same pixels.
///
/// # Errors
/// A frame fails if it would have no pixels, or more than memory should hold.
pub(super) fn frames(movie: &Movie) -> impl Iterator<Item = Result<Picture, RenderError>> + '_ {
    (1..=frame_count(movie)).map(move |frame| {
        let step = (frame as f64 * steps_per_frame(movie)).round() as usize;
        picture(&drawing(movie, step.clamp(1, steps(movie))), movie)
    })
}

/// The drawing after a step, counting from 1, as a whole SVG.
fn drawing(movie: &Movie, step: usize) -> String {
    let mut svg = Svg::default();
    let width = HALF_WIDTH * movie.phases.len() as f64;
    svg.rect((0.0, 0.0), (width, HEIGHT), "#ffffff", None);
    for (place, phase) in movie.phases.iter().enumerate() {
        let left = HALF_WIDTH * place as f64;
        match &movie.space {
            Space::Region(region) => {
                let (low, high) = (region.low(), region.high());
                let walls = |axis: usize| match low.get(axis) {
                    Some(&low) => (low, high[axis]),
                    None => (-1.0, 1.0),
                };
                let ((x_min, x_max), (y_min, y_max)) = (walls(0), walls(1));
                let arena = [x_min, x_max, y_min, y_max];
                let margin = 0.04 * (x_max - x_min).max(y_max - y_min);
                let extent = [x_min - margin, x_max + margin, y_min - margin, y_max + margin];
                let size = (HALF_WIDTH - 52.0 - 14.0, SIDE);
                let frame = Frame::equal_aspect(left + 52.0, DOWN, size, extent);
                draw_box(&mut svg, &frame, arena);
                let at = |trial, step, _: usize| {
                    let y = if low.len() > 1 {
                        f64::from(phase.decoded[[trial, step, 1]])
                    } else {
                        0.0
                    };
                    let (x_low, y_low) = (x_min - margin, y_min - margin);
                    let x = f64::from(phase.decoded[[trial, step, 0]]).clamp(x_low, x_max + margin);
                    frame.place(x, y.clamp(y_low, y_max + margin))
                };
                draw_trials(&mut svg, phase, step, at);
                frame.draw_axes_spaced(&mut svg, "x (m)", "y (m)", 40.0);
                frame.draw_title(&mut svg, &phase.title, color(phase));
            }
            Space::Circle => {
                let centre = (left + HALF_WIDTH / 2.0, DOWN + SIDE / 2.0);
                let radius = 0.42 * SIDE;
                svg.circle(centre, radius, "none", Some(Stroke::new(WALLS, 1.5)));
                // The past lies inside.
                let at = |trial, step, age: usize| {
                    let angle = f64::from(phase.decoded[[trial, step, 0]]);
                    let r = radius * (1.0 - 0.006 * age as f64);
                    Some((centre.0 + r * libm::cos(angle), centre.1 - r * libm::sin(angle)))
                };
                draw_trials(&mut svg, phase, step, at);
                for (text, angle) in [("0", 0.0_f64), ("π/2", 90.0), ("π", 180.0), ("−π/2", 270.0)]
                {
                    let (sin, cos) = (libm::sin(angle.to_radians()), libm::cos(angle.to_radians()));
                    let place =
                        (centre.0 + 1.13 * radius * cos, centre.1 - 1.13 * radius * sin + 4.0);
                    svg.text(place, text, Text::SMALL);
                }
                let above = (left + HALF_WIDTH / 2.0, DOWN - 12.0);
                svg.text(above, &phase.title, Text::TITLE.color(color(phase)));
            }
        }
    }
    let time = format!("{:.2} s", step as f64 * movie.dt_s);
    svg.text((width - 14.0, HEIGHT - 10.0), &time, Text::LABEL.anchor(Anchor::End));
    Panel::new(svg, (width, HEIGHT), "A frame of a movie").svg()
}

fn color(phase: &MoviePhase) -> &'static str {
    if phase.rest { QUIESCENT } else { ACTIVE }
}

/// All trials after a step: the first one bold, with its trail.
fn draw_trials(
    svg: &mut Svg,
    phase: &MoviePhase,
    step: usize,
    at: impl Fn(usize, usize, usize) -> Option<(f64, f64)>,
) {
    let color = color(phase);
    let now = step - 1;
    let path = |trial: usize, from: usize, to: usize| -> Vec<Option<(f64, f64)>> {
        (from..=to).map(|step| at(trial, step, now - step)).collect()
    };
    for trial in 1..phase.decoded.dim().0 {
        svg.path(
            path(trial, now.saturating_sub(FAINT), now),
            Stroke::new(color, 0.8).opacity(0.25),
        );
        if let Some(place) = at(trial, now, 0) {
            svg.dot(place, 1.9, color, 0.5);
        }
    }
    let first = now.saturating_sub(TRAIL);
    for piece in 0..PIECES {
        let along = |piece: usize| first + (now - first) * piece / PIECES;
        let opacity = 0.1 + 0.9 * (piece + 1) as f64 / PIECES as f64;
        let stroke = Stroke::new(color, 2.4).opacity(opacity);
        svg.path(path(0, along(piece), along(piece + 1)), stroke);
    }
    if let Some(place) = at(0, now, 0) {
        svg.circle(place, 5.0, color, Some(Stroke::new("#ffffff", 1.2)));
    }
}

fn picture(svg: &str, movie: &Movie) -> Result<Picture, RenderError> {
    let tree = tree(svg)?;
    let size = tree.size();
    let scale = movie.width_px as f32 / size.width();
    // Films have even sides.
    let even = |length: f32| (length / 2.0).ceil() as u32 * 2;
    let (width, height) = (even(movie.width_px as f32), even(size.height() * scale));
    let mut pixels = Pixmap::new(width, height)
        .filter(|_| u64::from(width) * u64::from(height) <= 100_000_000)
        .ok_or_else(|| RenderError::Size {
            width_mm: u64::from(width),
            height_mm: u64::from(height),
            dots_per_inch: "any number of".into(),
        })?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    Ok(Picture { width, height, rgba: pixels.take() })
}
