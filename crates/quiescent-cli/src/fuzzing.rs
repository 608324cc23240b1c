//! The reading of a sweep's manifest, for its fuzz target.

use crate::manifest::Manifest;
use quiescent::workflow::plan::Plan;
use std::path::Path;

/// A plan that a manifest holds.
#[derive(Debug)]
pub struct ReadPlan(Plan);

/// Reads a manifest, and the plan of all its runs if they are at most `most`.
///
/// # Errors
/// What the command says of a manifest that it cannot use.
pub fn read_manifest(path: &Path, most: usize) -> Result<Option<ReadPlan>, String> {
    let manifest = Manifest::read(path).map_err(|failure| failure.to_string())?;
    if manifest.len() > most {
        return Ok(None);
    }
    let plan = manifest.plan(path, 0..manifest.len());
    plan.map(|plan| Some(ReadPlan(plan))).map_err(|failure| failure.to_string())
}

/// Writes the manifest of a plan, as `sweep` does.
///
/// # Errors
/// What the command says of a file that it cannot write.
pub fn write_manifest(plan: &ReadPlan, path: &Path) -> Result<(), String> {
    let manifest = Manifest::of(&plan.0, ".").map_err(|failure| failure.to_string())?;
    manifest.write(path).map_err(|failure| failure.to_string())
}

impl ReadPlan {
    /// Everything that the plan says of its runs, as text to compare.
    pub fn runs(&self) -> String {
        format!("{:?}", self.0.runs)
    }
}
