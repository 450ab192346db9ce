//! What the tests share.
#![allow(dead_code)]

pub(crate) mod grammar;

use allocator_api2::alloc::Global;
use krait_bytecode::Unit;
use krait_compiler::{CompileError, CompileOptions, InputKind, compile};

pub(crate) fn file(text: &[u8]) -> Result<Unit<Global>, CompileError> {
    with(text, InputKind::File, 0)
}

pub(crate) fn with(text: &[u8], kind: InputKind, opt_level: u8) -> Result<Unit<Global>, CompileError> {
    let options = CompileOptions {
        file_name: b"t.py",
        input_kind: kind,
        opt_level,
        is_repl: kind == InputKind::Single,
        ..CompileOptions::default()
    };
    compile(&mut &*text, &options, Global)
}

/// The disassembly of a text, without columns: one instruction a line.
pub(crate) fn listing(text: &str, kind: InputKind) -> String {
    let unit = with(text.as_bytes(), kind, 3).unwrap();
    let mut out = String::new();
    krait_bytecode::disasm::disassemble(&unit, &mut out).unwrap();
    out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}
