//! Whether a recording's numbers are what an animal does, and what unit they are in if not.
//!
//! Everything is judged by [`Motion`], which neither an outlier nor a sleeping animal changes. The
//! bounds say which animals need no explicit unit: on foot or swimming, awake, in a room of
//! up to 6 m or on a track of up to 15 m. Others (a bat that crosses 20 m has the numbers of a
//! mouse that crosses 20 cm) need one.

use super::error::Problem;
use super::motion::Motion;
use super::quantity::Quantity;
use super::samples::Samples;

/// Longest side of a room that is believed to be in m; numbers above are more often cm or px.
const LARGEST_ROOM_M: f64 = 6.0;
/// The same for a track, a side of which is at most a fourth of the other.
const LONGEST_TRACK_M: f64 = 15.0;
const TRACK: f64 = 4.0;
/// Fastest median speed of an animal on foot while it moves, in m/s.
const FASTEST_M_PER_S: f64 = 1.5;
/// Coarsest values of a tracker, in m (and rad): 5 cm, 3 degrees.
const COARSEST: f64 = 0.05;
/// Shortest and longest interval between samples, in s.
const INTERVALS_S: (f64, f64) = (0.000_95, 1.0);
/// Median turning speed while the animal turns, in rad/s: slowest, and fastest of headings that are
/// not wrapped (flies turn faster).
const TURNING_RAD_PER_S: (f64, f64, f64) = (0.2, 6.0, 12.0);

/// Why an assumed or a given unit is not believed.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// What the numbers are.
    seen: String,
    /// The unit that they look like.
    likely: String,
    /// What to do if that is their unit.
    remedy: String,
    /// The setting that keeps the unit.
    keep: &'static str,
}

impl Doubt {
    pub(crate) fn problem(self) -> Problem {
        let Self { seen, likely, remedy, keep } = self;
        Problem::Units { seen, likely, remedy, keep }
    }

    pub(crate) fn warning(self) -> String {
        format!("{} in the unit that was given, which is unusual", self.seen)
    }
}

/// Whether nearly all values are multiples of a step, as those of a coarse tracker.
pub(crate) fn coarse(values: &[f64], step: f64) -> bool {
    let finite = || values.iter().filter(|value| value.is_finite());
    let multiples = finite()
        .filter(|&&value| {
            let ratio = value / step;
            (ratio - ratio.round()).abs() < 1e-3
        })
        .count();
    multiples as f64 >= 0.95 * finite().count() as f64
}

/// Doubts about times that should be in s; `whole` if they are whole numbers.
pub(crate) fn times(motion: &Motion, quantity: Quantity, whole: bool) -> Option<Doubt> {
    const KEEP: &str = "task.recording.time_unit=s";
    let interval = motion.interval;
    // Time to cross the room, which does not depend on the unit of positions.
    let crossing = match (quantity, motion.speed) {
        (Quantity::Position, Some(speed)) => Some(motion.extent(0).max(motion.extent(1)) / speed),
        _ => None,
    };
    let seen = format!(
        "the times are {} apart (median){}",
        number(interval),
        if whole { ", in whole numbers" } else { "" }
    );
    let look = |unit: &str, per_s: f64| {
        format!("they look like {unit} ({} samples a second)", number(per_s / interval))
    };
    let is = |unit: &str, per_s: f64, flag: &str| Doubt {
        seen: seen.clone(),
        likely: look(unit, per_s),
        remedy: format!("say task.recording.time_unit={flag}"),
        keep: KEEP,
    };
    let other = |unit: &str, per_s: f64, python: &str| Doubt {
        seen: seen.clone(),
        likely: look(unit, per_s),
        remedy: format!("convert them to seconds in the file (in Python: t = {python})"),
        keep: KEEP,
    };

    // An animal that crosses a room takes seconds, hence thousands of ms, or hundreds of frames.
    let slow = crossing.is_none_or(|crossing| crossing < 5000.0);
    if whole && (1.0..=4.0).contains(&interval) && (interval == 1.0 || crossing.is_some()) && slow {
        return Some(Doubt {
            likely: "they look like the numbers of a camera's frames".to_owned(),
            remedy: "say task.recording.time_unit=frames and \
                     task.recording.frame_rate_hz=RATE with the camera's rate, such as 30"
                .to_owned(),
            seen,
            keep: KEEP,
        });
    }
    if interval > INTERVALS_S.1 || (whole && interval >= 1.0) {
        return Some(match interval {
            ..1e3 => is("milliseconds", 1e3, "ms"),
            ..1e6 => is("microseconds", 1e6, "us"),
            _ => other("nanoseconds", 1e9, "t / 1e9"),
        });
    }
    let hurried = interval < 4.0 * INTERVALS_S.0 && crossing.is_some_and(|crossing| crossing < 0.5);
    if interval < INTERVALS_S.0 || hurried {
        return Some(match interval {
            1.5e-4.. => other("minutes", 1.0 / 60.0, "60 * t"),
            2.5e-6.. => other("hours", 1.0 / 3600.0, "3600 * t"),
            _ => other("days, as MATLAB and Excel count them", 1.0 / 86400.0, "86400 * (t - t[0])"),
        });
    }
    None
}

/// Doubts about positions in m; one metre is `per_m` units of `raw`.
pub(crate) fn positions(motion: &Motion, raw: &Samples, per_m: f64) -> Option<Doubt> {
    const KEEP: &str = "task.recording.position_unit=m";
    let (x, y) = (motion.extent(0), motion.extent(1));
    let (long, short) = (x.max(y), x.min(y));
    let speed = motion.speed.unwrap_or(0.0);
    let is_coarse = coarse(&raw.values, COARSEST * per_m);
    let largest = if TRACK * short <= long { LONGEST_TRACK_M } else { LARGEST_ROOM_M };
    if long <= largest && speed <= FASTEST_M_PER_S && !is_coarse {
        return None;
    }

    let sized = |per_m: f64| {
        let moving = match motion.speed {
            Some(speed) => format!(", crossed at {} m/s", number(speed / per_m)),
            None => String::new(),
        };
        format!("{} by {} m{moving}", number(x / per_m), number(y / per_m))
    };
    let steps = if coarse(&raw.values, per_m) {
        ", in whole numbers".to_owned()
    } else if is_coarse {
        format!(", in steps of {COARSEST} or more")
    } else {
        String::new()
    };
    let seen = format!("positions would make a room of {}{steps}", sized(1.0));
    if long < 1.0 && speed > FASTEST_M_PER_S {
        return Some(Doubt {
            seen,
            likely: "for so small a room that is too fast: the times do not look like seconds"
                .to_owned(),
            remedy: "say task.recording.time_unit (ms, us, or frames with \
                     task.recording.frame_rate_hz), or convert them"
                .to_owned(),
            keep: KEEP,
        });
    }
    let camera =
        motion.low.iter().all(|&low| low > -50.0) && motion.high.iter().all(|&h| h < 8192.0);
    let whole = coarse(&raw.values, per_m);
    let unit = match long {
        ..60.0 => "cm",
        _ if whole && camera => "px",
        ..250.0 => "cm",
        _ if TRACK * short <= long && long <= 2000.0 => "cm",
        ..3000.0 if camera => "px",
        _ => "mm",
    };
    let name = |unit| match unit {
        "cm" => format!("centimetres ({})", sized(100.0)),
        "mm" => format!("millimetres ({})", sized(1000.0)),
        _ => "a camera's pixels".to_owned(),
    };
    let others: Vec<String> =
        ["cm", "mm", "px"].into_iter().filter(|&other| other != unit).map(name).collect();
    let px = "px and task.recording.px_per_m=NUMBER with the number of pixels in a metre";
    Some(Doubt {
        seen,
        likely: format!("they look like {}; or else {}", name(unit), others.join(" or ")),
        remedy: match unit {
            "px" => format!("say task.recording.position_unit={px}; the others are cm and mm"),
            unit => {
                format!("say task.recording.position_unit={unit}; the others are m, cm, mm, {px}")
            }
        },
        keep: KEEP,
    })
}

/// Doubts about headings; one turn is `per_turn` of their unit, in which `motion` is given.
pub(crate) fn headings(motion: &Motion, raw: &Samples, per_turn: f64) -> Option<Doubt> {
    let rad = std::f64::consts::TAU / per_turn;
    let (low, high) = (motion.low[0] * rad, motion.high[0] * rad);
    let range = high - low;
    let speed = motion.speed.map(|speed| speed * rad);
    let (slowest, fast, fastest) = TURNING_RAD_PER_S;
    // One turn, with room for rounding and a few values beyond it.
    let turn = 1.02 * std::f64::consts::TAU;
    // Steps of nearly a turn, as wrapped headings have where they begin anew.
    let wraps = |turn: f64| {
        let steps = raw.values.windows(2).map(|pair| (pair[1] - pair[0]).abs() / turn);
        steps.filter(|step| (0.7..1.01).contains(step)).count()
    };
    let doubt = |likely: &str, unit: &str| {
        let turning = match motion.speed {
            Some(speed) => format!(" and turn at {} per s (median while they turn)", number(speed)),
            None => " and hardly turn".to_owned(),
        };
        Some(Doubt {
            seen: format!(
                "headings lie between {} and {}{turning}",
                number(motion.low[0]),
                number(motion.high[0])
            ),
            likely: likely.to_owned(),
            remedy: format!("say task.recording.angle_unit={unit}"),
            keep: "task.recording.angle_unit=rad",
        })
    };
    let degrees = "they look like degrees";
    if range <= 1.02 {
        return match wraps(per_turn / std::f64::consts::TAU) {
            2.. => doubt("they look like turns, from 0 to 1", "turns"),
            _ => doubt("in radians the animal would never turn round; they may be turns", "turns"),
        };
    }
    if coarse(&raw.values, COARSEST / rad) {
        return doubt("in steps of 0.05 or more they look like degrees", "deg");
    }
    if range > turn {
        // Not wrapped: an animal that goes on turning, in radians, or any animal in degrees.
        let wrapped = wraps(360.0 / std::f64::consts::TAU * per_turn) >= 2;
        if wrapped || speed.is_none_or(|speed| speed > fast) {
            return doubt(degrees, "deg");
        }
        return None;
    }
    if low < -2.0 * turn || high > 2.0 * turn || speed.is_some_and(|speed| speed > fastest) {
        return doubt(degrees, "deg");
    }
    let slow = speed.is_some_and(|speed| speed < slowest);
    let never_wraps = range > 5.5 && wraps(per_turn) == 0;
    if never_wraps && !slow {
        return doubt("they cover a turn of 2π but never wrap there; they may be degrees", "deg");
    }
    if slow && wraps(per_turn) == 0 {
        return doubt("in radians that is very slow; they may be turns, not wrapped", "turns");
    }
    None
}

/// A number with three significant digits.
fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let digits = 2 - libm::floor(libm::log10(value.abs())) as i32;
    if (-12..=12).contains(&digits) {
        let text = format!("{value:.*}", digits.max(0) as usize);
        if text.contains('.') {
            return text.trim_end_matches('0').trim_end_matches('.').to_owned();
        }
        return text;
    }
    format!("{value:.2e}")
}
