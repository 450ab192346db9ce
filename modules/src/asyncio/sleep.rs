//! `sleep` and `sleep_ms`: awaitables that put the running task into the queue for later.
//!
//! Invariant: there is one such object, used again and again, so that sleeping allocates nothing. One that was made
//! but not awaited yet is not given out twice: then a second one is made. Whether a task's sleep has begun is noted
//! in the task, so that tasks can share the object.

use core::cell::Cell;

use krait_runtime::obj::float::as_float;
use krait_runtime::obj::iterator::itself;
use krait_runtime::{Args, Maybe, NewObject, Outcome, Raised, Ref, Tracer, UnaryOp, Value, Vm, class};

use super::context::{Context, context, current_task, now};
use super::queue::Push;
use crate::time::TICKS_MASK;
use crate::wide::need_wide;

/// The body.
pub(crate) struct Sleep {
    /// How long, if it has not begun.
    pub(super) ms: Cell<Option<u64>>,
}

impl Sleep {
    fn trace(&self, _: &mut Tracer<'_>) {}

    /// One that is used once, instead of the shared one.
    pub(super) fn unshared(&self, vm: &mut Vm, context: Ref<Context>) -> Outcome {
        let made = new_sleep(vm)?;
        made.ms.set(self.ms.get());
        if core::ptr::eq(self, &raw const *context.sleep) {
            self.ms.set(None);
        }
        Ok(made.value())
    }
}

class! {
    /// What `sleep` returns.
    pub static SLEEP: q!(coroutine) for Sleep;
    slots { iter: itself, next: next }
    attrs {
        q!(send) => f2(send),
        q!(throw) => var(2, 4, throw),
    }
}

pub(super) fn new_sleep(vm: &mut Vm) -> Result<Ref<Sleep>, Raised> {
    vm.new_object(Sleep { ms: Cell::new(None) })
}

fn arm(vm: &mut Vm, ms: u64) -> Outcome {
    if ms > TICKS_MASK as u64 / 2 {
        // As the reference, whose clock wraps.
        return Err(vm.overflow_error("ticks interval overflow"));
    }
    let shared = context(vm)?.sleep;
    let s = if shared.ms.get().is_none() { shared } else { new_sleep(vm)? };
    s.ms.set(Some(ms));
    Ok(s.value())
}

/// `sleep_ms(ms)`
pub(super) fn sleep_ms(vm: &mut Vm, ms: Value) -> Outcome {
    let ms = match ms.as_small_int() {
        Some(ms) => ms as i64,
        None => need_wide(vm, ms)?,
    };
    arm(vm, u64::try_from(ms).unwrap_or(0))
}

/// `sleep(seconds)`
pub(super) fn sleep(vm: &mut Vm, seconds: Value) -> Outcome {
    let ms = match as_float(seconds) {
        Some(f) => (f * 1000.0) as u64,
        None if vm.int_maybe(seconds)?.is_some() => {
            u64::try_from(need_wide(vm, seconds)?).unwrap_or(0).saturating_mul(1000)
        }
        None => {
            let f = vm.unary(UnaryOp::Float, seconds)?;
            (as_float(f).unwrap_or(0.0) * 1000.0) as u64
        }
    };
    arm(vm, ms)
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(s) = v.downcast::<Sleep>() else { return Ok(None) };
    let task = current_task(vm)?;
    if task.asleep.take() {
        vm.st.stop_value = None;
        return Ok(None);
    }
    let Some(ms) = s.ms.take() else {
        // Awaited a second time: that is over at once.
        vm.st.stop_value = None;
        return Ok(None);
    };
    let now = now(vm);
    context(vm)?.queue.get().push(task, now.saturating_add(ms), now);
    task.asleep.set(true);
    Ok(Some(Value::NONE))
}

/// `send(value)`, so that a task can be made of it.
fn send(vm: &mut Vm, v: Value, _: Value) -> Outcome {
    match next(vm, v)? {
        Some(v) => Ok(v),
        None => Err(vm.stop_iteration(None)),
    }
}

fn throw(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let exc = match (args.get(1), args.get(2)) {
        (_, Some(v)) if !v.is_none() => v,
        (e, _) => e.unwrap_or(Value::NONE),
    };
    let exc = if vm.as_type(exc).is_some() { vm.call(exc, &[])? } else { exc };
    if vm.as_exception(exc).is_none() {
        return Err(vm.type_error(format_args!("exceptions must derive from BaseException")));
    }
    Err(vm.raise(exc))
}
