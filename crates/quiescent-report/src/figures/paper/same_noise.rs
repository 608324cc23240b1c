//! Figure C.1: a quiescent phase without doubling the variance of the noise.

use quiescent::paper::{Condition, PhaseKey};

use super::boxes::{self, BoxSummary};
use super::explained;
use super::maps::{self, Maps};
use super::select::{Runs, because, no_run, seconds, seeds, spread_words};
use super::trajectories::{self, Example};
use crate::figure::{HALF_WIDTH, Panel, THIRD_WIDTH};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;

const CONDITION: Condition = Condition::NOISY_UNBIASED;
const PHASES: [PhaseKey; 3] = [PhaseKey::Active, PhaseKey::Quiescent, PhaseKey::SameNoise];

fn title_of(phase: PhaseKey) -> &'static str {
    match phase {
        PhaseKey::Active => "Active",
        PhaseKey::SameNoise => "Noise not doubled",
        _ => "Noise doubled",
    }
}

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    let group = runs.of(CONDITION);
    let Some(study) = group.first().map(|run| run.study) else {
        return Err(no_run(&[CONDITION]));
    };
    if !group.iter().any(|run| run.study.found.phases.contains_key(PhaseKey::SameNoise.name())) {
        let reason =
            format!("The quiescent phase of {CONDITION} without doubled noise was not simulated.");
        return Err(reason);
    }
    let mut notes = Vec::new();
    let protocol = study.protocol;
    let arena = trajectories::arena(study)?;
    let find = |phase: &PhaseKey| Example::find(study, *phase, &mut notes);
    let examples: Vec<Example> = PHASES.iter().filter_map(find).collect();
    let maps = Maps::find(study, &PHASES, &mut notes);
    let curves = explained::curves(&group, &PHASES, &mut notes);
    let boxes: Vec<BoxSummary> = PHASES[1..]
        .iter()
        .filter_map(|phase| {
            let label =
                if *phase == PhaseKey::SameNoise { "noise not\ndoubled" } else { "noise\ndoubled" };
            let names = (phase.name(), label, explained::look(*phase).1.color);
            BoxSummary::of(&group, *phase, names, &mut notes)
        })
        .collect();
    notes.extend(boxes::note(&boxes));
    let top = maps.top("m²", &mut notes);
    let mut rows: Vec<Vec<Panel>> = Vec::new();
    let title = |example: &Example| title_of(example.phase).to_owned();
    rows.push(trajectories::panels(&examples, arena, THIRD_WIDTH, title, id));
    if !maps.0.is_empty() {
        let title = |phase| title_of(phase).to_owned();
        rows.push(maps.panels(Some(arena), top, THIRD_WIDTH, title, id));
        rows.push(vec![maps::bar(top, id)]);
    }
    let mut last = Vec::new();
    if !curves.is_empty() {
        last.push(explained::panel(&curves, None, HALF_WIDTH, &format!("{id}-explained")));
    }
    if !boxes.is_empty() {
        last.push(boxes::panel(&boxes, None, HALF_WIDTH));
    }
    rows.push(last);
    rows.retain(|row| !row.is_empty());
    if rows.is_empty() {
        return Err(because(&notes));
    }
    Ok(Drawn {
        caption: format!(
            "The figure compares two quiescent phases of {CONDITION}: with the variance of the \
             noise doubled, as the theory asks, and with the noise of the active phase. \
             Trajectories (circles mark starts, triangles mark ends of what is drawn) and kernel \
             densities of decoded positions (quiescent: of the first {}), on one colour scale, are \
             of seed {}. The last row is of {}. It shows the cumulative explained variance \
             (quiescent: of the first {}; means over seeds; {}) and the total variance of \
             quiescent trials after the first {}: boxes span the quartiles, the thick line and the \
             number are the median, and whiskers span 5 to 95 %. If the noise sets the \
             temperature, the network revisits the same region without doubling, only more slowly \
             and closer to the places that it visits most while active.",
            seconds(study, protocol.density_steps),
            study.seed,
            seeds(&group),
            seconds(study, protocol.component_steps),
            spread_words(group.len(), "bars", "with one seed there are no bars")
                .trim_end_matches('.'),
            seconds(study, protocol.burn_in),
        ),
        notes,
        panels: rows,
        data: table(study.seed, &examples, &maps, &curves, &boxes),
    })
}

fn table(
    seed: u64,
    examples: &[Example],
    maps: &Maps<'_>,
    curves: &[explained::Curve],
    boxes: &[BoxSummary],
) -> Rows {
    let mut rows = Rows::new(&format!(
        "part,phase,seed,trial,step,x_m,y_m,density_per_m2,component,\
         cumulative_explained_variance,sd_over_seeds,{}",
        boxes::COLUMNS
    ));
    rows.always("part", "trajectories");
    for example in examples {
        example.fill(&mut rows);
    }
    rows.always("part", "map");
    maps.fill(seed, &mut rows);
    rows.always("part", "explained_variance");
    explained::fill(&mut rows, curves);
    rows.always("part", "total_variance");
    boxes.iter().for_each(|summary| summary.fill(&mut rows, "phase"));
    rows
}
