//! Ctrl-C and SIGTERM: while training, the first asks for a checkpoint and an orderly end, the
//! second ends at once; at any other time the first does.

use super::failure::Failure;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
/// Runs under training: several at once in `reproduce --jobs`.
static TRAINING: AtomicUsize = AtomicUsize::new(0);

/// Whether further signals count as the first one.
static PATIENT: AtomicBool = AtomicBool::new(false);

/// While this lives, a signal asks for an orderly end.
pub(crate) struct Listening(());

impl Drop for Listening {
    fn drop(&mut self) {
        TRAINING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Begins to listen for signals.
pub(crate) fn listen() -> Result<Listening, Failure> {
    static HANDLER: OnceLock<Result<(), String>> = OnceLock::new();
    let result = HANDLER.get_or_init(|| {
        ctrlc::set_handler(|| {
            let first = SIGNALS.fetch_add(1, Ordering::SeqCst) == 0;
            let second = !first && !PATIENT.load(Ordering::SeqCst);
            if second || TRAINING.load(Ordering::SeqCst) == 0 {
                // Every file is replaced as a whole, so leaving at any moment is safe.
                std::process::exit(130);
            }
        })
        .map_err(|error| error.to_string())
    });
    TRAINING.fetch_add(1, Ordering::SeqCst);
    let listening = Listening(());
    match result {
        Ok(()) => Ok(listening),
        Err(error) => Err(Failure::Data(format!("cannot listen for Ctrl-C: {error}"))),
    }
}

/// Whether the user has asked to stop.
pub(crate) fn requested() -> bool {
    SIGNALS.load(Ordering::SeqCst) > 0
}

/// From now on no second signal ends training before everything is saved: where a scheduler sends
/// several, and kills what takes too long.
pub(crate) fn be_patient() {
    PATIENT.store(true, Ordering::SeqCst);
}

/// Asks for an orderly end, as a signal does.
pub(crate) fn request() {
    SIGNALS.fetch_add(1, Ordering::SeqCst);
    if TRAINING.load(Ordering::SeqCst) == 0 {
        std::process::exit(130);
    }
}
