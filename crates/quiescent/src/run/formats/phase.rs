//! `phases/NAME.npz`: a simulated phase as NumPy arrays.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;

use ndarray::{Array, Array0, Array2, Array3, Dimension, aview0};

use crate::npz::{Element, NpzReader, NpzWriter};
use crate::run::files::disk_space::check_room;
use crate::run::{RunError, write_atomically};
use crate::simulate::Phase;

/// Names of the arrays.
const ARRAYS: [&str; 7] =
    ["decoded", "truth", "states", "state_stride", "end", "adaptation", "velocity"];

/// Writes a phase atomically. Equal phases give equal bytes, and no array is copied.
///
/// # Errors
/// [`RunError::Unwritable`]; its reason says if the phase's shapes disagree or the disk has no room
/// for it.
pub fn write_phase_file(path: &Path, phase: &Phase) -> Result<(), RunError> {
    check(phase)
        .map_err(io::Error::other)
        .and_then(|()| check_room(path, bytes(phase)))
        .map_err(|error| RunError::unwritable(path, error))?;
    write_atomically(path, |file| write_arrays(file, phase))
}

/// Reads a phase and checks that its shapes agree.
///
/// # Errors
/// [`RunError::Unreadable`], or [`RunError::Corrupt`] saying which array is wrong.
pub fn read_phase_file(path: &Path) -> Result<Phase, RunError> {
    let file = File::open(path).map_err(|error| RunError::unreadable(path, error))?;
    let corrupt = |detail: String| RunError::corrupt(path, detail);
    let mut npz = NpzReader::new(BufReader::new(file))
        .map_err(|reason| corrupt(format!("not a complete npz file: {reason}")))?;
    let mut names = npz.names().map(|name| name.strip_suffix(".npy").unwrap_or(name));
    if let Some(name) = names.find(|name| !ARRAYS.contains(name)) {
        return Err(corrupt(format!(
            "it holds an array `{name}`; a phase holds {}",
            ARRAYS.join(", ")
        )));
    }
    drop(names);
    let missing = |name| corrupt(format!("it has no array `{name}`"));
    let decoded = read_array(&mut npz, "decoded").map_err(corrupt)?;
    let truth = read_array(&mut npz, "truth").map_err(corrupt)?;
    let states = read_array(&mut npz, "states").map_err(corrupt)?;
    let stride: Option<Array0<u64>> = read_array(&mut npz, "state_stride").map_err(corrupt)?;
    let end = read_array(&mut npz, "end").map_err(corrupt)?;
    let adaptation = read_array(&mut npz, "adaptation").map_err(corrupt)?;
    let velocity = read_array(&mut npz, "velocity").map_err(corrupt)?;
    let stride = stride.ok_or_else(|| missing("state_stride"))?.into_scalar();
    let phase = Phase {
        decoded: decoded.ok_or_else(|| missing("decoded"))?,
        truth,
        states,
        end: end.ok_or_else(|| missing("end"))?,
        adaptation,
        velocity,
        state_stride: usize::try_from(stride)
            .map_err(|_| corrupt("`state_stride` is too large".to_owned()))?,
    };
    check(&phase).map_err(corrupt)?;
    Ok(phase)
}

/// Steps from one kept hidden state to the next, without reading any other array; none if the phase has no
/// states.
///
/// # Errors
/// Those of [`read_phase_file`].
pub(crate) fn read_kept_stride(path: &Path) -> Result<Option<usize>, RunError> {
    let corrupt = |reason: String| RunError::corrupt(path, reason);
    let file = File::open(path).map_err(|error| RunError::unreadable(path, error))?;
    let mut npz = NpzReader::new(BufReader::new(file)).map_err(corrupt)?;
    if !npz.names().any(|name| name.strip_suffix(".npy").unwrap_or(name) == "states") {
        return Ok(None);
    }
    let stride: Option<Array0<u64>> = read_array(&mut npz, "state_stride").map_err(corrupt)?;
    Ok(stride.and_then(|stride| usize::try_from(stride.into_scalar()).ok()))
}

/// Reads an array if it is there.
fn read_array<T: Element, D: Dimension>(
    npz: &mut NpzReader<BufReader<File>>,
    name: &str,
) -> Result<Option<Array<T, D>>, String> {
    let place = npz.names().position(|have| have.strip_suffix(".npy").unwrap_or(have) == name);
    place
        .map(|place| npz.array(place)?.array())
        .transpose()
        .map_err(|reason| format!("array `{name}`: {reason}"))
}

pub(crate) fn write_arrays(out: impl Write, phase: &Phase) -> io::Result<()> {
    let mut npz = NpzWriter::new(out);
    npz.add("decoded", &phase.decoded)?;
    for (name, array) in [("truth", &phase.truth), ("states", &phase.states)] {
        if let Some(array) = array {
            npz.add(name, array)?;
        }
    }
    npz.add("end", &phase.end)?;
    for (name, array) in [("adaptation", &phase.adaptation), ("velocity", &phase.velocity)] {
        if let Some(array) = array {
            npz.add(name, array)?;
        }
    }
    npz.add("state_stride", &aview0(&(phase.state_stride as u64)))?;
    npz.finish()?.flush()
}

/// Bytes of a phase's arrays, which are nearly all of its file.
fn bytes(phase: &Phase) -> u64 {
    let arrays = [Some(&phase.decoded), phase.truth.as_ref(), phase.states.as_ref()];
    let numbers: usize = arrays.into_iter().flatten().map(Array3::len).sum();
    let ends = [Some(&phase.end), phase.adaptation.as_ref(), phase.velocity.as_ref()];
    let ends: usize = ends.into_iter().flatten().map(Array2::len).sum();
    ((numbers + ends) * size_of::<f32>()) as u64
}

/// Checks that a phase's arrays fit together; the error names the one that does not.
fn check(phase: &Phase) -> Result<(), String> {
    let (trials, steps, dim) = phase.decoded.dim();
    if !(1..=2).contains(&dim) {
        return Err(format!(
            "`decoded` is {:?}; expected [trial, step, dim] with 1 or 2 dimensions",
            phase.decoded.shape()
        ));
    }
    if let Some(truth) = &phase.truth
        && truth.dim() != phase.decoded.dim()
    {
        return Err(format!(
            "`truth` is {:?}, but `decoded` is {:?}",
            truth.shape(),
            phase.decoded.shape()
        ));
    }
    let Some(kept) = steps.checked_div(phase.state_stride) else {
        return Err("`state_stride` is 0; expected at least 1".to_owned());
    };
    if let Some(states) = &phase.states
        && states.dim() != (trials, kept, states.dim().2)
    {
        return Err(format!(
            "`states` is {:?}; expected [{trials}, {kept}, unit] for {steps} steps and a stride of {}",
            states.shape(),
            phase.state_stride
        ));
    }
    let units = phase.states.as_ref().map_or(phase.end.ncols(), |states| states.dim().2);
    let ends = [
        ("end", Some(&phase.end)),
        ("adaptation", phase.adaptation.as_ref()),
        ("velocity", phase.velocity.as_ref()),
    ];
    for (name, array) in ends {
        if let Some(array) = array.filter(|array| array.dim() != (trials, units)) {
            return Err(format!(
                "`{name}` is {:?}; expected [{trials}, {units}] (trial, unit)",
                array.shape()
            ));
        }
    }
    Ok(())
}
