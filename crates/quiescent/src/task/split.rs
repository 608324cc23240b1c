//! The part that trials are drawn from.

/// Which trials are drawn: a recording keeps a held-out part for tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// Trials to learn from.
    Train,
    /// Trials to be tested on (and to simulate phases with).
    Test,
}
