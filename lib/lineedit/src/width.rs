//! Display width: how many terminal columns a text takes.
//!
//! Invariant: printable ASCII is one column a byte, decided without a table
//! (the tables of `unicode-width`, some 7 KB, lie in slow flash on the chip).
//! Widths are summed character by character, as `wcwidth` terminals do: an emoji
//! joined from several is counted as its parts.

use unicode_width::UnicodeWidthChar;

/// Columns of one character: 0 for combining and control characters, 2 for wide.
pub(crate) fn char_columns(c: char) -> usize {
    match c {
        ' '..='~' => 1,
        c if c.is_ascii() => 0,
        c => c.width().unwrap_or(0),
    }
}

/// Columns that `text` takes on a terminal.
pub fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

#[cfg(test)]
mod tests {
    use super::columns;

    #[test]
    fn widths() {
        assert_eq!(columns("abc "), 4);
        assert_eq!(columns("é"), 1);
        assert_eq!(columns("e\u{301}"), 1);
        assert_eq!(columns("日本"), 4);
        assert_eq!(columns("\u{1f600}"), 2);
        assert_eq!(columns("a\nb"), 2);
    }
}
