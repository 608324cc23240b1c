//! From raw samples to evenly spaced stretches: impossible jumps dropped, long gaps left open.

use std::ops::Range;

use super::error::Problem;
use super::samples::{MAX_SAMPLES, Quantity, Samples};
use crate::task::circle;

/// Share of samples that may be dropped as jumps before the recording is refused.
const MOST_JUMPS: f64 = 0.2;

/// Samples without impossible jumps; headings are unwrapped.
pub(crate) struct Cleaned {
    pub(crate) samples: Samples,
    /// Samples dropped.
    pub(crate) dropped: usize,
    /// Runs of samples without a gap longer than the limit.
    pub(crate) stretches: Vec<Range<usize>>,
}

/// Displacement from one value to the next: along the circle for headings.
fn displacement(quantity: Quantity, from: &[f64], to: &[f64]) -> [f64; 2] {
    match quantity {
        Quantity::Position => [to[0] - from[0], to[1] - from[1]],
        Quantity::Heading => [circle::wrap(to[0] - from[0]), 0.0],
    }
}

/// Drops samples that cannot be reached from the last good one at `max_speed`, unwraps headings,
/// and splits at gaps longer than `max_gap` seconds.
pub(crate) fn clean(
    raw: &Samples,
    quantity: Quantity,
    max_speed: f64,
    max_gap: f64,
) -> Result<Cleaned, Problem> {
    let dim = quantity.dim();
    let value = |i: usize| &raw.values[i * dim..(i + 1) * dim];
    let possible = |i: usize, j: usize| {
        let [dx, dy] = displacement(quantity, value(i), value(j));
        libm::hypot(dx, dy) <= max_speed * (raw.times[j] - raw.times[i])
    };
    let n = raw.times.len();
    // The first good sample is one that leads on to one of the next two: starting from a tracking
    // error would drop the good samples after it.
    let mut first = 0;
    while first + 2 < n && !possible(first, first + 1) && !possible(first, first + 2) {
        first += 1;
    }
    let mut kept = vec![first];
    for i in first + 1..n {
        if possible(kept[kept.len() - 1], i) {
            kept.push(i);
        }
    }
    let dropped = n - kept.len();
    if dropped as f64 > MOST_JUMPS * n as f64 {
        return Err(Problem::Jumps { dropped, samples: n, max_speed, unit: quantity.unit() });
    }

    let mut samples = Samples {
        times: Vec::with_capacity(kept.len()),
        values: Vec::with_capacity(kept.len() * dim),
    };
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for (row, &i) in kept.iter().enumerate() {
        let time = raw.times[i];
        match stretches.last_mut() {
            Some(stretch) if time - samples.times[row - 1] <= max_gap => stretch.end = row + 1,
            _ => stretches.push(row..row + 1),
        }
        match quantity {
            Quantity::Heading if row > 0 => {
                let previous = samples.values[row - 1];
                let turn = circle::wrap(raw.values[i] - previous);
                samples.values.push(previous + turn);
            }
            _ => samples.values.extend_from_slice(value(i)),
        }
        samples.times.push(time);
    }
    Ok(Cleaned { samples, dropped, stretches })
}

/// Evenly spaced rows, stretch after stretch.
pub(crate) struct Resampled {
    /// `[row, dim]`; headings are unwrapped.
    pub(crate) values: Vec<f64>,
    /// Rows of each stretch.
    pub(crate) stretches: Vec<Range<usize>>,
}

/// Interpolates every stretch linearly at its first time and every `dt` seconds after that.
pub(crate) fn resample(
    cleaned: &Cleaned,
    quantity: Quantity,
    dt: f64,
) -> Result<Resampled, Problem> {
    let dim = quantity.dim();
    let (times, values) = (&cleaned.samples.times, &cleaned.samples.values);
    let steps_of = |stretch: &Range<usize>| {
        // A last step that is short by rounding alone counts.
        libm::floor((times[stretch.end - 1] - times[stretch.start]) / dt + 1e-6)
    };
    let total: f64 = cleaned.stretches.iter().map(|s| steps_of(s) + 1.0).sum();
    if total > MAX_SAMPLES as f64 {
        return Err(Problem::TooLong { limit: MAX_SAMPLES });
    }
    let mut resampled = Resampled {
        values: Vec::with_capacity(total as usize * dim),
        stretches: Vec::with_capacity(cleaned.stretches.len()),
    };
    let mut row = 0;
    for stretch in &cleaned.stretches {
        let rows = steps_of(stretch) as usize + 1;
        // Sample before the wanted time.
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
