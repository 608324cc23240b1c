//! The spatial task: position in a box, integrated from two-dimensional displacements.

use super::motion::BoxWalk;
use super::motion_source::MotionSource;
use super::place_cells::PlaceCells;
use super::recording::{Recording, RecordingReport, Trace};
use super::{Split, Task, TaskError, error};
use crate::experiment::{SpatialSpec, TimeSpec, Tuning};
use crate::random::Generator;
use crate::space::{Region, Space};
use std::sync::Arc;

/// Position in a box, encoded by place cells.
#[derive(Debug, Clone)]
pub struct Spatial {
    space: Space,
    motion: MotionSource<BoxWalk>,
    cells: PlaceCells,
    top: usize,
}

impl Spatial {
    /// Builds the task; `generator` places the cells.
    ///
    /// # Errors
    /// See [`build`](super::build).
    pub fn new(
        spec: &SpatialSpec,
        time: &TimeSpec,
        generator: &mut Generator,
    ) -> Result<Self, TaskError> {
        let (region, motion) = match &spec.recording {
            None => {
                error::check_width("task.box.width_m", spec.arena.width_m)?;
                error::check_width("task.box.height_m", spec.arena.height_m)?;
                let region = Region::centred(&[spec.arena.width_m, spec.arena.height_m])?;
                let drift = spec.drift.as_ref();
                let walk =
                    BoxWalk::new(region.clone(), &spec.arena, &spec.motion, drift, time.dt_s);
                (region, MotionSource::Simulated(walk))
            }
            Some(_) if spec.drift.is_some() => {
                return Err(TaskError::Conflict {
                    first: "task.recording",
                    second: "task.drift",
                    reason: "a recorded path cannot be pulled towards a point; set task.drift=null",
                });
            }
            Some(recording) => {
                let recording = Recording::positions(recording, time)?;
                (recording.region()?, MotionSource::Recorded(Arc::new(recording)))
            }
        };
        Self::with_motion(spec, region, motion, generator)
    }

    /// The task of a recorded path, without the recording, in the arena found in it.
    ///
    /// # Errors
    /// See [`build_without_motion`](super::build_without_motion).
    pub(super) fn without_motion(
        spec: &SpatialSpec,
        region: Region,
        generator: &mut Generator,
    ) -> Result<Self, TaskError> {
        Self::with_motion(spec, region, MotionSource::NotRead, generator)
    }

    fn with_motion(
        spec: &SpatialSpec,
        region: Region,
        motion: MotionSource<BoxWalk>,
        generator: &mut Generator,
    ) -> Result<Self, TaskError> {
        let cells = PlaceCells::uniform(&spec.cells, &region, generator)?;
        if spec.cells.tuning != Tuning::Position {
            error::check_top(spec.decoder.top, cells.target_dim())?;
        }
        Ok(Self { space: Space::Region(region), motion, cells, top: spec.decoder.top })
    }
}

impl Task for Spatial {
    fn space(&self) -> &Space {
        &self.space
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
        self.cells.derivative(stimulus, derivative);
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
        error::check_cell_count(preferred.len(), self.cells.preferred().len(), 2)?;
        if let Space::Region(region) = &self.space {
            check_centres(preferred, region)?;
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

/// Fails if centres of place cells lie beyond the walls.
fn check_centres(preferred: &[f32], region: &Region) -> Result<(), TaskError> {
    let ([x_min, y_min], [x_max, y_max]) = region.plane();
    // Centres may lie on the walls, or beyond them by rounding.
    let slack = 1e-5 * region.side(0).max(region.side(1));
    let within =
        |value: f32, min: f64, max: f64| (min - slack..=max + slack).contains(&f64::from(value));
    for (cell, &[x, y]) in preferred.as_chunks::<2>().0.iter().enumerate() {
        if !(within(x, x_min, x_max) && within(y, y_min, y_max)) {
            return Err(TaskError::setting(
                "the centre of a place cell",
                format!("({x}, {y}) m (cell {cell}, counted from 0)"),
                format!(
                    "positions in the box, x from {x_min} to {x_max} m and y from {y_min} to \
                     {y_max} m (the box is task.box, a recording's is task.recording.arena)"
                ),
            ));
        }
    }
    Ok(())
}
