//! Exports trained networks as safetensors files that PyTorch's `load_state_dict` accepts
//! unchanged.

use super::error::ExchangeError;
use super::names::CELLS;
use super::reason::Reason;
use super::shown::{self, spelled};
use crate::experiment::Experiment;
use crate::network::Network;
use crate::run::{Float32Tensor, RunError, parameters_sha256, write_atomically};
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

/// Location of the target cells in an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportCells {
    /// As JSON in the metadata. The tensors are then exactly those of the network's `state_dict`,
    /// as a strict `load_state_dict` requires.
    Metadata,
    /// Also as a tensor `cells.preferred`, for modules with such a buffer.
    Tensor,
}

/// Writes a network's weights under their `state_dict` names. The metadata hold the other data
/// needed to run it (time step, nonlinearity, noise) and the target cells.
///
/// # Errors
/// [`Reason::Exists`] if the file exists and `overwrite` is not set; [`Reason::Write`].
pub fn export(
    network: &Network,
    path: &Path,
    cells: ExportCells,
    overwrite: bool,
) -> Result<(), ExchangeError> {
    let write = || {
        if !overwrite && path.symlink_metadata().is_ok() {
            return Err(Reason::Exists);
        }
        let bytes = to_bytes(network, cells)
            .map_err(|source| RunError::Unwritable { path: path.to_owned(), source })?;
        Ok(write_atomically(path, |file| file.write_all(&bytes))?)
    };
    write().map_err(ExchangeError::at(path))
}

/// The exported network as the bytes of a safetensors file.
fn to_bytes(network: &Network, cells: ExportCells) -> io::Result<Vec<u8>> {
    let parameters = network.parameters().iter();
    let mut tensors: Vec<(&str, Float32Tensor)> = parameters
        .map(|(tensor, values)| (tensor.name.as_str(), Float32Tensor::new(&tensor.shape, values)))
        .collect();
    let (preferred, dim) = (network.task().preferred(), network.task().space().dim());
    if cells == ExportCells::Tensor {
        let shape = [preferred.len() / dim, dim];
        tensors.push((CELLS, Float32Tensor::new(&shape, preferred)));
    }
    safetensors::serialize(tensors, Some(metadata(network)?)).map_err(io::Error::other)
}

fn metadata(network: &Network) -> io::Result<HashMap<String, String>> {
    let experiment = network.experiment();
    let spec = &experiment.network;
    let rows: Vec<&[f32]> =
        network.task().preferred().chunks(network.task().space().dim()).collect();
    let entries = [
        ("format", "pt".to_owned()),
        ("program", concat!("quiescent ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("kind", spelled(spec.kind)),
        ("activation", spelled(spec.activation)),
        ("dt_s", experiment.time.dt_s.to_string()),
        ("tau_s", spec.tau_s.to_string()),
        ("dt_over_tau", experiment.dt_over_tau().to_string()),
        ("noise_scale_per_step", experiment.noise_scale_per_step().to_string()),
        ("noise_distribution", spelled(spec.noise.distribution)),
        ("parameters_sha256", parameters_sha256(network.parameters())),
        (CELLS, serde_json::to_string(&rows)?),
        ("cells.unit", network.task().space().unit().to_owned()),
        ("experiment", experiment.to_yaml().map_err(io::Error::other)?),
    ];
    let reset = spec.reset.map(|reset| ("reset", spelled(reset)));
    let entries = entries.into_iter().chain(reset);
    Ok(entries.map(|(key, value)| (key.to_owned(), value)).collect())
}

/// Fails if the experiment's network differs from the one that an exported file describes.
///
/// # Errors
/// [`Reason::Settings`].
pub(super) fn check_settings(
    metadata: &HashMap<String, String>,
    experiment: &Experiment,
) -> Result<(), Reason> {
    if !metadata.get("program").is_some_and(|program| program.starts_with("quiescent ")) {
        return Ok(());
    }
    let spec = &experiment.network;
    let mut settings = Vec::new();
    for (key, here) in [
        ("kind", Some(spelled(spec.kind))),
        ("activation", Some(spelled(spec.activation))),
        ("reset", spec.reset.map(spelled)),
    ] {
        if let (Some(there), Some(here)) = (metadata.get(key), here)
            && *there != here
        {
            settings.push(format!("network.{key}={}", shown::name(there)));
        }
    }
    let number = |key: &str| metadata.get(key)?.parse::<f64>().ok();
    let (there, here) = (number("dt_over_tau"), experiment.dt_over_tau());
    if there.is_some_and(|there| (there - here).abs() > 1e-6 * here) {
        for (key, name) in [("time.dt_s", "dt_s"), ("network.tau_s", "tau_s")] {
            settings.extend(number(name).map(|value| format!("{key}={value}")));
        }
    }
    if settings.is_empty() {
        return Ok(());
    }
    Err(Reason::Settings {
        conflict: "it was exported from a network with other equations".to_owned(),
        settings,
    })
}
