//! `krait cross`: source text to `.mpy`, with the options of MicroPython's `mpy-cross`.
//!
//! The output is that of mpy-cross 1.29.0, byte for byte. Krait has no native emitter yet: an architecture is
//! accepted, since bytecode is the same for all, but `-X emit=native` is refused.

use std::io::{Read, Write};

use allocator_api2::alloc::Global;
use krait_bytecode::mpy::write::write;
use krait_compiler::{CompileError, CompileOptions, ErrorKind, compile};

use crate::{options, size};

const ARCHITECTURES: [&str; 13] = [
    "x86",
    "x64",
    "armv6",
    "armv6m",
    "armv7m",
    "armv7em",
    "armv7emsp",
    "armv7emdp",
    "xtensa",
    "xtensawin",
    "rv32imc",
    "host",
    "debug",
];

const HELP: &str = "\
usage: krait cross [<opts>] [-X <implopt>] [--] <input filename>
Options:
--version : show version information
-o : output file for compiled bytecode (defaults to input filename with .mpy extension, or stdout if input is stdin)
-s : source filename to embed in the compiled bytecode (defaults to input file)
-v : show the bytecode instead of writing it
-O[N] : apply bytecode optimizations of level N

Target specific options:
-msmall-int-bits=number : set the maximum bits used to encode a small-int
-mcache-lookup-bc, -mno-cache-lookup-bc : accepted, without effect
-march=<arch> : accepted, without effect on bytecode;
                x86, x64, armv6, armv6m, armv7m, armv7em, armv7emsp, armv7emdp, xtensa, xtensawin, rv32imc, host, debug

Implementation specific options:
  emit=bytecode -- set the default code emitter
  heapsize=<n> -- accepted, without effect
";

struct Settings {
    input: String,
    output: Option<String>,
    source: Option<String>,
    level: u8,
    small_int_bits: u8,
    show: bool,
}

/// Runs the subcommand; the first argument is its name.
pub(crate) fn main(args: &[String]) -> u8 {
    match parse(args) {
        Ok(Some(s)) => match translate(&s) {
            Ok(()) => 0,
            Err(message) => {
                eprintln!("{message}");
                1
            }
        },
        Ok(None) => 0,
        Err(message) => {
            eprintln!("{message}");
            1
        }
    }
}

fn parse(args: &[String]) -> Result<Option<Settings>, String> {
    let mut s =
        Settings { input: String::new(), output: None, source: None, level: 0, small_int_bits: 31, show: false };
    let mut input = None;
    let mut plain = false;
    let mut words = args.iter().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().cloned().ok_or_else(|| format!("krait cross: {word} needs a value"));
        match word.as_str() {
            "-" => input = Some(word.clone()),
            _ if plain || !word.starts_with('-') => {
                if input.is_some() {
                    return Err("krait cross: multiple input files".into());
                }
                input = Some(word.clone());
            }
            "-h" | "--help" => {
                print!("{HELP}");
                return Ok(None);
            }
            "--version" => {
                println!("{}; mpy-cross emitting mpy v6.3", krait_host::banner());
                return Ok(None);
            }
            "-v" => s.show = true,
            "-o" => s.output = Some(value()?),
            "-s" => s.source = Some(value()?.replace('\\', "/")),
            "-X" => implementation_option(&value()?)?,
            "--" => plain = true,
            "-mcache-lookup-bc" | "-mno-cache-lookup-bc" => {}
            _ => {
                if let Some(bits) = word.strip_prefix("-msmall-int-bits=") {
                    s.small_int_bits = match bits.parse() {
                        Ok(n @ 8..=63) => n,
                        _ => return Err(format!("krait cross: small-int-bits must be 8 to 63, not {bits}")),
                    };
                } else if let Some(arch) = word.strip_prefix("-march=") {
                    if !ARCHITECTURES.contains(&arch) {
                        return Err(format!("krait cross: unknown architecture {arch}"));
                    }
                } else if let Some(level) = options::level(word) {
                    s.level = level;
                } else {
                    return Err(format!("krait cross: unknown option {word}; -h helps"));
                }
            }
        }
    }
    s.input = input.ok_or_else(|| HELP.to_owned())?;
    Ok(Some(s))
}

fn implementation_option(option: &str) -> Result<(), String> {
    match option {
        "emit=bytecode" => Ok(()),
        "emit=native" | "emit=viper" => Err(format!("krait cross: {option}: Krait has no native emitter")),
        _ if option.strip_prefix("heapsize=").is_some_and(|n| size::parse(n).is_some()) => Ok(()),
        _ => Err(format!("krait cross: unknown option -X {option}")),
    }
}

fn translate(s: &Settings) -> Result<(), String> {
    let from_stdin = s.input == "-";
    let text = if from_stdin {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map(|_| text)
    } else {
        std::fs::read(&s.input)
    };
    let text = text.map_err(|e| format!("krait cross: {}: {e}", s.input))?;
    let usual = if from_stdin { "<stdin>" } else { &s.input };
    let name = s.source.as_deref().unwrap_or(usual);
    let options = CompileOptions { file_name: name.as_bytes(), opt_level: s.level, ..CompileOptions::default() };
    let unit = compile(&mut text.as_slice(), &options, Global).map_err(|e| traceback(name, &e))?;
    if s.show {
        let mut listing = String::new();
        let _ = krait_bytecode::disasm::disassemble(&unit, &mut listing);
        return print_all(listing.as_bytes());
    }
    let mut file = allocator_api2::vec::Vec::new();
    write(&unit, &mut file).map_err(|e| format!("krait cross: {name}: {e:?}"))?;
    match (&s.output, from_stdin) {
        (Some(path), _) if path != "-" => save(path, &file),
        (None, false) => save(&default_output(&s.input), &file),
        _ => print_all(&file),
    }
}

/// The input's name with the extension `.mpy` in place of `.py`.
fn default_output(input: &str) -> String {
    format!("{}.mpy", input.strip_suffix(".py").unwrap_or(input))
}

fn save(path: &str, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).map_err(|e| format!("krait cross: {path}: {e}"))
}

fn print_all(bytes: &[u8]) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| format!("krait cross: standard output: {e}"))
}

/// The error as a traceback, as mpy-cross reports it.
fn traceback(file: &str, e: &CompileError) -> String {
    if e.kind == ErrorKind::OutOfMemory || e.line == 0 {
        return e.to_string();
    }
    let block = match &e.block {
        Some(block) => format!(", in {block}"),
        None => String::new(),
    };
    format!("Traceback (most recent call last):\n  File \"{file}\", line {}{block}\n{e}", e.line)
}
