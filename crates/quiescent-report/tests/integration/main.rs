//! What figures and pages show, seen from outside: one binary for all.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;
mod paper;
mod paper_layout;
mod preview;
mod render;
mod report;
mod sweep;
mod theory;
