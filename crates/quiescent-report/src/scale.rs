//! Axis scales: from values to a fraction of an axis, and the ticks along it.

use quiescent::readable;

/// A linear or logarithmic axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    Linear { min: f64, max: f64 },
    Log { min: f64, max: f64 },
}

/// A labelled value on an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub value: f64,
    pub label: String,
}

impl Scale {
    /// A linear axis from `min` to `max`; widened if they coincide.
    pub(crate) fn linear(min: f64, max: f64) -> Self {
        if max > min {
            Self::Linear { min, max }
        } else {
            let pad = if min == 0.0 { 1.0 } else { min.abs() * 0.1 };
            Self::Linear { min: min - pad, max: min + pad }
        }
    }

    /// An axis for positive quantities that fall with training: logarithmic when the values span
    /// more than a factor of four, else linear from zero. Only finite values count, and only
    /// positive ones on a logarithmic axis. `None` without a finite value.
    pub(crate) fn of_errors(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (mut min, mut max, mut positive_min) =
            (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for value in values.filter(|v| v.is_finite()) {
            min = min.min(value);
            max = max.max(value);
            if value > 0.0 {
                positive_min = positive_min.min(value);
            }
        }
        if min > max {
            return None;
        }
        Some(if min >= 0.0 && max > 4.0 * positive_min {
            Self::Log { min: positive_min / 1.15, max: max * 1.15 }
        } else {
            Self::linear(min.min(0.0), max * 1.08)
        })
    }

    /// Where a value lies, 0 at the axis's start and 1 at its end; `None` if the scale has no
    /// place for it.
    pub(crate) fn fraction(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        match *self {
            Self::Linear { min, max } => Some((value - min) / (max - min)),
            Self::Log { min, max } if value > 0.0 => Some((value / min).ln() / (max / min).ln()),
            Self::Log { .. } => None,
        }
    }

    /// About `target` ticks within the axis.
    pub(crate) fn ticks(&self, target: usize) -> Vec<Tick> {
        match *self {
            Self::Linear { min, max } => linear_ticks(min, max, target),
            Self::Log { min, max } => log_ticks(min, max, target),
        }
    }
}

fn linear_ticks(min: f64, max: f64, target: usize) -> Vec<Tick> {
    let rough = (max - min) / target.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let decade = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * decade)
        .into_iter()
        .find(|step| *step >= rough * 0.8)
        .unwrap_or(10.0 * decade);
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    // A little slack, so that an end that is a multiple of the step keeps its tick.
    let first = (min / step - 1e-6).ceil() as i64;
    let last = (max / step + 1e-6).floor() as i64;
    (first..=last)
        .map(|i| {
            let value = i as f64 * step;
            Tick { value, label: label(value, decimals) }
        })
        .collect()
}

fn label(value: f64, decimals: usize) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if decimals > 3 {
        return readable::setting(value);
    }
    if decimals == 0 {
        let sign = if value < 0.0 { "−" } else { "" };
        return format!("{sign}{}", readable::count(value.abs().round() as u64));
    }
    let text = format!("{:.decimals$}", value.abs());
    if value < 0.0 { format!("−{text}") } else { text }
}

fn log_ticks(min: f64, max: f64, target: usize) -> Vec<Tick> {
    let (low, high) = (min.log10().floor() as i32, max.log10().ceil() as i32);
    let within = |mantissas: &[f64], every: i32| -> Vec<Tick> {
        (low..=high)
            .filter(|exponent| exponent.rem_euclid(every) == 0)
            .flat_map(|exponent| mantissas.iter().map(move |m| (*m, exponent)))
            .map(|(mantissa, exponent)| Tick {
                value: mantissa * 10f64.powi(exponent),
                label: log_label(mantissa, exponent),
            })
            .filter(|tick| (min..=max).contains(&tick.value))
            .collect()
    };
    // The coarsest set of ticks that still shows at least three of them.
    let mut ticks = within(&[1.0], 1);
    if ticks.len() < 3 {
        ticks = within(&[1.0, 3.0], 1);
    }
    if ticks.len() < 3 {
        ticks = within(&[1.0, 2.0, 5.0], 1);
    }
    if ticks.len() < 2 {
        ticks = within(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0], 1);
    }
    let every = ticks.len().div_ceil(target.max(1) + 2) as i32;
    if every > 1 {
        ticks = within(&[1.0], every);
    }
    ticks
}

fn log_label(mantissa: f64, exponent: i32) -> String {
    if (-3..4).contains(&exponent) {
        let decimals = (-exponent).max(0) as usize;
        format!("{:.decimals$}", mantissa * 10f64.powi(exponent))
    } else if mantissa == 1.0 {
        format!("10{}", readable::superscript(exponent))
    } else {
        format!("{mantissa}×10{}", readable::superscript(exponent))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn labels(scale: Scale, target: usize) -> Vec<String> {
        scale.ticks(target).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        assert_eq!(labels(Scale::linear(-1.1, 1.1), 4), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(
            labels(Scale::linear(0.0, 20_000.0), 4),
            ["0", "5000", "10\u{202f}000", "15\u{202f}000", "20\u{202f}000"]
        );
        assert_eq!(labels(Scale::linear(0.0, 0.3), 3), ["0", "0.1", "0.2", "0.3"]);
    }

    #[test]
    fn logarithmic_ticks_thin_out_or_fill_in() {
        assert_eq!(labels(Scale::Log { min: 0.008, max: 1.2 }, 5), ["0.01", "0.1", "1"]);
        assert_eq!(labels(Scale::Log { min: 9e-6, max: 6e-5 }, 5), ["10⁻⁵", "2×10⁻⁵", "5×10⁻⁵"]);
        let many = labels(Scale::Log { min: 1e-12, max: 1e12 }, 5);
        assert!((2..=7).contains(&many.len()), "{many:?}");
    }

    #[test]
    fn error_axes_survive_odd_values() {
        assert_eq!(Scale::of_errors([f64::NAN].into_iter()), None);
        assert_eq!(Scale::of_errors(std::iter::empty()), None);
        let zero = Scale::of_errors([0.0, 0.0].into_iter()).unwrap();
        assert!(zero.fraction(0.0).is_some());
        let mixed = Scale::of_errors([0.0, 1.0, 1e-4].into_iter()).unwrap();
        assert_eq!(mixed.fraction(0.0), None, "zero has no place on a log axis");
        assert_eq!(mixed.fraction(f64::INFINITY), None);
    }
}
