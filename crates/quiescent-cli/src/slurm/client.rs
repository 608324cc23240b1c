//! Slurm's own programs, called and understood.

use crate::ui::failure::Failure;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};

/// Entries that a cluster's arrays may have where it does not say: Slurm's own default.
const DEFAULT_MAX_ARRAY_SIZE: usize = 1001;

/// Runs a program of Slurm's; none if it is not installed.
fn call(program: &str, arguments: &[&str]) -> Result<Option<Output>, Failure> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::Data(format!("cannot run {program}: {error}"))),
    }
}

/// Refuses where there is no Slurm, before anything is written.
pub(super) fn require_sbatch() -> Result<(), Failure> {
    match call("sbatch", &["--version"])? {
        Some(_) => Ok(()),
        None => Err(Failure::Usage(
            "sbatch was not found: submit on a machine of a Slurm cluster (a login node), write \
             everything without submitting it by --no-submit, or omit --slurm to train here"
                .to_owned(),
        )),
    }
}

/// Most tasks of one array on this cluster.
pub(super) fn max_array_size() -> usize {
    let said = call("scontrol", &["show", "config"]).ok().flatten();
    said.and_then(|output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = text.lines().find(|line| line.trim_start().starts_with("MaxArraySize"))?;
        line.split_once('=')?.1.trim().parse().ok()
    })
    .filter(|size| *size > 0)
    .unwrap_or(DEFAULT_MAX_ARRAY_SIZE)
}

/// Submits a script; returns the job's id, or what sbatch said in refusing it.
pub(super) fn submit(script: &Path) -> Result<String, String> {
    let output = Command::new("sbatch")
        .arg("--parsable")
        .arg(script)
        .output()
        .map_err(|error| format!("cannot run sbatch: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    // JOB, or JOB;CLUSTER.
    let id = said.trim().split(';').next().unwrap_or_default();
    if output.status.success() && !id.is_empty() {
        return Ok(id.to_owned());
    }
    let reason = String::from_utf8_lossy(&output.stderr);
    Err(reason.trim().to_owned())
}

/// A task in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Queued {
    /// Path of its script.
    pub(super) script: String,
    /// Id of its job, as sbatch printed it.
    pub(super) job: String,
    /// Its number in the array.
    pub(super) task: usize,
    /// `PENDING`, `RUNNING`, …
    pub(super) state: String,
    /// Why it is pending.
    pub(super) reason: String,
}

/// What of this user's arrays is in the queue now; none if squeue is not installed.
///
/// # Errors
/// What squeue says where it fails.
pub(super) fn queue() -> Result<Option<Vec<Queued>>, Failure> {
    let arguments = ["--me", "--noheader", "--array", "--format=%F|%K|%T|%r|%o"];
    let Some(output) = call("squeue", &arguments)? else { return Ok(None) };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // The last line is what the others led to.
        let reason = said.trim().lines().last().unwrap_or("squeue failed, and says nothing");
        return Err(Failure::Data(reason.to_owned()));
    }
    Ok(Some(parse_queue(&String::from_utf8_lossy(&output.stdout))))
}

fn parse_queue(text: &str) -> Vec<Queued> {
    text.lines()
        .filter_map(|line| {
            let mut parts = line.splitn(5, '|');
            let (job, task) = (parts.next()?, parts.next()?.parse().ok()?);
            let (state, reason, script) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Queued {
                script: script.to_owned(),
                job: job.to_owned(),
                task,
                state: state.to_owned(),
                reason: reason.to_owned(),
            })
        })
        .collect()
}

/// How tasks of a job ended, `(task, state)`, where the cluster keeps account of it; nothing where
/// it does not.
pub(super) fn ended(job: &str) -> Vec<(usize, String)> {
    let arguments =
        ["--jobs", job, "--allocations", "--noheader", "--parsable2", "--format=JobID,State"];
    match call("sacct", &arguments) {
        Ok(Some(output)) if output.status.success() => {
            parse_ended(&String::from_utf8_lossy(&output.stdout))
        }
        _ => Vec::new(),
    }
}

fn parse_ended(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .filter_map(|line| {
            let (id, state) = line.split_once('|')?;
            let task = id.split_once('_')?.1.parse().ok()?;
            // `CANCELLED by 1000`
            Some((task, state.split(' ').next()?.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_squeue_and_sacct_print_is_understood() {
        let queue = parse_queue(
            "12|0|RUNNING|None|/a b/slurm/0001.sh\n12|3|PENDING|JobArrayTaskLimit|/a|b.sh\n\
             13|N/A|RUNNING|None|other.sh\nrubbish\n",
        );
        assert_eq!(queue.len(), 2, "{queue:?}");
        assert_eq!(
            queue[0],
            Queued {
                script: "/a b/slurm/0001.sh".to_owned(),
                job: "12".to_owned(),
                task: 0,
                state: "RUNNING".to_owned(),
                reason: "None".to_owned(),
            }
        );
        assert_eq!(queue[1].script, "/a|b.sh");
        assert_eq!(
            parse_ended("12_0|COMPLETED\n12_1|CANCELLED by 1000\n12_[2-5]|PENDING\n12|FAILED\n"),
            [(0, "COMPLETED".to_owned()), (1, "CANCELLED".to_owned())]
        );
    }
}
