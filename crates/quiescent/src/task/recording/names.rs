//! Which column of a table, or which array of an archive, holds the times and the values.

use super::error::Problem;
use super::quantity::Quantity;
use super::text::{listed, shown};

/// Names of times. The first one wins; of the others, a file may have only one.
pub(crate) const TIMES: &[&str] =
    &["t", "time", "times", "timestamp", "timestamps", "ts", "t_s", "time_s", "frame", "frames"];
/// Names of x with those of y.
pub(crate) const PLANES: &[[&str; 2]] = &[
    ["x", "y"],
    ["pos_x", "pos_y"],
    ["x_pos", "y_pos"],
    ["position_x", "position_y"],
    ["x_position", "y_position"],
    ["x_m", "y_m"],
];
/// Names of headings.
pub(crate) const HEADINGS: &[&str] =
    &["heading", "head_direction", "hd", "angle", "direction", "theta", "yaw", "heading_rad"];
/// Names of an array of positions, `[n, 2]`.
pub(crate) const POSITIONS: &[&str] = &["pos", "position", "positions", "xy"];

/// Index of the one name in the file that is among those `wanted`; `None` without a match.
///
/// # Errors
/// If there are several and the first name wanted is not among them, or one is there twice.
pub(crate) fn find(names: &[&str], wanted: &[&str]) -> Result<Option<usize>, Problem> {
    let matches = |name: &str, wanted: &str| name.trim().eq_ignore_ascii_case(wanted);
    let of = |wanted: &str| -> Result<Option<usize>, Problem> {
        let mut found = (0..names.len()).filter(|&i| matches(names[i], wanted));
        match (found.next(), found.next()) {
            (Some(_), Some(i)) => Err(Problem::DuplicateColumn(shown(names[i]))),
            (first, _) => Ok(first),
        }
    };
    if let Some(first) = of(wanted[0])? {
        return Ok(Some(first));
    }
    let mut found = None;
    for wanted in &wanted[1..] {
        match (found, of(wanted)?) {
            (Some(first), Some(second)) => {
                let names: [&str; 2] = [names[first], names[second]];
                return Err(Problem::Ambiguous { found: listed(names) });
            }
            (None, second) => found = second,
            _ => {}
        }
    }
    Ok(found)
}

/// Indices of x and y; none if neither is there.
///
/// # Errors
/// As [`find`], and if one is there without the other.
pub(crate) fn find_plane(
    names: &[&str],
    quantity: Quantity,
) -> Result<Option<[usize; 2]>, Problem> {
    let mut half = None;
    let mut found: Option<[usize; 2]> = None;
    for (rank, plane) in PLANES.iter().enumerate() {
        match (find(names, &plane[..1])?, find(names, &plane[1..])?) {
            (Some(x), Some(y)) if rank == 0 => return Ok(Some([x, y])),
            (Some(x), Some(y)) => {
                if let Some(other) = found {
                    let names = [names[other[0]], names[x]];
                    return Err(Problem::Ambiguous { found: listed(names) });
                }
                found = Some([x, y]);
            }
            (None, None) => {}
            (x, _) => half = half.or(Some(plane[usize::from(x.is_some())])),
        }
    }
    match (found, half) {
        (None, Some(missing)) => Err(missing_name(names, missing, quantity)),
        (found, _) => Ok(found),
    }
}

/// The error for a missing name.
pub(crate) fn missing_name(names: &[&str], missing: &'static str, quantity: Quantity) -> Problem {
    Problem::Missing {
        missing,
        found: listed(names.iter().copied()),
        expected: quantity.expected(),
    }
}
