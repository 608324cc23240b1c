//! Options that a network's file does not contain.

/// How to read a file.
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

    /// Outputs and inputs of a matrix of this shape; none if it is not a matrix.
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
    /// As in the file: by an encoder of the first position or heading, or in a learnt start
    /// state, recognised by its name.
    #[default]
    File,
    /// With all rates zero, for any position of the animal.
    Zeros,
    /// In the state in the array of this name, for any position of the animal.
    Array(String),
}
