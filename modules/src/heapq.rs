//! `heapq`: a list as a binary heap, the smallest item first.
//!
//! Invariant: a comparison may run any Python, which may change the list: places are looked up anew after each one,
//! and an item is always in the list while it is compared, so that none is lost when a comparison raises.

use krait_runtime::obj::list::List;
use krait_runtime::{BinaryOp, Outcome, Raised, Ref, Value, Vm, module};

module! {
    /// `heapq`
    pub static HEAPQ: q!(heapq);
    q!(heappush) => f2(heappush),
    q!(heappop) => f1(heappop),
    q!(heapify) => f1(heapify),
    q!(heapreplace) => f2(heapreplace),
    q!(heappushpop) => f2(heappushpop),
}

fn heap(vm: &mut Vm, v: Value) -> Result<Ref<List>, Raised> {
    match vm.cast::<List>(v) {
        Some(l) => Ok(l),
        None => Err(vm.type_error(format_args!("heap must be a list"))),
    }
}

fn less(vm: &mut Vm, a: Value, b: Value) -> Result<bool, Raised> {
    if let (Some(a), Some(b)) = (a.as_small_int(), b.as_small_int()) {
        return Ok(a < b);
    }
    let r = vm.binary(BinaryOp::Less, a, b)?;
    vm.truth(r)
}

fn swap(heap: Ref<List>, i: usize, j: usize) {
    if let (Some(a), Some(b)) = (heap.items.get(i), heap.items.get(j)) {
        heap.items.set(i, b);
        heap.items.set(j, a);
    }
}

/// Moves the item at `at` towards the top, but not beyond `top`.
fn rise(vm: &mut Vm, heap: Ref<List>, top: usize, mut at: usize) -> Result<(), Raised> {
    while at > top {
        let parent = (at - 1) / 2;
        let (Some(item), Some(above)) = (heap.items.get(at), heap.items.get(parent)) else { break };
        if !less(vm, item, above)? {
            break;
        }
        swap(heap, at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves the item at `top` down to the leaves along the smaller children, and then up to its place.
fn sink(vm: &mut Vm, heap: Ref<List>, top: usize) -> Result<(), Raised> {
    let mut at = top;
    while let Some(left) = heap.items.get(2 * at + 1) {
        let mut child = 2 * at + 1;
        if let Some(right) = heap.items.get(child + 1)
            && !less(vm, left, right)?
        {
            child += 1;
        }
        swap(heap, at, child);
        at = child;
    }
    rise(vm, heap, top, at)
}

fn heappush(vm: &mut Vm, list: Value, item: Value) -> Outcome {
    let heap = heap(vm, list)?;
    heap.items.push(vm, item)?;
    rise(vm, heap, 0, heap.items.len() - 1)?;
    Ok(Value::NONE)
}

fn heappop(vm: &mut Vm, list: Value) -> Outcome {
    let heap = heap(vm, list)?;
    let Some(last) = heap.items.pop() else { return Err(vm.index_error("empty heap")) };
    let Some(first) = heap.items.get(0) else { return Ok(last) };
    heap.items.set(0, last);
    sink(vm, heap, 0)?;
    Ok(first)
}

fn heapify(vm: &mut Vm, list: Value) -> Outcome {
    let heap = heap(vm, list)?;
    for at in (0..heap.items.len() / 2).rev() {
        vm.poll()?;
        sink(vm, heap, at)?;
    }
    Ok(Value::NONE)
}

/// `heapreplace(heap, item)`: pops the smallest, then pushes.
fn heapreplace(vm: &mut Vm, list: Value, item: Value) -> Outcome {
    let heap = heap(vm, list)?;
    let Some(first) = heap.items.get(0) else { return Err(vm.index_error("empty heap")) };
    heap.items.set(0, item);
    sink(vm, heap, 0)?;
    Ok(first)
}

/// `heappushpop(heap, item)`: pushes, then pops the smallest.
fn heappushpop(vm: &mut Vm, list: Value, item: Value) -> Outcome {
    let heap = heap(vm, list)?;
    match heap.items.get(0) {
        Some(first) if less(vm, first, item)? => {
            // The comparison may have emptied the list.
            match heap.items.get(0) {
                Some(first) => {
                    heap.items.set(0, item);
                    sink(vm, heap, 0)?;
                    Ok(first)
                }
                None => Ok(item),
            }
        }
        _ => Ok(item),
    }
}
