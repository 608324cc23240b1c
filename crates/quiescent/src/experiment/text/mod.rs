//! The text of experiments: YAML and `key=value` overrides to the specification's structs, and errors
//! that say where something was written.

pub(super) mod default_trees;
pub(super) mod deserialize;
mod fault;
mod kinds;
pub(super) mod load;
pub(super) mod node;
pub(super) mod overrides;
pub(super) mod sections;
mod serialize;
pub(super) mod yaml;
