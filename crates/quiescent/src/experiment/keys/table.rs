//! The table of all keys, in the order of a file.

use super::Key;
use crate::experiment::TaskKind::{HeadDirection, Spatial};

/// Every key that an experiment can have, in the order of a file. A key that differs between the kinds of
/// task has one entry for each.
///
/// ```
/// use quiescent::experiment::keys;
///
/// let sigma = keys().find(|key| key.path == "network.noise.sigma").unwrap();
/// assert_eq!(sigma.unit, Some("per √s"));
/// ```
pub fn keys() -> impl Iterator<Item = &'static Key> {
    KEYS.iter()
}

/// Laws of a noise draw.
const LAWS: &[&str] = &["gaussian", "uniform01"];
/// Values of a switch.
const SWITCH: &[&str] = &["true", "false"];

const fn plain(path: &'static str, meaning: &'static str) -> Key {
    Key::plain(path, meaning)
}

const fn with_unit(path: &'static str, unit: &'static str, meaning: &'static str) -> Key {
    Key::with_unit(path, unit, meaning)
}

const fn choice(
    path: &'static str,
    choices: &'static [&'static str],
    meaning: &'static str,
) -> Key {
    Key::choice(path, choices, meaning)
}

const KEYS: &[Key] = &[
    plain("about", "one line for people: what this experiment is"),
    plain("seed", "seed of every random draw of the run"),
    with_unit("time.dt_s", "s", "length of one step, Δt"),
    plain("time.steps", "steps of one active trial"),
    choice(
        "task.kind",
        &["spatial", "head_direction"],
        "what is integrated: position in a box, or heading",
    ),
    with_unit("task.box.width_m", "m", "side of the box along x; its centre is at 0").of(Spatial),
    with_unit("task.box.height_m", "m", "side of the box along y").of(Spatial),
    with_unit("task.box.border_m", "m", "distance from a wall within which the animal avoids it")
        .of(Spatial),
    plain("task.box.border_slowdown", "factor on the speed near a wall, 0 to 1").of(Spatial),
    with_unit(
        "task.motion.speed_scale_m_per_s",
        "m/s",
        "scale of the Rayleigh law of speed; the mean is 1.2533 times this",
    )
    .of(Spatial),
    with_unit("task.motion.turn_sd_rad_per_s", "rad/s", "standard deviation of the turning rate"),
    choice("task.motion.start", &["uniform", "center"], "where in the box a trial starts")
        .of(Spatial),
    choice("task.motion.direction", &["both", "counterclockwise"], "which way the animal turns")
        .of(HeadDirection),
    plain("task.drift", "pull towards a point, added to every displacement; null for none")
        .of(Spatial),
    with_unit("task.drift.toward_m", "m", "point that the drift pulls towards, [x, y]").of(Spatial),
    plain("task.drift.fraction_per_step", "fraction of the remaining way covered in a step")
        .of(Spatial),
    plain("task.cells.count", "number of target cells"),
    with_unit("task.cells.width_m", "m", "standard deviation of a place field").of(Spatial),
    choice(
        "task.cells.tuning",
        &["normalized_gaussian", "gaussian", "difference_of_gaussians", "position"],
        "shape of the place fields; position: the target is x and y",
    )
    .of(Spatial),
    with_unit(
        "task.cells.width_rad",
        "rad",
        "width of the von Mises tuning; its concentration is 1/width²",
    )
    .of(HeadDirection),
    plain("task.decoder.top", "number of most active cells whose centres are averaged").of(Spatial),
    plain(
        "task.decoder.top",
        "number of most active cells whose headings are averaged on the circle",
    )
    .of(HeadDirection),
    plain("task.recording", "file with a recorded path to take the motion from; null for none"),
    plain(
        "task.recording.file",
        "npz, npy or text such as CSV, also gzipped; the path is relative to this file's folder",
    ),
    choice(
        "task.recording.position_unit",
        &["null", "m", "cm", "mm", "px"],
        "unit of positions; null: m, if the values look like it",
    ),
    with_unit("task.recording.px_per_m", "1/m", "pixels in a metre, for px; null for other units"),
    choice(
        "task.recording.angle_unit",
        &["null", "rad", "deg", "turns"],
        "unit of headings; null: rad, if the values look like it",
    ),
    choice(
        "task.recording.time_unit",
        &["null", "s", "ms", "us", "frames"],
        "unit of times; null: s, if the values look like it",
    ),
    with_unit(
        "task.recording.frame_rate_hz",
        "Hz",
        "frames in a second, for frames; null for other units",
    ),
    choice("task.recording.periodic", SWITCH, "whether the room wraps around at its walls"),
    with_unit(
        "task.recording.max_gap_s",
        "s",
        "longest gap that is interpolated; null: 0.25 s, or 2.5 sampling intervals if longer",
    ),
    with_unit(
        "task.recording.max_speed_per_s",
        "m/s",
        "speed above which a sample is dropped as a tracking error",
    )
    .of(Spatial),
    with_unit(
        "task.recording.max_speed_per_s",
        "rad/s",
        "turning rate above which a sample is dropped as a tracking error",
    )
    .of(HeadDirection),
    plain(
        "task.recording.test_fraction",
        "fraction of the recording, at its end, held out for tests",
    ),
    choice(
        "task.recording.arena",
        &[
            "extent",
            "{x_min_m, x_max_m, y_min_m, y_max_m}",
            "{width_m, height_m, centre_m: [x, y]}",
        ],
        "the room; extent or null: what the positions span",
    )
    .of(Spatial),
    with_unit("task.recording.arena.x_min_m", "m", "left wall").of(Spatial),
    with_unit("task.recording.arena.x_max_m", "m", "right wall").of(Spatial),
    with_unit("task.recording.arena.y_min_m", "m", "lower wall").of(Spatial),
    with_unit("task.recording.arena.y_max_m", "m", "upper wall").of(Spatial),
    with_unit("task.recording.arena.width_m", "m", "side along x, in place of the walls")
        .of(Spatial),
    with_unit("task.recording.arena.height_m", "m", "side along y, in place of the walls")
        .of(Spatial),
    with_unit("task.recording.arena.centre_m", "m", "middle, [x, y], in place of the walls")
        .of(Spatial),
    choice("network.kind", &["rnn", "gru"], "equations of the recurrent layer"),
    choice(
        "network.reset",
        &["null", "before", "after"],
        "a GRU's reset gate acts before or after the product U_h r",
    ),
    plain("network.units", "recurrent units"),
    with_unit("network.tau_s", "s", "time constant τ of a unit, at least time.dt_s"),
    choice(
        "network.activation",
        &["relu", "tanh", "sigmoid", "identity"],
        "nonlinearity of the units, or of a GRU's candidate state",
    ),
    choice("network.biases", SWITCH, "whether encoder, recurrent layer and readout have biases"),
    with_unit(
        "network.noise.sigma",
        "per √s",
        "amplitude σ of hidden noise; a step adds σ√Δt · draw to every unit",
    ),
    choice(
        "network.noise.distribution",
        LAWS,
        "law of hidden noise; uniform01: on [0, 1), as in the reference code",
    ),
    with_unit(
        "network.input_noise.sigma",
        "m per √s",
        "amplitude σ of input noise, on the displacement that the network is given",
    )
    .of(Spatial),
    with_unit(
        "network.input_noise.sigma",
        "rad per √s",
        "amplitude σ of input noise, on the turn that the network is given",
    )
    .of(HeadDirection),
    choice("network.input_noise.distribution", LAWS, "law of input noise"),
    with_unit(
        "network.output_noise.sigma",
        "per √s",
        "amplitude σ of output noise, on every readout unit",
    ),
    choice("network.output_noise.distribution", LAWS, "law of output noise"),
    plain("training.batches", "gradient steps; 0 for an untrained network"),
    plain("training.trials", "trials of one batch"),
    plain("training.learning_rate", "Adam's step size, at its largest"),
    plain(
        "training.schedule.warmup_fraction",
        "fraction of the batches, at the start, over which the step size rises",
    ),
    plain(
        "training.schedule.decay_fraction",
        "fraction of the batches, at the end, over which the step size falls to 0",
    ),
    plain(
        "training.schedule.growth_fraction",
        "fraction of the batches, at the start, over which trials grow to time.steps; it changes the \
         quiescent phase",
    ),
    plain("training.beta2", "Adam's β₂, the memory of squared gradients"),
    plain(
        "training.gradient_norm",
        "largest norm of a batch's gradient, which is scaled down to it; null for any",
    ),
    plain("training.weight_decay", "AdamW's λ, decoupled weight decay; 0 for none"),
    plain("training.test_trials", "trials of the fixed test set"),
    plain("training.test_every", "batches between two tests"),
    plain("training.checkpoint_every", "batches between two checkpoints"),
    plain("training.milestones", "batches whose checkpoints are kept, ascending"),
    plain(
        "training.rest_every",
        "batches between two small quiescent phases that are kept and measured while it learns; null for none",
    ),
    choice(
        "rest.start",
        &["encoded", "after_wake", "{point: [x, y]}"],
        "state in which the quiescent phase begins; encoded: of fresh test stimuli",
    )
    .of(Spatial),
    choice(
        "rest.start",
        &["encoded", "after_wake", "{point: [heading, 0.0]}"],
        "state in which the quiescent phase begins; encoded: of fresh test stimuli",
    )
    .of(HeadDirection),
    with_unit("rest.start.point", "m", "the point, [x, y], that every trial starts from")
        .of(Spatial),
    with_unit(
        "rest.start.point",
        "rad",
        "the heading, [heading, 0.0], that every trial starts from",
    )
    .of(HeadDirection),
    choice(
        "rest.noise",
        &["doubled_variance", "same", "none", "{sigma: σ}"],
        "hidden noise while quiescent, relative to that while active",
    ),
    with_unit("rest.noise.sigma", "per √s", "amplitude σ of hidden noise while quiescent"),
    plain(
        "rest.adaptation",
        "inhibition of units by their own past activity while quiescent; null for none",
    ),
    plain(
        "rest.adaptation.strength",
        "strength b of adaptation: the inhibition by a lasting rate of 1",
    ),
    with_unit("rest.adaptation.tau_s", "s", "time constant τ_a of adaptation"),
    plain("rest.momentum", "momentum of units while quiescent; null for none"),
    plain("rest.momentum.friction", "friction λ, above 0 to 1; 1 is no momentum"),
    choice(
        "rest.momentum.keep_temperature",
        SWITCH,
        "whether noise is multiplied by √λ, which keeps the variance of slow motion",
    ),
    with_unit(
        "rest.tau_s",
        "s",
        "time constant τ of a unit while quiescent; null for network.tau_s",
    ),
    plain("rest.trials", "trials of each simulated phase, active and quiescent"),
    plain("rest.steps", "steps of the quiescent phase"),
];
