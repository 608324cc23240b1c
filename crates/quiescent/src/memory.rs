//! How much memory there is, and how much this process has used.

/// Memory that this machine can still give, in bytes, where the system tells (Linux).
pub fn available_memory_bytes() -> Option<u64> {
    told_by("/proc/meminfo", "MemAvailable:")
}

/// Largest resident memory of this process so far, in bytes, where the system tells (Linux).
pub fn peak_memory_bytes() -> Option<u64> {
    told_by("/proc/self/status", "VmHWM:")
}

/// The number of bytes that a line of a file of Linux's gives in kB.
fn told_by(file: &str, key: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}
