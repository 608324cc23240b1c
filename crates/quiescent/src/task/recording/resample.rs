//! From a clean path to evenly spaced rows.

use std::ops::Range;

use super::error::Problem;
use super::samples::MAX_SAMPLES;
use super::trace::Trace;

/// Evenly spaced rows, stretch after stretch.
pub(crate) struct Resampled {
    /// `[row, dim]`; headings are unwrapped.
    pub(crate) values: Vec<f64>,
    /// Rows of each stretch.
    pub(crate) stretches: Vec<Range<usize>>,
}

/// Interpolates every stretch linearly at its first time and every `dt` seconds after that.
pub(crate) fn resample(trace: &Trace, dim: usize, dt: f64) -> Result<Resampled, Problem> {
    let (times, values) = (&trace.times_s, &trace.values);
    let steps_of = |stretch: &Range<usize>| {
        // A last step that is short only because of rounding counts.
        libm::floor((times[stretch.end - 1] - times[stretch.start]) / dt + 1e-6)
    };
    let total: f64 = trace.stretches.iter().map(|s| steps_of(s) + 1.0).sum();
    if total > MAX_SAMPLES as f64 {
        return Err(Problem::TooLong { limit: MAX_SAMPLES });
    }
    let mut resampled = Resampled {
        values: Vec::with_capacity(total as usize * dim),
        stretches: Vec::with_capacity(trace.stretches.len()),
    };
    let mut row = 0;
    for stretch in &trace.stretches {
        let rows = steps_of(stretch) as usize + 1;
        // The sample before the requested time.
        let mut left = stretch.start;
        for step in 0..rows {
            let time = times[stretch.start] + step as f64 * dt;
            while left + 2 < stretch.end && times[left + 1] <= time {
                left += 1;
            }
            let right = (left + 1).min(stretch.end - 1);
            let share = if right > left {
                ((time - times[left]) / (times[right] - times[left])).clamp(0.0, 1.0)
            } else {
                0.0
            };
            for k in 0..dim {
                let (a, b) = (values[left * dim + k], values[right * dim + k]);
                resampled.values.push(a + share * (b - a));
            }
        }
        resampled.stretches.push(row..row + rows);
        row += rows;
    }
    Ok(resampled)
}
