//! What Krait does where the C program does something else, or cannot be asked:
//! characters beyond ASCII, long inputs, the raw REPL.
#![allow(missing_docs)]

mod common;

use common::*;
use krait_lineedit::Ring;
use krait_repl::*;

/// Starts a REPL, types, and gives what is shown after the first prompt.
fn shown(host: &mut FakeHost, typed: &[u8]) -> String {
    let mut repl = new_repl();
    repl.start(host);
    host.take();
    feed_all(&mut repl, host, typed);
    String::from_utf8_lossy(&host.take()).into_owned()
}

#[test]
fn beyond_ascii() {
    for (typed, want) in [
        ("é\x08x\x03", "é\x08\x1b[Kx\r\n>>> "),
        ("日本\x1b[Dx\x03", "日本\x08\x08x本\x08\x08\r\n>>> "),
        ("日本\x01\x04\x03", "日本\x08\x08\x08\x08\x1b[K本\x08\x08\r\n>>> "),
        // Three wide characters are six columns.
        ("'日本語\x01\x1b[C\x03", "'日本語\x1b[7D'\r\n>>> "),
        // A combining accent goes with its letter.
        ("ae\u{301}\x08b\x03", "ae\u{301}\x08\x1b[Kb\r\n>>> "),
        // Words: everything beyond ASCII belongs to one.
        ("x naïve\x17y\x03", "x naïve\x1b[5D\x1b[Ky\r\n>>> "),
        // Torn and wrong bytes leave no trace, recall brings whole text back.
        ("ß\r\x10\x08\x03", "ß\r\n>>> ß\x08\x1b[K\r\n>>> "),
    ] {
        assert_eq!(shown(&mut FakeHost::default(), typed.as_bytes()), want, "{typed:?}");
    }
    assert_eq!(shown(&mut FakeHost::default(), b"a\xff\xc3b\x80\xe6\x97c\x03"), "abc\r\n>>> ");
}

#[test]
fn source_reaches_the_compiler_as_typed() {
    let mut host = FakeHost::default();
    shown(&mut host, "x='日'\rif 1:\ry\r\r\r\r\x05a\r\nb\rc\nd\x04".as_bytes());
    let want =
        [("x='日'", Grammar::Single), ("if 1:\n    y\n    \n    \n", Grammar::Single), ("a\nb\nc\nd", Grammar::File)];
    let ran: Vec<_> = host.ran.iter().map(|(s, g, _)| (s.as_str(), *g)).collect();
    assert_eq!(ran, want);
    assert!(host.ran.iter().all(|r| r.2));
}

#[test]
fn line_feeds() {
    assert_eq!(shown(&mut FakeHost::default(), b"1\n2\r\n3\r"), "1\r\n>>> 2\r\n>>> 3\r\n>>> ");
    let options = Options { lf_is_enter: true, ..Options::default() };
    let mut host = FakeHost::default();
    let mut repl = Repl::new(Vec::new(), Ring::new(Vec::new(), 8), options);
    repl.start(&mut host);
    host.take();
    feed_all(&mut repl, &mut host, b"\x05a\nb\r\nc");
    assert!(host.take().ends_with(b"=== a\r\n=== b\r\n=== c"));
}

#[test]
fn leaving() {
    const PROGRAMS: &[Program] =
        &[Program { source: "exit()", output: "", traceback: "bye\r\n", outcome: Outcome::Exit }];
    let mut host = FakeHost { programs: PROGRAMS, ..Default::default() };
    let mut repl = new_repl();
    repl.start(&mut host);
    assert_eq!(feed_all(&mut repl, &mut host, b"exit()\r"), Step::Leave(Leave::Exit));
    assert_eq!(host.take(), b"MicroPython\r\n>>> exit()\r\nbye\r\n");
    repl.start(&mut host);
    assert_eq!(feed_all(&mut repl, &mut host, b"\x04"), Step::Leave(Leave::EndOfInput));
    assert_eq!(repl.mode(), Mode::Friendly);
    assert_eq!(host.take(), b"MicroPython\r\n>>> \r\n");
}

#[test]
fn tracebacks_and_banner() {
    const PROGRAMS: &[Program] =
        &[Program { source: "x", output: "", traceback: "NameError: x\r\n", outcome: Outcome::Raised }];
    let mut host = FakeHost { programs: PROGRAMS, ..Default::default() };
    let want = "x\r\nNameError: x\r\n>>> \r\nMicroPython\r\n>>> ";
    assert_eq!(shown(&mut host, b"x\r\x02"), want);
}

#[test]
fn long_lists_and_strange_names() {
    const NAMES: &[(&str, &[&str])] = &[
        ("", &["o", "a_long_name_of_20_co", "b", "o", "<module>", "_hidden", "a\nb", "zähler", "c_14_columns__", "d"]),
        ("o", &["_x", "_y"]),
    ];
    let mut host = FakeHost { names: NAMES, ..Default::default() };
    assert_eq!(
        shown(&mut host, b"\t\x03"),
        "\r\na_long_name_of_20_co            b               c_14_columns__  \
         \r\nd               o               zähler\r\n>>> \r\n>>> "
            .replace("__  \r\n", "__\r\n")
    );
    assert_eq!(shown(&mut host, b"o.\t\x03o._\t\x03"), "o.\r\n>>> o._\r\n_x              _y\r\n>>> o._\r\n>>> ");
}

#[test]
fn a_full_buffer_rings_the_bell() {
    let mut host = FakeHost::default();
    let mut line = [0u8; 8];
    let mut repl = Repl::new(&mut line[..], Ring::new([0u8; 16], 8), Options::default());
    repl.start(&mut host);
    host.take();
    feed_all(&mut repl, &mut host, "1234567é8\r".as_bytes());
    assert_eq!(host.take(), b"1234567\x078\r\n>>> ");
    feed_all(&mut repl, &mut host, b"(234567\r\r(2345678\r");
    assert_eq!(
        String::from_utf8_lossy(&host.take()),
        "(234567\r\n... \r\nMemoryError: input too long\r\n>>> (2345678\r\nMemoryError: input too long\r\n>>> "
    );
    feed_all(&mut repl, &mut host, b"if 1:\r");
    assert_eq!(host.take(), b"if 1:\r\n... "); // no room for the indentation
    feed_all(&mut repl, &mut host, b"\x03\x0512345678\x04");
    let ran: Vec<_> = host.ran.iter().map(|r| r.0.as_str()).collect();
    assert_eq!(ran, ["12345678", "12345678"]);
}

#[test]
fn a_paste_too_long_is_not_run() {
    let mut host = FakeHost::default();
    let mut repl = Repl::new([0u8; 8], Ring::new([0u8; 16], 8), Options::default());
    repl.start(&mut host);
    feed_all(&mut repl, &mut host, b"\x05");
    host.take();
    feed_all(&mut repl, &mut host, b"123456789a\x04");
    assert_eq!(host.take(), b"123456789\x07a\r\nMemoryError: input too long\r\n>>> ");
    feed_all(&mut repl, &mut host, b"\x05ok\x04");
    assert_eq!(host.ran.len(), 1);
}
