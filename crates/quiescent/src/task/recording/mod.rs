//! Recorded motion: trials are windows of an animal's path, tests come from its held-out end.

mod clean;
mod error;
mod npz;
mod report;
mod room;
mod samples;
mod table;

use std::ops::Range;

use super::{Arena, Split, circle};
use crate::experiment::{ArenaSpec, RecordingSpec, TimeSpec};
use crate::random::Generator;

use clean::{Cleaned, Resampled};
pub use error::{Place, Problem, RecordingError};
pub use report::{RecordingReport, Span, SpeedQuantiles};
pub use room::Room;
use samples::{Quantity, Samples};

/// Largest extent of an arena, in m.
const LARGEST_EXTENT_M: f64 = 50.0;
/// Smallest extent of an arena, in m.
const SMALLEST_EXTENT_M: f64 = 0.01;
/// An interval longer than this many medians counts as a gap in the report.
const GAP_MEDIANS: f64 = 1.5;

/// A cleaned and evenly resampled recording.
#[derive(Debug)]
pub struct Recording {
    dim: usize,
    /// `[row, dim]`: positions relative to the middle of the room in m, or headings in rad wrapped
    /// to [−π, π).
    stimuli: Vec<f32>,
    /// `[row, dim]`: from each row to the next; meaningless in the last row of a stretch.
    displacements: Vec<f32>,
    train: Vec<Range<usize>>,
    test: Vec<Range<usize>>,
    report: RecordingReport,
}

impl Recording {
    /// Reads a recording of positions.
    ///
    /// # Errors
    /// If the file cannot be read, is not a recording in m and s, or has no stretch long enough
    /// for a trial in the training part or in the held-out part.
    pub fn positions(spec: &RecordingSpec, time: &TimeSpec) -> Result<Self, RecordingError> {
        Self::open(spec, time, Quantity::Position)
    }

    /// Reads a recording of headings.
    ///
    /// # Errors
    /// As for [`positions`](Self::positions), with headings in rad.
    pub fn headings(spec: &RecordingSpec, time: &TimeSpec) -> Result<Self, RecordingError> {
        Self::open(spec, time, Quantity::Heading)
    }

    fn open(
        spec: &RecordingSpec,
        time: &TimeSpec,
        quantity: Quantity,
    ) -> Result<Self, RecordingError> {
        check_settings(spec)
            .and_then(|()| samples::read(&spec.file, quantity))
            .and_then(|raw| Self::from_samples(&raw, spec, time, quantity))
            .map_err(|problem| RecordingError::new(&spec.file, problem))
    }

    fn from_samples(
        raw: &Samples,
        spec: &RecordingSpec,
        time: &TimeSpec,
        quantity: Quantity,
    ) -> Result<Self, Problem> {
        check_units(raw, quantity)?;
        let cleaned = clean::clean(raw, quantity, spec.max_speed_per_s, spec.max_gap_s)?;
        let extent = extent(&cleaned.samples.values, quantity);
        let room = match quantity {
            Quantity::Position => {
                check_smallest_extent(&extent)?;
                let arena = spec.arena.unwrap_or(ArenaSpec::Extent);
                Some(Room::of(&arena, &cleaned.samples.values, &extent)?)
            }
            Quantity::Heading => None,
        };
        let resampled = clean::resample(&cleaned, quantity, time.dt_s)?;
        let (train, test) = split(&resampled, quantity.dim(), spec.test_fraction);

        let interval_s = median_interval(&raw.times);
        for (part, stretches) in [("training", &train), ("test", &test)] {
            if starts(stretches, time.steps) == 0 {
                let longest = stretches.iter().map(Range::len).max().unwrap_or(0);
                return Err(Problem::NoTrial {
                    part,
                    needed_s: time.steps as f64 * time.dt_s,
                    longest_s: longest.saturating_sub(1) as f64 * time.dt_s,
                    max_gap_s: spec.max_gap_s,
                    interval_s,
                });
            }
        }
        let gaps = || {
            let intervals = raw.times.windows(2).map(|pair| pair[1] - pair[0]);
            intervals.filter(|&interval| interval > GAP_MEDIANS * interval_s)
        };
        let longest_stretch_s = cleaned
            .stretches
            .iter()
            .map(|s| cleaned.samples.times[s.end - 1] - cleaned.samples.times[s.start])
            .fold(0.0, f64::max);
        let report = RecordingReport {
            file: spec.file.clone(),
            unit: quantity.unit(),
            samples: raw.times.len(),
            duration_s: raw.times[raw.times.len() - 1] - raw.times[0],
            median_rate_hz: 1.0 / interval_s,
            gaps: gaps().count(),
            longest_gap_s: gaps().fold(0.0, f64::max),
            speed_per_s: SpeedQuantiles::of(speeds(&cleaned, quantity)),
            jumps_dropped: cleaned.dropped,
            stretches: cleaned.stretches.len(),
            longest_stretch_s,
            max_gap_s: spec.max_gap_s,
            dt_s: time.dt_s,
            steps: time.steps,
            train_trials: trials(&train, time.steps),
            train_starts: starts(&train, time.steps),
            test_trials: trials(&test, time.steps),
            test_starts: starts(&test, time.steps),
            extent,
            room,
        };
        let (stimuli, displacements) = rows(&resampled, room.map(|room| room.centre_m));
        Ok(Self { dim: quantity.dim(), stimuli, displacements, train, test, report })
    }

    /// What was found in the file.
    pub fn report(&self) -> &RecordingReport {
        &self.report
    }

    /// The arena about its middle; without area for headings, which have none.
    pub(crate) fn arena(&self) -> Arena {
        self.report.room.map_or(Arena::centred(0.0, 0.0), |room| room.arena())
    }

    /// All rows in order of time, `[row, dim]`: positions in m relative to the middle of the room,
    /// or headings in rad in [−π, π).
    pub fn stimuli(&self) -> &[f32] {
        &self.stimuli
    }

    /// Longest trial of a part, in steps.
    pub fn longest_trial(&self, split: Split) -> usize {
        let longest = self.stretches(split).iter().map(Range::len).max();
        longest.unwrap_or(0).saturating_sub(1)
    }

    /// Draws a window, each possible start alike: `stimuli: [steps + 1, dim]`,
    /// `displacements: [steps, dim]`.
    ///
    /// # Panics
    /// If no stretch of that part has `steps + 1` rows.
    pub(crate) fn draw(
        &self,
        split: Split,
        generator: &mut Generator,
        stimuli: &mut [f32],
        displacements: &mut [f32],
    ) {
        let steps = displacements.len() / self.dim;
        let stretches = self.stretches(split);
        let total = starts(stretches, steps);
        assert!(
            total > 0,
            "a trial of {steps} steps was asked of a recording whose longest stretch has {}",
            self.longest_trial(split)
        );
        let mut start = generator.below(total as u64) as usize;
        for stretch in stretches {
            let here = stretch.len().saturating_sub(steps);
            if start < here {
                let row = stretch.start + start;
                let from = row * self.dim;
                stimuli.copy_from_slice(&self.stimuli[from..from + stimuli.len()]);
                displacements
                    .copy_from_slice(&self.displacements[from..from + displacements.len()]);
                return;
            }
            start -= here;
        }
        unreachable!("the starts of all stretches add up to their total");
    }

    fn stretches(&self, split: Split) -> &[Range<usize>] {
        match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        }
    }
}

/// Number of windows of `steps + 1` rows.
fn starts(stretches: &[Range<usize>], steps: usize) -> usize {
    stretches.iter().map(|s| s.len().saturating_sub(steps)).sum()
}

/// Number of windows of `steps` steps one after the other (the last row of one is the first of
/// the next).
fn trials(stretches: &[Range<usize>], steps: usize) -> usize {
    stretches.iter().map(|s| s.len().saturating_sub(1) / steps.max(1)).sum()
}

/// Cuts the rows into a first part and a held-out last `fraction`; a stretch across the cut is
/// divided, so that no window crosses it.
fn split(
    resampled: &Resampled,
    dim: usize,
    fraction: f64,
) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let rows = resampled.values.len() / dim;
    let cut = ((1.0 - fraction) * rows as f64).round() as usize;
    let (mut train, mut test) = (Vec::new(), Vec::new());
    for stretch in &resampled.stretches {
        if stretch.start < cut {
            train.push(stretch.start..stretch.end.min(cut));
        }
        if stretch.end > cut {
            test.push(stretch.start.max(cut)..stretch.end);
        }
    }
    (train, test)
}

/// Stimuli and displacements in single precision: positions relative to the origin, headings (which
/// have none) wrapped.
fn rows(resampled: &Resampled, origin: Option<[f64; 2]>) -> (Vec<f32>, Vec<f32>) {
    let dim = if origin.is_some() { 2 } else { 1 };
    let values = &resampled.values;
    let displacements = (0..values.len())
        .map(|i| values.get(i + dim).map_or(0.0, |next| (next - values[i]) as f32))
        .collect();
    let stimuli = values
        .iter()
        .enumerate()
        .map(|(i, &value)| match origin {
            None => circle::wrap_f32(value),
            Some(origin) => (value - origin[i % dim]) as f32,
        })
        .collect();
    (stimuli, displacements)
}

/// Speeds between neighbouring samples within stretches.
fn speeds(cleaned: &Cleaned, quantity: Quantity) -> Vec<f64> {
    let dim = quantity.dim();
    let Samples { times, values } = &cleaned.samples;
    let mut speeds = Vec::with_capacity(times.len());
    for stretch in &cleaned.stretches {
        for i in stretch.start + 1..stretch.end {
            let square: f64 = (0..dim)
                .map(|k| values[i * dim + k] - values[(i - 1) * dim + k])
                .map(|d| d * d)
                .sum();
            speeds.push(libm::sqrt(square) / (times[i] - times[i - 1]));
        }
    }
    speeds
}

fn extent(values: &[f64], quantity: Quantity) -> Vec<Span> {
    let dim = quantity.dim();
    (0..dim)
        .map(|k| {
            let component = values.iter().skip(k).step_by(dim);
            match quantity {
                Quantity::Position => Span::of(component.copied()),
                Quantity::Heading => Span::of(component.map(|&heading| circle::wrap(heading))),
            }
        })
        .collect()
}

/// Median interval between samples, in s (the upper one of two). Needs two samples.
fn median_interval(times: &[f64]) -> f64 {
    let mut intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = intervals.len() / 2;
    *intervals.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn check_settings(spec: &RecordingSpec) -> Result<(), Problem> {
    let positive = "a positive finite number";
    let usable = |value: f64| value.is_finite() && value > 0.0;
    for (key, given, fits, allowed) in [
        ("task.recording.max_gap_s", spec.max_gap_s, usable(spec.max_gap_s), positive),
        (
            "task.recording.max_speed_per_s",
            spec.max_speed_per_s,
            usable(spec.max_speed_per_s),
            positive,
        ),
        (
            "task.recording.test_fraction",
            spec.test_fraction,
            spec.test_fraction > 0.0 && spec.test_fraction < 1.0,
            "a number between 0 and 1, both excluded",
        ),
    ] {
        if !fits {
            return Err(Problem::Setting { key, given, allowed });
        }
    }
    Ok(())
}

/// Refuses positions in cm, mm or pixels and headings in degrees, before everything in them looks
/// like an impossible jump.
fn check_units(raw: &Samples, quantity: Quantity) -> Result<(), Problem> {
    match quantity {
        Quantity::Position => {
            // The middle 98 %: one wild sample is a tracking error, not a unit.
            let extent_m = (0..2)
                .map(|k| {
                    let mut values: Vec<f64> =
                        raw.values.iter().skip(k).step_by(2).copied().collect();
                    let cut = values.len() / 100;
                    let last = values.len() - 1 - cut;
                    let low = *values.select_nth_unstable_by(cut, f64::total_cmp).1;
                    let high = *values.select_nth_unstable_by(last, f64::total_cmp).1;
                    high - low
                })
                .fold(0.0, f64::max);
            if extent_m > LARGEST_EXTENT_M {
                return Err(Problem::Units {
                    extent_m,
                    min: SMALLEST_EXTENT_M,
                    max: LARGEST_EXTENT_M,
                    hint: "They look like cm, mm or pixels; convert them to m",
                });
            }
        }
        Quantity::Heading => {
            let span = Span::of(raw.values.iter().copied());
            // One turn or so of 360, with jumps of nearly that much where it wraps.
            let wraps = raw.values.windows(2).any(|pair| (pair[1] - pair[0]).abs() > 180.0);
            if wraps && span.len() <= 361.0 {
                return Err(Problem::Degrees { min: span.min, max: span.max });
            }
        }
    }
    Ok(())
}

fn check_smallest_extent(extent: &[Span]) -> Result<(), Problem> {
    let extent_m = extent.iter().map(Span::len).fold(0.0, f64::max);
    if extent_m < SMALLEST_EXTENT_M {
        return Err(Problem::Units {
            extent_m,
            min: SMALLEST_EXTENT_M,
            max: LARGEST_EXTENT_M,
            hint: "Either the animal did not move or they are not in m; convert them to m",
        });
    }
    Ok(())
}
