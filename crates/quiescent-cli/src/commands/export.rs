//! `quiescent export`: a run's network as a file that PyTorch takes.

use crate::files;
use crate::ui::failure::Failure;
use crate::ui::flags::Json;
use crate::ui::recordings::Recordings;
use clap::Args;
use quiescent::exchange::{ExportCells, export};
use quiescent::run::{RunFolder, parameters_sha256};
use serde_json::json;
use std::path::PathBuf;

/// Write a run's network as safetensors that PyTorch's load_state_dict takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent export runs/a --out network.safetensors\n\nThe tensors are \
                  exactly the state_dict's; time step, nonlinearity, noise, experiment and target \
                  cells are in the metadata. docs/formats.md has the modules that run it. --json prints {file, tensors, parameters_sha256}."
)]
pub(crate) struct Arguments {
    /// The run folder.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the target cells as a tensor `cells.preferred` too, for modules with such a buffer.
    #[arg(long)]
    cells_tensor: bool,
    /// Overwrite the file if it exists.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let folder = RunFolder::open(&arguments.run)?;
    let network = Recordings::NONE.network(&folder, false)?;
    let cells = if arguments.cells_tensor { ExportCells::Tensor } else { ExportCells::Metadata };
    files::create_folder_of(&arguments.out)?;
    export(&network, &arguments.out, cells, arguments.force)?;
    let tensors = network.parameters().layout().tensors().len();
    let tensors = tensors + usize::from(cells == ExportCells::Tensor);
    let sha256 = parameters_sha256(network.parameters());
    let exported = json!({
        "file": arguments.out,
        "tensors": tensors,
        "parameters_sha256": sha256,
    });
    arguments.json.print(&exported, |_| {
        vec![format!("{}: {tensors} tensors, parameters {sha256}", arguments.out.display())]
    })
}
