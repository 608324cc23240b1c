//! Figures 1h,i and 2c,d: kernel densities of decoded positions.

use quiescent::measure::DensityGrid;
use quiescent::paper::{Condition, PhaseKey, RunStudy};

use super::select::{BOTH, Runs, because, color, failed, measured, phase_title, seconds};
use super::trajectories::arena;
use crate::axes::{bar_ticks, color_bar};
use crate::color::ColorMap;
use crate::figure::{HALF_WIDTH, Panel};
use crate::figures::drawing::{Drawing, Drawn};
use crate::figures::map::{self, Cells, MapPanel};
use crate::figures::rows::Rows;
use crate::scale::Scale;
use quiescent::readable;

pub(super) fn draw(runs: &Runs<'_>, condition: Condition, id: &str) -> Drawing {
    let study = runs.example(condition)?;
    let mut notes = Vec::new();
    let maps = Maps::find(study, &BOTH, &mut notes);
    let arena = arena(study)?;
    if maps.0.is_empty() {
        return Err(because(&notes));
    }
    let top = maps.top("m²", &mut notes);
    let mut rows = Rows::new("condition,seed,phase,x_m,y_m,density_per_m2");
    rows.always("condition", condition.to_string());
    maps.fill(study.seed, &mut rows);
    let panels = maps.panels(Some(arena), top, HALF_WIDTH, |phase| phase_title(phase).into(), id);
    let area = (arena[1] - arena[0]) * (arena[3] - arena[2]);
    Ok(Drawn {
        caption: format!(
            "The maps show how often each place is decoded in {condition}, seed {}. They are \
             Gaussian kernel densities of {} active trials and of the first {} of as many \
             quiescent trials, on one colour scale. A uniform density over the box would be {} per \
             m² everywhere. If the network reactivates its active states, {}.",
            study.seed,
            readable::count(study.protocol.trials as u64),
            seconds(study, study.protocol.density_steps),
            readable::number(1.0 / area, 2),
            if condition.biased {
                "both maps show the same ring, to which drift confines the animal"
            } else {
                "both maps fill the box evenly"
            },
        ),
        notes,
        panels: vec![panels, vec![bar(top, id)]],
        data: rows,
    })
}

/// The colour bar of maps of positions.
pub(super) fn bar(top: f64, id: &str) -> Panel {
    let label = "Density of decoded positions (1/m²)";
    color_bar(&format!("{id}-bar"), ColorMap::Density, label, &bar_ticks(Scale::linear(0.0, top)))
}

/// Densities on grids, one for each phase.
pub(super) struct Maps<'a>(pub Vec<(PhaseKey, &'a DensityGrid)>);

impl<'a> Maps<'a> {
    /// The maps of decoded positions.
    pub(super) fn find(study: &'a RunStudy, phases: &[PhaseKey], notes: &mut Vec<String>) -> Self {
        let of = |&phase: &PhaseKey| {
            let grid = measured(study, phase, "map", |found| found.map.as_ref(), notes)?;
            Some((phase, grid))
        };
        let found: Vec<_> = phases.iter().filter_map(of).collect();
        Self::sound(study, found, notes)
    }

    /// Those that are grids indeed; a note for each that is not.
    pub(super) fn sound(
        study: &RunStudy,
        maps: Vec<(PhaseKey, &'a DensityGrid)>,
        notes: &mut Vec<String>,
    ) -> Self {
        let mut kept = Vec::new();
        for (phase, grid) in maps {
            if is_grid(grid) {
                kept.push((phase, grid));
            } else {
                let what = format!("map ({})", phase.label());
                notes.push(failed(study, &what, "its density is not on a grid"));
            }
        }
        Self(kept)
    }

    /// As [`map::top`], over all maps.
    pub(super) fn top(&self, unit: &str, notes: &mut Vec<String>) -> f64 {
        map::top(self.0.iter().flat_map(|(_, grid)| grid.density.iter().copied()), unit, notes)
    }

    /// Adds the nodes of maps of positions to a table that has these columns.
    pub(super) fn fill(&self, seed: u64, rows: &mut Rows) {
        self.each(|phase, x, y, density| {
            rows.push([
                ("phase", phase.name().into()),
                ("seed", seed.into()),
                ("x_m", x.into()),
                ("y_m", y.into()),
                ("density_per_m2", density.into()),
            ]);
        });
    }

    /// Calls with phase, x, y and density of every node.
    pub(super) fn each(&self, mut visit: impl FnMut(PhaseKey, f64, f64, f64)) {
        for (phase, grid) in &self.0 {
            for (y, line) in grid.y.iter().zip(grid.density.chunks_exact(grid.x.len())) {
                for (x, density) in grid.x.iter().zip(line) {
                    visit(*phase, *x, *y, *density);
                }
            }
        }
    }

    /// What the nodes of all maps span.
    pub(super) fn extent(&self) -> [f64; 4] {
        let mut extent = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
        for (_, grid) in &self.0 {
            let of = span(grid);
            for i in [0, 2] {
                extent[i] = extent[i].min(of[i]);
                extent[i + 1] = extent[i + 1].max(of[i + 1]);
            }
        }
        extent
    }

    /// One panel for each map, all with the same axes and colours.
    pub(super) fn panels(
        &self,
        arena: Option<[f64; 4]>,
        top: f64,
        width: f64,
        title: impl Fn(PhaseKey) -> String,
        id: &str,
    ) -> Vec<Panel> {
        let extent = self.extent();
        let (labels, what) = match arena {
            Some(_) => (("x (m)", "y (m)"), "decoded positions in the box"),
            None => (
                ("Active PC 1 (activity)", "Active PC 2 (activity)"),
                "hidden activity on the first two active principal components",
            ),
        };
        self.0
            .iter()
            .map(|(phase, grid)| {
                let title = title(*phase);
                let panel = MapPanel {
                    title: &title,
                    color: color(*phase),
                    alt: format!("Map of the density of {what}, {}", phase.label()),
                    labels,
                    extent,
                    arena,
                    top,
                    width,
                    id: &format!("{id}-{}-map", phase.name().replace('_', "-")),
                };
                panel.draw(&cells(grid))
            })
            .collect()
    }
}

fn is_grid(grid: &DensityGrid) -> bool {
    let rises = |nodes: &[f64]| {
        nodes.len() > 1 && nodes.iter().all(|v| v.is_finite()) && nodes.is_sorted_by(|a, b| a < b)
    };
    rises(&grid.x) && rises(&grid.y) && grid.density.len() == grid.x.len() * grid.y.len()
}

/// From the first to the last node of x and of y.
fn span(grid: &DensityGrid) -> [f64; 4] {
    [grid.x[0], grid.x[grid.x.len() - 1], grid.y[0], grid.y[grid.y.len() - 1]]
}

/// A cell around every node.
fn cells(grid: &DensityGrid) -> Cells<'_> {
    let [x_min, x_max, y_min, y_max] = span(grid);
    let half = |low: f64, high: f64, nodes: usize| (high - low) / (nodes - 1) as f64 / 2.0;
    let (dx, dy) = (half(x_min, x_max, grid.x.len()), half(y_min, y_max, grid.y.len()));
    Cells {
        extent: [x_min - dx, x_max + dx, y_min - dy, y_max + dy],
        columns: grid.x.len(),
        density: &grid.density,
    }
}
