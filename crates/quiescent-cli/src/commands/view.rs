//! `quiescent view`: networks awake and at rest, moving, in a browser.

use crate::collect::folders;
use crate::ui::failure::Failure;
use crate::ui::flags::{Threads, check_distinct};
use crate::ui::interrupt::{self, LastWords};
use crate::ui::output::{complain, say};
use crate::ui::recordings::Recordings;
use crate::ui::viewer::Page;
use clap::Args;
use quiescent::run::RunFolder;
use quiescent_view::Followed;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::thread;

/// Look at trained networks awake and at rest, moving, in a browser.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent view runs/a\n  quiescent view runs/a runs/b --open\n\nThe page is simulated here and \
                  shown there: one or two networks side by side, awake or at rest, with noise, adaptation, momentum and \
                  starts that can be changed while they move. Its address holds what is set. A run that is being trained \
                  shows its latest checkpoint. Runs are only read. Ctrl-C ends it."
)]
pub(crate) struct Arguments {
    /// Run folders, or folders that hold some.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Port [default: 8760, or the next one that is free].
    #[arg(long, value_name = "N")]
    port: Option<u16>,
    /// Open the page in the browser.
    #[arg(long)]
    open: bool,
    /// Address to listen on. Any other than this machine's own can be reached by others; the page then needs the token that
    /// its address has.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let paths = folders::in_all(&arguments.runs)?;
    check_distinct(&paths)?;
    let folders = paths.iter().map(RunFolder::open).collect::<Result<Vec<_>, _>>()?;
    arguments.recordings.check(folders.iter())?;
    let mut runs = Vec::new();
    for path in &paths {
        let found = Followed::open(path, &arguments.recordings.named());
        let found = found.map_err(|error| arguments.recordings.failure(error))?;
        runs.push((path.display().to_string(), found));
    }
    arguments.threads.everywhere()?;
    let page = Page::show(runs, arguments.address, arguments.port)?;
    let url = page.url();
    say(&format!("looking at {} at {url} (Ctrl-C ends it)", counted(&paths)));
    if arguments.open
        && let Err(error) = open::that_detached(url)
    {
        complain(&format!("no browser could be opened ({error}); open {url}"));
    }
    let _words = LastWords::new("the page is closed".to_owned());
    loop {
        thread::park();
    }
}

fn counted(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        many => format!("{} runs", many.len()),
    }
}
