//! Translates a merged and resolved reference configuration into the tree of an own experiment.
//!
//! Every value keeps the place where its upstream value was written, so that an error names that file
//! and line.

use std::fmt::Display;

use serde::de::DeserializeOwned;

use super::super::text::deserialize::from_node_under;
use super::super::text::node::{Node, Scalar, Value};
use super::super::{PlaceCellsSpec, SpecError};
use super::keys::Task;
use crate::experiment::place::Place;

/// The tree of the equivalent experiment.
pub(super) fn translate(config: &str, task: Task, upstream: &Node) -> Result<Node, SpecError> {
    task.refuse_unknown(upstream)?;
    let read = Reader { tree: upstream };
    let mut own = Node::empty_map(Place::Unwritten);
    let about =
        Value::Scalar { text: format!("The reference configuration {config}"), quoted: true };
    own.set(&["about"], Node { value: about, place: Place::Unwritten });
    read.ignored()?;
    match task {
        Task::Spatial => spatial(read, &mut own)?,
        Task::HeadDirection => head_direction(read, &mut own)?,
    }
    for (upstream_key, own_key) in task.pairs() {
        // The other keys are no copies: they were set, or omitted, on purpose.
        let copied = !matches!(
            upstream_key,
            "rnn.model" | "rnn.tau" | "rnn.sigma2_in" | "rnn.sigma2_rec" | "rnn.sigma2_out"
        ) && !own_key.starts_with("task.drift.");
        if copied {
            put(&mut own, own_key, read.get(upstream_key)?.clone());
        }
    }
    network(read, &mut own)?;
    Ok(own)
}

fn put(own: &mut Node, key: &str, node: Node) {
    let path: Vec<&str> = key.split('.').collect();
    own.set(&path, node);
}

fn spatial(read: Reader, own: &mut Node) -> Result<(), SpecError> {
    put(own, "task.kind", word("spatial", read.tree));
    read.whole("rnn.n_in", 2, "2: the displacement along x and y")?;
    let drift = if read.value("task.biased")? {
        let mut drift = Node::empty_map(read.get("task.biased")?.place.clone());
        put(&mut drift, "toward_m", read.get("task.anchor_point")?.clone());
        put(&mut drift, "fraction_per_step", read.get("task.drift_const")?.clone());
        drift
    } else {
        word("null", read.tree)
    };
    put(own, "task.drift", drift);

    let cells = read.get("task.use_place_cells")?;
    let (tuning, targets) = if read.value("task.use_place_cells")? {
        let tuning = if read.value("task.place_cells_dog")? {
            let key = "task.place_cells_surround_scale";
            let allowed = "2 (width of the surround, in widths of the centre)";
            read.only(key, allowed, |scale: f64| scale == PlaceCellsSpec::SURROUND)?;
            "difference_of_gaussians"
        } else {
            "normalized_gaussian"
        };
        (tuning, read.value("task.place_cells_num")?)
    } else {
        if read.value("task.place_cells_dog")? {
            return Err(read.refuse("task.place_cells_dog", "false where task.use_place_cells is"));
        }
        ("position", 2)
    };
    put(own, "task.cells.tuning", word(tuning, cells));
    read.targets(targets)
}

fn head_direction(read: Reader, own: &mut Node) -> Result<(), SpecError> {
    put(own, "task.kind", word("head_direction", read.tree));
    read.whole("rnn.n_in", 1, "1: the turn")?;
    read.only("task.init_hd", "uniform", |start: String| start == "uniform")?;
    read.only("task.use_hd_cells", "true: a heading is always read from cells", |used: bool| used)?;
    let biased = read.get("task.biased")?;
    let direction = if read.value("task.biased")? { "counterclockwise" } else { "both" };
    put(own, "task.motion.direction", word(direction, biased));
    read.targets(read.value("task.hd_cells_num")?)
}

fn network(read: Reader, own: &mut Node) -> Result<(), SpecError> {
    let model = read.get("rnn.model")?;
    let kind = match read.value::<String>("rnn.model")?.as_str() {
        "vanilla" => "rnn",
        "gru" => "gru",
        _ => return Err(read.refuse("rnn.model", "vanilla or gru")),
    };
    put(own, "network.kind", word(kind, model));

    // Their network counts time in units of its own: the fraction of the way to its input that a
    // unit goes in one step is what both have in common.
    let dt_s = read.positive("task.dt")?;
    let fraction = read.positive("rnn.dt")? / read.positive("rnn.tau")?;
    let tau_s = number(fifteen_digits(dt_s / fraction), read.get("rnn.tau")?);
    put(own, "network.tau_s", tau_s);

    for (upstream, own_name) in [
        ("rnn.sigma2_rec", "network.noise"),
        ("rnn.sigma2_in", "network.input_noise"),
        ("rnn.sigma2_out", "network.output_noise"),
    ] {
        let variance: f64 = read.value(upstream)?;
        if !(variance >= 0.0 && variance.is_finite()) {
            return Err(read.refuse(upstream, "0 or more: the variance of one step"));
        }
        // Without noise the law says nothing.
        let law = if variance == 0.0 { "gaussian" } else { "uniform01" };
        let node = read.get(upstream)?;
        put(own, &format!("{own_name}.sigma"), number(variance.sqrt() / dt_s.sqrt(), node));
        put(own, &format!("{own_name}.distribution"), word(law, node));
    }
    Ok(())
}

/// A quotient of decimal numbers, without what binary division adds: 0.02 / 0.2 is 0.1.
fn fifteen_digits(value: f64) -> f64 {
    format!("{value:.14e}").parse().unwrap_or(value)
}

/// An own value that follows from the upstream one at `from`.
fn word(text: &str, from: &Node) -> Node {
    Node::scalar(text, from.place.clone())
}

fn number(value: f64, from: &Node) -> Node {
    Node::scalar(format!("{value:?}"), from.place.clone())
}

/// Reads their values.
#[derive(Clone, Copy)]
struct Reader<'a> {
    tree: &'a Node,
}

impl<'a> Reader<'a> {
    fn get(self, key: &str) -> Result<&'a Node, SpecError> {
        let node = self.tree.find(key).ok_or_else(|| {
            let section = key.split_once('.').and_then(|(section, _)| self.tree.get(section));
            SpecError::MissingKey {
                place: section.unwrap_or(self.tree).place.clone(),
                key: key.to_owned(),
                expected: format!("no layer gives it; add it to base.yml, or `{key}=…`"),
            }
        })?;
        // The reference code's YAML reads 010 as 8, this program's as 10.
        if let (Some(Scalar::Integer(_)), Value::Scalar { text, .. }) =
            (node.as_scalar(), &node.value)
            && text.trim_start_matches(['-', '+']).starts_with('0')
            && text.trim_start_matches(['-', '+', '0']).starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(self.refuse_node(key, node, "a number without leading zeros"));
        }
        Ok(node)
    }

    fn value<T: DeserializeOwned>(self, key: &str) -> Result<T, SpecError> {
        from_node_under(self.get(key)?, key)
    }

    fn positive(self, key: &str) -> Result<f64, SpecError> {
        self.only(key, "a number above 0", |value: f64| value > 0.0 && value.is_finite())
    }

    /// A value of which we have only some.
    fn only<T: DeserializeOwned + Clone>(
        self,
        key: &str,
        allowed: &str,
        is_allowed: impl Fn(T) -> bool,
    ) -> Result<T, SpecError> {
        let value: T = self.value(key)?;
        if is_allowed(value.clone()) { Ok(value) } else { Err(self.refuse(key, allowed)) }
    }

    fn whole(self, key: &str, wanted: u64, allowed: &str) -> Result<(), SpecError> {
        self.only(key, allowed, |value: u64| value == wanted).map(|_| ())
    }

    /// The sizes that follow from the number of target values.
    fn targets(self, targets: u64) -> Result<(), SpecError> {
        for key in ["rnn.n_out", "rnn.n_init"] {
            self.whole(key, targets, &format!("{targets}, the number of target values"))?;
        }
        Ok(())
    }

    /// What has no meaning here, or only one.
    fn ignored(self) -> Result<(), SpecError> {
        if self.tree.get("path").is_some() {
            self.value::<String>("path")?;
        }
        if self.tree.find("trainer.compute_all_metrics").is_some() {
            self.value::<bool>("trainer.compute_all_metrics")?;
        }
        self.only("task.mu", "0: turns have no mean", |mu: f64| mu == 0.0)?;
        self.only(
            "trainer.weight_decay",
            "0: theirs is added to the gradient, and training.weight_decay here is decoupled \
             (AdamW's); give that one instead",
            |decay: f64| decay == 0.0,
        )?;
        Ok(())
    }

    fn refuse(self, key: &str, allowed: impl Display) -> SpecError {
        match self.get(key) {
            Ok(node) => self.refuse_node(key, node, allowed),
            Err(missing) => missing,
        }
    }

    fn refuse_node(self, key: &str, node: &Node, allowed: impl Display) -> SpecError {
        SpecError::NoEquivalent {
            place: node.place.clone(),
            key: key.to_owned(),
            given: node.describe(),
            allowed: allowed.to_string(),
        }
    }
}
