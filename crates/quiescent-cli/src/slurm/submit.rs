//! Handing runs of a plan to Slurm.

use super::client::{self, max_array_size, require_sbatch};
use super::options::SlurmOptions;
use super::queue::{SLURM, Submissions};
use super::script::Script;
use super::state;
use crate::manifest::{self, Manifest};
use crate::program::program;
use crate::ui::failure::Failure;
use crate::ui::output::{complain, duration, quote, say};
use crate::ui::planned::sharing;
use quiescent::readable::counted;
use quiescent::workflow::plan::{Estimates, Plan, Run};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Highest number of a submission's files.
const MOST_SUBMISSIONS: usize = 9999;

/// Hands to Slurm what is neither done nor in its hands already; without `send` only writes what would
/// be handed over.
pub(crate) fn submit_missing(
    plan: &Plan,
    options: &SlurmOptions,
    send: bool,
) -> Result<(), Failure> {
    let submissions = Submissions::of(&plan.out)?;
    let states = state::of_all(plan, &submissions);
    complain(&format!("{}: {}", counted(plan.runs.len(), "run"), state::counted(&states)));
    submit(&state::missing(plan, &states, &submissions, send)?, options, send)
}

/// Hands runs of a plan to Slurm; without `send` only writes what would be handed over.
pub(crate) fn submit(plan: &Plan, options: &SlurmOptions, send: bool) -> Result<(), Failure> {
    options.check()?;
    let odd = |c: char| c.is_control() || c == '"' || c == '\\';
    // Scripts hold the whole path.
    let out = std::path::absolute(&plan.out).unwrap_or_else(|_| plan.out.clone());
    if out.to_string_lossy().contains(odd) {
        return Err(Failure::Usage(format!(
            "--out {}: quotes, backslashes and control characters cannot stand in a script for Slurm",
            out.to_string_lossy().escape_debug()
        )));
    }
    if send {
        require_sbatch()?;
    }
    if plan.runs.is_empty() {
        say("nothing is missing: nothing was submitted");
        return Ok(());
    }
    let program = program()
        .and_then(fs::canonicalize)
        .map_err(|error| Failure::Data(format!("cannot find this program's own path: {error}")))?;
    manifest::note(plan)?;
    let folder = plan.out.join(SLURM);
    let logs = folder.join("logs");
    // Slurm does not make it, and without it a job fails and says nothing.
    fs::create_dir_all(&logs)
        .map_err(|error| Failure::Data(format!("cannot make {}: {error}", logs.display())))?;
    let defaults = Defaults::of(plan, options)?;
    let per_task = options.runs_per_task();
    let most = max_array_size();
    let mut sent = 0;
    for runs in plan.runs.chunks(most.saturating_mul(per_task)) {
        let part = plan.with(runs.to_vec());
        let script = write(&part, &folder, &program, options, &defaults)?;
        if !send {
            say(&format!(
                "{}: {}; submit it with: sbatch {}",
                script.display(),
                counted(runs.len(), "run"),
                quote(&script)
            ));
            continue;
        }
        let job = client::submit(&script).map_err(|reason| {
            let before = if sent > 0 {
                let were = if sent == 1 { "was" } else { "were" };
                format!("{} {were} submitted before; ", counted(sent, "run"))
            } else {
                String::new()
            };
            Failure::Data(format!(
                "sbatch refused {}: {reason}; {before}nothing is lost: submit what is missing with: \
                 quiescent sweep status {} --resubmit (its flags, such as --partition, replace \
                 those given now)",
                script.display(),
                quote(&plan.out)
            ))
        })?;
        sent += runs.len();
        let note = script.with_extension("job");
        if let Err(error) = fs::write(&note, format!("{job}\n")) {
            complain(&format!("cannot write {}: {error}", note.display()));
        }
        say(&format!(
            "job {job}: {}, {}, {}",
            counted(runs.len().div_ceil(per_task), "task"),
            counted(runs.len(), "run"),
            script.display()
        ));
    }
    if send {
        say(&format!("see how they come along with: quiescent sweep status {}", quote(&plan.out)));
    }
    Ok(())
}

/// What the flags leave open.
struct Defaults {
    time: String,
    mem: String,
}

impl Defaults {
    fn of(plan: &Plan, options: &SlurmOptions) -> Result<Self, Failure> {
        let longest = |estimates: &Estimates| {
            let of = |run: &Run| estimates.run_s(run);
            let mut seconds: Vec<f64> = plan.runs.iter().map(of).collect();
            seconds.sort_by(|a, b| b.total_cmp(a));
            seconds.iter().take(options.runs_per_task()).sum::<f64>()
        };
        let time = match &options.time {
            Some(time) => time.clone(),
            None => {
                match Estimates::measure(plan, NonZeroUsize::new(1), options.cpus()) {
                    Ok(estimates) => {
                        let seconds = longest(&estimates);
                        complain(&format!(
                            "a task would take about {} here, {}",
                            duration(seconds),
                            sharing(&estimates)
                        ));
                        time_limit(4.0 * seconds + 600.0)
                    }
                    // A machine to log in on may be too small to measure on.
                    Err(error) => {
                        let limit = time_limit(4.0 * 3600.0);
                        complain(&format!(
                            "the time of a task cannot be measured here ({error}): its limit is \
                             {limit}; choose another by --time"
                        ));
                        limit
                    }
                }
            }
        };
        let bytes = plan.runs.iter().map(Run::memory_bytes).max().unwrap_or_default();
        // Half as much again, in steps that a person would choose.
        let mebibytes = (bytes as f64 * 1.5 / f64::from(1 << 20)).ceil() as u64;
        Ok(Self { time, mem: format!("{}M", mebibytes.next_multiple_of(100)) })
    }
}

/// `H:MM:SS` or `D-HH:MM:SS`, in whole minutes.
fn time_limit(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil() as u64;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    if days > 0 {
        format!("{days}-{hours:02}:{minutes:02}:00")
    } else {
        format!("{hours}:{minutes:02}:00")
    }
}

/// Writes the manifest and the script of one array; returns the script's path.
fn write(
    plan: &Plan,
    folder: &Path,
    program: &Path,
    options: &SlurmOptions,
    defaults: &Defaults,
) -> Result<PathBuf, Failure> {
    let unwritable =
        |path: &Path, error| Failure::Data(format!("cannot write {}: {error}", path.display()));
    let folder = fs::canonicalize(folder).map_err(|error| unwritable(folder, error))?;
    let mut number = 1;
    // The script's file reserves the number: nothing that was submitted is ever overwritten.
    let (script, mut file) = loop {
        let script = folder.join(format!("{number:04}.sh"));
        let mut open = OpenOptions::new();
        open.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            open.mode(0o777);
        }
        match open.open(&script) {
            Ok(file) => break (script, file),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_SUBMISSIONS => {
                number += 1;
            }
            Err(error) => return Err(unwritable(&script, error)),
        }
    };
    let manifest_path = script.with_extension("json");
    let name = folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let text = Script {
        job: &format!("quiescent-{name}-{number:04}"),
        about: &plan.about,
        program,
        manifest: &manifest_path,
        script: &script,
        logs: &folder.join("logs"),
        tasks: plan.runs.len().div_ceil(options.runs_per_task()),
        options,
        time: &defaults.time,
        mem: &defaults.mem,
    }
    .text();
    let mut write = || {
        let mut manifest = Manifest::of(plan, "..")?;
        manifest.runs_per_task = Some(options.runs_per_task());
        manifest.slurm = Some(options.clone());
        manifest.write(&manifest_path)?;
        // Where a quota is used up, network file systems say so no earlier.
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|error| unwritable(&script, error))
    };
    if let Err(failure) = write() {
        // Half a submission must not look like one.
        let _ = fs::remove_file(&manifest_path);
        let _ = fs::remove_file(&script);
        return Err(failure);
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::time_limit;

    #[test]
    fn time_limits_are_whole_minutes() {
        assert_eq!(time_limit(1.0), "0:01:00");
        assert_eq!(time_limit(3661.0), "1:02:00");
        assert_eq!(time_limit(90_000.0), "1-01:00:00");
    }
}
