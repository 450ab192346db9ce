//! Finding, putting and deleting.
//!
//! A change first owns the pages from the root to the leaf, so that each can be changed and numbered anew; then it
//! changes the leaf, and what has to follow above it.

use krait_runtime::obj::bytes::Bytes;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Gc, Outcome, Raised, Ref, StrBuf, Vm};

use super::Btree;
use super::page::{self, CELL, ELSEWHERE, HEADER};
use super::store::{self, HEIGHT_MAX, Page};

/// The way from the root to a leaf: pages, and the cell taken in each. The leaf's is the last.
#[derive(Clone, Copy)]
pub(super) struct Path {
    steps: [(u32, u16); HEIGHT_MAX],
    pub(super) len: usize,
}

impl Path {
    pub(super) fn new() -> Path {
        Path { steps: [(0, 0); HEIGHT_MAX], len: 0 }
    }

    pub(super) fn get(&self, i: usize) -> (u32, usize) {
        self.steps.get(i).map_or((0, 0), |(n, i)| (*n, usize::from(*i)))
    }

    pub(super) fn set(&mut self, i: usize, n: u32, cell: usize) {
        if let Some(step) = self.steps.get_mut(i) {
            *step = (n, cell as u16);
        }
    }
}

/// The largest cell: four fit in a page.
fn cell_max(db: Ref<Btree>) -> usize {
    (db.page_size.get() - HEADER) / 4 - 2
}

/// Goes down from the page `n`, which becomes step `from` of the path, choosing a cell in each branch.
pub(super) fn descend(
    vm: &mut Vm,
    db: Ref<Btree>,
    path: &mut Path,
    from: usize,
    n: u32,
    choose: impl Fn(&Vm, &[u8]) -> usize,
) -> Result<Ref<Page>, Raised> {
    let mut n = n & !ELSEWHERE;
    for depth in from..HEIGHT_MAX {
        let p = store::load(vm, db, n)?;
        let b = store::bytes(vm, p);
        path.len = depth + 1;
        match page::kind(b) {
            page::LEAF => {
                path.set(depth, n, 0);
                return Ok(p);
            }
            page::BRANCH if page::count(b) > 0 => {
                let i = choose(vm, b).min(page::count(b) - 1);
                path.set(depth, n, i);
                n = page::child(b, i) & !ELSEWHERE;
            }
            _ => break,
        }
    }
    Err(store::damaged(vm))
}

/// The leaf that holds a key or would.
fn find_leaf(vm: &mut Vm, db: Ref<Btree>, path: &mut Path, key: &Buffer) -> Result<Ref<Page>, Raised> {
    descend(vm, db, path, 0, db.root.get(), |vm, b| page::branch_for(b, key.bytes(vm)))
}

/// The value of a key.
pub(super) fn get(vm: &mut Vm, db: Ref<Btree>, key: &Buffer) -> Result<Option<krait_runtime::Value>, Raised> {
    if db.root.get() == 0 {
        return Ok(None);
    }
    let leaf = find_leaf(vm, db, &mut Path::new(), key)?;
    match page::search(store::bytes(vm, leaf), key.bytes(vm)) {
        Ok(i) => value(vm, db, leaf, i).map(Some),
        Err(_) => Ok(None),
    }
}

/// Whether there is such a key.
pub(super) fn contains(vm: &mut Vm, db: Ref<Btree>, key: &Buffer) -> Result<bool, Raised> {
    if db.root.get() == 0 {
        return Ok(false);
    }
    let leaf = find_leaf(vm, db, &mut Path::new(), key)?;
    Ok(page::search(store::bytes(vm, leaf), key.bytes(vm)).is_ok())
}

/// The value of a cell.
pub(super) fn value(vm: &mut Vm, db: Ref<Btree>, leaf: Ref<Page>, i: usize) -> Outcome {
    let (at, len) = page::value(store::bytes(vm, leaf), i);
    if len & ELSEWHERE == 0 {
        return vm.new_bytes_from(&store::part(leaf, at, len as usize));
    }
    let mut next = page::get_u32(store::bytes(vm, leaf), at);
    let len = (len & !ELSEWHERE) as usize;
    let mut buf: StrBuf<Bytes> = StrBuf::new();
    while buf.len() < len {
        vm.poll()?;
        let p = store::load(vm, db, next)?;
        let b = store::bytes(vm, p);
        let n = page::count(b);
        if page::kind(b) != page::OVERFLOW || n == 0 {
            return Err(store::damaged(vm));
        }
        next = page::get_u32(b, 4);
        vm.push_buffer(&mut buf, &store::part(p, HEADER, n))?;
    }
    buf.truncate(len);
    vm.finish_bytes(buf)
}

/// Owns the pages of a path; the leaf.
fn own_path(vm: &mut Vm, db: Ref<Btree>, path: &mut Path) -> Result<Ref<Page>, Raised> {
    db.changed.set(true);
    let mut leaf = None;
    for depth in 0..path.len {
        let (n, cell) = path.get(depth);
        let p = store::own(vm, db, n)?;
        let fresh = p.number.get();
        path.set(depth, fresh, cell);
        leaf = Some(p);
        if fresh == n {
            continue;
        }
        match depth.checked_sub(1).map(|up| path.get(up)) {
            Some((parent, i)) => {
                let parent = store::own(vm, db, parent)?;
                let b = store::bytes_mut(vm, parent);
                let flag = page::child(b, i) & ELSEWHERE;
                page::set_child(b, i, fresh | flag);
            }
            None => db.root.set(fresh),
        }
    }
    match leaf {
        Some(p) => Ok(p),
        None => Err(store::damaged(vm)),
    }
}

/// Writes a value to pages of its own; the first.
fn put_elsewhere(vm: &mut Vm, db: Ref<Btree>, value: &Buffer) -> Result<u32, Raised> {
    let most = db.page_size.get() - HEADER;
    let mut first = 0;
    let mut before = 0;
    let mut at = 0;
    while at < value.len {
        vm.poll()?;
        let p = store::create(vm, db, page::OVERFLOW, 0)?;
        let number = p.number.get();
        let n = most.min(value.len - at);
        let b = store::bytes_mut(vm, p);
        page::put(b, 2, &(n as u16).to_le_bytes());
        page::put(b, 4, &[0; 4]);
        let from = Buffer { start: value.start + at, len: n, ..*value };
        vm.copy_buffer(&store::part(p, HEADER, n), &from);
        if before == 0 {
            first = number;
        } else {
            let p = store::own(vm, db, before)?;
            page::put(store::bytes_mut(vm, p), 4, &number.to_le_bytes());
        }
        before = number;
        at += n;
    }
    Ok(first)
}

/// Gives up the pages of a cell's value.
fn release_value(vm: &mut Vm, db: Ref<Btree>, leaf: Ref<Page>, i: usize) -> Result<(), Raised> {
    let (at, len) = page::value(store::bytes(vm, leaf), i);
    if len & ELSEWHERE == 0 {
        return Ok(());
    }
    let mut next = page::get_u32(store::bytes(vm, leaf), at);
    let mut left = db.pages.get();
    while next != 0 && left > 0 {
        let p = store::load(vm, db, next)?;
        let following = page::get_u32(store::bytes(vm, p), 4);
        store::release(vm, db, next)?;
        next = following;
        left -= 1;
    }
    Ok(())
}

/// Puts a key and a value, in place of the one that was there.
pub(super) fn put(vm: &mut Vm, db: Ref<Btree>, key: &Buffer, value: &Buffer) -> Result<(), Raised> {
    let most = cell_max(db);
    let whole = (CELL + key.len).saturating_add(value.len);
    let elsewhere = whole > most;
    let len = if elsewhere { CELL + key.len + 4 } else { whole };
    if len > most || value.len >= ELSEWHERE as usize {
        return Err(store::invalid(vm));
    }
    let tail = if elsewhere { put_elsewhere(vm, db, value)? } else { 0 };
    let was = db.failed.replace(true);
    put_cell(vm, db, key, value, len, elsewhere.then_some(tail))?;
    db.failed.set(was);
    Ok(())
}

/// The part of [`put`] after which nothing must fail: with a cell of `len` bytes, the value or its first page in it.
fn put_cell(
    vm: &mut Vm,
    db: Ref<Btree>,
    key: &Buffer,
    value: &Buffer,
    len: usize,
    tail: Option<u32>,
) -> Result<(), Raised> {
    db.changed.set(true);
    if db.root.get() == 0 {
        let leaf = store::create(vm, db, page::LEAF, 0)?;
        db.root.set(leaf.number.get());
    }
    let mut path = Path::new();
    find_leaf(vm, db, &mut path, key)?;
    let leaf = own_path(vm, db, &mut path)?;
    let i = match page::search(store::bytes(vm, leaf), key.bytes(vm)) {
        Ok(i) => {
            release_value(vm, db, leaf, i)?;
            let leaf = store::own(vm, db, leaf.number.get())?;
            page::remove(store::bytes_mut(vm, leaf), i);
            i
        }
        Err(i) => i,
    };
    let (leaf, at) = insert(vm, db, &mut path, i, len)?;
    let b = store::bytes_mut(vm, leaf);
    page::put(b, at, &(key.len as u16).to_le_bytes());
    let flag = if tail.is_some() { ELSEWHERE } else { 0 };
    page::put(b, at + 2, &(value.len as u32 | flag).to_le_bytes());
    vm.copy_buffer(&store::part(leaf, at + CELL, key.len), key);
    if let Some(tail) = tail {
        page::put(store::bytes_mut(vm, leaf), at + CELL + key.len, &tail.to_le_bytes());
        flag_leaf(vm, db, &path)?;
    } else {
        vm.copy_buffer(&store::part(leaf, at + CELL + key.len, value.len), value);
    }
    Ok(())
}

/// Notes above the leaf that it has values elsewhere.
fn flag_leaf(vm: &mut Vm, db: Ref<Btree>, path: &Path) -> Result<(), Raised> {
    let Some(up) = path.len.checked_sub(2) else { return Ok(()) };
    let (parent, i) = path.get(up);
    let parent = store::own(vm, db, parent)?;
    let b = store::bytes_mut(vm, parent);
    let child = page::child(b, i);
    page::set_child(b, i, child | ELSEWHERE);
    Ok(())
}

/// Opens a cell in the path's leaf, splitting pages as needed; the page that it is in, and where. The path then leads
/// there.
fn insert(vm: &mut Vm, db: Ref<Btree>, path: &mut Path, i: usize, len: usize) -> Result<(Ref<Page>, usize), Raised> {
    let last = path.len.saturating_sub(1);
    let (n, _) = path.get(last);
    insert_at(vm, db, path, last, n, i, len)
}

fn insert_at(
    vm: &mut Vm,
    db: Ref<Btree>,
    path: &mut Path,
    depth: usize,
    n: u32,
    i: usize,
    len: usize,
) -> Result<(Ref<Page>, usize), Raised> {
    let p = store::own(vm, db, n)?;
    if let Some(at) = page::open(store::bytes_mut(vm, p), i, len) {
        return Ok((p, at));
    }
    let right = split(vm, db, path, depth, i)?;
    // The path may be one longer, and this page one deeper.
    let depth = path.len - 1;
    let left = store::own(vm, db, n)?;
    let count = page::count(store::bytes(vm, left));
    let (p, i) = if i > count || (i == count && page::count(store::bytes(vm, right)) == 0) {
        let (parent, cell) = path.get(depth - 1);
        path.set(depth - 1, parent, cell + 1);
        path.set(depth, right.number.get(), 0);
        (right, i - count)
    } else {
        (left, i)
    };
    match page::open(store::bytes_mut(vm, p), i, len) {
        Some(at) => Ok((p, at)),
        None => Err(store::damaged(vm)),
    }
}

/// Splits the leaf of a path, and branches above it that are full; the new right page. Branches are split from the top
/// down before anything is moved, so that each has room for one more cell.
fn split(vm: &mut Vm, db: Ref<Btree>, path: &mut Path, depth: usize, i: usize) -> Result<Ref<Page>, Raised> {
    let most = cell_max(db);
    // The lowest page that has room for a cell of any size, or none: then the tree grows at the root.
    let mut top = depth;
    while top > 0 {
        let (n, _) = path.get(top - 1);
        let p = store::load(vm, db, n)?;
        if page::room(store::bytes(vm, p)) > most {
            break;
        }
        top -= 1;
    }
    if top == 0 {
        grow(vm, db, path)?;
        top = 1;
    }
    let depth = path.len - 1;
    for level in top..depth {
        split_one(vm, db, path, level, None)?;
    }
    split_one(vm, db, path, depth, Some(i))
}

/// Puts a new root above the old one.
fn grow(vm: &mut Vm, db: Ref<Btree>, path: &mut Path) -> Result<(), Raised> {
    if path.len >= HEIGHT_MAX {
        return Err(store::damaged(vm));
    }
    let old = store::load(vm, db, db.root.get())?;
    let height = page::height(store::bytes(vm, old));
    let root = store::create(vm, db, page::BRANCH, height + 1)?;
    let b = store::bytes_mut(vm, root);
    if let Some(at) = page::open(b, 0, CELL) {
        // An old root that was a leaf may have values elsewhere: nobody noted it.
        let flag = if height == 0 { ELSEWHERE } else { 0 };
        page::put(b, at, &(db.root.get() | flag).to_le_bytes());
    }
    db.root.set(root.number.get());
    for d in (0..path.len).rev() {
        let (n, i) = path.get(d);
        path.set(d + 1, n, i);
    }
    path.set(0, root.number.get(), 0);
    path.len += 1;
    Ok(())
}

/// Splits the page at a depth of the path; its parent has room. In a branch, the path then leads to the half that it
/// led to before. `insert` is where a leaf is about to get a cell: at its end, nothing is moved, so that keys put in
/// order fill their pages.
fn split_one(
    vm: &mut Vm,
    db: Ref<Btree>,
    path: &mut Path,
    depth: usize,
    insert: Option<usize>,
) -> Result<Ref<Page>, Raised> {
    let (n, taken) = path.get(depth);
    let (parent, cell) = path.get(depth.saturating_sub(1));
    let left = store::own(vm, db, n)?;
    let b = store::bytes(vm, left);
    let (kind, height, count) = (page::kind(b), page::height(b), page::count(b));
    let mut middle = 0;
    let mut sum = 0;
    while middle < count && sum * 2 < page::live(b) {
        sum += page::cell_len(b, middle);
        middle += 1;
    }
    middle = middle.clamp(1, count.saturating_sub(1).max(1));
    if insert == Some(count) {
        middle = count;
    }
    let right = store::create(vm, db, kind, height)?;
    for i in middle..count {
        let left = store::own(vm, db, n)?;
        let (from, len) = (page::cell(store::bytes(vm, left), i), page::cell_len(store::bytes(vm, left), i));
        if let Some(at) = page::open(store::bytes_mut(vm, right), i - middle, len) {
            right.data.bytes.copy_from(at, &left.data.bytes, from, len, vm.heap_mut());
        }
    }
    let left = store::own(vm, db, n)?;
    // The separator: the first key on the right, or one just above the last on the left, which a key to come exceeds.
    let (source, key) = if middle < count {
        (right, page::key_range(store::bytes(vm, right), 0))
    } else {
        (left, page::key_range(store::bytes(vm, left), count.saturating_sub(1)))
    };
    let extra = usize::from(middle == count);
    let up = store::own(vm, db, parent)?;
    let b = store::bytes_mut(vm, up);
    let flag = page::child(b, cell) & ELSEWHERE;
    let Some(at) = page::open(b, cell + 1, CELL + key.len() + extra) else { return Err(store::damaged(vm)) };
    page::put(b, at, &(right.number.get() | flag).to_le_bytes());
    page::put(b, at + 4, &((key.len() + extra) as u16).to_le_bytes());
    if extra > 0 {
        page::put(b, at + CELL + key.len(), &[0]);
    }
    up.data.bytes.copy_from(at + CELL, &source.data.bytes, key.start, key.len(), vm.heap_mut());
    let b = store::bytes_mut(vm, left);
    for i in (middle..count).rev() {
        page::remove(b, i);
    }
    if insert.is_none() && taken >= middle {
        path.set(depth - 1, parent, cell + 1);
        path.set(depth, right.number.get(), taken - middle);
    }
    Ok(right)
}

/// Deletes a key; false if there is none.
pub(super) fn delete(vm: &mut Vm, db: Ref<Btree>, key: &Buffer) -> Result<bool, Raised> {
    if db.root.get() == 0 {
        return Ok(false);
    }
    let mut path = Path::new();
    let leaf = find_leaf(vm, db, &mut path, key)?;
    let Ok(i) = page::search(store::bytes(vm, leaf), key.bytes(vm)) else { return Ok(false) };
    let was = db.failed.replace(true);
    delete_cell(vm, db, &mut path, i)?;
    db.failed.set(was);
    Ok(true)
}

/// The part of [`delete`] after which nothing must fail.
fn delete_cell(vm: &mut Vm, db: Ref<Btree>, path: &mut Path, i: usize) -> Result<(), Raised> {
    let leaf = own_path(vm, db, path)?;
    let number = leaf.number.get();
    release_value(vm, db, leaf, i)?;
    let leaf = store::own(vm, db, number)?;
    page::remove(store::bytes_mut(vm, leaf), i);
    let mut depth = path.len - 1;
    while depth > 0 && tidy(vm, db, path, depth)? {
        depth -= 1;
    }
    // A root without a choice is not needed.
    loop {
        let root = store::load(vm, db, db.root.get())?;
        let b = store::bytes(vm, root);
        let (kind, count) = (page::kind(b), page::count(b));
        let heir = match (kind, count) {
            (_, 0) => 0,
            (page::BRANCH, 1) => page::child(b, 0) & !ELSEWHERE,
            _ => return Ok(()),
        };
        store::release(vm, db, root.number.get())?;
        db.root.set(heir);
        if heir == 0 {
            return Ok(());
        }
    }
}

/// Removes an empty page from its parent, or joins a small one with a neighbour; whether the parent lost a cell.
fn tidy(vm: &mut Vm, db: Ref<Btree>, path: &Path, depth: usize) -> Result<bool, Raised> {
    let (n, _) = path.get(depth);
    let (parent, cell) = path.get(depth - 1);
    let p = store::load(vm, db, n)?;
    let b = store::bytes(vm, p);
    let (count, live) = (page::count(b), page::live(b));
    let up = store::own(vm, db, parent)?;
    if count == 0 {
        page::remove(store::bytes_mut(vm, up), cell);
        store::release(vm, db, n)?;
        return Ok(true);
    }
    let size = db.page_size.get();
    if live * 4 > size {
        return Ok(false);
    }
    let cells = page::count(store::bytes(vm, up));
    for first in [Some(cell), cell.checked_sub(1)].into_iter().flatten() {
        if first + 1 < cells && join(vm, db, parent, first)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Moves all cells of the child after `cell` into that child, if they fit.
fn join(vm: &mut Vm, db: Ref<Btree>, parent: u32, cell: usize) -> Result<bool, Raised> {
    let up = store::own(vm, db, parent)?;
    let b = store::bytes(vm, up);
    let (a, c) = (page::child(b, cell), page::child(b, cell + 1));
    let separator = page::key_range(b, cell + 1);
    let left = store::load(vm, db, a & !ELSEWHERE)?;
    let right = store::load(vm, db, c & !ELSEWHERE)?;
    let (l, r) = (store::bytes(vm, left), store::bytes(vm, right));
    let (before, moved) = (page::count(l), page::count(r));
    let branch = page::kind(r) == page::BRANCH;
    // A branch's first key means nothing; where it goes, the separator takes its place.
    let first = if branch { separator.len() } else { 0 };
    let need = page::live(l) + page::live(r) + first + 2 * (before + moved) + HEADER;
    if need > db.page_size.get() || page::kind(l) != page::kind(r) {
        return Ok(false);
    }
    let left = store::own(vm, db, a & !ELSEWHERE)?;
    let right = store::load(vm, db, c & !ELSEWHERE)?;
    let up = store::own(vm, db, parent)?;
    for i in 0..moved {
        let r = store::bytes(vm, right);
        let (from, mut len) = (page::cell(r, i), page::cell_len(r, i));
        let replaced = branch && i == 0;
        if replaced {
            len = CELL + separator.len();
        }
        let Some(at) = page::open(store::bytes_mut(vm, left), before + i, len) else {
            return Err(store::damaged(vm));
        };
        let heap = vm.heap_mut();
        if replaced {
            left.data.bytes.copy_from(at, &right.data.bytes, from, 4, heap);
            left.data.bytes.copy_from(at + CELL, &up.data.bytes, separator.start, separator.len(), heap);
            page::put(store::bytes_mut(vm, left), at + 4, &(separator.len() as u16).to_le_bytes());
        } else {
            left.data.bytes.copy_from(at, &right.data.bytes, from, len, heap);
        }
    }
    let number = left.number.get();
    store::release(vm, db, c & !ELSEWHERE)?;
    let b = store::bytes_mut(vm, up);
    page::set_child(b, cell, number | (a | c) & ELSEWHERE);
    page::remove(b, cell + 1);
    Ok(true)
}
