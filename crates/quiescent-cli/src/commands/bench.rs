//! `quiescent bench`: the training step against this machine's matrix-product rate.

use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::output::complain;
use clap::Args;
use quiescent::benchmark::{self, PosteriorMeans, Product, predicted_step};
use quiescent::experiment::{
    AdaptationSpec, Experiment, MomentumSpec, QuiescentNoise, RestDynamics,
};
use quiescent::memory;
use quiescent::network::Network;
use quiescent::simulate::{self, Drive, Keep, Setup, Start};
use quiescent::training::{Event, Trainer};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::time::Instant;

/// Measure this machine's matrix-product rate and the training step against it.
#[derive(Debug, Args)]
#[command(after_help = "Example: quiescent bench --threads 2 --json\n\nGFLOP are counted as \
                        6·trials·steps·(N² + N·N_o), with 3N² for a GRU; a step counts \
                        everything that a training batch does: motion, cells, noise, loss, \
                        gradients and Adam.")]
pub(crate) struct Arguments {
    #[command(flatten)]
    threads: Threads,
    /// Rounds; in each, product and training steps are measured in turn.
    #[arg(long, value_name = "N", default_value = "5")]
    rounds: NonZeroUsize,
    #[command(flatten)]
    json: Json,
}

/// What is trained, and how many steps are timed in each round: enough for a tenth of a second or
/// more.
const TRAININGS: [(&str, usize); 3] = [
    ("paper/spatial/noisy_unbiased", 3),
    ("paper/spatial/noisy_unbiased_gru", 1),
    ("paper/head_direction/noisy_unbiased", 12),
];

/// Rounds of rest; in each, first order, adaptation and momentum are timed in turn.
const REST_ROUNDS: usize = 7;

/// Numbers of threads for which a step is predicted.
const MORE_THREADS: [usize; 3] = [4, 8, 16];

#[derive(Debug, Serialize)]
struct Bench {
    version: &'static str,
    threads: usize,
    /// This machine's single-precision matrix-product rate on every thread: the better of the next
    /// two.
    sgemm_gflops: f64,
    /// 2048³ products, whose factors fill the outer cache.
    sgemm_large_gflops: f64,
    /// 512³ products, which stay in the inner cache.
    sgemm_cached_gflops: f64,
    spatial: Step,
    gru: Step,
    head_direction: Step,
    /// Posterior means of the theory's optimal network: 200 states × 512 units × 10⁴ components.
    optimal_network: Rate,
    /// Trials of task data (motion and target activity) drawn per second.
    trials_per_s: TrialsPerSecond,
    /// Unit-steps of the quiescent phase per second: 512 units × 200 trials, with readout and decoding.
    quiescent_steps_per_s: f64,
    /// Time of such a phase over that of first-order rest.
    rest_over_first_order: SecondOrder,
    /// Largest resident memory of paper-scale spatial training, in 10⁶ bytes.
    peak_memory_mb: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Step {
    /// Median time of a whole training step, in seconds.
    step_s: f64,
    gflops: f64,
    fraction_of_sgemm: f64,
    /// The step on more threads, predicted from the times of its parts.
    predicted: Vec<Predicted>,
}

/// Medians over the steps.
#[derive(Debug, Serialize)]
struct Predicted {
    threads: usize,
    step_s: f64,
    /// Share of the time in which all threads work.
    efficiency: f64,
}

#[derive(Debug, Serialize)]
struct Rate {
    gflops: f64,
    fraction_of_sgemm: f64,
}

/// Medians over pairs that were timed in turn.
#[derive(Debug, Serialize)]
struct SecondOrder {
    adaptation: f64,
    momentum: f64,
}

#[derive(Debug, Serialize)]
struct TrialsPerSecond {
    spatial: f64,
    head_direction: f64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bench = arguments.threads.run(|threads| measure(arguments, threads))?;
    arguments.json.print(&bench, lines)
}

fn lines(bench: &Bench) -> Vec<String> {
    let mut lines = vec![format!(
        "matrix product      {:8.1} GFLOP/s on {} threads (the better of {:.1} at 2048³ and {:.1} \
         at 512³, in cache)",
        bench.sgemm_gflops, bench.threads, bench.sgemm_large_gflops, bench.sgemm_cached_gflops
    )];
    for (name, step) in [
        ("spatial", &bench.spatial),
        ("spatial GRU", &bench.gru),
        ("head direction", &bench.head_direction),
    ] {
        lines.push(format!(
            "{name:<20}{:8.1} GFLOP/s, {:.1} ms a training step: {:.0} % of the product's rate",
            step.gflops,
            step.step_s * 1e3,
            step.fraction_of_sgemm * 100.0,
        ));
    }
    let predicted = |step: &Step| {
        let each = step.predicted.iter();
        let text = each.map(|at| format!("{:.0} % on {}", at.efficiency * 100.0, at.threads));
        text.collect::<Vec<_>>().join(", ")
    };
    lines.push(format!(
        "more threads        {} busy, predicted for spatial; GRU {}; head direction {}",
        predicted(&bench.spatial),
        predicted(&bench.gru),
        predicted(&bench.head_direction)
    ));
    lines.push(format!(
        "optimal network     {:8.1} GFLOP/s in posterior means: {:.0} % of the product's rate",
        bench.optimal_network.gflops,
        bench.optimal_network.fraction_of_sgemm * 100.0
    ));
    lines.push(format!(
        "task data           {:8.0} spatial and {:.0} head-direction trials/s",
        bench.trials_per_s.spatial, bench.trials_per_s.head_direction
    ));
    lines.push(format!("quiescent phase     {:8.2e} unit-steps/s", bench.quiescent_steps_per_s));
    lines.push(format!(
        "rest                {:8.2} of first order's time with adaptation, {:.2} with momentum",
        bench.rest_over_first_order.adaptation, bench.rest_over_first_order.momentum
    ));
    if let Some(memory) = bench.peak_memory_mb {
        lines.push(format!("peak memory         {memory:8.0} MB in spatial training"));
    }
    lines
}

fn measure(arguments: &Arguments, threads: usize) -> Result<Bench, Failure> {
    // Spatial training first and alone, so that the peak is its own.
    let mut peak_memory_mb = None;
    let mut trainers = Vec::new();
    for (name, _) in TRAININGS {
        let mut trainer = Trainer::new(&Experiment::named(name)?)?;
        take_steps(&mut trainer, 2)?;
        trainers.push(trainer);
        if trainers.len() == 1 {
            peak_memory_mb = memory::peak_memory_bytes().map(|bytes| bytes as f64 / 1e6);
        }
    }

    let product = Product::new();
    let posterior = PosteriorMeans::new().map_err(|error| Failure::Data(error.to_string()))?;
    let (mut rates, mut cached_rates, mut posterior_rates) = (Vec::new(), Vec::new(), Vec::new());
    let mut steps = TRAININGS.map(|_| Vec::new());
    let mut times = TRAININGS.map(|_| Vec::new());
    for round in 0..arguments.rounds.get() {
        complain(&format!("round {} of {}", round + 1, arguments.rounds));
        rates.push(product.gflops());
        cached_rates.push(product.cached_gflops());
        posterior_rates.push(posterior.gflops());
        for (place, trainer) in trainers.iter_mut().enumerate() {
            for _ in 0..TRAININGS[place].1 {
                let began = Instant::now();
                take_steps(trainer, 1)?;
                steps[place].push(began.elapsed().as_secs_f64());
                times[place].push(trainer.step_times().clone());
            }
        }
    }
    let (sgemm_large_gflops, sgemm_cached_gflops) = (median(rates), median(cached_rates));
    let sgemm_gflops = sgemm_large_gflops.max(sgemm_cached_gflops);
    let posterior_gflops = median(posterior_rates);
    let [spatial_s, gru_s, head_s] = steps.map(median);
    let step = |place: usize, step_s: f64| {
        let operations = trainers[place].network().experiment().operations_per_batch();
        let gflops = operations / step_s * 1e-9;
        let predicted = MORE_THREADS.map(|more| {
            let each = times[place].iter().map(|times| predicted_step(times, threads, more));
            let (steps, efficiencies) = each.unzip();
            Predicted { threads: more, step_s: median(steps), efficiency: median(efficiencies) }
        });
        let fraction_of_sgemm = gflops / sgemm_gflops;
        Step { step_s, gflops, fraction_of_sgemm, predicted: predicted.into() }
    };
    let trials = |trainer: &Trainer| {
        median((0..5).map(|round| benchmark::task_trials_per_s(trainer.network(), round)).collect())
    };

    let (quiescent_steps_per_s, rest_over_first_order) = rest(trainers[0].network())?;

    Ok(Bench {
        version: env!("CARGO_PKG_VERSION"),
        threads,
        sgemm_gflops,
        sgemm_large_gflops,
        sgemm_cached_gflops,
        spatial: step(0, spatial_s),
        gru: step(1, gru_s),
        head_direction: step(2, head_s),
        optimal_network: Rate {
            gflops: posterior_gflops,
            fraction_of_sgemm: posterior_gflops / sgemm_gflops,
        },
        trials_per_s: TrialsPerSecond {
            spatial: trials(&trainers[0]),
            head_direction: trials(&trainers[2]),
        },
        quiescent_steps_per_s,
        rest_over_first_order,
        peak_memory_mb,
    })
}

/// Unit-steps of first-order rest per second, and what rest of second order costs.
fn rest(network: &Network) -> Result<(f64, SecondOrder), Failure> {
    let (trials, steps) = (200, 100);
    let adaptation = AdaptationSpec { strength: 0.3, tau_s: 0.6 };
    let momentum = MomentumSpec { friction: 0.5, keep_temperature: true };
    let ways = [
        RestDynamics::FIRST_ORDER,
        RestDynamics { adaptation: Some(adaptation), ..RestDynamics::FIRST_ORDER },
        RestDynamics { momentum: Some(momentum), ..RestDynamics::FIRST_ORDER },
    ];
    let mut times = ways.map(|_| Vec::new());
    for _ in 0..REST_ROUNDS {
        for (dynamics, times) in ways.into_iter().zip(&mut times) {
            let setup = Setup {
                drive: Drive::Silent,
                start: Start::Encoded { trials },
                noise: QuiescentNoise::DoubledVariance,
                dynamics,
                steps,
                keep: Keep::Decoded,
                seed: None,
            };
            let began = Instant::now();
            simulate::simulate(network, &setup, &())
                .map_err(|error| Failure::Diverged(error.to_string()))?;
            times.push(began.elapsed().as_secs_f64());
        }
    }
    let [first, adaptation, momentum] = times;
    let over_first = |times: Vec<f64>| {
        median(times.iter().zip(&first).map(|(time, first)| time / first).collect())
    };
    let second = SecondOrder { adaptation: over_first(adaptation), momentum: over_first(momentum) };
    let unit_steps = (trials * steps * network.experiment().network.units) as f64;
    Ok((unit_steps / median(first), second))
}

/// Takes gradient steps, passing over tests and checkpoints, which are not part of one.
fn take_steps(trainer: &mut Trainer, steps: usize) -> Result<(), Failure> {
    let mut taken = 0;
    while taken < steps {
        match trainer.next() {
            Some(Event::Batch { .. }) => taken += 1,
            Some(Event::Test { .. } | Event::Checkpoint { .. }) => {}
            Some(Event::Diverged { batch, .. }) => {
                return Err(Failure::Diverged(format!("the benchmark diverged at batch {batch}")));
            }
            None => return Err(Failure::Usage("too many rounds: the training is over".to_owned())),
        }
    }
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
