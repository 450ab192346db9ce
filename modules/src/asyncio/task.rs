//! `Task`: a coroutine that is run on its own.
//!
//! `state` says what becomes of its end: `True`, it runs and nobody waits; a `TaskQueue`, of those that wait for it;
//! something callable, called at its end (`gather`); `None`, it has ended and nobody has asked for the outcome;
//! `False`, it has ended and somebody has. `data` is, while it runs: an exception to raise in it, or whom it waits
//! for (a queue, a task, anything with `remove`); after its end: its exception, `StopIteration` for a result.

use core::cell::Cell;

use krait_runtime::obj::exception::STOP_ITERATION;
use krait_runtime::{Args, Maybe, NewObject, Outcome, Qstr, Raised, Ref, Tracer, Type, Value, Vm, class, q};

use super::context::{context, current_task, now};
use super::queue::{self, Push, TaskQueue};
use crate::time::TICKS_MASK;

/// Which part of its queue a task is in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    None,
    List,
    Heap,
}

/// A task's body.
pub(crate) struct Task {
    pub(super) coro: Value,
    pub(super) data: Cell<Value>,
    pub(super) state: Cell<Value>,
    /// When it shall run, in milliseconds of the clock.
    pub(super) at: Cell<u64>,
    /// Its number among those that came to the queue.
    pub(super) number: Cell<u32>,
    pub(super) place: Cell<Place>,
    /// Whether it stands in a `sleep` that has begun.
    pub(super) asleep: Cell<bool>,
    pub(super) queue: Cell<Option<Ref<TaskQueue>>>,
    pub(super) prev: Cell<Option<Ref<Task>>>,
    pub(super) next: Cell<Option<Ref<Task>>>,
    pub(super) child: Cell<Option<Ref<Task>>>,
}

impl Task {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.coro);
        t.value(self.data.get());
        t.value(self.state.get());
        t.opt_reference(self.queue.get());
        t.opt_reference(self.prev.get());
        t.opt_reference(self.next.get());
        t.opt_reference(self.child.get());
    }

    /// Whether it shall run before the other.
    #[inline]
    pub(super) fn before(&self, other: &Task) -> bool {
        let (a, b) = (self.at.get(), other.at.get());
        a < b || (a == b && (self.number.get().wrapping_sub(other.number.get()) as i32) < 0)
    }

    /// Whether it has ended.
    pub(super) fn is_done(&self) -> bool {
        let s = self.state.get();
        s.is_none() || s == Value::FALSE
    }
}

class! {
    /// `Task`
    pub static TASK: q!(Task) for Task;
    slots { new: new, get_attr: get_attr, set_attr: set_attr, iter: iter, next: next }
    attrs {
        q!(done) => f1(done),
        q!(cancel) => f1(cancel),
    }
}

pub(super) fn new_task(vm: &mut Vm, coro: Value) -> Result<Ref<Task>, Raised> {
    vm.new_object(Task {
        coro,
        data: Cell::new(Value::NONE),
        state: Cell::new(Value::TRUE),
        at: Cell::new(0),
        number: Cell::new(0),
        place: Cell::new(Place::None),
        asleep: Cell::new(false),
        queue: Cell::new(None),
        prev: Cell::new(None),
        next: Cell::new(None),
        child: Cell::new(None),
    })
}

/// `Task(coro[, globals])`; the second argument is the reference's and has no effect.
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 2)?;
    Ok(new_task(vm, args.get(0).unwrap_or(Value::NONE))?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<Task>, Raised> {
    match vm.cast::<Task>(v) {
        Some(t) => Ok(t),
        None => Err(vm.type_error(format_args!("Task expected"))),
    }
}

fn get_attr(vm: &mut Vm, v: Value, name: Qstr) -> Maybe {
    let Some(t) = vm.cast::<Task>(v) else { return Ok(None) };
    Ok(match name {
        n if n == q!(coro) => Some(t.coro),
        n if n == q!(data) => Some(t.data.get()),
        n if n == q!(state) => Some(t.state.get()),
        n if n == q!(ph_key) => Some(Value::small_int((t.at.get() as usize & TICKS_MASK) as isize)),
        _ => None,
    })
}

fn set_attr(vm: &mut Vm, v: Value, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    let (Some(t), Some(to)) = (vm.cast::<Task>(v), to) else { return Ok(false) };
    if name == q!(data) {
        t.data.set(to);
    } else if name == q!(state) {
        t.state.set(to);
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `done()`
fn done(vm: &mut Vm, v: Value) -> Outcome {
    Ok(Value::bool(need(vm, v)?.is_done()))
}

/// `cancel()`: whether it was still running.
fn cancel(vm: &mut Vm, v: Value) -> Outcome {
    let mut task = need(vm, v)?;
    if task.is_done() {
        return Ok(Value::FALSE);
    }
    let context = context(vm)?;
    if context.current.get() == Some(task) {
        return Err(vm.runtime_error("can't cancel self"));
    }
    // The one that it waits for, in the end, is the one to cancel. A program could have closed the chain.
    while let Some(inner) = task.data.get().downcast::<Task>() {
        vm.poll()?;
        task = inner;
    }
    let (queue, now) = (context.queue.get(), now(vm));
    if let Some(waiting) = task.data.get().downcast::<TaskQueue>() {
        if task.queue.get() == Some(waiting) {
            waiting.take(task);
        }
        queue.push(task, now, now);
    } else if let Some(remove) = vm.get_attr_or_none(task.data.get(), q!(remove))? {
        vm.call(remove, &[task.value()])?;
        queue.push(task, now, now);
    } else if task.at.get() > now {
        queue.push(task, now, now);
    }
    task.data.set(context.cancelled.get());
    Ok(Value::TRUE)
}

/// `await task` begins.
fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let t = need(vm, v)?;
    if t.is_done() {
        t.state.set(Value::FALSE);
    } else if t.state.get() == Value::TRUE {
        let queue = queue::new_queue(vm)?;
        t.state.set(queue.value());
    } else if t.state.get().downcast::<TaskQueue>().is_none() {
        return Err(vm.runtime_error("can't wait"));
    }
    Ok(v)
}

/// `await task` goes on.
fn next(vm: &mut Vm, v: Value) -> Maybe {
    let t = need(vm, v)?;
    if t.is_done() {
        let outcome = t.data.get();
        if vm.is_instance(outcome, Ref::of_static(&STOP_ITERATION)) {
            let result = vm.get_attr(outcome, q!(value))?;
            vm.st.stop_value = if result.is_none() { None } else { Some(result) };
            return Ok(None);
        }
        return Err(vm.raise(outcome));
    }
    let current = current_task(vm)?;
    let Some(waiting) = t.state.get().downcast::<TaskQueue>().filter(|_| current != t) else {
        return Err(vm.runtime_error("can't wait"));
    };
    let now = now(vm);
    waiting.push(current, now, now);
    current.data.set(v);
    Ok(Some(Value::NONE))
}
