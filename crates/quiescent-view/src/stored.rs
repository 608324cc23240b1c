//! Simulated phases as the viewer plays them without a simulation: decoded values of 16 bits each, in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ndarray::{ArrayView3, s};
use quiescent::space::{Region, Space};
use serde::Serialize;

use crate::scene::{bins, step_edges};

/// A phase to be played.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredPhase {
    /// What it is called.
    pub name: String,
    /// Whether it is one of rest.
    pub rest: bool,
    /// Trials.
    pub trials: usize,
    /// Steps of each.
    pub steps: usize,
    /// Dimensions of a decoded value.
    pub dim: usize,
    /// `[trial, step, dim]` as 16-bit fractions of the range from wall to wall, or of a turn that begins at −π.
    pub values: String,
}

impl StoredPhase {
    /// Of decoded values `[trial, step, dim]`, with at most so many trials and steps, the first ones. Values beyond the walls are
    /// on them.
    pub fn new(
        name: &str,
        rest: bool,
        decoded: ArrayView3<'_, f32>,
        space: &Space,
        [trials, steps]: [usize; 2],
    ) -> Self {
        let (all_trials, all_steps, dim) = decoded.dim();
        let (trials, steps) = (trials.min(all_trials), steps.min(all_steps));
        let kept = decoded.slice(s![..trials, ..steps, ..]);
        let bytes: Vec<u8> = kept
            .indexed_iter()
            .flat_map(|((_, _, axis), &value)| {
                { (fraction(f64::from(value), axis, space) * 65535.0).round() as u16 }.to_le_bytes()
            })
            .collect();
        Self { name: name.to_owned(), rest, trials, steps, dim, values: STANDARD.encode(bytes) }
    }
}

/// Where a value lies from wall to wall, or in a turn that begins at −π; 0 to 1.
fn fraction(value: f64, axis: usize, space: &Space) -> f64 {
    let fraction = match space {
        Space::Region(region) => (value - region.low()[axis]) / region.side(axis),
        Space::Circle => {
            (quiescent::space::wrap(value) + std::f64::consts::PI) / std::f64::consts::TAU
        }
    };
    fraction.clamp(0.0, 1.0)
}

/// Phases of one network to be played.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredRun {
    dt_s: f64,
    unit: &'static str,
    about: String,
    low: Option<Vec<f64>>,
    high: Option<Vec<f64>>,
    bins_per_side: usize,
    step_edges: Vec<f64>,
    phases: Vec<StoredPhase>,
}

impl StoredRun {
    /// Phases in a space, of which the first is active.
    pub fn new(about: &str, dt_s: f64, space: &Space, phases: Vec<StoredPhase>) -> Self {
        let walls = |of: fn(&Region) -> &[f64]| space.region().map(|region| of(region).to_vec());
        Self {
            dt_s,
            unit: space.unit(),
            about: about.to_owned(),
            low: walls(Region::low),
            high: walls(Region::high),
            bins_per_side: bins(space).per_side(),
            step_edges: step_edges(space),
            phases,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use ndarray::array;

    fn numbers(phase: &StoredPhase) -> Vec<u16> {
        let bytes = STANDARD.decode(&phase.values).unwrap();
        bytes.chunks(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    #[test]
    fn values_are_fractions_of_the_space() {
        let space = Space::Region(Region::new(&[-1.0, 0.0], &[1.0, 4.0]).unwrap());
        let decoded =
            array![[[-1.0, 0.0], [1.0, 4.0], [0.0, 1.0]], [[9.0, -9.0], [0.0, 0.0], [0.0, 0.0]]];
        let phase = StoredPhase::new("a", true, decoded.view(), &space, [2, 2]);
        assert_eq!((phase.trials, phase.steps, phase.dim), (2, 2, 2));
        assert_eq!(numbers(&phase), [0, 0, 65535, 65535, 65535, 0, 32768, 0]);
        let headings =
            array![[[0.0], [-std::f32::consts::FRAC_PI_2], [7.0 * std::f32::consts::PI / 2.0]]];
        let phase = StoredPhase::new("b", false, headings.view(), &Space::Circle, [9, 9]);
        let found = numbers(&phase);
        assert_eq!(found[..2], [32768, 16384]);
        assert!(found[2].abs_diff(16384) <= 1);
    }
}
