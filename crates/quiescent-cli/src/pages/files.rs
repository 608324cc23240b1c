//! The files of figures.

use crate::ui::failure::Failure;
use quiescent::run::write_atomically;
use quiescent_report::{Figure, ReportError};
use rayon::prelude::*;
use std::io::Write;
use std::path::Path;

/// Writes the files of figures into a folder.
pub(crate) fn write(folder: &Path, figures: &[&Figure]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Data(format!("cannot create {}: {error}", folder.display())))?;
    figures.par_iter().try_for_each(|figure| {
        for file in figure.files().map_err(ReportError::from)? {
            write_atomically(&folder.join(&file.name), |out| out.write_all(&file.bytes))?;
        }
        Ok(())
    })
}
