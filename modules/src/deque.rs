//! `collections.deque`: a queue with two ends, and usually a greatest length.
//!
//! Invariant: the items are the `len` slots of the ring from `first` on, wrapping at its end; other slots hold `None`.
//! The ring grows as items come, up to the greatest length, so that a deque which is never full costs little.

use core::cell::Cell;

use krait_runtime::memory::OutOfMemory;
use krait_runtime::obj::iterator::itself;
use krait_runtime::{
    Args, Gc, Maybe, NewObject, Out, Outcome, PrintKind, Raised, Ref, Tracer, Type, UnaryOp, Value, ValueBuf, Vm, class,
};

/// A deque's body.
pub struct Deque {
    ring: ValueBuf,
    first: Cell<usize>,
    len: Cell<usize>,
    /// The greatest length; `usize::MAX` for none.
    max: usize,
    /// Whether appending to a full deque is an error, instead of pushing an item out at the other end.
    checked: bool,
}

impl Deque {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.ring.trace(t);
    }

    /// The slot of the item `i`, for `i` up to the length of the ring.
    fn slot(&self, i: usize) -> usize {
        let at = self.first.get() + i;
        if at >= self.ring.len() { at - self.ring.len() } else { at }
    }

    /// The item `i`.
    fn item(&self, i: usize) -> Option<Value> {
        if i < self.len.get() { self.ring.get(self.slot(i)) } else { None }
    }

    fn take(&self, i: usize) -> Option<Value> {
        let slot = self.slot(i);
        let v = self.ring.get(slot)?;
        self.ring.set(slot, Value::NONE);
        self.len.set(self.len.get() - 1);
        Some(v)
    }
}

/// A deque iterator's body.
pub struct DequeIter {
    deque: Ref<Deque>,
    at: Cell<usize>,
}

impl DequeIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.deque);
    }
}

class! {
    /// `deque`
    pub static DEQUE: q!(deque) for Deque;
    slots { new: new, print: print, unary: unary, subscr: subscr, set_subscr: set_subscr, iter: iter }
    attrs {
        q!(append) => f2(append),
        q!(appendleft) => f2(appendleft),
        q!(extend) => f2(extend),
        q!(pop) => f1(pop),
        q!(popleft) => f1(popleft),
    }
}

class! {
    /// The iterator of a deque.
    pub static DEQUE_ITERATOR: q!(iterator) for DequeIter;
    slots { iter: itself, next: next }
}

/// `deque(iterable, maxlen[, flags])`; a `maxlen` of `None` is no limit.
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 2, 3)?;
    let max = match args.get(1) {
        Some(v) if !v.is_none() => match usize::try_from(vm.need_int(v)?) {
            Ok(n) => n,
            Err(_) => return Err(vm.value_error("maxlen must not be negative")),
        },
        _ => usize::MAX,
    };
    let checked = match args.get(2) {
        Some(flags) => vm.need_int(flags)? & 1 != 0,
        None => false,
    };
    let d = Deque { ring: ValueBuf::new(), first: Cell::new(0), len: Cell::new(0), max, checked };
    let d = vm.new_object(d)?;
    extend_from(vm, d, args.get(0).unwrap_or(Value::NONE))?;
    Ok(d.value())
}

/// Makes room for one more item, or pushes one out at the other end. False: nothing fits, ever.
fn make_room(vm: &mut Vm, d: Ref<Deque>, pushed_out: impl FnOnce(&Deque)) -> Result<bool, Raised> {
    let len = d.len.get();
    if len == d.max {
        if d.checked {
            return Err(vm.index_error("full"));
        }
        if len == 0 {
            return Ok(false);
        }
        pushed_out(&d);
    } else if len == d.ring.len() {
        grow(vm, d)?;
    }
    Ok(true)
}

/// Makes the full ring longer.
fn grow(vm: &mut Vm, d: Ref<Deque>) -> Result<(), Raised> {
    let old = d.ring.len();
    let Some(double) = old.checked_mul(2) else {
        return Err(vm.out_of_memory(OutOfMemory(usize::MAX)));
    };
    let more = double.max(4).min(d.max) - old;
    d.ring.extend_fill(vm, more, Value::NONE)?;
    // The part from `first` to the old end goes to the new end; the gap is in the middle.
    let first = d.first.get();
    if first > 0 {
        for i in (first..old).rev() {
            d.ring.set(i + more, d.ring.get(i).unwrap_or(Value::NONE));
            d.ring.set(i, Value::NONE);
        }
        d.first.set(first + more);
    }
    Ok(())
}

fn push_right(vm: &mut Vm, d: Ref<Deque>, v: Value) -> Result<(), Raised> {
    let drop_first = |d: &Deque| {
        d.take(0);
        d.first.set(d.slot(1));
    };
    if make_room(vm, d, drop_first)? {
        d.ring.set(d.slot(d.len.get()), v);
        d.len.set(d.len.get() + 1);
    }
    Ok(())
}

fn push_left(vm: &mut Vm, d: Ref<Deque>, v: Value) -> Result<(), Raised> {
    let drop_last = |d: &Deque| {
        d.take(d.len.get() - 1);
    };
    if make_room(vm, d, drop_last)? {
        d.first.set(d.slot(d.ring.len() - 1));
        d.ring.set(d.first.get(), v);
        d.len.set(d.len.get() + 1);
    }
    Ok(())
}

fn extend_from(vm: &mut Vm, d: Ref<Deque>, items: Value) -> Result<(), Raised> {
    // A deque that is extended by itself would never end.
    let items = match vm.cast::<Deque>(items) {
        Some(same) if same == d => vm.list_from(items)?.value(),
        _ => items,
    };
    vm.each(items, |vm, v| push_right(vm, d, v))
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<Deque>, Raised> {
    match vm.cast::<Deque>(v) {
        Some(d) => Ok(d),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

fn append(vm: &mut Vm, d: Value, v: Value) -> Outcome {
    let d = this(vm, d)?;
    push_right(vm, d, v)?;
    Ok(Value::NONE)
}

fn appendleft(vm: &mut Vm, d: Value, v: Value) -> Outcome {
    let d = this(vm, d)?;
    push_left(vm, d, v)?;
    Ok(Value::NONE)
}

fn extend(vm: &mut Vm, d: Value, items: Value) -> Outcome {
    let d = this(vm, d)?;
    extend_from(vm, d, items)?;
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    match d.len.get().checked_sub(1).and_then(|last| d.take(last)) {
        Some(v) => Ok(v),
        None => Err(vm.index_error("empty")),
    }
}

fn popleft(vm: &mut Vm, d: Value) -> Outcome {
    let d = this(vm, d)?;
    if d.len.get() == 0 {
        return Err(vm.index_error("empty"));
    }
    let v = d.take(0);
    d.first.set(d.slot(1));
    Ok(v.unwrap_or(Value::NONE))
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let Some(d) = vm.cast::<Deque>(v) else { return Ok(()) };
    out.write(vm, "deque([")?;
    vm.print_items(out, PrintKind::Repr, |i| d.item(i))?;
    if d.max == usize::MAX { out.write(vm, "])") } else { out.fmt(vm, format_args!("], maxlen={})", d.max)) }
}

fn unary(vm: &mut Vm, op: UnaryOp, v: Value) -> Maybe {
    let Some(d) = vm.cast::<Deque>(v) else { return Ok(None) };
    Ok(match op {
        UnaryOp::Bool => Some(Value::bool(d.len.get() != 0)),
        UnaryOp::Len => Some(Value::small_int(d.len.get() as isize)),
        UnaryOp::Sizeof => {
            let bytes = size_of::<krait_runtime::Obj<Deque>>() + d.ring.len() * size_of::<Value>();
            Some(Value::small_int(bytes as isize))
        }
        _ => None,
    })
}

fn subscr(vm: &mut Vm, v: Value, i: Value) -> Outcome {
    let d = this(vm, v)?;
    let at = vm.need_index("deque", d.len.get(), i)?;
    Ok(d.item(at).unwrap_or(Value::NONE))
}

fn set_subscr(vm: &mut Vm, v: Value, i: Value, to: Option<Value>) -> Result<(), Raised> {
    let d = this(vm, v)?;
    let Some(to) = to else {
        return Err(vm.not_subscriptable(v, "object doesn't support item deletion"));
    };
    let at = vm.need_index("deque", d.len.get(), i)?;
    d.ring.set(d.slot(at), to);
    Ok(())
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    let deque = this(vm, v)?;
    Ok(vm.new_object(DequeIter { deque, at: Cell::new(0) })?.value())
}

fn next(_: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<DequeIter>() else { return Ok(None) };
    let at = it.at.get();
    let item = it.deque.item(at);
    if item.is_some() {
        it.at.set(at + 1);
    }
    Ok(item)
}
