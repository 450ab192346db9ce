//! Judges an output against an expectation.
//!
//! The suite's patterned expectations are text in which a backslash switches the *meaning* of the
//! next character: `.` is a full stop, `\.` is "any character". A line of eight `#` stands for any
//! number of lines. The greeting of a prompt is never compared beyond its first word: it names the
//! version, the build and the wording of the release.

use regex_lite::Regex;

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judged {
    /// As expected.
    Same,
    /// Not as expected: the expectation and the output, for a diff.
    Different(String, String),
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Byte for byte.
#[must_use]
pub fn exact(expected: &[u8], output: &[u8]) -> Judged {
    if expected == output { Judged::Same } else { Judged::Different(text(expected), text(output)) }
}

/// Line for line, by pattern.
#[must_use]
pub fn patterned(expected: &[u8], output: &[u8]) -> Judged {
    let expected = text(expected);
    let output = text(output);
    let wanted: Vec<&str> = expected.split_inclusive('\n').collect();
    let mut lines: Vec<&str> = output.split_inclusive('\n').collect();
    let mut accepted = String::new();
    let mut skipping = false;
    let mut at = 0;
    for pattern in &wanted {
        if pattern.trim_end() == "########" {
            skipping = true;
            continue;
        }
        let Some(found) = find(pattern, lines.get(at..).unwrap_or_default(), skipping) else {
            return Judged::Different(expected, resume(&accepted, &lines, at));
        };
        at += found + 1;
        skipping = false;
        accepted.push_str(pattern);
    }
    if skipping {
        at = lines.len();
    }
    if at < lines.len() {
        let rest = lines.split_off(at);
        return Judged::Different(expected, accepted + &rest.concat());
    }
    Judged::Same
}

/// The accepted lines as the expectation words them, then the rest as printed: a diff shows only
/// what matters.
fn resume(accepted: &str, lines: &[&str], at: usize) -> String {
    format!("{accepted}{}", lines.get(at..).unwrap_or_default().concat())
}

/// Where the first line that fits is: at 0, unless lines may be skipped.
fn find(pattern: &str, lines: &[&str], skipping: bool) -> Option<usize> {
    let whole = pattern.ends_with('\n');
    let source = switch(pattern.trim_end_matches('\n'));
    let source = if whole { format!("^(?:{source})\r*\n?$") } else { format!("^(?:{source})") };
    let regex = Regex::new(&source).ok()?;
    let reach = if skipping { lines.len() } else { 1 };
    lines.iter().take(reach).position(|line| regex.is_match(line))
}

/// The suite's pattern language to a regular expression.
fn switch(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '(' | ')' | '[' | ']' | '{' | '}' | '.' | '*' | '+' | '^' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// A prompt session: as [`patterned`], with the greeting reduced to its first word.
#[must_use]
pub fn typed(expected: &[u8], output: &[u8]) -> Judged {
    patterned(&without_greeting(expected), &without_greeting(output))
}

/// Cuts a greeting (from `MicroPython ` to the first prompt) down to the word.
fn without_greeting(session: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut greeting = false;
    for line in session.split_inclusive(|&b| b == b'\n') {
        if line.starts_with(b"MicroPython ") {
            greeting = true;
            out.extend_from_slice(b"MicroPython\n");
        } else if line.starts_with(b">>> ") || line.is_empty() {
            greeting = false;
        }
        if !greeting {
            out.extend_from_slice(line);
        }
    }
    out
}

/// A timing program: ran to its end and printed a number last.
#[must_use]
pub fn timing(output: &[u8], ended_well: bool) -> Judged {
    let said = text(output);
    let number = said.lines().last().is_some_and(|l| l.trim().parse::<f64>().is_ok());
    if number && ended_well { Judged::Same } else { Judged::Different("a number\n".into(), said) }
}

/// The result of a test that ran `unittest`, if this is the output of one.
#[must_use]
pub fn unittest(output: &[u8]) -> Option<Judged> {
    let said = text(output);
    let lines: Vec<&str> = said.lines().collect();
    let [.., rule, ran, "", result] = lines.as_slice() else {
        return None;
    };
    let is_rule = rule.len() == 70 && rule.bytes().all(|b| b == b'-');
    if !is_rule || !ran.starts_with("Ran ") || !ran.ends_with(" tests") {
        return None;
    }
    if *result == "OK" || result.starts_with("OK (skipped=") {
        Some(Judged::Same)
    } else {
        result.starts_with("FAILED ").then(|| Judged::Different("OK\n".into(), said.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(expected: &str, output: &str) -> bool {
        patterned(expected.as_bytes(), output.as_bytes()) == Judged::Same
    }

    #[test]
    fn switched_meaning() {
        assert_eq!(switch(r"a.b\.\+ \(x\|y\)(1)"), r"a\.b.+ (x|y)\(1\)");
        assert!(same("mem: total=\\\\d\\+\n", "mem: total=123\n"));
    }

    #[test]
    fn lines_of_hashes() {
        assert!(same("a\n########\nz\n", "a\nb\nc\nz\n"));
        assert!(same("a\n########\nz\n", "a\nz\n"));
        assert!(same("a\n########\n", "a\nb\n"));
        assert!(!same("a\n########\nz\n", "a\nb\n"));
        assert!(!same("a\n", "a\nb\n"));
        assert!(!same("a\nb\n", "a\n"));
    }

    #[test]
    fn greetings_do_not_matter() {
        let expected = b"MicroPython \\.\\+ version\nUse \\.\\+\n>>> 1\n1\n>>> \n";
        let output = b"MicroPython v9 on now; linux\nType \"help()\"\nand so on\n>>> 1\n1\n>>> ";
        assert_eq!(typed(expected, output), Judged::Same);
        assert_ne!(typed(expected, b"Snake\n>>> 1\n1\n>>> "), Judged::Same);
    }

    #[test]
    fn unit_tests() {
        let rule = "-".repeat(70);
        let of = |tail: &str| unittest(format!("x\n{rule}\nRan 2 tests\n\n{tail}\n").as_bytes());
        assert_eq!(of("OK"), Some(Judged::Same));
        assert_eq!(of("OK (skipped=1)"), Some(Judged::Same));
        assert!(matches!(of("FAILED (failures=1, errors=0)"), Some(Judged::Different(..))));
        assert_eq!(of("hm"), None);
    }
}
