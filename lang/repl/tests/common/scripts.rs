//! Dialogues with the friendly REPL: what is typed, and every byte answered,
//! first prompt included. All hold for the C program too.

use super::{Program, prints};

pub struct Script {
    pub name: &'static str,
    pub typed: &'static [u8],
    pub shown: &'static [u8],
    pub programs: &'static [Program],
    pub names: &'static [(&'static str, &'static [&'static str])],
}

const fn script(
    name: &'static str,
    typed: &'static [u8],
    shown: &'static [u8],
    programs: &'static [Program],
) -> Script {
    Script { name, typed, shown, programs, names: &[] }
}

const BLOCK: &str = "if 1:\n    print(1)\n    \n    \n";

pub const SCRIPTS: &[Script] = &[
    script("plain", b"1\r", b">>> 1\r\n1\r\n>>> ", &[prints("1", "1\r\n")]),
    script("empty lines", b"\r\r", b">>> \r\n>>> \r\n>>> ", &[]),
    script("cancel", b"abc\x03\x03", b">>> abc\r\n>>> \r\n>>> ", &[]),
    script(
        "history",
        b"1\r2\r2\r\x1b[A\x1b[A\x1b[A\x1b[B\r\x10\x10\x0e\x0e\x0e3\r",
        b">>> 1\r\n1\r\n>>> 2\r\n2\r\n>>> 2\r\n2\r\n>>> 2\x081\x082\r\n2\r\n>>> 2\x081\x082\x08\x1b[K3\r\n3\r\n>>> ",
        &[prints("1", "1\r\n"), prints("2", "2\r\n"), prints("3", "3\r\n")],
    ),
    script(
        "history keeps lines, not statements",
        b"(\r7)\r\x10\x10\r\x10\x10\r\r",
        b">>> (\r\n... 7)\r\n7\r\n>>> 7)\x08\x08\x1b[K(\r\n... (\x087)\r\n7\r\n>>> \r\n>>> ",
        &[prints("(\n7)", "7\r\n")],
    ),
    script(
        "block",
        b"if 1:\rprint(1)\r\r\r\r",
        b">>> if 1:\r\n...     print(1)\r\n...     \r\n...     \r\n... \r\n1\r\n>>> ",
        &[prints(BLOCK, "1\r\n"), prints("if 1:\n    print(1)\n    \n    ", "1\r\n")],
    ),
    script(
        "space after the indentation",
        b"if 0:\r  print(2)\r\r",
        b">>> if 0:\r\n...     \x08\x08\x08 print(2)\r\n... \r\n>>> ",
        &[],
    ),
    script(
        "tab after the indentation",
        b"if 0:\r\tprint(2)\r\r",
        b">>> if 0:\r\n...     print(2)\r\n... \r\n>>> ",
        &[],
    ),
    script(
        "backspace takes a level",
        b"if 0:\r2\r\x7f\r",
        b">>> if 0:\r\n...     2\r\n...     \x08\x08\x08\x08\x1b[K\r\n>>> ",
        &[],
    ),
    script(
        "backspace",
        b"abc\x7f\x08d\x01\x7f\x05 \x7f\x03",
        b">>> abc\x08\x1b[K\x08\x1b[Kd\x08\x08ad \x08\x1b[K\r\n>>> ",
        &[],
    ),
    script(
        "cursor keys",
        b"ad\x1b[Dbc\x1b[H_\x1b[3~\x1b[F!\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1bOH\x1b[C\x1bOF\x03",
        b">>> ad\x08bd\x08cd\x08\x08\x08\x08_abcd\x08\x08\x08\x08\x1b[Kbcd\x08\x08\x08bcd!\x1b[5D_bcd!\x1b[5D_bcd!\x1b[5D_bcd!\r\n>>> ",
        &[],
    ),
    script(
        "a long way back",
        b"abcdefghijkl\x01x\x03",
        b">>> abcdefghijkl\x1b[12Dxabcdefghijkl\x1b[12D\r\n>>> ",
        &[],
    ),
    script(
        "emacs keys",
        b"'boofar\x02\x02\x02\x0b\x01\x06\x04f\x05bar'\r",
        b">>> 'boofar\x08\x08\x08\x1b[K\x08\x08\x08\x08'\x1b[Koo\x08\x08foo\x08\x08oobar'\r\n'foobar'\r\n>>> ",
        &[prints("'foobar'", "'foobar'\r\n")],
    ),
    script("kill to the start", b"abcd\x02\x15\x15x\x03", b">>> abcd\x08\x08\x08\x08\x1b[Kd\x08d\x08xd\x08\r\n>>> ", &[]),
    script(
        "words",
        b"234\x1bb1 \x1bf4\x17\x1b\x7f9\x03",
        b">>> 234\x08\x08\x081234\x08\x08\x08 234\x08\x08\x082344\x08\x08\x08\x08\x1b[K\x08\x08\x1b[K9\r\n>>> ",
        &[],
    ),
    script(
        "words by control and arrow",
        b"foo_bar  baz\x1b[1;5D\x1b[1;5D\x1bd\x1b[1;5C!\x03",
        b">>> foo_bar  baz\x08\x08\x08\x1b[5D\x1b[K  baz\x1b[5D  baz!\r\n>>> ",
        &[],
    ),
    script(
        "Ctrl-D ends a statement",
        b"if 1: 5\r\x08\x04",
        b">>> if 1: 5\r\n... 5\r\n>>> ",
        &[prints("if 1: 5", "5\r\n")],
    ),
    script(
        "Ctrl-C drops a statement",
        b"(1,\rabc\x031\r",
        b">>> (1,\r\n... abc\r\n>>> 1\r\n1\r\n>>> ",
        &[prints("1", "1\r\n")],
    ),
    Script {
        name: "completion",
        typed: b"abc=1\rabd=2\rab\t\tc\x02\tx\x03zz\t\x03imp\ts\x03",
        shown: b">>> abc=1\r\n>>> abd=2\r\n>>> ab\r\nabc             abd\r\n>>> ab\r\nabc             abd\r\n>>> abc\x08\r\nabc             abd\r\n>>> abc\x08xc\x08\r\n>>> zz\r\n>>> import s\r\n>>> ",
        programs: &[],
        names: &[("", &["abd", "abc"])],
    },
    Script {
        name: "completion of attributes",
        typed: b"x='A'\r1, x.isdi\t()\rx.low\t()\rx.nope.\t\x03None.\t\x03.\t\x031.\t\x03",
        shown: b">>> x='A'\r\n>>> 1, x.isdigit()\r\n(1, False)\r\n>>> x.lower()\r\n'a'\r\n>>> x.nope.\r\n>>> None.\r\n>>> .\r\n>>> 1.\r\n>>> ",
        programs: &[
            prints("1, x.isdigit()", "(1, False)\r\n"),
            prints("x.lower()", "'a'\r\n"),
        ],
        names: &[("", &["x"]), ("x", &["lower", "isdigit", "isalpha", "upper"])],
    },
    Script {
        name: "completion of modules",
        typed: b"import mat\t\x03import mat, mat\t\x03mat\t\x03",
        shown: b">>> import math\r\n>>> import mat, math\r\n>>> mat\r\n>>> ",
        programs: &[],
        names: &[("import", &["math", "sys"])],
    },
    Script {
        name: "a tab after white space is four spaces",
        typed: b"1 \t2\x03",
        shown: b">>> 1     2\r\n>>> ",
        programs: &[],
        names: &[("", &["x"])],
    },
    script(
        "paste",
        b"\x05print(3)\rif 1:\r\r print(4)\x04",
        b">>> \r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== print(3)\r\n=== if 1:\r\n=== \r\n===  print(4)\r\n3\r\n4\r\n>>> ",
        &[prints("print(3)\nif 1:\n\n print(4)", "3\r\n4\r\n")],
    ),
    script(
        "paste cancelled",
        b"\x05print(3)\x031\r",
        b">>> \r\npaste mode; Ctrl-C to cancel, Ctrl-D to finish\r\n=== print(3)\r\n>>> 1\r\n1\r\n>>> ",
        &[prints("1", "1\r\n")],
    ),
];
