//! Simulated motion: a rat-like walk in a box, and random turning.
//!
//! It uses double precision and `libm`'s functions, so that a trial is bit-identical on every
//! platform. Only the results are rounded to single precision.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::motion_source::MotionLaw;
use crate::experiment::{
    BoxSpec, DriftSpec, HeadMotionSpec, SpatialMotionSpec, SpatialStart, TurnDirection,
};
use crate::random::Generator;
use crate::space::{self, Region};

/// A walk in a box that avoids walls, optionally with a pull towards a point.
///
/// In each step the animal
///
/// 1. draws a speed v from the Rayleigh law and a turn from N(0, (turn_sd Δt)²);
/// 2. if it is within `border_m` of its nearest wall and its heading points into that wall,
///    slows down to `border_slowdown · v` and adds to the turn what makes it parallel to the wall;
/// 3. moves by `v Δt` along the heading it *came with*, plus `fraction · (toward − position)`, the
///    position being the one before the move;
/// 4. turns.
///
/// Because the animal moves before it turns, a slowed step sometimes leads out of the box: 0.8 %
/// of positions, as in the paper's motion (0.3 % with the turn first). Trials begin with a
/// uniform heading.
#[derive(Debug, Clone)]
pub(crate) struct BoxWalk {
    region: Region,
    border: f64,
    slowdown: f64,
    /// Scale of the length of one step, in m.
    step_scale: f64,
    /// Standard deviation of the turn of one step, in rad.
    turn_sd: f64,
    start: SpatialStart,
    drift: Option<DriftSpec>,
}

impl BoxWalk {
    pub(crate) fn new(
        region: Region,
        walls: &BoxSpec,
        motion: &SpatialMotionSpec,
        drift: Option<&DriftSpec>,
        dt_s: f64,
    ) -> Self {
        Self {
            region,
            border: walls.border_m,
            slowdown: walls.border_slowdown,
            step_scale: motion.speed_scale_m_per_s * dt_s,
            turn_sd: motion.turn_sd_rad_per_s * dt_s,
            start: motion.start,
            drift: drift.cloned(),
        }
    }

    /// The turn that makes the heading parallel to the nearest wall, if that wall is within the
    /// border and ahead. An animal outside the box counts as near.
    fn turn_along_wall(&self, x: f64, y: f64, heading: f64) -> Option<f64> {
        // Outward normals of the four walls at 0, π/2, π and 3π/2.
        let ([x_min, y_min], [x_max, y_max]) = self.region.plane();
        let distances = [x_max - x, y_max - y, x - x_min, y - y_min];
        let mut nearest = 0;
        for wall in 1..4 {
            if distances[wall] < distances[nearest] {
                nearest = wall;
            }
        }
        if distances[nearest] >= self.border {
            return None;
        }
        let into_wall = space::wrap(heading - nearest as f64 * FRAC_PI_2);
        if into_wall.abs() >= FRAC_PI_2 {
            None
        } else if into_wall >= 0.0 {
            Some(FRAC_PI_2 - into_wall)
        } else {
            Some(-FRAC_PI_2 - into_wall)
        }
    }
}

impl MotionLaw for BoxWalk {
    const DIM: usize = 2;

    /// Walks one trial: `stimuli: [steps + 1, 2]` in m, `displacements: [steps, 2]` in m.
    fn draw(&self, generator: &mut Generator, stimuli: &mut [f32], displacements: &mut [f32]) {
        let ([x_min, y_min], [x_max, y_max]) = self.region.plane();
        let (mut x, mut y) = match self.start {
            SpatialStart::Uniform => (
                x_min + (x_max - x_min) * generator.uniform(),
                y_min + (y_max - y_min) * generator.uniform(),
            ),
            SpatialStart::Center => (0.5 * (x_min + x_max), 0.5 * (y_min + y_max)),
        };
        let mut heading = TAU * generator.uniform();
        let (stimuli, _) = stimuli.as_chunks_mut::<2>();
        let (displacements, _) = displacements.as_chunks_mut::<2>();
        stimuli[0] = [x as f32, y as f32];
        for (stimulus, displacement) in stimuli[1..].iter_mut().zip(displacements) {
            // The length of a planar normal vector has the Rayleigh law.
            let mut length = self.step_scale * libm::hypot(generator.normal(), generator.normal());
            let mut turn = self.turn_sd * generator.normal();
            if let Some(parallel) = self.turn_along_wall(x, y, heading) {
                length *= self.slowdown;
                turn += parallel;
            }
            let (sin, cos) = libm::sincos(heading);
            let (mut dx, mut dy) = (length * cos, length * sin);
            if let Some(drift) = &self.drift {
                dx += drift.fraction_per_step * (drift.toward_m[0] - x);
                dy += drift.fraction_per_step * (drift.toward_m[1] - y);
            }
            x += dx;
            y += dy;
            heading += turn;
            *displacement = [dx as f32, dy as f32];
            *stimulus = [x as f32, y as f32];
        }
    }
}

/// Independent Gaussian turns from a uniform first heading.
#[derive(Debug, Clone)]
pub(crate) struct Turning {
    /// Standard deviation of the turn of one step, in rad.
    turn_sd: f64,
    direction: TurnDirection,
}

impl Turning {
    pub(crate) fn new(motion: &HeadMotionSpec, dt_s: f64) -> Self {
        Self { turn_sd: motion.turn_sd_rad_per_s * dt_s, direction: motion.direction }
    }
}

impl MotionLaw for Turning {
    const DIM: usize = 1;

    /// Turns through one trial: `stimuli: [steps + 1]` in rad, wrapped to [−π, π);
    /// `displacements: [steps]` in rad, not wrapped.
    fn draw(&self, generator: &mut Generator, stimuli: &mut [f32], displacements: &mut [f32]) {
        let mut heading = TAU * generator.uniform() - PI;
        stimuli[0] = space::wrap_f32(heading);
        for (stimulus, displacement) in stimuli[1..].iter_mut().zip(displacements) {
            let turn = self.turn_sd * generator.normal();
            let turn = match self.direction {
                TurnDirection::Both => turn,
                TurnDirection::Counterclockwise => turn.abs(),
            };
            heading = space::wrap(heading + turn);
            *displacement = turn as f32;
            *stimulus = space::wrap_f32(heading);
        }
    }
}
