//! What is cancelled stays so until it is sent again; what fails or is refused says why.

use super::submitted::{PATIENCE, Submitted, job, undisturbed};
use crate::cluster::{Cluster, PARTITION};
use crate::common::{stderr, stdout};

#[test]
fn what_is_cancelled_stays_so_until_it_is_sent_again() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let number = sweep.submit_long(&["seed=0..3", "--array-limit", "2", "--time", "30"]);
    sweep.await_checkpoint("seed=0");
    sweep.await_checkpoint("seed=1");
    assert_eq!(sweep.fate("seed=3").state, "waiting");
    // One that runs and one that waits.
    cluster.run("scancel", &[&format!("{number}_0"), &format!("{number}_3")]);
    cluster.wait_until("the end of two tasks", PATIENCE, || {
        cluster.task(number, 0).is_none() && cluster.task(number, 3).is_none()
    });
    let fate = sweep.fate("seed=0");
    assert_eq!(fate.state, "stopped", "{fate:?}");
    assert!((100..8000).contains(&fate.batch), "{fate:?}");
    assert_eq!(sweep.fate("seed=3").state, "missing");
    // The task is over, its script too: nobody is left who could send it back.
    let is_cancelled = || {
        assert!(cluster.task(number, 0).is_none());
        assert_eq!(cluster.property(&format!("{number}_0"), "JobState"), "CANCELLED");
        assert_eq!(cluster.property(&format!("{number}_0"), "ExitCode"), "130:0");
        assert_eq!(cluster.property(&format!("{number}_0"), "Restarts"), "0");
    };
    is_cancelled();
    let log = sweep.log(number, 0);
    assert!(!log.contains("resumes in a new job"), "{log}");
    assert!(matches!(sweep.fate("seed=1").state.as_str(), "running" | "done"));

    let text = stdout(&sweep.status_command(&["--resubmit"]).success());
    assert!(text.contains("2 tasks, 2 runs"), "{text}");
    let again = job(&text);
    assert_eq!(&sweep.await_done(), undisturbed());
    // The flags of the first submission still hold.
    assert_eq!(cluster.property(&format!("{again}_0"), "TimeLimit"), "00:30:00");
    let script = std::fs::read_to_string(sweep.out.join("slurm/0002.sh")).unwrap();
    assert!(script.contains("#SBATCH --array=0-1%2\n"), "{script}");
    // Meanwhile a task that was sent back would long have begun again.
    is_cancelled();
}

#[test]
fn a_refusal_is_shown_and_loses_nothing() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    let two = ["seed=0..1", "--slurm", "--time", "5", "--mem", "100M"];
    let assert = sweep.sweep(&[&two[..], &["--partition", "nosuch"]].concat()).code(3);
    let text = stderr(&assert);
    assert!(text.contains("invalid partition specified: nosuch"), "{text}");
    assert!(text.contains("--resubmit"), "{text}");
    assert!(cluster.queue().is_empty());
    assert!(sweep.fates().values().all(|fate| fate.state == "missing"));
    let assert = sweep.status_command(&["--resubmit"]).code(3);
    assert!(stderr(&assert).contains("nosuch"), "{}", stderr(&assert));
    let assert = sweep.status_command(&["--resubmit", "--partition", PARTITION]).success();
    assert!(stdout(&assert).contains("2 tasks, 2 runs"), "{}", stdout(&assert));
    sweep.await_done();

    // More memory than any node has.
    let assert = sweep.sweep(&["seed=2..3", "--slurm", "--time", "5", "--mem", "900G"]).code(3);
    let text = stderr(&assert);
    assert!(text.contains("Memory specification can not be satisfied"), "{text}");
    assert_eq!(sweep.fate("seed=3").state, "missing");
}

#[test]
fn a_failed_run_says_why_and_the_others_go_on() {
    let Some(cluster) = Cluster::start_or_skip() else { return };
    let dir = tempfile::tempdir().unwrap();
    let sweep = Submitted { cluster: &cluster, out: dir.path().join("sweep") };
    // Linear units under steps of 10 leave every bound.
    let asked = [
        "training.learning_rate=0.001,10",
        "network.activation=identity",
        "time.dt_s=0.1",
        "time.steps=60",
        "training.batches=1000",
        "--slurm",
        "--time=5",
    ];
    let number = job(&stdout(&sweep.sweep(&asked).success()));
    cluster.wait_for_end(number, PATIENCE);
    let fates = sweep.fates();
    assert_eq!(fates["learning_rate=0.001"].state, "done");
    let failed = &fates["learning_rate=10"];
    assert_eq!(failed.state, "failed", "{failed:?}");
    assert!(failed.detail.contains("diverged"), "{failed:?}");
    assert!(failed.detail.contains(&format!("logs/{number}_1.log")), "{failed:?}");
    let log = sweep.log(number, 1);
    assert!(log.contains("diverged"), "{log}");
    assert_eq!(cluster.property(&format!("{number}_1"), "JobState"), "FAILED");
    assert_eq!(cluster.property(&format!("{number}_1"), "ExitCode"), "4:0");
    let table = stdout(&sweep.status_command(&[]).success());
    assert!(table.contains("2 runs: 1 done, 1 failed"), "{table}");
    // It would only diverge again.
    let assert = sweep.status_command(&["--resubmit"]).success();
    assert!(stdout(&assert).contains("nothing is missing"), "{}", stdout(&assert));
}
