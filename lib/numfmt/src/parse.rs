//! Text to the nearest float.
//!
//! Underscores are skipped wherever digits may stand, as MicroPython's lexer does. There is no
//! heap to copy a number to without them, so such numbers are brought to a canonical form of bounded length:
//! no float depends on more digits than its longest exact value has, and on whether any follow.

use core::fmt::Write;

use crate::Float;
use crate::shortest::Buffer;

/// Reads the whole of `text`: an optional sign, then digits with an optional point and exponent, or
/// `inf`, `infinity` or `nan` in any case. `None` for anything else, blanks included.
pub fn parse<F: Float>(text: &[u8]) -> Option<F> {
    let (value, used) = parse_prefix(text)?;
    (used == text.len()).then_some(value)
}

/// Reads the longest number at the start of `text`: its value and its length in bytes.
pub fn parse_prefix<F: Float>(text: &[u8]) -> Option<(F, usize)> {
    let (negative, body) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (magnitude, used) = word::<F>(body).or_else(|| number(body))?;
    let value = if negative { magnitude.negated() } else { magnitude };
    Some((value, text.len() - body.len() + used))
}

fn word<F: Float>(text: &[u8]) -> Option<(F, usize)> {
    let starts = |word: &[u8]| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts(b"infinity") {
        Some((F::INFINITY, 8))
    } else if starts(b"inf") {
        Some((F::INFINITY, 3))
    } else if starts(b"nan") {
        Some((F::NAN, 3))
    } else {
        None
    }
}

/// Where the parts of an unsigned number lie.
struct Extent {
    /// End of mantissa, point included.
    mantissa: usize,
    /// End of everything.
    end: usize,
    underscores: bool,
}

/// Bytes of digits and underscores at the start, whether there was a digit, whether an underscore.
fn digits(text: &[u8]) -> (usize, bool, bool) {
    let n = text.iter().take_while(|&&c| c.is_ascii_digit() || c == b'_').count();
    let run = text.get(..n).unwrap_or_default();
    let underscores = run.contains(&b'_');
    (n, run.iter().any(u8::is_ascii_digit), underscores)
}

fn extent(text: &[u8]) -> Option<Extent> {
    let after = |at: usize| text.get(at..).unwrap_or_default();
    let (mut at, mut any, mut underscores) = digits(text);
    if after(at).first() == Some(&b'.') {
        let (n, some, more) = digits(after(at + 1));
        at += 1 + n;
        any |= some;
        underscores |= more;
    }
    if !any {
        return None;
    }
    let mantissa = at;
    if let [b'e' | b'E', rest @ ..] = after(at) {
        let sign = usize::from(matches!(rest, [b'+' | b'-', ..]));
        let (n, some, more) = digits(rest.get(sign..).unwrap_or_default());
        if some {
            at += 1 + sign + n;
            underscores |= more;
        }
    }
    Some(Extent { mantissa, end: at, underscores })
}

fn number<F: Float>(text: &[u8]) -> Option<(F, usize)> {
    let extent = extent(text)?;
    let whole = text.get(..extent.end)?;
    let value = if extent.underscores {
        canonical(text.get(..extent.mantissa)?, text.get(extent.mantissa..extent.end)?)?
    } else {
        core::str::from_utf8(whole).ok()?.parse().ok()?
    };
    Some((value, extent.end))
}

/// The exponent's value, held within bounds that no mantissa in memory can bring back into range.
fn exponent(text: &[u8]) -> i64 {
    let negative = text.contains(&b'-');
    let magnitude =
        text.iter().filter(|c| c.is_ascii_digit()).fold(0i64, |x, c| (x * 10 + i64::from(c - b'0')).min(i64::MAX / 32));
    if negative { -magnitude } else { magnitude }
}

/// Rewrites a number as digits and an exponent without point or underscores, and reads that.
fn canonical<F: Float>(mantissa: &[u8], exp: &[u8]) -> Option<F> {
    let mut room = F::NO_DIGITS;
    let room = room.as_mut();
    // Room for the last digit, an `e`, and an exponent of at most ten characters.
    let limit = room.len().checked_sub(12)?;
    let (mut len, mut power, mut more, mut point) = (0usize, exponent(exp), false, false);
    for &c in mantissa {
        match c {
            b'.' => point = true,
            b'0'..=b'9' => {
                let kept = len < limit;
                if kept && !(len == 0 && c == b'0') {
                    *room.get_mut(len)? = c;
                    len += 1;
                }
                more |= !kept && c != b'0';
                power += match (kept, point) {
                    (true, true) => -1,
                    (false, false) => 1,
                    _ => 0,
                };
            }
            _ => {}
        }
    }
    if len == 0 {
        *room.get_mut(len)? = b'0';
        len = 1;
    }
    if more {
        // Whatever follows only matters as being more than nothing.
        *room.get_mut(len)? = b'1';
        len += 1;
        power -= 1;
    }
    let mut tail = [0; 12];
    let mut buffer = Buffer::new(&mut tail);
    write!(buffer, "e{}", power.clamp(-99_999_999, 99_999_999)).ok()?;
    let tail = buffer.into_str();
    room.get_mut(len..len + tail.len())?.copy_from_slice(tail.as_bytes());
    let text = room.get(..len + tail.len())?;
    core::str::from_utf8(text).ok()?.parse().ok()
}
