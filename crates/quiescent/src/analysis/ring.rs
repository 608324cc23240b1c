//! Is activity a ring? Analyses points in a plane about a centre, and compares their angle with
//! the heading.

use ndarray::{ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::error::{Error, check_enough, check_finite};
use crate::space::sector;

/// Largest [`Ring::inside_half_radius`] of a ring. Fixed before any network was measured: a disc
/// filled evenly has 0.11, a Gaussian blob 0.18, a line 0.25.
pub const MOST_INSIDE: f64 = 0.05;
/// Smallest [`Ring::circular_correlation`] of a ring. Fixed before any network was measured:
/// normal scatter of the angle about the heading by 0.67 rad (38°) gives this much.
pub const LEAST_CORRELATION: f64 = 0.8;
/// Sectors of the circle over which the centre is balanced and the points' angles are counted.
const SECTORS: usize = 36;

/// How far points in a plane form a ring that is ordered by heading.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// The centre about which the other values are computed.
    pub centre: [f64; 2],
    /// Mean distance from the centre.
    pub mean_radius: f64,
    /// Standard deviation (n − 1) of the distance, divided by its mean.
    pub radius_variation: f64,
    /// Fraction of points closer to the centre than half the mean radius.
    pub inside_half_radius: f64,
    /// How well the points' polar angle α follows the heading θ, for any sense and rotation: the
    /// larger of |mean exp(i(α − θ))| and |mean exp(i(α + θ))|. It is 1 if the angle is the
    /// heading plus a constant, or minus it. It is 0 if the two are unrelated and one of them is
    /// uniform. Points gathered in one direction with equal headings also give 1; see
    /// [`covered`](Self::covered).
    pub circular_correlation: f64,
    /// Fraction of 36 equal sectors about the centre that contain points. It is smaller for an
    /// arc than for a full circle.
    pub covered: f64,
}

impl Ring {
    /// Measures `projected: [point, 2]`, activity on two principal axes, with the decoded
    /// `headings: [point]` in rad.
    ///
    /// Give the active phase's centre to judge the quiescent phase about it. Without a `centre`,
    /// it is the mean of the mean points of 36 equal bins of heading, omitting empty ones, so
    /// that frequent headings do not pull it. A large gap in the headings still shifts it.
    ///
    /// # Errors
    /// If there are fewer than two points, shapes differ, a value is not finite, or all points lie
    /// on the centre.
    pub fn measure(
        projected: ArrayView2<'_, f64>,
        headings: &[f64],
        centre: Option<[f64; 2]>,
    ) -> Result<Self, Error> {
        check(projected, headings, centre)?;
        let centre = centre.unwrap_or_else(|| balanced_centre(projected, headings));
        let offsets = || projected.outer_iter().map(|p| [p[0] - centre[0], p[1] - centre[1]]);
        let count = headings.len() as f64;
        let radii: Vec<f64> = offsets().map(|[x, y]| libm::hypot(x, y)).collect();
        let mean_radius = radii.iter().sum::<f64>() / count;
        // Distances due to rounding of the coordinates do not have a direction.
        let largest = projected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        if mean_radius <= 1e-12 * largest || mean_radius == 0.0 {
            return Err(Error::Undefined {
                measurement: "the ring of activity",
                reason: "all points lie on its centre".into(),
            });
        }
        let squares: f64 =
            radii.iter().map(|radius| (radius - mean_radius) * (radius - mean_radius)).sum();
        let inside = radii.iter().filter(|radius| **radius < mean_radius / 2.0).count();
        let angles: Vec<f64> = offsets().map(|[x, y]| libm::atan2(y, x)).collect();
        let mut visited = [false; SECTORS];
        for &angle in &angles {
            visited[sector(angle, SECTORS)] = true;
        }
        Ok(Self {
            centre,
            mean_radius,
            radius_variation: (squares / (count - 1.0)).sqrt() / mean_radius,
            inside_half_radius: inside as f64 / count,
            circular_correlation: circular_correlation(&angles, headings),
            covered: visited.iter().filter(|visited| **visited).count() as f64 / SECTORS as f64,
        })
    }

    /// Whether this counts as a ring: few points inside ([`MOST_INSIDE`]) and angles that follow
    /// the heading ([`LEAST_CORRELATION`]).
    ///
    /// A part of a ring passes too; [`covered`](Self::covered) says how much of one there is.
    pub fn is_ring(&self) -> bool {
        self.inside_half_radius <= MOST_INSIDE && self.circular_correlation >= LEAST_CORRELATION
    }
}

/// The larger resultant length of the differences and of the sums of two lists of angles.
fn circular_correlation(angles: &[f64], headings: &[f64]) -> f64 {
    let along = |sense: f64| {
        let (mut cos, mut sin) = (0.0, 0.0);
        for (angle, heading) in angles.iter().zip(headings) {
            let (s, c) = libm::sincos(angle - sense * heading);
            cos += c;
            sin += s;
        }
        libm::hypot(cos, sin) / angles.len() as f64
    };
    // Rounding can make a sum of equal unit vectors exceed their number.
    along(1.0).max(along(-1.0)).min(1.0)
}

fn balanced_centre(projected: ArrayView2<'_, f64>, headings: &[f64]) -> [f64; 2] {
    let mut sums = [[0.0; 3]; SECTORS];
    for (point, &heading) in projected.outer_iter().zip(headings) {
        let [x, y, count] = &mut sums[sector(heading, SECTORS)];
        *x += point[0];
        *y += point[1];
        *count += 1.0;
    }
    let (mut centre, mut filled) = ([0.0; 2], 0.0);
    for [x, y, count] in sums.into_iter().filter(|[_, _, count]| *count > 0.0) {
        centre[0] += x / count;
        centre[1] += y / count;
        filled += 1.0;
    }
    centre.map(|sum| sum / filled)
}

fn check(
    projected: ArrayView2<'_, f64>,
    headings: &[f64],
    centre: Option<[f64; 2]>,
) -> Result<(), Error> {
    check_enough("the ring of activity", "points", projected.len_of(Axis(0)), 2)?;
    let points = projected.nrows();
    for (what, expected, found) in [
        ("the number of coordinates of projected activity", 2, projected.ncols()),
        ("the number of headings beside projected activity", points, headings.len()),
    ] {
        if expected != found {
            return Err(Error::Shape {
                what,
                expected: expected.to_string(),
                found: found.to_string(),
            });
        }
    }
    check_finite("projected activity", projected)?;
    check_finite("headings", ArrayView1::from(headings))?;
    // A missing centre is valid.
    check_finite("the centre of a ring", ArrayView1::from(&centre.unwrap_or_default()))
}
