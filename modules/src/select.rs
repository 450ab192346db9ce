//! `select`: waiting for several streams at once.
//!
//! What is waited for is a number of the system's, an object with such a number (`fileno`), or an object whose
//! `ioctl(3, events)` says what it is ready for. The system waits for the first two kinds; the last kind is asked
//! again and again, once a millisecond.
//! Invariant: `ipoll` allocates nothing after its first call: it gives the same tuple, with new items, each time.

use core::cell::Cell;

use krait_hal::Watched;
use krait_hal::readiness::{FAILED, HUNG_UP, READABLE, WRITABLE};
use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::exception::OS_ERROR;
use krait_runtime::obj::iterator::itself;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Args, Maybe, NewObject, Outcome, Raised, Ref, Tracer, Value, Vm, class, module, q};

/// The request of `ioctl` that asks what a stream is ready for.
const POLL: isize = 3;
/// The flag of `ipoll` that forgets the events of what was reported.
const ONE_SHOT: isize = 1;
/// Microseconds between two questions to objects that have no number.
const PERIOD_US: u64 = 1000;

module! {
    /// `select`
    pub static SELECT: q!(select);
    q!(poll) => f0(new_poll),
    q!(select) => var(3, 4, select),
    q!(POLLIN) => int(READABLE),
    q!(POLLOUT) => int(WRITABLE),
    q!(POLLERR) => int(FAILED),
    q!(POLLHUP) => int(HUNG_UP),
}

/// One object that is waited for.
pub struct Entry {
    object: Value,
    /// The number the system knows it by; negative for none.
    number: i32,
    events: Cell<u16>,
    ready: Cell<u16>,
}

impl Entry {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.object);
    }
}

class! {
    /// Never seen by Python.
    pub static ENTRY: q!(object) for Entry;
}

/// A `poll`'s body.
pub struct Poll {
    /// The entries, by the identity of their objects.
    entries: Ref<Dict>,
    /// Entries without a number.
    others: Cell<usize>,
    /// What `ipoll` gives.
    pair: Cell<Option<Ref<Tuple>>>,
    place: Cell<usize>,
    flags: Cell<isize>,
}

impl Poll {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.entries);
        t.opt_reference(self.pair.get());
    }

    /// The first entry at or after `place`, and the place after it.
    fn entry(&self, place: usize) -> Option<(usize, Ref<Entry>)> {
        let (next, _, e) = self.entries.table.next_entry(place)?;
        Some((next, e.downcast::<Entry>()?))
    }

    /// As [`Poll::entry`], among those that are ready.
    fn ready(&self, mut place: usize) -> Option<(usize, Ref<Entry>)> {
        loop {
            let (next, e) = self.entry(place)?;
            if e.ready.get() != 0 {
                return Some((next, e));
            }
            place = next;
        }
    }
}

impl Watched for Poll {
    fn next(&self, mut place: usize) -> Option<(usize, i32, u16)> {
        loop {
            let (next, e) = self.entry(place)?;
            if e.number >= 0 {
                return Some((next, e.number, e.events.get()));
            }
            place = next;
        }
    }

    fn set(&self, place: usize, number: i32, ready: u16) {
        match place.checked_sub(1).and_then(|p| self.entry(p)) {
            Some((_, e)) if e.number == number => e.ready.set(ready),
            _ => {}
        }
    }
}

class! {
    /// `poll`
    pub static POLL_TYPE: q!(poll) for Poll;
    slots { iter: itself, next: next }
    attrs {
        q!(register) => var(2, 3, register),
        q!(unregister) => f2(unregister),
        q!(modify) => f3(modify),
        q!(poll) => var(1, 2, poll),
        q!(ipoll) => var(1, 3, ipoll),
    }
}

fn make(vm: &mut Vm) -> Result<Ref<Poll>, Raised> {
    let entries = vm.new_dict()?;
    vm.new_object(Poll {
        entries,
        others: Cell::new(0),
        pair: Cell::new(None),
        place: Cell::new(0),
        flags: Cell::new(0),
    })
}

/// `poll()`
fn new_poll(vm: &mut Vm) -> Outcome {
    Ok(make(vm)?.value())
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<Poll>, Raised> {
    match v.downcast::<Poll>() {
        Some(p) => Ok(p),
        None => Err(vm.type_error(format_args!("poll expected"))),
    }
}

/// The key for an object: for a number a negative one, otherwise what `id` tells.
fn key(v: Value) -> Value {
    match v.as_small_int() {
        Some(n) => Value::small_int(!(n & Value::SMALL_INT_MAX)),
        None => Value::small_int((v.bits() >> 1) as isize & Value::SMALL_INT_MAX),
    }
}

fn events_of(vm: &mut Vm, v: Value) -> Result<u16, Raised> {
    // Bits that no stream knows have no effect.
    Ok(vm.need_int(v)? as u16)
}

/// The number of an object; -1 for one that is asked by `ioctl`.
fn number_of(vm: &mut Vm, object: Value) -> Result<i32, Raised> {
    let bad = "file descriptor cannot be a negative integer";
    if let Some(n) = object.as_small_int() {
        return i32::try_from(n).ok().filter(|n| *n >= 0).ok_or_else(|| vm.value_error(bad));
    }
    if vm.get_attr_or_none(object, q!(ioctl))?.is_some() {
        return Ok(-1);
    }
    let Some(fileno) = vm.get_attr_or_none(object, q!(fileno))? else {
        return Err(vm.raise_str(&OS_ERROR, "stream operation not supported"));
    };
    let n = vm.call(fileno, &[])?;
    let n = vm.need_int(n)?;
    i32::try_from(n).ok().filter(|n| *n >= 0).ok_or_else(|| vm.value_error(bad))
}

fn lookup(vm: &mut Vm, p: Ref<Poll>, object: Value) -> Result<Option<Ref<Entry>>, Raised> {
    let e = vm.dict_get(p.entries, key(object))?;
    Ok(e.and_then(|e| e.downcast::<Entry>()))
}

/// Adds an object, or events to it (`more`), or gives it other events.
fn add(vm: &mut Vm, p: Ref<Poll>, object: Value, events: u16, more: bool) -> Result<(), Raised> {
    if let Some(e) = lookup(vm, p, object)? {
        e.events.set(if more { e.events.get() | events } else { events });
        return Ok(());
    }
    let number = number_of(vm, object)?;
    let e = vm.new_object(Entry { object, number, events: Cell::new(events), ready: Cell::new(0) })?;
    vm.dict_set(p.entries, key(object), e.value())?;
    p.others.set(p.others.get() + usize::from(number < 0));
    Ok(())
}

/// `register(object[, events])`
fn register(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [this, object, events @ ..] = args.pos else { return Err(vm.wrong_count(2, 3, args.pos.len())) };
    let p = need(vm, *this)?;
    let events = match events.first() {
        Some(e) => events_of(vm, *e)?,
        None => READABLE | WRITABLE,
    };
    add(vm, p, *object, events, false)?;
    Ok(Value::NONE)
}

/// `unregister(object)`; one that is not registered is no error.
fn unregister(vm: &mut Vm, this: Value, object: Value) -> Outcome {
    let p = need(vm, this)?;
    if let Some(e) = lookup(vm, p, object)? {
        vm.del_subscr(p.entries.value(), key(object))?;
        p.others.set(p.others.get() - usize::from(e.number < 0));
    }
    Ok(Value::NONE)
}

/// `modify(object, events)`
fn modify(vm: &mut Vm, this: Value, object: Value, events: Value) -> Outcome {
    let p = need(vm, this)?;
    let events = events_of(vm, events)?;
    match lookup(vm, p, object)? {
        Some(e) => {
            e.events.set(events);
            Ok(Value::NONE)
        }
        None => Err(vm.os_error(2)),
    }
}

/// Asks the objects that have no number. Gives how many are ready.
fn ask(vm: &mut Vm, p: Ref<Poll>) -> Result<usize, Raised> {
    let mut n = 0;
    let mut place = 0;
    while let Some((next, e)) = p.entry(place) {
        place = next;
        if e.number >= 0 {
            continue;
        }
        let events = Value::small_int(e.events.get() as isize);
        let r = vm.call_method(e.object, q!(ioctl), &[Value::small_int(POLL), events])?;
        let r = vm.need_int(r)?;
        if r < 0 {
            return Err(vm.os_error(i32::try_from(r.saturating_neg()).unwrap_or(i32::MAX)));
        }
        e.ready.set(r as u16);
        n += usize::from(r as u16 != 0);
    }
    Ok(n)
}

/// Waits until something is ready or the time (`None`: no limit) is over.
fn wait(vm: &mut Vm, p: Ref<Poll>, limit_us: Option<u64>) -> Result<usize, Raised> {
    let clock = vm.platform().clock();
    let end = limit_us.map(|us| clock.monotonic_us().saturating_add(us));
    loop {
        vm.poll()?;
        let asked = if p.others.get() > 0 { ask(vm, p)? } else { 0 };
        let left = end.map(|end| end.saturating_sub(clock.monotonic_us()));
        let pause = match (asked, p.others.get()) {
            (0, 0) => left,
            (0, _) => Some(left.unwrap_or(PERIOD_US).min(PERIOD_US)),
            _ => Some(0),
        };
        let n = if p.others.get() == p.entries.table.len() {
            if asked == 0 && pause != Some(0) {
                vm.blocking(|| clock.sleep_us(pause.unwrap_or(PERIOD_US * 1000)));
            }
            asked
        } else {
            match vm.platform().readiness() {
                Some(system) => match system.wait(&*p, pause, &mut |f| vm.blocking(f)) {
                    Ok(n) => n + asked,
                    Err(e) => return Err(vm.os_error(e.0)),
                },
                None => return Err(vm.os_error(22)),
            }
        };
        if n > 0 || left == Some(0) {
            return Ok(n);
        }
    }
}

fn ms_arg(vm: &mut Vm, v: Option<Value>) -> Result<Option<u64>, Raised> {
    match v {
        Some(v) if !v.is_none() => {
            let ms = crate::wide::need_wide(vm, v)?;
            Ok(u64::try_from(ms).ok().map(|ms| ms.saturating_mul(1000)))
        }
        _ => Ok(None),
    }
}

/// `poll([ms])`
fn poll(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let p = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    let limit = ms_arg(vm, args.get(1))?;
    wait(vm, p, limit)?;
    let list = vm.new_list(&[])?;
    let mut place = 0;
    while let Some((next, e)) = p.ready(place) {
        place = next;
        let pair = vm.new_tuple(&[e.object, Value::small_int(e.ready.get() as isize)])?;
        list.items.push(vm, pair.value())?;
    }
    Ok(list.value())
}

/// `ipoll([ms[, flags]])`
fn ipoll(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    let p = need(vm, this)?;
    let limit = ms_arg(vm, args.get(1))?;
    let flags = match args.get(2) {
        Some(f) => vm.need_int(f)?,
        None => 0,
    };
    if p.pair.get().is_none() {
        p.pair.set(Some(vm.new_tuple_of(2)?));
    }
    wait(vm, p, limit)?;
    p.flags.set(flags);
    p.place.set(0);
    Ok(this)
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let p = need(vm, v)?;
    let (Some((next, e)), Some(pair)) = (p.ready(p.place.get()), p.pair.get()) else { return Ok(None) };
    p.place.set(next);
    if p.flags.get() & ONE_SHOT != 0 {
        e.events.set(0);
    }
    for (to, v) in pair.tail_cells().iter().zip([e.object, Value::small_int(e.ready.get() as isize)]) {
        to.set(v);
    }
    // It is reported once, even if it is modified in between.
    e.ready.set(0);
    Ok(Some(pair.value()))
}

/// `select(read, write, other[, seconds])`
fn select(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let p = make(vm)?;
    for (list, events) in args.pos.iter().zip([READABLE, WRITABLE, FAILED | HUNG_UP]) {
        vm.each(*list, |vm, object| add(vm, p, object, events, true))?;
    }
    let limit = match args.get(3) {
        Some(v) if !v.is_none() => {
            let s = vm.unary(krait_runtime::UnaryOp::Float, v)?;
            let s = krait_runtime::obj::float::as_float(s).unwrap_or(0.0);
            if s >= 0.0 { Some((s * 1e6) as u64) } else { None }
        }
        _ => None,
    };
    wait(vm, p, limit)?;
    let lists = [vm.new_list(&[])?, vm.new_list(&[])?, vm.new_list(&[])?];
    let kinds = [READABLE, WRITABLE, !(READABLE | WRITABLE)];
    let mut place = 0;
    while let Some((next, e)) = p.ready(place) {
        place = next;
        for (list, kind) in lists.iter().zip(kinds) {
            if e.ready.get() & kind != 0 {
                list.items.push(vm, e.object)?;
            }
        }
    }
    Ok(vm.new_tuple(&lists.map(Ref::value))?.value())
}
