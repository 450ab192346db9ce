//! The committed list of known gaps: `gaps.txt`, one test and its reason a line, in sections.
//!
//! A section is one way of running the suite (`host-64`, `host-32`, ...). A listed test must fail,
//! an unlisted one must not. `?` is what `--write-gaps` puts where a reason is owed; it never passes.

use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One section: test name to reason.
pub type Section = BTreeMap<String, String>;

/// The whole file.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Gaps {
    head: String,
    sections: BTreeMap<String, Section>,
}

fn path() -> PathBuf {
    crate::home().join("gaps.txt")
}

impl Gaps {
    /// Reads the committed file.
    ///
    /// # Errors
    /// It is missing or a line makes no sense.
    pub fn load() -> Result<Self> {
        let path = path();
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self> {
        let mut gaps = Self::default();
        let mut current: Option<String> = None;
        for (number, line) in text.lines().enumerate() {
            let place = || format!("gaps.txt line {}: {line:?}", number + 1);
            let trimmed = line.trim();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                if current.is_none() {
                    gaps.head.push_str(line);
                    gaps.head.push('\n');
                }
            } else if let Some(name) = trimmed.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                gaps.sections.entry(name.to_owned()).or_default();
                current = Some(name.to_owned());
            } else {
                let section = current.as_ref().with_context(|| format!("{}: no section", place()))?;
                let (test, reason) =
                    trimmed.split_once(char::is_whitespace).with_context(|| format!("{}: no reason", place()))?;
                let entries = gaps.sections.entry(section.clone()).or_default();
                let old = entries.insert(test.to_owned(), reason.trim().to_owned());
                anyhow::ensure!(old.is_none(), "{}: listed twice", place());
            }
        }
        Ok(gaps)
    }

    /// The section `name`, empty if the file has none.
    #[must_use]
    pub fn section(&self, name: &str) -> Section {
        self.sections.get(name).cloned().unwrap_or_default()
    }

    /// Replaces a section and writes the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, name: &str, section: Section) -> Result<()> {
        self.sections.insert(name.to_owned(), section);
        std::fs::write(path(), self.print()).context("gaps.txt")
    }

    fn print(&self) -> String {
        let mut text = format!("{}\n", self.head.trim_end());
        for (name, entries) in &self.sections {
            text.push_str(&format!("\n[{name}]\n"));
            for (test, reason) in entries {
                text.push_str(&format!("{test}  {reason}\n"));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let text = "# head\n\n[a-32]\nx/y.py  because it is so\n\n[a-64]\n";
        let gaps = Gaps::parse(text).expect("sound");
        assert_eq!(gaps.section("a-32").get("x/y.py").map(String::as_str), Some("because it is so"));
        assert_eq!(Gaps::parse(&gaps.print()).expect("sound").print(), gaps.print());
    }

    #[test]
    fn refuses_nonsense() {
        assert!(Gaps::parse("x/y.py reason").is_err());
        assert!(Gaps::parse("[a]\nx/y.py").is_err());
        assert!(Gaps::parse("[a]\nx.py r\nx.py r").is_err());
    }

    #[test]
    fn the_committed_file_is_sound() {
        Gaps::load().expect("sound");
    }
}
