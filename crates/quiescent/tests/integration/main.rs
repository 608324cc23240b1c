//! What the library does, seen from outside: one binary for all, since each costs half a minute to link.
#![allow(clippy::unwrap_used, reason = "tests")]

mod imports_elsewhere;
mod measure;
mod own_task;
mod science;
mod simulate;
mod statistics;
mod statistics_common;
mod statistics_motion;
mod statistics_phases;
mod statistics_rest;
mod statistics_ring;
mod study;
mod task_calibration;
mod task_common;
mod task_fixtures;
mod task_recording;
mod task_recording_formats;
mod task_recording_refusals;
mod task_recording_units;
mod theory_optimal;
mod workflow;
