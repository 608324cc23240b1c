//! Changes of how existing runs rest, `rest.KEY=VALUE`, among the run folders of a command line.

use super::failure::Failure;
use std::path::{Path, PathBuf};

/// The only section that can be changed of a network that is trained.
const SECTION: &str = "rest.";

/// Separates the run folders of a command line from the changes. What is there is a folder, whatever its name.
pub(crate) fn split(words: &[String]) -> Result<(Vec<PathBuf>, Vec<String>), Failure> {
    let (changes, runs): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.contains('=') && !Path::new(word.as_str()).exists());
    if let Some(other) = changes.iter().find(|change| !change.starts_with(SECTION)) {
        return Err(Failure::Usage(format!(
            "`{other}`: only how a trained network rests can be changed, with {SECTION}KEY=VALUE (`quiescent \
             experiments keys rest`); and there is no folder of that name"
        )));
    }
    if runs.is_empty() {
        return Err(Failure::Usage("no run folder was given, only changes".to_owned()));
    }
    Ok((runs.into_iter().map(PathBuf::from).collect(), changes.into_iter().cloned().collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[test]
    fn changes_are_told_from_folders() {
        let folder = tempfile::tempdir().unwrap();
        let odd = folder.path().join("rest.start=encoded").display().to_string();
        std::fs::create_dir(&odd).unwrap();
        let (runs, changes) = split(&words(&["runs/a", &odd, "rest.tau_s=1"])).unwrap();
        assert_eq!(runs, [PathBuf::from("runs/a"), PathBuf::from(odd)]);
        assert_eq!(changes, ["rest.tau_s=1"]);
    }

    #[test]
    fn what_is_neither_is_refused() {
        let said = |given: &[&str]| split(&words(given)).unwrap_err().to_string();
        assert!(said(&["runs/a", "network.units=3"]).contains("network.units=3"));
        assert!(said(&["rest.tau_s=1"]).contains("no run folder"));
    }
}
