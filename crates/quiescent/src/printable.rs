//! Makes text from files safe for messages.

/// Text from any file, as shown in a message. Control characters, which could command a terminal
/// or begin another line, are escaped (`\u{1b}`), and the text is cut after about `longest`
/// characters.
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
            // An escape is longer than its character.
            length += character.escape_default().len();
        } else {
            shown.push(character);
            length += 1;
        }
    }
    shown
}
