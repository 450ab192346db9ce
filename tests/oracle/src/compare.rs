//! One script through both compilers.

use std::path::Path;

use allocator_api2::alloc::Global;
use krait_bytecode::mpy::read::{Target, read_unit};
use krait_bytecode::mpy::write::write;
use krait_bytecode::verify::verify_unit;
use krait_compiler::{CompileError, CompileOptions, compile};

use crate::peer::{Peer, Verdict};

/// How the two results compare.
pub(crate) enum Outcome {
    Identical,
    /// A description of the first difference.
    Differs(String),
    /// Both reject it; whether text and line agree.
    BothReject {
        same: bool,
        ours: String,
        theirs: String,
    },
    OnlyWeReject(String),
    OnlyTheyReject(String),
    /// Needs a native architecture.
    Native,
    Unreadable(String),
}

fn ours(text: &[u8], name: &str, level: u8) -> Result<Vec<u8>, CompileError> {
    let options = CompileOptions { file_name: name.as_bytes(), opt_level: level, ..CompileOptions::default() };
    let unit = compile(&mut &*text, &options, Global)?;
    if let Err(refused) = verify_unit(&unit, 31) {
        return Ok(format!("refused by the verifier: {refused:?}").into_bytes());
    }
    let mut file = allocator_api2::vec::Vec::new();
    // A unit just compiled is within the format's bounds.
    let _ = write(&unit, &mut file);
    Ok(file.to_vec())
}

pub(crate) fn compare(peer: &Peer, path: &Path, name: &str, text: &[u8], level: u8) -> Outcome {
    let theirs = peer.compile(path, name, level);
    match (ours(text, name, level), theirs) {
        (_, Verdict::Native) => Outcome::Native,
        (_, Verdict::Failed(why)) => Outcome::Unreadable(why),
        (Ok(ours), Verdict::Compiled(theirs)) if ours == theirs => Outcome::Identical,
        (Ok(ours), Verdict::Compiled(theirs)) => Outcome::Differs(difference(&ours, &theirs)),
        (Ok(_), Verdict::Rejected { text, line }) => Outcome::OnlyTheyReject(format!("line {line}: {text}")),
        (Err(error), Verdict::Compiled(_)) => Outcome::OnlyWeReject(format!("line {}: {error}", error.line)),
        (Err(error), Verdict::Rejected { text, line }) => Outcome::BothReject {
            same: error.to_string() == text && error.line == line,
            ours: format!("line {}: {error}", error.line),
            theirs: format!("line {line}: {text}"),
        },
    }
}

fn listing(file: &[u8]) -> Vec<String> {
    let mut text = String::new();
    match read_unit(file, Target { small_int_bits: 63, native_arch: 0 }, Global) {
        Ok(unit) => {
            for index in 0..unit.name_count() {
                let name = String::from_utf8_lossy(unit.name(index).unwrap_or(b""));
                text.push_str(&format!("name {index}: {name:?}\n"));
            }
            let _ = krait_bytecode::disasm::disassemble(&unit, &mut text);
        }
        Err(error) => text = format!("unreadable: {error:?}\n"),
    }
    text.lines().map(str::to_string).collect()
}

/// The first lines in which the disassemblies differ, with the code they are in.
fn difference(ours: &[u8], theirs: &[u8]) -> String {
    if ours.starts_with(b"refused") {
        return String::from_utf8_lossy(ours).into_owned();
    }
    let (ours, theirs) = (listing(ours), listing(theirs));
    let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
    let block = ours
        .iter()
        .take(at)
        .rev()
        .find(|l| !l.starts_with([' ', '\t']) && !l.starts_with("name "))
        .map_or("", String::as_str);
    let around = |lines: &[String]| {
        let from = at.saturating_sub(2);
        lines.iter().skip(from).take(6).map(|l| format!("\n      {l}")).collect::<String>()
    };
    format!("in {block}\n    krait:{}\n    mpy-cross:{}", around(&ours), around(&theirs))
}
