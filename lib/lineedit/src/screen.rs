//! What the editor asks of its surroundings, and the few terminal commands it
//! uses: backspace, `ESC [ n D`, `ESC [ K` and the bell.

/// The surroundings of the editor.
pub trait Scene {
    /// Sends bytes to the terminal.
    fn write(&mut self, bytes: &[u8]);
    /// Sends the prompt of the line under edit: once when the line begins, and
    /// again after a list of completions.
    fn prompt(&mut self);
    /// Completes `before`, the line up to the cursor. Either fills `insertion`,
    /// or prints a list (starting and ending with a newline), or does nothing.
    fn complete(&mut self, before: &str, insertion: &mut Insertion) -> Completed;
}

/// What came of a completion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completed {
    /// No match: the line stays.
    Nothing,
    /// The text of the [`Insertion`] goes in at the cursor.
    Insert,
    /// A list was printed: the prompt and line are drawn anew.
    Listed,
}

/// Text to insert at the cursor, at most [`Insertion::MAX`] bytes. A longer
/// completion arrives in parts: the user presses Tab again.
#[derive(Debug)]
pub struct Insertion {
    bytes: [u8; Insertion::MAX],
    len: usize,
}

impl Default for Insertion {
    fn default() -> Self {
        Insertion { bytes: [0; Insertion::MAX], len: 0 }
    }
}

impl Insertion {
    /// Capacity in bytes.
    pub const MAX: usize = 128;

    /// The text.
    pub fn as_str(&self) -> &str {
        // Only whole characters are ever stored.
        core::str::from_utf8(self.bytes.get(..self.len).unwrap_or(&[])).unwrap_or("")
    }

    /// Replaces the text by as much of `text` as fits, in whole characters.
    pub fn set(&mut self, text: &str) {
        let fit = text.floor_char_boundary(Self::MAX);
        let taken = text.as_bytes().get(..fit).unwrap_or(&[]);
        if let Some(room) = self.bytes.get_mut(..fit) {
            room.copy_from_slice(taken);
            self.len = fit;
        }
    }

    /// Shortens the text to what it has in common with `other`.
    pub fn keep_common(&mut self, other: &str) {
        let same = self.as_str().bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        self.len = self.as_str().floor_char_boundary(same);
    }
}

pub(crate) const BELL: &[u8] = b"\x07";
pub(crate) const NEWLINE: &[u8] = b"\r\n";
pub(crate) const INDENT: &str = "    ";

/// Moves the cursor `n` columns to the left: by backspaces up to four, which is
/// shorter, else by `ESC [ n D`.
pub(crate) fn move_back<T: Scene + ?Sized>(scene: &mut T, n: usize) {
    if n == 0 {
        return;
    }
    if n <= 4 {
        scene.write(b"\x08\x08\x08\x08".get(..n).unwrap_or(&[]));
        return;
    }
    // ESC [ digits D, filled from the right; 20 digits hold any usize.
    let mut text = [0u8; 23];
    let mut at = text.len();
    let mut put = |b: u8| {
        at = at.saturating_sub(1);
        if let Some(slot) = text.get_mut(at) {
            *slot = b;
        }
    };
    put(b'D');
    let mut rest = n;
    while rest > 0 {
        put(b'0' + (rest % 10) as u8);
        rest /= 10;
    }
    put(b'[');
    put(0x1b);
    scene.write(text.get(at..).unwrap_or(&[]));
}

/// Clears from the cursor to the end of the row.
pub(crate) fn erase_to_end<T: Scene + ?Sized>(scene: &mut T) {
    scene.write(b"\x1b[K");
}

#[cfg(test)]
mod tests {
    use super::Insertion;

    #[test]
    fn insertion_holds_whole_characters() {
        let mut i = Insertion::default();
        let mut long = [b'a'; Insertion::MAX + 1];
        long[Insertion::MAX - 1] = 0xc3;
        long[Insertion::MAX] = 0xa9;
        i.set(core::str::from_utf8(&long).unwrap());
        assert_eq!(i.as_str().len(), Insertion::MAX - 1);
        i.set("naïve");
        i.keep_common("naïf");
        assert_eq!(i.as_str(), "naï");
        i.keep_common("naì"); // shares the first byte of the last letter only
        assert_eq!(i.as_str(), "na");
    }
}
