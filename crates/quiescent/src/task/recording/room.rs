//! The room that a recording was made in, and whether the path can have been walked in it.

use serde::{Deserialize, Serialize};

use super::error::Problem;
use super::span::Span;
use crate::experiment::{ArenaSpec, WallsSpec};
use crate::space::{Region, SpaceError};

/// Room left around the extent of a path, on each side, as a fraction of the longer extent (so that
/// the arena of a linear track has some width).
const MARGIN: f64 = 0.02;
/// How far outside given walls a position may be, in m: an animal leans over a low wall, and
/// tracking is not exact.
const TOLERANCE_M: f64 = 0.05;
/// The same as a fraction of the shorter side, whichever is less.
const TOLERANCE: f64 = 0.1;
/// Share of samples that may lie further outside before the walls are refused.
const MOST_FAR_OUTSIDE: f64 = 0.01;
/// Share of both sides of a given room below which a path is taken for one in another unit.
const LEAST_SPANNED: f64 = 0.02;
/// Rounding alone does not put a position outside, in m.
const ROUNDING_M: f64 = 1e-6;
/// Sides of given rooms are rounded to this fraction of a metre, so that the same room elsewhere in
/// another recording's coordinates is the same arena to the last bit.
const PER_M: f64 = 1e9;

/// The room that a recording was made in, in the recording's coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// Its middle, (x, y) in m: the origin of stimuli and of decoded positions.
    pub centre_m: [f64; 2],
    /// Extent along x, in m.
    pub width_m: f64,
    /// Extent along y, in m.
    pub height_m: f64,
    /// Whether its walls were given; if not, it is the extent of the path with a margin.
    pub given: bool,
    /// Samples outside the walls.
    pub outside: usize,
    /// Samples outside by more than the tolerance.
    pub far_outside: usize,
    /// The tolerance, in m.
    pub tolerance_m: f64,
    /// How far outside the furthest sample lies, in m; 0 if none does.
    pub furthest_outside_m: f64,
}

impl Room {
    /// The room of positions `values: [sample, 2]`, whose extent along x and y is `extent`.
    ///
    /// # Errors
    /// If walls are given that the path cannot have been walked between.
    pub(super) fn of(spec: &ArenaSpec, values: &[f64], extent: &[Span]) -> Result<Self, Problem> {
        match spec {
            ArenaSpec::Extent => {
                let margin = 2.0 * MARGIN * extent[0].len().max(extent[1].len());
                Ok(Self {
                    centre_m: [0, 1].map(|axis| 0.5 * (extent[axis].min + extent[axis].max)),
                    width_m: extent[0].len() + margin,
                    height_m: extent[1].len() + margin,
                    given: false,
                    outside: 0,
                    far_outside: 0,
                    tolerance_m: 0.0,
                    furthest_outside_m: 0.0,
                })
            }
            ArenaSpec::Walls(walls) => Self::within(walls, values, extent),
        }
    }

    fn within(walls: &WallsSpec, values: &[f64], extent: &[Span]) -> Result<Self, Problem> {
        let WallsSpec { x_min_m, x_max_m, y_min_m, y_max_m } = *walls;
        let side = |low: f64, high: f64| ((high - low) * PER_M).round() / PER_M;
        let (width_m, height_m) = (side(x_min_m, x_max_m), side(y_min_m, y_max_m));
        let tolerance_m = TOLERANCE_M.min(TOLERANCE * width_m.min(height_m));
        let mut room = Self {
            centre_m: [0.5 * (x_min_m + x_max_m), 0.5 * (y_min_m + y_max_m)],
            width_m,
            height_m,
            given: true,
            outside: 0,
            far_outside: 0,
            tolerance_m,
            furthest_outside_m: 0.0,
        };
        for &[x, y] in values.as_chunks::<2>().0 {
            let beyond = (x_min_m - x).max(x - x_max_m).max(y_min_m - y).max(y - y_max_m);
            if beyond > ROUNDING_M {
                room.outside += 1;
                room.far_outside += usize::from(beyond > tolerance_m);
                room.furthest_outside_m = room.furthest_outside_m.max(beyond);
            }
        }
        let samples = values.len() / 2;
        let spanned = [extent[0].len() / width_m, extent[1].len() / height_m];
        let other_unit = spanned.iter().all(|share| *share < LEAST_SPANNED);
        if room.far_outside as f64 > MOST_FAR_OUTSIDE * samples as f64 || other_unit {
            return Err(Problem::OtherRoom {
                walls: room.to_string().into(),
                path: format!(
                    "x {:.3} to {:.3} m, y {:.3} to {:.3} m",
                    extent[0].min, extent[0].max, extent[1].min, extent[1].max
                )
                .into(),
                reason: if other_unit {
                    "it spans less than 2 % of both sides".into()
                } else {
                    format!(
                        "{} of {samples} samples lie more than {tolerance_m:.3} m outside, the \
                         furthest {:.3} m",
                        room.far_outside, room.furthest_outside_m
                    )
                    .into()
                },
            });
        }
        Ok(room)
    }

    /// How a path of that extent lies in the room, as the end of a message.
    pub(super) fn holds(&self, extent: &[Span]) -> String {
        if !self.given {
            return "the extent with a margin; task.recording.arena gives other walls".to_owned();
        }
        let share = |axis: usize, side: f64| 100.0 * extent[axis].len() / side;
        let (x, y) = (share(0, self.width_m), share(1, self.height_m));
        let outside = match self.outside {
            0 => "no sample outside".to_owned(),
            n => format!(
                "{n} samples outside, {} of them by more than {:.3} m, the furthest by {:.3} m",
                self.far_outside, self.tolerance_m, self.furthest_outside_m
            ),
        };
        format!("as given; the path spans {x:.0} % of its width, {y:.0} % of its height; {outside}")
    }

    /// The room about its middle, as stimuli and decoded positions have it.
    ///
    /// # Errors
    /// If it has no area. The room of a recording always has one.
    pub fn region(&self) -> Result<Region, SpaceError> {
        Region::centred(&[self.width_m, self.height_m])
    }
}

/// Its walls, such as `x -0.5 to 0.5 m, y 0 to 1 m`.
impl std::fmt::Display for Room {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [x, y] = self.centre_m;
        let (w, h) = (0.5 * self.width_m, 0.5 * self.height_m);
        write!(f, "x {:.3} to {:.3} m, y {:.3} to {:.3} m", x - w, x + w, y - h, y + h)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn walls(x_min_m: f64, x_max_m: f64, y_min_m: f64, y_max_m: f64) -> ArenaSpec {
        ArenaSpec::Walls(WallsSpec { x_min_m, x_max_m, y_min_m, y_max_m })
    }

    /// 1000 positions that fill (0.1, 0.9)², of which the last `out` lie at x = 1 + `by`.
    fn path(out: usize, by: f64) -> Vec<f64> {
        (0..1000)
            .flat_map(|i| {
                let along = 0.1 + 0.8 * (i as f64 / 999.0);
                if i >= 1000 - out { [1.0 + by, 0.5] } else { [along, 1.0 - along] }
            })
            .collect()
    }

    fn room(spec: &ArenaSpec, values: &[f64]) -> Result<Room, Problem> {
        let span = |axis: usize| Span::of(values.iter().skip(axis).step_by(2).copied());
        Room::of(spec, values, &[span(0), span(1)])
    }

    #[test]
    fn a_given_room_is_exactly_that() {
        let found = room(&walls(0.0, 1.0, 0.0, 1.0), &path(0, 0.0)).unwrap();
        assert_eq!(found.region(), Region::centred(&[1.0, 1.0]));
        assert_eq!((found.centre_m, found.given, found.outside), ([0.5, 0.5], true, 0));
        // The same room where a camera stood elsewhere, whose walls round otherwise.
        let shift = 0.3;
        let there: Vec<f64> = path(0, 0.0).iter().map(|value| value + shift).collect();
        let moved = room(&walls(shift, 1.0 + shift, shift, 1.0 + shift), &there).unwrap();
        assert_eq!(moved.region(), found.region());
    }

    #[test]
    fn the_extent_has_a_margin() {
        let found = room(&ArenaSpec::Extent, &path(0, 0.0)).unwrap();
        assert!((found.width_m - 0.8 * 1.04).abs() < 1e-12 && !found.given);
        assert!((found.centre_m[0] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn positions_outside_are_counted_and_too_many_refused() {
        let spec = walls(0.0, 1.0, 0.0, 1.0);
        let leaning = room(&spec, &path(300, 0.03)).unwrap();
        assert_eq!((leaning.outside, leaning.far_outside), (300, 0));
        assert!((leaning.furthest_outside_m - 0.03).abs() < 1e-9);
        let few = room(&spec, &path(10, 0.2)).unwrap();
        assert_eq!((few.outside, few.far_outside), (10, 10));
        let said = room(&spec, &path(11, 0.2)).unwrap_err().to_string();
        assert!(said.contains("11 of 1000 samples lie more than 0.050 m outside"), "{said}");
        assert!(said.contains("task.recording.arena"), "{said}");
        // A small tray allows less.
        assert!((room(&walls(0.0, 1.0, 0.35, 0.65), &path(0, 0.0)).is_err()));
    }

    #[test]
    fn a_room_in_another_unit_is_refused() {
        let said = room(&walls(0.0, 50.0, 0.0, 50.0), &path(0, 0.0)).unwrap_err().to_string();
        assert!(said.contains("less than 2 % of both sides"), "{said}");
        // A track is long and narrow.
        let track: Vec<f64> = (0..100).flat_map(|i| [0.02 * f64::from(i), 0.5]).collect();
        assert!(room(&walls(0.0, 2.0, 0.0, 1.0), &track).is_ok());
    }
}
