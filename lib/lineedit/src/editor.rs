//! The editor: a text of one or more lines, of which the last is under edit.
//!
//! Invariants: the text is valid UTF-8; `start <= cursor <= len`, all on
//! character boundaries; the terminal's cursor stands where `cursor` says.
//! Surprise: the earlier lines stay in the same text, because the indentation of
//! a line depends on those before it.

use crate::history::History;
use crate::indent::levels_after;
use crate::keys::{Decoder, Key};
use crate::motion::{char_back, char_forward, word_back, word_forward};
use crate::screen::{BELL, Completed, INDENT, Insertion, NEWLINE, Scene, erase_to_end, move_back};
use crate::storage::{Full, Storage, TextBuf};
use crate::width::columns;
use core::ops::Range;

/// What a byte led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Nothing that concerns the caller.
    None,
    /// Enter: the line stands in the history and in the text.
    Line,
    /// A control code the caller is to act on: 1 to 5 (Ctrl-A to Ctrl-E) on an
    /// empty line, 3 on any.
    Control(u8),
}

/// A line editor over caller-supplied storage.
#[derive(Debug)]
pub struct Editor<S> {
    text: TextBuf<S>,
    /// Where the line under edit starts.
    start: usize,
    cursor: usize,
    /// How far back in the history the line on view is, plus one; 0 is none.
    recalled: usize,
    keys: Decoder,
    indents: bool,
    just_indented: bool,
    /// Somebody else had the buffer: its bytes may be anything.
    lent: bool,
}

impl<S: Storage> Editor<S> {
    /// An editor with no text. Call [`begin`](Self::begin) before feeding it.
    pub const fn new(storage: S) -> Self {
        Editor {
            text: TextBuf::new(storage),
            start: 0,
            cursor: 0,
            recalled: 0,
            keys: Decoder::new(),
            indents: true,
            just_indented: false,
            lent: false,
        }
    }

    /// The whole text: earlier lines, each with its newline, and the last.
    pub fn text(&self) -> &str {
        if self.lent { "" } else { slice(&self.text, 0..self.text.len()) }
    }

    /// The line under edit.
    pub fn line(&self) -> &str {
        if self.lent { "" } else { slice(&self.text, self.start..self.text.len()) }
    }

    /// The cursor, in bytes from the start of [`text`](Self::text).
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// Lends the buffer for another use, empty. The next `begin` (or byte fed)
    /// empties it again.
    pub fn lend(&mut self) -> &mut TextBuf<S> {
        if !self.lent {
            self.lent = true;
            self.text.clear();
        }
        &mut self.text
    }

    /// Starts a new text: drops the old one, prints the prompt.
    pub fn begin<T: Scene + ?Sized>(&mut self, scene: &mut T) {
        self.empty();
        self.indents = true;
        self.open_line(scene);
    }

    /// Goes on to a further line of the same text: prints the prompt and the
    /// automatic indentation. [`Full`] if not even the newline fits.
    pub fn begin_next<T: Scene + ?Sized>(&mut self, scene: &mut T) -> Result<(), Full> {
        self.reclaim();
        self.text.push(b"\n")?;
        self.start = self.text.len();
        self.cursor = self.start;
        self.open_line(scene);
        if self.indents {
            for _ in 0..levels_after(self.text.as_bytes()) {
                if self.text.push(INDENT.as_bytes()).is_err() {
                    break;
                }
                scene.write(INDENT.as_bytes());
                self.cursor = self.text.len();
                self.just_indented = true;
            }
        }
        Ok(())
    }

    fn empty(&mut self) {
        self.text.clear();
        self.lent = false;
        self.start = 0;
        self.cursor = 0;
    }

    fn reclaim(&mut self) {
        if self.lent {
            self.empty();
        }
    }

    fn open_line<T: Scene + ?Sized>(&mut self, scene: &mut T) {
        self.keys.reset();
        self.recalled = 0;
        self.just_indented = false;
        scene.prompt();
    }

    /// Takes one byte from the terminal.
    pub fn feed<T, H>(&mut self, byte: u8, history: &mut H, scene: &mut T) -> Event
    where
        T: Scene + ?Sized,
        H: History + ?Sized,
    {
        self.reclaim();
        let just_indented = core::mem::take(&mut self.just_indented);
        let Some(key) = self.keys.feed(byte) else {
            return Event::None;
        };
        match key {
            Key::Enter => {
                scene.write(NEWLINE);
                history.push(self.line());
                return Event::Line;
            }
            Key::Control(code) => return self.control(code, history, scene),
            Key::Tab | Key::Char(' ') if just_indented => {
                // Having its own way with the indentation turns ours off.
                self.indents = false;
                if key != Key::Tab {
                    // One space of the indentation stays, still on the screen.
                    self.move_to(self.cursor.saturating_sub(3).max(self.start), scene);
                    self.text.remove(self.cursor..usize::MAX);
                }
            }
            Key::Tab => self.tab(scene),
            Key::Char(c) => {
                let mut utf8 = [0; 4];
                self.insert(c.encode_utf8(&mut utf8), scene);
            }
            Key::Backspace => {
                let before = self.before();
                let only_spaces = before.bytes().all(|b| b == b' ');
                let n = if only_spaces && before.len() >= 4 { 4 } else { char_back(before) };
                if n > 0 {
                    self.remove(self.cursor - n..self.cursor, scene);
                }
            }
            Key::Delete => self.delete(scene),
            Key::Left => self.move_to(self.cursor - char_back(self.before()), scene),
            Key::Right => self.move_to(self.cursor + char_forward(self.after()), scene),
            Key::WordLeft => self.move_to(self.cursor - word_back(self.before()), scene),
            Key::WordRight => self.move_to(self.cursor + word_forward(self.after()), scene),
            Key::Home => self.move_to(self.start, scene),
            Key::End => self.move_to(self.text.len(), scene),
            Key::KillWordLeft => {
                self.remove(self.cursor - word_back(self.before())..self.cursor, scene);
            }
            Key::KillWordRight => {
                self.remove(self.cursor..self.cursor + word_forward(self.after()), scene);
            }
            Key::Up => self.recall_older(history, scene),
            Key::Down => self.recall_newer(history, scene),
        }
        Event::None
    }

    /// Control codes. On an empty line the first five are the caller's; else
    /// they are Emacs's.
    fn control<T, H>(&mut self, code: u8, history: &mut H, scene: &mut T) -> Event
    where
        T: Scene + ?Sized,
        H: History + ?Sized,
    {
        const fn ctrl(letter: u8) -> u8 {
            letter - b'A' + 1
        }
        const A: u8 = ctrl(b'A');
        const B: u8 = ctrl(b'B');
        const C: u8 = ctrl(b'C');
        const D: u8 = ctrl(b'D');
        const E: u8 = ctrl(b'E');
        const F: u8 = ctrl(b'F');
        const K: u8 = ctrl(b'K');
        const N: u8 = ctrl(b'N');
        const P: u8 = ctrl(b'P');
        const U: u8 = ctrl(b'U');
        const W: u8 = ctrl(b'W');
        match code {
            A..=E if self.start == self.text.len() => return Event::Control(code),
            C => return Event::Control(code),
            A => self.move_to(self.start, scene),
            B => self.move_to(self.cursor - char_back(self.before()), scene),
            D => self.delete(scene),
            E => self.move_to(self.text.len(), scene),
            F => self.move_to(self.cursor + char_forward(self.after()), scene),
            K => self.remove(self.cursor..self.text.len(), scene),
            N => self.recall_newer(history, scene),
            P => self.recall_older(history, scene),
            U => self.remove(self.start..self.cursor, scene),
            W => self.remove(self.cursor - word_back(self.before())..self.cursor, scene),
            _ => {}
        }
        Event::None
    }

    fn before(&self) -> &str {
        slice(&self.text, self.start..self.cursor)
    }

    fn after(&self) -> &str {
        slice(&self.text, self.cursor..self.text.len())
    }

    /// Moves the cursor to byte `to`, back by backspacing, forward by printing
    /// what it passes over.
    fn move_to<T: Scene + ?Sized>(&mut self, to: usize, scene: &mut T) {
        if to < self.cursor {
            move_back(scene, columns(slice(&self.text, to..self.cursor)));
        } else {
            write(scene, slice(&self.text, self.cursor..to));
        }
        self.cursor = to;
    }

    /// Puts `new` in place of `range`, which starts at or before the cursor or
    /// ends the line, and leaves the cursor after it. The bell if it does not
    /// fit; whether it did.
    fn replace<T: Scene + ?Sized>(&mut self, range: Range<usize>, new: &str, scene: &mut T) -> bool {
        let at = range.start;
        let back = columns(slice(&self.text, at..self.cursor));
        let old = columns(slice(&self.text, at..self.text.len()));
        if self.text.splice(range, new.as_bytes()).is_err() {
            scene.write(BELL);
            return false;
        }
        move_back(scene, back);
        let tail = slice(&self.text, at..self.text.len());
        if columns(tail) < old {
            erase_to_end(scene);
        }
        write(scene, tail);
        self.cursor = at + new.len();
        self.draw_back(scene);
        true
    }

    fn insert<T: Scene + ?Sized>(&mut self, new: &str, scene: &mut T) {
        self.replace(self.cursor..self.cursor, new, scene);
    }

    fn remove<T: Scene + ?Sized>(&mut self, range: Range<usize>, scene: &mut T) {
        self.replace(range, "", scene);
    }

    fn delete<T: Scene + ?Sized>(&mut self, scene: &mut T) {
        let n = char_forward(self.after());
        if n > 0 {
            self.remove(self.cursor..self.cursor + n, scene);
        }
    }

    /// Brings the terminal's cursor from the end of the line to the cursor.
    fn draw_back<T: Scene + ?Sized>(&self, scene: &mut T) {
        move_back(scene, columns(self.after()));
    }

    /// Tab: four spaces after white space (a continuation line starts after
    /// one), else completion.
    fn tab<T: Scene + ?Sized>(&mut self, scene: &mut T) {
        let previous = self.cursor.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        if previous.is_some_and(u8::is_ascii_whitespace) {
            return self.insert(INDENT, scene);
        }
        let mut insertion = Insertion::default();
        match scene.complete(slice(&self.text, self.start..self.cursor), &mut insertion) {
            Completed::Nothing => {}
            // Nothing but printable characters may enter the line.
            Completed::Insert if insertion.as_str().chars().any(char::is_control) => {}
            Completed::Insert => self.insert(insertion.as_str(), scene),
            Completed::Listed => {
                scene.prompt();
                write(scene, self.line());
                self.draw_back(scene);
            }
        }
    }

    fn recall_older<T, H>(&mut self, history: &H, scene: &mut T)
    where
        T: Scene + ?Sized,
        H: History + ?Sized,
    {
        if let Some(line) = history.get(self.recalled)
            && self.replace(self.start..self.text.len(), line, scene)
        {
            self.recalled += 1;
        }
    }

    fn recall_newer<T, H>(&mut self, history: &H, scene: &mut T)
    where
        T: Scene + ?Sized,
        H: History + ?Sized,
    {
        let Some(recalled) = self.recalled.checked_sub(1) else {
            return;
        };
        let line = recalled.checked_sub(1).and_then(|back| history.get(back)).unwrap_or("");
        if self.replace(self.start..self.text.len(), line, scene) {
            self.recalled = recalled;
        }
    }
}

/// A part of the text that is known to be whole characters.
fn slice<S: Storage>(text: &TextBuf<S>, range: Range<usize>) -> &str {
    core::str::from_utf8(text.as_bytes().get(range).unwrap_or(&[])).unwrap_or("")
}

/// An empty write is none.
fn write<T: Scene + ?Sized>(scene: &mut T, text: &str) {
    if !text.is_empty() {
        scene.write(text.as_bytes());
    }
}
