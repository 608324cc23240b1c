//! A claim of the paper beside what was found.

use serde::{Deserialize, Serialize};

use crate::analysis::{Verdict, unbounded};

/// [`Claim::figure`] of claims that are not in the paper.
pub const BEYOND: &str = "beyond";

/// One published statement, or one beyond the paper, beside what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Claim {
    /// Short name: figure, then what is claimed, then of which networks.
    pub id: String,
    /// The paper's figure; [`BEYOND`] of what is not in the paper.
    pub figure: String,
    /// What is claimed.
    pub statement: String,
    /// What was measured: the mean over seeds. None if it could not be.
    pub measured: Option<f64>,
    /// Unit of it; `1` for a pure number.
    pub unit: String,
    /// One seed: the interval over trials. Several: from the lowest to the highest end
    /// of the seeds' own intervals, so that every network lies within.
    pub interval: Option<[f64; 2]>,
    /// What would bear the claim out.
    pub expected: String,
    /// Whether it does; none if it could not be tested.
    pub verdict: Option<Verdict>,
    /// Each seed's value.
    pub seeds: Vec<SeedValue>,
    /// Further numbers that belong to the claim.
    pub details: Vec<Detail>,
    /// Why it could not be tested, or what to bear in mind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Claim {
    /// Whether it is not in the paper.
    pub fn is_beyond_the_paper(&self) -> bool {
        self.figure == BEYOND
    }
}

/// A value of one seed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeedValue {
    /// The seed.
    pub seed: u64,
    /// What was measured in its networks.
    #[serde(with = "unbounded")]
    pub measured: f64,
    /// Its interval over trials.
    pub interval: Option<[f64; 2]>,
}

/// A number beside a claim: mean over seeds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Detail {
    /// What it is.
    pub name: String,
    /// The number.
    #[serde(with = "unbounded")]
    pub value: f64,
    /// Its unit; `1` for a pure number.
    pub unit: String,
}
