//! The event loop: takes the task that is due, lets it run to its next `await`, and sees to its end.
//!
//! Streams are looked at once a round, that is when every task that was ready at the last look has had its turn.

use krait_runtime::obj::exception::{EXCEPTION, Exception, STOP_ITERATION};
use krait_runtime::{Maybe, Outcome, Raised, Ref, Value, Vm, q};

use super::context::{Context, context, now};
use super::queue::{Push, TaskQueue};
use super::sleep::Sleep;
use super::task::Task;
use krait_runtime::vm::Generator;

/// A wait without a task that is due ends after so many milliseconds, to look around.
const LONGEST_WAIT: u64 = 60_000;

/// `run(main)`: until the task `main` has ended, whose result it returns; or, with `None`, until there is nothing
/// that could run.
pub(super) fn run(vm: &mut Vm, main: Value) -> Outcome {
    vm.check_stack()?;
    let context = context(vm)?;
    let outer = context.current.get();
    let r = turn(vm, context, vm.cast::<Task>(main));
    context.current.set(outer);
    r
}

fn turn(vm: &mut Vm, context: Ref<Context>, main: Option<Ref<Task>>) -> Outcome {
    let mut clock = 0;
    loop {
        let Some(task) = next_task(vm, context, main, &mut clock)? else { return Ok(Value::NONE) };
        if task.is_done() {
            // It came back with an exception that nobody has asked for; by now somebody may have.
            if task.state.get().is_none() {
                let exc = task.data.get();
                context.current.set(Some(task));
                vm.call(context.report.get(), &[exc, task.value()])?;
            }
            continue;
        }
        context.current.set(Some(task));
        let outcome = match step(vm, task) {
            Ok(Some(_)) => continue,
            Ok(None) => {
                let result = vm.st.stop_value.take();
                let args = result.as_slice();
                Exception::make(vm, Ref::of_static(&STOP_ITERATION), args)?
            }
            Err(_) => {
                let exc = vm.take_raised();
                let expected = vm.is_instance(exc, Ref::of_static(&EXCEPTION))
                    || vm.exception_match(exc, context.cancelled.get())?;
                if !expected {
                    // Ctrl-C, `sys.exit()`: not the task's affair.
                    return Err(vm.raise(exc));
                }
                exc
            }
        };
        if let Some(result) = ended(vm, context, task, outcome, main == Some(task))? {
            return Ok(result);
        }
    }
}

/// Lets the task run to its next `await`. `None`: it has returned.
fn step(vm: &mut Vm, task: Ref<Task>) -> Maybe {
    let coro = task.coro;
    let data = task.data.get();
    if !data.is_none() {
        task.data.set(Value::NONE);
        task.asleep.set(false);
        let r = vm.call_method(coro, q!(throw), &[data]);
        return or_end(vm, r);
    }
    if coro.downcast::<Generator>().is_some() || coro.downcast::<Sleep>().is_some() {
        return vm.iter_next(coro);
    }
    let r = vm.call_method(coro, q!(send), &[Value::NONE]);
    or_end(vm, r)
}

/// A `StopIteration` as an end.
fn or_end(vm: &mut Vm, r: Outcome) -> Maybe {
    match r {
        Ok(v) => Ok(Some(v)),
        Err(_) if vm.raised_is(&STOP_ITERATION) => {
            let exc = vm.take_raised();
            let v = vm.get_attr(exc, q!(value))?;
            vm.st.stop_value = if v.is_none() { None } else { Some(v) };
            Ok(None)
        }
        Err(r) => Err(r),
    }
}

/// A task has ended with `exc`. Gives the result if it is the main one.
fn ended(vm: &mut Vm, context: Ref<Context>, task: Ref<Task>, exc: Value, is_main: bool) -> Maybe {
    let returned = vm.is_instance(exc, Ref::of_static(&STOP_ITERATION));
    let mut awaited = is_main;
    if is_main && !returned {
        task.state.set(Value::FALSE);
        task.data.set(exc);
        return Err(vm.raise(exc));
    }
    let state = task.state.get();
    if state == Value::TRUE {
        task.state.set(if awaited { Value::FALSE } else { Value::NONE });
    } else if let Some(waiting) = state.downcast::<TaskQueue>() {
        let now = now(vm);
        while let Some(t) = waiting.peek() {
            waiting.take(t);
            context.queue.get().push(t, now, now);
            awaited = true;
        }
        task.state.set(Value::FALSE);
    } else {
        task.state.set(Value::FALSE);
        vm.call(state, &[task.value(), exc])?;
        awaited = true;
    }
    if !awaited && !returned && !vm.exception_match(exc, context.cancelled.get())? {
        // It goes through the queue once more; if nobody has asked for the exception by then, it is reported.
        let now = now(vm);
        context.queue.get().push(task, now, now);
    }
    task.data.set(exc);
    if is_main { vm.get_attr(exc, q!(value)).map(Some) } else { Ok(None) }
}

/// The next task that is due; waits for it. `None`: there is nothing left that could run. `clock` is the time as it
/// was known last.
#[inline]
fn next_task(
    vm: &mut Vm,
    context: Ref<Context>,
    main: Option<Ref<Task>>,
    clock: &mut u64,
) -> Result<Option<Ref<Task>>, Raised> {
    loop {
        vm.poll()?;
        let queue = context.queue.get();
        let first = queue.peek();
        let wait = match first {
            Some(t) => {
                if t.at.get() > *clock {
                    *clock = now(vm);
                }
                match t.at.get().checked_sub(*clock) {
                    Some(ms) if ms > 0 => Some(ms),
                    _ if !queue.is_new_round(t) => {
                        queue.take(t);
                        return Ok(Some(t));
                    }
                    _ => Some(0),
                }
            }
            None => None,
        };
        queue.begin_round();
        let io = context.io.get();
        let streams = vm.get_attr(io, q!(map))?;
        let streams = vm.truth(streams)?;
        if streams {
            let ms = wait.map_or(-1, |ms| isize::try_from(ms.min(LONGEST_WAIT)).unwrap_or(0));
            vm.call_method(io, q!(wait_io_event), &[Value::small_int(ms)])?;
        } else if wait.is_none() && main.is_none_or(|m| m.is_done()) {
            return Ok(None);
        } else if wait != Some(0) {
            let ms = wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
            let clock = vm.platform().clock();
            vm.blocking(|| clock.sleep_us(ms * 1000));
        }
    }
}
