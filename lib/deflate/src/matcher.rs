//! Finding repetitions: chains of places with the same three bytes, newest first.
//!
//! Places are kept as the low 16 bits of their position in the whole stream. A chain may lead to a place that is long
//! gone: then its distance is too large, or not larger than the last one, or the bytes there differ.

use crate::code::MATCH_MAX;

/// How many places of a chain are looked at.
const CHAIN: usize = 48;
/// A match of this length is good enough.
const GOOD: usize = 96;
/// A match of three bytes from farther back takes more bits than three literals, mostly.
const FAR: usize = 4096;

/// The lent memory of the chains. Lengths are powers of two.
pub(crate) struct Chains<'a> {
    /// By position: the place before with the same hash.
    pub previous: &'a mut [u16],
    /// By hash: the last place.
    pub heads: &'a mut [u16],
}

impl Chains<'_> {
    #[inline(always)]
    fn hash(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let [a, b, c] = *bytes.get(at..)?.first_chunk()?;
        let key = u32::from(a) | u32::from(b) << 8 | u32::from(c) << 16;
        let bits = self.heads.len().trailing_zeros();
        Some((key.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize)
    }

    /// Adds a place, whose position is `position`.
    #[inline(always)]
    pub(crate) fn insert(&mut self, bytes: &[u8], at: usize, position: u16) {
        let Some(hash) = self.hash(bytes, at) else { return };
        let slot = usize::from(position) & self.previous.len().wrapping_sub(1);
        if let (Some(head), Some(previous)) = (self.heads.get_mut(hash), self.previous.get_mut(slot)) {
            *previous = *head;
            *head = position;
        }
    }

    /// The longest match for the bytes at `at`, longer than `least`: its length and distance, or (0, 0).
    #[inline]
    pub(crate) fn find(&self, bytes: &[u8], at: usize, position: u16, window: usize, least: usize) -> (usize, usize) {
        let Some(hash) = self.hash(bytes, at) else { return (0, 0) };
        let mut place = self.heads.get(hash).copied().unwrap_or(0);
        let Some(here) = bytes.get(at..) else { return (0, 0) };
        let here = here.get(..MATCH_MAX).unwrap_or(here);
        let reach = at.min(window);
        let (mut best, mut best_distance, mut last) = (least.max(2), 0, 0);
        for _ in 0..CHAIN {
            let distance = usize::from(position.wrapping_sub(place));
            if distance <= last || distance > reach {
                break;
            }
            last = distance;
            let Some(there) = bytes.get(at - distance..) else { break };
            // The byte that would make the match longer is the one that differs most often.
            if there.get(best) == here.get(best) || best >= here.len() {
                let len = common(here, there);
                if len > best {
                    (best, best_distance) = (len, distance);
                    if len >= GOOD || len == here.len() {
                        break;
                    }
                }
            }
            place = self.previous.get(usize::from(place) & self.previous.len().wrapping_sub(1)).copied().unwrap_or(0);
        }
        if best_distance == 0 || (best == 3 && best_distance > FAR) { (0, 0) } else { (best, best_distance) }
    }
}

/// How many bytes are the same at the front.
#[inline(always)]
fn common(a: &[u8], b: &[u8]) -> usize {
    const WORD: usize = size_of::<usize>();
    let mut n = 0;
    for (x, y) in a.chunks_exact(WORD).zip(b.chunks_exact(WORD)) {
        let (Ok(x), Ok(y)) = (x.try_into(), y.try_into()) else { break };
        let different = usize::from_le_bytes(x) ^ usize::from_le_bytes(y);
        if different != 0 {
            return n + different.trailing_zeros() as usize / 8;
        }
        n += WORD;
    }
    let rest = a.iter().zip(b).skip(n);
    n + rest.take_while(|(x, y)| x == y).count()
}
