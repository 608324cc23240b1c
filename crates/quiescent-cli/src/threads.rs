//! The thread pool of a command.

use crate::failure::Failure;
use std::num::NonZeroUsize;

/// Runs `work` on a pool of `threads` threads (all cores if none are named).
pub(crate) fn with<R: Send>(
    threads: Option<NonZeroUsize>,
    work: impl FnOnce(usize) -> Result<R, Failure> + Send,
) -> Result<R, Failure> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .build()
        .map_err(|error| Failure::Data(format!("cannot start worker threads: {error}")))?;
    let count = pool.current_num_threads();
    pool.install(|| work(count))
}
