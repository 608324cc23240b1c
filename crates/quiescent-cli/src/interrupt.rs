//! Ctrl-C and SIGTERM: the first asks for a checkpoint and an orderly end, the second ends at once.

use crate::failure::Failure;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);

/// Begins to listen for signals.
pub(crate) fn listen() -> Result<(), Failure> {
    static LISTENING: OnceLock<Result<(), String>> = OnceLock::new();
    let result = LISTENING.get_or_init(|| {
        ctrlc::set_handler(|| {
            if SIGNALS.fetch_add(1, Ordering::SeqCst) > 0 {
                // Every file is replaced as a whole, so leaving at any moment is safe.
                std::process::exit(130);
            }
        })
        .map_err(|error| error.to_string())
    });
    result.clone().map_err(|error| Failure::Data(format!("cannot listen for Ctrl-C: {error}")))
}

/// Whether the user has asked to stop.
pub(crate) fn requested() -> bool {
    SIGNALS.load(Ordering::SeqCst) > 0
}
