//! Padding.

use core::fmt::{self, Write};

use crate::{Align, Spec};

/// How many fill characters go before and behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Padding {
    /// Characters in front; for [`Align::AfterSign`] they go after the sign.
    pub before: usize,
    /// Characters behind.
    pub behind: usize,
    /// The character.
    pub fill: char,
}

impl Padding {
    /// The padding of text of this many characters, where `default` is how its kind is aligned. For
    /// values that do not pass through this crate, such as bytes.
    pub fn of(spec: &Spec, len: usize, default: Align) -> Padding {
        let pad = (spec.width as usize).saturating_sub(len);
        let before = match spec.align.unwrap_or(default) {
            Align::Left => 0,
            Align::Center => pad / 2,
            Align::Right | Align::AfterSign => pad,
        };
        Padding { before, behind: pad - before, fill: spec.fill_char() }
    }
}

/// Writes a character `count` times.
pub fn write_fill(w: &mut dyn Write, mut count: usize, fill: char) -> fmt::Result {
    if !fill.is_ascii() {
        for _ in 0..count {
            w.write_char(fill)?;
        }
        return Ok(());
    }
    let run = [fill as u8; 32];
    while count > 0 {
        let n = count.min(run.len());
        let text = run.get(..n).and_then(|run| core::str::from_utf8(run).ok());
        w.write_str(text.unwrap_or_default())?;
        count -= n;
    }
    Ok(())
}
