//! The command line of a run: MicroPython's unix port's, in its order of rules.
//!
//! The surprise: options that shape the interpreter (`-X`, `-h`, `--version`) count wherever they stand before the
//! program; `-O` and `-i` in order with it, which comes to the same.

use krait_host::{Hard, Program, Settings};

use crate::size;

/// What the command line asks for.
pub(crate) enum Parsed {
    /// To run.
    Run(Box<Settings>),
    /// To print a text.
    Say(String),
}

/// The reference's: a megabyte for each 32 bits of a word.
const HEAP: usize = (1 << 20) * (size_of::<usize>() / 4);
const PATH: &str = ".frozen:~/.micropython/lib:/usr/lib/micropython";

const INVALID: &str = "Invalid command line arguments. Use -h option for help.";

fn help(name: &str) -> String {
    format!(
        "usage: {name} [<opts>] [-X <implopt>] [-c <command> | -m <module> | <filename> | -]
       {name} cross [<opts>] <filename>     compile to .mpy (krait cross -h)
       {name} mpy <filename>                show what is in a .mpy
       {name} emu [<opts>] <image>          boot a virtual ESP8266 (krait emu -h)
Options:
--version : show version information
-h : print this help message
-i : enable inspection via REPL after running command/module/file
-v : print figures about memory at the end; twice: the bytecode first
-O[N] : apply bytecode optimizations of level N

Implementation specific options (-X):
  compile-only                 -- parse and compile only
  emit=bytecode                -- set the default code emitter
  heapsize=<n>[w][K|M] -- set the heap size for the GC (default {HEAP})
"
    )
}

/// Reads the command line, the program's own name first, and the environment.
pub(crate) fn parse(args: &[String]) -> Result<Parsed, String> {
    let name = args.first().map_or("krait", String::as_str);
    let mut s = Settings {
        program: Program::None,
        argv: Vec::new(),
        path: path_from_environment(),
        name: name.to_owned(),
        heap: HEAP,
        opt_level: 0,
        verbose: 0,
        inspect: std::env::var_os("MICROPYINSPECT").is_some_and(|v| !v.is_empty()),
        compile_only: false,
        hard: hard_mode()?,
    };
    let mut at = 1;
    while let Some(word) = args.get(at) {
        let rest = args.get(at..).unwrap_or(&[]);
        let value = args.get(at + 1);
        match word.as_str() {
            "-h" | "--help" => return Ok(Parsed::Say(help(name))),
            "--version" => return Ok(Parsed::Say(format!("{}\n", krait_host::banner()))),
            "-i" => s.inspect = true,
            "-X" => {
                implementation_option(&mut s, value.ok_or(INVALID)?)?;
                at += 1;
            }
            "-c" => {
                s.program = Program::Command(value.ok_or(INVALID)?.clone());
                // As in CPython, -c itself comes first.
                s.argv.push(word.clone());
                s.argv.extend(rest.iter().skip(2).cloned());
                break;
            }
            "-m" => {
                s.program = Program::Module(value.ok_or(INVALID)?.clone());
                s.argv.extend(rest.iter().skip(1).cloned());
                break;
            }
            "-" => {
                s.program = Program::Stdin;
                s.argv.extend(rest.iter().cloned());
                break;
            }
            _ if word.starts_with("-O") => s.opt_level = level(word).ok_or(INVALID)?,
            _ if word.starts_with("-v") && word.bytes().skip(1).all(|b| b == b'v') => {
                s.verbose = s.verbose.saturating_add(u8::try_from(word.len() - 1).unwrap_or(u8::MAX));
            }
            _ if word.starts_with('-') => return Err(INVALID.into()),
            _ => {
                s.program = Program::Script(word.clone());
                s.argv.extend(rest.iter().cloned());
                break;
            }
        }
        at += 1;
    }
    Ok(Parsed::Run(Box::new(s)))
}

/// The level of `-O`, `-O2`, `-OO`.
pub(crate) fn level(word: &str) -> Option<u8> {
    let rest = word.strip_prefix("-O")?;
    match rest.bytes().next() {
        Some(d @ b'0'..=b'9') => Some(d - b'0'),
        _ if rest.bytes().all(|b| b == b'O') => u8::try_from(rest.len() + 1).ok(),
        _ => None,
    }
}

fn implementation_option(s: &mut Settings, option: &str) -> Result<(), String> {
    match option {
        "compile-only" => s.compile_only = true,
        "emit=bytecode" => {}
        _ => match option.strip_prefix("heapsize=").and_then(size::parse) {
            Some(n) => s.heap = n,
            None => return Err(INVALID.into()),
        },
    }
    Ok(())
}

/// `sys.path` without its first entry: `MICROPYPATH`, or the usual places.
fn path_from_environment() -> Vec<String> {
    let set = std::env::var("MICROPYPATH");
    let text = set.as_deref().unwrap_or(PATH);
    // An empty first entry is the one that is always there.
    let text = text.strip_prefix(':').unwrap_or(text);
    if text.is_empty() {
        return Vec::new();
    }
    let home = std::env::var("HOME").ok();
    text.split(':')
        .map(|entry| match (entry.strip_prefix('~'), &home) {
            (Some(rest), Some(home)) if rest.starts_with('/') => format!("{home}{rest}"),
            _ => entry.to_owned(),
        })
        .collect()
}

/// The test personality: `KRAIT_HARD=collect,poison,fail=1000,stack=64k`. `fail=1000+`: all from then on fail.
/// `count` prints at the end what allocation cost.
fn hard_mode() -> Result<Hard, String> {
    let mut hard = Hard::default();
    let Ok(text) = std::env::var("KRAIT_HARD") else { return Ok(hard) };
    for word in text.split(',').filter(|w| !w.is_empty()) {
        match word.split_once('=') {
            None if word == "collect" => hard.heap.stress = true,
            None if word == "poison" => hard.heap.poison = true,
            None if word == "count" => hard.heap.count = true,
            Some(("fail", n)) => {
                let number = n.strip_suffix('+').unwrap_or(n).parse();
                hard.heap.fail_at = Some(number.map_err(|_| format!("krait: KRAIT_HARD: no number: {n}"))?);
                hard.heap.fail_on = n.ends_with('+');
            }
            Some(("stack", n)) if size::parse(n).is_some() => hard.stack = size::parse(n),
            _ => return Err(format!("krait: KRAIT_HARD: no such personality: {word}")),
        }
    }
    Ok(hard)
}

#[cfg(test)]
mod tests {
    use super::{Parsed, level, parse};
    use krait_host::{Program, Settings};

    fn run(line: &str) -> Result<Settings, String> {
        let args: Vec<String> = std::iter::once("krait").chain(line.split_whitespace()).map(String::from).collect();
        match parse(&args)? {
            Parsed::Run(s) => Ok(*s),
            Parsed::Say(text) => Err(text),
        }
    }

    #[test]
    fn levels() {
        assert_eq!(level("-O"), Some(1));
        assert_eq!(level("-OOO"), Some(3));
        assert_eq!(level("-O2"), Some(2));
        assert_eq!(level("-Ox"), None);
    }

    #[test]
    fn what_follows_the_program_is_its_own() {
        let s = run("-O -X heapsize=64k script.py -i -X nonsense").expect("valid");
        assert!(matches!(&s.program, Program::Script(p) if p == "script.py"));
        assert_eq!(s.argv, ["script.py", "-i", "-X", "nonsense"]);
        assert_eq!((s.heap, s.opt_level, s.inspect), (65536, 1, false));
        let s = run("-c pass a b").expect("valid");
        assert_eq!(s.argv, ["-c", "a", "b"]);
        let s = run("-m mod a").expect("valid");
        assert_eq!(s.argv, ["mod", "a"]);
        let s = run("-i -").expect("valid");
        assert!(s.inspect && matches!(s.program, Program::Stdin));
    }

    #[test]
    fn refused() {
        for line in ["-x", "-c", "-m", "-X", "-X heapsize=1", "-X emit=native", "-Oz"] {
            assert!(run(line).is_err(), "{line}");
        }
    }
}
