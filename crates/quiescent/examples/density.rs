//! Times the kernel density estimate on the points of a file, for `benchmarks/density.py`.
//!
//! `density IN.npz OUT.npz`: reads `points` and `at`, both float64 `[point, dim]`, fits with Scott's
//! bandwidth and writes `density` (at `at`) and `seconds` (fit and evaluation, without files).

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use ndarray::{Array1, Array2, arr0};
use ndarray_npy::{NpzReader, NpzWriter};
use quiescent::analysis::kde::Kde;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: density IN.npz OUT.npz".into());
    };
    let mut input = NpzReader::new(File::open(input)?)?;
    let points: Array2<f64> = input.by_name("points")?;
    let at: Array2<f64> = input.by_name("at")?;
    // Threads start before the clock.
    rayon::join(|| (), || ());
    let began = Instant::now();
    let density = Kde::fit(points.view())?.density(at.view())?;
    let seconds = began.elapsed().as_secs_f64();
    let mut output = NpzWriter::new(File::create(output)?);
    output.add_array("density", &Array1::from(density))?;
    output.add_array("seconds", &arr0(seconds))?;
    output.finish()?;
    Ok(())
}
