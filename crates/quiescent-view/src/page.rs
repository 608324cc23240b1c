//! The page: the viewer, an ES module without a build step, and what surrounds it.

/// The viewer, which draws frames and sends requests wherever both come from and go to.
pub const SCRIPT: &str = include_str!("../assets/viewer.js");
/// Its style.
pub const STYLE: &str = include_str!("../assets/viewer.css");
/// What connects it with the server.
pub const PAGE_SCRIPT: &str = include_str!("../assets/page.js");
/// The page that the server shows.
pub const INDEX: &str = include_str!("../assets/index.html");
