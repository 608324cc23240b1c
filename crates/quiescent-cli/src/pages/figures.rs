//! The files of figures.

use crate::files;
use crate::ui::failure::Failure;
use quiescent_report::{Figure, ReportError};
use rayon::prelude::*;
use std::path::Path;

/// Writes the files of figures into a folder.
pub(crate) fn write(folder: &Path, figures: &[&Figure]) -> Result<(), Failure> {
    files::create_folder(folder)?;
    figures.par_iter().try_for_each(|figure| {
        for file in figure.files().map_err(ReportError::from)? {
            files::write(&folder.join(&file.name), &file.bytes)?;
        }
        Ok(())
    })
}
