//! The space of a stimulus: a region with walls, or the circle, with distances and equal bins.

use std::f64::consts::{PI, TAU};

use serde::{Deserialize, Serialize};

use crate::random::Generator;

/// Bins along each side of a region: 0.2 m in the paper's box, a place field's width.
const BINS_PER_SIDE: usize = 11;
/// Sectors of the circle, 10° each.
const SECTORS: usize = 36;

/// The space of a task's stimuli and of decoded values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// Positions in m between walls: a box, a track.
    Region(Region),
    /// Headings in rad.
    Circle,
}

impl Space {
    /// Number of coordinates of a stimulus.
    pub fn dim(&self) -> usize {
        match self {
            Self::Region(region) => region.dim(),
            Self::Circle => 1,
        }
    }

    /// Unit of stimuli and of distances: `"m"` or `"rad"`.
    pub fn unit(&self) -> &'static str {
        match self {
            Self::Region(_) => "m",
            Self::Circle => "rad",
        }
    }

    /// The region; none for the circle.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Region(region) => Some(region),
            Self::Circle => None,
        }
    }

    /// Distance of two stimuli `[dim]`: Euclidean, or along the circle.
    pub fn distance(&self, a: &[f32], b: &[f32]) -> f32 {
        match self {
            Self::Region(_) => {
                let along = a.iter().zip(b).map(|(a, b)| f64::from(a - b));
                along.reduce(libm::hypot).map_or(0.0, |distance| distance.abs() as f32)
            }
            Self::Circle => libm::fabs(wrap(f64::from(a[0]) - f64::from(b[0]))) as f32,
        }
    }

    /// The mean of stimuli, `[dim]`: of coordinates, or the mean direction.
    pub fn mean<'a>(&self, stimuli: impl Iterator<Item = &'a [f32]> + Clone) -> Vec<f32> {
        let rows = stimuli.clone().count() as f64;
        let mean_of =
            |value: &dyn Fn(&[f32]) -> f64| stimuli.clone().map(value).sum::<f64>() / rows;
        match self {
            Self::Region(region) => {
                (0..region.dim()).map(|axis| mean_of(&|s| f64::from(s[axis])) as f32).collect()
            }
            Self::Circle => {
                let sin = mean_of(&|s| libm::sin(f64::from(s[0])));
                let cos = mean_of(&|s| libm::cos(f64::from(s[0])));
                vec![libm::atan2(sin, cos) as f32]
            }
        }
    }

    /// Length, area or volume, in units to the power of the dimension.
    pub fn measure(&self) -> f64 {
        match self {
            Self::Region(region) => region.measure(),
            Self::Circle => TAU,
        }
    }

    /// Equal bins, `per_side` along each dimension (sectors of the circle).
    ///
    /// # Errors
    /// If there are no bins, or too many to count.
    pub fn bins(&self, per_side: usize) -> Result<Bins, SpaceError> {
        let count = u32::try_from(self.dim()).ok().and_then(|dim| per_side.checked_pow(dim));
        match count {
            Some(count) if per_side > 0 => Ok(Bins { space: self.clone(), per_side, count }),
            _ => Err(SpaceError::Bins { per_side, dim: self.dim() }),
        }
    }

    /// A point away from any symmetry, at which rest from one point begins, `[dim]`: off the centre by a quarter of
    /// the first side and an eighth of the second (and so on in turn); π/3 on the circle.
    pub fn off_centre(&self) -> Vec<f64> {
        match self {
            Self::Region(region) => {
                let fractions: Vec<f64> =
                    [0.75, 0.625].into_iter().cycle().take(region.dim()).collect();
                region.at(&fractions)
            }
            Self::Circle => vec![std::f64::consts::FRAC_PI_3],
        }
    }

    /// The bins that measurements use: 11 along each side of a region, 36 sectors of the circle.
    pub fn standard_bins(&self) -> Bins {
        let per_side = match self {
            Self::Region(_) => BINS_PER_SIDE,
            Self::Circle => SECTORS,
        };
        let count = per_side.saturating_pow(self.dim() as u32);
        Bins { space: self.clone(), per_side, count }
    }
}

/// Why a region or bins are invalid.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpaceError {
    /// The corners of a region have different dimensions.
    #[error(
        "the lowest corner has {low} coordinates and the highest {high}; give both the same number, \
         at least one"
    )]
    Corners {
        /// Coordinates of the lowest corner.
        low: usize,
        /// Coordinates of the highest corner.
        high: usize,
    },
    /// A side of a region has no extent.
    #[error(
        "a side of a region reaches from {low} to {high}; give two finite numbers, the lower one first"
    )]
    Side {
        /// Its low end.
        low: f64,
        /// Its high end.
        high: f64,
    },
    /// There are no bins, or too many.
    #[error(
        "bins along each side = {per_side}: use at least 1, and few enough that all bins in {dim} \
         dimensions can be counted"
    )]
    Bins {
        /// Bins along each side.
        per_side: usize,
        /// Dimensions.
        dim: usize,
    },
}

/// An interval, rectangle or cuboid with sides along the axes, in m.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Corners")]
pub struct Region {
    low: Vec<f64>,
    high: Vec<f64>,
}

/// A region as read from a file, before it is checked.
#[derive(Deserialize)]
struct Corners {
    low: Vec<f64>,
    high: Vec<f64>,
}

impl TryFrom<Corners> for Region {
    type Error = SpaceError;

    fn try_from(corners: Corners) -> Result<Self, SpaceError> {
        Self::new(&corners.low, &corners.high)
    }
}

impl Region {
    /// Creates a region from the lowest and the highest corner, `[dim]`.
    ///
    /// # Errors
    /// If the corners have different lengths, are not finite, or a side has no extent.
    pub fn new(low: &[f64], high: &[f64]) -> Result<Self, SpaceError> {
        if low.len() != high.len() || low.is_empty() {
            return Err(SpaceError::Corners { low: low.len(), high: high.len() });
        }
        for (&low, &high) in low.iter().zip(high) {
            if !low.is_finite() || !high.is_finite() || low >= high {
                return Err(SpaceError::Side { low, high });
            }
        }
        Ok(Self { low: low.to_vec(), high: high.to_vec() })
    }

    /// Creates a region centred at the origin with these side lengths, `[dim]`.
    ///
    /// # Errors
    /// If a side is not a positive finite number.
    pub fn centred(sides: &[f64]) -> Result<Self, SpaceError> {
        let high: Vec<f64> = sides.iter().map(|side| 0.5 * side).collect();
        let low: Vec<f64> = high.iter().map(|half| -half).collect();
        Self::new(&low, &high)
    }

    /// Number of dimensions.
    pub fn dim(&self) -> usize {
        self.low.len()
    }

    /// Lowest corner, `[dim]`.
    pub fn low(&self) -> &[f64] {
        &self.low
    }

    /// Highest corner, `[dim]`.
    pub fn high(&self) -> &[f64] {
        &self.high
    }

    /// Length of the side along a dimension.
    ///
    /// # Panics
    /// If there is no such dimension.
    pub fn side(&self, dim: usize) -> f64 {
        self.high[dim] - self.low[dim]
    }

    /// Length, area or volume.
    pub fn measure(&self) -> f64 {
        (0..self.dim()).map(|dim| self.side(dim)).product()
    }

    /// Whether a point `[dim]` lies inside or on a wall.
    pub fn contains(&self, point: &[f64]) -> bool {
        let walls = self.low.iter().zip(&self.high);
        point.iter().zip(walls).all(|(x, (low, high))| (low..=high).contains(&x))
    }

    /// The point `[dim]` at these fractions of the sides, `[dim]`.
    ///
    /// # Panics
    /// If there are more fractions than dimensions.
    pub fn at(&self, fractions: &[f64]) -> Vec<f64> {
        let along = fractions.iter().enumerate();
        along.map(|(dim, fraction)| self.low[dim] + self.side(dim) * fraction).collect()
    }

    /// Lowest and highest corner of a rectangle, (x, y).
    ///
    /// # Panics
    /// If there are not two dimensions.
    pub(crate) fn plane(&self) -> ([f64; 2], [f64; 2]) {
        assert_eq!(self.dim(), 2, "a region of the plane");
        ([self.low[0], self.low[1]], [self.high[0], self.high[1]])
    }

    /// A point drawn uniformly, coordinate by coordinate, `[dim]`.
    pub(crate) fn uniform(&self, generator: &mut Generator) -> Vec<f64> {
        let fractions: Vec<f64> = (0..self.dim()).map(|_| generator.uniform()).collect();
        self.at(&fractions)
    }
}

/// Equal bins of a space, the last dimension fastest. The upper wall belongs to the last bin; the
/// first sector of the circle begins at −π.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    space: Space,
    per_side: usize,
    count: usize,
}

impl Bins {
    /// Number of bins.
    #[allow(clippy::len_without_is_empty, reason = "there is always one")]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Bins along each dimension.
    pub fn per_side(&self) -> usize {
        self.per_side
    }

    /// Dimension of the binned values.
    pub fn dim(&self) -> usize {
        self.space.dim()
    }

    /// The bin of a stimulus `[dim]`; none outside the walls.
    pub fn of<T: Copy + Into<f64>>(&self, stimulus: &[T]) -> Option<usize> {
        let stimulus: Vec<f64> = stimulus.iter().map(|&x| x.into()).collect();
        match &self.space {
            Space::Region(region) => {
                region.contains(&stimulus).then(|| self.within(region, &stimulus))
            }
            Space::Circle => Some(sector(stimulus[0], self.per_side)),
        }
    }

    /// The bin of a stimulus `[dim]`; outside the walls the nearest one.
    pub fn nearest<T: Copy + Into<f64>>(&self, stimulus: &[T]) -> usize {
        match &self.space {
            Space::Region(region) => {
                let walls = region.low.iter().zip(&region.high);
                let clamped: Vec<f64> = stimulus
                    .iter()
                    .zip(walls)
                    .map(|(&x, (low, high))| x.into().clamp(*low, *high))
                    .collect();
                self.within(region, &clamped)
            }
            Space::Circle => sector(stimulus[0].into(), self.per_side),
        }
    }

    fn within(&self, region: &Region, point: &[f64]) -> usize {
        let bins = self.per_side;
        point.iter().enumerate().fold(0, |bin, (dim, x)| {
            let along = (x - region.low[dim]) / region.side(dim) * bins as f64;
            bin * bins + (along as usize).min(bins - 1)
        })
    }

    /// Centre of a bin, `[dim]`.
    pub fn centre(&self, mut bin: usize) -> Vec<f64> {
        let mut centre = vec![0.0; self.dim()];
        for (dim, slot) in centre.iter_mut().enumerate().rev() {
            let (low, width) = self.side(dim);
            *slot = low + (0.5 + (bin % self.per_side) as f64) * width;
            bin /= self.per_side;
        }
        centre
    }

    /// Edges of the bins of every dimension, `[dim][bin + 1]`.
    pub fn edges(&self) -> Vec<Vec<f64>> {
        let edges = |dim| {
            let (low, width) = self.side(dim);
            (0..=self.per_side).map(|i| low + i as f64 * width).collect()
        };
        (0..self.dim()).map(edges).collect()
    }

    /// Low end of a dimension and the width of its bins.
    fn side(&self, dim: usize) -> (f64, f64) {
        match &self.space {
            Space::Region(region) => (region.low[dim], region.side(dim) / self.per_side as f64),
            Space::Circle => (-PI, TAU / self.per_side as f64),
        }
    }
}

/// The sector of an angle among `bins` equal sectors (at least 1); the first begins at −π.
pub(crate) fn sector(angle: f64, bins: usize) -> usize {
    let along = (angle + PI).rem_euclid(TAU);
    // Rounding can move an angle just below a full turn into the sector after the last.
    ((along / (TAU / bins as f64)) as usize).min(bins - 1)
}

/// Wraps an angle in radians to [−π, π).
pub fn wrap(angle: f64) -> f64 {
    let turns = libm::floor((angle + PI) / TAU);
    let wrapped = angle - turns * TAU;
    // The subtraction may round up to π itself, or fall just short of −π.
    let wrapped = if wrapped >= PI {
        wrapped - TAU
    } else if wrapped < -PI {
        wrapped + TAU
    } else {
        wrapped
    };
    if (-PI..PI).contains(&wrapped) || !angle.is_finite() {
        return wrapped;
    }
    // From about 10¹⁶ on, the product of turns is not precise enough.
    let within = angle.rem_euclid(TAU);
    if within >= PI { within - TAU } else { within }
}

/// Wraps an angle to [−π, π) in single precision: `f32`'s own π counts as −π.
pub(crate) fn wrap_f32(angle: f64) -> f32 {
    let wrapped = wrap(angle) as f32;
    if wrapped >= std::f32::consts::PI { -std::f32::consts::PI } else { wrapped }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn box_of(sides: &[f64]) -> Space {
        Space::Region(Region::centred(sides).unwrap())
    }

    proptest! {
        #[test]
        fn the_largest_angles_stay_in_range(exponent in 6.0..308.0_f64, sign in prop::bool::ANY) {
            let angle = 10.0_f64.powf(exponent) * if sign { 1.0 } else { -1.0 };
            prop_assert!((-PI..PI).contains(&wrap(angle)), "{}", wrap(angle));
        }

        #[test]
        fn wrapping_stays_in_range_and_on_the_same_direction(angle in -1e6..1e6_f64) {
            let wrapped = wrap(angle);
            prop_assert!((-PI..PI).contains(&wrapped));
            prop_assert!((wrapped.cos() - angle.cos()).abs() < 1e-9);
            prop_assert!((wrapped.sin() - angle.sin()).abs() < 1e-9);
            let single = wrap_f32(angle);
            prop_assert!((-std::f32::consts::PI..std::f32::consts::PI).contains(&single));
        }

        #[test]
        fn a_bin_holds_its_centre_and_what_is_nearer_to_it_than_half_a_width(
            sides in prop::collection::vec(0.1..10.0_f64, 0..4),
            per_side in 1..20_usize,
            at in prop::collection::vec(0.0..1.0_f64, 3),
        ) {
            let space = if sides.is_empty() { Space::Circle } else { box_of(&sides) };
            let bins = space.bins(per_side).unwrap();
            prop_assert_eq!(bins.len(), per_side.pow(space.dim() as u32));
            let edges = bins.edges();
            let point: Vec<f64> = (0..space.dim())
                .map(|d| edges[d][0] + (edges[d][per_side] - edges[d][0]) * at[d])
                .collect();
            let bin = bins.of(&point).unwrap();
            prop_assert_eq!(bins.nearest(&point), bin);
            let centre = bins.centre(bin);
            prop_assert_eq!(bins.of(&centre), Some(bin));
            for (d, x) in point.iter().enumerate() {
                let half = 0.5 * (edges[d][1] - edges[d][0]);
                prop_assert!((x - centre[d]).abs() <= half * (1.0 + 1e-9));
            }
        }
    }

    #[test]
    fn the_circle_has_no_seam() {
        assert_eq!(wrap(PI), -PI);
        assert_eq!(wrap(-PI), -PI);
        assert_eq!(wrap_f32(PI - 1e-12), -std::f32::consts::PI);
        let along = Space::Circle.distance(&[3.1], &[-3.1]);
        assert!((along - (std::f32::consts::TAU - 6.2)).abs() < 1e-6);
        let bins = Space::Circle.standard_bins();
        assert_eq!(bins.of(&[PI]), bins.of(&[-PI]));
        assert_eq!(bins.of(&[3.0 * PI - 0.01]), Some(35));
    }

    #[test]
    fn walls_belong_to_the_outer_bins_and_nothing_lies_beyond() {
        let bins = box_of(&[2.0, 1.0]).bins(4).unwrap();
        assert_eq!(bins.of(&[1.0, 0.5]), Some(15));
        assert_eq!(bins.of(&[-1.0, -0.5]), Some(0));
        assert_eq!(bins.of(&[1.01, 0.0]), None);
        assert_eq!(bins.nearest(&[1.01, -9.0]), 12);
    }

    #[test]
    fn what_is_no_region_is_refused() {
        assert_eq!(Region::new(&[0.0], &[]), Err(SpaceError::Corners { low: 1, high: 0 }));
        assert_eq!(Region::new(&[1.0], &[1.0]), Err(SpaceError::Side { low: 1.0, high: 1.0 }));
        assert!(Region::new(&[0.0], &[f64::INFINITY]).is_err());
        for text in [r#"{"low":[0.0],"high":[]}"#, r#"{"low":[1.0],"high":[0.0]}"#] {
            let read = serde_json::from_str::<Region>(text).unwrap_err().to_string();
            assert!(read.contains("lower") || read.contains("lowest"), "{read}");
        }
        assert!(box_of(&[1.0]).bins(0).is_err());
        assert!(box_of(&[1.0; 3]).bins(usize::MAX / 2).is_err());
    }
}
