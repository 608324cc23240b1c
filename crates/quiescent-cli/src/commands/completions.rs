//! `quiescent completions`: scripts that complete commands and flags in a shell.

use crate::ui::failure::Failure;
use clap::{Args, Command};
use clap_complete::Shell;
use std::io::{self, Write};

/// Print a script that completes commands and flags in a shell.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent completions bash > ~/.local/share/bash-completion/completions/quiescent\n  \
                  quiescent completions zsh > ~/.zfunc/_quiescent\n  \
                  quiescent completions fish > ~/.config/fish/completions/quiescent.fish"
)]
pub(crate) struct Arguments {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs the command for the command line as a whole.
pub(crate) fn run(arguments: &Arguments, mut command: Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "quiescent", &mut script);
    // A reader that went away (`| head`) is no error.
    let _ = io::stdout().lock().write_all(&script);
    Ok(())
}
