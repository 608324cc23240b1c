//! The units of a recording: as they are given, or as they are assumed and found plausible.

use super::error::Problem;
use super::motion::Motion;
use super::plausible::{self, Doubt};
use super::quantity::Quantity;
use super::samples::{Read, Samples};
use crate::experiment::{AngleUnit, PositionUnit, RecordingSpec, TimeUnit};

/// A room smaller than this is worth a warning, in m.
const SMALLEST_ROOM_M: f64 = 0.05;

/// Units of a recording.
#[derive(Debug)]
pub(crate) struct Units {
    /// Of one s.
    times: f64,
    values: Scale,
    description: String,
    /// Units that were given but are not plausible.
    pub(crate) warnings: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Scale {
    /// So many make a metre.
    PerMetre(f64),
    Angle(AngleUnit),
}

impl Scale {
    fn convert(self, value: f64) -> f64 {
        match self {
            Self::PerMetre(count) => value / count,
            Self::Angle(AngleUnit::Rad) => value,
            Self::Angle(AngleUnit::Deg) => value.to_radians(),
            Self::Angle(AngleUnit::Turns) => value * std::f64::consts::TAU,
        }
    }
}

/// Takes the units that are given; assumes m, rad and s for those that are not, if they are
/// plausible.
///
/// # Errors
/// [`Problem::Units`] with the likely unit.
pub(crate) fn settle(
    read: &Read,
    spec: &RecordingSpec,
    quantity: Quantity,
) -> Result<Units, Problem> {
    let motion = Motion::of(&read.samples, quantity);
    let mut warnings = Vec::new();
    let mut judge = |doubt: Option<Doubt>, given: bool| match doubt {
        Some(doubt) if given => {
            warnings.push(doubt.warning());
            Ok(())
        }
        Some(doubt) => Err(doubt.problem()),
        None => Ok(()),
    };

    let frames = spec.frame_rate_hz.unwrap_or(1.0);
    let times = spec.time_unit.map_or(1.0, |unit| unit.per_s().unwrap_or(frames));
    let whole_times = spec.time_unit.is_none() && plausible::coarse(&read.samples.times, 1.0);
    let in_s = motion.scaled(1.0, 1.0 / times);
    judge(plausible::times(&in_s, quantity, whole_times), spec.time_unit.is_some())?;

    let values = match quantity {
        Quantity::Position => {
            let px = spec.px_per_m.unwrap_or(1.0);
            Scale::PerMetre(spec.position_unit.map_or(1.0, |unit| unit.per_m().unwrap_or(px)))
        }
        Quantity::Heading => Scale::Angle(spec.angle_unit.unwrap_or(AngleUnit::Rad)),
    };
    let given = match quantity {
        Quantity::Position => spec.position_unit.is_some(),
        Quantity::Heading => spec.angle_unit.is_some(),
    };
    let doubt = match values {
        Scale::PerMetre(count) => {
            plausible::positions(&in_s.scaled(1.0 / count, 1.0), &read.samples, count)
        }
        Scale::Angle(unit) => {
            let per_turn = unit.per_turn();
            plausible::headings(&in_s, &read.samples, per_turn)
        }
    };
    judge(doubt, given)?;
    if let Scale::PerMetre(count) = values {
        let side_m = motion.extent(0).max(motion.extent(1)) / count;
        if given && side_m < SMALLEST_ROOM_M {
            warnings.push(format!(
                "the room is {:.1} cm large in the unit that was given, which is unusual",
                100.0 * side_m
            ));
        }
    }

    Ok(Units { times, values, description: describe(spec, quantity), warnings })
}

/// `times in s (assumed), positions in px, 350 of which make 1 m`.
fn describe(spec: &RecordingSpec, quantity: Quantity) -> String {
    let times = match (spec.time_unit, spec.frame_rate_hz) {
        (None, _) => "s (assumed)".to_owned(),
        (Some(TimeUnit::Frames), Some(rate)) => format!("frames, {rate} of which make 1 s"),
        (Some(unit), _) => unit.name().to_owned(),
    };
    let values = match (quantity, spec.position_unit, spec.angle_unit) {
        (Quantity::Position, None, _) => "m (assumed)".to_owned(),
        (Quantity::Position, Some(PositionUnit::Px), _) => {
            format!("px, {} of which make 1 m", spec.px_per_m.unwrap_or(1.0))
        }
        (Quantity::Position, Some(unit), _) => unit.name().to_owned(),
        (Quantity::Heading, _, None) => "rad (assumed)".to_owned(),
        (Quantity::Heading, _, Some(unit)) => unit.name().to_owned(),
    };
    format!("times in {times}, {} in {values}", quantity.plural())
}

impl Units {
    /// The samples in s, and in m or rad.
    pub(crate) fn convert(&self, mut samples: Samples) -> Samples {
        for time in &mut samples.times {
            *time /= self.times;
        }
        for value in &mut samples.values {
            *value = self.values.convert(*value);
        }
        samples
    }

    /// What was read and in which units, for people.
    pub(crate) fn read_as(&self, note: &str) -> String {
        format!("{note}; {}", self.description)
    }
}
