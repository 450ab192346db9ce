//! `_thread`: threads and locks.
//!
//! Invariant: a lock's state is looked at and changed only by who holds the interpreter, so it needs no protection of
//! its own. Locks are not fair: a thread that releases one may take it again before those that wait have woken.

use core::cell::Cell;

use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::exception;
use krait_runtime::obj::list::List;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Args, NewObject, Outcome, Param, Raised, Ref, Tracer, UnaryOp, Value, Vm, class, module, q};

module! {
    /// `_thread`
    pub static THREAD: q!(_thread);
    q!(LockType) => ty(&LOCK),
    q!(allocate_lock) => f0(allocate_lock),
    q!(exit) => f0(exit),
    q!(get_ident) => f0(get_ident),
    q!(stack_size) => var(0, 1, stack_size),
    q!(start_new_thread) => var(2, 3, start_new_thread),
}

/// A lock's body.
pub struct Lock {
    held: Cell<bool>,
}

impl Lock {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// A lock.
    pub static LOCK: q!(lock) for Lock;
    attrs {
        q!(acquire) => kw(1, acquire),
        q!(release) => f1(release),
        q!(locked) => f1(locked),
        q!(__enter__) => f1(enter),
        q!(__exit__) => var(4, 4, leave),
    }
}

fn allocate_lock(vm: &mut Vm) -> Outcome {
    Ok(vm.new_object(Lock { held: Cell::new(false) })?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<Lock>, Raised> {
    match v.downcast::<Lock>() {
        Some(lock) => Ok(lock),
        None => Err(vm.type_error(format_args!("lock expected"))),
    }
}

/// `acquire(blocking=True, timeout=-1)`: whether the lock was taken; `timeout` is in seconds, -1 for no end.
fn acquire(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let lock = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    let [blocking, timeout] = args
        .skip_first()
        .bind(vm, &[Param::optional(q!(blocking), Value::TRUE), Param::optional(q!(timeout), Value::small_int(-1))])?;
    let blocking = vm.truth(blocking)?;
    let timeout = if timeout == Value::small_int(-1) { None } else { Some(micros(vm, timeout)?) };
    if !blocking && timeout.is_some() {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    let clock = vm.platform().clock();
    let end = match timeout {
        _ if !blocking => Some(0),
        Some(us) => Some(clock.monotonic_us().saturating_add(us)),
        None => None,
    };
    take(vm, lock, end).map(Value::bool)
}

/// Takes the lock, at the moment `end` at the latest; whether it did.
fn take(vm: &mut Vm, lock: Ref<Lock>, end: Option<u64>) -> Result<bool, Raised> {
    let clock = vm.platform().clock();
    while lock.held.get() {
        let left = match end {
            Some(0) => return Ok(false),
            Some(end) => match end.checked_sub(clock.monotonic_us()) {
                Some(left) if left > 0 => Some(left),
                _ => return Ok(false),
            },
            None => None,
        };
        vm.wait_on(lock.value().bits(), left);
        vm.poll()?;
    }
    lock.held.set(true);
    Ok(true)
}

/// A time in seconds, as microseconds.
fn micros(vm: &mut Vm, seconds: Value) -> Result<u64, Raised> {
    let f = vm.unary(UnaryOp::Float, seconds)?;
    let f = krait_runtime::obj::float::as_float(f).unwrap_or(0.0);
    if f.is_nan() || f < 0.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    Ok(libm::round(f as f64 * 1e6) as u64)
}

/// `release()`
fn release(vm: &mut Vm, this: Value) -> Outcome {
    let lock = need(vm, this)?;
    if !lock.held.replace(false) {
        return Err(vm.raise_args(&exception::RUNTIME_ERROR, &[]));
    }
    vm.notify(this.bits());
    Ok(Value::NONE)
}

/// `locked()`
fn locked(vm: &mut Vm, this: Value) -> Outcome {
    Ok(Value::bool(need(vm, this)?.held.get()))
}

fn enter(vm: &mut Vm, this: Value) -> Outcome {
    let lock = need(vm, this)?;
    take(vm, lock, None).map(Value::bool)
}

fn leave(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    release(vm, args.get(0).unwrap_or(Value::NONE))
}

/// `exit()`: ends the thread that calls it.
fn exit(vm: &mut Vm) -> Outcome {
    Err(vm.raise_args(&exception::SYSTEM_EXIT, &[]))
}

fn get_ident(vm: &mut Vm) -> Outcome {
    let id = vm.thread_id();
    vm.new_int(id)
}

/// `stack_size([bytes])`: sets the native stack of threads to come, without an argument to the default; the old value.
fn stack_size(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let bytes = match args.get(0) {
        Some(v) => match usize::try_from(vm.need_int(v)?) {
            Ok(n) => n,
            Err(_) => return Err(vm.value_error("stack size must not be negative")),
        },
        None => 0,
    };
    let old = vm.set_thread_stack(bytes);
    vm.new_int(old)
}

/// `start_new_thread(function, args[, kwargs])`: the number of the new thread.
fn start_new_thread(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [f, pos, rest @ ..] = args.pos else {
        return Err(vm.wrong_count(2, 3, args.pos.len()));
    };
    let pos = match (vm.cast::<Tuple>(*pos), vm.cast::<List>(*pos)) {
        (Some(t), _) => t,
        (None, Some(l)) => {
            let t = vm.new_tuple_of(l.items.len())?;
            for (i, to) in t.tail_cells().iter().enumerate() {
                to.set(l.items.get(i).unwrap_or(Value::NONE));
            }
            t
        }
        (None, None) => {
            let name = vm.qstr_text(vm.type_of(*pos).name);
            return Err(vm.type_error(format_args!("object '{}' isn't a tuple or list", name.as_str())));
        }
    };
    let kw = match rest.first() {
        Some(kw) => match kw.downcast::<Dict>() {
            Some(d) => keywords(vm, d)?,
            None => return Err(vm.type_error(format_args!("expecting a dict for keyword args"))),
        },
        None => vm.new_tuple(&[])?,
    };
    let id = vm.start_thread(*f, pos, kw)?;
    vm.new_int(id)
}

/// The names and values of a dict in turn.
fn keywords(vm: &mut Vm, d: Ref<Dict>) -> Result<Ref<Tuple>, Raised> {
    let all = vm.new_list(&[])?;
    let mut place = 0;
    while let Some((next, k, v)) = d.table.next_entry(place) {
        place = next;
        let name = vm.need_str(k)?;
        let name = vm.intern(&name)?;
        all.items.push(vm, Value::qstr(name))?;
        all.items.push(vm, v)?;
    }
    let t = vm.new_tuple_of(all.items.len())?;
    for (i, to) in t.tail_cells().iter().enumerate() {
        to.set(all.items.get(i).unwrap_or(Value::NONE));
    }
    Ok(t)
}
