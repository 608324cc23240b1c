//! The head-direction task: heading, integrated from turns.

use super::head_cells::HeadCells;
use super::motion::Turning;
use super::motion_source::MotionSource;
use super::recording::{Recording, RecordingReport, Trace};
use super::{Split, Task, TaskError, error};
use crate::experiment::{HeadDirectionSpec, TimeSpec, TurnDirection};
use crate::random::Generator;
use crate::space::Space;
use std::f32::consts::TAU;
use std::sync::Arc;

/// Heading, encoded by head-direction cells.
#[derive(Debug, Clone)]
pub struct HeadDirection {
    motion: MotionSource<Turning>,
    cells: HeadCells,
    top: usize,
}

impl HeadDirection {
    /// Builds the task.
    ///
    /// # Errors
    /// See [`build`](super::build).
    pub fn new(spec: &HeadDirectionSpec, time: &TimeSpec) -> Result<Self, TaskError> {
        let motion = match &spec.recording {
            None => MotionSource::Simulated(Turning::new(&spec.motion, time.dt_s)),
            Some(_) if spec.motion.direction != TurnDirection::Both => {
                return Err(TaskError::Conflict {
                    first: "task.recording",
                    second: "task.motion.direction",
                    reason: "a recorded heading cannot be made to turn one way only; set task.motion.direction=both",
                });
            }
            Some(recording) => {
                MotionSource::Recorded(Arc::new(Recording::headings(recording, time)?))
            }
        };
        Self::with_motion(spec, motion)
    }

    /// The task of recorded headings, without the recording.
    ///
    /// # Errors
    /// See [`build_without_motion`](super::build_without_motion).
    pub(super) fn without_motion(spec: &HeadDirectionSpec) -> Result<Self, TaskError> {
        Self::with_motion(spec, MotionSource::NotRead)
    }

    fn with_motion(
        spec: &HeadDirectionSpec,
        motion: MotionSource<Turning>,
    ) -> Result<Self, TaskError> {
        let cells = HeadCells::equally_spaced(&spec.cells)?;
        error::check_top(spec.decoder.top, cells.target_dim())?;
        Ok(Self { motion, cells, top: spec.decoder.top })
    }
}

impl Task for HeadDirection {
    fn space(&self) -> &Space {
        &Space::Circle
    }

    fn target_dim(&self) -> usize {
        self.cells.target_dim()
    }

    fn draw_motion(
        &self,
        split: Split,
        generator: &mut Generator,
        stimuli: &mut [f32],
        displacements: &mut [f32],
    ) {
        self.motion.draw(split, generator, stimuli, displacements);
    }

    fn targets(&self, stimuli: &[f32], targets: &mut [f32]) {
        self.cells.activity(stimuli, targets);
    }

    fn target_derivative(&self, stimulus: &[f32], derivative: &mut [f32]) {
        self.cells.derivative(stimulus[0], derivative);
    }

    fn decode(&self, activity: &[f32], stimuli: &mut [f32]) {
        self.cells.decode(activity, self.top, stimuli);
    }

    fn preferred(&self) -> &[f32] {
        self.cells.preferred()
    }

    fn cell_width(&self) -> Option<f64> {
        Some(self.cells.width())
    }

    fn with_preferred(&self, preferred: &[f32]) -> Result<Arc<dyn Task>, TaskError> {
        error::check_cell_count(preferred.len(), self.cells.preferred().len(), 1)?;
        // Two cells may share a heading, as the reference code's do at ±π. Degrees must be
        // rejected.
        let wrong = |heading: &f32| !(-TAU..=TAU).contains(heading);
        if let Some(cell) = preferred.iter().position(wrong) {
            return Err(TaskError::setting(
                "the preferred heading of a cell",
                format!("{} (cell {cell}, counted from 0)", preferred[cell]),
                "headings in rad, from −2π to 2π",
            ));
        }
        let cells = self.cells.moved_to(preferred.to_vec())?;
        Ok(Arc::new(Self { cells, ..self.clone() }))
    }

    fn longest_trial(&self, split: Split) -> usize {
        self.motion.longest_trial(split)
    }

    fn recording(&self) -> Option<&RecordingReport> {
        self.motion.report()
    }

    fn recorded_trace(&self) -> Option<&Trace> {
        self.motion.trace()
    }

    fn recorded_occupancy(&self) -> Option<&[f32]> {
        self.motion.occupancy()
    }
}
