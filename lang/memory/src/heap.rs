//! The heap: a non-moving bitmap allocator over one buffer.
//!
//! Small blocks are taken from a free run, bottom up; large ones from the top down, so that the two kinds do
//! not cut each other's space to pieces. Nothing is stored in or before a block.
//! The surprising fact: allocation never collects by itself; [`crate::Gc::alloc_block`] does, because only the
//! owner knows the roots.

use core::ptr::NonNull;

use crate::bitmap::{BITS, Planes};
use crate::collect::GreyStack;
use crate::foreign::ForeignList;
use crate::object::{Head, Object, Ref, TypePtr};
use crate::tally::Tally;
use crate::{Gc, Value};

/// Bytes in a granule: two words. Every block is a whole number of granules and aligned to one.
pub const GRANULE: usize = 2 * size_of::<usize>();

/// Blocks of more granules than this are allocated from the top.
const LARGE: usize = 32;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// An object, whose first word is its type.
    Object,
    /// A raw buffer with one owner.
    Buffer,
}

/// What a granule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GranuleKind {
    /// Free.
    Free,
    /// The first of an object's block.
    Object,
    /// The first of a raw buffer's block.
    Buffer,
    /// A further one of a block.
    More,
}

/// How a heap behaves under test. The default is the release behaviour.
#[derive(Debug, Clone, Copy, Default)]
pub struct Personality {
    /// Collect before every allocation.
    pub stress: bool,
    /// Overwrite freed memory.
    pub poison: bool,
    /// Let the allocation of this number fail, whatever is collected for it.
    pub fail_at: Option<u64>,
    /// Let all that follow it fail, too.
    pub fail_on: bool,
    /// Keep a [`Tally`].
    pub count: bool,
}

/// The buffer given to [`Heap::new`] cannot hold a heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeapTooSmall;

/// The heap. All its state, the planes included, is here or in the buffer it was given.
pub struct Heap {
    pub(crate) planes: Planes,
    base: NonNull<u8>,
    granules: usize,
    run: usize,
    run_end: usize,
    top: usize,
    taken_since: usize,
    request_at: usize,
    wants: bool,
    pub(crate) grey: GreyStack,
    pub(crate) foreign: ForeignList,
    pub(crate) collections: usize,
    locked: u32,
    threshold: usize,
    personality: Personality,
    allocations: u64,
    /// Granules that collections have freed so far.
    pub(crate) swept: usize,
    /// The most granules that were in use at any collection's start.
    pub(crate) peak_used: usize,
    automatic: bool,
    allow_once: bool,
    tally: Tally,
}

impl Heap {
    /// A heap over `len` bytes at `start`.
    ///
    /// # Safety
    /// The bytes are writable, used by nobody else, and outlive the heap and every object in it.
    ///
    /// # Errors
    /// [`HeapTooSmall`] below about a kilobyte.
    pub unsafe fn new(start: NonNull<u8>, len: usize) -> Result<Heap, HeapTooSmall> {
        let skip = start.align_offset(GRANULE);
        // Per word of each plane: three words of planes and BITS granules.
        let words = len.saturating_sub(skip + GRANULE) / (3 * size_of::<usize>() + BITS * GRANULE);
        if words == 0 {
            return Err(HeapTooSmall);
        }
        // SAFETY: skip + planes (rounded up to a granule) + granules fit in len.
        let (planes, base) = unsafe {
            let at = start.add(skip);
            let plane_bytes = (3 * words * size_of::<usize>()).next_multiple_of(GRANULE);
            (Planes::new(at.cast(), words), at.add(plane_bytes))
        };
        let granules = words * BITS;
        Ok(Heap {
            planes,
            base,
            granules,
            run: 0,
            run_end: 0,
            top: granules,
            taken_since: 0,
            request_at: granules - granules / 8,
            wants: false,
            grey: GreyStack::new(),
            foreign: ForeignList::new(),
            collections: 0,
            locked: 0,
            threshold: usize::MAX,
            personality: Personality::default(),
            allocations: 0,
            swept: 0,
            peak_used: 0,
            automatic: true,
            allow_once: false,
            tally: Tally::default(),
        })
    }

    /// Sets the test personality.
    pub fn set_personality(&mut self, p: Personality) {
        self.personality = p;
        if p.stress || p.fail_at.is_some() || p.count {
            // Sends every allocation through the slow path.
            self.run_end = self.run;
        }
    }

    /// Allocates a block of at least `bytes` bytes. `None`: there is none, or the personality wants a collection.
    #[inline(always)]
    pub fn alloc(&mut self, bytes: usize, kind: BlockKind) -> Option<NonNull<u8>> {
        let n = bytes.div_ceil(GRANULE).max(1);
        let start = self.run;
        // A run ends inside the heap, so the sum cannot overflow unless n is absurd, which `LARGE` excludes.
        if n <= LARGE && start + n <= self.run_end {
            self.run = start + n;
            self.planes.set_block(start, n, kind == BlockKind::Object);
            return Some(self.address(start));
        }
        self.alloc_slow(bytes, kind)
    }

    /// As [`Heap::alloc`], right after a collection: only a real lack of space fails.
    pub fn alloc_after_collection(&mut self, bytes: usize, kind: BlockKind) -> Option<NonNull<u8>> {
        self.allow_once = true;
        let p = self.alloc(bytes, kind);
        self.allow_once = false;
        p
    }

    #[cold]
    #[inline(never)]
    fn alloc_slow(&mut self, bytes: usize, kind: BlockKind) -> Option<NonNull<u8>> {
        let n = bytes.div_ceil(GRANULE).max(1);
        if self.locked > 0 || n > self.granules {
            return None;
        }
        let p = self.personality;
        let forced = p.stress || p.fail_at.is_some();
        if forced {
            if p.stress && !self.allow_once {
                return None;
            }
            // The second attempt at an allocation, after a collection, has the number of the first.
            self.allocations += u64::from(p.stress || !self.allow_once);
            if p.fail_at.is_some_and(|at| self.allocations == at || (p.fail_on && self.allocations > at)) {
                return None;
            }
        }
        if self.taken_since.saturating_mul(GRANULE) >= self.threshold && self.automatic && !self.allow_once {
            return None;
        }
        let start = if n > LARGE { self.find_top(n).or_else(|| self.find_run(n)) } else { self.find_run(n) }?;
        self.planes.set_block(start, n, kind == BlockKind::Object);
        if start == self.run && self.run < self.run_end {
            self.run += n;
        }
        if p.count {
            self.tally.allocated(bytes.max(1));
        }
        if forced || p.count {
            self.run_end = self.run;
        }
        if self.taken_since > self.request_at {
            self.wants = true;
        }
        Some(self.address(start))
    }

    /// Makes the next free run of at least `n` granules the current one, and returns its start.
    fn find_run(&mut self, n: usize) -> Option<usize> {
        let mut at = self.run_end.max(self.run);
        loop {
            let start = self.planes.next_free(at)?;
            // A long run is taken in pieces, so that the count of what was taken stays true.
            let most = n.max(self.granules / 16).max(BITS);
            let end = self.planes.next_taken_before(start, self.granules.min(start + most));
            if end - start >= n {
                self.taken_since += end - start;
                self.run = start;
                self.run_end = end;
                return Some(start);
            }
            at = end;
        }
    }

    /// The start of `n` free granules as high as possible below the last large block.
    fn find_top(&mut self, n: usize) -> Option<usize> {
        for from in [self.top, self.granules] {
            let mut end = from;
            while let Some(last) = self.planes.prev_free(end) {
                let Some(at) = (last + 1).checked_sub(n) else { break };
                let Some(taken) = self.planes.last_taken_between(at, last + 1) else {
                    self.top = at;
                    self.taken_since += n;
                    if at < self.run_end {
                        self.run_end = at.max(self.run);
                    }
                    return Some(at);
                };
                end = taken;
            }
        }
        None
    }

    /// Whether the allocator would like the owner to collect at its next safepoint.
    #[inline(always)]
    pub fn wants_collection(&self) -> bool {
        self.wants
    }

    /// Whether an allocation that fails may collect and try again.
    pub fn may_collect(&self) -> bool {
        self.locked == 0 && self.automatic
    }

    /// Switches automatic collection on or off (`gc.enable()`, `gc.disable()`).
    pub fn set_automatic(&mut self, on: bool) {
        self.automatic = on;
    }

    /// Whether automatic collection is on.
    pub fn automatic(&self) -> bool {
        self.automatic
    }

    /// Sets the number of allocated bytes after which a collection is due (`usize::MAX`: only when full).
    pub fn set_threshold(&mut self, bytes: usize) {
        self.threshold = bytes;
        // The rest of the run was taken without counting; look at the count at the next allocation.
        self.run_end = self.run;
    }

    /// The threshold in bytes, `usize::MAX` if none.
    pub fn threshold(&self) -> usize {
        self.threshold
    }

    /// Forbids allocation until as many [`Heap::unlock`] calls.
    pub fn lock(&mut self) -> u32 {
        self.locked += 1;
        self.run_end = self.run;
        self.locked
    }

    /// Undoes one [`Heap::lock`]; returns the depth that is left.
    pub fn unlock(&mut self) -> u32 {
        self.locked = self.locked.saturating_sub(1);
        self.locked
    }

    /// Replaces the number of locks, which is each thread's own; the old number.
    pub fn set_lock_depth(&mut self, depth: u32) -> u32 {
        if depth > 0 {
            self.run_end = self.run;
        }
        core::mem::replace(&mut self.locked, depth)
    }

    /// How many locks hold.
    pub fn lock_depth(&self) -> u32 {
        self.locked
    }

    #[inline(always)]
    pub(crate) fn address(&self, g: usize) -> NonNull<u8> {
        debug_assert!(g < self.granules);
        // SAFETY: g is below the number of granules.
        unsafe { self.base.add(g * GRANULE) }
    }

    /// The granule of an address in the heap.
    #[inline(always)]
    pub(crate) fn granule_of(&self, addr: usize) -> Option<usize> {
        let off = addr.wrapping_sub(self.base.addr().get());
        if off < self.granules * GRANULE { Some(off / GRANULE) } else { None }
    }

    /// Bytes that the block at `p` can hold.
    pub fn block_size(&self, p: NonNull<u8>) -> usize {
        match self.granule_of(p.addr().get()) {
            Some(g) if self.planes.is_head(g) => (self.planes.block_end(g) - g) * GRANULE,
            _ => 0,
        }
    }

    /// Frees the block at `p` at once.
    ///
    /// # Safety
    /// `p` came from this heap, is not free, and nobody uses it any more.
    pub unsafe fn free(&mut self, p: NonNull<u8>) {
        let Some(g) = self.granule_of(p.addr().get()) else { return };
        let end = self.planes.block_end(g);
        self.planes.clear_head(g);
        self.planes.fill_used(g, end, false);
        self.poison(g, end);
        if end == self.run && g < self.run {
            self.run = g;
        }
        self.top = self.top.max(end);
    }

    pub(crate) fn poison(&self, from: usize, to: usize) {
        if self.personality.poison {
            for g in from..to {
                // SAFETY: the granules are free and inside the heap.
                unsafe { self.address(g).write_bytes(0xa5, GRANULE) };
            }
        }
    }

    /// Tries to make the block at `p` hold `bytes` bytes without moving it.
    ///
    /// # Safety
    /// `p` is a live block of this heap.
    pub unsafe fn resize_in_place(&mut self, p: NonNull<u8>, bytes: usize) -> bool {
        let Some(g) = self.granule_of(p.addr().get()) else { return false };
        let end = self.planes.block_end(g);
        let Some(new_end) = bytes.div_ceil(GRANULE).max(1).checked_add(g) else { return false };
        if new_end <= end {
            if new_end < end {
                self.planes.fill_used(new_end, end, false);
                self.poison(new_end, end);
                if end == self.run {
                    self.run = new_end;
                }
                self.top = self.top.max(end);
            }
            return true;
        }
        let forced = self.personality.stress || self.personality.fail_at.is_some();
        if forced || self.locked > 0 || new_end > self.granules || !self.planes.all_free(end, new_end) {
            return false;
        }
        if self.personality.count {
            self.tally.grew((end - g) * GRANULE, bytes);
        }
        self.planes.fill_used(end, new_end, true);
        if self.run < new_end && self.run >= end {
            self.run = new_end.min(self.run_end.max(new_end));
            self.run_end = self.run_end.max(self.run);
        }
        self.taken_since += new_end - end;
        true
    }

    /// Cuts the raw buffer at `p` after `bytes` bytes; what is left over becomes a raw buffer of its own. `None`, and no
    /// change, if that is less than two granules.
    ///
    /// # Safety
    /// `p` is a live raw buffer of this heap, and only its owner uses it.
    pub unsafe fn split(&mut self, p: NonNull<u8>, bytes: usize) -> Option<NonNull<u8>> {
        let g = self.granule_of(p.addr().get())?;
        let end = self.planes.block_end(g);
        let cut = g + bytes.div_ceil(GRANULE).max(1);
        if cut + 2 > end {
            return None;
        }
        self.planes.fill_used(cut, end, false);
        self.planes.set_block(cut, end - cut, false);
        Some(self.address(cut))
    }

    /// Tries to make the raw buffer at `p` hold `bytes` bytes by moving its beginning down into free granules right
    /// before it; `kept` bytes of content move along. Gives the new address.
    ///
    /// # Safety
    /// `p` is a live raw buffer of this heap, at least `kept` bytes long, and its owner will store the new address.
    pub unsafe fn grow_downwards(&mut self, p: NonNull<u8>, kept: usize, bytes: usize) -> Option<NonNull<u8>> {
        let g = self.granule_of(p.addr().get())?;
        let forced = self.personality.stress || self.personality.fail_at.is_some();
        let end = self.planes.block_end(g);
        let start = end.checked_sub(bytes.div_ceil(GRANULE))?;
        if forced || self.locked > 0 || start >= g || !self.planes.all_free(start, g) {
            return None;
        }
        // The current run of small blocks ends before it.
        if start < self.run_end && self.run < g {
            if start < self.run {
                return None;
            }
            self.run_end = start;
        }
        if self.personality.count {
            self.tally.grew((end - g) * GRANULE, bytes);
        }
        self.planes.clear_head(g);
        self.planes.set_block(start, end - start, false);
        self.top = self.top.min(start);
        self.taken_since += g - start;
        let to = self.address(start);
        // SAFETY: both ranges lie in the new block; copy allows overlap.
        unsafe { to.copy_from(p, kept) };
        Some(to)
    }

    /// Turns a raw buffer into an object with the body `body`, written at its start.
    ///
    /// # Safety
    /// `p` is a live buffer of this heap, at least as large as the object; what follows the body is initialised
    /// as `T` expects.
    pub unsafe fn make_object<T: Object>(&mut self, p: NonNull<u8>, body: T) -> Ref<T> {
        if let Some(g) = self.granule_of(p.addr().get()) {
            self.planes.make_object(g);
        }
        // SAFETY: by contract.
        unsafe { Ref::write_at(p, T::type_ptr(), body) }
    }

    /// Notes how full the heap is before a collection; the granules in use.
    pub(crate) fn before_marking(&mut self) -> usize {
        let used = self.granules - self.planes.count_free();
        self.peak_used = self.peak_used.max(used);
        used
    }

    pub(crate) fn after_sweep(&mut self, free: usize, used_before: usize) {
        self.swept = self.swept.wrapping_add(used_before.saturating_sub(self.granules - free));
        self.run = 0;
        self.run_end = 0;
        self.top = self.granules;
        self.wants = false;
        self.taken_since = 0;
        // With little free, safepoint collections would come too often to be worth it; then only a failed
        // allocation collects.
        self.request_at = if free > self.granules / 16 { free - free / 8 } else { usize::MAX };
        self.collections += 1;
    }

    pub(crate) fn personality(&self) -> Personality {
        self.personality
    }

    pub(crate) fn granules(&self) -> usize {
        self.granules
    }

    /// Whether the value points to a block of this heap (and not to a static).
    pub fn owns(&self, v: Value) -> bool {
        v.is_obj() && self.granule_of(v.bits()).is_some()
    }

    /// What was allocated, if the personality counts it.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// The address of the first granule.
    pub fn base_address(&self) -> usize {
        self.base.addr().get()
    }

    /// Bytes free; counts bits.
    pub fn free_bytes(&self) -> usize {
        self.planes.count_free() * GRANULE
    }
}

/// Allocation of objects, for every owner of a heap.
pub trait NewObject: Gc {
    /// A new object.
    ///
    /// # Errors
    /// Out of memory.
    #[inline(always)]
    fn new_object<T: Object>(&mut self, body: T) -> Result<Ref<T>, Self::Error> {
        // SAFETY: the type is T's own.
        unsafe { self.new_object_of(T::type_ptr(), body) }
    }

    /// A new object of the type `ty`, which need not be `T`'s own (an instance of a class).
    ///
    /// # Safety
    /// Objects of `ty` have the body `T`.
    ///
    /// # Errors
    /// Out of memory.
    #[inline(always)]
    unsafe fn new_object_of<T: Object>(&mut self, ty: TypePtr, body: T) -> Result<Ref<T>, Self::Error> {
        let p = self.alloc_block(size_of::<crate::Obj<T>>(), BlockKind::Object)?;
        const { assert!(align_of::<crate::Obj<T>>() <= GRANULE) };
        // SAFETY: a fresh block of the right size.
        Ok(unsafe { Ref::write_at(p, ty, body) })
    }
}

impl<G: Gc + ?Sized> NewObject for G {}

/// The smallest object is a type word.
const _: () = assert!(size_of::<Head>() <= GRANULE);
