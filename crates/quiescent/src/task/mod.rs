//! A task: a law of the stimulus s, its target activity f(s), the derivative f′(s), and a decoder.

use crate::random::Generator;

/// Which trials are drawn: a recording keeps a held-out part for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Trials to learn from.
    Train,
    /// Trials to be tested on (and to simulate phases with).
    Test,
}

/// What a network is asked to integrate.
///
/// Arrays are row-major slices; shapes are given slowest axis first. `dim` is
/// [`stimulus_dim`](Task::stimulus_dim), the same for stimuli and displacements.
pub trait Task: Send + Sync + std::fmt::Debug {
    /// Dimension N_s of the stimulus (2: x and y in m; 1: heading in rad).
    fn stimulus_dim(&self) -> usize;

    /// Dimension N_o of the target: the number of cells.
    fn target_dim(&self) -> usize;

    /// Unit of stimuli and of decoding errors: `"m"` or `"rad"`.
    fn unit(&self) -> &'static str;

    /// Draws the motion of one trial of `steps` steps.
    ///
    /// `stimuli: [steps + 1, dim]` receives s(0), …, s(steps); `displacements: [steps, dim]`
    /// receives Δs of each step, which is the network's input. All randomness comes from
    /// `generator`, so a trial is a function of the generator's key alone.
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

    /// Distance of two stimuli in [`unit`](Task::unit)s: Euclidean, or along the circle.
    fn distance(&self, a: &[f32], b: &[f32]) -> f32;

    /// Preferred stimuli of the cells, `[target_dim, dim]`; empty if the target is not a
    /// population of cells.
    fn preferred(&self) -> &[f32];
}

/// placeholder
#[derive(Debug, thiserror::Error)]
#[error("x")]
pub struct TaskError;
/// placeholder
pub fn build(_: &crate::experiment::Experiment) -> Result<std::sync::Arc<dyn Task>, TaskError> {
    Err(TaskError)
}
