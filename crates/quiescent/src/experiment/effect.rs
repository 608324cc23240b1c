//! Keys that have no effect: beside a recording, the box and the motion of the simulated animal.

use super::error::SpecError;
use super::text::node::{Node, Value};
use super::{ArenaSpec, Experiment, TaskSpec, defaults};
use crate::experiment::place::Place;

/// A part of `task` that a recording leaves without effect.
struct Idle {
    /// Dotted path.
    path: &'static str,
    /// Why it has none, and what to do.
    reason: &'static str,
}

const BOX: Idle =
    Idle { path: "task.box", reason: "the walls of a recording's room are task.recording.arena" };
const MOTION: Idle =
    Idle { path: "task.motion", reason: "the recorded animal moves as it was recorded" };
const TURNS: Idle = Idle {
    path: "task.motion.turn_sd_rad_per_s",
    reason: "the recorded animal turns as it was recorded",
};
const NO_ARENA: Idle = Idle { path: "task.recording.arena", reason: "a heading has no arena" };

/// Paths of all of them but the arena, which no experiment of headings has.
pub(super) const IDLE: [&str; 3] = [BOX.path, MOTION.path, TURNS.path];

/// Refuses what somebody gave beside a recording that leaves it without effect.
///
/// A recording that was put into an experiment (by an override, a sweep, or a file over its base) takes the
/// place of the box and the motion which that experiment describes; these have no place any more, and are
/// not refused.
pub(super) fn refuse_idle(tree: &Node, kind: &str) -> Result<(), SpecError> {
    // One without a file is another error.
    if tree.find("task.recording.file").is_none() {
        return Ok(());
    }
    let idle: &[Idle] = if kind == "spatial" { &[BOX, MOTION] } else { &[TURNS, NO_ARENA] };
    for Idle { path, reason } in idle {
        let given = tree.find(path).and_then(|node| first(node, path));
        if let Some((key, place)) = given {
            return Err(SpecError::NoEffect {
                place,
                key,
                reason: format!(
                    "it has no effect beside task.recording: {reason}; remove it (or set \
                     task.recording=null)"
                ),
            });
        }
    }
    Ok(())
}

/// The first value at or below a node that has a place; empty sections hold none.
fn first(node: &Node, path: &str) -> Option<(String, Place)> {
    match &node.value {
        Value::Map(entries) => {
            entries.iter().find_map(|entry| first(&entry.node, &format!("{path}.{}", entry.key)))
        }
        _ if node.is_null() => None,
        _ => (node.place != Place::Unwritten).then(|| (path.to_owned(), node.place.clone())),
    }
}

/// Gives what a recording leaves without effect its default, so that experiments which do the same
/// are equal.
pub(super) fn reset_idle(experiment: &mut Experiment) {
    if experiment.task.recording().is_none() {
        return;
    }
    let kind = experiment.task.kind();
    if let TaskSpec::Spatial(spec) = &mut experiment.task
        && let Some(recording) = &mut spec.recording
    {
        recording.arena.get_or_insert(ArenaSpec::Extent);
    }
    let Some(plain) = defaults::experiment(kind, experiment.network.kind) else { return };
    match (&mut experiment.task, plain.task) {
        (TaskSpec::Spatial(spec), TaskSpec::Spatial(plain)) => {
            (spec.arena, spec.motion) = (plain.arena, plain.motion);
        }
        (TaskSpec::HeadDirection(spec), TaskSpec::HeadDirection(plain)) => {
            spec.motion.turn_sd_rad_per_s = plain.motion.turn_sd_rad_per_s;
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::TurnDirection;
    use super::*;

    const SPATIAL: &str = "demo/spatial/noisy_unbiased";
    const HEADING: &str = "demo/head_direction/noisy_unbiased";

    fn refused(name: &str, overrides: &[&str]) -> String {
        Experiment::resolve(name, overrides).unwrap_err().to_string()
    }

    #[test]
    fn overrides_without_effect_are_refused_in_any_order() {
        for change in [
            "task.box.width_m=1",
            "task.box={height_m: 1}",
            "task.box.border_slowdown=0.5",
            "task.motion.start=center",
            "task.motion.speed_scale_m_per_s=0.3",
        ] {
            for overrides in [["task.recording=a.csv", change], [change, "task.recording=a.csv"]] {
                let said = refused(SPATIAL, &overrides);
                let key = change.split(['=', '{']).next().unwrap();
                assert!(said.starts_with(&format!("override `{change}`: {key}")), "{said}");
                assert!(said.contains("no effect beside task.recording"), "{said}");
            }
        }
        let said = refused(HEADING, &["task.recording=a.csv", "task.motion.turn_sd_rad_per_s=3"]);
        assert!(said.contains("task.motion.turn_sd_rad_per_s: it has no effect"), "{said}");
        // Without a recording they have one.
        Experiment::resolve(SPATIAL, &["task.recording=a.csv"])
            .and_then(|recorded| recorded.with("task.recording=null"))
            .and_then(|simulated| simulated.with("task.box.width_m=1"))
            .unwrap();
    }

    #[test]
    fn a_file_with_both_is_refused_with_its_line() {
        let text = "task:\n  kind: spatial\n  recording: a.csv\n  motion:\n    start: center\n";
        let said = Experiment::parse(text, "mine.yml").unwrap_err().to_string();
        assert!(said.starts_with("mine.yml:5: task.motion.start: it has no effect"), "{said}");
    }

    #[test]
    fn a_recording_takes_the_place_of_what_a_file_describes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("box.yml");
        std::fs::write(&path, "task:\n  kind: spatial\n  box: {width_m: 1}\n").unwrap();
        let name = path.to_str().unwrap();
        let recorded = Experiment::resolve(name, &["task.recording=a.csv"]).unwrap();
        let shipped = Experiment::resolve(SPATIAL, &["task.recording=a.csv"]).unwrap();
        assert_eq!(recorded.task.recording(), shipped.task.recording());
        // Keys without effect make no difference, and are not written.
        let (TaskSpec::Spatial(one), TaskSpec::Spatial(other)) = (&recorded.task, &shipped.task)
        else {
            panic!("both are spatial");
        };
        assert_eq!((&one.arena, &one.motion), (&other.arena, &other.motion));
        let text = recorded.to_yaml().unwrap();
        assert!(!text.contains("box:") && !text.contains("motion:"), "{text}");
        assert_eq!(Experiment::parse(&text, "again.yml").unwrap(), recorded);
        let keys = recorded.leaves().unwrap();
        assert!(keys.iter().all(|(key, _)| !key.starts_with("task.box")), "{keys:?}");
    }

    #[test]
    fn a_recorded_heading_turns_both_ways() {
        let both = ["task.recording=a.csv", "task.motion.direction=both"];
        let experiment = Experiment::resolve("demo/head_direction/noisy_biased", &both).unwrap();
        assert!(!experiment.to_yaml().unwrap().contains("motion:"));
        // One way alone is kept, for the task to refuse.
        let one =
            Experiment::resolve("demo/head_direction/noisy_biased", &["task.recording=a.csv"])
                .unwrap();
        let TaskSpec::HeadDirection(spec) = &one.task else { panic!("a heading") };
        assert_eq!(spec.motion.direction, TurnDirection::Counterclockwise);
        assert!(one.to_yaml().unwrap().contains("counterclockwise"));
    }

    #[test]
    fn sweeps_put_recordings_in_and_are_held_to_the_same() {
        use super::super::sweep::Sweep;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sweep.yml");
        let sweep = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Sweep::resolve(path.to_str().unwrap(), &[] as &[&str]).unwrap().runs()
        };
        let good = format!("base: {SPATIAL}\ngrid: {{task.recording.file: [a.csv, b.csv]}}\n");
        assert_eq!(sweep(&good).unwrap().len(), 2);
        let bad = format!("{good}set: {{task.box.width_m: 1}}\n");
        let said = sweep(&bad).unwrap_err().to_string();
        assert!(said.contains("sweep.yml:3") && said.contains("task.box.width_m"), "{said}");
    }
}
