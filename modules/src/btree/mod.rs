//! `btree`: a database of bytes by bytes, in order, in any stream that can be read, written and seeked.
//!
//! The format is Krait's own, see [`store`] and `docs/btree.md`: what was flushed survives a power failure at any
//! moment, which the reference's Berkeley DB 1.85 does not promise.
//! Invariant: no operation runs inside another one (a stream may be written in Python, and call back).

mod cursor;
mod page;
pub mod store;
mod tree;
mod walk;

use core::cell::Cell;

use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, BinaryOp, ByteBuf, Gc, Maybe, NewObject, Out, Outcome, Param, PrintKind, Raised, Ref, Tracer, Value,
    ValueBuf, Vm, class, module, q,
};

use cursor::Seek;
use store::{CACHE_MIN, PAGE_MAX, PAGE_MIN};

/// Page size of a new database.
const PAGE_DEFAULT: usize = 1024;
/// Pages in the largest cache.
const CACHE_MAX: usize = 256;

/// A database's body.
pub struct Btree {
    /// Where it is; `None` when closed.
    stream: Cell<Option<Value>>,
    page_size: Cell<usize>,
    root: Cell<u32>,
    /// Pages in the file, used or not.
    pages: Cell<u32>,
    commits: Cell<u32>,
    /// Whether nothing was ever written to the stream.
    blank: Cell<bool>,
    /// Whether there is something to commit.
    changed: Cell<bool>,
    /// Whether a change was cut short.
    failed: Cell<bool>,
    /// Whether an operation is running.
    busy: Cell<bool>,
    /// Pages in use now, and those that the last commit uses.
    now: ByteBuf,
    then: ByteBuf,
    /// No page below this one is free.
    hint: Cell<u32>,
    cache: ValueBuf,
    cache_max: usize,
    clock: Cell<u32>,
    /// The key that `seq` gave last.
    at: Cell<Option<Value>>,
}

impl Btree {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.stream.get());
        self.now.trace(t);
        self.then.trace(t);
        self.cache.trace(t);
        t.opt(self.at.get());
    }
}

/// What an iterator gives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Keys,
    Values,
    Items,
}

/// An iterator's body.
pub struct BtreeIter {
    db: Ref<Btree>,
    what: What,
    descending: bool,
    inclusive: bool,
    start: Value,
    end: Value,
    /// The last key.
    last: Cell<Option<Value>>,
    done: Cell<bool>,
}

impl BtreeIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.db);
        t.value(self.start);
        t.value(self.end);
        t.opt(self.last.get());
    }
}

class! {
    /// A database.
    pub static BTREE_TYPE: q!(btree) for Btree;
    slots {
        print: print, iter: iter, binary: binary, subscr: subscr, set_subscr: set_subscr, finalise: finalise,
    }
    attrs {
        q!(close) => f1(close),
        q!(flush) => f1(flush),
        q!(get) => var(2, 3, get),
        q!(put) => var(3, 4, put),
        q!(seq) => var(2, 4, seq),
        q!(keys) => var(1, 4, keys),
        q!(values) => var(1, 4, values),
        q!(items) => var(1, 4, items),
        q!(__enter__) => f1(enter),
        q!(__exit__) => var(4, 4, exit),
    }
}

class! {
    /// An iterator over a database.
    pub static BTREE_ITERATOR: q!(iterator) for BtreeIter;
    slots { iter: krait_runtime::obj::iterator::itself, next: next }
}

const INCL: isize = 1;
const DESC: isize = 2;

/// `seq`'s flags: those of Berkeley DB.
const CURSOR: isize = 1;
const FIRST: isize = 3;
const LAST: isize = 6;
const NEXT: isize = 7;
const PREVIOUS: isize = 9;

/// `open(stream, *, flags=0, cachesize=0, pagesize=0, minkeypage=0)`
fn open(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    const PARAMS: [Param; 5] = [
        Param::required(q!(stream)),
        Param::kw(q!(flags), Value::small_int(0)),
        Param::kw(q!(cachesize), Value::small_int(0)),
        Param::kw(q!(pagesize), Value::small_int(0)),
        Param::kw(q!(minkeypage), Value::small_int(0)),
    ];
    let [stream, flags, cache, size, min] = args.bind(vm, &PARAMS)?;
    let [flags, cache, size, min] = {
        let mut numbers = [0; 4];
        for (n, v) in numbers.iter_mut().zip([flags, cache, size, min]) {
            *n = vm.need_int(v)?;
        }
        numbers
    };
    let size = match usize::try_from(size) {
        Ok(0) => PAGE_DEFAULT,
        Ok(n) if (PAGE_MIN..=PAGE_MAX).contains(&n) && n.is_multiple_of(2) => n.next_power_of_two(),
        _ => return Err(store::invalid(vm)),
    };
    // Keys stand in order, once; a page has room for four cells of any size.
    if flags != 0 || cache < 0 || min < 0 || min == 1 {
        return Err(store::invalid(vm));
    }
    let body = Btree {
        stream: Cell::new(Some(stream)),
        page_size: Cell::new(size),
        root: Cell::new(0),
        pages: Cell::new(2),
        commits: Cell::new(0),
        blank: Cell::new(false),
        changed: Cell::new(false),
        failed: Cell::new(false),
        busy: Cell::new(false),
        now: ByteBuf::new(),
        then: ByteBuf::new(),
        hint: Cell::new(0),
        cache: ValueBuf::new(),
        cache_max: (cache as usize / size).clamp(CACHE_MIN, CACHE_MAX),
        clock: Cell::new(0),
        at: Cell::new(None),
    };
    let db = vm.new_with_finaliser(body)?;
    let opened = with(vm, db, store::open);
    if opened.is_err() {
        db.stream.set(None);
    }
    opened?;
    Ok(db.value())
}

/// Runs an operation, unless one runs already.
fn with<T>(vm: &mut Vm, db: Ref<Btree>, f: impl FnOnce(&mut Vm, Ref<Btree>) -> Result<T, Raised>) -> Result<T, Raised> {
    if db.stream.get().is_none() {
        return Err(vm.value_error("database closed"));
    }
    if db.busy.replace(true) {
        return Err(vm.runtime_error("database busy"));
    }
    let result = f(vm, db);
    db.busy.set(false);
    result
}

fn this(vm: &mut Vm, v: Value) -> Result<Ref<Btree>, Raised> {
    match vm.cast::<Btree>(v) {
        Some(db) => Ok(db),
        None => Err(vm.type_error(format_args!("btree expected"))),
    }
}

/// A key or value argument: its own bytes, which nobody changes meanwhile.
fn argument(vm: &mut Vm, v: Value) -> Result<Buffer, Raised> {
    let b = vm.need_buffer(v, false)?;
    if !b.writable {
        return Ok(b);
    }
    let copy = vm.new_bytes_from(&b)?;
    vm.need_buffer(copy, false)
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let db = this(vm, v)?;
    match db.stream.get() {
        Some(_) => out.fmt(vm, format_args!("<btree 0x{:x}>", v.bits())),
        None => out.write(vm, "<btree 0>"),
    }
}

fn flush(vm: &mut Vm, v: Value) -> Outcome {
    let db = this(vm, v)?;
    with(vm, db, store::commit)?;
    Ok(Value::small_int(0))
}

/// `close()`: commits; the stream stays open. Twice is no error.
fn close(vm: &mut Vm, v: Value) -> Outcome {
    let db = this(vm, v)?;
    if db.stream.get().is_some() {
        let result = with(vm, db, store::commit);
        db.stream.set(None);
        db.at.set(None);
        db.cache.clear(vm.heap_mut());
        result?;
    }
    Ok(Value::small_int(0))
}

/// A forgotten database commits what it has, unless a change was cut short: that error was told already.
fn finalise(vm: &mut Vm, v: Value) -> Outcome {
    let db = this(vm, v)?;
    if db.failed.get() {
        db.stream.set(None);
    }
    close(vm, v)
}

fn enter(_: &mut Vm, v: Value) -> Outcome {
    Ok(v)
}

fn exit(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    close(vm, args.get(0).unwrap_or(Value::NONE)).map(|_| Value::NONE)
}

fn find(vm: &mut Vm, v: Value, key: Value) -> Maybe {
    let db = this(vm, v)?;
    let key = argument(vm, key)?;
    with(vm, db, |vm, db| tree::get(vm, db, &key))
}

/// `get(key, default=None)`
fn get(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let found = find(vm, args.get(0).unwrap_or(Value::NONE), args.get(1).unwrap_or(Value::NONE))?;
    Ok(found.or(args.get(2)).unwrap_or(Value::NONE))
}

fn store_item(vm: &mut Vm, v: Value, key: Value, to: Value) -> Result<(), Raised> {
    let db = this(vm, v)?;
    let key = argument(vm, key)?;
    let value = argument(vm, to)?;
    with(vm, db, |vm, db| tree::put(vm, db, &key, &value))
}

/// `put(key, value)`; a fourth argument is ignored.
fn put(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let arg = |i| args.get(i).unwrap_or(Value::NONE);
    store_item(vm, arg(0), arg(1), arg(2))?;
    Ok(Value::small_int(0))
}

fn subscr(vm: &mut Vm, v: Value, key: Value) -> Outcome {
    match find(vm, v, key)? {
        Some(value) => Ok(value),
        None => Err(vm.key_error(key)),
    }
}

fn set_subscr(vm: &mut Vm, v: Value, key: Value, to: Option<Value>) -> Result<(), Raised> {
    if let Some(to) = to {
        return store_item(vm, v, key, to);
    }
    let db = this(vm, v)?;
    let wanted = argument(vm, key)?;
    if with(vm, db, |vm, db| tree::delete(vm, db, &wanted))? { Ok(()) } else { Err(vm.key_error(key)) }
}

fn binary(vm: &mut Vm, op: BinaryOp, v: Value, key: Value) -> Maybe {
    if op != BinaryOp::Contains {
        return Ok(None);
    }
    let db = this(vm, v)?;
    let key = argument(vm, key)?;
    with(vm, db, |vm, db| tree::contains(vm, db, &key)).map(|found| Some(Value::bool(found)))
}

/// The key and the value at a place, as far as they are wanted.
fn pair(vm: &mut Vm, db: Ref<Btree>, to: Seek<'_>, value: bool) -> Result<Option<(Value, Value)>, Raised> {
    let Some((leaf, i)) = cursor::seek(vm, db, to)? else { return Ok(None) };
    let range = page::key_range(store::bytes(vm, leaf), i);
    let key = vm.new_bytes_from(&store::part(leaf, range.start, range.len()))?;
    let value = if value { tree::value(vm, db, leaf, i)? } else { Value::NONE };
    Ok(Some((key, value)))
}

/// `seq(flags[, key])`: a pair, or `None`.
fn seq(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let db = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let Some(flags) = args.get(1).and_then(|v| v.as_small_int()) else { return Err(store::invalid(vm)) };
    let key = match (flags, args.get(2), db.at.get()) {
        (CURSOR, Some(v), _) => Some(argument(vm, v)?),
        (CURSOR, None, _) => return Err(store::invalid(vm)),
        (_, _, Some(at)) => vm.buffer_of(at),
        (_, _, None) => None,
    };
    let to = match (flags, &key) {
        (CURSOR, Some(k)) => Seek::From(k),
        (FIRST, _) | (NEXT, None) => Seek::First,
        (LAST, _) | (PREVIOUS, None) => Seek::Last,
        (NEXT, Some(k)) => Seek::After(k),
        (PREVIOUS, Some(k)) => Seek::Before(k),
        _ => return Err(store::invalid(vm)),
    };
    match with(vm, db, |vm, db| pair(vm, db, to, true))? {
        Some((k, v)) => {
            db.at.set(Some(k));
            Ok(vm.new_tuple(&[k, v])?.value())
        }
        None => Ok(Value::NONE),
    }
}

fn iterate(vm: &mut Vm, args: &Args<'_>, what: What) -> Outcome {
    let db = this(vm, args.get(0).unwrap_or(Value::NONE))?;
    let flags = args.get(3).map_or(Ok(0), |v| vm.need_int(v))?;
    let (mut start, mut end) = (args.get(1).unwrap_or(Value::NONE), args.get(2).unwrap_or(Value::NONE));
    for bound in [&mut start, &mut end] {
        if !bound.is_none() {
            let b = argument(vm, *bound)?;
            *bound = vm.new_bytes_from(&b)?;
        }
    }
    let body = BtreeIter {
        db,
        what,
        descending: flags & DESC != 0,
        inclusive: flags & INCL != 0,
        start,
        end,
        last: Cell::new(None),
        done: Cell::new(false),
    };
    Ok(vm.new_object(body)?.value())
}

/// `keys([start[, end[, flags]]])`
fn keys(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    iterate(vm, args, What::Keys)
}

fn values(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    iterate(vm, args, What::Values)
}

fn items(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    iterate(vm, args, What::Items)
}

fn iter(vm: &mut Vm, v: Value) -> Outcome {
    iterate(vm, &Args::positional(&[v]), What::Keys)
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<BtreeIter>() else { return Ok(None) };
    if it.done.get() {
        return Ok(None);
    }
    let last = it.last.get().and_then(|k| vm.buffer_of(k));
    let start = if it.start.is_none() { None } else { vm.buffer_of(it.start) };
    let to = match (&last, &start, it.descending) {
        (Some(k), _, false) => Seek::After(k),
        (Some(k), _, true) => Seek::Before(k),
        (None, Some(k), false) => Seek::From(k),
        (None, Some(k), true) => Seek::DownFrom(k),
        (None, None, false) => Seek::First,
        (None, None, true) => Seek::Last,
    };
    let found = with(vm, it.db, |vm, db| pair(vm, db, to, it.what != What::Keys))?;
    let Some((key, value)) = found.filter(|(k, _)| within(vm, it, *k)) else {
        it.done.set(true);
        return Ok(None);
    };
    it.last.set(Some(key));
    match it.what {
        What::Keys => Ok(Some(key)),
        What::Values => Ok(Some(value)),
        What::Items => Ok(Some(vm.new_tuple(&[key, value])?.value())),
    }
}

/// Whether the end was not reached yet.
fn within(vm: &Vm, it: Ref<BtreeIter>, key: Value) -> bool {
    let (Some(key), Some(end)) = (vm.buffer_of(key), vm.buffer_of(it.end)) else { return true };
    match key.bytes(vm).cmp(end.bytes(vm)) {
        core::cmp::Ordering::Equal => it.inclusive,
        core::cmp::Ordering::Less => !it.descending,
        core::cmp::Ordering::Greater => it.descending,
    }
}

module! {
    /// `btree`
    pub static BTREE: q!(btree);
    q!(open) => kw(1, open),
    q!(INCL) => int(INCL),
    q!(DESC) => int(DESC)
}
