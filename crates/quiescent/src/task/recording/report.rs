//! What was found in a recording, for people and for run folders.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::clean::Limits;
use super::quantity::Quantity;
use super::room::Room;
use super::samples::Samples;
use super::span::Span;
use super::trace::{Loss, Trace};
use crate::experiment::RecordingSpec;

/// Quantiles of the speed between neighbouring samples, in the report's unit per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct SpeedQuantiles {
    /// Half of the speeds are below.
    pub median: f64,
    /// 95 % are below.
    pub p95: f64,
    /// 99 % are below.
    pub p99: f64,
    /// The largest.
    pub max: f64,
}

impl SpeedQuantiles {
    /// Quantiles of unordered speeds (nearest rank); zeros if there are none.
    pub(crate) fn of(mut speeds: Vec<f64>) -> Self {
        speeds.sort_unstable_by(f64::total_cmp);
        let quantile = |q: f64| match speeds.len() {
            0 => 0.0,
            n => speeds[((q * n as f64).ceil() as usize).clamp(1, n) - 1],
        };
        Self { median: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: quantile(1.0) }
    }
}

/// What was found in a recording and what became of it. `Display` gives plain lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RecordingReport {
    /// The file.
    pub file: PathBuf,
    /// Unit of positions (`m`) or headings (`rad`) in this report.
    pub unit: &'static str,
    /// How the file was read: its arrays or columns and their units.
    pub read_as: String,
    /// What a person should look at, such as units that were given and are not plausible.
    pub warnings: Vec<String>,
    /// Samples in the file.
    pub samples: usize,
    /// Samples that were left out: those without a value, those that the tracker lost, and
    /// impossible jumps.
    pub samples_lost: usize,
    /// Of them, those without a value (or without a time).
    pub samples_missing: usize,
    /// Of them, those that hold a mark of lost tracking: one and the same value far from the path.
    pub samples_repeated: usize,
    /// Samples dropped as impossible jumps.
    pub jumps_dropped: usize,
    /// Share of the recording's time that lies in gaps, whether they are interpolated or not.
    pub lost_share: f64,
    /// Time from the first sample to the last, in s.
    pub duration_s: f64,
    /// One over the median interval between samples, in Hz.
    pub median_rate_hz: f64,
    /// Intervals between samples that were kept longer than 1.5 times the median.
    pub gaps: usize,
    /// The longest of them, in s; 0 if there are none.
    pub longest_gap_s: f64,
    /// Smallest and largest value of x and y (of the headings, wrapped to [−π, π)), without the
    /// samples left out, in the coordinates of the file and in `unit`.
    pub extent: Vec<Span>,
    /// The room, in the coordinates of the file; none for headings.
    pub room: Option<Room>,
    /// Speeds between neighbouring samples, without those left out and the long gaps.
    pub speed_per_s: SpeedQuantiles,
    /// Times that the path crosses a wall of a room that wraps around; none if it does not.
    pub crossings: Option<usize>,
    /// Pieces that long gaps, crossings and the animal being carried leave.
    pub stretches: usize,
    /// Duration of the longest of them, in s.
    pub longest_stretch_s: f64,
    /// Longest gap that was interpolated, in s.
    pub max_gap_s: f64,
    /// Interval after resampling, in s.
    pub dt_s: f64,
    /// Steps of a trial.
    pub steps: usize,
    /// Trials that fit one after the other into the training part.
    pub train_trials: usize,
    /// Possible starts of a training trial.
    pub train_starts: usize,
    /// Trials that fit one after the other into the held-out part.
    pub test_trials: usize,
    /// Possible starts of a test trial.
    pub test_starts: usize,
}

/// An interval longer than this many medians counts as a gap.
const GAP_MEDIANS: f64 = 1.5;

impl RecordingReport {
    /// The parts that follow from the samples and the cleaned path; everything else is at its default.
    pub(crate) fn of(
        spec: &RecordingSpec,
        quantity: Quantity,
        raw: &Samples,
        trace: &Trace,
        limits: &Limits,
    ) -> Self {
        let duration = |times: &[f64]| times[times.len() - 1] - times[0];
        let duration_s = duration(&raw.times);
        let interval_s = limits.interval_s;
        let intervals = trace.times_s.windows(2).map(|pair| pair[1] - pair[0]);
        // Samples may be missing before the first one that is kept, and after the last.
        let ends = [
            trace.times_s[0] - raw.times[0] + interval_s,
            raw.times[raw.times.len() - 1] - trace.times_s[trace.times_s.len() - 1] + interval_s,
        ];
        let (mut gaps, mut longest_gap_s, mut lost_s) = (0, 0.0_f64, 0.0);
        for interval in intervals.chain(ends).filter(|&i| i > GAP_MEDIANS * interval_s) {
            gaps += 1;
            longest_gap_s = longest_gap_s.max(interval);
            lost_s += interval - interval_s;
        }
        let count = |reason| trace.dropped.iter().filter(|d| d.reason == reason).count();
        let longest_stretch_s =
            trace.stretches.iter().map(|s| duration(&trace.times_s[s.clone()])).fold(0.0, f64::max);
        Self {
            file: spec.file.clone(),
            unit: quantity.unit(),
            samples: raw.times.len(),
            samples_lost: trace.dropped.len(),
            samples_missing: count(Loss::Missing),
            samples_repeated: count(Loss::Repeated),
            jumps_dropped: count(Loss::Jump),
            lost_share: lost_s / duration_s,
            duration_s,
            median_rate_hz: 1.0 / interval_s,
            gaps,
            longest_gap_s,
            stretches: trace.stretches.len(),
            longest_stretch_s,
            max_gap_s: limits.max_gap_s,
            ..Self::default()
        }
    }
}

impl fmt::Display for RecordingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = self.unit;
        writeln!(
            f,
            "{}: {} samples over {:.2} s, median rate {:.4} Hz",
            self.file.display(),
            self.samples,
            self.duration_s,
            self.median_rate_hz
        )?;
        writeln!(f, "read as {}", self.read_as)?;
        writeln!(
            f,
            "samples lost: {} of {} ({} without a value, {} repeats of a lost tracker's value, {} impossible jumps); {:.2} % of the time, longest gap {:.3} s",
            self.samples_lost,
            self.samples,
            self.samples_missing,
            self.samples_repeated,
            self.jumps_dropped,
            100.0 * self.lost_share,
            self.longest_gap_s
        )?;
        let names: &[&str] = match self.extent.len() {
            1 => &["heading"],
            _ => &["x", "y"],
        };
        let extents: Vec<String> = names
            .iter()
            .zip(&self.extent)
            .map(|(name, span)| format!("{name} {:.3} to {:.3} {unit}", span.min, span.max))
            .collect();
        writeln!(f, "extent: {}", extents.join(", "))?;
        if let Some(room) = self.room {
            writeln!(f, "arena: {room} ({})", room.holds(&self.extent))?;
        }
        let speed = &self.speed_per_s;
        writeln!(
            f,
            "speed: median {:.3}, 95 % below {:.3}, 99 % below {:.3}, largest {:.3} {unit}/s",
            speed.median, speed.p95, speed.p99, speed.max
        )?;
        if let Some(crossings) = self.crossings {
            writeln!(
                f,
                "the room wraps around: {crossings} crossings of its walls, each of which ends a stretch"
            )?;
        }
        writeln!(
            f,
            "resampled from {:.4} Hz to one row every {} s ({:.4} Hz) by linear interpolation, across gaps up to {:.4} s; {} stretch{}, longest {:.2} s",
            self.median_rate_hz,
            self.dt_s,
            1.0 / self.dt_s,
            self.max_gap_s,
            self.stretches,
            if self.stretches == 1 { "" } else { "es" },
            self.longest_stretch_s
        )?;
        for warning in &self.warnings {
            writeln!(f, "beware: {warning}")?;
        }
        write!(
            f,
            "trials of {} steps: {} one after the other for training ({} possible starts), {} for tests ({} possible starts)",
            self.steps, self.train_trials, self.train_starts, self.test_trials, self.test_starts
        )
    }
}
