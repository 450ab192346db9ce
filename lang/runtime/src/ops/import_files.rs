//! Files as `import` and `execfile` see them: what a port plugs in, so that the runtime knows no file system.
//!
//! Source text is compiled as it is read, piece by piece: of a large file never more than a piece is in memory. A
//! `.mpy` file is read whole. A file that lies in memory whole (in a ROM file system) is used where it is.

use krait_compiler::InputKind;
use krait_hal::PathKind;

use super::buffer::Buffer;
use super::frozen;
use crate::obj::bytes::Bytes;
use crate::obj::dict::Dict;
use crate::obj::exception;
use crate::vm::load::SourceKind;
use crate::{Gc, Outcome, Raised, Ref, StrBuf, Value, Vm};

/// Where modules come from. A port sets it in [`crate::vm::State::import_files`].
pub trait ImportFiles: Sync {
    /// What a path names.
    ///
    /// # Errors
    /// What a file system written in Python raises, but not that there is nothing.
    fn kind(&self, vm: &mut Vm, path: &str) -> Result<PathKind, Raised>;
    /// Opens a file for reading bytes.
    ///
    /// # Errors
    /// `OSError`; what a file system written in Python raises.
    fn open(&self, vm: &mut Vm, path: &str) -> Outcome;
    /// All of the file, if it lies in memory.
    fn in_place(&self, vm: &Vm, file: Value) -> Option<Buffer>;
    /// The size in bytes, as far as it is known without reading.
    fn size(&self, vm: &mut Vm, file: Value) -> Option<usize>;
    /// Reads up to `to.len()` bytes; 0 at the end.
    ///
    /// # Errors
    /// `OSError`; what a file system written in Python raises.
    fn read(&self, vm: &mut Vm, file: Value, to: &mut [u8]) -> Result<usize, Raised>;
    /// Closes the file.
    ///
    /// # Errors
    /// `OSError`; what a file system written in Python raises.
    fn close(&self, vm: &mut Vm, file: Value) -> Result<(), Raised>;
}

impl Vm {
    /// What a path names for `import`; below `.frozen/`, among the frozen modules.
    pub(super) fn path_kind(&mut self, path: &str) -> Result<PathKind, Raised> {
        match (frozen::inner(path), self.st.import_files) {
            (Some(inner), _) => Ok(frozen::kind(self.st.frozen, inner)),
            (None, Some(files)) => files.kind(self, path),
            (None, None) => Ok(PathKind::None),
        }
    }

    /// Runs a file, source or `.mpy`, with `globals`.
    ///
    /// # Errors
    /// `OSError`; `SyntaxError`; `ValueError` for a bad `.mpy`; whatever the file raises.
    pub fn run_file(&mut self, path: &str, globals: Ref<Dict>) -> Outcome {
        let f = self.compile_file(path, globals)?;
        self.with_scope(globals, globals, |vm| vm.call(f, &[]))
    }

    /// Compiles or loads a file to a function. If memory runs out, the heap is collected and it begins anew; and at
    /// last the text is read whole first, since nothing can be collected while the compiler works, and a file written
    /// in Python leaves a lot.
    ///
    /// # Errors
    /// As [`Vm::run_file`].
    pub fn compile_file(&mut self, path: &str, globals: Ref<Dict>) -> Outcome {
        let Some(files) = self.st.import_files else { return Err(self.os_error(2)) };
        for _ in 0..2 {
            match self.compile_opened(files, path, globals, false) {
                Err(_) if self.raised_is(&exception::MEMORY_ERROR) && !self.heap_locked() => {
                    self.take_raised();
                    self.reclaim();
                }
                done => return done,
            }
        }
        self.compile_opened(files, path, globals, true)
    }

    fn compile_opened(
        &mut self,
        files: &'static dyn ImportFiles,
        path: &str,
        globals: Ref<Dict>,
        whole: bool,
    ) -> Outcome {
        let file = files.open(self, path)?;
        let done = match (path.ends_with(".mpy"), whole) {
            (true, _) => self.load_opened(files, file, globals),
            (false, false) => self.compile_text_of(files, file, path, globals),
            (false, true) => self.compile_whole(files, file, path, globals),
        };
        if let Err(r) = done {
            let waiting = self.take_raised();
            if files.close(self, file).is_err() {
                self.take_raised();
            }
            let _ = self.raise(waiting);
            return Err(r);
        }
        files.close(self, file)?;
        done
    }

    fn compile_whole(
        &mut self,
        files: &'static dyn ImportFiles,
        file: Value,
        path: &str,
        globals: Ref<Dict>,
    ) -> Outcome {
        let name = self.intern(path)?;
        let kind = SourceKind { file: name, input: InputKind::File, repl: false };
        let text = self.read_opened(files, file)?;
        self.reclaim();
        let f = self.compile_text(text.as_bytes(), kind, globals);
        text.discard(self);
        f
    }

    fn compile_text_of(
        &mut self,
        files: &'static dyn ImportFiles,
        file: Value,
        path: &str,
        globals: Ref<Dict>,
    ) -> Outcome {
        let name = self.intern(path)?;
        let kind = SourceKind { file: name, input: InputKind::File, repl: false };
        self.compile_reader(&mut |vm, to| files.read(vm, file, to), kind, globals)
    }

    fn load_opened(&mut self, files: &'static dyn ImportFiles, file: Value, globals: Ref<Dict>) -> Outcome {
        if let Some(bytes) = files.in_place(self, file) {
            return self.load_mpy_in_place(&bytes, globals);
        }
        let bytes = self.read_opened(files, file)?;
        let f = self.load_mpy(bytes.as_bytes(), globals);
        bytes.discard(self);
        f
    }

    /// The bytes of an open file.
    fn read_opened(&mut self, files: &'static dyn ImportFiles, file: Value) -> Result<StrBuf<Bytes>, Raised> {
        let mut buf = StrBuf::new();
        let done = self.read_to(files, file, &mut buf);
        match done {
            Ok(()) => Ok(buf),
            Err(r) => {
                buf.discard(self);
                Err(r)
            }
        }
    }

    fn read_to(&mut self, files: &'static dyn ImportFiles, file: Value, buf: &mut StrBuf<Bytes>) -> Result<(), Raised> {
        if let Some(size) = files.size(self, file) {
            // One byte more, so that the end is seen without growing.
            buf.reserve(self, size.saturating_add(1))?;
        }
        let mut piece = [0; 256];
        loop {
            self.poll()?;
            let n = files.read(self, file, &mut piece)?;
            match piece.get(..n) {
                Some(read) if n > 0 => buf.push_bytes(self, read)?,
                _ => return Ok(()),
            }
        }
    }
}
