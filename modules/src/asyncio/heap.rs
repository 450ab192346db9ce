//! A pairing heap through links in the tasks: insertion in constant time, removal in logarithmic time on average,
//! no memory of its own.
//!
//! Invariant: a task's `prev` is its left sibling, or its parent if it is the first child; the root has none, and
//! no sibling.

use krait_runtime::Ref;

use super::task::Task;

type Link = Option<Ref<Task>>;

/// Puts one heap below the other's root.
pub(super) fn meld(a: Link, b: Link) -> Link {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
    let (top, sub) = if b.before(&a) { (b, a) } else { (a, b) };
    let child = top.child.get();
    if let Some(child) = child {
        child.prev.set(Some(sub));
    }
    sub.next.set(child);
    sub.prev.set(Some(top));
    top.child.set(Some(sub));
    Some(top)
}

/// One heap of a list of siblings: melded in pairs, then these from the right.
fn gather(first: Link) -> Link {
    let mut pairs: Link = None;
    let mut rest = first;
    while let Some(a) = rest {
        let b = a.next.take();
        rest = b.and_then(|b| b.next.take());
        a.prev.set(None);
        if let Some(b) = b {
            b.prev.set(None);
        }
        if let Some(pair) = meld(Some(a), b) {
            pair.next.set(pairs);
            pairs = Some(pair);
        }
    }
    let mut root = None;
    while let Some(pair) = pairs {
        pairs = pair.next.take();
        root = meld(root, Some(pair));
    }
    root
}

/// The heap without the task, which is in it.
pub(super) fn without(root: Link, task: Ref<Task>) -> Link {
    let below = gather(task.child.take());
    if root == Some(task) {
        return below;
    }
    let next = task.next.take();
    if let Some(prev) = task.prev.take() {
        if prev.child.get() == Some(task) {
            prev.child.set(next);
        } else {
            prev.next.set(next);
        }
        if let Some(next) = next {
            next.prev.set(Some(prev));
        }
    }
    meld(root, below)
}
