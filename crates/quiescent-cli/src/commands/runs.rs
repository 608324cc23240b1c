//! `quiescent runs`: which runs there are, what varies among them, and what they reached.

use crate::collect::{Field, Found, Gathered, Swept, Table, find, gather};
use crate::ui::failure::Failure;
use crate::ui::flags::{Json, Threads};
use crate::ui::learning;
use crate::ui::output::{complain, duration};
use crate::ui::table::Table as Columns;
use clap::Args;
use quiescent::analysis::Verdict;
use quiescent::readable::{number, setting};
use quiescent::run::Status;
use quiescent::workflow::plan::{After, State};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Most keys that the table has a column for.
const MOST_KEYS: usize = 6;
/// Most characters of a number that is not rounded.
const LONGEST_NUMBER: usize = 8;

/// List the runs below a folder: status, what varies among them, decoding error, KL(quiescent‖active).
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  quiescent runs\n  quiescent runs sweeps/noise runs/b --json\n\nReads what the \
                  folders hold, and computes nothing: a run without current measurements has no KL. A network \
                  has learned if its decoding error is below half of a constant answer's. --json prints a \
                  list of runs, with every key that varies."
)]
pub(crate) struct Arguments {
    /// Folders to look for run folders in, at any depth.
    #[arg(value_name = "DIR", default_value = ".")]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    json: Json,
}

/// A run in the list.
#[derive(Debug, Serialize)]
struct Listed {
    path: PathBuf,
    /// `finished`, `imported`, `running`, `stopped`, `failed`, `diverged` or `damaged`.
    status: &'static str,
    batch: u64,
    /// Batches to be trained in all; none if it cannot be read.
    batches: Option<u64>,
    /// Who works on it, or why it failed or cannot be read.
    reason: Option<String>,
    seed: Option<u64>,
    /// The keys in which the runs differ.
    keys: Map<String, Value>,
    decode_error: Option<f64>,
    decode_error_unit: Option<String>,
    constant_answer_error: Option<f64>,
    /// Whether it has learned; none if that is undecided, or chance is not known.
    learned: Option<bool>,
    #[serde(skip)]
    verdict: Option<Verdict>,
    kl_quiescent_from_active: Option<f64>,
    parameters_sha256: Option<String>,
    updated_unix_s: Option<f64>,
    bytes: u64,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
    let mut unsearched = Vec::new();
    for folder in &arguments.folders {
        let (found, problems) = find(folder)?;
        for found in found {
            let path = found.path.strip_prefix(".").map(Path::to_owned).unwrap_or(found.path);
            let path = if path.as_os_str().is_empty() { PathBuf::from(".") } else { path };
            paths.insert(path);
        }
        unsearched.extend(
            problems.into_iter().map(|problem| {
                format!("{}: {}", folder.join(problem.run).display(), problem.reason)
            }),
        );
    }
    let gathered = arguments.threads.run(|_| {
        let read = |path: &PathBuf| {
            let listed = Listed::new(path);
            let found = Found { name: path.display().to_string(), path: path.clone() };
            (listed, gather(&found))
        };
        Ok(paths.par_iter().map(read).collect::<Vec<_>>())
    })?;
    let mut table = Table::default();
    // Of each run, its place in the table; what cannot be read has none.
    let (mut listed, mut places) = (Vec::new(), Vec::new());
    for (mut run, found) in gathered {
        places.push(found.is_ok().then_some(places.iter().flatten().count()));
        match found {
            Ok(found) => {
                run.fill(&found);
                table.add(found);
            }
            Err(problem) => run.reason = Some(problem.reason),
        }
        listed.push(run);
    }
    table.finish();
    for (run, place) in listed.iter_mut().zip(&places) {
        let Some(place) = *place else { continue };
        run.keys = table
            .swept
            .iter()
            .map(|key| (key.name.clone(), table.swept_value(key, place)))
            .collect();
    }
    arguments.json.print(&listed, |listed| lines(listed, &places, &table, &arguments.folders))?;
    match unsearched.is_empty() {
        true => Ok(()),
        false => Err(Failure::Data(format!("not searched: {}", unsearched.join("; ")))),
    }
}

impl Listed {
    /// A run folder by what has become of it.
    fn new(path: &Path) -> Self {
        let (status, batch, reason) = match State::of(path, After::Nothing) {
            State::Done => ("finished", 0, None),
            State::Running { batch, by } => ("running", batch, Some(by)),
            State::Failed { batch, reason } => ("failed", batch, Some(reason)),
            State::Stopped { batch } => ("stopped", batch, None),
            State::Damaged { reason } => ("damaged", 0, Some(reason)),
            State::Missing => ("missing", 0, None),
        };
        Self {
            path: path.to_owned(),
            status,
            batch,
            batches: None,
            reason,
            seed: None,
            keys: Map::new(),
            decode_error: None,
            decode_error_unit: None,
            constant_answer_error: None,
            learned: None,
            verdict: None,
            kl_quiescent_from_active: None,
            parameters_sha256: None,
            updated_unix_s: None,
            bytes: bytes(path),
        }
    }

    /// Adds what a readable run holds.
    fn fill(&mut self, found: &Gathered) {
        let record = &found.record;
        if self.status == "finished" && record.imported.is_some() {
            self.status = "imported";
        } else if record.status == Status::Diverged {
            self.status = "diverged";
        }
        (self.batch, self.batches) = (record.batch, Some(found.batches));
        self.seed = Some(record.seed);
        if let Some(error) = found.measurement("decode_error") {
            (self.decode_error, self.decode_error_unit) =
                (Some(error.value), Some(error.unit.clone()));
        }
        // The error by which it is judged, beside that of a constant answer.
        if let Some(learned) = found.learned {
            self.decode_error = Some(learned.error);
            self.constant_answer_error = Some(learned.constant_answer_error);
            self.verdict = Some(learned.verdict);
            self.learned = match learned.verdict {
                Verdict::Holds => Some(true),
                Verdict::Fails => Some(false),
                Verdict::Undecided => None,
            };
        }
        let kl = found.measurement("kl_quiescent_from_active").map(|kl| kl.value);
        self.kl_quiescent_from_active = kl.filter(|kl| kl.is_finite());
        self.parameters_sha256.clone_from(&record.parameters_sha256);
        self.updated_unix_s = Some(record.updated_unix_s);
    }

    fn status(&self) -> String {
        match (self.status, self.batches) {
            ("running" | "stopped" | "failed" | "diverged", Some(batches)) => {
                format!("{} {}/{batches}", self.status, self.batch)
            }
            (status, _) => status.to_owned(),
        }
    }

    /// The decoding error beside a constant answer's.
    fn error(&self) -> [String; 3] {
        let none = || "–".to_owned();
        let unit = self.decode_error_unit.as_deref().unwrap_or_default();
        let error = |error: Option<f64>| {
            error.map_or_else(none, |error| format!("{} {unit}", number(error, 3)))
        };
        let learned = learning::in_words(self.verdict).to_owned();
        [error(self.decode_error), error(self.constant_answer_error), learned]
    }
}

fn lines(
    listed: &[Listed],
    places: &[Option<usize>],
    table: &Table,
    folders: &[PathBuf],
) -> Vec<String> {
    if listed.is_empty() {
        let folders: Vec<String> = folders.iter().map(|path| path.display().to_string()).collect();
        return vec![format!("no runs in {}", folders.join(", "))];
    }
    let mut seeds: Vec<u64> = listed.iter().filter_map(|run| run.seed).collect();
    seeds.sort_unstable();
    seeds.dedup();
    let keys = shown(table, places.iter().flatten().count());
    let mut head = vec!["run", "status"];
    head.extend(keys.iter().map(|key| key.name.as_str()));
    head.extend((seeds.len() > 1).then_some("seed"));
    head.extend([
        "decoding error",
        "constant answer",
        "learned",
        "KL(quiescent‖active), nats",
        "size",
        "age",
    ]);
    let mut columns = Columns::new(&head);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
    for (run, place) in listed.iter().zip(places) {
        let none = || "–".to_owned();
        let mut cells = vec![run.path.display().to_string(), run.status()];
        cells.extend(
            keys.iter()
                .map(|key| place.map_or_else(none, |place| short(table.swept_field(key, place)))),
        );
        if seeds.len() > 1 {
            cells.push(run.seed.map_or_else(none, |seed| seed.to_string()));
        }
        cells.extend(run.error());
        cells.push(learning::judged(run.verdict, run.kl_quiescent_from_active));
        cells.push(size(run.bytes));
        let age = run.updated_unix_s.map(|updated| (now - updated).max(0.0));
        cells.push(age.map_or_else(none, duration));
        columns.row(cells);
    }
    let mut lines = columns.lines();
    let hidden = table.swept.len() - keys.len();
    if hidden > 0 {
        complain(&format!("{hidden} more keys differ among the runs; --json has them"));
    }
    lines.extend(listed.iter().filter_map(|run| {
        Some(format!("{} ({}): {}", run.path.display(), run.status, run.reason.as_ref()?))
    }));
    lines
}

/// A value for people: numbers of many digits are rounded.
fn short(field: Field<'_>) -> String {
    let whole = field.to_string();
    match field {
        Field::Number(value) if whole.len() > LONGEST_NUMBER => setting(value),
        _ => whole,
    }
}

/// The keys that get a column: first those that every run has, then those with the most values.
fn shown(table: &Table, runs: usize) -> Vec<&Swept> {
    let mut keys: Vec<&Swept> = table.swept.iter().collect();
    let everywhere = |key: &Swept| (0..runs).all(|run| !table.swept_value(key, run).is_null());
    keys.sort_by_key(|key| (!everywhere(key), std::cmp::Reverse(key.values)));
    keys.truncate(MOST_KEYS);
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes as f64 {
        small if small < 1e6 => format!("{:.0} kB", small / 1e3),
        middle if middle < 1e9 => format!("{:.1} MB", middle / 1e6),
        large => format!("{:.1} GB", large / 1e9),
    }
}

/// Bytes of all files of a folder, as far as they can be read.
fn bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let kind = entry.file_type().ok()?;
            if kind.is_dir() {
                Some(bytes(&entry.path()))
            } else {
                Some(entry.metadata().ok()?.len())
            }
        })
        .sum()
}
