//! Printing values.

use crate::{Out, Outcome, PrintKind, Raised, StrBuf, Value, Vm};

impl Vm {
    /// Writes `v` to `out`.
    ///
    /// # Errors
    /// What `__str__` or `__repr__` raises; too deep a nesting; out of memory.
    pub fn print_value(&mut self, v: Value, out: &mut Out<'_>, kind: PrintKind) -> Result<(), Raised> {
        self.check_stack()?;
        let ty = self.type_of(v);
        if let Some(f) = ty.slots.print {
            return f(self, v, out, kind);
        }
        let name = self.qstr_text(ty.name);
        out.fmt(self, format_args!("<{}>", name.as_str()))
    }

    /// `str(v)`
    ///
    /// # Errors
    /// As [`Vm::print_value`].
    pub fn str_of(&mut self, v: Value) -> Outcome {
        if v.is_qstr() || v.downcast::<crate::obj::str_::StrBody>().is_some() {
            return Ok(v);
        }
        self.text_of(v, PrintKind::Str)
    }

    /// `repr(v)`
    ///
    /// # Errors
    /// As [`Vm::print_value`].
    pub fn repr_of(&mut self, v: Value) -> Outcome {
        self.text_of(v, PrintKind::Repr)
    }

    fn text_of(&mut self, v: Value, kind: PrintKind) -> Outcome {
        let mut buf = StrBuf::new();
        self.print_value(v, &mut Out::Text(&mut buf), kind)?;
        self.finish_str(buf)
    }

    /// Writes items between brackets, separated by commas.
    ///
    /// # Errors
    /// As [`Vm::print_value`].
    pub fn print_items(
        &mut self,
        out: &mut Out<'_>,
        kind: PrintKind,
        mut item: impl FnMut(usize) -> Option<Value>,
    ) -> Result<(), Raised> {
        let mut i = 0;
        while let Some(v) = item(i) {
            if i > 0 {
                out.write(self, ", ")?;
            }
            self.print_value(v, out, kind)?;
            i += 1;
        }
        Ok(())
    }
}
