//! Units that a recording's numbers may be in.

use serde::{Deserialize, Serialize};

/// Unit of recorded positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionUnit {
    /// Metres.
    M,
    /// Centimetres.
    Cm,
    /// Millimetres.
    Mm,
    /// Pixels of a camera: `px_per_m` says how large they are.
    Px,
}

impl PositionUnit {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::M => "m",
            Self::Cm => "cm",
            Self::Mm => "mm",
            Self::Px => "px",
        }
    }

    /// How many of it make a metre; none for pixels.
    pub fn per_m(self) -> Option<f64> {
        match self {
            Self::M => Some(1.0),
            Self::Cm => Some(100.0),
            Self::Mm => Some(1000.0),
            Self::Px => None,
        }
    }
}

/// Unit of recorded headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AngleUnit {
    /// Radians.
    Rad,
    /// Degrees.
    Deg,
    /// Whole turns.
    Turns,
}

impl AngleUnit {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rad => "rad",
            Self::Deg => "deg",
            Self::Turns => "turns",
        }
    }

    /// How many of it make a turn.
    pub fn per_turn(self) -> f64 {
        match self {
            Self::Rad => std::f64::consts::TAU,
            Self::Deg => 360.0,
            Self::Turns => 1.0,
        }
    }
}

/// Unit of recorded times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// Seconds.
    S,
    /// Milliseconds.
    Ms,
    /// Microseconds.
    Us,
    /// Numbers of a camera's frames: `frame_rate_hz` says how many there are in a second.
    Frames,
}

impl TimeUnit {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::S => "s",
            Self::Ms => "ms",
            Self::Us => "us",
            Self::Frames => "frames",
        }
    }

    /// How many of it make a second; none for frames.
    pub fn per_s(self) -> Option<f64> {
        match self {
            Self::S => Some(1.0),
            Self::Ms => Some(1e3),
            Self::Us => Some(1e6),
            Self::Frames => None,
        }
    }
}
