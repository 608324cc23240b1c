//! `failure.json`, and runs that begin or go on beside it.

use std::fs;

use super::{experiment, message, names};
use crate::run::*;

#[test]
fn what_failed_is_read_back() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("runs").join("a");
    assert_eq!(RunFolder::failure(&folder).unwrap(), None);
    let mut record =
        FailureRecord::new("error: \"quoted\"\nand a second line", FailureKind::Diverged);
    record.job = Some("33_4".to_owned());
    RunFolder::write_failure(&folder, &record).unwrap();
    assert_eq!(RunFolder::failure(&folder).unwrap(), Some(record));
    assert!(!RunFolder::is_run(&folder));
    let record = FailureRecord::new("error: another reason", FailureKind::Data);
    RunFolder::write_failure(&folder, &record).unwrap();
    assert_eq!(record.host, host_name());
    assert!(record.failed_unix_s > 1.7e9);
    assert_eq!(RunFolder::failure(&folder).unwrap(), Some(record));
    assert_eq!(names(&folder), ["failure.json"]);
}

#[test]
fn it_is_gone_once_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let record = FailureRecord::new("error: not enough memory", FailureKind::Request);
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
    let good = serde_json::to_value(FailureRecord::new("x", FailureKind::Data)).unwrap();
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
        (with("kind", "other".into()), "damaged"),
        (with("reason", 1.into()), "damaged"),
        (with("schema_version", 2.into()), "update this program"),
    ];
    for (content, part) in contents {
        fs::write(&path, content).unwrap();
        let error = RunFolder::failure(folder.path()).unwrap_err();
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
fn a_file_of_an_earlier_version_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let old = r#"{"schema_version":1,"program_version":"0.1.0","reason":"no space","exit_code":3,
        "host":"h","failed_unix_s":1.5,"slurm_job":"4_1"}"#;
    fs::write(folder.path().join("failure.json"), old).unwrap();
    let record = RunFolder::failure(folder.path()).unwrap().unwrap();
    assert_eq!((record.kind, record.job.as_deref()), (None, Some("4_1")));
}
