//! What is not asked of a program, from the committed file `leftout.toml`.
//!
//! Three things stand there: features with a probe each; tests left out, always or where a feature
//! is missing; tests that may answer SKIP. A SKIP from any other test is a failure: otherwise a
//! missing feature would quietly take its tests away with it.

use crate::executor::Executor;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::HashMap;

/// The file as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    serial: Vec<String>,
    feature: Vec<Feature>,
    left_out: Vec<LeftOut>,
    may_skip: Vec<MaySkip>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Feature {
    name: String,
    /// Python that prints `yes` where the feature is there.
    code: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    tests: Vec<String>,
    /// The feature whose absence leaves these out; without one they always are.
    unless: Option<String>,
    reason: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MaySkip {
    tests: Vec<String>,
    reason: String,
}

/// The rules, with the features of one program known.
#[derive(Debug)]
pub struct Rules {
    file: File,
    present: HashMap<String, bool>,
    /// The version that the program claims, `(0, 0, 0)` if it does not say.
    pub version: (u32, u32, u32),
}

impl Rules {
    /// Reads the committed file and probes `executor`.
    ///
    /// # Errors
    /// The file is malformed, or the program does not run at all.
    pub fn load(executor: &dyn Executor) -> Result<Self> {
        let path = crate::home().join("leftout.toml");
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let file = parse(&text)?;
        let hello = executor.evaluate("print('hello')")?;
        anyhow::ensure!(hello.trim() == "hello", "the program prints {hello:?} for print('hello')");
        let mut present = HashMap::new();
        for feature in &file.feature {
            let answer = executor.evaluate(&feature.code)?;
            present.insert(feature.name.clone(), answer.trim() == "yes");
        }
        let said = executor.evaluate("import sys\nprint(*sys.implementation.version[:3])")?;
        let mut numbers = said.split_whitespace().map(|n| n.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        let version = (next(), next(), next());
        Ok(Self { file, present, version })
    }

    /// Why `name` is not run, if it is not.
    #[must_use]
    pub fn left_out(&self, name: &str) -> Option<&str> {
        let missing =
            |rule: &LeftOut| rule.unless.as_ref().is_none_or(|f| !self.present.get(f).copied().unwrap_or(false));
        let rule = self.file.left_out.iter().find(|r| any(&r.tests, name) && missing(r))?;
        Some(&rule.reason)
    }

    /// Why `name` may answer SKIP, if it may.
    #[must_use]
    pub fn may_skip(&self, name: &str) -> Option<&str> {
        self.file.may_skip.iter().find(|r| any(&r.tests, name)).map(|r| r.reason.as_str())
    }

    /// Whether `name` writes where its neighbours read, and must run alone among its like.
    #[must_use]
    pub fn is_serial(&self, name: &str) -> bool {
        any(&self.file.serial, name)
    }

    /// The features found, for the report.
    #[must_use]
    pub fn features(&self) -> String {
        let mut words: Vec<String> = self
            .file
            .feature
            .iter()
            .map(|f| {
                let there = self.present.get(&f.name).copied().unwrap_or(false);
                format!("{}{}", if there { "" } else { "no " }, f.name)
            })
            .collect();
        words.sort();
        words.join(", ")
    }
}

fn parse(text: &str) -> Result<File> {
    let file: File = toml::from_str(text).context("leftout.toml")?;
    for rule in &file.left_out {
        if let Some(feature) = &rule.unless {
            anyhow::ensure!(file.feature.iter().any(|f| &f.name == feature), "leftout.toml: no feature {feature:?}");
        }
    }
    let reasons = file.left_out.iter().map(|r| &r.reason).chain(file.may_skip.iter().map(|r| &r.reason));
    for reason in reasons {
        anyhow::ensure!(reason.len() > 8, "leftout.toml: {reason:?} is no reason");
    }
    Ok(file)
}

fn any(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|p| matches(p, name))
}

/// Whether `name` fits `pattern`, in which `*` stands for any characters.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        assert!(matches("io/*", "io/file1.py"));
        assert!(matches("*/native_*", "micropython/native_try.py"));
        assert!(!matches("*/native_*", "micropython/try_native.py"));
        assert!(matches("a*b*c", "aXbYbZc"));
        assert!(!matches("ab*ba", "aba"));
        assert!(matches("exact.py", "exact.py") && !matches("exact.py", "exact.pyc"));
    }

    #[test]
    fn the_committed_file_is_sound() {
        let text = std::fs::read_to_string(crate::home().join("leftout.toml")).expect("there");
        parse(&text).expect("sound");
    }
}
