//! This machine's name and time, and the cluster's job.

use std::process::Command;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of this machine, `unknown` if it does not tell.
pub fn host_name() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        std::fs::read_to_string("/proc/sys/kernel/hostname")
            .ok()
            .or_else(|| std::env::var("COMPUTERNAME").ok())
            .or_else(|| {
                // macOS and the BSDs have neither, but all of them have the command.
                let output = Command::new("hostname").output().ok()?;
                String::from_utf8(output.stdout).ok()
            })
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "unknown".to_owned())
    })
}

/// The Slurm job that this process belongs to, as `squeue` names it: `123`, or `123_4` for the task
/// of an array. `None` outside of Slurm.
pub fn slurm_job() -> Option<String> {
    slurm_job_of(|name| std::env::var(name).ok())
}

pub(crate) fn slurm_job_of(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    match (set("SLURM_ARRAY_JOB_ID"), set("SLURM_ARRAY_TASK_ID")) {
        (Some(job), Some(task)) => Some(format!("{job}_{task}")),
        _ => set("SLURM_JOB_ID"),
    }
}

/// Seconds since 1970-01-01 UTC; 0 for clocks before that.
pub(crate) fn unix_time_s() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
