//! Measures how often the intervals of divergences cover the truth, on simulated phases whose
//! divergence is known. Prints the tables of docs/intervals.md.
//!
//! `cargo run --release -p quiescent --example coverage -- [REPLICATES [FIRST_ROW]]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::f64::consts::{PI, SQRT_2, TAU};

use ndarray::Array3;
use quiescent::analysis::bootstrap::BootstrapSettings;
use quiescent::analysis::reactivation::{self, Estimate, Reactivation, Settings};
use quiescent::analysis::transitions::{TrialTransitions, distance_with_interval};
use quiescent::random::{Generator, Stream};
use quiescent::space::{Region, Space};
use rayon::prelude::*;

/// Steps of every trial.
const STEPS: usize = 20;
/// Factor by which there are fewer replicates with 1000 trials.
const FEWER: usize = 2;

/// Correlation of one value of a trial with the next.
#[derive(Clone, Copy)]
struct Correlation {
    active: f64,
    quiescent: f64,
}

impl From<f64> for Correlation {
    fn from(rho: f64) -> Self {
        Self { active: rho, quiescent: rho }
    }
}

impl std::fmt::Display for Correlation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.active.total_cmp(&self.quiescent).is_eq() {
            write!(f, "{}", self.active)
        } else {
            write!(f, "{}, quiescent {}", self.active, self.quiescent)
        }
    }
}

/// A stationary law and a chain with this law.
#[derive(Clone, Copy)]
enum Law {
    /// Ornstein–Uhlenbeck sampled at equal times: normal with this mean along the first axis and
    /// standard deviation along all.
    Normal { dims: usize, mean: f64, sd: f64 },
    /// The same process on the circle.
    WrappedNormal { mean: f64, sd: f64 },
    /// In a box from −1 to 1 along two axes: uniform, or with a density that rises along the first as
    /// 1 + `tilt` x. The quantile at a normal process; rounded to multiples of a width if that is above 0.
    Box { tilt: f64, rounded: f64 },
    /// In the same box: `mass` of it, uniformly, in the square whose sides are at a distance of `half` from
    /// the middle, and the rest, uniformly, between that square and the walls. The uniform law is moved along
    /// rays from the middle.
    Framed { half: f64, mass: f64 },
    /// Von Mises; a step keeps the angle with probability ρ and draws a new one otherwise.
    VonMises { mean: f64, kappa: f64 },
}

impl Law {
    fn dims(self) -> usize {
        match self {
            Self::Normal { dims, .. } => dims,
            Self::Box { .. } | Self::Framed { .. } => 2,
            _ => 1,
        }
    }

    fn density(self, x: &[f64]) -> f64 {
        let normal = |x: f64, sd: f64| (-x * x / (2.0 * sd * sd)).exp() / (sd * TAU.sqrt());
        match self {
            Self::Normal { mean, sd, .. } => {
                let shifted = |(d, x): (usize, &f64)| x - if d == 0 { mean } else { 0.0 };
                x.iter().enumerate().map(|at| normal(shifted(at), sd)).product()
            }
            Self::Box { tilt, .. } => {
                let inside = x.iter().all(|x| x.abs() <= 1.0);
                if inside { (1.0 + tilt * x[0]) / 4.0 } else { 0.0 }
            }
            Self::Framed { half, mass } => {
                let reach = x[0].abs().max(x[1].abs());
                if reach < half {
                    mass / (4.0 * half * half)
                } else if reach <= 1.0 {
                    (1.0 - mass) / (4.0 - 4.0 * half * half)
                } else {
                    0.0
                }
            }
            Self::WrappedNormal { mean, sd } => {
                (-4..=4).map(|turn| normal(x[0] - mean + TAU * f64::from(turn), sd)).sum()
            }
            Self::VonMises { mean, kappa } => {
                let at = |x: f64| (kappa * ((x - mean).cos() - 1.0)).exp();
                let norm: f64 = (0..4000).map(|i| at(TAU * f64::from(i) / 4000.0)).sum();
                at(x[0]) / (norm * TAU / 4000.0)
            }
        }
    }

    /// One phase, `[trial, step, dim]`.
    fn phase(self, trials: usize, rho: f64, generator: &mut Generator) -> Array3<f64> {
        let dims = self.dims();
        let mut out = Array3::zeros((trials, STEPS, dims));
        for mut trial in out.outer_iter_mut() {
            let mut state: Vec<f64> = (0..dims).map(|_| generator.normal()).collect();
            let mut angle = f64::NAN;
            for mut step in trial.outer_iter_mut() {
                match self {
                    Self::Normal { mean, sd, .. } => {
                        for (d, x) in step.iter_mut().enumerate() {
                            *x = sd * state[d] + if d == 0 { mean } else { 0.0 };
                        }
                    }
                    Self::Box { tilt, rounded } => {
                        for (d, x) in step.iter_mut().enumerate() {
                            let u = f64::midpoint(1.0, libm::erf(state[d] / SQRT_2));
                            // The quantile of (1 + tilt x)/2.
                            *x = match tilt {
                                t if d == 0 && t != 0.0 => {
                                    ((1.0 - 2.0 * t + t * t + 4.0 * t * u).sqrt() - 1.0) / t
                                }
                                _ => 2.0 * u - 1.0,
                            };
                            if rounded > 0.0 {
                                *x = (*x / rounded).round() * rounded;
                            }
                        }
                    }
                    Self::Framed { half, mass } => {
                        let uniform = [0, 1].map(|d| libm::erf(state[d] / SQRT_2));
                        let before = uniform[0].abs().max(uniform[1].abs());
                        // Of a uniform law, a part of before² is nearer to the middle.
                        let nearer = before * before;
                        let after = if nearer < mass {
                            half * (nearer / mass).sqrt()
                        } else {
                            let beyond = (nearer - mass) / (1.0 - mass);
                            (half * half + beyond * (1.0 - half * half)).sqrt()
                        };
                        for (x, uniform) in step.iter_mut().zip(uniform) {
                            *x = uniform * after / before;
                        }
                    }
                    Self::WrappedNormal { mean, sd } => step[0] = mean + sd * state[0],
                    Self::VonMises { mean, kappa } => {
                        if angle.is_nan() || generator.uniform() >= rho {
                            angle = loop {
                                let x = TAU * generator.uniform() - PI;
                                if generator.uniform() < (kappa * (x.cos() - 1.0)).exp() {
                                    break mean + x;
                                }
                            };
                        }
                        step[0] = angle;
                    }
                }
                for x in &mut state {
                    *x = rho * *x + (1.0 - rho * rho).sqrt() * generator.normal();
                }
            }
        }
        out
    }
}

/// KL(q‖p), KL(p‖q) and Jensen–Shannon, by quadrature.
fn truth(q: Law, p: Law) -> [f64; 3] {
    let circle = matches!(q, Law::WrappedNormal { .. } | Law::VonMises { .. });
    let (half, nodes) = match (circle, q.dims()) {
        (true, _) => (PI, 4000),
        (false, 1) => (14.0, 8000),
        (false, _) if matches!(q, Law::Box { .. } | Law::Framed { .. }) => (1.0, 400),
        _ => (10.0, 400),
    };
    let step = 2.0 * half / f64::from(nodes);
    let axis: Vec<f64> = (0..nodes).map(|i| -half + step * (f64::from(i) + 0.5)).collect();
    let points: Vec<Vec<f64>> = if q.dims() == 1 {
        axis.iter().map(|&x| vec![x]).collect()
    } else {
        axis.iter().flat_map(|&x| axis.iter().map(move |&y| vec![x, y])).collect()
    };
    let volume = step.powi(q.dims() as i32);
    let sums = points
        .par_iter()
        .map(|x| {
            let (a, b) = (q.density(x), p.density(x));
            let m = f64::midpoint(a, b);
            let term = |a: f64, b: f64| if a > 0.0 && b > 0.0 { a * (a / b).ln() } else { 0.0 };
            [term(a, b), term(b, a), f64::midpoint(term(a, m), term(b, m))]
        })
        .collect::<Vec<_>>();
    sums.iter().fold([0.0; 3], |mut all, terms| {
        all.iter_mut().zip(terms).for_each(|(all, term)| *all += term * volume);
        all
    })
}

fn compare(
    q: Law,
    p: Law,
    trials: usize,
    rho: Correlation,
    replicate: usize,
    splits: usize,
) -> Reactivation {
    let number = replicate as u64;
    let rest = q.phase(
        trials,
        rho.quiescent,
        &mut Generator::new(number, Stream::Train { batch: trials as u64 }, 0),
    );
    let wake = p.phase(
        trials,
        rho.active,
        &mut Generator::new(number, Stream::Train { batch: trials as u64 }, 1),
    );
    let settings =
        Settings { seed: number, samples: 1000, resamples: 2, splits, ..Settings::default() };
    let space = match q {
        Law::Normal { dims, .. } => Space::Region(Region::centred(&vec![8.0; dims]).unwrap()),
        Law::Box { .. } | Law::Framed { .. } => {
            Space::Region(Region::centred(&[2.0, 2.0]).unwrap())
        }
        Law::WrappedNormal { .. } | Law::VonMises { .. } => Space::Circle,
    };
    reactivation::compare(wake.view(), rest.view(), &space, &settings).unwrap()
}

fn estimates(found: &Reactivation) -> [Estimate; 3] {
    [found.kl_quiescent_from_active, found.kl_active_from_quiescent, found.jensen_shannon]
}

fn mean(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().sum::<f64>() / values.count() as f64
}

fn cell(name: &str, q: Law, p: Law, trials: usize, rho: Correlation, replicates: usize) {
    let truth = truth(q, p);
    let replicates = if trials > 500 { replicates / FEWER } else { replicates };
    let found: Vec<[Estimate; 3]> = (0..replicates)
        .into_par_iter()
        .map(|replicate| estimates(&compare(q, p, trials, rho, replicate, 0)))
        .collect();
    let of = |k: usize| found.iter().map(move |estimates| estimates[k]);
    let covered =
        |k: usize| mean(of(k).map(|e| f64::from(u8::from(e.interval.contains(truth[k])))));
    let average = mean(of(0).map(|estimate| estimate.nats));
    let sd = (mean(of(0).map(|e| (e.nats - average).powi(2)))).sqrt();
    println!(
        "| {name} | {trials} | {rho} | {:.3} | {:.3} | {average:.3} | {sd:.3} | {:.1} | {:.1} | {:.1} | {:.1}, {:.1} |",
        truth[0],
        mean(of(0).map(|estimate| estimate.plug_in_nats)),
        100.0 * covered(0),
        100.0 * covered(1),
        100.0 * covered(2),
        100.0 * mean(of(0).map(|estimate| estimate.unsupported)),
        100.0 * mean(of(1).map(|estimate| estimate.unsupported)),
    );
}

/// Structure that is about as wide as the kernels: a quiescent and an active phase in the box.
fn structure(name: &str, q: Law, p: Law, trials: usize, rho: Correlation, replicates: usize) {
    let uniform = Law::Box { tilt: 0.0, rounded: 0.0 };
    let [there, back, _] = truth(q, p);
    let yardstick = truth(uniform, p)[0];
    let found: Vec<Reactivation> = (0..replicates)
        .into_par_iter()
        .map(|replicate| compare(q, p, trials, rho, replicate, 50))
        .collect();
    let cell = |truth: f64, of: fn(&Reactivation) -> &Estimate| {
        let all = || found.iter().map(of);
        let covered = mean(all().map(|e| f64::from(u8::from(e.interval.contains(truth)))));
        let value = mean(all().map(|e| e.nats));
        format!("{truth:.3} | {value:.3} | {:.0}", 100.0 * covered)
    };
    let indistinguishable =
        mean(found.iter().map(|f| f64::from(u8::from(f.indistinguishable() == Some(true)))));
    let resolution = mean(found.iter().map(|f| f.active.resolution));
    println!(
        "| {name} | {trials} | {rho} | {resolution:.2} | {} | {} | {} | {:.0} |",
        cell(there, |f| &f.kl_quiescent_from_active),
        cell(back, |f| &f.kl_active_from_quiescent),
        cell(yardstick, |f| &f.kl_uniform_from_active),
        100.0 * indistinguishable,
    );
}

/// Two phases of one law.
fn equal(name: &str, law: Law, trials: usize, rho: Correlation, replicates: usize) {
    let found: Vec<Estimate> = (0..replicates)
        .into_par_iter()
        .map(|replicate| estimates(&compare(law, law, trials, rho, replicate, 50))[0])
        .collect();
    let of = |value: fn(&Estimate) -> f64| mean(found.iter().map(value));
    println!(
        "| {name} | {trials} | {rho} | {:.4} | {:.4} | {:.4} | {:.4} | {:.1} | {:.1} |",
        of(|e| e.plug_in_nats),
        of(|e| e.nats),
        of(|e| e.floor.unwrap().mean),
        of(|e| e.floor.unwrap().upper),
        100.0 * of(|e| f64::from(u8::from(e.interval.contains(0.0)))),
        100.0 * of(|e| f64::from(u8::from(e.floor.unwrap().holds(e.nats)))),
    );
}

/// A random walk on a ring of states: probabilities of a step back, none and forward.
fn ring(trials: usize, steps: usize, walk: [f64; 3], generator: &mut Generator) -> Array3<f64> {
    let width = TAU / RING as f64;
    let mut out = Array3::zeros((trials, steps, 1));
    for mut trial in out.outer_iter_mut() {
        let mut state = generator.below(RING as u64) as usize;
        for angle in &mut trial {
            *angle = -PI + (state as f64 + 0.5) * width;
            let u = generator.uniform();
            let by = if u < walk[0] { RING - 1 } else { usize::from(u >= walk[0] + walk[1]) };
            state = (state + by) % RING;
        }
    }
    out
}

const RING: usize = 36;

/// Transitions of two random walks on a ring.
fn transitions(name: &str, rest: [f64; 3], wake: [f64; 3], trials: usize, replicates: usize) {
    let total_variation = rest.iter().zip(wake).map(|(q, p)| (q - p).abs()).sum::<f64>() / 2.0;
    let jensen_shannon: f64 = rest
        .iter()
        .zip(wake)
        .map(|(&q, p)| {
            let m = f64::midpoint(q, p);
            f64::midpoint(q * (q / m).ln(), p * (p / m).ln())
        })
        .sum();
    let found: Vec<_> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let count = |walk, phase| {
                let mut generator =
                    Generator::new(replicate as u64, Stream::Train { batch: 7 }, phase);
                let angles = ring(trials, 100, walk, &mut generator);
                TrialTransitions::of(angles.view(), &Space::Circle.bins(RING).unwrap(), 1).unwrap()
            };
            let settings =
                BootstrapSettings { seed: replicate as u64, ..BootstrapSettings::default() };
            distance_with_interval(&count(wake, 0), &count(rest, 1), &settings).unwrap()
        })
        .collect();
    for (what, truth, of) in
        [("total variation", total_variation, 0), ("Jensen–Shannon (nats)", jensen_shannon, 1)]
    {
        let measured =
            found.iter().map(move |e| if of == 0 { e.total_variation } else { e.jensen_shannon });
        println!(
            "| {name} | {what} | {trials} | {truth:.4} | {:.4} | {:.4} | {:.1} |",
            mean(measured.clone().map(|m| m.plug_in)),
            mean(measured.clone().map(|m| m.value)),
            100.0 * mean(measured.map(|m| f64::from(u8::from(m.interval.contains(truth))))),
        );
    }
}

fn main() {
    let argument = |n| std::env::args().nth(n).map(|text| text.parse::<usize>().unwrap());
    let replicates = argument(1).unwrap_or(400);
    let mut left_out = argument(2).unwrap_or(0);
    let normal = |dims, mean, sd| Law::Normal { dims, mean, sd };
    let wrapped = |mean, sd| Law::WrappedNormal { mean, sd };
    let von_mises = |mean, kappa| Law::VonMises { mean, kappa };
    let in_box = |tilt| Law::Box { tilt, rounded: 0.0 };
    let pairs = [
        ("2-D normal, mean +0.32 sd", normal(2, 0.3162, 1.0), normal(2, 0.0, 1.0)),
        ("2-D normal, mean +0.8 sd", normal(2, 0.8, 1.0), normal(2, 0.0, 1.0)),
        ("2-D normal, mean +1.4 sd", normal(2, SQRT_2, 1.0), normal(2, 0.0, 1.0)),
        ("2-D normal, half as wide", normal(2, 0.0, 0.5), normal(2, 0.0, 1.0)),
        ("2-D normal, a tenth as wide", normal(2, 0.0, 0.1), normal(2, 0.0, 1.0)),
        ("1-D normal, mean +0.32 sd", normal(1, 0.3162, 1.0), normal(1, 0.0, 1.0)),
        ("1-D normal, mean +1.4 sd", normal(1, SQRT_2, 1.0), normal(1, 0.0, 1.0)),
        ("von Mises κ = 2, turned by 0.3", von_mises(0.38, 2.0), von_mises(0.0, 2.0)),
        ("von Mises κ = 2, turned by 1.2", von_mises(1.2, 2.0), von_mises(0.0, 2.0)),
        ("wrapped normal sd 0.5, turned by 0.6", wrapped(0.6, 0.5), wrapped(0.0, 0.5)),
        ("box, tilted by 0.3", in_box(0.3), in_box(0.0)),
        ("box, tilted by 0.9", in_box(0.9), in_box(0.0)),
    ];
    println!(
        "| phases | trials | ρ | KL | plug-in | corrected | sd | KL(q‖p) % | KL(p‖q) % | JS % | unsupported % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for trials in [200, 1000] {
        for (name, q, p) in pairs {
            for rho in [0.0, 0.9, 0.995] {
                if left_out > 0 {
                    left_out -= 1;
                    continue;
                }
                cell(name, q, p, trials, rho.into(), replicates);
            }
        }
    }
    println!();
    println!(
        "| one law | trials | ρ | plug-in | corrected | floor, mean | floor, 95 % | covers 0 % | within floor % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for (name, law) in [
        ("2-D normal", normal(2, 0.0, 1.0)),
        ("1-D normal", normal(1, 0.0, 1.0)),
        ("von Mises κ = 2", von_mises(0.0, 2.0)),
        ("box", in_box(0.0)),
        ("box, rounded to 0.25", Law::Box { tilt: 0.0, rounded: 0.25 }),
    ] {
        let alike = [0.0, 0.9, 0.995].map(Correlation::from);
        let (fast, slow) = (0.9, 0.995);
        let unlike = [(fast, slow), (slow, fast)]
            .map(|(active, quiescent)| Correlation { active, quiescent });
        for rho in alike.into_iter().chain(unlike) {
            equal(name, law, 200, rho, replicates / 2);
        }
    }
    println!();
    println!(
        "| in the box | trials | ρ | resolution (m) | KL(q‖p) | corrected | covered % | KL(p‖q) | corrected | covered % | KL(uniform‖p) | corrected | covered % | indistinguishable % |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    let framed = |half, mass| Law::Framed { half, mass };
    for trials in [200, 1000] {
        for (name, q, p) in [
            ("uniform; all but 0.6 % keep 5 cm from the walls", in_box(0.0), framed(0.95, 0.994)),
            ("uniform; all but 1 % keep 15 cm from the walls", in_box(0.0), framed(0.85, 0.99)),
            ("within 22 cm of the walls: 55 %; 40 %", framed(0.775, 0.45), framed(0.775, 0.6)),
            ("uniform; a hole 30 cm wide", in_box(0.0), framed(0.15, 0.0005)),
            ("uniform; a hole 60 cm wide", in_box(0.0), framed(0.3, 0.004)),
        ] {
            for rho in [0.9, 0.995] {
                let replicates = if trials > 500 { replicates / FEWER } else { replicates };
                structure(name, q, p, trials, rho.into(), replicates / 2);
            }
        }
    }
    println!();
    println!("| walks on a ring | distance | trials | truth | plug-in | corrected | covered % |");
    println!("|---|---|---|---|---|---|---|");
    for trials in [200, 1000] {
        for (name, rest) in [
            ("0.25, 0.5, 0.25 and 0.4, 0.4, 0.2", [0.4, 0.4, 0.2]),
            ("0.25, 0.5, 0.25 and 0.35, 0.45, 0.2", [0.35, 0.45, 0.2]),
        ] {
            transitions(name, rest, [0.25, 0.5, 0.25], trials, replicates);
        }
    }
}
