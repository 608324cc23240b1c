//! Recorded motion: trials are windows of an animal's path, tests come from its held-out end.

#[cfg(feature = "files")]
mod arrays;
mod clean;
#[cfg_attr(not(feature = "files"), allow(dead_code, reason = "numpy's arrays need them"))]
mod error;
mod foreign;
mod motion;
#[cfg_attr(not(feature = "files"), allow(dead_code, reason = "numpy's arrays need them"))]
mod names;
#[cfg(feature = "files")]
mod npz;
#[cfg(feature = "files")]
mod numbers;
mod plausible;
#[cfg_attr(not(feature = "files"), allow(dead_code, reason = "numpy's arrays need them"))]
mod quantity;
mod read;
mod report;
mod resample;
mod room;
mod samples;
mod segments;
mod span;
mod table;
#[cfg_attr(not(feature = "files"), allow(dead_code, reason = "numpy's arrays need them"))]
mod text;
mod trace;
mod units;

use std::ops::Range;

use super::split::Split;
use crate::experiment::{ArenaSpec, RecordingSpec, TimeSpec, TimeUnit};
use crate::random::Generator;
use crate::space::{self, Region, SpaceError};

#[cfg(feature = "files")]
pub use arrays::recording_npz;
use clean::{Cleaned, Limits};
pub use error::{Place, Problem, RecordingError};
use quantity::Quantity;
pub use report::{RecordingReport, SpeedQuantiles};
use resample::Resampled;
pub use room::Room;
use samples::Read;
pub use span::Span;
pub use trace::{Dropped, Loss, Trace};

/// Smallest extent of an arena, in m.
const SMALLEST_EXTENT_M: f64 = 0.01;

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
    trace: Trace,
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
        let frames = spec.time_unit == Some(TimeUnit::Frames);
        spec.check(quantity == Quantity::Position)
            .map_err(|fault| Problem::Setting {
                key: fault.key,
                given: fault.given,
                allowed: fault.allowed,
            })
            .and_then(|()| read::read(&spec.file, quantity, frames))
            .and_then(|read| Self::from_samples(read, spec, time, quantity))
            .map_err(|problem| RecordingError::new(&spec.file, problem))
    }

    fn from_samples(
        read: Read,
        spec: &RecordingSpec,
        time: &TimeSpec,
        quantity: Quantity,
    ) -> Result<Self, Problem> {
        let units = units::settle(&read, spec, quantity)?;
        let Read { samples: raw, untimed, note } = read;
        let raw = units.convert(raw);
        let interval_s = motion::median_interval(&raw.times);
        let max_gap_s = spec.max_gap_s.unwrap_or_else(|| default_gap_s(interval_s));
        let limits = Limits { max_speed: spec.max_speed_per_s, max_gap_s, interval_s };
        let Cleaned { trace, crossings } = clean::clean(&raw, quantity, &limits, spec.periodic)?;
        if trace.times_s.len() < 2 {
            return Err(Problem::TooShort {
                usable: trace.times_s.len(),
                samples: raw.times.len(),
            });
        }
        let dim = quantity.dim();
        let extent = extent(&trace.values, quantity);
        let room = match quantity {
            Quantity::Position => {
                check_smallest_extent(&extent)?;
                let arena = spec.arena.unwrap_or(ArenaSpec::Extent);
                Some(Room::of(&arena, &trace.values, &extent)?)
            }
            Quantity::Heading => None,
        };
        let resampled = resample::resample(&trace, dim, time.dt_s)?;
        let (train, test) = split(&resampled, dim, spec.test_fraction);

        let mut report = RecordingReport::of(spec, quantity, &raw, &trace, &limits);
        for (part, stretches) in [("training", &train), ("test", &test)] {
            if starts(stretches, time.steps) == 0 {
                let longest = stretches.iter().map(Range::len).max().unwrap_or(0);
                return Err(Problem::NoTrial {
                    part,
                    needed_s: time.steps as f64 * time.dt_s,
                    longest_s: longest.saturating_sub(1) as f64 * time.dt_s,
                    max_gap_s,
                    interval_s,
                    lost_share: report.lost_share,
                });
            }
        }
        report.read_as = units.read_as(&note);
        report.warnings = units.warnings;
        report.crossings = spec.periodic.then_some(crossings);
        report.samples += untimed;
        report.samples_lost += untimed;
        report.speed_per_s = SpeedQuantiles::of(speeds(&trace, dim));
        report.dt_s = time.dt_s;
        report.steps = time.steps;
        report.train_trials = trials(&train, time.steps);
        report.train_starts = starts(&train, time.steps);
        report.test_trials = trials(&test, time.steps);
        report.test_starts = starts(&test, time.steps);
        report.extent = extent;
        report.room = room;
        let (stimuli, displacements) = rows(&resampled, room.map(|room| room.centre_m));
        Ok(Self { dim, stimuli, displacements, train, test, trace, report })
    }

    /// What was found in the file.
    pub fn report(&self) -> &RecordingReport {
        &self.report
    }

    /// The cleaned path, as it was recorded, and what was left out of it.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// The room about its middle.
    ///
    /// # Errors
    /// For headings, which have no room.
    pub(crate) fn region(&self) -> Result<Region, SpaceError> {
        self.report.room.map_or_else(|| Region::new(&[], &[]), |room| room.region())
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

    /// Draws a window; all possible starts are equally likely: `stimuli: [steps + 1, dim]`,
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
            None => space::wrap_f32(value),
            Some(origin) => (value - origin[i % dim]) as f32,
        })
        .collect();
    (stimuli, displacements)
}

/// Speeds between neighbouring samples within stretches.
fn speeds(trace: &Trace, dim: usize) -> Vec<f64> {
    let Trace { times_s, values, .. } = trace;
    let mut speeds = Vec::with_capacity(times_s.len());
    for stretch in &trace.stretches {
        for i in stretch.start + 1..stretch.end {
            let square: f64 = (0..dim)
                .map(|k| values[i * dim + k] - values[(i - 1) * dim + k])
                .map(|d| d * d)
                .sum();
            speeds.push(libm::sqrt(square) / (times_s[i] - times_s[i - 1]));
        }
    }
    speeds
}

/// The default for the longest gap that is interpolated: at least one lost sample.
fn default_gap_s(interval_s: f64) -> f64 {
    (2.5 * interval_s).max(0.25)
}

fn extent(values: &[f64], quantity: Quantity) -> Vec<Span> {
    let dim = quantity.dim();
    (0..dim)
        .map(|k| {
            let component = values.iter().skip(k).step_by(dim);
            match quantity {
                Quantity::Position => Span::of(component.copied()),
                Quantity::Heading => Span::of(component.map(|&heading| space::wrap(heading))),
            }
        })
        .collect()
}

fn check_smallest_extent(extent: &[Span]) -> Result<(), Problem> {
    let extent_m = extent.iter().map(Span::len).fold(0.0, f64::max);
    if extent_m < SMALLEST_EXTENT_M {
        return Err(Problem::Still { extent_m, min: SMALLEST_EXTENT_M });
    }
    Ok(())
}
