//! Collects a phase. Shards write into arrays that are allocated once.

use std::ops::{ControlFlow, Range};
use std::sync::{Mutex, PoisonError};

use super::phase::{Keep, Phase};
use super::rollout::{Block, Observer};

/// The arrays of a phase, in the phase's memory order.
pub(super) struct Arrays {
    decoded: Vec<f32>,
    truth: Option<Vec<f32>>,
    states: Vec<f32>,
    end: Vec<f32>,
    size: Size,
}

/// Lengths along the axes of a phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) trials: usize,
    pub(super) steps: usize,
    pub(super) dim: usize,
    pub(super) units: usize,
    /// Steps between kept states; more than there are steps if none is kept.
    stride: usize,
    keeps: bool,
}

impl Size {
    pub(super) fn new(trials: usize, steps: usize, dim: usize, units: usize, keep: Keep) -> Self {
        let (stride, keeps) = match keep {
            Keep::Decoded => (usize::MAX, false),
            Keep::States { stride } => (stride.max(1), true),
        };
        Self { trials, steps, dim, units, stride, keeps }
    }

    /// Kept states of each trial.
    fn kept(&self) -> usize {
        self.steps / self.stride
    }
}

/// The parts of all arrays that belong to one shard.
pub(super) struct Part<'a> {
    decoded: &'a mut [f32],
    truth: Option<&'a mut [f32]>,
    states: &'a mut [f32],
    end: &'a mut [f32],
}

impl Arrays {
    pub(super) fn new(size: Size, has_truth: bool) -> Self {
        let Size { trials, steps, dim, units, .. } = size;
        Self {
            decoded: vec![0.0; trials * steps * dim],
            truth: has_truth.then(|| vec![0.0; trials * steps * dim]),
            states: vec![0.0; trials * size.kept() * units],
            end: vec![0.0; trials * units],
            size,
        }
    }

    /// An observer that fills the arrays. `shards` lists the trials of every shard, in order.
    pub(super) fn collector(&mut self, shards: &[Range<usize>]) -> Collector<'_> {
        let size = self.size;
        let (mut decoded, mut truth) = (&mut self.decoded[..], self.truth.as_deref_mut());
        let (mut states, mut end) = (&mut self.states[..], &mut self.end[..]);
        let parts = shards
            .iter()
            .map(|trials| {
                let count = trials.len();
                let part = Part {
                    decoded: split(&mut decoded, count * size.steps * size.dim),
                    truth: truth.as_mut().map(|all| split(all, count * size.steps * size.dim)),
                    states: split(&mut states, count * size.kept() * size.units),
                    end: split(&mut end, count * size.units),
                };
                (trials.start, Mutex::new(Some(part)))
            })
            .collect();
        Collector { size, parts }
    }

    /// Returns the phase.
    pub(super) fn phase(self) -> Phase {
        use ndarray::{Array2, Array3};
        let Size { trials, steps, dim, units, stride, keeps } = self.size;
        let kept = self.size.kept();
        let shaped = |values: Vec<f32>, steps: usize, width: usize| {
            #[allow(clippy::expect_used, reason = "allocated with this shape")]
            Array3::from_shape_vec((trials, steps, width), values).expect("the shape of the array")
        };
        #[allow(clippy::expect_used, reason = "allocated with this shape")]
        let end =
            Array2::from_shape_vec((trials, units), self.end).expect("the shape of the array");
        Phase {
            decoded: shaped(self.decoded, steps, dim),
            truth: self.truth.map(|truth| shaped(truth, steps, dim)),
            states: keeps.then(|| shaped(self.states, kept, units)),
            state_stride: if keeps { stride } else { 1 },
            end,
            adaptation: None,
            velocity: None,
        }
    }
}

/// Splits off the first `count` values.
fn split<'a>(values: &mut &'a mut [f32], count: usize) -> &'a mut [f32] {
    let (first, rest) = std::mem::take(values).split_at_mut(count);
    *values = rest;
    first
}

/// Writes every block to its place.
pub(super) struct Collector<'a> {
    size: Size,
    /// The parts, by the number of the shard's first trial. Each is taken once.
    parts: Vec<(usize, Mutex<Option<Part<'a>>>)>,
}

impl<'a> Observer for Collector<'a> {
    /// None only if a shard is begun twice.
    type Shard = Option<Part<'a>>;

    fn begin(&self, trials: Range<usize>) -> Self::Shard {
        let place = self.parts.binary_search_by_key(&trials.start, |(first, _)| *first).ok()?;
        self.parts[place].1.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn block(&self, shard: &mut Self::Shard, block: &Block<'_>) -> ControlFlow<()> {
        let Some(part) = shard else { return ControlFlow::Break(()) };
        let Size { steps, dim, units, stride, .. } = self.size;
        let (count, first) = (block.trials.len(), block.steps.start);
        gather(block.decoded, part.decoded, count, steps, dim, first);
        if let (Some(all), Some(truth)) = (&mut part.truth, block.truth) {
            gather(truth, all, count, steps, dim, first);
        }
        let row = |step: usize| &block.states[(step - first) * count * units..][..count * units];
        for step in block.steps.clone().filter(|step| (step + 1) % stride == 0) {
            gather(row(step), part.states, count, self.size.kept(), units, (step + 1) / stride - 1);
        }
        part.end.copy_from_slice(row(block.steps.end - 1));
        ControlFlow::Continue(())
    }
}

/// Writes rows `[step, trial, width]` to their places in `[trial, steps, width]`, the first of them
/// at step `first`.
fn gather(rows: &[f32], all: &mut [f32], trials: usize, steps: usize, width: usize, first: usize) {
    for (row, values) in rows.chunks_exact(width).enumerate() {
        let (step, trial) = (first + row / trials, row % trials);
        let place = (trial * steps + step) * width;
        all[place..place + width].copy_from_slice(values);
    }
}
