//! The report's plain words: what was done, what the two phases are, how to read the numbers.

use maud::{Markup, html};
use quiescent::analysis::Verdict;
use quiescent::measure::{Finding, Question};
use quiescent::run::{CellsOrigin, ImportRecord, Status};

use super::contents::Contents;
use super::names::{breakable, run_id};
use super::summary;
use super::verdict::mark;
use crate::figures::ReportFigures;
use crate::view::{RunView, TaskKind};
use quiescent::readable;

/// One sentence under the title.
pub(super) fn lead(runs: &[RunView]) -> String {
    let count = match runs.len() {
        1 => "A recurrent network was".to_owned(),
        n => format!("{} recurrent networks were", words(n)),
    };
    let has = |kind| runs.iter().any(|run| run.task() == kind);
    let task = match (has(TaskKind::Spatial), has(TaskKind::HeadDirection)) {
        (true, false) => "where an animal is from its movements",
        (false, _) => "an animal’s heading from its turns",
        (true, true) => "an animal’s position from its movements, or its heading from its turns",
    };
    format!(
        "{count} trained to keep track of {task} alone, and then left without any input. This report \
         shows whether {}, which is called offline reactivation.",
        if runs.len() == 1 {
            "the quiescent network revisits the states of its active phase"
        } else {
            "the quiescent networks revisit the states of their active phases"
        },
    )
}

/// A number to begin a sentence with.
fn words(n: usize) -> String {
    const WORDS: [&str; 8] = ["Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];
    n.checked_sub(2)
        .and_then(|i| WORDS.get(i))
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// What the numbers say, computed from them: network by network, question by question.
pub(super) fn findings(runs: &[RunView], figures: &ReportFigures, contents: &Contents) -> Markup {
    let said: Vec<(&str, &RunView, Vec<Finding>)> = runs
        .iter()
        .zip(&figures.runs)
        .map(|(run, (folder, _))| (folder.as_str(), run, run.findings()))
        .filter(|(_, run, found)| !found.is_empty() || run.record.status != Status::Finished)
        .collect();
    html! {
        @if !said.is_empty() {
            section.findings id="findings" {
                h2 { (contents.section("findings", "Summary of findings")) }
                @for (folder, run, found) in &said {
                    h3 { a href={ "#" (run_id(folder)) } { (breakable(&run.name)) } }
                    ul.answers {
                        @for finding in found { li { (mark(shown(finding))) " " (finding.sentence) } }
                        @for caveat in caveats(run, found) { li { strong { "Caveat: " } (caveat) } }
                    }
                }
            }
        }
    }
}

/// What to bear in mind with these numbers of this run.
fn caveats(run: &RunView, found: &[Finding]) -> Vec<String> {
    let mut caveats = Vec::new();
    if run.record.status != Status::Finished {
        caveats.push(format!("This run {}", unfinished(run)));
    }
    if found.iter().all(|finding| finding.question == Question::Learned) {
        return caveats;
    }
    let unsupported = run.own_kl().and_then(|kl| summary::unsupported_words(kl.unsupported));
    caveats.extend(unsupported.map(|words| format!("The divergence is {words}.")));
    if run.experiment.network.noise.sigma == 0.0 {
        caveats.push(
            "It was trained without noise, so the theory does not predict that it reactivates."
                .to_owned(),
        );
    }
    caveats
}

/// Where an imported network comes from, and what is not known of it.
pub(super) fn origin(run: &RunView, imported: &ImportRecord) -> String {
    let cells = match (imported.cells, run.task()) {
        (CellsOrigin::Weights | CellsOrigin::File, _) => {
            "Its target cells were imported with it.".to_owned()
        }
        (CellsOrigin::None, _) => "It has no target cells.".to_owned(),
        (CellsOrigin::Experiment, kind) => format!(
            "Its own target cells are not known. The cells drawn by the experiment replace them, \
             so decoded {} are likely to be wrong.",
            match kind {
                TaskKind::Spatial => "positions",
                TaskKind::HeadDirection => "headings",
            }
        ),
    };
    format!(
        "This network was trained elsewhere and imported from {}. Only its task, time constants \
         and noise are those of the experiment below. {cells}",
        imported.file
    )
}

/// How an unfinished run stands, as the rest of a sentence.
pub(super) fn unfinished(run: &RunView) -> String {
    let progress = format!(
        "{} of {} batches",
        readable::count(run.record.batch),
        readable::count(run.experiment.training.batches)
    );
    match run.record.status {
        Status::Finished => format!("has finished after {progress}."),
        Status::Running => format!(
            "is still training, or was killed, after {progress}: everything below is provisional."
        ),
        Status::Interrupted => format!(
            "was interrupted after {progress} and can be resumed: everything below is provisional."
        ),
        Status::Diverged if run.record.imported.is_some() => {
            "is unstable: its rates grew without bound when it was tested after its import."
                .to_owned()
        }
        Status::Diverged => format!(
            "diverged after {progress}: its loss is no longer finite, and what is shown comes from the last good checkpoint."
        ),
    }
}

/// What a reader needs to know before the figures.
pub(super) fn background(runs: &[RunView], contents: &Contents) -> Markup {
    let has = |kind| runs.iter().any(|run| run.task() == kind);
    let (spatial, heading) = (has(TaskKind::Spatial), has(TaskKind::HeadDirection));
    let noisy = |run: &RunView| run.experiment.network.noise.sigma != 0.0;
    let noise = if runs.iter().all(noisy) {
        ". Noise disturbs its units at every step"
    } else if runs.iter().any(noisy) {
        ". Noise disturbs its units at every step, in all but the noiseless networks"
    } else {
        ""
    };
    html! {
        section id="background" {
            h2 { (contents.section("background", "Background: what was done, and how to read it")) }
            h3 { "The task" }
            p {
                "Each network receives the encoded starting point and, after that, only movements, "
                "which it must add up (path integration)" (noise) "."
                @if spatial {
                    " In the spatial task an animal walks in a box. The network receives its "
                    "displacements and must drive a population of place cells as the animal’s true "
                    "position would. The mean of the preferred places of the most active cells is "
                    "the decoded position, in metres."
                }
                @if heading {
                    " In the head-direction task the animal turns on the spot. The network "
                    "receives its turns and must drive a ring of head-direction cells. The "
                    "circular mean of the preferred headings of the most active cells is the "
                    "decoded heading, in radians."
                }
            }
            h3 { "The active and the quiescent phase" }
            p {
                "In the " strong.active { "active" } " phase, the trained network runs on new trials, with "
                "its input and with the noise that it was trained with. In the "
                strong.quiescent { "quiescent" } " phase, the same network runs without input, driven "
                "by noise alone. Nothing tells it about the box or the dial any more. The "
                "theory under test says that a network which is trained to integrate well in spite "
                "of noise must learn to pull its state back towards the states that it visits while "
                "active. Noise makes the quiescent state wander, and the pull brings it back, so "
                "the network should visit the same states as often as while active."
            }
            h3 { "How to read the divergence" }
            p {
                "KL(quiescent ‖ active) compares two densities of decoded values. It is 0 if they "
                "are the same, and it grows if the quiescent phase visits what the active phase "
                "seldom visits. Its unit is the nat. If the quiescent phase uniformly covers half of "
                "a uniformly covered active range, KL = ln 2 = 0.69; if it covers a quarter, KL = "
                "ln 4 = 1.39. The divergence is not symmetric. Parts of the active range that the "
                "quiescent phase leaves out cost little, but places that only the quiescent phase "
                "visits cost much. Compare the divergence with that of other networks, with its "
                "interval and with its floor. Few trials and smooth kernels make the divergence of "
                "two density estimates too large or too small. Both biases are corrected, and the "
                "interval, 95 % over trials, is about the corrected value. If the phases do not "
                "differ, this value varies about 0 and can be negative. The floor is the value that "
                "95 % of the divergences between random halves of the active trials stay below. If "
                "the divergence is below its floor, the quiescent density is indistinguishable from "
                "the active one at the resolution of the kernels, which both phases share. What is "
                "narrower than the kernels, as an empty margin along a wall, is not seen."
            }
            h3 { "How to read the paths" }
            p {
                "A density says which places are visited, but not in which order. Replay, as it is "
                "measured in animals, is about the order: a path that goes on in one direction, "
                "often faster than the animal did, or one that wanders like a grain in water "
                "(Brownian motion). If a path keeps its direction, displacement grows with time (its "
                "square with exponent α = 2), and if each step forgets the one before, it grows with "
                "the root of time (α = 1). Paths with α below 1 come back. Null models say what "
                "needs no explanation by the network. Places in shuffled order keep the density "
                "alone. Brownian motion keeps the starts and the mean squared step, and is a strict "
                "yardstick: more than half of its short events already look like sequences, since a "
                "walk cannot jump. Decoded values also jitter where noise changes the most "
                "active cells. This makes steps longer and turns them back, which lowers the mean "
                "cosine and α of short times."
            }
            h3 { "Caveats" }
            ul {
                li {
                    "With encoded starts, quiescent trials begin at stimuli that are drawn as in the "
                    "active phase. Pooled over trials, the two densities may then agree simply "
                    "because the starts do, even if no trial goes anywhere. The trajectories show "
                    "whether single trials wander. Only if they do is the agreement the network’s "
                    "own doing."
                }
                li {
                    "Decoding assigns a place or heading to every state, however unlike an active "
                    "state it is. The hidden activity shows whether the states themselves agree."
                }
                li {
                    "The theory predicts which states are visited and how often, but not their "
                    "order. Quiescent speeds and directions need not match the active ones."
                }
                li { "One network is one sample. Small differences need several seeds." }
            }
        }
    }
}

/// What a run's pictures are expected to show, given how the animal moved.
pub(super) fn expectation(run: &RunView) -> String {
    use quiescent::experiment::{TaskSpec, TurnDirection};
    let noise = if run.experiment.network.noise.sigma == 0.0 {
        " This network was trained without noise, so the theory does not predict that it \
         reactivates."
    } else {
        ""
    };
    let expected = match &run.experiment.task {
        TaskSpec::Spatial(spec) => match (&spec.recording, &spec.drift) {
            (Some(recording), _) => format!(
                "The animal’s path comes from the recording {}. The active map should resemble \
                 its occupancy. If the network reactivates its active states, the quiescent map \
                 resembles it as well.",
                recording.file.display()
            ),
            (None, Some(drift)) => format!(
                "The animal starts anywhere and is drawn towards ({}, {}) m, by {} % of the \
                 remaining way in every step, so that it stays in a region around that point. If \
                 the network reactivates its active states, decoded positions also stay there \
                 while quiescent, although no input pulls them any more.",
                readable::setting(drift.toward_m[0]),
                readable::setting(drift.toward_m[1]),
                readable::setting(100.0 * drift.fraction_per_step)
            ),
            (None, None) => {
                "The animal roams the whole box. If the network reactivates its active \
                 states, decoded positions also cover the whole box while quiescent."
                    .into()
            }
        },
        TaskSpec::HeadDirection(spec) => match (&spec.recording, spec.motion.direction) {
            (Some(recording), _) => format!(
                "The animal’s heading comes from the recording {}. The active density should \
                 resemble that of the recording. If the network reactivates its active states, the \
                 quiescent density resembles it as well.",
                recording.file.display()
            ),
            (None, TurnDirection::Both) => "The animal turns equally in both directions. If the \
             network reactivates its active states, decoded headings drift in both directions \
             around the whole dial while quiescent."
                .into(),
            (None, TurnDirection::Counterclockwise) => {
                "The animal only ever turns counter-clockwise, but visits all headings equally. If \
                 the network reactivates its active states, decoded headings cover the whole dial \
                 while quiescent. The theory does not say whether they also keep the direction of \
                 turning."
                    .into()
            }
        },
    };
    format!("{expected}{noise}")
}

/// The verdict of a finding, as its mark shows it; none where neither answer is better.
fn shown(finding: &Finding) -> Option<Verdict> {
    finding.verdict.filter(|_| finding.question != Question::Brownian)
}
