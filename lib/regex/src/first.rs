//! How a match can begin: what the search skips to.
//!
//! In the header: a byte with the kind, and its data. The kinds are 0 (nothing is known), [`BYTES`] (1 to 3
//! bytes, their number first) and [`BITS`] (a bit for each byte).

use crate::program::{FIRST, op, op_len, taker_len, target, u16_at};
use crate::set;

pub(crate) const BYTES: u8 = 1;
pub(crate) const BITS: u8 = 2;

/// Places that wait to be looked at, and steps, before it is given up.
const PLACES: usize = 32;
const STEPS: usize = 300;

/// Whether a match can only be at the beginning of the text.
pub(crate) fn anchored(code: &[u8]) -> bool {
    let mut pc = 0;
    while code.get(pc) == Some(&op::SAVE) {
        pc += 2;
    }
    code.get(pc) == Some(&op::BOT)
}

/// What the header says about `code`, part of `program`.
pub(crate) fn first(program: &[u8], code: &[u8]) -> [u8; FIRST] {
    let mut found = [0; FIRST];
    let mut bits = [0u8; 32];
    if !collect(program, code, &mut bits) {
        return found;
    }
    let has = |b: u8| bits.get(usize::from(b >> 3)).is_some_and(|byte| byte >> (b & 7) & 1 != 0);
    let count = (0..=255).filter(|b| has(*b)).count();
    let [kind, rest @ ..] = &mut found;
    if (1..=3).contains(&count) {
        *kind = BYTES;
        let bytes = [count as u8].into_iter().chain((0..=255).filter(|b| has(*b)));
        rest.iter_mut().zip(bytes).for_each(|(t, b)| *t = b);
    } else {
        *kind = BITS;
        rest.iter_mut().zip(bits).for_each(|(t, b)| *t = b);
    }
    found
}

/// Sets the bit of each byte that a match can begin with; false if it can be empty, or that is too much to find out.
fn collect(program: &[u8], code: &[u8], bits: &mut [u8; 32]) -> bool {
    let mut waiting = [0usize; PLACES];
    let mut count = 1usize;
    for _ in 0..STEPS {
        let Some(last) = count.checked_sub(1) else { return true };
        let pc = waiting.get(last).copied().unwrap_or(0);
        count = last;
        let mut next = [None, None];
        match code.get(pc).copied().unwrap_or(op::MATCH) {
            op::CHAR..=op::SET => {
                if !taker(program, code, pc, bits) {
                    return false;
                }
            }
            o @ op::STAR..=op::OPT_LAZY => {
                if !taker(program, code, pc + 1, bits) {
                    return false;
                }
                if !matches!(o, op::PLUS | op::PLUS_LAZY) {
                    next[0] = Some(pc + op_len(code, pc));
                }
            }
            op::SPLIT | op::SPLIT_LAZY => next = [Some(pc + 3), Some(target(code, pc, pc + 1))],
            op::JUMP => next[0] = Some(target(code, pc, pc + 1)),
            op::CHECK => next = [Some(pc + 4), Some(target(code, pc, pc + 2))],
            op::SAVE | op::MARK => next[0] = Some(pc + 2),
            op::BOL..=op::NOT_WORD => next[0] = Some(pc + 1),
            _ => return false,
        }
        for n in next.into_iter().flatten() {
            match waiting.get_mut(count) {
                Some(place) => *place = n,
                None => return false,
            }
            count += 1;
        }
    }
    false
}

/// The bytes that begin what the op at `pc` takes; false if those are all.
fn taker(program: &[u8], code: &[u8], pc: usize, bits: &mut [u8; 32]) -> bool {
    let mut add = |b: u8| {
        if let Some(byte) = bits.get_mut(usize::from(b >> 3)) {
            *byte |= 1 << (b & 7);
        }
    };
    let operand = code.get(pc + 1).copied().unwrap_or(0);
    match code.get(pc).copied().unwrap_or(op::ANY) {
        op::CHAR => add(operand),
        op::CHAR_I => {
            add(operand);
            add(operand.to_ascii_uppercase());
        }
        // In text as bytes the character is one byte, else it is several that begin with a byte from 0xc2 on.
        op::WIDE => (0x80..=0xff).for_each(add),
        op::SET => {
            let set = program.get(usize::from(u16_at(code, pc + 1))..).unwrap_or_default();
            (0..0x80).filter(|b| set::has_ascii(set, *b)).for_each(&mut add);
            if set::reaches_beyond(set) {
                (0x80..=0xff).for_each(add);
            }
        }
        _ => return false,
    }
    true
}

const _: () = assert!(taker_len(op::SET) == 3);

/// The first place from `at` on where a match can begin.
pub(crate) fn skip(first: &[u8], text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let found = match *first {
        [BYTES, 1, a, ..] => memchr::memchr(a, rest),
        [BYTES, 2, a, b, ..] => memchr::memchr2(a, b, rest),
        [BYTES, 3, a, b, c, ..] => memchr::memchr3(a, b, c, rest),
        [BITS, ref bits @ ..] => {
            rest.iter().position(|b| bits.get(usize::from(b >> 3)).is_some_and(|byte| byte >> (b & 7) & 1 != 0))
        }
        _ => return Some(at),
    };
    found.map(|n| at + n)
}
