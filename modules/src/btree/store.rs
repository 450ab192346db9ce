//! Pages in a stream: reading, caching, and committing changes.
//!
//! Invariant: a page that the last commit reaches is never overwritten. A changed page gets another number; when all
//! of them have been written and the stream flushed, one of two root records (in turn) is written, with a checksum.
//! Whenever power fails, the newer whole root record leads to a whole tree: that of the last commit, or the one before
//! while a commit was on its way.
//!
//! ```text
//! root record, at the beginning of page 0 and of page 1:
//!  0 "Kbt1"   4 u32 commits so far   8 u32 root page (0: empty)   12 u32 pages   16 u32 bytes of a page   20 u32 CRC-32
//! ```
//! A native holds at most three pages at a time; the cache never drops the four that were used last.

use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Gc, NewObject, Raised, Ref, Tracer, Value, Vm, class};

use core::cell::Cell;

use super::Btree;
use super::page;
use crate::any_stream;
use crate::crc32::crc32;

/// `EIO`: the database is damaged.
const EIO: i32 = 5;
/// `EINVAL`: it is none.
const EINVAL: i32 = 22;

const MAGIC: &[u8; 4] = b"Kbt1";
/// Bytes of a root record.
const RECORD: usize = 24;
/// Pages that are root records.
const RECORDS: u32 = 2;
/// Page sizes.
pub(super) const PAGE_MIN: usize = 512;
pub(super) const PAGE_MAX: usize = 32768;
/// Pages in the cache at least.
pub(super) const CACHE_MIN: usize = 8;
/// The highest tree. Every page but the root has two cells when it is split.
pub(super) const HEIGHT_MAX: usize = 32;

/// A page in memory.
pub struct Page {
    /// Its number.
    pub(super) number: Cell<u32>,
    /// Whether it must be written.
    pub(super) dirty: Cell<bool>,
    /// When it was used last.
    used: Cell<u32>,
    /// Its bytes.
    pub(super) data: Ref<ByteArray>,
}

impl Page {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.data);
    }
}

class! {
    /// A page.
    pub static PAGE: q!(btree) for Page;
}

/// A page's bytes.
pub(super) fn bytes(vm: &Vm, p: Ref<Page>) -> &[u8] {
    let data = p.data;
    data.get(vm.heap()).bytes.as_slice(vm.heap())
}

/// A page's bytes, to change them; the page is [`own`]ed.
pub(super) fn bytes_mut(vm: &mut Vm, p: Ref<Page>) -> &mut [u8] {
    p.data.bytes_mut(|b| &b.bytes, vm.heap_mut())
}

/// A part of a page as a buffer.
pub(super) fn part(p: Ref<Page>, start: usize, len: usize) -> Buffer {
    Buffer { typecode: b'B', item: 1, start, len, owner: p.data.value(), writable: true }
}

#[cold]
pub(super) fn damaged(vm: &mut Vm) -> Raised {
    vm.os_error(EIO)
}

#[cold]
pub(super) fn invalid(vm: &mut Vm) -> Raised {
    vm.os_error(EINVAL)
}

/// A set of page numbers, in a buffer of bits.
fn bit(set: &krait_runtime::ByteBuf, n: u32) -> bool {
    set.get(n as usize / 8).is_some_and(|b| b >> (n % 8) & 1 != 0)
}

fn set_bit(vm: &mut Vm, db: Ref<Btree>, n: u32, on: bool) -> Result<(), Raised> {
    let at = n as usize / 8;
    for set in [&db.now, &db.then] {
        if set.len() <= at {
            let len = set.len();
            set.open(vm, len, at + 1 - len)?;
        }
    }
    if let Some(b) = db.bytes_mut(|d| &d.now, vm.heap_mut()).get_mut(at) {
        *b = if on { *b | 1 << (n % 8) } else { *b & !(1 << (n % 8)) };
    }
    Ok(())
}

/// Whether the page was made since the last commit, so that it may be changed where it is.
fn is_fresh(db: Ref<Btree>, n: u32) -> bool {
    bit(&db.now, n) && !bit(&db.then, n)
}

/// A page number that neither this state nor the last commit uses.
fn allocate(vm: &mut Vm, db: Ref<Btree>) -> Result<u32, Raised> {
    let mut n = db.hint.get().max(RECORDS);
    while n < db.pages.get() && (bit(&db.now, n) || bit(&db.then, n)) {
        n += 1;
    }
    if n >= page::ELSEWHERE - 1 {
        return Err(vm.os_error(28));
    }
    set_bit(vm, db, n, true)?;
    db.hint.set(n + 1);
    db.pages.set(db.pages.get().max(n + 1));
    Ok(n)
}

/// Gives a page up.
pub(super) fn release(vm: &mut Vm, db: Ref<Btree>, n: u32) -> Result<(), Raised> {
    set_bit(vm, db, n, false)?;
    if let Some(p) = cached(db, n) {
        p.dirty.set(false);
        p.number.set(0);
        p.used.set(0);
    }
    if !bit(&db.then, n) {
        db.hint.set(db.hint.get().min(n));
    }
    Ok(())
}

fn cached(db: Ref<Btree>, n: u32) -> Option<Ref<Page>> {
    let pages = (0..db.cache.len()).filter_map(|i| db.cache.get(i)?.downcast::<Page>());
    let found = { pages }.find(|p| p.number.get() == n)?;
    touch(db, found);
    Some(found)
}

fn touch(db: Ref<Btree>, p: Ref<Page>) {
    db.clock.set(db.clock.get().wrapping_add(1).max(1));
    p.used.set(db.clock.get());
}

/// A place in the cache for a page that is not there.
fn place(vm: &mut Vm, db: Ref<Btree>, n: u32) -> Result<Ref<Page>, Raised> {
    if db.cache.len() < db.cache_max {
        let data = vm.new_bytearray_of(db.page_size.get())?;
        let p = vm.new_object(Page { number: Cell::new(n), dirty: Cell::new(false), used: Cell::new(0), data })?;
        db.cache.push(vm, p.value())?;
        touch(db, p);
        return Ok(p);
    }
    let now = db.clock.get();
    let pages = (0..db.cache.len()).filter_map(|i| db.cache.get(i)?.downcast::<Page>());
    // By age, since the clock may have wrapped; pages without a number first.
    let oldest = pages.max_by_key(|p| if p.number.get() == 0 { u32::MAX } else { now.wrapping_sub(p.used.get()) });
    let Some(p) = oldest else { return Err(damaged(vm)) };
    write_page(vm, db, p)?;
    p.number.set(n);
    touch(db, p);
    Ok(p)
}

/// The page `n`.
pub(super) fn load(vm: &mut Vm, db: Ref<Btree>, n: u32) -> Result<Ref<Page>, Raised> {
    if let Some(p) = cached(db, n) {
        return Ok(p);
    }
    if n < RECORDS || n >= db.pages.get() {
        return Err(damaged(vm));
    }
    let p = place(vm, db, n)?;
    // Not this page until it has been read whole.
    p.number.set(0);
    let stream = stream(vm, db)?;
    let size = db.page_size.get();
    any_stream::seek(vm, stream, u64::from(n) * size as u64, 0)?;
    if read_full(vm, stream, p.data)? != size || !page::check(bytes_mut(vm, p)) {
        return Err(damaged(vm));
    }
    p.number.set(n);
    Ok(p)
}

/// A new page.
pub(super) fn create(vm: &mut Vm, db: Ref<Btree>, kind: u8, height: u8) -> Result<Ref<Page>, Raised> {
    let n = allocate(vm, db)?;
    let p = place(vm, db, n)?;
    page::init(bytes_mut(vm, p), kind, height);
    p.dirty.set(true);
    Ok(p)
}

/// The page `n`, to change it: under another number, if the last commit uses it.
pub(super) fn own(vm: &mut Vm, db: Ref<Btree>, n: u32) -> Result<Ref<Page>, Raised> {
    let p = load(vm, db, n)?;
    if !is_fresh(db, n) {
        let fresh = allocate(vm, db)?;
        set_bit(vm, db, n, false)?;
        p.number.set(fresh);
    }
    p.dirty.set(true);
    Ok(p)
}

fn stream(vm: &mut Vm, db: Ref<Btree>) -> Result<Value, Raised> {
    match db.stream.get() {
        Some(s) => Ok(s),
        None => Err(vm.value_error("database closed")),
    }
}

/// Reads until the array is full or the stream ends; how many bytes.
fn read_full(vm: &mut Vm, stream: Value, to: Ref<ByteArray>) -> Result<usize, Raised> {
    let size = to.bytes.len();
    let n = any_stream::read_into(vm, stream, to)?.unwrap_or(0);
    if n == 0 || n == size {
        return Ok(n);
    }
    // A stream that gives less than it is asked for: the rest comes in pieces.
    let mut have = n;
    while have < size {
        vm.poll()?;
        let rest = vm.new_bytearray_of(size - have)?;
        let n = any_stream::read_into(vm, stream, rest)?.unwrap_or(0);
        if n == 0 {
            break;
        }
        to.bytes.copy_from(have, &rest.bytes, 0, n, vm.heap_mut());
        have += n;
    }
    Ok(have)
}

/// Writes all of an array and leaves it as it is.
fn write_full(vm: &mut Vm, stream: Value, from: Ref<ByteArray>) -> Result<(), Raised> {
    let size = from.bytes.len();
    let mut done = any_stream::write(vm, stream, from)?.unwrap_or(0);
    while done < size {
        vm.poll()?;
        let rest = vm.new_bytearray_of(size - done)?;
        rest.bytes.copy_from(0, &from.bytes, done, size - done, vm.heap_mut());
        match any_stream::write(vm, stream, rest)? {
            Some(n) if n > 0 => done += n,
            _ => return Err(vm.os_error(28)),
        }
    }
    Ok(())
}

/// Writes the root record of a state, and has the stream keep it.
fn write_record(vm: &mut Vm, db: Ref<Btree>, fields: [u32; 3]) -> Result<(), Raised> {
    let stream = stream(vm, db)?;
    let size = db.page_size.get();
    let [commits, root, pages] = fields;
    let mut record = [0; RECORD];
    page::put(&mut record, 0, MAGIC);
    for (i, f) in [commits, root, pages, size as u32].into_iter().enumerate() {
        page::put(&mut record, 4 + 4 * i, &f.to_le_bytes());
    }
    let sum = crc32(0, record.get(..20).unwrap_or_default());
    page::put(&mut record, 20, &sum.to_le_bytes());
    let record = vm.new_bytearray(&record)?;
    any_stream::seek(vm, stream, u64::from(commits & 1) * size as u64, 0)?;
    if let Some(record) = record.downcast::<ByteArray>() {
        write_full(vm, stream, record)?;
    }
    any_stream::flush(vm, stream)
}

/// Before anything else is written to an empty stream: the record of an empty database, so that whatever is cut short
/// after it leaves one.
fn begin(vm: &mut Vm, db: Ref<Btree>) -> Result<(), Raised> {
    if db.blank.get() {
        write_record(vm, db, [0, 0, RECORDS])?;
        db.blank.set(false);
    }
    Ok(())
}

fn write_page(vm: &mut Vm, db: Ref<Btree>, p: Ref<Page>) -> Result<(), Raised> {
    if !p.dirty.get() {
        return Ok(());
    }
    begin(vm, db)?;
    let stream = stream(vm, db)?;
    page::seal(bytes_mut(vm, p));
    any_stream::seek(vm, stream, u64::from(p.number.get()) * db.page_size.get() as u64, 0)?;
    write_full(vm, stream, p.data)?;
    p.dirty.set(false);
    Ok(())
}

/// Writes all changes, so that they survive.
pub(super) fn commit(vm: &mut Vm, db: Ref<Btree>) -> Result<(), Raised> {
    let stream = stream(vm, db)?;
    if db.failed.get() {
        // A change was cut short by an error: what was committed last is what there is.
        return Err(damaged(vm));
    }
    if !db.changed.get() {
        return Ok(());
    }
    begin(vm, db)?;
    for i in 0..db.cache.len() {
        if let Some(p) = db.cache.get(i).and_then(|v| v.downcast::<Page>()) {
            write_page(vm, db, p)?;
        }
    }
    any_stream::flush(vm, stream)?;
    let commits = db.commits.get().wrapping_add(1);
    while db.pages.get() > RECORDS && !bit(&db.now, db.pages.get() - 1) {
        db.pages.set(db.pages.get() - 1);
    }
    write_record(vm, db, [commits, db.root.get(), db.pages.get()])?;
    db.commits.set(commits);
    db.changed.set(false);
    let len = db.now.len();
    db.then.copy_from(0, &db.now, 0, len, vm.heap_mut());
    db.hint.set(0);
    Ok(())
}

/// A root record: commits, root, pages, page size.
fn record(bytes: &[u8]) -> Option<[u32; 4]> {
    let whole = bytes.len() >= RECORD && bytes.starts_with(MAGIC);
    if !whole || crc32(0, bytes.get(..20)?) != page::get_u32(bytes, 20) {
        return None;
    }
    let fields = [4, 8, 12, 16].map(|at| page::get_u32(bytes, at));
    let size = fields[3] as usize;
    (size.is_power_of_two() && (PAGE_MIN..=PAGE_MAX).contains(&size)).then_some(fields)
}

/// Finds what the stream holds: an empty one becomes an empty database.
pub(super) fn open(vm: &mut Vm, db: Ref<Btree>) -> Result<(), Raised> {
    let stream = stream(vm, db)?;
    let buf = vm.new_bytearray_of(RECORD)?;
    // Says at once if the stream cannot be read at all.
    any_stream::read_into(vm, stream, buf)?;
    let end = any_stream::seek(vm, stream, 0, 2)?;
    let mut best: Option<[u32; 4]> = None;
    // The second record's place depends on the size of a page, which only a whole record tells.
    let mut place = 0;
    while end > 0 && place <= PAGE_MAX as u64 {
        any_stream::seek(vm, stream, place, 0)?;
        if read_full(vm, stream, buf)? == RECORD
            && let Some(r) = record(buf.get(vm.heap()).bytes.as_slice(vm.heap()))
            && (place == 0 || place == u64::from(r[3]))
            && best.is_none_or(|b| r[0].wrapping_sub(b[0]) as i32 > 0)
        {
            best = Some(r);
        }
        place = if place == 0 { PAGE_MIN as u64 } else { place * 2 };
    }
    match best {
        Some([commits, root, pages, size]) => {
            db.commits.set(commits);
            db.root.set(root);
            db.pages.set(pages.max(RECORDS));
            db.page_size.set(size as usize);
        }
        // The very first record may have been cut short; nothing else is written before it.
        None if end < RECORD as u64 => db.blank.set(true),
        None => return Err(invalid(vm)),
    }
    if db.pages.get() > RECORDS && u64::from(db.pages.get()).saturating_mul(db.page_size.get() as u64) > end {
        return Err(damaged(vm));
    }
    super::walk::mark_all(vm, db)?;
    let len = db.now.len();
    db.then.copy_from(0, &db.now, 0, len, vm.heap_mut());
    Ok(())
}

/// Marks a page as used while the tree is walked; an error if it was already, since then the tree is none.
pub(super) fn mark(vm: &mut Vm, db: Ref<Btree>, n: u32) -> Result<(), Raised> {
    if n < RECORDS || n >= db.pages.get() || bit(&db.now, n) {
        return Err(damaged(vm));
    }
    set_bit(vm, db, n, true)
}
