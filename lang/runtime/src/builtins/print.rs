//! `print`, `repr`, and what the REPL does with the value of an expression.

use crate::{Args, Out, Outcome, PrintKind, Raised, Str, Value, Vm, q};

/// `print(*values, sep=' ', end='\n', file=sys.stdout, flush=False)`
pub(super) fn print(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    if args.kw.is_empty() {
        write(vm, args.pos, Str::from_static(" "), Str::from_static("\n"), &mut Out::Console)?;
        return Ok(Value::NONE);
    }
    let (mut sep, mut end) = (Str::from_static(" "), Str::from_static("\n"));
    let (mut file, mut flush) = (Value::NONE, Value::FALSE);
    for pair in args.kw.chunks_exact(2) {
        let [name, v] = *pair else { continue };
        match name.as_qstr() {
            Some(n) if n == q!(sep) => {
                if !v.is_none() {
                    sep = vm.need_str(v)?;
                }
            }
            Some(n) if n == q!(end) => {
                if !v.is_none() {
                    end = vm.need_str(v)?;
                }
            }
            Some(n) if n == q!(file) => file = v,
            Some(n) if n == q!(flush) => flush = v,
            _ => return Err(vm.type_error(format_args!("extra keyword arguments given"))),
        }
    }
    let mut out = vm.output_to(file)?;
    write(vm, args.pos, sep, end, &mut out)?;
    if vm.truth(flush)? {
        match out {
            Out::Stream(file) => {
                vm.call_method(file, q!(flush), &[])?;
            }
            _ => vm.platform().console().flush(),
        }
    }
    Ok(Value::NONE)
}

impl Vm {
    /// The output that `file` stands for: the console if it is `None`, otherwise an object with a `write` method.
    ///
    /// # Errors
    /// `OSError` if it has none.
    pub fn output_to(&mut self, file: Value) -> Result<Out<'static>, Raised> {
        if file.is_none() {
            return Ok(Out::Console);
        }
        match self.get_attr_or_none(file, q!(write))? {
            Some(_) => Ok(Out::Stream(file)),
            None => Err(self.raise_str(&crate::obj::exception::OS_ERROR, "stream operation not supported")),
        }
    }
}

fn write(vm: &mut Vm, values: &[Value], sep: Str, end: Str, out: &mut Out<'_>) -> Result<(), Raised> {
    for (i, v) in values.iter().enumerate() {
        if i > 0 {
            out.write(vm, &sep)?;
        }
        out.value(vm, *v, PrintKind::Str)?;
    }
    out.write(vm, &end)
}

/// `repr(object)`
pub(super) fn repr(vm: &mut Vm, v: Value) -> Outcome {
    vm.repr_of(v)
}

/// `__repl_print__(value)`: prints the value of an expression, and keeps it as `_`.
pub(super) fn repl_print(vm: &mut Vm, v: Value) -> Outcome {
    if !v.is_none() {
        Out::Console.value(vm, v, PrintKind::Repr)?;
        Out::Console.write(vm, "\n")?;
        let name = vm.intern("_")?;
        vm.set_builtin(name, v)?;
    }
    Ok(Value::NONE)
}
