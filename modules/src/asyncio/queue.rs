//! `TaskQueue`: tasks by the time at which they shall run, and among equals by the order in which they came.
//!
//! Invariant: a task is in one queue at most, and knows it. What is due when it comes, and not before what is there,
//! goes to a list, at constant cost; everything else to a pairing heap. The first of both is the first of all.

use core::cell::Cell;

use krait_runtime::obj::exception::INDEX_ERROR;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class};

use super::context::now;
use super::heap;
use super::task::{Place, Task};
use crate::time::TICKS_MASK;

/// A queue's body.
pub(crate) struct TaskQueue {
    /// The list's ends.
    first: Cell<Option<Ref<Task>>>,
    last: Cell<Option<Ref<Task>>>,
    /// The heap's root.
    root: Cell<Option<Ref<Task>>>,
    /// The number of the next task to come.
    count: Cell<u32>,
    /// Tasks with a number below this one came before streams were looked at last.
    round: Cell<u32>,
}

impl TaskQueue {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt_reference(self.first.get());
        t.opt_reference(self.last.get());
        t.opt_reference(self.root.get());
    }

    /// The task that comes first.
    #[inline]
    pub(super) fn peek(&self) -> Option<Ref<Task>> {
        match (self.first.get(), self.root.get()) {
            (Some(a), Some(b)) => Some(if b.before(&a) { b } else { a }),
            (a, b) => a.or(b),
        }
    }

    /// Whether the task came after [`TaskQueue::begin_round`] was called last.
    #[inline]
    pub(super) fn is_new_round(&self, t: Ref<Task>) -> bool {
        t.number.get().wrapping_sub(self.round.get()) as i32 >= 0
    }

    /// See [`TaskQueue::is_new_round`].
    pub(super) fn begin_round(&self) {
        self.round.set(self.count.get());
    }

    fn append(&self, task: Ref<Task>) {
        task.place.set(Place::List);
        task.prev.set(self.last.get());
        task.next.set(None);
        match self.last.replace(Some(task)) {
            Some(last) => last.next.set(Some(task)),
            None => self.first.set(Some(task)),
        }
    }

    fn unlink(&self, task: Ref<Task>) {
        let (prev, next) = (task.prev.take(), task.next.take());
        match prev {
            Some(p) => p.next.set(next),
            None => self.first.set(next),
        }
        match next {
            Some(n) => n.prev.set(prev),
            None => self.last.set(prev),
        }
    }

    /// Takes the task out, which is in this queue.
    pub(super) fn take(&self, task: Ref<Task>) {
        match task.place.replace(Place::None) {
            Place::None => {}
            Place::List => self.unlink(task),
            Place::Heap => self.root.set(heap::without(self.root.get(), task)),
        }
        task.queue.set(None);
    }
}

impl Push for Ref<TaskQueue> {
    #[inline]
    fn push(self, task: Ref<Task>, at: u64, now: u64) {
        if let Some(other) = task.queue.get() {
            other.take(task);
        }
        task.data.set(Value::NONE);
        task.at.set(at);
        task.number.set(self.count.get());
        self.count.set(self.count.get().wrapping_add(1));
        task.queue.set(Some(self));
        if at <= now && self.last.get().is_none_or(|last| last.at.get() <= at) {
            self.append(task);
        } else {
            task.place.set(Place::Heap);
            self.root.set(heap::meld(self.root.get(), Some(task)));
        }
    }
}

/// What needs the reference to the queue itself.
pub(super) trait Push {
    /// Puts the task into the queue, to run at `at`; out of another one if need be.
    fn push(self, task: Ref<Task>, at: u64, now: u64);
}

class! {
    /// `TaskQueue`
    pub static TASK_QUEUE: q!(TaskQueue) for TaskQueue;
    slots { new: new }
    attrs {
        q!(peek) => f1(peek),
        q!(push) => var(2, 3, push),
        q!(pop) => f1(pop),
        q!(remove) => f2(remove),
    }
}

pub(super) fn new_queue(vm: &mut Vm) -> Result<Ref<TaskQueue>, Raised> {
    vm.new_object(TaskQueue {
        first: Cell::new(None),
        last: Cell::new(None),
        root: Cell::new(None),
        count: Cell::new(0),
        round: Cell::new(0),
    })
}

/// `TaskQueue()`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 0, 0)?;
    Ok(new_queue(vm)?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<TaskQueue>, Raised> {
    match vm.cast::<TaskQueue>(v) {
        Some(q) => Ok(q),
        None => Err(vm.type_error(format_args!("TaskQueue expected"))),
    }
}

fn need_task(vm: &mut Vm, v: Value) -> Result<Ref<Task>, Raised> {
    match vm.cast::<Task>(v) {
        Some(t) => Ok(t),
        None => Err(vm.type_error(format_args!("Task expected"))),
    }
}

fn peek(vm: &mut Vm, this: Value) -> Outcome {
    Ok(need(vm, this)?.peek().map_or(Value::NONE, Ref::value))
}

/// `push(task[, ticks])`
fn push(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [this, task, at @ ..] = args.pos else { return Err(vm.wrong_count(2, 3, args.pos.len())) };
    let (queue, task) = (need(vm, *this)?, need_task(vm, *task)?);
    let now = now(vm);
    let at = match at.first() {
        Some(at) => moment(now, vm.need_int(*at)?),
        None => now,
    };
    queue.push(task, at, now);
    Ok(Value::NONE)
}

/// The moment nearest to `now` that has these ticks.
fn moment(now: u64, ticks: isize) -> u64 {
    let half = TICKS_MASK / 2 + 1;
    let ahead = (ticks as usize).wrapping_sub(now as usize).wrapping_add(half) & TICKS_MASK;
    now.saturating_add_signed(ahead.wrapping_sub(half) as isize as i64)
}

fn pop(vm: &mut Vm, this: Value) -> Outcome {
    let queue = need(vm, this)?;
    match queue.peek() {
        Some(t) => {
            queue.take(t);
            Ok(t.value())
        }
        None => Err(vm.raise_str(&INDEX_ERROR, "empty heap")),
    }
}

/// `remove(task)`; one that is not in the queue stays where it is.
fn remove(vm: &mut Vm, this: Value, task: Value) -> Outcome {
    let (queue, task) = (need(vm, this)?, need_task(vm, task)?);
    if task.queue.get() == Some(queue) {
        queue.take(task);
    }
    Ok(Value::NONE)
}
