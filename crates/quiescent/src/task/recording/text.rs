//! Text from a file as it may stand in a message.

/// Longest text shown of a name or a field, in characters.
const LONGEST: usize = 40;

/// A text from a file, cut short, and without anything that a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    cut(text, LONGEST)
}

/// The same for another program's message, which may be longer.
pub(crate) fn shown_long(text: &str) -> String {
    cut(text, 5 * LONGEST)
}

fn cut(text: &str, longest: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(longest)
        .flat_map(|c| {
            // Quotes and backslashes stay as they are; whatever does not print is escaped.
            let escaped = !matches!(c, '\'' | '"' | '\\');
            let as_is = (!escaped).then_some(c).into_iter();
            as_is.chain(escaped.then(|| c.escape_debug()).into_iter().flatten())
        })
        .collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// Names from a file: `` `t`, `x`, … ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const MOST: usize = 10;
    let mut names = names.into_iter();
    let mut shown_names: Vec<String> =
        names.by_ref().take(MOST).map(|name| format!("`{}`", shown(name))).collect();
    if shown_names.is_empty() {
        return "nothing".to_owned();
    }
    if names.next().is_some() {
        shown_names.push("…".to_owned());
    }
    shown_names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_a_terminal_raw() {
        assert_eq!(shown("a\u{1b}[31mred"), "a\\u{1b}[31mred");
        assert_eq!(shown("é \"x\" \\"), "é \"x\" \\");
        assert_eq!(shown("a\r\n\u{202e}\u{9b}"), "a\\r\\n\\u{202e}\\u{9b}");
        assert_eq!(shown(&"x".repeat(41)), format!("{}…", "x".repeat(40)));
        assert_eq!(listed(["t", "\u{7}"]), "`t`, `\\u{7}`");
        assert_eq!(listed([]), "nothing");
    }
}
