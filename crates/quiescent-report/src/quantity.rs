//! Measured quantities in words, for tables and axes alike.

/// Quantities whose keys would not say what they are.
const QUANTITIES: [(&str, &str); 23] = [
    ("kl_quiescent_from_active", "KL(quiescent ‖ active)"),
    ("kl_active_from_quiescent", "KL(active ‖ quiescent)"),
    ("kl_uniform_from_active", "KL(uniform ‖ active)"),
    ("jensen_shannon", "Jensen–Shannon divergence"),
    ("within_to_pooled_variance", "Within-trial to pooled variance"),
    ("decode_error", "Decoding error"),
    ("tracking_error", "Decoding error while active"),
    ("step_distance", "Mean step"),
    ("continuity", "Part of steps as short as active ones"),
    ("persistence", "Mean cosine of successive steps"),
    ("reversals", "Part of steps that turn back"),
    ("displacement_exponent", "Exponent of the mean squared displacement"),
    ("quarter_covered", "Median time to visit a quarter"),
    ("half_covered", "Median time to visit half"),
    ("sequences", "Part of events that are sequences"),
    ("speed_ratio", "Mean step over the active one"),
    ("temporal_compression", "Temporal compression"),
    ("total_variance", "Total variance of a trial"),
    ("coverage", "Part covered by a trial"),
    ("turn", "Mean turn"),
    ("transition_distance", "Distance of transition matrices, quiescent from active"),
    ("stationary_distance", "Distance of the stationary laws of transitions"),
    ("training_s", "Training time"),
];

/// The words for a quantity, given its key without a phase; none if the key has to do.
pub(crate) fn in_words(key: &str) -> Option<&'static str> {
    QUANTITIES.iter().find(|(found, _)| *found == key).map(|(_, words)| *words)
}
