//! One training session: it records the trainer's events in a run folder until training is done
//! or stopped.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::chance::chance;
use super::emergence::emergence;
use super::{
    BatchesReason, Error, Event, Observer, OpenError, Recordings, keep_recorded, keeping,
    recording_of, with_own_cells,
};
use crate::experiment::{Experiment, TrainingSpec};
use crate::memory::available_memory_bytes;
use crate::network::{self, Layout, Network};
use crate::run::{
    Checkpoint, MetricsLine, RecordedPath, RecordingRecord, RunFolder, RunWriter, Status,
};
use crate::space::Region;
use crate::task;
use crate::training::{self, Evaluation, Trainer, TrainerState};

/// Batches between two lines of the metrics log. A tested batch always gets a line.
const LOG_EVERY: u64 = 10;

/// A run under training.
#[derive(Debug)]
pub struct Session {
    writer: RunWriter,
    /// The trainer; none if training is finished.
    trainer: Option<Trainer>,
    seconds_before: f64,
}

impl Session {
    /// Begins a new run in a new or empty folder.
    ///
    /// # Errors
    /// If there is too little memory, the task cannot be built, or the folder cannot be written
    /// or is not vacant. A failure before the folder is created leaves nothing behind.
    pub fn begin(experiment: &Experiment, folder: &Path) -> Result<Self, Error> {
        Self::begin_as(experiment, experiment, folder, None)
    }

    /// Begins a new run that keeps its recording in its own folder, as [`keeping`] names it.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn begin_keeping(experiment: &Experiment, folder: &Path) -> Result<Self, Error> {
        let recording = experiment.task.recording().map(|spec| spec.file.as_path());
        Self::begin_as(experiment, &keeping(experiment)?, folder, recording)
    }

    /// Begins a run `of` an experiment, which is the given one but for the path of the recording.
    fn begin_as(
        experiment: &Experiment,
        of: &Experiment,
        folder: &Path,
        kept: Option<&Path>,
    ) -> Result<Self, Error> {
        // The task is built first so that a bad recording does not leave a folder behind.
        enough_memory(experiment)?;
        let trainer = Trainer::new(experiment)?;
        let recording = recording_of(experiment, trainer.network().task().as_ref())?;
        let mut writer = RunFolder::create_keeping(folder, of, kept)?;
        remember(&mut writer, recording)?;
        Ok(Self { writer, trainer: Some(trainer), seconds_before: 0.0 })
    }

    /// Resumes a run from its latest checkpoint, or from the start if it does not have one yet.
    ///
    /// # Errors
    /// If the folder cannot be opened, its recording is gone, or there is too little memory.
    pub fn resume(
        folder: &Path,
        recordings: &Recordings,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let writer = RunFolder::open_for_writing(folder)?;
        let checkpoint = writer.latest_checkpoint(&layout(&writer)?)?;
        if is_finished(&writer, checkpoint.as_ref()) {
            return Ok(Self { writer, trainer: None, seconds_before: 0.0 });
        }
        let batches = writer.experiment().training.batches;
        Self::from_checkpoint(writer, checkpoint, batches, recordings, observer)
    }

    /// Resumes a run, finished or not, to be trained for another number of batches in all. What it becomes
    /// is the same, bit for bit, as if it had been begun with that number. The folder is changed only if
    /// nothing stands against it.
    ///
    /// # Errors
    /// [`Error::Batches`] if the run was imported, is trained for as many batches already, or would have
    /// been trained otherwise so far; those of [`resume`](Self::resume).
    pub fn resume_to(
        folder: &Path,
        batches: u64,
        recordings: &Recordings,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let writer = RunFolder::open_for_writing(folder)?;
        let checkpoint = writer.latest_checkpoint(&layout(&writer)?)?;
        let trained = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.batch);
        let experiment = writer.experiment();
        let (training, steps) = (&experiment.training, experiment.time.steps);
        let reason = if writer.record().imported.is_some() {
            Some(BatchesReason::Imported)
        } else if batches <= trained {
            Some(BatchesReason::Trained { batches: trained })
        } else {
            training.first_other_batch(trained, batches, steps).map(|batch| {
                let other = TrainingSpec { batches, ..training.clone() };
                let of = |training: &TrainingSpec| {
                    (training.learning_rate_at(batch), training.steps_at(batch, steps))
                };
                BatchesReason::Schedule {
                    batch: batch + 1,
                    trained,
                    was: of(training),
                    would_be: of(&other),
                }
            })
        };
        if let Some(reason) = reason {
            return Err(Error::Batches { folder: folder.to_owned(), batches, reason });
        }
        Self::from_checkpoint(writer, checkpoint, batches, recordings, observer)
    }

    fn from_checkpoint(
        mut writer: RunWriter,
        checkpoint: Option<Checkpoint>,
        batches: u64,
        recordings: &Recordings,
        observer: &dyn Observer,
    ) -> Result<Self, Error> {
        let mut located = recordings.locate(&writer)?;
        located.experiment.training.batches = batches;
        if let Some(to) = &located.moved_to {
            observer.event(&Event::RecordingMoved { run: &writer, to });
        }
        let experiment = located.experiment;
        enough_memory(&experiment)?;
        let network = Network::untrained(&experiment)?;
        let recording = recording_of(&experiment, network.task().as_ref())?;
        let (trainer, seconds_before) = match checkpoint {
            None => (Trainer::of(network), 0.0),
            Some(checkpoint) => {
                let network = with_own_cells(&writer, &checkpoint, network)?;
                let state = TrainerState {
                    batch: checkpoint.batch,
                    parameters: checkpoint.parameters,
                    adam_m: checkpoint.adam_m,
                    adam_v: checkpoint.adam_v,
                };
                (Trainer::resume(network, state).map_err(OpenError::from)?, checkpoint.training_s)
            }
        };
        if batches != writer.experiment().training.batches {
            writer.set_batches(batches)?;
        }
        writer.truncate_metrics_after(trainer.batch())?;
        if writer.record().recording.is_none() {
            remember(&mut writer, recording)?;
        } else {
            keep_recorded(&writer, trainer.network())?;
        }
        Ok(Self { writer, trainer: Some(trainer), seconds_before })
    }

    /// Whether there is nothing left to train, as in an imported network.
    pub fn is_finished(&self) -> bool {
        self.trainer.is_none()
    }

    /// The run folder.
    pub fn writer(&self) -> &RunWriter {
        &self.writer
    }

    /// The current network; none if there is nothing left to train.
    pub fn network(&self) -> Option<&Network> {
        self.trainer.as_ref().map(Trainer::network)
    }

    /// Batches trained so far.
    pub fn batch(&self) -> u64 {
        self.trainer.as_ref().map_or(self.batches(), Trainer::batch)
    }

    /// Batches still to be trained.
    pub fn left(&self) -> u64 {
        self.batches().saturating_sub(self.batch())
    }

    fn batches(&self) -> u64 {
        self.writer.experiment().training.batches
    }

    /// Trains to the last batch on the current rayon pool. If the observer ends training or the
    /// network diverges, the results are saved before the error is returned.
    ///
    /// # Errors
    /// [`Error::Interrupted`], [`Error::Diverged`], or if the folder cannot be written.
    pub fn train(mut self, observer: &dyn Observer) -> Result<RunWriter, Error> {
        let Some(mut trainer) = self.trainer.take() else { return Ok(self.writer) };
        let ended = self.events(&mut trainer, observer);
        observer.event(&Event::Trained);
        ended.map(|()| self.writer)
    }

    fn events(&mut self, trainer: &mut Trainer, observer: &dyn Observer) -> Result<(), Error> {
        let began = Instant::now();
        let before = self.seconds_before;
        let seconds = move || before + began.elapsed().as_secs_f64();
        let unit = trainer.network().task().space().unit();
        let training = self.writer.experiment().training.clone();
        let known = self.writer.record().chance.is_some();
        let chance = (!known).then(|| chance(trainer.network()));
        self.writer.update_record(|record| {
            record.status = Status::Running;
            record.chance = record.chance.or(chance);
            record.threads = rayon::current_num_threads();
        })?;
        let (done, batches) = (trainer.batch(), training.batches);
        observer.event(&Event::Training { done, training: &training, unit });
        let rests = |batch: u64| {
            training.rest_every.is_some_and(|every| batch.is_multiple_of(every) || batch == batches)
        };
        if done == 0 && rests(0) {
            self.emerge(trainer.network(), 0)?;
        }
        let mut train_loss = f64::NAN;
        while let Some(event) = trainer.next() {
            match event {
                training::Event::Batch { batch, train_loss: loss } => {
                    train_loss = loss;
                    observer.event(&Event::Batch { batch, train_loss });
                    let tested = batch.is_multiple_of(training.test_every);
                    if batch.is_multiple_of(LOG_EVERY) && !tested && batch < batches {
                        self.log(batch, loss, None, unit, seconds(), observer)?;
                    }
                    if rests(batch) {
                        self.emerge(trainer.network(), batch)?;
                    }
                }
                training::Event::Test { batch, evaluation } => {
                    observer.event(&Event::Test { batch, train_loss, evaluation });
                    self.log(batch, train_loss, Some(evaluation), unit, seconds(), observer)?;
                }
                training::Event::Checkpoint { .. } => self.save(trainer, seconds())?,
                training::Event::Diverged { batch, train_loss } => {
                    self.writer.update_record(|record| record.status = Status::Diverged)?;
                    let experiment = self.writer.experiment();
                    return Err(Error::Diverged {
                        folder: self.writer.path().to_owned(),
                        batch,
                        train_loss,
                        saved: self.writer.record().batch,
                        learning_rate: experiment.training.learning_rate,
                        sigma: experiment.network.noise.sigma,
                        dt_over_tau: experiment.dt_over_tau(),
                    });
                }
            }
            if !trainer.is_due() && trainer.batch() < batches && observer.cancelled() {
                let batch = trainer.batch();
                self.save(trainer, seconds())?;
                self.writer.update_record(|record| record.status = Status::Interrupted)?;
                return Err(Error::Interrupted { batch, batches });
            }
        }
        let record = self.writer.record();
        if record.parameters_sha256.is_none() || record.batch != trainer.batch() {
            // In a run of zero batches, the untrained network is the result. Alternatively, the
            // process was killed between the last checkpoint and the record, which then names an
            // earlier one.
            self.save(trainer, seconds())?;
        }
        Ok(self.writer.update_record(|record| record.status = Status::Finished)?)
    }

    fn log(
        &mut self,
        batch: u64,
        train_loss: f64,
        test: Option<Evaluation>,
        unit: &str,
        wall_s: f64,
        observer: &dyn Observer,
    ) -> Result<(), Error> {
        let line = MetricsLine {
            batch,
            train_loss,
            test_loss: test.map(|test| test.loss),
            decode_error: test.map(|test| test.decode_error),
            decode_error_unit: test.map(|_| unit.to_owned()),
            wall_s,
        };
        observer.event(&Event::Logged(&line));
        Ok(self.writer.append_metrics(&line)?)
    }

    fn emerge(&self, network: &Network, batch: u64) -> Result<(), Error> {
        let (found, phase) = emergence(network, batch);
        Ok(self.writer.write_emergence(&found, phase.as_ref())?)
    }

    fn save(&mut self, trainer: &Trainer, training_s: f64) -> Result<(), Error> {
        let TrainerState { batch, parameters, adam_m, adam_v } = trainer.state();
        let cells = trainer.network().cells();
        let checkpoint =
            Checkpoint { batch, training_s, adam_step: batch, parameters, adam_m, adam_v, cells };
        let milestones = self.writer.experiment().training.milestones.clone();
        Ok(self.writer.save_checkpoint(&checkpoint, &milestones)?)
    }
}

/// Stores the facts about the recording that a run is trained on.
fn remember(
    writer: &mut RunWriter,
    recording: Option<(RecordingRecord, RecordedPath)>,
) -> Result<(), Error> {
    let Some((record, path)) = recording else { return Ok(()) };
    writer.update_record(|run| run.recording = Some(record))?;
    Ok(writer.write_recorded(&path)?)
}

/// Names and shapes of a run's parameters. They do not depend on its recording.
pub(super) fn layout(run: &RunFolder) -> Result<Arc<Layout>, Error> {
    let experiment = run.experiment();
    let task = task::build_without_motion(experiment, Region::centred(&[1.0, 1.0]).ok())?;
    Ok(network::layout(experiment, task.as_ref()))
}

fn is_finished(run: &RunFolder, checkpoint: Option<&Checkpoint>) -> bool {
    let batch = checkpoint.map_or(0, |checkpoint| checkpoint.batch);
    let record = run.record();
    let trained = record.status == Status::Finished && batch >= run.experiment().training.batches;
    checkpoint.is_some() && (record.imported.is_some() || trained)
}

/// Fails if an experiment needs more memory than this machine has free.
///
/// # Errors
/// [`Error::Memory`].
pub fn enough_memory(experiment: &Experiment) -> Result<(), Error> {
    let Some(free_bytes) = available_memory_bytes() else { return Ok(()) };
    let needed_bytes = experiment.estimated_memory_bytes();
    if needed_bytes <= free_bytes {
        return Ok(());
    }
    Err(Error::Memory { needed_bytes, free_bytes })
}
