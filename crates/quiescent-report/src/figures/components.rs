//! Hidden activity on the first two active principal components, coloured by decoded stimulus.

use ndarray::{Array2, Axis};
use quiescent::analysis::pca::Pca;
use quiescent::simulate::Phase;

use super::cloud::{self, DOTS, Dot, Shade};
use crate::axes::color_bar;
use crate::figure::{Figure, Missing};
use crate::table::Table;
use crate::view::{PhaseKind, RunView, TaskKind, in_one_sentence, sentence};
use quiescent::readable;

/// Rows of hidden activity that principal components are fitted to, at most.
pub(super) const FITTED_ROWS: usize = 4000;
/// Components shown in the explained variance.
pub(super) const COMPONENTS: usize = 10;

/// The states of a phase, thinned out, with their components.
pub(super) struct Fit {
    pub pca: Pca,
    /// States `[row, unit]`.
    rows: Array2<f64>,
    /// Decoded stimulus of each row.
    decoded: Vec<Vec<f64>>,
}

/// What could be fitted to each of a run's phases, in the order of [`PhaseKind::BOTH`].
pub(super) struct Fits([Result<Fit, String>; 2]);

impl Fits {
    pub(super) fn of(&self, kind: PhaseKind) -> &Result<Fit, String> {
        &self.0[kind as usize]
    }

    /// A sentence that says why a phase or both are missing; none if neither is.
    pub(super) fn why_not(&self) -> Vec<String> {
        in_one_sentence(self.0.iter().filter_map(|fit| fit.as_ref().err().cloned()))
    }
}

pub(super) fn fit_phases(run: &RunView) -> Fits {
    Fits(PhaseKind::BOTH.map(|kind| run.drawable(kind).and_then(|phase| fit(phase, kind))))
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
    Ok(Fit { pca, rows, decoded })
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

pub(super) fn draw(run: &RunView, fits: &Fits, id: &str) -> Result<Figure, Missing> {
    let title = "Hidden activity".to_owned();
    let missing = |reason: &str| Missing { title: title.clone(), reason: sentence(reason) };
    // The axes are the active phase's, so nothing can be shown without it.
    let axes = &fits.of(PhaseKind::Active).as_ref().map_err(|reason| missing(reason))?.pca;
    if axes.variances.len() < 2 {
        return Err(missing("a network of a single unit has no second component"));
    }
    let shade = match run.task() {
        TaskKind::Spatial => {
            Shade::Distance(run.arena().ok_or_else(|| missing("the box of this run has no area"))?)
        }
        TaskKind::HeadDirection => Shade::Heading,
    };
    let panels: Vec<(PhaseKind, Vec<Dot>)> = PhaseKind::BOTH
        .iter()
        .filter_map(|kind| Some((*kind, dots(shade, axes, fits.of(*kind).as_ref().ok()?))))
        .collect();
    let extent = cloud::extent(panels.iter().flat_map(|(_, dots)| dots));
    let row = panels
        .iter()
        .map(|(kind, dots)| {
            let alt = format!(
                "{} states of the {} phase on the first two active principal components",
                readable::count(dots.len() as u64),
                kind.key()
            );
            let title = (kind.title(), kind.color());
            let id = format!("{id}-{}", kind.key());
            cloud::panel(title, alt, dots, extent, shade.map(), &id)
        })
        .collect();
    let (bar_label, ticks) = shade.bar();
    let explained = axes.explained_variance_ratios();
    Ok(Figure {
        name: "components".into(),
        title: title.clone(),
        caption: format!(
            "The panels show the state of all {} hidden units, projected onto the two directions \
             in which the activity of the active phase varies most (its principal components). \
             They carry {:.0} % of its variance. Each dot is one moment, {}; there are at most {} dots \
             for each phase ({}). All panels share their axes and colours. If the quiescent \
             network revisits the active states themselves, the quiescent cloud has the shape of \
             the active one, with the same colours in the same places. If it passes through other \
             states that decode to the same values, the shapes differ.",
            run.experiment.network.units,
            100.0 * (explained[0] + explained[1]),
            shade.words(),
            readable::count(DOTS as u64),
            run.lengths(),
        ),
        notes: fits.why_not(),
        rows: vec![row, vec![color_bar(&format!("{id}-bar"), shade.map(), bar_label, &ticks)]],
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

fn dots(shade: Shade, axes: &Pca, fit: &Fit) -> Vec<Dot> {
    let every = fit.decoded.len().div_ceil(DOTS).max(1);
    // Rows and axes have the same units: both come from this run.
    let Ok(places) = axes.project(fit.rows.view(), 2) else { return Vec::new() };
    (0..fit.decoded.len())
        .step_by(every)
        .filter_map(|i| shade.dot([places[[i, 0]], places[[i, 1]]], &fit.decoded[i]))
        .collect()
}
