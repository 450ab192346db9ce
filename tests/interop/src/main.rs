//! `krait-interop`: images of file systems that other people's tools make are used by Krait, and the other way round.
//!
//! The tools are Python packages in a folder that `KRAIT_WHEELS` names, run by the Python that `KRAIT_PYTHON` names;
//! `KRAIT` is the program under test. Each check is a file here; it works in an empty folder of its own.
#![forbid(unsafe_code)]

mod romfs;
mod tools;

use std::process::ExitCode;

use anyhow::Result;
use tools::Tools;

/// What does a check, in the folder of the tools that it gets.
type Check = fn(&Tools) -> Result<()>;

/// The checks, by name.
const CHECKS: &[(&str, Check)] = &[("romfs", romfs::check)];

fn main() -> ExitCode {
    let tools = match Tools::from_environment() {
        Ok(tools) => tools,
        Err(e) => {
            eprintln!("krait-interop: {e:#}");
            return ExitCode::from(2);
        }
    };
    let only: Vec<String> = std::env::args().skip(1).collect();
    let (mut passed, mut failed) = (0, 0);
    for (name, check) in CHECKS.iter().filter(|(name, _)| only.is_empty() || only.iter().any(|o| o == name)) {
        match tools.in_folder(name, *check) {
            Ok(()) => {
                println!("ok {name}");
                passed += 1;
            }
            Err(e) => {
                println!("FAILED {name}: {e:#}");
                failed += 1;
            }
        }
    }
    println!("interop: {passed} passed, {failed} failed, 0 skipped");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}
