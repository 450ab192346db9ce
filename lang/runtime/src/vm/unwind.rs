//! Where execution goes on: after an exception, through `finally`, into and out of generators; and other parts of
//! instructions that are too rare or too long for the loop.

use krait_bytecode::prelude::Prelude;

use super::code::Code;
use super::frame::{self, Frame, Return};
use super::generator::{Generator, Phase};
use super::run::Event;
use super::stack;
use crate::obj::exception;
use crate::{Outcome, Raised, Ref, Value, Vm};

type Slot = *mut Option<Value>;

#[cold]
#[inline(never)]
pub(super) fn unbound_local(vm: &mut Vm) -> Result<(), Raised> {
    Err(vm.raise_str(&exception::NAME_ERROR, "local variable referenced before assignment"))
}

#[cold]
#[inline(never)]
pub(super) fn bad_init(vm: &mut Vm, v: Value) -> Raised {
    let name = vm.qstr_text(vm.type_of(v).name);
    vm.type_error(format_args!("__init__() should return None, not '{}'", name.as_str()))
}

/// The code of a child.
///
/// # Safety
/// `f` is a live frame, and `i` is the number of a child of its code.
#[inline(always)]
pub(super) unsafe fn child(f: *mut Frame, i: usize) -> Value {
    // SAFETY: by contract.
    unsafe { *frame::code_of(f).children.as_ptr().add(i) }
}

/// A function that returns `value` at `ip` while blocks are open: the next `finally` that must run first, with the
/// stack pointer it runs with. Closes all blocks on the way.
///
/// # Safety
/// `f` is the running frame.
#[inline(always)]
pub(super) unsafe fn finally_of_return(f: *mut Frame, ip: *const u8, value: Value) -> Option<(*const u8, Slot)> {
    // SAFETY: by contract; blocks lie between the first one and `blocks`.
    unsafe {
        let first = frame::first_block(f, &frame::code_of(f));
        while (*f).blocks > first {
            let b = (*f).blocks.sub(1);
            // One whose handler lies behind is running already; it is abandoned.
            if (*b).is_finally && (*b).handler >= ip {
                let sp = (*b).sp;
                sp.write(Some(value));
                sp.add(1).write(Some(Value::SENTINEL));
                return Some((entry_of(f, (*b).handler, false), sp.add(2)));
            }
            (*f).blocks = b;
        }
        None
    }
}

/// Leaves `count` blocks and jumps to `to`; 0x80 in `count` says that an iterator is popped, too. Gives where to go
/// on: `to`, or the next `finally` on the way.
///
/// # Safety
/// `f` is the running frame, the counts are right (verified).
pub(super) unsafe fn unwind_jump(
    f: *mut Frame,
    ip: *const u8,
    mut sp: Slot,
    to: *const u8,
    mut count: u32,
) -> (*const u8, Slot) {
    // SAFETY: by contract.
    unsafe {
        let first = frame::first_block(f, &frame::code_of(f));
        while count & 0x7f > 0 && (*f).blocks > first {
            count -= 1;
            let b = (*f).blocks.sub(1);
            if (*b).is_finally {
                if (*b).handler >= ip {
                    let offset = to.offset_from(frame::code_of(f).bytes.as_ptr()) as u32;
                    let at = (*b).sp;
                    at.write(Some(Value::mark(offset)));
                    at.add(1).write(Some(Value::mark(count)));
                    return (entry_of(f, (*b).handler, false), at.add(2));
                }
                // It is running already, and abandoned, with whatever it has on the stack.
                sp = (*b).sp;
            }
            (*f).blocks = b;
        }
        if count & 0x80 != 0 {
            sp = sp.sub(4);
        }
        (to, sp)
    }
}

/// Where a `finally` handler is entered: one that begins by asking whether it got an exception is told at once, by
/// the way it is entered, since a program could falsify the answer.
#[inline(always)]
unsafe fn entry_of(f: *mut Frame, handler: *const u8, exception: bool) -> *const u8 {
    // SAFETY: handlers are instructions of the frame's code.
    unsafe {
        if *handler != krait_bytecode::opcode::byte::DUP_TOP {
            return handler;
        }
        let code = frame::code_of(f);
        let start = code.entry();
        let instructions = code.bytes().get(code.start as usize..).unwrap_or(&[]);
        match krait_bytecode::insn::finally_dispatch(instructions, handler.offset_from(start) as usize) {
            Some(d) => start.offset(if exception { d.exception as isize } else { d.unwind as isize }),
            None => handler,
        }
    }
}

/// Calls `__exit__` at the end of a `with` block; gives the new stack pointer.
///
/// # Safety
/// `sp` is the running frame's, at `WITH_CLEANUP`.
pub(super) unsafe fn with_cleanup(vm: &mut Vm, sp: Slot) -> Result<Slot, Raised> {
    // SAFETY: by contract; the layout is that of SETUP_WITH and of unwinding.
    unsafe {
        let cause = (*sp.sub(1)).unwrap_or(Value::NONE);
        let words = if cause == Value::SENTINEL || cause.as_mark().is_some() { 2 } else { 1 };
        let base = sp.sub(words + 2);
        let exit = (*base).unwrap_or(Value::NONE);
        let this = *base.add(1);
        let is_exception = words == 1 && !cause.is_none();
        let args = if is_exception { [vm.type_of(cause).value(), cause, Value::NONE] } else { [Value::NONE; 3] };
        let r = match this {
            Some(this) => vm.call(exit, &[this, args[0], args[1], args[2]])?,
            None => vm.call(exit, &args)?,
        };
        if is_exception && vm.truth(r)? {
            base.write(Some(Value::NONE));
        } else {
            for i in 0..words {
                *base.add(i) = *base.add(2 + i);
            }
        }
        Ok(base.add(words))
    }
}

/// Makes a generator's frame the running one. `None`: it has ended already.
///
/// # Safety
/// The running frame has its registers written back.
pub(super) unsafe fn enter_generator(
    vm: &mut Vm,
    g: Ref<Generator>,
    value: Value,
    result: Return,
) -> Result<Option<*mut Frame>, Raised> {
    match g.phase.get() {
        Phase::Done => {
            if let Some(exc) = g.pending.take() {
                let exc = vm.make_raisable(exc)?;
                return Err(vm.raise(exc));
            }
            vm.st.stop_value = None;
            return Ok(None);
        }
        Phase::Running => return Err(vm.value_error("generator already executing")),
        Phase::Fresh if !value.is_none() => {
            return Err(vm.type_error(format_args!("can't send non-None value to a just-started generator")));
        }
        Phase::Fresh | Phase::Suspended => {}
    }
    let gf = g.frame.get();
    // SAFETY: a generator that has not ended has a live frame.
    let bytes = unsafe { frame::frame_bytes(&frame::code_of(gf)) };
    stack::enter(vm, bytes)?;
    // SAFETY: a generator that has not ended has a live frame; its stack has room for what `yield` gives.
    unsafe {
        if g.phase.get() == Phase::Suspended {
            (*gf).sp.write(Some(value));
            (*gf).sp = (*gf).sp.add(1);
        }
        (*gf).generator = Some(g);
        (*gf).result = result;
        (*gf).prev = vm.st.frame;
    }
    g.phase.set(Phase::Running);
    vm.st.frame = gf;
    Ok(Some(gf))
}

/// The generator frame `*f` yields: hands the value down through the frames that delegate to it. `Some`: a native
/// gets it. `None`: the frame left in `*f`, a `for` loop, gets it.
///
/// # Safety
/// `*f` is the running frame, a generator's, written back.
pub(super) unsafe fn deliver_yield(vm: &mut Vm, f: &mut *mut Frame, value: Value) -> Option<Value> {
    loop {
        // SAFETY: frames of the chain are live.
        unsafe {
            if let Some(g) = (**f).generator {
                g.phase.set(Phase::Suspended);
            }
            stack::leave(vm, frame::frame_bytes(&frame::code_of(*f)));
            let prev = (**f).prev;
            vm.st.frame = prev;
            match (**f).result {
                Return::Native => return Some(value),
                Return::YieldFrom => *f = prev,
                _ => {
                    *f = prev;
                    return None;
                }
            }
        }
    }
}

/// One step of what a generator delegates to, if that is no generator or an exception is thrown into it.
pub(super) fn delegate(vm: &mut Vm, sub: Value, sent: Value, injected: Option<Value>) -> Result<Event, Raised> {
    let Some(exc) = injected else {
        if sent.is_none() {
            return match vm.iter_next(sub)? {
                Some(v) => Ok(Event::Yielded(v)),
                None => Ok(Event::Returned(vm.st.stop_value.take().unwrap_or(Value::NONE))),
            };
        }
        let r = vm.call_method(sub, crate::q!(send), &[sent]);
        return stopped(vm, r);
    };
    let exit = Ref::of_static(&exception::GENERATOR_EXIT);
    let is_exit = vm.is_instance(exc, exit) || vm.as_type(exc).is_some_and(|t| vm.is_subclass(t, exit));
    let r = if let Some(g) = sub.downcast::<Generator>() {
        g.pending.set(Some(exc));
        match vm.resume(g, Value::NONE) {
            Ok(Some(v)) => Ok(Event::Yielded(v)),
            Ok(None) => Ok(Event::Returned(vm.st.stop_value.take().unwrap_or(Value::NONE))),
            Err(r) => Err(r),
        }
    } else if is_exit {
        if let Some(close) = vm.get_attr_or_none(sub, crate::q!(close))? {
            vm.call(close, &[])?;
        }
        let exc = vm.make_raisable(exc)?;
        return Err(vm.raise(exc));
    } else {
        match vm.get_attr_or_none(sub, crate::q!(throw))? {
            Some(throw) => {
                let r = vm.call(throw, &[exc]);
                stopped(vm, r)
            }
            None => {
                let exc = vm.make_raisable(exc)?;
                Err(vm.raise(exc))
            }
        }
    };
    match r {
        // Even if GeneratorExit was swallowed further down, it goes on here.
        Ok(Event::Returned(_)) if is_exit => {
            let exc = vm.make_raisable(exc)?;
            Err(vm.raise(exc))
        }
        other => other,
    }
}

fn stopped(vm: &mut Vm, r: Outcome) -> Result<Event, Raised> {
    match r {
        Ok(v) => Ok(Event::Yielded(v)),
        Err(_) if vm.raised_is(&exception::STOP_ITERATION) => {
            let exc = vm.take_raised();
            let v = vm.get_attr(exc, crate::q!(value))?;
            Ok(Event::Returned(v))
        }
        Err(r) => Err(r),
    }
}

/// Unpacks anything iterable into exactly `n` words; the first ends up on top.
///
/// # Safety
/// The frame's stack has room for `n` words at `sp`, where `f.sp` is above them or one below.
pub(super) unsafe fn unpack_sequence(vm: &mut Vm, f: *mut Frame, v: Value, n: usize, sp: Slot) -> Result<Slot, Raised> {
    // SAFETY: by contract.
    unsafe { unpack(vm, f, v, n, None, sp) }
}

/// As [`unpack_sequence`] with a list of what is left between the first `left` and the last `right` items.
///
/// # Safety
/// As for [`unpack_sequence`], for `left + 1 + right` words.
pub(super) unsafe fn unpack_ex(
    vm: &mut Vm,
    f: *mut Frame,
    v: Value,
    left: usize,
    right: usize,
    sp: Slot,
) -> Result<Slot, Raised> {
    // SAFETY: by contract.
    unsafe { unpack(vm, f, v, left, Some(right), sp) }
}

unsafe fn unpack(
    vm: &mut Vm,
    f: *mut Frame,
    v: Value,
    left: usize,
    right: Option<usize>,
    sp: Slot,
) -> Result<Slot, Raised> {
    let all = vm.new_list(&[])?;
    let need = left + right.unwrap_or(0);
    // Without a star, one item too many is enough to know.
    let it = vm.get_iter(v)?;
    while let Some(item) = vm.iter_next(it)? {
        vm.poll()?;
        all.items.push(vm, item)?;
        if right.is_none() && all.items.len() > left {
            return Err(
                vm.raise_fmt(&exception::VALUE_ERROR, format_args!("too many values to unpack (expected {left})"))
            );
        }
    }
    let got = all.items.len();
    if got < need {
        return Err(vm.raise_fmt(&exception::VALUE_ERROR, format_args!("need more than {got} values to unpack")));
    }
    // SAFETY: by contract of the callers.
    unsafe {
        let mut to = sp;
        let mut put = |v: Option<Value>| {
            to.write(v);
            to = to.add(1);
        };
        if let Some(right) = right {
            for i in 0..right {
                put(all.items.get(got - 1 - i));
            }
            let rest = vm.new_list(&[])?;
            for i in left..got - right {
                if let Some(v) = all.items.get(i) {
                    rest.items.push(vm, v)?;
                }
            }
            put(Some(rest.value()));
        }
        for i in 0..left {
            put(all.items.get(left - 1 - i));
        }
        let _ = f;
        Ok(to)
    }
}

/// A bare `raise`: the exception being handled, of the innermost block that handles one.
///
/// # Safety
/// `f` is the running frame.
#[inline(never)]
pub(super) unsafe fn raise_last(vm: &mut Vm, f: *mut Frame) -> Raised {
    // SAFETY: by contract.
    unsafe {
        let first = frame::first_block(f, &frame::code_of(f));
        let mut b = (*f).blocks;
        while b > first {
            b = b.sub(1);
            if let Some(exc) = (*b).caught {
                return vm.raise(exc);
            }
        }
    }
    vm.runtime_error("no active exception to reraise")
}

/// Finds the handler of the exception that waits in the Vm, in `f` or in a frame below it, down to `entry`. Frames
/// that are left get a line in the traceback. `None`: `entry` was left, too.
///
/// # Safety
/// `f` is the running frame; `ip` is behind the opcode that failed.
#[cold]
#[inline(never)]
pub(super) unsafe fn unwind(
    vm: &mut Vm,
    mut f: *mut Frame,
    ip: *const u8,
    entry: *mut Frame,
    reraise: bool,
) -> Option<*mut Frame> {
    let mut ip = ip.wrapping_sub(1);
    let mut add_line = !reraise;
    loop {
        // SAFETY: frames of the chain are live until they are popped here.
        unsafe {
            let code = frame::code_of(f);
            if add_line {
                add_traceback(vm, code, ip);
            }
            add_line = true;
            let first = frame::first_block(f, &code);
            while (*f).blocks > first && (*(*f).blocks.sub(1)).handler <= ip {
                (*f).blocks = (*f).blocks.sub(1);
            }
            if (*f).blocks > first {
                let b = (*f).blocks.sub(1);
                let exc = vm.take_raised();
                vm.st.current_exception = Some(exc);
                (*b).caught = Some(exc);
                (*b).sp.write(Some(exc));
                (*f).sp = (*b).sp.add(1);
                (*f).ip = if (*b).is_finally { entry_of(f, (*b).handler, true) } else { (*b).handler };
                return Some(f);
            }
            let prev = (*f).prev;
            vm.st.frame = prev;
            match (*f).generator {
                Some(g) => {
                    stack::leave(vm, frame::frame_bytes(&code));
                    g.finish(vm);
                    if vm.raised_is(&exception::STOP_ITERATION) {
                        let _ = vm.runtime_error("generator raised StopIteration");
                    }
                }
                None => stack::pop(vm, f, frame::frame_bytes(&code)),
            }
            if f == entry {
                return None;
            }
            f = prev;
            // A `for` loop's or a delegation's ip stands right behind or at its opcode.
            ip = match *(*f).ip {
                krait_bytecode::opcode::byte::YIELD_FROM => (*f).ip,
                _ => (*f).ip.wrapping_sub(1),
            };
        }
    }
}

fn add_traceback(vm: &mut Vm, code: Ref<Code>, ip: *const u8) {
    let offset = (ip as usize).wrapping_sub(code.entry() as usize);
    let line = Prelude::parse(code.bytes()).map_or(0, |p| p.line_of(offset));
    let file = super::code::file_of(code.unit);
    if let Some(exc) = vm.st.raised {
        vm.add_traceback(exc, file, line, code.name);
    }
}
