//! Names of the curves.

/// Loss of the batch, before its step.
pub(super) const TRAIN_LOSS: &str = "train/loss";
/// Loss on the test set.
pub(super) const TEST_LOSS: &str = "test/loss";
/// Decoding error on the test set, in metres.
const DECODE_ERROR_M: &str = "test/decode_error_m";
/// The same of headings, in radians.
const DECODE_ERROR_RAD: &str = "test/decode_error_rad";

/// Every curve that a run may have.
pub(super) const ALL: [&str; 4] = [TRAIN_LOSS, TEST_LOSS, DECODE_ERROR_M, DECODE_ERROR_RAD];

/// The decoding error in `unit`: `m` or `rad`.
pub(super) fn decode_error(unit: &str) -> &'static str {
    if unit == "rad" { DECODE_ERROR_RAD } else { DECODE_ERROR_M }
}
