//! Filled polygons: where the edges cross a row.
//!
//! The canvas and the vertices may lie in one heap, so this gives numbers and the caller draws. Crossings come in
//! ascending batches of [`NODES`], so that no polygon needs memory: each batch looks at all edges again.

/// Crossings in a batch. Even: spans lie between pairs.
pub const NODES: usize = 32;

/// What an edge does in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeAt {
    /// Nothing.
    Nothing,
    /// It crosses the row at this column.
    Crossing(i64),
    /// It ends here at the bottom, in this point, which no crossing covers.
    Point((i64, i64)),
    /// It lies in the row.
    Along,
}

/// What the edge from `p` to `q` does in a row. Its bottom end is not part of a crossing, lest the next edge cross
/// there again.
pub fn edge_at(p: (i64, i64), q: (i64, i64), row: i64) -> EdgeAt {
    let ((px, py), (qx, qy)) = (p, q);
    if py != qy && (py > row) != (qy > row) {
        // In 32nds of a pixel, rounded.
        let along = 32i64.saturating_mul(qx - px).saturating_mul(row - py) / (qy - py);
        return EdgeAt::Crossing((32 * px + along + 16) / 32);
    }
    if row != py.max(qy) {
        return EdgeAt::Nothing;
    }
    match py.cmp(&qy) {
        core::cmp::Ordering::Less => EdgeAt::Point(q),
        core::cmp::Ordering::Greater => EdgeAt::Point(p),
        core::cmp::Ordering::Equal => EdgeAt::Along,
    }
}

/// The next crossings of a row, in ascending order.
pub struct Nodes {
    found: [(i64, usize); NODES],
    len: usize,
    /// The last crossing of the batch before.
    after: Option<(i64, usize)>,
}

impl Default for Nodes {
    fn default() -> Self {
        Nodes::new()
    }
}

impl Nodes {
    /// For a new row.
    pub fn new() -> Nodes {
        Nodes { found: [(0, 0); NODES], len: 0, after: None }
    }

    /// Takes the crossing of the edge `i`, unless it was in a batch before or is beyond this one.
    pub fn add(&mut self, column: i64, i: usize) {
        let node = (column, i);
        if self.after.is_some_and(|a| node <= a) {
            return;
        }
        let at = self.found.iter().take(self.len).position(|n| *n > node).unwrap_or(self.len);
        if at >= NODES {
            return;
        }
        self.len = (self.len + 1).min(NODES);
        if let Some(rest) = self.found.get_mut(at..self.len) {
            rest.rotate_right(1);
            if let Some(first) = rest.first_mut() {
                *first = node;
            }
        }
    }

    /// The batch's spans: first column and width.
    pub fn spans(&self) -> impl Iterator<Item = (i64, i64)> {
        let full = self.found.get(..self.len).unwrap_or_default();
        full.chunks_exact(2).filter_map(|pair| match pair {
            [(a, _), (b, _)] => Some((*a, b - a + 1)),
            _ => None,
        })
    }

    /// Begins the next batch; false if there can be none.
    pub fn next_batch(&mut self) -> bool {
        if self.len < NODES {
            return false;
        }
        self.after = self.found.last().copied();
        self.len = 0;
        true
    }
}
