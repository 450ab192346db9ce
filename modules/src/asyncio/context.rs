//! What a running `asyncio` has in common: one object an interpreter.

use core::cell::Cell;

use krait_runtime::obj::exception::RUNTIME_ERROR;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Value, Vm, class, q};

use super::queue::{self, Push, TaskQueue};
use super::sleep::{self, Sleep};
use super::task::{self, Task};

/// The context's body.
pub(crate) struct Context {
    /// The tasks that will run.
    pub(super) queue: Cell<Ref<TaskQueue>>,
    /// The object that wakes tasks that wait for streams: `map`, `wait_io_event(ms)`.
    pub(super) io: Cell<Value>,
    /// The task that runs.
    pub(super) current: Cell<Option<Ref<Task>>>,
    /// What `sleep` returns, unless it is in use.
    pub(super) sleep: Ref<Sleep>,
    /// `CancelledError`
    pub(super) cancelled: Cell<Value>,
    /// Called with an exception that nobody has retrieved, and its task.
    pub(super) report: Cell<Value>,
}

impl Context {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.queue.get());
        t.value(self.io.get());
        t.opt_reference(self.current.get());
        t.reference(self.sleep);
        t.value(self.cancelled.get());
        t.value(self.report.get());
    }
}

class! {
    /// Never seen by Python.
    pub static CONTEXT: q!(Context) for Context;
}

/// Added to the clock, so that there are times before its start. A multiple of the period of the ticks.
const BIAS: u64 = 1 << 62;

/// Milliseconds of the clock, which never wrap.
pub(super) fn now(vm: &Vm) -> u64 {
    BIAS + vm.platform().clock().monotonic_us() / 1000
}

/// `start(cancelled, report, io)`: a new event loop; returns its task queue.
pub(super) fn start(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [cancelled, report, io] = args.pos else { return Err(vm.wrong_count(3, 3, args.pos.len())) };
    let queue = queue::new_queue(vm)?;
    match vm.st.modules.asyncio.and_then(|c| c.downcast::<Context>()) {
        Some(c) => {
            c.queue.set(queue);
            c.io.set(*io);
            c.cancelled.set(*cancelled);
            c.report.set(*report);
        }
        None => {
            let sleep = sleep::new_sleep(vm)?;
            let c = vm.new_object(Context {
                queue: Cell::new(queue),
                io: Cell::new(*io),
                current: Cell::new(None),
                sleep,
                cancelled: Cell::new(*cancelled),
                report: Cell::new(*report),
            })?;
            vm.st.modules.asyncio = Some(c.value());
        }
    }
    Ok(queue.value())
}

/// The context.
pub(super) fn context(vm: &mut Vm) -> Result<Ref<Context>, Raised> {
    match vm.st.modules.asyncio.and_then(|c| c.downcast::<Context>()) {
        Some(c) => Ok(c),
        None => Err(no_loop(vm)),
    }
}

#[cold]
fn no_loop(vm: &mut Vm) -> Raised {
    vm.raise_str(&RUNTIME_ERROR, "no running event loop")
}

/// The task that runs.
pub(super) fn current_task(vm: &mut Vm) -> Result<Ref<Task>, Raised> {
    match context(vm)?.current.get() {
        Some(t) => Ok(t),
        None => Err(no_loop(vm)),
    }
}

/// `current()`: the task that runs, or `None`.
pub(super) fn current(vm: &mut Vm) -> Outcome {
    Ok(context(vm)?.current.get().map_or(Value::NONE, Ref::value))
}

/// `create_task(coro)`
pub(super) fn create_task(vm: &mut Vm, coro: Value) -> Outcome {
    let context = context(vm)?;
    let coro = match coro.downcast::<Sleep>() {
        // The shared one will be used by others before this task is done with it.
        Some(s) => s.unshared(vm, context)?,
        None => coro,
    };
    if vm.get_attr_or_none(coro, q!(send))?.is_none() {
        return Err(vm.type_error(format_args!("coroutine expected")));
    }
    let t = task::new_task(vm, coro)?;
    let now = now(vm);
    context.queue.get().push(t, now, now);
    Ok(t.value())
}
