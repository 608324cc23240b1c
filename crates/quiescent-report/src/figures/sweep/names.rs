//! Names of keys and measurements for the axes of a sweep's figure, with their units.

use crate::quantity;
use crate::svg::{Text, fit_text, text_width};

/// Ends of keys that are units.
const UNITS: [(&str, &str); 9] = [
    ("_m_per_s", "m/s"),
    ("_rad_per_s", "rad/s"),
    ("_per_step", "per step"),
    ("_per_m", "per m"),
    ("_hz", "Hz"),
    ("_rad", "rad"),
    ("_cm", "cm"),
    ("_m", "m"),
    ("_s", "s"),
];
/// Sections of experiments that are left out of a name: what is in them is known by its own name.
const SECTIONS: [&str; 3] = ["network", "task", "training"];

/// A name, and its unit if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub name: String,
    pub unit: String,
}

impl Named {
    /// A key of experiments: `network.noise.sigma` is `Noise σ (per √s)`.
    pub(super) fn key(key: &str) -> Self {
        let unit = UNITS.iter().find(|(end, _)| key.ends_with(end));
        let unit = if key.ends_with("noise.sigma") { Some(&("", "per √s")) } else { unit };
        let (end, unit) = unit.map_or(("", ""), |(end, unit)| (*end, *unit));
        let parts: Vec<&str> = key.strip_suffix(end).unwrap_or(key).split('.').collect();
        let words = match &parts[..] {
            [section, own @ ..] if !own.is_empty() && SECTIONS.contains(section) => own.join(" "),
            ["rest", own @ ..] if !own.is_empty() => format!("quiescent {}", own.join(" ")),
            all => all.join(" "),
        };
        let words = words.replace('_', " ");
        let words = match words.strip_suffix("sigma") {
            Some(before) => format!("{before}σ"),
            None => words,
        };
        Self { name: capitalised(&words), unit: unit.to_owned() }
    }

    /// A measurement: `active.step_distance` is `Mean step, active`.
    pub(super) fn measurement(measurement: &str, unit: &str) -> Self {
        let (study, name) = match measurement.strip_prefix("study.") {
            Some(name) => (", study", name),
            None => ("", measurement),
        };
        let (phase, quantity) = match name.rsplit_once('.') {
            Some((phase, quantity)) => (format!(", {}", phase.replace('_', " ")), quantity),
            None => (String::new(), name),
        };
        let words = quantity::in_words(quantity)
            .map_or_else(|| capitalised(&quantity.replace('_', " ")), str::to_owned);
        let unit = if unit == "1" { "" } else { unit };
        Self { name: format!("{words}{phase}{study}"), unit: unit.to_owned() }
    }

    /// Name and unit in so much room; the unit stays if the name has to be shortened.
    pub(super) fn fit(&self, room: f64) -> String {
        let size = Text::LABEL.size;
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        let unit = fit_text(&unit, size, room / 2.0);
        format!("{}{unit}", fit_text(&self.name, size, room - text_width(&unit, size)))
    }
}

fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_measurements_are_words_with_units() {
        for (key, name) in [
            ("network.units", "Units"),
            ("network.noise.sigma", "Noise σ (per √s)"),
            ("task.cells.width_m", "Cells width (m)"),
            ("task.drift.fraction_per_step", "Drift fraction (per step)"),
            ("training.learning_rate", "Learning rate"),
            ("rest.noise", "Quiescent noise"),
            ("seed", "Seed"),
            ("network.tau_s", "Tau (s)"),
        ] {
            assert_eq!(Named::key(key).fit(600.0), name);
        }
        for (measurement, unit, name) in [
            ("kl_quiescent_from_active", "nats", "KL(quiescent ‖ active) (nats)"),
            (
                "study.after_wake.jensen_shannon",
                "nats",
                "Jensen–Shannon divergence, after wake, study (nats)",
            ),
            ("active.step_distance", "m", "Mean step, active (m)"),
            ("test_loss", "1", "Test loss"),
        ] {
            assert_eq!(Named::measurement(measurement, unit).fit(600.0), name);
        }
    }
}
