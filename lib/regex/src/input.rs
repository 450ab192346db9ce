//! The text that is searched, as bytes or as UTF-8.

/// How a text is read. The engines are made once for each kind.
pub(crate) trait Input {
    /// The character at `at` and its length; `None` at the end.
    fn char_at(text: &[u8], at: usize) -> Option<(u32, usize)>;
    /// The place of the character before `at`, which is not the beginning.
    fn before(text: &[u8], at: usize) -> usize;
}

/// Each byte is a character: byte strings, and text that is ASCII.
pub(crate) struct Bytes;

impl Input for Bytes {
    #[inline(always)]
    fn char_at(text: &[u8], at: usize) -> Option<(u32, usize)> {
        text.get(at).map(|b| (u32::from(*b), 1))
    }

    #[inline(always)]
    fn before(_: &[u8], at: usize) -> usize {
        at.wrapping_sub(1)
    }
}

/// UTF-8.
pub(crate) struct Utf8;

impl Input for Utf8 {
    #[inline(always)]
    fn char_at(text: &[u8], at: usize) -> Option<(u32, usize)> {
        match *text.get(at)? {
            b @ ..0x80 => Some((u32::from(b), 1)),
            lead => Some(wide_at(text, at, lead)),
        }
    }

    #[inline(always)]
    fn before(text: &[u8], at: usize) -> usize {
        let mut at = at.wrapping_sub(1);
        while text.get(at).is_some_and(|b| b & 0xc0 == 0x80) && at > 0 {
            at -= 1;
        }
        at
    }
}

#[inline(never)]
fn wide_at(text: &[u8], at: usize, lead: u8) -> (u32, usize) {
    let len = match lead {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let first = u32::from(lead) & (0x7f >> len);
    let rest = text.get(at + 1..).unwrap_or_default().iter().take(len - 1);
    (rest.fold(first, |c, b| c << 6 | u32::from(b & 0x3f)), len)
}

/// Whether there is a word boundary at `at`.
pub(crate) fn word_boundary(text: &[u8], at: usize) -> bool {
    let is_word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    is_word(at.checked_sub(1).and_then(|i| text.get(i))) != is_word(text.get(at))
}
