//! The frame of every page: its head, its contents and its foot.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::contents::Contents;
use super::moving;

/// The script that makes the files of figures.
const SCRIPT: &str = include_str!("files.js");

/// The viewer, where phases are played.
fn viewer() -> String {
    format!("{}\n{}", quiescent_view::page::SCRIPT, moving::SCRIPT)
}

/// A whole page: under its title what is read first, then its contents, and the rest that they list.
pub(super) fn page(title: &str, first: &Markup, contents: &Contents, rest: &Markup) -> Markup {
    let rest = rest.clone().into_string();
    // Only where something is played.
    let viewer = rest.contains("class=\"moving\"").then(viewer);
    let scripts: Vec<String> = [Some(SCRIPT), viewer.as_deref()]
        .into_iter()
        .flatten()
        .map(|script| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script))))
        .collect();
    let allowed = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {}",
        scripts.join(" ")
    );
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing may be loaded, and nothing run but these scripts, whatever a run's name contains.
                meta http-equiv="Content-Security-Policy" content=(allowed);
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
                @if viewer.is_some() { style { (PreEscaped(quiescent_view::page::STYLE)) } }
            }
            body {
                main {
                    header { h1 { (title) } }
                    (first)
                    (contents.table())
                    (PreEscaped(rest))
                    footer {
                        p {
                            "Written by quiescent " (env!("CARGO_PKG_VERSION")) " from the run folders’ "
                            "contents alone. The experiments follow Krishna, Bredenberg, Levenstein, "
                            "Richards and Lajoie, “Sufficient conditions for offline reactivation in "
                            "recurrent neural networks”, ICLR 2024 (arXiv 2505.17003)."
                        }
                    }
                }
                script { (PreEscaped(SCRIPT)) }
                @if let Some(viewer) = &viewer { script type="module" { (PreEscaped(viewer)) } }
            }
        }
    }
}
