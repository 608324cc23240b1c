//! `quiescent view`: networks awake and at rest, moving, in a browser.

use crate::collect::folders;
use crate::ui::failure::Failure;
use crate::ui::flags::{Threads, check_distinct};
use crate::ui::interrupt::{self, LastWords};
use crate::ui::output::{complain, say};
use crate::ui::recordings::Recordings;
use clap::Args;
use quiescent::run::RunFolder;
use quiescent_view::{Followed, Gallery, Server};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

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

/// Port that is tried first, and how many after it.
const PORT: u16 = 8760;
const PORTS: u16 = 20;
/// Time between two looks at runs that may be in training.
const LOOK: Duration = Duration::from_secs(1);

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let paths = folders::in_all(&arguments.runs)?;
    check_distinct(&paths)?;
    let folders = paths.iter().map(RunFolder::open).collect::<Result<Vec<_>, _>>()?;
    arguments.recordings.check(folders.iter())?;
    let (mut followed, mut networks) = (Vec::new(), Vec::new());
    for path in &paths {
        let found = Followed::open(path, &arguments.recordings.named());
        let (run, network) = found.map_err(|error| arguments.recordings.failure(error))?;
        followed.push(run);
        networks.push((path.display().to_string(), network));
    }
    arguments.threads.everywhere()?;
    let gallery = Arc::new(Gallery::new(networks));
    let server = start(&gallery, arguments)?;
    let url = server.url();
    say(&format!("looking at {} at {url} (Ctrl-C ends it)", runs(&paths)));
    if arguments.open
        && let Err(error) = open::that_detached(url)
    {
        complain(&format!("no browser could be opened ({error}); open {url}"));
    }
    let _words = LastWords::new("the page is closed".to_owned());
    loop {
        for (place, run) in followed.iter_mut().enumerate() {
            run.look(&gallery, place);
        }
        std::thread::sleep(LOOK);
    }
}

fn runs(paths: &[PathBuf]) -> String {
    match paths {
        [one] => one.display().to_string(),
        many => format!("{} runs", many.len()),
    }
}

fn start(gallery: &Arc<Gallery>, arguments: &Arguments) -> Result<Server, Failure> {
    let ports = arguments.port.map_or(PORT..=PORT + PORTS, |port| port..=port);
    let last = *ports.end();
    for port in ports {
        match Server::start(gallery.clone(), arguments.address, port) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && port != last => {}
            Err(error) => {
                let advice = match error.kind() {
                    ErrorKind::AddrInUse => {
                        "; choose another one with --port, or 0 for any that is free"
                    }
                    ErrorKind::AddrNotAvailable => "; --address has to be one of this machine's",
                    _ => "",
                };
                return Err(Failure::Usage(format!(
                    "cannot listen on port {port} of {}: {error}{advice}",
                    arguments.address
                )));
            }
            Ok(server) => return Ok(server),
        }
    }
    unreachable!("there is at least one port")
}
