//! A writing process killed at random moments, over and over.

use std::env;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::{checkpoint, experiment, layout, names, phase};
use crate::run::*;

/// Set for the process that is to be killed: the run folder.
const FOLDER: &str = "QUIESCENT_TEST_KILLED_FOLDER";

/// The part of the process that is killed.
#[test]
#[ignore = "entry point of the children of a_killed_writer_leaves_an_intact_folder"]
fn writer_to_be_killed() {
    let folder = env::var_os(FOLDER).expect("only a test that starts this one runs it");
    let mut run = if RunFolder::is_run(&folder) {
        RunFolder::open_for_writing(&folder).unwrap()
    } else {
        RunFolder::create(&folder, &experiment()).unwrap()
    };
    let start = run.latest_checkpoint(&layout()).unwrap();
    let start = start.map_or(0, |checkpoint| checkpoint.batch);
    run.truncate_metrics_after(start).unwrap();
    for batch in start + 1.. {
        run.append_metrics(&MetricsLine {
            batch,
            train_loss: 0.5,
            test_loss: None,
            decode_error: None,
            decode_error_unit: None,
            wall_s: 1.0,
        })
        .unwrap();
        let milestones = [batch.next_multiple_of(5)];
        run.save_checkpoint(&checkpoint(batch), &milestones).unwrap();
        run.write_phase("active", &phase()).unwrap();
    }
}

#[test]
fn a_killed_writer_leaves_an_intact_folder() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("run");
    let mut before = 0;
    // At least 25 kills; more if this machine is so busy that the writer gets nowhere.
    for round in 0..100_u64 {
        if round >= 25 && before > 5 {
            break;
        }
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["run::tests::killed::writer_to_be_killed", "--exact", "--ignored"])
            .env(FOLDER, &folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Moments, not events: some fall into the start of the process and of the run, most into writing
        // (that they do is asserted at the end).
        thread::sleep(Duration::from_micros(round * round * 173 + round * 701));
        assert_eq!(child.try_wait().unwrap(), None, "the writer failed by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        // The lock went with the process: nobody has to wait.
        if folder.exists() {
            let mut never = || panic!("a lock outlived its holder: {:?}", names(&folder));
            RunFolder::wait_for_lock(&folder, Duration::from_secs(60), &mut never).unwrap();
        }
        if !RunFolder::is_run(&folder) {
            assert_eq!(before, 0);
            continue;
        }
        let run = RunFolder::open_for_writing(&folder).unwrap();
        assert_eq!(run.experiment(), &experiment());
        let batch = match run.latest_checkpoint(&layout()).unwrap() {
            Some(latest) => {
                assert_eq!(latest, checkpoint(latest.batch));
                latest.batch
            }
            None => 0,
        };
        assert!(batch >= before, "went back from {before} to {batch}");
        before = batch;
        // The record follows the checkpoint (by more than one batch after two kills in between),
        // and the metrics run ahead of it by one batch at most.
        assert!(run.record().batch <= batch);
        let lines: Vec<_> = run.metrics().unwrap().iter().map(|l| l.batch).collect();
        let last = lines.len() as u64;
        assert_eq!(lines, (1..=last).collect::<Vec<_>>());
        assert!(last == batch || last == batch + 1, "{last}, {batch}");
        for milestone in run.milestones().unwrap() {
            let read = run.milestone(milestone, &layout()).unwrap();
            assert_eq!(read, checkpoint(milestone));
        }
        if run.phase_names().unwrap().contains(&"active".to_owned()) {
            assert_eq!(run.read_phase("active").unwrap(), phase());
        }
    }
    assert!(before > 5, "the writer never came far: {before}");
}
