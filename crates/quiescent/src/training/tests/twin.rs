//! A plain double-precision twin of rollout, loss, gradient and Adam: nested loops, one unit at a
//! time, straight from the equations.

#![allow(clippy::needless_range_loop, reason = "indices read like the equations")]
use crate::experiment::Activation;
use std::collections::BTreeMap;

pub(super) type Tensors = BTreeMap<String, Vec<f64>>;

pub(super) struct Problem {
    pub trials: usize,
    pub steps: usize,
    pub units: usize,
    pub inputs: usize,
    pub targets: usize,
    pub alpha: f64,
    pub activation: Activation,
    /// `[trial, step, input]`.
    pub input: Vec<f64>,
    /// `[trial, target]`.
    pub start: Vec<f64>,
    /// `[trial, step, target]`.
    pub target: Vec<f64>,
    /// `[trial, step, unit]`, already scaled.
    pub noise: Vec<f64>,
}

pub(super) struct Outcome {
    /// `[trial, step + 1, unit]`.
    pub states: Vec<f64>,
    /// `[trial, step, target]`.
    pub outputs: Vec<f64>,
    pub loss: f64,
    pub gradient: Tensors,
}

fn act(activation: Activation, u: f64) -> (f64, f64) {
    match activation {
        Activation::Relu => (u.max(0.0), if u > 0.0 { 1.0 } else { 0.0 }),
        Activation::Tanh => (u.tanh(), 1.0 - u.tanh() * u.tanh()),
        Activation::Sigmoid => {
            let a = 1.0 / (1.0 + (-u).exp());
            (a, a * (1.0 - a))
        }
        Activation::Identity => (u, 1.0),
    }
}

fn at(tensors: &Tensors, name: &str, index: usize) -> f64 {
    tensors.get(name).map_or(0.0, |tensor| tensor[index])
}

impl Problem {
    pub(super) fn solve(&self, p: &Tensors) -> Outcome {
        let Self { trials, steps, units, inputs, targets, alpha, .. } = *self;
        let (w_in, w_rec) = (&p["w_in.weight"], &p["w_rec.weight"]);
        let (encoder, w_out) = (&p["encoder.weight"], &p["w_out.weight"]);
        let terms = (trials * steps * targets) as f64;
        let mut gradient: Tensors =
            p.iter().map(|(name, tensor)| (name.clone(), vec![0.0; tensor.len()])).collect();
        let mut add = |name: &str, index: usize, value: f64| {
            if let Some(tensor) = gradient.get_mut(name) {
                tensor[index] += value;
            }
        };
        let (mut all_states, mut all_outputs, mut loss) = (Vec::new(), Vec::new(), 0.0);
        for b in 0..trials {
            let start = &self.start[b * targets..(b + 1) * targets];
            let mut states = vec![vec![0.0; units]; steps + 1];
            let mut slopes = vec![vec![0.0; units]; steps];
            for i in 0..units {
                states[0][i] = at(p, "encoder.bias", i);
                for k in 0..targets {
                    states[0][i] += encoder[i * targets + k] * start[k];
                }
            }
            for t in 0..steps {
                for i in 0..units {
                    let mut u = at(p, "w_rec.bias", i);
                    for j in 0..units {
                        u += w_rec[i * units + j] * states[t][j];
                    }
                    for k in 0..inputs {
                        u += w_in[i * inputs + k] * self.input[(b * steps + t) * inputs + k];
                    }
                    let (a, slope) = act(self.activation, u);
                    slopes[t][i] = slope;
                    states[t + 1][i] = (1.0 - alpha) * states[t][i]
                        + alpha * a
                        + self.noise[(b * steps + t) * units + i];
                }
            }
            let mut g = vec![0.0; units];
            let mut outputs = vec![0.0; steps * targets];
            for t in (0..steps).rev() {
                // Here g is what step t+1 passed down to r(t+1).
                for k in 0..targets {
                    let mut o = at(p, "w_out.bias", k);
                    for i in 0..units {
                        o += w_out[k * units + i] * states[t + 1][i];
                    }
                    outputs[t * targets + k] = o;
                    let difference = o - self.target[(b * steps + t) * targets + k];
                    loss += difference * difference / terms;
                    let d = 2.0 * difference / terms;
                    add("w_out.bias", k, d);
                    for i in 0..units {
                        g[i] += w_out[k * units + i] * d;
                        add("w_out.weight", k * units + i, d * states[t + 1][i]);
                    }
                }
                let delta: Vec<f64> = (0..units).map(|i| alpha * g[i] * slopes[t][i]).collect();
                for i in 0..units {
                    add("w_rec.bias", i, delta[i]);
                    for k in 0..inputs {
                        let x = self.input[(b * steps + t) * inputs + k];
                        add("w_in.weight", i * inputs + k, delta[i] * x);
                    }
                    for j in 0..units {
                        add("w_rec.weight", i * units + j, delta[i] * states[t][j]);
                    }
                }
                for j in 0..units {
                    g[j] *= 1.0 - alpha;
                    for i in 0..units {
                        g[j] += w_rec[i * units + j] * delta[i];
                    }
                }
            }
            for i in 0..units {
                add("encoder.bias", i, g[i]);
                for k in 0..targets {
                    add("encoder.weight", i * targets + k, g[i] * start[k]);
                }
            }
            all_states.extend(states.into_iter().flatten());
            all_outputs.extend(outputs);
        }
        Outcome { states: all_states, outputs: all_outputs, loss, gradient }
    }

    /// Parameters after `count` Adam steps on this same problem.
    pub(super) fn adam(&self, start: &Tensors, count: u32, learning_rate: f64) -> Tensors {
        let mut p = start.clone();
        let zeros = || start.iter().map(|(n, t)| (n.clone(), vec![0.0; t.len()])).collect();
        let (mut m, mut v): (Tensors, Tensors) = (zeros(), zeros());
        for step in 1..=count {
            let gradient = self.solve(&p).gradient;
            for (name, values) in &mut p {
                for (i, value) in values.iter_mut().enumerate() {
                    let g = gradient[name][i];
                    let m = &mut m.get_mut(name).unwrap()[i];
                    let v = &mut v.get_mut(name).unwrap()[i];
                    *m = 0.9 * *m + 0.1 * g;
                    *v = 0.999 * *v + 0.001 * g * g;
                    let root = (*v / (1.0 - 0.999f64.powi(step as i32))).sqrt();
                    *value -= learning_rate * *m / (1.0 - 0.9f64.powi(step as i32)) / (root + 1e-8);
                }
            }
        }
        p
    }
}
