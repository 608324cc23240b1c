//! `phases/NAME.npz`: a simulated phase as NumPy arrays.

use std::fs::File;
use std::io::{self, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

use ndarray::{Array0, Array2, Array3, Dimension, OwnedRepr, aview0};
use ndarray_npy::{NpzReader, NpzWriter, ReadNpzError};

use super::bounded_npy::{self, Bounded, Number};
use super::{RunError, write_atomically};
use crate::npy::Header;
use crate::phases::Phase;

/// Names of the arrays.
const ARRAYS: [&str; 5] = ["decoded", "truth", "states", "state_stride", "end"];
/// Bytes from which the archive would need the zip64 form, which the writer does not have.
const LARGEST_ARRAY: u64 = (1 << 32) - (1 << 16);

/// Writes a phase atomically. Equal phases give equal bytes.
///
/// # Errors
/// [`RunError::Unwritable`]; its reason says if the phase's shapes disagree or an array is too
/// large for the format (4 GB).
pub fn write_phase_file(path: &Path, phase: &Phase) -> Result<(), RunError> {
    check(phase)
        .and_then(|()| check_size(phase))
        .map_err(|detail| RunError::unwritable(path, io::Error::other(detail)))?;
    write_atomically(path, |file| {
        let mut file = Latch::new(file)?;
        let result = write_arrays(&mut file, phase);
        // The latch knows the operating system's own reason, so it speaks first.
        file.finish()?;
        result
    })
}

/// Reads a phase and checks that its shapes agree.
///
/// # Errors
/// [`RunError::Unreadable`], or [`RunError::Corrupt`] saying which array is wrong.
pub fn read_phase_file(path: &Path) -> Result<Phase, RunError> {
    let file = File::open(path).map_err(|error| RunError::unreadable(path, error))?;
    let corrupt = |detail: String| RunError::corrupt(path, detail);
    let not_npz = |error: ReadNpzError| corrupt(format!("not a complete npz file: {error}"));
    let mut npz = NpzReader::new(BufReader::new(file)).map_err(not_npz)?;
    check_headers(path)?;
    let names = npz.names().map_err(not_npz)?;
    if let Some(name) = names.iter().find(|name| !ARRAYS.contains(&name.as_str())) {
        return Err(corrupt(format!(
            "it holds an array `{name}`; a phase holds {}",
            ARRAYS.join(", ")
        )));
    }
    let mut read3 = |name: &str| -> Result<Option<Array3<f32>>, RunError> {
        names
            .iter()
            .any(|have| have == name)
            .then(|| read_array(&mut npz, name).map_err(corrupt))
            .transpose()
    };
    let decoded =
        read3("decoded")?.ok_or_else(|| corrupt("it has no array `decoded`".to_owned()))?;
    let truth = read3("truth")?;
    let states = read3("states")?;
    let stride: Array0<u64> = read_array(&mut npz, "state_stride").map_err(corrupt)?;
    let end: Array2<f32> = read_array(&mut npz, "end").map_err(corrupt)?;
    let phase = Phase {
        decoded,
        truth,
        states,
        end,
        state_stride: usize::try_from(stride.into_scalar())
            .map_err(|_| corrupt("`state_stride` is too large".to_owned()))?,
    };
    check(&phase).map_err(corrupt)?;
    Ok(phase)
}

/// Refuses headers of arrays that numpy does not write: the archive's reader would follow them however long
/// and however deeply nested they are, until the stack is used up.
fn check_headers(path: &Path) -> Result<(), RunError> {
    let corrupt = |detail: String| RunError::corrupt(path, detail);
    let file = File::open(path).map_err(|error| RunError::unreadable(path, error))?;
    let mut archive = zip::ZipArchive::new(BufReader::new(file))
        .map_err(|error| corrupt(format!("not a complete npz file: {error}")))?;
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| corrupt(error.to_string()))?;
        let name = member.name().to_owned();
        Header::read(&mut member).map_err(|reason| corrupt(format!("array `{name}`: {reason}")))?;
    }
    Ok(())
}

fn read_array<T: Number, D: Dimension>(
    npz: &mut NpzReader<BufReader<File>>,
    name: &str,
) -> Result<ndarray::Array<T, D>, String> {
    npz.by_name::<OwnedRepr<Bounded<T>>, D>(name)
        .map(bounded_npy::unwrap)
        .map_err(|error| format!("array `{name}`: {error}"))
}

fn write_arrays<W: Write + Seek>(writer: W, phase: &Phase) -> io::Result<()> {
    let mut npz = NpzWriter::new(writer);
    let mut add = |name: &str, array: Option<&Array3<f32>>| match array {
        Some(array) => npz.add_array(name, array).map_err(io::Error::other),
        None => Ok(()),
    };
    add("decoded", Some(&phase.decoded))?;
    add("truth", phase.truth.as_ref())?;
    add("states", phase.states.as_ref())?;
    npz.add_array("end", &phase.end).map_err(io::Error::other)?;
    npz.add_array("state_stride", &aview0(&(phase.state_stride as u64)))
        .map_err(io::Error::other)?;
    npz.finish().map(drop).map_err(io::Error::other)
}

/// Whether a phase's arrays fit together; if not, which does not.
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
    if phase.end.dim() != (trials, units) {
        return Err(format!(
            "`end` is {:?}; expected [{trials}, {units}] (trial, unit)",
            phase.end.shape()
        ));
    }
    Ok(())
}

fn check_size(phase: &Phase) -> Result<(), String> {
    let arrays = [Some(&phase.decoded), phase.truth.as_ref(), phase.states.as_ref()];
    for (name, array) in ARRAYS.into_iter().zip(arrays) {
        let bytes = array.map_or(0, |array| 4 * array.len() as u64);
        if bytes > LARGEST_ARRAY {
            return Err(format!(
                "`{name}` has {bytes} bytes, more than the {LARGEST_ARRAY} one array of a phase \
                 may have: keep fewer states (a larger stride), or simulate fewer trials or steps"
            ));
        }
    }
    Ok(())
}

/// A writer that keeps its first error and then swallows everything. The archive's writer prints
/// a line of its own to the terminal when it is dropped over a broken file, and hides the
/// operating system's reason; so it never learns.
struct Latch<W> {
    inner: W,
    position: u64,
    end: u64,
    error: Option<io::Error>,
}

impl<W: Write + Seek> Latch<W> {
    fn new(mut inner: W) -> io::Result<Self> {
        let position = inner.stream_position()?;
        Ok(Self { inner, position, end: position, error: None })
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.error.map_or(Ok(()), Err)
    }

    fn keep<T>(&mut self, result: io::Result<T>) {
        if let Err(error) = result {
            self.error.get_or_insert(error);
        }
    }
}

impl<W: Write + Seek> Write for Latch<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.error.is_none() {
            let result = self.inner.write_all(bytes);
            self.keep(result);
        }
        self.position += bytes.len() as u64;
        self.end = self.end.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.error.is_none() {
            let result = self.inner.flush();
            self.keep(result);
        }
        Ok(())
    }
}

impl<W: Write + Seek> Seek for Latch<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
            SeekFrom::End(offset) => self.end.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        if self.error.is_none() {
            let result = self.inner.seek(SeekFrom::Start(self.position));
            self.keep(result);
        }
        Ok(self.position)
    }
}
