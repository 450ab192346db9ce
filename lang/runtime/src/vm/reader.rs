//! Compiling text while something that needs the interpreter reads it: a file of a file system written in Python.

use krait_compiler::{CompileOptions, Source, SourceFailed, compile};

use super::Vm;
use super::load::SourceKind;
use crate::obj::dict::Dict;
use crate::{Outcome, Raised, Ref};

/// Reads the next bytes of a text; 0 at its end.
pub(crate) type Read<'r> = &'r mut dyn FnMut(&mut Vm, &mut [u8]) -> Result<usize, Raised>;

struct Reader<'r> {
    vm: *mut Vm,
    read: Read<'r>,
}

impl Source for Reader<'_> {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, SourceFailed> {
        // SAFETY: whoever made the reader has the interpreter exclusively, and does not touch it while the compiler
        // works; the compiler itself holds an allocator only, which is not in use while it reads.
        let vm = unsafe { &mut *self.vm };
        let most = into.len();
        (|| {
            vm.poll()?;
            (self.read)(vm, into)
        })()
        .map(|n| n.min(most))
        .map_err(|_| SourceFailed)
    }
}

impl Vm {
    /// As [`Vm::compile_text`], for text that `read` gives piece by piece. It may run Python, and collect.
    ///
    /// # Errors
    /// As [`Vm::compile_text`]; what `read` raises.
    pub(crate) fn compile_reader(&mut self, read: Read<'_>, kind: SourceKind, globals: Ref<Dict>) -> Outcome {
        self.check_stack()?;
        let vm: *mut Vm = self;
        let name = self.qstr_text(kind.file);
        let options = CompileOptions {
            file_name: name.as_str().as_bytes(),
            input_kind: kind.input,
            opt_level: self.st.opt_level,
            is_repl: kind.repl,
            ordered_dict: false,
            viper: true,
        };
        let allocator = self.free_allocator();
        let done = compile(&mut Reader { vm, read }, &options, allocator);
        // SAFETY: the reader is gone; `self` was not used in between.
        let vm = unsafe { &mut *vm };
        match done {
            Ok(unit) => vm.load(&unit, globals),
            Err(e) => Err(vm.compile_error(kind.file, &e)),
        }
    }
}
