//! Many who want one stale lock at the same time: one gets it.

use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::lock::{age, dead_pid, forge, on_another_host};
use super::{message, names};
use crate::run::*;

/// Set for a process that races for a lock: the folder, and where to say how it went.
const FOLDER: &str = "QUIESCENT_TEST_RACE_FOLDER";
const RESULTS: &str = "QUIESCENT_TEST_RACE_RESULTS";

/// The kinds of stale locks there are, and the file that a killed winner leaves.
fn leave_stale(folder: &Path, round: usize, dead: u32) {
    let lock = folder.join("lock");
    let dead = |path: &Path| forge(path, 0, |record| record["pid"] = json!(dead));
    match round % 4 {
        0 => dead(&lock),
        1 => forge(&lock, 200, on_another_host),
        2 => {
            fs::write(&lock, "").unwrap();
            age(&lock, 60);
        }
        _ => {
            dead(&lock);
            dead(&folder.join("lock.takeover"));
        }
    }
}

#[test]
#[cfg(unix)]
fn of_many_threads_one_takes_a_stale_lock() {
    const THREADS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let dead = dead_pid();
    for round in 0..120 {
        leave_stale(folder.path(), round, dead);
        let barrier = Barrier::new(THREADS);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let race = || {
                barrier.wait();
                FolderLock::acquire(folder.path())
            };
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(race)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1, "round {round}");
        for lock in won {
            lock.unwrap().check().unwrap();
        }
        for error in lost {
            let error = error.unwrap_err();
            assert!(matches!(error, RunError::Locked { .. }), "{error}");
            // The winner is named.
            let text = message(&error, folder.path());
            assert!(text.contains(&format!("process {} ", std::process::id())), "{text}");
        }
        assert_eq!(names(folder.path()), Vec::<String>::new(), "round {round}");
    }
}

/// One of the racing processes.
#[test]
#[ignore = "entry point of the children of of_many_processes_one_takes_a_stale_lock"]
fn process_that_races() {
    let [folder, results] = [FOLDER, RESULTS]
        .map(|name| env::var_os(name).expect("only a test that starts this one runs it"));
    let results = Path::new(&results);
    let say = |what: &str| {
        fs::write(results.join(format!("{what}-{}", std::process::id())), "").unwrap();
    };
    // The parent may fail before it says anything: nothing is waited for without end.
    let deadline = Instant::now() + Duration::from_secs(60);
    let wait_for = |name: &str| {
        while !results.join(name).exists() {
            assert!(Instant::now() < deadline, "nobody said {name:?} within a minute");
            thread::sleep(Duration::from_micros(100));
        }
    };
    say("ready");
    wait_for("go");
    match FolderLock::acquire(Path::new(&folder)) {
        Ok(lock) => {
            say("won");
            wait_for("done");
            lock.check().unwrap();
        }
        Err(RunError::Locked { .. }) => say("lost"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
#[cfg(unix)]
fn of_many_processes_one_takes_a_stale_lock() {
    const PROCESSES: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let dead = dead_pid();
    for round in 0..12 {
        leave_stale(folder.path(), round, dead);
        let results = tempfile::tempdir().unwrap();
        let start = || {
            Command::new(env::current_exe().unwrap())
                .args(["run::tests::lock_race::process_that_races", "--exact", "--ignored"])
                .env(FOLDER, folder.path())
                .env(RESULTS, results.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap()
        };
        let children: Vec<_> = (0..PROCESSES).map(|_| start()).collect();
        let deadline = Instant::now() + Duration::from_secs(60);
        let count =
            |what: &str| names(results.path()).iter().filter(|name| name.starts_with(what)).count();
        let wait_until = |done: &dyn Fn() -> bool| {
            while !done() {
                assert!(Instant::now() < deadline, "{:?}", names(results.path()));
                thread::sleep(Duration::from_millis(2));
            }
        };
        wait_until(&|| count("ready") == PROCESSES);
        fs::write(results.path().join("go"), "").unwrap();
        wait_until(&|| count("won") + count("lost") == PROCESSES);
        assert_eq!(count("won"), 1, "round {round}");
        fs::write(results.path().join("done"), "").unwrap();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(names(folder.path()), Vec::<String>::new(), "round {round}");
    }
}

#[test]
fn while_another_takes_over_nobody_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("lock");
    let takeover = folder.path().join("lock.takeover");
    forge(&lock, 200, on_another_host);
    let stale = fs::read(&lock).unwrap();
    forge(&takeover, 100, |record| {
        on_another_host(record);
        record["host"] = json!("node8");
    });
    let error = FolderLock::acquire(folder.path()).unwrap_err();
    assert!(message(&error, folder.path()).contains("node8"), "{error}");
    assert_eq!(fs::read(&lock).unwrap(), stale);
    assert_eq!(names(folder.path()), ["lock", "lock.takeover"]);

    // Whoever it was has crashed.
    age(&takeover, 125);
    drop(FolderLock::acquire(folder.path()).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());
    forge(&lock, 200, on_another_host);
    fs::write(&takeover, "").unwrap();
    age(&takeover, 11);
    drop(FolderLock::acquire(folder.path()).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // A free lock needs no taking over.
    fs::write(&takeover, "").unwrap();
    drop(FolderLock::acquire(folder.path()).unwrap());
}
