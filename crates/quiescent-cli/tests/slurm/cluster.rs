//! A real Slurm cluster for tests: two nodes on the loopback of this machine, with their own ports, key
//! and configuration in a temporary folder. Nothing of the system's own Slurm is used or touched.

use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The cluster's nodes. Each offers [`CPUS_PER_NODE`] CPUs, whatever the machine has.
pub const NODES: [&str; 2] = ["n1", "n2"];
/// CPUs that each node offers.
pub const CPUS_PER_NODE: usize = 2;
/// The partition that jobs go to unless they say otherwise; its jobs can be preempted.
pub const PARTITION: &str = "main";
/// A partition whose jobs preempt those of the other.
pub const URGENT: &str = "urgent";

/// How often Slurm looks whether a job nears its time limit. Built in.
const TIME_CHECK: Duration = Duration::from_secs(30);

const PROGRAMS: [&str; 8] =
    ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "sinfo"];

/// Why there can be no cluster here.
#[derive(Debug)]
pub struct Skip(String);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A running cluster. It is shut down when dropped; also if the test panics or is killed.
pub struct Cluster {
    folder: PathBuf,
    /// `cluster.sh`, which ends the daemons when its standard input is closed.
    keeper: Child,
}

/// A job, or one task of a job array, that Slurm knows of and that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The number that `sbatch` gave.
    pub array: u64,
    /// The task's index within its array.
    pub task: Option<u64>,
    /// The number of this task alone.
    pub job: u64,
    /// Such as `PENDING`, `RUNNING`, `COMPLETING`.
    pub state: String,
    /// Why it is pending, such as `BeginTime`, `JobArrayTaskLimit`, `Resources`.
    pub reason: String,
    /// Where it runs; empty if it does not.
    pub nodes: String,
}

impl Cluster {
    /// Starts a cluster, in about a second, or says why that is impossible here.
    pub fn start() -> Result<Self, Skip> {
        possible()?;
        let mut why = String::new();
        // Ports are free when they are looked for, and may be taken a moment later.
        for _ in 0..3 {
            let cluster = Self::launch().map_err(|error| Skip(format!("no cluster: {error}")))?;
            if cluster.ready(Duration::from_secs(20)) {
                return Ok(cluster);
            }
            why = cluster.logs();
        }
        Err(Skip(format!("Slurm is installed, but the cluster does not start:\n{why}")))
    }

    /// A cluster, or none: the test is then to be skipped, which a line says.
    ///
    /// With `QUIESCENT_REQUIRE_SLURM=1`, which `test.sh` sets where Slurm could be installed, a skip fails
    /// the test.
    pub fn start_or_skip() -> Option<Self> {
        match Self::start() {
            Ok(cluster) => Some(cluster),
            Err(skip) => {
                let required = std::env::var("QUIESCENT_REQUIRE_SLURM").is_ok_and(|v| v == "1");
                assert!(!required, "{skip}");
                let test = std::thread::current().name().unwrap_or("a test").to_owned();
                #[allow(clippy::print_stderr, reason = "a skipped test must not look passed")]
                {
                    eprintln!("{test}: skipped, {skip} (see tests/slurm-environment.sh)");
                }
                None
            }
        }
    }

    fn launch() -> std::io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("quiescent-slurm-").tempdir()?;
        let path = folder.path();
        // Munge wants its socket to be reachable by everyone and its key by one.
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o755))?;
        for name in ["log", "state", "spool"] {
            std::fs::create_dir(path.join(name))?;
        }
        for node in NODES {
            std::fs::create_dir(path.join("spool").join(node))?;
        }
        let mut key = [0; 128];
        std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut key)?;
        std::fs::write(path.join("munge.key"), key)?;
        std::fs::set_permissions(path.join("munge.key"), PermissionsExt::from_mode(0o400))?;
        let host = host()?;
        std::fs::write(path.join("slurm.conf"), configuration(path, &host)?)?;
        // Since 24.05 Slurm prepares control groups even where nothing uses them, unless told not to;
        // versions before do not know the word.
        if version().is_some_and(|version| version >= (24, 5)) {
            std::fs::write(path.join("cgroup.conf"), "CgroupPlugin=disabled\n")?;
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/slurm/cluster.sh");
        let keeper = Command::new("sh")
            .arg(script)
            .arg(path)
            .args(NODES)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not the terminal's Ctrl-C: the keeper has to outlive the test for a moment.
            .process_group(0)
            .spawn()?;
        // From here on the keeper deletes the folder.
        Ok(Self { folder: folder.keep(), keeper })
    }

    /// Whether every node is idle within `timeout`.
    fn ready(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        loop {
            let output =
                self.command("sinfo").args(["-h", "-N", "-p", PARTITION, "-o", "%T"]).output();
            let states = output.map(|output| output.stdout).unwrap_or_default();
            if String::from_utf8_lossy(&states).lines().filter(|s| *s == "idle").count()
                == NODES.len()
            {
                return true;
            }
            if Instant::now() > deadline {
                return false;
            }
            sleep(Duration::from_millis(50));
        }
    }

    /// What makes Slurm's commands, and programs that run them, speak to this cluster.
    pub fn environment(&self) -> (&'static str, OsString) {
        ("SLURM_CONF", self.folder.join("slurm.conf").into_os_string())
    }

    /// A program that speaks to this cluster, without what a surrounding Slurm job may have set.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            let belongs = ["SLURM", "SBATCH_", "SQUEUE_", "SINFO_", "SCANCEL_", "SCONTROL_"];
            if belongs.iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(&*name);
            }
        }
        let (name, value) = self.environment();
        command.env(name, value).env("NO_COLOR", "1");
        command
    }

    /// The `quiescent` binary, on this cluster.
    pub fn quiescent(&self) -> assert_cmd::Command {
        assert_cmd::Command::from_std(self.command(crate::common::binary()))
    }

    /// Runs one of Slurm's commands, whatever comes of it.
    pub fn attempt(&self, program: &str, arguments: &[&str]) -> Output {
        self.command(program)
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("cannot run {program}: {error}"))
    }

    /// Runs one of Slurm's commands and returns what it printed.
    ///
    /// # Panics
    /// If it fails, with its message and the daemons' logs.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.attempt(program, arguments);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {}\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.logs()
        );
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// Submits a script and returns the job's number.
    pub fn submit(&self, arguments: &[&str]) -> u64 {
        let mut all = vec!["--parsable"];
        all.extend(arguments);
        self.run("sbatch", &all).parse().unwrap()
    }

    /// All that is queued or runs, one entry for each task.
    pub fn queue(&self) -> Vec<Queued> {
        self.run("squeue", &["-h", "-r", "-o", "%F|%K|%A|%T|%r|%N"])
            .lines()
            .map(|line| {
                let fields: Vec<&str> = line.split('|').map(str::trim).collect();
                let [array, task, job, state, reason, nodes] = fields[..] else {
                    panic!("squeue printed {line:?}")
                };
                Queued {
                    array: array.parse().unwrap(),
                    task: task.parse().ok(),
                    job: job.parse().unwrap(),
                    state: state.to_owned(),
                    reason: reason.to_owned(),
                    nodes: nodes.to_owned(),
                }
            })
            .collect()
    }

    /// The task of a job array, unless it is over.
    pub fn task(&self, array: u64, task: u64) -> Option<Queued> {
        self.queue().into_iter().find(|job| job.array == array && job.task == Some(task))
    }

    /// One property of a job or of a task (`4_1`), as `scontrol show job` has it, such as `Restarts`.
    pub fn property(&self, job: &str, name: &str) -> String {
        let text = self.run("scontrol", &["show", "job", "-o", job]);
        text.split_whitespace()
            .find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_else(|| panic!("no {name} in {text}"))
            .to_owned()
    }

    /// Waits until `condition` holds.
    ///
    /// # Panics
    /// If it does not within `timeout`, with the queue and the daemons' logs.
    pub fn wait_until(&self, what: &str, timeout: Duration, mut condition: impl FnMut() -> bool) {
        let deadline = Instant::now() + timeout;
        while !condition() {
            assert!(
                Instant::now() < deadline,
                "not within {timeout:?}: {what}\n{:#?}\n{}",
                self.queue(),
                self.logs()
            );
            sleep(Duration::from_millis(50));
        }
    }

    /// Waits until nothing of a job array is queued or runs.
    pub fn wait_for_end(&self, array: u64, timeout: Duration) {
        self.wait_until(&format!("the end of job {array}"), timeout, || {
            self.queue().iter().all(|job| job.array != array)
        });
    }

    /// Waits until Slurm is about to look for jobs that near their time limit, which it does every 30 s.
    /// A job that starts now is looked at within a few seconds, and none before has been since.
    pub fn wait_for_time_check(&self) {
        let ahead = Duration::from_secs(4);
        let checks = || self.time_checks();
        let before = checks();
        self.wait_until("a check of time limits", 2 * TIME_CHECK, || checks() > before);
        // Nothing announces the next check: its distance from the last is all that is known of it. Should
        // the sleep be too long, a job meets a later check, or ends before one, which its test notices.
        sleep(TIME_CHECK - ahead);
    }

    /// How often Slurm has looked at time limits so far.
    pub fn time_checks(&self) -> usize {
        let log = std::fs::read(self.folder.join("log/slurmctld.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).matches("Testing job time limits").count()
    }

    /// The process of a node's daemon.
    pub fn daemon_of(&self, node: &str) -> u32 {
        let path = self.folder.join(format!("slurmd.{node}.pid"));
        std::fs::read_to_string(path).unwrap().trim().parse().unwrap()
    }

    /// The folder of the cluster's own files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The ends of the daemons' logs.
    pub fn logs(&self) -> String {
        let mut text = String::new();
        let Ok(entries) = std::fs::read_dir(self.folder.join("log")) else { return text };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let log = std::fs::read(&path).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            // Every question to the controller is noted with debug2, the test's own too.
            let lines: Vec<&str> = log.lines().filter(|line| !line.contains("debug2:")).collect();
            let last = &lines[lines.len().saturating_sub(40)..];
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let _ = writeln!(text, "--- {name}\n{}", last.join("\n"));
        }
        text
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// Whether a cluster can run here at all.
fn possible() -> Result<(), Skip> {
    if !cfg!(target_os = "linux") {
        return Err(Skip("a Slurm cluster needs Linux".into()));
    }
    let user = std::fs::metadata("/proc/self").map(|of| of.uid());
    if !user.as_ref().is_ok_and(|user| *user == 0) {
        return Err(Skip("a Slurm cluster of its own needs root".into()));
    }
    let missing: Vec<&str> =
        PROGRAMS.into_iter().filter(|program| find(program).is_none()).collect();
    if !missing.is_empty() {
        return Err(Skip(format!("Slurm is not installed: no {}", missing.join(", "))));
    }
    Ok(())
}

/// Where a program is, looked for as `cluster.sh` does.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// This machine's name without its domain, which is how daemons look for themselves.
fn host() -> std::io::Result<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")?;
    Ok(name.trim().split('.').next().unwrap_or_default().to_owned())
}

/// Slurm's version: year and month.
fn version() -> Option<(u32, u32)> {
    let output = Command::new(find("slurmctld")?).arg("-V").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (year, rest) = text.split_whitespace().last()?.split_once('.')?;
    Some((year.parse().ok()?, rest.split('.').next()?.parse().ok()?))
}

fn configuration(folder: &Path, host: &str) -> std::io::Result<String> {
    // Held all at once, so that they differ.
    let listeners: Vec<TcpListener> =
        (0..=NODES.len()).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    let ports: Vec<u16> = listeners
        .iter()
        .map(|listener| listener.local_addr().map(|address| address.port()))
        .collect::<Result<_, _>>()?;
    let folder = folder.display();
    let mut text = format!(
        "ClusterName=quiescent
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A requeued job waits one second more than this before it starts again; less is refused.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd.%n.log
SlurmctldDebug=debug2
SlurmdDebug=verbose
MailProg=/bin/true
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
JobRequeue=1
ReturnToService=1
KillWait=2
MinJobAge=300
SlurmdTimeout=5
MessageTimeout=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
# Nodes offer what is written here, not what the machine has.
SlurmdParameters=config_overrides
PartitionName={PARTITION} Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1 GraceTime=10
PartitionName={URGENT} Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=10
",
        ports[0]
    );
    for (node, port) in NODES.iter().zip(&ports[1..]) {
        let _ = writeln!(
            text,
            "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={CPUS_PER_NODE} \
             RealMemory=16000"
        );
    }
    Ok(text)
}
