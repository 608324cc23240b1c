//! Rules for every reader: limits on time and memory, and on the text of an error.

use crate::allocator::peak_of;
use std::time::{Duration, Instant};

/// Longest time for one input.
const LONGEST: Duration = Duration::from_secs(1);
/// Number of repetitions for an input that took longer, because the machine may have been busy.
const TRIES: usize = 3;
/// Longest message, in characters.
const LONGEST_MESSAGE: usize = 3000;

/// Whether a message may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

/// Reads something within the bounds; returns the accepted value.
///
/// # Panics
/// If it takes longer than a second or holds more than `most_bytes`, or if the message of its
/// error could command a terminal or is too long.
pub(crate) fn bounded<T, E: ToString>(
    most_bytes: usize,
    lines: Lines,
    read: impl Fn() -> Result<T, E>,
) -> Option<T> {
    let mut shortest = Duration::MAX;
    for _ in 0..TRIES {
        let start = Instant::now();
        let (result, peak) = peak_of(&read);
        shortest = shortest.min(start.elapsed());
        assert!(peak <= most_bytes, "{peak} bytes were held, more than {most_bytes}");
        if shortest <= LONGEST {
            return result.map_err(|error| check_message(&error.to_string(), lines)).ok();
        }
    }
    panic!("it took {shortest:?}");
}

/// # Panics
/// As for messages in [`bounded`].
pub(crate) fn check_message(text: &str, lines: Lines) {
    let allowed = |c: char| !c.is_control() || (c == '\n' && lines == Lines::Many);
    assert!(text.chars().all(allowed), "a message with control characters: {text:?}");
    let length = text.chars().count();
    assert!(length <= LONGEST_MESSAGE, "a message of {length} characters: {text}");
    assert!(!text.trim().is_empty(), "an empty message");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: usize, message: Option<&str>) -> Option<usize> {
        bounded(1 << 20, Lines::One, || {
            let held = vec![0_u8; bytes];
            message.map_or(Ok(held.len()), Err)
        })
    }

    #[test]
    fn what_keeps_to_the_bounds_passes() {
        assert_eq!(read(1 << 20, None), Some(1 << 20));
        assert_eq!(read(0, Some("line 3: no number")), None);
        check_message("two\nlines", Lines::Many);
    }

    #[test]
    #[should_panic(expected = "bytes were held")]
    fn memory_is_bounded() {
        read((1 << 20) + 1, None);
    }

    #[test]
    #[should_panic(expected = "it took")]
    fn time_is_bounded() {
        bounded(0, Lines::One, || {
            std::thread::sleep(LONGEST);
            Ok::<(), String>(())
        });
    }

    #[test]
    #[should_panic(expected = "control characters")]
    fn escape_sequences_are_found() {
        read(0, Some("\u{1b}[31mred"));
    }

    #[test]
    #[should_panic(expected = "control characters")]
    fn second_lines_are_found() {
        read(0, Some("one\ntwo"));
    }

    #[test]
    #[should_panic(expected = "characters")]
    fn long_messages_are_found() {
        read(0, Some(&"x".repeat(LONGEST_MESSAGE + 1)));
    }
}
