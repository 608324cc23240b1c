//! Measures one simulated phase.

use std::collections::BTreeMap;

use ndarray::{Array2, Array3, ArrayView2, ArrayView3, Axis, s};

use super::activity::Activity;
use super::movement::{Yardstick, is_rest};
use super::results::{
    Components, CoverageSummary, DensityGrid, HeadingDensity, Leaving, PhaseMeasurements,
    TotalVariance,
};
use super::settings::{PhaseData, Settings, Source};
use super::{REST, WAKING};
use crate::analysis::bootstrap::{self, BootstrapSettings, Measured};
use crate::analysis::circular::{self, CircularBandwidth, VonMisesKde, grid};
use crate::analysis::exploration::{
    covered_fraction, logarithmic_lags, mean_squared_displacement, time_to_leave, total_variance,
};
use crate::analysis::kde::Kde;
use crate::analysis::pca::Pca;
use crate::analysis::ring::Ring;
use crate::analysis::start_dependence::{BurnInCurve, variance_ratio_by_burn_in};
use crate::analysis::steps::mean_step_distance;
use crate::analysis::turning::turning;
use crate::analysis::{Error, Missing, Outcome};
use crate::space::{Region, Space};

/// Number of components for explained variance and subspaces (figure 1c).
pub(super) const COMPONENTS: usize = 10;
/// Trials and steps shown as trajectories.
const SHOWN_TRIALS: usize = 12;
const SHOWN_STEPS: usize = 200;
/// Most decoded values (or states) to which a density for a figure is fitted.
const FITTED: usize = 20_000;
/// Most points shown on the principal components.
const SHOWN_STATES: usize = 1200;
/// Nodes of a density for a figure along each dimension.
const NODES: usize = 56;
/// Nodes of a heading density for a figure.
const HEADING_NODES: usize = 180;
/// Sectors of polar histograms: 10° each.
const SECTORS: usize = 36;
/// Turns are counted up to about this magnitude, in bins of about this width, in rad (figure C.5).
const TURN_LIMIT_RAD: f64 = 0.6;
const TURN_BIN_RAD: f64 = 0.04;

/// The active phase's principal components. Every phase is shown on them.
pub(super) struct Axes {
    pub(super) active: Outcome<Pca>,
    /// Extent of all phases on the first two components: x_min, x_max, y_min, y_max.
    extent: [f64; 4],
    /// Centre of the active phase's ring.
    centre: Option<[f64; 2]>,
}

impl Axes {
    pub(super) fn of(space: &Space, phases: &BTreeMap<String, PhaseData>) -> Self {
        let activity = |name: &str| phases.get(name).and_then(|data| data.activity.as_ref());
        let active = activity(WAKING)
            .ok_or_else(|| Missing::states_not_kept(WAKING))
            .and_then(|activity| Ok(activity.covariance.finish()?));
        let mut axes = Self { active, extent: [-1.0, 1.0, -1.0, 1.0], centre: None };
        let points: Vec<Array2<f64>> =
            [WAKING, REST].iter().filter_map(|name| axes.project(activity(name)?).ok()).collect();
        axes.extent = extent(&points);
        if let (Some(active), Some(points), Space::Circle) =
            (activity(WAKING), points.first(), space)
        {
            axes.centre = ring(points.view(), active, None).map(|ring| ring.centre).ok();
        }
        axes
    }

    fn project(&self, activity: &Activity) -> Outcome<Array2<f64>> {
        let pca = self.active.as_ref().map_err(Clone::clone)?;
        Ok(pca.project(activity.states.view(), 2)?)
    }
}

/// A square around all points, with a margin. In a square, a ring looks like a ring.
fn extent(points: &[Array2<f64>]) -> [f64; 4] {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for row in points.iter().flat_map(|points| points.outer_iter()) {
        for axis in 0..2 {
            low[axis] = low[axis].min(row[axis]);
            high[axis] = high[axis].max(row[axis]);
        }
    }
    let span = f64::max(high[0] - low[0], high[1] - low[1]);
    if !(span.is_finite() && span > 0.0) {
        return [-1.0, 1.0, -1.0, 1.0];
    }
    let half = 0.53 * span;
    let centre = [f64::midpoint(low[0], high[0]), f64::midpoint(low[1], high[1])];
    [centre[0] - half, centre[0] + half, centre[1] - half, centre[1] + half]
}

fn ring(
    points: ArrayView2<'_, f64>,
    activity: &Activity,
    centre: Option<[f64; 2]>,
) -> Result<Ring, Error> {
    let headings: Vec<f64> = activity.decoded.iter().map(|&x| f64::from(x)).collect();
    Ring::measure(points, &headings, centre)
}

/// Measures one phase.
pub(super) fn measure(
    source: &Source<'_>,
    name: &str,
    data: &PhaseData,
    settings: &Settings,
    axes: &Axes,
    yardstick: &Yardstick<'_>,
) -> PhaseMeasurements {
    let space = source.space;
    let bootstrap = settings.bootstrap();
    let decoded = &data.phase.decoded;
    let (trials, steps, _) = decoded.dim();
    let dense = settings.dense(name, &data.phase);
    let on_circle = *space == Space::Circle;
    let lags = logarithmic_lags(dense.len_of(Axis(1)) / 10, 12);
    PhaseMeasurements {
        trials,
        steps,
        sigma: data.sigma,
        start: data.start,
        dynamics: data.dynamics,
        seed: data.seed,
        trajectories: shown(decoded),
        map: space.region().map(|region| map(region, dense)),
        headings: on_circle.then(|| Ok(heading_density(dense)?)),
        components: data.activity.as_ref().map(|activity| components(activity, space, axes)),
        step_distance: step_distance(space, dense, &bootstrap).map_err(Missing::from),
        total_variance: variance(space, name, decoded, settings, &bootstrap).map_err(Missing::from),
        displacement: mean_squared_displacement(dense, space, &lags).map_err(Missing::from),
        coverage: coverage(space, dense, &bootstrap).map_err(Missing::from),
        leaving: leaving(source, dense),
        burn_in: burn_in(space, dense).map_err(Missing::from),
        turning: on_circle.then(|| {
            // Without cells, any bin width will do.
            let (bins, limit_rad) = turn_bins(source.task.map_or(360, |task| task.target_dim()));
            Ok(turning(headings(decoded.view()), bins, limit_rad, &bootstrap)?)
        }),
        movement: yardstick.measure(dense, is_rest(name, data)),
    }
}

/// Number of bins of turns and their limit in rad, for headings decoded from `cells` cells.
///
/// A decoded heading moves by multiples of the cells' spacing. Each bin spans an odd number of
/// spacings and one bin is centred on zero. Every bin then contains equally many of these
/// multiples, and none lies on an edge. Any other width produces combs that are not in the turns.
fn turn_bins(cells: usize) -> (usize, f64) {
    let spacing_rad = std::f64::consts::TAU / cells as f64;
    let half = (0.5 * (TURN_BIN_RAD / spacing_rad - 1.0)).round().max(0.0);
    let width_rad = spacing_rad * (2.0 * half + 1.0);
    let beside = (TURN_LIMIT_RAD / width_rad).round().max(1.0);
    // With few cells the limit is half a circle, the longest turn.
    let limit_rad = ((beside + 0.5) * width_rad).min(std::f64::consts::PI);
    (2 * beside as usize + 1, limit_rad)
}

/// The only column of `[trial, step, 1]`.
fn headings(decoded: ArrayView3<'_, f32>) -> ArrayView2<'_, f32> {
    decoded.index_axis_move(Axis(2), 0)
}

fn shown(decoded: &Array3<f32>) -> Vec<Vec<Vec<f32>>> {
    let (trials, steps, _) = decoded.dim();
    let count = trials.min(SHOWN_TRIALS);
    let one = |i: usize| {
        let trial = decoded.index_axis(Axis(0), i * trials / count);
        trial.slice(s![..steps.min(SHOWN_STEPS), ..]).outer_iter().map(|row| row.to_vec()).collect()
    };
    (0..count).map(one).collect()
}

/// Decoded values thinned to about [`FITTED`] rows, `[row, dim]`.
fn thinned(decoded: ArrayView3<'_, f32>) -> Array2<f32> {
    let (trials, steps, dim) = decoded.dim();
    let kept = (FITTED / trials.max(1)).clamp(1, steps.max(1));
    Array2::from_shape_fn((trials * kept, dim), |(row, d)| {
        decoded[[row / kept, (2 * (row % kept) + 1) * steps / (2 * kept), d]]
    })
}

fn map(region: &Region, decoded: ArrayView3<'_, f32>) -> Outcome<DensityGrid> {
    let (&[x_min, y_min], &[x_max, y_max]) = (region.low(), region.high()) else {
        return Err(Missing::undefined("a map needs two dimensions"));
    };
    Ok(density_grid(thinned(decoded).view(), [x_min, x_max, y_min, y_max])?)
}

/// Kernel density of `points: [point, 2]` at the centres of equal cells of a rectangle.
fn density_grid<T: crate::analysis::Real>(
    points: ArrayView2<'_, T>,
    [x_min, x_max, y_min, y_max]: [f64; 4],
) -> Result<DensityGrid, Error> {
    let nodes = |low: f64, high: f64| -> Vec<f64> {
        (0..NODES).map(|i| low + (high - low) * (i as f64 + 0.5) / NODES as f64).collect()
    };
    let (x, y) = (nodes(x_min, x_max), nodes(y_min, y_max));
    let at =
        Array2::from_shape_fn(
            (NODES * NODES, 2),
            |(i, d)| {
                if d == 0 { x[i % NODES] } else { y[i / NODES] }
            },
        );
    let density = Kde::fit(points)?.density(at.view())?;
    Ok(DensityGrid { x, y, density })
}

fn heading_density(decoded: ArrayView3<'_, f32>) -> Result<HeadingDensity, Error> {
    let all: Vec<f32> = decoded.iter().copied().collect();
    let histogram = circular::histogram(ndarray::ArrayView1::from(&all), SECTORS)?;
    let points = thinned(decoded);
    let kde = VonMisesKde::fit(points.column(0), CircularBandwidth::default())?;
    let nodes_rad = grid(HEADING_NODES);
    let density_per_rad = kde.density(&nodes_rad)?;
    Ok(HeadingDensity { histogram, nodes_rad, density_per_rad })
}

fn components(activity: &Activity, space: &Space, axes: &Axes) -> Outcome<Components> {
    let own = activity.covariance.finish()?;
    let mut cumulative = own.cumulative_explained_variance();
    cumulative.truncate(COMPONENTS);
    let places = axes.project(activity)?;
    let every = places.nrows().div_ceil(SHOWN_STATES).max(1);
    let rows = (0..places.nrows()).step_by(every);
    Ok(Components {
        states: activity.covariance.samples(),
        cumulative_explained_variance: cumulative,
        points: rows.clone().map(|i| [places[[i, 0]] as f32, places[[i, 1]] as f32]).collect(),
        decoded: rows.map(|i| activity.decoded.row(i).to_vec()).collect(),
        density: density_grid(places.view(), axes.extent).map_err(Missing::from),
        ring: (*space == Space::Circle).then(|| Ok(ring(places.view(), activity, axes.centre)?)),
    })
}

fn step_distance(
    space: &Space,
    decoded: ArrayView3<'_, f32>,
    bootstrap: &BootstrapSettings,
) -> Result<Measured, Error> {
    mean_step_distance(decoded, space)?.estimate(bootstrap)
}

fn variance(
    space: &Space,
    name: &str,
    decoded: &Array3<f32>,
    settings: &Settings,
    bootstrap: &BootstrapSettings,
) -> Result<TotalVariance, Error> {
    // Waking and the variants are short, so no steps are omitted.
    let steps = decoded.len_of(Axis(1));
    let long = name != WAKING && steps > settings.burn_in + 1;
    let burn_in = if long { settings.burn_in } else { 0 };
    let found = total_variance(decoded.view(), space, burn_in)?;
    Ok(TotalVariance {
        burn_in,
        mean: bootstrap::mean(&found.trials, bootstrap)?,
        trials: found.trials,
    })
}

fn coverage(
    space: &Space,
    decoded: ArrayView3<'_, f32>,
    bootstrap: &BootstrapSettings,
) -> Result<CoverageSummary, Error> {
    let found = covered_fraction(decoded, &space.standard_bins())?;
    let per_trial = found.per_trial.estimate(bootstrap)?.of_share();
    Ok(CoverageSummary { bins: found.bins, per_trial, pooled: found.pooled })
}

fn leaving(source: &Source<'_>, decoded: ArrayView3<'_, f32>) -> Outcome<Leaving> {
    let radius =
        source.radius.ok_or_else(|| Missing::undefined("no radius about the start was given"))?;
    let found = time_to_leave(decoded, source.space, radius)?;
    let median_s = found.median_steps.map(|steps| steps * source.dt_s);
    Ok(Leaving { radius, median_s, left: found.left })
}

fn burn_in(space: &Space, decoded: ArrayView3<'_, f32>) -> Result<BurnInCurve, Error> {
    // The ratio depends on the length of a phase, so it is computed from equally long ones.
    // Burn-ins reach half of this length, which leaves enough steps for a variance.
    let steps = decoded.len_of(Axis(1));
    let burn_ins: Vec<usize> = (0..=8).map(|i| i * steps / 16).collect();
    variance_ratio_by_burn_in(decoded, space, &burn_ins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_turn_bin_holds_equally_many_multiples_of_the_spacing_of_cells() {
        for (cells, bins, per_bin) in [(512, 33, 3), (128, 25, 1), (360, 23, 3), (3, 3, 1)] {
            let (found, limit_rad) = turn_bins(cells);
            assert_eq!(found, bins, "{cells} cells");
            let width = 2.0 * limit_rad / bins as f64;
            let spacing = std::f64::consts::TAU / cells as f64;
            assert!((width / spacing - f64::from(per_bin)).abs() < 1e-12, "{cells} cells");
            assert!(limit_rad <= std::f64::consts::PI);
        }
    }
}
