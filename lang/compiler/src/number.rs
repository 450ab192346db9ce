//! Number tokens to nodes.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bignum::{self as bignum, Limb, Watch};

use crate::ast::{Node, Tree};
use crate::error::{Fail, Result};
use crate::fold;

/// The node of an integer token; underscores have been removed.
#[inline(never)]
pub(crate) fn integer<A: Allocator + Clone>(tree: &mut Tree<A>, text: &[u8], line: u32) -> Result<Node> {
    let (base, digits) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        _ => (10, text),
    };
    // Decimal numbers other than zero may not begin with a zero.
    let zeros = base == 10 && digits.len() > 1 && digits.first() == Some(&b'0');
    let bad = |base| Fail::bad_integer(base, line);
    if zeros {
        return match digits.iter().all(|d| *d == b'0') {
            true => tree.small_int(0),
            false => Err(bad(0)),
        };
    }
    let mut value = 0i64;
    for digit in digits {
        let Some(digit) = char::from(*digit).to_digit(u32::from(base)) else {
            return Err(bad(base));
        };
        let next = value.checked_mul(i64::from(base)).and_then(|v| v.checked_add(i64::from(digit)));
        match next {
            Some(next) => value = next,
            None => return long_integer(tree, digits, base, line, bad(base)),
        }
    }
    if digits.is_empty() {
        return Err(bad(base));
    }
    fold::integer(tree, value, line)
}

#[cold]
fn long_integer<A: Allocator + Clone>(
    tree: &mut Tree<A>,
    digits: &[u8],
    base: u8,
    line: u32,
    bad: Fail,
) -> Result<Node> {
    let base = u32::from(base);
    let allocator = tree.literals.allocator().clone();
    let len = bignum::from_text_len(digits.len(), base).map_err(|_| bad)?;
    let mut limbs = zeroed(len, allocator.clone())?;
    let scratch_len = bignum::from_text_scratch_len(digits.len(), base);
    // With less scratch it is only slower.
    let mut scratch = zeroed(scratch_len, allocator.clone()).or_else(|_| zeroed(0, allocator))?;
    let watch = &mut Watch::never();
    let used = bignum::from_text(&mut limbs, digits, base, &mut scratch, watch).map_err(|_| bad)?;
    let literal = tree.literals.add_int(false, limbs.get(..used).unwrap_or(&[]))?;
    tree.constant(literal, line)
}

pub(crate) fn zeroed<A: Allocator>(len: usize, allocator: A) -> Result<Vec<Limb, A>> {
    let mut limbs = Vec::new_in(allocator);
    limbs.try_reserve_exact(len).map_err(|_| Fail::memory())?;
    limbs.resize(len, 0);
    Ok(limbs)
}

/// The node of a token with a point, an exponent or an imaginary unit.
#[inline(never)]
pub(crate) fn float<A: Allocator + Clone>(tree: &mut Tree<A>, text: &[u8], line: u32) -> Result<Node> {
    let (digits, imaginary) = match text {
        [digits @ .., b'j' | b'J'] => (digits, true),
        _ => (text, false),
    };
    let value = krait_numfmt::parse::<f64>(digits)
        .filter(|_| digits.first().is_some_and(|d| d.is_ascii_digit() || *d == b'.'))
        .ok_or(Fail::syntax("invalid syntax for number", line))?;
    let literal = match imaginary {
        true => tree.literals.add_imaginary(value)?,
        false => tree.literals.add_float(value)?,
    };
    tree.constant(literal, line)
}
