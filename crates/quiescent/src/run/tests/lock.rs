//! The lock: who has it, when it is stale, and writers that have lost it.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};

use super::{message, names};
use crate::run::lock::folder_lock::create_unlinked;
use crate::run::lock::process::{Liveness, ProcessIdentity, Stat};
use crate::run::lock::record::LockRecord;
use crate::run::*;

/// Set for the process that takes a lock and keeps it: the folder.
const HOLD: &str = "QUIESCENT_TEST_HELD_FOLDER";

/// Writes a lock file as this process would, but for what `change` changes.
pub(super) fn forge(path: &Path, age_s: u64, change: impl FnOnce(&mut Value)) {
    let mut record = serde_json::to_value(LockRecord::new()).unwrap();
    change(&mut record);
    fs::write(path, record.to_string()).unwrap();
    age(path, age_s);
}

/// Makes a file older.
pub(super) fn age(path: &Path, age_s: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age_s)).unwrap();
}

pub(super) fn on_another_host(record: &mut Value) {
    record["host"] = json!("node7");
    record["boot_id"] = json!("11111111-2222-3333-4444-555555555555");
    record["pid"] = json!(4711);
    record["slurm_job"] = json!("33_4");
}

/// The number of a process that has ended.
pub(super) fn dead_pid() -> u32 {
    let mut child = Command::new(env::current_exe().unwrap())
        .arg("--list")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.wait().unwrap();
    child.id()
}

fn is_refused(folder: &Path) -> String {
    let lock = folder.join("lock");
    let before = (fs::read(&lock).unwrap(), fs::metadata(&lock).unwrap().modified().unwrap());
    let names_before = names(folder);
    let error = FolderLock::acquire(folder).unwrap_err();
    assert!(matches!(error, RunError::Locked { .. }), "{error}");
    let after = (fs::read(&lock).unwrap(), fs::metadata(&lock).unwrap().modified().unwrap());
    assert_eq!(after, before);
    assert_eq!(names(folder), names_before);
    message(&error, folder)
}

/// Takes a lock that is stale; what its record then says.
fn is_taken_over(folder: &Path) -> Value {
    let began = Instant::now();
    let lock = FolderLock::acquire(folder).unwrap();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    lock.check().unwrap();
    let record = serde_json::from_slice(&fs::read(folder.join("lock")).unwrap()).unwrap();
    assert_eq!(names(folder), ["lock"]);
    drop(lock);
    assert_eq!(names(folder), Vec::<String>::new());
    record
}

#[test]
fn the_file_tells_who_holds_it_and_goes_with_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let lock = FolderLock::acquire(folder.path()).unwrap();
    let bytes = fs::read(folder.path().join("lock")).unwrap();
    assert_eq!(bytes.iter().filter(|&&byte| byte == b'\n').count(), 1);
    let record: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(record["pid"], std::process::id());
    assert_eq!(record["host"], host_name());
    assert_eq!(record["token"].as_str().unwrap().len(), 32);
    assert!(record["taken_unix_s"].as_f64().unwrap() > 1.7e9);
    assert_eq!(record.get("taken_after_silence_s"), None);
    #[cfg(target_os = "linux")]
    for key in ["boot_id", "pid_namespace", "process_start"] {
        assert!(!record[key].is_null(), "{record}");
    }
    let text = is_refused(folder.path());
    assert!(text.contains(&format!("process {} on ", std::process::id())), "{text}");
    let began = Instant::now();
    drop(lock);
    // Not after the next heartbeat.
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // Another lock of the same process is another lock.
    let again = FolderLock::acquire(folder.path()).unwrap();
    let other: Value =
        serde_json::from_slice(&fs::read(folder.path().join("lock")).unwrap()).unwrap();
    assert_ne!(other["token"], record["token"]);
    drop(again);
}

#[test]
#[cfg(unix)]
fn an_ended_process_frees_its_lock_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let pid = dead_pid();
    forge(&folder.path().join("lock"), 0, |record| record["pid"] = json!(pid));
    assert!(is_taken_over(folder.path())["taken_after_silence_s"].as_f64().unwrap() < 10.0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_number_used_again_is_another_process() {
    let folder = tempfile::tempdir().unwrap();
    forge(&folder.path().join("lock"), 0, |record| {
        record["process_start"] = json!(record["process_start"].as_u64().unwrap() - 1);
    });
    is_taken_over(folder.path());
}

#[test]
fn another_hosts_lock_is_free_after_two_minutes_of_silence() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    forge(&lock, 100, on_another_host);
    let text = is_refused(folder.path());
    for part in ["process 4711 on node7", "job 33_4", "10", " s ago", "free 120 s after"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    forge(&lock, 125, on_another_host);
    let silence = is_taken_over(folder.path())["taken_after_silence_s"].as_f64().unwrap();
    assert!((120.0..140.0).contains(&silence), "{silence}");

    // A container counts its processes for itself, and a clock may be ahead.
    forge(&lock, 0, |record| {
        record["pid_namespace"] = json!("pid:[1]");
        record["pid"] = json!(1);
    });
    is_refused(folder.path());
    let file = File::options().write(true).open(&lock).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(3600)).unwrap();
    assert!(is_refused(folder.path()).contains("last heard from 0 s ago"));
    age(&lock, 3600);
    is_taken_over(folder.path());
}

#[test]
fn numbers_that_are_no_process_say_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    for pid in [0, u32::MAX, i32::MAX as u32 + 1] {
        forge(&lock, 0, |record| record["pid"] = json!(pid));
        is_refused(folder.path());
        fs::remove_file(&lock).unwrap();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_silent_process_that_is_known_to_live_keeps_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    forge(&folder.path().join("lock"), 1000, |_| ());
    let text = is_refused(folder.path());
    assert!(text.contains("1000 s ago") && text.contains("suspended"), "{text}");
    assert!(RunFolder::holder(folder.path()).unwrap().known_alive);
}

#[test]
fn a_lock_without_a_record_is_being_written_for_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    // The last is what an earlier version wrote.
    for content in ["", "{\"pid\": 1,", "\u{0}\u{0}", "{\"pid\": 1, \"host\": \"node7\"}\n"] {
        fs::write(&lock, content).unwrap();
        age(&lock, 3);
        assert!(is_refused(folder.path()).contains("another process"));
        age(&lock, 11);
        is_taken_over(folder.path());
    }
}

#[test]
fn a_file_without_links_is_created_exclusively_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    create_unlinked(&path, &LockRecord::new()).unwrap();
    assert_eq!(RunFolder::holder(folder.path()).unwrap().pid, std::process::id());
    let before = fs::read(&path).unwrap();
    let error = create_unlinked(&path, &LockRecord::new()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn what_is_not_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    fs::create_dir(&lock).unwrap();
    let error = FolderLock::acquire(folder.path()).unwrap_err();
    assert!(message(&error, &lock).contains("not a regular file"), "{error}");
    assert_eq!(RunFolder::holder(folder.path()), None);
    fs::remove_dir(&lock).unwrap();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", &lock).unwrap();
        let error = FolderLock::acquire(folder.path()).unwrap_err();
        assert!(message(&error, &lock).contains("not a regular file"), "{error}");
        fs::remove_file(&lock).unwrap();
        assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
        FolderLock::acquire(folder.path()).unwrap_err();
    }
}

#[test]
fn nothing_of_a_lock_file_reaches_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    forge(&folder.path().join("lock"), 0, |record| {
        record["host"] = json!(format!("a\u{1b}[2Jb\n{}", "x".repeat(1000)));
        record["slurm_job"] = json!("7\u{7}");
    });
    let text = is_refused(folder.path());
    assert!(!text.chars().any(char::is_control) && text.len() < 600, "{text:?}");
}

/// Takes a lock and keeps it until killed, or until nobody is left who could.
#[test]
#[ignore = "entry point of a child of a_killed_process_frees_its_lock_before_its_parent_knows"]
fn holder_to_be_killed() {
    let folder = env::var_os(HOLD).expect("only a test that starts this one runs it");
    name_job("33");
    let _lock = FolderLock::acquire(Path::new(&folder)).unwrap();
    // The parent never writes; its end closes the pipe.
    io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_process_frees_its_lock_before_its_parent_knows() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["run::tests::lock::holder_to_be_killed", "--exact", "--ignored"])
        .env(HOLD, folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(30);
    let holder = loop {
        if let Some(holder) = RunFolder::holder(folder.path()) {
            break holder;
        }
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the child ended without taking the lock: {ended:?}");
        assert!(Instant::now() < deadline, "the child takes no lock");
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!((holder.pid, holder.host.as_str()), (child.id(), host_name()));
    assert_eq!(holder.job.as_deref(), Some("33"));
    assert!(holder.known_alive && holder.heartbeat_age_s < 30.0);
    let text = is_refused(folder.path());
    assert!(text.contains(&format!("process {} on ", child.id())), "{text}");
    assert!(text.contains("job 33"), "{text}");

    child.kill().unwrap();
    // Nobody has waited for the child, so it is still in the process table.
    let free = RunFolder::wait_for_lock(folder.path(), Duration::from_secs(5), &mut || true);
    assert!(free.unwrap());
    is_taken_over(folder.path());
    child.wait().unwrap();
}

#[test]
fn this_process_is_known_to_live() {
    let expected = if cfg!(target_os = "linux") { Liveness::Alive } else { Liveness::Unknown };
    assert_eq!(ProcessIdentity::own().liveness(), expected);
}

#[test]
fn the_heartbeat_touches_the_file_and_ends_with_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let lock = FolderLock::acquire_beating(folder.path(), Duration::from_millis(20)).unwrap();
    let content = fs::read(&path).unwrap();
    let silence =
        |path: &Path| fs::metadata(path).unwrap().modified().unwrap().elapsed().unwrap_or_default();
    let await_heartbeats = |path: &Path| {
        for _ in 0..3 {
            age(path, 1000);
            let deadline = Instant::now() + Duration::from_secs(10);
            while silence(path) > Duration::from_secs(60) {
                assert!(Instant::now() < deadline, "no heartbeat");
                thread::sleep(Duration::from_millis(5));
            }
        }
    };
    await_heartbeats(&path);
    assert_eq!(fs::read(&path).unwrap(), content);
    // It is its own file that it touches, under whatever name, not the one that has come in its place.
    let (own, other) = (folder.path().join("own"), folder.path().join("other"));
    fs::rename(&path, &own).unwrap();
    forge(&other, 1000, on_another_host);
    fs::rename(&other, &path).unwrap();
    await_heartbeats(&own);
    assert!(silence(&path) > Duration::from_secs(900), "{:?}", silence(&path));
    drop(lock);
    assert_eq!(names(folder.path()), ["lock", "own"]);
}

#[test]
fn who_holds_a_lock_can_be_seen_without_touching_anything() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let holder = || RunFolder::holder(folder.path());
    assert_eq!(RunFolder::holder(folder.path().join("gone")), None);
    assert_eq!(holder(), None);
    let held = FolderLock::acquire(folder.path()).unwrap();
    assert_eq!(holder().unwrap().pid, std::process::id());
    drop(held);
    assert_eq!(holder(), None);

    forge(&lock, 50, on_another_host);
    // Long ago, so that whatever happens from now on shows.
    #[cfg(unix)]
    File::open(folder.path())
        .unwrap()
        .set_modified(SystemTime::now() - Duration::from_secs(1000))
        .unwrap();
    let changed = fs::metadata(folder.path()).unwrap().modified().unwrap();
    let found = holder().unwrap();
    assert_eq!((found.pid, found.host.as_str()), (4711, "node7"));
    assert_eq!(found.job.as_deref(), Some("33_4"));
    assert!((50.0..100.0).contains(&found.heartbeat_age_s) && !found.known_alive);
    // A file that came and went would show.
    assert_eq!(fs::metadata(folder.path()).unwrap().modified().unwrap(), changed);
    age(&lock, 121);
    assert_eq!(holder(), None);
    fs::write(&lock, "").unwrap();
    assert_eq!(holder(), None);
    #[cfg(unix)]
    {
        let pid = dead_pid();
        forge(&lock, 0, |record| record["pid"] = json!(pid));
        assert_eq!(holder(), None);
    }
}

#[test]
fn waiting_ends_when_the_lock_is_free_or_stale_or_time_is_up() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let minute = Duration::from_secs(60);
    let wait = |up_to| RunFolder::wait_for_lock(folder.path(), up_to, &mut || true).unwrap();
    assert!(wait(Duration::ZERO));
    assert!(
        RunFolder::wait_for_lock(folder.path().join("gone"), minute, &mut || panic!()).unwrap()
    );

    let held = FolderLock::acquire(folder.path()).unwrap();
    assert!(!wait(Duration::ZERO));
    let began = Instant::now();
    assert!(!wait(Duration::from_millis(300)));
    assert!((300..5000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    let mut asked = 0;
    let mut twice = || {
        asked += 1;
        asked < 2
    };
    assert!(!RunFolder::wait_for_lock(folder.path(), minute, &mut twice).unwrap());
    assert_eq!(asked, 2);
    let (asks, asked) = mpsc::channel();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut ask = || asks.send(()).is_ok();
            RunFolder::wait_for_lock(folder.path(), minute, &mut ask).unwrap()
        });
        // It has found the lock held this often.
        for _ in 0..2 {
            asked.recv_timeout(Duration::from_secs(30)).expect("it does not wait");
        }
        drop(held);
        assert!(waiting.join().unwrap());
    });

    // One that is never heard of again becomes stale while we wait.
    forge(&lock, 118, on_another_host);
    assert!(!wait(Duration::ZERO));
    let began = Instant::now();
    assert!(wait(minute));
    assert!((1..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(names(folder.path()), ["lock"]);
    is_taken_over(folder.path());
}

#[test]
#[cfg(target_os = "linux")]
fn process_tables_are_read_whatever_programs_are_called() {
    let stat = |name: &str, state: &str, threads: u32| {
        let zeros = "0 ".repeat(16);
        let text = format!("42 ({name}) {state} {zeros}{threads} 0 987654 1 2 3\n");
        let stat = Stat::parse(text.as_bytes()).unwrap();
        (stat.ended, stat.start)
    };
    assert_eq!(stat("quiescent", "R", 3), (false, 987_654));
    assert_eq!(stat("a) Z 1 (b", "S", 1), (false, 987_654));
    assert_eq!(stat("quiescent", "Z", 1), (true, 987_654));
    // The first thread has ended, another one is still writing.
    assert_eq!(stat("quiescent", "Z", 2), (false, 987_654));
    for text in ["", "42 (x", "42 (x) R 1 2", "42 (x) R a b"] {
        assert!(Stat::parse(text.as_bytes()).is_none());
    }
}
