//! What the file of a network does not say itself.

/// How a file is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Order of the axes of its matrices.
    pub orientation: Orientation,
    /// How the network begins.
    pub start: StartState,
}

impl Default for Options {
    fn default() -> Self {
        Self { orientation: Orientation::OutIn, start: StartState::File }
    }
}

/// Order of the axes of a weight matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orientation {
    /// `[out, in]`, as PyTorch has it: `W x`.
    OutIn,
    /// `[in, out]`: `x W`.
    InOut,
}

impl Orientation {
    /// Its name: `out_in` or `in_out`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OutIn => "out_in",
            Self::InOut => "in_out",
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::OutIn => Self::InOut,
            Self::InOut => Self::OutIn,
        }
    }

    /// Outputs and inputs of a matrix of this shape. None for what is not a matrix.
    pub(super) fn out_into(self, shape: &[u64]) -> Option<(u64, u64)> {
        match (shape, self) {
            (&[out, into], Self::OutIn) | (&[into, out], Self::InOut) => Some((out, into)),
            _ => None,
        }
    }
}

/// How an imported network begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum StartState {
    /// As the file has it: by an encoder of the first position or heading, or in a learnt state that
    /// its name tells.
    #[default]
    File,
    /// With all rates zero, wherever the animal is.
    Zeros,
    /// In the state that the array of this name holds, wherever the animal is.
    Array(String),
}
