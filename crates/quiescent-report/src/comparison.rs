//! Which runs of a report are not compared with one another, and why.

use crate::view::{RunView, TaskKind};
use quiescent::readable;

/// Runs whose densities lie in one space.
pub(crate) struct Group<'a> {
    task: TaskKind,
    /// x_min, x_max, y_min, y_max in m.
    arena: Option<[f64; 4]>,
    pub(crate) runs: Vec<&'a RunView>,
}

/// The runs by the space of their densities.
pub(crate) fn groups(runs: &[RunView]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for run in runs {
        let (task, arena) = (run.task(), run.arena());
        match groups.iter_mut().find(|group| group.task == task && group.arena == arena) {
            Some(group) => group.runs.push(run),
            None => groups.push(Group { task, arena, runs: vec![run] }),
        }
    }
    groups
}

/// Sentences that name the runs among these which are not compared with one another, with the reason
/// and what to do; empty if all can be.
pub fn not_compared(runs: &[RunView]) -> Vec<String> {
    let groups = groups(runs);
    let mut sentences = Vec::new();
    let arenas: Vec<&Group<'_>> =
        groups.iter().filter(|group| group.task == TaskKind::Spatial).collect();
    if arenas.len() > 1 {
        let list: Vec<String> = arenas.iter().map(|group| group.in_words()).collect();
        let recorded = arenas.iter().flat_map(|group| &group.runs).any(|run| run.on_a_recording());
        sentences.push(format!(
            "Not compared with one another, since densities over different arenas cannot be: {}.{}",
            list.join("; "),
            if recorded {
                " Runs on recordings of one room are compared once each is told the walls of that \
                 room (task.recording.arena), in place of its animal’s extent."
            } else {
                ""
            }
        ));
    }
    let names = |kind: TaskKind| -> Vec<&str> {
        runs.iter().filter(|run| run.task() == kind).map(|run| run.name.as_str()).collect()
    };
    let [spatial, headings] = [TaskKind::Spatial, TaskKind::HeadDirection].map(names);
    if !spatial.is_empty() && !headings.is_empty() {
        sentences.push(format!(
            "Not compared with one another, since positions and headings cannot be: {} (position); \
             {} (heading).",
            spatial.join(", "),
            headings.join(", ")
        ));
    }
    sentences
}

impl Group<'_> {
    /// Its runs and its arena.
    fn in_words(&self) -> String {
        let names: Vec<&str> = self.runs.iter().map(|run| run.name.as_str()).collect();
        let extent = self.runs.iter().any(|run| {
            run.recording.as_ref().and_then(|recording| recording.room).is_some_and(|r| !r.given)
        });
        let arena = match self.arena {
            None => "an arena that is not known".to_owned(),
            Some([x_min, x_max, y_min, y_max]) => format!(
                "{} × {} m{}",
                readable::derived(x_max - x_min),
                readable::derived(y_max - y_min),
                if extent { ", the extent of a recording" } else { "" }
            ),
        };
        format!("{} ({arena})", names.join(", "))
    }
}
