//! `failure.json`, and runs that begin or go on beside it.

use std::fs;

use super::{experiment, message, names};
use crate::run::lock::host::slurm_job_of;
use crate::run::*;

#[test]
fn what_failed_is_read_back() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("runs").join("a");
    assert_eq!(RunFolder::failure(&folder).unwrap(), None);
    let mut record = FailureRecord::new("error: \"quoted\"\nand a second line", 4);
    record.slurm_job = Some("33_4".to_owned());
    RunFolder::write_failure(&folder, &record).unwrap();
    assert_eq!(RunFolder::failure(&folder).unwrap(), Some(record));
    assert!(!RunFolder::is_run(&folder));
    let record = FailureRecord::new("error: another reason", 3);
    RunFolder::write_failure(&folder, &record).unwrap();
    assert_eq!(record.host, host_name());
    assert!(record.failed_unix_s > 1.7e9);
    assert_eq!(RunFolder::failure(&folder).unwrap(), Some(record));
    assert_eq!(names(&folder), ["failure.json"]);
}

#[test]
fn it_is_gone_once_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let record = FailureRecord::new("error: not enough memory", 2);
    RunFolder::write_failure(folder.path(), &record).unwrap();
    fs::write(folder.path().join("lock.takeover"), "").unwrap();
    let run = RunFolder::create(folder.path(), &experiment()).unwrap();
    assert_eq!(RunFolder::failure(folder.path()).unwrap(), None);

    // Who is refused because another one writes leaves it, and may say so beside the writer.
    RunFolder::write_failure(folder.path(), &record).unwrap();
    RunFolder::open_for_writing(folder.path()).unwrap_err();
    assert_eq!(RunFolder::failure(folder.path()).unwrap().as_ref(), Some(&record));
    drop(run);
    RunFolder::open(folder.path()).unwrap();
    assert_eq!(RunFolder::failure(folder.path()).unwrap(), Some(record));
    RunFolder::open_for_writing(folder.path()).unwrap();
    assert_eq!(RunFolder::failure(folder.path()).unwrap(), None);
}

#[test]
fn a_damaged_one_is_named_and_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("failure.json");
    let good = serde_json::to_value(FailureRecord::new("x", 3)).unwrap();
    let with = |key: &str, value: serde_json::Value| {
        let mut record = good.clone();
        record[key] = value;
        record.to_string().into_bytes()
    };
    let contents = [
        (Vec::new(), "damaged"),
        (b"{\"schema_version\": 1,".to_vec(), "line 1"),
        (b"\xff\xfe".to_vec(), "UTF-8"),
        ("[".repeat(100_000).into_bytes(), "damaged"),
        (with("exit_code", 300.into()), "damaged"),
        (with("reason", 1.into()), "damaged"),
        (with("schema_version", 2.into()), "update this program"),
    ];
    for (content, part) in contents {
        fs::write(&path, content).unwrap();
        let error = RunFolder::failure(folder.path()).unwrap_err();
        assert!(!error.is_usage());
        assert!(message(&error, &path).contains(part), "{error}");
    }
    RunFolder::create(folder.path(), &experiment()).unwrap();
    assert!(!path.exists());

    fs::create_dir(&path).unwrap();
    let error = RunFolder::failure(folder.path()).unwrap_err();
    assert!(message(&error, &path).contains("not a regular file"), "{error}");
    let error = RunFolder::open_for_writing(folder.path()).unwrap_err();
    message(&error, &path);
}

#[test]
fn jobs_are_named_as_squeue_names_them() {
    let job = |variables: &[(&str, &str)]| {
        slurm_job_of(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    };
    assert_eq!(job(&[]), None);
    assert_eq!(job(&[("SLURM_JOB_ID", "")]), None);
    assert_eq!(job(&[("SLURM_JOB_ID", "37")]).as_deref(), Some("37"));
    let task = [("SLURM_JOB_ID", "37"), ("SLURM_ARRAY_JOB_ID", "33"), ("SLURM_ARRAY_TASK_ID", "4")];
    assert_eq!(job(&task).as_deref(), Some("33_4"));
}
