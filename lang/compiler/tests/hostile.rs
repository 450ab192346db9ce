//! Input that means no good: it ends in an error or in code, never in a panic, and on a small stack.

mod support;

use allocator_api2::alloc::Global;
use krait_bytecode::mpy::read::{Target, read_unit};
use krait_bytecode::mpy::write::write;
use krait_bytecode::verify::verify_unit;
use krait_compiler::{ErrorKind, InputKind};
use proptest::prelude::*;

/// Runs on a stack as small as the firmware could want it. What the test harness and an unoptimised
/// build need of it is included.
fn on_small_stack(f: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(f).unwrap();
    thread.join().unwrap();
}

fn compiles(text: &str) -> Result<(), String> {
    match support::file(text.as_bytes()) {
        Ok(unit) => {
            // What compiles can be written: nesting is within the format's bounds.
            let mut file = allocator_api2::vec::Vec::new();
            write(&unit, &mut file).map_err(|_| "not writable".to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn nesting_is_bounded_by_memory_alone() {
    on_small_stack(|| {
        let n = 100_000;
        let deep = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(n), close.repeat(n));
        for text in [
            deep("(", "1", ")"),
            format!("x={}", deep("(", "y", ")")),
            format!("x={}", deep("[", "", "]")),
            format!("x={}", deep("{1:", "y", "}")),
            format!("x={}", deep("(", "y", ",)")),
            format!("x={}", deep("(", "1", ",)")),
            format!("x={}", deep("f(", "y", ")")),
            format!("x={}", deep("y[", "y", "]")),
            format!("x={}", deep("-", "y", "")),
            format!("x={}", deep("-", "1", "")),
            format!("x={}", deep("not ", "y", "")),
            format!("if {}: z", deep("not ", "y", "")),
            format!("x={}", deep("y if z else ", "y", "")),
            format!("x={}", deep("y ** ", "y", "")),
            format!("x={}", deep("y + (", "y", ")")),
            format!("x={}", deep("(y or ", "y", ")")),
            format!("x={}", deep("y.f(", "", ")")),
            format!("if {}: z", deep("(y and ", "y", ")")),
            format!("if {}: z", deep("(y and z or ", "y", ")")),
            format!("[{}y]=z", "[".repeat(n) + &"]".repeat(n) + ","),
            format!("del {}", deep("(", "y", ",)")),
            format!("x=[y for y in z{}]", " if y".repeat(n)),
        ] {
            let head: String = text.chars().take(12).collect();
            let result = compiles(&text);
            // Jumps have 15 bits, whatever the nesting.
            let too_far = result.as_ref().is_err_and(|e| e.ends_with("bytecode overflow"));
            assert!(result.is_ok() || too_far, "{head}: {result:?}");
        }
    });
}

#[test]
fn what_nests_in_the_result_is_bounded() {
    on_small_stack(|| {
        let n = 50_000;
        let deep = "RuntimeError: maximum recursion depth exceeded".to_string();
        for text in [
            format!("x={}y", "lambda:".repeat(n)),
            format!("x={}y{}", "[z for z in ".repeat(n), "]".repeat(n)),
            format!("x={}y{}", "[".repeat(n), " for z in z]".repeat(n)),
            (0..2000).map(|i| format!("{:i$}def f():\n", "")).collect::<String>() + &" ".repeat(2000) + "pass",
        ] {
            let head: String = text.chars().take(12).collect();
            // Comprehensions nested in a source belong to the same level.
            if head.starts_with("x=[z") {
                assert_eq!(compiles(&text), Ok(()), "{head}");
            } else {
                assert_eq!(compiles(&text), Err(deep.clone()), "{head}");
            }
        }
        let loops = format!("x=[y{}]", " for y in y".repeat(n));
        assert!(compiles(&loops).is_ok_and(|()| true) || compiles(&loops).is_err());
        let blocks: String = (0..3000).map(|i| format!("{:i$}if x:\n", "")).collect();
        assert_eq!(compiles(&(blocks + &" ".repeat(3000) + "y")), Ok(()));
        let blocks: String = (0..300).map(|i| format!("{:i$}try:\n", "")).collect();
        assert!(compiles(&blocks).is_err());
    });
}

#[test]
fn unfinished_nesting_is_an_error_of_the_grammar() {
    on_small_stack(|| {
        for open in ["(", "[", "{", "f(", "x[", "lambda:", "-", "not ", "a if b else ", "(yield "] {
            let error = support::file(open.repeat(100_000).as_bytes()).err().unwrap();
            assert_eq!(error.to_string(), "SyntaxError: invalid syntax", "{open}");
        }
    });
}

#[test]
fn odd_bytes() {
    for text in [
        &b"\0"[..],
        b"x\0=1",
        b"x=1\0",
        b"\xff\xfe",
        b"x='\xff'\n",
        b"\x80=1",
        b"'\xe2\x82",
        b"x=\"\0\"",
        b"#\0\n",
        b"\x0c\x0c",
        b"\\",
        b"\\\n",
        b"\r\r\n\n",
        b"\xef\xbb\xbf",
        b"f'{",
        b"f'{a[",
        b"f'{a!",
        b"t'{a:{",
        b"t'{a!r",
        b"t'\\",
        b"rt'\\",
        b"'\\x",
        b"'\\u12",
        b"'\\",
        b"0x",
        b"1e",
        b"1__",
        b".",
        b"..",
        b"...",
    ] {
        for kind in [InputKind::File, InputKind::Single, InputKind::Eval] {
            let _ = support::with(text, kind, 0);
        }
    }
    assert!(support::file(b"x=1\0\n").is_err());
    assert!(support::file(b"x='a\0b'\n").is_ok());
    assert!(support::file(b"caf\xc3\xa9=1\n").is_ok());
}

#[test]
fn long_things() {
    let name = "a".repeat(255);
    assert!(support::file(name.as_bytes()).is_ok());
    let error = support::file("a".repeat(256).as_bytes()).err().unwrap();
    assert_eq!(error.to_string(), "RuntimeError: name too long");
    assert_eq!(error.kind, ErrorKind::Runtime);
    let dotted = format!("import {0}.{0}", "a".repeat(200));
    assert_eq!(compiles(&dotted), Err("RuntimeError: name too long".to_string()));
    // A line of a megabyte.
    let line = format!("x = [{}]", "1, ".repeat(300_000));
    assert_eq!(compiles(&line), Ok(()));
    let string = format!("x = '{}'", "é".repeat(500_000));
    assert_eq!(compiles(&string), Ok(()));
    let number = format!("x = {}", "9".repeat(20_000));
    assert_eq!(compiles(&number), Ok(()));
    let arguments = format!("f({})", "1, ".repeat(256));
    assert_eq!(compiles(&arguments), Err("SyntaxError: too many args".to_string()));
    let jump = format!("while x:\n{}", " y(1, 2, 3, 4, 5, 6, 7)\n".repeat(3000));
    assert_eq!(compiles(&jump), Err("RuntimeError: bytecode overflow".to_string()));
}

const PIECES: &[&str] = &[
    "def f(a, b=1, *c, d, **e):\n",
    "class A(B):\n",
    " ",
    "  ",
    "\n",
    "\n ",
    "\n  ",
    "x",
    "y",
    "if ",
    "elif ",
    "else:",
    "for ",
    "in ",
    "while ",
    "try:",
    "except ",
    "finally:",
    "with ",
    "as ",
    "async ",
    "await ",
    "yield ",
    "from ",
    "import ",
    "lambda ",
    "return ",
    "global x\n",
    "nonlocal x\n",
    "del ",
    "assert ",
    "raise ",
    "not ",
    "and ",
    "or ",
    "is ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ";",
    ".",
    "=",
    ":=",
    "+=",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "@",
    "|",
    "^",
    "&",
    "<<",
    ">>",
    "~",
    "<",
    "==",
    "1",
    "0",
    "1.5",
    "2j",
    "10**20",
    "'s'",
    "\"t\"",
    "b'b'",
    "f'{x}'",
    "f\"{y!r:>{x}}\"",
    "t'{x}'",
    "'''",
    "\\",
    "#c\n",
    "None",
    "True",
    "...",
    "const(",
    "super()",
    "range(",
    "micropython.",
    "pass",
    "break",
    "continue",
    "x = const(1)\n",
    "\t",
    "\r",
    "\0",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_do_not_panic(text: Vec<u8>, level in 0u8..4) {
        for kind in [InputKind::File, InputKind::Single, InputKind::Eval] {
            let _ = support::with(&text, kind, level);
        }
    }

    #[test]
    fn arbitrary_pieces_do_not_panic(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60),
        level in 0u8..4,
    ) {
        let text = pieces.concat();
        for kind in [InputKind::File, InputKind::Single, InputKind::Eval] {
            if let Ok(unit) = support::with(text.as_bytes(), kind, level) {
                let mut file = allocator_api2::vec::Vec::new();
                prop_assert!(write(&unit, &mut file).is_ok());
                let target = Target { small_int_bits: 63, native_arch: 0 };
                prop_assert!(read_unit(&file, target, Global).is_ok());
                // Nothing we emit may be refused by the check that every loaded file must pass.
                prop_assert_eq!(verify_unit(&unit, 63), Ok(()), "{:?}", text);
            }
        }
    }

    #[test]
    fn random_programs_make_sound_code(seed: u64, level in 0u8..4) {
        let text = support::grammar::Grammar::program(seed);
        if let Ok(unit) = support::with(text.as_bytes(), InputKind::File, level) {
            prop_assert_eq!(verify_unit(&unit, 63), Ok(()), "{}", text);
        }
    }

    #[test]
    fn cut_and_changed_programs_do_not_panic(at: prop::sample::Index, byte: u8, cut: bool) {
        let mut text = include_bytes!("support/program.py").to_vec();
        let at = at.index(text.len());
        if cut { text.truncate(at) } else { text[at] = byte }
        let _ = support::file(&text);
    }
}
