//! Ranges of every number of a specification, and how they bind one another.

use std::fmt::Debug;

use super::error::SpecError;
use super::task_kind::TaskKind;
use super::{
    AdaptationSpec, AngleUnit, ArenaSpec, Experiment, HeadDirectionSpec, MomentumSpec, NetworkKind,
    PositionUnit, QuiescentNoise, RecordingSpec, Reset, RestDynamics, RestStart, SpatialSpec,
    TaskSpec, TimeUnit, Tuning, WallsSpec,
};
use crate::experiment::place::{Place, shorten};

/// Most units, cells or decoded cells. Larger numbers are slips: the weights alone would fill
/// 17 GB.
const MOST_UNITS: usize = 1 << 16;
/// Most trials of a batch or a phase, and most steps of a waking trial.
const MOST_TRIALS: usize = 1_000_000;
/// Most steps of a quiescent phase, and most batches.
const MOST_STEPS: usize = 1_000_000_000;
/// Largest length, in metres; of an arena or a place field.
const LARGEST_M: f64 = 1000.0;
/// Smallest length, time or width that single precision squares safely, in its unit.
const SMALLEST: f64 = 1e-6;
/// Largest strength of adaptation. The strongest that is known to be of use is 1.
const LARGEST_STRENGTH: f64 = 1000.0;
/// Most memory of training or of a phase's decoded values, in bytes (256 GiB).
const MOST_BYTES: u64 = 1 << 38;

/// A value outside its range, before its place is known.
#[derive(Debug)]
pub(crate) struct OutOfRange {
    pub(crate) key: &'static str,
    pub(crate) given: String,
    pub(crate) allowed: String,
    /// Other keys that set the range.
    pub(super) at_odds_with: Vec<&'static str>,
}

impl OutOfRange {
    pub(super) fn into_error(self, place: Place) -> SpecError {
        SpecError::OutOfRange {
            place,
            key: self.key.to_owned(),
            given: self.given,
            allowed: self.allowed,
        }
    }

    fn with(mut self, keys: &[&'static str]) -> Self {
        self.at_odds_with.extend(keys);
        self
    }
}

type Checked = Result<(), OutOfRange>;

/// `ok` is false for NaN in every comparison, which is what rejects it.
fn require(ok: bool, key: &'static str, given: impl Debug, allowed: impl Into<String>) -> Checked {
    if ok {
        return Ok(());
    }
    Err(OutOfRange {
        key,
        given: shorten(&format!("{given:?}")),
        allowed: allowed.into(),
        at_odds_with: Vec::new(),
    })
}

fn size(key: &'static str, value: usize, most: usize) -> Checked {
    require((1..=most).contains(&value), key, value, format!("1 to {most}"))
}

fn within(key: &'static str, value: f64, low: f64, high: f64, unit: &str) -> Checked {
    let allowed = format!("{} to {}{unit}", number(low), number(high));
    require((low..=high).contains(&value), key, value, allowed)
}

impl Experiment {
    /// Checks every range. Experiments that were read are valid; one that a program has put
    /// together or changed may not be.
    ///
    /// # Errors
    /// [`SpecError::OutOfRange`] for the first value that is not allowed.
    pub fn validate(&self) -> Result<(), SpecError> {
        self.check().map_err(|fault| fault.into_error(Place::Unwritten))
    }

    pub(super) fn check(&self) -> Checked {
        require(
            !self.about.chars().any(char::is_control),
            "about",
            &self.about,
            "one line without control characters",
        )?;
        within("time.dt_s", self.time.dt_s, SMALLEST, 1000.0, " s")?;
        size("time.steps", self.time.steps, MOST_TRIALS)?;
        match &self.task {
            TaskSpec::Spatial(spec) => spec.check(self.time.dt_s)?,
            TaskSpec::HeadDirection(spec) => spec.check()?,
        }
        self.check_network()?;
        self.check_training()?;
        self.check_rest()
    }

    fn check_network(&self) -> Checked {
        let network = &self.network;
        let given = match network.reset {
            None => "null",
            Some(Reset::Before) => "before",
            Some(Reset::After) => "after",
        };
        let gated = network.kind == NetworkKind::Gru;
        require(
            network.reset.is_some() == gated,
            "network.reset",
            format_args!("{given}"),
            if gated {
                "before or after (the product with the recurrent weights)"
            } else {
                "nothing, since only network.kind=gru has a reset gate (leave it out; \
                 network.reset=null takes away what a file says)"
            },
        )
        .map_err(|fault| fault.with(&["network.kind"]))?;
        size("network.units", network.units, MOST_UNITS)?;
        within("network.tau_s", network.tau_s, SMALLEST, 1000.0, " s")?;
        require(
            self.time.dt_s <= network.tau_s,
            "network.tau_s",
            network.tau_s,
            format!(
                "at least time.dt_s, {} s (a unit cannot go further than to its input in one \
                 step)",
                number(self.time.dt_s)
            ),
        )
        .map_err(|fault| fault.with(&["time.dt_s"]))?;
        for (key, noise) in [
            ("network.noise.sigma", &network.noise),
            ("network.input_noise.sigma", &network.input_noise),
            ("network.output_noise.sigma", &network.output_noise),
        ] {
            within(key, noise.sigma, 0.0, 1e6, " per √s")?;
        }
        Ok(())
    }

    fn check_training(&self) -> Checked {
        let training = &self.training;
        require(
            training.batches <= MOST_STEPS as u64,
            "training.batches",
            training.batches,
            format!("0 (an untrained network) to {MOST_STEPS}"),
        )?;
        size("training.trials", training.trials, MOST_TRIALS)?;
        within("training.learning_rate", training.learning_rate, 1e-12, 10.0, "")?;
        for (key, fraction) in [
            ("training.schedule.warmup_fraction", training.schedule.warmup_fraction),
            ("training.schedule.decay_fraction", training.schedule.decay_fraction),
            ("training.schedule.growth_fraction", training.schedule.growth_fraction),
        ] {
            within(key, fraction, 0.0, 1.0, " of training.batches")?;
        }
        require(
            (0.0..1.0).contains(&training.beta2),
            "training.beta2",
            training.beta2,
            "0 to below 1",
        )?;
        if let Some(norm) = training.gradient_norm {
            within("training.gradient_norm", norm, 1e-12, 1e12, " (or null, for any)")?;
        }
        within("training.weight_decay", training.weight_decay, 0.0, 10.0, "")?;
        size("training.test_trials", training.test_trials, MOST_TRIALS)?;
        for (key, every) in [
            ("training.test_every", training.test_every),
            ("training.checkpoint_every", training.checkpoint_every),
        ] {
            require(every >= 1, key, every, "at least 1 batch")?;
        }
        if let Some(every) = training.rest_every {
            require(
                every >= 1,
                "training.rest_every",
                every,
                "at least 1 batch, or null for none",
            )?;
        }
        let ascending = training.milestones.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = training.milestones.iter().all(|batch| (1..=training.batches).contains(batch));
        require(
            ascending && inside,
            "training.milestones",
            &training.milestones,
            format!("ascending batches from 1 to {}", training.batches),
        )
        .map_err(|fault| fault.with(&["training.batches"]))?;
        self.check_memory()
    }

    fn check_memory(&self) -> Checked {
        let trained = self.estimated_memory_bytes();
        require(
            trained <= MOST_BYTES,
            "training.trials",
            self.training.trials,
            format!(
                "fewer; with time.steps, network.units and task.cells.count as they are, training \
                 would need {} of memory, and at most {} is allowed",
                bytes(trained),
                bytes(MOST_BYTES)
            ),
        )
        .map_err(|fault| fault.with(&["time.steps", "network.units", "task.cells.count"]))?;
        let tested = (self.training.test_trials as u64)
            .saturating_mul(self.time.steps as u64)
            .saturating_mul(4 * self.task.target_dim() as u64);
        require(
            tested <= MOST_BYTES,
            "training.test_trials",
            self.training.test_trials,
            format!(
                "fewer; the test set's targets would need {} of memory, and at most {} is allowed",
                bytes(tested),
                bytes(MOST_BYTES)
            ),
        )
        .map_err(|fault| fault.with(&["time.steps", "task.cells.count"]))
    }

    fn check_rest(&self) -> Checked {
        let rest = &self.rest;
        if let RestStart::Point(point) = rest.start {
            match &self.task {
                TaskSpec::Spatial(spec) if spec.recording.is_none() => {
                    let (x, y) = (spec.arena.width_m / 2.0, spec.arena.height_m / 2.0);
                    require(
                        point[0].abs() <= x && point[1].abs() <= y,
                        "rest.start.point",
                        point,
                        format!("a point in the box, [{:?}, {:?}] to [{x:?}, {y:?}] m", -x, -y),
                    )
                    .map_err(|fault| fault.with(&["task.box.width_m", "task.box.height_m"]))?;
                }
                TaskSpec::Spatial(spec)
                    if spec.walls().is_some_and(|walls| !walls.holds(point)) =>
                {
                    require(
                        false,
                        "rest.start.point",
                        point,
                        "a point between the walls of task.recording.arena, in m from the middle \
                         of that room",
                    )
                    .map_err(|fault| fault.with(&["task.recording.arena"]))?;
                }
                TaskSpec::HeadDirection(_) => require(
                    point[0].abs() <= LARGEST_M && point[1] == 0.0,
                    "rest.start.point",
                    point,
                    "a finite heading in rad, and 0, such as [1.57, 0]",
                )?,
                TaskSpec::Spatial(_) => require(
                    point.iter().all(|value| value.abs() <= LARGEST_M),
                    "rest.start.point",
                    point,
                    "finite numbers, in m",
                )?,
            }
        }
        if let QuiescentNoise::Sigma(sigma) = rest.noise {
            within("rest.noise.sigma", sigma, 0.0, 1e6, " per √s")?;
        }
        size("rest.trials", rest.trials, MOST_TRIALS)?;
        size("rest.steps", rest.steps, MOST_STEPS)?;
        rest.dynamics().check(self.time.dt_s, Some(rest.steps))?;
        let decoded = (rest.trials as u64)
            .saturating_mul(rest.steps as u64)
            .saturating_mul(4 * TaskKind::of(self).dim() as u64);
        require(
            decoded <= MOST_BYTES,
            "rest.steps",
            rest.steps,
            format!(
                "fewer; the decoded values of all rest.trials would need {} of memory, and at most \
                 {} is allowed",
                bytes(decoded),
                bytes(MOST_BYTES)
            ),
        )
        .map_err(|fault| fault.with(&["rest.trials"]))
    }
}

impl RestDynamics {
    /// Checks what units do in steps of `dt_s` seconds, in a phase of so many of them, or without end.
    pub(crate) fn check(&self, dt_s: f64, steps: Option<usize>) -> Checked {
        let Self { adaptation, momentum, tau_s } = *self;
        if let Some(AdaptationSpec { strength, tau_s }) = adaptation {
            within("rest.adaptation.strength", strength, 0.0, LARGEST_STRENGTH, "")?;
            let lasts_s = steps.map_or(f64::MAX, |steps| steps as f64 * dt_s);
            let step_s = number(dt_s);
            require(
                (dt_s..=lasts_s).contains(&tau_s),
                "rest.adaptation.tau_s",
                tau_s,
                match steps {
                    Some(_) => format!(
                        "{step_s} s, a step, to {} s, the quiescent phase, in which slower adaptation would \
                         hardly begin",
                        number(lasts_s)
                    ),
                    None => format!("at least {step_s} s, a step"),
                },
            )
            .map_err(|fault| fault.with(&["time.dt_s", "rest.steps"]))?;
        }
        if let Some(MomentumSpec { friction, .. }) = momentum {
            require(
                (SMALLEST..=1.0).contains(&friction),
                "rest.momentum.friction",
                friction,
                format!("{} to 1 (no momentum)", number(SMALLEST)),
            )?;
        }
        if let Some(tau_s) = tau_s {
            require(
                (dt_s..=1000.0).contains(&tau_s),
                "rest.tau_s",
                tau_s,
                format!("time.dt_s, {} s, to 1000 s, or null", number(dt_s)),
            )
            .map_err(|fault| fault.with(&["time.dt_s"]))?;
        }
        Ok(())
    }
}

impl SpatialSpec {
    /// The walls that are given to a recording's room.
    fn walls(&self) -> Option<&WallsSpec> {
        match self.recording.as_ref()?.arena.as_ref()? {
            ArenaSpec::Walls(walls) => Some(walls),
            ArenaSpec::Extent => None,
        }
    }

    fn check(&self, dt_s: f64) -> Checked {
        let arena = &self.arena;
        within("task.box.width_m", arena.width_m, 1e-3, LARGEST_M, " m")?;
        within("task.box.height_m", arena.height_m, 1e-3, LARGEST_M, " m")?;
        let side = arena.width_m.min(arena.height_m);
        require(
            arena.border_m >= 0.0 && arena.border_m < side / 2.0,
            "task.box.border_m",
            arena.border_m,
            format!("from 0 to less than half the box's shorter side, {} m", number(side / 2.0)),
        )
        .map_err(|fault| fault.with(&["task.box.width_m", "task.box.height_m"]))?;
        within("task.box.border_slowdown", arena.border_slowdown, 0.0, 1.0, "")?;

        let speed = self.motion.speed_scale_m_per_s;
        within("task.motion.speed_scale_m_per_s", speed, 0.0, LARGEST_M, " m/s")?;
        require(
            speed * dt_s < side / 2.0,
            "task.motion.speed_scale_m_per_s",
            speed,
            format!("less than {} m/s, or one step would cross the box", number(side / 2.0 / dt_s)),
        )
        .map_err(|fault| fault.with(&["task.box.width_m", "task.box.height_m", "time.dt_s"]))?;
        turning(self.motion.turn_sd_rad_per_s)?;

        if let Some(drift) = &self.drift {
            require(
                drift.toward_m.iter().all(|value| value.abs() <= LARGEST_M),
                "task.drift.toward_m",
                drift.toward_m,
                format!("two numbers from {} to {LARGEST_M} m", -LARGEST_M),
            )?;
            let fraction = drift.fraction_per_step;
            within("task.drift.fraction_per_step", fraction, 0.0, 1.0, "")?;
        }

        size("task.cells.count", self.cells.count, MOST_UNITS)?;
        within("task.cells.width_m", self.cells.width_m, SMALLEST, LARGEST_M, " m")?;
        // A target that is the position itself has no cells to choose among.
        let cells = match self.cells.tuning {
            Tuning::Position => MOST_UNITS,
            _ => self.cells.count,
        };
        top(self.decoder.top, cells)?;
        self.recording.as_ref().map_or(Ok(()), |recording| recording.check(true))
    }
}

impl HeadDirectionSpec {
    fn check(&self) -> Checked {
        turning(self.motion.turn_sd_rad_per_s)?;
        size("task.cells.count", self.cells.count, MOST_UNITS)?;
        within("task.cells.width_rad", self.cells.width_rad, 1e-3, 10.0, " rad")?;
        top(self.decoder.top, self.cells.count)?;
        self.recording.as_ref().map_or(Ok(()), |recording| recording.check(false))
    }
}

impl RecordingSpec {
    /// Checks the settings of a recording of `positions` (else of headings).
    pub(crate) fn check(&self, positions: bool) -> Result<(), OutOfRange> {
        require(
            self.file.to_str().is_some_and(|path| !path.is_empty()),
            "task.recording.file",
            &self.file,
            "the path of an npz, npy or CSV file, in Unicode",
        )?;
        self.check_units(positions)?;
        if let Some(gap_s) = self.max_gap_s {
            within("task.recording.max_gap_s", gap_s, SMALLEST, 1e6, " s")?;
        }
        let fastest = self.max_speed_per_s;
        within("task.recording.max_speed_per_s", fastest, SMALLEST, 1e6, " m/s (or rad/s)")?;
        require(
            self.test_fraction > 0.0 && self.test_fraction < 1.0,
            "task.recording.test_fraction",
            self.test_fraction,
            "between 0 and 1, without either",
        )?;
        match &self.arena {
            Some(ArenaSpec::Walls(walls)) => walls.check().or_else(|reason| {
                require(false, "task.recording.arena", walls, format!("a room ({reason})"))
            }),
            _ => Ok(()),
        }
    }

    /// Units, and the scales that pixels and frames need; a key that would have no effect is
    /// refused.
    fn check_units(&self, positions: bool) -> Checked {
        if positions {
            without_effect(
                "task.recording.angle_unit",
                self.angle_unit.map(AngleUnit::name),
                "null: a spatial task reads positions, and the unit of headings has no effect \
                 (the unit of positions is task.recording.position_unit)",
            )?;
        } else {
            let no_positions = "null: a head-direction task reads headings, and a key of \
                                positions has no effect (the unit of headings is task.recording.angle_unit)";
            let unit = self.position_unit.map(PositionUnit::name);
            without_effect("task.recording.position_unit", unit, no_positions)?;
            without_effect("task.recording.px_per_m", self.px_per_m, no_positions)?;
            without_effect(
                "task.recording.periodic",
                self.periodic.then_some(true),
                "false: headings lie on a circle anyway, and the key has no effect on them",
            )?;
        }
        scale(
            "task.recording.px_per_m",
            self.px_per_m,
            self.position_unit == Some(PositionUnit::Px),
            ("task.recording.position_unit", "px", "the number of pixels in a metre"),
        )?;
        scale(
            "task.recording.frame_rate_hz",
            self.frame_rate_hz,
            self.time_unit == Some(TimeUnit::Frames),
            ("task.recording.time_unit", "frames", "the number of frames in a second"),
        )
    }
}

/// Refuses a value of a key that nothing reads.
fn without_effect(key: &'static str, given: Option<impl Debug>, allowed: &str) -> Checked {
    given.map_or(Ok(()), |given| require(false, key, given, allowed))
}

/// A scale that one `unit` of another key needs, and that has no effect with the others.
fn scale(
    key: &'static str,
    given: Option<f64>,
    needed: bool,
    (unit_key, unit, meaning): (&'static str, &str, &str),
) -> Checked {
    match given {
        Some(value) if needed => within(key, value, SMALLEST, 1e9, ""),
        Some(value) => require(
            false,
            key,
            value,
            format!("null unless {unit_key}={unit}: without it the key has no effect"),
        ),
        None if needed => {
            require(false, key, "null", format!("{meaning}, which {unit_key}={unit} needs"))
        }
        None => Ok(()),
    }
    .map_err(|fault| fault.with(&[unit_key]))
}

fn turning(sd: f64) -> Checked {
    within("task.motion.turn_sd_rad_per_s", sd, 0.0, 1e4, " rad/s")
}

fn top(top: usize, cells: usize) -> Checked {
    require(
        (1..=cells).contains(&top),
        "task.decoder.top",
        top,
        format!("1 to task.cells.count, {cells}"),
    )
    .map_err(|fault| fault.with(&["task.cells.count"]))
}

/// A number for people: 0.05, 1000, 1e-6.
fn number(value: f64) -> String {
    if value == 0.0 || (1e-4..1e7).contains(&value.abs()) {
        format!("{value}")
    } else {
        format!("{value:e}")
    }
}

/// A number of bytes for people.
fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}
