//! The paper's claims and figures on a set of studied runs, as files.

use super::figures;
use super::theory::{Examined, Named};
use crate::files;
use crate::ui::failure::Failure;
use crate::ui::left_out::LeftOut;
use crate::ui::output::complain;
use crate::ui::progress::Overall;
use crate::ui::watch::Terminal;
use quiescent::paper::TaskKind;
use quiescent::paper::claims::{self, Claim};
use quiescent::run::MetricsLine;
use quiescent::workflow::{self, Studied};
use quiescent_report::{Figure, KlMatrix, Paper, PaperFigure, StudyRun, paper_figures, paper_html};
use std::path::Path;

/// Claims and figures of a set of runs.
pub(crate) struct Found<'a> {
    pub(crate) claims: Vec<Claim>,
    pub(crate) figures: Vec<PaperFigure>,
    pub(crate) runs: Vec<StudyRun<'a>>,
    pub(crate) left_out: Vec<(String, String)>,
}

impl Found<'_> {
    /// What a page shows of it.
    pub(crate) fn page(&self) -> Paper<'_> {
        Paper {
            claims: &self.claims,
            figures: &self.figures,
            runs: &self.runs,
            left_out: &self.left_out,
            theory: None,
        }
    }
}

/// The logged training of every run, in the runs' order.
pub(crate) fn metrics(studied: &[Studied]) -> Result<Vec<Vec<MetricsLine>>, Failure> {
    studied.iter().map(|run| Ok(run.writer.metrics()?)).collect()
}

/// Tests the claims and draws the figures.
pub(crate) fn find<'a>(
    studied: &'a [Studied],
    metrics: &'a [Vec<MetricsLine>],
    left: &[LeftOut],
) -> Result<Found<'a>, Failure> {
    let (matrix, other_boxes) = workflow::matrix(studied, &Terminal)?;
    let other_boxes: Vec<LeftOut> = other_boxes.into_iter().map(LeftOut::from).collect();
    for run in &other_boxes {
        complain(&format!("left out of figure 2e: {run}"));
    }
    let networks: Vec<claims::Studied<'_>> = studied
        .iter()
        .zip(metrics)
        .map(|(run, metrics)| claims::Studied {
            study: &run.study,
            test_loss: metrics.iter().rev().find_map(|line| line.test_loss),
        })
        .collect();
    let runs: Vec<StudyRun<'_>> = studied
        .iter()
        .zip(metrics)
        .map(|(run, metrics)| StudyRun { name: run.name.clone(), study: &run.study, metrics })
        .collect();
    let spatial = studied.iter().any(|run| run.study.condition.task == TaskKind::Spatial);
    let drawn = spatial.then(|| KlMatrix::figure_2e(&matrix, &runs));
    Ok(Found {
        claims: claims::evaluate(&networks, &matrix),
        figures: paper_figures(&runs, drawn.as_ref(), "paper"),
        runs,
        left_out: left
            .iter()
            .chain(&other_boxes)
            .map(|left| (left.name.clone(), left.reason.to_string()))
            .collect(),
    })
}

/// Where the results of `reproduce` go.
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    pub(crate) out: &'a Path,
    pub(crate) figures: &'a Path,
    pub(crate) claims: &'a Path,
    pub(crate) left: &'a [LeftOut],
    pub(crate) examined: &'a [Named],
    pub(crate) overall: &'a Overall,
    /// Seconds that the comparison of networks, and then the figures, were estimated to take.
    pub(crate) estimated_s: [f64; 2],
}

/// Tests, draws and writes everything; returns the claims.
pub(crate) fn write(studied: &[Studied], page: &Page<'_>) -> Result<Vec<Claim>, Failure> {
    let metrics = metrics(studied)?;
    let (overall, [compare_s, draw_s]) = (page.overall, page.estimated_s);
    let found = find(studied, &metrics, page.left)?;
    overall.done(compare_s);
    files::write_json(page.claims, &found.claims)?;
    overall.say_with_all("drawing the figures");
    let drawn: Vec<&Figure> =
        found.figures.iter().filter_map(|drawn| drawn.figure.as_ref().ok()).collect();
    figures::draw(page.figures, &drawn)?.finish()?;
    let examined = Examined::draw(page.examined);
    examined.figure_files(page.figures)?.finish()?;
    let html = paper_html(&Paper { theory: examined.part(), ..found.page() }, page.title)?;
    files::write(page.out, html)?;
    overall.done(draw_s);
    Ok(found.claims)
}
