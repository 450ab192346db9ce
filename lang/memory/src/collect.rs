//! Collection: precise marking by type, then conservative marking from the native stack, then the sweep.
//!
//! Invariant: a marked object is either traced or on the grey stack; when that is full, `overflowed` says that
//! marked objects exist whose children are not, and a walk over all marked objects finds them again.
//! Raw buffers are marked by their owners and never scanned, except when only a native holds one: then its
//! words are taken as possible references.

use crate::bitmap::BITS;
use crate::heap::{GRANULE, Heap};
use crate::object::{Head, Ref};
use crate::roots::StackBounds;
use crate::value::Value;

/// Entries of the mark stack. Deep structures beyond it cost rescans, not memory.
const GREY: usize = 128;

pub(crate) struct GreyStack {
    items: [u32; GREY],
    len: usize,
    overflowed: bool,
}

impl GreyStack {
    pub(crate) const fn new() -> GreyStack {
        GreyStack { items: [0; GREY], len: 0, overflowed: false }
    }

    #[inline(always)]
    fn push(&mut self, g: usize) {
        match self.items.get_mut(self.len) {
            Some(slot) => {
                *slot = g as u32;
                self.len += 1;
            }
            None => self.overflowed = true,
        }
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<usize> {
        self.len = self.len.checked_sub(1)?;
        self.items.get(self.len).map(|g| *g as usize)
    }
}

/// Reports references to the collector.
pub struct Tracer<'h> {
    heap: &'h mut Heap,
}

impl Tracer<'_> {
    /// Reports a value.
    #[inline(always)]
    pub fn value(&mut self, v: Value) {
        if v.is_obj() {
            self.object_at(v.bits());
        }
    }

    /// Reports a value that may be absent.
    #[inline(always)]
    pub fn opt(&mut self, v: Option<Value>) {
        if let Some(v) = v {
            self.value(v);
        }
    }

    /// Reports a reference.
    #[inline(always)]
    pub fn reference<T>(&mut self, r: Ref<T>) {
        self.object_at(r.as_ptr().addr().get());
    }

    /// Reports a reference that may be absent.
    #[inline(always)]
    pub fn opt_reference<T>(&mut self, r: Option<Ref<T>>) {
        if let Some(r) = r {
            self.reference(r);
        }
    }

    /// Reports values that lie together.
    #[inline(always)]
    pub fn values(&mut self, vs: &[Value]) {
        for v in vs {
            self.value(*v);
        }
    }

    /// Reports a raw buffer, whose contents the caller reports by itself. Null is allowed. True if it was not
    /// reported before.
    #[inline(always)]
    pub fn block(&mut self, p: *const u8) -> bool {
        match self.heap.granule_of(p.addr()) {
            Some(g) if self.heap.planes.is_head(g) => self.heap.planes.set_mark(g),
            _ => false,
        }
    }

    /// Whether the object at `v` has been reached so far. What is not in the heap always counts as reached.
    pub fn is_marked(&self, v: Value) -> bool {
        match v.as_head().and_then(|h| self.heap.granule_of(h.addr().get())) {
            Some(g) => self.heap.planes.is_marked(g),
            None => true,
        }
    }

    #[inline(always)]
    fn object_at(&mut self, addr: usize) {
        if let Some(g) = self.heap.granule_of(addr)
            && self.heap.planes.set_mark(g)
        {
            debug_assert!(self.heap.planes.is_object_head(g));
            self.heap.grey.push(g);
        }
    }

    fn trace_object(&mut self, g: usize) {
        let head = self.heap.address(g).cast::<Head>();
        // SAFETY: g is the head of a live object: its type word is valid, and the type's trace function is
        // the one for its body.
        unsafe {
            let ty = head.as_ref().type_ptr();
            self.object_at(ty.addr().get());
            (ty.as_ref().body.trace_fn())(head, self);
        }
    }

    /// Traces until all that is reachable from what was reported so far is marked.
    pub fn drain(&mut self) {
        loop {
            while let Some(g) = self.heap.grey.pop() {
                self.trace_object(g);
            }
            if !self.heap.grey.overflowed {
                return;
            }
            self.heap.grey.overflowed = false;
            for word in 0..self.heap.planes.words() {
                let mut objects = self.heap.planes.marks(word) & self.heap.planes.used(word);
                while objects != 0 {
                    let g = word * BITS + objects.trailing_zeros() as usize;
                    objects &= objects - 1;
                    self.trace_object(g);
                    while let Some(g) = self.heap.grey.pop() {
                        self.trace_object(g);
                    }
                }
            }
        }
    }

    /// Marks what the words of `from..to` may refer to.
    ///
    /// # Safety
    /// The range is readable and word-aligned.
    pub(crate) unsafe fn scan(&mut self, from: *const usize, to: *const usize, depth: u32) {
        let mut p = from;
        while p < to {
            // SAFETY: in the range. Volatile, since the words may be anything.
            let word = unsafe { p.read_volatile() };
            // SAFETY: p < to.
            p = unsafe { p.add(1) };
            self.candidate(word, depth);
        }
    }

    /// Reports what may lie on the native stack of a thread that waits: the words from `from` to the base of `stack`.
    ///
    /// # Safety
    /// All that is there is readable and stays as it is, and `from` is word-aligned.
    pub unsafe fn native_stack(&mut self, from: *const usize, stack: StackBounds) {
        // SAFETY: by contract.
        unsafe { self.scan(from, stack.base(), 2) };
    }

    fn candidate(&mut self, word: usize, depth: u32) {
        let Some(g) = self.heap.granule_of(word) else { return };
        let Some(head) = self.heap.planes.head_of(g) else { return };
        if !self.heap.planes.set_mark(head) {
            return;
        }
        if self.heap.planes.is_object_head(head) {
            self.heap.grey.push(head);
        } else if depth > 0 {
            // A buffer that only a native holds: a list being built, say.
            let end = self.heap.planes.block_end(head);
            let from = self.heap.address(head).as_ptr().cast::<usize>().cast_const();
            let words = (end - head) * GRANULE / size_of::<usize>();
            // SAFETY: the whole block lies in the heap.
            unsafe { self.scan(from, from.add(words), depth - 1) };
        }
    }
}

/// What a collection needs from the owner of the heap, in the order in which it asks for it.
pub trait Roots {
    /// Reports all references that are known to be such.
    fn trace(&mut self, t: &mut Tracer<'_>);
    /// Reports what may be references, on the native stacks of threads other than this.
    fn scan(&mut self, t: &mut Tracer<'_>) {
        let _ = t;
    }
    /// Everything that is reachable has been found. Clears weak references to what [`Tracer::is_marked`] says was
    /// not, and may report objects that are to live on all the same.
    fn after_marking(&mut self, t: &mut Tracer<'_>) {
        let _ = t;
    }
}

impl Heap {
    /// Collects. `stack` is the native stack to scan, if natives may hold references.
    pub fn collect(&mut self, roots: &mut impl Roots, stack: Option<StackBounds>) {
        let used = self.before_marking();
        self.planes.clear_marks();
        self.grey.len = 0;
        self.grey.overflowed = false;
        let mut t = Tracer { heap: self };
        roots.trace(&mut t);
        t.drain();
        t.mark_foreign();
        if let Some(bounds) = stack {
            // SAFETY: the bounds lie on this thread's stack.
            bounds.with_spilled_registers(|from, to| unsafe { t.scan(from, to, 2) });
        }
        roots.scan(&mut t);
        t.drain();
        roots.after_marking(&mut t);
        t.drain();
        let poison = self.personality().poison;
        let base = self.address(0);
        let free = self.planes.sweep(|first, bits| {
            if poison {
                for i in (0..BITS).filter(|i| bits >> i & 1 != 0) {
                    // SAFETY: the granule has just become free.
                    unsafe { base.add((first + i) * GRANULE).write_bytes(0xa5, GRANULE) };
                }
            }
        });
        self.after_sweep(free, used);
    }

    /// Whether `v` points to the start of an object of this heap.
    pub fn is_head_of_block(&self, v: Value) -> bool {
        v.is_obj() && self.granule_of(v.bits()).is_some_and(|g| self.planes.is_object_head(g))
    }
}

impl Tracer<'_> {
    fn mark_foreign(&mut self) {
        let mut next = self.heap.foreign.first();
        while let Some(block) = next {
            self.block(block.as_ptr().cast_const().cast());
            // SAFETY: blocks in the list are live.
            next = unsafe { block.as_ref() }.next();
        }
    }
}
