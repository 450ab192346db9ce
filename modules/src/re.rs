//! `re`: patterns. The engine is lib/regex; matches are in `re_match.rs`, what walks over a text in `re_walk.rs`.
//!
//! Where the dialects differ, programs for the reference go first: `.` takes a newline too, `$` is the very end of the
//! text (without `MULTILINE`), a pattern that is `str` may search `bytes`, `split` stops at an empty match. Beyond the
//! reference: what lib/regex lists, flags, `fullmatch`, `findall`, `finditer`, positions, names.

use krait_regex::{Build, Error, IGNORE_CASE, MULTILINE, Program, What, compile};
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::exception;
use krait_runtime::{
    Args, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, StrBuf, Tracer, Value, Vm, class, module, q,
};

use crate::{re_find, re_walk};

/// The flag that asks for a listing of the program.
const DEBUG: isize = 0x1000;

/// A compiled pattern's body.
pub struct Pattern {
    /// The program.
    pub(crate) program: Ref<Bytes>,
    /// What it was made from.
    source: Value,
    flags: u32,
    /// Numbers of the groups that have names.
    names: Option<Ref<Dict>>,
}

impl Pattern {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.program);
        t.value(self.source);
        t.opt_reference(self.names);
    }

    /// Groups, the whole match included.
    pub(crate) fn groups(&self) -> usize {
        Program::new(self.program.tail()).groups()
    }

    /// Numbers of the groups that have names.
    pub(crate) fn names(&self) -> Option<Ref<Dict>> {
        self.names
    }
}

class! {
    /// A compiled pattern.
    pub static PATTERN: q!(re) for Pattern;
    slots { print: print, get_attr: get_attr }
    attrs {
        q!(r#match) => var(2, 4, re_find::match_),
        q!(search) => var(2, 4, re_find::search),
        q!(fullmatch) => var(2, 4, re_find::fullmatch),
        q!(split) => kw(2, re_walk::split),
        q!(sub) => kw(3, re_walk::sub),
        q!(findall) => var(2, 4, re_walk::findall),
        q!(finditer) => var(2, 4, re_walk::finditer),
    }
}

module! {
    /// `re`
    pub static RE: q!(re);
    q!(compile) => var(1, 2, compile_),
    q!(r#match) => var(2, 3, |vm, args| with_flags(vm, args, re_find::match_)),
    q!(search) => var(2, 3, |vm, args| with_flags(vm, args, re_find::search)),
    q!(fullmatch) => var(2, 3, |vm, args| with_flags(vm, args, re_find::fullmatch)),
    q!(split) => kw(2, re_walk::split),
    q!(sub) => kw(3, re_walk::sub),
    q!(findall) => var(2, 3, |vm, args| with_flags(vm, args, re_walk::findall)),
    q!(finditer) => var(2, 3, |vm, args| with_flags(vm, args, re_walk::finditer)),
    q!(escape) => f1(re_walk::escape),
    q!(error) => ty(&exception::VALUE_ERROR),
    q!(DEBUG) => int(DEBUG),
    q!(IGNORECASE) => int(IGNORE_CASE),
    q!(I) => int(IGNORE_CASE),
    q!(MULTILINE) => int(MULTILINE),
    q!(M) => int(MULTILINE),
    q!(DOTALL) => int(16),
    q!(S) => int(16),
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    out.fmt(vm, format_args!("<re 0x{:x}>", v.bits()))
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(p) = v.downcast::<Pattern>() else { return Ok(None) };
    Ok(Some(if name == q!(pattern) {
        p.source
    } else if name == q!(flags) {
        Value::small_int(p.flags as isize)
    } else if name == q!(groups) {
        Value::small_int(p.groups() as isize - 1)
    } else if name == q!(groupindex) {
        match p.names {
            Some(d) => d.value(),
            None => vm.new_dict()?.value(),
        }
    } else {
        return Ok(None);
    }))
}

/// `f(pattern, string, flags=0)`, which is a method of patterns, with the pattern compiled.
fn with_flags(vm: &mut Vm, args: &Args<'_>, f: fn(&mut Vm, &Args<'_>) -> Outcome) -> Outcome {
    let flags = match args.get(2) {
        Some(v) => vm.need_int(v)?,
        None => 0,
    };
    let p = pattern(vm, args.get(0).unwrap_or(Value::NONE), flags)?;
    f(vm, &Args::positional(&[p.value(), args.get(1).unwrap_or(Value::NONE)]))
}

/// `compile(pattern, flags=0)`
fn compile_(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let flags = match args.get(1) {
        Some(v) => vm.need_int(v)?,
        None => 0,
    };
    let p = pattern(vm, args.get(0).unwrap_or(Value::NONE), flags)?;
    Ok(p.value())
}

/// The compiled pattern of a value, which may be one already.
///
/// # Errors
/// `ValueError` for a bad pattern; `TypeError` for what is none.
pub(crate) fn pattern(vm: &mut Vm, v: Value, flags: isize) -> Result<Ref<Pattern>, Raised> {
    if let Some(p) = v.downcast::<Pattern>() {
        return Ok(p);
    }
    let mut b = Builder { vm, buf: StrBuf::new(), names: None, raised: None };
    let flags = flags as u32 & (IGNORE_CASE | MULTILINE);
    let made = if let Some(s) = b.vm.as_str(v) {
        compile(s.as_bytes(), true, flags, &mut b)
    } else if let Some(bytes) = b.vm.cast::<Bytes>(v) {
        compile(bytes.tail(), false, flags, &mut b)
    } else {
        return Err(b.vm.type_error(format_args!("pattern must be str or bytes")));
    };
    let Builder { buf, names, raised, .. } = b;
    match made {
        Ok(flags) => {
            let program = vm.finish_bytes(buf)?;
            match program.downcast::<Bytes>() {
                Some(program) => vm.new_object(Pattern { program, source: v, flags, names }),
                None => Err(bad(vm, Error { what: What::TooComplex, at: 0 })),
            }
        }
        Err(e) => {
            buf.discard(vm);
            Err(raised.unwrap_or_else(|| bad(vm, e)))
        }
    }
}

#[cold]
fn bad(vm: &mut Vm, e: Error) -> Raised {
    vm.raise_fmt(&exception::VALUE_ERROR, format_args!("error in regex: {} at position {}", e.what, e.at))
}

/// Where a program is built.
struct Builder<'v> {
    vm: &'v mut Vm,
    buf: StrBuf<Bytes>,
    names: Option<Ref<Dict>>,
    raised: Option<Raised>,
}

impl Builder<'_> {
    fn add_name(&mut self, name: &str, group: usize) -> Result<bool, Raised> {
        let names = match self.names {
            Some(d) => d,
            None => {
                let d = self.vm.new_dict()?;
                self.names = Some(d);
                d
            }
        };
        let name = self.vm.intern(name)?;
        if names.get_qstr(self.vm, name).is_some() {
            return Ok(false);
        }
        names.set_qstr(self.vm, name, Value::small_int(group as isize))?;
        Ok(true)
    }
}

impl Build for Builder<'_> {
    fn bytes(&self) -> &[u8] {
        self.buf.as_bytes()
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self.buf.as_bytes_mut()
    }

    fn grow(&mut self, n: usize) -> bool {
        let r = self.buf.push_repeat(self.vm, 0, n);
        self.raised = r.err();
        r.is_ok()
    }

    fn truncate(&mut self, n: usize) {
        self.buf.truncate(n);
    }

    fn name(&mut self, name: &str, group: usize) -> bool {
        match self.add_name(name, group) {
            Ok(fresh) => fresh,
            Err(r) => {
                self.raised = Some(r);
                false
            }
        }
    }
}
