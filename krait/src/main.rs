//! `krait`: runs Python programs, and gathers Krait's tools.
//!
//! The options are MicroPython's, whose rules no argument parser of the usual kind knows (what follows the script
//! is the script's; `-X` takes a word; `-OO` counts), hence the small parsers by hand in this crate.
//! A subcommand's name is taken for one only as the first argument, and only if no file of that name is there.
#![forbid(unsafe_code)]

mod cross;
mod emu;
mod mpy;
mod options;
mod size;

use std::process::ExitCode;

use options::Parsed;

/// What a subcommand does with its arguments; the result is the exit status.
type Subcommand = fn(&[String]) -> u8;

const SUBCOMMANDS: [(&str, Subcommand); 3] = [("cross", cross::main), ("emu", emu::main), ("mpy", mpy::main)];

fn main() -> ExitCode {
    let mut args = Vec::new();
    for arg in std::env::args_os() {
        match arg.into_string() {
            Ok(arg) => args.push(arg),
            Err(arg) => {
                eprintln!("krait: argument {arg:?} is not UTF-8");
                return ExitCode::from(1);
            }
        }
    }
    ExitCode::from(dispatch(&args))
}

fn dispatch(args: &[String]) -> u8 {
    if let Some(word) = args.get(1)
        && let Some((_, main)) = SUBCOMMANDS.iter().find(|(name, _)| name == word)
        && !std::path::Path::new(word).is_file()
    {
        return main(args.get(1..).unwrap_or(&[]));
    }
    match options::parse(args) {
        Ok(Parsed::Run(settings)) => krait_host::run(*settings),
        Ok(Parsed::Say(text)) => {
            print!("{text}");
            0
        }
        Err(message) => {
            eprintln!("{message}");
            1
        }
    }
}
