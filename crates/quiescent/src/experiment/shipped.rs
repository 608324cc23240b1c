//! The experiments that come with the program, inside the binary.

use super::nearest::nearest;

/// Pairs each name with the text of its file.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$((
            $name,
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/configs/", $name, ".yml")),
        )),*]
    };
}

const SHIPPED: &[(&str, &str)] = shipped![
    "demo/head_direction/noisy_biased",
    "demo/head_direction/noisy_unbiased",
    "demo/spatial/noiseless_biased",
    "demo/spatial/noiseless_unbiased",
    "demo/spatial/noisy_biased",
    "demo/spatial/noisy_biased_gru",
    "demo/spatial/noisy_unbiased",
    "demo/spatial/noisy_unbiased_gru",
    "fast/head_direction/noiseless_biased",
    "fast/head_direction/noiseless_unbiased",
    "fast/head_direction/noisy_biased",
    "fast/head_direction/noisy_unbiased",
    "fast/spatial/noiseless_biased",
    "fast/spatial/noiseless_unbiased",
    "fast/spatial/noisy_biased",
    "fast/spatial/noisy_biased_gru",
    "fast/spatial/noisy_unbiased",
    "fast/spatial/noisy_unbiased_gru",
    "paper/head_direction/noiseless_biased",
    "paper/head_direction/noiseless_unbiased",
    "paper/head_direction/noisy_biased",
    "paper/head_direction/noisy_unbiased",
    "paper/spatial/noiseless_biased",
    "paper/spatial/noiseless_unbiased",
    "paper/spatial/noisy_biased",
    "paper/spatial/noisy_biased_gru",
    "paper/spatial/noisy_unbiased",
    "paper/spatial/noisy_unbiased_gru",
    "sufficient/spatial/noisy_biased",
];

/// Every shipped experiment: its name and the text of its file, sorted by name.
pub fn shipped() -> impl Iterator<Item = (&'static str, &'static str)> {
    SHIPPED.iter().copied()
}

/// The text of a shipped experiment.
pub(super) fn text(name: &str) -> Option<&'static str> {
    shipped().find(|(shipped, _)| *shipped == name).map(|(_, text)| text)
}

/// The shipped names that `name` was most likely meant to be: all that begin or end with it, or the nearest.
pub(super) fn nearest_names(name: &str) -> impl Iterator<Item = &'static str> {
    let name = name.trim_end_matches(".yaml").trim_end_matches(".yml");
    let name = name.trim_start_matches("./").trim_start_matches("configs/").trim_matches('/');
    let names = || SHIPPED.iter().map(|(shipped, _)| *shipped);
    let is_part = |shipped: &&str| {
        let begins = shipped.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'));
        begins || shipped.strip_suffix(name).is_some_and(|rest| rest.ends_with('/'))
    };
    let mut found: Vec<&'static str> =
        names().filter(|shipped| !name.is_empty() && is_part(shipped)).collect();
    if found.is_empty() {
        found.extend(nearest(name, names()));
    }
    found.into_iter()
}
