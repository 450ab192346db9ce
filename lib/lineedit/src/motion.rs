//! Cursor motion over text: by character and by word.
//!
//! A "character" is one with the zero-width ones that follow it, so that an
//! accent never parts from its letter. A "word" is a run of ASCII letters and
//! digits or of anything beyond ASCII; the underscore parts words, as it does in
//! the reference.

use crate::width::char_columns;

/// Bytes from the end of `before` back to the start of its last character.
pub(crate) fn char_back(before: &str) -> usize {
    let mut bytes = 0;
    for c in before.chars().rev() {
        bytes += c.len_utf8();
        if char_columns(c) > 0 || c.is_ascii() {
            break;
        }
    }
    bytes
}

/// Bytes of the first character of `after`.
pub(crate) fn char_forward(after: &str) -> usize {
    let mut chars = after.chars();
    let Some(first) = chars.next() else { return 0 };
    first.len_utf8() + chars.take_while(|c| !c.is_ascii() && char_columns(*c) == 0).map(char::len_utf8).sum::<usize>()
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii()
}

/// Bytes over the gap and then the word that `chars` begins with.
fn word_span(chars: impl Iterator<Item = char>) -> usize {
    let mut bytes = 0;
    let mut in_word = false;
    for c in chars {
        if is_word(c) {
            in_word = true;
        } else if in_word {
            break;
        }
        bytes += c.len_utf8();
    }
    bytes
}

/// Bytes from the end of `before` back to the start of its last word.
pub(crate) fn word_back(before: &str) -> usize {
    word_span(before.chars().rev())
}

/// Bytes to the end of the first word of `after`.
pub(crate) fn word_forward(after: &str) -> usize {
    word_span(after.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        assert_eq!(char_back(""), 0);
        assert_eq!(char_back("ab"), 1);
        assert_eq!(char_back("e\u{301}"), 3);
        assert_eq!(char_forward("e\u{301}x"), 3);
        assert_eq!(char_forward("日x"), 3);
        assert_eq!(char_forward("\u{301}"), 2);
    }

    #[test]
    fn words() {
        assert_eq!(word_back("foo bar  "), 5);
        assert_eq!(word_back("foo_bar"), 3);
        assert_eq!(word_forward("  12é+3"), 6);
        assert_eq!(word_forward(""), 0);
    }
}
