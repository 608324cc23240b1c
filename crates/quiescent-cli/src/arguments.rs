//! Flags of every command.

use crate::recordings::Recordings;
use clap::{Args, Parser, Subcommand, ValueEnum};
use quiescent::experiment::TaskKind;
use quiescent::paper::Protocol;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Train noisy recurrent networks to integrate self-motion, let them fall quiescent, and see
/// whether they revisit their waking states.
#[derive(Debug, Parser)]
#[command(
    name = "quiescent",
    version,
    arg_required_else_help = true,
    after_help = "Start here: quiescent demo\n\nExit codes: 0 done, 2 usage or specification, 3 \
                  unreadable, unwritable or corrupt data, 4 diverged, 130 interrupted with a \
                  checkpoint saved."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Demo(DemoArguments),
    Train(TrainArguments),
    Simulate(SimulateArguments),
    Measure(MeasureArguments),
    Report(ReportArguments),
    Reproduce(ReproduceArguments),
    Sweep(crate::sweep::SweepArguments),
    Theory(TheoryArguments),
    Import(ImportArguments),
    Export(ExportArguments),
    Experiments(ExperimentsArguments),
    Bench(BenchArguments),
}

/// Train three small networks and report on their reactivation, in about two minutes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent demo --out my-demo\n\nRun it again after an interruption \
                        and it goes on where it stopped."
)]
pub(crate) struct DemoArguments {
    /// Folder for the runs, report.html and summary.json.
    #[arg(long, value_name = "DIR", default_value = "quiescent-demo")]
    pub(crate) out: PathBuf,
    /// Also train a network on this recorded path: npz with `t` (s) and `pos` (m), or CSV with
    /// columns t,x,y.
    #[arg(long, value_name = "FILE")]
    pub(crate) recording: Option<PathBuf>,
    /// Seed of every network.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Changes to every network's experiment, such as training.batches=200 for a quick look.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Print summary.json instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Train one network into a run folder.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  quiescent train demo/spatial/noisy_unbiased --out runs/a \
                        seed=1 network.units=128\n  quiescent train --resume --out runs/a\n  \
                        quiescent train --reference-configs configs/train \
                        config=spatial_navigation/noisy_unbiased seed=0 > mine.yml\n\nThe last \
                        one says an experiment of the paper's authors in the terms of this \
                        program; with --out it is trained too.")]
pub(crate) struct TrainArguments {
    /// A shipped experiment (see `quiescent experiments`) or a YAML file.
    #[arg(required_unless_present_any = ["resume", "reference_configs"])]
    pub(crate) experiment: Option<String>,
    /// Changes to the experiment, such as network.units=256.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// The run folder: new, empty, or with --resume one that holds a run.
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "reference_configs",
        required_if_eq("resume", "true")
    )]
    pub(crate) out: Option<PathBuf>,
    /// Go on with the run in --out, to the same bits as if it had never stopped; begins one if
    /// there is none.
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) recordings: Recordings,
    /// Read the experiment from configuration files of the paper's authors: DIR holds their
    /// base.yml, config=TASK/NAME names the experiment, and KEY=VALUE are keys of theirs (or of
    /// network, training, rest, time and about here). Without --out the equivalent experiment is
    /// printed and nothing is trained.
    #[arg(long, value_name = "DIR")]
    pub(crate) reference_configs: Option<PathBuf>,
    /// Write curves, hyperparameters and the experiment for TensorBoard into DIR/RUN, RUN being the
    /// last two parts of the path of --out.
    #[arg(long, value_name = "DIR", requires = "out")]
    pub(crate) tensorboard: Option<PathBuf>,
    /// Worker threads [default: all cores]; the result does not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Print run.json instead of a line; without --out, the experiment as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Simulate waking and quiescence of trained networks and write them as npz.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  quiescent simulate runs/a\n  quiescent simulate runs/a \
                        --phase quiescent --name long --steps 10000 --trials 1000 --noise same\n\n\
                        Writes RUN/phases/NAME.npz: decoded [trial, step, dim], truth, states.")]
pub(crate) struct SimulateArguments {
    /// Run folders.
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// Which phase to simulate.
    #[arg(long, value_enum, default_value_t = PhaseChoice::Both)]
    pub(crate) phase: PhaseChoice,
    /// Trials [default: the experiment's rest.trials].
    #[arg(long, value_name = "N")]
    pub(crate) trials: Option<NonZeroUsize>,
    /// Steps of the quiescent phase [default: rest.steps].
    #[arg(long, value_name = "N")]
    pub(crate) steps: Option<NonZeroUsize>,
    /// Steps of the waking phase [default: time.steps].
    #[arg(long, value_name = "N")]
    pub(crate) active_steps: Option<NonZeroUsize>,
    /// Start of quiescence: encoded (fresh test stimuli), after_wake, or a point such as 0.2,-0.4
    /// (m) or 1.57 (rad) [default: rest.start].
    #[arg(long, value_name = "START", allow_hyphen_values = true)]
    pub(crate) start: Option<String>,
    /// Noise of quiescence: doubled_variance, same, none, or σ per √s [default: rest.noise].
    #[arg(long, value_name = "NOISE")]
    pub(crate) noise: Option<String>,
    /// Keep hidden states of every K-th step; without it only decoded values are kept.
    #[arg(long, value_name = "K")]
    pub(crate) states_every: Option<NonZeroUsize>,
    /// Name of the quiescent phase's file, so that variants can stand side by side.
    #[arg(long, value_name = "NAME", default_value = "quiescent")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) recordings: Recordings,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PhaseChoice {
    /// Waking, then quiescence.
    Both,
    /// Waking only.
    Active,
    /// Quiescence only.
    Quiescent,
}

/// Measure what runs do awake and at rest: divergences with intervals and floors, exploration, coverage.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent measure runs/a\n  quiescent measure runs/* --json\n\n\
                        Measures the phases that a run holds (`quiescent simulate`); simulates \
                        `active` and `quiescent` as the experiment says if they are missing. Results \
                        are kept in RUN/measurements.json."
)]
pub(crate) struct MeasureArguments {
    /// Run folders.
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) recordings: Recordings,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Print every measurement as JSON, by run, in place of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Measure simulated phases of the given runs; write one HTML report and every figure's files.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent report runs/a runs/b --out report.html\n\nSimulates phases \
                        `active` and `quiescent` of runs that have none of their present \
                        parameters."
)]
pub(crate) struct ReportArguments {
    /// Run folders.
    #[arg(required = true, value_name = "RUN")]
    pub(crate) runs: Vec<PathBuf>,
    /// The report.
    #[arg(long, value_name = "FILE", default_value = "report.html")]
    pub(crate) out: PathBuf,
    /// Folder for the figures' files (svg, pdf, png, csv) [default: figures, beside the report].
    #[arg(long, value_name = "DIR")]
    pub(crate) figures: Option<PathBuf>,
    /// Size of the phases that the paper's figures are drawn from, for runs that have none yet.
    #[arg(long, value_enum, default_value_t = Scale::Demo)]
    pub(crate) scale: Scale,
    #[command(flatten)]
    pub(crate) recordings: Recordings,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
}

/// Train the paper's networks, draw its figures and test its claims.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent reproduce\n  quiescent reproduce --scale paper --seeds 0 \
                  --only spatial --out paper\n  quiescent reproduce --scale paper --out paper \
                  --slurm --partition short\n\nRun it again after an interruption and it goes on \
                  where it stopped. Writes report.html, claims.json, figures/ (svg, pdf, png, csv) \
                  and runs/."
)]
pub(crate) struct ReproduceArguments {
    /// Networks and phases in minutes, or as large as the paper's.
    #[arg(long, value_enum, default_value_t = Scale::Demo)]
    pub(crate) scale: Scale,
    /// Seeds, such as 0..4 (both ends included) or 0,2,5 [default: 0..1 at demo scale (of GRUs only
    /// 0), 0..4 at paper scale].
    #[arg(long, value_name = "SEEDS")]
    pub(crate) seeds: Option<String>,
    /// Only these conditions: spatial, head_direction, or names such as noisy_unbiased, separated
    /// by commas.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Networks trained at once; the threads are divided among them [default: what trains most in
    /// the same time, measured at the start]. The results do not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Folder for runs, figures, claims.json and report.html.
    #[arg(long, value_name = "DIR", default_value = "quiescent-reproduce")]
    pub(crate) out: PathBuf,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Changes to every network's experiment, such as training.batches=50 for a trial.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Print claims.json instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
    /// Hand the networks to Slurm and leave. The same command without --slurm then reports on those
    /// that are done.
    #[arg(long, help_heading = "Slurm", conflicts_with = "here")]
    pub(crate) slurm: bool,
    /// With --slurm: write manifest and script, but do not submit them.
    #[arg(long, help_heading = "Slurm", requires = "slurm")]
    pub(crate) no_submit: bool,
    /// Train here what is missing, though it was handed to Slurm.
    #[arg(long, help_heading = "Slurm")]
    pub(crate) here: bool,
    #[command(flatten)]
    pub(crate) options: crate::sweep::SlurmOptions,
}

/// Test trained networks against the paper's theory.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent theory demo/spatial/noisy_biased\n  quiescent theory \
                  runs/noisy runs/noiseless --out theory\n\nAn experiment gives its greedily \
                  optimal network alone; a run gives the trained network, the untrained one of its \
                  seed, and the optimal one. Writes report.html, analysis.json and figures/; each \
                  run keeps its own part in RUN/theory.json."
)]
pub(crate) struct TheoryArguments {
    /// Run folders, shipped experiments, YAML files; then changes to the experiments, such as
    /// task.cells.width_m=0.3.
    #[arg(required = true, value_name = "EXPERIMENT|RUN|KEY=VALUE")]
    pub(crate) subjects: Vec<String>,
    /// Folder for report.html, analysis.json and figures.
    #[arg(long, value_name = "DIR", default_value = "quiescent-theory")]
    pub(crate) out: PathBuf,
    /// Root mean square radius of the optimal network's manifold over one step's noise.
    #[arg(long, value_name = "RATIO")]
    pub(crate) signal_to_noise: Option<f64>,
    /// Sub-steps of every quiescent step of the optimal network: more come nearer to continuous
    /// time.
    #[arg(long, value_name = "M")]
    pub(crate) substeps: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) recordings: Recordings,
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Print analysis.json instead of lines.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Make a run folder of a network that was trained elsewhere.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent import --weights weights.safetensors --place-cells \
                  cells.npy --experiment paper/spatial/noisy_unbiased --out runs/theirs\n  \
                  quiescent import --weights jax.npz --layout in_out --experiment \
                  demo/head_direction/noisy_unbiased --out runs/jax network.units=128\n\nWeights \
                  have the names of a PyTorch state_dict; docs/formats.md has them, and the lines \
                  of Python that turn a saved model into such a file."
)]
pub(crate) struct ImportArguments {
    /// The weights: safetensors or npz.
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: PathBuf,
    /// What the network was trained for: a shipped experiment (see `quiescent experiments`) or a
    /// YAML file.
    #[arg(long, value_name = "EXPERIMENT")]
    pub(crate) experiment: String,
    /// Preferred positions (m) or headings (rad) of its target cells, [cell, dim]: npy, npz or
    /// safetensors [default: those in the file of the weights; else the experiment's own].
    #[arg(long, value_name = "FILE")]
    pub(crate) place_cells: Option<PathBuf>,
    /// Order of the axes of its weight matrices.
    #[arg(long, value_enum, default_value_t = WeightLayout::OutIn)]
    pub(crate) layout: WeightLayout,
    /// The state it begins in, where it has no encoder: zeros, or the name of the array of a learnt
    /// start state [default: as the file has it].
    #[arg(long, value_name = "zeros|NAME")]
    pub(crate) start: Option<String>,
    /// The run folder: new or empty.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Changes to the experiment, such as network.units=256.
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// Worker threads for the test [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Print run.json instead of a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum WeightLayout {
    /// [out, in], as PyTorch has it.
    OutIn,
    /// [in, out], as JAX code usually has it.
    InOut,
}

/// Write a run's network as safetensors that PyTorch's load_state_dict takes.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent export runs/a --out network.safetensors\n\nThe tensors are \
                  exactly the state_dict's; time step, nonlinearity, noise, experiment and target \
                  cells are in the metadata. docs/formats.md has the modules that run it."
)]
pub(crate) struct ExportArguments {
    /// The run folder.
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write the target cells as a tensor `cells.preferred` too, for modules with such a buffer.
    #[arg(long)]
    pub(crate) cells_tensor: bool,
    /// Overwrite the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

/// How large networks and phases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scale {
    /// Smaller networks, 200 trials.
    Demo,
    /// As in the paper: 512 units (head direction 128), 1000 trials.
    Paper,
}

impl Scale {
    /// How large the phases of a study of this scale are.
    pub(crate) fn protocol(self, task: TaskKind) -> Protocol {
        match self {
            Self::Paper => Protocol::paper(task),
            Self::Demo => Protocol::demo(task),
        }
    }
}

/// List the shipped experiments, or show one resolved.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  quiescent experiments\n  quiescent experiments show \
                  paper/spatial/noisy_unbiased network.units=256"
)]
pub(crate) struct ExperimentsArguments {
    /// Show one experiment.
    #[command(subcommand)]
    pub(crate) show: Option<ExperimentsCommand>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExperimentsCommand {
    /// Print one experiment with every key, and what follows from it.
    Show {
        /// A shipped experiment or a YAML file.
        experiment: String,
        /// Changes, such as network.units=256.
        #[arg(value_name = "KEY=VALUE")]
        overrides: Vec<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// Worker threads for the time estimate [default: all cores].
        #[arg(long, value_name = "N")]
        threads: Option<NonZeroUsize>,
    },
}

/// Measure this machine's matrix-product rate and the training step against it.
#[derive(Debug, Args)]
#[command(after_help = "Example: quiescent bench --threads 2 --json\n\nGFLOP are counted as \
                        6·trials·steps·(N² + N·N_o), with 3N² for a GRU; a step counts \
                        everything that a training batch does: motion, cells, noise, loss, \
                        gradients and Adam.")]
pub(crate) struct BenchArguments {
    /// Worker threads [default: all cores].
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Rounds; in each, product and training steps are measured in turn.
    #[arg(long, value_name = "N", default_value = "5")]
    pub(crate) rounds: NonZeroUsize,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}
