//! The way from text to unit.
//!
//! A module is parsed and translated one top-level statement at a time; only intermediate code
//! outlives its statement. The reference parses the whole text before it translates any of it, and
//! so reports errors of the grammar first, and those of outer scopes before those of inner ones:
//! after an error of translation the rest of the text is read all the same, to see which comes
//! first.

use allocator_api2::alloc::Allocator;
use krait_bytecode::Unit;

use crate::assemble::assemble;
use crate::emit::{Emitter, Fault, Program};
use crate::error::{CompileError, ErrorKind, Result};
use crate::names::Name;
use crate::parser::Parser;
use crate::source::Source;

/// What the text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum InputKind {
    /// A module: statements up to the end.
    #[default]
    File,
    /// One statement, or a blank line.
    Single,
    /// One expression.
    Eval,
}

/// How to compile.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions<'o> {
    /// The source's name, kept in the unit for tracebacks; at most 255 bytes.
    pub file_name: &'o [u8],
    /// What the text is.
    pub input_kind: InputKind,
    /// 0 to 3: from 1 on `assert` and `__debug__` are off, at 3 there are no line numbers.
    pub opt_level: u8,
    /// Whether expressions at the top of the text are given to `__repl_print__`.
    pub is_repl: bool,
    /// Whether `OrderedDict({...})` stores the display's items one by one, as the reference does
    /// when it compiles for itself, but not in its cross-compiler. Of use where dicts are unordered.
    pub ordered_dict: bool,
    /// Whether functions may be viper: not where the result is to be a `.mpy` file.
    pub viper: bool,
}

impl Default for CompileOptions<'_> {
    fn default() -> Self {
        CompileOptions {
            file_name: b"<stdin>",
            input_kind: InputKind::File,
            opt_level: 0,
            is_repl: false,
            ordered_dict: false,
            viper: false,
        }
    }
}

/// Compiles a text. All memory comes from `allocator`, and running out of it is an error.
///
/// # Errors
/// A [`CompileError`] says which Python exception to raise, with its text and line.
pub fn compile<A: Allocator + Clone>(
    source: &mut dyn Source,
    options: &CompileOptions,
    allocator: A,
) -> core::result::Result<Unit<A>, CompileError> {
    let mut parser = Parser::new(source, options, allocator.clone());
    let mut program = Program::new(options, allocator);
    match translate(&mut parser, &mut program, options) {
        Err(fail) => Err(fail.report(parser.lexer.text(), None, &program.fault)),
        Ok(Err(fault)) => {
            let block = parser.names.text(fault.block);
            Err(fault.error.report(&[], Some(block), &program.fault))
        }
        Ok(Ok(source_name)) => {
            let unit = assemble(&mut program, &mut parser.names, source_name);
            unit.map_err(|fail| fail.report(&[], None, &program.fault))
        }
    }
}

/// Parses and translates the whole text; returns the source's name. An error of the grammar is the
/// outer one, returned at once; one of meaning is known when the grammar has proved sound.
#[inline(never)]
fn translate<A: Allocator + Clone>(
    parser: &mut Parser<'_, A>,
    program: &mut Program<A>,
    options: &CompileOptions,
) -> Result<core::result::Result<Name, Fault>> {
    let source_name = parser.start(options.file_name)?;
    program.start()?;
    let mut first: Option<Fault> = None;
    match options.input_kind {
        InputKind::Eval => {
            let node = parser.expression()?;
            let emitter = Emitter::new(&parser.tree, &mut parser.names, program);
            return Ok(emitter.expression(node).map(|()| source_name));
        }
        InputKind::Single => {
            if let Some(node) = parser.single_statement()? {
                let emitter = Emitter::new(&parser.tree, &mut parser.names, program);
                first = emitter.statement(node).err();
            }
        }
        InputKind::File => {
            while let Some(node) = parser.next_statement()? {
                let emitter = Emitter::new(&parser.tree, &mut parser.names, program);
                let Err(fault) = emitter.statement(node) else { continue };
                if fault.error.kind == ErrorKind::OutOfMemory {
                    return Ok(Err(fault));
                }
                // Only an error of an outer level can come before the one already met.
                if first.as_ref().is_none_or(|first| fault.level < first.level) {
                    first = Some(fault);
                }
            }
        }
    }
    if let Some(fault) = first {
        return Ok(Err(fault));
    }
    Emitter::new(&parser.tree, &mut parser.names, program).end_of_module()?;
    Ok(Ok(source_name))
}
