//! Both engines against each other, and against the crate `regex`, which finds the same match by another way.

use krait_regex::{Anchor, Build, NONE, Program, Search, Stop, compile};
use proptest::prelude::*;

#[derive(Default)]
struct Buffer(Vec<u8>);

impl Build for Buffer {
    fn bytes(&self) -> &[u8] {
        &self.0
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
    fn grow(&mut self, n: usize) -> bool {
        self.0.resize(self.0.len() + n, 0);
        true
    }
    fn truncate(&mut self, n: usize) {
        self.0.truncate(n);
    }
    fn name(&mut self, _: &str, _: usize) -> bool {
        true
    }
}

fn program(pattern: &str) -> Option<Vec<u8>> {
    let mut b = Buffer::default();
    compile(pattern.as_bytes(), true, 0, &mut b).ok()?;
    Some(b.0)
}

fn find(program: &[u8], text: &str, anchor: Anchor, pike: bool) -> Option<Vec<u32>> {
    let p = Program::new(program);
    let mut s = Search { program: p, utf8: !text.is_ascii(), stack_max: 4096, pike };
    let mut memory = vec![0; s.memory()];
    loop {
        match s.find(text.as_bytes(), 0, anchor, &mut memory, &mut || false) {
            Ok(true) => return Some(memory[..2 * p.groups()].to_vec()),
            Ok(false) => return None,
            Err(Stop::Memory(n)) => memory.resize(n, 0),
            Err(Stop::Interrupted) => panic!("nobody interrupted"),
        }
    }
}

/// Patterns that mean the same in both dialects. Where an iteration of a loop can take nothing, the engines may prefer
/// different matches, as Python and the crate do; `nothing` allows such loops.
fn pattern(nothing: bool) -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => "[abc]".prop_map(|s| s),
        1 => Just("é".to_string()),
        1 => Just("(?s:.)".to_string()),
        1 => Just("[ab]".to_string()),
        1 => Just("[^a]".to_string()),
        1 => Just("[b-é]".to_string()),
        1 => Just("^".to_string()),
        1 => Just("$".to_string()),
        1 => Just("".to_string()),
    ];
    atom.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|v| v.concat()),
            2 => prop::collection::vec(inner.clone(), 1..4).prop_map(|v| format!("(?:{})", v.join("|"))),
            2 => inner.clone().prop_map(|s| format!("({s})")),
            3 => (inner, prop::sample::select(vec!["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{0,2}?", "{2,}", "{,2}"]))
                .prop_map(move |(s, r)| {
                    let endless = r.starts_with(['*', '+']) || r == "{2,}";
                    if endless && !nothing { format!("(?:{s}[a-d]){r}") } else { format!("(?:{s}){r}") }
                }),
        ]
    })
}

fn ours(pattern: &str) -> String {
    pattern.replace("(?s:.)", ".")
}

fn theirs(pattern: &str) -> String {
    pattern.replace("{,2}", "{0,2}").replace("$", "\\z")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn the_same_span(p in pattern(false), text in "[abcdé]{0,12}") {
        let Some(code) = program(&ours(&p)) else { return Err(TestCaseError::fail(format!("refused: {p}"))) };
        let oracle = regex::Regex::new(&theirs(&p)).unwrap();
        let expected = oracle.find(&text).map(|m| vec![m.start() as u32, m.end() as u32]);
        for pike in [false, true] {
            let got = find(&code, &text, Anchor::Search, pike).map(|r| r[..2].to_vec());
            prop_assert_eq!(&got, &expected, "pike: {}, pattern {}", pike, p);
        }
    }

    #[test]
    fn the_same_span_in_both_engines(p in pattern(false), text in "[abcdé]{0,12}") {
        let Some(code) = program(&ours(&p)) else { return Ok(()) };
        for anchor in [Anchor::Search, Anchor::Match, Anchor::Full] {
            let one = find(&code, &text, anchor, false);
            let two = find(&code, &text, anchor, true);
            prop_assert_eq!(one.as_ref().map(|r| &r[..2]), two.as_ref().map(|r| &r[..2]), "pattern {}", p);
        }
    }

    #[test]
    fn the_same_begin_whatever_the_loops(p in pattern(true), text in "[abcdé]{0,12}") {
        let Some(code) = program(&ours(&p)) else { return Ok(()) };
        let oracle = regex::Regex::new(&theirs(&p)).unwrap();
        for anchor in [Anchor::Search, Anchor::Full] {
            let one = find(&code, &text, anchor, false).map(|r| r[0]);
            prop_assert_eq!(one, find(&code, &text, anchor, true).map(|r| r[0]), "pattern {}", p);
            if anchor == Anchor::Search {
                prop_assert_eq!(one, oracle.find(&text).map(|m| m.start() as u32), "pattern {}", p);
            }
        }
    }

    #[test]
    fn groups_as_theirs(p in pattern(false), text in "[abc]{0,8}") {
        // Where an iteration can take nothing their groups differ from Python's.
        if p.contains(['*', '+']) || p.contains("{2,}") {
            return Ok(());
        }
        let Some(code) = program(&ours(&p)) else { return Ok(()) };
        let oracle = regex::Regex::new(&theirs(&p)).unwrap();
        let Some(c) = oracle.captures(&text) else { return Ok(()) };
        let span = |m: Option<regex::Match<'_>>| m.map_or([NONE; 2], |m| [m.start() as u32, m.end() as u32]);
        let expected: Vec<u32> = c.iter().flat_map(span).collect();
        for pike in [false, true] {
            prop_assert_eq!(find(&code, &text, Anchor::Search, pike), Some(expected.clone()), "pattern {}", p);
        }
    }

    #[test]
    fn any_pattern_ends(pattern: Vec<u8>, text: Vec<u8>, utf8: bool) {
        let mut b = Buffer::default();
        if compile(&pattern, utf8, 0, &mut b).is_ok() {
            let p = Program::new(&b.0);
            let mut s = Search { program: p, utf8, stack_max: 512, pike: false };
            let mut memory = vec![0; s.memory()];
            while let Err(Stop::Memory(n)) = s.find(&text, 0, Anchor::Search, &mut memory, &mut || false) {
                memory.resize(n, 0);
            }
        }
    }
}

fn groups(pattern: &str, text: &str) -> Option<Vec<Option<String>>> {
    let code = program(pattern)?;
    let r = find(&code, text, Anchor::Search, false)?;
    let two = find(&code, text, Anchor::Search, true)?;
    // The groups of an iteration that takes nothing are the backtracking engine's alone.
    assert!(r == two || pattern == "(a*)*", "{pattern}");
    Some(r.chunks(2).map(|p| (p[0] != NONE).then(|| text[p[0] as usize..p[1] as usize].to_string())).collect())
}

#[test]
fn groups_are_pythons() {
    let some = |v: &[&str]| Some(v.iter().map(|s| Some(s.to_string())).collect::<Vec<_>>());
    assert_eq!(groups("(a*)*", "aaa"), some(&["aaa", ""]));
    assert_eq!(groups("(a|ab)(c|bcd)(d*)", "abcd"), some(&["abcd", "a", "bcd", ""]));
    assert_eq!(groups("(a+?)(a*)", "aaa"), some(&["aaa", "a", "aa"]));
    assert_eq!(
        groups("([0-9]*)(([a-z]*)([0-9]*))", "1234hello567"),
        some(&["1234hello567", "1234", "hello567", "hello", "567"])
    );
    assert_eq!(groups("(?P<x>\\d{3})-(\\d{2,4})", "tel 555-12345"), some(&["555-1234", "555", "1234"]));
    assert_eq!(groups("(a)?b(c)", "bc"), Some(vec![Some("bc".into()), None, Some("c".into())]));
    assert_eq!(groups("\\bfoo\\b", "a foo b"), some(&["foo"]));
    assert_eq!(groups("[\\]a-]+", "x]-a"), some(&["]-a"]));
    assert_eq!(groups("[]a]+", "x]a"), some(&["]a"]));
    assert_eq!(groups("{3}a{x", "{3}a{x"), some(&["{3}a{x"]));
    assert_eq!(groups("\\x41\\u00e9\\n", "Aé\n"), some(&["Aé\n"]));
    assert_eq!(groups("(?i)HeLLo[x-z]", "hEllOY"), some(&["hEllOY"]));
}

#[test]
fn errors() {
    for bad in [
        "?", "*", "+", ")", "(", "[", "([", "([)", "[a\\]", "a**", "a{2}{3}", "\\", "(?=a)", "(a)\\1", "(?P<1>a)",
        "(?x)a", "[z-a]", "a{3,2}", "\\xg", "(?<=a)",
    ] {
        assert!(program(bad).is_none(), "{bad}");
    }
    assert!(program(&"(".repeat(5000)).is_none());
    assert!(program("((a{1000}){1000}){1000}").is_none());
    assert!(program(&"(a)".repeat(100)).is_none());
}

#[test]
fn time_is_bounded() {
    let n = 20_000;
    let text = "a".repeat(n);
    for pattern in
        ["(a*)*b", "(a|aa)+$b", "(a|a)*b", "a*a*a*a*b", "(.*)(.*)(.*)(.*)x", "(?:a?){50}a{50}b", "\\w+\\s", "(a+)+b"]
    {
        let code = program(pattern).unwrap();
        let begin = std::time::Instant::now();
        assert_eq!(find(&code, &text, Anchor::Search, false), None, "{pattern}");
        assert!(begin.elapsed().as_secs() < 20, "{pattern}: {:?}", begin.elapsed());
    }
}

#[test]
fn it_can_be_stopped() {
    let code = program("(a*)*b").unwrap();
    let text = "a".repeat(200_000);
    let mut s = Search { program: Program::new(&code), utf8: false, stack_max: 256, pike: false };
    let mut memory = vec![0; 4096];
    assert_eq!(s.find(text.as_bytes(), 0, Anchor::Search, &mut memory, &mut || true), Err(Stop::Interrupted));
}
