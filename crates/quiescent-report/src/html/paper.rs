//! The paper's part of a page: claims with their verdicts, figures, and what is missing.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::paper::claims::Claim;
use quiescent::paper::{PhaseKey, Protocol, RunStudy, TaskKind};

use super::contents::Contents;
use super::figure::figure;
use super::names::breakable;
use super::summary;
use super::theory::{self, Theory};
use super::verdict::{badge, tally};
use crate::figures::PaperFigure;
use crate::study_view::StudyRun;
use quiescent::readable;

/// The paper's claims and figures, tested and drawn on a set of runs.
#[derive(Debug, Clone, Copy)]
pub struct Paper<'a> {
    /// The claims; empty where none were tested.
    pub claims: &'a [Claim],
    /// The figures, in the paper's order.
    pub figures: &'a [PaperFigure],
    /// The runs.
    pub runs: &'a [StudyRun<'a>],
    /// Runs that had to be left out, with the reason.
    pub left_out: &'a [(String, String)],
    /// What examinations by the theory found; none where no network was examined.
    pub theory: Option<Theory<'a>>,
}

/// Everything of the paper but the runs themselves.
pub(super) fn sections(paper: &Paper<'_>, contents: &Contents) -> Markup {
    html! {
        (left_out(paper.left_out))
        @if !paper.claims.is_empty() { (claims(paper.claims, contents)) }
        @if !paper.figures.is_empty() { section id="paper" {
            h2 { (contents.section("paper", "The paper’s figures")) }
            p {
                "Where colours show phases, blue is active and orange is quiescent. Unless a caption "
                "says otherwise, the noise of quiescent networks that were trained with noise has "
                "twice the variance of the active phase (in GRUs, the same variance), and quiescent "
                "networks that were trained without noise receive none."
            }
            @for drawn in paper.figures { (figure(contents, "", &drawn.figure)) }
        } }
        @if let Some(theory) = &paper.theory { (theory::sections(theory, contents)) }
    }
}

/// How many claims hold, in one sentence.
pub(super) fn verdict(claims: &[Claim]) -> String {
    let tallied = |beyond: bool| {
        let of = claims.iter().filter(|claim| claim.is_beyond_the_paper() == beyond);
        let verdicts: Vec<_> = of.map(|claim| claim.verdict).collect();
        (verdicts.len(), tally(&verdicts, "could not be tested"))
    };
    let (count, tally) = tallied(false);
    match tallied(true) {
        (0, _) => format!("Of {count} claims, {tally}."),
        (others, beyond) => {
            format!("Of {count} claims, {tally}. Of {others} beyond the paper, {beyond}.")
        }
    }
}

pub(super) fn left_out(left: &[(String, String)]) -> Markup {
    html! {
        @if !left.is_empty() {
            section.warning id="left-out" {
                p { strong { "Left out of this report or of its figures" } }
                ul { @for (name, reason) in left { li { (name) ": " (reason) } } }
            }
        }
    }
}

fn claims(claims: &[Claim], contents: &Contents) -> Markup {
    let (beyond, published): (Vec<&Claim>, Vec<&Claim>) =
        claims.iter().partition(|claim| claim.is_beyond_the_paper());
    let failing: Vec<&Claim> =
        claims.iter().filter(|claim| claim.verdict == Some(Verdict::Fails)).collect();
    html! {
            section.findings id="findings" {
                h2 { (contents.section("findings", "Summary of findings")) }
                ul {
                    li { (verdict(claims)) }
                    @for claim in failing {
                        li { strong { "Fails: " } (claim.statement) " (" (measured(claim)) "; expected: " (claim.expected) ")." }
                    }
                }
            }
            section id="claims" {
                h2 { (contents.section("claims", "Claims")) }
                p {
                    "The table lists the published statements with what was measured here. The "
                    "criteria belong to the program and are not fitted to these networks. A claim whose "
                    "interval includes the criterion is undecided. Values are means over seeds, and "
                    "divergences are corrected for the bias of few trials. With one seed, intervals are "
                    "95 % over trials (docs/intervals.md). With several seeds, they span the seeds’ own "
                    "intervals."
                }
    (table(&published))
            }
            @if !beyond.is_empty() {
                section id="beyond" {
                    h2 { (contents.section("beyond", "Beyond the paper")) }
                    p {
                        "The paper’s networks rest as they were trained. Here their quiescent phase also has "
                        "adaptation, which inhibits units that were active, and all trials start at one point: does "
                        "rest find its way from there, and does it move as the active phase does?"
                    }
                    (table(&beyond))
                }

            }
        }
}

fn table(claims: &[&Claim]) -> Markup {
    html! {
                    table.cards.claims {
                thead { tr {
                    th { "Verdict" } th { "Figure" } th { "Claim" } th.n { "Measured" } th { "Expected" }
                } }
                tbody {
                    @for claim in claims.iter() {
                        tr {
                            td data-label="Verdict" { (badge(claim.verdict)) }
                            td data-label="Figure" { (claim.figure) }
                            td data-label="Claim" {
                                div {
                                    (claim.statement) "."
                                    @if let Some(note) = &claim.note { p.note { (note) "." } }
                                    @if !claim.details.is_empty() || claim.seeds.len() > 1 { (details(claim)) }
                                }
                            }
                            td.n data-label="Measured" { span {
                                (measured(claim))
                                @if let Some([low, high]) = claim.interval {
                                    br; small { (readable::ends([low, high])) }
                                }
                            } }
                            td data-label="Expected" { (claim.expected) }
                        }
                    }
                }
            }
    }
}

fn measured(claim: &Claim) -> String {
    match claim.measured {
        Some(value) => readable::with_unit(value, &claim.unit),
        None if claim.seeds.is_empty() => "–".into(),
        // A divergence without bound: the claim was tested on it.
        None => "not finite".into(),
    }
}

fn details(claim: &Claim) -> Markup {
    html! {
        details {
            summary { "numbers" }
            dl {
                @for detail in &claim.details {
                    dt { (detail.name) } dd { (readable::with_unit(detail.value, &detail.unit)) }
                }
                @if claim.seeds.len() > 1 {
                    @for seed in &claim.seeds {
                        dt { "seed " (seed.seed) }
                        dd {
                            (readable::with_unit(seed.measured, &claim.unit))
                            @if let Some(interval) = seed.interval {
                                " (" (readable::ends(interval)) ")"
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The networks in a table.
pub(super) fn runs(runs: &[StudyRun<'_>], contents: &Contents) -> Markup {
    html! {
        section id="runs" {
            h2 { (contents.section("runs", "Networks")) }
            table.cards {
                thead { tr {
                    th { "Network" } th.n { "Units" } th.n { "Test loss" } th.n { "Decoding error" }
                    th.n { "KL(quiescent ‖ active)" } th.n { "Trained for" }
                } }
                tbody {
                    @for run in runs {
                        tr {
                            td.name data-label="Network" { (breakable(&run.name)) }
                            td.n data-label="Units" { (run.study.units) }
                            td.n data-label="Test loss" { (test_loss(run)) }
                            td.n data-label="Decoding error" { (decode_error(run)) }
                            td.n data-label="KL(quiescent ‖ active)" { (own_kl(run.study)) }
                            td.n data-label="Trained for" { (trained(run)) }
                        }
                    }
                }
            }
            @for protocol in protocols(runs) { p.small { (protocol) } }
        }
    }
}

const NONE: &str = "–";

fn test_loss(run: &StudyRun<'_>) -> String {
    let last = run.metrics.iter().rev().find_map(|line| line.test_loss);
    last.map_or(NONE.into(), |loss| readable::number(loss, 3))
}

fn decode_error(run: &StudyRun<'_>) -> String {
    run.study.found.tracking.as_ref().map_or(NONE.into(), |tracking| {
        readable::with_unit(tracking.error.value, run.study.condition.task.unit())
    })
}

fn own_kl(study: &RunStudy) -> Markup {
    html! {
        span {
            @match study.divergence(PhaseKey::Quiescent) {
                Ok(found) => {
                    (summary::divergence(&found.kl_quiescent_from_active))
                }
                Err(reason) => small { (reason) },
            }
        }
    }
}

fn trained(run: &StudyRun<'_>) -> String {
    run.metrics.last().map_or(NONE.into(), |line| {
        // An imported network has the test at its import alone.
        if line.batch == 0 {
            return "elsewhere".into();
        }
        format!("{} batches, {}", readable::count(line.batch), readable::duration(line.wall_s))
    })
}

/// How the networks were simulated and measured: one sentence for each protocol among them.
fn protocols(runs: &[StudyRun<'_>]) -> Vec<String> {
    let mut found: Vec<(TaskKind, Protocol, f64)> = Vec::new();
    for run in runs {
        let of = (run.study.condition.task, run.study.protocol, run.study.found.dt_s);
        if !found.contains(&of) {
            found.push(of);
        }
    }
    let sentence = |(task, protocol, dt_s): (TaskKind, Protocol, f64)| {
        let seconds = |steps: usize| format!("{} s", readable::derived(steps as f64 * dt_s));
        format!(
            "The {} networks were simulated in {} active trials and as many quiescent trials. \
             Quiescent trials last {}: densities are of the first {}, principal components are \
             of the first {}, and the total variance leaves out the first {}. Quiescent phases \
             with other noise or from other starts have {} trials, and those from other starts \
             last {}. Densities use Gaussian kernels (Scott’s rule) or, for headings, von Mises \
             kernels of 0.1 rad, fitted to about 20 000 decoded values of each phase. Divergences \
             are extrapolated to kernels of no width, corrected for the bias of few trials and \
             not clipped; their intervals are by the jackknife. Other intervals are from {} \
             bootstrap resamples of trials.",
            task.name(),
            readable::count(protocol.trials as u64),
            seconds(protocol.rest_steps),
            seconds(protocol.density_steps),
            seconds(protocol.component_steps),
            seconds(protocol.burn_in),
            readable::count(protocol.variant_trials as u64),
            seconds(protocol.density_steps),
            protocol.resamples,
        )
    };
    found.into_iter().map(sentence).collect()
}
