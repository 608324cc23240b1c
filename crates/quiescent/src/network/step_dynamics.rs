//! How the units of a shard get from one state to the next: by the equations of training, or with adaptation
//! and momentum.

use super::layer::Layer;
use crate::experiment::{AdaptationSpec, MomentumSpec, RestDynamics};
use crate::numerics::tiny::flushed;
use crate::numerics::vectorized;

/// The rule for the next state of a shard, with what is carried from step to step besides the units'
/// activity. States, blocks and files keep the width of the units.
#[derive(Debug, Clone)]
pub(crate) struct StepDynamics {
    adaptation: Option<Adaptation>,
    momentum: Option<Momentum>,
}

/// [`AdaptationSpec`] with the inhibition of every unit.
#[derive(Debug, Clone)]
struct Adaptation {
    strength: f32,
    /// Δt/τ_a.
    rate: f32,
    /// a, `[trial, unit]`.
    values: Vec<f32>,
}

/// [`MomentumSpec`] with the velocity of every unit.
#[derive(Debug, Clone)]
struct Momentum {
    /// 1−λ.
    kept: f32,
    /// v, `[trial, unit]`.
    velocity: Vec<f32>,
}

impl StepDynamics {
    /// The dynamics of training, which carry nothing.
    pub(crate) fn first_order() -> Self {
        Self { adaptation: None, momentum: None }
    }

    /// `dynamics` with steps of `dt_s` seconds, for `width` units of all trials together, at rest and without
    /// inhibition.
    pub(crate) fn new(dynamics: RestDynamics, dt_s: f64, width: usize) -> Self {
        let zeros = || vec![0.0; width];
        let adaptation = dynamics.adaptation.map(|AdaptationSpec { strength, tau_s }| Adaptation {
            strength: strength as f32,
            rate: (dt_s / tau_s) as f32,
            values: zeros(),
        });
        let momentum = dynamics.momentum.map(|MomentumSpec { friction, .. }| Momentum {
            kept: (1.0 - friction) as f32,
            velocity: zeros(),
        });
        Self { adaptation, momentum }
    }

    /// The inhibition of every unit, `[trial, unit]`; none without adaptation.
    pub(crate) fn adaptation(&self) -> Option<&[f32]> {
        self.adaptation.as_ref().map(|adaptation| &adaptation.values[..])
    }

    /// The same, to be set.
    pub(crate) fn adaptation_mut(&mut self) -> Option<&mut [f32]> {
        self.adaptation.as_mut().map(|adaptation| &mut adaptation.values[..])
    }

    /// The velocity of every unit, `[trial, unit]`; none without momentum.
    pub(crate) fn velocity(&self) -> Option<&[f32]> {
        self.momentum.as_ref().map(|momentum| &momentum.velocity[..])
    }

    /// The same, to be set.
    pub(crate) fn velocity_mut(&mut self) -> Option<&mut [f32]> {
        self.momentum.as_mut().map(|momentum| &mut momentum.velocity[..])
    }

    /// One step of all trials of the shard. `previous: [trial, unit]`; `input: [trial, input]`, or none for
    /// zero input; `next: [trial, unit]` holds the scaled noise on entry and r(t) on return.
    pub(crate) fn step(
        &mut self,
        layer: &dyn Layer,
        previous: &[f32],
        input: Option<&[f32]>,
        next: &mut [f32],
        scratch: &mut [f32],
    ) {
        layer.step(previous, input, self.adaptation(), next, None, scratch);
        if let Some(momentum) = &mut self.momentum {
            momentum.go_on(previous, next);
        }
        if let Some(adaptation) = &mut self.adaptation {
            adaptation.follow(next);
        }
    }
}

impl Adaptation {
    /// `a += (Δt/τ_a) (b r − a)`.
    fn follow(&mut self, states: &[f32]) {
        let Self { strength, rate, values } = self;
        vectorized(
            #[inline(always)]
            || {
                for (a, r) in values.iter_mut().zip(states) {
                    *a = flushed(rate.mul_add(strength.mul_add(*r, -*a), *a));
                }
            },
        );
    }
}

impl Momentum {
    /// `v = (1−λ) v + Δr`, `r = r(t−1) + v`, where `next` is the first-order r(t).
    fn go_on(&mut self, previous: &[f32], next: &mut [f32]) {
        let Self { kept, velocity } = self;
        vectorized(
            #[inline(always)]
            || {
                for ((next, previous), v) in next.iter_mut().zip(previous).zip(velocity.iter_mut())
                {
                    *v = flushed(kept.mul_add(*v, *next - previous));
                    *next = flushed(previous + *v);
                }
            },
        );
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::experiment::Experiment;
    use crate::network::Network;
    use crate::network::rollout::Rollout;

    /// A network of 8 units, with a start and the noise of 50 trials.
    fn network(overrides: &[&str]) -> Network {
        let experiment = Experiment::named("demo/head_direction/noisy_unbiased")
            .unwrap()
            .with_all(&[&["network.units=8", "task.cells.count=5"], overrides].concat());
        Network::untrained(&experiment.unwrap()).unwrap()
    }

    const TRIALS: usize = 50;
    const STEPS: usize = 90;
    const WIDTH: usize = TRIALS * 8;

    fn noise(at: usize) -> f32 {
        0.01 * ((at * 37 % 11) as f32 - 5.0)
    }

    fn start() -> Vec<f32> {
        (0..WIDTH).map(|i| (i % 7) as f32 / 7.0).collect()
    }

    /// All states of a rollout in blocks, `[step, trial, unit]`.
    fn rolled(network: &Network, dynamics: RestDynamics) -> Vec<f32> {
        let prepared = network.prepared();
        let weights = prepared.with(network.parameters());
        let mut dynamics = StepDynamics::new(dynamics, 0.1, WIDTH);
        let mut rollout = Rollout::from_states(weights, TRIALS, &start());
        let mut all = Vec::new();
        while all.len() < STEPS * WIDTH {
            let now = rollout.block_steps().min(STEPS - all.len() / WIDTH);
            let at = all.len();
            let fill = |out: &mut [f32]| {
                out.iter_mut().enumerate().for_each(|(i, out)| *out = noise(at + i));
            };
            all.extend_from_slice(rollout.advance(&mut dynamics, now, None, fill).0);
        }
        assert!(rollout.block_steps() < STEPS / 2, "more than one block");
        all
    }

    /// The equations as they are written, one unit at a time in double precision.
    fn plain(network: &Network, dynamics: RestDynamics) -> Vec<f64> {
        let (units, parameters) = (8, network.parameters());
        let of = |name: &str| -> Vec<f64> {
            parameters.named(name).unwrap().iter().map(|w| f64::from(*w)).collect()
        };
        let alpha = network.experiment().dt_over_tau();
        let times = |w: &[f64], x: &[f64]| -> Vec<f64> {
            w.chunks(units).map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
        };
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        // The network's own next state, without noise.
        let next = |r: &[f64], a: &[f64]| -> Vec<f64> {
            if parameters.named("w_rec.weight").is_some() {
                let u = times(&of("w_rec.weight"), r);
                return (0..units)
                    .map(|j| (1.0 - alpha) * r[j] + alpha * (u[j] - a[j]).max(0.0))
                    .collect();
            }
            let z: Vec<f64> = times(&of("u_z.weight"), r).into_iter().map(sigmoid).collect();
            let gate: Vec<f64> = times(&of("u_r.weight"), r).into_iter().map(sigmoid).collect();
            let seen: Vec<f64> = match network.experiment().network.reset {
                Some(crate::experiment::Reset::Before) => {
                    let gated: Vec<f64> = r.iter().zip(&gate).map(|(r, g)| r * g).collect();
                    times(&of("u_h.weight"), &gated)
                }
                _ => times(&of("u_h.weight"), r).iter().zip(&gate).map(|(s, g)| s * g).collect(),
            };
            (0..units)
                .map(|j| r[j] + alpha * (1.0 - z[j]) * ((seen[j] - a[j]).tanh() - r[j]))
                .collect()
        };
        let mut out = vec![0.0; STEPS * WIDTH];
        for trial in 0..TRIALS {
            let place = |step: usize| (step * TRIALS + trial) * units;
            let mut r: Vec<f64> =
                start()[place(0)..][..units].iter().map(|r| f64::from(*r)).collect();
            let (mut a, mut v) = (vec![0.0; units], vec![0.0; units]);
            for step in 0..STEPS {
                let moved = next(&r, &a);
                for j in 0..units {
                    let mut new = moved[j] + f64::from(noise(place(step) + j));
                    if let Some(momentum) = dynamics.momentum {
                        v[j] = (1.0 - momentum.friction) * v[j] + (new - r[j]);
                        new = r[j] + v[j];
                    }
                    if let Some(adaptation) = dynamics.adaptation {
                        a[j] += 0.1 / adaptation.tau_s * (adaptation.strength * new - a[j]);
                    }
                    r[j] = new;
                    out[place(step) + j] = new;
                }
            }
        }
        out
    }

    const ADAPTATION: Option<AdaptationSpec> = Some(AdaptationSpec { strength: 0.7, tau_s: 1.3 });
    const MOMENTUM: Option<MomentumSpec> =
        Some(MomentumSpec { friction: 0.4, keep_temperature: false });

    #[test]
    fn every_kind_of_network_moves_as_the_equations_say() {
        const GRU: [&str; 2] = ["network.kind=gru", "network.activation=tanh"];
        let kinds: [&[&str]; 3] = [&[], &GRU, &[GRU[0], GRU[1], "network.reset=after"]];
        for (kind, momentum, adaptation) in kinds.iter().flat_map(|kind| {
            [(None, None), (MOMENTUM, None), (None, ADAPTATION), (MOMENTUM, ADAPTATION)]
                .map(|(momentum, adaptation)| (kind, momentum, adaptation))
        }) {
            let network = network(kind);
            let dynamics = RestDynamics { adaptation, momentum, tau_s: None };
            let (found, expected) = (rolled(&network, dynamics), plain(&network, dynamics));
            let largest = found
                .iter()
                .zip(&expected)
                .map(|(found, expected)| (f64::from(*found) - expected).abs())
                .fold(0.0, f64::max);
            assert!(largest < 2e-5, "{kind:?} {dynamics:?}: {largest}");
        }
    }

    #[test]
    fn without_adaptation_and_momentum_it_is_first_order_to_the_bit() {
        let network = network(&[]);
        let prepared = network.prepared();
        let layer = prepared.with(network.parameters()).layer;
        let mut scratch = vec![0.0; TRIALS * layer.scratch_per_trial()];
        let (mut state, mut expected) = (start(), Vec::new());
        for step in 0..STEPS {
            let mut next: Vec<f32> = (0..WIDTH).map(|i| noise(step * WIDTH + i)).collect();
            layer.step(&state, None, None, &mut next, None, &mut scratch);
            expected.extend_from_slice(&next);
            state = next;
        }
        assert_eq!(rolled(&network, RestDynamics::FIRST_ORDER), expected);
        // Full friction leaves no velocity to add, and no strength nothing to subtract, to rounding.
        let dynamics = RestDynamics {
            adaptation: Some(AdaptationSpec { strength: 0.0, tau_s: 1.0 }),
            momentum: Some(MomentumSpec { friction: 1.0, keep_temperature: true }),
            tau_s: None,
        };
        let found = rolled(&network, dynamics);
        let largest = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(largest < 1e-5, "{largest}");
        let adapted = RestDynamics { adaptation: ADAPTATION, ..RestDynamics::FIRST_ORDER };
        assert!(rolled(&network, adapted) != expected);
    }
}
