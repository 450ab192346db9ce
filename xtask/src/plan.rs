//! Steps and how they are run: two at a time, the next build beside the next test run.
//!
//! One worker takes builds first, since they hold cargo's lock and feed the rest; the other takes
//! test runs as what they need gets ready. Each step's output goes to a log; the terminal gets one
//! line a step, and the end of the log where a step failed.

use crate::shell;
use anyhow::Result;
use krait_conformance::family::Family;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Longest that one command of a step may run.
const LIMIT: Duration = Duration::from_secs(25 * 60);

/// How many lines of a failed step's log are shown.
const TAIL: usize = 60;

/// What a step does.
pub(crate) enum Action {
    /// These commands, until one fails.
    Do(Vec<Command>),
    /// Nothing: what it is about is not in this tree, or not to be had, for this reason.
    Without(String),
}

/// One step.
pub(crate) struct Step {
    pub(crate) name: String,
    /// Whether it builds, as opposed to running what was built.
    pub(crate) builds: bool,
    /// The step that must have succeeded before.
    pub(crate) after: Option<&'static str>,
    pub(crate) action: Action,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Passed,
    Failed,
    /// Not done, for this reason.
    Without(String),
}

/// What a step gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) state: State,
    pub(crate) counts: Counts,
    pub(crate) took: Duration,
}

/// Tests as a log reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

#[derive(Default)]
struct Board {
    waiting: Vec<Step>,
    outcomes: Vec<Outcome>,
}

/// Runs all `steps` and gives their outcomes in the steps' order.
///
/// # Errors
/// A log cannot be written.
pub(crate) fn run(steps: Vec<Step>) -> Result<Vec<Outcome>> {
    let logs = shell::target().join("test-logs");
    fs::create_dir_all(&logs)?;
    let order: Vec<String> = steps.iter().map(|s| s.name.clone()).collect();
    let board = Mutex::new(Board { waiting: steps, outcomes: Vec::new() });
    let changed = Condvar::new();
    let work = |builder: bool| -> Result<()> {
        let mut held = lock(&board);
        loop {
            match next(&mut held, builder) {
                Next::Step(step) => {
                    drop(held);
                    let name = step.name.clone();
                    let outcome = perform(step, &logs).unwrap_or_else(|error| broken(name, &error));
                    held = lock(&board);
                    held.outcomes.push(outcome);
                    changed.notify_all();
                }
                Next::Later => held = changed.wait(held).unwrap_or_else(PoisonError::into_inner),
                Next::Nothing => {
                    changed.notify_all();
                    return Ok(());
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let builder = scope.spawn(|| work(true));
        let other = work(false);
        builder.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a worker thread panicked"))).and(other)
    })?;
    let mut outcomes = lock(&board).outcomes.clone();
    outcomes.sort_by_key(|o| order.iter().position(|n| *n == o.name));
    Ok(outcomes)
}

fn lock(board: &Mutex<Board>) -> MutexGuard<'_, Board> {
    board.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Next {
    Step(Step),
    Later,
    Nothing,
}

/// Takes the next step that can be done; a step whose need failed is settled here.
fn next(board: &mut Board, builder: bool) -> Next {
    loop {
        if board.waiting.is_empty() {
            return Next::Nothing;
        }
        let done = |name: &str| board.outcomes.iter().find(|o| o.name == name);
        let vain = board.waiting.iter().position(|s| s.after.and_then(done).is_some_and(|o| o.state != State::Passed));
        if let Some(at) = vain {
            let step = board.waiting.remove(at);
            let why = format!("needs {}", step.after.unwrap_or_default());
            board.outcomes.push(without(step.name, why));
            continue;
        }
        let ready = |s: &Step| s.after.is_none_or(|a| done(a).is_some());
        let first = |builds: bool| board.waiting.iter().position(|s| s.builds == builds && ready(s));
        // The builder helps with runs when nothing is left to build; the other never builds, since
        // two builds would only wait for each other.
        let found = if builder { first(true).or_else(|| first(false)) } else { first(false) };
        return match found {
            Some(at) => Next::Step(board.waiting.remove(at)),
            None if !builder && board.waiting.iter().all(|s| s.builds) => Next::Nothing,
            None => Next::Later,
        };
    }
}

fn without(name: String, why: String) -> Outcome {
    println!("  --     {name}: {why}");
    Outcome { name, state: State::Without(why), counts: Counts::default(), took: Duration::ZERO }
}

/// A step that could not even be tried: nobody must wait for it for ever.
fn broken(name: String, error: &anyhow::Error) -> Outcome {
    println!("  FAILED {name}: {error:#}");
    let counts = Counts { failed: 1, ..Counts::default() };
    Outcome { name, state: State::Failed, counts, took: Duration::ZERO }
}

fn perform(step: Step, logs: &Path) -> Result<Outcome> {
    let commands = match step.action {
        Action::Do(commands) => commands,
        Action::Without(why) => return Ok(without(step.name, why)),
    };
    let log = logs.join(format!("{}.log", step.name));
    let start = Instant::now();
    let mut file = File::create(&log)?;
    let mut good = true;
    for command in commands {
        good = good && logged(command, &mut file)?;
    }
    let took = start.elapsed();
    let text = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let mut counts = counts(&text).unwrap_or(Counts { passed: u64::from(good), ..Counts::default() });
    if !good {
        counts.failed = counts.failed.max(1);
    }
    let state = if good { State::Passed } else { State::Failed };
    let mark = if good { "ok" } else { "FAILED" };
    println!("  {mark:7}{} ({:.0} s)", step.name, took.as_secs_f64());
    if !good {
        show_end(&text, &log);
    }
    Ok(Outcome { name: step.name, state, counts, took })
}

fn logged(mut command: Command, file: &mut File) -> Result<bool> {
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file.try_clone()?);
    let mut family = match Family::spawn(&mut command) {
        Ok(family) => family,
        Err(error) => {
            use std::io::Write as _;
            writeln!(file, "{error:#}")?;
            return Ok(false);
        }
    };
    match family.wait_until(Instant::now() + LIMIT)? {
        Some(status) => Ok(status.success()),
        None => {
            use std::io::Write as _;
            family.kill()?;
            writeln!(file, "killed after {} s", LIMIT.as_secs())?;
            Ok(false)
        }
    }
}

fn show_end(text: &str, log: &Path) {
    let lines: Vec<&str> = text.lines().collect();
    println!("  -- the end of {}:", shell::short(log));
    for line in lines.iter().skip(lines.len().saturating_sub(TAIL)) {
        println!("  | {line}");
    }
}

/// The tests that a log tells of: cargo test's results added up, or the last closing line.
fn counts(log: &str) -> Option<Counts> {
    let results = log.lines().filter(|l| l.starts_with("test result:")).filter_map(closing);
    let sum = results.reduce(|a, b| Counts {
        passed: a.passed + b.passed,
        failed: a.failed + b.failed,
        skipped: a.skipped + b.skipped,
    });
    sum.or_else(|| log.lines().rev().find_map(closing))
}

/// The numbers before `passed`, `failed` and `skipped` or `ignored` of one line.
fn closing(line: &str) -> Option<Counts> {
    let words: Vec<&str> = line.split([' ', ',', ';', ':', '.']).filter(|w| !w.is_empty()).collect();
    let before = |what: &str| {
        let at = words.iter().position(|w| *w == what)?;
        words.get(at.checked_sub(1)?)?.parse::<u64>().ok()
    };
    let passed = before("passed")?;
    let skipped = before("skipped").or_else(|| before("ignored"));
    Some(Counts { passed, failed: before("failed").unwrap_or(0), skipped: skipped.unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines() {
        let of = |passed, failed, skipped| Some(Counts { passed, failed, skipped });
        assert_eq!(counts("conformance: 855 passed, 2 failed, 25 skipped\n"), of(855, 2, 25));
        assert_eq!(counts("     Summary [  0.1s] 5 tests run: 5 passed, 1 skipped\n"), of(5, 0, 1));
        let two = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured\nx\n\
                   test result: FAILED. 4 passed; 2 failed; 0 ignored\n";
        assert_eq!(counts(two), of(7, 2, 1));
        assert_eq!(counts("all is well\n"), None);
    }

    fn step(name: &str, builds: bool, after: Option<&'static str>, script: &str) -> Step {
        let mut sh = Command::new("sh");
        sh.args(["-c", script]);
        Step { name: name.into(), builds, after, action: Action::Do(vec![sh]) }
    }

    #[test]
    fn what_needs_a_failed_step_is_not_done() {
        let steps = vec![
            step("plan-test-a", true, None, "exit 0"),
            step("plan-test-b", true, None, "exit 1"),
            step("plan-test-c", false, Some("plan-test-a"), "echo 7 passed, 0 failed"),
            step("plan-test-d", false, Some("plan-test-b"), "echo never"),
        ];
        let outcomes = run(steps).expect("logs can be written");
        let states: Vec<&State> = outcomes.iter().map(|o| &o.state).collect();
        let needs = State::Without("needs plan-test-b".into());
        assert_eq!(states, [&State::Passed, &State::Failed, &State::Passed, &needs]);
        assert_eq!(outcomes.get(2).map(|o| o.counts.passed), Some(7));
    }
}
