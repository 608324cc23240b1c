//! Figure C.2: gated networks, whose noise is not doubled while they are quiescent.

use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::explained;
use super::maps::{self, Maps};
use super::select::{BOTH, Runs, averaged, because, motion, phase_title, seconds, spread_words};
use super::trajectories::{self, Example};
use crate::figure::{HALF_WIDTH, Panel, QUARTER_WIDTH};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;

/// What is drawn of one condition.
struct Part<'a> {
    condition: Condition,
    study: &'a RunStudy,
    arena: [f64; 4],
    examples: Vec<Example>,
    maps: Maps<'a>,
    curves: Vec<explained::Curve>,
}

impl<'a> Part<'a> {
    fn of(runs: &Runs<'a>, condition: Condition, notes: &mut Vec<String>) -> Option<Self> {
        let study = runs.example(condition).map_err(|reason| notes.push(reason)).ok()?;
        let arena = trajectories::arena(study).map_err(|reason| notes.push(reason)).ok()?;
        let examples: Vec<Example> =
            BOTH.iter().filter_map(|phase| Example::find(study, *phase, notes)).collect();
        let maps = Maps::find(study, &BOTH, notes);
        let curves = explained::curves(&runs.of(condition), &BOTH, notes);
        let empty = examples.is_empty() && maps.0.is_empty() && curves.is_empty();
        (!empty).then_some(Self { condition, study, arena, examples, maps, curves })
    }

    /// Paths and maps side by side, and the colours' bar below.
    fn pictures(&self, id: &str, notes: &mut Vec<String>) -> Vec<Vec<Panel>> {
        let motion = motion(self.condition);
        let id = format!("{id}-{motion}");
        let title = |phase: PhaseKey| format!("{}, {motion}", phase_title(phase));
        let of = |example: &Example| title(example.phase);
        let mut row = trajectories::panels(&self.examples, self.arena, QUARTER_WIDTH, of, &id);
        if self.maps.0.is_empty() {
            return vec![row];
        }
        let top = self.maps.top(&format!("m² ({motion} motion)"), notes);
        row.extend(self.maps.panels(Some(self.arena), top, QUARTER_WIDTH, title, &id));
        vec![row, vec![maps::bar(top, &id)]]
    }
}

pub(super) fn draw(runs: &Runs<'_>, id: &str) -> Drawing {
    let mut notes = Vec::new();
    let found: Vec<Part<'_>> = Condition::GRUS
        .into_iter()
        .filter_map(|condition| Part::of(runs, condition, &mut notes))
        .collect();
    if found.is_empty() {
        runs.gaps(&Condition::GRUS)?;
        return Err(because(&notes));
    }
    let mut rows: Vec<Vec<Panel>> = Vec::new();
    for part in &found {
        rows.extend(part.pictures(id, &mut notes));
    }
    let explained = |part: &Part<'_>| {
        let id = format!("{id}-{}-explained", motion(part.condition));
        explained::panel(&part.curves, Some(part.condition.label()), HALF_WIDTH, &id)
    };
    rows.push(found.iter().filter(|part| !part.curves.is_empty()).map(explained).collect());
    rows.retain(|row| !row.is_empty());
    let conditions: Vec<Condition> = found.iter().map(|part| part.condition).collect();
    let study = found[0].study;
    let most = conditions.iter().map(|condition| runs.of(*condition).len()).max().unwrap_or(0);
    Ok(Drawn {
        caption: format!(
            "The networks are GRUs trained with noise, which is not doubled while they are \
             quiescent. The upper rows show decoded trajectories (circles mark starts, triangles \
             mark ends of what is drawn) and kernel densities of decoded positions (quiescent: of \
             the first {}), for the lowest seed of each condition; the densities of one network \
             share a colour scale. The last row shows the cumulative explained variance of hidden \
             activity (quiescent: of the first {}), as means over {}. {} If GRUs reactivate their \
             active states as ungated networks do, the two maps of each network agree, and so do \
             its two curves.",
            seconds(study, study.protocol.density_steps),
            seconds(study, study.protocol.component_steps),
            averaged(runs, &conditions),
            spread_words(most, "Bars", "With one seed there are no error bars."),
        ),
        notes,
        panels: rows,
        data: table(&found),
    })
}

fn table(parts: &[Part<'_>]) -> Rows {
    let mut rows = Rows::new(
        "condition,part,phase,seed,trial,step,x_m,y_m,density_per_m2,component,\
         cumulative_explained_variance,sd_over_seeds,seeds",
    );
    for part in parts {
        rows.always("condition", part.condition.to_string());
        rows.always("part", "trajectories");
        for example in &part.examples {
            example.fill(&mut rows);
        }
        rows.always("part", "map");
        part.maps.fill(part.study.seed, &mut rows);
        rows.always("part", "explained_variance");
        explained::fill(&mut rows, &part.curves);
    }
    rows
}
