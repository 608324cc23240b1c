//! Equal bins of the arena or the circle.

use std::f64::consts::PI;

use crate::task::Task;

/// Bins along each side of a box: 0.2 m in the paper's, a place field's width.
const BOX: usize = 11;
/// Sectors of the circle, 10° each.
const SECTORS: usize = 36;

/// Equal bins of stimuli; those beyond the edges belong to the outermost.
#[derive(Debug, Clone)]
pub(super) struct Bins {
    /// Low end, width of a bin and number of bins of every dimension.
    dims: Vec<(f64, f64, usize)>,
    circle: bool,
}

impl Bins {
    /// Bins of a task's arena, or sectors of the circle.
    pub(super) fn of_task(task: &dyn Task) -> Self {
        match task.arena() {
            Some(arena) => Self {
                dims: vec![
                    (arena.x_min, arena.width() / BOX as f64, BOX),
                    (arena.y_min, arena.height() / BOX as f64, BOX),
                ],
                circle: false,
            },
            None => Self { dims: vec![(-PI, 2.0 * PI / SECTORS as f64, SECTORS)], circle: true },
        }
    }

    /// Number of bins.
    pub(super) fn len(&self) -> usize {
        self.dims.iter().map(|(_, _, count)| count).product()
    }

    /// The bin of a stimulus, x slowest.
    pub(super) fn of(&self, stimulus: &[f32]) -> usize {
        let mut bin = 0;
        for (&x, &(low, width, count)) in stimulus.iter().zip(&self.dims) {
            let x = f64::from(x);
            let x = if self.circle { crate::analysis::circular::wrap(x) } else { x };
            bin = bin * count + (((x - low) / width).floor().max(0.0) as usize).min(count - 1);
        }
        bin
    }

    /// Centre of a bin, `[dim]`.
    pub(super) fn centre(&self, mut bin: usize) -> Vec<f64> {
        let mut centre = vec![0.0; self.dims.len()];
        for (slot, &(low, width, count)) in centre.iter_mut().zip(&self.dims).rev() {
            *slot = low + (0.5 + (bin % count) as f64) * width;
            bin /= count;
        }
        centre
    }

    /// Edges of every dimension, `[dim][bin + 1]`.
    pub(super) fn edges(&self) -> Vec<Vec<f64>> {
        let edges = |&(low, width, count): &(f64, f64, usize)| {
            (0..=count).map(|i| low + i as f64 * width).collect()
        };
        self.dims.iter().map(edges).collect()
    }
}
