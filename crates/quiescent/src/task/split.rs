//! The part of the data from which trials are drawn.

/// The kind of trials to draw. A recording has a held-out part for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Trials to learn from.
    Train,
    /// Trials to be tested on (and to simulate phases with).
    Test,
}
