//! Figures 1f,g and 3c,d: hidden activity on the first two active components.

use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{BOTH, Runs, because, color, measured, motion, no_run, phase_title, seconds};
use super::trajectories::arena;
use crate::axes::color_bar;
use crate::figure::Panel;
use crate::figures::cloud::{self, DOTS, Dot, Shade};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::rows::Rows;
use quiescent::readable;

/// The clouds of one network.
struct Clouds<'a> {
    study: &'a RunStudy,
    phases: Vec<(PhaseKey, Vec<Dot>)>,
}

/// Positions: coloured by distance from the centre.
pub(super) fn positions(runs: &Runs<'_>, condition: Condition, id: &str) -> Drawing {
    let study = runs.example(condition)?;
    let shade = Shade::Distance(arena(study)?);
    let mut notes = Vec::new();
    let clouds = vec![Clouds::of(study, shade, &mut notes)];
    let look = "If the quiescent network revisits the active states themselves, the quiescent cloud \
     has the shape of the active one, with the same colours in the same places.";
    draw(&clouds, shade, look, notes, id)
}

/// Headings: coloured by heading.
pub(super) fn headings(runs: &Runs<'_>, id: &str) -> Drawing {
    let mut notes = runs.missing(&Condition::HEADINGS[..1]);
    let clouds: Vec<Clouds<'_>> = Condition::HEADINGS
        .into_iter()
        .filter_map(|condition| runs.example(condition).ok())
        .map(|study| Clouds::of(study, Shade::Heading, &mut notes))
        .collect();
    if clouds.is_empty() {
        return Err(no_run(&Condition::HEADINGS));
    }
    let look = "If the quiescent network revisits the active states themselves, both phases form one \
     ring, along which the colours run in the same order.";
    draw(&clouds, Shade::Heading, look, notes, id)
}

impl<'a> Clouds<'a> {
    fn of(study: &'a RunStudy, shade: Shade, notes: &mut Vec<String>) -> Self {
        let phases = BOTH
            .into_iter()
            .filter_map(|phase| {
                let of = |p: &'a quiescent::measure::PhaseMeasurements| p.components.as_ref();
                let found = measured(study, phase, "hidden activity", of, notes)?;
                let every = found.points.len().div_ceil(DOTS).max(1);
                let pairs = found.points.iter().zip(&found.decoded).step_by(every);
                let dots: Vec<Dot> = pairs
                    .filter_map(|(point, decoded)| {
                        let stimulus: Vec<f64> = decoded.iter().map(|v| f64::from(*v)).collect();
                        shade.dot(point.map(f64::from), &stimulus)
                    })
                    .collect();
                (!dots.is_empty()).then_some((phase, dots))
            })
            .collect();
        Self { study, phases }
    }

    fn panels(&self, shade: Shade, several: bool, id: &str) -> Vec<Panel> {
        let extent = cloud::extent(self.phases.iter().flat_map(|(_, dots)| dots));
        let bias = motion(self.study.condition);
        self.phases
            .iter()
            .map(|(phase, dots)| {
                let mut title = phase_title(*phase).to_owned();
                if several {
                    title = format!("{title}, {bias}");
                }
                let alt = format!(
                    "{} states of the {} phase of {} on the first two active principal components",
                    readable::count(dots.len() as u64),
                    phase.label(),
                    self.study.condition
                );
                let id = format!("{id}-{bias}-{}", phase.name());
                cloud::panel((&title, color(*phase)), alt, dots, extent, shade.map(), &id)
            })
            .collect()
    }

    /// `spatial/noisy_unbiased, seed 0 (they carry 45 % of its active variance)`.
    fn words(&self) -> String {
        let components =
            self.study.phase(PhaseKey::Active).ok().and_then(|p| p.components.as_ref());
        let share = components
            .and_then(|found| found.as_ref().ok()?.cumulative_explained_variance.get(1).copied())
            .filter(|share| share.is_finite());
        let share = share.map_or_else(String::new, |share| {
            format!(" (they carry {:.0} % of its active variance)", 100.0 * share)
        });
        format!("{}, seed {}{share}", self.study.condition, self.study.seed)
    }
}

fn draw(clouds: &[Clouds<'_>], shade: Shade, look: &str, notes: Vec<String>, id: &str) -> Drawing {
    if clouds.iter().all(|cloud| cloud.phases.is_empty()) {
        return Err(because(&notes));
    }
    let value = match shade {
        Shade::Distance(_) => "decoded_distance_from_centre_m",
        Shade::Heading => "decoded_heading_rad",
    };
    let mut data = Rows::new(&format!("condition,seed,phase,pc1,pc2,{value}"));
    for cloud in clouds {
        data.always("condition", cloud.study.condition.to_string());
        data.always("seed", cloud.study.seed);
        for (phase, dots) in &cloud.phases {
            for dot in dots {
                data.push([
                    ("phase", phase.name().into()),
                    ("pc1", dot.place[0].into()),
                    ("pc2", dot.place[1].into()),
                    (value, dot.value.into()),
                ]);
            }
        }
    }
    let mut rows: Vec<Vec<Panel>> = clouds
        .iter()
        .map(|cloud| cloud.panels(shade, clouds.len() > 1, id))
        .filter(|row| !row.is_empty())
        .collect();
    let (bar_label, ticks) = shade.bar();
    rows.push(vec![color_bar(&format!("{id}-bar"), shade.map(), bar_label, &ticks)]);
    let networks: Vec<String> = clouds.iter().map(Clouds::words).collect();
    let study = clouds[0].study;
    Ok(Drawn {
        caption: format!(
            "The panels show the state of all {} hidden units, projected onto the two directions \
             in which the activity of the active phase varies most (its principal components): \
             {}. Each dot is one moment, {}; there are at most {} dots for each phase, and the \
             quiescent ones are of the first {} of their trials. Panels in one row share their \
             axes. {look}",
            study.units,
            networks.join("; "),
            shade.words(),
            readable::count(DOTS as u64),
            seconds(study, study.protocol.component_steps),
        ),
        notes,
        panels: rows,
        data,
    })
}
