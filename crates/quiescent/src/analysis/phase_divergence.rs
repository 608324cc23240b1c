//! Divergences between the kernel densities of two phases, corrected for bias.
//!
//! Two biases are corrected separately.
//!
//! *Few trials.* Each site x_j, a decoded value of trial t, is judged by densities without that
//! trial: ln q̂₋ₜ(x_j) − ln p̂(x_j). If a density varies from one set of trials to the next, its
//! logarithm is on average too low by half its squared coefficient of variation. This is
//! estimated from the trials' kernel sums and added. Both effects are of the order 1/trials. They
//! cancel if the phases are alike, so the estimate is then about 0 and can be negative.
//!
//! *Smoothing.* Kernels of width h change a divergence by a h² + b h⁴ + …. It is computed with
//! kernels of h, √2 h and 2h and extrapolated to 0 (Richardson), with weights 8/3, −2 and 1/3.
//! The narrower Gaussian kernels are the square and the fourth power of the widest, so all three
//! cost one exponential. Callers give both phases the same kernel unless one phase is much narrower,
//! so that what kernels do at walls cancels.
//!
//! The standard error is the jackknife's: the effect on the sites' terms of omitting each trial
//! of either phase in turn. The measured coverage is in docs/intervals.md.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::bootstrap::{Floor, Interval, Measured, Method, split};
use super::divergence::from_mixture;
use super::error::Error;
use super::gaussian_sum::{POWERS, SegmentSums};

/// Weights of the kernels 2h, √2 h and h that cancel the terms in h² and h⁴.
const EXTRAPOLATION: [f64; POWERS] = [1.0 / 3.0, -2.0, 8.0 / 3.0];
/// Sites that one task works on.
const TASK_SITES: usize = 32;
/// Largest relative change for which a logarithm is expanded.
const SMALL: f64 = 0.05;
/// A density that rests on a single trial vanishes without it. Its logarithm is assumed to fall
/// by this factor, not to −∞.
const MOST: f64 = 1.0 - 1e-9;
/// Fewest trials of a phase: one must remain when the site's own trial and another one are
/// omitted.
pub(super) const FEWEST_TRIALS: usize = 3;
/// A density whose squared coefficient of variation over trials is at least this rests on no more
/// than two trials, so its logarithm is a guess.
const UNSUPPORTED: f64 = 0.5;
/// Fewest trials of a half that a floor is estimated from.
const FEWEST_OF_HALF: usize = 3;

/// Sums of a phase's kernels at some of the sites of a list.
pub(super) type Sums<'a> = &'a SumsAt<'a>;
type SumsAt<'a> = dyn Fn(Range<usize>) -> Result<[SegmentSums; POWERS], Error> + Sync + 'a;

/// One phase as a density: kernel sums at the sites, trial by trial.
pub(super) struct Phase<'a> {
    pub(super) trials: usize,
    /// Points of each trial.
    pub(super) per_trial: usize,
    /// Logarithms of the kernels' peaks, widest kernel first.
    pub(super) log_peaks: [f64; POWERS],
    /// Sums at some of the sites.
    pub(super) sums: Sums<'a>,
}

impl Phase<'_> {
    fn log_norm(&self, kernel: usize, trials: usize) -> f64 {
        self.log_peaks[kernel] - libm::log((trials * self.per_trial) as f64)
    }
}

/// A density at a site, and its value without each trial.
struct At {
    log: f64,
    /// Squared coefficient of variation over trials.
    variation: f64,
    /// Sum over trials, without `left_out`.
    sum: f64,
}

/// The density of a phase at a site from its trials' kernel sums, without the site's own trial.
fn density(row: &[f64], shift: f64, left_out: Option<usize>) -> At {
    let (mut sum, mut squares) = (0.0, 0.0);
    for &x in row {
        sum += x;
        squares += x * x;
    }
    if let Some(trial) = left_out {
        // Subtraction would cancel sums that the trial dominates.
        let others = || row[..trial].iter().chain(&row[trial + 1..]);
        sum = others().sum();
        squares = others().map(|x| x * x).sum();
    }
    let trials = row.len() - usize::from(left_out.is_some());
    At { log: libm::log(sum) + shift, variation: variation(sum, squares, trials), sum }
}

/// Squared coefficient of variation of a sum over trials.
fn variation(sum: f64, squares: f64, trials: usize) -> f64 {
    let n = trials as f64;
    ((squares - sum * sum / n) / (n - 1.0) * n / (sum * sum)).max(0.0)
}

/// Fall of a log-density, times the number of trials, when a trial with this part of the sum is
/// omitted; centred on an average trial.
fn fall(part: f64, trials: f64, of_average: f64) -> f64 {
    let fall = if part < SMALL {
        part * (1.0 + part * (0.5 + part * (1.0 / 3.0 + part * (0.25 + part * 0.2))))
    } else {
        -libm::log1p(-part.min(MOST))
    };
    trials * (fall - of_average)
}

/// Two divergences at one site.
#[derive(Clone, Copy, Default)]
struct Both {
    kl: f64,
    jensen_shannon: f64,
}

impl Both {
    fn add(&mut self, weight: f64, other: Self) {
        self.kl += weight * other.kl;
        self.jensen_shannon += weight * other.jensen_shannon;
    }
}

/// The corrected terms of a site: ln q/p, ln q/m with m the mean of both, and q/(q + p).
fn terms(own: f64, own_variation: f64, other: f64, other_variation: f64) -> (Both, f64) {
    let share = 1.0 / (1.0 + libm::exp(other - own));
    // Half of the second derivatives with respect to ln q and ln p, times the variances.
    let (a, b) = (1.0 - share * share, (1.0 - share) * (1.0 - share));
    let terms = Both {
        kl: own - other + (own_variation - other_variation) / 2.0,
        jensen_shannon: from_mixture(own, other) + (a * own_variation - b * other_variation) / 2.0,
    };
    (terms, share)
}

/// Results at the sites of one phase: half of every quantity that is symmetric in the two phases.
pub(super) struct Half {
    sites: usize,
    /// Sites at which the other density rests on no more than two trials.
    unsupported: usize,
    total: Both,
    /// Contributions of each of the phase's own trials, and of the other phase's, `[trial]`.
    own: Vec<Both>,
    other: Vec<Both>,
}

/// Compares two densities at the sites of the first. `owners: [site]` are the sites' trials, each
/// with equally many sites.
pub(super) fn at_sites(
    owners: &[usize],
    own: &Phase<'_>,
    other: &Phase<'_>,
) -> Result<Half, Error> {
    let sites = owners.len();
    let parts = tasks(sites)
        .into_par_iter()
        .map(|range| part(range, owners, own, other))
        .collect::<Result<Vec<Half>, Error>>()?;
    let mut all = Half {
        sites,
        unsupported: 0,
        total: Both::default(),
        own: vec![Both::default(); own.trials],
        other: vec![Both::default(); other.trials],
    };
    for part in parts {
        all.unsupported += part.unsupported;
        all.total.add(1.0, part.total);
        for (sum, part) in [(&mut all.own, part.own), (&mut all.other, part.other)] {
            sum.iter_mut().zip(part).for_each(|(sum, part)| sum.add(1.0, part));
        }
    }
    Ok(all)
}

fn tasks(sites: usize) -> Vec<Range<usize>> {
    (0..sites).step_by(TASK_SITES).map(|first| first..(first + TASK_SITES).min(sites)).collect()
}

fn part(
    range: Range<usize>,
    owners: &[usize],
    own: &Phase<'_>,
    other: &Phase<'_>,
) -> Result<Half, Error> {
    let (own_sums, other_sums) = ((own.sums)(range.clone())?, (other.sums)(range.clone())?);
    let mut half = Half {
        sites: range.len(),
        unsupported: 0,
        total: Both::default(),
        own: vec![Both::default(); own.trials],
        other: vec![Both::default(); other.trials],
    };
    // The site's own trial is already omitted.
    let (own_left, other_left) = (own.trials as f64 - 1.0, other.trials as f64);
    let (own_average, other_average) =
        (-libm::log1p(-1.0 / own_left), -libm::log1p(-1.0 / other_left));
    // Each trial has an equal number of sites.
    let per_trial = owners.len() as f64 / own.trials as f64;
    let all_sites = owners.len() as f64;
    for (i, &owner) in owners[range].iter().enumerate() {
        for (kernel, weight) in EXTRAPOLATION.into_iter().enumerate() {
            let (own_row, other_row) = (own_sums[kernel].row(i), other_sums[kernel].row(i));
            let q = density(own_row, own_sums[kernel].shifts[i], Some(owner));
            let p = density(other_row, other_sums[kernel].shifts[i], None);
            let (terms, share) = terms(
                q.log + own.log_norm(kernel, own.trials - 1),
                q.variation,
                p.log + other.log_norm(kernel, other.trials),
                p.variation,
            );
            half.total.add(weight, terms);
            half.unsupported += usize::from(kernel == POWERS - 1 && p.variation >= UNSUPPORTED);
            half.own[owner].add(weight * all_sites / per_trial, terms);
            // Both terms depend only on the ratio of q and p, the second less strongly.
            for (trial, sum) in own_row.iter().enumerate().filter(|(trial, _)| *trial != owner) {
                let fall = weight * fall(sum / q.sum, own_left, own_average);
                let by = own.trials as f64 / own_left;
                half.own[trial].add(by, Both { kl: fall, jensen_shannon: (1.0 - share) * fall });
            }
            for (trial, sum) in other_row.iter().enumerate() {
                let fall = weight * fall(sum / p.sum, other_left, other_average);
                half.other[trial]
                    .add(-1.0, Both { kl: fall, jensen_shannon: (1.0 - share) * fall });
            }
        }
    }
    Ok(half)
}

/// Squared standard error of a mean from each trial's contribution.
fn variance(contributions: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = contributions.clone().count() as f64;
    let mean = contributions.clone().sum::<f64>() / count;
    contributions.map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count * (count - 1.0))
}

fn measured(value: f64, plug_in: f64, variance: f64, trials: usize, level: f64) -> Measured {
    let interval = Interval::about(value, variance.sqrt(), trials, level, Method::Jackknife);
    Measured { value, plug_in, interval }
}

impl Half {
    fn trials(&self) -> usize {
        self.own.len().min(self.other.len())
    }

    /// Fraction of the sites at which the other density is poorly known.
    pub(super) fn unsupported(&self) -> f64 {
        self.unsupported as f64 / self.sites as f64
    }

    /// KL(own‖other), with its plug-in value.
    pub(super) fn kl(&self, plug_in: f64, level: f64) -> Measured {
        let sites = self.sites as f64;
        let of = |trials: &[Both]| variance(trials.iter().map(|both| both.kl / sites));
        let variance = of(&self.own) + of(&self.other);
        measured(self.total.kl / sites, plug_in, variance, self.trials(), level)
    }

    /// The Jensen–Shannon divergence from both halves, with its plug-in value.
    pub(super) fn jensen_shannon(&self, back: &Self, plug_in: f64, level: f64) -> Measured {
        let (ours, theirs) = (2.0 * self.sites as f64, 2.0 * back.sites as f64);
        let of = |here: &[Both], there: &[Both], (here_sites, there_sites): (f64, f64)| {
            let trials = here.iter().zip(there);
            variance(trials.map(|(here, there)| {
                here.jensen_shannon / here_sites + there.jensen_shannon / there_sites
            }))
        };
        let variance =
            of(&self.own, &back.other, (ours, theirs)) + of(&self.other, &back.own, (ours, theirs));
        let value = self.total.jensen_shannon / ours + back.total.jensen_shannon / theirs;
        measured(value, plug_in, variance, self.trials(), level)
    }
}

/// KL(known‖phase), with its plug-in value, for a first log-density that is known: `log_known` at all
/// `sites`, the nodes of a quadrature. Also returns the fraction of the sites at which the phase's
/// density is poorly known.
pub(super) fn from_known(
    sites: usize,
    log_known: f64,
    phase: &Phase<'_>,
    plug_in: f64,
    level: f64,
) -> Result<(Measured, f64), Error> {
    let trials = phase.trials as f64;
    let of_average = -libm::log1p(-1.0 / trials);
    let part = |range: Range<usize>| -> Result<(f64, Vec<f64>, usize), Error> {
        let sums = (phase.sums)(range.clone())?;
        let mut contributions = vec![0.0; phase.trials];
        let (mut value, mut unsupported) = (0.0, 0);
        for i in 0..range.len() {
            for (kernel, weight) in EXTRAPOLATION.into_iter().enumerate() {
                let row = sums[kernel].row(i);
                let p = density(row, sums[kernel].shifts[i], None);
                unsupported += usize::from(kernel == POWERS - 1 && p.variation >= UNSUPPORTED);
                let log = p.log + phase.log_norm(kernel, phase.trials);
                value += weight * (log_known - log - p.variation / 2.0);
                for (contribution, sum) in contributions.iter_mut().zip(row) {
                    *contribution -= weight * fall(sum / p.sum, trials, of_average);
                }
            }
        }
        Ok((value, contributions, unsupported))
    };
    let parts: Vec<_> = tasks(sites).into_par_iter().map(part).collect::<Result<_, Error>>()?;
    let mut contributions = vec![0.0; phase.trials];
    let (mut value, mut unsupported) = (0.0, 0);
    for (of_sites, of_trials, count) in parts {
        unsupported += count;
        value += of_sites / sites as f64;
        contributions.iter_mut().zip(of_trials).for_each(|(sum, x)| *sum += x / sites as f64);
    }
    let variance = variance(contributions.iter().copied());
    let found = measured(value, plug_in, variance, phase.trials, level);
    Ok((found, unsupported as f64 / sites as f64))
}

/// The floors of the Kullback–Leibler and of the Jensen–Shannon divergence: estimates for halves
/// of one phase, split at random `splits` times. None if there are too few trials to halve.
pub(super) fn floors(
    owners: &[usize],
    phase: &Phase<'_>,
    splits: usize,
    seed: u64,
) -> Result<(Option<Floor>, Option<Floor>), Error> {
    let trials = phase.trials;
    if trials / 2 < FEWEST_OF_HALF || splits == 0 {
        return Ok((None, None));
    }
    let first: Vec<Vec<bool>> = (0..splits).map(|number| split(trials, seed, number)).collect();
    let columns = 2 * splits;
    // [trial, half]: 1 for the trials of the half; first halves, then second halves.
    let mut members = vec![0.0; trials * columns];
    for (number, first) in first.iter().enumerate() {
        for (trial, &first) in first.iter().enumerate() {
            members[trial * columns + number + if first { 0 } else { splits }] = 1.0;
        }
    }
    let sizes = [trials / 2, trials - trials / 2];
    let members = MatRef::from_row_major_slice(&members, trials, columns);
    let part = |range: Range<usize>| -> Result<Vec<Both>, Error> {
        let sums = (phase.sums)(range.clone())?;
        let rows = range.len();
        let mut found = vec![Both::default(); columns];
        let mut of_halves = [vec![0.0; rows * columns], vec![0.0; rows * columns]];
        for (kernel, weight) in EXTRAPOLATION.into_iter().enumerate() {
            // The trial of the site, which is in one of the halves, is omitted.
            let mut values = sums[kernel].sums.clone();
            for (i, &owner) in owners[range.clone()].iter().enumerate() {
                values[i * trials + owner] = 0.0;
            }
            for of_halves in &mut of_halves {
                matmul(
                    MatMut::from_row_major_slice_mut(of_halves, rows, columns),
                    Accum::Replace,
                    MatRef::from_row_major_slice(&values, rows, trials),
                    members,
                    1.0,
                    Par::Seq,
                );
                values.iter_mut().for_each(|x| *x *= *x);
            }
            for (i, &owner) in owners[range.clone()].iter().enumerate() {
                for (number, first) in first.iter().enumerate() {
                    let own_half = usize::from(!first[owner]);
                    let log_and_variation = |half: usize| {
                        let at = i * columns + half * splits + number;
                        let count = sizes[half] - usize::from(half == own_half);
                        let [sum, squares] = [of_halves[0][at], of_halves[1][at]];
                        // No trial was near, so the smallest positive number is used.
                        let log = libm::log(sum.max(f64::MIN_POSITIVE));
                        let norm = phase.log_norm(kernel, count);
                        (log + norm, variation(sum.max(f64::MIN_POSITIVE), squares, count))
                    };
                    let (own, other) =
                        (log_and_variation(own_half), log_and_variation(1 - own_half));
                    let (terms, _) = terms(own.0, own.1, other.0, other.1);
                    found[own_half * splits + number].add(weight, terms);
                }
            }
        }
        Ok(found)
    };
    let parts = tasks(owners.len()).into_par_iter().map(part).collect::<Result<Vec<_>, Error>>()?;
    let mut total = vec![Both::default(); columns];
    for part in parts {
        total.iter_mut().zip(part).for_each(|(total, part)| total.add(1.0, part));
    }
    let per_trial = owners.len() as f64 / trials as f64;
    let mean = |column: usize, value: fn(&Both) -> f64| {
        value(&total[column]) / (per_trial * sizes[column / splits] as f64)
    };
    let kl = (0..columns).map(|column| mean(column, |both| both.kl)).collect();
    let jensen_shannon = (0..splits)
        .map(|number| {
            let of = |column: usize| mean(column, |both| both.jensen_shannon);
            f64::midpoint(of(number), of(splits + number))
        })
        .collect();
    Ok((Floor::of(kl, sizes[0]), Floor::of(jensen_shannon, sizes[0])))
}

#[cfg(test)]
mod tests {
    use super::super::gaussian_sum::PointSet;
    use super::*;
    use crate::random::{Generator, Stream};

    #[test]
    fn the_extrapolation_takes_off_the_terms_in_h2_and_h4() {
        let sum = |power: i32| -> f64 {
            let widths = [4.0_f64, 2.0, 1.0];
            EXTRAPOLATION.iter().zip(widths).map(|(w, h2)| w * h2.powi(power)).sum()
        };
        assert!((sum(0) - 1.0).abs() < 1e-15 && sum(1).abs() < 1e-15 && sum(2).abs() < 1e-15);
    }

    /// The jackknife's influence equals the effect of omitting a trial, to first order in
    /// 1/trials.
    #[test]
    fn contributions_are_those_of_leaving_trials_out() {
        let (trials, per_trial) = (24, 3);
        let mut generator = Generator::new(5, Stream::Benchmark, 0);
        let mut points = |mean: f64| -> Vec<f64> {
            (0..trials)
                .flat_map(|_| {
                    let of_trial = mean + 0.5 * generator.normal();
                    (0..per_trial).map(|_| of_trial + 0.5 * generator.normal()).collect::<Vec<_>>()
                })
                .collect()
        };
        let (q, p) = (points(0.4), points(0.0));
        let estimate = |kept_q: &[usize], kept_p: &[usize]| -> f64 {
            let take = |all: &[f64], kept: &[usize]| -> Vec<f64> {
                kept.iter().flat_map(|t| all[t * per_trial..(t + 1) * per_trial].to_vec()).collect()
            };
            let (q, p) = (take(&q, kept_q), take(&p, kept_p));
            let set = |x: &[f64]| PointSet::new(x, 1, &vec![per_trial; x.len() / per_trial]);
            let (of_q, of_p) = (set(&q), set(&p));
            let at = |range: Range<usize>| q[range].to_vec();
            let phase = |trials, sums| Phase { trials, per_trial, log_peaks: [0.0; 3], sums };
            let own = |range: Range<usize>| Ok(of_q.segment_powers(&at(range)));
            let other = |range: Range<usize>| Ok(of_p.segment_powers(&at(range)));
            let owners: Vec<usize> = (0..q.len()).map(|i| i / per_trial).collect();
            let half = at_sites(&owners, &phase(kept_q.len(), &own), &phase(kept_p.len(), &other));
            half.map(|half| half.kl(0.0, 0.95)).map_or(f64::NAN, |kl| {
                if kept_q.len() + kept_p.len() == 2 * trials {
                    // The interval holds the standard error.
                    kl.interval.standard_error
                } else {
                    kl.value
                }
            })
        };
        let all: Vec<usize> = (0..trials).collect();
        let without = |t: usize| -> Vec<usize> { (0..trials).filter(|s| *s != t).collect() };
        let of_q: Vec<f64> = (0..trials).map(|t| estimate(&without(t), &all)).collect();
        let of_p: Vec<f64> = (0..trials).map(|t| estimate(&all, &without(t))).collect();
        let jackknife = |values: &[f64]| {
            let n = values.len() as f64;
            variance(values.iter().map(|x| x * (n - 1.0)))
        };
        let expected = (jackknife(&of_q) + jackknife(&of_p)).sqrt();
        let found = estimate(&all, &all);
        assert!((found / expected - 1.0).abs() < 0.15, "{found} {expected}");
    }
}
