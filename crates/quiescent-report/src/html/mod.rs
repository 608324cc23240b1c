//! The HTML page: one self-contained file with inline pictures, style, and one small script that makes
//! the files of its figures.

mod contents;
mod explain;
mod figure;
mod measurements;
mod methods;
mod movement;
mod moving;
mod names;
mod page;
mod paper;
mod rest_map;
mod run;
mod summary;
mod theory;
mod variants;
mod verdict;

use maud::{Markup, html};
use quiescent::analysis::Verdict;

use crate::comparison::not_compared;
use crate::figures::ReportFigures;
use crate::render::RenderError;
use crate::view::RunView;
use contents::Contents;
use figure::figure;
use page::page;
pub use paper::Paper;
pub use rest_map::MappedRun;
pub use theory::Theory;

/// Why a report cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// There is nothing to report on.
    #[error("a report needs at least one run, and none was given: name one or more run folders")]
    NoRuns,
    /// A figure's file could not be made.
    #[error("{0}")]
    Render(#[from] RenderError),
}

/// The report on `runs` as one HTML page, with the given title and the runs' figures; with the paper's
/// claims and figures, and what examinations by the theory found, if `paper` holds them.
///
/// The page is a function of its arguments alone. If a run lacks something (phases, hidden
/// states, evaluations, finite values), the page says so in its place. Files of figures are expected
/// beside the page, in the folder [`FIGURES`](crate::FIGURES).
///
/// # Errors
/// [`ReportError::NoRuns`] if `runs` is empty.
pub fn report_html(
    runs: &[RunView],
    figures: &ReportFigures,
    paper: Option<&Paper<'_>>,
    title: &str,
) -> Result<String, ReportError> {
    if runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let contents = &Contents::of(runs.len());
    let first = html! {
        p.lead { (explain::lead(runs)) }
        @if let Some(paper) = paper { (paper::left_out(paper.left_out)) }
        (explain::findings(runs, figures, contents))
    };
    let rest = html! {
        (summary::table(runs, figures, contents))
        (across(runs, figures, contents))
        (measurements::section(runs, contents))
        section id="training" {
            h2 { (contents.section("training", "Training")) }
            @for curves in &figures.training { (figure(contents, "", curves)) }
        }
        @for (run, (folder, figures)) in runs.iter().zip(&figures.runs) {
            (run::section(run, runs.len(), folder, figures, contents))
        }
        @if let Some(paper) = paper { (paper::sections(&Paper { left_out: &[], ..*paper }, contents)) }
        (explain::background(runs, contents))
    };
    Ok(page(title, &first, contents, &rest).into_string())
}

/// Which networks' active densities the quiescent ones resemble.
fn across(runs: &[RunView], figures: &ReportFigures, contents: &Contents) -> Markup {
    let mut apart = not_compared(runs);
    let unlearned: Vec<&str> = runs
        .iter()
        .filter(|run| run.learned() == Some(Verdict::Fails))
        .map(|run| run.name.as_str())
        .collect();
    if runs.len() > 1 && !unlearned.is_empty() {
        apart.push(format!("Not compared, since not learned: {}.", unlearned.join(", ")));
    }
    html! {
        @if !figures.across.is_empty() || !apart.is_empty() {
            section id="across" {
                h2 { (contents.section("across", "Which network’s active density does each quiescent density resemble?")) }
                @for matrix in &figures.across { (figure(contents, "", matrix)) }
                @for sentence in &apart { p.note { (sentence) } }
            }
        }
    }
}

/// The paper's claims and figures on a set of runs as one HTML page.
///
/// # Errors
/// [`ReportError::NoRuns`] if there is no run.
pub fn paper_html(paper: &Paper<'_>, title: &str) -> Result<String, ReportError> {
    if paper.runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let contents = &Contents::of(paper.runs.len());
    let content = html! {
        (paper::sections(paper, contents))
        (paper::runs(paper.runs, contents))
    };
    let lead = html! {
        p.lead {
            "This page repeats “Sufficient conditions for offline reactivation in recurrent neural "
            "networks” (ICLR 2024). Its networks were trained anew, left without input, and measured. "
            "There are " (paper.runs.len()) " networks. " (paper::verdict(paper.claims))
        }
    };
    Ok(page(title, &lead, contents, &content).into_string())
}

/// What examinations by the theory found in a set of runs as one HTML page.
///
/// # Errors
/// [`ReportError::NoRuns`] if there is no run.
pub fn theory_html(theory: &Theory<'_>, title: &str) -> Result<String, ReportError> {
    if theory.runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let contents = &Contents::of(theory.runs.len());
    let content = theory::sections(theory, contents);
    let lead = html! { p.lead { (theory::lead()) } };
    Ok(page(title, &lead, contents, &content).into_string())
}

/// The maps of rest of a set of runs as one HTML page.
///
/// # Errors
/// [`ReportError::NoRuns`] if there is no run.
pub fn rest_map_html(runs: &[MappedRun<'_>], title: &str) -> Result<String, ReportError> {
    if runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let contents = &Contents::of(runs.len());
    let content = rest_map::sections(runs, contents);
    let lead = html! { p.lead { (rest_map::lead()) } };
    Ok(page(title, &lead, contents, &content).into_string())
}
