//! Memory of this machine and of this process.

/// Available memory of this machine, in bytes, if the system reports it (Linux).
pub fn available_memory_bytes() -> Option<u64> {
    told_by("/proc/meminfo", "MemAvailable:")
}

/// Largest resident memory of this process so far, in bytes, if the system reports it (Linux).
pub fn peak_memory_bytes() -> Option<u64> {
    told_by("/proc/self/status", "VmHWM:")
}

/// The number of bytes in a line of a Linux file that gives kB.
fn told_by(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
