//! `quiescent man`: a manual page for each command, or one Markdown page of all.

use crate::files;
use crate::ui::failure::Failure;
use crate::ui::markdown;
use crate::ui::output::say;
use clap::{Args, Command};
use clap_mangen::Man;
use std::path::{Path, PathBuf};

/// Write a manual page for each command.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: quiescent man --out ~/.local/share/man/man1\n\nThen `man quiescent`, \
                  `man quiescent-train`, and so on."
)]
pub(crate) struct Arguments {
    /// Folder for the pages.
    #[arg(long, value_name = "DIR", default_value = "man")]
    out: PathBuf,

    /// Print one Markdown page of all commands instead.
    #[arg(long, conflicts_with = "out")]
    markdown: bool,
}

/// Runs the command for the command line as a whole.
pub(crate) fn run(arguments: &Arguments, command: Command) -> Result<(), Failure> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    if arguments.markdown {
        say(markdown::page(&command).trim_end());
        return Ok(());
    }
    files::create_folder(&arguments.out)?;
    let pages = write(&command, &arguments.out)?;
    say(&format!("{pages} manual pages in {}", arguments.out.display()));
    Ok(())
}

/// Writes the pages of a command and of those under it; returns their number.
fn write(command: &Command, out: &Path) -> Result<usize, Failure> {
    let mut pages = 1;
    for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        pages += write(below, out)?;
    }
    let man = Man::new(command.clone());
    let mut text = Vec::new();
    man.render(&mut text).map_err(|error| Failure::Data(error.to_string()))?;
    files::write(&out.join(man.get_filename()), text)?;
    Ok(pages)
}
