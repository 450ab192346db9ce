//! The executor for a program on this machine with the reference's Unix command line.

use super::{Executor, Job, Outcome};
use crate::case::{Case, Kind};
use crate::peer::Program;
use crate::process::{Ended, bounded};
use crate::terminal::{Terminal, keys};
use anyhow::Result;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Silence that ends an answer at the prompt, on the first try.
const QUIET: Duration = Duration::from_millis(30);

/// A host program.
#[derive(Debug)]
pub struct Host {
    program: Program,
    section: String,
    at_once: usize,
    heapsize: Option<String>,
    environment: Vec<(String, String)>,
    search: OsString,
}

impl Host {
    /// `extmod` is the suite's folder of Python modules, which its tests may import.
    #[must_use]
    pub fn new(program: Program, section: String, extmod: &Path) -> Self {
        let mut search = OsString::from(".frozen:");
        search.push(extmod);
        search.push(":");
        search.push(crate::home().join("python"));
        let at_once = std::thread::available_parallelism().map_or(1, usize::from);
        Self { program, section, at_once, heapsize: None, environment: Vec::new(), search }
    }

    /// How many processes at once.
    #[must_use]
    pub fn with_jobs(mut self, jobs: usize) -> Self {
        self.at_once = jobs.max(1);
        self
    }

    /// `-X heapsize=` for every script that does not bring options of its own.
    #[must_use]
    pub fn with_heapsize(mut self, size: Option<String>) -> Self {
        self.heapsize = size;
        self
    }

    /// More environment variables.
    #[must_use]
    pub fn with_environment(mut self, variables: Vec<(String, String)>) -> Self {
        self.environment = variables;
        self
    }

    fn command(&self, home: &Path) -> Command {
        let mut command = self.program.command();
        // HOME keeps the history of the tests' prompts apart from the user's.
        command.env("MICROPYPATH", &self.search).env("HOME", home);
        command.env_remove("MICROPYINSPECT").env_remove("LD_LIBRARY_PATH");
        command.envs(self.environment.iter().map(|(k, v)| (k, v)));
        command
    }

    fn script(&self, job: Job) -> Result<Outcome> {
        let path = job.case.path(job.tests);
        let mut command = self.command(job.tests);
        command.args(["-X", "emit=bytecode"]);
        if let Some(size) = &self.heapsize {
            command.arg("-X").arg(format!("heapsize={size}"));
        }
        command.arg(&path).current_dir(path.parent().unwrap_or(job.tests));
        let ran = bounded(command, job.limit)?;
        Ok(Outcome { output: ran.output, ended: ran.ended })
    }

    fn patterned(&self, job: Job) -> Result<Outcome> {
        let mut command = self.command(job.tests);
        command.args(options(job.case, job.tests)?).arg(&job.case.name).current_dir(job.tests);
        let ran = bounded(command, job.limit)?;
        Ok(Outcome { output: ran.output, ended: ran.ended })
    }

    fn typed(&self, job: Job) -> Result<Outcome> {
        let mut command = self.command(job.tests);
        command.args(options(job.case, job.tests)?).current_dir(job.tests);
        let quiet = QUIET * (1 + 7 * job.attempt);
        let mut terminal = Terminal::start(command, quiet)?;
        let mut output = terminal.greeting(job.limit)?;
        let text = std::fs::read(job.case.path(job.tests))?;
        for line in text.split_inclusive(|&b| b == b'\n') {
            output.extend(terminal.type_in(&keys(line))?);
        }
        terminal.finish()?;
        Ok(Outcome { output, ended: Ended::Status(0) })
    }
}

/// The options on a test's first line.
fn options(case: &Case, tests: &Path) -> Result<Vec<String>> {
    let mut first = Vec::new();
    BufReader::new(std::fs::File::open(case.path(tests))?).read_until(b'\n', &mut first)?;
    let first = String::from_utf8_lossy(&first);
    let words = first.strip_prefix("# cmdline:").unwrap_or("").split_whitespace();
    Ok(words.map(str::to_owned).collect())
}

impl Executor for Host {
    fn section(&self) -> &str {
        &self.section
    }

    fn at_once(&self) -> usize {
        self.at_once
    }

    fn run(&self, job: Job) -> Result<Outcome> {
        match job.case.kind {
            Kind::Script | Kind::Timing => self.script(job),
            Kind::Patterned => self.patterned(job),
            Kind::Typed => self.typed(job),
        }
    }

    fn evaluate(&self, code: &str) -> Result<String> {
        let mut command = self.command(Path::new("/nonexistent"));
        command.arg("-c").arg(code);
        let ran = bounded(command, Duration::from_secs(60))?;
        Ok(String::from_utf8_lossy(&ran.output).into_owned())
    }
}
