//! This machine's name and time, and the job that this process is part of.

use std::process::Command;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of this machine, or `unknown`.
pub fn host_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        std::fs::read_to_string("/proc/sys/kernel/hostname")
            .ok()
            .or_else(|| std::env::var("COMPUTERNAME").ok())
            .or_else(|| {
                // macOS and the BSDs have neither, but they all have this command.
                let output = Command::new("hostname").output().ok()?;
                String::from_utf8(output.stdout).ok()
            })
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "unknown".to_owned())
    })
}

/// The job of a batch system that this process is part of, under the name by which people look it up.
static JOB: OnceLock<String> = OnceLock::new();

/// Says which job of a batch system this process is part of, such as `123_4`. Lock files and failure
/// records that are written from now on name it. Only the first call has an effect.
pub fn name_job(job: impl Into<String>) {
    // A process belongs to one job for as long as it lives.
    let _ = JOB.set(job.into());
}

/// The job that [`name_job`] was told.
pub(crate) fn job() -> Option<String> {
    JOB.get().cloned()
}

/// Seconds since 1970-01-01 UTC; 0 for clocks before that.
pub(crate) fn unix_time_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
