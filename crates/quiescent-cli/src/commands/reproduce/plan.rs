//! Which networks `reproduce` trains.

use super::arguments::Arguments;
use crate::ui::experiment::say_changed;
use crate::ui::failure::Failure;
use crate::ui::planned::check_same;
use quiescent::experiment::{NetworkKind, Resolved, RestDynamics};
use quiescent::paper::{Condition, Scale};
use quiescent::run::RunFolder;
use quiescent::workflow::plan::{After, Plan, Run};
use std::path::PathBuf;

/// Most seeds of one call: a typing error must not plan a year of work.
const MOST_SEEDS: u64 = 1000;

/// Every network of the matrix, the seeds of all conditions one after the other, so that whatever
/// is done when the command is stopped is a whole design of fewer seeds.
pub(super) fn plan(arguments: &Arguments) -> Result<Plan, Failure> {
    let scale = Scale::from(arguments.scale);
    let seeds = match (&arguments.seeds, scale) {
        (Some(text), _) => seeds(text)?,
        (None, Scale::Fast | Scale::Paper) => (0..5).collect(),
        (None, Scale::Demo) => (0..2).collect(),
    };
    let conditions = conditions(&arguments.only)?;
    let (mut runs, mut changed) = (Vec::new(), Vec::new());
    for (place, seed) in seeds.into_iter().enumerate() {
        for &condition in &conditions {
            // A GRU takes three times as long: a look in minutes has one of each.
            let look = scale == Scale::Demo && arguments.seeds.is_none();
            if look && place > 0 && condition.network == NetworkKind::Gru {
                continue;
            }
            let name = format!("{}/{condition}", scale.name());
            let seeded = format!("seed={seed}");
            let changes: Vec<&String> = [&seeded].into_iter().chain(&arguments.overrides).collect();
            let resolved = Resolved::of(&name, &changes)?;
            changed.extend(resolved.changed);
            let experiment = resolved.experiment;
            if experiment.seed != seed {
                return Err(Failure::Usage(
                    "seed=…: reproduce takes its seeds from --seeds".to_owned(),
                ));
            }
            if experiment.rest.dynamics() != RestDynamics::FIRST_ORDER {
                return Err(Failure::Usage(
                    "rest.adaptation, rest.momentum, rest.tau_s: reproduce simulates the paper's \
                     quiescent phases, which have none; simulate others with `quiescent simulate RUN \
                     rest.KEY=VALUE`"
                        .to_owned(),
                ));
            }
            if Condition::of(&experiment) != Some(condition) {
                return Err(Failure::Usage(format!(
                    "the changes turn {condition} into another condition: reproduce needs the \
                     paper's noise, drift and turns as they are"
                )));
            }
            let name = format!("{condition}/seed_{seed}");
            let folder = PathBuf::from("runs")
                .join(condition.to_string().replace('/', "-"))
                .join(format!("seed_{seed}"));
            // Before anything is trained. A damaged folder is named when its turn comes.
            let path = arguments.out.join(&folder);
            if let Ok(run) = RunFolder::open(&path) {
                check_same(&run, &experiment)?;
            }
            let varied = vec![
                ("condition".to_owned(), condition.to_string()),
                ("seed".to_owned(), seed.to_string()),
            ];
            let identity = experiment.identity()?;
            let after = After::study(scale);
            runs.push(Run { name, folder, varied, experiment, identity, after });
        }
    }
    say_changed(&changed);
    let about = format!("The paper's networks, {} scale", scale.name());
    Ok(Plan { out: arguments.out.clone(), about, runs })
}

/// `0..4` (both ends), `0,2,5`, or a mixture.
fn seeds(text: &str) -> Result<Vec<u64>, Failure> {
    let wrong = |why: &str| {
        Failure::Usage(format!(
            "--seeds {text}: {why}; give seeds such as 0..4 (five seeds, both ends included) or \
             0,2,5"
        ))
    };
    let number = |part: &str| part.trim().parse::<u64>().map_err(|_| wrong("not a number"));
    let mut seeds = Vec::new();
    for part in text.split(',') {
        let (first, last) = match part.split_once("..") {
            Some((first, last)) => (number(first)?, number(last.trim_start_matches('='))?),
            None => (number(part)?, number(part)?),
        };
        if last < first {
            return Err(wrong("a range must ascend"));
        }
        if last - first >= MOST_SEEDS {
            return Err(wrong("more than 1000 seeds"));
        }
        for seed in first..=last {
            if seeds.contains(&seed) {
                return Err(wrong("a seed is named twice"));
            }
            seeds.push(seed);
        }
    }
    Ok(seeds)
}

/// The conditions that `--only` names, in the paper's order: by task, by name, or by a part of it.
fn conditions(only: &[String]) -> Result<Vec<Condition>, Failure> {
    let all: Vec<Condition> = Condition::all().collect();
    if only.is_empty() {
        return Ok(all);
    }
    let matches = |condition: &Condition, name: &str| {
        let whole = condition.to_string();
        whole == name || whole.split('/').any(|part| part == name)
    };
    for name in only {
        if !all.iter().any(|condition| matches(condition, name)) {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            return Err(Failure::Usage(format!(
                "--only {name}: no condition of that name; allowed: spatial, head_direction, {}, or \
                 the part behind the slash",
                names.join(", ")
            )));
        }
    }
    Ok(all
        .into_iter()
        .filter(|condition| only.iter().any(|name| matches(condition, name)))
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn seeds_are_ranges_with_both_ends_or_lists() {
        assert_eq!(seeds("0..4").unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(seeds("0..=1").unwrap(), [0, 1]);
        assert_eq!(seeds("7, 2..3").unwrap(), [7, 2, 3]);
        for wrong in ["", "a", "3..1", "0,0", "0..100000", "-1", "1..", "0..3,2"] {
            let message = seeds(wrong).unwrap_err().to_string();
            assert!(message.contains("0..4"), "{message}");
        }
    }

    #[test]
    fn conditions_are_named_whole_or_in_part() {
        let of = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            conditions(&names)
                .map(|found| found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(of(&[]).unwrap().split(' ').count(), 8);
        assert_eq!(of(&["spatial"]).unwrap().split(' ').count(), 6);
        assert_eq!(
            of(&["noisy_biased"]).unwrap(),
            "spatial/noisy_biased head_direction/noisy_biased"
        );
        assert_eq!(of(&["spatial/noisy_biased"]).unwrap(), "spatial/noisy_biased");
        let message = of(&["nosy"]).unwrap_err().to_string();
        assert!(message.contains("spatial/noisy_unbiased"), "{message}");
    }
}
