//! Shared code of the tests of measurements.

use std::fs::File;

use ndarray::{Array, Array2, Array3, Dimension};
use ndarray_npy::{NpzReader, ReadableElement};
use quiescent::random::Generator;

/// An array of `fixtures/statistics.npz`.
pub fn fixture<T: ReadableElement, D: Dimension>(name: &str) -> Array<T, D> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/statistics.npz");
    let mut npz = NpzReader::new(File::open(path).unwrap()).unwrap();
    npz.by_name(name).unwrap()
}

/// Asserts a relative difference.
#[track_caller]
pub fn close(ours: f64, expected: f64, tolerance: f64) {
    assert!(
        (ours - expected).abs() <= tolerance * expected.abs(),
        "{ours} is not within {tolerance} of {expected}"
    );
}

/// Standard normal deviates, `[point, dim]`.
pub fn normals(generator: &mut Generator, points: usize, dims: usize) -> Array2<f64> {
    Array2::from_shape_simple_fn((points, dims), || generator.normal())
}

/// Gaussian random walks in the plane, `[trial, step, 2]`.
pub fn walk(generator: &mut Generator, trials: usize, steps: usize, sd: f64) -> Array3<f32> {
    let mut out = Array3::zeros((trials, steps, 2));
    for mut trial in out.outer_iter_mut() {
        let mut at = [0.0; 2];
        for mut step in trial.outer_iter_mut() {
            for d in 0..2 {
                at[d] += sd * generator.normal();
                step[d] = at[d] as f32;
            }
        }
    }
    out
}

/// Runs on a pool of this many threads.
pub fn on_threads<R: Send>(threads: usize, run: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(run)
}
