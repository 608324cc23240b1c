//! A run's methods: every resolved setting with its unit, and the figures derived from them.

use maud::{Markup, html};
use quiescent::experiment::{
    Activation, AdaptationSpec, MomentumSpec, NetworkKind, NoiseDistribution, QuiescentNoise,
    RecordingSpec, Reset, RestStart, ScheduleSpec, SpatialStart, TaskSpec, TrainingSpec, Tuning,
    TurnDirection,
};

use quiescent::measure::{Movement, NULL_TRIALS};
use quiescent::run::CellsOrigin;

use crate::view::RunView;
use quiescent::readable::{count, derived, duration, setting, utc};

type Row = (&'static str, String);

pub(super) fn section(run: &RunView) -> Markup {
    let parts: [(&str, Vec<Row>); 6] = [
        ("Task", task(run)),
        ("Network", network(run)),
        ("Training", training(run)),
        ("Quiescent phase", quiescent(run)),
        ("How paths are measured", paths(run)),
        ("Provenance", provenance(run)),
    ];
    html! {
        details {
            summary { "Methods: every setting" }
            div.methods {
                @for (heading, rows) in parts.iter().filter(|(_, rows)| !rows.is_empty()) {
                    div.part {
                        h4 { (heading) }
                        dl { @for (term, value) in rows { dt { (term) } dd { (value) } } }
                    }
                }
            }
        }
    }
}

fn task(run: &RunView) -> Vec<Row> {
    let dt_s = run.experiment.time.dt_s;
    match &run.experiment.task {
        TaskSpec::Spatial(spec) => {
            let arena = &spec.arena;
            let mut rows = vec![(
                "Box",
                match run.arena() {
                    Some([x_min, x_max, y_min, y_max]) => format!(
                        "{} × {} m, x from {} to {} m, y from {} to {} m",
                        derived(x_max - x_min),
                        derived(y_max - y_min),
                        setting(x_min),
                        setting(x_max),
                        setting(y_min),
                        setting(y_max)
                    ),
                    None if spec.recording.is_some() => {
                        "not known: the recording has not been read".to_owned()
                    }
                    None => format!("{} × {} m", setting(arena.width_m), setting(arena.height_m)),
                },
            )];
            if let Some(room) = run.recording.as_ref().and_then(|recording| recording.room) {
                let [x, y] = room.centre_m;
                rows.push((
                    "Walls",
                    format!(
                        "{}; the origin here is ({}, {}) m in the recording",
                        if room.given {
                            "as given (task.recording.arena)"
                        } else {
                            "the animal’s extent with a margin"
                        },
                        derived(x),
                        derived(y)
                    ),
                ));
            }
            if let Some(recording) = &spec.recording {
                rows.push(("Motion", recorded(recording, "m/s")));
            } else {
                rows.push((
                    "Walls",
                    format!(
                        "within {} m of a wall and heading for it, the animal turns parallel to it; \
                         speed × {}",
                        setting(arena.border_m),
                        setting(arena.border_slowdown)
                    ),
                ));
                let start = match spec.motion.start {
                    SpatialStart::Uniform => "uniform in the box",
                    SpatialStart::Center => "the centre of the box",
                };
                rows.push(("Starts", start.into()));
                rows.push((
                    "Speed",
                    format!("Rayleigh, scale {} m/s", setting(spec.motion.speed_scale_m_per_s)),
                ));
                rows.push(("Turning", turning(spec.motion.turn_sd_rad_per_s, dt_s)));
            }
            rows.push((
                "Drift",
                spec.drift.as_ref().map_or("none".into(), |drift| {
                    format!(
                        "{} of the way to ({}, {}) m in every step",
                        setting(drift.fraction_per_step),
                        setting(drift.toward_m[0]),
                        setting(drift.toward_m[1])
                    )
                }),
            ));
            let tuning = match spec.cells.tuning {
                Tuning::NormalizedGaussian => "normalised Gaussian fields",
                Tuning::Gaussian => "Gaussian fields",
                Tuning::DifferenceOfGaussians => "difference-of-Gaussians fields",
                Tuning::Position => "the position itself, no cells",
            };
            rows.push((
                "Target",
                if spec.cells.tuning == Tuning::Position {
                    tuning.into()
                } else {
                    format!(
                        "{} place cells, {tuning} of {} m",
                        count(spec.cells.count as u64),
                        setting(spec.cells.width_m)
                    )
                },
            ));
            if spec.cells.tuning != Tuning::Position {
                let top = spec.decoder.top;
                rows.push(("Decoder", format!("mean centre of the {top} most active cells")));
            }
            rows
        }
        TaskSpec::HeadDirection(spec) => {
            let mut rows = Vec::new();
            if let Some(recording) = &spec.recording {
                rows.push(("Motion", recorded(recording, "rad/s")));
            } else {
                rows.push(("Turning", turning(spec.motion.turn_sd_rad_per_s, dt_s)));
                let direction = match spec.motion.direction {
                    TurnDirection::Both => "both directions equally",
                    TurnDirection::Counterclockwise => "counter-clockwise only (absolute values)",
                };
                rows.push(("Direction", direction.into()));
            }
            rows.push((
                "Target",
                format!(
                    "{} head-direction cells, von Mises tuning of {} rad",
                    count(spec.cells.count as u64),
                    setting(spec.cells.width_rad)
                ),
            ));
            let top = spec.decoder.top;
            rows.push(("Decoder", format!("circular mean of the {top} most active cells")));
            rows
        }
    }
}

fn turning(sd_rad_per_s: f64, dt_s: f64) -> String {
    format!(
        "normal, sd {} rad/s, which is {} rad per step",
        setting(sd_rad_per_s),
        derived(sd_rad_per_s * dt_s)
    )
}

fn recorded(recording: &RecordingSpec, unit: &str) -> String {
    let gaps = match recording.max_gap_s {
        Some(gap_s) => format!("{} s", setting(gap_s)),
        None => "0.25 s (or 2.5 sampling intervals if these are longer)".to_owned(),
    };
    format!(
        "from {}; gaps up to {gaps} bridged, samples faster than {} {unit} dropped, last {} % held out for tests",
        recording.file.display(),
        setting(recording.max_speed_per_s),
        setting(100.0 * recording.test_fraction)
    )
}

fn network(run: &RunView) -> Vec<Row> {
    let (network, time) = (&run.experiment.network, &run.experiment.time);
    let kind = match network.kind {
        NetworkKind::Rnn => "recurrent network, Euler–Maruyama steps",
        NetworkKind::Gru if network.reset == Some(Reset::After) => {
            "gated recurrent units (GRU), reset gate after the recurrent product as in PyTorch, \
             Euler–Maruyama steps"
        }
        NetworkKind::Gru => "gated recurrent units (GRU), Euler–Maruyama steps",
    };
    let activation = match network.activation {
        Activation::Relu => "rectified linear (ReLU)",
        Activation::Tanh => "hyperbolic tangent",
        Activation::Sigmoid => "logistic (sigmoid)",
        Activation::Identity => "linear (identity)",
    };
    let mut rows: Vec<Row> = vec![
        ("Kind", kind.into()),
        ("Units", count(network.units as u64)),
        ("Nonlinearity", activation.into()),
        ("Biases", if network.biases { "yes" } else { "none" }.into()),
        ("Time constant τ", format!("{} s", setting(network.tau_s))),
        ("Time step Δt", format!("{} s", setting(time.dt_s))),
        ("Δt/τ", derived(time.dt_s / network.tau_s)),
        ("Noise σ", noise(network.noise.sigma, network.noise.distribution, time.dt_s, "unit")),
    ];
    for (name, given, place) in [
        ("Input noise σ", &network.input_noise, "input"),
        ("Output noise σ", &network.output_noise, "output"),
    ] {
        if given.sigma > 0.0 {
            rows.push((name, noise(given.sigma, given.distribution, time.dt_s, place)));
        }
    }
    rows
}

fn noise(sigma: f64, distribution: NoiseDistribution, dt_s: f64, place: &str) -> String {
    if sigma == 0.0 {
        return "0: no noise".into();
    }
    let per_step = sigma * dt_s.sqrt();
    match distribution {
        NoiseDistribution::Gaussian => format!(
            "{} per √s, Gaussian: {} per step and {place} (sd)",
            setting(sigma),
            derived(per_step)
        ),
        NoiseDistribution::Uniform01 => format!(
            "{} per √s, uniform on [0, 1): {} per step and {place} (sd), and a mean of {}",
            setting(sigma),
            derived(per_step * distribution.sd()),
            derived(per_step * distribution.mean())
        ),
    }
}

fn training(run: &RunView) -> Vec<Row> {
    let (training, time) = (&run.experiment.training, &run.experiment.time);
    if run.record.imported.is_some() {
        return vec![
            ("Trained", "elsewhere; details are not known".into()),
            ("Test set", format!("{} trials, at import", count(training.test_trials as u64))),
        ];
    }
    vec![
        (
            "Batches",
            format!(
                "{} of {} trials, {} steps ({} s) each{}",
                count(training.batches),
                count(training.trials as u64),
                count(time.steps as u64),
                setting(time.steps as f64 * time.dt_s),
                match training.schedule.growth_fraction {
                    0.0 => String::new(),
                    part => format!(", to which they grow over {} of the batches", percent(part)),
                }
            ),
        ),
        ("Optimiser", optimiser(training)),
        (
            "Weight decay",
            if training.weight_decay == 0.0 {
                "none".into()
            } else {
                format!("{} (decoupled)", setting(training.weight_decay))
            },
        ),
        (
            "Test set",
            format!(
                "{} trials, every {} batches",
                count(training.test_trials as u64),
                count(training.test_every)
            ),
        ),
    ]
}

fn optimiser(training: &TrainingSpec) -> String {
    let ScheduleSpec { warmup_fraction, decay_fraction, .. } = training.schedule;
    let mut text = format!("Adam, learning rate {}", setting(training.learning_rate));
    if warmup_fraction > 0.0 {
        text += &format!(
            ", reached in a linear rise over the first {} of the batches",
            percent(warmup_fraction)
        );
    }
    if decay_fraction > 0.0 {
        text += &format!(", falling to 0 over the last {}", percent(decay_fraction));
    }
    text += &format!("; β₂ {}", setting(training.beta2));
    if let Some(norm) = training.gradient_norm {
        text += &format!("; gradients of at most length {}", setting(norm));
    }
    text
}

fn quiescent(run: &RunView) -> Vec<Row> {
    let experiment = &run.experiment;
    let (rest, planned) = (&run.rest, &experiment.rest);
    let noise_spec = &experiment.network.noise;
    let start = match rest.start {
        RestStart::Encoded => "encoded test stimuli, as in the paper".into(),
        RestStart::AfterWake => "the states in which the active phase ended".into(),
        RestStart::Point([x, y]) => match experiment.task {
            TaskSpec::Spatial(_) => format!("the encoding of ({}, {}) m", setting(x), setting(y)),
            TaskSpec::HeadDirection(_) => format!("the encoding of {} rad", setting(x)),
        },
    };
    let dynamics = rest.dynamics();
    let (words, sigma) = match rest.noise {
        QuiescentNoise::DoubledVariance => {
            ("twice the variance of the active phase", noise_spec.sigma * std::f64::consts::SQRT_2)
        }
        QuiescentNoise::Same => ("as in the active phase", noise_spec.sigma),
        QuiescentNoise::None => ("none", 0.0),
        QuiescentNoise::Sigma(sigma) => ("set explicitly", sigma),
    };
    let simulated = |key: &str| {
        run.phases.get(key).map_or("not simulated".into(), |phase| {
            let (trials, steps, _) = phase.decoded.dim();
            format!(
                "{} trials of {} steps ({} s)",
                count(trials as u64),
                count(steps as u64),
                setting(steps as f64 * experiment.time.dt_s)
            )
        })
    };
    let mut rows = vec![("Input", "zero".into()), ("Start", start)];
    if let Some(AdaptationSpec { strength, tau_s }) = dynamics.adaptation {
        let words = format!("strength {}, τ {} s", setting(strength), setting(tau_s));
        rows.push(("Adaptation", words));
    }
    if let Some(MomentumSpec { friction, keep_temperature }) = dynamics.momentum {
        let words =
            if keep_temperature { "; √λ in the noise keeps the temperature" } else { "" };
        rows.push(("Momentum", format!("friction λ {}{words}", setting(friction))));
    }
    if let Some(tau_s) = dynamics.tau_s {
        rows.push(("Time constant while quiescent", format!("{} s", setting(tau_s))));
    }
    rows.extend([
        (
            "Noise",
            format!(
                "{words}; σ = {}",
                noise(
                    sigma * dynamics.noise_factor(),
                    noise_spec.distribution,
                    experiment.time.dt_s,
                    "unit"
                )
            ),
        ),
        (
            "As the experiment plans",
            format!(
                "{} trials of {} steps",
                count(planned.trials as u64),
                count(planned.steps as u64)
            ),
        ),
        ("Active phase shown", simulated("active")),
        ("Quiescent phase shown", simulated("quiescent")),
    ]);
    rows
}

/// How the order of decoded values was measured; nothing where it was not.
fn paths(run: &RunView) -> Vec<Row> {
    let Some(found) = &run.measurements else { return Vec::new() };
    let (unit, dt_s) = (found.space.unit(), found.dt_s);
    let all = || found.phases.values().map(|phase| &phase.movement);
    let mut rows = Vec::new();
    if let Some(of) = all().find_map(|of| of.continuity.as_ref().ok()) {
        rows.push((
            "Continuous steps",
            format!("up to {} {unit}, the 95th percentile while active", derived(of.longest)),
        ));
    }
    let compression = |of: &Movement| Some(of.compression.as_ref()?.as_ref().ok()?.distance);
    if let Some(distance) = all().find_map(compression) {
        let words = "the width of a cell, or a tenth of the space without cells";
        rows.push(("Temporal compression", format!("over {} {unit}: {words}", derived(distance))));
    }
    if let Some(of) = all().find_map(|of| of.reach.as_ref().ok()) {
        rows.push(("Coverage in time", format!("of {} regions", count(of.regions as u64))));
    }
    if let Some(of) = all().find_map(|of| of.sequences.as_ref().ok()) {
        rows.push((
            "Sequences",
            format!(
                "events of {} steps ({} s), R² of a straight line in time against 99 shuffled orders",
                count(of.event_steps as u64),
                derived(of.event_steps as f64 * dt_s)
            ),
        ));
    }
    if found.null_movement.is_ok() {
        let seed = found.settings.seed;
        rows.push((
            "Null models of paths",
            format!(
                "shuffled steps, and Brownian motion with each trial’s start and mean squared step, \
                 of at most {} trials; seed {seed}",
                count(NULL_TRIALS as u64)
            ),
        ));
    }
    rows
}

fn provenance(run: &RunView) -> Vec<Row> {
    let record = &run.record;
    let origin = match &record.imported {
        Some(imported) => vec![
            (
                "Imported from",
                format!(
                    "{}, matrices {}, {} precision, on {}",
                    imported.file, imported.layout, imported.precision, record.host
                ),
            ),
            ("That file, SHA-256", imported.file_sha256.clone()),
            (
                "Target cells",
                match imported.cells {
                    CellsOrigin::Weights => "from the same file",
                    CellsOrigin::File => "from a file of their own",
                    CellsOrigin::Experiment => "the experiment’s (its own are not known)",
                    CellsOrigin::None => "none",
                }
                .into(),
            ),
        ],
        None => vec![(
            "Trained on",
            format!(
                "{}, {} {}, {}",
                record.host,
                record.threads,
                if record.threads == 1 { "thread" } else { "threads" },
                duration(record.training_s)
            ),
        )],
    };
    let mut rows = vec![
        (
            "Status",
            match record.imported {
                Some(_) => "imported".into(),
                None => format!("{}, batch {}", record.status, count(record.batch)),
            },
        ),
        ("Seed", record.seed.to_string()),
        ("Program", format!("quiescent {}", record.program_version)),
        ("Run folder format", format!("version {}", record.schema_version)),
        (
            "Parameters, SHA-256",
            record.parameters_sha256.clone().unwrap_or_else(|| "not recorded".into()),
        ),
    ];
    rows.extend(origin);
    rows.push(("Started", utc(record.started_unix_s)));
    rows.push(("Last change", utc(record.updated_unix_s)));
    rows
}

/// A fraction as a percentage.
fn percent(fraction: f64) -> String {
    format!("{} %", setting(100.0 * fraction))
}
