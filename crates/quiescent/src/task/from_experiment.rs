//! From the specification of a task to the task.

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
/// If a setting cannot be used, or the recording cannot be read or does not hold one trial each
/// for training and for tests.
pub fn build(experiment: &Experiment) -> Result<Arc<dyn Task>, TaskError> {
    Ok(match &experiment.task {
        TaskSpec::Spatial(spec) => {
            let mut generator = Generator::new(experiment.seed, Stream::Cells, 0);
            Arc::new(Spatial::new(spec, &experiment.time, &mut generator)?)
        }
        TaskSpec::HeadDirection(spec) => Arc::new(HeadDirection::new(spec, &experiment.time)?),
    })
}

/// The task of an experiment whose recording is not opened: cells, decoder and space as
/// [`build`] has them, but no motion, so that no trial can be drawn from it
/// ([`longest_trial`](Task::longest_trial) is 0). `region` is the one that was found in the
/// recording of positions. Without a recording it is the whole task.
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
