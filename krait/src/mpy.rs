//! `krait mpy`: shows what is in a `.mpy` file.

use std::io::Write;

use allocator_api2::alloc::Global;
use krait_bytecode::mpy::read::{Target, read_unit};

const HELP: &str = "\
usage: krait mpy <file.mpy> ...
Shows names, constants and instructions of .mpy files of version 6, whatever machine they are for.
";

/// Runs the subcommand; the first argument is its name.
pub(crate) fn main(args: &[String]) -> u8 {
    let files = args.get(1..).unwrap_or(&[]);
    if files.is_empty() || files.iter().any(|f| f == "-h" || f == "--help") {
        print!("{HELP}");
        return u8::from(files.is_empty());
    }
    let mut status = 0;
    for file in files {
        match show(file) {
            Ok(text) => {
                if std::io::stdout().lock().write_all(text.as_bytes()).is_err() {
                    return 1;
                }
            }
            Err(message) => {
                eprintln!("krait mpy: {file}: {message}");
                status = 1;
            }
        }
    }
    status
}

fn show(file: &str) -> Result<String, String> {
    let bytes = std::fs::read(file).map_err(|e| e.to_string())?;
    // The widest small integers there are: a file for fewer bits is readable too.
    let target = Target { small_int_bits: 63, native_arch: 0 };
    let unit = read_unit(&bytes, target, Global).map_err(|e| e.message().to_owned())?;
    let mut text = String::new();
    let _ = krait_bytecode::disasm::disassemble(&unit, &mut text);
    if let Err(rejected) = krait_bytecode::verify::verify_unit(&unit, 63) {
        text.push_str(&format!("not sound: {rejected:?}\n"));
    }
    Ok(text)
}
