//! What is integrated: the animal's motion, the target cells and the decoder.

use serde::{Deserialize, Serialize, Serializer};

use super::{AngleUnit, ArenaSpec, PositionUnit, TimeUnit};

/// The task, chosen by `kind`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskSpec {
    /// `kind: spatial`: position in a box from displacements.
    Spatial(SpatialSpec),
    /// `kind: head_direction`: heading from turns.
    HeadDirection(HeadDirectionSpec),
}

impl TaskSpec {
    /// Names that `kind` may have.
    pub const KINDS: [&'static str; 2] = ["spatial", "head_direction"];

    /// Its name among [`KINDS`](Self::KINDS).
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Spatial(_) => "spatial",
            Self::HeadDirection(_) => "head_direction",
        }
    }

    /// Number of target values N_o: the cells, or the two coordinates of `tuning: position`.
    pub fn target_dim(&self) -> usize {
        match self {
            Self::Spatial(spec) if spec.cells.tuning == Tuning::Position => 2,
            Self::Spatial(spec) => spec.cells.count,
            Self::HeadDirection(spec) => spec.cells.count,
        }
    }

    /// The recorded path, if the motion comes from one.
    pub fn recording(&self) -> Option<&RecordingSpec> {
        match self {
            Self::Spatial(spec) => spec.recording.as_ref(),
            Self::HeadDirection(spec) => spec.recording.as_ref(),
        }
    }

    /// The recorded path, to be changed.
    pub fn recording_mut(&mut self) -> Option<&mut RecordingSpec> {
        match self {
            Self::Spatial(spec) => spec.recording.as_mut(),
            Self::HeadDirection(spec) => spec.recording.as_mut(),
        }
    }
}

// Files hold `kind` beside the other keys. The reader presents such a map as an enum variant (so
// that errors keep their place in the file), hence the two directions are written differently.
impl Serialize for TaskSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(tag = "kind", rename_all = "snake_case")]
        enum Tagged<'a> {
            Spatial(&'a SpatialSpec),
            HeadDirection(&'a HeadDirectionSpec),
        }
        match self {
            Self::Spatial(spec) => Tagged::Spatial(spec),
            Self::HeadDirection(spec) => Tagged::HeadDirection(spec),
        }
        .serialize(serializer)
    }
}

/// Position in a rectangular box, integrated from two-dimensional displacements.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialSpec {
    /// The simulated animal's box, centred at the origin; without effect beside a recording.
    #[serde(rename = "box")]
    pub arena: BoxSpec,
    /// How the simulated animal moves; without effect beside a recording.
    pub motion: SpatialMotionSpec,
    /// Pull towards a point, added to every displacement; `null` for none.
    pub drift: Option<DriftSpec>,
    /// The target cells.
    pub cells: PlaceCellsSpec,
    /// How a position is read from the cells' activity.
    pub decoder: SpatialDecoderSpec,
    /// A recorded path to take the motion from in place of the simulated one; `null` for none.
    pub recording: Option<RecordingSpec>,
}

// What has no effect is not written: a file with it would be refused.
impl Serialize for SpatialSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(rename = "box", skip_serializing_if = "Option::is_none")]
            arena: Option<&'a BoxSpec>,
            #[serde(skip_serializing_if = "Option::is_none")]
            motion: Option<&'a SpatialMotionSpec>,
            drift: &'a Option<DriftSpec>,
            cells: &'a PlaceCellsSpec,
            decoder: &'a SpatialDecoderSpec,
            recording: &'a Option<RecordingSpec>,
        }
        let Self { arena, motion, drift, cells, decoder, recording } = self;
        let simulated = recording.is_none();
        Written {
            arena: simulated.then_some(arena),
            motion: simulated.then_some(motion),
            drift,
            cells,
            decoder,
            recording,
        }
        .serialize(serializer)
    }
}

/// The arena and its walls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoxSpec {
    /// Extent along x, in metres.
    pub width_m: f64,
    /// Extent along y, in metres.
    pub height_m: f64,
    /// Distance from a wall within which the animal avoids it, in metres.
    pub border_m: f64,
    /// Factor on the speed while avoiding a wall.
    pub border_slowdown: f64,
}

/// Motion of the simulated animal in the box.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialMotionSpec {
    /// Scale of the Rayleigh law of speed, in metres per second (its mean is 1.2533 times this).
    pub speed_scale_m_per_s: f64,
    /// Standard deviation of the turning rate, in radians per second; one step turns by
    /// N(0, (this · Δt)²), so 11.52 rad/s at Δt = 0.02 s is 0.23 rad per step.
    pub turn_sd_rad_per_s: f64,
    /// Where a trial starts.
    pub start: SpatialStart,
}

/// Where a spatial trial starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpatialStart {
    /// Uniform in the box.
    Uniform,
    /// The centre of the box.
    Center,
}

/// A pull towards a point: each step adds `fraction_per_step · (toward − position)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftSpec {
    /// The point, (x, y) in metres.
    pub toward_m: [f64; 2],
    /// Fraction of the remaining way covered in each step, between 0 and 1.
    pub fraction_per_step: f64,
}

/// Place cells: the target activity of the readout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceCellsSpec {
    /// Number of cells (ignored by `tuning: position`, whose target is x and y themselves).
    pub count: usize,
    /// Standard deviation of a place field, in metres.
    pub width_m: f64,
    /// Shape of the place fields.
    pub tuning: Tuning,
}

impl PlaceCellsSpec {
    /// Width of the surround of [`Tuning::DifferenceOfGaussians`], in widths of the centre.
    pub const SURROUND: f64 = 2.0;
}

/// Shape of the place cells' tuning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tuning {
    /// Gaussian fields divided by their sum over cells (a softmax of −d²/2w²).
    NormalizedGaussian,
    /// Gaussian fields of peak 1.
    Gaussian,
    /// Difference of two normalised Gaussians, shifted and scaled to be non-negative with unit sum.
    DifferenceOfGaussians,
    /// No cells: the target is the position itself, in metres.
    Position,
}

/// Reading a position from the activity of place cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpatialDecoderSpec {
    /// Number of most active cells whose centres are averaged.
    pub top: usize,
}

/// Motion taken from a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingSpec {
    /// Path of the recording: npz, npy, or text such as CSV (also gzipped); `docs/formats.md` says
    /// what each must hold. A relative path in the experiment of a run is relative to the run folder.
    pub file: std::path::PathBuf,
    /// Unit of positions; `null` takes metres where the values look like them, and refuses others.
    /// A unit that is given is believed.
    pub position_unit: Option<PositionUnit>,
    /// Pixels in a metre, for `position_unit: px` alone.
    pub px_per_m: Option<f64>,
    /// Unit of headings; `null` takes radians where the values look like them.
    pub angle_unit: Option<AngleUnit>,
    /// Unit of times; `null` takes seconds where the values look like them.
    pub time_unit: Option<TimeUnit>,
    /// Frames in a second, for `time_unit: frames` alone.
    pub frame_rate_hz: Option<f64>,
    /// Whether the room wraps around: a path that leaves it at one wall comes back in at the
    /// opposite one.
    pub periodic: bool,
    /// Longest gap between two samples that is interpolated, in seconds; `null` takes 0.25 s, or
    /// 2.5 sampling intervals where these are longer.
    pub max_gap_s: Option<f64>,
    /// Speed above which a sample is taken for a tracking error and dropped, in metres per second
    /// (or radians per second for headings).
    pub max_speed_per_s: f64,
    /// Fraction of the recording, at its end, held out for test trials.
    pub test_fraction: f64,
    /// The room, in the recording's coordinates; none for headings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arena: Option<ArenaSpec>,
}

impl RecordingSpec {
    /// A recording of positions with every setting at its default.
    pub fn positions(file: impl Into<std::path::PathBuf>) -> Self {
        // A rat seldom runs faster than 1 m/s or turns its head faster than 20 rad/s, so the
        // limits drop the tracker's jumps and nothing else.
        Self { arena: Some(ArenaSpec::Extent), ..Self::with_limit(file.into(), 3.0) }
    }

    /// A recording of headings with every setting at its default.
    pub fn headings(file: impl Into<std::path::PathBuf>) -> Self {
        Self::with_limit(file.into(), 50.0)
    }

    fn with_limit(file: std::path::PathBuf, max_speed_per_s: f64) -> Self {
        Self {
            file,
            position_unit: None,
            px_per_m: None,
            angle_unit: None,
            time_unit: None,
            frame_rate_hz: None,
            periodic: false,
            max_gap_s: None,
            max_speed_per_s,
            test_fraction: 0.2,
            arena: None,
        }
    }
}

/// Heading, integrated from turns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadDirectionSpec {
    /// How the simulated animal turns; beside a recording it can only turn both ways.
    pub motion: HeadMotionSpec,
    /// The target cells.
    pub cells: HeadCellsSpec,
    /// How a heading is read from the cells' activity.
    pub decoder: HeadDecoderSpec,
    /// A recorded heading to take the motion from in place of the simulated one; `null` for none.
    pub recording: Option<RecordingSpec>,
}

// As for positions.
impl Serialize for HeadDirectionSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            motion: Option<&'a HeadMotionSpec>,
            cells: &'a HeadCellsSpec,
            decoder: &'a HeadDecoderSpec,
            recording: &'a Option<RecordingSpec>,
        }
        let Self { motion, cells, decoder, recording } = self;
        // One way alone, which the task refuses, is no less at odds with it once it is written.
        let matters = recording.is_none() || motion.direction != TurnDirection::Both;
        Written { motion: matters.then_some(motion), cells, decoder, recording }
            .serialize(serializer)
    }
}

/// Turning of the simulated animal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadMotionSpec {
    /// Standard deviation of the turning rate, in radians per second; one step turns by
    /// N(0, (this · Δt)²).
    pub turn_sd_rad_per_s: f64,
    /// Which way the animal turns.
    pub direction: TurnDirection,
}

/// Which way the animal turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnDirection {
    /// Both ways alike.
    Both,
    /// Only counter-clockwise: the absolute value of every turn.
    Counterclockwise,
}

/// Head-direction cells with preferred headings equally spaced on the circle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadCellsSpec {
    /// Number of cells.
    pub count: usize,
    /// Width of the von Mises tuning, in radians: concentration κ = 1/width².
    pub width_rad: f64,
}

/// Reading a heading from the activity of head-direction cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadDecoderSpec {
    /// Number of most active cells whose preferred headings are averaged on the circle.
    pub top: usize,
}
