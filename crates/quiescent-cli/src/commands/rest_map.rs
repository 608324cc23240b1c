//! `quiescent rest-map`: trained networks at rest in many ways, each judged.

use crate::collect::folders;
use crate::files;
use crate::pages::figures;
use crate::ui::examination::Examination;
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads, check_distinct};
use crate::ui::interrupt;
use crate::ui::left_out::LeftOut;
use crate::ui::output::{complain, wrapped};
use crate::ui::progress::Overall;
use crate::ui::recordings::Recordings;
use clap::Args;
use quiescent::analysis::{Error, Verdict};
use quiescent::rest_map::{RestMap, RestMapSettings};
use quiescent::run::{FileSet, RunFolder, RunWriter};
use quiescent::workflow::{self, Learned};
use quiescent_report::{
    FIGURES, Figure, MappedRun, Missing, folder_names, rest_map_figures, rest_map_html,
};
use serde::Serialize;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Let trained networks rest in many ways, and find those that are faithful and continuous.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent rest-map runs/a\n  quiescent rest-map runs --out map --strengths 0.1,1 \
                  --adaptation-taus 0.2,2 --frictions 1\n\nEvery strength is combined with every time constant, \
                  friction and noise; rest without adaptation is always there. Nothing is trained. Writes \
                  report.html, rest_map.json and figures/; each run keeps the largest of its maps in RUN/rest_map.json, \
                  which reports show. --json prints DIR/rest_map.json."
)]
pub(crate) struct Arguments {
    /// Run folders, or folders that hold some.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// Folder for report.html, rest_map.json and figures.
    #[arg(long, value_name = "DIR", default_value = "quiescent-rest-map")]
    out: PathBuf,
    /// Strengths b of adaptation [default: 0.01,0.03,0.1,0.3,1].
    #[arg(long, value_name = "B", value_delimiter = ',', allow_negative_numbers = true)]
    strengths: Option<Vec<f64>>,
    /// Time constants of adaptation in s [default: 0.2,0.6,2,6].
    #[arg(long, value_name = "S", value_delimiter = ',', allow_negative_numbers = true)]
    adaptation_taus: Option<Vec<f64>>,
    /// Frictions λ of momentum, 1 for none; noise is multiplied by √λ [default: 1,0.5].
    #[arg(long, value_name = "L", value_delimiter = ',', allow_negative_numbers = true)]
    frictions: Option<Vec<f64>>,
    /// Hidden noise as multiples κ of the active noise; the first is that of the first-order rest with which all are
    /// compared [default: √2,0.5].
    #[arg(long, value_name = "K", value_delimiter = ',', allow_negative_numbers = true)]
    noise_ratios: Option<Vec<f64>>,
    /// Trials of each phase [default: 200].
    #[arg(long, value_name = "N")]
    trials: Option<NonZeroUsize>,
    /// Steps of each quiescent phase, of which the first half is left out [default: 1000].
    #[arg(long, value_name = "N")]
    steps: Option<NonZeroUsize>,
    #[command(flatten)]
    recordings: Recordings,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

impl Arguments {
    fn settings(&self) -> RestMapSettings {
        let usual = RestMapSettings::default();
        let or = |given: &Option<Vec<f64>>, usual: Vec<f64>| given.clone().unwrap_or(usual);
        RestMapSettings {
            strengths: or(&self.strengths, usual.strengths),
            adaptation_taus_s: or(&self.adaptation_taus, usual.adaptation_taus_s),
            frictions: or(&self.frictions, usual.frictions),
            noise_ratios: or(&self.noise_ratios, usual.noise_ratios),
            trials: self.trials.map_or(usual.trials, NonZeroUsize::get),
            steps: self.steps.map_or(usual.steps, NonZeroUsize::get),
            ..usual
        }
    }
}

/// The map of one run by its name.
#[derive(Debug, Serialize)]
struct Named {
    name: String,
    #[serde(skip)]
    learned: Option<Verdict>,
    map: RestMap,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    interrupt::install()?;
    let settings = arguments.settings();
    let change = |path: &&PathBuf| !path.exists() && path.to_string_lossy().starts_with("rest.");
    if let Some(change) = arguments.runs.iter().find(change) {
        return Err(Failure::Usage(format!(
            "{}: the ways to rest of a map come from --strengths, --adaptation-taus, --frictions and --noise-ratios",
            change.display()
        )));
    }
    let paths = folders::in_all(&arguments.runs)?;
    check_distinct(&paths)?;
    let mut writers: Vec<(String, RunWriter)> = Vec::new();
    let (mut found, mut left): (Vec<Named>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    for path in &paths {
        let name = path.display().to_string();
        match RunFolder::open_for_writing(path) {
            Ok(writer) => writers.push((name, writer)),
            Err(error) => left.push(LeftOut::new(name, error)),
        }
    }
    let recordings = &arguments.recordings;
    recordings.check(writers.iter().map(|(_, writer)| &**writer))?;
    // What no run can be drawn up with is refused before anything is simulated.
    for (_, writer) in &writers {
        settings
            .check(writer.experiment().time.dt_s)
            .map_err(|error| Failure::Usage(by_flag(&error)))?;
    }
    arguments.threads.run(|_| {
        let overall = Overall::begin(writers.len() as f64);
        for (name, writer) in &writers {
            let shown = Examination::new(name, "resting in many ways", &overall, 1.0);
            match workflow::map_rest(writer, &settings, &recordings.named(), &shown) {
                Ok(map) => {
                    shown.end();
                    if workflow::current_rest_map(writer, Some(&settings))?.is_none() {
                        complain(&format!(
                            "{name} keeps its larger map; this one is in {} alone",
                            arguments.out.display()
                        ));
                    }
                    let learned = Learned::of_run(writer).map(|learned| learned.verdict);
                    found.push(Named { name: name.clone(), learned, map });
                }
                Err(error) => left.push(LeftOut::new(name, recordings.failure(error))),
            }
        }
        Ok(())
    })?;
    if found.is_empty()
        && let Some(last) = left.pop()
    {
        return Err(last.reason);
    }
    write(arguments, &found)?;
    LeftOut::check(&left, "the report was written, but lacks")
}

/// What is wrong with a setting, by the flag that gave it.
fn by_flag(error: &Error) -> String {
    match error {
        Error::Setting { name, value, allowed } => {
            let flag = name.trim_end_matches("_s").replace('_', "-");
            format!("--{flag} {value}: must be {allowed}")
        }
        error => error.to_string(),
    }
}

/// Writes everything into the folder and says what was found.
fn write(arguments: &Arguments, found: &[Named]) -> Result<(), Failure> {
    let out = &arguments.out;
    files::create_folder(out)?;
    files::write_json(&out.join("rest_map.json"), &found)?;
    let folders = folder_names(found.iter().map(|named| named.name.as_str()));
    let drawn: Vec<Vec<Result<Figure, Missing>>> =
        found.iter().map(|named| rest_map_figures(&named.map)).collect();
    let mut set = FileSet::default();
    for (folder, figures) in folders.iter().zip(&drawn) {
        let whole: Vec<&Figure> =
            figures.iter().filter_map(|figure| figure.as_ref().ok()).collect();
        set.extend(figures::draw(&out.join(FIGURES).join(folder), &whole)?);
    }
    set.finish()?;
    let mapped: Vec<MappedRun<'_>> = found
        .iter()
        .zip(&folders)
        .zip(&drawn)
        .map(|((named, folder), figures)| MappedRun {
            name: &named.name,
            folder,
            learned: named.learned,
            map: &named.map,
            figures,
        })
        .collect();
    let page = rest_map_html(&mapped, "Networks at rest in many ways")?;
    files::write(&out.join("report.html"), page)?;
    arguments.json.print(&found, |found| {
        let mut lines: Vec<String> = found.iter().flat_map(lines).collect();
        lines.push(format!("report: {}", out.join("report.html").display()));
        lines
    })
}

/// What was found in one run.
fn lines(named: &Named) -> Vec<String> {
    let mut lines = vec![named.name.clone()];
    if named.learned == Some(Verdict::Fails) {
        lines.push("  NOT learned: its rest cannot be judged".to_owned());
    }
    let sentences = match named.map.sentences() {
        Ok(sentences) => sentences,
        Err(missing) => vec![format!("no answer: {missing}")],
    };
    lines.extend(sentences.iter().flat_map(|sentence| wrapped(sentence, 2)));
    lines
}
