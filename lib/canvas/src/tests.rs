//! Tests of the canvas.

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;

fn formats() -> impl Iterator<Item = Format> {
    (0..7).filter_map(Format::of)
}

fn canvas(format: Format) -> (Geometry, Vec<u8>) {
    let (g, bytes) = Geometry::new(21, 18, 24, format).unwrap();
    (g, vec![0x5a; bytes as usize])
}

proptest! {
    #[test]
    fn rectangles_are_their_pixels(x in -5i64..30, y in -5i64..30, w in -2i64..30, h in -2i64..30, colour: u32) {
        for format in formats() {
            let (g, mut fast) = canvas(format);
            let mut slow = fast.clone();
            Canvas::new(&mut fast, g).fill_rect(x, y, w, h, colour);
            let mut c = Canvas::new(&mut slow, g);
            for j in y..y + h.max(0) {
                for i in x..x + w.max(0) {
                    c.set(i, j, colour);
                }
            }
            prop_assert_eq!(&fast, &slow, "{:?}", format);
        }
    }

    #[test]
    fn lines_are_stepped(x1 in -60i64..60, y1 in -60i64..60, x2 in -60i64..60, y2 in -60i64..60) {
        let (g, mut fast) = canvas(Format::Gs8);
        let mut slow = fast.clone();
        Canvas::new(&mut fast, g).line(x1, y1, x2, y2, 7);
        // The same line, with nothing skipped: moved to the middle of a large canvas.
        let (large, bytes) = Geometry::new(300, 300, 300, Format::Gs8).unwrap();
        let mut all = vec![0; bytes as usize];
        Canvas::new(&mut all, large).line(x1 + 100, y1 + 100, x2 + 100, y2 + 100, 7);
        let mut c = Canvas::new(&mut slow, g);
        for y in 0..18 {
            for x in 0..21 {
                if large.read(&all, x + 100, y + 100) == 7 {
                    c.set(x.into(), y.into(), 7);
                }
            }
        }
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn any_numbers_and_short_buffers(n in 0usize..200, a: i64, b: i64, c in -600i64..600, d: i64, colour: u32) {
        for format in formats() {
            let (g, _) = Geometry::new(40, 30, 41, format).unwrap();
            let mut bytes = vec![0; n];
            let mut canvas = Canvas::new(&mut bytes, g);
            canvas.fill_rect(a, b, c, d, colour);
            canvas.outline(a, b, d, c, colour);
            canvas.line(a, b, c, d, colour);
            canvas.ellipse((a, b), c, c / 2, colour, 0x1f);
            canvas.ellipse((c, c), c, -c, colour, 0x0f);
            canvas.scroll(c % 40, a % 30);
            canvas.scroll(a, b);
            canvas.character(colour as u8, a, c, 1);
            canvas.fill(colour);
        }
    }

    #[test]
    fn batches_are_the_sorted_crossings(columns in prop::collection::vec(-50i64..50, 0..100)) {
        let columns = if columns.len() % 2 == 0 { columns } else { columns[1..].to_vec() };
        let mut got = Vec::new();
        let mut nodes = Nodes::new();
        loop {
            columns.iter().enumerate().for_each(|(i, c)| nodes.add(*c, i));
            got.extend(nodes.spans());
            if !nodes.next_batch() {
                break;
            }
        }
        let mut sorted = columns.clone();
        sorted.sort();
        let want: Vec<_> = sorted.chunks(2).map(|p| (p[0], p[1] - p[0] + 1)).collect();
        prop_assert_eq!(got, want);
    }
}

#[test]
fn scrolling_moves_every_pixel() {
    for format in formats() {
        for (dx, dy) in [(0, 0), (3, 0), (-3, 0), (0, 2), (0, -2), (2, 3), (-1, -17), (20, 1), (21, 0)] {
            let (g, mut bytes) = canvas(format);
            bytes.iter_mut().enumerate().for_each(|(i, b)| *b = (i * 37) as u8);
            let before = bytes.clone();
            Canvas::new(&mut bytes, g).scroll(dx, dy);
            for y in 0..18i64 {
                for x in 0..21i64 {
                    let (fx, fy) = (x - dx, y - dy);
                    let inside = (0..21).contains(&fx) && (0..18).contains(&fy) && dx < 21;
                    let want = if inside {
                        g.read(&before, fx as u32, fy as u32)
                    } else {
                        g.read(&before, x as u32, y as u32)
                    };
                    assert_eq!(g.read(&bytes, x as u32, y as u32), want, "{format:?} {dx} {dy} {x} {y}");
                }
            }
        }
    }
}
