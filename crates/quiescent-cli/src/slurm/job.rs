//! The Slurm job that this process belongs to.

/// The Slurm job that this process belongs to, as `squeue` names it: `123`, or `123_4` for the task
/// of an array. `None` outside of Slurm.
pub(crate) fn this_job() -> Option<String> {
    job_of(|name| std::env::var(name).ok())
}

fn job_of(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    match (set("SLURM_ARRAY_JOB_ID"), set("SLURM_ARRAY_TASK_ID")) {
        (Some(job), Some(task)) => Some(format!("{job}_{task}")),
        _ => set("SLURM_JOB_ID"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_named_as_squeue_names_them() {
        let job = |variables: &[(&str, &str)]| {
            job_of(|name| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(job(&[]), None);
        assert_eq!(job(&[("SLURM_JOB_ID", "")]), None);
        assert_eq!(job(&[("SLURM_JOB_ID", "37")]).as_deref(), Some("37"));
        let task =
            [("SLURM_JOB_ID", "37"), ("SLURM_ARRAY_JOB_ID", "33"), ("SLURM_ARRAY_TASK_ID", "4")];
        assert_eq!(job(&task).as_deref(), Some("33_4"));
    }
}
