//! Assigns the arrays of a file to a network's tensors, from names and shapes only.

use super::array_file::{Entry, Rows, Sources};
use super::fit;
use super::names::{CELLS, check_distinct, find, prefix_of};
use super::options::{Options, Orientation, StartState};
use super::pytorch::{self, Module};
use super::reason::{ArraysReason, Reason, StartReason};
use super::shown::{self, list};
use super::start;
use crate::experiment::Experiment;
use crate::network::{ARCHITECTURES, Architecture, Layout, Network, Sizes};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A network in a file.
#[derive(Debug)]
pub(super) struct Plan<'e> {
    /// The requested experiment, with the settings that the file determines.
    pub(super) experiment: Experiment,
    pub(super) layout: Arc<Layout>,
    pub(super) sources: Sources<'e>,
    pub(super) cells: Option<&'e Entry>,
    /// Prefixes of the file's names that the network's names do not have.
    pub(super) prefixes: BTreeSet<&'e str>,
    /// Sentences on how arrays were assigned and what was set.
    pub(super) notes: Vec<String>,
}

/// Plans to read `network` from the arrays of a file.
///
/// # Errors
/// If the file does not hold such a network.
pub(super) fn plan<'e>(
    entries: &'e [Entry],
    network: &Network,
    options: &Options,
) -> Result<Plan<'e>, Reason> {
    check_distinct(entries)?;
    if entries.iter().any(|entry| entry.name.starts_with("adam.m.")) {
        return Err(Reason::Checkpoint);
    }
    let mut experiment = network.experiment().as_ref().clone();
    let mut notes = Vec::new();
    let module = pytorch::module(entries, options.orientation)?;
    if let Some(module) = &module {
        module.settle(&mut experiment, &mut notes)?;
    }
    let mut search = Search {
        entries,
        architecture: experiment.network.architecture(),
        orientation: options.orientation,
        used: BTreeSet::new(),
        sources: Sources::new(),
        prefixes: BTreeSet::new(),
        notes,
    };
    let cells = search.named(CELLS)?;
    search.find_by_name(module.as_ref())?;
    search.find_layers(&options.start)?;
    let begins_alike = search.find_start(&options.start)?;
    let mut missing = search.missing();
    missing.retain(|name| !begins_alike || *name != search.architecture.encoder.weight);
    let extra = search.left();
    if !missing.is_empty() || !extra.is_empty() {
        let (own, architecture) = (network.parameters().layout(), network.architecture());
        return Err(fit::other_names(entries, own, architecture, &missing, &extra).into());
    }
    search.settle_biases(&mut experiment)?;

    let Search { architecture, sources, prefixes, notes, .. } = search;
    let sizes = Sizes {
        units: experiment.network.units,
        inputs: network.task().space().dim(),
        targets: network.task().target_dim(),
    };
    let layout = architecture.layout(sizes, experiment.network.biases);
    fit::check_shapes(&layout, &sources, architecture, sizes, options.orientation)?;
    Ok(Plan { experiment, layout, sources, cells, prefixes, notes })
}

/// The arrays found so far.
struct Search<'e> {
    entries: &'e [Entry],
    architecture: &'static Architecture,
    orientation: Orientation,
    /// Names of the arrays in use.
    used: BTreeSet<&'e str>,
    sources: Sources<'e>,
    prefixes: BTreeSet<&'e str>,
    notes: Vec<String>,
}

impl<'e> Search<'e> {
    /// Finds the array with a name and marks it as used.
    fn named(&mut self, name: &str) -> Result<Option<&'e Entry>, Reason> {
        let found = find(self.entries, name)?;
        if let Some(entry) = found {
            self.used.insert(&entry.name);
            self.prefixes.extend(prefix_of(entry, name).filter(|prefix| !prefix.is_empty()));
        }
        Ok(found)
    }

    /// Assigns a whole array to a tensor.
    fn take(&mut self, tensor: &'static str, entry: &'e Entry) {
        self.used.insert(&entry.name);
        self.sources.insert(tensor, vec![Rows::all(entry)]);
    }

    fn left(&self) -> Vec<&'e Entry> {
        self.entries.iter().filter(|entry| !self.used.contains(entry.name.as_str())).collect()
    }

    fn missing(&self) -> Vec<&'static str> {
        self.architecture.weights().filter(|name| !self.sources.contains_key(name)).collect()
    }

    /// Units of the network in the file, once its recurrent weights are found.
    fn units(&self) -> Option<u64> {
        let rows = self.sources.get(self.architecture.main_set().recurrent)?.first()?;
        self.orientation.out_into(&rows.entry.shape).map(|(_, into)| into)
    }

    fn find_by_name(&mut self, module: Option<&Module<'e>>) -> Result<(), Reason> {
        for tensor in self.architecture.weights().chain(self.architecture.biases()) {
            match module.and_then(|module| module.sources(tensor)) {
                Some(rows) if rows.is_empty() => {}
                Some(rows) => {
                    self.sources.insert(tensor, rows);
                }
                None => {
                    if let Some(entry) = self.named(tensor)? {
                        self.take(tensor, entry);
                    }
                }
            }
        }
        let of_module = module.into_iter().flat_map(Module::entries);
        self.used.extend(of_module.map(|entry| entry.name.as_str()));
        Ok(())
    }

    /// Finds encoder and readout under other names: those of another kind's readout, or any name
    /// if only one array has the shape required by the recurrent weights.
    fn find_layers(&mut self, start: &StartState) -> Result<(), Reason> {
        let Architecture { encoder, readout, .. } = *self.architecture;
        let outer = [encoder.weight, readout.weight];
        // Without the recurrent layer the others cannot be judged.
        let complete = self.missing().iter().all(|name| outer.contains(name));
        let (true, Some(units)) = (complete, self.units()) else { return Ok(()) };
        for other in ARCHITECTURES.map(|other| other.readout) {
            let unused = find(self.entries, other.weight)?
                .is_some_and(|entry| !self.used.contains(entry.name.as_str()));
            if unused && !self.sources.contains_key(readout.weight) {
                for (tensor, name) in [(readout.weight, other.weight), (readout.bias, other.bias)] {
                    if let Some(entry) = self.named(name)? {
                        self.take(tensor, entry);
                    }
                }
            }
        }
        for (layer, name) in [(readout, "readout"), (encoder, "encoder")] {
            let is_encoder = layer == encoder;
            let told = is_encoder && *start != StartState::File;
            if told || self.sources.contains_key(layer.weight) {
                continue;
            }
            let fits = |entry: &Entry| {
                self.orientation.out_into(&entry.shape).is_some_and(|(out, into)| {
                    let (here, there) = if is_encoder { (out, into) } else { (into, out) };
                    // A vector stored as a matrix is not a layer.
                    here == units && there != units && there > 1
                })
            };
            let left = self.left();
            let candidates: Vec<&Entry> = left.iter().copied().filter(|e| fits(e)).collect();
            let [entry] = candidates[..] else { continue };
            self.take(layer.weight, entry);
            self.notes.push(format!(
                "`{}` {:?} is taken as the {name}, because no other array has its shape",
                shown::name(&entry.name),
                entry.shape,
            ));
            if let Some(stem) = entry.name.strip_suffix("weight")
                && let Some(bias) =
                    left.iter().find(|entry| entry.name.strip_suffix("bias") == Some(stem))
            {
                self.take(layer.bias, bias);
            }
        }
        Ok(())
    }

    /// Finds the start state of a network that is complete except for its encoder; returns
    /// whether this is the case.
    fn find_start(&mut self, asked: &StartState) -> Result<bool, Reason> {
        let encoder = self.architecture.encoder;
        let first = |name: &str| self.sources.get(name).and_then(|rows| rows.first());
        if let Some(rows) = first(encoder.weight) {
            if *asked == StartState::File {
                return Ok(false);
            }
            let encoder = shown::name(&rows.entry.name);
            return Err(StartReason::Encoder { encoder }.into());
        }
        if self.missing() != [encoder.weight] {
            // The error also names the other missing arrays.
            return Ok(false);
        }
        if let Some(rows) = first(encoder.bias) {
            let (bias, weight) = (shown::name(&rows.entry.name), encoder.weight.to_owned());
            return Err(ArraysReason::HalfEncoder { bias, weight }.into());
        }
        // The recurrent weights are present and give the number of units.
        let units = self.units().unwrap_or(0);
        let start = start::without_encoder(self.entries, &self.left(), units, asked)?;
        let from = match start {
            None => "all rates zero".to_owned(),
            Some(entry) => {
                self.take(encoder.bias, entry);
                format!("the state `{}`", shown::name(&entry.name))
            }
        };
        self.notes.push(format!(
            "the file has no encoder; the network always begins with {from}, so it cannot know where \
             it starts, only how far it has gone; its error counts the distance from the true start"
        ));
        Ok(true)
    }

    /// Determines whether the file has biases, which the experiment may not expect. Missing
    /// biases are zero.
    fn settle_biases(&mut self, experiment: &mut Experiment) -> Result<(), Reason> {
        let (there, lacking): (Vec<_>, Vec<_>) =
            self.architecture.biases().partition(|name| self.sources.contains_key(name));
        let spec = &mut experiment.network;
        if there.is_empty() {
            if !spec.biases {
                return Ok(());
            }
            return Err(Reason::Settings {
                conflict: "the file's network has no biases".to_owned(),
                settings: vec!["network.biases=false".to_owned()],
            });
        }
        if !spec.biases {
            let arrays = there.iter().flat_map(|name| &self.sources[name]);
            let found: BTreeSet<&str> = arrays.map(|rows| rows.entry.name.as_str()).collect();
            self.notes.push(format!("network.biases=true was set: the file has {}", list(found)));
        }
        if !lacking.is_empty() {
            self.notes.push(format!(
                "the file lacks some biases, which are set to zero: {}",
                list(lacking)
            ));
        }
        spec.biases = true;
        Ok(())
    }
}
