//! A measured value in a cell of a table.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;

use quiescent::readable;

/// A value with its interval below it.
pub(super) fn over_interval(measured: &Measured, unit: &str) -> Markup {
    let low_high = [measured.interval.low, measured.interval.high];
    html! {
        span {
            (readable::with_unit(measured.value, unit))
            @if low_high.iter().any(|end| end.is_finite()) {
                br;
                small { (readable::ends(low_high)) }
            }
        }
    }
}
