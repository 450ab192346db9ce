//! Lines, as Bresenham draws them.
//!
//! The surprising fact: of a long line only the part that can be seen is stepped through. After `i` steps along the
//! longer axis the line has made `(2 * short * i + long) / (2 * long)` steps along the shorter one.

use crate::Canvas;

/// Coordinates are taken to lie this near to the origin.
const FAR: i64 = 1 << 29;

impl Canvas<'_> {
    /// A line of one pixel's width; both ends belong to it.
    pub fn line(&mut self, x1: i64, y1: i64, x2: i64, y2: i64, colour: u32) {
        let [x1, y1, x2, y2] = [x1, y1, x2, y2].map(|n| n.clamp(-FAR, FAR));
        let g = self.geometry();
        let (dx, dy) = ((x2 - x1).abs(), (y2 - y1).abs());
        let towards = |d: i64| if d > 0 { 1 } else { -1 };
        let (sx, sy) = (towards(x2 - x1), towards(y2 - y1));
        let steep = dy > dx;
        let (long, short) = if steep { (dy, dx) } else { (dx, dy) };
        let (start, step, limit) = if steep { (y1, sy, g.height) } else { (x1, sx, g.width) };
        let (side, side_step) = if steep { (x1, sx) } else { (y1, sy) };
        // The steps at which the longer axis is inside.
        let limit = i64::from(limit);
        let (first, last) = if step > 0 { (-start, limit - start) } else { (start - limit + 1, start + 1) };
        let (first, last) = (first.max(0), last.min(long));
        if first < last {
            let mut made = (2 * short * first + long) / (2 * long);
            let mut error = 2 * short * (first + 1) - long - 2 * long * made;
            for i in first..last {
                let (a, b) = (start + step * i, side + side_step * made);
                if steep {
                    self.set(b, a, colour)
                } else {
                    self.set(a, b, colour)
                }
                if error >= 0 {
                    made += 1;
                    error -= 2 * long;
                }
                error += 2 * short;
            }
        }
        self.set(x2, y2, colour);
    }
}
