//! The raw REPL and raw-paste mode, to the byte.
#![allow(missing_docs)]

mod common;

use common::*;
use krait_lineedit::Ring;
use krait_repl::*;

const PROGRAMS: &[Program] = &[
    prints("print(1)", "1\r\n"),
    Program { source: "bad", output: "x\r\n", traceback: "Traceback\r\n", outcome: Outcome::Raised },
    Program { source: "exit()", output: "", traceback: "", outcome: Outcome::Exit },
];

struct Dialogue {
    repl: TestRepl,
    host: FakeHost,
}

impl Dialogue {
    fn new() -> Self {
        let mut d = Dialogue { repl: new_repl(), host: FakeHost { programs: PROGRAMS, ..Default::default() } };
        d.repl.start(&mut d.host);
        d.host.take();
        d
    }

    #[track_caller]
    fn say(&mut self, typed: &[u8], want: &[u8]) -> Step {
        let step = feed_all(&mut self.repl, &mut self.host, typed);
        let got = self.host.take().escape_ascii().to_string();
        assert_eq!(got, want.escape_ascii().to_string(), "after {:?}", typed.escape_ascii().to_string());
        step
    }
}

#[test]
fn raw() {
    let mut d = Dialogue::new();
    d.say(b"\r\x01", b"\r\n>>> \r\nraw REPL; CTRL-B to exit\r\n>");
    d.say(b"print(1)\x04", b"OK1\r\n\x04\x04>");
    d.say(b"bad\x04", b"OKx\r\n\x04Traceback\r\n\x04>");
    d.say(b"bad\x03print(1)\n\x04", b"OK1\r\n\x04\x04>");
    d.say(b"bad\x01", b"raw REPL; CTRL-B to exit\r\n>");
    assert_eq!(d.repl.mode(), Mode::Raw);
    let left = Step::Leave(Leave::EndOfInput);
    assert_eq!(d.say(b"\x04", b"OK\r\n"), left);
    // The port resets, says so, and comes back in the same mode.
    d.repl.start(&mut d.host);
    d.say(b"", b"raw REPL; CTRL-B to exit\r\n>");
    assert_eq!(d.say(b"exit()\x04", b"OK\x04\x04"), Step::Leave(Leave::Exit));
    d.repl.start(&mut d.host);
    d.say(b"\r\x02", b"raw REPL; CTRL-B to exit\r\n>\r\nMicroPython\r\n>>> ");
    assert_eq!(d.repl.mode(), Mode::Friendly);
    d.say(b"print(1)\r", b"print(1)\r\n1\r\n>>> ");
}

#[test]
fn raw_paste() {
    let mut d = Dialogue::new();
    d.say(b"\x01", b"\r\nraw REPL; CTRL-B to exit\r\n>");
    d.say(b"\x05A\x01print(1)\x04", b"R\x01\x80\x00\x01\x041\r\n\x04\x04>");
    d.say(b"\x05A\x01bad\x04", b"R\x01\x80\x00\x01\x04x\r\n\x04Traceback\r\n\x04>");
    d.say(b"\x05B\x01", b"R\x00>");
    d.say(b"\x05AA\x01", b"raw REPL; CTRL-B to exit\r\n>");
    // Ctrl-C in the middle.
    d.say(b"\x05A\x01prin\x03", b"R\x01\x80\x00\x01\x04\x04KeyboardInterrupt: \r\n\x04>");
    // The compiler gives up: the rest is dropped up to the sender's answer.
    d.say(b"\x05A\x01x@@ and more\x04", b"R\x01\x80\x00\x01\x04\x04SyntaxError: invalid syntax\r\n\x04>");
    // A window more for each 128 bytes taken.
    let mut typed = b"\x05A\x01".to_vec();
    typed.extend([b'#'; 300]);
    typed.push(4);
    d.say(&typed, b"R\x01\x80\x00\x01\x01\x01\x04\x04\x04>");
    assert_eq!(d.host.ran.last().map(|r| r.0.len()), Some(300));
    assert_eq!(d.say(b"\x05A\x01exit()\x04", b"R\x01\x80\x00\x01\x04\x04\x04"), Step::Leave(Leave::Exit));
}

#[test]
fn connection_lost_while_pasting() {
    let mut d = Dialogue::new();
    d.say(b"\x01", b"\r\nraw REPL; CTRL-B to exit\r\n>");
    // The queue runs dry: to this console, the other end is gone.
    d.say(b"\x05A\x01prin", b"R\x01\x80\x00\x01\x04\x04KeyboardInterrupt: \r\n\x04>");
}

#[test]
fn too_long_for_the_buffer() {
    let mut host = FakeHost { programs: PROGRAMS, ..Default::default() };
    let mut repl = Repl::new([0u8; 16], Ring::new([0u8; 16], 8), Options::default());
    repl.set_mode(Mode::Raw);
    repl.start(&mut host);
    host.take();
    feed_all(&mut repl, &mut host, b"print(1)\nprint(2)\x04");
    assert_eq!(host.take(), b"OK\x04MemoryError: input too long\r\n\x04>");
    feed_all(&mut repl, &mut host, b"print(1)\x04");
    assert_eq!(host.take(), b"OK1\r\n\x04\x04>");
    // Raw paste needs no buffer.
    feed_all(&mut repl, &mut host, b"\x05A\x01print(1)\n\n\n\n\n\n\n\n\n\n\n\n\n\n\x04");
    assert_eq!(host.take(), b"R\x01\x80\x00\x01\x041\r\n\x04\x04>");
}
