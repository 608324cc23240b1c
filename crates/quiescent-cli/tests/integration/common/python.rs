//! The Python interpreter that tests compare with, as `tests/python-environment.sh` sets it up.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter (PyTorch, NumPy and safetensors are there) named by
/// `QUIESCENT_TEST_PYTHON`, or none: the test is then to be skipped, which a line says.
///
/// With `QUIESCENT_REQUIRE_PYTHON=1`, which `test.sh` sets, a missing interpreter fails the test.
pub fn interpreter() -> Option<PathBuf> {
    let named = std::env::var_os("QUIESCENT_TEST_PYTHON").filter(|path| !path.is_empty());
    if named.is_none() {
        let required = std::env::var("QUIESCENT_REQUIRE_PYTHON").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "QUIESCENT_TEST_PYTHON is not set; `tests/python-environment.sh` prints what it should be"
        );
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        #[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
        {
            eprintln!("{test}: skipped, QUIESCENT_TEST_PYTHON is not set (see ./test.sh)");
        }
    }
    named.map(PathBuf::from)
}

/// Runs a script of `tests/python` with arguments, in `folder`; returns what it printed.
///
/// # Panics
/// If it fails, with all it said.
pub fn run(python: &Path, script: &str, arguments: &[&str], folder: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(python)
        .arg(&path)
        .args(arguments)
        .current_dir(folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}", python.display()));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{script} failed:\n{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text
}
