//! Identifies the process that a lock file names, and says whether it still runs.

use std::fs;

use serde::{Deserialize, Serialize};

use super::host::host_name;

/// Identifies a process among all that ever had the same process id. A field is `None` where the
/// operating system does not provide it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProcessIdentity {
    /// Process id, within `pid_namespace`.
    pub(crate) pid: u32,
    /// Host name.
    pub(crate) host: String,
    /// The boot of the machine: host names may repeat, this does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) boot_id: Option<String>,
    /// Containers on one machine number their processes separately.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pid_namespace: Option<String>,
    /// When it started, in clock ticks after boot, since process ids are reused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) process_start: Option<u64>,
}

/// What this machine knows of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liveness {
    /// It runs (or is suspended).
    Alive,
    /// It has ended.
    Dead,
    /// It belongs to another machine, or the operating system tells too little.
    Unknown,
}

impl ProcessIdentity {
    /// This process.
    pub(crate) fn own() -> Self {
        Self {
            pid: std::process::id(),
            host: host_name().to_owned(),
            boot_id: fs::read_to_string("/proc/sys/kernel/random/boot_id")
                .ok()
                .map(|id| id.trim().to_owned()),
            pid_namespace: fs::read_link("/proc/self/ns/pid")
                .ok()
                .map(|name| name.to_string_lossy().into_owned()),
            process_start: Stat::read(std::process::id()).map(|stat| stat.start),
        }
    }

    /// Whether the process still runs.
    pub(crate) fn liveness(&self) -> Liveness {
        let own = Self::own();
        // Without /proc neither has a boot id, and the host name has to suffice.
        let near = (&self.host, &self.boot_id, &self.pid_namespace)
            == (&own.host, &own.boot_id, &own.pid_namespace);
        if !near {
            return Liveness::Unknown;
        }
        match exists(self.pid) {
            Some(false) => Liveness::Dead,
            Some(true) => match (Stat::read(self.pid), self.process_start) {
                (Some(stat), _) if stat.ended => Liveness::Dead,
                (Some(stat), Some(start)) if stat.start == start => Liveness::Alive,
                (Some(_), Some(_)) => Liveness::Dead,
                // Also on machines that hide /proc/PID of other users' processes.
                _ => Liveness::Unknown,
            },
            None => Liveness::Unknown,
        }
    }
}

/// Whether this machine has a process of that number; `None` if that cannot be known.
#[cfg(unix)]
fn exists(pid: u32) -> Option<bool> {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    // Zero and negative numbers, as a damaged file may hold, mean groups of processes.
    let raw = i32::try_from(pid).ok().filter(|&pid| pid > 0)?;
    match test_kill_process(Pid::from_raw(raw)?) {
        // Somebody else's process may not be signalled, but it is there.
        Ok(()) | Err(Errno::PERM) => Some(true),
        Err(Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

#[cfg(not(unix))]
fn exists(_pid: u32) -> Option<bool> {
    None
}

/// The part of `/proc/PID/stat` that is needed here.
pub(crate) struct Stat {
    /// Whether the process has ended and only waits for its parent to notice.
    pub(crate) ended: bool,
    pub(crate) start: u64,
}

impl Stat {
    fn read(pid: u32) -> Option<Self> {
        // Within a process namespace, /proc may still be the one of the machine and count
        // differently.
        let own = fs::read_link("/proc/self").ok()?;
        (own.to_str()? == std::process::id().to_string()).then_some(())?;
        Self::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        // The second field is the program's name in parentheses, and may hold anything.
        let name_end = bytes.iter().rposition(|&byte| byte == b')')?;
        let text = std::str::from_utf8(&bytes[name_end + 1..]).ok()?;
        let fields: Vec<&str> = text.split_whitespace().collect();
        // As proc(5) counts them: `fields` begins with the third.
        let field = |number: usize| fields.get(number - 3).copied();
        let threads: u64 = field(20)?.parse().ok()?;
        Some(Self {
            // A thread that is still in the middle of a write ends a little after the first one.
            ended: matches!(field(3)?, "Z" | "X") && threads <= 1,
            start: field(22)?.parse().ok()?,
        })
    }
}
