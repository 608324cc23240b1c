//! Turns parts of the specification into trees.

use super::node::Node;
use super::yaml;
use crate::experiment::SpecError;

/// Turns any part of a specification into a tree without places.
pub(crate) fn to_node(part: &impl serde::Serialize) -> Result<Node, SpecError> {
    let text =
        serde_saphyr::to_string(part).map_err(|error| SpecError::Unwritable(error.to_string()))?;
    Ok(yaml::read(&text, "defaults")?.without_places())
}
