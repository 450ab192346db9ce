//! The hash table behind dict, set and an instance's attributes: entries in order of insertion, and an index.
//!
//! Entries lie in one array, `STRIDE` words each (key, and value if 2); a deleted entry's key is
//! [`Value::TOMBSTONE`]. Up to [`SMALL`] entries are searched one by one; beyond that an open-addressed index of
//! entry numbers is kept, with at least half of its slots free. Invariant: `live` counts the entries that are
//! no tombstones, and every one of them is in the index, if there is one. An index goes only with the last entry.
//!
//! The surprising fact: comparing keys may run Python, which may change this very table. After each such call
//! the search checks that the table is as it was, and otherwise raises.

use core::cell::Cell;

use krait_memory::{Heap, IndexBuf};

use crate::obj::str_::{StrBody, hash_of};
use crate::{Gc, Qstr, Raised, Ref, Tracer, Value, ValueBuf, Vm};

/// Entries up to which there is no index.
pub const SMALL: usize = 8;

/// A hash table; `STRIDE` is 2 for key and value, 1 for keys only.
pub struct Table<const STRIDE: usize> {
    entries: ValueBuf,
    index: IndexBuf,
    live: Cell<u32>,
}

impl<const STRIDE: usize> Default for Table<STRIDE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const STRIDE: usize> Table<STRIDE> {
    /// An empty table.
    pub const fn new() -> Self {
        Table { entries: ValueBuf::new(), index: IndexBuf::new(), live: Cell::new(0) }
    }

    /// Entries.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.live.get() as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of entry places, deleted ones included: the bound of [`Table::entry`].
    #[inline(always)]
    pub fn places(&self) -> usize {
        self.entries.len() / STRIDE
    }

    /// The address of the entries, for the VM's fast paths.
    #[inline(always)]
    pub(crate) fn entries_ptr(&self) -> *mut Value {
        self.entries.as_ptr()
    }

    /// The key and value at a place (the key twice if there are no values); `None` for a deleted entry.
    #[inline(always)]
    pub fn entry(&self, place: usize) -> Option<(Value, Value)> {
        let k = self.entries.get(place * STRIDE)?;
        if k == Value::TOMBSTONE {
            return None;
        }
        Some((k, self.entries.get(place * STRIDE + STRIDE - 1)?))
    }

    /// The first entry at or after `place`, with the place after it.
    pub fn next_entry(&self, place: usize) -> Option<(usize, Value, Value)> {
        // What was removed at the front is not looked at again and again.
        let mut place = place.max(self.index.first());
        while place < self.places() {
            if let Some((k, v)) = self.entry(place) {
                return Some((place + 1, k, v));
            }
            place += 1;
        }
        None
    }

    /// The last entry's place.
    pub fn last_place(&self) -> Option<usize> {
        (0..self.places()).rev().find(|p| self.entry(*p).is_some())
    }

    /// Removes the first entry.
    pub fn remove_first(&self, vm: &mut Vm) -> Option<(Value, Value)> {
        let (next, _, _) = self.next_entry(0)?;
        self.index.set_first(next);
        self.remove_at(vm, next - 1)
    }

    /// Replaces the value at a place.
    #[inline(always)]
    pub fn set_value(&self, place: usize, v: Value) {
        self.entries.set(place * STRIDE + STRIDE - 1, v);
    }

    /// The place of an interned name, by identity: right when every key that could equal it is interned too,
    /// which holds for attributes and globals (their keys are interned when stored).
    #[inline]
    pub fn find_qstr(&self, vm: &Vm, name: Qstr) -> Option<usize> {
        let key = Value::qstr(name);
        if !self.index.exists() {
            return self.entries.cells(vm.heap()).iter().step_by(STRIDE).position(|c| c.get() == key);
        }
        let mut probe = Probe::new(vm.qstrs().hash(name) as usize, self.index.slots());
        loop {
            let place = self.index.get(probe.at).checked_sub(1)?;
            if self.entries.get(place * STRIDE) == Some(key) {
                return Some(place);
            }
            probe.advance();
        }
    }

    /// The value of an interned name; see [`Table::find_qstr`].
    #[inline]
    pub fn get_qstr(&self, vm: &Vm, name: Qstr) -> Option<Value> {
        self.find_qstr(vm, name).and_then(|p| self.entry(p)).map(|(_, v)| v)
    }

    /// The place of a key.
    ///
    /// # Errors
    /// What hashing or comparing raises; `RuntimeError` if comparing changed the table.
    #[inline]
    pub fn find(&self, vm: &mut Vm, key: Value) -> Result<Option<usize>, Raised> {
        if let Some(known) = self.find_plain(vm, key) {
            return Ok(known);
        }
        let hash = self.hash_if_needed(vm, key, false)?;
        self.search(vm, key, hash)
    }

    /// The key's hash, or `None` for a key that certainly has one, which nobody needs: the table has no index.
    #[inline]
    fn hash_if_needed(&self, vm: &mut Vm, key: Value, insert: bool) -> Result<Option<usize>, Raised> {
        let simple = key.is_qstr() || key.is_small_int();
        let indexed = self.index.exists() || (insert && self.places() >= SMALL);
        if simple && !indexed {
            return Ok(None);
        }
        vm.hash(key).map(Some)
    }

    /// The place of a string or small int, as long as comparing it with other keys needs no more than a look at words
    /// and texts; `None`: it does.
    fn find_plain(&self, vm: &Vm, key: Value) -> Option<Option<usize>> {
        let text = match key.downcast::<StrBody>() {
            Some(s) => Some(s),
            None if key.is_qstr() || key.is_small_int() => None,
            None => return None,
        };
        let entries = self.entries.cells(vm.heap());
        if !self.index.exists() {
            for (place, k) in entries.iter().step_by(STRIDE).enumerate() {
                if same_plain(vm, k.get(), key, text)? {
                    return Some(Some(place));
                }
            }
            return Some(None);
        }
        let hash = match (text, key.as_qstr()) {
            (Some(s), _) => hash_of(s) as usize,
            (None, Some(q)) => vm.qstrs().hash(q) as usize,
            (None, None) => key.as_small_int()? as usize,
        };
        let mut probe = Probe::new(hash, self.index.slots());
        loop {
            let Some(place) = self.index.get(probe.at).checked_sub(1) else { return Some(None) };
            // A slot may name a place that was dropped.
            if let Some(k) = entries.get(place * STRIDE)
                && same_plain(vm, k.get(), key, text)?
            {
                return Some(Some(place));
            }
            probe.advance();
        }
    }

    fn search(&self, vm: &mut Vm, key: Value, hash: Option<usize>) -> Result<Option<usize>, Raised> {
        if let Some(hash) = hash
            && self.index.exists()
        {
            return self.find_hashed(vm, key, hash);
        }
        let ptr = self.entries.as_ptr();
        let mut place = 0;
        while let Some(k) = self.entries.get(place * STRIDE) {
            if k == key || (k != Value::TOMBSTONE && vm.keys_equal(k, key)?) {
                self.check_unchanged(vm, ptr, place, k)?;
                return Ok(Some(place));
            }
            place += 1;
        }
        Ok(None)
    }

    fn find_hashed(&self, vm: &mut Vm, key: Value, hash: usize) -> Result<Option<usize>, Raised> {
        let slots = self.index.slots();
        let ptr = self.entries.as_ptr();
        let mut probe = Probe::new(hash, slots);
        loop {
            if self.index.slots() != slots {
                return Err(changed(vm));
            }
            let Some(place) = self.index.get(probe.at).checked_sub(1) else { return Ok(None) };
            if let Some(k) = self.entries.get(place * STRIDE)
                && (k == key || (k != Value::TOMBSTONE && vm.keys_equal(k, key)?))
            {
                self.check_unchanged(vm, ptr, place, k)?;
                return Ok(Some(place));
            }
            probe.advance();
        }
    }

    fn check_unchanged(&self, vm: &mut Vm, ptr: *mut Value, place: usize, k: Value) -> Result<(), Raised> {
        if self.entries.as_ptr() != ptr || self.entries.get(place * STRIDE) != Some(k) {
            return Err(changed(vm));
        }
        Ok(())
    }

    /// Stores a value under a key (for a set: the key under itself); returns the place.
    ///
    /// # Errors
    /// As [`Table::find`]; out of memory.
    pub fn insert(&self, vm: &mut Vm, key: Value, v: Value) -> Result<usize, Raised> {
        let known = self.find_plain(vm, key);
        let hash = match known {
            Some(Some(_)) => None,
            _ => self.hash_if_needed(vm, key, true)?,
        };
        let found = match known {
            Some(found) => found,
            None => self.search(vm, key, hash)?,
        };
        if let Some(place) = found {
            if STRIDE > 1 {
                self.set_value(place, v);
            }
            return Ok(place);
        }
        self.append(vm, key, v, hash)
    }

    /// As [`Table::insert`] for an interned name.
    ///
    /// # Errors
    /// Out of memory.
    pub fn insert_qstr(&self, vm: &mut Vm, name: Qstr, v: Value) -> Result<usize, Raised> {
        if let Some(place) = self.find_qstr(vm, name) {
            self.set_value(place, v);
            return Ok(place);
        }
        let hash = vm.qstrs().hash(name) as usize;
        self.append(vm, Value::qstr(name), v, Some(hash))
    }

    /// Appends an entry whose key is known to be absent.
    fn append(&self, vm: &mut Vm, key: Value, v: Value, hash: Option<usize>) -> Result<usize, Raised> {
        // An index that was made stays, however few places are left, and its slots fill up.
        let indexed = self.index.exists() || self.places() >= SMALL;
        if indexed && (self.index.filled() + 1) * 2 > self.index.slots() {
            self.rebuild(vm)?;
        }
        // A comparison may have made this table a large one meanwhile; the hash of a simple key runs no Python.
        let hash = match hash {
            None if self.index.exists() => vm.hash(key)?,
            hash => hash.unwrap_or(0),
        };
        let place = self.places();
        self.entries.push(vm, key)?;
        if STRIDE > 1
            && let Err(r) = self.entries.push(vm, v)
        {
            self.entries.pop();
            return Err(r);
        }
        if self.index.exists() {
            fill(&self.index, hash, place);
        }
        self.live.set(self.live.get() + 1);
        Ok(place)
    }

    /// Drops tombstones and makes the index anew, with room for more entries.
    fn rebuild(&self, vm: &mut Vm) -> Result<(), Raised> {
        let live = self.len();
        // Some room beyond the next entry, so that deleting and inserting in turn does not rebuild each time.
        let slots = (live + 1 + live / 4).next_power_of_two() * 2;
        let fresh = Table::<STRIDE>::new();
        let made =
            if live == self.places() { self.reindex(vm, &fresh.index, slots) } else { self.refill(vm, &fresh, slots) };
        if made.is_ok() {
            if live != self.places() {
                self.entries.swap(&fresh.entries);
            }
            self.index.swap(&fresh.index);
        }
        fresh.drop_blocks(vm.heap_mut());
        made
    }

    /// Makes in `fresh` the index of this table's entries. Hashing may run Python; this table stays as it is.
    fn reindex(&self, vm: &mut Vm, fresh: &IndexBuf, slots: usize) -> Result<(), Raised> {
        let (count, ptr) = (self.places(), self.entries.as_ptr());
        fresh.make(vm, slots)?;
        for place in 0..count {
            let Some((k, _)) = self.entry(place) else { continue };
            let hash = vm.hash(k)?;
            if self.places() != count || self.entries.as_ptr() != ptr {
                return Err(changed(vm));
            }
            fill(fresh, hash, place);
        }
        Ok(())
    }

    /// Copies the entries of another table into this one, which is empty.
    ///
    /// # Errors
    /// Out of memory; what hashing raises.
    pub fn copy_from(&self, vm: &mut Vm, other: &Self) -> Result<(), Raised> {
        self.entries.reserve_exact(vm, other.len() * STRIDE)?;
        let mut place = 0;
        while let Some((next, k, v)) = other.next_entry(place) {
            place = next;
            self.entries.push(vm, k)?;
            if STRIDE > 1 {
                self.entries.push(vm, v)?;
            }
            self.live.set(self.live.get() + 1);
        }
        if self.len() > SMALL { self.rebuild(vm) } else { Ok(()) }
    }

    /// Fills `fresh` with the entries of this table. Hashing may run Python; this table stays as it is.
    fn refill(&self, vm: &mut Vm, fresh: &Self, slots: usize) -> Result<(), Raised> {
        let (count, ptr) = (self.places(), self.entries.as_ptr());
        fresh.index.make(vm, slots)?;
        fresh.entries.reserve_exact(vm, (self.len() + 1) * STRIDE)?;
        for place in 0..count {
            let Some((k, v)) = self.entry(place) else { continue };
            let hash = vm.hash(k)?;
            if self.places() != count || self.entries.as_ptr() != ptr {
                return Err(changed(vm));
            }
            let new_place = fresh.places();
            fresh.entries.push(vm, k)?;
            if STRIDE > 1 {
                fresh.entries.push(vm, v)?;
            }
            fill(&fresh.index, hash, new_place);
        }
        Ok(())
    }

    fn drop_blocks(&self, heap: &mut Heap) {
        self.entries.clear(heap);
        self.index.drop_block(heap);
    }

    /// Removes the entry at a place; returns its key and value.
    pub fn remove_at(&self, vm: &mut Vm, place: usize) -> Option<(Value, Value)> {
        let (k, v) = self.entry(place)?;
        self.entries.set(place * STRIDE, Value::TOMBSTONE);
        self.entries.set(place * STRIDE + STRIDE - 1, Value::TOMBSTONE);
        self.live.set(self.live.get() - 1);
        if self.live.get() == 0 {
            self.drop_blocks(vm.heap_mut());
        } else if !self.index.exists() {
            // Small tables close the gap, so that they stay free of tombstones.
            self.entries.remove_range(place * STRIDE, STRIDE);
        } else {
            // Slots that still name a dropped place do no harm: a search passes over them.
            while self.places() > 0 && self.entry(self.places() - 1).is_none() {
                self.entries.truncate((self.places() - 1) * STRIDE);
            }
        }
        Some((k, v))
    }

    /// Removes everything.
    pub fn clear(&self, heap: &mut Heap) {
        self.drop_blocks(heap);
        self.live.set(0);
    }

    /// Takes over the contents of another table, which gets this one's.
    pub fn swap(&self, other: &Self) {
        self.entries.swap(&other.entries);
        self.index.swap(&other.index);
        self.live.swap(&other.live);
    }

    pub(crate) fn trace(&self, t: &mut Tracer<'_>) {
        self.entries.trace(t);
        self.index.trace(t);
    }
}

/// Whether the key `k` of a table equals the string (with its body, if it has one) or small int `key`; `None` if only
/// the type of `k` can tell.
#[inline(always)]
fn same_plain(vm: &Vm, k: Value, key: Value, text: Option<Ref<StrBody>>) -> Option<bool> {
    if k == key {
        return Some(true);
    }
    if let Some(q) = k.as_qstr() {
        // Interned strings are equal to others only by their text.
        return Some(text.is_some_and(|t| vm.qstrs().hash(q) == hash_of(t) && vm.qstr_text(q).as_bytes() == t.tail()));
    }
    if k.is_small_int() || k == Value::TOMBSTONE {
        return Some(false);
    }
    let s = k.downcast::<StrBody>()?;
    match (text, key.as_qstr()) {
        (Some(t), _) => Some(hash_of(s) == hash_of(t) && s.tail() == t.tail()),
        (None, Some(q)) => Some(hash_of(s) == vm.qstrs().hash(q) && s.tail() == vm.qstr_text(q).as_bytes()),
        (None, None) => Some(false),
    }
}

/// The slots that belong to a hash, in the order in which they are tried: at first all bits of the hash have a say,
/// so that ints which differ in high bits only (addresses, colours) do not meet again and again; then every slot
/// gets its turn.
struct Probe {
    at: usize,
    mask: usize,
    rest: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: usize, slots: usize) -> Probe {
        let mask = slots.wrapping_sub(1);
        Probe { at: hash & mask, mask, rest: hash }
    }

    #[inline(always)]
    fn advance(&mut self) {
        self.rest >>= 5;
        // With `rest` at 0 this walks through all residues of a power of two.
        self.at = self.at.wrapping_mul(5).wrapping_add(self.rest).wrapping_add(1) & self.mask;
    }
}

/// Fills the first empty slot for a hash.
#[inline(always)]
fn fill(index: &IndexBuf, hash: usize, place: usize) {
    let mut probe = Probe::new(hash, index.slots());
    while index.get(probe.at) != 0 {
        probe.advance();
    }
    index.fill(probe.at, place + 1);
}

#[cold]
fn changed(vm: &mut Vm) -> Raised {
    vm.runtime_error("dictionary changed during lookup")
}
