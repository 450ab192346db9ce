//! A page of a database: cells in the order of their keys, found through slots.
//!
//! ```text
//!  0  kind: 1 leaf, 2 branch, 3 overflow     1  height above the leaves
//!  2  u16 cells (overflow: bytes)            4  u16 where cells begin     6  u16 bytes in cells
//!     (overflow: 4 u32 the next page)        8  u32 CRC-32 of the page, this field zero
//! 12  slots: a u16 offset each; then free room; then cells
//! leaf cell:   u16 key length, u32 value length (top bit: it is elsewhere), key, value or u32 its first page
//! branch cell: u32 child (top bit: a leaf with values elsewhere), u16 key length, key
//! ```
//! All numbers are little-endian. A branch's first key stands for everything below the second.
//! Invariant: [`check`] has seen a page before anything else reads it, so offsets and lengths lie inside.

use crate::crc32::crc32;

/// Bytes before the slots.
pub(super) const HEADER: usize = 12;
const CHECKSUM: usize = 8;
/// A leaf cell's bytes without key and value; a branch cell's without key.
pub(super) const CELL: usize = 6;
/// In a value's length: the value is in overflow pages. In a child's number: such a leaf.
pub(super) const ELSEWHERE: u32 = 1 << 31;

pub(super) const LEAF: u8 = 1;
pub(super) const BRANCH: u8 = 2;
pub(super) const OVERFLOW: u8 = 3;

pub(super) fn get_u16(p: &[u8], at: usize) -> usize {
    p.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b).into())
}

pub(super) fn get_u32(p: &[u8], at: usize) -> u32 {
    p.get(at..).and_then(|b| b.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}

pub(super) fn put(p: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(to) = p.get_mut(at..at + bytes.len()) {
        to.copy_from_slice(bytes);
    }
}

fn put_u16(p: &mut [u8], at: usize, n: usize) {
    put(p, at, &(n as u16).to_le_bytes());
}

/// Makes an empty page. Pages have up to 32 KiB, so that offsets fit.
pub(super) fn init(p: &mut [u8], kind: u8, height: u8) {
    p.fill(0);
    put(p, 0, &[kind, height]);
    let len = p.len();
    put_u16(p, 4, len);
}

pub(super) fn kind(p: &[u8]) -> u8 {
    p.first().copied().unwrap_or(0)
}

pub(super) fn height(p: &[u8]) -> u8 {
    p.get(1).copied().unwrap_or(0)
}

/// Cells.
pub(super) fn count(p: &[u8]) -> usize {
    get_u16(p, 2)
}

/// Where a cell begins.
pub(super) fn cell(p: &[u8], i: usize) -> usize {
    get_u16(p, HEADER + 2 * i)
}

/// Where a cell's key is.
pub(super) fn key_range(p: &[u8], i: usize) -> core::ops::Range<usize> {
    let at = cell(p, i);
    let len = get_u16(p, if kind(p) == BRANCH { at + 4 } else { at });
    at + CELL..at + CELL + len
}

pub(super) fn key(p: &[u8], i: usize) -> &[u8] {
    p.get(key_range(p, i)).unwrap_or_default()
}

/// A branch cell's child, with its flag.
pub(super) fn child(p: &[u8], i: usize) -> u32 {
    get_u32(p, cell(p, i))
}

pub(super) fn set_child(p: &mut [u8], i: usize, to: u32) {
    let at = cell(p, i);
    put(p, at, &to.to_le_bytes());
}

/// A leaf cell's value: where it or its first page's number is, and its length with the flag.
pub(super) fn value(p: &[u8], i: usize) -> (usize, u32) {
    (key_range(p, i).end, get_u32(p, cell(p, i) + 2))
}

fn cell_len_at(p: &[u8], at: usize) -> usize {
    if kind(p) == BRANCH {
        return CELL + get_u16(p, at + 4);
    }
    let value = get_u32(p, at + 2);
    let value = if value & ELSEWHERE != 0 { 4 } else { value as usize };
    (CELL + get_u16(p, at)).saturating_add(value)
}

pub(super) fn cell_len(p: &[u8], i: usize) -> usize {
    cell_len_at(p, cell(p, i))
}

/// Bytes in cells.
pub(super) fn live(p: &[u8]) -> usize {
    get_u16(p, 6)
}

/// Room for one more cell and its slot, after [`compact`].
pub(super) fn room(p: &[u8]) -> usize {
    p.len().saturating_sub(HEADER + 2 * count(p) + 2 + live(p))
}

/// The place of a key, or where it would be.
pub(super) fn search(p: &[u8], wanted: &[u8]) -> Result<usize, usize> {
    // A branch's first key is below all.
    let (mut low, mut high) = (usize::from(kind(p) == BRANCH), count(p));
    while low < high {
        let middle = low.midpoint(high);
        match key(p, middle).cmp(wanted) {
            core::cmp::Ordering::Equal => return Ok(middle),
            core::cmp::Ordering::Less => low = middle + 1,
            core::cmp::Ordering::Greater => high = middle,
        }
    }
    Err(low)
}

/// The cell of a branch whose child may hold a key.
pub(super) fn branch_for(p: &[u8], wanted: &[u8]) -> usize {
    search(p, wanted).unwrap_or_else(|i| i.saturating_sub(1))
}

/// Makes room for a cell of `len` bytes before the cell `i`; where it begins, or `None` if the page is full.
pub(super) fn open(p: &mut [u8], i: usize, len: usize) -> Option<usize> {
    if len > room(p) {
        return None;
    }
    let n = count(p);
    if get_u16(p, 4) < HEADER + 2 * n + 2 + len {
        compact(p);
    }
    let at = get_u16(p, 4).checked_sub(len)?;
    let slots = HEADER + 2 * i;
    p.copy_within(slots..HEADER + 2 * n, slots + 2);
    put_u16(p, slots, at);
    put_u16(p, 2, n + 1);
    put_u16(p, 4, at);
    let all = live(p) + len;
    put_u16(p, 6, all);
    Some(at)
}

/// Removes the cell `i`.
pub(super) fn remove(p: &mut [u8], i: usize) {
    let n = count(p);
    if i >= n {
        return;
    }
    let left = live(p).saturating_sub(cell_len(p, i));
    let slots = HEADER + 2 * i;
    p.copy_within(slots + 2..HEADER + 2 * n, slots);
    put_u16(p, 2, n - 1);
    put_u16(p, 6, left);
}

/// Moves all cells to the end, so that free room is in one piece.
fn compact(p: &mut [u8]) {
    let n = count(p);
    let mut end = p.len();
    // From the last cell to the first, so that none is overwritten before it was moved.
    let mut below = usize::MAX;
    for _ in 0..n {
        let next = (0..n).map(|i| (cell(p, i), i)).filter(|(at, _)| *at < below).max();
        let Some((at, i)) = next else { break };
        let len = cell_len_at(p, at);
        let Some(to) = end.checked_sub(len) else { break };
        if at + len <= p.len() {
            p.copy_within(at..at + len, to);
        }
        put_u16(p, HEADER + 2 * i, to);
        // The cells that were moved are at or above `to`; those to come are below `at`.
        below = at;
        end = to;
    }
    put_u16(p, 4, end);
}

/// Writes the checksum.
pub(super) fn seal(p: &mut [u8]) {
    put(p, CHECKSUM, &[0; 4]);
    let sum = crc32(0, p);
    put(p, CHECKSUM, &sum.to_le_bytes());
}

/// Whether a page that was read is whole, and all that it says lies inside of it.
pub(super) fn check(p: &mut [u8]) -> bool {
    let sum = get_u32(p, CHECKSUM);
    put(p, CHECKSUM, &[0; 4]);
    let good = crc32(0, p) == sum;
    put(p, CHECKSUM, &sum.to_le_bytes());
    if !good {
        return false;
    }
    match kind(p) {
        OVERFLOW => count(p) <= p.len() - HEADER,
        LEAF | BRANCH => {
            let low = get_u16(p, 4);
            let slots = HEADER + 2 * count(p);
            let cells = (0..count(p)).map(|i| (cell(p, i), cell_len(p, i)));
            let inside = |(at, len): (usize, usize)| at >= low && at.saturating_add(len) <= p.len();
            let sum = cells.clone().fold(0usize, |all, (_, len)| all.saturating_add(len));
            (kind(p) == LEAF) == (height(p) == 0)
                && slots <= low
                && low <= p.len()
                && cells.clone().all(inside)
                && sum == live(p)
                && slots + sum <= p.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn a_page_is_a_sorted_map(ops in prop::collection::vec((any::<bool>(), 0u8..60, 0usize..40), 0..300)) {
            let mut p = std::vec![0; 512];
            init(&mut p, LEAF, 0);
            let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (add, k, n) in ops {
                let (k, v) = (std::vec![k; usize::from(k % 5)], std::vec![k; n]);
                match search(&p, &k) {
                    Ok(i) => {
                        remove(&mut p, i);
                        model.remove(&k);
                    }
                    Err(i) if add => {
                        let len = CELL + k.len() + v.len();
                        if let Some(at) = open(&mut p, i, len) {
                            put(&mut p, at, &(k.len() as u16).to_le_bytes());
                            put(&mut p, at + 2, &(v.len() as u32).to_le_bytes());
                            put(&mut p, at + CELL, &k);
                            put(&mut p, at + CELL + k.len(), &v);
                            model.insert(k, v);
                        } else {
                            prop_assert!(room(&p) < len);
                        }
                    }
                    Err(_) => {}
                }
                prop_assert_eq!(count(&p), model.len());
                for (i, (k, v)) in model.iter().enumerate() {
                    prop_assert_eq!(key(&p, i), &k[..]);
                    let (at, len) = value(&p, i);
                    prop_assert_eq!(&p[at..at + len as usize], &v[..]);
                }
                seal(&mut p);
                prop_assert!(check(&mut p));
            }
        }

        #[test]
        fn no_page_is_trusted(mut p in prop::collection::vec(any::<u8>(), 512)) {
            p[0] = 1 + p[0] % 3;
            p[1] = 0;
            p[3] = 0;
            seal(&mut p);
            if check(&mut p) && kind(&p) == LEAF {
                for i in 0..count(&p) {
                    let (at, _) = value(&p, i);
                    prop_assert!(at <= p.len());
                }
            }
        }
    }
}
