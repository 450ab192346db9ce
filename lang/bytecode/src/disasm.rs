//! Shows a unit as text: tables, then every code with one line an instruction.
//!
//! Meant for people, so the form is free to change. Works on any unit, sound or not: what cannot
//! be resolved is shown by number with a `?`, and an undecodable code ends with the reason.

use core::fmt::{self, Write};

use allocator_api2::alloc::Allocator;

use crate::insn::{self, Insn};
use crate::opcode::{Op, Operand, SMALL_INT_MULTI_MIN, UNWIND_POP_ITER, comp};
use crate::operator::{BinaryOp, UnaryOp};
use crate::prelude::{Prelude, flags};
use crate::unit::{Const, MAX_TUPLE_DEPTH, Unit, Visit};

/// Writes the unit's tables and the disassembly of all its codes.
pub fn disassemble<A: Allocator + Clone>(unit: &Unit<A>, out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "{}: {} names, {} constants, {} codes, small integers of {} bits",
        Text(unit.name(0).unwrap_or(b"?")),
        unit.name_count(),
        unit.const_count(),
        unit.code_count(),
        unit.small_int_bits()
    )?;
    for index in 0..unit.const_count() {
        let value = unit.constant(index).unwrap_or(Const::None);
        writeln!(out, "  constant {index}: {}", ConstText(unit, value, MAX_TUPLE_DEPTH))?;
    }
    let mut walk = unit.walk();
    loop {
        match walk.next() {
            Ok(Some(visit)) => code(unit, visit, out)?,
            Ok(None) => return Ok(()),
            Err(_) => return writeln!(out, "deeper codes are left out"),
        }
    }
}

/// Text for people: as it is if it is plain, otherwise quoted.
struct Text<'t>(&'t [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |b: &u8| b.is_ascii_alphanumeric() || b"_<>*./-".contains(b);
        match core::str::from_utf8(self.0) {
            Ok(text) if !text.is_empty() && self.0.iter().all(plain) => f.write_str(text),
            Ok(text) => write!(f, "{text:?}"),
            Err(_) => write!(f, "b\"{}\"", self.0.escape_ascii()),
        }
    }
}

struct ConstText<'u, A: Allocator + Clone>(&'u Unit<A>, Const, usize);

impl<A: Allocator + Clone> fmt::Display for ConstText<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConstText(unit, value, depth) = *self;
        let text = |span| core::str::from_utf8(unit.text(span)).unwrap_or("?");
        match value {
            Const::None => f.write_str("None"),
            Const::False => f.write_str("False"),
            Const::True => f.write_str("True"),
            Const::Ellipsis => f.write_str("..."),
            Const::Str(span) => write!(f, "{:?}", text(span)),
            Const::Bytes(span) => write!(f, "b\"{}\"", unit.text(span).escape_ascii()),
            Const::Int(span) | Const::Float(span) | Const::Complex(span) => f.write_str(text(span)),
            Const::Tuple(_) if depth == 0 => f.write_str("(…)"),
            Const::Tuple(span) => {
                f.write_char('(')?;
                for (i, item) in unit.items(span).iter().enumerate() {
                    f.write_str(if i > 0 { ", " } else { "" })?;
                    ConstText(unit, *item, depth - 1).fmt(f)?;
                }
                f.write_str(if span.len() == 1 { ",)" } else { ")" })
            }
        }
    }
}

/// The view of one code that its lines share.
struct View<'u, A: Allocator + Clone> {
    unit: &'u Unit<A>,
    prelude: Prelude<'u>,
    children: &'u [u32],
    indent: usize,
}

fn code<A: Allocator + Clone>(unit: &Unit<A>, visit: Visit, out: &mut dyn Write) -> fmt::Result {
    let Some(code) = unit.code(visit.index) else {
        return Ok(());
    };
    let indent = 2 * visit.depth;
    write!(out, "{:indent$}code {}", "", visit.index)?;
    if visit.depth > 0 {
        write!(out, " (child {})", visit.place)?;
    }
    let prelude = match Prelude::parse(code.bytes()) {
        Ok(prelude) => prelude,
        Err(bad) => return writeln!(out, ": bad prelude at {}", bad.offset),
    };
    let view = View { unit, prelude, children: unit.children(code), indent };
    view.head(code.bytes().len(), out)?;
    view.body(out)
}

impl<A: Allocator + Clone> View<'_, A> {
    fn name(&self, index: i64) -> Text<'_> {
        usize::try_from(index).ok().and_then(|i| self.unit.name(i)).map_or(Text(b"?"), Text)
    }

    fn head(&self, len: usize, out: &mut dyn Write) -> fmt::Result {
        let s = &self.prelude.signature;
        write!(out, " {}(", self.name(i64::from(self.prelude.block_name)))?;
        for (i, arg) in self.prelude.arg_names().enumerate() {
            let star = if i == s.n_pos_args as usize && s.n_kwonly_args > 0 { "*, " } else { "" };
            let comma = if i > 0 { ", " } else { "" };
            write!(out, "{comma}{star}{}", self.name(i64::from(arg)))?;
        }
        write!(out, "): {len} bytes, {} words, {} blocks", s.n_state, s.n_exc_stack)?;
        if s.n_def_pos_args > 0 {
            write!(out, ", {} defaults", s.n_def_pos_args)?;
        }
        for (flag, text) in [
            (flags::VAR_ARGS, "*args"),
            (flags::VAR_KEYWORDS, "**kwargs"),
            (flags::KEYWORD_DEFAULTS, "keyword defaults"),
            (flags::GENERATOR, "generator"),
        ] {
            if s.has(flag) {
                write!(out, ", {text}")?;
            }
        }
        if !self.prelude.cells().is_empty() {
            write!(out, ", cells {:?}", self.prelude.cells())?;
        }
        writeln!(out)
    }

    fn body(&self, out: &mut dyn Write) -> fmt::Result {
        let code = self.prelude.instructions();
        let indent = self.indent;
        let (mut at, mut shown) = (0, 0);
        while at < code.len() {
            let line = self.prelude.line_of(at);
            if line == shown {
                write!(out, "{:indent$}        {at:5}  ", "")?;
            } else {
                write!(out, "{:indent$}{line:6}  {at:5}  ", "")?;
            }
            shown = line;
            match insn::decode(code, at) {
                Ok(insn) => {
                    self.instruction(&insn, out)?;
                    at = insn.next;
                }
                Err(fault) => return writeln!(out, "undecodable: {fault:?}"),
            }
        }
        Ok(())
    }

    fn instruction(&self, insn: &Insn, out: &mut dyn Write) -> fmt::Result {
        let (op, arg) = (insn.op, insn.arg);
        if op.info().operand == Operand::None {
            return writeln!(out, "{}", op.name());
        }
        write!(out, "{} ", op.name().strip_suffix("_MULTI").unwrap_or(op.name()))?;
        match op.info().operand {
            Operand::None => Ok(()),
            Operand::Embedded => self.embedded(insn, out),
            Operand::Name => write!(out, "{}", self.name(arg)),
            Operand::Const => match usize::try_from(arg).ok().and_then(|i| self.unit.constant(i)) {
                Some(c) => write!(out, "{}", ConstText(self.unit, c, MAX_TUPLE_DEPTH)),
                None => write!(out, "{arg}?"),
            },
            Operand::Child | Operand::ChildCells => {
                match usize::try_from(arg).ok().and_then(|i| self.children.get(i)) {
                    Some(index) => write!(out, "code {index}")?,
                    None => write!(out, "{arg}?")?,
                }
                if op.info().operand == Operand::ChildCells {
                    write!(out, ", {} cells", insn.extra)?;
                }
                Ok(())
            }
            Operand::Local | Operand::SmallInt => write!(out, "{arg}"),
            Operand::Count => count(op, arg, out),
            Operand::Forward | Operand::Jump => write!(out, "to {arg}"),
            Operand::Unwind => {
                write!(out, "to {arg}, {} blocks", insn.extra & !UNWIND_POP_ITER)?;
                let iter = insn.extra & UNWIND_POP_ITER != 0;
                out.write_str(if iter { ", pop iterator" } else { "" })
            }
        }?;
        writeln!(out)
    }

    fn embedded(&self, insn: &Insn, out: &mut dyn Write) -> fmt::Result {
        let number = insn.arg as u8;
        match insn.op {
            Op::LoadConstSmallIntMulti => {
                write!(out, "{}", insn.arg + i64::from(SMALL_INT_MULTI_MIN))
            }
            Op::UnaryOpMulti => out.write_str(UnaryOp::from_number(number).map_or("?", |o| o.symbol())),
            Op::BinaryOpMulti => out.write_str(BinaryOp::from_number(number).map_or("?", |o| o.symbol())),
            _ => write!(out, "{number}"),
        }
    }
}

fn count(op: Op, arg: i64, out: &mut dyn Write) -> fmt::Result {
    let (low, high) = (arg & 0xff, arg >> 8);
    match op {
        Op::CallFunction | Op::CallFunctionVarKw | Op::CallMethod | Op::CallMethodVarKw => {
            write!(out, "{low} positional")?;
            if high > 0 { write!(out, ", {high} keyword") } else { Ok(()) }
        }
        Op::UnpackEx => write!(out, "{low} before, {high} after"),
        Op::StoreComp => {
            let into = match arg as u32 & 3 {
                comp::LIST => "list",
                comp::DICT => "dict",
                comp::SET => "set",
                _ => "?",
            };
            write!(out, "{into}, {} down", arg >> 2)
        }
        _ => write!(out, "{arg}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mpy::{fixture, read};
    use allocator_api2::alloc::Global;
    use std::string::String;

    #[test]
    fn a_unit_is_shown_with_its_names_resolved() {
        let target = read::Target { small_int_bits: 31, native_arch: 0 };
        let unit = read::read_unit(&fixture::MANY, target, Global).unwrap();
        let mut text = String::new();
        disassemble(&unit, &mut text).unwrap();
        for part in [
            "fix.py: ",
            "constant 0: (100000000000000000000, (1.5, b\"bytes\", None, (True, ...)), 2j)",
            "code 0 <module>(): ",
            "IMPORT_NAME os",
            "LOAD_CONST_OBJ \"{!r}{}a rather long string constant, no name\"",
            "code 2 (child 0) __init__(",
            "*, c)",
            "CALL_FUNCTION_VAR_KW 2 positional, 2 keyword",
            "STORE_COMP list, ",
            "UNPACK_EX 1 before, 0 after",
            "BINARY_OP except",
            ", generator",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains('?'), "{text}");
    }
}
