//! The `quiescent` command: flags to specification, specification to library, results to files.
//!
//! `main.rs` only parses and calls [`run`], and so does the Python package's command.

mod arguments;
mod collect;
mod commands;
mod files;
#[doc(hidden)]
pub mod fuzzing;
mod manifest;
mod pages;
mod program;
mod replace;
mod slurm;
mod ui;

pub use arguments::Arguments;
use arguments::Command;
use clap::CommandFactory;
use commands::{
    bench, completions, demo, diff, experiments, export, import, man, measure, movie, report,
    reproduce, rest_map, runs, simulate, sweep, theory, train, verify, view,
};
pub use program::set_program;

/// Runs a parsed command line; returns the exit code.
///
/// Codes: 0 done, 2 usage or specification, 3 unreadable, unwritable or corrupt data, 4 diverged,
/// 130 interrupted with a checkpoint saved.
pub fn run(arguments: Arguments) -> u8 {
    // Who looks at a locked folder on a cluster then sees which job to ask about.
    if let Some(job) = slurm::this_job() {
        quiescent::run::name_job(job);
    }
    let result = match &arguments.command {
        Command::Demo(arguments) => demo::run(arguments),
        Command::Train(arguments) => train::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Measure(arguments) => measure::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Reproduce(arguments) => reproduce::run(arguments),
        Command::Sweep(arguments) => sweep::run(arguments),
        Command::Theory(arguments) => theory::run(arguments),
        Command::RestMap(arguments) => rest_map::run(arguments),
        Command::View(arguments) => view::run(arguments),
        Command::Movie(arguments) => movie::run(arguments),
        Command::Import(arguments) => import::run(arguments),
        Command::Export(arguments) => export::run(arguments),
        Command::Runs(arguments) => runs::run(arguments),
        Command::Diff(arguments) => diff::run(arguments),
        Command::Verify(arguments) => verify::run(arguments),
        Command::Experiments(arguments) => experiments::run(arguments),
        Command::Bench(arguments) => bench::run(arguments),
        Command::Completions(arguments) => completions::run(arguments, Arguments::command()),
        Command::Man(arguments) => man::run(arguments, Arguments::command()),
    };
    match result {
        Ok(()) => 0,
        Err(failure) => {
            ui::output::complain(&failure.line());
            failure.code()
        }
    }
}
