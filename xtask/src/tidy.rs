//! `cargo x tidy`: the rules of the house that a program can check.
//!
//! Files have one subject (lengths), unsafe code has its places, every Rust file says at its head
//! what it is, and nothing unfinished or bound to one machine is committed. The words looked for
//! are put together from parts here, since this file is looked through too.

use crate::shell;
use anyhow::Result;
use krait_conformance::process::tool;
use std::process::Command;
use std::time::Duration;

/// A Rust file longer than this many lines is refused; one longer than `LONG` is mentioned.
const LONGEST: usize = 600;
const LONG: usize = 400;

/// Files that may be longer, up to so many lines, each for its reason.
const LONGER: &[(&str, usize)] = &[
    // The interpreter: one loop with one arm an opcode, which the compiler must see whole.
    ("lang/runtime/src/vm/run.rs", 1600),
];

/// The places of unsafe code.
const UNSAFE_PLACES: &[&str] = &[
    // An allocator that counts, for a test of the compiler's memory use.
    "lang/compiler/tests/memory.rs",
    "lang/memory/",
    "lang/runtime/src/vm",
    "chips/",
    // A program for the chip's CPU: its allocator, and what the linker and assembly give.
    "tests/lx106/chip/",
    // The macros that declare native types and modules: each writes the implementation of an unsafe trait, and pairs
    // the type object with the body, so that no declaration has to.
    "lang/runtime/src/decl.rs",
    // Objects in ROM name their type by address, which only the file of that type can vouch for.
    "lang/runtime/src/obj/exception.rs",
    "lang/runtime/src/obj/function.rs",
    "lang/runtime/src/obj/module.rs",
    "lang/runtime/src/obj/tuple.rs",
    // Tests lend an interpreter its memory, as a port does.
    "lang/runtime/tests/common/",
];

/// Generated or foreign files, to which lengths and words do not apply.
const GENERATED: &[&str] = &["Cargo.lock", "qstr_table.rs", "static_names.rs"];

/// Checks everything that git knows of; `Ok(false)` if a rule is broken.
pub(crate) fn run() -> Result<bool> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(shell::root());
    let list = tool(git, Duration::from_secs(30))?;
    let words = forbidden();
    let mut broken = Vec::new();
    let (mut long, mut count, mut lengths) = (Vec::new(), 0, Vec::new());
    for name in String::from_utf8_lossy(&list).lines() {
        // Not text, or deleted and not committed yet: no rule applies.
        let Ok(text) = std::fs::read_to_string(shell::root().join(name)) else {
            continue;
        };
        if GENERATED.iter().any(|g| name.ends_with(g)) {
            continue;
        }
        count += 1;
        check_words(name, &text, &words, &mut broken);
        if name.ends_with(".rs") {
            let lines = text.lines().count();
            lengths.push(lines);
            let longest = LONGER.iter().find(|(file, _)| *file == name).map_or(LONGEST, |(_, most)| *most);
            if lines > longest {
                broken.push(format!("{name}: {lines} lines: is it one thing?"));
            } else if lines > LONG {
                long.push(format!("{lines} {name}"));
            }
            check_head(name, &text, &mut broken);
            check_unsafe(name, &text, &mut broken);
        }
    }
    lengths.sort_unstable();
    let median = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
    println!("tidy: {count} files; Rust files: {}, median {median} lines", lengths.len());
    long.sort_by_key(|l| std::cmp::Reverse(l.split(' ').next().and_then(|n| n.parse::<usize>().ok())));
    for line in long {
        println!("  long: {line}");
    }
    for line in &broken {
        println!("  BROKEN {line}");
    }
    Ok(broken.is_empty())
}

/// What must stand nowhere.
fn forbidden() -> Vec<String> {
    let join = |parts: &[&str], by: &str| parts.join(by);
    vec![
        join(&["TO", "DO"], ""),
        join(&["FIX", "ME"], ""),
        join(&["XX", "X:"], ""),
        join(&["to", "do!("], ""),
        join(&["unimpl", "emented!("], ""),
        join(&["db", "g!("], ""),
        join(&["for ", "now,"], ""),
        join(&["#[ig", "nore]"], ""),
        join(&["", "opt", "peer"], "/"),
        join(&["", "work", "main"], "/"),
        join(&["", "work", "shared"], "/"),
        join(&["deb", "debian", "org"], "."),
        join(&["pypi", "org"], "."),
        join(&["pythonhosted", "org"], "."),
        join(&["static", "crates", "io"], "."),
        join(&["index", "crates", "io"], "."),
        join(&["registry", "npmjs", "org"], "."),
    ]
}

fn check_words(name: &str, text: &str, words: &[String], broken: &mut Vec<String>) {
    for (number, line) in text.lines().enumerate() {
        if let Some(word) = words.iter().find(|w| line.contains(w.as_str())) {
            broken.push(format!("{name}:{}: `{word}`", number + 1));
        }
    }
}

fn check_head(name: &str, text: &str, broken: &mut Vec<String>) {
    let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    if !first.starts_with("//!") {
        broken.push(format!("{name}: no `//!` at its head"));
    }
}

fn check_unsafe(name: &str, text: &str, broken: &mut Vec<String>) {
    if UNSAFE_PLACES.iter().any(|p| name.starts_with(p)) {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        if has_unsafe(line) {
            broken.push(format!("{name}:{}: unsafe code outside its places", number + 1));
        }
    }
    let is_root = name.ends_with("src/lib.rs") || name.ends_with("src/main.rs");
    // A crate with one unsafe module denies it elsewhere instead.
    let forbids = ["forbid(unsafe_code)", "deny(unsafe_code)"].iter().any(|f| text.contains(f));
    if is_root && !forbids {
        broken.push(format!("{name}: no `#![forbid(unsafe_code)]`"));
    }
}

/// Whether a line of Rust has the keyword, outside comments and strings as far as one line tells.
fn has_unsafe(line: &str) -> bool {
    let keyword = ["un", "safe"].concat();
    let code = line.split("//").next().unwrap_or("");
    let outside: String = code.split('"').step_by(2).collect::<Vec<_>>().join(" ");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    outside.match_indices(&keyword).any(|(at, _)| {
        let before = outside.get(..at).and_then(|s| s.chars().next_back());
        let after = outside.get(at + keyword.len()..).unwrap_or("");
        // A block, a function, an implementation, a trait, an attribute: not a word in prose or a name.
        !before.is_some_and(is_word)
            && [" {", " fn", " impl", " trait", " extern", "("].iter().any(|s| after.starts_with(s))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_keyword_and_not_the_word() {
        let keyword = ["un", "safe"].concat();
        assert!(has_unsafe(&format!("    let x = {keyword} {{ *p }};")));
        assert!(has_unsafe(&format!("pub {keyword} fn f() {{}}")));
        assert!(!has_unsafe(&format!("#![forbid({keyword}_code)]")));
        assert!(!has_unsafe(&format!("// {keyword} fn")));
        assert!(!has_unsafe(&format!("let s = \"{keyword} {{\";")));
    }

    #[test]
    fn heads() {
        let mut broken = Vec::new();
        check_head("a.rs", "\n//! Good.\n", &mut broken);
        assert!(broken.is_empty());
        check_head("a.rs", "fn main() {}\n", &mut broken);
        assert_eq!(broken.len(), 1);
    }
}
