//! `recording.json`: what was found in a run's recording, so that results can be read and drawn
//! without the recording.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use super::SCHEMA_VERSION;
use crate::space::{Region, Space};
use crate::task::{Loss, Room, Task};

/// Most samples of the path that are kept, and most of those that were lost.
const MOST_SAMPLES: usize = 5000;
/// Kept values are rounded to this fraction of a metre, radian or second.
const PER_UNIT: f64 = 1e4;

/// What was found in a run's recording, with a path thin enough to be kept with every run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedPath {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Version of the program.
    pub program_version: String,
    /// SHA-256 of the recording.
    pub file_sha256: String,
    /// Unit of positions (`m`) or headings (`rad`).
    pub unit: String,
    /// The room in the recording's coordinates; none for headings.
    pub room: Option<Room>,
    /// Samples in the file.
    pub samples: usize,
    /// Samples that were lost or dropped.
    pub samples_lost: usize,
    /// Share of the recording's time that lies in gaps, from 0 to 1.
    pub lost_share: f64,
    /// The longest gap, in s; 0 without any.
    pub longest_gap_s: f64,
    /// Time from the first sample to the last, in s.
    pub duration_s: f64,
    /// One over the median interval between samples, in Hz.
    pub median_rate_hz: f64,
    /// Interval after resampling, in s.
    pub dt_s: f64,
    /// Longest gap that was interpolated, in s.
    pub max_gap_s: f64,
    /// One in this many samples of the path is kept in `path`.
    pub path_every: usize,
    /// Stretches of the path without long gaps: time in s and x, y in m (heading in rad, from −π
    /// to π) of each sample kept, in the recording's coordinates.
    pub path: Vec<Vec<Vec<f64>>>,
    /// One in this many lost samples with a value is kept in `lost`.
    pub lost_every: usize,
    /// The lost samples that have a value.
    pub lost: Vec<LostSample>,
}

/// A sample that was left out of the path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LostSample {
    /// When, in s.
    pub t_s: f64,
    /// What the file holds: x, y in m or a heading in rad, from −π to π.
    pub value: Vec<f64>,
    /// Why it was left out.
    pub reason: LossReason,
}

/// Why a sample was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossReason {
    /// One value, repeated far from the path: the tracker had lost the animal.
    Repeated,
    /// Further from its neighbours than the animal can have moved.
    Jump,
}

impl RecordedPath {
    /// What a task's recording holds; none if its motion is simulated.
    pub fn of(task: &dyn Task, file_sha256: &str) -> Option<Self> {
        let (report, trace) = (task.recording()?, task.recorded_trace()?);
        let dim = task.space().dim();
        let place = |value: &[f64]| -> Vec<f64> {
            let circle = *task.space() == Space::Circle;
            let whole = |value: f64| if circle { wrapped(value) } else { value };
            value.iter().take(dim).map(|value| rounded(whole(*value))).collect()
        };
        let path_every = trace.times_s.len().div_ceil(MOST_SAMPLES).max(1);
        let path = trace
            .stretches
            .iter()
            .map(|stretch| {
                let kept = stretch.clone().filter(|sample| sample % path_every == 0);
                kept.map(|sample| {
                    let mut point = vec![rounded(trace.times_s[sample])];
                    point.extend(place(&trace.values[sample * dim..(sample + 1) * dim]));
                    point
                })
                .collect::<Vec<_>>()
            })
            .filter(|stretch| !stretch.is_empty())
            .collect();
        let all: Vec<LostSample> = trace
            .dropped
            .iter()
            .filter_map(|dropped| {
                let value = dropped.value.filter(|value| value.iter().all(|v| v.is_finite()))?;
                let reason = match dropped.reason {
                    Loss::Jump => LossReason::Jump,
                    Loss::Repeated => LossReason::Repeated,
                    Loss::Missing => return None,
                };
                Some(LostSample { t_s: rounded(dropped.time_s), value: place(&value), reason })
            })
            .collect();
        let lost_every = all.len().div_ceil(MOST_SAMPLES).max(1);
        Some(Self {
            schema_version: SCHEMA_VERSION,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            file_sha256: file_sha256.to_owned(),
            unit: report.unit.to_owned(),
            room: report.room,
            samples: report.samples,
            samples_lost: report.samples_lost,
            lost_share: report.lost_share,
            longest_gap_s: report.longest_gap_s,
            duration_s: report.duration_s,
            median_rate_hz: report.median_rate_hz,
            dt_s: report.dt_s,
            max_gap_s: report.max_gap_s,
            path_every,
            path,
            lost_every,
            lost: all.into_iter().step_by(lost_every).collect(),
        })
    }

    /// Dimension of a value: 2 for positions, 1 for headings.
    pub fn dim(&self) -> usize {
        if self.unit == "m" { 2 } else { 1 }
    }

    /// The room about its middle, which a run's positions are in; none for headings.
    pub fn region(&self) -> Option<Region> {
        self.room.and_then(|room| room.region().ok())
    }

    /// Values of the kept path in the run's own coordinates, one after the other.
    pub fn values(&self) -> impl Iterator<Item = Vec<f64>> {
        let origin = self.room.map_or([0.0; 2], |room| room.centre_m);
        let row = move |point: &Vec<f64>| -> Vec<f64> {
            point[1..].iter().zip(origin).map(|(value, origin)| value - origin).collect()
        };
        self.path.iter().flatten().map(row)
    }

    /// What is wrong with a file that no version of the program can have written, if anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let dim = self.dim();
        let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
        let whole = |point: &Vec<f64>| point.len() == dim + 1 && finite(point);
        if !self.path.iter().flatten().all(whole) {
            return Some("a sample of the path is not a time and a value");
        }
        if !self.lost.iter().all(|lost| lost.value.len() == dim && finite(&lost.value)) {
            return Some("a lost sample has no value of the path's kind");
        }
        let sound =
            |room: &Room| finite(&room.centre_m) && room.width_m > 0.0 && room.height_m > 0.0;
        match &self.room {
            Some(room) if !sound(room) => Some("its room has no area"),
            None if dim == 2 => Some("positions have a room, and there is none"),
            _ => None,
        }
    }
}

/// Rounds to the digits that a figure can show.
fn rounded(value: f64) -> f64 {
    (value * PER_UNIT).round() / PER_UNIT
}

/// A heading from −π to π.
fn wrapped(heading: f64) -> f64 {
    let turned = heading.rem_euclid(2.0 * PI);
    if turned >= PI { turned - 2.0 * PI } else { turned }
}
