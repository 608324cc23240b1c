//! Figure 2f: how far quiescent trials explore, in networks trained with and without noise.

use quiescent::paper::{Condition, PhaseKey};

use super::boxes::{self, BoxSummary};
use super::select::{Runs, averaged, because, style};
use crate::figure::HALF_WIDTH;
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use quiescent::readable;

pub(super) fn draw(runs: &Runs<'_>) -> Drawing {
    let mut notes = runs.gaps(&Condition::SPATIAL)?;
    let boxes: Vec<BoxSummary> = Condition::SPATIAL
        .into_iter()
        .filter_map(|condition| {
            let label = condition.label().replace(' ', "\n");
            let names = (&*condition.to_string(), &*label, style(condition).0);
            BoxSummary::of(&runs.of(condition), PhaseKey::Quiescent, names, &mut notes)
        })
        .collect();
    let protocol =
        Condition::SPATIAL.into_iter().find_map(|c| Some(runs.example(c).ok()?.protocol));
    let Some(protocol) = protocol.filter(|_| !boxes.is_empty()) else {
        return Err(because(&notes));
    };
    notes.extend(boxes::note(&boxes));
    let mut rows = Rows::new(&format!("condition,{}", boxes::COLUMNS));
    boxes.iter().for_each(|summary| summary.fill(&mut rows, "condition"));
    Ok(Drawn {
        caption: format!(
            "The boxes show the steady-state total variance of each quiescent trial, that is, \
             how widely its decoded positions scatter after the first {} of {} steps. Boxes span \
             the quartiles, the thick line and the number below are the median, and whiskers \
             span 5 to 95 % of all trials of all seeds ({}). If networks trained with noise \
             explore more than those trained without, their boxes lie higher.",
            readable::count(protocol.burn_in as u64),
            readable::count(protocol.rest_steps as u64),
            averaged(runs, &Condition::SPATIAL),
        ),
        notes,
        panels: vec![vec![boxes::panel(&boxes, None, HALF_WIDTH)]],
        data: rows,
    })
}
