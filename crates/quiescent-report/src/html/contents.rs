//! A page's table of contents: its sections and figures in order, with the figures' numbers.

use std::cell::{Cell, RefCell};

use maud::{Markup, html};

use super::names::breakable;

/// What a page holds, noted while it is written.
#[derive(Debug)]
pub(super) struct Contents {
    sections: RefCell<Vec<Entry>>,
    figures: Cell<usize>,
    /// The largest compressed table that the page carries itself; larger ones lie beside it alone.
    pub(super) largest_table_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    id: String,
    title: String,
    figures: Vec<Numbered>,
}

#[derive(Debug)]
struct Numbered {
    number: usize,
    id: String,
    title: String,
}

impl Contents {
    /// Of a page on so many runs: with all their tables if they are few, and small if they are many.
    pub(super) fn of(runs: usize) -> Self {
        let largest_table_bytes = (256_000 / runs.max(1)).min(64_000);
        Self { sections: RefCell::default(), figures: Cell::new(0), largest_table_bytes }
    }

    /// Notes a section and gives its title with a link to itself.
    pub(super) fn section(&self, id: &str, title: &str) -> Markup {
        let entry = Entry { id: id.to_owned(), title: title.to_owned(), figures: Vec::new() };
        self.sections.borrow_mut().push(entry);
        html! { (breakable(title)) " " (link(id, title)) }
    }

    /// Notes a figure of the section at hand and gives its number.
    pub(super) fn figure(&self, id: &str, title: &str) -> usize {
        let number = self.figures.get() + 1;
        self.figures.set(number);
        if let Some(section) = self.sections.borrow_mut().last_mut() {
            let (id, title) = (id.to_owned(), title.to_owned());
            section.figures.push(Numbered { number, id, title });
        }
        number
    }

    /// The table of contents of what was noted.
    pub(super) fn table(&self) -> Markup {
        let sections = self.sections.borrow();
        html! {
            nav.contents aria-label="Contents" {
                details open {
                    summary { "Contents" }
                    ol {
                        @for section in sections.iter() {
                            li {
                                a href={ "#" (section.id) } { (breakable(&section.title)) }
                                @if !section.figures.is_empty() {
                                    ol {
                                        @for figure in &section.figures {
                                            li { a href={ "#" (figure.id) } {
                                                (figure.number) ". " (figure.title)
                                            } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A link of a heading to itself, to be copied.
pub(super) fn link(id: &str, title: &str) -> Markup {
    html! { a.permalink href={ "#" (id) } aria-label={ "Link to “" (title) "”" } { "#" } }
}
