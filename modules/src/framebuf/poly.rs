//! `FrameBuffer.poly`.

use krait_canvas::{EdgeAt, Nodes, edge_at};
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Outcome, Raised, Value, Vm};

use super::{FrameBuffer, flag, this};

/// Vertices in an array: x, y, x, y, ...
struct Vertices {
    items: Buffer,
    count: usize,
}

impl Vertices {
    fn of(vm: &mut Vm, v: Value) -> Result<Vertices, Raised> {
        let items = vm.need_buffer(v, false)?;
        if items.kind().is_float() {
            return Err(vm.type_error(format_args!("can't convert float to int")));
        }
        Ok(Vertices { items, count: items.len / items.kind().size / 2 })
    }

    fn coordinate(&self, vm: &Vm, i: usize) -> i64 {
        let kind = self.items.kind();
        let bytes = self.items.bytes(vm).get(i * kind.size..).unwrap_or_default();
        // Within the span of 32-bit integers, so that products fit.
        kind.extend(kind.load(bytes, cfg!(target_endian = "big"))).clamp(-(1 << 28), 1 << 28)
    }

    fn get(&self, vm: &Vm, i: usize) -> (i64, i64) {
        (self.coordinate(vm, 2 * i), self.coordinate(vm, 2 * i + 1))
    }

    /// The edge that ends at the vertex `i`, seen from its end: the last edge closes the polygon.
    fn edge(&self, vm: &Vm, i: usize) -> ((i64, i64), (i64, i64)) {
        let next = if i + 1 < self.count { i + 1 } else { 0 };
        (self.get(vm, next), self.get(vm, i))
    }
}

/// `poly(x, y, vertices, colour, fill=False)`
pub(super) fn poly(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let fb = this(vm, args.get(0))?;
    let x = vm.need_int(args.get(1).unwrap_or(Value::NONE))? as i64;
    let y = vm.need_int(args.get(2).unwrap_or(Value::NONE))? as i64;
    let at = (x.clamp(-(1 << 28), 1 << 28), y.clamp(-(1 << 28), 1 << 28));
    let vertices = Vertices::of(vm, args.get(3).unwrap_or(Value::NONE))?;
    let colour = vm.need_int(args.get(4).unwrap_or(Value::NONE))? as u32;
    if flag(vm, args, 5)? {
        return fill(vm, &fb, at, &vertices, colour);
    }
    for i in (0..vertices.count).rev() {
        let (p, q) = vertices.edge(vm, i);
        fb.canvas(vm).line(at.0 + p.0, at.1 + p.1, at.0 + q.0, at.1 + q.1, colour);
        vm.poll()?;
    }
    Ok(Value::NONE)
}

fn fill(vm: &mut Vm, fb: &FrameBuffer, (x, y): (i64, i64), vertices: &Vertices, colour: u32) -> Outcome {
    let (mut top, mut bottom) = (i64::MAX, i64::MIN);
    for i in 0..vertices.count {
        let row = vertices.coordinate(vm, 2 * i + 1);
        top = top.min(row);
        bottom = bottom.max(row);
    }
    // Only rows that are seen.
    let top = top.max(-y);
    let bottom = bottom.min(i64::from(fb.geometry.height) - 1 - y);
    for row in top..=bottom {
        let mut nodes = Nodes::new();
        let mut first = true;
        loop {
            vm.poll()?;
            for i in (0..vertices.count).rev() {
                let (p, q) = vertices.edge(vm, i);
                match edge_at(p, q, row) {
                    EdgeAt::Nothing => {}
                    EdgeAt::Crossing(column) => nodes.add(column, i),
                    EdgeAt::Point((px, py)) if first => fb.canvas(vm).set(x + px, y + py, colour),
                    EdgeAt::Along if first => {
                        fb.canvas(vm).line(x + p.0, y + p.1, x + q.0, y + q.1, colour);
                    }
                    EdgeAt::Point(_) | EdgeAt::Along => {}
                }
            }
            for (column, width) in nodes.spans() {
                fb.canvas(vm).fill_rect(x + column, y + row, width, 1, colour);
            }
            if !nodes.next_batch() {
                break;
            }
            first = false;
        }
    }
    Ok(Value::NONE)
}
