//! One writer per run folder, also where several machines share it.
//!
//! The lock is the file `lock`, which only one process can create: file systems keep that promise
//! across machines where they do not keep locks on open files. Since a file outlives its process,
//! its holder touches it every 15 s, and others may take it over when the holder is known to have
//! ended or has been silent for 120 s.
//!
//! A lock is taken over in a critical section of its own, the file `lock.takeover`: whoever created
//! it looks at the lock again, and replaces it by renaming only if it is the very one that was
//! found stale. What no such scheme can exclude is a process that is suspended at the wrong moment
//! and resumes minutes later: between that second look and the renaming, or while it holds a lock
//! that others have come to consider dead. Therefore every write first checks that the lock is still
//! the writer's own. There is one lock file at a time, so at most one writer passes, and a writer that
//! lost the lock stops with an error. A write that was already under way has no effect: the new
//! writer removes all temporary files before it begins.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::holder::Holder;
use super::record::{LockRecord, Observation, Staleness, age_here, age_there, touch};
use crate::run::files::atomic::temporary_beside;
use crate::run::{RunError, RunFolder};

/// Name of the lock file in a run folder.
pub(crate) const LOCK_FILE: &str = "lock";
/// Name of the file that keeps others from taking over a lock at the same time.
pub(crate) const TAKEOVER_FILE: &str = "lock.takeover";
/// Time between two touches of the lock file.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long other processes have to finish taking the lock, or taking it over.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time between two looks at a lock: one that is being written or taken over, and one that is waited
/// for.
const SHORT: Duration = Duration::from_millis(10);
const LONG: Duration = Duration::from_secs(1);

/// Lock files of this process and their tokens, for [`release_locks`].
static HELD: Mutex<Vec<(PathBuf, String)>> = Mutex::new(Vec::new());

/// Removes the lock files of all locks that this process holds. For a process that is about to end without
/// dropping them, on a signal: it must not write to run folders afterwards.
pub fn release_locks() {
    let held = std::mem::take(&mut *HELD.lock().unwrap_or_else(PoisonError::into_inner));
    held.iter().for_each(|(path, token)| remove_if_own(path, token));
}

/// The right to write to a run folder, held until dropped.
#[derive(Debug)]
pub struct FolderLock {
    folder: PathBuf,
    token: String,
    heartbeat: Option<Heartbeat>,
}

impl FolderLock {
    /// Takes the lock of an existing folder. Does not wait if the lock is held.
    ///
    /// # Errors
    /// [`RunError::Locked`] with its holder if it is held; [`RunError::Unwritable`],
    /// [`RunError::Unreadable`] or [`RunError::Corrupt`] if a lock file cannot be made or read.
    pub fn acquire(folder: &Path) -> Result<Self, RunError> {
        Self::acquire_beating(folder, HEARTBEAT)
    }

    /// [`FolderLock::acquire`] with another time between heartbeats.
    pub(crate) fn acquire_beating(folder: &Path, every: Duration) -> Result<Self, RunError> {
        let path = folder.join(LOCK_FILE);
        let mut record = LockRecord::new();
        let began = Instant::now();
        loop {
            match Observation::of(&path)? {
                None => match create(&path, &record) {
                    Ok(()) => return Self::begin(folder, record.token, every),
                    // Another process was faster, or a network file system repeated its own request.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(RunError::unwritable(&path, error)),
                },
                Some(seen) if seen.has_token(&record.token) => {
                    return Self::begin(folder, record.token, every);
                }
                Some(seen) => match seen.judge(|modified| age_there(&path, modified))? {
                    Staleness::Held { holder: Some(holder), .. } => {
                        return Err(locked(folder, Some(holder)));
                    }
                    // It is perhaps being written at this moment.
                    Staleness::Held { holder: None, .. } => {}
                    Staleness::Stale { silence } => {
                        record.taken_after_silence_s = Some(silence.as_secs_f64());
                        if take_over(folder, &seen, &record)? {
                            return Self::begin(folder, record.token, every);
                        }
                        record.taken_after_silence_s = None;
                    }
                },
            }
            if began.elapsed() > PATIENCE {
                let other = Observation::of(&folder.join(TAKEOVER_FILE))?;
                return Err(locked(folder, other.as_ref().and_then(Observation::claimed_holder)));
            }
            thread::sleep(SHORT);
        }
    }

    /// Starts the heartbeat. From here on the lock is released if anything fails.
    fn begin(folder: &Path, token: String, every: Duration) -> Result<Self, RunError> {
        let mut lock = Self { folder: folder.to_owned(), token, heartbeat: None };
        let path = lock.path();
        let file = OpenOptions::new().write(true).open(&path);
        // Only after this check is it certain that the open file is this lock.
        lock.check()?;
        let heartbeat = file.and_then(|file| Heartbeat::begin(file, every));
        lock.heartbeat = Some(heartbeat.map_err(|error| RunError::unwritable(&path, error))?);
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.push((path, lock.token.clone()));
        drop(held);
        Ok(lock)
    }

    fn path(&self) -> PathBuf {
        self.folder.join(LOCK_FILE)
    }

    /// Whether the lock is still held: a suspended process may have lost it.
    ///
    /// # Errors
    /// [`RunError::LockLost`] if not; [`RunError::Unwritable`] if the folder is gone altogether;
    /// [`RunError::Unreadable`] or [`RunError::Corrupt`] if the lock file cannot be read.
    pub(crate) fn check(&self) -> Result<(), RunError> {
        let path = self.path();
        let found = Observation::of(&path)?;
        if found.as_ref().is_some_and(|found| found.has_token(&self.token)) {
            return Ok(());
        }
        if !self.folder.is_dir() {
            return Err(RunError::unwritable(&self.folder, io::ErrorKind::NotFound.into()));
        }
        Err(RunError::LockLost {
            path: self.folder.clone(),
            silence_s: found.as_ref().and_then(Observation::taken_after_silence_s),
            holder: found.as_ref().and_then(Observation::claimed_holder),
        })
    }

    /// The error of a failed write, or [`RunError::LockLost`] if the lock was lost: the next holder
    /// removes the temporary files that it finds, and the write then fails for that reason.
    pub(crate) fn explain(&self, error: RunError) -> RunError {
        match self.check() {
            Err(lost @ RunError::LockLost { .. }) => lost,
            _ => error,
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // First, so that the file is closed: network file systems keep a removed one that is open.
        self.heartbeat = None;
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|(_, token)| *token != self.token);
        drop(held);
        remove_if_own(&self.path(), &self.token);
    }
}

impl RunFolder {
    /// Who is writing to the folder, judged without changing anything there. For a holder on another
    /// machine, both clocks have to agree to within two minutes. `None` also if the lock file
    /// cannot be read or is being written.
    pub fn holder(path: impl AsRef<Path>) -> Option<Holder> {
        let seen = Observation::of(&path.as_ref().join(LOCK_FILE)).ok()??;
        match seen.judge(|modified| Ok(age_here(modified))).ok()? {
            Staleness::Held { holder, .. } => holder,
            Staleness::Stale { .. } => None,
        }
    }

    /// Waits until the folder's lock is free or its holder is dead, for at most `up_to` and while
    /// `keep_waiting`, asked once a second, says so. Returns whether the lock can be taken; if
    /// not, taking it tells who holds it. Another process may be faster, of course.
    ///
    /// # Errors
    /// [`RunError::Unreadable`] or [`RunError::Corrupt`] if the lock file cannot be read;
    /// [`RunError::Unwritable`] if the folder cannot be written to.
    pub fn wait_for_lock(
        path: impl AsRef<Path>,
        up_to: Duration,
        keep_waiting: &mut dyn FnMut() -> bool,
    ) -> Result<bool, RunError> {
        let lock = path.as_ref().join(LOCK_FILE);
        let began = Instant::now();
        let mut ask_again = began;
        loop {
            let Some(seen) = Observation::of(&lock)? else { return Ok(true) };
            // The file server's clock is read no more often than the answer can change, since many
            // tasks may wait at once.
            let ask = Instant::now() >= ask_again;
            let age = |modified| if ask { age_there(&lock, modified) } else { Ok(Duration::ZERO) };
            match seen.judge(age)? {
                Staleness::Stale { .. } => return Ok(true),
                Staleness::Held { stale_in: Some(left), .. } if ask => {
                    ask_again = Instant::now() + left;
                }
                Staleness::Held { .. } => {}
            }
            let left = up_to.saturating_sub(began.elapsed());
            if left.is_zero() || !keep_waiting() {
                return Ok(false);
            }
            thread::sleep(left.min(LONG));
        }
    }
}

/// A thread that touches a file at even intervals until dropped.
#[derive(Debug)]
struct Heartbeat {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Heartbeat {
    fn begin(file: File, every: Duration) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("heartbeat".to_owned()).spawn(move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // Through the open file, never by name: the name may belong to another lock by now.
                // If this fails for long, the lock is lost, and the next write says so.
                let _ = touch(&file);
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        // Ends the thread's waiting.
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn locked(folder: &Path, holder: Option<Holder>) -> RunError {
    RunError::Locked { path: folder.to_owned(), holder }
}

/// Creates a lock file that must not exist yet. It appears whole or not at all, even if this process is
/// killed, since nobody could tell who owns an empty one.
fn create(path: &Path, record: &LockRecord) -> io::Result<()> {
    let temporary = temporary_beside(path)?;
    write(temporary.as_file(), record)?;
    // Closed before it is removed: network file systems keep a removed file that is open.
    let temporary = temporary.into_temp_path();
    match fs::hard_link(&temporary, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => create_unlinked(path, record),
        result => result,
    }
}

/// The same for file systems without hard links. A kill before the first byte leaves an empty file.
pub(crate) fn create_unlinked(path: &Path, record: &LockRecord) -> io::Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    write(&file, record).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn write(mut file: &File, record: &LockRecord) -> io::Result<()> {
    let mut line = serde_json::to_vec(record)?;
    line.push(b'\n');
    file.write_all(&line)?;
    // A network file system reports an exhausted quota only here.
    file.sync_all()
}

/// Removes a lock file if it is the one with this token.
fn remove_if_own(path: &Path, token: &str) {
    if has_token(path, token) {
        let _ = fs::remove_file(path);
    }
}

fn has_token(path: &Path, token: &str) -> bool {
    Observation::of(path).is_ok_and(|found| found.is_some_and(|found| found.has_token(token)))
}

/// Replaces a stale lock. `false` if another process is doing so, or the lock is no longer the one
/// that was `seen`.
fn take_over(folder: &Path, seen: &Observation, record: &LockRecord) -> Result<bool, RunError> {
    let path = folder.join(TAKEOVER_FILE);
    match create(&path, record) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            remove_if_stale(&path)?;
            return Ok(false);
        }
        Err(error) => return Err(RunError::unwritable(&path, error)),
    }
    let result = replace(folder, seen, record);
    remove_if_own(&path, &record.token);
    result
}

fn replace(folder: &Path, seen: &Observation, record: &LockRecord) -> Result<bool, RunError> {
    let lock = folder.join(LOCK_FILE);
    let unwritable = |error| RunError::unwritable(&lock, error);
    let temporary = temporary_beside(&lock).map_err(unwritable)?;
    write(temporary.as_file(), record).map_err(unwritable)?;
    // The checks come last, so that hardly anything can happen between them and the renaming. The
    // first is for a process that was suspended here until others took it for dead.
    if !has_token(&folder.join(TAKEOVER_FILE), &record.token)
        || Observation::of(&lock)?.as_ref() != Some(seen)
    {
        return Ok(false);
    }
    temporary.persist(&lock).map_err(|error| unwritable(error.error))?;
    Ok(true)
}

/// Removes the file of a process that ended while it was taking over a lock.
fn remove_if_stale(takeover: &Path) -> Result<(), RunError> {
    let Some(seen) = Observation::of(takeover)? else { return Ok(()) };
    if let Staleness::Stale { .. } = seen.judge(|modified| age_there(takeover, modified))?
        && Observation::of(takeover)?.as_ref() == Some(&seen)
    {
        // If its owner is alive after all, it sees that the file is gone and starts again.
        match fs::remove_file(takeover) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(RunError::unwritable(takeover, error));
            }
            _ => {}
        }
    }
    Ok(())
}
