//! Where the reference code departs from this program, for one experiment.

use super::super::{Experiment, NetworkKind, NoiseDistribution, TaskSpec, Tuning};

/// What a reader of the translated experiment should know, one sentence or two each.
pub(super) fn notes(experiment: &Experiment) -> Vec<String> {
    let mut notes = Vec::new();
    let network = &experiment.network;
    let noises = [
        ("network.noise", &network.noise),
        ("network.input_noise", &network.input_noise),
        ("network.output_noise", &network.output_noise),
    ];
    let noisy = noises.iter().any(|(_, noise)| noise.sigma > 0.0);
    let uniform: Vec<String> = noises
        .iter()
        .filter(|(_, noise)| {
            noise.sigma > 0.0 && noise.distribution == NoiseDistribution::Uniform01
        })
        .map(|(name, _)| format!("{name}.distribution=gaussian"))
        .collect();
    if !uniform.is_empty() {
        notes.push(format!(
            "Noise: the reference code draws from [0, 1), which the experiment keeps; the paper \
             states a Gaussian law: {}.",
            uniform.join(" ")
        ));
    }
    if noisy {
        notes.push(
            "Noise: theirs has one amplitude per step whatever its length; here sigma is per √s, \
             and is the same only as long as time.dt_s stays as it is."
                .to_owned(),
        );
    }
    match &experiment.task {
        TaskSpec::Spatial(spec) => {
            notes.push(
                "Decoding error: theirs is a mean squared distance, here it is a mean distance \
                 in m."
                    .to_owned(),
            );
            notes.push(
                "Divergences: theirs are clipped, and their uniform yardstick is a density on a \
                 line; here neither."
                    .to_owned(),
            );
            if matches!(spec.cells.tuning, Tuning::DifferenceOfGaussians | Tuning::Position) {
                notes.push(
                    "Targets: the reference code stops with an error for these; there is nothing \
                     to compare with."
                        .to_owned(),
                );
            }
        }
        TaskSpec::HeadDirection(_) => {
            notes.push(
                "Cells: theirs prefer equally spaced headings from −π to π with both ends, which \
                 are one heading; here no heading is taken twice."
                    .to_owned(),
            );
            notes.push(
                "Decoding error: theirs is linear, so that headings on either side of π are far \
                 apart; here it is circular, in rad."
                    .to_owned(),
            );
        }
    }
    notes.push(match network.kind {
        NetworkKind::Rnn => {
            "Quiescent phase: their training files do not describe it; this is the \
                             paper's: encoded starts, doubled variance."
                .to_owned()
        }
        NetworkKind::Gru => {
            "Quiescent phase: their training files do not describe it; this is the \
                             paper's for GRUs: encoded starts, the active noise."
                .to_owned()
        }
    });
    notes
}
