//! A measured value in a cell of a table.

use maud::{Markup, html};
use quiescent::analysis::bootstrap::Measured;

use crate::format;

/// A value with its interval below it.
pub(super) fn over_interval(measured: &Measured, unit: &str) -> Markup {
    let low_high = [measured.interval.low, measured.interval.high];
    html! {
        span {
            (with_unit(measured.value, unit))
            @if low_high.iter().any(|end| end.is_finite()) {
                br;
                small { (format::number(low_high[0], 3)) " to " (format::number(low_high[1], 3)) }
            }
        }
    }
}

fn with_unit(value: f64, unit: &str) -> String {
    if !value.is_finite() {
        "not finite".into()
    } else if unit == "1" {
        format::number(value, 3)
    } else {
        format!("{} {unit}", format::number(value, 3))
    }
}
