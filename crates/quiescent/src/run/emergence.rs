//! `emergence/`: small quiescent phases of a network in training, with what was measured of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::files::atomic::create_folder;
use super::files::json;
use super::folder::file_names;
use super::{RunError, RunFolder, RunWriter, SCHEMA_VERSION, read_phase_file, write_phase_file};
use crate::analysis::reactivation::Reactivation;
use crate::analysis::{Outcome, outcome};
use crate::simulate::Phase;

const EMERGENCE: &str = "emergence";

/// Whether rest revisited the active states after some batches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Emergence {
    /// Batches trained by then.
    pub batch: u64,
    /// The small quiescent phase beside as many active trials.
    #[serde(with = "outcome")]
    pub reactivation: Outcome<Reactivation>,
}

/// As in its file.
#[derive(Serialize, Deserialize)]
struct Written {
    schema_version: u32,
    #[serde(flatten)]
    emergence: Emergence,
}

impl RunFolder {
    /// What was measured in the course of training, by batch.
    ///
    /// # Errors
    /// [`RunError::Unreadable`], [`RunError::Corrupt`] or [`RunError::Schema`].
    pub fn emergence(&self) -> Result<Vec<Emergence>, RunError> {
        let mut batches: Vec<u64> = file_names(&self.path.join(EMERGENCE))?
            .iter()
            .filter_map(|name| name.strip_prefix("batch-")?.strip_suffix(".json")?.parse().ok())
            .collect();
        batches.sort_unstable();
        let read = |batch| {
            let found: Option<Written> =
                json::read_versioned(&self.emergence_path(batch).with_extension("json"))?;
            Ok(found.map(|found| found.emergence))
        };
        batches.into_iter().filter_map(|batch| read(batch).transpose()).collect()
    }

    /// The quiescent phase after so many batches; none if there is none.
    ///
    /// # Errors
    /// Those of [`read_phase_file`].
    pub fn emergence_phase(&self, batch: u64) -> Result<Option<Phase>, RunError> {
        let path = self.emergence_path(batch);
        path.exists().then(|| read_phase_file(&path)).transpose()
    }

    fn emergence_path(&self, batch: u64) -> PathBuf {
        self.path.join(EMERGENCE).join(format!("batch-{batch:06}.npz"))
    }
}

impl RunWriter {
    /// Writes what was measured after so many batches, and its quiescent phase if there is one.
    ///
    /// # Errors
    /// [`RunError::LockLost`], or those of [`write_phase_file`].
    pub fn write_emergence(
        &self,
        emergence: &Emergence,
        phase: Option<&Phase>,
    ) -> Result<(), RunError> {
        let path = self.emergence_path(emergence.batch);
        self.write(|| {
            create_folder(&self.path().join(EMERGENCE))?;
            if let Some(phase) = phase {
                write_phase_file(&path, phase)?;
            }
            let written = Written { schema_version: SCHEMA_VERSION, emergence: emergence.clone() };
            json::write_compact(&path.with_extension("json"), &written)
        })
    }
}
