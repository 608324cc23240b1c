//! The command line as a whole; the flags of each command stand beside it.

use crate::commands::{
    bench, completions, demo, diff, experiments, export, import, man, measure, movie, report,
    reproduce, rest_map, runs, simulate, sweep, theory, train, verify, view,
};
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command as ClapCommand, CommandFactory, Parser, Subcommand};
use quiescent::experiment::nearest;
use std::ffi::OsString;

/// Train noisy recurrent networks to integrate self-motion, let them fall quiescent, and see
/// whether they revisit their active states.
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
    RestMap(rest_map::Arguments),
    View(view::Arguments),
    Movie(movie::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Runs(runs::Arguments),
    Diff(diff::Arguments),
    Verify(verify::Arguments),
    Experiments(experiments::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Arguments {
    /// A command line, the program's name first. If it is wrong, or asks for help, the process ends here.
    pub fn from_words(words: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let given: Vec<OsString> = words.into_iter().map(Into::into).collect();
        Self::try_parse_from(&given).unwrap_or_else(|mut error| {
            suggest(&mut error, &given);
            error.exit()
        })
    }
}

/// Flags of earlier versions, and where what they did is now.
const MOVED: [(&str, &str); 2] = [
    (
        "reference-configs",
        "the Python package reads the authors' configurations (docs/python.md): python -m \
         quiescent.reference DIR config=TASK/NAME seed=N > mine.yml",
    ),
    (
        "tensorboard",
        "the Python package writes TensorBoard's files, of any runs and live (docs/python.md): \
         python -m quiescent.tensorboard RUNS",
    ),
];

/// Names the flag that an unknown one is like, or what is used now. clap's own measure knows no `--out` in
/// `--ouput`, and would say how to pass it as a value, which nobody means by two dashes.
fn suggest(error: &mut clap::Error, given: &[OsString]) {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return };
    let Some(name) = unknown.strip_prefix("--") else { return };
    if error.kind() != ErrorKind::UnknownArgument || error.get(ContextKind::SuggestedArg).is_some()
    {
        return;
    }
    if let Some((_, now)) = MOVED.iter().find(|(flag, _)| *flag == name) {
        let tip = ContextValue::StyledStrs(vec![StyledStr::from(*now)]);
        error.insert(ContextKind::Suggested, tip);
        return;
    }
    let mut whole = Arguments::command();
    whole.build();
    let mut command: &ClapCommand = &whole;
    for word in given.iter().skip(1).filter_map(|word| word.to_str()) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let flags = command.get_arguments().filter_map(|argument| argument.get_long());
    let meant = nearest(name, flags).map(|flag| format!("--{flag}"));
    error.remove(ContextKind::Suggested);
    match meant {
        Some(flag) => error.insert(ContextKind::SuggestedArg, ContextValue::String(flag)),
        None => {
            let tip = StyledStr::from(format!(
                "`{}` has no such flag; see its --help",
                command.get_name()
            ));
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]))
        }
    };
}
