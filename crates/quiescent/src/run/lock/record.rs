//! The content of a lock file, and whether its holder can still be alive.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::holder::{Holder, SILENCE};
use super::host::{job, unix_time_s};
use super::process::{Liveness, ProcessIdentity};
use crate::run::RunError;
use crate::run::files::atomic::temporary_beside;

/// A lock file without a readable record counts as being written for this long. After that it counts
/// as left behind by a crash.
pub(crate) const UNREADABLE: Duration = Duration::from_secs(10);
/// Longest lock file that is read, in bytes.
const LONGEST: u64 = 4096;

/// The content of a lock file: one line of JSON.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LockRecord {
    #[serde(flatten)]
    pub(crate) process: ProcessIdentity,
    /// Random; distinguishes this lock from every other one, even of the same process.
    pub(crate) token: String,
    pub(crate) taken_unix_s: f64,
    /// The key's name is older than that of the field, and part of the format.
    #[serde(rename = "slurm_job", default, skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<String>,
    /// For a lock that was taken from a dead holder: how long that holder had been silent, in
    /// seconds. If it is alive after all, it learns from this why it lost the lock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) taken_after_silence_s: Option<f64>,
}

impl LockRecord {
    /// A new record of this process.
    pub(crate) fn new() -> Self {
        Self {
            process: ProcessIdentity::own(),
            token: random_token(),
            taken_unix_s: unix_time_s(),
            job: job(),
            taken_after_silence_s: None,
        }
    }

    fn holder(&self, heartbeat_age: Duration, known_alive: bool) -> Holder {
        // Anybody may have written the file, and this is shown on terminals.
        let shown = |text: &str| -> String {
            text.chars().filter(|character| !character.is_control()).take(80).collect()
        };
        Holder {
            pid: self.process.pid,
            host: shown(&self.process.host),
            job: self.job.as_deref().map(shown),
            heartbeat_age_s: heartbeat_age.as_secs_f64(),
            known_alive,
        }
    }
}

/// 128 random bits in hexadecimal digits.
fn random_token() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // The standard library keys these hashers from the operating system's random numbers.
    let draw = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", draw(), draw())
}

/// A lock file as it was at one moment.
#[derive(Debug)]
pub(crate) struct Observation {
    bytes: Vec<u8>,
    modified: SystemTime,
    /// `None` if it is empty or not a record.
    record: Option<LockRecord>,
}

impl PartialEq for Observation {
    /// Whether it is the same lock and its holder has been silent in between.
    fn eq(&self, other: &Self) -> bool {
        (&self.bytes, self.modified) == (&other.bytes, other.modified)
    }
}

/// Whether the holder of a lock file counts as dead.
#[derive(Debug)]
pub(crate) enum Staleness {
    /// The holder is alive, or may be.
    Held {
        /// `None` if the file does not say.
        holder: Option<Holder>,
        /// Time after which it counts as dead if it stays silent; `None` if it is known to be
        /// alive.
        stale_in: Option<Duration>,
    },
    /// The holder is dead.
    Stale {
        /// How long it has been silent.
        silence: Duration,
    },
}

impl Observation {
    /// Reads a lock file; `None` if there is none.
    ///
    /// # Errors
    /// [`RunError::Unreadable`], or [`RunError::Corrupt`] if it is not a file.
    pub(crate) fn of(path: &Path) -> Result<Option<Self>, RunError> {
        let read = || -> io::Result<Option<(SystemTime, Vec<u8>)>> {
            // Opening a pipe would wait for its writer.
            if !fs::symlink_metadata(path)?.is_file() {
                return Ok(None);
            }
            // Time and content both come from a file that was just opened: network file systems
            // answer everything else from a cache, which may be older than a heartbeat.
            let file = File::open(path)?;
            let modified = file.metadata()?.modified()?;
            let mut bytes = Vec::new();
            file.take(LONGEST).read_to_end(&mut bytes)?;
            Ok(Some((modified, bytes)))
        };
        let (modified, bytes) = match read() {
            Ok(Some(found)) => found,
            Ok(None) => {
                return Err(RunError::corrupt(
                    path,
                    "it is not a regular file; delete it if no program is writing here",
                ));
            }
            // The second error: another machine has replaced the file in between.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::StaleNetworkFileHandle
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(RunError::unreadable(path, error)),
        };
        let record = serde_json::from_slice(&bytes).ok();
        Ok(Some(Self { bytes, modified, record }))
    }

    /// Whether this is the lock that was taken with this token.
    pub(crate) fn has_token(&self, token: &str) -> bool {
        self.record.as_ref().is_some_and(|record| record.token == token)
    }

    /// How long the previous holder had been silent, if the lock was taken from a dead one.
    pub(crate) fn taken_after_silence_s(&self) -> Option<f64> {
        self.record.as_ref()?.taken_after_silence_s
    }

    /// Whether the holder is alive. `age` returns how long ago a file was touched, given its
    /// modification time; it is not called if this machine's process table has the answer.
    pub(crate) fn judge(
        &self,
        age: impl FnOnce(SystemTime) -> Result<Duration, RunError>,
    ) -> Result<Staleness, RunError> {
        let Some(record) = &self.record else {
            let silence = age(self.modified)?;
            return Ok(match UNREADABLE.checked_sub(silence) {
                Some(left) if !left.is_zero() => {
                    Staleness::Held { holder: None, stale_in: Some(left) }
                }
                _ => Staleness::Stale { silence },
            });
        };
        match record.process.liveness() {
            // A process that is certainly alive keeps its lock even if it is silent: it is suspended,
            // or the machine has just woken up and the next heartbeat is still to come.
            Liveness::Alive => Ok(Staleness::Held {
                holder: Some(record.holder(age_here(self.modified), true)),
                stale_in: None,
            }),
            Liveness::Dead => Ok(Staleness::Stale { silence: age_here(self.modified) }),
            Liveness::Unknown => {
                let silence = age(self.modified)?;
                Ok(match SILENCE.checked_sub(silence) {
                    Some(left) if !left.is_zero() => Staleness::Held {
                        holder: Some(record.holder(silence, false)),
                        stale_in: Some(left),
                    },
                    _ => Staleness::Stale { silence },
                })
            }
        }
    }

    /// The holder that the file names, alive or not.
    pub(crate) fn claimed_holder(&self) -> Option<Holder> {
        Some(self.record.as_ref()?.holder(age_here(self.modified), false))
    }
}

/// Time since a file was touched, by this machine's clock.
pub(crate) fn age_here(modified: SystemTime) -> Duration {
    SystemTime::now().duration_since(modified).unwrap_or_default()
}

/// Time since a file in the folder of `lock` was touched, by the clock of the file server,
/// which need not agree with this machine's. A file that is touched now shows that clock's time.
///
/// # Errors
/// [`RunError::Unwritable`] if that file cannot be made.
pub(crate) fn age_there(lock: &Path, modified: SystemTime) -> Result<Duration, RunError> {
    let now = || {
        let probe = temporary_beside(lock)?;
        touch(probe.as_file())?;
        let now = probe.as_file().metadata()?.modified();
        // Closes it first: network file systems keep a removed file that is open.
        drop(probe.into_temp_path());
        now
    };
    let now = now().map_err(|error| RunError::unwritable(lock, error))?;
    Ok(now.duration_since(modified).unwrap_or_default())
}

/// Sets a file's times to now by the clock of its file system, which takes no space.
pub(crate) fn touch(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
        // Without a given time, the server of a network file system uses its own clock.
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        Ok(futimens(file, &Timestamps { last_access: now, last_modification: now })?)
    }
    #[cfg(not(unix))]
    file.set_modified(SystemTime::now())
}
