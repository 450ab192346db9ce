//! Where printed text goes.

use core::fmt;

use krait_hal::Stream;

use crate::obj::str_::StrBody;
use crate::{Raised, StrBuf, Value, Vm};

/// How a value is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrintKind {
    /// As `str()`.
    Str,
    /// As `repr()`.
    Repr,
    /// As `str()` of an exception inside a traceback: the type's name first.
    Exception,
    /// As JSON.
    Json,
}

/// A destination of text.
pub enum Out<'a> {
    /// Standard output.
    Console,
    /// Standard error.
    Error,
    /// A string under construction.
    Text(&'a mut StrBuf<StrBody>),
    /// A Python object with a `write` method.
    Stream(Value),
}

impl Out<'_> {
    /// Writes text.
    ///
    /// # Errors
    /// Out of memory, or what a stream's `write` raises.
    pub fn write(&mut self, vm: &mut Vm, s: &str) -> Result<(), Raised> {
        self.write_bytes(vm, s.as_bytes())
    }

    /// Writes bytes (UTF-8 if the destination is text).
    ///
    /// # Errors
    /// As [`Out::write`].
    pub fn write_bytes(&mut self, vm: &mut Vm, s: &[u8]) -> Result<(), Raised> {
        match self {
            Out::Console => vm.console_write(Stream::Out, s),
            Out::Error => vm.console_write(Stream::Err, s),
            Out::Text(buf) => return buf.push_bytes(vm, s),
            Out::Stream(stream) => {
                let stream = *stream;
                let text = vm.new_str_lossy(s)?;
                vm.call_method(stream, q!(write), &[text])?;
            }
        }
        Ok(())
    }

    /// Writes formatted text.
    ///
    /// # Errors
    /// As [`Out::write`].
    pub fn fmt(&mut self, vm: &mut Vm, args: fmt::Arguments<'_>) -> Result<(), Raised> {
        struct Adapter<'a, 'b>(&'a mut Out<'b>, &'a mut Vm, Result<(), Raised>);
        impl fmt::Write for Adapter<'_, '_> {
            fn write_str(&mut self, s: &str) -> fmt::Result {
                self.2 = self.0.write(self.1, s);
                self.2.map_err(|_| fmt::Error)
            }
        }
        let mut a = Adapter(self, vm, Ok(()));
        let _ = fmt::write(&mut a, args);
        a.2
    }

    /// Writes a value.
    ///
    /// # Errors
    /// What its `__repr__` or `__str__` raises.
    pub fn value(&mut self, vm: &mut Vm, v: Value, kind: PrintKind) -> Result<(), Raised> {
        vm.print_value(v, self, kind)
    }
}
