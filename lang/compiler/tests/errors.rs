//! Messages and lines of errors, as the reference's compiler gives them.

mod support;

use krait_compiler::{CompileError, ErrorKind, InputKind};

fn check(kind: InputKind, cases: &[(&str, &str, u32)]) {
    for (text, message, line) in cases {
        let error: CompileError = match support::with(text.as_bytes(), kind, 0) {
            Err(error) => error,
            Ok(_) => panic!("accepted: {text:?}"),
        };
        assert_eq!((error.to_string().as_str(), error.line), (*message, *line), "{text:?}");
    }
}

const INVALID: &str = "SyntaxError: invalid syntax";

#[test]
fn grammar() {
    check(
        InputKind::File,
        &[
            ("x = (1\n", INVALID, 2),
            ("x=1)", INVALID, 1),
            ("\nx y\n", INVALID, 2),
            ("def f(", INVALID, 2),
            ("x='abc", INVALID, 1),
            ("\n\nx='''abc\n\n", INVALID, 3),
            ("x=$", INVALID, 1),
            ("a!b", INVALID, 1),
            ("x.None", INVALID, 1),
            ("x=a not b", INVALID, 1),
            ("with a as b as c:d", INVALID, 1),
            ("f(a for a in b", INVALID, 2),
            ("x=[a,b for a in c]", INVALID, 1),
            ("try:a\n", INVALID, 2),
            ("print 'a'", INVALID, 1),
            ("x={**a}", INVALID, 1),
            ("def f(a,/,b):pass", INVALID, 1),
            ("if a: if b: c", INVALID, 1),
            ("  x", "IndentationError: unexpected indent", 1),
            ("if x:\n a\n  b", "IndentationError: unexpected indent", 3),
            ("if x:\n  a\n b", "IndentationError: unindent doesn't match any outer indent level", 2),
            ("x=0b12", "SyntaxError: invalid syntax for integer with base 2: '12'", 1),
            ("x=\\\n012", "SyntaxError: invalid syntax for integer with base 0: '012'", 2),
            ("x=1a", "SyntaxError: invalid syntax for integer with base 10: '1a'", 1),
            ("x=0xg", "SyntaxError: invalid syntax for integer with base 16: 'g'", 1),
            ("x=1.e", "SyntaxError: invalid syntax for number", 1),
            ("x=0xffj", "SyntaxError: invalid syntax for number", 1),
            ("x='\\xg'", INVALID, 1),
            ("x='\\U00110000'", INVALID, 1),
            ("x=b'\\400'", INVALID, 1),
            ("x='\\N{DIGIT ONE}'", "NotImplementedError: unicode name escapes", 0),
            ("x=f'{}'", "SyntaxError: malformed f-string", 1),
            ("x=f'{=}'", "SyntaxError: malformed f-string", 1),
            ("x=t'}'", "SyntaxError: malformed f-string", 1),
            ("x=t'{ }'", "SyntaxError: malformed f-string", 1),
            ("\nX=const(a)", "SyntaxError: not a constant", 2),
            ("X=const()", "SyntaxError: not a constant", 1),
        ],
    );
}

#[test]
fn meaning() {
    check(
        InputKind::File,
        &[
            ("\nbreak", "SyntaxError: 'break'/'continue' outside loop", 2),
            ("return", "SyntaxError: 'return' outside function", 1),
            ("x=yield", "SyntaxError: 'yield' outside function", 1),
            ("class A:\n\n yield 1", "SyntaxError: 'yield' outside function", 3),
            ("await x", "SyntaxError: 'await' outside function", 1),
            ("async for x in y:pass", "SyntaxError: async for/with outside async function", 1),
            ("x=[*a]", "SyntaxError: *x must be assignment target", 1),
            ("1=a", "SyntaxError: can't assign to expression", 1),
            ("a\nb\nf()=1", "SyntaxError: can't assign to expression", 3),
            ("a,b+=1", "SyntaxError: can't assign to expression", 1),
            ("*a,*b=c", "SyntaxError: multiple *x in assignment", 1),
            ("del 1", "SyntaxError: can't delete expression", 1),
            ("nonlocal a", "SyntaxError: can't declare nonlocal in outer code", 1),
            ("def f():\n nonlocal a", "SyntaxError: no binding for nonlocal found", 2),
            ("def f(a):\n global a", "SyntaxError: identifier redefined as global", 2),
            ("def f():\n a\n nonlocal a", "SyntaxError: identifier redefined as nonlocal", 3),
            ("def f(a,a):pass", "SyntaxError: argument name reused", 1),
            ("def f(a=1,b):pass", "SyntaxError: non-default argument follows default argument", 1),
            ("def f(**a,b):pass", INVALID, 1),
            ("f(a=1,b)", "SyntaxError: positional arg after keyword arg", 1),
            ("f(**a,b)", "SyntaxError: positional arg after **", 1),
            ("f(a=1,b:=2)", "SyntaxError: positional arg after keyword arg", 1),
            ("f(a=1,b for b in c)", "SyntaxError: positional arg after keyword arg", 1),
            ("f(**a,*b)", "SyntaxError: * arg after **", 1),
            ("f(a=1,*b)", "SyntaxError: * arg after kwarg", 1),
            ("f(1=2)", "SyntaxError: LHS of keyword arg must be an id", 1),
            ("{a:b,c}", "SyntaxError: expecting key:value for dict", 1),
            ("{a,b:c}", "SyntaxError: expecting just a value for set", 1),
            ("try:a\nexcept:b\nexcept A:c", "SyntaxError: default 'except' must be last", 2),
            ("def f():\n from a import *", "SyntaxError: import * not at module level", 2),
            ("@micropython.viper\ndef f():pass", "SyntaxError: invalid arch", 1),
            ("class A:\n def f():\n  super()", "SyntaxError: super() can't find self", 3),
        ],
    );
}

#[test]
fn the_error_that_the_reference_meets_first() {
    check(
        InputKind::File,
        &[
            // The grammar of the whole text before the meaning of any of it.
            ("return\nx y", INVALID, 2),
            // Outer scopes before inner ones.
            ("def f():\n break\nreturn", "SyntaxError: 'return' outside function", 3),
            ("def f():\n def g():\n  break\ndef h():\n nonlocal a", "SyntaxError: no binding for nonlocal found", 5),
        ],
    );
}

#[test]
fn other_inputs() {
    check(InputKind::Eval, &[("", INVALID, 1), ("1 2", INVALID, 1), ("a=1", INVALID, 1)]);
    check(InputKind::Single, &[("a\nb", INVALID, 2), ("return", "SyntaxError: 'return' outside function", 1)]);
    assert!(support::with(b"1\n\n", InputKind::Eval, 0).is_ok());
    assert!(support::with(b"\n", InputKind::Single, 0).is_ok());
    assert!(support::with(b"if a:\n b\n", InputKind::Single, 0).is_ok());
}

#[test]
fn blocks_are_named() {
    let error = support::file(b"class A:\n def f(self):\n  break").err().unwrap();
    assert_eq!(error.block.unwrap().as_bytes(), b"f");
    let error = support::file(b"x=lambda: (1:=2)").err().unwrap();
    assert_eq!(error.kind, ErrorKind::Syntax);
    let error = support::file(b"return").err().unwrap();
    assert_eq!(error.block.unwrap().as_bytes(), b"<module>");
    assert_eq!(support::file(b"x y").err().unwrap().block, None);
}
