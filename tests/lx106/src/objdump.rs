//! Our disassembler against GNU objdump: every word there is, and the text of real programs.
//!
//! The surprising facts: the lx106 objdump prints what is no instruction as `excw`, whose own word is 0x002080, and
//! `rer` and `wer` without their operands.

use crate::tools;
use anyhow::{Context, Result};
use krait_lx106::{decode, length};
use std::fs;
use std::path::Path;
use std::process::Command;

/// How many differences are shown.
const SHOWN: usize = 10;

/// One line of objdump: an address, the bits, and the text.
struct Line {
    address: u32,
    bits: u32,
    text: String,
}

/// What was compared.
#[derive(Default)]
struct Tally {
    compared: u64,
    different: u64,
    undefined: u64,
}

/// Compares on all words, or a part of those whose decoding is regular, and on the text of `programs`.
pub(crate) fn run(programs: &[std::path::PathBuf], exhaustive: bool) -> Result<bool> {
    let mut good = true;
    let folder = tools::scratch()?;
    for low in 0..14u32 {
        let narrow = length(low as u8) == 2;
        let words = if narrow { 1u32 << 12 } else { 1 << 20 };
        // In these groups, operands alone make up nearly all words; a stride without a common factor meets all fields.
        let stride = if exhaustive || narrow { 1 } else { [3, 61, 17, 127, 127, 61, 17, 17][low as usize & 7] };
        let mut image = Vec::new();
        for word in (0..words).step_by(stride) {
            let bytes = (word << 4 | low).to_le_bytes();
            image.extend_from_slice(&bytes[..if narrow { 2 } else { 3 }]);
        }
        let file = folder.join(format!("words-{low}.bin"));
        fs::write(&file, image)?;
        let tally = compare(&disassembly(&["-D", "-EL", "-b", "binary", "-m", "xtensa"], &file)?);
        fs::remove_file(&file)?;
        good &= tally.report(&format!("words ending in {low:x}"));
    }
    for program in programs {
        let tally = compare(&disassembly(&["-d"], program)?);
        anyhow::ensure!(tally.compared > 0, "{}: no text", program.display());
        good &= tally.report(&program.file_name().unwrap_or_default().to_string_lossy());
    }
    println!("{}", if good { "1 passed, 0 failed" } else { "0 passed, 1 failed" });
    Ok(good)
}

impl Tally {
    fn report(&self, what: &str) -> bool {
        let Tally { compared, different, undefined } = self;
        println!("objdump: {what}: {compared} words, {undefined} of them undefined, {different} different");
        *different == 0
    }
}

fn disassembly(arguments: &[&str], file: &Path) -> Result<Vec<Line>> {
    let mut objdump = Command::new(tools::binutil("objdump"));
    let output = objdump.args(arguments).arg(file).output().context("objdump")?;
    anyhow::ensure!(output.status.success(), "objdump: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(line).collect())
}

/// Reads `  60000010:\tbits  \tmnemonic\toperands`, with what stands in `<>` left out.
fn line(text: &str) -> Option<Line> {
    let mut fields = text.splitn(3, '\t');
    let address = u32::from_str_radix(fields.next()?.trim().strip_suffix(':')?, 16).ok()?;
    let bits = u32::from_str_radix(fields.next()?.trim(), 16).ok()?;
    let text = fields.next()?.trim_end();
    // A target's symbol, a literal's value.
    let text = text.find(" <").or_else(|| text.find(" (")).map_or(text, |at| &text[..at]);
    Some(Line { address, bits, text: plain(text) })
}

/// Without what tells hexadecimal from decimal for targets, which depends on the kind of file.
fn plain(text: &str) -> String {
    text.replace("0x", "")
}

fn compare(lines: &[Line]) -> Tally {
    let mut tally = Tally::default();
    for line in lines {
        // Bytes that begin nothing.
        if line.text.starts_with('.') {
            continue;
        }
        tally.compared += 1;
        let ours = match decode(line.bits, line.address) {
            Some(instruction) if ["rer", "wer"].contains(&line.text.as_str()) => instruction.entry().name.to_owned(),
            Some(instruction) => plain(&instruction.to_string()),
            None => {
                tally.undefined += 1;
                "excw".to_owned()
            }
        };
        if ours != line.text {
            tally.different += 1;
            if tally.different <= SHOWN as u64 {
                println!("{:x}: {:06x}: objdump {:?}, ours {ours:?}", line.address, line.bits, line.text);
            }
        }
    }
    tally
}
