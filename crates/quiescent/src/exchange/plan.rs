//! Which arrays of a file become which of a network's tensors, found from names and shapes alone.

use super::ExchangeError;
use super::array_file::Entry;
use super::cells::CELLS;
use super::error::shown_name;
use super::fit;
use super::names::{find, list, prefix_of};
use super::pytorch::{self, Module};
use super::start::{self, StartState};
use super::weights::{Options, Orientation};
use crate::experiment::{Experiment, NetworkKind};
use crate::network::{Layout, Network, layout};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

const ENCODER: &str = "encoder.weight";
const ENCODER_BIAS: &str = "encoder.bias";

/// The `block`-th of `of` equal blocks of an array's rows: PyTorch stacks the gates of a GRU.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'e> {
    pub(super) entry: &'e Entry,
    pub(super) block: usize,
    pub(super) of: usize,
}

impl<'e> Rows<'e> {
    fn all(entry: &'e Entry) -> Self {
        Self { entry, block: 0, of: 1 }
    }
}

/// A network as a file holds it.
#[derive(Debug)]
pub(super) struct Plan<'e> {
    /// The experiment that was asked for, with what the file settles.
    pub(super) experiment: Experiment,
    pub(super) layout: Arc<Layout>,
    /// What each tensor of the layout is the sum of; zeros if of nothing.
    pub(super) sources: Vec<Vec<Rows<'e>>>,
    pub(super) cells: Option<&'e Entry>,
    /// What the file's names begin with and the network's do not.
    pub(super) prefixes: BTreeSet<&'e str>,
    /// What was taken for what, and what was set, a sentence each.
    pub(super) notes: Vec<String>,
}

/// Plans to read `network` from the arrays of a file.
///
/// # Errors
/// If the file is no such network: [`ExchangeError::Names`], [`ExchangeError::Shape`],
/// [`ExchangeError::Unsupported`] or [`ExchangeError::Settings`].
pub(super) fn plan<'e>(
    path: &Path,
    entries: &'e [Entry],
    network: &Network,
    options: &Options,
) -> Result<Plan<'e>, ExchangeError> {
    super::names::check_distinct(path, entries)?;
    if entries.iter().any(|entry| entry.name.starts_with("adam.m.")) {
        return Err(ExchangeError::Names {
            path: path.to_owned(),
            detail: "this is a run's checkpoint: use the run itself, or what `quiescent export` \
                     makes of it"
                .to_owned(),
        });
    }
    let mut experiment = network.experiment().as_ref().clone();
    let mut notes = Vec::new();
    let module = pytorch::module(path, entries, options.orientation)?;
    if let Some(module) = &module {
        module.settle(path, &mut experiment, &mut notes)?;
    }
    let with_biases = layout_of(&experiment, network, true);
    let mut search = Search {
        path,
        entries,
        used: BTreeSet::new(),
        sources: Vec::new(),
        module,
        orientation: options.orientation,
        units: None,
        begins_alike: false,
        prefixes: BTreeSet::new(),
        notes,
    };
    let cells = search.named(CELLS)?;
    search.find_by_name(&with_biases)?;
    search.find_layers(&with_biases, experiment.network.kind, &options.start)?;
    search.find_start(&with_biases, options)?;
    let (missing, extra) = (search.missing(&with_biases), search.left());
    if !missing.is_empty() || !extra.is_empty() {
        return Err(fit::other_names(path, entries, network, &missing, &extra));
    }
    search.settle_biases(&mut experiment, &with_biases)?;

    let layout = layout_of(&experiment, network, experiment.network.biases);
    let Search { sources, prefixes, notes, .. } = search;
    let of = |name: &str| {
        let at = with_biases.tensors().iter().position(|tensor| tensor.name == name);
        at.map(|at| sources[at].clone()).unwrap_or_default()
    };
    let sources = layout.tensors().iter().map(|tensor| of(&tensor.name)).collect();
    let plan = Plan { experiment, layout, sources, cells, prefixes, notes };
    fit::check_shapes(path, &plan, network, options.orientation)?;
    Ok(plan)
}

/// The parameters of an experiment like the network's.
pub(super) fn layout_of(experiment: &Experiment, network: &Network, biases: bool) -> Arc<Layout> {
    let mut experiment = experiment.clone();
    experiment.network.biases = biases;
    layout(&experiment, network.task().as_ref())
}

/// Rows and columns of a matrix as PyTorch has them: `[out, in]`.
pub(super) fn out_into(entry: &Entry, orientation: Orientation) -> Option<(u64, u64)> {
    match (entry.shape.as_slice(), orientation) {
        (&[out, into], Orientation::OutIn) | (&[into, out], Orientation::InOut) => {
            Some((out, into))
        }
        _ => None,
    }
}

/// Whether a tensor's zeros are a network without it.
pub(super) fn is_bias(name: &str) -> bool {
    name.ends_with(".bias")
}

/// What has been found so far.
struct Search<'e, 'p> {
    path: &'p Path,
    entries: &'e [Entry],
    /// Names of the arrays that have a use.
    used: BTreeSet<&'e str>,
    /// As [`Plan::sources`], for the layout with biases.
    sources: Vec<Vec<Rows<'e>>>,
    module: Option<Module<'e>>,
    orientation: Orientation,
    /// Units of the network in the file, once its recurrent weights are found.
    units: Option<u64>,
    /// Whether there is no encoder, and a start state in its place.
    begins_alike: bool,
    prefixes: BTreeSet<&'e str>,
    notes: Vec<String>,
}

impl<'e> Search<'e, '_> {
    /// The array of a name, from now on in use.
    fn named(&mut self, name: &str) -> Result<Option<&'e Entry>, ExchangeError> {
        let found = find(self.path, self.entries, name)?;
        if let Some(entry) = found {
            self.used.insert(&entry.name);
            self.prefixes.extend(prefix_of(entry, name).filter(|prefix| !prefix.is_empty()));
        }
        Ok(found)
    }

    fn left(&self) -> Vec<&'e Entry> {
        self.entries.iter().filter(|entry| !self.used.contains(entry.name.as_str())).collect()
    }

    fn find_by_name(&mut self, layout: &Layout) -> Result<(), ExchangeError> {
        if let Some(module) = &self.module {
            self.used.extend(module.entries().map(|entry| entry.name.as_str()));
        }
        for tensor in layout.tensors() {
            let of_module = self.module.as_ref().and_then(|module| module.sources(&tensor.name));
            let source = match of_module {
                Some(rows) => rows,
                None => self.named(&tensor.name)?.map(Rows::all).into_iter().collect(),
            };
            self.sources.push(source);
        }
        Ok(())
    }

    /// Encoder and readout under other names: that of the other kind's readout, or any, if only one
    /// array has the shape that the recurrent weights ask for.
    fn find_layers(
        &mut self,
        layout: &Layout,
        kind: NetworkKind,
        start: &StartState,
    ) -> Result<(), ExchangeError> {
        let (recurrent, readout, other) = match kind {
            NetworkKind::Rnn => ("w_rec.weight", "w_out", "decoder"),
            NetworkKind::Gru => ("u_h.weight", "decoder", "w_out"),
        };
        let complete = layout.tensors().iter().zip(&self.sources).all(|(tensor, source)| {
            is_bias(&tensor.name)
                || tensor.name == ENCODER
                || tensor.name.strip_suffix(".weight") == Some(readout)
                || !source.is_empty()
        });
        self.units = self
            .source(layout, recurrent)
            .and_then(|rows| out_into(rows.entry, self.orientation))
            .map(|(_, into)| into);
        // Without the recurrent weights there is nothing to judge the others by.
        let (true, Some(units)) = (complete, self.units) else { return Ok(()) };
        let weight = format!("{readout}.weight");
        if self.source(layout, &weight).is_none()
            && self.left_by_name(&format!("{other}.weight"))?
        {
            for (name, alias) in [("weight", other), ("bias", other)] {
                if let Some(entry) = self.named(&format!("{alias}.{name}"))? {
                    self.set(layout, &format!("{readout}.{name}"), Rows::all(entry));
                }
            }
        }
        for (layer, is_encoder) in [(readout, false), ("encoder", true)] {
            let weight = format!("{layer}.weight");
            let told = is_encoder && *start != StartState::File;
            if told || self.source(layout, &weight).is_some() {
                continue;
            }
            let fits = |entry: &Entry| {
                out_into(entry, self.orientation).is_some_and(|(out, into)| {
                    let (here, there) = if is_encoder { (out, into) } else { (into, out) };
                    // A vector that is kept as a matrix is no layer.
                    here == units && there != units && there > 1
                })
            };
            let left = self.left();
            let candidates: Vec<&Entry> = left.iter().copied().filter(|e| fits(e)).collect();
            let [entry] = candidates[..] else { continue };
            self.used.insert(&entry.name);
            self.set(layout, &weight, Rows::all(entry));
            self.notes.push(format!(
                "`{}` {:?} is taken as the {}: no other array has such a shape",
                shown_name(&entry.name),
                entry.shape,
                if is_encoder { "encoder" } else { "readout" }
            ));
            let stem = entry.name.strip_suffix("weight");
            let bias = stem.and_then(|stem| {
                left.iter().find(|entry| entry.name.strip_suffix("bias") == Some(stem))
            });
            if let Some(bias) = bias {
                self.used.insert(&bias.name);
                self.set(layout, &format!("{layer}.bias"), Rows::all(bias));
            }
        }
        Ok(())
    }

    /// Whether an array of this name has no use yet.
    fn left_by_name(&self, name: &str) -> Result<bool, ExchangeError> {
        let found = find(self.path, self.entries, name)?;
        Ok(found.is_some_and(|entry| !self.used.contains(entry.name.as_str())))
    }

    fn place(&self, layout: &Layout, name: &str) -> Option<usize> {
        layout.tensors().iter().position(|tensor| tensor.name == name)
    }

    fn source(&self, layout: &Layout, name: &str) -> Option<Rows<'e>> {
        self.sources[self.place(layout, name)?].first().copied()
    }

    fn set(&mut self, layout: &Layout, name: &str, rows: Rows<'e>) {
        if let Some(place) = self.place(layout, name) {
            self.sources[place] = vec![rows];
        }
    }

    /// What the network begins in, if it has no encoder but is whole otherwise.
    fn find_start(&mut self, layout: &Layout, options: &Options) -> Result<(), ExchangeError> {
        if let Some(encoder) = self.source(layout, ENCODER) {
            if options.start == StartState::File {
                return Ok(());
            }
            return Err(ExchangeError::Settings {
                path: self.path.to_owned(),
                reason: format!(
                    "--start: the file has an encoder, `{}`, that makes the first state of the \
                     first position or heading; omit --start",
                    shown_name(&encoder.entry.name)
                ),
            });
        }
        let missing = self.missing(layout);
        if missing != [ENCODER] {
            // What else is missing is said with it.
            return Ok(());
        }
        if let Some(bias) = self.source(layout, ENCODER_BIAS) {
            return Err(ExchangeError::Names {
                path: self.path.to_owned(),
                detail: format!(
                    "it holds `{}` but lacks `{ENCODER}`",
                    shown_name(&bias.entry.name)
                ),
            });
        }
        // What is not missing has been found, and with it how many units there are.
        let units = self.units.unwrap_or(0);
        let left = self.left();
        let start = start::without_encoder(self.path, self.entries, &left, units, &options.start)?;
        self.begins_alike = true;
        let from = match start {
            None => "all rates zero".to_owned(),
            Some(entry) => {
                self.used.insert(&entry.name);
                self.set(layout, ENCODER_BIAS, Rows::all(entry));
                format!("the state `{}`", shown_name(&entry.name))
            }
        };
        self.notes.push(format!(
            "the file has no encoder: the network always begins with {from}, so it cannot know where \
             it starts, only how far it has gone; its error counts the distance from the true start"
        ));
        Ok(())
    }

    /// Weights of the layout that have not been found.
    fn missing<'l>(&self, layout: &'l Layout) -> Vec<&'l str> {
        let tensors = layout.tensors().iter().zip(&self.sources);
        let names = tensors
            .filter(|(tensor, source)| !is_bias(&tensor.name) && source.is_empty())
            .map(|(tensor, _)| tensor.name.as_str());
        names.filter(|name| *name != ENCODER || !self.begins_alike).collect()
    }

    /// Whether the file has biases, which the experiment may not have expected; those that it lacks
    /// are zeros.
    fn settle_biases(
        &mut self,
        experiment: &mut Experiment,
        layout: &Layout,
    ) -> Result<(), ExchangeError> {
        let biases = || {
            let tensors = layout.tensors().iter().zip(&self.sources);
            tensors.filter(|(tensor, _)| is_bias(&tensor.name))
        };
        let found: Vec<&str> = biases()
            .flat_map(|(_, source)| source)
            .map(|rows| rows.entry.name.as_str())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let lacking: Vec<&str> = biases()
            .filter(|(_, source)| source.is_empty())
            .map(|(tensor, _)| tensor.name.as_str())
            .collect();
        let spec = &mut experiment.network;
        match (found.is_empty(), spec.biases) {
            (true, false) => return Ok(()),
            (true, true) => {
                return Err(ExchangeError::Settings {
                    path: self.path.to_owned(),
                    reason: "the file's network has no biases: set network.biases=false".to_owned(),
                });
            }
            (false, _) => {}
        }
        if !spec.biases {
            self.notes.push(format!(
                "network.biases=true was set: the file has {}",
                list(found.iter().copied())
            ));
        }
        if !lacking.is_empty() {
            self.notes.push(format!(
                "biases that the file lacks are zero: {}",
                list(lacking.iter().copied())
            ));
        }
        spec.biases = true;
        Ok(())
    }
}
