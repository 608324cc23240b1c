//! Hidden activity on the first two active principal components, coloured by decoded stimulus.

use std::f64::consts::PI;

use ndarray::{Array2, Axis};
use quiescent::analysis::pca::Pca;
use quiescent::phases::Phase;

use super::FITTED_ROWS;
use crate::axes::{Frame, bar_ticks, color_bar, heading_ticks};
use crate::color::ColorMap;
use crate::figure::{Figure, HALF_WIDTH, Missing, Panel};
use crate::format;
use crate::svg::Svg;
use crate::table::Table;
use crate::view::{PhaseKind, RunView, TaskKind, sentence};

/// Points of a panel, at most.
const POINTS: usize = 1200;
/// Components shown in the explained variance.
pub(super) const COMPONENTS: usize = 10;

/// The states of a phase, thinned out, with their components.
pub(super) struct Fit {
    pub pca: Pca,
    /// States `[row, unit]`.
    rows: Array2<f64>,
    /// Decoded stimulus of each row.
    decoded: Vec<Vec<f64>>,
    /// States there were.
    pub total: usize,
}

/// What could be fitted to a run's phases.
pub(super) struct Fits {
    pub active: Result<Fit, String>,
    pub quiescent: Result<Fit, String>,
}

impl Fits {
    pub(super) fn of(&self, kind: PhaseKind) -> &Result<Fit, String> {
        match kind {
            PhaseKind::Active => &self.active,
            PhaseKind::Quiescent => &self.quiescent,
        }
    }

    /// Why a phase is missing; `None` if neither is.
    pub(super) fn why_not(&self) -> Option<String> {
        let reasons: Vec<&str> = PhaseKind::BOTH
            .iter()
            .filter_map(|kind| self.of(*kind).as_ref().err().map(String::as_str))
            .collect();
        (!reasons.is_empty()).then(|| reasons.join(", and "))
    }
}

pub(super) fn fit_phases(run: &RunView) -> Fits {
    let fit = |kind| run.drawable(kind).and_then(|phase| fit(phase, kind));
    Fits { active: fit(PhaseKind::Active), quiescent: fit(PhaseKind::Quiescent) }
}

fn fit(phase: &Phase, kind: PhaseKind) -> Result<Fit, String> {
    let key = kind.key();
    let states = phase
        .states
        .as_ref()
        .ok_or_else(|| format!("the hidden states of the {key} phase were not kept"))?;
    let (trials, kept, units) = states.dim();
    let steps = phase.decoded.dim().1;
    let total = trials.min(phase.decoded.dim().0) * kept;
    // A stride that shares no factor with the steps of a trial visits all of its parts alike.
    let mut every = total.div_ceil(FITTED_ROWS).max(1);
    while every > 1 && gcd(every, kept) != 1 {
        every += 1;
    }
    let mut values = Vec::new();
    let mut decoded = Vec::new();
    for index in (0..total).step_by(every) {
        let (trial, row) = (index / kept, index % kept);
        // Kept states follow every `stride`-th step, counted from 1.
        let step = (row + 1) * phase.state_stride.max(1) - 1;
        let state = states.index_axis(Axis(0), trial).index_axis_move(Axis(0), row);
        if step < steps && state.iter().all(|v| v.is_finite()) {
            values.extend(state.iter().map(|v| f64::from(*v)));
            let stimulus = phase.decoded.index_axis(Axis(0), trial);
            decoded.push(stimulus.row(step).iter().map(|v| f64::from(*v)).collect());
        }
    }
    let rows = Array2::from_shape_vec((decoded.len(), units), values)
        .map_err(|_| format!("the hidden states of the {key} phase have no regular shape"))?;
    let pca = Pca::fit(rows.view()).map_err(|error| {
        format!("the hidden states of the {key} phase have no components: {error}")
    })?;
    Ok(Fit { pca, rows, decoded, total })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// One moment.
struct Dot {
    /// Place on the two components.
    place: [f64; 2],
    /// What is coloured: a distance in m, or a heading in rad.
    value: f64,
    /// Its fraction along the map.
    fraction: f64,
}

pub(super) fn draw(run: &RunView, fits: &Fits, id: &str) -> Result<Figure, Missing> {
    let title = "Hidden activity".to_owned();
    let missing = |reason: &str| Missing { title: title.clone(), reason: sentence(reason) };
    // The axes are the active phase's, so nothing can be shown without it.
    let axes = &fits.active.as_ref().map_err(|reason| missing(reason))?.pca;
    if axes.variances.len() < 2 {
        return Err(missing("a network of a single unit has no second component"));
    }
    let (map, bar_label, ticks, colour_words) = match run.task() {
        TaskKind::Spatial => {
            let arena = run.arena().ok_or_else(|| missing("the box of this run has no area"))?;
            let reach = (arena[1] - arena[0]).hypot(arena[3] - arena[2]) / 2.0;
            (
                ColorMap::Distance,
                "Decoded distance from the centre of the box (m)",
                bar_ticks(reach),
                "coloured by how far from the centre of the box it is read to be",
            )
        }
        TaskKind::HeadDirection => (
            ColorMap::Heading,
            "Decoded heading (rad)",
            heading_ticks(),
            "coloured by the heading it is read to be",
        ),
    };
    let panels: Vec<(PhaseKind, Vec<Dot>)> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| Some((*kind, dots(run, axes, fits.of(*kind).as_ref().ok()?))))
        .collect();
    let extent = extent(&panels);
    let row = panels
        .iter()
        .map(|(kind, dots)| panel(*kind, dots, extent, map, &format!("{id}-{}", kind.key())))
        .collect();
    let explained = axes.explained_variance_ratios();
    Ok(Figure {
        name: "components",
        title: title.clone(),
        caption: format!(
            "The state of all {} hidden units, seen from the two directions in which waking \
             activity varies most (they carry {:.0} % of its variance). Each dot is one moment, \
             {colour_words}. Both panels share the same axes and colours. Look for the quiescent \
             cloud having the shape of the active one, with the same colours in the same places: \
             then rest revisits the waking states themselves, and not just states that happen to \
             be read alike.",
            run.experiment.network.units,
            100.0 * (explained[0] + explained[1]),
        ),
        notes: fits.why_not().map(|reason| sentence(&reason)).into_iter().collect(),
        rows: vec![row, vec![color_bar(&format!("{id}-bar"), map, bar_label, &ticks)]],
        data: Some(table(run.task(), &panels)),
    })
}

fn table(task: TaskKind, panels: &[(PhaseKind, Vec<Dot>)]) -> Table {
    let value = match task {
        TaskKind::Spatial => "decoded_distance_from_centre_m",
        TaskKind::HeadDirection => "decoded_heading_rad",
    };
    let mut table = Table::new(&["phase", "pc1", "pc2", value]);
    for (kind, dots) in panels {
        for dot in dots {
            let [pc1, pc2] = dot.place;
            table.push([kind.key().into(), pc1.into(), pc2.into(), dot.value.into()]);
        }
    }
    table
}

fn dots(run: &RunView, axes: &Pca, fit: &Fit) -> Vec<Dot> {
    let every = fit.decoded.len().div_ceil(POINTS).max(1);
    let arena = run.arena();
    // Rows and axes have the same units: both come from this run.
    let Ok(places) = axes.project(fit.rows.view(), 2) else { return Vec::new() };
    (0..fit.decoded.len())
        .step_by(every)
        .filter_map(|i| {
            let place = [places[[i, 0]], places[[i, 1]]];
            let stimulus = &fit.decoded[i];
            let (value, fraction) = match (run.task(), arena) {
                (TaskKind::Spatial, Some([x_min, x_max, y_min, y_max])) => {
                    let x = stimulus[0] - (x_min + x_max) / 2.0;
                    let y = stimulus[1] - (y_min + y_max) / 2.0;
                    let distance = x.hypot(y);
                    (distance, 2.0 * distance / (x_max - x_min).hypot(y_max - y_min))
                }
                (TaskKind::Spatial, None) => return None,
                (TaskKind::HeadDirection, _) => {
                    let heading = stimulus[0];
                    (heading, ((heading + PI) / (2.0 * PI)).rem_euclid(1.0))
                }
            };
            (fraction.is_finite() && place.iter().all(|v| v.is_finite())).then_some(Dot {
                place,
                value,
                fraction,
            })
        })
        .collect()
}

/// One extent for both panels, square, so that a ring looks like a ring.
fn extent(panels: &[(PhaseKind, Vec<Dot>)]) -> [f64; 4] {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for Dot { place, .. } in panels.iter().flat_map(|(_, dots)| dots) {
        for axis in 0..2 {
            low[axis] = low[axis].min(place[axis]);
            high[axis] = high[axis].max(place[axis]);
        }
    }
    let span = (0..2).map(|axis| high[axis] - low[axis]).fold(0.0, f64::max);
    let half = if span > 0.0 { 0.53 * span } else { 1.0 };
    let centre = [0, 1].map(|axis| {
        let middle = (low[axis] + high[axis]) / 2.0;
        if middle.is_finite() { middle } else { 0.0 }
    });
    [centre[0] - half, centre[0] + half, centre[1] - half, centre[1] + half]
}

fn panel(kind: PhaseKind, dots: &[Dot], extent: [f64; 4], map: ColorMap, id: &str) -> Panel {
    let frame = Frame::equal_aspect(58.0, 30.0, (HALF_WIDTH - 58.0 - 14.0, 272.0), extent);
    let mut svg = Svg::default();
    svg.clipped(id, frame.at(), frame.size(), |svg| {
        for Dot { place, fraction, .. } in dots {
            if let Some(at) = frame.place(place[0], place[1]) {
                svg.circle(at, 1.9, &map.at(*fraction), None);
            }
        }
    });
    frame.draw_axes(&mut svg, "Active PC 1 (activity)", "Active PC 2 (activity)");
    frame.draw_title(&mut svg, kind.title(), kind.color());
    Panel {
        width: HALF_WIDTH,
        height: frame.bottom() + 44.0,
        body: svg.into_body(),
        alt: format!(
            "{} states of the {} phase on the first two active principal components",
            format::count(dots.len() as u64),
            kind.key()
        ),
    }
}
