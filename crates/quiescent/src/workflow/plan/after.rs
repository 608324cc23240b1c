//! What is done with a run once it is trained.

use serde::{Deserialize, Serialize};

use crate::experiment::{Experiment, TaskKind};
use crate::measure;
use crate::paper::{Condition, Scale};
use crate::run::{RunFolder, RunWriter};
use crate::simulate::Keep;
use crate::workflow::{self, Error, Observer, Recordings};

/// What is done with a trained network. Manifests of plans hold it by the names that serde gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// Nothing.
    Nothing,
    /// Both phases are simulated as its experiment says, and measured.
    #[serde(rename = "analysis")]
    Measure,
    /// The phases of the paper's figures are simulated and measured, at demo scale.
    StudyDemo,
    /// The same at the paper's scale.
    StudyPaper,
}

impl After {
    /// The study of a scale.
    pub fn study(scale: Scale) -> Self {
        match scale {
            Scale::Demo => Self::StudyDemo,
            Scale::Fast | Scale::Paper => Self::StudyPaper,
        }
    }

    fn scale(self) -> Option<Scale> {
        match self {
            Self::StudyDemo => Some(Scale::Demo),
            Self::StudyPaper => Some(Scale::Paper),
            Self::Nothing | Self::Measure => None,
        }
    }

    /// Does it; what was found is kept in the run's folder.
    pub(super) fn measure(self, writer: &RunWriter, observer: &dyn Observer) -> Result<(), Error> {
        if let Some(scale) = self.scale() {
            let protocol = scale.protocol(TaskKind::of(writer.experiment()));
            workflow::study_run(writer, &protocol, observer)?;
        } else if self == Self::Measure {
            workflow::measure_run(writer, Keep::Decoded, &Recordings::NONE, observer)?;
        }
        Ok(())
    }

    /// Whether it has been done with the run as it is now.
    pub fn is_done(self, run: &RunFolder) -> bool {
        match self.scale() {
            None if self == Self::Nothing => true,
            None => {
                let simulated = [measure::WAKING, measure::REST]
                    .iter()
                    .all(|name| matches!(workflow::is_current(run, name), Ok(true)));
                simulated && matches!(workflow::measurements(run), Ok(Some(_)))
            }
            Some(scale) => {
                let protocol = scale.protocol(TaskKind::of(run.experiment()));
                matches!(workflow::current_study(run, Some(&protocol)), Ok(Some(_)))
            }
        }
    }

    /// Seconds that densities and intervals take beside the simulation, on one thread of the reference
    /// processor. Those of a study at demo scale were measured; the paper's scale has five times the trials,
    /// of which densities take samples of one size.
    pub(super) fn densities_s(self, experiment: &Experiment) -> f64 {
        match (self, TaskKind::of(experiment)) {
            (Self::Nothing, _) => 0.0,
            (Self::Measure, _) => 1.0,
            (Self::StudyDemo, TaskKind::Spatial) => 1.3,
            (Self::StudyDemo, TaskKind::HeadDirection) => 0.2,
            (Self::StudyPaper, TaskKind::Spatial) => 4.0,
            (Self::StudyPaper, TaskKind::HeadDirection) => 1.0,
        }
    }

    /// Steps of single trials that it simulates.
    pub(super) fn trial_steps(self, experiment: &Experiment) -> usize {
        let rest = &experiment.rest;
        match self.scale() {
            None if self == Self::Measure => rest.trials * (experiment.time.steps + rest.steps),
            None => 0,
            Some(scale) => Condition::of(experiment).map_or(0, |condition| {
                scale.protocol(condition.task).trial_steps(condition, experiment.time.steps)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Manifests of earlier versions hold these names.
    #[test]
    fn what_follows_training_keeps_its_names() {
        for (name, after) in [
            ("\"nothing\"", After::Nothing),
            ("\"analysis\"", After::Measure),
            ("\"study_demo\"", After::StudyDemo),
            ("\"study_paper\"", After::StudyPaper),
        ] {
            assert_eq!(serde_json::from_str::<After>(name).ok(), Some(after));
            assert_eq!(serde_json::to_string(&after).ok().as_deref(), Some(name));
        }
    }
}
