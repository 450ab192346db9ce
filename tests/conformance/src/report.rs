//! What a run found, held against the committed gaps, and how it is printed.

use crate::case::Case;
use crate::gaps::Section;
use crate::runner::{Finding, Verdict};
use similar::TextDiff;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The numbers that the caller goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Tests that did as expected.
    pub passed: usize,
    /// Unlisted failures, and lines of the list that are no longer true.
    pub failed: usize,
    /// Tests not judged.
    pub left_out: usize,
    /// Listed failures.
    pub gaps: usize,
    /// Tests that were judged at all.
    pub judged: usize,
}

impl Summary {
    /// Whether the run is to count as a success.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.failed == 0
    }

    /// Share of the judged tests that passed, in percent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        percent(self.passed, self.judged)
    }
}

/// `part` of `whole` in percent; all of nothing is 100.
#[must_use]
pub fn percent(part: usize, whole: usize) -> f64 {
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    if whole == 0 { 100.0 } else { 100.0 * count(part) / count(whole) }
}

/// A run held against a section of the list.
#[derive(Debug)]
pub struct Report<'a> {
    findings: &'a [Finding],
    gaps: &'a Section,
    /// Lines of the list that do not hold: test and what is wrong.
    stale: Vec<(String, &'static str)>,
    /// The numbers.
    pub summary: Summary,
}

impl<'a> Report<'a> {
    /// `all` is every test that the suite has, so that a listed test that does not exist is noticed
    /// even in a run of some.
    #[must_use]
    pub fn new(findings: &'a [Finding], gaps: &'a Section, all: &[Case]) -> Self {
        let mut summary = Summary::default();
        let mut stale = Vec::new();
        for finding in findings {
            let listed = gaps.get(&finding.case.name);
            match &finding.verdict {
                Verdict::Passed => summary.passed += 1,
                Verdict::LeftOut(_) => summary.left_out += 1,
                Verdict::Failed(..) if listed.is_some() => summary.gaps += 1,
                Verdict::Failed(..) => summary.failed += 1,
            }
            let wrong = match (&finding.verdict, listed) {
                (Verdict::Passed, Some(_)) => "is listed as a gap and passes",
                (Verdict::LeftOut(_), Some(_)) => "is listed as a gap and is left out",
                (Verdict::Failed(..), Some(reason)) if reason == "?" => "is listed without a reason",
                _ => continue,
            };
            stale.push((finding.case.name.clone(), wrong));
        }
        for name in gaps.keys() {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            if all.iter().any(|c| c.folder() == folder) && !all.iter().any(|c| &c.name == name) {
                stale.push((name.clone(), "is listed as a gap and is not in the suite"));
            }
        }
        summary.judged = summary.passed + summary.failed + summary.gaps;
        summary.failed += stale.len();
        Self { findings, gaps, stale, summary }
    }

    /// The section as this run would have it: old reasons kept, `?` for new ones, and lines about
    /// tests that were not run left as they are.
    #[must_use]
    pub fn section(&self) -> Section {
        let mut section = self.gaps.clone();
        for (name, _) in self.stale.iter().filter(|(_, wrong)| wrong.contains("not in the suite")) {
            section.remove(name);
        }
        for finding in self.findings {
            let name = &finding.case.name;
            if matches!(finding.verdict, Verdict::Failed(..)) {
                section.entry(name.clone()).or_insert_with(|| "?".to_owned());
            } else {
                section.remove(name);
            }
        }
        section
    }

    /// The whole report.
    #[must_use]
    pub fn print(&self, verbose: bool) -> String {
        let mut out = String::new();
        if verbose {
            self.diffs(&mut out);
        }
        self.reasons(&mut out);
        self.table(&mut out);
        self.failures(&mut out);
        out
    }

    fn diffs(&self, out: &mut String) {
        for finding in self.findings {
            if let Verdict::Failed(expected, output) = &finding.verdict {
                let name = &finding.case.name;
                let diff = TextDiff::from_lines(expected, output);
                let text = diff.unified_diff().context_radius(3).header("expected", "printed").to_string();
                let _ = writeln!(out, "==== {name}");
                for line in text.lines().take(60) {
                    let _ = writeln!(out, "{line}");
                }
            }
        }
    }

    fn reasons(&self, out: &mut String) {
        let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for finding in self.findings {
            if let Verdict::LeftOut(reason) = &finding.verdict {
                reasons.entry(reason).or_default().push(&finding.case.name);
            }
        }
        if !reasons.is_empty() {
            let _ = writeln!(out, "left out:");
        }
        for (reason, names) in reasons {
            let _ = writeln!(out, "  {:4}  {reason}", names.len());
            for chunk in names.chunks(3) {
                let _ = writeln!(out, "          {}", chunk.join(" "));
            }
        }
    }

    fn table(&self, out: &mut String) {
        let mut folders: Vec<(&str, [usize; 4])> = Vec::new();
        for finding in self.findings {
            let folder = finding.case.folder();
            let column = match &finding.verdict {
                Verdict::Passed => 0,
                Verdict::Failed(..) if self.gaps.contains_key(&finding.case.name) => 2,
                Verdict::Failed(..) => 1,
                Verdict::LeftOut(_) => 3,
            };
            if folders.last().is_none_or(|(name, _)| *name != folder) {
                folders.push((folder, [0; 4]));
            }
            if let Some((_, counts)) = folders.last_mut()
                && let Some(count) = counts.get_mut(column)
            {
                *count += 1;
            }
        }
        let _ = writeln!(out, "{:16}{:>8}{:>8}{:>8}{:>10}", "folder", "passed", "failed", "gaps", "left out");
        for (name, [passed, failed, gaps, left_out]) in folders {
            let _ = writeln!(out, "{name:16}{passed:>8}{failed:>8}{gaps:>8}{left_out:>10}");
        }
    }

    fn failures(&self, out: &mut String) {
        for finding in self.findings {
            let name = &finding.case.name;
            if matches!(finding.verdict, Verdict::Failed(..)) && !self.gaps.contains_key(name) {
                let _ = writeln!(out, "FAILED  {name}");
            }
        }
        for (name, wrong) in &self.stale {
            let _ = writeln!(out, "FAILED  {name} {wrong}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn finding(name: &str, verdict: Verdict) -> Finding {
        Finding { case: Case::new(name.into()), verdict, took: Duration::ZERO }
    }

    fn failed() -> Verdict {
        Verdict::Failed("a\n".into(), "b\n".into())
    }

    #[test]
    fn gaps_must_be_true_and_complete() {
        let findings = [
            finding("a/pass.py", Verdict::Passed),
            finding("a/known.py", failed()),
            finding("a/new.py", failed()),
            finding("a/mended.py", Verdict::Passed),
        ];
        let all: Vec<Case> = findings.iter().map(|f| f.case.clone()).collect();
        let reason = || "a reason".to_owned();
        let gaps: Section = [
            ("a/known.py".to_owned(), reason()),
            ("a/mended.py".to_owned(), reason()),
            ("a/gone.py".to_owned(), reason()),
        ]
        .into();
        let report = Report::new(&findings, &gaps, &all);
        assert_eq!(report.summary, Summary { passed: 2, failed: 3, left_out: 0, gaps: 1, judged: 4 });
        let section = report.section();
        let names: Vec<&str> = section.keys().map(String::as_str).collect();
        assert_eq!(names, ["a/known.py", "a/new.py"]);
        assert_eq!(section.get("a/new.py").map(String::as_str), Some("?"));
    }

    #[test]
    fn a_gap_owes_a_reason() {
        let findings = [finding("a/known.py", failed())];
        let gaps: Section = [("a/known.py".to_owned(), "?".to_owned())].into();
        let all = [findings[0].case.clone()];
        assert!(!Report::new(&findings, &gaps, &all).summary.is_good());
    }
}
