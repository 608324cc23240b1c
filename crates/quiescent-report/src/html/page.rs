//! The frame of every page, and figures with their captions.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::figure::{Figure, Missing};

/// A whole page around its content.
pub(super) fn page(title: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Nothing may be loaded or run, whatever a run's name contains.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main {
                    header {
                        h1 { (title) }
                    }
                    (content)
                    footer {
                        p {
                            "Written by quiescent " (env!("CARGO_PKG_VERSION")) " from the run folders’ "
                            "contents alone. The experiments follow Krishna, Bredenberg, Levenstein, "
                            "Richards and Lajoie, “Sufficient conditions for offline reactivation in "
                            "recurrent neural networks”, ICLR 2024 (arXiv 2505.17003)."
                        }
                    }
                }
            }
        }
    }
}

/// A figure with its caption, or the reason why there is none.
pub(super) fn figure(figure: &Result<Figure, Missing>) -> Markup {
    match figure {
        Ok(figure) => html! {
            figure {
                h4 { (figure.title) }
                div.paper {
                    @for row in &figure.rows {
                        div.panels.thirds[row.len() > 2] { @for panel in row { (PreEscaped(panel.svg())) } }
                    }
                }
                figcaption {
                    p { (figure.caption) }
                    @for note in &figure.notes { p.note { (note) } }
                }
            }
        },
        Err(missing) => html! {
            div.missing {
                h4 { (missing.title) }
                p { "Not drawn. " (missing.reason) }
            }
        },
    }
}
