//! One session of training: the trainer's events into a run folder, until done or stopped.

use crate::failure::Failure;
use crate::interrupt;
use crate::progress::Progress;
use ndarray::Array2;
use quiescent::experiment::Experiment;
use quiescent::network::{Network, layout};
use quiescent::run::{Checkpoint, MetricsLine, RunFolder, RunWriter, Status};
use quiescent::task;
use quiescent::training::{Evaluation, Event, Trainer, TrainerState};
use std::path::Path;
use std::time::Instant;

/// Batches between two lines of the metrics log (tested batches always get one).
const LOG_EVERY: u64 = 10;

/// A run under training.
pub(crate) struct Session {
    writer: RunWriter,
    trainer: Trainer,
    seconds_before: f64,
    threads: usize,
}

impl Session {
    /// Begins a new run in a new or empty folder.
    pub(crate) fn begin(
        experiment: &Experiment,
        folder: &Path,
        threads: usize,
    ) -> Result<Self, Failure> {
        // The task first: a bad recording must not leave a folder behind.
        let trainer = Trainer::new(experiment)?;
        let writer = RunFolder::create(folder, experiment)?;
        Ok(Self { writer, trainer, seconds_before: 0.0, threads })
    }

    /// Goes on with a run from its latest checkpoint, or from the start if it has none yet.
    pub(crate) fn resume(folder: &Path, threads: usize) -> Result<Self, Failure> {
        let mut writer = RunFolder::open_for_writing(folder)?;
        let experiment = writer.experiment().clone();
        let task = task::build(&experiment)?;
        let checkpoint = writer.latest_checkpoint(&layout(&experiment, task.as_ref()))?;
        let (trainer, seconds_before) = match checkpoint {
            None => (Trainer::new(&experiment)?, 0.0),
            Some(checkpoint) => {
                let state = TrainerState {
                    batch: checkpoint.batch,
                    parameters: checkpoint.parameters,
                    adam_m: checkpoint.adam_m,
                    adam_v: checkpoint.adam_v,
                };
                (Trainer::resume(&experiment, state)?, checkpoint.training_s)
            }
        };
        writer.truncate_metrics_after(trainer.batch())?;
        Ok(Self { writer, trainer, seconds_before, threads })
    }

    /// The run folder.
    pub(crate) fn writer(&self) -> &RunWriter {
        &self.writer
    }

    /// What the recording was found to hold, if the run is trained on one.
    pub(crate) fn recording_report(&self) -> Option<String> {
        self.trainer.network().task().recording().map(ToString::to_string)
    }

    /// Trains to the last batch. On a signal or a divergence everything worth keeping is saved
    /// before the failure is returned.
    pub(crate) fn train(mut self, label: &str) -> Result<RunWriter, Failure> {
        if self.writer.record().status == Status::Finished {
            return Ok(self.writer);
        }
        interrupt::listen()?;
        let began = Instant::now();
        let before = self.seconds_before;
        let seconds = move || before + began.elapsed().as_secs_f64();
        let (threads, unit) = (self.threads, self.trainer.network().task().unit());
        let training = self.writer.experiment().training.clone();
        self.writer.update_record(|record| {
            record.status = Status::Running;
            record.threads = threads;
        })?;
        let mut progress = Progress::begin(label, unit, self.trainer.batch(), training.batches);
        let mut train_loss = f64::NAN;
        while let Some(event) = self.trainer.next() {
            match event {
                Event::Batch { batch, train_loss: loss } => {
                    train_loss = loss;
                    progress.batch(batch, loss);
                    let tested = batch.is_multiple_of(training.test_every);
                    if batch.is_multiple_of(LOG_EVERY) && !tested && batch < training.batches {
                        self.log(batch, loss, None, seconds())?;
                    }
                }
                Event::Test { batch, evaluation } => {
                    progress.test(batch, evaluation);
                    self.log(batch, train_loss, Some(evaluation), seconds())?;
                }
                Event::Checkpoint { .. } => self.save(seconds())?,
                Event::Diverged { batch, train_loss } => {
                    progress.end();
                    self.writer.update_record(|record| record.status = Status::Diverged)?;
                    return Err(self.diverged(batch, train_loss));
                }
            }
            if interrupt::requested() && !self.trainer.is_due() {
                progress.end();
                let batch = self.trainer.batch();
                if batch < training.batches {
                    self.save(seconds())?;
                    self.writer.update_record(|record| record.status = Status::Interrupted)?;
                    return Err(Failure::Interrupted(format!(
                        "a checkpoint at batch {batch} of {} was saved; go on with: quiescent \
                         train --resume --out {}",
                        training.batches,
                        self.writer.path().display()
                    )));
                }
            }
        }
        progress.end();
        self.writer.update_record(|record| record.status = Status::Finished)?;
        Ok(self.writer)
    }

    fn log(
        &mut self,
        batch: u64,
        train_loss: f64,
        test: Option<Evaluation>,
        wall_s: f64,
    ) -> Result<(), Failure> {
        let unit = self.trainer.network().task().unit();
        Ok(self.writer.append_metrics(&MetricsLine {
            batch,
            train_loss,
            test_loss: test.map(|test| test.loss),
            decode_error: test.map(|test| test.decode_error),
            decode_error_unit: test.map(|_| unit.to_owned()),
            wall_s,
        })?)
    }

    fn save(&mut self, training_s: f64) -> Result<(), Failure> {
        let TrainerState { batch, parameters, adam_m, adam_v } = self.trainer.state();
        let cells = preferred(self.trainer.network());
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

/// Preferred stimuli of the target cells, `[cell, dim]`.
fn preferred(network: &Network) -> Array2<f32> {
    let (values, dim) = (network.task().preferred(), network.task().stimulus_dim());
    // The slice holds whole rows, so the shape always fits.
    Array2::from_shape_vec((values.len() / dim, dim), values.to_vec()).unwrap_or_default()
}
