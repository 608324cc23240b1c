//! `quiescent export`: a run's network as a file that PyTorch takes.

use crate::arguments::ExportArguments;
use crate::failure::Failure;
use crate::output::say;
use crate::recordings::Recordings;
use quiescent::exchange::{ExportCells, export};
use quiescent::run::{RunFolder, parameters_sha256};
use std::fs;

/// Runs the command.
pub(crate) fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let folder = RunFolder::open(&arguments.run)?;
    let network = Recordings::NONE.network(&folder, false)?;
    let cells = if arguments.cells_tensor { ExportCells::Tensor } else { ExportCells::Metadata };
    if let Some(parent) = arguments.out.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| {
            Failure::Data(format!("cannot create {}: {error}", parent.display()))
        })?;
    }
    export(&network, &arguments.out, cells, arguments.force)?;
    say(&format!(
        "{}: {} tensors, parameters {}",
        arguments.out.display(),
        network.parameters().layout().tensors().len() + usize::from(cells == ExportCells::Tensor),
        parameters_sha256(network.parameters())
    ));
    Ok(())
}
