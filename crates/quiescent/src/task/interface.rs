//! The interface of a task to the rest of the program.

use std::sync::Arc;

use super::recording::{RecordingReport, Trace};
use super::{Split, TaskError};
use crate::random::Generator;
use crate::space::Space;

/// The quantity that a network integrates. Your own task is trained and measured like the
/// built-in ones; see `examples/linear_track.rs`.
///
/// Arrays are row-major slices, and shapes are given slowest axis first. `dim` is the dimension
/// of the [`space`](Task::space), the same for stimuli and displacements.
pub trait Task: Send + Sync + std::fmt::Debug {
    /// The space of stimuli: positions between walls, or headings.
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

    /// Width of a cell's field, in m or rad; none if the target is not a population of cells. By default,
    /// it is unknown.
    fn cell_width(&self) -> Option<f64> {
        None
    }

    /// The same task with other cells, such as those of an imported network: `preferred:
    /// [target_dim, dim]`, empty if the target is not a population of cells. By default, a task
    /// accepts only its own cells.
    ///
    /// # Errors
    /// [`TaskError::Setting`] if their number differs, one is not finite, or one lies outside the
    /// arena (headings: beyond ±2π).
    fn with_preferred(&self, preferred: &[f32]) -> Result<Arc<dyn Task>, TaskError> {
        let allowed = "none; this task always uses its own cells";
        Err(TaskError::setting("the number of preferred stimuli", preferred.len(), allowed))
    }

    /// Longest trial, in steps, that [`draw_motion`](Task::draw_motion) can draw: unlimited
    /// (`usize::MAX`) unless the motion is a recording.
    fn longest_trial(&self, _split: Split) -> usize {
        usize::MAX
    }

    /// The report on the recording, if the motion comes from one.
    fn recording(&self) -> Option<&RecordingReport> {
        None
    }

    /// The recording's cleaned path and the discarded samples, if the motion comes from one.
    fn recorded_trace(&self) -> Option<&Trace> {
        None
    }

    /// Every cleaned and resampled stimulus of the recording in time order, `[row, dim]`, in the
    /// coordinates of [`draw_motion`](Task::draw_motion).
    fn recorded_occupancy(&self) -> Option<&[f32]> {
        None
    }
}
