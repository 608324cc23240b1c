//! What `sweep collect` says when it is done.

use super::problem::Problem;
use super::table::Table;
use crate::ui::output::duration;
use quiescent::readable::counted;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A figure that was asked for.
#[derive(Debug, Serialize)]
pub(super) struct DrawnFigure {
    pub(super) measurement: String,
    pub(super) against: String,
    /// What it lacks.
    pub(super) notes: Vec<String>,
    /// Its files; none if it could not be drawn.
    pub(super) files: Vec<PathBuf>,
}

/// What was done.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    /// Runs in the table.
    runs: usize,
    by_status: BTreeMap<&'static str, usize>,
    /// Whether their networks have learned: `yes`, `no`, `undecided`, `unknown`.
    learned: BTreeMap<&'static str, usize>,
    rows: usize,
    /// Keys that differ among the runs.
    swept: Vec<String>,
    measurements: Vec<String>,
    files: Vec<PathBuf>,
    figures: Vec<DrawnFigure>,
    skipped: Vec<Problem>,
    seconds: f64,
}

impl Summary {
    pub(super) fn new(
        table: &Table,
        problems: &[Problem],
        file: PathBuf,
        figures: Vec<DrawnFigure>,
        took: Duration,
    ) -> Self {
        let drawn = figures.iter().flat_map(|figure| figure.files.iter().cloned());
        let files = std::iter::once(file).chain(drawn).collect();
        Self {
            runs: table.runs.len(),
            by_status: table.by_status(),
            learned: table.by_learned(),
            rows: table.rows.len(),
            swept: table.swept.iter().map(|swept| swept.name.clone()).collect(),
            measurements: table.names.all().to_vec(),
            files,
            figures,
            skipped: problems.to_vec(),
            seconds: took.as_secs_f64(),
        }
    }

    /// The same for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let statuses: Vec<String> =
            self.by_status.iter().map(|(status, count)| format!("{count} {status}")).collect();
        let swept = match &self.swept[..] {
            [] => "nothing but the seed differs among them".to_owned(),
            keys => format!("they differ in {}", keys.join(", ")),
        };
        let runs = counted(self.runs, "run");
        let mut lines = vec![format!("{runs} ({}); {swept}", statuses.join(", "))];
        let learned: Vec<String> =
            self.learned.iter().map(|(learned, count)| format!("{count} {learned}")).collect();
        lines.push(format!("learned, by the error of a constant answer: {}", learned.join(", ")));
        let file = self.files.first().map(|path| path.display().to_string()).unwrap_or_default();
        lines.push(format!("{}: {file}", counted(self.rows, "row")));
        for figure in &self.figures {
            let name = format!("{} against {}", figure.measurement, figure.against);
            let files = figure
                .files
                .first()
                .map_or_else(String::new, |first| format!(": {}, pdf, png, csv", first.display()));
            lines.push(format!("{name}{files}"));
            lines.extend(figure.notes.iter().map(|note| format!("  {note}")));
        }
        if self.figures.is_empty() {
            lines.push(
                "no figure: the runs have no divergence and no decoding error yet".to_owned(),
            );
        }
        lines.push(duration(self.seconds));
        lines
    }
}
