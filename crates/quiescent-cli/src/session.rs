//! One session of training: the trainer's events into a run folder, until done or stopped.

use crate::failure::Failure;
use crate::interrupt;
use crate::progress::{Progress, Share};
use crate::recordings::Recordings;
use crate::tensorboard::{End, EventLog};
use quiescent::experiment::Experiment;
use quiescent::network::{self, Layout, Network};
use quiescent::run::{
    Checkpoint, MetricsLine, RecordedPath, RecordingRecord, RunFolder, RunWriter, Status,
};
use quiescent::space::Region;
use quiescent::task;
use quiescent::training::{Evaluation, Event, Trainer, TrainerState};
use quiescent::workflow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// Batches between two lines of the metrics log (tested batches always get one).
const LOG_EVERY: u64 = 10;

/// A run under training.
pub(crate) struct Session {
    writer: RunWriter,
    /// None if there is nothing left to train.
    trainer: Option<Trainer>,
    seconds_before: f64,
    threads: usize,
    events: Option<EventLog>,
}

impl Session {
    /// Begins a new run in a new or empty folder.
    pub(crate) fn begin(
        experiment: &Experiment,
        folder: &Path,
        threads: usize,
    ) -> Result<Self, Failure> {
        // The task first: a bad recording must not leave a folder behind.
        enough_memory(experiment)?;
        let trainer = Trainer::new(experiment)?;
        let recording = workflow::recording_of(experiment, trainer.network().task().as_ref())?;
        let mut writer = RunFolder::create(folder, experiment)?;
        remember(&mut writer, recording)?;
        Ok(Self { writer, trainer: Some(trainer), seconds_before: 0.0, threads, events: None })
    }

    /// Goes on with a run from its latest checkpoint, or from the start if it has none yet.
    pub(crate) fn resume(
        folder: &Path,
        threads: usize,
        recordings: &Recordings,
    ) -> Result<Self, Failure> {
        let mut writer = RunFolder::open_for_writing(folder)?;
        let checkpoint = writer.latest_checkpoint(&layout(&writer)?)?;
        if is_finished(&writer, checkpoint.as_ref()) {
            return Ok(Self { writer, trainer: None, seconds_before: 0.0, threads, events: None });
        }
        let experiment = recordings.locate(&writer)?;
        enough_memory(&experiment)?;
        let network = Network::untrained(&experiment)?;
        let recording = workflow::recording_of(&experiment, network.task().as_ref())?;
        let (trainer, seconds_before) = match checkpoint {
            None => (Trainer::new(&experiment)?, 0.0),
            Some(checkpoint) => {
                let network = workflow::with_own_cells(&writer, &checkpoint, network)?;
                let state = TrainerState {
                    batch: checkpoint.batch,
                    parameters: checkpoint.parameters,
                    adam_m: checkpoint.adam_m,
                    adam_v: checkpoint.adam_v,
                };
                (Trainer::resume_network(network, state), checkpoint.training_s)
            }
        };
        writer.truncate_metrics_after(trainer.batch())?;
        if writer.record().recording.is_none() {
            remember(&mut writer, recording)?;
        } else {
            workflow::keep_recorded(&writer, trainer.network())?;
        }
        Ok(Self { writer, trainer: Some(trainer), seconds_before, threads, events: None })
    }

    /// Whether there is nothing left to train: an imported network was trained elsewhere.
    pub(crate) fn is_finished(&self) -> bool {
        self.trainer.is_none()
    }

    fn batches(&self) -> u64 {
        self.writer.experiment().training.batches
    }

    /// The run folder.
    pub(crate) fn writer(&self) -> &RunWriter {
        &self.writer
    }

    /// What the recording was found to hold, if the run is trained on one.
    pub(crate) fn recording_report(&self) -> Option<String> {
        self.trainer.as_ref()?.network().task().recording().map(ToString::to_string)
    }

    /// Batches still to be trained.
    pub(crate) fn left(&self) -> u64 {
        self.trainer.as_ref().map_or(0, |trainer| self.batches().saturating_sub(trainer.batch()))
    }

    /// Also writes what the metrics log holds as events for TensorBoard.
    pub(crate) fn write_events(&mut self, mut events: EventLog) -> Result<(), Failure> {
        let batch = self.trainer.as_ref().map_or(self.batches(), Trainer::batch);
        events.begin(self.writer.experiment(), batch)?;
        self.events = Some(events);
        Ok(())
    }

    /// Trains to the last batch; `go_on` is the command that goes on after a stop, `share` the run's
    /// place among others. On a signal or a divergence everything worth keeping is saved before the
    /// failure is returned.
    pub(crate) fn train(
        mut self,
        label: &str,
        go_on: &str,
        share: Option<Share<'_>>,
    ) -> Result<RunWriter, Failure> {
        let Some(mut trainer) = self.trainer.take() else { return Ok(self.writer) };
        let _listening = interrupt::listen()?;
        let began = Instant::now();
        let before = self.seconds_before;
        let seconds = move || before + began.elapsed().as_secs_f64();
        let (threads, unit) = (self.threads, trainer.network().task().space().unit());
        let training = self.writer.experiment().training.clone();
        self.writer.update_record(|record| {
            record.status = Status::Running;
            record.threads = threads;
        })?;
        let mut progress = Progress::begin(label, unit, trainer.batch(), training.batches, share);
        let mut train_loss = f64::NAN;
        while let Some(event) = trainer.next() {
            match event {
                Event::Batch { batch, train_loss: loss } => {
                    train_loss = loss;
                    progress.batch(batch, loss);
                    let tested = batch.is_multiple_of(training.test_every);
                    if batch.is_multiple_of(LOG_EVERY) && !tested && batch < training.batches {
                        self.log(batch, loss, None, unit, seconds())?;
                    }
                }
                Event::Test { batch, evaluation } => {
                    progress.test(batch, evaluation);
                    self.log(batch, train_loss, Some(evaluation), unit, seconds())?;
                }
                Event::Checkpoint { .. } => self.save(&trainer, seconds())?,
                Event::Diverged { batch, train_loss } => {
                    progress.end();
                    self.end_events(End::Diverged);
                    self.writer.update_record(|record| record.status = Status::Diverged)?;
                    return Err(self.diverged(batch, train_loss));
                }
            }
            if interrupt::requested() && !trainer.is_due() {
                progress.end();
                let batch = trainer.batch();
                if batch < training.batches {
                    self.save(&trainer, seconds())?;
                    self.writer.update_record(|record| record.status = Status::Interrupted)?;
                    return Err(Failure::Interrupted(format!(
                        "a checkpoint at batch {batch} of {} was saved; go on with: {go_on}",
                        training.batches,
                    )));
                }
            }
        }
        progress.end();
        let record = self.writer.record();
        if record.parameters_sha256.is_none() || record.batch != trainer.batch() {
            // A run of no batches: the untrained network itself is the result. Or a process was
            // killed between the last checkpoint and the record, which tells of an earlier one.
            self.save(&trainer, seconds())?;
        }
        self.end_events(End::Finished);
        self.writer.update_record(|record| record.status = Status::Finished)?;
        Ok(self.writer)
    }

    fn log(
        &mut self,
        batch: u64,
        train_loss: f64,
        test: Option<Evaluation>,
        unit: &str,
        wall_s: f64,
    ) -> Result<(), Failure> {
        let line = MetricsLine {
            batch,
            train_loss,
            test_loss: test.map(|test| test.loss),
            decode_error: test.map(|test| test.decode_error),
            decode_error_unit: test.map(|_| unit.to_owned()),
            wall_s,
        };
        if let Some(events) = &mut self.events {
            events.metrics(&line);
        }
        Ok(self.writer.append_metrics(&line)?)
    }

    fn end_events(&mut self, end: End) {
        if let Some(events) = &mut self.events {
            events.end(end);
        }
    }

    fn save(&mut self, trainer: &Trainer, training_s: f64) -> Result<(), Failure> {
        let TrainerState { batch, parameters, adam_m, adam_v } = trainer.state();
        let cells = trainer.network().cells();
        let checkpoint =
            Checkpoint { batch, training_s, adam_step: batch, parameters, adam_m, adam_v, cells };
        let milestones = self.writer.experiment().training.milestones.clone();
        Ok(self.writer.save_checkpoint(&checkpoint, &milestones)?)
    }

    fn diverged(&self, batch: u64, train_loss: f64) -> Failure {
        let experiment = self.writer.experiment();
        let kept = match self.writer.record().batch {
            0 => "no checkpoint had been saved yet".to_owned(),
            saved => format!("the checkpoint at batch {saved} is kept"),
        };
        Failure::Diverged(format!(
            "training diverged at batch {batch}: its loss is {train_loss} or its gradient is not \
             finite; {kept} in {}. Try a smaller training.learning_rate (now {}), a smaller \
             network.noise.sigma (now {}), or a smaller time.dt_s/network.tau_s (now {}), with a \
             new --out folder",
            self.writer.path().display(),
            experiment.training.learning_rate,
            experiment.network.noise.sigma,
            experiment.dt_over_tau(),
        ))
    }
}

/// Keeps what was found in the recording that a run is trained on.
fn remember(
    writer: &mut RunWriter,
    recording: Option<(RecordingRecord, RecordedPath)>,
) -> Result<(), Failure> {
    let Some((record, path)) = recording else { return Ok(()) };
    writer.update_record(|run| run.recording = Some(record))?;
    Ok(writer.write_recorded(&path)?)
}

/// Names and shapes of a run's parameters, which do not depend on its recording.
fn layout(run: &RunFolder) -> Result<Arc<Layout>, Failure> {
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

/// Refuses an experiment that this machine's free memory does not hold.
pub(crate) fn enough_memory(experiment: &Experiment) -> Result<(), Failure> {
    let Some(free) = quiescent::memory::available_memory_bytes() else { return Ok(()) };
    let needed = experiment.estimated_memory_bytes();
    if needed <= free {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "training would need about {:.1} GB of memory and {:.1} GB are free: choose a smaller \
         network.units, training.trials, time.steps or task.cells.count",
        needed as f64 * 1e-9,
        free as f64 * 1e-9
    )))
}
