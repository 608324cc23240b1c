//! A task: a law of the stimulus s, its target activity f(s), the derivative f′(s), and a decoder.

mod decoder;
mod error;
mod head_cells;
mod head_direction;
mod lanes;
mod motion;
mod place_cells;
mod recording;
mod spatial;

use std::sync::Arc;

use crate::experiment::{Experiment, TaskSpec};
use crate::random::{Generator, Stream};
use crate::space::{Region, Space};

pub use error::TaskError;
pub use head_cells::HeadCells;
pub use head_direction::HeadDirection;
pub use place_cells::PlaceCells;
pub use recording::{
    Dropped, Loss, Place, Problem, Recording, RecordingError, RecordingReport, Room, Span,
    SpeedQuantiles, Trace,
};
pub use spatial::Spatial;

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
/// Those of [`build`] but for the recording's.
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

/// Which trials are drawn: a recording keeps a held-out part for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Trials to learn from.
    Train,
    /// Trials to be tested on (and to simulate phases with).
    Test,
}

/// What a network is asked to integrate. A task of one's own is trained and measured like those here:
/// `examples/linear_track.rs`.
///
/// Arrays are row-major slices; shapes are given slowest axis first. `dim` is
/// that of the [`space`](Task::space), the same for stimuli and displacements.
pub trait Task: Send + Sync + std::fmt::Debug {
    /// Where stimuli live: positions between walls, or headings.
    fn space(&self) -> &Space;

    /// Dimension N_o of the target: the number of cells.
    fn target_dim(&self) -> usize;

    /// Draws the motion of one trial of `steps` steps.
    ///
    /// `stimuli: [steps + 1, dim]` receives s(0), …, s(steps); `displacements: [steps, dim]`
    /// receives Δs of each step, which is the network's input. All randomness comes from
    /// `generator`, so a trial is a function of the generator's key alone.
    ///
    /// # Panics
    /// If the slices disagree, or `steps` exceeds [`longest_trial`](Task::longest_trial).
    fn draw_motion(
        &self,
        split: Split,
        generator: &mut Generator,
        stimuli: &mut [f32],
        displacements: &mut [f32],
    );

    /// Target activity f(s): `stimuli: [row, dim]` to `targets: [row, target_dim]`.
    fn targets(&self, stimuli: &[f32], targets: &mut [f32]);

    /// Derivative f′(s) at one stimulus: `stimulus: [dim]` to `derivative: [target_dim, dim]`.
    fn target_derivative(&self, stimulus: &[f32], derivative: &mut [f32]);

    /// Decodes stimuli from activity: `activity: [row, target_dim]` to `stimuli: [row, dim]`.
    fn decode(&self, activity: &[f32], stimuli: &mut [f32]);

    /// Preferred stimuli of the cells, `[target_dim, dim]`; empty if the target is not a
    /// population of cells.
    fn preferred(&self) -> &[f32];

    /// The same task with other cells, such as those that an imported network was trained with:
    /// `preferred: [target_dim, dim]`, empty if the target is not a population of cells. A task that
    /// does not say how has its own cells alone.
    ///
    /// # Errors
    /// [`TaskError::Setting`] if their number is another, one is not finite, or one lies outside
    /// the arena (headings: beyond ±2π).
    fn with_preferred(&self, preferred: &[f32]) -> Result<Arc<dyn Task>, TaskError> {
        let allowed = "none: this task has its own cells alone";
        Err(TaskError::setting("the number of preferred stimuli", preferred.len(), allowed))
    }

    /// Longest trial, in steps, that [`draw_motion`](Task::draw_motion) can draw: unlimited
    /// (`usize::MAX`) unless the motion is a recording.
    fn longest_trial(&self, _split: Split) -> usize {
        usize::MAX
    }

    /// What was found in the recording, if the motion is taken from one.
    fn recording(&self) -> Option<&RecordingReport> {
        None
    }

    /// The recording's cleaned path and what was left out of it, if the motion is taken from one.
    fn recorded_trace(&self) -> Option<&Trace> {
        None
    }

    /// Every cleaned and resampled stimulus of the recording in order of time, `[row, dim]`, in
    /// the coordinates of [`draw_motion`](Task::draw_motion).
    fn recorded_occupancy(&self) -> Option<&[f32]> {
        None
    }
}

/// The motion of a task whose recording was not opened: none, as its longest trial says.
///
/// # Panics
/// If a step is asked for.
fn refuse_to_draw(displacements: &[f32]) {
    assert!(
        displacements.is_empty(),
        "draw_motion: the recording was not opened, so no trial has a step"
    );
}

/// Refuses motion slices other than `stimuli: [steps + 1, dim]`, `displacements: [steps, dim]`.
fn check_motion_shapes(dim: usize, stimuli: &[f32], displacements: &[f32]) {
    assert!(
        stimuli.len() == displacements.len() + dim && displacements.len().is_multiple_of(dim),
        "draw_motion: {} stimulus values for {} displacement values; expected one row of {dim} more",
        stimuli.len(),
        displacements.len()
    );
}
