//! The stationary law of the stimulus, p(s), as weighted stimuli.

use ndarray::{Array2, ArrayView2};

use super::Error;
use crate::analysis::check_finite;

/// Weighted stimuli that stand for p(s).
#[derive(Debug, Clone, PartialEq)]
pub struct StimulusLaw {
    /// `[stimulus, dim]`, in m or rad.
    stimuli: Array2<f32>,
    /// Probabilities, summing to 1.
    weights: Vec<f64>,
    /// p(s) at each stimulus, per m^dim or rad, up to a factor; none if unknown.
    density: Option<Vec<f64>>,
}

impl StimulusLaw {
    /// Creates a law from equally weighted samples, `[sample, dim]`; its density is unknown.
    ///
    /// # Errors
    /// If there are none, or one is not finite.
    pub fn from_samples(samples: ArrayView2<'_, f32>) -> Result<Self, Error> {
        let count = samples.nrows();
        if count == 0 || samples.ncols() == 0 {
            return Err(Error::TooFew {
                measurement: "a stimulus law",
                items: "samples",
                found: 0,
                needed: 1,
            });
        }
        check_finite("samples of the stimulus law", samples)?;
        Ok(Self {
            stimuli: samples.to_owned(),
            weights: vec![1.0 / count as f64; count],
            density: None,
        })
    }

    /// Creates a law from a density on a grid of stimuli `[node, dim]` whose cells have equal
    /// volume.
    ///
    /// # Errors
    /// If sizes disagree, a value is not finite or negative, or all densities are zero.
    pub fn from_density(grid: ArrayView2<'_, f32>, density: &[f64]) -> Result<Self, Error> {
        if density.len() != grid.nrows() {
            return Err(Error::Shape {
                what: "the number of densities of the stimulus law",
                expected: format!("{} (one for each node of the grid)", grid.nrows()),
                found: density.len().to_string(),
            });
        }
        let mut law = Self::from_samples(grid)?;
        check_finite("densities of the stimulus law", ndarray::ArrayView1::from(density))?;
        let total: f64 = density.iter().sum();
        if total <= 0.0 || density.iter().any(|&p| p < 0.0) {
            return Err(Error::Undefined {
                measurement: "the stimulus law",
                reason: "its densities must not be negative, nor all zero".into(),
            });
        }
        law.weights = density.iter().map(|p| p / total).collect();
        law.density = Some(density.to_vec());
        Ok(law)
    }

    /// Number of stimuli.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are no stimuli; always false.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// `[stimulus, dim]`, in m or rad.
    pub fn stimuli(&self) -> ArrayView2<'_, f32> {
        self.stimuli.view()
    }

    /// Probabilities, summing to 1.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// p(s) at each stimulus up to a factor; none if the law was given as samples.
    pub fn density(&self) -> Option<&[f64]> {
        self.density.as_deref()
    }
}
