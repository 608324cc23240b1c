//! The server behind `quiescent view`: the page, and a session for each who looks.
//!
//! It listens on the machine's own address unless told otherwise, and then asks for a token. See `doors.rs` for
//! who is let in, `pages.rs` for what a page may do, `socket.rs` for how long a connection lasts.

mod doors;
mod pages;
mod serve;
mod shared;
mod socket;
#[cfg(test)]
mod tests;
mod worker;

pub use serve::Server;
