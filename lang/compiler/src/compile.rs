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
use crate::error::{ErrorKind, Result};
use crate::lexer::Lexer;
use crate::names::Names;
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
}

impl Default for CompileOptions<'_> {
    fn default() -> Self {
        CompileOptions {
            file_name: b"<stdin>",
            input_kind: InputKind::File,
            opt_level: 0,
            is_repl: false,
            ordered_dict: false,
        }
    }
}

/// Compiles a text. All memory comes from `allocator`, and running out of it is an error.
///
/// # Errors
/// A [`crate::CompileError`] says which Python exception to raise, with its text and line.
pub fn compile<A: Allocator + Clone>(
    source: &mut dyn Source,
    options: &CompileOptions,
    allocator: A,
) -> Result<Unit<A>> {
    let mut names = Names::new(allocator.clone())?;
    let source_name = names.parse(options.file_name)?;
    let mut program = Program::new(options, allocator.clone())?;
    let lexer = Lexer::new(source, options.opt_level == 0, allocator.clone())?;
    let drop_constants = options.input_kind != InputKind::Single;
    let mut parser = Parser::new(lexer, names, drop_constants, allocator);

    let mut first_fault: Option<Fault> = None;
    match options.input_kind {
        InputKind::Eval => {
            let node = parser.expression()?;
            let emitter = Emitter::new(&parser.tree, &mut parser.names, &mut program);
            emitter.expression(node).map_err(|fault| fault.error)?;
        }
        InputKind::Single => {
            if let Some(node) = parser.single_statement()? {
                let emitter = Emitter::new(&parser.tree, &mut parser.names, &mut program);
                emitter.statement(node).map_err(|fault| fault.error)?;
            }
        }
        InputKind::File => {
            while let Some(node) = parser.next_statement()? {
                // Only an error of an outer level can come before the one already met.
                let emitter = Emitter::new(&parser.tree, &mut parser.names, &mut program);
                let Err(fault) = emitter.statement(node) else { continue };
                if fault.error.kind == ErrorKind::OutOfMemory {
                    return Err(fault.error);
                }
                if first_fault.as_ref().is_none_or(|first| fault.level < first.level) {
                    first_fault = Some(fault);
                }
            }
        }
    }
    if let Some(fault) = first_fault {
        return Err(fault.error);
    }
    if options.input_kind != InputKind::Eval {
        let emitter = Emitter::new(&parser.tree, &mut parser.names, &mut program);
        emitter.end_of_module()?;
    }
    let Parser { mut names, .. } = parser;
    assemble(program, &mut names, source_name)
}
