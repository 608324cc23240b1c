//! Ctrl-C and SIGTERM: while training, the first asks for a checkpoint and an orderly end, the
//! second ends at once; at any other time the first does.

use super::failure::Failure;
use super::output::complain;
use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

static SIGNALS: AtomicUsize = AtomicUsize::new(0);
/// Runs under training: several at once in `reproduce --jobs`.
static TRAINING: AtomicUsize = AtomicUsize::new(0);

/// Whether further signals count as the first one.
static PATIENT: AtomicBool = AtomicBool::new(false);

/// What is said when a signal ends the program.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

/// While this lives, a signal that ends the program at once says what is kept.
pub(crate) struct LastWords(());

impl LastWords {
    /// Begins with these words.
    pub(crate) fn new(words: String) -> Self {
        let last = Self(());
        last.set(words);
        last
    }

    /// Changes them.
    pub(crate) fn set(&self, words: String) {
        *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = words;
    }
}

impl Drop for LastWords {
    fn drop(&mut self) {
        self.set(String::new());
    }
}

/// Ends the program. Every file is replaced as a whole, so this is safe at any moment.
fn leave() -> ! {
    let words = LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    let words =
        if words.is_empty() { "stopped; every file that was written is whole" } else { &words };
    // Below a bar that is not finished.
    let below = if std::io::stderr().is_terminal() { "\n" } else { "" };
    complain(&format!("{below}{words}"));
    quiescent::run::release_locks();
    std::process::exit(130)
}

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
                leave();
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

/// From now on a signal ends the program in this way instead of killing it.
pub(crate) fn install() -> Result<(), Failure> {
    listen().map(drop)
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
        leave();
    }
}
