//! The `quiescent` command.

use quiescent_cli::{Arguments, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(Arguments::from_command_line())
}
