//! Occupancy densities for pictures: lightly smoothed histograms, in the box and on the circle.
//!
//! These are drawn, not measured: divergences come from the analysis, with its own estimator.

use std::f64::consts::{PI, TAU};

/// Cells along each side of the box.
pub(crate) const GRID: usize = 50;
/// Bins around the circle.
pub(crate) const BINS: usize = 72;
/// Standard deviation of the smoothing around the circle, in radians.
pub(crate) const HEADING_SMOOTHING_RAD: f64 = 0.12;
/// Standard deviation of the smoothing in the box, as a fraction of its longer side.
pub(crate) const BOX_SMOOTHING: f64 = 0.03;

/// Occupancy of a box.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BoxDensity {
    /// Density in 1/m², `[row, column]` with y rising by row and x by column, [`GRID`]² values.
    pub cells: Vec<f64>,
    /// Fraction of the positions that lay outside the box and are not counted.
    pub outside: f64,
}

/// Density of positions (x, y) in m within `arena` (x_min, x_max, y_min, y_max).
///
/// Smoothing is Gaussian, and renormalised at the walls so that no mass leaks through them.
/// `None` without a finite position inside.
pub(crate) fn in_box(
    positions: impl Iterator<Item = [f64; 2]>,
    arena: [f64; 4],
) -> Option<BoxDensity> {
    let [x_min, x_max, y_min, y_max] = arena;
    let (width, height) = (x_max - x_min, y_max - y_min);
    let mut counts = vec![0.0; GRID * GRID];
    let (mut inside, mut total) = (0u64, 0u64);
    for [x, y] in positions.filter(|p| p.iter().all(|v| v.is_finite())) {
        total += 1;
        // Positions come in single precision: a wall's own may round to just beyond it.
        let slack = 1e-6 * width.max(height);
        let beyond = |v: f64, low: f64, high: f64| v < low - slack || v > high + slack;
        if beyond(x, x_min, x_max) || beyond(y, y_min, y_max) {
            continue;
        }
        inside += 1;
        let cell =
            |v: f64, low: f64, size: f64| (((v - low) / size * GRID as f64) as usize).min(GRID - 1);
        counts[cell(y, y_min, height) * GRID + cell(x, x_min, width)] += 1.0;
    }
    if inside == 0 {
        return None;
    }
    let sd_m = BOX_SMOOTHING * width.max(height);
    let along_x = walled_kernel(sd_m / width * GRID as f64);
    let along_y = walled_kernel(sd_m / height * GRID as f64);
    let mut rows = vec![0.0; GRID * GRID];
    let mut cells = vec![0.0; GRID * GRID];
    for row in 0..GRID {
        for from in 0..GRID {
            let mass = counts[row * GRID + from];
            if mass > 0.0 {
                for to in 0..GRID {
                    rows[row * GRID + to] += mass * along_x[from * GRID + to];
                }
            }
        }
    }
    for from in 0..GRID {
        for to in 0..GRID {
            let weight = along_y[from * GRID + to];
            for column in 0..GRID {
                cells[to * GRID + column] += weight * rows[from * GRID + column];
            }
        }
    }
    let cell_area = width * height / (GRID * GRID) as f64;
    for cell in &mut cells {
        *cell /= inside as f64 * cell_area;
    }
    Some(BoxDensity { cells, outside: (total - inside) as f64 / total as f64 })
}

/// Gaussian weights `[from, to]` between the cells of a row, each row of sum 1.
fn walled_kernel(sd_cells: f64) -> Vec<f64> {
    let mut kernel = vec![0.0; GRID * GRID];
    for from in 0..GRID {
        let row = &mut kernel[from * GRID..(from + 1) * GRID];
        for (to, weight) in row.iter_mut().enumerate() {
            let distance = (to as f64 - from as f64) / sd_cells;
            *weight = (-0.5 * distance * distance).exp();
        }
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|weight| *weight /= sum);
    }
    kernel
}

/// Density of headings in 1/rad: the centres of [`BINS`] bins from −π on, and the density there.
/// `None` without a finite heading.
pub(crate) fn on_circle(headings: impl Iterator<Item = f64>) -> Option<Vec<(f64, f64)>> {
    let mut counts = [0.0; BINS];
    let mut total = 0.0;
    for heading in headings.filter(|h| h.is_finite()) {
        let turn = ((heading + PI) / TAU).rem_euclid(1.0);
        counts[((turn * BINS as f64) as usize).min(BINS - 1)] += 1.0;
        total += 1.0;
    }
    if total == 0.0 {
        return None;
    }
    let bin = TAU / BINS as f64;
    let weights: Vec<f64> = (0..BINS)
        .map(|i| {
            let distance = i.min(BINS - i) as f64 * bin / HEADING_SMOOTHING_RAD;
            (-0.5 * distance * distance).exp()
        })
        .collect();
    let norm: f64 = weights.iter().sum();
    Some(
        (0..BINS)
            .map(|to| {
                let mass: f64 =
                    (0..BINS).map(|from| counts[from] * weights[(to + BINS - from) % BINS]).sum();
                (-PI + (to as f64 + 0.5) * bin, mass / (norm * total * bin))
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn box_density_integrates_to_one_even_at_the_walls() {
        let arena = [-1.0, 2.0, 0.0, 1.5];
        let corner = (0..100).map(|i| [-1.0 + 0.001 * f64::from(i), 0.0]);
        let density = in_box(corner, arena).unwrap();
        let area = 3.0 * 1.5 / (GRID * GRID) as f64;
        let mass: f64 = density.cells.iter().sum::<f64>() * area;
        assert!((mass - 1.0).abs() < 1e-9, "{mass}");
        let peak = density.cells.iter().copied().fold(0.0, f64::max);
        assert_eq!(density.cells[..GRID].iter().copied().fold(0.0, f64::max), peak);
    }

    #[test]
    fn positions_outside_are_counted_as_such() {
        let positions = [[0.0, 0.0], [9.0, 0.0], [f64::NAN, 0.0], [0.1, 0.1]];
        let density = in_box(positions.into_iter(), [-1.0, 1.0, -1.0, 1.0]).unwrap();
        assert!((density.outside - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(in_box([[9.0, 9.0]].into_iter(), [-1.0, 1.0, -1.0, 1.0]), None);
    }

    #[test]
    fn circular_density_wraps_and_integrates_to_one() {
        let density = on_circle([PI - 0.01, -PI + 0.01, 3.0 * PI].into_iter()).unwrap();
        let mass: f64 = density.iter().map(|(_, d)| d * TAU / BINS as f64).sum();
        assert!((mass - 1.0).abs() < 1e-9, "{mass}");
        let (first, last) = (density[0].1, density[BINS - 1].1);
        assert!(first > 1.0 && last > 1.0, "{first} {last}");
        assert!(density[BINS / 2].1 < 1e-6);
        assert_eq!(on_circle([f64::NAN].into_iter()), None);
    }
}
