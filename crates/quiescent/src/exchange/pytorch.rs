//! PyTorch's own recurrent modules (`nn.RNN`, `nn.GRU` and their cells) among the arrays of a file.
//!
//! Their equations, with biases b and b′ of the products with W and U:
//!
//! ```text
//! nn.RNN   h(t) = act(W x(t) + b + U h(t−1) + b′)                 act is tanh or ReLU
//! nn.GRU   r, z = sigmoid(W x(t) + b + U h(t−1) + b′)             rows of W, U, b, b′: r, z, n
//!          n    = tanh(W_n x(t) + b_n + r ⊙ (U_n h(t−1) + b′_n))
//!          h(t) = (1−z) ⊙ n + z ⊙ h(t−1)
//! ```
//!
//! Both are this program's equations with Δt = τ. Only the gate preserves the old state.

use super::array_file::{Entry, Rows};
use super::options::Orientation;
use super::reason::{ModuleReason, Reason};
use super::shown::{self, spelled};
use crate::experiment::Experiment;
use crate::network::{ARCHITECTURES, Architecture};
use std::collections::BTreeSet;

/// A module found in the file, with one layer and one direction.
#[derive(Debug)]
pub(super) struct Module<'e> {
    /// The network that it is.
    architecture: &'static Architecture,
    weight_ih: &'e Entry,
    weight_hh: &'e Entry,
    bias_ih: Option<&'e Entry>,
    bias_hh: Option<&'e Entry>,
}

/// The parsed name of a module's array, such as `weight_hh_l1_reverse`.
#[derive(Debug, PartialEq, Eq)]
struct Name<'n> {
    /// The module's own name, with its dot.
    prefix: &'n str,
    array: &'static str,
    /// Counted from 0; cells have one.
    layer: u64,
    reverse: bool,
}

const WEIGHT_IH: &str = "weight_ih";
const WEIGHT_HH: &str = "weight_hh";
const BIAS_IH: &str = "bias_ih";
const BIAS_HH: &str = "bias_hh";
const PROJECTION: &str = "weight_hr";

impl<'n> Name<'n> {
    fn parse(name: &'n str) -> Option<Self> {
        let at = name.rfind('.').map_or(0, |dot| dot + 1);
        let (prefix, own) = name.split_at(at);
        let array = [WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH, PROJECTION]
            .into_iter()
            .find(|array| own.starts_with(array))?;
        let rest = &own[array.len()..];
        let (rest, reverse) = match rest.strip_suffix("_reverse") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let layer = match rest.strip_prefix("_l") {
            // A number that is too large to parse is not a layer.
            Some(layer) if layer.bytes().all(|byte| byte.is_ascii_digit()) => layer.parse().ok()?,
            None if rest.is_empty() => 0,
            _ => return None,
        };
        Some(Self { prefix, array, layer, reverse })
    }
}

/// The recurrent module with these arrays, if they belong to one.
///
/// # Errors
/// [`ModuleReason`] if it is incomplete, or not a network of this program.
pub(super) fn module<'e>(
    entries: &'e [Entry],
    orientation: Orientation,
) -> Result<Option<Module<'e>>, ModuleReason> {
    let found: Vec<(Name<'e>, &'e Entry)> =
        entries.iter().filter_map(|entry| Some((Name::parse(&entry.name)?, entry))).collect();
    let Some((first, entry)) = found.first() else { return Ok(None) };
    let array = shown::name(&entry.name);
    let prefixes: BTreeSet<&str> = found.iter().map(|(name, _)| name.prefix).collect();
    if prefixes.len() > 1 {
        let modules = prefixes.into_iter().map(shown::name).collect();
        return Err(ModuleReason::Several { modules });
    }
    if found.iter().any(|(name, _)| name.reverse) {
        return Err(ModuleReason::Bidirectional { array });
    }
    let layers: BTreeSet<u64> = found.iter().map(|(name, _)| name.layer).collect();
    if layers.len() > 1 || first.layer > 0 {
        let layers = layers.last().map_or(0, |layer| layer.saturating_add(1));
        return Err(ModuleReason::Layers { array, layers });
    }
    let get = |array| {
        let mut named = found.iter().filter(|(name, _)| name.array == array);
        named.next().map(|(_, entry)| *entry)
    };
    if get(PROJECTION).is_some() {
        return Err(ModuleReason::Lstm { array, projections: true });
    }
    let (weight_ih, weight_hh) = match (get(WEIGHT_IH), get(WEIGHT_HH)) {
        (Some(weight_ih), Some(weight_hh)) => (weight_ih, weight_hh),
        (ih, hh) => {
            let (has, lacks) = match (ih, hh) {
                (Some(_), _) => ("input weights", WEIGHT_HH),
                (_, Some(_)) => ("recurrent weights", WEIGHT_IH),
                _ => ("biases", WEIGHT_HH),
            };
            return Err(ModuleReason::Incomplete { array, has, lacks });
        }
    };
    let (bias_ih, bias_hh) = (get(BIAS_IH), get(BIAS_HH));
    let of_gates = |gates: usize| {
        let mut known = ARCHITECTURES.into_iter();
        known.find(|known| known.module.is_some() && known.sets.len() == gates)
    };
    let gates = |orientation: Orientation| gates(&weight_hh.shape, orientation);
    if let Some(architecture) = gates(orientation).and_then(of_gates) {
        return Ok(Some(Module { architecture, weight_ih, weight_hh, bias_ih, bias_hh }));
    }
    let array = shown::name(&weight_hh.name);
    if gates(orientation) == Some(LSTM_GATES) {
        return Err(ModuleReason::Lstm { array, projections: false });
    }
    let other = orientation.other();
    let fits = gates(other).filter(|&gates| gates == LSTM_GATES || of_gates(gates).is_some());
    Err(ModuleReason::Gates { array, shape: weight_hh.shape.clone(), fits: fits.map(|_| other) })
}

/// Gates of an `nn.LSTM`, its candidate among them.
const LSTM_GATES: usize = 4;

/// Number of square blocks in recurrent weights of this shape.
fn gates(shape: &[u64], orientation: Orientation) -> Option<usize> {
    let (out, into) = orientation.out_into(shape)?;
    (into > 0 && out % into == 0).then(|| usize::try_from(out / into).ok()).flatten()
}

impl<'e> Module<'e> {
    /// Its arrays.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'e Entry> + use<'e> {
        [Some(self.weight_ih), Some(self.weight_hh), self.bias_ih, self.bias_hh]
            .into_iter()
            .flatten()
    }

    /// The arrays whose sum is one of this program's recurrent tensors, by its name.
    pub(super) fn sources(&self, tensor: &str) -> Option<Vec<Rows<'e>>> {
        self.architecture.sets.iter().find_map(|set| {
            let arrays = if tensor == set.input {
                [Some(self.weight_ih), None]
            } else if tensor == set.recurrent {
                [Some(self.weight_hh), None]
            } else if set.product_bias == Some(tensor) {
                [self.bias_hh, None]
            } else if tensor == set.bias {
                // If the product has its own bias, the other one belongs to the input.
                [self.bias_ih, self.bias_hh.filter(|_| set.product_bias.is_none())]
            } else {
                return None;
            };
            let (block, of) = (set.block, self.architecture.sets.len());
            Some(arrays.into_iter().flatten().map(|entry| Rows { entry, block, of }).collect())
        })
    }

    /// Changes the experiment's network to this module and notes the changes, or fails.
    ///
    /// # Errors
    /// [`Reason::Settings`] if the experiment's network is of another kind or has a nonlinearity that
    /// the module cannot have.
    pub(super) fn settle(
        &self,
        experiment: &mut Experiment,
        notes: &mut Vec<String>,
    ) -> Result<(), Reason> {
        let Architecture { kind, reset, settings, module, .. } = self.architecture;
        let Some(module) = module else { return Ok(()) };
        let called = format!("`{}`: PyTorch's {}", shown::name(&self.weight_hh.name), module.class);
        let dt_s = experiment.time.dt_s;
        let spec = &mut experiment.network;
        if spec.kind != *kind {
            let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
            let conflict = format!("its recurrent module is another kind of network, {called}");
            return Err(Reason::Settings { conflict, settings });
        }
        let mut set = Vec::new();
        if spec.tau_s != dt_s {
            set.push(format!("network.tau_s={dt_s} (= time.dt_s; it was {})", spec.tau_s));
            spec.tau_s = dt_s;
        }
        let possible = module.activations.iter().map(spelled).collect::<Vec<_>>().join(" or ");
        match (module.activations, module.activations.contains(&spec.activation)) {
            ([_], true) => {}
            (&[only], false) => {
                set.push(format!("network.activation={possible}"));
                spec.activation = only;
            }
            (_, true) => notes.push(format!(
                "the weights of an {} do not tell whether it has {possible} (PyTorch's default is the \
                 first); the experiment's network.activation={} is used",
                module.class,
                spelled(spec.activation)
            )),
            (several, false) => {
                return Err(Reason::Settings {
                    conflict: format!("{called}, whose nonlinearity is {possible}"),
                    settings: several.iter().take(1).map(|only| {
                        format!("network.activation={}", spelled(only))
                    }).collect(),
                });
            }
        }
        if spec.reset != *reset {
            set.extend(reset.map(|reset| format!("network.reset={}", spelled(reset))));
            spec.reset = *reset;
        }
        let how = match set.len() {
            0 => String::new(),
            _ => format!("; set to run it exactly: {}", set.join(", ")),
        };
        notes.push(format!("{called}, {}{how}", module.difference));
        if let (Some(there), None) | (None, Some(there)) = (self.bias_ih, self.bias_hh) {
            notes.push(format!(
                "`{}` has no counterpart; the other bias of the module is zero",
                shown::name(&there.name)
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_of_modules_are_told_from_others() {
        let parsed = |name| Name::parse(name).map(|n| (n.prefix, n.array, n.layer, n.reverse));
        assert_eq!(parsed("weight_ih_l0"), Some(("", "weight_ih", 0, false)));
        assert_eq!(parsed("a.b.bias_hh_l12_reverse"), Some(("a.b.", "bias_hh", 12, true)));
        assert_eq!(parsed("cell.weight_hh"), Some(("cell.", "weight_hh", 0, false)));
        assert_eq!(parsed("lstm.weight_hr_l0"), Some(("lstm.", "weight_hr", 0, false)));
        for other in [
            "weight_ih.weight",
            "weight_ih_l",
            "weight_ih_lx",
            "weight_ih_l-1",
            "weight_ih_l99999999999999999999999",
            "weight_ihl0",
            "my_weight_ih_l0",
            "",
            ".",
        ] {
            assert_eq!(parsed(other), None, "{other}");
        }
    }
}
