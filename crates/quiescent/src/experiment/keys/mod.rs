//! The keys of an experiment: what each means, its unit, what may be given, and what it is by default.

mod defaults;
mod key;
mod table;
#[cfg(test)]
mod tests;

pub use defaults::KeyDefault;
pub use key::Key;
pub use table::keys;
