//! `krait-oracle`: compiles every script of a folder with Krait's compiler and with mpy-cross, and
//! compares the results byte for byte at every optimisation level.
//!
//! mpy-cross is the oracle: its output is right by definition. Scripts that need a native
//! architecture are left out, as Krait compiles them to bytecode. What may differ stands in
//! `known.txt`; anything else that differs, and anything listed that does not, is a failure.
#![forbid(unsafe_code)]

mod compare;
mod peer;
mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use compare::Outcome;
use report::Report;

/// Least share of identical results, in percent.
const TARGET: f64 = 99.0;
const LEVELS: [u8; 4] = [0, 1, 2, 3];

const USAGE: &str = "usage: krait-oracle [-v] [-O LEVEL] [folder or script ...]
KRAIT_MPY_CROSS names the mpy-cross program, KRAIT_PEER_TESTS the folders (with ':' between).
Without mpy-cross there is nothing to compare with, and nothing is done.";

struct Args {
    roots: Vec<PathBuf>,
    levels: Vec<u8>,
    verbose: bool,
}

fn arguments() -> Result<Args, String> {
    let mut args = Args { roots: Vec::new(), levels: Vec::new(), verbose: false };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "-v" => args.verbose = true,
            "-O" => {
                let level = words.next().and_then(|w| w.parse().ok());
                args.levels.push(level.filter(|l| *l <= 3).ok_or(USAGE)?);
            }
            "-h" | "--help" => return Err(USAGE.into()),
            _ if word.starts_with('-') => return Err(format!("unknown option {word}\n{USAGE}")),
            _ => args.roots.push(word.into()),
        }
    }
    if args.roots.is_empty()
        && let Some(folders) = std::env::var_os("KRAIT_PEER_TESTS")
    {
        args.roots.extend(std::env::split_paths(&folders));
    }
    if args.levels.is_empty() {
        args.levels.extend(LEVELS);
    }
    Ok(args)
}

/// Every script below a folder, with its path relative to the folder, in order.
fn scripts(root: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    if root.is_file() {
        return vec![(root.to_path_buf(), root.display().to_string())];
    }
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            // Links are not followed: they may form a circle.
            if entry.file_type().is_ok_and(|t| t.is_dir()) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") {
                let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                found.push((path, name));
            }
        }
    }
    found.sort();
    found
}

fn main() -> ExitCode {
    let args = match arguments() {
        Ok(args) => args,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::from(2);
        }
    };
    let Some(program) = std::env::var_os("KRAIT_MPY_CROSS") else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let peer = peer::Peer::new(program);
    let known = match report::Known::parse(include_str!("../known.txt")) {
        Ok(known) => known,
        Err(line) => {
            eprintln!("known.txt, line {line}: no tab");
            return ExitCode::from(2);
        }
    };
    let work: Vec<(PathBuf, String)> = args.roots.iter().flat_map(|r| scripts(r)).collect();
    if work.is_empty() {
        eprintln!("no scripts found\n{USAGE}");
        return ExitCode::from(2);
    }
    let mut passed = true;
    let mut used = std::collections::BTreeSet::new();
    for level in &args.levels {
        let report = run(&peer, &work, *level);
        passed &= report.print(*level, &known, args.verbose, TARGET);
        used.extend(report.differing_names());
    }
    for name in known.names().filter(|n| work.iter().any(|w| w.1 == **n)) {
        if !used.contains(name) && args.levels.len() == LEVELS.len() {
            println!("known.txt lists {name}, which does not differ");
            passed = false;
        }
    }
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares all scripts at one level, on two threads.
fn run(peer: &peer::Peer, work: &[(PathBuf, String)], level: u8) -> Report {
    let queue = Mutex::new(work.iter());
    let report = Mutex::new(Report::default());
    let next = || queue.lock().ok()?.next();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((path, name)) = next() {
                    let outcome = match std::fs::read(path) {
                        Ok(text) => compare::compare(peer, path, name, &text, level),
                        Err(error) => Outcome::Unreadable(error.to_string()),
                    };
                    if let Ok(mut report) = report.lock() {
                        report.add(name, outcome);
                    }
                }
            });
        }
    });
    report.into_inner().unwrap_or_default()
}
