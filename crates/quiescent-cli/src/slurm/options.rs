//! What Slurm is asked for.

use crate::ui::failure::Failure;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;

/// Seconds before the time limit at which a task is told to save and to make room.
pub(crate) const WARNING_S: u64 = 120;

/// Flags of commands that submit runs to Slurm.
#[derive(Debug, Args)]
pub(crate) struct Submit {
    /// Submit the runs to Slurm and exit.
    #[arg(long, help_heading = "Slurm", conflicts_with = "json")]
    pub(crate) slurm: bool,
    /// With --slurm: write manifest and script, but do not submit them.
    #[arg(long, help_heading = "Slurm", requires = "slurm")]
    pub(crate) no_submit: bool,
    #[command(flatten)]
    pub(crate) options: SlurmOptions,
}

impl Submit {
    /// Refuses flags that have no effect.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.options.only_with(self.slurm, "--slurm")
    }
}

/// Flags for jobs on a cluster.
#[derive(Debug, Clone, Default, PartialEq, Args, Serialize, Deserialize)]
#[command(next_help_heading = "Slurm")]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SlurmOptions {
    /// Partition (queue) of the cluster [default: the cluster's].
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) partition: Option<String>,
    /// Account that is charged [default: yours].
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// Time limit of a task, as sbatch takes it, such as 45 (minutes), 2:00:00 or 1-12:00:00
    /// [default: four times the estimate]. A task that reaches it resumes in a new job.
    #[arg(long, value_name = "TIME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) time: Option<String>,
    /// Cores of a task, which are its threads too [default: 1].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cpus: Option<NonZeroUsize>,
    /// Memory of a task, as sbatch takes it, such as 800M [default: by the estimate].
    #[arg(long, value_name = "SIZE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mem: Option<String>,
    /// Most tasks that run at once [default: only the cluster's limit].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) array_limit: Option<NonZeroUsize>,
    /// Runs that a task takes one after the other: more than one for many short runs [default: 1].
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) runs_per_task: Option<NonZeroUsize>,
    /// Any further option of sbatch, such as --sbatch=--qos=long; may be given several times.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sbatch: Vec<String>,
}

impl SlurmOptions {
    /// Refuses what could not work, before anything is written.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let texts = [
            ("--partition", &self.partition),
            ("--account", &self.account),
            ("--time", &self.time),
            ("--mem", &self.mem),
        ];
        for (flag, text) in texts {
            if let Some(text) = text
                && (text.is_empty() || !text.chars().all(is_plain))
            {
                return Err(Failure::Usage(format!(
                    "{flag} `{}`: only letters, digits and `_-.,:+@/` are possible",
                    text.escape_debug()
                )));
            }
        }
        for option in &self.sbatch {
            if !option.starts_with('-') || option.chars().any(char::is_control) {
                return Err(Failure::Usage(format!(
                    "--sbatch `{}`: give an option of sbatch, such as --sbatch=--qos=long",
                    option.escape_debug()
                )));
            }
        }
        let Some(text) = &self.time else { return Ok(()) };
        let Some(seconds) = seconds(text) else {
            return Err(Failure::Usage(format!(
                "--time {text}: give minutes, or MM:SS, HH:MM:SS, D-HH, D-HH:MM, D-HH:MM:SS"
            )));
        };
        if seconds < 60 {
            return Err(Failure::Usage(format!(
                "--time {text}: a task needs a minute at least, and is told to stop {WARNING_S} s \
                 before its end"
            )));
        }
        Ok(())
    }

    /// Refuses flags that have no effect, since the one that they need is not given.
    pub(crate) fn only_with(&self, given: bool, flag: &str) -> Result<(), Failure> {
        if given || *self == Self::default() {
            return Ok(());
        }
        Err(Failure::Usage(format!("flags for Slurm have a meaning with {flag} only")))
    }

    /// What another set of flags leaves open is taken from this one.
    pub(crate) fn under(self, over: &Self) -> Self {
        let over = over.clone();
        Self {
            partition: over.partition.or(self.partition),
            account: over.account.or(self.account),
            time: over.time.or(self.time),
            cpus: over.cpus.or(self.cpus),
            mem: over.mem.or(self.mem),
            array_limit: over.array_limit.or(self.array_limit),
            runs_per_task: over.runs_per_task.or(self.runs_per_task),
            sbatch: if over.sbatch.is_empty() { self.sbatch } else { over.sbatch },
        }
    }

    /// Cores of a task.
    pub(crate) fn cpus(&self) -> usize {
        self.cpus.map_or(1, NonZeroUsize::get)
    }

    /// Runs of a task.
    pub(crate) fn runs_per_task(&self) -> usize {
        self.runs_per_task.map_or(1, NonZeroUsize::get)
    }
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.,:+@/".contains(character)
}

/// A time limit in seconds: minutes, MM:SS, HH:MM:SS, D-HH, D-HH:MM or D-HH:MM:SS.
fn seconds(text: &str) -> Option<u64> {
    let numbers = |text: &str| {
        text.split(':').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<u64>>>()
    };
    // So that no sum overflows; a year is 9 digits of seconds.
    if text.len() > 20 {
        return None;
    }
    let of = |parts: &[(u64, u64)]| {
        parts
            .iter()
            .try_fold(0_u64, |sum, (number, unit)| sum.checked_add(number.checked_mul(*unit)?))
    };
    match text.split_once('-') {
        Some((days, rest)) => {
            let days = days.parse().ok()?;
            match numbers(rest)?.as_slice() {
                [h] => of(&[(days, 86_400), (*h, 3600)]),
                [h, m] => of(&[(days, 86_400), (*h, 3600), (*m, 60)]),
                [h, m, s] => of(&[(days, 86_400), (*h, 3600), (*m, 60), (*s, 1)]),
                _ => None,
            }
        }
        None => match numbers(text)?.as_slice() {
            [m] => of(&[(*m, 60)]),
            [m, s] => of(&[(*m, 60), (*s, 1)]),
            [h, m, s] => of(&[(*h, 3600), (*m, 60), (*s, 1)]),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn time_limits_are_read_as_slurm_reads_them() {
        for (text, expected) in [
            ("45", 2700),
            ("1:30", 90),
            ("2:00:00", 7200),
            ("1-12", 129_600),
            ("1-12:30", 131_400),
            ("0-00:01:05", 65),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for wrong in ["", "a", "1:2:3:4", "-1", "1-", "99999999999999999999", "1.5"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn flags_that_could_break_a_script_are_refused() {
        let time = |text: &str| SlurmOptions { time: Some(text.to_owned()), ..Default::default() };
        assert!(time("2:00:00").check().is_ok());
        for wrong in ["0", "30 min", "1\n#SBATCH --wrap", "$(rm)"] {
            assert!(time(wrong).check().is_err(), "{wrong}");
        }
        let other =
            |text: &str| SlurmOptions { sbatch: vec![text.to_owned()], ..Default::default() };
        assert!(other("--qos=long").check().is_ok());
        assert!(other("qos=long").check().is_err());
        assert!(other("--a\nrm -r /").check().is_err());
    }
}
