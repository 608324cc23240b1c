//! Text out of files, made fit for messages.

/// A text that may come out of any file, as a message shows it: control characters, which could command a
/// terminal or begin another line, are escaped (`\u{1b}`), and after about `longest` characters it is cut.
///
/// ```
/// assert_eq!(quiescent::printable("\u{1b}[31mred", 60), "\\u{1b}[31mred");
/// assert_eq!(quiescent::printable("abcdef", 3), "abc…");
/// ```
pub fn printable(text: &str, longest: usize) -> String {
    let (mut shown, mut length) = (String::new(), 0);
    for character in text.chars() {
        if length >= longest {
            shown.push('…');
            break;
        }
        if character.is_control() {
            shown.extend(character.escape_default());
            // An escape is longer than what it stands for.
            length += character.escape_default().len();
        } else {
            shown.push(character);
            length += 1;
        }
    }
    shown
}
