//! Where the conditions of the theory hold together: one mark for each trained network.

use quiescent::theory::{NetworkResult, Requirement};

use super::networks::{Kind, failed, missing, networks, noted};
use super::panel::{HEADING, placed};
use crate::axes::Frame;
use crate::color;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::draw::{Entry, NULL, legend};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::marks::{CurveStyle, Mark};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use crate::svg::{Anchor, Stroke, Svg, Text};
use crate::table::Cell;
use crate::theory_view::TheoryRun;

/// The part of the removable noise has no lower end: its axis has one here.
const LOWEST: f64 = -1.0;
/// The part of the noise that is asked for.
const GREEDY: f64 = 0.8;

/// Width and height that the number beside a mark needs.
const LABEL: (f64, f64) = (24.0, 14.0);

/// One trained network.
struct Place {
    length: f64,
    greedy: f64,
    met: usize,
    suffices: bool,
}

pub(super) fn draw(runs: &[TheoryRun<'_>]) -> Drawing {
    let mut notes = Vec::new();
    let mut rows = Rows::new(
        "run,network,manifold_length_in_step_sds,predicted_mixing_steps,forgetting_steps,\
         part_of_removable_noise,conditions_met,conditions,requirement,asked,met",
    );
    let mut places = Vec::new();
    let mut asked = 0;
    for run in runs {
        for (kind, network) in networks(run).into_iter().filter(|(kind, _)| *kind == Kind::Trained)
        {
            let requirements = network.requirements();
            asked = requirements.len();
            let place = place(run, kind, network, &requirements, &mut notes);
            fill(&mut rows, run, network, &requirements);
            places.extend(place);
        }
    }
    if places.is_empty() {
        return Err(missing(&notes));
    }
    let lengths = places.iter().map(|place| place.length);
    let (least, most) =
        lengths.fold((f64::MAX, 0.0_f64), |(least, most), x| (least.min(x), most.max(x)));
    let x = Scale::Log { min: least / 1.4, max: most * 1.4 };
    let left = 62.0;
    let size = (HALF_WIDTH - left - 16.0, 240.0);
    let frame = Frame::new((left, HEADING), size, x, Scale::linear(LOWEST, 1.1));
    let mut svg = Svg::default();
    frame.draw_grid(&mut svg);
    let levels = [(GREEDY, Some("3 3")), (1.0, None)];
    for (level, dash) in levels {
        let ends = [x_end(&frame, 0.0, level), x_end(&frame, 1.0, level)];
        svg.path(ends, Stroke::new(color::ACTIVE, 1.2).dash(dash));
    }
    // Numbers that would cover an earlier one are left out; the table has them.
    let mut labels: Vec<(f64, f64)> = Vec::new();
    for found in &places {
        let Some(at) = placed(&frame, found.length, found.greedy) else { continue };
        style(found.suffices).draw_mark(&mut svg, at);
        let covered =
            |(x, y): &(f64, f64)| (x - at.0).abs() < LABEL.0 && (y - at.1).abs() < LABEL.1;
        let room = frame.left + frame.width - at.0 > LABEL.0;
        if room && !labels.iter().any(covered) {
            labels.push(at);
            let label = Text::LABEL.anchor(Anchor::Start);
            svg.text((at.0 + 6.0, at.1 + 4.0), &found.met.to_string(), label);
        }
    }
    frame.draw_axes_spaced(
        &mut svg,
        "Length of the manifold (step noise)",
        "Noise removed, of what can be",
        frame.label_gap(),
    );
    let alt = format!(
        "Part of the removable noise that each trained network removes in one step, against the length of its \
         manifold; {} of {} networks meet all conditions",
        places.iter().filter(|place| place.suffices).count(),
        places.len()
    );
    let panel = Panel::new(svg, (HALF_WIDTH, frame.bottom() + 42.0), alt);
    let entries = [
        Entry::marked("all conditions met", style(true)),
        Entry::marked("not all", style(false)),
        Entry::line("all that can be removed", color::ACTIVE, None),
        Entry::line("asked for", color::ACTIVE, Some("3 3")),
    ];
    Ok(Drawn {
        caption: format!(
            "Each mark is a trained network. Across: the length of the manifold D†f(s) over the extent of the \
             stimulus, in standard deviations of one step’s noise. Langevin motion forgets its start in a time \
             that grows with the square of this length. Up: the noise that the zero-input update removes in one step, \
             as a part of what the score would remove; values below −1 are drawn at the foot. The number beside a mark \
             says how many of {asked} conditions hold: those of appendix B, score, response and noise, and a rest \
             that forgets where it began and whose exponents from one point follow 2/κ². A full orange mark has \
             all of them. The table names those that each network lacks."
        ),
        notes,
        panels: vec![vec![panel], vec![legend(&entries, 2, HALF_WIDTH)]],
        data: rows,
    })
}

fn x_end(frame: &Frame, fraction: f64, y: f64) -> Option<(f64, f64)> {
    let height = frame.y.fraction(y)?;
    Some((frame.left + fraction * frame.width, frame.bottom() - height * frame.height))
}

fn style(suffices: bool) -> CurveStyle {
    match suffices {
        true => CurveStyle { color: color::QUIESCENT, dash: None, mark: Mark::Disc },
        false => CurveStyle { color: NULL, dash: None, mark: Mark::Diamond },
    }
}

fn place(
    run: &TheoryRun<'_>,
    kind: Kind,
    network: &NetworkResult,
    requirements: &[Requirement],
    notes: &mut Vec<String>,
) -> Option<Place> {
    let mixing = noted(run, kind, "rest from one point", network.mixing.as_ref()?, notes)?;
    let field = noted(run, kind, "score", &network.field, notes)?;
    let removable = field.removable_noise.value;
    let greedy = if removable > 0.0 { field.removed_noise.value / removable } else { LOWEST };
    let length = mixing.length();
    if !(greedy.is_finite() && length.is_finite() && length > 0.0) {
        let reason = "its place in the diagram is not a finite number";
        notes.push(failed(run, kind, "mark", reason));
        return None;
    }
    Some(Place {
        length,
        greedy,
        met: requirements.iter().filter(|required| required.met == Some(true)).count(),
        suffices: network.conditions_suffice(),
    })
}

/// One row for each condition of a network.
fn fill(
    rows: &mut Rows,
    run: &TheoryRun<'_>,
    network: &NetworkResult,
    requirements: &[Requirement],
) {
    let mixing = network.mixing.as_ref().and_then(|mixing| mixing.as_ref().ok());
    let forgetting = mixing.and_then(|mixing| mixing.forgetting_steps.as_ref().ok());
    let field = network.field.as_ref().ok();
    let part = field.map(|field| field.removed_noise.value / field.removable_noise.value);
    let met = requirements.iter().filter(|required| required.met == Some(true)).count();
    super::networks::about(rows, run, Kind::Trained);
    rows.always("manifold_length_in_step_sds", mixing.map(|mixing| mixing.length()));
    rows.always("predicted_mixing_steps", mixing.map(|mixing| mixing.predicted_steps));
    rows.always("forgetting_steps", forgetting.map(|steps| steps.value));
    rows.always("part_of_removable_noise", part);
    rows.always("conditions_met", met);
    rows.always("conditions", requirements.len());
    for required in requirements {
        let met = required.met.map_or(Cell::Empty, |met| if met { "yes" } else { "no" }.into());
        rows.push([
            ("requirement", required.id.into()),
            ("asked", required.asked.into()),
            ("met", met),
        ]);
    }
}
