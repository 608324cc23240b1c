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
//! Both are this program's equations with Δt = τ: no part of the old state is left over but what the
//! gate keeps.

use super::ExchangeError;
use super::array_file::Entry;
use super::error::shown_name;
use super::plan::{Rows, out_into};
use super::weights::Orientation;
use crate::experiment::{Activation, Experiment, NetworkKind, Reset};
use std::collections::BTreeSet;
use std::path::Path;

/// A module that has been found, of one layer and one direction.
#[derive(Debug)]
pub(super) struct Module<'e> {
    pub(super) kind: NetworkKind,
    weight_ih: &'e Entry,
    weight_hh: &'e Entry,
    bias_ih: Option<&'e Entry>,
    bias_hh: Option<&'e Entry>,
}

/// What an array of such a module is called, such as `weight_hh_l1_reverse`.
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
            // More digits than a number has is no layer.
            Some(layer) if layer.bytes().all(|byte| byte.is_ascii_digit()) => layer.parse().ok()?,
            None if rest.is_empty() => 0,
            _ => return None,
        };
        Some(Self { prefix, array, layer, reverse })
    }
}

/// The recurrent module that the arrays are of, if they are of one.
///
/// # Errors
/// [`ExchangeError::Unsupported`] for one that is no network of this program, with the reason;
/// [`ExchangeError::Names`] for one that is not whole.
pub(super) fn module<'e>(
    path: &Path,
    entries: &'e [Entry],
    orientation: Orientation,
) -> Result<Option<Module<'e>>, ExchangeError> {
    let found: Vec<(Name<'e>, &'e Entry)> =
        entries.iter().filter_map(|entry| Some((Name::parse(&entry.name)?, entry))).collect();
    let Some((first, entry)) = found.first() else { return Ok(None) };
    let unsupported = |reason: String| ExchangeError::Unsupported { path: path.to_owned(), reason };
    let called = shown_name(&entry.name);
    let prefixes: BTreeSet<&str> = found.iter().map(|(name, _)| name.prefix).collect();
    if prefixes.len() > 1 {
        return Err(unsupported(format!(
            "it holds {} recurrent modules of PyTorch: {}; this program's networks have one \
             recurrent layer",
            prefixes.len(),
            super::names::list(prefixes.into_iter())
        )));
    }
    if found.iter().any(|(name, _)| name.reverse) {
        return Err(unsupported(format!(
            "`{called}`: its recurrent module is bidirectional: half of it reads the motion \
             backwards from its end, which no network can do that integrates motion as it comes"
        )));
    }
    let layers: BTreeSet<u64> = found.iter().map(|(name, _)| name.layer).collect();
    if layers.len() > 1 || first.layer > 0 {
        return Err(unsupported(format!(
            "`{called}`: its recurrent module has {} layers; this program's networks have one, \
             whose states are measured",
            layers.last().map_or(0, |layer| layer.saturating_add(1))
        )));
    }
    let get = |array| {
        let mut named = found.iter().filter(|(name, _)| name.array == array);
        named.next().map(|(_, entry)| *entry)
    };
    if get(PROJECTION).is_some() {
        return Err(unsupported(format!(
            "`{called}`: its recurrent module is an nn.LSTM with projections; {NO_LSTM}"
        )));
    }
    let (Some(weight_ih), Some(weight_hh)) = (get(WEIGHT_IH), get(WEIGHT_HH)) else {
        let (there, lacks) = if get(WEIGHT_IH).is_some() {
            ("input weights", WEIGHT_HH)
        } else if get(WEIGHT_HH).is_some() {
            ("recurrent weights", WEIGHT_IH)
        } else {
            ("biases", WEIGHT_HH)
        };
        return Err(ExchangeError::Names {
            path: path.to_owned(),
            detail: format!(
                "`{called}`: of a recurrent module of PyTorch it holds the {there} but no `{lacks}…`"
            ),
        });
    };
    let kind = match gates(weight_hh, orientation) {
        Some(1) => NetworkKind::Rnn,
        Some(3) => NetworkKind::Gru,
        Some(4) => {
            return Err(unsupported(format!(
                "`{}` {:?}: its recurrent module is an nn.LSTM; {NO_LSTM}",
                shown_name(&weight_hh.name),
                weight_hh.shape
            )));
        }
        _ => {
            let advice = match gates(weight_hh, orientation.other()) {
                Some(_) => format!(
                    "; in the other order of axes it is: use --layout {}",
                    orientation.other().name()
                ),
                None => String::new(),
            };
            return Err(unsupported(format!(
                "`{}` is {:?}; expected [units, units] (nn.RNN) or [3 units, units] (nn.GRU){advice}",
                shown_name(&weight_hh.name),
                weight_hh.shape
            )));
        }
    };
    let (bias_ih, bias_hh) = (get(BIAS_IH), get(BIAS_HH));
    Ok(Some(Module { kind, weight_ih, weight_hh, bias_ih, bias_hh }))
}

const NO_LSTM: &str = "its cells have a state beside their activity, which none of this program's \
                       networks (RNN, GRU) has";

/// How many gates a matrix of recurrent weights has.
fn gates(weight: &Entry, orientation: Orientation) -> Option<u64> {
    let (out, into) = out_into(weight, orientation)?;
    (into > 0 && out % into == 0 && matches!(out / into, 1 | 3 | 4)).then(|| out / into)
}

impl<'e> Module<'e> {
    /// The module's name in PyTorch.
    pub(super) fn class(&self) -> &'static str {
        match self.kind {
            NetworkKind::Rnn => "nn.RNN",
            NetworkKind::Gru => "nn.GRU",
        }
    }

    /// The arrays that it has.
    pub(super) fn entries(&self) -> impl Iterator<Item = &'e Entry> {
        [Some(self.weight_ih), Some(self.weight_hh), self.bias_ih, self.bias_hh]
            .into_iter()
            .flatten()
    }

    /// What one of this program's recurrent tensors is the sum of, by its name.
    pub(super) fn sources(&self, tensor: &str) -> Option<Vec<Rows<'e>>> {
        const R: usize = 0;
        const Z: usize = 1;
        const N: usize = 2;
        let of = match self.kind {
            NetworkKind::Rnn => 1,
            NetworkKind::Gru => 3,
        };
        let rows = |entry, block| Rows { entry, block, of };
        let (ih, hh) = (self.bias_ih, self.bias_hh);
        let bias = |biases: &[Option<&'e Entry>], block| -> Vec<Rows<'e>> {
            biases.iter().flatten().map(|entry| rows(entry, block)).collect()
        };
        Some(match (self.kind, tensor) {
            (NetworkKind::Rnn, "w_in.weight") => vec![rows(self.weight_ih, 0)],
            (NetworkKind::Rnn, "w_rec.weight") => vec![rows(self.weight_hh, 0)],
            (NetworkKind::Rnn, "w_rec.bias") => bias(&[ih, hh], 0),
            (NetworkKind::Gru, "w_r.weight") => vec![rows(self.weight_ih, R)],
            (NetworkKind::Gru, "w_z.weight") => vec![rows(self.weight_ih, Z)],
            (NetworkKind::Gru, "w_h.weight") => vec![rows(self.weight_ih, N)],
            (NetworkKind::Gru, "u_r.weight") => vec![rows(self.weight_hh, R)],
            (NetworkKind::Gru, "u_z.weight") => vec![rows(self.weight_hh, Z)],
            (NetworkKind::Gru, "u_h.weight") => vec![rows(self.weight_hh, N)],
            (NetworkKind::Gru, "u_r.bias") => bias(&[ih, hh], R),
            (NetworkKind::Gru, "u_z.bias") => bias(&[ih, hh], Z),
            // The reset gate acts on the second of these alone.
            (NetworkKind::Gru, "w_h.bias") => bias(&[ih], N),
            (NetworkKind::Gru, "u_h.bias") => bias(&[hh], N),
            _ => return None,
        })
    }

    /// Makes the experiment's network this module, or refuses; says what was changed.
    ///
    /// # Errors
    /// [`ExchangeError::Settings`] if the experiment's network is of another kind or has a
    /// nonlinearity that the module cannot have.
    pub(super) fn settle(
        &self,
        path: &Path,
        experiment: &mut Experiment,
        notes: &mut Vec<String>,
    ) -> Result<(), ExchangeError> {
        let (class, called) = (self.class(), shown_name(&self.weight_hh.name));
        let refused = |reason: String| {
            Err(ExchangeError::Settings {
                path: path.to_owned(),
                reason: format!("`{called}`: its recurrent module is PyTorch's {class}: {reason}"),
            })
        };
        let dt_s = experiment.time.dt_s;
        let spec = &mut experiment.network;
        if spec.kind != self.kind {
            return refused(match self.kind {
                NetworkKind::Rnn => "set network.kind=rnn".to_owned(),
                NetworkKind::Gru => "set network.kind=gru".to_owned(),
            });
        }
        let mut set = Vec::new();
        if spec.tau_s != dt_s {
            set.push(format!("network.tau_s={dt_s} (= time.dt_s; it was {})", spec.tau_s));
            spec.tau_s = dt_s;
        }
        match self.kind {
            NetworkKind::Rnn => {
                let taken = match spec.activation {
                    Activation::Relu => "relu",
                    Activation::Tanh => "tanh",
                    _ => {
                        return refused(
                            "it has tanh or ReLU; set network.activation=tanh or \
                             network.activation=relu"
                                .to_owned(),
                        );
                    }
                };
                notes.push(format!(
                    "whether an nn.RNN has tanh (PyTorch's default) or ReLU cannot be seen in its \
                     weights; taken is network.activation={taken}, as the experiment says"
                ));
            }
            NetworkKind::Gru => {
                if spec.activation != Activation::Tanh {
                    set.push("network.activation=tanh".to_owned());
                    spec.activation = Activation::Tanh;
                }
                if spec.reset != Some(Reset::After) {
                    set.push("network.reset=after".to_owned());
                    spec.reset = Some(Reset::After);
                }
            }
        }
        let how = match set.len() {
            0 => String::new(),
            _ => format!("; set to run it exactly: {}", set.join(", ")),
        };
        let leak = match self.kind {
            NetworkKind::Rnn => "which has no leak",
            NetworkKind::Gru => "whose reset gate acts after the product",
        };
        notes.push(format!("`{called}`: PyTorch's {class}, {leak}{how}"));
        if let (Some(there), None) | (None, Some(there)) = (self.bias_ih, self.bias_hh) {
            notes.push(format!(
                "`{}` has no counterpart; the other bias of the module is zero",
                shown_name(&there.name)
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
