//! Measured quantities in words, for tables and axes alike.

/// Quantities whose keys would not say what they are.
const QUANTITIES: [(&str, &str); 13] = [
    ("kl_quiescent_from_active", "KL(quiescent ‖ active)"),
    ("kl_active_from_quiescent", "KL(active ‖ quiescent)"),
    ("kl_uniform_from_active", "KL(uniform ‖ active)"),
    ("jensen_shannon", "Jensen–Shannon divergence"),
    ("within_to_pooled_variance", "Within-trial to pooled variance"),
    ("decode_error", "Decoding error"),
    ("tracking_error", "Decoding error while active"),
    ("step_distance", "Mean step"),
    ("total_variance", "Total variance of a trial"),
    ("coverage", "Part covered by a trial"),
    ("turn", "Mean turn"),
    ("transition_distance", "Distance of transition matrices, quiescent from active"),
    ("training_s", "Training time"),
];

/// The words for a quantity, given its key without a phase; none if the key has to do.
pub(crate) fn in_words(key: &str) -> Option<&'static str> {
    QUANTITIES.iter().find(|(found, _)| *found == key).map(|(_, words)| *words)
}
