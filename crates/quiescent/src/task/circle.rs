//! Angles on the circle.

use std::f64::consts::{PI, TAU};

/// Wraps an angle to [−π, π), in radians.
pub(crate) fn wrap(angle: f64) -> f64 {
    let turns = libm::floor((angle + PI) / TAU);
    let wrapped = angle - turns * TAU;
    // The subtraction may round up to π itself, or fall just short of −π.
    if wrapped >= PI {
        wrapped - TAU
    } else if wrapped < -PI {
        wrapped + TAU
    } else {
        wrapped
    }
}

/// Wraps an angle to [−π, π) in single precision: `f32`'s own π counts as −π.
pub(crate) fn wrap_f32(angle: f64) -> f32 {
    let wrapped = wrap(angle) as f32;
    if wrapped >= std::f32::consts::PI { -std::f32::consts::PI } else { wrapped }
}

/// Distance of two angles along the circle, between 0 and π.
pub(crate) fn distance(a: f32, b: f32) -> f32 {
    libm::fabs(wrap(f64::from(a) - f64::from(b))) as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn wrapping_stays_in_range_and_on_the_same_direction(angle in -1e6..1e6_f64) {
            let wrapped = wrap(angle);
            prop_assert!((-PI..PI).contains(&wrapped));
            prop_assert!((wrapped.cos() - angle.cos()).abs() < 1e-9);
            prop_assert!((wrapped.sin() - angle.sin()).abs() < 1e-9);
            let single = wrap_f32(angle);
            prop_assert!((-std::f32::consts::PI..std::f32::consts::PI).contains(&single));
        }
    }

    #[test]
    fn seam() {
        assert_eq!(wrap(PI), -PI);
        assert_eq!(wrap(-PI), -PI);
        assert_eq!(wrap_f32(PI - 1e-12), -std::f32::consts::PI);
        assert!((distance(3.1, -3.1) - (std::f32::consts::TAU - 6.2)).abs() < 1e-6);
    }
}
