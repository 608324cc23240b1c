//! The array script: short enough to be read, whole enough to be submitted again by hand.

use super::options::{SlurmOptions, WARNING_S};
use crate::ui::output::quote;
use std::path::Path;

/// What a script is made of.
pub(super) struct Script<'a> {
    /// Name of the job.
    pub(super) job: &'a str,
    /// What the sweep says about itself.
    pub(super) about: &'a str,
    pub(super) program: &'a Path,
    pub(super) manifest: &'a Path,
    pub(super) script: &'a Path,
    pub(super) logs: &'a Path,
    pub(super) tasks: usize,
    pub(super) options: &'a SlurmOptions,
    /// Where `options` leaves it open.
    pub(super) time: &'a str,
    pub(super) mem: &'a str,
}

impl Script<'_> {
    /// Its text.
    pub(super) fn text(&self) -> String {
        let Self { options, tasks, .. } = self;
        let mut directives = vec![
            format!("--job-name={}", self.job),
            format!(
                "--array=0-{}{}",
                tasks.saturating_sub(1),
                options.array_limit.map(|most| format!("%{most}")).unwrap_or_default()
            ),
            format!("--cpus-per-task={}", options.cpus()),
            format!("--mem={}", options.mem.as_deref().unwrap_or(self.mem)),
            format!("--time={}", options.time.as_deref().unwrap_or(self.time)),
        ];
        directives.extend(options.partition.iter().map(|name| format!("--partition={name}")));
        directives.extend(options.account.iter().map(|name| format!("--account={name}")));
        directives.extend([
            "--requeue".to_owned(),
            format!("--signal=B:USR1@{WARNING_S}"),
            "--open-mode=append".to_owned(),
            // Percent signs of the path itself are doubled.
            format!(
                "--output=\"{}/%A_%a.log\"",
                self.logs.display().to_string().replace('%', "%%")
            ),
        ]);
        // Last, so that they have the last word.
        directives.extend(options.sbatch.iter().cloned());
        let directives: String =
            directives.iter().map(|line| format!("#SBATCH {line}\n")).collect();
        let about = match self.about.lines().next() {
            None | Some("") => String::new(),
            Some(line) => format!("# {line}\n"),
        };
        format!(
            "#!/bin/bash
{directives}
{about}# Written by quiescent {version}. Each task of this array takes its run from the manifest by the task's
# number, trains it, and stops when told to; an interrupted run resumes bit-identically. To submit
# it again (finished runs are not trained again):  sbatch {script}
# To do one task without Slurm:  quiescent sweep task {manifest} NUMBER

quiescent={program}
manifest={manifest}

\"$quiescent\" sweep task \"$manifest\" \"$SLURM_ARRAY_TASK_ID\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\" &
task=$!

signals=0 time_is_up=no told_to_end=no
# {WARNING_S} s before the time limit, and before preemption where the cluster announces it.
trap 'signals=$((signals + 1)); time_is_up=yes; kill -TERM \"$task\"' USR1
# At scancel, scontrol requeue, preemption and failing nodes, sent to the task too. Slurm itself
# knows whether the job is to come back.
trap 'signals=$((signals + 1)); told_to_end=yes' TERM

# A signal ends `wait` early: wait until the task has ended.
while :; do
    before=$signals
    wait \"$task\"
    code=$?
    [ \"$before\" -eq \"$signals\" ] && break
done

requeue=no
# 130: stopped, everything saved.
[ \"$code\" -eq 130 ] && [ \"$time_is_up\" = yes ] && requeue=yes
# 137: killed, often for want of memory. It resumes from its last checkpoint.
[ \"$code\" -eq 137 ] && [ \"${{SLURM_RESTART_COUNT:-0}}\" -lt 10 ] && requeue=yes
if [ \"$requeue\" = yes ] && [ \"$told_to_end\" = no ]; then
    echo \"task $SLURM_ARRAY_TASK_ID resumes in a new job (exit code $code)\"
    # Not $SLURM_JOB_ID: the last task's is the whole array's too, and would send back every task.
    scontrol requeue \"${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID\"
fi
exit \"$code\"
",
            version = env!("CARGO_PKG_VERSION"),
            script = quote(self.script),
            program = quote(self.program),
            manifest = quote(self.manifest),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::NonZeroUsize;

    #[test]
    fn the_script_is_as_documented() {
        let options = SlurmOptions {
            partition: Some("short".to_owned()),
            array_limit: NonZeroUsize::new(4),
            cpus: NonZeroUsize::new(2),
            sbatch: vec!["--qos=long".to_owned()],
            ..SlurmOptions::default()
        };
        let text = Script {
            job: "quiescent-noise-0001",
            about: "how much noise is enough",
            program: Path::new("/home/ada/bin/quiescent"),
            manifest: Path::new("/scratch/it's 100% noise/slurm/0001.json"),
            script: Path::new("/scratch/it's 100% noise/slurm/0001.sh"),
            logs: Path::new("/scratch/it's 100% noise/slurm/logs"),
            tasks: 15,
            options: &options,
            time: "0:50:00",
            mem: "300M",
        }
        .text();
        insta::assert_snapshot!(text);
    }
}
