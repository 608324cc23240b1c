//! Figure 2f: how far quiescent trials explore, in networks trained with and without noise.

use quiescent::paper::{Condition, PhaseKey};

use super::boxes::{self, BoxSummary};
use super::select::{Runs, averaged, because, seconds, style};
use crate::figure::HALF_WIDTH;
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;

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
    let study = Condition::SPATIAL.into_iter().find_map(|c| runs.example(c).ok());
    let Some(study) = study.filter(|_| !boxes.is_empty()) else {
        return Err(because(&notes));
    };
    let protocol = study.protocol;
    notes.extend(boxes::note(&boxes));
    let mut rows = Rows::new(&format!("condition,{}", boxes::COLUMNS));
    boxes.iter().for_each(|summary| summary.fill(&mut rows, "condition"));
    Ok(Drawn {
        caption: format!(
            "The boxes show the total variance of each quiescent trial, that is, how widely its \
             decoded positions scatter, over the last {} of {}. While quiescent, networks trained \
             with noise receive noise of twice the variance, and those trained without receive \
             none. Boxes span the quartiles, the thick line and the number below are the median, \
             and whiskers span 5 to 95 % of all trials of all seeds ({}). If networks trained with \
             noise explore more than those trained without, their boxes lie higher.",
            seconds(study, protocol.rest_steps - protocol.burn_in.min(protocol.rest_steps)),
            seconds(study, protocol.rest_steps),
            averaged(runs, &Condition::SPATIAL),
        ),
        notes,
        panels: vec![vec![boxes::panel(&boxes, None, HALF_WIDTH)]],
        data: rows,
    })
}
