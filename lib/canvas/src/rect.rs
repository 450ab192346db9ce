//! Filled rectangles, a byte at a time where pixels share bytes.

use crate::{Canvas, Format};

impl Canvas<'_> {
    /// Fills the part of a rectangle that is inside.
    pub fn fill_rect(&mut self, x: i64, y: i64, w: i64, h: i64, colour: u32) {
        let g = self.geometry();
        let x1 = x.saturating_add(w).min(i64::from(g.width));
        let y1 = y.saturating_add(h).min(i64::from(g.height));
        let (x, y) = (x.max(0), y.max(0));
        if w < 1 || h < 1 || x >= x1 || y >= y1 {
            return;
        }
        let (x, y, x1, y1) = (x as u32, y as u32, x1 as u32, y1 as u32);
        match g.format.packing() {
            Some((log, high_first)) => (y..y1).for_each(|y| self.span(x, x1, y, log, high_first, colour)),
            None if g.format == Format::MonoVlsb => self.columns(x, y, x1, y1, colour),
            None => (y..y1).for_each(|y| self.span_565(x, x1, y, colour)),
        }
    }

    /// All pixels.
    pub fn fill(&mut self, colour: u32) {
        let g = self.geometry();
        self.fill_rect(0, 0, i64::from(g.width), i64::from(g.height), colour);
    }

    /// The outline of a rectangle, as `framebuf.rect` draws it: four lines.
    pub fn outline(&mut self, x: i64, y: i64, w: i64, h: i64, colour: u32) {
        let below = y.saturating_add(h).saturating_sub(1);
        let right = x.saturating_add(w).saturating_sub(1);
        self.fill_rect(x, y, w, 1, colour);
        self.fill_rect(x, below, w, 1, colour);
        self.fill_rect(x, y, 1, h, colour);
        self.fill_rect(right, y, 1, h, colour);
    }

    /// Pixels x to x1 of a row of packed pixels.
    fn span(&mut self, x: u32, x1: u32, y: u32, log: u32, high_first: bool, colour: u32) {
        let g = self.geometry();
        let bits = 8 >> log;
        // The colour in every pixel of a byte.
        let value = g.format.truncate(colour) & (0xffu16 >> (8 - bits)) as u8;
        let mut pattern = value;
        let mut have = bits;
        while have < 8 {
            pattern |= pattern << have;
            have *= 2;
        }
        // The pixels from the slot `from` to the end of a byte.
        let tail = |from: u32| -> u8 {
            let cut = from * bits;
            if high_first { (0xffu16 >> cut) as u8 } else { (0xffu16 << cut) as u8 }
        };
        let per = 1u32 << log;
        let row = y as usize * g.stride as usize;
        let (first, last) = ((row + x as usize) >> log, (row + x1 as usize) >> log);
        let head = tail(x & (per - 1));
        let over = tail(x1 & (per - 1));
        if first == last {
            self.blend(first, head & !over, pattern);
            return;
        }
        self.blend(first, head, pattern);
        let end = last.min(self.bytes.len());
        if let Some(middle) = self.bytes.get_mut((first + 1).min(end)..end) {
            middle.fill(pattern);
        }
        if !over != 0 {
            self.blend(last, !over, pattern);
        }
    }

    fn blend(&mut self, at: usize, mask: u8, pattern: u8) {
        if let Some(b) = self.bytes.get_mut(at) {
            *b = *b & !mask | pattern & mask;
        }
    }

    fn span_565(&mut self, x: u32, x1: u32, y: u32, colour: u32) {
        let g = self.geometry();
        let (Some(from), Some(to)) = (g.pixel_565(x, y), g.pixel_565(x1, y)) else { return };
        let to = to.min(self.bytes.len());
        let pixel = (colour as u16).to_ne_bytes();
        for p in self.bytes.get_mut(from.min(to)..to).unwrap_or_default().chunks_exact_mut(2) {
            p.copy_from_slice(&pixel);
        }
    }

    /// A rectangle of vertical bytes.
    fn columns(&mut self, x: u32, y: u32, x1: u32, y1: u32, colour: u32) {
        let g = self.geometry();
        let pattern = if colour != 0 { 0xff } else { 0 };
        for page in y >> 3..=(y1 - 1) >> 3 {
            let top = y.saturating_sub(page * 8);
            let end = (y1 - page * 8).min(8);
            let mask = (0xffu16 << top) as u8 & (0xffu16 >> (8 - end)) as u8;
            let from = page as usize * g.stride as usize + x as usize;
            let to = (from + (x1 - x) as usize).min(self.bytes.len());
            for b in self.bytes.get_mut(from.min(to)..to).unwrap_or_default() {
                *b = *b & !mask | pattern & mask;
            }
        }
    }
}
