//! Names of runs on a page: how they break, and the ids of their sections.

use maud::{Markup, html};

/// A name that may break after the marks that join its words.
pub(super) fn breakable(name: &str) -> Markup {
    html! {
        @for part in name.split_inclusive(['_', '/', '-', '.']) { (part) wbr; }
    }
}

/// The id of a run's section, given the folder of its figures.
pub(super) fn run_id(folder: &str) -> String {
    format!("run-{folder}")
}
