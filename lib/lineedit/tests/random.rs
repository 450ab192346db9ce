//! Random bytes into the editor: its text stays UTF-8, its cursor on a
//! character, and a terminal that obeys its output shows the line it holds.

use krait_lineedit::{Completed, Editor, Event, Insertion, Ring, Scene, columns};
use proptest::prelude::*;

/// One row of a terminal of endless width: cells, and the cursor's column.
#[derive(Default)]
struct Terminal {
    cells: Vec<char>,
    column: usize,
    escape: String,
    torn: bool,
}

impl Terminal {
    fn put(&mut self, c: char) {
        if !self.escape.is_empty() {
            self.escape.push(c);
            if c.is_ascii_alphabetic() {
                let count = self.escape[2..self.escape.len() - 1].parse().unwrap_or(1);
                match c {
                    'D' => self.column = self.column.checked_sub(count).expect("left of the row"),
                    'K' => self.cells.truncate(self.column),
                    _ => panic!("unknown {:?}", self.escape),
                }
                self.escape.clear();
            }
            return;
        }
        match c {
            '\x1b' => self.escape.push(c),
            '\x08' => self.column = self.column.checked_sub(1).expect("left of the row"),
            '\x07' => {}
            '\r' => self.column = 0,
            '\n' => self.cells.clear(),
            c => {
                let width = columns(c.encode_utf8(&mut [0; 4]));
                for n in 0..width {
                    if self.cells.len() <= self.column {
                        self.cells.resize(self.column + 1, ' ');
                    }
                    self.cells[self.column] = if n == 0 { c } else { '\0' };
                    self.column += 1;
                }
            }
        }
    }
}

impl Scene for Terminal {
    fn write(&mut self, bytes: &[u8]) {
        match std::str::from_utf8(bytes) {
            Ok(text) => text.chars().for_each(|c| self.put(c)),
            Err(_) => self.torn = true,
        }
    }
    fn prompt(&mut self) {
        self.write(b"> ");
    }
    fn complete(&mut self, before: &str, insertion: &mut Insertion) -> Completed {
        match before.len() % 3 {
            0 => Completed::Nothing,
            1 => {
                insertion.set("日x");
                Completed::Insert
            }
            _ => {
                self.write(b"\r\nlist\r\n");
                Completed::Listed
            }
        }
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => any::<u8>().prop_map(|b| vec![b]),
        2 => (0u8..0x20).prop_map(|b| vec![b]),
        2 => "[ -~é日😀\u{301}]{1,6}".prop_map(|s| s.into_bytes()),
        2 => any::<char>().prop_map(|c| c.to_string().into_bytes()),
        3 => prop::sample::select(vec![
            &b"\x1b[A"[..], b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[3~", b"\x1b[H", b"\x1bOF",
            b"\x1b[1;5D", b"\x1bb", b"\x1bf", b"\x1bd", b"\x1b\x7f", b"if 1:\r", b"    ",
        ]).prop_map(|s| s.to_vec()),
    ];
    prop::collection::vec(piece, 0..150).prop_map(|v| v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn screen_and_text_agree(input in bytes(), room in 0usize..60) {
        let mut storage = vec![0u8; room];
        let mut editor = Editor::new(&mut storage[..]);
        let mut history = Ring::new(vec![0u8; 50], 5);
        let mut screen = Terminal::default();
        editor.begin(&mut screen);
        for byte in input {
            match editor.feed(byte, &mut history, &mut screen) {
                Event::Line if editor.begin_next(&mut screen).is_ok() => {}
                Event::None => {}
                Event::Control(code) if code != 3 => {}
                _ => {
                    screen.write(b"\r\n");
                    editor.begin(&mut screen);
                }
            }
            prop_assert!(!screen.torn);
            prop_assert!(editor.text().is_char_boundary(editor.cursor()));
            let before = editor.line().len() - (editor.text().len() - editor.cursor());
            let mut want = Terminal::default();
            want.prompt();
            want.write(editor.line().as_bytes());
            // Indentation that a space took back is still on view: compare
            // without blanks at the end.
            let trim = |t: &Terminal| t.cells.iter().collect::<String>().trim_end().to_owned();
            prop_assert_eq!(trim(&screen), trim(&want));
            prop_assert_eq!(screen.column, 2 + columns(&editor.line()[..before]));
        }
    }
}
