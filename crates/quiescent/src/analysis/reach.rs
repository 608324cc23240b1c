//! Coverage in time: how many regions of a space trials have visited after so many steps.

use ndarray::{ArrayView3, Axis};

use super::Real;
use super::error::{Error, check_dim};
use super::exploration::{after, median_steps};
use crate::space::Bins;

/// Regions visited by each trial, in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Reach {
    /// Steps after which each trial reached its first, second, … region, counting from 1 for its first
    /// value, ascending.
    visits: Vec<Vec<usize>>,
    /// Regions of the space.
    regions: usize,
}

impl Reach {
    /// Of decoded values `[trial, step, dim]` in m or rad, with the bins of their space as regions. Values beyond
    /// the walls visit no region.
    ///
    /// # Errors
    /// If there is no value, dimensions differ, or a value is not finite.
    pub fn of<T: Real>(decoded: ArrayView3<'_, T>, bins: &Bins) -> Result<Self, Error> {
        let kept = after(decoded, 0, "coverage in time", 1)?;
        check_dim(kept.len_of(Axis(2)), bins.dim())?;
        let of_trial = |trial: ndarray::ArrayView2<'_, T>| {
            let mut visited = vec![false; bins.len()];
            let mut visits = Vec::new();
            for (step, value) in trial.outer_iter().enumerate() {
                let value: Vec<f64> = value.iter().map(|&x| x.into()).collect();
                if let Some(bin) = bins.of(&value)
                    && !std::mem::replace(&mut visited[bin], true)
                {
                    visits.push(step + 1);
                }
            }
            visits
        };
        let visits = kept.outer_iter().map(of_trial).collect();
        Ok(Self { visits, regions: bins.len() })
    }

    /// The mean over trials of the fraction of regions visited within the first `steps` values.
    pub fn covered(&self, steps: usize) -> f64 {
        let visited: usize =
            self.visits.iter().map(|visits| visits.partition_point(|&step| step <= steps)).sum();
        visited as f64 / (self.visits.len() * self.regions) as f64
    }

    /// The median over trials of the steps after which `count` regions were visited. Trials that never visit so
    /// many count as later than all others; none if half of them never do.
    ///
    /// # Errors
    /// If the count is 0 or exceeds the regions of the space.
    pub fn median_steps_to(&self, count: usize) -> Result<Option<f64>, Error> {
        if !(1..=self.regions).contains(&count) {
            let allowed = format!("1 to {}, the regions of the space", self.regions);
            return Err(Error::setting("count", count, allowed));
        }
        let reached: Vec<Option<usize>> =
            self.visits.iter().map(|visits| visits.get(count - 1).copied()).collect();
        Ok(median_steps(&reached))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::analysis::null_models::uniform;
    use crate::space::{Region, Space};
    use ndarray::{Array3, array};

    fn square() -> Space {
        Space::Region(Region::new(&[0.0, 0.0], &[2.0, 2.0]).unwrap())
    }

    #[test]
    fn regions_are_counted_when_they_are_first_visited() {
        let decoded = array![
            [[0.5, 0.5], [0.5, 1.5], [0.5, 0.5], [1.5, 0.5]],
            [[3.0, 0.5], [1.5, 1.5], [1.5, 1.5], [1.5, 1.5]],
        ];
        let reach = Reach::of(decoded.view(), &square().bins(2).unwrap()).unwrap();
        let covered = [0, 1, 2, 3, 4].map(|steps| reach.covered(steps));
        assert_eq!(covered, [0.0, 1.0 / 8.0, 3.0 / 8.0, 3.0 / 8.0, 0.5]);
        assert_eq!(reach.median_steps_to(1).unwrap(), Some(1.5));
        assert_eq!(reach.median_steps_to(2).unwrap(), None);
        assert!(reach.median_steps_to(0).is_err() && reach.median_steps_to(5).is_err());
    }

    /// Independent uniform values visit 1 − (1 − 1/n)^t of n regions in t steps on average. The standard error
    /// is below that of independent visits; two-sided at 0.1 %.
    #[test]
    fn uniform_values_cover_as_in_the_collector_s_problem() {
        let (trials, n) = (200, 25);
        let decoded = uniform(&square(), trials, 60, 9);
        let reach = Reach::of(decoded.view(), &square().bins(5).unwrap()).unwrap();
        for steps in [1, 5, 20, 60] {
            let missed = (1.0 - 1.0 / f64::from(n)).powi(steps as i32);
            let tolerance =
                3.29 * (missed * (1.0 - missed) / (trials as f64 * f64::from(n))).sqrt();
            let found = reach.covered(steps);
            assert!((found - (1.0 - missed)).abs() <= tolerance + 1e-12, "{steps}: {found}");
        }
        // Half of the regions: Σ n/(n−i) steps on average, and nearly that in the median.
        let half = reach.median_steps_to(12).unwrap().unwrap();
        let mean: f64 = (0..12).map(|i| f64::from(n) / f64::from(n - i)).sum();
        assert!((half - mean).abs() < 2.0, "{half} {mean}");
    }

    #[test]
    fn bad_input_is_refused() {
        let bins = square().bins(2).unwrap();
        assert!(Reach::of(Array3::<f64>::zeros((0, 3, 2)).view(), &bins).is_err());
        assert!(Reach::of(Array3::<f64>::zeros((2, 3, 1)).view(), &bins).is_err());
        assert!(Reach::of(Array3::from_elem((2, 3, 2), f64::NAN).view(), &bins).is_err());
    }
}
