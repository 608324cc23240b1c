//! Tasks that are killed or taken away go on where they were, to the same bits.

use super::submitted::{PATIENCE, Submitted, job, signal, undisturbed};
use crate::cluster::{Cluster, NODES};
use crate::common::stdout;

#[test]
fn killed_tasks_end_in_the_same_bits() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let number = sweep.submit_long(&["seed=0..3", "--time", "30"]);
    for name in ["seed=0", "seed=1", "seed=2", "seed=3"] {
        sweep.await_checkpoint(name);
    }

    // One task's own number is also that of the whole array, which must not be sent back for it.
    let queue = cluster.queue();
    let killed = queue.iter().find(|task| task.job == number).unwrap().task.unwrap();
    let others: Vec<u64> = (0..4).filter(|task| *task != killed).collect();
    let [scriptless, requeued, unhurt] = others[..] else { panic!("{others:?}") };
    // The program is killed, as for want of memory: the script sends the task back to the queue.
    signal(sweep.processes(1, killed).0, "KILL");
    // The script is killed: nobody sends the task back, and what it started comes to an end.
    let (orphan, script) = sweep.processes(1, scriptless);
    signal(script, "KILL");
    // The administrator sends a task back.
    cluster.run("scontrol", &["requeue", &format!("{number}_{requeued}")]);

    for task in [killed, requeued] {
        sweep.await_return_to_queue(number, task);
    }
    let orphan = format!("/proc/{orphan}/cmdline");
    cluster.wait_until("the end of the orphan", PATIENCE, || {
        // Empty if nobody has asked how it ended.
        std::fs::read(&orphan).map_or(true, |line| line.is_empty())
    });
    let fate = sweep.fate(&format!("seed={scriptless}"));
    assert_eq!(fate.state, "stopped", "{fate:?}");
    assert!((100..8000).contains(&fate.batch), "{fate:?}");
    assert!(fate.detail.contains(&format!("logs/{number}_{scriptless}.log")), "{fate:?}");

    // Only what nobody works on is sent again.
    let text = stdout(&sweep.status_command(&["--resubmit"]).success());
    let again = job(&text);
    let tasks: Vec<_> = cluster.queue().into_iter().filter(|task| task.array == again).collect();
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert!(text.contains("1 task, 1 run"), "{text}");

    assert_eq!(&sweep.await_done(), undisturbed());
    for task in [killed, requeued] {
        assert_eq!(cluster.property(&format!("{number}_{task}"), "Restarts"), "1");
        // Both attempts are in its log, and the second had less to do.
        let log = sweep.log(number, task);
        assert_eq!(log.matches("batches to train").count(), 2, "{log}");
        assert_eq!(log.matches("8000 batches to train").count(), 1, "{log}");
    }
    assert_eq!(cluster.property(&format!("{number}_{unhurt}"), "Restarts"), "0");
    let log = sweep.log(again, 0);
    assert!(log.contains("batches to train") && !log.contains("8000 batches"), "{log}");
}

#[test]
fn tasks_of_a_node_that_goes_down_end_in_the_same_bits() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let number = sweep.submit_long(&["seed=0..2", "--time", "30"]);
    for name in ["seed=0", "seed=1", "seed=2"] {
        sweep.await_checkpoint(name);
    }
    // Two tasks fill a node.
    let victims: Vec<u64> =
        (0..3).filter(|task| cluster.task(number, *task).unwrap().nodes == NODES[0]).collect();
    assert_eq!(victims.len(), 2);
    let node = format!("nodename={}", NODES[0]);
    cluster.run("scontrol", &["update", &node, "state=down", "reason=test"]);
    for victim in &victims {
        sweep.await_return_to_queue(number, *victim);
    }
    cluster.wait_until("tasks on the other node", PATIENCE, || {
        let queue = cluster.queue();
        queue.iter().any(|task| task.state == "RUNNING" && victims.contains(&task.task.unwrap()))
    });
    assert!(cluster.queue().iter().all(|task| task.nodes != NODES[0]));
    cluster.run("scontrol", &["update", &node, "state=resume"]);
    let expected: Vec<_> = undisturbed().iter().take(3).collect();
    assert_eq!(sweep.await_done().iter().collect::<Vec<_>>(), expected);
    for task in 0..3 {
        let restarts = if victims.contains(&task) { "1" } else { "0" };
        assert_eq!(cluster.property(&format!("{number}_{task}"), "Restarts"), restarts);
    }
}

#[test]
fn a_node_that_is_no_longer_heard_of_and_works_on_does_no_harm() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let number = sweep.submit_long(&["seed=0..1", "--time", "30"]);
    for name in ["seed=0", "seed=1"] {
        sweep.await_checkpoint(name);
    }
    // The node is cut off and stands still. Slurm gives it up, and begins its tasks on another.
    let node = cluster.task(number, 0).unwrap().nodes;
    assert_eq!(cluster.task(number, 1).unwrap().nodes, node);
    let workers = [0, 1].map(|task| sweep.processes(1, task).0);
    signal(cluster.daemon_of(&node), "KILL");
    workers.iter().for_each(|worker| signal(*worker, "STOP"));
    cluster.wait_until("both tasks on the other node", PATIENCE, || {
        let moved = |task| {
            cluster
                .task(number, task)
                .is_some_and(|task| task.state == "RUNNING" && task.nodes != node)
        };
        moved(0) && moved(1)
    });
    // There they wait for those who hold the runs.
    for task in 0..2 {
        cluster.wait_until("a task that waits", PATIENCE, || {
            sweep.log(number, task).contains("is in use by")
        });
        assert_eq!(sweep.fate(&format!("seed={task}")).state, "running");
    }
    // The node goes on with its work, as if nothing had been.
    workers.iter().for_each(|worker| signal(*worker, "CONT"));
    let expected: Vec<_> = undisturbed().iter().take(2).collect();
    assert_eq!(sweep.await_done().iter().collect::<Vec<_>>(), expected);
    for task in 0..2 {
        assert_eq!(cluster.property(&format!("{number}_{task}"), "Restarts"), "1");
        assert_eq!(cluster.property(&format!("{number}_{task}"), "JobState"), "COMPLETED");
    }
}
