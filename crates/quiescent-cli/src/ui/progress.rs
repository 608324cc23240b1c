//! Progress of training: a bar on a terminal, plain lines elsewhere.

use super::output::{complain, duration};
use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};
use quiescent::experiment::TrainingSpec;
use quiescent::training::Evaluation;
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How far a command with many parts has come. Parts are weighed by the seconds that they were
/// estimated to take.
#[derive(Debug)]
pub(crate) struct Overall {
    estimated_s: f64,
    done_s: Mutex<f64>,
    began: Instant,
    bars: Option<(MultiProgress, ProgressBar)>,
}

impl Overall {
    /// Begins; `estimated_s` is all that is to be done now, in seconds.
    pub(crate) fn begin(estimated_s: f64) -> Self {
        let bars = std::io::stderr().is_terminal().then(|| {
            let bars = MultiProgress::new();
            let bar = bars.add(ProgressBar::new(1000).with_prefix("all"));
            if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:28}] {msg}") {
                bar.set_style(style.progress_chars("=> "));
            }
            (bars, bar)
        });
        Self { estimated_s, done_s: Mutex::new(0.0), began: Instant::now(), bars }
    }

    /// A part that was estimated to take `seconds` is done.
    pub(crate) fn done(&self, seconds: f64) {
        // A thread that panicked while holding the number left it whole.
        *self.done_s.lock().unwrap_or_else(PoisonError::into_inner) += seconds;
        if let Some((_, bar)) = &self.bars {
            bar.set_position((1000.0 * self.fraction()) as u64);
            bar.set_message(self.describe());
        }
    }

    fn fraction(&self) -> f64 {
        let done = *self.done_s.lock().unwrap_or_else(PoisonError::into_inner);
        (done / self.estimated_s.max(1e-9)).min(1.0)
    }

    /// `34 % done, 12 min 03 s left`.
    pub(crate) fn describe(&self) -> String {
        let fraction = self.fraction();
        let elapsed_s = self.began.elapsed().as_secs_f64();
        // The first estimate counts until what was done says more.
        let left_s = if fraction < 0.02 {
            self.estimated_s * (1.0 - fraction)
        } else {
            elapsed_s * (1.0 - fraction) / fraction
        };
        format!("{:.0} % done, {} left", 100.0 * fraction, duration(left_s))
    }

    /// A line about what goes on, and how far all has come.
    pub(crate) fn say_with_all(&self, line: &str) {
        self.say(&format!("{line}; all: {}", self.describe()));
    }

    /// The same where no bar shows how far all has come.
    pub(crate) fn say_without_bar(&self, line: &str) {
        if self.bars.is_none() {
            self.say_with_all(line);
        }
    }

    /// A line about what goes on, above the bars if there are any.
    pub(crate) fn say(&self, line: &str) {
        match &self.bars {
            Some((bars, _)) => {
                let _ = bars.println(line);
            }
            None => complain(line),
        }
    }
}

impl Drop for Overall {
    fn drop(&mut self) {
        if let Some((_, bar)) = &self.bars {
            bar.finish_and_clear();
        }
    }
}

/// Where a training run stands among others: the whole, and the seconds that a batch of whole trials
/// weighs.
pub(crate) type Share<'a> = (&'a Overall, f64);

/// Shows how one training run comes along, on standard error.
#[derive(Debug)]
pub(crate) struct Progress<'a> {
    share: Option<Share<'a>>,
    bar: Option<ProgressBar>,
    label: String,
    unit: &'static str,
    training: TrainingSpec,
    first: u64,
    began: Instant,
    last_test: Option<Evaluation>,
}

impl<'a> Progress<'a> {
    /// Begins after `done` batches; `unit` is that of the decoding error.
    pub(crate) fn begin(
        label: &str,
        unit: &'static str,
        done: u64,
        training: &TrainingSpec,
        share: Option<Share<'a>>,
    ) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(training.batches).with_position(done);
            let bar = bar.with_prefix(label.to_owned());
            let template = "{prefix} [{bar:28}] {pos}/{len}  {msg}  {rate}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                let training = training.clone();
                let rate = move |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                    // Nothing is known before the first batch.
                    if state.pos() > done {
                        let left = left_s(&training, done, state.pos(), state.elapsed());
                        let (rate, left) = (state.per_sec(), duration(left));
                        let _ = write!(out, "{rate:.1} batches/s  {left} left");
                    }
                };
                bar.set_style(style.progress_chars("=> ").with_key("rate", rate));
            }
            bar.reset_eta();
            match share {
                Some((Overall { bars: Some((bars, last)), .. }, _)) => {
                    bars.insert_before(last, bar)
                }
                _ => bar,
            }
        });
        Self {
            share,
            bar,
            label: label.to_owned(),
            unit,
            training: training.clone(),
            first: done,
            began: Instant::now(),
            last_test: None,
        }
    }

    /// A batch was trained.
    pub(crate) fn batch(&self, batch: u64, train_loss: f64) {
        if let Some((overall, batch_s)) = self.share {
            overall.done(batch_s * self.training.whole_batches(batch - 1..batch));
        }
        let Some(bar) = &self.bar else { return };
        let error = self
            .last_test
            .map(|test| format!("  error {:.3} {}", test.decode_error, self.unit))
            .unwrap_or_default();
        bar.set_message(format!("loss {train_loss:.3e}{error}"));
        bar.set_position(batch);
    }

    /// The network was tested.
    pub(crate) fn test(&mut self, batch: u64, evaluation: Evaluation) {
        self.last_test = Some(evaluation);
        if self.bar.is_some() {
            return;
        }
        let elapsed = self.began.elapsed();
        let rate = (batch - self.first) as f64 / elapsed.as_secs_f64();
        let all = self
            .share
            .map(|(overall, _)| format!("; all: {}", overall.describe()))
            .unwrap_or_default();
        complain(&format!(
            "{}: batch {batch}/{}, test loss {:.4e}, error {:.3} {}, {rate:.1} batches/s, {} \
             left{all}",
            self.label,
            self.training.batches,
            evaluation.loss,
            evaluation.decode_error,
            self.unit,
            duration(left_s(&self.training, self.first, batch, elapsed)),
        ));
    }

    /// Training ended or was stopped.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            if self.share.is_some() {
                bar.finish_and_clear();
            } else {
                bar.finish();
            }
        }
    }
}

/// Seconds until training ends, if batches `first` to `batch` took `elapsed`. Batches whose trials
/// still grow take less than those that follow.
fn left_s(training: &TrainingSpec, first: u64, batch: u64, elapsed: Duration) -> f64 {
    let left = training.whole_batches(batch..training.batches);
    elapsed.as_secs_f64() * left / training.whole_batches(first..batch)
}
