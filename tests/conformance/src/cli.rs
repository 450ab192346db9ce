//! The command line of the runner, and the run from beginning to end.

use crate::case::{Case, FOLDERS, discover};
use crate::executor::{Executor, Host};
use crate::expect::Expectations;
use crate::gaps::Gaps;
use crate::leaks;
use crate::peer::{self, Program, Suite};
use crate::report::{Report, Summary, percent};
use crate::rules::{Rules, matches};
use crate::runner::{Finding, Runner, Verdict};
use crate::scratch::Scratch;
use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How to run the suite.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// The program to test; `peer` stands for the reference's own
    #[arg(long, value_name = "PATH")]
    pub program: Option<PathBuf>,
    /// Word size of the program in bits: chooses the default program and the section of gaps.txt
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(32..=64))]
    pub word: u32,
    /// Section of gaps.txt, if not the one for the program and the word size
    #[arg(long, value_name = "NAME")]
    pub section: Option<String>,
    /// Only these folders of the suite (repeatable)
    #[arg(long = "folder", value_name = "NAME")]
    pub folders: Vec<String>,
    /// Only tests whose name contains this, or fits it if it has a `*`
    #[arg(long, value_name = "TEXT")]
    pub filter: Vec<String>,
    /// Only each Nth test, for a sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sample: usize,
    /// Settings for the program: `heapsize=64k`
    #[arg(short = 'X', value_name = "NAME=VALUE")]
    pub setting: Vec<String>,
    /// Hard mode: sets KRAIT_HARD for the program, and is ten times as patient
    #[arg(long, value_name = "MODE")]
    pub hard: Option<String>,
    /// Ask only that no test crashes, panics or hangs the program, whatever it prints
    #[arg(long)]
    pub survive: bool,
    /// Run each script many times in one interpreter instead, and ask that its memory does not grow
    #[arg(long, requires = "program")]
    pub leaks: bool,
    /// Environment variables for the program
    #[arg(long = "env", value_name = "NAME=VALUE")]
    pub environment: Vec<String>,
    /// Seconds that one test may take
    #[arg(long, default_value_t = 60)]
    pub timeout: u64,
    /// How many tests at once, if not as many as there are processors
    #[arg(short, long)]
    pub jobs: Option<usize>,
    /// Show what failing tests printed, as a diff
    #[arg(short, long)]
    pub verbose: bool,
    /// Bring gaps.txt up to date; new gaps get `?` for a reason and fail until they have one
    #[arg(long)]
    pub write_gaps: bool,
    /// Also run the reference's program, and tell how much of what it passes is passed
    #[arg(long)]
    pub against_peer: bool,
    /// Show the slowest tests
    #[arg(long)]
    pub slowest: bool,
}

/// Runs the suite as `options` say and prints the report.
///
/// Without the suite it says so: in CI that is an error, elsewhere an empty summary.
///
/// # Errors
/// The program does not run, or a committed file is malformed.
pub fn run(options: &Options) -> Result<Summary> {
    let suite = match peer::suite() {
        Ok(suite) => suite,
        Err(error) if crate::in_ci() => return Err(error),
        Err(error) => {
            println!("conformance: left out altogether: {error:#}");
            return Ok(Summary::default());
        }
    };
    limit_open_files()?;
    let start = Instant::now();
    let all = cases(options, &suite)?;
    let chosen = choose(options, &all);
    anyhow::ensure!(!chosen.is_empty(), "no test fits what was asked for");
    if let (true, Some(program)) = (options.leaks, &options.program) {
        return leaks::run(program, &suite.tests(), &chosen);
    }
    let executor = executor(options, &suite)?;
    let session = Session { suite: &suite, options, chosen: &chosen };
    let (findings, about) = session.run(&executor)?;
    let mut gaps = Gaps::load()?;
    let section = gaps.section(executor.section());
    let report = Report::new(&findings, &section, &all);
    print!("{}", report.print(options.verbose));
    if options.slowest {
        slowest(&findings);
    }
    println!("suite: {}; {about}; {:.0} s", suite.origin, start.elapsed().as_secs_f64());
    if options.write_gaps {
        gaps.write(executor.section(), report.section())?;
        println!("gaps.txt: section {} is up to date", executor.section());
    }
    let summary = report.summary;
    println!("{:.2} % of {} judged", summary.percent(), summary.judged);
    if options.against_peer {
        against_peer(&session, &findings)?;
    }
    println!(
        "conformance: {} passed, {} failed, {} skipped",
        summary.passed,
        summary.failed,
        summary.left_out + summary.gaps
    );
    Ok(summary)
}

struct Session<'a> {
    suite: &'a Suite,
    options: &'a Options,
    chosen: &'a [Case],
}

impl Session<'_> {
    fn run(&self, executor: &dyn Executor) -> Result<(Vec<Finding>, String)> {
        let rules = Rules::load(executor)?;
        let mut folders: Vec<&str> = self.chosen.iter().map(Case::folder).collect();
        folders.dedup();
        let scratch = Scratch::new(&peer::cache(), &self.suite.tests(), folders.iter().copied())?;
        let expectations = Expectations::new(&peer::cache(), rules.version >= (1, 29, 0));
        let patience = if self.options.hard.is_some() { 10 } else { 1 };
        let total = self.chosen.len();
        let live = std::io::stderr().is_terminal();
        let progress = |done: usize| {
            if live {
                eprint!("\r{done}/{total} ");
            }
        };
        let runner = Runner {
            executor,
            rules: &rules,
            expectations: &expectations,
            tests: &scratch.tests(),
            limit: Duration::from_secs(self.options.timeout.saturating_mul(patience)),
            survive: self.options.survive,
            progress: &progress,
        };
        let findings = runner.run(self.chosen)?;
        if live {
            eprint!("\r             \r");
        }
        let (a, b, c) = rules.version;
        let about = format!(
            "program: version {a}.{b}.{c}, {}; expectations: CPython {}",
            rules.features(),
            expectations.python()
        );
        Ok((findings, about))
    }
}

fn against_peer(session: &Session, findings: &[Finding]) -> Result<()> {
    let extmod = session.suite.root.join("extmod");
    let host = Host::new(peer::program()?, "peer".into(), &extmod);
    let (theirs, _) = session.run(&host)?;
    let passes = |f: &Finding| f.verdict == Verdict::Passed;
    let both = findings.iter().zip(&theirs).filter(|(a, b)| passes(a) && passes(b)).count();
    let peer = theirs.iter().filter(|f| passes(f)).count();
    println!("of {peer} tests that the reference's program passes, {both} pass ({:.2} %):", percent(both, peer));
    for (ours, theirs) in findings.iter().zip(&theirs) {
        match &ours.verdict {
            _ if !passes(theirs) => {}
            Verdict::Passed => {}
            Verdict::Failed(..) => println!("  fails     {}", ours.case.name),
            Verdict::LeftOut(_) => println!("  left out  {}", ours.case.name),
        }
    }
    Ok(())
}

fn executor(options: &Options, suite: &Suite) -> Result<Host> {
    let is_peer = options.program.as_ref().is_some_and(|p| p.as_os_str() == "peer");
    let program = match &options.program {
        Some(_) if is_peer => peer::program()?,
        Some(path) => {
            let path = path.canonicalize().with_context(|| format!("--program {}", path.display()))?;
            Program::plain(path)
        }
        None => Program::plain(default_program(options.word)?),
    };
    let section = match &options.section {
        Some(name) => name.clone(),
        None if is_peer => "peer".to_owned(),
        None => format!("host-{}{}", options.word, if options.hard.is_some() { "-hard" } else { "" }),
    };
    let mut heapsize = None;
    for setting in &options.setting {
        match setting.split_once('=') {
            Some(("heapsize", size)) => heapsize = Some(size.to_owned()),
            _ => anyhow::bail!("-X {setting}: the runner knows heapsize=N only"),
        }
    }
    let mut environment = Vec::new();
    for pair in &options.environment {
        let (name, value) = pair.split_once('=').with_context(|| format!("--env {pair}: no `=`"))?;
        environment.push((name.to_owned(), value.to_owned()));
    }
    environment.extend(options.hard.iter().map(|mode| ("KRAIT_HARD".to_owned(), mode.clone())));
    let mut host =
        Host::new(program, section, &suite.root.join("extmod")).with_heapsize(heapsize).with_environment(environment);
    if let Some(jobs) = options.jobs {
        host = host.with_jobs(jobs);
    }
    Ok(host)
}

/// Krait as `cargo x` builds it.
fn default_program(word: u32) -> Result<PathBuf> {
    let target = crate::repository().join("target");
    let places = match word {
        32 => ["word32/i686-unknown-linux-gnu/release/krait", "word32/i686-unknown-linux-gnu/debug/krait"],
        _ => ["release/krait", "debug/krait"],
    };
    let newest =
        places.iter().map(|p| target.join(p)).filter_map(|p| Some((p.metadata().ok()?.modified().ok()?, p))).max();
    let (_, path) =
        newest.with_context(|| format!("no {word}-bit krait is built: `cargo x build`, or give --program"))?;
    Ok(path)
}

fn cases(options: &Options, suite: &Suite) -> Result<Vec<Case>> {
    let tests = suite.tests();
    let mut all = Vec::new();
    if options.folders.is_empty() {
        for folder in FOLDERS {
            all.extend(discover(&tests, folder)?);
        }
    }
    for folder in &options.folders {
        all.extend(discover(&tests, folder.trim_end_matches('/'))?);
    }
    Ok(all)
}

fn choose(options: &Options, all: &[Case]) -> Vec<Case> {
    let fits = |case: &&Case| {
        options.filter.is_empty()
            || options.filter.iter().any(|f| match f.contains('*') {
                true => matches(f, &case.name),
                false => case.name.contains(f.as_str()),
            })
    };
    all.iter().filter(fits).step_by(options.sample.max(1)).cloned().collect()
}

fn slowest(findings: &[Finding]) {
    let mut order: Vec<&Finding> = findings.iter().collect();
    order.sort_by_key(|f| std::cmp::Reverse(f.took));
    println!("slowest:");
    for finding in order.iter().take(15) {
        println!("  {:7.2} s  {}", finding.took.as_secs_f64(), finding.case.name);
    }
}

/// One of the suite's tests counts on running out of file descriptors near 1024.
fn limit_open_files() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.current.map_or(1024, |c| c.min(1024));
    setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum })?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}
