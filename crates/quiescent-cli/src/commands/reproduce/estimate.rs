//! How long what follows the training and study of networks takes: the theory, the comparison of networks,
//! figures.

use crate::ui::dry_run::Following;
use crate::ui::failure::Failure;
use quiescent::paper::TaskKind;
use quiescent::run::RunFolder;
use quiescent::theory::{ExaminationSettings, PartialExamination};
use quiescent::workflow;
use quiescent::workflow::plan::{Plan, Run, slowness};

/// Seconds on one thread of the reference processor, measured at demo scale: the comparison of two spatial
/// networks with one another, and figures and report of no network and of each.
const PAIR_S: f64 = 0.15;
const FIGURES_S: f64 = 0.6;
const FIGURES_OF_ONE_S: f64 = 0.3;

/// What follows the runs, and the seconds of each part on this machine as it is now.
pub(super) struct Rest {
    /// Seconds of each network's examination by the theory, in the order of the examples.
    pub(super) examinations_s: Vec<f64>,
    pub(super) compare_s: f64,
    pub(super) draw_s: f64,
}

impl Rest {
    /// Estimates what follows the runs of a plan of which `examples` are compared with the theory; measures
    /// the speed of the current pool.
    pub(super) fn estimate(
        plan: &Plan,
        examples: &[&Run],
        settings: &ExaminationSettings,
    ) -> Result<Self, Failure> {
        let slowness = slowness()?;
        let examination_s = |run: &&Run| {
            let left_s = RunFolder::open(plan.folder(run))
                .ok()
                .and_then(|folder| workflow::examination_left_s(&folder, settings).ok());
            let whole = || PartialExamination::new(settings.clone()).left_s(&run.experiment);
            slowness * left_s.unwrap_or_else(whole)
        };
        let spatial: Vec<u64> = plan
            .runs
            .iter()
            .filter(|run| TaskKind::of(&run.experiment) == TaskKind::Spatial)
            .map(|run| run.experiment.seed)
            .collect();
        // Networks of one seed are compared, each with each.
        let pairs: usize =
            spatial.iter().map(|seed| spatial.iter().filter(|other| *other == seed).count()).sum();
        Ok(Self {
            examinations_s: examples.iter().map(examination_s).collect(),
            compare_s: slowness * PAIR_S * pairs as f64,
            draw_s: slowness * (FIGURES_S + FIGURES_OF_ONE_S * plan.runs.len() as f64),
        })
    }

    /// The parts, in words.
    pub(super) fn parts(&self) -> [Following; 3] {
        [
            ("comparison with the theory", self.examinations_s.iter().sum()),
            ("comparison of the networks", self.compare_s),
            ("figures and report", self.draw_s),
        ]
    }

    /// All of them.
    pub(super) fn all_s(&self) -> f64 {
        self.parts().iter().map(|(_, seconds)| seconds).sum()
    }
}
