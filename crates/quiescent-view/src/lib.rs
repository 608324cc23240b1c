//! Networks awake and at rest, moving: the live simulation behind `quiescent view`, the notebook's widget and the
//! report's player, and the page that draws it.

mod followed;
mod frame;
mod gallery;
mod live;
pub mod page;
mod scene;
#[cfg(feature = "server")]
mod server;
mod session;
mod settings;
mod stored;

pub use followed::Followed;
pub use frame::{Frame, HEADER, MAGIC, Stage};
pub use gallery::{Emerged, Gallery};
pub use live::{Live, MOST_STEPS_OF_FRAME};
pub use scene::Scene;
#[cfg(feature = "server")]
pub use server::Server;
pub use session::{LONGEST_REQUEST, Malformed, Outgoing, Session};
pub use settings::{From, MOST_TRIALS, Settings, Show, largest_noise_ratio};
pub use stored::{StoredPhase, StoredRun};

#[cfg(test)]
mod tests;
