//! What was found in a recording, for people and for run folders.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::Room;

/// From the smallest to the largest value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
}

impl Span {
    pub(crate) fn of(values: impl Iterator<Item = f64>) -> Self {
        values.fold(Self { min: f64::INFINITY, max: f64::NEG_INFINITY }, |span, value| Self {
            min: span.min.min(value),
            max: span.max.max(value),
        })
    }

    pub(crate) fn len(&self) -> f64 {
        self.max - self.min
    }
}

/// Quantiles of the speed between neighbouring samples, in the report's unit per second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecordingReport {
    /// The file.
    pub file: PathBuf,
    /// Unit of positions (`m`) or headings (`rad`).
    pub unit: &'static str,
    /// Samples in the file.
    pub samples: usize,
    /// Time from the first sample to the last, in s.
    pub duration_s: f64,
    /// One over the median interval between samples, in Hz.
    pub median_rate_hz: f64,
    /// Intervals longer than 1.5 times the median.
    pub gaps: usize,
    /// The longest of them, in s; 0 if there are none.
    pub longest_gap_s: f64,
    /// Smallest and largest value of x and y (of the headings, wrapped to [−π, π)), without the
    /// dropped samples, in the coordinates of the file.
    pub extent: Vec<Span>,
    /// The room, in the coordinates of the file; none for headings.
    pub room: Option<Room>,
    /// Speeds between neighbouring samples, without the dropped samples and the long gaps.
    pub speed_per_s: SpeedQuantiles,
    /// Samples dropped as impossible jumps.
    pub jumps_dropped: usize,
    /// Pieces that long gaps leave.
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

impl RecordingReport {
    /// How the path lies in the room, as the end of a line.
    fn of_room(&self, room: &Room) -> String {
        if !room.given {
            return " (the extent with a margin; task.recording.arena gives other walls)"
                .to_owned();
        }
        let share = |axis: usize, side: f64| 100.0 * self.extent[axis].len() / side;
        let (x, y) = (share(0, room.width_m), share(1, room.height_m));
        let outside = match room.outside {
            0 => "no sample outside".to_owned(),
            n => format!(
                "{n} samples outside, {} of them by more than {:.3} m, the furthest by {:.3} m",
                room.far_outside, room.tolerance_m, room.furthest_outside_m
            ),
        };
        format!(
            ", as given; the path spans {x:.0} % of its width and {y:.0} % of its height; {outside}"
        )
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
        writeln!(
            f,
            "gaps longer than 1.5 sampling intervals: {}, longest {:.3} s",
            self.gaps, self.longest_gap_s
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
            writeln!(f, "arena: {room}{}", self.of_room(&room))?;
        }
        let speed = &self.speed_per_s;
        writeln!(
            f,
            "speed: median {:.3}, 95 % below {:.3}, 99 % below {:.3}, largest {:.3} {unit}/s",
            speed.median, speed.p95, speed.p99, speed.max
        )?;
        writeln!(f, "impossible jumps dropped: {}", self.jumps_dropped)?;
        writeln!(
            f,
            "resampled every {} s in {} stretch{} without gaps over {} s, longest {:.2} s",
            self.dt_s,
            self.stretches,
            if self.stretches == 1 { "" } else { "es" },
            self.max_gap_s,
            self.longest_stretch_s
        )?;
        write!(
            f,
            "trials of {} steps: {} one after the other for training ({} possible starts), {} for tests ({} possible starts)",
            self.steps, self.train_trials, self.train_starts, self.test_trials, self.test_starts
        )
    }
}
