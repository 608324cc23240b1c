//! The `quiescent` command.

use clap::Parser;
use quiescent_cli::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Arguments::parse())
}
