//! What a task is to the rest of the program.

use std::sync::Arc;

use super::recording::{RecordingReport, Trace};
use super::{Split, TaskError};
use crate::random::Generator;
use crate::space::Space;

/// What a network is asked to integrate. Your own task is trained and measured like the ones here:
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
        let allowed = "none; this task always uses its own cells";
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
