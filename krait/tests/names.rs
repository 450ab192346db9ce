//! Names and constants: what the reference's port has, and what editors' stubs say that it has, is there in Krait, with
//! the same values.
//!
//! The two lists are not in this repository. Where one is absent the test says so and passes.
//! `krait/tests/names/missing.txt` holds what is still missing, with reasons; it can only shrink.

mod common;

use common::{End, run};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that need the chip or a network: not this test's.
const ELSEWHERE: &[&str] = &[
    "_boot",
    "_espnow",
    "_onewire",
    "_webrepl",
    "bluetooth",
    "esp",
    "espnow",
    "flashbdev",
    "inisetup",
    "lwip",
    "machine",
    "network",
    "port_diag",
    "socket",
    "ssl",
    "tls",
    "ubluetooth",
    "umachine",
    "usocket",
    "ussl",
    "uwebsocket",
    "webrepl",
    "webrepl_setup",
    "websocket",
];

/// Values that differ from machine to machine.
const OF_THE_MACHINE: &[&str] =
    &["sys.maxsize", "sys.platform", "sys.version", "sys.version_info", "uctypes.LONG", "uctypes.ULONG"];

/// A name, and its value if that is a constant.
type Names = BTreeMap<String, Option<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository's root").to_owned()
}

/// The line that names a module: as long a part of the name as is one.
fn module_of<'n>(name: &'n str, modules: &BTreeSet<String>) -> Option<(&'n str, &'n str)> {
    name.match_indices('.').map(|(i, _)| name.split_at(i)).rfind(|(m, _)| modules.contains(*m))
}

/// The module that a name belongs to, or is.
fn home<'n>(name: &'n str, modules: &BTreeSet<String>) -> &'n str {
    if modules.contains(name) { name } else { module_of(name, modules).map_or(name, |(m, _)| m) }
}

/// Whether a name is somebody's inside.
fn hidden(name: &str) -> bool {
    name.split('.').any(|part| part.starts_with('_') && part != "__version__")
}

/// `name kind`, `name = value`, below `## module`.
fn listed(text: &str, modules: &BTreeSet<String>) -> Names {
    let mut names = Names::new();
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let mut words = line.split_whitespace();
        let Some(name) = words.next().filter(|n| !hidden(n)) else { continue };
        // What a module has imported is no part of it, and some lines are what a module has printed.
        if words.next() == Some("module") || module_of(name, modules).is_none() || line.contains("intended") {
            continue;
        }
        let value = line.split_once(" = ").map(|(_, v)| v.trim().to_owned());
        // Only numbers and texts are constants; the rest is a picture of some object.
        let value = value.filter(|v| v.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '\''));
        names.insert(name.to_owned(), value);
    }
    names
}

/// The names that a stub file declares.
fn declared(module: &str, text: &str, names: &mut Names) {
    let mut class = None;
    let mut quoted = false;
    for line in text.lines() {
        let marks = line.matches("\"\"\"").count();
        let was_quoted = quoted;
        quoted ^= marks % 2 == 1;
        if was_quoted || line.trim_start().starts_with("\"\"\"") {
            continue;
        }
        let inner = line.strip_prefix("    ").filter(|l| !l.starts_with(' '));
        let (line, outer) = match (inner, class) {
            (Some(l), Some(c)) => (l, Some(c)),
            (None, _) if !line.starts_with(' ') => (line, None),
            _ => continue,
        };
        let word = |s: &str| s.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned();
        let mut add = |name: &str, value: Option<String>| {
            let name = [Some(module), outer, Some(name)].into_iter().flatten().collect::<Vec<_>>().join(".");
            if !hidden(&name) {
                names.insert(name, value);
            }
        };
        if let Some(rest) = line.strip_prefix("class ") {
            let rest: &str = rest;
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            class = rest.get(..end);
            add(&word(rest), None);
        } else if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("async def ")) {
            add(&word(rest), None);
            if outer.is_none() {
                class = None;
            }
        } else if let Some((name, rest)) = line.split_once(": Final[") {
            let value = rest.split_once(" = ").map(|(_, v)| v.split(" #").next().unwrap_or(v).trim().to_owned());
            add(name, value.filter(|v| v.starts_with(|c: char| c.is_ascii_digit() || c == '-')));
        }
    }
}

/// A program that looks for each name and prints what is wrong.
fn program(names: &Names, modules: &BTreeSet<String>) -> String {
    let mut text = String::from(
        "def look(module, path, want):
    name = module + '.' + path if path else module
    try:
        v = __import__(module, None, None, ('*',))
        for part in path.split('.') if path else []:
            v = getattr(v, part)
        if want is not None:
            w = eval(want)
            if v != w and not (type(w) is float and abs(v - w) < 1e-5):
                print(name, 'is', v, 'and not', want)
    except Exception as e:
        print(name, 'is missing')
",
    );
    for (name, value) in names {
        let module = home(name, modules);
        let path = name.get(module.len()..).unwrap_or_default();
        let value = value.as_ref().filter(|_| !OF_THE_MACHINE.contains(&name.as_str()));
        let want = value.map_or("None".to_owned(), |v| format!("{v:?}"));
        let _ = writeln!(text, "look({module:?}, {:?}, {want})", path.trim_start_matches('.'));
    }
    text
}

/// Checks a list, but for what stands below `[section]` of the file of the missing.
fn check(section: &str, mut names: Names, modules: &BTreeSet<String>) {
    names.retain(|name, _| !ELSEWHERE.contains(&home(name, modules)));
    let ran = run(&[], program(&names, modules).as_bytes());
    assert_eq!(ran.end, End::Status(0), "{}{}", ran.out, ran.err);
    // Some modules print when they are imported.
    let wrong: BTreeMap<&str, &str> =
        ran.out.lines().filter_map(|l| l.split_once(' ')).filter(|(name, _)| names.contains_key(*name)).collect();
    let path = root().join("krait/tests/names/missing.txt");
    let text = fs::read_to_string(&path).expect("the file of the missing");
    let mut here = false;
    let mut excused = BTreeSet::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
        if line.starts_with('[') {
            here = line.trim_matches(['[', ']']) == section;
        } else if here {
            excused.insert(line.split_whitespace().next().unwrap_or(""));
        }
    }
    let mut report = String::new();
    for (name, what) in &wrong {
        let by_module = excused.contains(format!("{}.*", home(name, modules)).as_str());
        if !excused.contains(name) && !by_module {
            let _ = writeln!(report, "{name} {what}");
        }
    }
    for name in excused {
        let still = match name.strip_suffix(".*") {
            Some(module) => wrong.keys().any(|n| home(n, modules) == module),
            None => wrong.contains_key(name),
        };
        if !still {
            let _ = writeln!(report, "{name} stands in missing.txt, but is there: take it out");
        }
    }
    assert!(report.is_empty(), "{} of {} names:\n{report}", report.lines().count(), names.len());
    println!("{section}: {} names, {} missing with a reason", names.len(), wrong.len());
}

#[test]
fn the_reference_has_these() {
    let beside = root().join("../shared/reference/api-esp8266-v1.23.txt");
    let path = std::env::var_os("KRAIT_API").map_or(beside, PathBuf::from);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("left out: the list of the reference's names is not beside the repository");
        return;
    };
    let modules = text.lines().filter_map(|l| l.strip_prefix("## ")).map(|m| m.trim().to_owned()).collect();
    check("reference", listed(&text, &modules), &modules);
}

/// Reads the stubs in a folder, which is the package `package`.
fn gather(folder: &Path, package: &str, names: &mut Names, modules: &mut BTreeSet<String>) {
    for path in fs::read_dir(folder).expect("a folder of stubs").filter_map(|e| Some(e.ok()?.path())) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let inner = if package.is_empty() { stem.clone() } else { format!("{package}.{stem}") };
        if path.is_dir() && !stem.contains('-') {
            gather(&path, &inner, names, modules);
        } else if path.extension().is_some_and(|e| e == "pyi") && stem != "__builtins__" {
            let module = if stem == "__init__" { package.to_owned() } else { inner };
            names.insert(module.clone(), None);
            declared(&module, &fs::read_to_string(&path).expect("a stub"), names);
            modules.insert(module);
        }
    }
}

#[test]
fn editors_stubs_have_these() {
    let folder = std::env::var_os("KRAIT_STUBS").map_or_else(|| root().join("target/peer/stubs"), PathBuf::from);
    if !folder.is_dir() {
        println!("left out: no stubs; `cargo x setup` fetches them");
        return;
    }
    let mut names = Names::new();
    let mut modules = BTreeSet::new();
    gather(&folder, "", &mut names, &mut modules);
    assert!(names.len() > 300, "the stubs are hardly there");
    check("stubs", names, &modules);
}
