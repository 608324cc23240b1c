//! The source of a task's motion: a law or a recording.

use std::sync::Arc;

use super::recording::{Recording, RecordingReport, Trace};
use super::split::Split;
use crate::random::Generator;

/// A law by which motion is simulated.
pub(crate) trait MotionLaw {
    /// Components of a stimulus.
    const DIM: usize;

    /// Draws one trial: `stimuli: [steps + 1, dim]`, `displacements: [steps, dim]`.
    fn draw(&self, generator: &mut Generator, stimuli: &mut [f32], displacements: &mut [f32]);
}

/// The source of a task's motion.
#[derive(Debug, Clone)]
pub(crate) enum MotionSource<L> {
    /// A law simulates the motion.
    Simulated(L),
    /// The motion is an animal's.
    Recorded(Arc<Recording>),
    /// The motion is an animal's, but its recording was not opened, so no trial can be drawn.
    NotRead,
}

impl<L: MotionLaw> MotionSource<L> {
    /// See [`Task::draw_motion`](super::Task::draw_motion).
    ///
    /// # Panics
    /// If the slices disagree, or there is no trial of that many steps.
    pub(crate) fn draw(
        &self,
        split: Split,
        generator: &mut Generator,
        stimuli: &mut [f32],
        displacements: &mut [f32],
    ) {
        let dim = L::DIM;
        assert!(
            stimuli.len() == displacements.len() + dim && displacements.len().is_multiple_of(dim),
            "draw_motion: {} stimulus values for {} displacement values; expected one row of {dim} more",
            stimuli.len(),
            displacements.len()
        );
        match self {
            Self::Simulated(law) => law.draw(generator, stimuli, displacements),
            Self::Recorded(recording) => recording.draw(split, generator, stimuli, displacements),
            Self::NotRead => assert!(
                displacements.is_empty(),
                "draw_motion: the recording was not opened, so no trial has a step"
            ),
        }
    }

    /// See [`Task::longest_trial`](super::Task::longest_trial).
    pub(crate) fn longest_trial(&self, split: Split) -> usize {
        match self {
            Self::Simulated(_) => usize::MAX,
            Self::Recorded(recording) => recording.longest_trial(split),
            Self::NotRead => 0,
        }
    }

    /// See [`Task::recording`](super::Task::recording).
    pub(crate) fn report(&self) -> Option<&RecordingReport> {
        self.recording().map(Recording::report)
    }

    /// See [`Task::recorded_trace`](super::Task::recorded_trace).
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.recording().map(Recording::trace)
    }

    /// See [`Task::recorded_occupancy`](super::Task::recorded_occupancy).
    pub(crate) fn occupancy(&self) -> Option<&[f32]> {
        self.recording().map(Recording::stimuli)
    }

    fn recording(&self) -> Option<&Recording> {
        match self {
            Self::Recorded(recording) => Some(recording),
            Self::Simulated(_) | Self::NotRead => None,
        }
    }
}
