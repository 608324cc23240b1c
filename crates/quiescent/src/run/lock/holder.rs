//! The process that holds a run folder's lock.

use std::fmt;
use std::time::Duration;

use super::host::host_name;

/// A holder that has been silent for this long counts as dead, unless it is known to be alive.
pub(crate) const SILENCE: Duration = Duration::from_secs(120);

/// The process that writes to a run folder, according to the lock file.
#[derive(Debug, Clone, PartialEq)]
pub struct Holder {
    /// Process id.
    pub pid: u32,
    /// Host name.
    pub host: String,
    /// The job of a batch system that it is part of.
    pub job: Option<String>,
    /// Time since it last touched its lock file, in seconds.
    pub heartbeat_age_s: f64,
    /// Whether this machine's process table shows that it is alive. Otherwise only its heartbeat
    /// does.
    pub known_alive: bool,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {} (", self.pid, self.host)?;
        if let Some(job) = &self.job {
            write!(f, "job {job}, ")?;
        }
        write!(f, "last heard from {:.0} s ago)", self.heartbeat_age_s)
    }
}

impl Holder {
    /// Whether it is known to be alive but has been silent for so long that it must be suspended or
    /// hanging.
    pub fn is_suspended(&self) -> bool {
        self.known_alive && self.heartbeat_age_s > SILENCE.as_secs_f64()
    }

    /// What has to happen before the lock is free.
    pub(crate) fn outlook(&self) -> String {
        if self.is_suspended() {
            return "it is suspended or hangs; let it continue, or end it".to_owned();
        }
        if self.known_alive {
            return "wait until it is done, or stop it".to_owned();
        }
        let there = if self.host == host_name() { "" } else { " on the other host" };
        format!(
            "wait until it is done, or stop it{there}; if it is dead, the folder is free {} s after it \
             was last heard from",
            SILENCE.as_secs()
        )
    }
}
