//! From raw samples to a clean path: what the tracker lost is left out, long gaps are left open.

use std::collections::HashMap;
use std::ops::Range;

use super::error::Problem;
use super::motion::Motion;
use super::quantity::Quantity;
use super::samples::{Samples, Valid};
use super::segments;
use super::trace::{Dropped, Loss, Trace};
use crate::space;

/// Share of samples that may be dropped as jumps before the recording is refused.
const MOST_JUMPS: f64 = 0.2;
/// Room for rounding in a comparison with the longest gap, in median intervals: times written with
/// few decimals are off by that much, and one lost sample makes an interval twice as long.
const ROOM: f64 = 0.05;
/// A value counts as far from the path if the animal would have to be this many times faster than
/// it ever is (99 % quantile while it moves) to go there.
const FAR: f64 = 4.0;
/// Number of samples with the same far value that make it a mark of lost tracking.
const FEWEST_REPEATS: usize = 3;
/// Largest share of an extent that a path leaves out beside a wall through which it wraps around.
const WALL: f64 = 0.2;

/// The limits that cleaning applies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Fastest movement that is possible, in m/s or rad/s.
    pub(crate) max_speed: f64,
    /// Longest gap that is interpolated, in s.
    pub(crate) max_gap_s: f64,
    /// Median interval between samples, in s.
    pub(crate) interval_s: f64,
}

impl Limits {
    /// Whether samples that far apart in time belong to one stretch.
    fn bridges(&self, interval_s: f64) -> bool {
        interval_s <= self.max_gap_s + ROOM * self.interval_s
    }

    /// How far the animal gets at `speed`. What it may have done in a longer gap than can be
    /// bridged says nothing about a sample.
    fn reach(&self, speed: f64, interval_s: f64) -> f64 {
        // Two samples may lie closer in time than the tracker's clock can tell.
        speed * interval_s.min(self.max_gap_s).max(0.5 * self.interval_s)
    }
}

/// Distances between values: in the plane, along the circle, or in a room that wraps around.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Geometry {
    Plane,
    Circle,
    /// The sides of the room.
    Torus([f64; 2]),
}

impl Geometry {
    pub(crate) fn distance(&self, from: [f64; 2], to: [f64; 2]) -> f64 {
        let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        match self {
            Self::Plane => libm::hypot(dx, dy),
            // Neither a turn nor the wrapping of headings goes further than once around: what does
            // is not a heading, though it may lie near one on the circle.
            Self::Circle if dx.abs() > 1.5 * std::f64::consts::TAU => f64::INFINITY,
            Self::Circle => space::wrap(dx).abs(),
            Self::Torus(sides) => {
                let around = |d: f64, side: f64| d.abs().min((d.abs() - side).abs());
                libm::hypot(around(dx, sides[0]), around(dy, sides[1]))
            }
        }
    }

    /// Whether a step leaves a room that wraps around at one wall and comes back in at another.
    fn crosses(&self, from: [f64; 2], to: [f64; 2]) -> bool {
        match self {
            Self::Torus(sides) => (0..2).any(|k| (to[k] - from[k]).abs() > 0.5 * sides[k]),
            _ => false,
        }
    }
}

/// A clean path and what was found while cleaning.
#[derive(Debug)]
pub(crate) struct Cleaned {
    pub(crate) trace: Trace,
    /// Times that the path crosses a wall of a room that wraps around.
    pub(crate) crossings: usize,
}

/// Leaves out samples that the tracker lost, unwraps headings, and splits the path where a gap is
/// too long to be interpolated, where the animal was carried, and where it wraps around.
pub(crate) fn clean(
    raw: &Samples,
    quantity: Quantity,
    limits: &Limits,
    periodic: bool,
) -> Result<Cleaned, Problem> {
    let motion = Motion::of(raw, quantity);
    let geometry = match quantity {
        Quantity::Heading => Geometry::Circle,
        Quantity::Position if periodic => Geometry::Torus([motion.extent(0), motion.extent(1)]),
        Quantity::Position => Geometry::Plane,
    };
    let n = raw.times.len();
    let mut lost = vec![None; n];
    let mut valid = Valid { raw, quantity, index: Vec::with_capacity(n) };
    for (i, lost) in lost.iter_mut().enumerate() {
        if raw.value(i, quantity).iter().all(|value| value.is_finite()) {
            valid.index.push(i);
        } else {
            *lost = Some(Loss::Missing);
        }
    }
    let slow = motion.fastest.map_or(limits.max_speed, |v| (FAR * v).min(limits.max_speed));
    for i in repeated(&valid, &geometry, limits, slow) {
        lost[valid.index[i]] = Some(Loss::Repeated);
    }
    valid.index.retain(|&i| lost[i].is_none());
    if quantity == Quantity::Position && !periodic {
        refuse_wrapping(&valid, &motion)?;
    }

    let step = |i: usize, j: usize| {
        geometry.distance(valid.value(i), valid.value(j))
            <= limits.reach(limits.max_speed, valid.time(j) - valid.time(i))
    };
    let bridged = |i: usize, j: usize| limits.bridges(valid.time(j) - valid.time(i));
    let mut kept = vec![false; valid.index.len()];
    for segment in segments::best(&valid, step, bridged, limits.interval_s) {
        kept[segment].fill(true);
    }
    let mut jumps = 0;
    for (&i, _) in valid.index.iter().zip(&kept).filter(|(_, kept)| !**kept) {
        lost[i] = Some(Loss::Jump);
        jumps += 1;
    }
    if jumps as f64 > MOST_JUMPS * n as f64 {
        let (max_speed, unit) = (limits.max_speed, quantity.unit());
        return Err(Problem::Jumps { dropped: jumps, samples: n, max_speed, unit });
    }
    Ok(assemble(raw, quantity, &lost, &geometry, limits))
}

/// Samples that hold a mark of lost tracking: a value that comes again and again, to the last bit,
/// far from the samples before and after it.
fn repeated(valid: &Valid, geometry: &Geometry, limits: &Limits, speed: f64) -> Vec<usize> {
    let bits = |i: usize| valid.value(i).map(f64::to_bits);
    let n = valid.index.len();
    let far = |i: usize, j: usize| {
        let interval_s = valid.time(j) - valid.time(i);
        geometry.distance(valid.value(i), valid.value(j)) > limits.reach(speed, interval_s)
    };
    let mut runs: Vec<(Range<usize>, bool)> = Vec::new();
    let mut start = 0;
    for i in 1..=n {
        if i < n && bits(i) == bits(start) {
            continue;
        }
        let before = start.checked_sub(1).map(|before| far(before, start));
        let after = (i < n).then(|| far(i - 1, i));
        let is_far = [before, after].iter().flatten().all(|&far| far)
            && (before.is_some() || after.is_some());
        runs.push((start..i, is_far));
        start = i;
    }
    // Samples of each value: far from the path, and all.
    let mut counts: HashMap<[u64; 2], (usize, usize)> = HashMap::new();
    for (run, is_far) in &runs {
        if *is_far {
            counts.entry(bits(run.start)).or_default();
        }
    }
    for (run, is_far) in &runs {
        if let Some((far, all)) = counts.get_mut(&bits(run.start)) {
            *all += run.len();
            *far += if *is_far { run.len() } else { 0 };
        }
    }
    let mut marked = Vec::new();
    for (run, is_far) in runs {
        let Some(&(far, all)) = counts.get(&bits(run.start)) else { continue };
        // Near the path a mark cannot be distinguished from the animal, unless it usually is a mark.
        if far >= FEWEST_REPEATS && (is_far || 2 * far > all) {
            marked.extend(run);
        }
    }
    marked
}

/// Refuses a path that leaves the room at one wall and comes back in at the opposite one.
fn refuse_wrapping(valid: &Valid, motion: &Motion) -> Result<(), Problem> {
    const FEWEST: usize = 3;
    let (mut crossings, mut long) = (0, 0);
    let reach = |k: usize| WALL * motion.extent(k);
    for i in 1..valid.index.len() {
        let (a, b) = (valid.value(i - 1), valid.value(i));
        let step = [(b[0] - a[0]).abs(), (b[1] - a[1]).abs()];
        if (0..2).all(|k| step[k] <= reach(k)) {
            continue;
        }
        long += 1;
        // From one wall to the opposite one, without more than a step along it.
        let crosses = |k: usize| {
            (step[k] - motion.extent(k)).abs() <= reach(k)
                && (step[1 - k] <= reach(1 - k)
                    || (step[1 - k] - motion.extent(1 - k)).abs() <= reach(1 - k))
        };
        // After a tracking error the path comes back at once.
        let stays = valid.index.get(i + 1).is_none_or(|_| {
            let c = valid.value(i + 1);
            (0..2).all(|k| (c[k] - b[k]).abs() <= reach(k))
        });
        crossings += usize::from(stays && (crosses(0) || crosses(1)));
    }
    if motion.fastest.is_some() && crossings >= FEWEST && 2 * crossings >= long {
        return Err(Problem::Periodic { crossings });
    }
    Ok(())
}

/// The path of the samples that are not lost.
fn assemble(
    raw: &Samples,
    quantity: Quantity,
    lost: &[Option<Loss>],
    geometry: &Geometry,
    limits: &Limits,
) -> Cleaned {
    let dim = quantity.dim();
    let kept = lost.iter().filter(|loss| loss.is_none()).count();
    let mut trace = Trace {
        times_s: Vec::with_capacity(kept),
        values: Vec::with_capacity(kept * dim),
        stretches: Vec::new(),
        dropped: Vec::with_capacity(lost.len() - kept),
    };
    let mut crossings = 0;
    let mut previous: Option<[f64; 2]> = None;
    for (i, loss) in lost.iter().enumerate() {
        let (time_s, value) = (raw.times[i], raw.value(i, quantity));
        if let Some(reason) = *loss {
            let value = (reason != Loss::Missing).then_some(value);
            trace.dropped.push(Dropped { time_s, value, reason });
            continue;
        }
        let row = trace.times_s.len();
        let crosses = previous.is_some_and(|previous| geometry.crosses(previous, value));
        let joins = previous.is_some_and(|previous| {
            let interval_s = time_s - trace.times_s[row - 1];
            limits.bridges(interval_s)
                && geometry.distance(previous, value) <= limits.reach(limits.max_speed, interval_s)
        });
        crossings += usize::from(crosses && joins);
        match trace.stretches.last_mut() {
            Some(stretch) if joins && !crosses => stretch.end = row + 1,
            _ => trace.stretches.push(row..row + 1),
        }
        match (quantity, trace.values.last()) {
            (Quantity::Heading, Some(&before)) => {
                let turn = space::wrap(value[0] - before);
                trace.values.push(before + turn);
            }
            _ => trace.values.extend_from_slice(&value[..dim]),
        }
        trace.times_s.push(time_s);
        previous = Some(value);
    }
    Cleaned { trace, crossings }
}
