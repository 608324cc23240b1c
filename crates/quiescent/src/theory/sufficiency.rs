//! Do the paper's conditions hold together, so that they suffice? A criterion for each of them.
//!
//! The criteria were fixed before the families of networks were trained that look for such a region:
//! `docs/benchmarks/2026-11-28/sufficient.md`.

use std::f64::consts::SQRT_2;

use super::NetworkResult;

/// Least R² of the target by the readout.
const LEARNED: f64 = 0.9;
/// Least cosine of the update with the score, and of the readout's response with f′(s).
const COSINE: f64 = 0.8;
/// A slope or a gain may differ from 1 by this factor.
const FACTOR: f64 = 2.0;
/// Least part of the noise that the score removes.
const GREEDY: f64 = 0.8;
/// Least divergence of p from the uniform law, in nats.
const BIAS: f64 = 0.1;
/// Most predicted mixing times until the start is forgotten.
const FORGETS: f64 = 3.0;
/// Largest relative error of an exponent.
const EXPONENT: f64 = 0.25;

/// One condition for the theory to describe a trained network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Requirement {
    /// Short name: `temperature`.
    pub id: &'static str,
    /// What is asked, in words.
    pub asked: &'static str,
    /// Whether the estimate meets it; none if it was not measured.
    pub met: Option<bool>,
}

impl NetworkResult {
    /// Every condition, judged by the estimates.
    pub fn requirements(&self) -> Vec<Requirement> {
        let field = self.field.as_ref().ok();
        let near = field.and_then(|field| field.at_distance.first());
        let response = self.response.as_ref().ok();
        let mixing = self.mixing.as_ref().and_then(|mixing| mixing.as_ref().ok());
        let assumed = |id: &str, meets: &dyn Fn(f64) -> bool| {
            let found = self.assumptions.iter().find(|assumption| assumption.id == id)?;
            found.measured.as_ref().ok().map(|measured| meets(measured.value))
        };
        let at_most = |id: &str, most: f64| assumed(id, &|value| value <= most);
        let both = |a: Option<bool>, b: Option<bool>| Some(a? && b?);
        let about_one = |value: f64| (1.0 / FACTOR..=FACTOR).contains(&value);
        let row = |id, asked, met| Requirement { id, asked, met };
        vec![
            row(
                "learned",
                "R² of the target by the readout at least 0.9",
                assumed("near_optimal", &|value| value >= LEARNED),
            ),
            row(
                "small_steps",
                "curvature of the target over a step at most 0.1",
                at_most("small_steps", 0.1),
            ),
            row(
                "change",
                "the place explains at most 5 % of the variance of Δs",
                at_most("change_based_input", 0.05),
            ),
            row(
                "stationary",
                "the step of the trial explains at most 1 % of the variance of s, and of r",
                both(at_most("stationary_stimulus", 0.01), at_most("stationary_states", 0.01)),
            ),
            row(
                "score",
                "cosine of Δr₁ with the score at least 0.8, slope between 0.5 and 2",
                near.map(|at| at.cosine.value >= COSINE && about_one(at.slope.value)),
            ),
            row(
                "greedy",
                "Δr₁ removes at least 0.8 of the noise that the score removes",
                assumed("greedy", &|value| value >= GREEDY),
            ),
            row(
                "response",
                "cosine of the readout’s response with f′(s) at least 0.8, gain between 0.5 and 2",
                response.map(|response| {
                    response.readout_cosine.value >= COSINE
                        && about_one(response.readout_gain.value)
                }),
            ),
            row(
                "decomposable",
                "the displacement before explains at most 5 % of the variance of Δr₁",
                at_most("decomposable", 0.05),
            ),
            row(
                "bias",
                "p diverges from the uniform law by at least 0.1 nats",
                mixing.map(|mixing| mixing.non_uniformity.value >= BIAS),
            ),
            row(
                "forgets",
                "rest forgets its start within three predicted mixing times",
                mixing.map(|mixing| {
                    let found = mixing.forgetting_steps.as_ref().ok();
                    found.is_some_and(|steps| steps.value <= FORGETS * mixing.predicted_steps)
                }),
            ),
            row(
                "temperature",
                "from one point, β within 25 % of 2/κ² at κ = 1, √2 and 2",
                mixing.and_then(|mixing| {
                    [1.0, SQRT_2, 2.0].iter().try_fold(true, |all, &noise_ratio: &f64| {
                        let found = mixing.at(noise_ratio)?.exponent.value;
                        let relative = found * noise_ratio * noise_ratio / 2.0;
                        Some(all && (relative - 1.0).abs() <= EXPONENT)
                    })
                }),
            ),
        ]
    }

    /// Whether every condition is met.
    pub fn conditions_suffice(&self) -> bool {
        self.requirements().iter().all(|required| required.met == Some(true))
    }
}
