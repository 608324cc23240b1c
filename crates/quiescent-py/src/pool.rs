//! The threads on which all work runs.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::errors::Kind;

static POOL: Mutex<Option<Arc<ThreadPool>>> = Mutex::new(None);

/// The pool, which is made when work first needs it.
pub(crate) fn pool() -> PyResult<Arc<ThreadPool>> {
    let mut pool = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = &*pool {
        return Ok(Arc::clone(pool));
    }
    let made = build(0)?;
    Ok(Arc::clone(pool.insert(made)))
}

fn build(threads: usize) -> PyResult<Arc<ThreadPool>> {
    let made = ThreadPoolBuilder::new().num_threads(threads).build();
    made.map(Arc::new).map_err(|error| Kind::Memory.raise(format!("cannot start threads: {error}")))
}

/// Number of threads that work runs on.
#[pyfunction]
pub(crate) fn threads() -> PyResult<usize> {
    Ok(pool()?.current_num_threads())
}

/// Lets work that begins from now on run on this many threads; on all cores if 0.
#[pyfunction]
pub(crate) fn set_threads(number: usize) -> PyResult<()> {
    let made = build(number)?;
    *POOL.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
    Ok(())
}

/// Forgets the pool in a forked process, which has none of its threads.
#[pyfunction]
pub(crate) fn after_fork() {
    if let Ok(mut pool) = POOL.try_lock()
        && let Some(pool) = pool.take()
    {
        // To drop it would be to wait for threads that are not there.
        std::mem::forget(pool);
    }
}
