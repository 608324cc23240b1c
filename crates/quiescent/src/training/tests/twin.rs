//! A plain double-precision twin of rollout, loss, gradient and Adam: nested loops, one unit at a
//! time, straight from the equations.

#![allow(clippy::needless_range_loop, reason = "indices read like the equations")]
use crate::experiment::{Activation, NetworkKind, Reset};
use std::collections::BTreeMap;

pub(super) type Tensors = BTreeMap<String, Vec<f64>>;

pub(super) struct Problem {
    pub kind: NetworkKind,
    /// For GRUs only.
    pub reset: Reset,
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

/// Layers of the input and recurrent weights of each gate.
const RNN: [&str; 2] = ["w_in", "w_rec"];
const UPDATE: [&str; 2] = ["w_z", "u_z"];
const RESET: [&str; 2] = ["w_r", "u_r"];
const CANDIDATE: [&str; 2] = ["w_h", "u_h"];

fn at(tensors: &Tensors, name: &str, index: usize) -> f64 {
    tensors.get(name).map_or(0.0, |tensor| tensor[index])
}

impl Problem {
    pub(super) fn solve(&self, p: &Tensors) -> Outcome {
        let Self { trials, steps, units, inputs, targets, .. } = *self;
        let readout = self.readout();
        let (w_out_name, w_out_bias) = (format!("{readout}.weight"), format!("{readout}.bias"));
        let (encoder, w_out) = (&p["encoder.weight"], &p[&w_out_name]);
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
            for i in 0..units {
                states[0][i] = at(p, "encoder.bias", i);
                for k in 0..targets {
                    states[0][i] += encoder[i * targets + k] * start[k];
                }
            }
            let input =
                |t: usize| &self.input[(b * steps + t) * inputs..(b * steps + t + 1) * inputs];
            for t in 0..steps {
                let next = match self.kind {
                    NetworkKind::Rnn => self.rnn_step(p, &states[t], input(t)),
                    NetworkKind::Gru if self.reset == Reset::After => {
                        self.gru_after_step(p, &states[t], input(t))
                    }
                    NetworkKind::Gru => self.gru_step(p, &states[t], input(t)),
                };
                for i in 0..units {
                    states[t + 1][i] = next[i] + self.noise[(b * steps + t) * units + i];
                }
            }
            let mut g = vec![0.0; units];
            let mut outputs = vec![0.0; steps * targets];
            for t in (0..steps).rev() {
                // Here g is the gradient from step t+1 to r(t+1).
                for k in 0..targets {
                    let mut o = at(p, &w_out_bias, k);
                    for i in 0..units {
                        o += w_out[k * units + i] * states[t + 1][i];
                    }
                    outputs[t * targets + k] = o;
                    let difference = o - self.target[(b * steps + t) * targets + k];
                    loss += difference * difference / terms;
                    let d = 2.0 * difference / terms;
                    add(&w_out_bias, k, d);
                    for i in 0..units {
                        g[i] += w_out[k * units + i] * d;
                        add(&w_out_name, k * units + i, d * states[t + 1][i]);
                    }
                }
                g = match self.kind {
                    NetworkKind::Rnn => self.rnn_adjoint(p, &states[t], input(t), &g, &mut add),
                    NetworkKind::Gru if self.reset == Reset::After => {
                        self.gru_after_adjoint(p, &states[t], input(t), &g, &mut add)
                    }
                    NetworkKind::Gru => self.gru_adjoint(p, &states[t], input(t), &g, &mut add),
                };
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

    fn readout(&self) -> &'static str {
        match self.kind {
            NetworkKind::Rnn => "w_out",
            NetworkKind::Gru => "decoder",
        }
    }

    /// `W x + U h + b`, where the bias belongs to U.
    fn drive(&self, p: &Tensors, [w, u]: [&str; 2], x: &[f64], h: &[f64]) -> Vec<f64> {
        let (w, bias) = (&p[&format!("{w}.weight")], format!("{u}.bias"));
        let u = &p[&format!("{u}.weight")];
        let row = |i: usize| {
            let seen: f64 = (0..h.len()).map(|j| u[i * h.len() + j] * h[j]).sum();
            let moved: f64 = (0..x.len()).map(|k| w[i * x.len() + k] * x[k]).sum();
            at(p, &bias, i) + seen + moved
        };
        (0..self.units).map(row).collect()
    }

    /// Adds the gradients of W, U and b; returns Uᵀ δ.
    fn undo_drive(
        &self,
        p: &Tensors,
        [w, u]: [&str; 2],
        [x, h, delta]: [&[f64]; 3],
        add: &mut impl FnMut(&str, usize, f64),
    ) -> Vec<f64> {
        let (w, weight, bias) = (format!("{w}.weight"), format!("{u}.weight"), format!("{u}.bias"));
        let u = &p[&weight];
        let mut passed = vec![0.0; h.len()];
        for i in 0..delta.len() {
            add(&bias, i, delta[i]);
            for k in 0..x.len() {
                add(&w, i * x.len() + k, delta[i] * x[k]);
            }
            for j in 0..h.len() {
                add(&weight, i * h.len() + j, delta[i] * h[j]);
                passed[j] += u[i * h.len() + j] * delta[i];
            }
        }
        passed
    }

    fn rnn_step(&self, p: &Tensors, h: &[f64], x: &[f64]) -> Vec<f64> {
        let u = self.drive(p, RNN, x, h);
        (0..self.units)
            .map(|i| (1.0 - self.alpha) * h[i] + self.alpha * act(self.activation, u[i]).0)
            .collect()
    }

    fn rnn_adjoint(
        &self,
        p: &Tensors,
        h: &[f64],
        x: &[f64],
        g: &[f64],
        add: &mut impl FnMut(&str, usize, f64),
    ) -> Vec<f64> {
        let u = self.drive(p, RNN, x, h);
        let delta: Vec<f64> =
            (0..self.units).map(|i| self.alpha * g[i] * act(self.activation, u[i]).1).collect();
        let passed = self.undo_drive(p, RNN, [x, h, &delta], add);
        (0..self.units).map(|i| (1.0 - self.alpha) * g[i] + passed[i]).collect()
    }

    /// Update gate, reset gate and r ⊙ h.
    fn gates(&self, p: &Tensors, h: &[f64], x: &[f64]) -> [Vec<f64>; 3] {
        let open = |names: [&str; 2]| -> Vec<f64> {
            let drive = self.drive(p, names, x, h);
            drive.into_iter().map(|u| act(Activation::Sigmoid, u).0).collect()
        };
        let (z, r) = (open(UPDATE), open(RESET));
        let seen = (0..self.units).map(|i| r[i] * h[i]).collect();
        [z, r, seen]
    }

    fn gru_step(&self, p: &Tensors, h: &[f64], x: &[f64]) -> Vec<f64> {
        let [z, _, seen] = self.gates(p, h, x);
        let u = self.drive(p, CANDIDATE, x, &seen);
        (0..self.units)
            .map(|i| h[i] + self.alpha * (z[i] - 1.0) * (h[i] - act(self.activation, u[i]).0))
            .collect()
    }

    fn gru_adjoint(
        &self,
        p: &Tensors,
        h: &[f64],
        x: &[f64],
        g: &[f64],
        add: &mut impl FnMut(&str, usize, f64),
    ) -> Vec<f64> {
        let [z, r, seen] = self.gates(p, h, x);
        let u = self.drive(p, CANDIDATE, x, &seen);
        let all = 0..self.units;
        let candidate: Vec<(f64, f64)> = u.iter().map(|u| act(self.activation, *u)).collect();
        let delta: Vec<f64> =
            all.clone().map(|i| g[i] * self.alpha * (1.0 - z[i]) * candidate[i].1).collect();
        let q = self.undo_drive(p, CANDIDATE, [x, &seen, &delta], add);
        let delta: Vec<f64> = all
            .clone()
            .map(|i| -g[i] * self.alpha * (candidate[i].0 - h[i]) * z[i] * (1.0 - z[i]))
            .collect();
        let by_update = self.undo_drive(p, UPDATE, [x, h, &delta], add);
        let delta: Vec<f64> = all.clone().map(|i| q[i] * h[i] * r[i] * (1.0 - r[i])).collect();
        let by_reset = self.undo_drive(p, RESET, [x, h, &delta], add);
        all.map(|i| {
            g[i] * (1.0 - self.alpha * (1.0 - z[i])) + q[i] * r[i] + by_update[i] + by_reset[i]
        })
        .collect()
    }

    /// The two gates, the product s that the reset gate acts on, and the candidate's argument.
    fn after_gates(&self, p: &Tensors, h: &[f64], x: &[f64]) -> [Vec<f64>; 4] {
        let [z, r, _] = self.gates(p, h, x);
        let (w, u, n) = (&p["w_h.weight"], &p["u_h.weight"], self.units);
        let dot = |row: &[f64], v: &[f64]| row.iter().zip(v).map(|(a, b)| a * b).sum::<f64>();
        let product = |i: usize| at(p, "u_h.bias", i) + dot(&u[i * n..(i + 1) * n], h);
        let s: Vec<f64> = (0..n).map(product).collect();
        let moved = |i: usize| at(p, "w_h.bias", i) + dot(&w[i * x.len()..(i + 1) * x.len()], x);
        let argument = (0..n).map(|i| moved(i) + r[i] * s[i]).collect();
        [z, r, s, argument]
    }

    fn gru_after_step(&self, p: &Tensors, h: &[f64], x: &[f64]) -> Vec<f64> {
        let [z, _, _, u] = self.after_gates(p, h, x);
        (0..self.units)
            .map(|i| {
                let renewed = self.alpha * (1.0 - z[i]);
                (1.0 - renewed) * h[i] + renewed * act(self.activation, u[i]).0
            })
            .collect()
    }

    fn gru_after_adjoint(
        &self,
        p: &Tensors,
        h: &[f64],
        x: &[f64],
        g: &[f64],
        add: &mut impl FnMut(&str, usize, f64),
    ) -> Vec<f64> {
        let [z, r, s, u] = self.after_gates(p, h, x);
        let n = self.units;
        let (mut passed, mut by_update, mut by_reset) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            let (c, slope) = act(self.activation, u[i]);
            let delta = g[i] * self.alpha * (1.0 - z[i]) * slope;
            by_update[i] = g[i] * self.alpha * (h[i] - c) * z[i] * (1.0 - z[i]);
            by_reset[i] = delta * s[i] * r[i] * (1.0 - r[i]);
            add("w_h.bias", i, delta);
            for k in 0..x.len() {
                add("w_h.weight", i * x.len() + k, delta * x[k]);
            }
            add("u_h.bias", i, delta * r[i]);
            for j in 0..n {
                add("u_h.weight", i * n + j, delta * r[i] * h[j]);
                passed[j] += delta * r[i] * p["u_h.weight"][i * n + j];
            }
        }
        let through_update = self.undo_drive(p, UPDATE, [x, h, &by_update], add);
        let through_reset = self.undo_drive(p, RESET, [x, h, &by_reset], add);
        (0..n)
            .map(|i| {
                g[i] * (1.0 - self.alpha * (1.0 - z[i]))
                    + passed[i]
                    + through_update[i]
                    + through_reset[i]
            })
            .collect()
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
