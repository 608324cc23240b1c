//! Finds run folders below a folder.

use super::problem::{Part, Problem};
use crate::ui::failure::Failure;
use quiescent::run::RunFolder;
use rayon::prelude::*;
use std::collections::{HashSet, VecDeque};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of a sweep that hold no runs.
const NO_RUNS: [&str; 2] = ["slurm", "collected"];

/// A run folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// Its path below the folder that was searched, parts separated by `/`; `.` for that itself.
    pub(crate) name: String,
    /// Its path.
    pub(crate) path: PathBuf,
}

/// A folder on the way to runs.
#[derive(Debug, Clone)]
struct Place {
    found: Found,
    /// Its path without links.
    real: PathBuf,
}

/// What a look at a folder's entries gave.
#[derive(Default)]
struct Entries {
    runs: Vec<Place>,
    folders: Vec<Place>,
    links: Vec<Place>,
}

/// Every run folder below `folder`, sorted by name, and folders that could not be read.
///
/// Run folders are not searched for others, nor are hidden folders, `slurm` and `collected`. Links
/// are followed, but every folder is looked at once, by its own name if it has one here.
pub(crate) fn find(folder: &Path) -> Result<(Vec<Found>, Vec<Problem>), Failure> {
    let cannot = |error: &dyn std::fmt::Display| {
        Failure::Usage(format!(
            "cannot look for runs in {}: {error}; give the folder of a sweep (--out of `quiescent \
             sweep`) or any folder of run folders",
            folder.display()
        ))
    };
    let real = fs::canonicalize(folder).map_err(|error| cannot(&error))?;
    if !real.is_dir() {
        return Err(cannot(&"it is a file"));
    }
    let top = Place {
        found: Found { name: ".".to_owned(), path: folder.to_owned() },
        real: real.clone(),
    };
    // With run.json too: an experiment.yml beside the runs may be what the sweep began from.
    if RunFolder::is_run(folder) && folder.join("run.json").exists() {
        return Ok((vec![top.found], Vec::new()));
    }
    let (mut runs, mut problems) = (Vec::new(), Vec::new());
    let mut seen = HashSet::from([real]);
    let (mut folders, mut links) = (vec![top], VecDeque::new());
    while let Some(place) = folders.pop().or_else(|| follow(&mut links, &mut seen, &mut runs)) {
        match entries(&place) {
            Ok(below) => {
                let mut fresh = |places: Vec<Place>| -> Vec<Place> {
                    places.into_iter().filter(|place| seen.insert(place.real.clone())).collect()
                };
                runs.extend(fresh(below.runs).into_iter().map(|place| place.found));
                folders.extend(fresh(below.folders));
                // Followed last, so that a folder keeps its own name.
                links.extend(below.links);
            }
            Err(error) => problems.push(Problem {
                run: place.found.name,
                part: Part::Folder,
                reason: error.to_string(),
            }),
        }
    }
    runs.sort_unstable();
    Ok((runs, problems))
}

/// The runs among these paths and in the folders among them.
pub(crate) fn in_all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut runs = Vec::new();
    for path in paths {
        // What is no folder is told where it is opened.
        if RunFolder::is_run(path) || !path.is_dir() {
            runs.push(path.clone());
            continue;
        }
        let (found, problems) = find(path)?;
        if let Some(problem) = problems.first() {
            return Err(Failure::Data(format!("{}: {}", problem.run, problem.reason)));
        }
        if found.is_empty() {
            return Err(Failure::Usage(format!(
                "{} is no run and holds none; give run folders (--out of `quiescent train`), or a \
                 folder that holds some",
                path.display()
            )));
        }
        runs.extend(found.into_iter().map(|run| run.path));
    }
    Ok(runs)
}

/// The next link to a folder that was not looked at yet and is no run; runs are taken on the way.
fn follow(
    links: &mut VecDeque<Place>,
    seen: &mut HashSet<PathBuf>,
    runs: &mut Vec<Found>,
) -> Option<Place> {
    while let Some(link) = links.pop_front() {
        if seen.insert(link.real.clone()) {
            if !RunFolder::is_run(&link.found.path) {
                return Some(link);
            }
            runs.push(link.found);
        }
    }
    None
}

/// The entries of a folder that may be or lead to runs, in the order of their names.
fn entries(place: &Place) -> std::io::Result<Entries> {
    let mut inside: Vec<(Place, bool)> = Vec::new();
    for entry in fs::read_dir(&place.found.path)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let kind = entry.file_type()?;
        if is_ignored(&file_name) || !(kind.is_dir() || kind.is_symlink()) {
            continue;
        }
        let text = file_name.to_string_lossy();
        let name = match place.found.name.as_str() {
            "." => text.into_owned(),
            above => format!("{above}/{text}"),
        };
        let path = place.found.path.join(&file_name);
        let real = if kind.is_dir() {
            place.real.join(&file_name)
        } else {
            match fs::canonicalize(&path) {
                // One to a folder that it lies in would lead out of what was asked for.
                Ok(real) if real.is_dir() && !place.real.starts_with(&real) => real,
                // Broken links and links to files lead to no runs.
                _ => continue,
            }
        };
        inside.push((Place { found: Found { name, path }, real }, kind.is_symlink()));
    }
    inside.sort_unstable_by(|(a, _), (b, _)| a.found.cmp(&b.found));
    let is_run: Vec<bool> = inside
        .par_iter()
        .map(|(place, link)| !link && RunFolder::is_run(&place.found.path))
        .collect();
    let mut entries = Entries::default();
    for ((place, link), is_run) in inside.into_iter().zip(is_run) {
        let kind = match (link, is_run) {
            (true, _) => &mut entries.links,
            (false, true) => &mut entries.runs,
            (false, false) => &mut entries.folders,
        };
        kind.push(place);
    }
    Ok(entries)
}

fn is_ignored(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".") || NO_RUNS.iter().any(|ignored| name == *ignored)
}
