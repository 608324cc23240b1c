//! Names of the random streams, as one enumeration of what is drawn. A consumer that draws
//! several things has its own enumeration.

/// The purpose of a stream's values. No two values of this type name the same stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Initial weights.
    Init {
        /// Number of the tensor in the layout.
        tensor: u64,
    },
    /// Preferred stimuli of the target cells.
    Cells,
    /// Motion of training trials.
    Train {
        /// Number of the batch.
        batch: u64,
    },
    /// Motion of test trials.
    Test,
    /// Noise of hidden units in training.
    Noise {
        /// Number of the batch.
        batch: u64,
    },
    /// Input noise in training.
    InputNoise {
        /// Number of the batch.
        batch: u64,
    },
    /// Output noise in training.
    OutputNoise {
        /// Number of the batch.
        batch: u64,
    },
    /// Noise of hidden units on the test set.
    TestNoise,
    /// Input noise on the test set.
    TestInputNoise,
    /// Output noise on the test set.
    TestOutputNoise,
    /// Motion of a simulated waking phase, or encoded starts of a simulated quiescent one.
    Phase(PhaseKind),
    /// Noise of hidden units in simulated phases.
    PhaseNoise(PhaseKind),
    /// Input noise in simulated phases.
    PhaseInputNoise(PhaseKind),
    /// Output noise in simulated phases.
    PhaseOutputNoise(PhaseKind),
    /// Resampling and reference samples in analyses.
    Bootstrap(BootstrapDraw),
    /// Motion, noise and readouts of the theory's networks.
    Theory(TheoryDraw),
    /// Numbers for benchmarks.
    Benchmark,
}

/// The two kinds of simulated phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhaseKind {
    /// With input.
    Active,
    /// Without input.
    Quiescent,
}

/// Draws of analyses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BootstrapDraw {
    /// The trials of all resamples of a sample.
    Resamples(Sample),
    /// Splits of the trials into halves, one stream for each.
    Halves,
    /// Points at which a density is evaluated.
    Points(Sample),
    /// Random orders of the steps of a trial.
    TimeShuffle,
    /// Positions uniform in an arena.
    UniformPositions,
    /// Headings uniform on the circle.
    UniformHeadings,
    /// Steps of Brownian motion.
    Brownian,
    /// Random orders of the values of an event.
    EventShuffle,
}

/// Samples whose resamples and points are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// The only sample of a measurement.
    Only,
    /// The active phase, of two phases that are compared.
    Active,
    /// The quiescent phase, of two phases that are compared.
    Quiescent,
    /// A uniform density that phases are compared with.
    Uniform,
}

/// Draws of the theory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TheoryDraw {
    /// A random readout.
    Readout,
    /// Noise of the optimal network at rest.
    OptimalRest,
    /// Motion of walked trials.
    WalkMotion(WalkSet),
    /// Noise of walked trials.
    WalkNoise(WalkSet),
    /// Noise added to the states of networks that walk without noise.
    LaidNoise(WalkSet),
    /// Centres of the score's features.
    ScoreCentres,
    /// Noise that the score is fitted to.
    ScoreNoise {
        /// Number of the draw for one state.
        draw: u32,
    },
    /// Directions in which states are moved away from the manifold, and shuffled comparisons.
    FieldDirections,
    /// States whose responses are compared with those of others.
    ResponsePairs,
    /// Samples of the stimulus law.
    StimulusLaw,
}

/// Trials that the theory walks; the sets are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WalkSet {
    /// Trials on which a network is compared with the theory.
    Compared,
    /// Trials to which the score is fitted.
    Fitted,
}

impl Stream {
    /// The stream's name in ASCII, as a word of the key.
    pub(super) fn name(self) -> u64 {
        u64::from_le_bytes(*match self {
            Self::Init { .. } => b"init\0\0\0\0",
            Self::Cells => b"cells\0\0\0",
            Self::Train { .. } => b"train\0\0\0",
            Self::Test => b"test\0\0\0\0",
            Self::Noise { .. } => b"noise\0\0\0",
            Self::InputNoise { .. } => b"innoise\0",
            Self::OutputNoise { .. } => b"outnoise",
            Self::TestNoise => b"testnois",
            Self::TestInputNoise => b"testinno",
            Self::TestOutputNoise => b"testouno",
            Self::Phase(_) => b"phase\0\0\0",
            Self::PhaseNoise(_) => b"phasnois",
            Self::PhaseInputNoise(_) => b"phasinno",
            Self::PhaseOutputNoise(_) => b"phasouno",
            Self::Bootstrap(_) => b"bootstrp",
            Self::Theory(_) => b"theory\0\0",
            Self::Benchmark => b"benchmrk",
        })
    }

    /// The stream's number among those of its name, as a word of the key.
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Init { tensor: number }
            | Self::Train { batch: number }
            | Self::Noise { batch: number }
            | Self::InputNoise { batch: number }
            | Self::OutputNoise { batch: number } => number,
            Self::Cells
            | Self::Test
            | Self::TestNoise
            | Self::TestInputNoise
            | Self::TestOutputNoise
            | Self::Benchmark => 0,
            Self::Phase(kind)
            | Self::PhaseNoise(kind)
            | Self::PhaseInputNoise(kind)
            | Self::PhaseOutputNoise(kind) => kind as u64,
            Self::Bootstrap(draw) => draw.number(),
            Self::Theory(draw) => draw.number(),
        }
    }
}

/// A kind of draw, its sample, and a count, packed into one word.
fn packed(kind: u64, sample: u64, count: u32) -> u64 {
    kind << 48 | sample << 32 | u64::from(count)
}

impl BootstrapDraw {
    fn number(self) -> u64 {
        match self {
            Self::Resamples(sample) => packed(0, sample as u64, 0),
            Self::Points(sample) => packed(1, sample as u64, 0),
            Self::TimeShuffle => packed(2, 0, 0),
            Self::UniformPositions => packed(3, 0, 0),
            Self::UniformHeadings => packed(4, 0, 0),
            Self::Halves => packed(5, 0, 0),
            Self::Brownian => packed(6, 0, 0),
            Self::EventShuffle => packed(7, 0, 0),
        }
    }
}

impl TheoryDraw {
    fn number(self) -> u64 {
        match self {
            Self::Readout => packed(0, 0, 0),
            Self::OptimalRest => packed(1, 0, 0),
            Self::WalkMotion(set) => packed(2, set as u64, 0),
            Self::WalkNoise(set) => packed(3, set as u64, 0),
            Self::LaidNoise(set) => packed(4, set as u64, 0),
            Self::ScoreCentres => packed(5, 0, 0),
            Self::ScoreNoise { draw } => packed(6, 0, draw),
            Self::FieldDirections => packed(7, 0, 0),
            Self::ResponsePairs => packed(8, 0, 0),
            Self::StimulusLaw => packed(9, 0, 0),
        }
    }
}
