//! Progress of training: a bar on a terminal, plain lines elsewhere.

use crate::output::{complain, duration};
use indicatif::{ProgressBar, ProgressStyle};
use quiescent::training::Evaluation;
use std::io::IsTerminal;
use std::time::Instant;

/// Shows how one training run comes along, on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    label: String,
    unit: &'static str,
    total: u64,
    first: u64,
    began: Instant,
    last_test: Option<Evaluation>,
}

impl Progress {
    /// Begins at `done` of `total` batches; `unit` is that of the decoding error.
    pub(crate) fn begin(label: &str, unit: &'static str, done: u64, total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(total).with_position(done).with_prefix(label.to_owned());
            let template = "{prefix} [{bar:28}] {pos}/{len}  {msg}  {per_sec}  {eta} left";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.reset_eta();
            bar
        });
        Self {
            bar,
            label: label.to_owned(),
            unit,
            total,
            first: done,
            began: Instant::now(),
            last_test: None,
        }
    }

    /// A batch was trained.
    pub(crate) fn batch(&self, batch: u64, train_loss: f64) {
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
        let rate = (batch - self.first) as f64 / self.began.elapsed().as_secs_f64();
        let left = (self.total - batch) as f64 / rate;
        complain(&format!(
            "{}: batch {batch}/{}, test loss {:.4e}, error {:.3} {}, {rate:.1} batches/s, {} left",
            self.label,
            self.total,
            evaluation.loss,
            evaluation.decode_error,
            self.unit,
            duration(left),
        ));
    }

    /// Training ended or was stopped.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish();
        }
    }
}
