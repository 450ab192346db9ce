//! Code lengths from frequencies, and codes from lengths.
//!
//! Lengths come from the in-place algorithm of Moffat and Katajainen ("In-place calculation of minimum-redundancy
//! codes"), and what is longer than allowed is shortened as zlib's kin do, by lengthening others.

/// Makes the lengths of a code's symbols from their frequencies, none above `limit`. A symbol that does not occur has
/// length 0. `order` and `work` are memory for as many symbols. Frequencies add up to less than 2^16.
pub(crate) fn lengths(freq: &[u16], order: &mut [u16], work: &mut [u16], out: &mut [u8], limit: usize) {
    out.fill(0);
    let mut n = 0;
    for (symbol, f) in freq.iter().enumerate() {
        if *f > 0
            && let Some(slot) = order.get_mut(n)
        {
            *slot = symbol as u16;
            n += 1;
        }
    }
    let Some(order) = order.get_mut(..n) else { return };
    let frequency = |s: u16| freq.get(usize::from(s)).copied().unwrap_or(0);
    order.sort_unstable_by_key(|s| (frequency(*s), *s));
    let Some(work) = work.get_mut(..n) else { return };
    for (w, s) in work.iter_mut().zip(order.iter()) {
        *w = frequency(*s);
    }
    let mut counts = [0u16; 16];
    depths(work, &mut counts, limit);
    // The rarest symbols have the longest codes.
    let mut len = limit;
    for symbol in order.iter() {
        while len > 1 && counts.get(len) == Some(&0) {
            len -= 1;
        }
        if let (Some(left), Some(l)) = (counts.get_mut(len), out.get_mut(usize::from(*symbol))) {
            *left = left.saturating_sub(1);
            *l = len as u8;
        }
    }
}

/// How many codes there are of each length, for ascending weights.
fn depths(w: &mut [u16], counts: &mut [u16; 16], limit: usize) {
    let n = w.len();
    if n <= 1 {
        counts[1] = n as u16;
        return;
    }
    let get = |w: &[u16], i: usize| w.get(i).copied().unwrap_or(u16::MAX);
    let set = |w: &mut [u16], i: usize, v: u16| {
        if let Some(x) = w.get_mut(i) {
            *x = v;
        }
    };
    // Inner nodes take the place of leaves that are used up; then each holds its parent's number.
    let (mut leaf, mut root) = (0, 0);
    for next in 0..n - 1 {
        let mut sum = 0u16;
        for _ in 0..2 {
            if leaf >= n || (root < next && get(w, root) < get(w, leaf)) {
                sum = sum.saturating_add(get(w, root));
                set(w, root, next as u16);
                root += 1;
            } else {
                sum = sum.saturating_add(get(w, leaf));
                leaf += 1;
            }
        }
        set(w, next, sum);
    }
    // Parents' numbers become depths, from the root down.
    set(w, n - 2, 0);
    for i in (0..n - 2).rev() {
        let parent = get(w, i).into();
        let depth = get(w, parent) + 1;
        set(w, i, depth);
    }
    // Of the places at each depth, what no inner node takes are leaves.
    let mut places = 1u32;
    let mut node = n - 1;
    let mut total = 0u32;
    for depth in 0..n as u16 {
        let mut inner = 0;
        while node > 0 && get(w, node - 1) == depth {
            inner += 1;
            node -= 1;
        }
        let leaves = places - inner;
        let at = usize::from(depth).min(limit);
        if let Some(c) = counts.get_mut(at) {
            *c += leaves as u16;
            total += leaves << (limit - at);
        }
        places = 2 * inner;
        if places == 0 {
            break;
        }
    }
    // Too many codes of the greatest length: each time one code is taken off there, and a shorter one split in two.
    while total > 1 << limit {
        counts[limit] -= 1;
        for len in (1..limit).rev() {
            if counts[len] > 0 {
                counts[len] -= 1;
                counts[len + 1] += 2;
                break;
            }
        }
        total -= 1;
    }
}

/// Gives each symbol its code, with the bit that is sent first lowest.
pub(crate) fn codes(lengths: &[u8], out: &mut [u16]) {
    let mut next = [0u16; 16];
    let mut code = 0u16;
    for len in 1..16u8 {
        let before = lengths.iter().filter(|l| **l == len - 1 && len > 1).count() as u16;
        code = code.wrapping_add(before) << 1;
        if let Some(n) = next.get_mut(usize::from(len)) {
            *n = code;
        }
    }
    for (code, len) in out.iter_mut().zip(lengths) {
        if let Some(n) = next.get_mut(usize::from(*len)).filter(|_| *len > 0) {
            *code = n.reverse_bits() >> (16 - len);
            *n += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_code_is_used_up_and_short(freq in prop::collection::vec(0u16..200, 2..286), limit in 9usize..16) {
            let mut out = std::vec![0; freq.len()];
            lengths(&freq, &mut std::vec![0; freq.len()], &mut std::vec![0; freq.len()], &mut out, limit);
            let used = freq.iter().filter(|f| **f > 0).count();
            let sum: u32 = out.iter().filter(|l| **l > 0).map(|l| 1 << (limit - usize::from(*l))).sum();
            if used > 1 {
                prop_assert_eq!(sum, 1 << limit);
            }
            for (f, l) in freq.iter().zip(&out) {
                prop_assert_eq!(*f > 0, *l > 0);
                prop_assert!(usize::from(*l) <= limit);
            }
        }
    }

    #[test]
    fn limited() {
        // Frequencies of Fibonacci numbers make the deepest tree.
        let mut freq = std::vec![1u16, 1];
        while freq.len() < 20 {
            freq.push(freq[freq.len() - 1] + freq[freq.len() - 2]);
        }
        let mut out = std::vec![0; 20];
        lengths(&freq, &mut [0; 20], &mut [0; 20], &mut out, 7);
        let sum: u32 = out.iter().map(|l| 1 << (7 - u32::from(*l))).sum();
        assert_eq!(sum, 1 << 7);
        assert!(out[19] < out[0]);
    }
}
