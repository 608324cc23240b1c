//! Sweeps as a user runs them on one machine: planned, trained, stopped, gone on with, and handed to
//! programs that stand in for Slurm's (the real ones are in `tests/slurm/`).

use crate::common::{
    self, EXPERIMENT, SMALL, binary, hash, quiescent, record, stderr, stdout, train,
};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// `quiescent sweep` of small runs in `out`.
fn sweep(out: &Path, more: &[&str]) -> assert_cmd::Command {
    let mut command = quiescent();
    command.args(["sweep", EXPERIMENT, "--out"]).arg(out).args(SMALL).args(more);
    command.timeout(Duration::from_secs(300));
    command
}

/// Run folders of a sweep, by the name before the identity.
fn runs(out: &Path) -> Vec<(String, PathBuf)> {
    let mut runs: Vec<(String, PathBuf)> = fs::read_dir(out.join("runs"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.rsplit_once('_').unwrap().0.to_owned(), path)
        })
        .collect();
    runs.sort();
    runs
}

fn names(out: &Path) -> Vec<String> {
    runs(out).into_iter().map(|(name, _)| name).collect()
}

/// When the checkpoints of a sweep's runs were last written.
fn saved(out: &Path) -> Vec<(PathBuf, SystemTime)> {
    let Ok(runs) = fs::read_dir(out.join("runs")) else { return Vec::new() };
    let mut saved: Vec<_> = runs
        .map(|run| run.unwrap().path().join("checkpoints/latest.safetensors"))
        .filter_map(|file| Some((file.clone(), fs::metadata(&file).ok()?.modified().ok()?)))
        .collect();
    saved.sort();
    saved
}

/// `sweep status --json`, as (name, state) pairs in order.
fn states(out: &Path) -> Vec<(String, String)> {
    let mut status = quiescent();
    // Folders alone: what is installed here has no cluster to ask.
    status.env("PATH", "/nonexistent").args(["sweep", "status", "--json"]).arg(out);
    let assert = status.assert().success();
    let all: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let text = |run: &Value, key: &str| run[key].as_str().unwrap().to_owned();
    all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (text(run, "name"), text(run, "state")))
        .collect()
}

/// The hash that `train` gives of the same experiment.
fn trained_alone(overrides: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    train(&folder.path().join("run"), overrides).success();
    hash(&folder.path().join("run"))
}

#[test]
fn a_dry_run_says_what_there_is_to_do_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("noise");
    let flags = ["network.noise.sigma=0.03,0.07", "seed=0..2", "--dry-run"];
    let assert = sweep(&out, &flags).assert().success();
    let text = stdout(&assert);
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(text.lines().next().unwrap().contains("memory"), "{text}");
    assert!(text.contains("sigma=0.03_seed=2"), "{text}");
    assert!(text.contains("6 runs") && text.contains("nothing was written"), "{text}");
    assert!(!out.exists());

    let assert = sweep(&out, &[&flags[..], &["--json", "--jobs", "2"]].concat()).assert().success();
    let all: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    assert_eq!(all["runs"].as_array().unwrap().len(), 6);
    assert_eq!(all["jobs"], 2);
    let each: f64 = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["estimated_s"].as_f64().unwrap())
        .sum();
    let in_all = all["estimated_s"].as_f64().unwrap();
    assert!(in_all > 0.4 * each && in_all < 0.6 * each, "{in_all} of {each}");
    assert!(all["estimated_memory_mb"].as_f64().unwrap() > 1.0);
}

#[test]
fn what_was_asked_for_is_trained_once_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("noise");
    let flags = ["network.noise.sigma=0.03,0.07", "seed=0,1"];
    let assert = sweep(&out, &flags).assert().success();
    let table = stdout(&assert);
    assert!(table.contains("4 of 4 runs are done"), "{table}");
    assert_eq!(
        names(&out),
        ["sigma=0.03_seed=0", "sigma=0.03_seed=1", "sigma=0.07_seed=0", "sigma=0.07_seed=1"]
    );
    for (name, path) in runs(&out) {
        // Measured, and readable by all else that reads runs.
        assert!(path.join("measurements.json").exists(), "{name}");
        assert_eq!(record(&path)["status"], "finished");
    }
    let alone = trained_alone(&["network.noise.sigma=0.07", "seed=1"]);
    assert_eq!(hash(&runs(&out)[3].1), alone);

    // The same again: nothing changes.
    let times = |out: &Path| -> Vec<Value> {
        runs(out).iter().map(|(_, path)| record(path)["updated_unix_s"].clone()).collect()
    };
    let before = times(&out);
    let assert = sweep(&out, &flags).assert().success();
    assert!(stderr(&assert).contains("4 of them done already"), "{}", stderr(&assert));
    assert_eq!(times(&out), before);

    // One seed alone is called otherwise but is the run that is there; a new value is a new run.
    let assert = sweep(&out, &["network.noise.sigma=0.03,0.1", "seed=0"]).assert().success();
    assert!(stderr(&assert).contains("2 runs, 1 of them done already"), "{}", stderr(&assert));
    assert_eq!(names(&out).len(), 5);
    // A key that does not vary makes other runs beside the old ones.
    sweep(&out, &["network.noise.sigma=0.03,0.07", "seed=0,1", "training.learning_rate=0.002"])
        .assert()
        .success();
    assert_eq!(names(&out).len(), 9);
    assert_eq!(times(&out).len(), 9);
    let states = states(&out);
    assert_eq!(states.len(), 9);
    assert!(states.iter().all(|(_, state)| state == "done"), "{states:?}");
}

#[test]
fn results_do_not_depend_on_jobs_and_threads() {
    let folder = tempfile::tempdir().unwrap();
    let hashes = |name: &str, flags: &[&str]| -> Vec<String> {
        let out = folder.path().join(name);
        sweep(&out, &[&["seed=0..3", "--train-only"], flags].concat()).assert().success();
        runs(&out).iter().map(|(_, path)| hash(path)).collect()
    };
    let one = hashes("one", &["--jobs", "1", "--threads", "2"]);
    assert_eq!(one.len(), 4);
    assert_eq!(one, hashes("many", &["--jobs", "3", "--threads", "3"]));
    assert_eq!(one, hashes("chosen", &[]));
    assert!(!folder.path().join("one").join("runs").join("measurements.json").exists());
}

#[test]
fn a_file_makes_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("noise.yml");
    let small: Vec<String> = SMALL.iter().map(|text| text.replace('=', ": ")).collect();
    fs::write(
        &file,
        format!(
            "about: how much noise is enough\nbase: {EXPERIMENT}\nset: {{{}}}\nseeds: 0..1\ngrid:\n  \
             network.noise.sigma: [0.03, 0.07]\nruns:\n  - {{name: gru, network.kind: gru, \
             network.activation: tanh}}\n",
            small.join(", ")
        ),
    )
    .unwrap();
    let out = folder.path().join("out");
    let run = |more: &[&str]| {
        let mut command = quiescent();
        command.arg("sweep").arg(&file).arg("--out").arg(&out).args(more);
        command.timeout(Duration::from_secs(300)).assert()
    };
    run(&["--train-only"]).success();
    assert_eq!(
        names(&out),
        [
            "gru_seed=0",
            "gru_seed=1",
            "sigma=0.03_seed=0",
            "sigma=0.03_seed=1",
            "sigma=0.07_seed=0",
            "sigma=0.07_seed=1"
        ]
    );
    let manifest = fs::read_to_string(out.join("sweep.json")).unwrap();
    assert!(manifest.contains("how much noise is enough"), "{manifest}");
    // Trained only; the same command without the flag measures what is there.
    let assert = run(&["seed=0"]).success();
    assert!(!stderr(&assert).contains("batches to train"), "{}", stderr(&assert));
    assert!(runs(&out)[0].1.join("measurements.json").exists());
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rates");
    let flags = [
        "training.learning_rate=10,0.001",
        "seed=0,1",
        "network.activation=identity",
        "time.dt_s=0.1",
        "time.steps=60",
        "training.batches=300",
        "--jobs",
        "2",
    ];
    let assert = sweep(&out, &flags).assert().code(4);
    let (said, table) = (stderr(&assert), stdout(&assert));
    assert!(said.contains("2 runs failed, the others are done"), "{said}");
    assert!(table.contains("2 of 4 runs are done"), "{table}");
    assert!(table.contains("learning_rate=10_seed=0: error: training diverged"), "{table}");
    let states: Vec<String> = states(&out).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["failed", "done", "failed", "done"]);
    let assert = quiescent().args(["sweep", "status"]).arg(&out).assert().success();
    let text = stdout(&assert);
    assert!(text.contains("diverged") && text.contains("4 runs: 2 done, 2 failed"), "{text}");
    // They would do so again, and are not trained again.
    let assert = sweep(&out, &flags).assert().code(4);
    assert!(!stderr(&assert).contains("batches to train"), "{}", stderr(&assert));
}

#[test]
fn a_full_disk_stops_what_does_not_fit_and_loses_nothing() {
    let Some(disk) = common::Disk::new("size=400k") else {
        // Mounting needs root.
        return;
    };
    let out = disk.path().join("many");
    let flags = ["seed=0..11", "--jobs", "2"];
    let assert = sweep(&out, &flags).assert().code(3);
    let said = stdout(&assert);
    assert!(said.contains("space") || said.contains("disk is full"), "{said}");
    let done =
        |states: &[(String, String)]| states.iter().filter(|(_, state)| state == "done").count();
    let before = done(&states(&out));
    assert!((1..12).contains(&before), "{before} of 12 are done on the small disk");
    disk.grow("8m");
    sweep(&out, &flags).assert().success();
    assert_eq!(done(&states(&out)), 12);
    let alone = trained_alone(&["seed=11"]);
    let last = runs(&out).into_iter().find(|(name, _)| name == "seed=11").unwrap().1;
    assert_eq!(hash(&last), alone);
}

#[test]
fn a_stopped_sweep_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("long");
    let flags = [
        "training.batches=60000",
        "training.checkpoint_every=10000",
        "training.test_every=20000",
        "seed=0..2",
        "--train-only",
    ];
    let mut stops = 0;
    loop {
        let mut child = Command::new(binary())
            .args(["sweep", EXPERIMENT, "--out"])
            .arg(&out)
            .args(SMALL)
            .args(flags)
            .args(["--jobs", "2"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // An interrupt and a kill in turn, each once something more was saved.
        let before = saved(&out);
        let deadline = Instant::now() + Duration::from_secs(120);
        while saved(&out) == before && child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "nothing was saved within two minutes");
            std::thread::sleep(Duration::from_millis(5));
        }
        let signal = if stops % 2 == 0 { "-INT" } else { "-KILL" };
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        let status = child.wait().unwrap();
        if status.success() {
            break;
        }
        assert!(sent.success());
        stops += 1;
        if signal == "-INT" && status.code() == Some(130) {
            let mut said = String::new();
            std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
            // Silent only where nothing was under training.
            let begun = said.matches("batches to train").count();
            let done = said.matches(": done").count();
            // A run that was saved at its last batch is done without having begun again.
            assert!(said.contains("the same command") || begun <= done, "{said}");
        }
        // Each attempt saves something of 18 parts.
        assert!(stops < 60, "no progress");
    }
    assert!(stops >= 2, "it was over before it could be stopped");
    let alone = trained_alone(&[
        "training.batches=60000",
        "training.checkpoint_every=10000",
        "training.test_every=20000",
        "seed=1",
    ]);
    assert_eq!(hash(&runs(&out)[1].1), alone);
}

/// A task that is told to end while it measures must end in time to be queued again.
#[test]
fn a_task_that_measures_ends_when_told_to() {
    use std::io::{BufRead, BufReader};
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("slow");
    let slow = ["seed=0,1", "rest.trials=4000", "rest.steps=1000"];
    sweep(&out, &[&slow[..], &["--slurm", "--no-submit", "--time", "60"]].concat())
        .assert()
        .success();
    let task = || {
        let mut command = Command::new(binary());
        command.args(["sweep", "task"]).arg(out.join("slurm/0001.json")).arg("1");
        command
    };
    let mut child = task().stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("simulating and measuring")));
    let told = Instant::now();
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(told.elapsed() < Duration::from_secs(5), "{:?}", told.elapsed());
    let trained = hash(&runs(&out)[0].1);
    assert!(!runs(&out)[0].1.join("measurements.json").exists());
    // It goes on from there: nothing is trained again.
    let output = task().output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && !said.contains("batches to train"), "{said}");
    assert!(runs(&out)[0].1.join("measurements.json").exists());
    assert_eq!(hash(&runs(&out)[0].1), trained);
}

#[test]
fn what_cannot_be_a_sweep_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("none");
    let billion = ["network.units=1..1000", "training.batches=1..1000", "rest.steps=1..1000"];
    let cases: [(&[&str], &str); 7] = [
        (&["network.unitz=1,2"], "did you mean"),
        (&["network.units=8,-3"], "network.units"),
        (&[], "nothing varies"),
        (&["seed=0..1", "--partition", "short"], "--slurm"),
        (&["seed=0..1", "--no-submit"], "--slurm"),
        (&["seed=0..1", "--slurm", "--time", "soon"], "HH:MM:SS"),
        (&["seed=0..1", "--slurm", "--partition", "a b"], "--partition"),
    ];
    for (flags, said) in cases {
        let mut command = quiescent();
        command.args(["sweep", EXPERIMENT, "--out"]).arg(&out).args(flags);
        let assert = command.assert().code(2);
        assert!(stderr(&assert).contains(said), "{flags:?}: {}", stderr(&assert));
        assert!(!out.exists(), "{flags:?} wrote something");
    }
    let mut command = quiescent();
    let assert =
        command.args(["sweep", EXPERIMENT, "--out"]).arg(&out).args(billion).assert().code(2);
    assert!(stderr(&assert).contains("1000000000 runs"), "{}", stderr(&assert));
    assert!(!out.exists());
    for (arguments, said) in [
        (vec!["sweep"], "SWEEP|EXPERIMENT"),
        (vec!["sweep", "seed=0..1"], "before the first KEY=VALUES"),
        (vec!["sweep", "demo/spatial/nosy_unbiased", "seed=0..1"], "did you mean"),
        (vec!["sweep", "statu", "noise"], "did you mean `quiescent sweep status`"),
        (vec!["sweep", "status", "/nonexistent"], "does not exist"),
        (vec!["sweep", "task", "/nonexistent", "0"], "does not exist"),
    ] {
        let assert = quiescent().args(&arguments).assert().code(2);
        assert!(stderr(&assert).contains(said), "{arguments:?}: {}", stderr(&assert));
    }
    // A file where the folder should be stays what it is.
    fs::write(&out, "mine").unwrap();
    sweep(&out, &["seed=0..1"]).assert().code(2);
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
}

/// A folder of programs that stand in for Slurm's.
struct Stand(tempfile::TempDir);

impl Stand {
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in programs {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    fn run(&self, mut command: assert_cmd::Command) -> assert_cmd::assert::Assert {
        let path = format!("{}:/usr/bin:/bin", self.0.path().display());
        command.env("PATH", path).env("SLURM_CONF", "/nonexistent").assert()
    }
}

#[test]
fn arrays_are_no_longer_than_the_cluster_takes_and_a_refusal_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("it's 100% big");
    // Takes two arrays, then no more.
    let sbatch = "case \"$1\" in --version) exit 0;; esac\n\
                  n=$(cat \"$0.count\" 2>/dev/null || echo 0); n=$((n+1)); echo $n > \"$0.count\"\n\
                  if [ $n -gt 2 ]; then echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2; exit 1; fi\n\
                  echo \"7$n;cluster\"";
    let stand = Stand::new(&[
        ("sbatch", sbatch),
        ("scontrol", "echo 'MaxArraySize            = 2'"),
        ("squeue", "exit 0"),
        ("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1"),
    ]);
    let flags =
        ["seed=0..9", "--slurm", "--runs-per-task", "2", "--partition", "short", "--mem", "1G"];
    let assert = stand.run(sweep(&out, &flags)).code(3);
    let (said, printed) = (stderr(&assert), stdout(&assert));
    assert!(said.contains("QOSMaxSubmitJobPerUserLimit"), "{said}");
    assert!(said.contains("8 runs were submitted before"), "{said}");
    assert!(printed.contains("job 71: 2 tasks, 4 runs"), "{printed}");
    assert!(printed.contains("job 72: 2 tasks, 4 runs"), "{printed}");
    let script = fs::read_to_string(out.join("slurm/0001.sh")).unwrap();
    for line in [
        "#SBATCH --array=0-1\n",
        "#SBATCH --partition=short\n",
        "#SBATCH --mem=1G\n",
        "#SBATCH --signal=B:USR1@120\n",
        "it's 100%% big",
    ] {
        assert!(script.contains(line), "{line}: {script}");
    }
    // The shell takes it as it is meant.
    let checked = Command::new("bash").arg("-n").arg(out.join("slurm/0001.sh")).status().unwrap();
    assert!(checked.success());
    assert_eq!(fs::read_to_string(out.join("slurm/0002.job")).unwrap().trim(), "72");

    // A task does its runs, by hand too; its number is checked.
    let manifest = out.join("slurm/0002.json");
    quiescent().args(["sweep", "task"]).arg(&manifest).arg("1").assert().success();
    assert_eq!(names(&out), ["seed=6", "seed=7"]);
    let assert = quiescent().args(["sweep", "task"]).arg(&manifest).arg("2").assert().code(2);
    assert!(stderr(&assert).contains("2 tasks (0 to 1)"), "{}", stderr(&assert));
    let states: Vec<String> = states(&out).into_iter().map(|(_, state)| state).collect();
    assert_eq!(states.iter().filter(|state| *state == "done").count(), 2);

    // An edited manifest is refused, not obeyed; one of another version says so.
    let text = fs::read_to_string(&manifest).unwrap();
    for (from, to, said) in [
        ("seed=6", "seed=66", "another experiment"),
        ("\"format_version\": 1", "\"format_version\": 2", "format version 2"),
        ("\"runs\": [", "\"runs\": ", "damaged or was edited"),
    ] {
        assert!(text.contains(from));
        fs::write(&manifest, text.replace(from, to)).unwrap();
        let assert = quiescent().args(["sweep", "task"]).arg(&manifest).arg("1").assert().code(3);
        assert!(stderr(&assert).contains(said), "{}", stderr(&assert));
    }
}

#[test]
fn the_queue_and_the_account_have_their_say() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("q");
    let script = out.join("slurm/0001.sh");
    let squeue = format!(
        "echo '70|0|PENDING|Priority|{0}'\necho '70|1|RUNNING|None|{0}'\necho '9|2|RUNNING|None|/other.sh'",
        script.display()
    );
    let stand = Stand::new(&[
        ("sbatch", "case \"$1\" in --version) exit 0;; esac\necho 70"),
        ("squeue", &squeue),
        ("scontrol", "exit 1"),
        ("sacct", "echo '70_2|OUT_OF_MEMORY'"),
    ]);
    stand.run(sweep(&out, &["seed=0..3", "--slurm", "--time", "10"])).success();
    let mut status = quiescent();
    status.args(["sweep", "status"]).arg(&out);
    let assert = stand.run(status).success();
    let text = stdout(&assert);
    for line in ["job 70_0, Priority", "job 70_1", "OUT_OF_MEMORY in job 70_2"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(text.contains("4 runs: 1 running, 1 waiting, 1 failed, 1 missing"), "{text}");
    // Only what is missing is sent again, with the flags of the last time.
    let mut again = quiescent();
    again.args(["sweep", "status", "--resubmit", "--mem", "2G"]).arg(&out);
    let assert = stand.run(again).success();
    assert!(stdout(&assert).contains("2 tasks, 2 runs"), "{}", stdout(&assert));
    let second = fs::read_to_string(out.join("slurm/0002.sh")).unwrap();
    assert!(second.contains("--time=10\n") && second.contains("--mem=2G\n"), "{second}");
    // So does the same command; and training here leaves to Slurm what is Slurm's.
    let assert = stand.run(sweep(&out, &["seed=0..3", "--slurm", "--time", "10"])).success();
    assert!(stdout(&assert).contains("2 tasks, 2 runs"), "{}", stdout(&assert));
    let assert = stand.run(sweep(&out, &["seed=0..3", "--train-only"])).success();
    assert!(
        stderr(&assert).contains("2 runs are running or waiting elsewhere"),
        "{}",
        stderr(&assert)
    );
    assert_eq!(names(&out), ["seed=2", "seed=3"]);
}

#[test]
fn without_slurm_nothing_is_written_unless_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("q");
    let empty = Stand::new(&[]);
    let run = |flags: &[&str]| {
        let mut command = sweep(&out, flags);
        command.env("PATH", empty.0.path()).assert()
    };
    let assert = run(&["seed=0..1", "--slurm"]).code(2);
    assert!(stderr(&assert).contains("sbatch was not found"), "{}", stderr(&assert));
    assert!(!out.exists());
    let assert = run(&["seed=0..1", "--slurm", "--no-submit"]).success();
    assert!(stdout(&assert).contains("submit it with: sbatch"), "{}", stdout(&assert));
    assert!(out.join("slurm/0001.sh").exists() && out.join("slurm/0001.json").exists());
    assert!(out.join("slurm/logs").is_dir());
    let mode = fs::metadata(out.join("slurm/0001.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o100, 0o100, "it can be run by hand");
}
