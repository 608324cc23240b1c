//! Does a network's response to input follow the manifold? Compares ∂Δr/∂Δs with D†f′(s) (17).

use ndarray::Array2;
use rayon::prelude::*;

use super::denoiser::view;
use super::dynamics::Dynamics;
use super::field::{OverTrials, dot};
use super::optimal::{pulled_back, target_change};
use super::product::product;
use super::samples::WakingStates;
use super::{Error, ResponseCell, ResponseResult};
use crate::analysis::bootstrap::BootstrapSettings;
use crate::random::{Generator, Stream, TheoryDraw};
use crate::space::Bins;

/// States probed together.
const ROWS: usize = 50;
/// Fewest states for a bin to be shown.
const FEWEST: usize = 5;

/// Probes the response to input at `states`.
///
/// # Errors
/// If there are fewer than two trials or a value is not finite.
pub(super) fn probe(
    dynamics: &dyn Dynamics,
    states: &WakingStates,
    bins: &Bins,
    seed: u64,
    bootstrap: &BootstrapSettings,
) -> Result<ResponseResult, Error> {
    let (task, readout) = (dynamics.task(), dynamics.readout());
    let (dim, units, count) = (states.dim, states.units, states.len());
    let half = states.root_mean_square_displacement();
    if half <= 0.0 {
        return Err(Error::Undefined {
            measurement: "the response to input",
            reason: "the stimulus does not move".into(),
        });
    }
    let noisy = states.states();
    // Directions of the input one after the other: `[row, unit]` and `[row, target]`.
    let mut of_input = Vec::new();
    for d in 0..dim {
        let moved = |by: f64| -> Vec<f32> {
            let mut input = vec![0.0; count * dim];
            input.iter_mut().skip(d).step_by(dim).for_each(|x| *x = by as f32);
            let mut update = vec![0.0; noisy.len()];
            noisy
                .par_chunks(ROWS * units)
                .zip(update.par_chunks_mut(ROWS * units))
                .zip(states.stimuli.par_chunks(ROWS * dim))
                .zip(input.par_chunks(ROWS * dim))
                .for_each(|(((states, update), stimuli), input)| {
                    dynamics.input_update(states, stimuli, input, update);
                });
            update
        };
        let rate = (0.5 / half) as f32;
        let response: Vec<f32> = moved(half)
            .into_iter()
            .zip(moved(-half))
            .map(|(forth, back)| (forth - back) * rate)
            .collect();
        let response = view(&response, units)?.to_owned();
        let mut unit_step = vec![0.0; count * dim];
        unit_step.iter_mut().skip(d).step_by(dim).for_each(|x| *x = 1.0);
        of_input.push(Responses {
            read: product(response.view(), readout.matrix().t()),
            response,
            slope: target_change(task, &states.stimuli, &unit_step),
            manifold: Array2::zeros((count, units)),
        });
    }
    let jacobians = pulled_back(task, readout, &states.stimuli);
    for (row, slope) in jacobians.outer_iter().enumerate() {
        of_input[row % dim].manifold.row_mut(row / dim).assign(&slope);
    }

    let over = OverTrials { states, bootstrap };
    let mut generator = Generator::new(seed, Stream::Theory(TheoryDraw::ResponsePairs), 0);
    let others: Vec<usize> = (0..count).map(|_| generator.below(count as u64) as usize).collect();
    let sums = |read: bool, row: usize, other: usize| {
        of_input.iter().fold([0.0; 3], |[ab, aa, bb], responses| {
            let (a, b) = responses.pair(read);
            [ab + dot(a, row, b, other), aa + dot(a, row, a, row), bb + dot(b, other, b, other)]
        })
    };
    let cosine = |[ab, aa, bb]: [f64; 3]| ab / (aa * bb).sqrt();
    let gain = |[ab, _, bb]: [f64; 3]| ab / bb;

    let mut cells = vec![(0_usize, [0.0; 3]); bins.len()];
    for (row, stimulus) in states.stimuli.chunks_exact(dim).enumerate() {
        let (states, total) = &mut cells[bins.nearest(stimulus)];
        *states += 1;
        total.iter_mut().zip(sums(true, row, row)).for_each(|(total, x)| *total += x);
    }
    let map = cells
        .into_iter()
        .enumerate()
        .filter(|(_, (states, _))| *states >= FEWEST)
        .map(|(bin, (states, total))| ResponseCell {
            place: bins.centre(bin),
            states,
            readout_gain: gain(total),
            readout_cosine: cosine(total),
        })
        .collect();
    Ok(ResponseResult {
        probe: half,
        cosine: over.of_sums(|row| sums(false, row, row), cosine)?,
        gain: over.of_sums(|row| sums(false, row, row), gain)?,
        readout_cosine: over.of_sums(|row| sums(true, row, row), cosine)?,
        readout_gain: over.of_sums(|row| sums(true, row, row), gain)?,
        shuffled_readout_cosine: over.of_sums(|row| sums(true, row, others[row]), cosine)?,
        map,
    })
}

/// Responses to one direction of the input, and the theory's predictions.
struct Responses {
    /// ∂Δr/∂Δs, `[row, unit]`.
    response: Array2<f32>,
    /// D†f′(s), `[row, unit]`.
    manifold: Array2<f32>,
    /// D ∂Δr/∂Δs, `[row, target]`.
    read: Array2<f32>,
    /// f′(s), `[row, target]`.
    slope: Array2<f32>,
}

impl Responses {
    /// Response and prediction, in the readout or in the units.
    fn pair(&self, read: bool) -> (&Array2<f32>, &Array2<f32>) {
        if read { (&self.read, &self.slope) } else { (&self.response, &self.manifold) }
    }
}
