//! Ellipses, by John Kennedy's integer algorithm ("A fast Bresenham type algorithm for drawing ellipses").

use crate::Canvas;

/// In a mask of quadrants (bits 0 to 3, counter-clockwise from the upper right): fill them.
pub const FILL: u8 = 0x10;

/// The largest radius, so that sums of its third power fit in 64 bits.
pub const RADIUS_MAX: i64 = 1 << 19;

impl Canvas<'_> {
    /// The quadrants of an ellipse that `mask` selects. Radii are clamped to [`RADIUS_MAX`].
    pub fn ellipse(&mut self, centre: (i64, i64), rx: i64, ry: i64, colour: u32, mask: u8) {
        if rx == 0 && ry == 0 {
            if mask & 0x0f != 0 {
                self.set(centre.0, centre.1, colour);
            }
            return;
        }
        let [rx, ry] = [rx, ry].map(|r| r.clamp(-RADIUS_MAX, RADIUS_MAX));
        arc(rx, ry, |x, y| self.quadrants(centre, x, y, colour, mask));
        arc(ry, rx, |y, x| self.quadrants(centre, x, y, colour, mask));
    }

    /// The point (x, y) of the first quadrant, mirrored into the others, or the spans from the middle to it.
    fn quadrants(&mut self, (cx, cy): (i64, i64), x: i64, y: i64, colour: u32, mask: u8) {
        for (bit, right, up) in [(1, true, true), (2, false, true), (4, false, false), (8, true, false)] {
            if mask & bit == 0 {
                continue;
            }
            let row = if up { cy.saturating_sub(y) } else { cy.saturating_add(y) };
            let left = if right { cx } else { cx.saturating_sub(x) };
            if mask & FILL != 0 {
                self.fill_rect(left, row, x + 1, 1, colour);
            } else {
                self.set(if right { cx.saturating_add(x) } else { left }, row, colour);
            }
        }
    }
}

/// The arc of an ellipse from the end of the half axis `a` to where it becomes as steep as flat: `b` goes up by one
/// each time, `a` down now and then.
fn arc(a: i64, b: i64, mut point: impl FnMut(i64, i64)) {
    let (aa, bb) = (a * a, b * b);
    let (mut x, mut y) = (a, 0);
    let (mut x_change, mut y_change) = (bb * (1 - 2 * a), aa);
    let (mut x_slope, mut y_slope) = (2 * bb * a, 0);
    let mut error = 0;
    while x_slope >= y_slope {
        point(x, y);
        y += 1;
        y_slope += 2 * aa;
        error += y_change;
        y_change += 2 * aa;
        if 2 * error + x_change > 0 {
            x -= 1;
            x_slope -= 2 * bb;
            error += x_change;
            x_change += 2 * bb;
        }
    }
}
