//! Pixels in a byte buffer: the formats of small displays, and the drawing calls of MicroPython's `framebuf`.
//!
//! Invariant: a drawing call touches only pixels inside the canvas, and takes time in proportion to the canvas, not to
//! the numbers it was given (an ellipse: to its radius, which is bounded). A buffer shorter than the
//! [`Geometry`] needs is no error: what lies outside reads as 0 and is not written.
//!
//! Absent: memory of its own, the font's ownership of a cursor, colour conversion.
#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod ellipse;
mod font;
mod format;
mod line;
mod polygon;
mod rect;

pub use ellipse::{FILL, RADIUS_MAX};
pub use font::{GLYPH_WIDTH, glyph};
pub use format::{Format, Geometry};
pub use polygon::{EdgeAt, NODES, Nodes, edge_at};

/// A buffer seen as pixels.
pub struct Canvas<'a> {
    bytes: &'a mut [u8],
    geometry: Geometry,
}

impl<'a> Canvas<'a> {
    /// The canvas on these bytes.
    pub fn new(bytes: &'a mut [u8], geometry: Geometry) -> Canvas<'a> {
        Canvas { bytes, geometry }
    }

    /// Its size and format.
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// Whether there is such a pixel.
    fn inside(&self, x: i64, y: i64) -> Option<(u32, u32)> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        (x < self.geometry.width && y < self.geometry.height).then_some((x, y))
    }

    /// Sets a pixel, if there is such a one.
    pub fn set(&mut self, x: i64, y: i64, colour: u32) {
        if let Some((x, y)) = self.inside(x, y) {
            self.put(x, y, colour);
        }
    }

    /// A pixel, if there is such a one.
    pub fn get(&self, x: i64, y: i64) -> Option<u32> {
        self.inside(x, y).map(|(x, y)| self.geometry.read(self.bytes, x, y))
    }

    /// Sets the pixel of a place inside.
    pub(crate) fn put(&mut self, x: u32, y: u32, colour: u32) {
        let g = self.geometry;
        let Some((at, shift, mask)) = g.place(x, y) else {
            if let Some(pixel) = g.pixel_565(x, y).and_then(|at| self.bytes.get_mut(at..)?.first_chunk_mut()) {
                *pixel = (colour as u16).to_ne_bytes();
            }
            return;
        };
        if let Some(byte) = self.bytes.get_mut(at) {
            *byte = *byte & !(mask << shift) | (g.format.truncate(colour) & mask) << shift;
        }
    }

    /// Draws one character of the font, its upper left corner at (x, y): only the set pixels. What is no ASCII is a
    /// box.
    pub fn character(&mut self, c: u8, x: i64, y: i64, colour: u32) {
        for (x, column) in (x..).zip(glyph(c)) {
            for bit in 0..8 {
                if column >> bit & 1 != 0 {
                    self.set(x, y.saturating_add(bit), colour);
                }
            }
        }
    }

    /// Moves all pixels by (dx, dy). What leaves the canvas is lost; what is not reached keeps its colour.
    pub fn scroll(&mut self, dx: i64, dy: i64) {
        let (w, h) = (i64::from(self.geometry.width), i64::from(self.geometry.height));
        if dx.unsigned_abs() >= w as u64 || dy.unsigned_abs() >= h as u64 {
            return;
        }
        let (columns, rows) = (w - dx.abs(), h - dy.abs());
        for j in 0..rows {
            // Rows and pixels that are still to be moved must not be overwritten: start at the far end.
            let y = if dy < 0 { j } else { h - 1 - j };
            if self.shift_row(y, dx, dy) {
                continue;
            }
            for i in 0..columns {
                let x = if dx < 0 { i } else { w - 1 - i };
                if let Some(colour) = self.get(x - dx, y - dy) {
                    self.set(x, y, colour);
                }
            }
        }
    }

    /// Moves a row of whole bytes; false if pixels are smaller than bytes.
    fn shift_row(&mut self, y: i64, dx: i64, dy: i64) -> bool {
        let size = match self.geometry.format {
            Format::Gs8 => 1,
            Format::Rgb565 => 2,
            _ => return false,
        };
        let g = self.geometry;
        let n = (i64::from(g.width) - dx.abs()) * size;
        let row = |y: i64, x: i64| (y * i64::from(g.stride) + x) * size;
        let from = row(y - dy, (-dx).max(0));
        let to = row(y, dx.max(0));
        let end = from.max(to) + n;
        if from.min(to) < 0 || end as u64 > self.bytes.len() as u64 {
            return false;
        }
        self.bytes.copy_within(from as usize..(from + n) as usize, to as usize);
        true
    }
}

#[cfg(test)]
mod tests;
