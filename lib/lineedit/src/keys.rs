//! From bytes to keys: control codes, escape sequences and UTF-8.
//!
//! Invariant: the decoder holds at most one unfinished sequence, and a control
//! code ends any of them and counts as itself, so that Ctrl-C always arrives.
//! Sequences that mean nothing here are swallowed whole (the reference lets the
//! tail of some through as text).

/// One key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A printable character.
    Char(char),
    /// A control code whose meaning is the editor's choice: Ctrl-A is 1.
    Control(u8),
    /// Enter: CR, or an LF that does not follow a CR.
    Enter,
    /// Tab.
    Tab,
    /// Codes 8 and 127.
    Backspace,
    /// `ESC [ 3 ~`.
    Delete,
    /// `ESC [ A`, `ESC O A`.
    Up,
    /// `ESC [ B`, `ESC O B`.
    Down,
    /// `ESC [ C`, `ESC O C`.
    Right,
    /// `ESC [ D`, `ESC O D`.
    Left,
    /// `ESC [ H`, `ESC O H`, `ESC [ 1 ~`, `ESC [ 7 ~`.
    Home,
    /// `ESC [ F`, `ESC O F`, `ESC [ 4 ~`, `ESC [ 8 ~`.
    End,
    /// Ctrl-Left (`ESC [ 1 ; 5 D`), `ESC b`.
    WordLeft,
    /// Ctrl-Right (`ESC [ 1 ; 5 C`), `ESC f`.
    WordRight,
    /// `ESC` then code 127.
    KillWordLeft,
    /// `ESC d`.
    KillWordRight,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Ground,
    Escape,
    /// After `ESC O`.
    Single,
    /// After `ESC [`: the first and the latest parameter, saturating.
    Csi {
        first: Option<u8>,
        latest: u8,
    },
    /// A UTF-8 sequence with `have` of `want` bytes.
    Utf8 {
        bytes: [u8; 4],
        have: u8,
        want: u8,
    },
}

/// The decoder of a stream of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Decoder {
    state: State,
    after_cr: bool,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder {
    /// A decoder between keys.
    pub const fn new() -> Self {
        Decoder { state: State::Ground, after_cr: false }
    }

    /// Drops an unfinished sequence.
    pub fn reset(&mut self) {
        self.state = State::Ground;
    }

    /// Takes one byte; gives the key that it completes.
    pub fn feed(&mut self, byte: u8) -> Option<Key> {
        let lf_of_crlf = byte == b'\n' && core::mem::take(&mut self.after_cr);
        self.after_cr = byte == b'\r';
        if byte < 0x20 {
            self.state = State::Ground;
            return match byte {
                0x1b => {
                    self.state = State::Escape;
                    None
                }
                b'\n' if lf_of_crlf => None,
                b'\r' | b'\n' => Some(Key::Enter),
                b'\t' => Some(Key::Tab),
                8 => Some(Key::Backspace),
                other => Some(Key::Control(other)),
            };
        }
        match core::mem::replace(&mut self.state, State::Ground) {
            State::Ground => self.plain(byte),
            State::Escape => self.escape(byte),
            State::Single => letter(byte),
            State::Csi { first, latest } => self.csi(byte, first, latest),
            State::Utf8 { bytes, have, want } => self.utf8(byte, bytes, have, want),
        }
    }

    fn plain(&mut self, byte: u8) -> Option<Key> {
        let want = match byte {
            0x20..=0x7e => return Some(Key::Char(char::from(byte))),
            0x7f => return Some(Key::Backspace),
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None, // no character starts so
        };
        self.state = State::Utf8 { bytes: [byte, 0, 0, 0], have: 1, want };
        None
    }

    fn utf8(&mut self, byte: u8, mut bytes: [u8; 4], have: u8, want: u8) -> Option<Key> {
        if !(0x80..=0xbf).contains(&byte) {
            return self.plain(byte); // the torn character is dropped
        }
        if let Some(slot) = bytes.get_mut(usize::from(have)) {
            *slot = byte;
        }
        let have = have + 1;
        if have < want {
            self.state = State::Utf8 { bytes, have, want };
            return None;
        }
        let text = core::str::from_utf8(bytes.get(..usize::from(want))?).ok()?;
        let c = text.chars().next()?;
        (!c.is_control()).then_some(Key::Char(c))
    }

    fn escape(&mut self, byte: u8) -> Option<Key> {
        match byte {
            b'[' => self.state = State::Csi { first: None, latest: 0 },
            b'O' => self.state = State::Single,
            b'b' => return Some(Key::WordLeft),
            b'f' => return Some(Key::WordRight),
            b'd' => return Some(Key::KillWordRight),
            0x7f => return Some(Key::KillWordLeft),
            _ => {}
        }
        None
    }

    fn csi(&mut self, byte: u8, first: Option<u8>, latest: u8) -> Option<Key> {
        match byte {
            b'0'..=b'9' => {
                let latest = latest.saturating_mul(10).saturating_add(byte - b'0');
                self.state = State::Csi { first, latest };
                None
            }
            b';' => {
                self.state = State::Csi { first: first.or(Some(latest)), latest: 0 };
                None
            }
            0x20..=0x3f => {
                self.state = State::Csi { first, latest };
                None
            }
            b'~' => match first.unwrap_or(latest) {
                1 | 7 => Some(Key::Home),
                4 | 8 => Some(Key::End),
                3 => Some(Key::Delete),
                _ => None,
            },
            b'C' | b'D' if latest == 5 => Some(if byte == b'C' { Key::WordRight } else { Key::WordLeft }),
            // A modifier that means nothing here: not the plain key.
            _ if first.is_some() || latest > 1 => None,
            _ => letter(byte),
        }
    }
}

/// Keys named by one letter, after `ESC [` and after `ESC O`.
fn letter(byte: u8) -> Option<Key> {
    Some(match byte {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut d = Decoder::new();
        bytes.iter().filter_map(|&b| d.feed(b)).collect()
    }

    #[test]
    fn sequences() {
        use Key::*;
        for (bytes, want) in [
            (&b"a\r"[..], &[Char('a'), Enter][..]),
            (b"\r\n\n\r", &[Enter, Enter, Enter]),
            (b"\x1b[A\x1b[B\x1b[C\x1b[D", &[Up, Down, Right, Left]),
            (b"\x1b[H\x1b[1~\x1b[7~\x1bOH", &[Home, Home, Home, Home]),
            (b"\x1b[F\x1b[4~\x1b[8~\x1bOF", &[End, End, End, End]),
            (b"\x1b[3~\x08\x7f", &[Delete, Backspace, Backspace]),
            (b"\x1b[1;5C\x1b[1;5D\x1bb\x1bf", &[WordRight, WordLeft, WordLeft, WordRight]),
            (b"\x1b\x7f\x1bd", &[KillWordLeft, KillWordRight]),
            (b"\x1b[15~x\x1b[1;2Cy\x1b[?25hz", &[Char('x'), Char('y'), Char('z')]),
            (b"\x1b[\x03\x1b\x03", &[Control(3), Control(3)]),
            (b"\x1b\x1b[A", &[Up]),
            ("é日😀".as_bytes(), &[Char('é'), Char('日'), Char('😀')]),
            (b"\xc3a\xff\x80b\xe6\x97\xc3\xa9", &[Char('a'), Char('b'), Char('é')]),
            (b"\xed\xa0\x80x\xc2\x9by", &[Char('x'), Char('y')]),
            (b"\x1b[999999999999~\x1bOzq", &[Char('q')]),
        ] {
            assert_eq!(keys(bytes), want, "{bytes:?}");
        }
    }
}
