//! How an animal moves, whatever the unit: statistics that lost samples and jumps cannot move.

use super::quantity::Quantity;
use super::samples::Samples;

/// Steps of a window, fewest and most, and their duration if times are in s.
const STEPS: (f64, f64) = (4.0, 50.0);
const WINDOW_S: f64 = 0.2;
/// A window shows movement if no single step makes more than this share of its displacement: a
/// jump is one step, and so is the flicker of an animal that sits.
const LARGEST_STEP: f64 = 0.6;
/// Fewest windows with movement that say something of the animal.
const FEWEST_WINDOWS: usize = 20;
/// The animal counts as moving above this share of its fastest movement.
const MOVING: f64 = 0.3;

/// What a recording shows of the animal's movement, in the units of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Motion {
    /// Median interval between samples.
    pub(crate) interval: f64,
    /// Smallest and largest value that was visited, per component.
    pub(crate) low: Vec<f64>,
    pub(crate) high: Vec<f64>,
    /// Median speed while the animal moves; none if it hardly ever does.
    pub(crate) speed: Option<f64>,
    /// 99 % quantile of the speed; none as above.
    pub(crate) fastest: Option<f64>,
}

impl Motion {
    /// Needs two samples; values that are not finite are left out.
    pub(crate) fn of(samples: &Samples, quantity: Quantity) -> Self {
        let dim = quantity.dim();
        let interval = median_interval(&samples.times);
        let steps = (WINDOW_S / interval).round().clamp(STEPS.0, STEPS.1) as usize;
        let finite = |&i: &usize| samples.value(i, quantity).iter().all(|v| v.is_finite());
        let valid: Vec<usize> = (0..samples.times.len()).filter(finite).collect();
        let distance = |i: usize, j: usize| {
            let (a, b) = (samples.value(i, quantity), samples.value(j, quantity));
            libm::hypot(b[0] - a[0], b[1] - a[1])
        };

        let mut speeds = Vec::new();
        let mut visited: Vec<Vec<f64>> = vec![Vec::new(); dim];
        for window in valid.windows(steps + 1).step_by(steps.div_ceil(2)) {
            let (first, last) = (window[0], window[steps]);
            let duration = samples.times[last] - samples.times[first];
            if duration > 1.5 * steps as f64 * interval {
                continue;
            }
            let moved = distance(first, last);
            let largest = window.windows(2).map(|w| distance(w[0], w[1])).fold(0.0, f64::max);
            if moved > 0.0 && largest <= LARGEST_STEP * moved {
                speeds.push(moved / duration);
                for (k, visited) in visited.iter_mut().enumerate() {
                    visited.extend([first, last].map(|i| samples.value(i, quantity)[k]));
                }
            }
        }
        let enough = speeds.len() >= FEWEST_WINDOWS;
        let trim = if enough { 0.002 } else { 0.01 };
        if !enough {
            for (k, visited) in visited.iter_mut().enumerate() {
                *visited = valid.iter().map(|&i| samples.value(i, quantity)[k]).collect();
            }
        }
        let mut bound = |q: f64| -> Vec<f64> {
            let of =
                |values: &mut Vec<f64>| if values.is_empty() { 0.0 } else { quantile(values, q) };
            visited.iter_mut().map(of).collect()
        };
        let (low, high) = (bound(trim), bound(1.0 - trim));
        let fastest = enough.then(|| quantile(&mut speeds, 0.99));
        let speed = fastest.map(|fastest| {
            speeds.retain(|&speed| speed >= MOVING * fastest);
            quantile(&mut speeds, 0.5)
        });
        Self { interval, low, high, speed, fastest }
    }

    /// Extent of what was visited, of one component.
    pub(crate) fn extent(&self, k: usize) -> f64 {
        self.high[k] - self.low[k]
    }

    /// The same in other units, of which `values` make one of the old values and `seconds` one of
    /// the old times.
    pub(crate) fn scaled(&self, values: f64, seconds: f64) -> Self {
        let speed = |speed: Option<f64>| speed.map(|speed| speed * values / seconds);
        let each = |all: &[f64]| all.iter().map(|value| value * values).collect();
        Self {
            interval: self.interval * seconds,
            low: each(&self.low),
            high: each(&self.high),
            speed: speed(self.speed),
            fastest: speed(self.fastest),
        }
    }
}

/// Median interval between times (the upper one of two). Needs two.
pub(crate) fn median_interval(times: &[f64]) -> f64 {
    let mut intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    quantile(&mut intervals, 0.5)
}

/// A quantile of unordered values, which are reordered. Needs one.
pub(crate) fn quantile(values: &mut [f64], q: f64) -> f64 {
    let rank = (q * values.len() as f64) as usize;
    *values.select_nth_unstable_by(rank.min(values.len() - 1), f64::total_cmp).1
}
