//! Texts and the tokens they give.

use std::string::String;
use std::vec::Vec;

use allocator_api2::alloc::Global;

use super::Lexer;
use crate::token::Token::{self, *};

/// Every token with its line, and the texts of names, numbers and strings.
fn lex(text: &str) -> (Vec<(Token, u32)>, Vec<String>) {
    let mut source = text.as_bytes();
    let mut lexer = Lexer::new(&mut source, true, Global);
    lexer.start().unwrap();
    let (mut tokens, mut texts) = (Vec::new(), Vec::new());
    loop {
        tokens.push((lexer.token, lexer.line));
        if matches!(lexer.token, Name | Integer | Float | Str | Bytes) {
            texts.push(String::from_utf8_lossy(lexer.text()).into_owned());
        }
        if matches!(lexer.token, End | Invalid | MalformedFormat | BadDedent) {
            return (tokens, texts);
        }
        lexer.advance().unwrap();
    }
}

fn tokens(text: &str) -> Vec<Token> {
    lex(text).0.into_iter().map(|t| t.0).collect()
}

#[test]
fn operators_take_as_much_as_they_can() {
    for (text, expected) in [
        ("<<=", &[ShiftLeftAssign][..]),
        ("<<", &[ShiftLeft]),
        ("<=", &[LessEqual]),
        ("< <", &[Less, Less]),
        ("**=", &[StarStarAssign]),
        ("***", &[StarStar, Star]),
        ("//=/", &[SlashSlashAssign, Slash]),
        (":=:", &[Walrus, Colon]),
        ("->-", &[Arrow, Minus]),
        ("-=", &[MinusAssign]),
        ("!=", &[NotEqual]),
        ("...", &[Ellipsis]),
        ("..", &[Period, Period]),
        ("@=@", &[AtAssign, At]),
        ("===", &[Equal, Assign]),
        ("~^|&", &[Tilde, Caret, Pipe, Ampersand]),
    ] {
        let mut expected = expected.to_vec();
        expected.extend([Newline, End]);
        assert_eq!(tokens(text), expected, "{text}");
    }
    assert_eq!(tokens("!"), [Invalid]);
    assert_eq!(tokens("a ? b"), [Name, Invalid]);
}

#[test]
fn words() {
    assert_eq!(tokens("if iff None __debug__ async _a"), [If, Name, None, True, Async, Name, Newline, End]);
    assert_eq!(lex("café ñ1 _").1, ["café", "ñ1", "_"]);
}

#[test]
fn numbers_lose_underscores() {
    for (text, kind, expected) in [
        ("1_000", Integer, "1000"),
        ("0x_fF", Integer, "0xfF"),
        ("0b1__0", Integer, "0b10"),
        ("1.5", Float, "1.5"),
        (".5", Float, ".5"),
        ("5.", Float, "5."),
        ("1E+5", Float, "1e+5"),
        ("1e5j", Float, "1e5j"),
        ("2J", Float, "2J"),
        ("0xe+1", Integer, "0xe"),
        ("1_j", Float, "1j"),
    ] {
        let (tokens, texts) = lex(text);
        assert_eq!((tokens[0].0, texts[0].as_str()), (kind, expected), "{text}");
    }
}

#[test]
fn strings_are_decoded_and_joined() {
    for (text, expected) in [
        (r#"'a' "b" '''c''' "#, "abc"),
        (r"'\x41\101\u0041\U00000041'", "AAAA"),
        (r"'\n\t\\\'\q'", "\n\t\\'\\q"),
        (r"'\18\08'", "\u{1}8\u{0}8"),
        (r"r'\n' u'é'", "\\né"),
        ("'a\\\nb'", "ab"),
        ("'''a\r\nb\rc'''", "a\nb\nc"),
        ("'''a''b'''", "a''b"),
        (r"'\400'", "Ā"),
    ] {
        let (tokens, texts) = lex(text);
        assert_eq!((tokens[0].0, texts[0].as_str()), (Str, expected), "{text}");
    }
    assert_eq!(tokens("b'a' rb'b' br'c'"), [Bytes, Newline, End]);
    assert_eq!(tokens("'a' b'b'"), [Str, Bytes, Newline, End]);
    assert_eq!(lex(r"b'\u0041\xff'").0[0].0, Bytes);
    for text in ["'a", "'a\nb'", "'''a", r"'\x4'", r"'\U00110000'", r"b'\400'", "B'a'x'"] {
        assert!(tokens(text).contains(&Invalid), "{text}");
    }
}

#[test]
fn f_strings_become_calls() {
    for (text, expected) in [
        ("f'a{b}c'", &["a{}c", "format", "b"][..]),
        ("f'{a!r:>{b}}'", &["{!r:>{}}", "format", "a", "b"]),
        ("f'{a=}'", &["a={}", "format", "a"]),
        ("f'{{{a}}}'", &["{{{}}}", "format", "a"]),
        ("f'{a}' '{' f'{b}'", &["{}{{}", "format", "a", "b"]),
        ("f'{d[\"k:\"]}'", &["{}", "format", "d", "k:"]),
        ("f'{f\"{a}\"}'", &["{}", "format", "{}", "format", "a"]),
        ("f'{a!=b}'", &["{}", "format", "a", "b"]),
        ("f''", &["", "format"]),
        ("rf'\\n{a}'", &["\\n{}", "format", "a"]),
    ] {
        assert_eq!(lex(text).1, expected, "{text}");
    }
    assert_eq!(
        tokens("f'{a}'"),
        [Str, Period, Name, ParenOpen, ParenOpen, Name, ParenClose, Comma, ParenClose, Newline, End]
    );
    for text in ["f'{}'", "f'{=}'"] {
        assert_eq!(tokens(text), [MalformedFormat], "{text}");
    }
}

#[test]
fn t_strings_become_calls() {
    for (text, expected) in [
        ("t'a{b!r:>5}c'", &["__template__", "a", "c", "b", "b", "r", ">5"][..]),
        ("t'{{a}}'", &["__template__", "{a}"]),
        ("t'{a=}'", &["__template__", "a=", "", "a", "a", "r", ""]),
        ("t'{a = !r}'", &["__template__", "", "", "a", "a =", "r", ""]),
        ("t'{a:{b}}'", &["__template__", "", "", "a", "a", "{}", "format", "b"]),
        (r"rt'\n{a}\\'", &["__template__", r"\n", r"\\", "a", "a", ""]),
        (r#"t'''"{a}"'''"#, &["__template__", "\"", "\"", "a", "a", ""]),
        ("t'''a\nb'''", &["__template__", "a\nb"]),
    ] {
        assert_eq!(lex(text).1, expected, "{text}");
    }
    for text in ["t'}'", "t'{}'", "t'{ }'", "t'{a'", "t'{a:b'"] {
        assert_eq!(tokens(text), [MalformedFormat], "{text}");
    }
    assert_eq!(tokens("t'a")[0], Invalid);
}

#[test]
fn blocks_and_lines() {
    let text = "if a:\n  b\n\n  # c\n  d\ne\n";
    let expected = [
        (If, 1),
        (Name, 1),
        (Colon, 1),
        (Newline, 1),
        (Indent, 5),
        (Name, 2),
        (Newline, 2),
        (Name, 5),
        (Newline, 5),
        (Dedent, 6),
        (Name, 6),
        (Newline, 6),
        (End, 7),
    ];
    let found = lex(text).0;
    let kinds = |t: &[(Token, u32)]| t.iter().map(|t| t.0).collect::<Vec<_>>();
    assert_eq!(kinds(&found), kinds(&expected));
    for ((token, line), (_, wanted)) in found.into_iter().zip(expected) {
        // Indents stand wherever the next token does.
        if token != Indent {
            assert_eq!(line, wanted, "{token:?}");
        }
    }
    assert_eq!(tokens("if a:\n  b\n c"), [If, Name, Colon, Newline, Indent, Name, BadDedent]);
    assert_eq!(tokens("  a"), [Indent, Newline, End]);
    assert_eq!(tokens("(\n a\n)"), [ParenOpen, Name, ParenClose, Newline, End]);
    assert_eq!(tokens("a \\\n b"), [Name, Name, Newline, End]);
    // A tab reaches to the next multiple of eight.
    assert_eq!(
        tokens("if a:\n\tb\n        c"),
        [If, Name, Colon, Newline, Indent, Name, Newline, Name, Newline, Dedent, End]
    );
    assert_eq!(tokens(""), [End]);
}
