//! The studies of a set of runs, from which the paper's figures are drawn.

use quiescent::paper::RunStudy;
use quiescent::run::MetricsLine;

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
