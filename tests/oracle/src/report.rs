//! Counting outcomes and saying them.

use std::collections::BTreeMap;

use crate::compare::Outcome;

/// The differences that are known, with their reasons.
pub(crate) struct Known(BTreeMap<String, String>);

impl Known {
    /// Lines of path, tab, reason; `#` begins a comment. The error is the number of a bad line.
    pub(crate) fn parse(text: &str) -> Result<Known, usize> {
        let mut known = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (path, reason) = line.split_once('\t').ok_or(number + 1)?;
            known.insert(path.to_string(), reason.to_string());
        }
        Ok(Known(known))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }
}

/// Outcomes of one optimisation level.
#[derive(Default)]
pub(crate) struct Report(BTreeMap<String, Outcome>);

impl Report {
    pub(crate) fn add(&mut self, name: &str, outcome: Outcome) {
        self.0.insert(name.to_string(), outcome);
    }

    /// Scripts whose results are not the same.
    pub(crate) fn differing_names(&self) -> Vec<String> {
        let differs = |o: &Outcome| {
            matches!(
                o,
                Outcome::Differs(_) | Outcome::OnlyWeReject(_) | Outcome::OnlyTheyReject(_) | Outcome::Unreadable(_)
            )
        };
        self.0.iter().filter(|(_, o)| differs(o)).map(|(n, _)| n.clone()).collect()
    }

    /// Prints the figures and every difference; whether all is as it should be.
    pub(crate) fn print(&self, level: u8, known: &Known, verbose: bool, target: f64) -> bool {
        let (mut identical, mut differing, mut rejected, mut same, mut native) = (0, 0, 0, 0, 0);
        let mut unlisted = 0;
        for (name, outcome) in &self.0 {
            let reason = known.0.get(name);
            let mut complain = |what: &str, detail: &str| match reason {
                Some(reason) => println!("  known: {name}: {reason}"),
                None => {
                    unlisted += 1;
                    println!("  {what}: {name}: {detail}");
                }
            };
            match outcome {
                Outcome::Identical => identical += 1,
                Outcome::Differs(detail) => {
                    differing += 1;
                    complain("differs", detail);
                }
                Outcome::BothReject { same: agree, ours, theirs } => {
                    rejected += 1;
                    same += usize::from(*agree);
                    if !agree && verbose {
                        println!("  errors: {name}: {ours} / {theirs}");
                    }
                }
                Outcome::OnlyWeReject(text) => {
                    differing += 1;
                    complain("only Krait rejects", text);
                }
                Outcome::OnlyTheyReject(text) => complain("only mpy-cross rejects", text),
                Outcome::Native => native += 1,
                Outcome::Unreadable(text) => complain("not compared", text),
            }
        }
        let compared = identical + differing;
        let share = 100.0 * identical as f64 / f64::max(compared as f64, 1.0);
        println!(
            "-O{level}: compared {compared}, identical {identical} ({share:.2} %), \
             differing {differing}, rejected by both {rejected} (same message and line {same}), \
             native left out {native}"
        );
        share >= target && unlisted == 0
    }
}
