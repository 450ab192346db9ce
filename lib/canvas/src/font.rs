//! The font: 8 by 8 pixels, ASCII.
//!
//! `petme128.bin` is the glyph table of MicroPython's `framebuf` (MIT, see `petme128.LICENSE`), taken as data so that
//! what a program draws is what its author saw: a byte is a column, its lowest bit on top, 8 columns a glyph, from the
//! space (32) to the box (127).

/// Columns of a glyph.
pub const GLYPH_WIDTH: i64 = 8;

static GLYPHS: &[u8; 768] = include_bytes!("petme128.bin");

/// The columns of a character's glyph; the box for what is no printable ASCII.
pub fn glyph(c: u8) -> [u8; 8] {
    let c = if (32..128).contains(&c) { c } else { 127 };
    let at = usize::from(c - 32) * 8;
    GLYPHS.get(at..).and_then(|g| g.first_chunk()).copied().unwrap_or_default()
}
