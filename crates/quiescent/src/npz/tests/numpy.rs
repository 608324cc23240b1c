//! Reads our files with numpy, if `QUIESCENT_TEST_PYTHON` is set as `tests/python-environment.sh`
//! prints it.
#![allow(clippy::print_stderr)]

use super::{npz, numbers};
use crate::run::{read_phase_file, write_phase_file};
use crate::simulate::Phase;
use ndarray::{Array2, Array3};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Runs a script with a file; returns false without Python.
fn python(script: &str, file: &Path) -> bool {
    let named = std::env::var_os("QUIESCENT_TEST_PYTHON").filter(|path| !path.is_empty());
    let Some(python) = named else {
        let required = std::env::var("QUIESCENT_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
        assert!(!required, "QUIESCENT_TEST_PYTHON is not set; see tests/python-environment.sh");
        eprintln!("skipped, QUIESCENT_TEST_PYTHON is not set (see ./test.sh)");
        return false;
    };
    let output = Command::new(python).args(["-c", script]).arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{text}");
    eprint!("{}", String::from_utf8_lossy(&output.stdout));
    true
}

#[test]
fn numpy_reads_large_archives() {
    const SCRIPT: &str = r"
import sys, zipfile, numpy as np
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
expected = (np.arange(60, dtype=np.float32) / np.float32(7)).reshape(3, 4, 5)
with np.load(sys.argv[1]) as npz:
    assert npz.files == ['a', 'b'], npz.files
    for name in npz.files:
        assert npz[name].dtype == np.float32
        assert np.array_equal(npz[name], expected), npz[name]
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npz");
    let array = numbers();
    for limit in [0, 200, 500, super::ORDINARY] {
        fs::write(&path, npz(&[("a", &array), ("b", &array)], limit)).unwrap();
        if !python(SCRIPT, &path) {
            return;
        }
    }
}

/// The most memory that this process has held since [`forget_peak`], in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

#[cfg(target_os = "linux")]
fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

/// Needs 4.2 GB of memory and of temporary disk space; CONTRIBUTING.md has the command.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "writes 4.1 GB"]
fn a_phase_beyond_four_gigabytes() {
    const SCRIPT: &str = r"
import sys, time, resource, numpy as np
begun = time.time()
with np.load(sys.argv[1]) as npz:
    assert npz['decoded'].shape == (1000, 2000, 2) and npz['end'].shape == (1000, 512)
    assert npz['state_stride'] == 1
    states = npz['states']
assert states.shape == (1000, 2000, 512) and states.dtype == np.float32
step = np.arange(2000, dtype=np.float32)[:, None] + np.arange(512, dtype=np.float32) / np.float32(512)
for trial in range(1000):
    assert np.array_equal(states[trial], step * np.float32(trial + 1)), trial
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
print(f'numpy: {time.time() - begun:.0f} s, at most {peak:.2f} GB')
";
    /// Memory allowed in addition to the arrays.
    const LITTLE: u64 = 32 << 20;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.npz");
    let phase = Phase {
        adaptation: None,
        velocity: None,
        decoded: Array3::from_elem((1000, 2000, 2), 0.5),
        truth: None,
        states: Some(Array3::from_shape_fn((1000, 2000, 512), |(trial, step, unit)| {
            (step as f32 + unit as f32 / 512.0) * (trial + 1) as f32
        })),
        state_stride: 1,
        end: Array2::zeros((1000, 512)),
    };
    let bytes = 4 * (1000 * 2000 * (2 + 512) + 1000 * 512);
    let told = |what, begun: Instant, peak: u64| {
        let (seconds, peak) = (begun.elapsed().as_secs_f64(), peak as f64 / 1e9);
        eprintln!("{what}: {seconds:.1} s, at most {peak:.2} GB");
    };
    forget_peak();
    let begun = Instant::now();
    write_phase_file(&path, &phase).unwrap();
    told("written", begun, peak());
    assert!(peak() < bytes + LITTLE, "{} bytes of memory for {bytes} of arrays", peak());
    assert!(fs::metadata(&path).unwrap().len() - bytes < 4096);
    drop(phase);

    forget_peak();
    let begun = Instant::now();
    let read = read_phase_file(&path).unwrap();
    told("read", begun, peak());
    assert!(peak() < bytes + LITTLE, "{} bytes of memory for {bytes} of arrays", peak());
    let states = read.states.unwrap();
    assert_eq!(states[[999, 1999, 511]], (1999.0 + 511.0 / 512.0) * 1000.0);
    drop(states);
    python(SCRIPT, &path);
}
