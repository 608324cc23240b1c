//! The studies of a set of runs, from which the paper's figures are drawn.

use quiescent::paper::matrix::{Column, Matrix};
use quiescent::paper::{Condition, RunStudy};
use quiescent::run::MetricsLine;

use crate::view::RunView;

/// The study of one run, and how the run was trained.
#[derive(Debug, Clone)]
pub struct StudyRun<'a> {
    /// Name shown to the reader.
    pub name: String,
    /// The results of its study.
    pub study: &'a RunStudy,
    /// `metrics.jsonl`, in order; empty if there is none.
    pub metrics: &'a [MetricsLine],
}

/// Divergences between the quiescent densities of some networks and the active densities of
/// others, KL(quiescent ‖ active) in nats (figure 2e).
#[derive(Debug, Clone, PartialEq)]
pub struct KlMatrix {
    /// Whose active density, row by row: `noisy unbiased`.
    pub rows: Vec<String>,
    /// Whose quiescent density, column by column; also baselines, such as `true uniform`.
    pub columns: Vec<String>,
    /// The divergences, `[row][column]`; none where they could not be measured.
    pub cells: Vec<Vec<Option<KlCell>>>,
    /// Length of the quiescent trials compared, in s; none if they differ or it is not known.
    pub quiescent_s: Option<f64>,
}

impl KlMatrix {
    /// The rows and columns of figure 2e, each cell the mean over its seeds with the lowest and
    /// highest end of their intervals; `runs` are those compared.
    pub fn figure_2e(matrix: &Matrix, runs: &[StudyRun<'_>]) -> Self {
        let cell = |row: Condition, column: Column| {
            let seeds = matrix.cell(row, column);
            let ends = seeds.iter().map(|(_, kl)| (kl.interval.low, kl.interval.high));
            let (low, high) = ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
            let count = seeds.len() as f64;
            let mean = seeds.iter().map(|(_, kl)| kl.nats).sum::<f64>() / count;
            let squares = seeds.iter().map(|(_, kl)| (kl.nats - mean).powi(2)).sum::<f64>();
            let sd_over_seeds = (seeds.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
            Some(KlCell { mean, low, high, seeds: seeds.len(), sd_over_seeds })
        };
        let rows = Condition::SPATIAL.iter();
        Self {
            rows: rows.clone().map(|row| row.label().to_owned()).collect(),
            columns: Column::FIGURE_2E.iter().map(ToString::to_string).collect(),
            cells: rows
                .map(|row| Column::FIGURE_2E.iter().map(|column| cell(*row, *column)).collect())
                .collect(),
            quiescent_s: the_same(
                runs.iter()
                    .map(|run| run.study)
                    .filter(|study| Condition::SPATIAL.contains(&study.condition))
                    .map(|study| study.protocol.density_steps as f64 * study.found.dt_s),
            ),
        }
    }

    /// Divergences of every run's quiescent density from the active densities of these runs.
    pub(crate) fn of_runs(runs: &[&RunView]) -> Self {
        let cell = |active: &RunView, quiescent: &RunView| {
            let kl = match active.name == quiescent.name {
                true => quiescent.own_kl(),
                false => quiescent.across.get(&active.name),
            }?;
            let (low, high) = (kl.interval.low, kl.interval.high);
            Some(KlCell { mean: kl.nats, low, high, seeds: 1, sd_over_seeds: None })
        };
        let names = || runs.iter().map(|run| run.name.clone()).collect();
        Self {
            rows: names(),
            columns: names(),
            cells: runs
                .iter()
                .map(|active| runs.iter().map(|quiescent| cell(active, quiescent)).collect())
                .collect(),
            quiescent_s: the_same(runs.iter().filter_map(|run| run.quiescent_s())),
        }
    }
}

/// A value that all have; none if they differ or there is none.
fn the_same(mut values: impl Iterator<Item = f64>) -> Option<f64> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

/// One divergence in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KlCell {
    /// Mean over seeds.
    pub mean: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end of its interval.
    pub high: f64,
    /// Seeds averaged over.
    pub seeds: usize,
    /// Standard deviation over seeds; none for one seed.
    pub sd_over_seeds: Option<f64>,
}
