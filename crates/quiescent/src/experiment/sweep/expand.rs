//! From a sweep to its runs.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::super::SpecError;
use super::super::text::base::Loaded;
use super::super::text::load::assemble;
use super::super::text::node::Node;
use super::super::text::overrides::{self, set_all, split_key};
use super::{Axis, MOST_RUNS, Setting, Sweep, SweepRun, name};

/// One run before it is resolved.
struct Point<'a> {
    name: Option<&'a str>,
    settings: Vec<&'a Setting>,
}

impl Sweep {
    /// Every run, resolved; one that turns out to be the same experiment as an earlier one is left
    /// out.
    ///
    /// # Errors
    /// [`SpecError::Sweep`] with their number if there are more than [`MOST_RUNS`]; else what is
    /// wrong with the first run that is not a valid experiment, and where that was written.
    pub fn runs(&self) -> Result<Vec<SweepRun>, SpecError> {
        let count = self.count();
        if count > MOST_RUNS {
            let axes: Vec<String> = self
                .common
                .iter()
                .chain(&self.grid)
                .map(|axis| {
                    let keys: Vec<&str> = axis.keys().collect();
                    format!("{} of {}", axis.alternatives.len(), keys.join(" with "))
                })
                .collect();
            return Err(SpecError::Sweep {
                place: self.place.clone(),
                reason: format!(
                    "these are {count} runs ({}); at most {MOST_RUNS} are possible in one sweep",
                    axes.join(", ")
                ),
            });
        }
        let points = self.points();
        let keys: BTreeSet<&str> = points
            .iter()
            .flat_map(|point| point.settings.iter().map(|setting| setting.key.as_str()))
            .collect();
        let keys: Vec<&str> = keys.into_iter().collect();
        let resolved = points
            .par_iter()
            .map(|point| self.run(point, &keys))
            .collect::<Vec<Result<SweepRun, SpecError>>>();
        let mut runs: Vec<SweepRun> = Vec::with_capacity(resolved.len());
        let mut seen = BTreeSet::new();
        for run in resolved {
            let run = run?;
            if seen.insert(run.identity.clone()) {
                runs.push(run);
            }
        }
        Ok(runs)
    }

    /// What varies in each run, in order.
    fn points(&self) -> Vec<Point<'_>> {
        let mut own: Vec<Point<'_>> = Vec::new();
        if !self.grid.is_empty() || self.runs.is_empty() {
            own.extend(
                product(&self.grid).into_iter().map(|settings| Point { name: None, settings }),
            );
        }
        own.extend(self.runs.iter().map(|run| Point {
            name: run.name.as_deref(),
            settings: run.settings.iter().collect(),
        }));
        let mut points = Vec::new();
        for common in product(&self.common) {
            for Point { name, settings } in &own {
                // A run's own value of a key counts more than what is common to all.
                let own_key = |key: &str| settings.iter().any(|setting| setting.key == key);
                let common = common.iter().copied().filter(|setting| !own_key(&setting.key));
                let settings = common.chain(settings.iter().copied()).collect();
                points.push(Point { name: *name, settings });
            }
        }
        points
    }

    fn run(&self, point: &Point<'_>, keys: &[&str]) -> Result<SweepRun, SpecError> {
        let refuse = |key: &str, node: &Node, reason: String| SpecError::Sweep {
            place: node.place.clone(),
            reason: format!("{key}: {reason}"),
        };
        let all = self.set.iter().chain(point.settings.iter().copied()).chain(&self.fixed);
        let settings = all
            .map(|Setting { key, node, folder }| {
                let path = split_key(key).map_err(|reason| refuse(key, node, reason))?;
                let (node, folder) = (node.clone(), folder.as_deref());
                Ok(overrides::Setting { path, node, folder, text: key })
            })
            .collect::<Result<Vec<_>, SpecError>>()?;
        let Loaded { mut tree, mut changed } = self.base.clone();
        changed.extend(set_all(&mut tree, &settings, |setting, reason| {
            refuse(setting.text, &setting.node, reason)
        })?);
        let experiment = assemble(tree, &[] as &[&str])?;
        // The seed last, where everybody looks for it.
        let mut varied: Vec<(String, String)> = point
            .settings
            .iter()
            .filter(|setting| self.fixed.iter().all(|fixed| fixed.key != setting.key))
            .map(|setting| (setting.key.clone(), setting.node.on_one_line()))
            .collect();
        varied.sort_by_key(|(key, _)| key == "seed");
        let shown: Vec<(&str, &str)> = varied
            .iter()
            .filter(|(key, _)| point.name.is_none() || key == "seed")
            .map(|(key, value)| (name::short_key(key, keys), value.as_str()))
            .collect();
        let name = match (point.name, shown.is_empty()) {
            (None, _) => name::join(&shown),
            (Some(own), true) => name::clean(own),
            (Some(own), false) => name::clean(&format!("{own}_{}", name::join(&shown))),
        };
        let identity = experiment.identity()?;
        Ok(SweepRun { name, varied, experiment, changed, identity })
    }
}

/// Every combination of the axes' alternatives, the last axis varying fastest; one empty one of no
/// axes.
fn product(axes: &[Axis]) -> Vec<Vec<&Setting>> {
    axes.iter().fold(vec![Vec::new()], |all, axis| {
        all.iter()
            .flat_map(|before: &Vec<&Setting>| {
                axis.alternatives
                    .iter()
                    .map(move |settings| before.iter().copied().chain(settings).collect())
            })
            .collect()
    })
}
