//! Input that means harm: each ends in the right exception and exit status, and none outlives a Ctrl-C.
//!
//! The surprising fact: these are run with a heap that is large enough for the input, too, since a small one would
//! stop most of them with a MemoryError before they reach what they are meant to break.
#![forbid(unsafe_code)]

mod common;

use common::{End, Ran, interrupt, run};

const LARGE: [&str; 2] = ["-X", "heapsize=256m"];

/// Runs a text with the usual heap and with a large one.
fn both(text: &[u8]) -> [Ran; 2] {
    [run(&[], text), run(&LARGE, text)]
}

/// It ended by itself, with the status 0, or with 1 and one of these exceptions.
fn ends_well(what: &str, text: &[u8], exceptions: &[&str]) {
    for ran in both(text) {
        match ran.end {
            End::Status(0) => {}
            End::Status(1) => {
                let last = ran.err.trim_end().lines().next_back().unwrap_or("");
                assert!(exceptions.iter().any(|e| last.starts_with(e)), "{what}: {last}");
            }
            other => panic!("{what}: {other:?}: {}", ran.err),
        }
    }
}

/// It ended with this exception, whatever the heap.
fn raises(what: &str, text: &str, exception: &str) {
    for ran in both(text.as_bytes()) {
        assert_eq!(ran.end, End::Status(1), "{what}: {}", ran.err);
        let last = ran.err.trim_end().lines().next_back().unwrap_or("");
        assert!(last.starts_with(exception), "{what}: {last}");
    }
}

#[test]
fn nested_text() {
    let deep =
        |open: &str, middle: &str, close: &str, n: usize| format!("x={}{middle}{}\n", open.repeat(n), close.repeat(n));
    let allowed = ["MemoryError", "RuntimeError", "SyntaxError"];
    for (open, middle, close) in
        [("(", "1", ")"), ("[", "", "]"), ("{1:", "1", "}"), ("-", "1", ""), ("not ", "1", ""), ("lambda:", "1", "")]
    {
        ends_well(open, deep(open, middle, close, 100_000).as_bytes(), &allowed);
    }
    let blocks: String = (0..2000).map(|i| format!("{}if 1:\n", " ".repeat(i))).collect();
    let last = format!("{}pass\n", " ".repeat(2000));
    ends_well("blocks", (blocks + &last).as_bytes(), &allowed);
}

#[test]
fn long_lines() {
    let n = 10_000_000;
    let allowed = ["MemoryError", "RuntimeError"];
    ends_well("string", format!("x='{}'\n", "a".repeat(n)).as_bytes(), &allowed);
    ends_well("comment", format!("#{}\n", "a".repeat(n)).as_bytes(), &allowed);
    ends_well("name", format!("{}=1\n", "a".repeat(n)).as_bytes(), &allowed);
    ends_well("list", format!("x=[{}]\n", "1,".repeat(n / 2)).as_bytes(), &allowed);
    let [_, large] = both(format!("x='{}'\nprint(len(x))\n", "a".repeat(n)).as_bytes());
    assert_eq!(large.out, "10000000\n");
}

#[test]
fn bytes_that_are_no_text() {
    for text in
        [&b"x=1\0\n"[..], b"x='a\0b'\n", b"\0", b"x='\xff\xfe\xc3'\n", b"\xff=1\n", b"# \xc3\x28\n", b"x=b'\x80'\n"]
    {
        ends_well("bytes", text, &["SyntaxError", "UnicodeError", "NameError"]);
    }
}

#[test]
fn endless_recursion() {
    let too_deep = "RuntimeError: maximum recursion depth exceeded";
    raises("function", "def f(): return f()+1\nf()\n", too_deep);
    for (method, use_it) in [
        ("__repr__(self): return repr(self)", "repr(a)"),
        ("__eq__(self, o): return o == self", "a == A()"),
        ("__add__(self, o): return self + o", "a + 1"),
        ("__getattr__(self, n): return getattr(self, n)", "a.x"),
        ("__call__(self): return self()", "a()"),
        ("__getitem__(self, i): return self[i]", "a[0]"),
        ("__iter__(self): return iter(self)", "list(a)"),
        ("__hash__(self): return hash(self)", "{a: 1}"),
        ("__contains__(self, o): return o in self", "1 in a"),
        ("__len__(self): return len(self)", "len(a)"),
        ("__init__(self, b=1): b and A()", "A()"),
    ] {
        let init = if method.contains("__init__") { "" } else { "a = A()\n" };
        raises(method, &format!("class A:\n def {method}\n{init}{use_it}\n"), too_deep);
    }
    raises("yield from", "def g(): yield from g()\nlist(g())\n", too_deep);
    raises("self in itself", "l = []; l.append(l)\nprint(l)\n", too_deep);
    raises("comparison", "l = []; l.append(l)\nm = []; m.append(m)\nl == m\n", too_deep);
    raises("dicts", "d = {}; d[1] = d\nrepr(d)\n", too_deep);
}

#[test]
fn too_large() {
    for text in [
        "[0]*10**9",
        "'x'*10**10",
        "(0,)*10**15",
        "bytearray(10**12)",
        "b'x'*10**18",
        "' '.center(10**15)",
        "'%1000000000d' % 1",
        "'{:1000000000d}'.format(1)",
        "1 << 10**10",
        "bytearray(b'a')*2**62",
        "list(range(10**18))",
    ] {
        raises(text, text, "MemoryError");
    }
    raises("count", "[0]*2**63", "OverflowError");
}

#[test]
fn classes_in_a_circle() {
    let text = "class A: pass\nclass B(A): pass\ntry:\n A.__bases__ = (B,)\nexcept (AttributeError, TypeError): pass\n\
                print(issubclass(A, B), isinstance(A(), B))\n\
                A.a = A\nprint(A.a.a.a is A)\n\
                try:\n A().nothing\nexcept AttributeError: print('none')\n";
    for ran in both(text.as_bytes()) {
        assert_eq!((ran.end, ran.out.as_str()), (End::Status(0), "False False\nTrue\nnone\n"), "{}", ran.err);
    }
    let text = "c = object\nfor i in range(300): c = type('c', (c,), {})\n\
                try: c().nothing\nexcept (AttributeError, RuntimeError): print('none')\nprint(issubclass(c, object))\n";
    for ran in both(text.as_bytes()) {
        assert_eq!((ran.end, ran.out.as_str()), (End::Status(0), "none\nTrue\n"), "{}", ran.err);
    }
}

/// What keeps a program busy, each in its own way.
const BUSY: [&str; 12] = [
    "while True: pass",
    "while True: 10**10**6",
    "10**10**7",
    "str(7**7**7)",
    "import time\nwhile True: time.sleep(100)",
    "def f(): return f()+1\nwhile True:\n try: f()\n except RuntimeError: pass",
    "l = []; l.append(l)\nwhile True:\n try: repr(l)\n except RuntimeError: pass",
    "l = []; l.append(l); m = []; m.append(m)\nwhile True:\n try: l == m\n except RuntimeError: pass",
    "while True:\n try: [0]*10**9\n except MemoryError: pass",
    "sum(range(10**15))",
    "while True: sorted(range(10000), key=lambda x: -x)",
    "while True:\n try: exec('(' * 10000 + '1' + ')' * 10000)\n except (MemoryError, RuntimeError): pass",
];

#[test]
fn interrupted() {
    for text in BUSY {
        let ran = interrupt(&["-X", "heapsize=64m"], text);
        assert_eq!(ran.end, End::Status(1), "{text}: {}", ran.err);
        assert!(
            ran.err.trim_end().ends_with("KeyboardInterrupt:") || ran.err.contains("KeyboardInterrupt"),
            "{text}: {}",
            ran.err
        );
    }
}

#[test]
fn the_prompt_survives() {
    let mut prompt = common::Prompt::start(&["-X", "heapsize=64m"]);
    for text in BUSY {
        prompt.run_and_interrupt(text);
        prompt.answers();
    }
    for text in
        ["l = []; l.append(l); print(l)", "[0]*10**9", "def f(): return f()+1", "f()", "'\u{e4}' + 1", "x = '\0'"]
    {
        prompt.run(text);
        prompt.answers();
    }
    prompt.leave();
}
