//! Numbers, durations and dates as people read them.

const SUPERSCRIPTS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// An exponent set high: `-5` becomes `⁻⁵`.
pub fn superscript(exponent: i32) -> String {
    let mut out = String::new();
    if exponent < 0 {
        out.push('⁻');
    }
    for digit in exponent.unsigned_abs().to_string().bytes() {
        out.push(SUPERSCRIPTS[usize::from(digit - b'0')]);
    }
    out
}

/// A number with `digits` significant digits: plain from 0.001 to 99 999, otherwise with a power
/// of ten; a true minus sign; words for what is not finite.
pub fn number(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return "not a number".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "−∞" }.into();
    }
    if value == 0.0 {
        return "0".into();
    }
    let digits = digits.max(1);
    // Rounding first, so that 9.996 with three digits counts as 10.0.
    let rounded = format!("{:.*e}", digits - 1, value.abs());
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if value < 0.0 { "−" } else { "" };
    if (-3..5).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        format!("{sign}{:.decimals$}", value.abs())
    } else {
        format!("{sign}{mantissa}×10{}", superscript(exponent))
    }
}

/// A number with its unit; `1` is that of a pure number, and what is not finite has none.
pub fn with_unit(value: f64, unit: &str) -> String {
    let number = number(value, 3);
    if unit == "1" || !value.is_finite() { number } else { format!("{number} {unit}") }
}

/// Both ends of an interval.
pub fn ends([low, high]: [f64; 2]) -> String {
    format!("{} to {}", number(low, 3), number(high, 3))
}

/// A number beside its spread: with as many decimals as two digits of the spread need.
pub fn beside(value: f64, spread: f64) -> String {
    let spread = spread.abs();
    if !(value.is_finite() && (1e-6..1e6).contains(&spread)) {
        return number(value, 3);
    }
    let decimals = (1.0 - spread.log10().floor()).max(0.0) as usize;
    let text = format!("{:.decimals$}", value.abs());
    let zero = !text.contains(|c: char| ('1'..='9').contains(&c));
    if value < 0.0 && !zero { format!("−{text}") } else { text }
}

/// A measured value with its unit, to the digits that its interval supports: two of half its width.
pub fn measured_value(value: f64, interval: [f64; 2], unit: &str) -> String {
    let number = beside(value, half_width(interval));
    if unit == "1" || !value.is_finite() { number } else { format!("{number} {unit}") }
}

/// Both ends of a measured value's interval, to the digits that it supports.
pub fn measured_ends(interval: [f64; 2]) -> String {
    let [low, high] = interval.map(|end| beside(end, half_width(interval)));
    format!("{low} to {high}")
}

/// A measured value with its unit and, in brackets, its interval: `0.13 nats (0.11 to 0.28)`.
pub fn measured(value: f64, interval: [f64; 2], unit: &str) -> String {
    format!("{} ({})", measured_value(value, interval, unit), measured_ends(interval))
}

fn half_width([low, high]: [f64; 2]) -> f64 {
    (high - low) / 2.0
}

/// A setting: as many digits as it needs, at most six significant ones.
pub fn setting(value: f64) -> String {
    trimmed(value, 6)
}

/// A number derived from settings: at most four significant digits.
pub fn derived(value: f64) -> String {
    trimmed(value, 4)
}

fn trimmed(value: f64, digits: usize) -> String {
    let text = number(value, digits);
    let (head, tail) = match text.split_once('×') {
        Some((head, tail)) => (head, format!("×{tail}")),
        None => (text.as_str(), String::new()),
    };
    if head.contains('.') {
        format!("{}{tail}", head.trim_end_matches('0').trim_end_matches('.'))
    } else {
        text
    }
}

/// A count with thin spaces between thousands.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}

/// A count of things, in the singular or in a regular plural: `1 run`, `2 runs`, `2 batches`.
pub fn counted(count: usize, thing: &str) -> String {
    let plural = match () {
        () if count == 1 => "",
        () if thing.ends_with("ch") => "es",
        () => "s",
    };
    format!("{count} {thing}{plural}")
}

/// A duration as people read it: `8.1 s`, `3 min 05 s`, `2 h 07 min`; `unknown` if it is negative or not
/// finite.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".into();
    }
    let whole = seconds.round() as u64;
    match whole {
        0..60 => format!("{seconds:.1} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

/// A time in seconds since 1970 as date and time of day, UTC.
pub fn utc(unix_s: f64) -> String {
    // Beyond the year 9999 a time is certainly damaged.
    if !unix_s.is_finite() || !(0.0..253_402_300_800.0).contains(&unix_s) {
        return "unknown".into();
    }
    let seconds = unix_s as i64;
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let mut year = 1970;
    let mut left = days;
    loop {
        let length = if is_leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if is_leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!(
        "{year:04}-{month:02}-{:02} {:02}:{:02} UTC",
        left + 1,
        of_day / 3600,
        of_day % 3600 / 60
    )
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn numbers_keep_their_significant_digits() {
        for (value, digits, expected) in [
            (4.213e-5, 3, "4.21×10⁻⁵"),
            (9.996e-5, 3, "1.00×10⁻⁴"),
            (0.04567, 3, "0.0457"),
            (-1.5, 2, "−1.5"),
            (0.0, 3, "0"),
            (12_345.6, 3, "12346"),
            (3.0e7, 1, "3×10⁷"),
            (f64::NAN, 3, "not a number"),
            (f64::NEG_INFINITY, 3, "−∞"),
        ] {
            assert_eq!(number(value, digits), expected);
        }
    }

    #[test]
    fn numbers_are_as_fine_as_their_spread() {
        for (value, spread, expected) in [
            (0.014_93, 8.1e-4, "0.01493"),
            (-6.03e-4, 0.001, "−0.0006"),
            (-1e-9, 0.01, "0.000"),
            (123.4, 20.0, "123"),
            (0.5, 0.0, "0.500"),
            (f64::NAN, 1.0, "not a number"),
        ] {
            assert_eq!(beside(value, spread), expected);
        }
    }

    #[test]
    fn measured_values_have_the_digits_that_their_interval_supports() {
        assert_eq!(measured(0.12834, [0.114, 0.2814], "nats"), "0.128 nats (0.114 to 0.281)");
        assert_eq!(measured(0.5, [0.2, 0.9], "1"), "0.50 (0.20 to 0.90)");
        assert_eq!(measured(f64::INFINITY, [1.0, f64::INFINITY], "m"), "∞ (1.00 to ∞)");
    }

    #[test]
    fn settings_drop_idle_zeros() {
        assert_eq!(setting(0.02), "0.02");
        assert_eq!(setting(0.070_710_7), "0.0707107");
        assert_eq!(setting(1e-5), "1×10⁻⁵");
        assert_eq!(setting(200.0), "200");
    }

    #[test]
    fn counts_durations_and_dates() {
        assert_eq!(count(2500), "2500");
        assert_eq!(count(20_000), "20\u{202f}000");
        assert_eq!([0, 1, 2].map(|n| counted(n, "run")), ["0 runs", "1 run", "2 runs"]);
        assert_eq!(counted(3, "batch"), "3 batches");
        assert_eq!(duration(0.04), "0.0 s");
        assert_eq!(duration(59.4), "59.4 s");
        assert_eq!(duration(59.6), "1 min 00 s");
        assert_eq!(duration(185.0), "3 min 05 s");
        assert_eq!(duration(7620.0), "2 h 07 min");
        assert_eq!(duration(-1.0), "unknown");
        assert_eq!(duration(f64::INFINITY), "unknown");
        assert_eq!(utc(0.0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(951_782_400.0), "2000-02-29 00:00 UTC");
        assert_eq!(utc(1_735_689_599.0), "2024-12-31 23:59 UTC");
        assert_eq!(utc(f64::INFINITY), "unknown");
    }
}
