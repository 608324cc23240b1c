//! Text out of files, made fit for messages.

/// A text that may come out of any file, as a message shows it: control characters, which could command a
/// terminal or begin another line, are escaped (`\u{1b}`), and after `longest` characters it is cut.
///
/// ```
/// assert_eq!(quiescent::printable("\u{1b}[31mred", 60), "\\u{1b}[31mred");
/// assert_eq!(quiescent::printable("abcdef", 3), "abc…");
/// ```
pub fn printable(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for character in text.chars().take(longest) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}
