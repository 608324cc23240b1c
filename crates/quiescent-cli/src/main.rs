//! The `quiescent` command.

use quiescent_cli::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(run(Arguments::from_words(std::env::args_os())))
}
