//! Tasks that reach their time limit, or make room for more urgent ones, go on in a new job.

use super::submitted::{PATIENCE, Submitted, undisturbed};
use crate::cluster::{Cluster, URGENT};

#[test]
fn tasks_that_reach_their_time_limit_end_in_the_same_bits() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let expected: Vec<_> = undisturbed().iter().take(2).collect();
    // The shortest limit there is: the warning is due at once, and comes at the next check.
    cluster.wait_for_time_check();
    let number = sweep.submit_long(&["seed=0..1", "--time", "1"]);
    for task in 0..2 {
        sweep.await_return_to_queue(number, task);
    }
    assert_eq!(sweep.await_done().iter().collect::<Vec<_>>(), expected);
    for task in 0..2 {
        let log = sweep.log(number, task);
        assert!(log.contains("resumes in a new job (exit code 130)"), "{log}");
        assert_eq!(log.matches("8000 batches to train").count(), 1, "{log}");
        let restarts: u32 =
            cluster.property(&format!("{number}_{task}"), "Restarts").parse().unwrap();
        assert!(restarts >= 1);
    }
}

#[test]
fn preempted_tasks_end_in_the_same_bits() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let number = sweep.submit_long(&["seed=2..3", "--time", "30"]);
    for name in ["seed=2", "seed=3"] {
        sweep.await_checkpoint(name);
    }
    let whole = ["-p", URGENT, "--nodes=2", "--cpus-per-task=2", "--time=5", "--output=/dev/null"];
    let urgent = cluster.submit(&[&whole[..], &["--wrap=sleep 1"]].concat());
    for task in 0..2 {
        sweep.await_return_to_queue(number, task);
    }
    cluster.wait_for_end(urgent, PATIENCE);
    let expected: Vec<_> = undisturbed().iter().skip(2).collect();
    assert_eq!(sweep.await_done().iter().collect::<Vec<_>>(), expected);
    for task in 0..2 {
        // Once, though both Slurm and the script may have sent it back.
        assert_eq!(cluster.property(&format!("{number}_{task}"), "Restarts"), "1");
    }
}
