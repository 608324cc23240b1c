//! The HTML page: one self-contained file with inline pictures and style, and no scripts.

mod explain;
mod methods;
mod page;
mod paper;
mod run;
mod summary;
mod theory;
mod verdict;

use maud::html;

use crate::figures::{RunFigures, training_curves};
use crate::render::RenderError;
use crate::view::RunView;
use page::{figure, page};
pub use paper::Paper;
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

/// The report on `runs` as one HTML page, with the given title; with the paper's claims and figures,
/// and what examinations by the theory found, if `paper` holds them.
///
/// The page is a function of its arguments alone. If a run lacks something (phases, hidden
/// states, evaluations, finite values), the page says so in its place.
///
/// # Errors
/// [`ReportError::NoRuns`] if `runs` is empty.
pub fn report_html(
    runs: &[RunView],
    paper: Option<&Paper<'_>>,
    title: &str,
) -> Result<String, ReportError> {
    if runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let content = html! {
        p.lead { (explain::lead(runs)) }
        @if let Some(paper) = paper { (paper::left_out(paper.left_out)) }
        (explain::findings(runs))
        (summary::table(runs))
        (summary::cross(runs))
        (explain::background(runs))
        section id="training" {
            h2 { "Training" }
            @for curves in training_curves(runs, "t") { (figure(&curves)) }
        }
        @for (index, run) in runs.iter().enumerate() {
            (run::section(run, index, &RunFigures::draw(run, &format!("r{index}"))))
        }
        @if let Some(paper) = paper { (paper::sections(&Paper { left_out: &[], ..*paper })) }
    };
    Ok(page(title, &content).into_string())
}

/// The paper's claims and figures on a set of runs as one HTML page.
///
/// # Errors
/// [`ReportError::NoRuns`] if there is no run.
pub fn paper_html(paper: &Paper<'_>, title: &str) -> Result<String, ReportError> {
    if paper.runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let content = html! {
        p.lead {
            "This page repeats “Sufficient conditions for offline reactivation in recurrent neural "
            "networks” (ICLR 2024). The networks were trained anew, left without input, and measured. "
            "There are " (paper.runs.len()) " networks. " (paper::verdict(paper.claims))
        }
        (paper::sections(paper))
        (paper::runs(paper.runs))
    };
    Ok(page(title, &content).into_string())
}

/// What examinations by the theory found in a set of runs as one HTML page.
///
/// # Errors
/// [`ReportError::NoRuns`] if there is no run.
pub fn theory_html(theory: &Theory<'_>, title: &str) -> Result<String, ReportError> {
    if theory.runs.is_empty() {
        return Err(ReportError::NoRuns);
    }
    let content = html! {
        p.lead { (theory::lead()) }
        (theory::sections(theory))
    };
    Ok(page(title, &content).into_string())
}
