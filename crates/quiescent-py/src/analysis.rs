//! Measurements one by one, of arrays from anywhere.

use ndarray::{Array2, ArrayView2, Axis};
use numpy::{
    IntoPyArray, PyArray2, PyArray3, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArray3,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pythonize::{depythonize, pythonize};
use quiescent::analysis::bootstrap::{self, BootstrapSettings};
use quiescent::analysis::circular::{self, CircularBandwidth, VonMisesKde};
use quiescent::analysis::compression::{self, Displacements};
use quiescent::analysis::exploration::PerTrial;
use quiescent::analysis::kde::{Kde, KdeOptions};
use quiescent::analysis::pca::Pca;
use quiescent::analysis::reach::Reach;
use quiescent::analysis::sequences::{self, SequenceSettings};
use quiescent::analysis::transitions::{self, Transitions, TrialTransitions};
use quiescent::analysis::{
    diffusion as diffusions, exploration, null_models, reactivation as phases, ring as rings,
    steps, turning as turns,
};
use quiescent::space::Space;

use crate::arrays::{Corners, settings as settings_of, space};
use crate::errors::{Kind, Raise};
use crate::work::run_silently;

type Dict<'py> = PyResult<Bound<'py, PyDict>>;

/// A setting that Python gives as nested dictionaries, lists and numbers.
fn setting<'a, T: serde::Deserialize<'a>>(name: &str, given: &'a Bound<'_, PyAny>) -> PyResult<T> {
    depythonize(given).map_err(|error| Kind::Measurement.raise(format!("{name}: {error}")))
}

/// Compares the decoded values of a quiescent phase with those of the active one.
#[pyfunction]
pub(crate) fn reactivation<'py>(
    py: Python<'py>,
    active: PyReadonlyArray3<'py, f64>,
    quiescent: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    settings: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = settings_of(settings)?;
    let (space, active, quiescent) = (space(&corners)?, active.as_array(), quiescent.as_array());
    let found =
        run_silently(py, |_| phases::compare(active, quiescent, &space, &settings))?.raise()?;
    crate::measure::reactivation_to_python(py, &found)
}

/// A Gaussian kernel density of points at other points, with the kernel's covariance.
#[pyfunction]
pub(crate) fn density<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f64>,
    at: PyReadonlyArray2<'py, f64>,
    bandwidth: &Bound<'py, PyAny>,
    walls: Corners,
) -> PyResult<(Vec<f64>, Bound<'py, PyArray2<f64>>)> {
    let reflect = match walls {
        None => None,
        walls => space(&walls)?.region().cloned(),
    };
    let options = KdeOptions { bandwidth: setting("bandwidth", bandwidth)?, reflect };
    let (points, at) = (points.as_array(), at.as_array());
    let found = run_silently(py, |_| {
        let kde = Kde::fit_with(points, &options)?;
        Ok::<_, quiescent::analysis::Error>((kde.density(at)?, kde.covariance().to_owned()))
    })?;
    let (density, covariance) = found.raise()?;
    Ok((density, covariance.into_pyarray(py)))
}

/// A von Mises kernel density of angles at other angles, per radian, with its concentration.
#[pyfunction]
pub(crate) fn circular_density(
    py: Python<'_>,
    angles: PyReadonlyArray1<'_, f64>,
    at: Vec<f64>,
    bandwidth: &Bound<'_, PyAny>,
) -> PyResult<(Vec<f64>, f64)> {
    let bandwidth: CircularBandwidth = setting("bandwidth", bandwidth)?;
    let angles = angles.as_array();
    let found = run_silently(py, |_| {
        let kde = VonMisesKde::fit(angles, bandwidth)?;
        Ok::<_, quiescent::analysis::Error>((kde.density(&at)?, kde.concentration()))
    })?;
    found.raise()
}

/// Principal components of samples: mean, axes and variances.
#[pyfunction]
pub(crate) fn principal_components<'py>(
    py: Python<'py>,
    samples: PyReadonlyArray2<'py, f32>,
) -> Dict<'py> {
    let samples = samples.as_array();
    let found = run_silently(py, |_| Pca::fit(samples))?.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("explained_variance_ratio", found.explained_variance_ratios().into_pyarray(py))?;
    dict.set_item("mean", found.mean.into_pyarray(py))?;
    dict.set_item("axes", found.axes.into_pyarray(py))?;
    dict.set_item("variances", found.variances.into_pyarray(py))?;
    Ok(dict)
}

/// How the variance of other samples lies along the components of samples, and the angles between the spaces
/// of their first components.
#[pyfunction]
pub(crate) fn subspaces<'py>(
    py: Python<'py>,
    samples: PyReadonlyArray2<'py, f32>,
    others: PyReadonlyArray2<'py, f32>,
    components: usize,
) -> Dict<'py> {
    let (samples, others) = (samples.as_array(), others.as_array());
    let found = run_silently(py, |_| {
        let (own, other) = (Pca::fit(samples)?, Pca::fit(others)?);
        let explained = own.explained_of(&other, components)?;
        Ok::<_, quiescent::analysis::Error>((explained, own.principal_angles(&other, components)?))
    })?;
    let (explained, angles) = found.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("explained", explained.into_pyarray(py))?;
    dict.set_item("principal_angles_rad", angles.into_pyarray(py))?;
    Ok(dict)
}

/// One value per trial, with their mean and its interval.
fn per_trial<'py>(py: Python<'py>, found: PerTrial) -> Dict<'py> {
    let mean =
        run_silently(py, |_| bootstrap::mean(&found.trials, &BootstrapSettings::default()))?.ok();
    let dict = PyDict::new(py);
    dict.set_item("mean", pythonize(py, &mean)?)?;
    dict.set_item("trials", found.trials.into_pyarray(py))?;
    Ok(dict)
}

/// Variance over steps of each trial, summed over dimensions.
#[pyfunction]
pub(crate) fn total_variance<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    burn_in: usize,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found = run_silently(py, |_| exploration::total_variance(decoded, &space, burn_in))?;
    per_trial(py, found.raise()?)
}

/// Mean distance between successive values of each trial.
#[pyfunction]
pub(crate) fn mean_step_distance<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found = run_silently(py, |_| steps::mean_step_distance(decoded, &space))?;
    per_trial(py, found.raise()?)
}

/// Share of a quiescent phase's steps that are no longer than a fraction of an active phase's.
#[pyfunction]
pub(crate) fn continuity<'py>(
    py: Python<'py>,
    active: PyReadonlyArray3<'py, f64>,
    quiescent: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    probability: f64,
) -> Dict<'py> {
    let (active, quiescent, space) = (active.as_array(), quiescent.as_array(), space(&corners)?);
    let found = run_silently(py, |_| {
        let longest = steps::step_quantile(active, &space, probability)?;
        steps::continuity(quiescent, &space, longest).map(|found| (longest, found))
    })?;
    let (longest, found) = found.raise()?;
    let dict = per_trial(py, found)?;
    dict.set_item("longest", longest)?;
    Ok(dict)
}

/// Whether successive steps go on in one direction or turn back.
#[pyfunction]
pub(crate) fn persistence<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found = run_silently(py, |_| steps::persistence(decoded, &space))?.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("cosine", per_trial(py, found.cosine)?)?;
    dict.set_item("reversals", per_trial(py, found.reversals)?)?;
    Ok(dict)
}

/// Fraction of a space's regions visited by each of some steps.
#[pyfunction]
pub(crate) fn coverage_in_time<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    per_side: Option<usize>,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let bins = bins(&space, per_side)?;
    let found = run_silently(py, |_| Reach::of(decoded, &bins))?.raise()?;
    let covered: Vec<f64> =
        (1..=decoded.len_of(Axis(1))).map(|steps| found.covered(steps)).collect();
    let medians: Result<Vec<_>, _> =
        (1..=bins.len()).map(|count| found.median_steps_to(count)).collect();
    let medians = medians.raise()?.into_iter().map(|steps| steps.unwrap_or(f64::NAN));
    let dict = PyDict::new(py);
    dict.set_item("covered", covered.into_pyarray(py))?;
    dict.set_item("median_steps", medians.collect::<Vec<f64>>().into_pyarray(py))?;
    Ok(dict)
}

/// Events of a phase that are sequences: that follow a straight line in time.
#[pyfunction]
pub(crate) fn sequence_score<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    event_steps: usize,
    shuffles: usize,
    seed: u64,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let settings = SequenceSettings { seed, event_steps, shuffles };
    let found = run_silently(py, |_| sequences::sequence_score(decoded, &space, &settings))?;
    let found = found.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("share", per_trial(py, found.share)?)?;
    dict.set_item("score", per_trial(py, found.score)?)?;
    dict.set_item("events", found.events)?;
    Ok(dict)
}

/// How many times faster a quiescent phase covers a distance than the active one.
#[pyfunction]
pub(crate) fn temporal_compression<'py>(
    py: Python<'py>,
    active: PyReadonlyArray3<'py, f64>,
    quiescent: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    distance: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let (active, quiescent, space) = (active.as_array(), quiescent.as_array(), space(&corners)?);
    let settings = BootstrapSettings { seed, ..BootstrapSettings::default() };
    let found = run_silently(py, |_| {
        let of = |decoded| Displacements::of(decoded, &space);
        compression::temporal_compression(&of(active)?, &of(quiescent)?, distance, &settings)
    })?;
    Ok(pythonize(py, &found.raise()?)?)
}

/// Exponent of the mean squared displacement, with the lags where it holds.
#[pyfunction]
pub(crate) fn diffusion<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    seed: u64,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let settings = BootstrapSettings { seed, ..BootstrapSettings::default() };
    let found = run_silently(py, |_| diffusions::diffusion(decoded, &space, &settings))?.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("exponent", pythonize(py, &found.exponent)?)?;
    dict.set_item("lags", found.lags)?;
    dict.set_item("squared", found.squared.into_pyarray(py))?;
    Ok(dict)
}

/// Mean squared displacement at lags in steps; at about 20 logarithmic ones if none are given.
#[pyfunction]
pub(crate) fn mean_squared_displacement<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    lags: Option<Vec<usize>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let steps = decoded.dim().1;
    let lags = lags.unwrap_or_else(|| exploration::logarithmic_lags(steps / 10, 20));
    let found =
        run_silently(py, |_| exploration::mean_squared_displacement(decoded, &space, &lags))?;
    Ok(pythonize(py, &found.raise()?)?)
}

fn bins(space: &Space, per_side: Option<usize>) -> PyResult<quiescent::space::Bins> {
    per_side.map_or_else(|| Ok(space.standard_bins()), |per_side| space.bins(per_side).raise())
}

/// Fraction of bins that trials visit.
#[pyfunction]
pub(crate) fn covered_fraction<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    per_side: Option<usize>,
) -> Dict<'py> {
    let bins = bins(&space(&corners)?, per_side)?;
    let decoded = decoded.as_array();
    let found = run_silently(py, |_| exploration::covered_fraction(decoded, &bins))?.raise()?;
    let dict = per_trial(py, found.per_trial)?;
    dict.set_item("pooled", found.pooled)?;
    dict.set_item("bins_per_side", found.bins)?;
    dict.set_item("outside", found.outside)?;
    Ok(dict)
}

/// Steps until each trial is farther than a radius from its start.
#[pyfunction]
pub(crate) fn time_to_leave<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    radius: f64,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found =
        run_silently(py, |_| exploration::time_to_leave(decoded, &space, radius))?.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("steps", found.steps)?;
    dict.set_item("median_steps", found.median_steps)?;
    dict.set_item("left", found.left)?;
    Ok(dict)
}

/// Variance within trials over that of all values.
#[pyfunction]
pub(crate) fn variance_ratio<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    burn_in: usize,
) -> Dict<'py> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found =
        run_silently(py, |_| exploration::variance_ratio(decoded, &space, burn_in))?.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("within", found.within)?;
    dict.set_item("pooled", found.pooled)?;
    dict.set_item("ratio", found.ratio)?;
    Ok(dict)
}

/// Probabilities of each bin a lag of steps after each other one.
#[pyfunction]
pub(crate) fn step_transitions<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    per_side: Option<usize>,
    lag: usize,
) -> Dict<'py> {
    let bins = bins(&space(&corners)?, per_side)?;
    let decoded = decoded.as_array();
    let found = run_silently(py, |_| Transitions::of(decoded, &bins, lag))?.raise()?;
    let counts = Array2::from_shape_vec((found.bins, found.bins), found.counts.clone());
    let counts = counts.map_err(|error| Kind::Measurement.raise(error))?;
    let dict = PyDict::new(py);
    dict.set_item("probabilities", found.probabilities().into_pyarray(py))?;
    dict.set_item("counts", counts.into_pyarray(py))?;
    dict.set_item("occupancy", found.occupancy().into_pyarray(py))?;
    dict.set_item("outside", found.outside)?;
    Ok(dict)
}

/// Distance of a quiescent phase's transitions from the active one's, with intervals and floors.
#[pyfunction]
pub(crate) fn transition_distance<'py>(
    py: Python<'py>,
    active: PyReadonlyArray3<'py, f64>,
    quiescent: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    per_side: Option<usize>,
    lag: usize,
    seed: u64,
) -> Dict<'py> {
    let bins = bins(&space(&corners)?, per_side)?;
    let settings = BootstrapSettings { seed, ..BootstrapSettings::default() };
    let (active, quiescent) = (active.as_array(), quiescent.as_array());
    let found = run_silently(py, |_| {
        let active = TrialTransitions::of(active, &bins, lag)?;
        let quiescent = TrialTransitions::of(quiescent, &bins, lag)?;
        let distance = transitions::distance_with_interval(&active, &quiescent, &settings)?;
        Ok::<_, quiescent::analysis::Error>((distance, transitions::floors(&active, &settings)?))
    })?;
    let (distance, floors) = found.raise()?;
    let dict = PyDict::new(py);
    dict.set_item("total_variation", pythonize(py, &distance.total_variation)?)?;
    dict.set_item("jensen_shannon", pythonize(py, &distance.jensen_shannon)?)?;
    dict.set_item("floors", pythonize(py, &floors)?)?;
    Ok(dict)
}

/// How headings turn from step to step.
#[pyfunction]
pub(crate) fn turning<'py>(
    py: Python<'py>,
    headings: PyReadonlyArray2<'py, f64>,
    bins: usize,
    limit_rad: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let settings = BootstrapSettings { seed, ..BootstrapSettings::default() };
    let headings = headings.as_array();
    let found =
        run_silently(py, |_| turns::turning(headings, bins, limit_rad, &settings))?.raise()?;
    Ok(pythonize(py, &found)?)
}

/// How far points in a plane form a ring that is ordered by heading.
#[pyfunction]
pub(crate) fn ring<'py>(
    py: Python<'py>,
    points: PyReadonlyArray2<'py, f64>,
    headings: Vec<f64>,
    centre: Option<[f64; 2]>,
) -> PyResult<Bound<'py, PyAny>> {
    let points: ArrayView2<'_, f64> = points.as_array();
    let found = rings::Ring::measure(points, &headings, centre).raise()?;
    let dict = pythonize(py, &found)?;
    dict.set_item("is_ring", found.is_ring())?;
    Ok(dict)
}

/// The same values with the steps of every trial in random order.
#[pyfunction]
pub(crate) fn shuffled<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    seed: u64,
) -> Bound<'py, PyArray3<f64>> {
    null_models::time_shuffled(decoded.as_array(), seed).into_pyarray(py)
}

/// Brownian motion with the starts and the diffusivity of a phase.
#[pyfunction]
pub(crate) fn brownian<'py>(
    py: Python<'py>,
    decoded: PyReadonlyArray3<'py, f64>,
    corners: Corners,
    seed: u64,
) -> PyResult<Bound<'py, PyArray3<f64>>> {
    let (decoded, space) = (decoded.as_array(), space(&corners)?);
    let found = run_silently(py, |_| null_models::brownian(decoded, &space, seed))?;
    Ok(found.raise()?.into_pyarray(py))
}

/// Values drawn uniformly from a space at every step.
#[pyfunction]
pub(crate) fn uniform<'py>(
    py: Python<'py>,
    corners: Corners,
    trials: usize,
    steps: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyArray3<f64>>> {
    Ok(null_models::uniform(&space(&corners)?, trials, steps, seed).into_pyarray(py))
}

/// Mean direction of angles, with the length of their mean resultant.
#[pyfunction]
pub(crate) fn circular_mean(angles: PyReadonlyArray1<'_, f64>) -> PyResult<(f64, f64)> {
    let found = circular::mean(angles.as_array()).raise()?;
    Ok((found.direction_rad, found.resultant_length))
}
