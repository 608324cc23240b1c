//! The text of experiments: YAML and `key=value` overrides to the specification's structs, and errors
//! that say where something was written.

mod annotate;
pub(super) mod base;
pub(super) mod default_trees;
pub(super) mod deserialize;
mod fault;
mod kinds;
pub(super) mod layers;
pub(super) mod load;
pub(super) mod node;
pub(super) mod overrides;
pub(super) mod read_text;
pub(super) mod sections;
mod serialize;
pub(super) mod yaml;
