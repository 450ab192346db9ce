//! Text and single characters by a [`Spec`].

use core::fmt::Write;

use crate::{Align, Error, Padding, Sign, Spec, write_fill};

/// The bytes of the first `n` characters.
fn first_chars(s: &str, n: usize) -> &str {
    let end = s.char_indices().nth(n).map_or(s.len(), |(at, _)| at);
    s.get(..end).unwrap_or(s)
}

/// Writes text: cut to the precision and padded to the width, both counted in characters.
pub fn write_text(w: &mut dyn Write, spec: &Spec, s: &str) -> Result<(), Error> {
    if spec.sign != Sign::Minus {
        return Err(Error::SignInText);
    }
    if spec.align == Some(Align::AfterSign) {
        return Err(Error::PadAfterSignInText);
    }
    if let Some(code) = spec.code.filter(|&code| code != 's') {
        return Err(Error::UnknownCode(code));
    }
    let s = match spec.precision {
        Some(n) if (n as usize) < s.len() => first_chars(s, n as usize),
        _ => s,
    };
    padded(w, spec, s, Align::Left)
}

/// Writes an integer's character, for code `c`: aligned right like a number.
pub fn write_char(w: &mut dyn Write, spec: &Spec, c: char) -> Result<(), Error> {
    if spec.sign != Sign::Minus {
        return Err(Error::SignWithChar);
    }
    padded(w, spec, c.encode_utf8(&mut [0; 4]), Align::Right)
}

fn padded(w: &mut dyn Write, spec: &Spec, s: &str, default: Align) -> Result<(), Error> {
    if spec.width == 0 {
        return Ok(w.write_str(s)?);
    }
    let pad = Padding::of(spec, s.chars().count(), default);
    write_fill(w, pad.before, pad.fill)?;
    w.write_str(s)?;
    write_fill(w, pad.behind, pad.fill)?;
    Ok(())
}
