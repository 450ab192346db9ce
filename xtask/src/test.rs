//! `cargo x test`: the list of everything that can be tested on this machine.
//!
//! A step whose crate or tool is absent is reported so. In CI that is a failure for the steps named
//! in `tests/expected-steps`, so that a step cannot vanish unnoticed.

use crate::plan::{self, Action, Counts, Outcome, State, Step};
use crate::setup::{self, Ready};
use crate::{build, fuzz, shell, word32};
use anyhow::{Context, Result};
use std::process::Command;
use std::time::Instant;

/// What to test.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Only these steps (repeatable), with the builds that they need
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// List the steps and do nothing
    #[arg(long)]
    list: bool,
    /// Hard mode over whole folders instead of a sample; takes long
    #[arg(long)]
    hard: bool,
    /// Seconds for each fuzz target; in CI 60 for the language's and 30 for others, 15 elsewhere, if not given
    #[arg(long)]
    fuzz_seconds: Option<u64>,
}

/// The file that names the steps which CI must find.
const EXPECTED: &str = "tests/expected-steps";

/// The fuzz targets on which everything else stands.
const LANGUAGE: [&str; 4] = ["compile", "mpy", "heap", "format"];

/// Runs everything; `Ok(false)` if anything failed.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let start = Instant::now();
    let ready = setup::run()?;
    let mut steps = steps(options, &ready)?;
    if options.list {
        for step in &steps {
            match &step.action {
                Action::Do(_) => println!("{}", step.name),
                Action::Without(why) => println!("{}: {why}", step.name),
            }
        }
        return Ok(true);
    }
    if !options.only.is_empty() {
        keep(&mut steps, &options.only)?;
    }
    println!("testing: {} steps, logs in {}", steps.len(), shell::short(&shell::target().join("test-logs")));
    let outcomes = plan::run(steps)?;
    let expected = if krait_conformance::in_ci() && options.only.is_empty() { expected()? } else { Vec::new() };
    let total = report(&outcomes, &expected);
    println!("{:.0} s", start.elapsed().as_secs_f64());
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    Ok(total.failed == 0)
}

fn expected() -> Result<Vec<String>> {
    let text = std::fs::read_to_string(shell::root().join(EXPECTED)).context(EXPECTED)?;
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    Ok(lines.map(str::to_owned).collect())
}

/// Prints the table and adds up.
fn report(outcomes: &[Outcome], expected: &[String]) -> Counts {
    let mut total = Counts::default();
    println!("\n{:20}{:>8}{:>8}{:>8}{:>8}", "step", "passed", "failed", "skipped", "s");
    for outcome in outcomes {
        let Outcome { name, state, counts, took } = outcome;
        let mut counts = *counts;
        let note = match state {
            State::Without(why) if expected.contains(name) => {
                counts.failed = 1;
                format!("  FAILED, not done: {why}")
            }
            State::Without(why) => {
                counts.skipped = 1;
                format!("  not done: {why}")
            }
            State::Failed => "  FAILED".to_owned(),
            State::Passed => String::new(),
        };
        let Counts { passed, failed, skipped } = counts;
        println!("{name:20}{passed:>8}{failed:>8}{skipped:>8}{:>8.0}{note}", took.as_secs_f64());
        total.passed += passed;
        total.failed += failed;
        total.skipped += skipped;
    }
    for name in expected.iter().filter(|e| !outcomes.iter().any(|o| o.name == **e)) {
        println!("{name:20}  FAILED: {EXPECTED} names a step that does not exist");
        total.failed += 1;
    }
    total
}

/// Keeps the steps named `only` and what they need.
fn keep(steps: &mut Vec<Step>, only: &[String]) -> Result<()> {
    for name in only {
        anyhow::ensure!(steps.iter().any(|s| s.name == *name), "no step {name}: see --list");
    }
    let mut wanted: Vec<String> = only.to_vec();
    // Needs are listed before what needs them.
    for step in steps.iter().rev() {
        if wanted.contains(&step.name)
            && let Some(after) = step.after
        {
            wanted.push(after.to_owned());
        }
    }
    steps.retain(|s| wanted.contains(&s.name));
    Ok(())
}

/// Collects steps.
#[derive(Default)]
struct List(Vec<Step>);

impl List {
    fn add(&mut self, name: &str, builds: bool, after: Option<&'static str>, action: Action) {
        self.0.push(Step { name: name.to_owned(), builds, after, action });
    }

    fn builds(&mut self, name: &str, commands: Vec<Command>) {
        self.add(name, true, None, Action::Do(commands));
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = shell::cargo();
    cargo.args(arguments);
    cargo
}

fn x(arguments: &[&str]) -> Result<Command> {
    let mut x = shell::x()?;
    x.args(arguments);
    Ok(x)
}

/// Every step, needs before what needs them.
fn steps(options: &Options, ready: &Ready) -> Result<Vec<Step>> {
    let mut list = List::default();
    let krait = shell::has_crate(build::KRAIT);
    list.builds("format", vec![cargo(&["fmt", "--all", "--check", "--", "--color", "never"])]);
    list.builds("tidy", vec![x(&["tidy"])?]);
    list.builds("qstr", vec![x(&["qstr", "--check"])?]);
    if krait {
        list.builds("krait", vec![build::debug()]);
    } else {
        list.add("krait", true, None, Action::Without("the krait program is absent from this tree".into()));
    }
    unit(&mut list);
    list.builds("clippy", vec![cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])]);
    conformance(&mut list, options, ready)?;
    oracle(&mut list, ready)?;
    lx106(&mut list, ready);
    interop(&mut list, ready)?;
    disk_images(&mut list, ready);
    word32(&mut list, options, krait, ready)?;
    fuzz_steps(&mut list, options, ready)?;
    Ok(list.0)
}

fn unit(list: &mut List) {
    let nextest = shell::exists("cargo", &["nextest", "--version"]);
    let (build, run): (&[&str], &[&str]) = if nextest {
        (&["nextest", "run", "--workspace", "--no-run"], &["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        (
            &["test", "--workspace", "--lib", "--bins", "--tests", "--no-run"],
            &["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"],
        )
    };
    list.builds("unit-build", vec![cargo(build)]);
    list.builds("doc-tests", vec![cargo(&["test", "--workspace", "--doc"])]);
    list.add("unit", false, Some("unit-build"), Action::Do(vec![cargo(run)]));
}

fn conformance(list: &mut List, options: &Options, ready: &Ready) -> Result<()> {
    let program = shell::target().join("debug/krait");
    let program = program.to_string_lossy();
    if let Err(why) = &ready.suite {
        for name in ["conformance-64", "hard", "survive", "leaks"] {
            list.add(name, false, None, Action::Without(why.clone()));
        }
        return Ok(());
    }
    let base = ["conformance", "--program", &program];
    let run = x(&[&base[..], &["--verbose"]].concat())?;
    list.add("conformance-64", false, Some("krait"), Action::Do(vec![run]));
    let folders = ["--folder", "basics", "--folder", "micropython"];
    // A prime, so that a sample meets every kind of test.
    let sample = if options.hard { "1" } else { "13" };
    let hard = ["--hard", "collect,poison", "--sample", sample, "--verbose"];
    let run = x(&[&base[..], &folders, &hard].concat())?;
    list.add("hard", false, Some("krait"), Action::Do(vec![run]));
    let mut sweep = Vec::new();
    let (upto, sample) = if options.hard { (400, "3") } else { (4, "29") };
    for nth in (0..upto).map(|i| 50 + i * 7) {
        let mode = format!("fail={nth},poison");
        let hard = ["--hard", &mode, "--survive", "--section", "survive", "--sample", sample];
        sweep.push(x(&[&base[..], &folders, &hard].concat())?);
    }
    list.add("survive", false, Some("krait"), Action::Do(sweep));
    let run = x(&[&base[..], &folders, &["--leaks"]].concat())?;
    list.add("leaks", false, Some("krait"), Action::Do(vec![run]));
    Ok(())
}

/// Disk images, both ways, between Krait and what others write and read them with.
fn disk_images(list: &mut List, ready: &Ready) {
    let program = shell::target().join("debug/krait");
    let script = |name: &str| {
        let mut run = Command::new(krait_conformance::peer::cpython());
        run.current_dir(shell::root()).arg(format!("tests/interop/{name}_images.py")).arg(&program);
        run
    };
    let littlefs = ready.littlefs.as_ref().map(|folder| {
        let mut run = script("littlefs");
        run.env("PYTHONPATH", folder);
        run
    });
    let fat = ready.mtools.as_ref().map(|folder| {
        let mut run = script("fat");
        run.arg(folder);
        run
    });
    for (name, run) in [("images-littlefs", littlefs), ("images-fat", fat)] {
        match run {
            Ok(run) => list.add(name, false, Some("krait"), Action::Do(vec![run])),
            Err(why) => list.add(name, false, None, Action::Without(why.clone())),
        }
    }
}

fn oracle(list: &mut List, ready: &Ready) -> Result<()> {
    const FOLDER: &str = "tests/oracle";
    let why = match (&ready.suite, &ready.mpy_cross) {
        _ if !shell::has_crate(FOLDER) => format!("{FOLDER} is absent from this tree"),
        (Err(why), _) | (_, Err(why)) => why.clone(),
        (Ok(suite), Ok(mpy_cross)) => {
            let name = package(FOLDER)?;
            list.builds("oracle-build", vec![cargo(&["build", "-p", &name])]);
            let mut run = Command::new(shell::target().join("debug").join(&name));
            run.current_dir(shell::root());
            run.env("KRAIT_PEER_TESTS", suite.tests()).env("KRAIT_MPY_CROSS", mpy_cross);
            list.add("oracle", false, Some("oracle-build"), Action::Do(vec![run]));
            return Ok(());
        }
    };
    list.add("oracle", false, None, Action::Without(why));
    Ok(())
}

/// The emulated CPU against QEMU, objdump and the host.
fn lx106(list: &mut List, ready: &Ready) {
    let library = match &ready.lx106 {
        Ok(library) => library,
        Err(why) => {
            list.add("lx106", false, None, Action::Without(why.clone()));
            return;
        }
    };
    list.builds("lx106-build", vec![cargo(&["build", "-p", "krait-lx106-check"])]);
    let run = |arguments: &[&str]| {
        let mut check = Command::new(shell::target().join("debug/krait-lx106-check"));
        check.args(arguments).current_dir(shell::root());
        if let word32::Library::At(path) = library {
            check.env("KRAIT_RUST_LIBRARY", path);
        }
        check
    };
    let folder = shell::target().join("lx106-chip");
    let runs = vec![run(&["qemu"]), run(&["selftest", "--folder", &folder.to_string_lossy()])];
    list.add("lx106", false, Some("lx106-build"), Action::Do(runs));
}

fn interop(list: &mut List, ready: &Ready) -> Result<()> {
    const FOLDER: &str = "tests/interop";
    let why = match &ready.wheels {
        _ if !shell::has_crate(FOLDER) => format!("{FOLDER} is absent from this tree"),
        Err(why) => why.clone(),
        Ok(wheels) => {
            let name = package(FOLDER)?;
            list.builds("interop-build", vec![build::debug(), cargo(&["build", "-p", &name])]);
            let mut run = Command::new(shell::target().join("debug").join(&name));
            run.current_dir(shell::root()).env("KRAIT_WHEELS", wheels);
            run.env("KRAIT", shell::target().join("debug/krait"));
            list.add("interop", false, Some("interop-build"), Action::Do(vec![run]));
            return Ok(());
        }
    };
    list.add("interop", false, None, Action::Without(why));
    Ok(())
}

fn word32(list: &mut List, options: &Options, krait: bool, ready: &Ready) -> Result<()> {
    let library = match &ready.word32 {
        Ok(library) => library,
        Err(why) => {
            for name in ["unit-32", "krait-32", "conformance-32", "hard-32"] {
                list.add(name, true, None, Action::Without(why.clone()));
            }
            return Ok(());
        }
    };
    if krait {
        list.builds("krait-32", vec![word32::cargo(library, "build", false, &["-p", "krait"])]);
    } else {
        list.add("krait-32", true, None, Action::Without("the krait program is absent from this tree".into()));
    }
    let mut packages = Vec::new();
    for folder in ["lang", "lib"] {
        for entry in shell::root().join(folder).read_dir()?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().join("Cargo.toml").is_file() {
                packages.extend(["-p".to_owned(), package(&format!("{folder}/{name}"))?]);
            }
        }
    }
    let mut arguments = vec!["--lib", "--tests"];
    arguments.extend(packages.iter().map(String::as_str));
    list.builds("unit-32", vec![word32::cargo(library, "test", false, &arguments)]);
    let action = match &ready.suite {
        Ok(_) => {
            let program = word32::folder().join(word32::TARGET).join("debug/krait");
            let program = program.to_string_lossy();
            let heap = ["--word", "32", "-X", "heapsize=64k", "--verbose"];
            Action::Do(vec![x(&[&["conformance", "--program", &program][..], &heap].concat())?])
        }
        Err(why) => Action::Without(why.clone()),
    };
    list.add("conformance-32", false, Some("krait-32"), action);
    let action = match &ready.suite {
        Ok(_) => {
            let program = word32::folder().join(word32::TARGET).join("debug/krait");
            let program = program.to_string_lossy();
            let sample = if options.hard { "1" } else { "17" };
            let what =
                ["--word", "32", "--folder", "basics", "--folder", "micropython", "--sample", sample, "--verbose"];
            let hard = ["--hard", "collect,poison"];
            Action::Do(vec![x(&[&["conformance", "--program", &program][..], &what, &hard].concat())?])
        }
        Err(why) => Action::Without(why.clone()),
    };
    list.add("hard-32", false, Some("krait-32"), action);
    Ok(())
}

fn fuzz_steps(list: &mut List, options: &Options, ready: &Ready) -> Result<()> {
    let tool = match &ready.fuzzer {
        Ok(tool) => tool,
        Err(why) => {
            list.add("fuzz", true, None, Action::Without(why.clone()));
            return Ok(());
        }
    };
    let seconds = |target: &str| match options.fuzz_seconds {
        Some(seconds) => seconds,
        None if !krait_conformance::in_ci() => 15,
        None if LANGUAGE.contains(&target) => 60,
        None => 30,
    };
    list.builds("fuzz-build", vec![fuzz::build(tool)]);
    let runs = fuzz::targets()?.iter().map(|t| fuzz::command(tool, t, seconds(t))).collect();
    list.add("fuzz", false, Some("fuzz-build"), Action::Do(runs));
    Ok(())
}

/// The name of the package in `folder`.
fn package(folder: &str) -> Result<String> {
    let path = shell::root().join(folder).join("Cargo.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let line = text.lines().find_map(|l| l.strip_prefix("name = \"")).and_then(|l| l.strip_suffix('"'));
    line.map(str::to_owned).with_context(|| format!("{}: no name", path.display()))
}
