//! Generators (and coroutines): a frame that lives in an object and is entered again and again.
//!
//! The frame's bytes are a raw buffer that the generator owns. While it runs, the frame is also in the VM's chain.

use core::cell::Cell;
use core::ptr::{NonNull, null_mut};

use krait_memory::BlockKind;

use super::code::Function;
use super::frame::{self, Frame, Return};
use super::run::{Event, run};
use super::stack;
use crate::obj::exception;
use crate::obj::iterator;
use crate::{Args, Gc, Maybe, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, Tracer, Value, Vm};

/// What a generator is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Phase {
    /// It was not started.
    Fresh,
    /// It stands at a `yield`.
    Suspended,
    /// It runs.
    Running,
    /// It has ended.
    Done,
}

/// A generator's body.
pub struct Generator {
    pub(super) frame: Cell<*mut Frame>,
    pub(super) phase: Cell<Phase>,
    name: Qstr,
    /// An exception to raise where the generator stands, when it is entered next.
    pub(super) pending: Cell<Option<Value>>,
}

impl Generator {
    fn trace(&self, t: &mut Tracer<'_>) {
        let f = self.frame.get();
        t.opt(self.pending.get());
        if !f.is_null() && t.block(f.cast_const().cast()) {
            // SAFETY: the frame is live as long as the generator has it.
            unsafe { frame::trace(f, t) };
        }
    }

    /// Frees the frame: the generator has ended.
    pub(super) fn finish(&self, vm: &mut Vm) {
        self.phase.set(Phase::Done);
        if let Some(f) = NonNull::new(self.frame.replace(null_mut())) {
            // SAFETY: nobody enters a generator that is done.
            unsafe { vm.heap_mut().free(f.cast()) };
        }
    }
}

class! {
    /// `generator`
    pub static GENERATOR: q!(generator) for Generator;
    slots { print: print, iter: iterator::itself, next: next }
    attrs {
        q!(close) => f1(close),
        q!(send) => f2(send),
        q!(throw) => var(2, 4, throw),
        q!(pend_throw) => f2(pend_throw),
        q!(__next__) => f1(dunder_next),
    }
}

impl Vm {
    /// A new generator for a call of `fun`.
    pub(super) fn new_generator(&mut self, fun: Ref<Function>, first: Option<Value>, args: &Args<'_>) -> Outcome {
        let code = fun.code;
        let body = Generator {
            frame: Cell::new(null_mut()),
            phase: Cell::new(Phase::Fresh),
            name: code.name,
            pending: Cell::new(None),
        };
        let generator = self.new_object(body)?;
        let block = self.alloc_block(frame::frame_bytes(&code), BlockKind::Buffer)?;
        let f = block.cast::<Frame>().as_ptr();
        // SAFETY: the block has the frame's size.
        unsafe { frame::init(f, fun, Return::Push) };
        generator.frame.set(f);
        // SAFETY: the frame is initialised.
        unsafe { self.bind_args(fun, first, args, frame::slots(f))? };
        Ok(generator.value())
    }

    /// Enters a generator from a native: sends `value`, or raises what is pending in it.
    ///
    /// `Ok(Some)`: it yielded. `Ok(None)`: it ended; `State::stop_value` has its result.
    pub(super) fn resume(&mut self, g: Ref<Generator>, value: Value) -> Maybe {
        match g.phase.get() {
            Phase::Done => {
                if let Some(exc) = g.pending.take() {
                    let exc = self.make_raisable(exc)?;
                    return Err(self.raise(exc));
                }
                self.st.stop_value = None;
                return Ok(None);
            }
            Phase::Running => return Err(self.value_error("generator already executing")),
            Phase::Fresh if !value.is_none() => {
                return Err(self.type_error(format_args!("can't send non-None value to a just-started generator")));
            }
            Phase::Fresh | Phase::Suspended => {}
        }
        if g.phase.get() == Phase::Fresh
            && let Some(exc) = g.pending.take()
        {
            g.finish(self);
            let exc = self.make_raisable(exc)?;
            return Err(self.raise(exc));
        }
        self.check_stack()?;
        let f = g.frame.get();
        // SAFETY: a generator that is fresh or suspended has a live frame.
        let bytes = unsafe { frame::frame_bytes(&frame::code_of(f)) };
        stack::enter(self, bytes)?;
        // SAFETY: a generator that is fresh or suspended has a live frame, whose stack has room for the value
        // that its `yield` gives.
        unsafe {
            if g.phase.get() == Phase::Suspended {
                (*f).sp.write(Some(value));
                (*f).sp = (*f).sp.add(1);
            }
            (*f).generator = Some(g);
            (*f).result = Return::Native;
            (*f).prev = self.st.frame;
        }
        g.phase.set(Phase::Running);
        self.st.frame = f;
        match run(self, f)? {
            Event::Yielded(v) => Ok(Some(v)),
            Event::Returned(v) => {
                self.st.stop_value = if v.is_none() { None } else { Some(v) };
                Ok(None)
            }
        }
    }
}

fn get(vm: &mut Vm, v: Value) -> Result<Ref<Generator>, Raised> {
    match v.downcast::<Generator>() {
        Some(g) => Ok(g),
        None => Err(vm.type_error(format_args!("generator expected"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let g = get(vm, v)?;
    let name = vm.qstr_text(g.name);
    out.fmt(vm, format_args!("<generator object '{}' at 0x{:x}>", name.as_str(), v.bits()))
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let g = get(vm, v)?;
    vm.resume(g, Value::NONE)
}

/// A yielded value, or `StopIteration`.
fn or_stop(vm: &mut Vm, r: Maybe) -> Outcome {
    match r? {
        Some(v) => Ok(v),
        None => {
            let value = vm.st.stop_value.take();
            Err(vm.stop_iteration(value))
        }
    }
}

fn dunder_next(vm: &mut Vm, v: Value) -> Outcome {
    send(vm, v, Value::NONE)
}

fn send(vm: &mut Vm, v: Value, to: Value) -> Outcome {
    let g = get(vm, v)?;
    let r = vm.resume(g, to);
    or_stop(vm, r)
}

fn throw(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [this, what, rest @ ..] = args.pos else {
        return Err(vm.wrong_count(2, 4, args.pos.len()));
    };
    let g = get(vm, *this)?;
    // throw(type, value): the value is the exception unless it is None.
    let exc = match rest.first() {
        Some(v) if !v.is_none() => *v,
        _ => *what,
    };
    if g.phase.get() == Phase::Running {
        return Err(vm.value_error("generator already executing"));
    }
    g.pending.set(Some(exc));
    let r = vm.resume(g, Value::NONE);
    or_stop(vm, r)
}

fn close(vm: &mut Vm, v: Value) -> Outcome {
    let g = get(vm, v)?;
    match g.phase.get() {
        Phase::Fresh | Phase::Done => {
            g.finish(vm);
            return Ok(Value::NONE);
        }
        Phase::Running => return Err(vm.value_error("generator already executing")),
        Phase::Suspended => {}
    }
    let exc = exception::Exception::make(vm, Ref::of_static(&exception::GENERATOR_EXIT), &[])?;
    g.pending.set(Some(exc));
    match vm.resume(g, Value::NONE) {
        Ok(Some(_)) => Err(vm.runtime_error("generator ignored GeneratorExit")),
        Ok(None) => Ok(Value::NONE),
        Err(_) if vm.raised_is(&exception::GENERATOR_EXIT) || vm.raised_is(&exception::STOP_ITERATION) => {
            vm.take_raised();
            Ok(Value::NONE)
        }
        Err(r) => Err(r),
    }
}

fn pend_throw(vm: &mut Vm, v: Value, exc: Value) -> Outcome {
    let g = get(vm, v)?;
    if g.phase.get() == Phase::Running {
        return Err(vm.value_error("generator already executing"));
    }
    // The reference lets a generator that was not started take it, too.
    let old = g.pending.replace(if exc.is_none() { None } else { Some(exc) });
    Ok(old.unwrap_or(Value::NONE))
}
