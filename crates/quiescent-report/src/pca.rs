//! Principal components of hidden activity, by orthogonal iteration on the covariance.
//!
//! For the time being: to be replaced by the library's own analysis once that has one.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use quiescent::random::{Generator, Stream};

/// Leading principal components of a set of states.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pca {
    mean: Array1<f64>,
    /// Unit vectors, `[component, unit]`, by falling variance.
    axes: Array2<f64>,
    /// Variance along each axis.
    variances: Vec<f64>,
    /// Total variance over all units.
    total: f64,
}

/// Rounds of iteration at most; each multiplies the error by the ratio of neighbouring variances.
const ROUNDS: usize = 300;
/// Directions carried beside those asked for, which speeds the last ones up.
const GUARD: usize = 6;

impl Pca {
    /// Fits up to `components` axes to `rows: [sample, unit]`, which must be finite. `None` with
    /// fewer than two rows or without any variance.
    pub(crate) fn fit(rows: ArrayView2<'_, f64>, components: usize) -> Option<Self> {
        let units = rows.ncols();
        if rows.nrows() < 2 || units == 0 {
            return None;
        }
        let mean = rows.mean_axis(Axis(0))?;
        let centred = &rows - &mean;
        let covariance = centred.t().dot(&centred) / (rows.nrows() - 1) as f64;
        let total = covariance.diag().sum();
        if total.is_nan() || total <= 0.0 {
            return None;
        }
        let kept = components.min(units);
        let width = (kept + GUARD).min(units);
        // A fixed stream: the same states give the same picture.
        let mut generator = Generator::new(0, Stream::Bootstrap, 0, 0);
        let mut basis = Array2::from_shape_simple_fn((units, width), || generator.normal());
        orthonormalise(&mut basis);
        let mut variances = vec![0.0; width];
        for _ in 0..ROUNDS {
            let image = covariance.dot(&basis);
            // Rayleigh–Ritz: the best axes within the present subspace.
            let (ritz, rotation) = jacobi(basis.t().dot(&image));
            basis = image.dot(&rotation);
            orthonormalise(&mut basis);
            let moved = ritz
                .iter()
                .zip(&variances)
                .take(kept)
                .map(|(new, old): (&f64, &f64)| (new - old).abs())
                .fold(0.0, f64::max);
            variances = ritz;
            if moved <= 1e-10 * total {
                break;
            }
        }
        variances.truncate(kept);
        let mut axes = basis.t().slice_move(ndarray::s![..kept, ..]).to_owned();
        for mut axis in axes.rows_mut() {
            // The sign of an axis is arbitrary: make its largest entry positive.
            let largest = axis
                .iter()
                .copied()
                .fold(0.0, |a: f64, b: f64| if b.abs() > a.abs() { b } else { a });
            if largest < 0.0 {
                axis.mapv_inplace(|v| -v);
            }
        }
        Some(Self {
            mean,
            axes,
            variances,
            total,
        })
    }

    /// Number of axes.
    pub(crate) fn components(&self) -> usize {
        self.variances.len()
    }

    /// Coordinate of a state along one axis.
    pub(crate) fn project(&self, state: ArrayView1<'_, f64>, component: usize) -> f64 {
        state
            .iter()
            .zip(&self.mean)
            .zip(self.axes.row(component))
            .map(|((value, mean), axis)| (value - mean) * axis)
            .sum()
    }

    /// Fraction of the variance explained by each axis.
    pub(crate) fn explained(&self) -> Vec<f64> {
        self.variances
            .iter()
            .map(|variance| (variance / self.total).clamp(0.0, 1.0))
            .collect()
    }
}

/// Makes the columns orthonormal (Gram–Schmidt, twice for accuracy); columns that vanish are zero.
fn orthonormalise(basis: &mut Array2<f64>) {
    for column in 0..basis.ncols() {
        let mut vector = basis.column(column).to_owned();
        let before = vector.dot(&vector).sqrt();
        for _ in 0..2 {
            for earlier in 0..column {
                let other = basis.column(earlier);
                let overlap = vector.dot(&other);
                vector.scaled_add(-overlap, &other);
            }
        }
        let norm = vector.dot(&vector).sqrt();
        let scale = if norm > 1e-12 * before {
            1.0 / norm
        } else {
            0.0
        };
        basis.column_mut(column).assign(&(vector * scale));
    }
}

/// Eigenvalues, falling, and eigenvectors (in columns) of a small symmetric matrix, by cyclic
/// Jacobi rotations.
fn jacobi(mut matrix: Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let mut vectors = Array2::eye(n);
    for _ in 0..60 {
        let mut off = 0.0;
        for p in 0..n {
            for q in p + 1..n {
                let element = matrix[[p, q]];
                off += element * element;
                if element == 0.0 {
                    continue;
                }
                let theta = (matrix[[q, q]] - matrix[[p, p]]) / (2.0 * element);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cos = 1.0 / (t * t + 1.0).sqrt();
                let sin = t * cos;
                for k in 0..n {
                    let (a, b) = (matrix[[k, p]], matrix[[k, q]]);
                    matrix[[k, p]] = cos * a - sin * b;
                    matrix[[k, q]] = sin * a + cos * b;
                }
                for k in 0..n {
                    let (a, b) = (matrix[[p, k]], matrix[[q, k]]);
                    matrix[[p, k]] = cos * a - sin * b;
                    matrix[[q, k]] = sin * a + cos * b;
                    let (a, b): (f64, f64) = (vectors[[k, p]], vectors[[k, q]]);
                    vectors[[k, p]] = cos * a - sin * b;
                    vectors[[k, q]] = sin * a + cos * b;
                }
            }
        }
        let size: f64 = matrix.diag().iter().map(|v| v * v).sum();
        if off <= 1e-28 * size {
            break;
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| matrix[[*b, *b]].total_cmp(&matrix[[*a, *a]]));
    let values = order.iter().map(|i| matrix[[*i, *i]]).collect();
    (values, vectors.select(Axis(1), &order))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Independent normal coordinates of sd 5, 3, 1, 0.5 turned by a random rotation.
    fn rotated(samples: usize) -> (Array2<f64>, Array2<f64>) {
        let mut generator = Generator::new(1, Stream::Bootstrap, 0, 0);
        let mut rotation = Array2::from_shape_simple_fn((4, 4), || generator.normal());
        orthonormalise(&mut rotation);
        let scales = [5.0, 3.0, 1.0, 0.5];
        let raw = Array2::from_shape_fn((samples, 4), |(_, j)| scales[j] * generator.normal());
        (raw.dot(&rotation.t()) + 7.0, rotation)
    }

    #[test]
    fn finds_the_axes_of_a_known_gaussian() {
        let (rows, rotation) = rotated(20_000);
        let pca = Pca::fit(rows.view(), 3).unwrap();
        assert_eq!(pca.components(), 3);
        for component in 0..2 {
            let overlap = pca
                .axes
                .row(component)
                .dot(&rotation.column(component))
                .abs();
            assert!(overlap > 0.999, "axis {component} overlaps by {overlap}");
        }
        // Sampling error of a variance from 20 000 draws is 1 %; five times that.
        let expected = [25.0, 9.0, 1.0].map(|v| v / 35.25);
        for (found, expected) in pca.explained().iter().zip(expected) {
            assert!(
                (found / expected - 1.0).abs() < 0.05,
                "{found} for {expected}"
            );
        }
    }

    #[test]
    fn projections_have_the_stated_variance_and_no_mean() {
        let (rows, _) = rotated(500);
        let pca = Pca::fit(rows.view(), 4).unwrap();
        for component in 0..4 {
            let along: Vec<f64> = rows
                .rows()
                .into_iter()
                .map(|r| pca.project(r, component))
                .collect();
            let mean = along.iter().sum::<f64>() / 500.0;
            let variance = along.iter().map(|v| v * v).sum::<f64>() / 499.0;
            assert!(mean.abs() < 1e-9);
            assert!((variance / pca.variances[component] - 1.0).abs() < 1e-6);
        }
        assert!((pca.explained().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn degenerate_states_are_no_accident() {
        assert_eq!(Pca::fit(Array2::zeros((1, 3)).view(), 2), None);
        assert_eq!(
            Pca::fit(Array2::ones((9, 3)).view(), 2),
            None,
            "no variance"
        );
        assert_eq!(Pca::fit(Array2::zeros((9, 0)).view(), 2), None);
        // Rank one in many dimensions.
        let line = Array2::from_shape_fn((50, 20), |(i, j)| (i * (j + 1)) as f64);
        let pca = Pca::fit(line.view(), 10).unwrap();
        assert!((pca.explained()[0] - 1.0).abs() < 1e-9);
        assert!(pca.explained().iter().all(|share| share.is_finite()));
    }
}
