//! One test of the suite: where it stands, and in which of four ways it wants to be run.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The way a test wants to be run and judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A script, run in its own folder; what it prints is compared exactly.
    Script,
    /// A script run from the suite's top folder with options from its first line; its expectation has
    /// patterns for what differs from build to build.
    Patterned,
    /// Lines typed at the prompt of an interactive program; expectation with patterns.
    Typed,
    /// A timing program: it is to run to its end and print a number.
    Timing,
}

/// One test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// `folder/name.py`, the name by which lists and reports know it.
    pub name: String,
    /// How to run it.
    pub kind: Kind,
}

/// Folders of the default run, in the order of the report.
pub const FOLDERS: &[&str] = &[
    "basics",
    "float",
    "unicode",
    "io",
    "import",
    "micropython",
    "misc",
    "stress",
    "cmdline",
    "extmod",
    "thread",
    "internal_bench",
];

/// Scripts outside `cmdline` whose output the suite describes by patterns.
const PATTERNED: &[&str] = &[
    "basics/builtin_help.py",
    "basics/bytes_compare3.py",
    "micropython/meminfo.py",
    "misc/sys_settrace_cov.py",
    "thread/thread_exc2.py",
];

/// Files beside the tests which are no tests.
const HELPERS: &[&str] = &["internal_bench/bench.py"];

impl Case {
    /// Knows a test by its name.
    #[must_use]
    pub fn new(name: String) -> Self {
        let (folder, file) = name.split_once('/').unwrap_or(("", &name));
        let kind = match folder {
            "cmdline" if file.starts_with("repl_") => Kind::Typed,
            "cmdline" => Kind::Patterned,
            "internal_bench" => Kind::Timing,
            _ if PATTERNED.contains(&name.as_str()) => Kind::Patterned,
            _ => Kind::Script,
        };
        Self { kind, name }
    }

    /// The folder it stands in.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// Its path, given the suite's `tests` folder.
    #[must_use]
    pub fn path(&self, tests: &Path) -> PathBuf {
        tests.join(&self.name)
    }
}

/// All tests of `folder`, in name order.
///
/// # Errors
/// The folder cannot be read.
pub fn discover(tests: &Path, folder: &str) -> Result<Vec<Case>> {
    let place = tests.join(folder);
    let mut names = Vec::new();
    for entry in place.read_dir().with_context(|| format!("no folder {folder} in the suite"))? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let name = format!("{folder}/{file}");
        if file.ends_with(".py") && !HELPERS.contains(&name.as_str()) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names.into_iter().map(Case::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let kind = |n: &str| Case::new(n.to_owned()).kind;
        assert_eq!(kind("basics/int1.py"), Kind::Script);
        assert_eq!(kind("cmdline/repl_basic.py"), Kind::Typed);
        assert_eq!(kind("cmdline/cmd_verbose.py"), Kind::Patterned);
        assert_eq!(kind("micropython/meminfo.py"), Kind::Patterned);
        assert_eq!(kind("internal_bench/var-1.py"), Kind::Timing);
        assert_eq!(Case::new("a/b/c.py".into()).folder(), "a/b");
    }
}
