//! Writes the synthetic report to a file for the eye: set `QUIESCENT_REPORT_PREVIEW` to its path.

#![allow(missing_docs, clippy::unwrap_used)]

mod common;

#[test]
fn preview() {
    let page =
        quiescent_report::report_html(&common::all(), "Reactivation at rest: a preview").unwrap();
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
    if let Some(path) = std::env::var_os("QUIESCENT_REPORT_PREVIEW") {
        std::fs::write(path, page).unwrap();
    }
}
