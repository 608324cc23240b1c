//! Whether a measured value meets a criterion, as far as its interval can tell.

use serde::{Deserialize, Serialize};

use super::bootstrap::Measured;

/// Whether a measured value meets a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The value and both ends of its interval meet the criterion.
    Holds,
    /// Neither the value nor an end of its interval meets the criterion.
    Fails,
    /// The interval includes the criterion: more trials or seeds are needed.
    Undecided,
}

impl Verdict {
    /// Judges a value and the ends of its interval. Ends that are NaN, as those of a single value
    /// are, do not count.
    pub fn of(value: f64, interval: Option<[f64; 2]>, meets: impl Fn(f64) -> bool) -> Self {
        let met = meets(value);
        let ends = interval.into_iter().flatten().filter(|end| !end.is_nan());
        match (met, ends.into_iter().all(|end| meets(end) == met)) {
            (_, false) => Self::Undecided,
            (true, true) => Self::Holds,
            (false, true) => Self::Fails,
        }
    }

    /// Judges a measured value by its interval.
    pub fn of_measured(measured: &Measured, meets: impl Fn(f64) -> bool) -> Self {
        let interval = [measured.interval.low, measured.interval.high];
        Self::of(measured.value, Some(interval), meets)
    }

    /// Judges several criteria that all have to be met; none at all are.
    pub fn all(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().fold(Self::Holds, |all, one| match (all, one) {
            (Self::Fails, _) | (_, Self::Fails) => Self::Fails,
            (Self::Holds, Self::Holds) => Self::Holds,
            _ => Self::Undecided,
        })
    }

    /// Its name, as files have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Undecided => "undecided",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    #[test]
    fn an_interval_that_includes_the_criterion_decides_nothing() {
        let positive = |interval| Verdict::of(0.1, interval, |value| value > 0.0);
        assert_eq!(positive(None), Verdict::Holds);
        assert_eq!(positive(Some([0.05, 0.2])), Verdict::Holds);
        assert_eq!(positive(Some([-0.05, 0.2])), Verdict::Undecided);
        assert_eq!(positive(Some([f64::NAN, f64::NAN])), Verdict::Holds);
        let negative = |interval| Verdict::of(0.1, interval, |value| value < 0.0);
        assert_eq!(negative(Some([0.05, 0.2])), Verdict::Fails);
        assert_eq!(negative(Some([-0.05, 0.2])), Verdict::Undecided);
        assert_eq!(Verdict::all([]), Verdict::Holds);
        assert_eq!(Verdict::all([Verdict::Holds, Verdict::Undecided]), Verdict::Undecided);
        assert_eq!(Verdict::all([Verdict::Undecided, Verdict::Fails]), Verdict::Fails);
        // A corrected value can lie outside of its interval.
        assert_eq!(negative(Some([-0.2, -0.1])), Verdict::Undecided);
    }
}
