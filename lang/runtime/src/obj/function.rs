//! Functions written in Rust, and `staticmethod` and `classmethod`.

use crate::{Args, Obj, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, Value, Vm};

/// A native function. The variants say what the body takes, so that calling costs one match.
#[derive(Clone, Copy)]
pub enum NativeFn {
    /// No argument.
    F0(fn(&mut Vm) -> Outcome),
    /// One argument.
    F1(fn(&mut Vm, Value) -> Outcome),
    /// Two arguments.
    F2(fn(&mut Vm, Value, Value) -> Outcome),
    /// Three arguments.
    F3(fn(&mut Vm, Value, Value, Value) -> Outcome),
    /// `min` to `max` positional arguments.
    Var {
        /// At least so many.
        min: u8,
        /// At most so many; 255: any number.
        max: u8,
        /// The body.
        f: fn(&mut Vm, &Args<'_>) -> Outcome,
    },
    /// At least `min` positional arguments, and keywords.
    Kw {
        /// At least so many positional ones.
        min: u8,
        /// The body.
        f: fn(&mut Vm, &Args<'_>) -> Outcome,
    },
}

impl NativeFn {
    /// The function object, for a table in ROM.
    #[allow(unsafe_code)]
    pub const fn rom(f: NativeFn) -> Obj<NativeFn> {
        // SAFETY: FUNCTION is NativeFn's type.
        unsafe { Obj::new_static(Ref::of_static(&FUNCTION).as_ptr().cast(), f) }
    }

    fn trace(&self, _: &mut Tracer<'_>) {}

    /// Calls it.
    #[inline]
    pub fn invoke(&self, vm: &mut Vm, args: &Args<'_>) -> Outcome {
        if !args.kw.is_empty() && !matches!(self, NativeFn::Kw { .. }) {
            return Err(vm.type_error(format_args!("function doesn't take keyword arguments")));
        }
        match (*self, args.pos) {
            (NativeFn::F0(f), []) => f(vm),
            (NativeFn::F1(f), [a]) => f(vm, *a),
            (NativeFn::F2(f), [a, b]) => f(vm, *a, *b),
            (NativeFn::F3(f), [a, b, c]) => f(vm, *a, *b, *c),
            (NativeFn::Var { min, max, f }, pos)
                if pos.len() >= min as usize && (max == 255 || pos.len() <= max as usize) =>
            {
                f(vm, args)
            }
            (NativeFn::Kw { min, f }, pos) if pos.len() >= min as usize => f(vm, args),
            (kind, pos) => {
                let (min, max) = kind.arity();
                Err(vm.wrong_count(min, max, pos.len()))
            }
        }
    }

    fn arity(&self) -> (usize, usize) {
        match *self {
            NativeFn::F0(_) => (0, 0),
            NativeFn::F1(_) => (1, 1),
            NativeFn::F2(_) => (2, 2),
            NativeFn::F3(_) => (3, 3),
            NativeFn::Var { min, max: 255, .. } | NativeFn::Kw { min, .. } => (min as usize, usize::MAX),
            NativeFn::Var { min, max, .. } => (min as usize, max as usize),
        }
    }
}

class! {
    /// `function`, for natives.
    pub static FUNCTION: q!(function) for NativeFn;
    slots { call: native_call }
}

fn native_call(vm: &mut Vm, f: Value, args: &Args<'_>) -> Outcome {
    match f.downcast::<NativeFn>() {
        Some(f) => f.invoke(vm, args),
        None => Err(vm.type_error(format_args!("object not callable"))),
    }
}

/// `staticmethod(f)`.
pub struct StaticMethod {
    /// The function.
    pub f: Value,
}

/// `classmethod(f)`.
pub struct ClassMethod {
    /// The function.
    pub f: Value,
}

impl StaticMethod {
    /// For a table in ROM.
    #[allow(unsafe_code)]
    pub const fn rom(f: Value) -> Obj<StaticMethod> {
        // SAFETY: STATICMETHOD is StaticMethod's type.
        unsafe { Obj::new_static(Ref::of_static(&STATICMETHOD).as_ptr().cast(), StaticMethod { f }) }
    }
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.f);
    }
}

impl ClassMethod {
    /// For a table in ROM.
    #[allow(unsafe_code)]
    pub const fn rom(f: Value) -> Obj<ClassMethod> {
        // SAFETY: CLASSMETHOD is ClassMethod's type.
        unsafe { Obj::new_static(Ref::of_static(&CLASSMETHOD).as_ptr().cast(), ClassMethod { f }) }
    }
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.f);
    }
}

class! {
    /// `staticmethod`
    pub static STATICMETHOD: q!(staticmethod) for StaticMethod;
    slots { new: static_new }
}

class! {
    /// `classmethod`
    pub static CLASSMETHOD: q!(classmethod) for ClassMethod;
    slots { new: class_new }
}

fn static_new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    use crate::NewObject as _;
    vm.check_args(args, 1, 1)?;
    let f = args.get(0).unwrap_or(Value::NONE);
    Ok(vm.new_object(StaticMethod { f })?.value())
}

fn class_new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    use crate::NewObject as _;
    vm.check_args(args, 1, 1)?;
    let f = args.get(0).unwrap_or(Value::NONE);
    Ok(vm.new_object(ClassMethod { f })?.value())
}

/// Prints `<name>` or `<name what>`; for types that have nothing better to say.
pub fn print_plain(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let name = vm.qstr_text(vm.type_of(v).name);
    out.write(vm, "<")?;
    out.write(vm, &name)?;
    out.write(vm, ">")
}
