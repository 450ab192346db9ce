//! `-v -v`: the bytecode of the program that is about to run, in the form of the reference's verbose mode, which
//! its tests compare. `krait mpy` and `krait cross -v` show more, for people.
//!
//! Codes come in the order in which their text is compiled: a block's own before those inside it, level by level.

use std::collections::VecDeque;
use std::fmt::Write;

use allocator_api2::alloc::Global;
use krait_bytecode::lines::Steps;
use krait_bytecode::opcode::SMALL_INT_MULTI_MIN;
use krait_bytecode::operator::{BinaryOp, UnaryOp};
use krait_bytecode::unit::Span;
use krait_bytecode::{Const, Op, Operand, Prelude, Unit, insn};
use krait_compiler::{CompileOptions, compile};

/// The listing of a program; empty if it does not compile, which running it will report.
pub(crate) fn of(text: &[u8], file: &str, opt_level: u8) -> String {
    let options = CompileOptions { file_name: file.as_bytes(), opt_level, ..CompileOptions::default() };
    let mut out = String::new();
    let Ok(unit) = compile(&mut &*text, &options, Global) else { return out };
    let mut waiting = VecDeque::from([unit.root()]);
    while let Some(index) = waiting.pop_front() {
        let Some(code) = unit.code(index) else { continue };
        waiting.extend(unit.children(code));
        // A code that was just compiled is sound, and a String takes all that is written.
        let _ = block(&unit, code.bytes(), file, &mut out);
    }
    out
}

fn name(unit: &Unit<Global>, index: i64) -> String {
    let text = usize::try_from(index).ok().and_then(|i| unit.name(i)).unwrap_or(b"?");
    String::from_utf8_lossy(text).into_owned()
}

fn block(unit: &Unit<Global>, bytes: &[u8], file: &str, out: &mut String) -> std::fmt::Result {
    let Ok(prelude) = Prelude::parse(bytes) else { return Ok(()) };
    let code = prelude.instructions();
    writeln!(
        out,
        "File {file}, code block '{}' (descriptor: {bytes:p}, bytecode @{:p} {} bytes)",
        name(unit, i64::from(prelude.block_name)),
        bytes.as_ptr(),
        bytes.len()
    )?;
    writeln!(out, "Raw bytecode (code_info_size={}, bytecode_size={}):", prelude.code_at(), code.len())?;
    for row in bytes.chunks(16) {
        for byte in row {
            write!(out, " {byte:02x}")?;
        }
        writeln!(out)?;
    }
    let s = &prelude.signature;
    write!(out, "arg names:")?;
    for arg in prelude.arg_names().take((s.n_pos_args + s.n_kwonly_args) as usize) {
        write!(out, " {}", name(unit, i64::from(arg)))?;
    }
    writeln!(out, "\n(N_STATE {})\n(N_EXC_STACK {})", s.n_state, s.n_exc_stack)?;
    for cell in prelude.cells() {
        writeln!(out, "(INIT_CELL {cell})")?;
    }
    let (mut at, mut line) = (0usize, 1usize);
    writeln!(out, "  bc={at} line={line}")?;
    for step in Steps::new(prelude.lines()) {
        at += usize::from(step.bytes);
        line += usize::from(step.lines);
        writeln!(out, "  bc={at} line={line}")?;
    }
    let mut at = 0;
    while let Ok(i) = insn::decode(code, at) {
        write!(out, "{at:02} ")?;
        instruction(unit, &i, out)?;
        writeln!(out)?;
        at = i.next;
    }
    Ok(())
}

fn instruction(unit: &Unit<Global>, i: &insn::Insn, out: &mut String) -> std::fmt::Result {
    let word = i.op.name().strip_suffix("_MULTI").unwrap_or(i.op.name());
    out.push_str(word);
    match i.op.info().operand {
        Operand::None => Ok(()),
        Operand::Name if matches!(i.op, Op::LoadConstString | Op::ImportName | Op::ImportFrom) => {
            write!(out, " '{}'", name(unit, i.arg))
        }
        Operand::Name => write!(out, " {}", name(unit, i.arg)),
        Operand::Const => {
            let value = usize::try_from(i.arg).ok().and_then(|n| unit.constant(n)).unwrap_or(Const::None);
            write!(out, " {:#x}=", i.arg)?;
            constant(unit, value, out)
        }
        Operand::Child => write!(out, " {:#x}", i.arg),
        Operand::ChildCells => write!(out, " {:#x} {}", i.arg, i.extra),
        Operand::Unwind => write!(out, " {} {}", i.arg, i.extra),
        Operand::Count
            if matches!(i.op, Op::CallFunction | Op::CallFunctionVarKw | Op::CallMethod | Op::CallMethodVarKw) =>
        {
            write!(out, " n={} nkw={}", i.arg & 0xff, i.arg >> 8 & 0xff)
        }
        Operand::Embedded => embedded(i, out),
        _ => write!(out, " {}", i.arg),
    }
}

fn embedded(i: &insn::Insn, out: &mut String) -> std::fmt::Result {
    let number = i.arg as u8;
    match i.op {
        Op::LoadConstSmallIntMulti => write!(out, " {}", i.arg + i64::from(SMALL_INT_MULTI_MIN)),
        Op::UnaryOpMulti => write!(out, " {number} {}", UnaryOp::from_number(number).map_or("", UnaryOp::method)),
        Op::BinaryOpMulti => write!(out, " {number} {}", BinaryOp::from_number(number).map_or("", BinaryOp::method)),
        _ => write!(out, " {number}"),
    }
}

fn constant(unit: &Unit<Global>, value: Const, out: &mut String) -> std::fmt::Result {
    let text = |span: Span| String::from_utf8_lossy(unit.text(span)).into_owned();
    match value {
        Const::None => out.write_str("None"),
        Const::False => out.write_str("False"),
        Const::True => out.write_str("True"),
        Const::Ellipsis => out.write_str("Ellipsis"),
        Const::Str(s) => quoted(&text(s), out),
        Const::Bytes(s) => write!(out, "b'{}'", unit.text(s).escape_ascii()),
        Const::Int(s) | Const::Float(s) | Const::Complex(s) => out.write_str(&text(s)),
        Const::Tuple(s) => {
            // The compiler nests constants as deep as its parser does, which is bounded.
            let items = unit.items(s);
            out.push('(');
            for (n, item) in items.iter().enumerate() {
                out.push_str(if n > 0 { ", " } else { "" });
                constant(unit, *item, out)?;
            }
            out.write_str(if items.len() == 1 { ",)" } else { ")" })
        }
    }
}

fn quoted(text: &str, out: &mut String) -> std::fmt::Result {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => write!(out, "\\{c}")?,
            ' '..='\x7e' => out.push(c),
            c => write!(out, "{}", c.escape_unicode())?,
        }
    }
    out.write_char(quote)
}
