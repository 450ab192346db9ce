//! Runs a list of tests, several at once, and judges each.

use crate::case::{Case, Kind};
use crate::compare::{self, Judged};
use crate::executor::{Executor, Job, Outcome};
use crate::expect::{Expectations, Expected, canonical};
use crate::process::Ended;
use crate::rules::Rules;
use anyhow::Result;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What became of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Not as expected: the expectation and the output.
    Failed(String, String),
    /// Not judged, for this reason.
    LeftOut(String),
}

/// One test with its verdict.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The test.
    pub case: Case,
    /// Its verdict.
    pub verdict: Verdict,
    /// How long it took, judging included.
    pub took: Duration,
}

/// A run's circumstances.
pub struct Runner<'a> {
    /// Where tests run.
    pub executor: &'a dyn Executor,
    /// What is not asked.
    pub rules: &'a Rules,
    /// What is expected.
    pub expectations: &'a Expectations,
    /// The private copy of the suite's `tests` folder.
    pub tests: &'a Path,
    /// Most that one test may take.
    pub limit: Duration,
    /// Ask only that the program survives: ends by itself, by no signal and no panic.
    pub survive: bool,
    /// Called after each test with the number done.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

impl Runner<'_> {
    /// Runs all `cases`; findings come in the same order.
    ///
    /// # Errors
    /// The executor or the machine fails, as opposed to a test.
    pub fn run(&self, cases: &[Case]) -> Result<Vec<Finding>> {
        let next = AtomicUsize::new(0);
        let done = AtomicUsize::new(0);
        let findings = Mutex::new(vec![None; cases.len()]);
        let alone = Mutex::new(());
        let work = || -> Result<()> {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(case) = cases.get(index) else {
                    return Ok(());
                };
                let guard = self.rules.is_serial(&case.name).then(|| alone.lock());
                let start = Instant::now();
                let verdict = self.judge(case)?;
                drop(guard);
                let finding = Finding { case: case.clone(), verdict, took: start.elapsed() };
                if let Ok(mut all) = findings.lock()
                    && let Some(slot) = all.get_mut(index)
                {
                    *slot = Some(finding);
                }
                (self.progress)(done.fetch_add(1, Ordering::Relaxed) + 1);
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.executor.at_once()).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .try_for_each(|t| t.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a worker thread panicked"))))
        })?;
        let findings = findings.into_inner().unwrap_or_default();
        Ok(findings.into_iter().flatten().collect())
    }

    fn judge(&self, case: &Case) -> Result<Verdict> {
        if let Some(reason) = self.rules.left_out(&case.name) {
            return Ok(Verdict::LeftOut(reason.to_owned()));
        }
        let expected = self.expectations.of(case, self.tests, self.limit)?;
        let verdict = self.attempt(case, &expected, 0)?;
        // A prompt is judged by when it falls silent, which a busy machine can spoil once.
        if case.kind == Kind::Typed && matches!(verdict, Verdict::Failed(..)) {
            return self.attempt(case, &expected, 1);
        }
        Ok(verdict)
    }

    fn attempt(&self, case: &Case, expected: &Expected, attempt: u32) -> Result<Verdict> {
        let job = Job { case, tests: self.tests, limit: self.limit, attempt };
        let outcome = self.executor.run(job)?;
        let output = canonical(&outcome.output, self.tests);
        if self.survive {
            return Ok(survived(output, outcome.ended));
        }
        if let Some(verdict) = self.skipped(case, &outcome, &output) {
            return Ok(verdict);
        }
        let ended_well = outcome.ended == Ended::Status(0);
        if ended_well && let Some(judged) = compare::unittest(&output) {
            return Ok(verdict(judged));
        }
        let expected = match expected {
            Expected::Output(expected) => expected,
            Expected::Unknown(why) => return Ok(Verdict::LeftOut(why.clone())),
        };
        if case.kind == Kind::Timing {
            return Ok(verdict(compare::timing(&output, ended_well)));
        }
        let output = marked(output, outcome.ended);
        Ok(verdict(match case.kind {
            Kind::Patterned => compare::patterned(expected, &output),
            Kind::Typed => compare::typed(expected, &output),
            Kind::Script | Kind::Timing => compare::exact(expected, &output),
        }))
    }

    fn skipped(&self, case: &Case, outcome: &Outcome, output: &[u8]) -> Option<Verdict> {
        let amid = case.kind == Kind::Patterned && output.windows(6).any(|w| w == b"\nSKIP\n");
        if outcome.ended != Ended::Status(0) || !(output == b"SKIP\n" || amid) {
            return None;
        }
        Some(match self.rules.may_skip(&case.name) {
            Some(reason) => Verdict::LeftOut(reason.to_owned()),
            None => Verdict::Failed("anything but SKIP\n".into(), "SKIP\n".into()),
        })
    }
}

/// The status that Rust gives a program that panicked.
const PANICKED: i32 = 101;

fn survived(output: Vec<u8>, ended: Ended) -> Verdict {
    match ended {
        Ended::Status(code) if code != PANICKED => Verdict::Passed,
        _ => {
            let printed = marked(output, ended);
            Verdict::Failed(String::new(), String::from_utf8_lossy(&printed).into_owned())
        }
    }
}

fn verdict(judged: Judged) -> Verdict {
    match judged {
        Judged::Same => Verdict::Passed,
        Judged::Different(expected, output) => Verdict::Failed(expected, output),
    }
}

/// Adds how it ended to an output that ended badly, so that it equals no expectation.
fn marked(mut output: Vec<u8>, ended: Ended) -> Vec<u8> {
    let note = match ended {
        Ended::Status(0) => return output,
        Ended::Status(code) => format!("<< left with status {code} >>\n"),
        Ended::Signal(signal) => format!("<< ended by signal {signal} >>\n"),
        Ended::TimedOut => "<< out of time >>\n".to_owned(),
        Ended::TooMuchOutput => "<< too much output >>\n".to_owned(),
    };
    output.extend_from_slice(note.as_bytes());
    output
}
