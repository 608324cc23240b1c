//! The keys of the reference configurations, and the own key that corresponds to each.

use super::super::text::node::Node;
use super::super::{SpecError, nearest};
use super::layers::{OWN, is_own};
use crate::experiment::place::{Place, shorten};

/// The task whose folder an experiment lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Spatial,
    HeadDirection,
}

/// An upstream key and the own key that it sets; empty where no single key corresponds.
type Pair = (&'static str, &'static str);

/// Keys of every experiment.
const SHARED: &[Pair] = &[
    ("config", ""),
    ("seed", "seed"),
    ("path", ""),
    ("rnn.model", "network.kind"),
    ("rnn.n_in", ""),
    ("rnn.n_rec", "network.units"),
    ("rnn.n_out", ""),
    ("rnn.n_init", ""),
    ("rnn.sigma2_in", "network.input_noise.sigma"),
    ("rnn.sigma2_rec", "network.noise.sigma"),
    ("rnn.sigma2_out", "network.output_noise.sigma"),
    ("rnn.dt", ""),
    ("rnn.tau", "network.tau_s"),
    ("rnn.bias", "network.biases"),
    ("rnn.activation_fn", "network.activation"),
    ("task.biased", ""),
    ("task.dt", "time.dt_s"),
    ("task.mu", ""),
    ("task.sigma", "task.motion.turn_sd_rad_per_s"),
    ("task.sequence_length", "time.steps"),
    ("task.batch_size", "training.trials"),
    ("trainer.n_epochs", "training.batches"),
    ("trainer.lr", "training.learning_rate"),
    ("trainer.weight_decay", ""),
    ("trainer.compute_all_metrics", ""),
    ("trainer.test_freq", "training.test_every"),
    ("trainer.save_freq", "training.checkpoint_every"),
];

const SPATIAL: &[Pair] = &[
    ("task.box_width", "task.box.width_m"),
    ("task.box_height", "task.box.height_m"),
    ("task.border_region", "task.box.border_m"),
    ("task.border_slow_factor", "task.box.border_slowdown"),
    ("task.init_pos", "task.motion.start"),
    ("task.drift_const", "task.drift.fraction_per_step"),
    ("task.anchor_point", "task.drift.toward_m"),
    ("task.b", "task.motion.speed_scale_m_per_s"),
    ("task.use_place_cells", ""),
    ("task.place_cells_num", "task.cells.count"),
    ("task.place_cells_sigma", "task.cells.width_m"),
    ("task.place_cells_dog", ""),
    ("task.place_cells_surround_scale", ""),
];

const HEAD_DIRECTION: &[Pair] = &[
    ("task.init_hd", ""),
    ("task.use_hd_cells", ""),
    ("task.hd_cells_num", "task.cells.count"),
    ("task.hd_cells_angular_spread", "task.cells.width_rad"),
];

impl Task {
    /// Folder names of the tasks.
    const FOLDERS: [&'static str; 2] = ["spatial_navigation", "head_direction"];

    /// The task of an experiment TASK/NAME; `place` is where its name was given.
    pub(super) fn of(config: &str, place: &Place) -> Result<Self, SpecError> {
        let folder = config.rsplit_once('/').map_or("", |(folder, _)| folder);
        match folder.rsplit('/').next() {
            Some("spatial_navigation") => Ok(Self::Spatial),
            Some("head_direction") => Ok(Self::HeadDirection),
            _ => Err(SpecError::UnknownChoice {
                place: place.clone(),
                key: "config: the task's folder".to_owned(),
                given: shorten(folder),
                suggestion: nearest(folder, Self::FOLDERS).map(str::to_owned),
                allowed: Self::FOLDERS.map(str::to_owned).into(),
            }),
        }
    }

    fn keys(self) -> impl Iterator<Item = Pair> {
        let own = match self {
            Self::Spatial => SPATIAL,
            Self::HeadDirection => HEAD_DIRECTION,
        };
        SHARED.iter().chain(own).copied()
    }

    /// Upstream keys that set an own key directly.
    pub(super) fn pairs(self) -> impl Iterator<Item = Pair> {
        self.keys().filter(|(_, own)| !own.is_empty())
    }

    /// Refuses keys that the reference code does not read.
    pub(super) fn refuse_unknown(self, tree: &Node) -> Result<(), SpecError> {
        for entry in tree.entries().unwrap_or(&[]) {
            let section = format!("{}.", entry.key);
            let below: Vec<&str> =
                self.keys().filter_map(|(key, _)| key.strip_prefix(&section)).collect();
            if below.is_empty() {
                let mut roots: Vec<&str> =
                    SHARED.iter().filter_map(|(key, _)| key.split('.').next()).collect();
                roots.dedup();
                roots.extend(OWN);
                known(&entry.key, "", &entry.place, &roots, || {
                    let root = format!(".{}", entry.key);
                    self.keys().map(|(key, _)| key).find(|key| key.ends_with(&root))
                })?;
                continue;
            }
            let Some(entries) = entry.node.entries() else {
                return Err(SpecError::WrongType {
                    place: entry.place.clone(),
                    key: entry.key.clone(),
                    expected: format!("a map (of {})", below.join(", ")),
                    found: entry.node.describe(),
                });
            };
            for key in entries {
                known(&key.key, &section, &key.place, &below, || None)?;
            }
        }
        Ok(())
    }

    /// Restates an error about an own key in upstream terms, unless the user gave the own key.
    pub(super) fn in_upstream_terms(self, mut error: SpecError) -> SpecError {
        let (SpecError::UnknownChoice { place, key, .. }
        | SpecError::WrongType { place, key, .. }
        | SpecError::OutOfRange { place, key, .. }) = &mut error
        else {
            return error;
        };
        if matches!(place, Place::Override(text) if is_own(text)) {
            return error;
        }
        // `task.drift.toward_m[1]` is the key `task.drift.toward_m`.
        let whole = key.split('[').next().unwrap_or_default();
        if let Some((upstream, own)) = self.pairs().find(|(_, own)| *own == whole)
            && upstream != own
        {
            *key = format!("{upstream} (here {key})");
        }
        error
    }
}

/// Refuses a key that is not among `allowed`; `elsewhere` may know where it belongs.
fn known(
    key: &str,
    section: &str,
    place: &Place,
    allowed: &[&str],
    elsewhere: impl FnOnce() -> Option<&'static str>,
) -> Result<(), SpecError> {
    if allowed.contains(&key) {
        return Ok(());
    }
    Err(SpecError::UnknownKey {
        place: place.clone(),
        key: format!("{section}{}", shorten(key)),
        suggestion: elsewhere()
            .or_else(|| nearest(key, allowed.iter().copied()))
            .map(str::to_owned),
        allowed: allowed.iter().map(|&key| key.to_owned()).collect(),
    })
}
