//! Long work without the interpreter's lock, which Ctrl-C or a callback that raises can end.

use std::ops::{ControlFlow, Range};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::PyDict;
use quiescent::simulate::{self, Block};
use quiescent::workflow::{self, Event};

use crate::pool::pool;

/// How often the calling thread looks for signals.
const LOOK: Duration = Duration::from_millis(50);
/// Shortest time between two reports of batches.
const BATCHES: Duration = Duration::from_millis(100);

/// What the work tells its caller.
pub(crate) enum Message {
    Training {
        done: u64,
        batches: u64,
        unit: &'static str,
    },
    Batch {
        batch: u64,
        train_loss: f64,
    },
    Logged(quiescent::run::MetricsLine),
    Phase {
        event: &'static str,
        run: PathBuf,
        phase: Option<String>,
    },
    Examining {
        done: f64,
    },
    /// What was left out of a recording, and why.
    Recording {
        report: String,
    },
    Done,
}

impl Message {
    /// As a dictionary with the key `event`.
    pub(crate) fn dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        match self {
            Self::Training { done, batches, unit } => {
                dict.set_item("event", "training")?;
                dict.set_item("batch", done)?;
                dict.set_item("batches", batches)?;
                dict.set_item("decode_error_unit", unit)?;
            }
            Self::Batch { batch, train_loss } => {
                dict.set_item("event", "batch")?;
                dict.set_item("batch", batch)?;
                dict.set_item("train_loss", train_loss)?;
            }
            Self::Logged(line) => {
                dict.set_item("event", "logged")?;
                dict.update(pythonize::pythonize(py, line)?.cast::<PyDict>()?.as_mapping())?;
            }
            Self::Phase { event, run, phase } => {
                dict.set_item("event", event)?;
                dict.set_item("run", run)?;
                dict.set_item("phase", phase)?;
            }
            Self::Examining { done } => {
                dict.set_item("event", "examining")?;
                dict.set_item("done", done)?;
            }
            Self::Recording { report } => {
                dict.set_item("event", "recording")?;
                dict.set_item("report", report)?;
            }
            Self::Done => dict.set_item("event", "done")?,
        }
        Ok(dict)
    }
}

/// Follows the work and passes what happens to the calling thread.
pub(crate) struct Watch {
    cancelled: AtomicBool,
    sender: Sender<Message>,
    last_batch: Mutex<Instant>,
}

impl Watch {
    /// Tells how much of an examination is done.
    pub(crate) fn examining(&self, done: f64) {
        self.send(Message::Examining { done });
    }

    /// Tells what the library says of a recording.
    pub(crate) fn recording(&self, report: String) {
        self.send(Message::Recording { report });
    }

    fn send(&self, message: Message) {
        // Nobody listens once the calling thread has ended the work.
        let _ = self.sender.send(message);
    }
}

impl workflow::Observer for Watch {
    fn event(&self, event: &Event<'_>) {
        let phase = |event, run: &quiescent::run::RunFolder, phase: Option<&str>| {
            let (run, phase) = (run.path().to_owned(), phase.map(str::to_owned));
            self.send(Message::Phase { event, run, phase });
        };
        match *event {
            Event::Training { done, training, unit } => {
                self.send(Message::Training { done, batches: training.batches, unit });
            }
            Event::Batch { batch, train_loss } => {
                let Ok(mut last) = self.last_batch.lock() else { return };
                if last.elapsed() >= BATCHES {
                    *last = Instant::now();
                    self.send(Message::Batch { batch, train_loss });
                }
            }
            Event::Logged(line) => self.send(Message::Logged(line.clone())),
            Event::Simulating { run, phase: name } => phase("simulating", run, Some(name)),
            Event::Measuring { run } => phase("measuring", run, None),
            Event::Examining { done, .. } => self.send(Message::Examining { done }),
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl simulate::Observer for Watch {
    type Shard = ();

    fn begin(&self, _: Range<usize>) {}

    fn block(&self, (): &mut (), _: &Block<'_>) -> ControlFlow<()> {
        match workflow::Observer::cancelled(self) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }
}

/// Runs work on the pool without the interpreter's lock. The calling thread passes on what happens and looks
/// for signals; if a signal or `on` raises, the work is told to end, and that exception is returned once
/// it has.
pub(crate) fn run<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Watch) -> T + Send,
    on: impl Fn(Python<'_>, &Message) -> PyResult<()> + Send,
) -> PyResult<T> {
    let pool = pool()?;
    let (sender, receiver) = mpsc::channel();
    let cancelled = AtomicBool::new(false);
    let watch = Watch { cancelled, sender, last_batch: Mutex::new(Instant::now()) };
    py.detach(move || {
        thread::scope(|scope| {
            let watch = &watch;
            let worker = scope.spawn(move || {
                let _done = Done(watch);
                pool.install(|| work(watch))
            });
            let mut raised = None;
            loop {
                let message = match receiver.recv_timeout(LOOK) {
                    Ok(Message::Done) | Err(RecvTimeoutError::Disconnected) => break,
                    Ok(message) => Some(message),
                    Err(RecvTimeoutError::Timeout) => None,
                };
                if raised.is_some() {
                    continue;
                }
                let seen = Python::attach(|py| {
                    py.check_signals()?;
                    message.map_or(Ok(()), |message| on(py, &message))
                });
                if let Err(error) = seen {
                    watch.cancelled.store(true, Ordering::Relaxed);
                    raised = Some(error);
                }
            }
            match worker.join() {
                Ok(result) => raised.map_or(Ok(result), Err),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    })
}

/// Says that the work is done, also if it panicked.
struct Done<'a>(&'a Watch);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.send(Message::Done);
    }
}

/// [`run`] for work that tells nothing.
pub(crate) fn run_silently<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&Watch) -> T + Send,
) -> PyResult<T> {
    run(py, work, |_, _| Ok(()))
}
