//! Times measures and motion on the data of a file, for `benchmarks/measures.py`.
//!
//! `measures IN.npz OUT.npz` reads `points: [point, 2]`, `at: [point, 2]`, `clouds: [cloud, point, 2]`
//! (all float64, m), `states: [sample, unit]` (float32) and `steps` (a number of steps of motion). It
//! writes `density` (of the points, Scott's bandwidth, at `at`), `divergences: [of, from]` (nats, by Monte
//! Carlo at the points of the first), `variances` (of all principal components), and the seconds that each
//! took without files: `density_s`, `divergences_s`, `pca_s`, `motion_s` (on one thread, as the others' are).

use std::error::Error;
use std::fs::File;
use std::time::Instant;

use ndarray::{Array0, Array1, Array2, Array3, arr0};
use ndarray_npy::{NpzReader, NpzWriter};
use quiescent::analysis::divergence;
use quiescent::analysis::kde::Kde;
use quiescent::analysis::pca::Pca;
use quiescent::experiment::Experiment;
use quiescent::random::{Generator, Stream};
use quiescent::task::{self, Split};

/// Steps of one trial of motion.
const TRIAL: usize = 100;

fn timed<T>(work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<(T, f64), Box<dyn Error>> {
    let began = Instant::now();
    let found = work()?;
    Ok((found, began.elapsed().as_secs_f64()))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("usage: measures IN.npz OUT.npz".into());
    };
    let mut input = NpzReader::new(File::open(input)?)?;
    let points: Array2<f64> = input.by_name("points")?;
    let at: Array2<f64> = input.by_name("at")?;
    let clouds: Array3<f64> = input.by_name("clouds")?;
    let states: Array2<f32> = input.by_name("states")?;
    let steps: Array0<i64> = input.by_name("steps")?;
    let trials = usize::try_from(steps.into_scalar())? / TRIAL;
    let experiment = Experiment::named("paper/spatial/noisy_unbiased")?;
    let task = task::build(&experiment)?;
    // Threads start before the clock.
    rayon::join(|| (), || ());

    let (density, density_s) = timed(|| Ok(Kde::fit(points.view())?.density(at.view())?))?;
    let (divergences, divergences_s) = timed(|| {
        let kernels = clouds.outer_iter().map(Kde::fit).collect::<Result<Vec<_>, _>>()?;
        let mut nats = Array2::zeros((kernels.len(), kernels.len()));
        for (of, cloud) in clouds.outer_iter().enumerate() {
            for (from, other) in kernels.iter().enumerate() {
                nats[(of, from)] = divergence::kl_at(&kernels[of], other, cloud)?.nats;
            }
        }
        Ok(nats)
    })?;
    let (pca, pca_s) = timed(|| Ok(Pca::fit(states.view())?))?;
    let (ends, motion_s) = timed(|| {
        let mut positions = vec![0.0; 2 * (TRIAL + 1)];
        let mut displacements = vec![0.0; 2 * TRIAL];
        let ends = (0..trials).map(|trial| {
            let stream = Stream::Train { batch: 0 };
            let mut generator = Generator::new(experiment.seed, stream, trial as u64);
            task.draw_motion(Split::Train, &mut generator, &mut positions, &mut displacements);
            f64::from(positions[2 * TRIAL])
        });
        Ok(ends.collect::<Vec<_>>())
    })?;

    let mut output = NpzWriter::new(File::create(output)?);
    output.add_array("density", &Array1::from(density))?;
    output.add_array("divergences", &divergences)?;
    output.add_array("variances", &Array1::from(pca.variances))?;
    output.add_array("ends", &Array1::from(ends))?;
    for (name, seconds) in [
        ("density_s", density_s),
        ("divergences_s", divergences_s),
        ("pca_s", pca_s),
        ("motion_s", motion_s),
    ] {
        output.add_array(name, &arr0(seconds))?;
    }
    output.finish()?;
    Ok(())
}
