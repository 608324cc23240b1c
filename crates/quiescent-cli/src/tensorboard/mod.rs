//! Event files for TensorBoard: the curves of training, its hyperparameters and its experiment.

mod event;
mod hparams;
mod protobuf;
mod record;
mod tags;
#[cfg(test)]
mod tests;

use crate::ui::failure::Failure;
use crate::ui::output::complain;
pub(crate) use hparams::End;
use protobuf::Message;
use quiescent::experiment::Experiment;
use quiescent::run::{MetricsLine, RunFolder};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

/// What the name of every event file begins with.
const PREFIX: &str = "events.out.tfevents.";

/// One session's event file. Whatever happens to it, training goes on.
#[derive(Debug)]
pub(crate) struct EventLog {
    /// None after a failure.
    file: Option<File>,
    path: PathBuf,
    run: String,
    /// Bytes written as a whole.
    len: u64,
    /// Folders that were made for it, the innermost first.
    made: Vec<PathBuf>,
}

impl EventLog {
    /// Makes the event file of a session of the run at `out`, in DIR/RUN, where RUN is made of the
    /// last two parts of the path of `out`. The file is empty, and is removed again with the
    /// folders made for it if nothing is written to it.
    ///
    /// # Errors
    /// [`Failure::Data`] if it cannot be made; [`Failure::Usage`] if a run is about to begin where
    /// the events of another one are.
    pub(crate) fn create(folder: &Path, out: &Path) -> Result<Self, Failure> {
        let run = run_name(out);
        let folder = folder.join(&run);
        let unwritable = |error: io::Error| {
            Failure::Data(format!(
                "cannot write TensorBoard's events into {}: {error}; choose another --tensorboard, \
                 or omit it",
                folder.display()
            ))
        };
        let made = folder.ancestors().take_while(|folder| !folder.exists());
        let made: Vec<PathBuf> = made.map(Path::to_owned).collect();
        fs::create_dir_all(&folder).map_err(unwritable)?;
        let names: Vec<String> = fs::read_dir(&folder)
            .map_err(unwritable)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.starts_with(PREFIX))
            .collect();
        if !names.is_empty() && !RunFolder::is_run(out) {
            return Err(Failure::Usage(format!(
                "{} holds the events of another training, and there is no run in {} that they could \
                 be of: remove them, or choose another --tensorboard",
                folder.display(),
                out.display()
            )));
        }
        // TensorBoard reads the files of a run in the order of their names: this one comes last,
        // whatever the clock says.
        let latest = names.iter().filter_map(|name| {
            name[PREFIX.len()..].split('.').next()?.parse::<u64>().ok()?.checked_add(1)
        });
        let began = latest.max().unwrap_or(0).max(event::now_s() as u64);
        let path = folder.join(format!("{PREFIX}{began:010}.{}.{}", host(), std::process::id()));
        let file =
            OpenOptions::new().append(true).create_new(true).open(&path).map_err(unwritable)?;
        Ok(Self { file: Some(file), path, run, len: 0, made })
    }

    /// Writes what stands before the curves of a session that begins after `batch` batches.
    ///
    /// # Errors
    /// [`Failure::Data`]: a folder that is full now will not hold the curves either.
    pub(crate) fn begin(&mut self, experiment: &Experiment, batch: u64) -> Result<(), Failure> {
        let yaml = experiment.to_annotated_yaml()?;
        let indented: String = yaml.lines().map(|line| format!("    {line}\n")).collect();
        let header = [
            event::file_version(),
            event::session_start(batch.saturating_add(1)),
            hparams::columns(experiment)?,
            hparams::values(experiment, &self.run)?,
            event::text(batch, "experiment", &indented),
        ];
        self.append(&header).map_err(|error| Failure::Data(self.describe(&error)))
    }

    /// Writes one line of the metrics.
    pub(crate) fn metrics(&mut self, line: &MetricsLine) {
        let error = line.decode_error.zip(line.decode_error_unit.as_deref());
        let values = [
            Some((tags::TRAIN_LOSS, line.train_loss)),
            line.test_loss.map(|loss| (tags::TEST_LOSS, loss)),
            error.map(|(error, unit)| (tags::decode_error(unit), error)),
        ];
        self.write(event::scalars(line.batch, values.into_iter().flatten()));
    }

    /// Writes how the run ended.
    pub(crate) fn end(&mut self, end: End) {
        self.write(hparams::end(end));
    }

    /// Writes an event; after a failure says so once, and writes no more.
    fn write(&mut self, event: Message) {
        if self.file.is_none() {
            return;
        }
        if let Err(error) = self.append(&[event]) {
            complain(&format!("warning: {}; training goes on without them", self.describe(&error)));
            self.file = None;
        }
    }

    /// Hands events to the operating system as a whole, so that a crash of this program loses none.
    fn append(&mut self, events: &[Message]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let bytes: Vec<u8> =
            events.iter().flat_map(|event| record::framed(event.as_bytes())).collect();
        if let Err(error) = file.write_all(&bytes) {
            // A full disk may have taken a part, at which readers would stop.
            let _ = file.set_len(self.len);
            return Err(error);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn describe(&self, error: &io::Error) -> String {
        format!("cannot write TensorBoard's events to {}: {error}", self.path.display())
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        if self.len == 0 && self.file.take().is_some() {
            // Nothing came of the session; what cannot be removed is harmless.
            let _ = fs::remove_file(&self.path);
            self.made.iter().for_each(|folder| drop(fs::remove_dir(folder)));
        }
    }
}

/// The last two parts of the path of a run folder, from the file system's root.
fn run_name(out: &Path) -> String {
    let absolute = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    let mut parts = Vec::new();
    for part in absolute.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_string_lossy().into_owned()),
            Component::ParentDir => drop(parts.pop()),
            _ => {}
        }
    }
    parts.split_off(parts.len().saturating_sub(2)).join("/")
}

/// This machine's name, as part of a file name.
fn host() -> String {
    quiescent::run::host_name()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
        .take(64)
        .collect()
}
