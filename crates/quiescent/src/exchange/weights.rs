//! Weights of a network that was trained elsewhere.

use super::Precision;
use super::array_file::ArrayFile;
use super::cells::{self, expected_values};
use super::error::ExchangeError;
use super::export::check_settings;
use super::options::{Options, Orientation};
use super::plan::plan;
use super::reason::Reason;
use crate::experiment::Experiment;
use crate::network::{Network, Parameters};
use crate::numerics::matmul::transpose;
use ndarray::Array2;
use std::collections::BTreeSet;
use std::io::{Read, Seek};
use std::path::Path;

/// The contents of a file of weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The requested experiment, with the settings that the file determines: whether there are
    /// biases and, for PyTorch's own modules, their time constant and nonlinearity.
    pub experiment: Experiment,
    /// The parameters, laid out for the network of [`experiment`](Self::experiment).
    pub parameters: Parameters,
    /// Preferred positions (m) or headings (rad) of the target cells, `[cell, dim]`, if the file has
    /// them: as an array `cells.preferred`, or as the metadata that [`export`](super::export()) writes.
    pub cells: Option<Array2<f32>>,
    /// The types of the weights in the file. All except [`Precision::Single`] were converted.
    pub precisions: BTreeSet<Precision>,
    /// Prefixes of names in the file, such as `module.`, that the network's names do not have.
    pub prefixes: BTreeSet<String>,
    /// Notes for people on how arrays were assigned and what was set in the experiment, a clause
    /// each.
    pub notes: Vec<String>,
}

/// Reads weights for `network`, whose own are ignored, from safetensors or npz with the names of
/// a PyTorch `state_dict`: those of this program's networks, or of PyTorch's `nn.RNN` and
/// `nn.GRU`. Nothing is read before names and shapes are known to fit.
///
/// # Errors
/// [`ExchangeError`] for a file that cannot be read, is damaged, is a pickle, or holds another
/// network.
pub fn read_weights(
    path: &Path,
    network: &Network,
    options: &Options,
) -> Result<Weights, ExchangeError> {
    let read =
        || from_file(&mut ArrayFile::open(path, expected_values(network))?, network, options);
    read().map_err(ExchangeError::at(path))
}

fn from_file<R: Read + Seek>(
    file: &mut ArrayFile<R>,
    network: &Network,
    options: &Options,
) -> Result<Weights, Reason> {
    let entries = file.entries().to_vec();
    let plan = plan(&entries, network, options)?;
    check_settings(file.metadata(), &plan.experiment)?;
    let mut parameters = Parameters::zeros(&plan.layout);
    let mut precisions = BTreeSet::new();
    // Arrays are read in the order of the layout, so of several unreadable arrays the first is
    // named.
    for tensor in plan.layout.tensors() {
        let source = plan.sources.get(tensor.name.as_str()).into_iter().flatten();
        for (number, rows) in source.enumerate() {
            let mut values = file.read(rows.entry)?;
            precisions.extend(rows.entry.precision.as_ref().copied());
            if options.orientation == Orientation::InOut
                && let [into, out] = rows.entry.shape[..]
            {
                // The shape matches the values already read.
                let mut turned = vec![0.0; values.len()];
                transpose(&values, into as usize, out as usize, &mut turned);
                values = turned;
            }
            let to = &mut parameters[tensor.name.as_str()];
            let block = values.chunks_exact(to.len().max(1)).nth(rows.block).unwrap_or_default();
            for (to, value) in to.iter_mut().zip(block) {
                // Adding to zero would lose the sign of a zero.
                *to = if number == 0 { *value } else { *to + value };
            }
        }
    }
    let cells = match plan.cells {
        Some(entry) => Some(cells::read(file, entry, network)?),
        None => cells::from_metadata(file.metadata(), network)?,
    };
    Ok(Weights {
        experiment: plan.experiment,
        parameters,
        cells,
        precisions,
        prefixes: plan.prefixes.into_iter().map(str::to_owned).collect(),
        notes: plan.notes,
    })
}
