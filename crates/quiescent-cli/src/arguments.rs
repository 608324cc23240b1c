//! The command line as a whole; the flags of each command stand beside it.

use crate::commands::{
    bench, demo, experiments, export, import, measure, report, reproduce, simulate, sweep, theory,
    train,
};
use clap::{Parser, Subcommand};

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
    Demo(demo::Arguments),
    Train(train::Arguments),
    Simulate(simulate::Arguments),
    Measure(measure::Arguments),
    Report(report::Arguments),
    Reproduce(reproduce::Arguments),
    Sweep(sweep::Arguments),
    Theory(theory::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Experiments(experiments::Arguments),
    Bench(bench::Arguments),
}
