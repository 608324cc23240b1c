//! The cluster that the other tests run on: two live side by side, and nothing is left of them.

use crate::cluster::{Cluster, NODES};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Processes of a cluster's folder: daemons and jobs, also orphans.
fn processes(folder: &Path) -> Vec<u32> {
    let mark = format!("SLURM_CONF={}", folder.join("slurm.conf").display());
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let environment = std::fs::read(entry.path().join("environ")).ok()?;
            environment.split(|byte| *byte == 0).any(|v| v == mark.as_bytes()).then_some(pid)
        })
        .collect()
}

fn await_nothing_of(folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while folder.exists() || !processes(folder).is_empty() {
        assert!(
            Instant::now() < deadline,
            "left behind: {} {:?}",
            folder.display(),
            processes(folder)
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn clusters_live_side_by_side_and_leave_nothing() {
    let Some(one) = Cluster::start_or_skip() else { return };
    let two = Cluster::start().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let job = |cluster: &Cluster, name: &str, script: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        let log = format!("--output={}/{name}.%a", dir.path().display());
        cluster.submit(&["--array=0-3", &log, path.to_str().unwrap()])
    };
    // Jobs that outlive their parents and pay no heed to signals.
    let endless =
        job(&one, "endless", "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & sleep 600");
    let short = job(&two, "short", "echo task $SLURM_ARRAY_TASK_ID on $SLURMD_NODENAME");
    two.wait_for_end(short, Duration::from_secs(30));
    let mut nodes: Vec<String> = (0..4)
        .map(|task| {
            let text = std::fs::read_to_string(dir.path().join(format!("short.{task}"))).unwrap();
            let mut words = text.split_whitespace();
            assert_eq!((words.next(), words.next()), (Some("task"), Some(&*task.to_string())));
            words.nth(1).unwrap().to_owned()
        })
        .collect();
    nodes.sort();
    assert_eq!(nodes, [NODES[0], NODES[0], NODES[1], NODES[1]], "both nodes take two tasks each");
    one.wait_until("four endless tasks", Duration::from_secs(30), || {
        one.queue().iter().filter(|job| job.array == endless && job.state == "RUNNING").count() == 4
    });
    assert!(processes(one.folder()).len() >= 4 + 4 * 3, "{:?}", processes(one.folder()));
    for cluster in [one, two] {
        let folder = cluster.folder().to_owned();
        drop(cluster);
        assert!(!folder.exists());
        assert!(processes(&folder).is_empty(), "{:?}", processes(&folder));
    }
}

#[test]
fn a_test_that_dies_leaves_nothing() {
    const DIE: &str = "QUIESCENT_TEST_DIES";
    if std::env::var_os(DIE).is_some() {
        let cluster = Cluster::start().unwrap();
        cluster.submit(&["--output=/dev/null", "--wrap=sleep 600"]);
        #[allow(clippy::print_stdout, reason = "read by the test that started this one")]
        {
            println!("\nfolder {}", cluster.folder().display());
        }
        // Until it is killed.
        std::thread::sleep(Duration::from_secs(60));
        panic!("nobody has killed this test");
    }
    if Cluster::start_or_skip().is_none() {
        return;
    }
    let mut test = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "harness::a_test_that_dies_leaves_nothing", "--nocapture"])
        .env(DIE, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let folder: PathBuf = BufReader::new(test.stdout.take().unwrap())
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("folder ").map(PathBuf::from))
        .expect("the cluster starts");
    assert!(!processes(&folder).is_empty());
    test.kill().unwrap();
    test.wait().unwrap();
    await_nothing_of(&folder);
}
