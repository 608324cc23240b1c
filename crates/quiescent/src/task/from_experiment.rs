//! Builds a task from its specification.

use std::sync::Arc;

use super::{HeadDirection, Spatial, Task, TaskError};
use crate::experiment::{Experiment, TaskSpec};
use crate::random::{Generator, Stream};
use crate::space::Region;

/// Builds the task of an experiment; opens its recording, if it has one.
///
/// Place-cell centres come from the stream `cells` of the experiment's seed, batch 0, trial 0.
///
/// # Errors
/// If a setting is invalid, or the recording cannot be read or does not contain a trial each for
/// training and for tests.
pub fn build(experiment: &Experiment) -> Result<Arc<dyn Task>, TaskError> {
    Ok(match &experiment.task {
        TaskSpec::Spatial(spec) => {
            let mut generator = Generator::new(experiment.seed, Stream::Cells, 0);
            Arc::new(Spatial::new(spec, &experiment.time, &mut generator)?)
        }
        TaskSpec::HeadDirection(spec) => Arc::new(HeadDirection::new(spec, &experiment.time)?),
    })
}

/// Builds the task of an experiment without opening its recording. Cells, decoder and space are
/// those of [`build`], but no trial can be drawn ([`longest_trial`](Task::longest_trial) is 0).
/// `region` is the region found in a recording of positions. Without a recording, this is the
/// complete task.
///
/// # Errors
/// As for [`build`], except for those of the recording.
pub fn build_without_motion(
    experiment: &Experiment,
    region: Option<Region>,
) -> Result<Arc<dyn Task>, TaskError> {
    match (&experiment.task, region) {
        (task, _) if task.recording().is_none() => build(experiment),
        (TaskSpec::Spatial(spec), Some(region)) => {
            let mut generator = Generator::new(experiment.seed, Stream::Cells, 0);
            Ok(Arc::new(Spatial::without_motion(spec, region, &mut generator)?))
        }
        (TaskSpec::HeadDirection(spec), _) => Ok(Arc::new(HeadDirection::without_motion(spec)?)),
        (TaskSpec::Spatial(_), None) => Err(TaskError::setting(
            "the arena",
            "not known",
            "the one that was found in the recording",
        )),
    }
}
