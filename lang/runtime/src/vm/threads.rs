//! Threads: one interpreter, entered by one of them at a time.
//!
//! Invariant: of all threads that have started, one holds the platform's lock; its own part of the state is in
//! [`State`], everybody else's in their [`Thread`] record. A thread gives the lock away only in [`Vm::parked`]: there
//! its callee-saved registers and all values that its natives hold lie on its native stack above the address that it
//! notes, so that whoever collects meanwhile can scan them.
//! The surprising fact: several `&mut Vm` exist at once, one on each native stack. Only the one of the thread that
//! holds the lock is used; each is handed, as a pointer, to the function that switches, and so is not known to the
//! compiler to be the only one across the switch.
//!
//! A program without a second thread pays for none of this: there is no record, and no lock is taken.

use core::mem::{ManuallyDrop, swap};
use core::ptr::{NonNull, null_mut};

use krait_hal::Threads;
use krait_memory::{BlockKind, Heap, StackBounds};

use super::frame::{self, Frame};
use super::stack::VmStack;
use super::state::{Scope, State};
use crate::obj::dict::Dict;
use crate::obj::exception;
use crate::obj::tuple::Tuple;
use crate::{Args, Gc, Out, PrintKind, Raised, Ref, Tracer, Value, Vm};

/// How long the main thread waits at most before it looks for an interrupt, in microseconds.
const LOOK: u64 = 50_000;

/// What each thread has for itself.
pub(super) struct Own {
    raised: Option<Value>,
    stop_value: Option<Value>,
    current_exception: Option<Value>,
    frame: *mut Frame,
    binding: Option<(*mut Option<Value>, usize)>,
    stack_frames: VmStack,
    globals: Ref<Dict>,
    locals: Ref<Dict>,
    scopes: *const Scope,
    stack: StackBounds,
    native_stack_max: usize,
    heap_locks: u32,
}

impl Own {
    /// Exchanges this with the part of the state that is the running thread's.
    fn swap(&mut self, st: &mut State, heap: &mut Heap) {
        swap(&mut self.raised, &mut st.raised);
        swap(&mut self.stop_value, &mut st.stop_value);
        swap(&mut self.current_exception, &mut st.current_exception);
        swap(&mut self.frame, &mut st.frame);
        swap(&mut self.binding, &mut st.binding);
        swap(&mut self.stack_frames, &mut st.stack_frames);
        swap(&mut self.globals, &mut st.globals);
        swap(&mut self.locals, &mut st.locals);
        swap(&mut self.scopes, &mut st.scopes);
        swap(&mut self.stack, &mut st.stack);
        swap(&mut self.native_stack_max, &mut st.native_stack_max);
        self.heap_locks = heap.set_lock_depth(self.heap_locks);
    }

    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.raised);
        t.opt(self.stop_value);
        t.opt(self.current_exception);
        t.reference(self.globals);
        t.reference(self.locals);
        Scope::trace(self.scopes, t);
        self.stack_frames.trace(t);
        // SAFETY: the frames of a thread that has not ended are live, and so are the locals being bound.
        unsafe {
            super::state::trace_binding(self.binding, t);
            frame::trace_chain(self.frame, t);
        }
    }
}

/// A thread. It lies in a buffer of the heap, in the list of all.
pub(super) struct Thread {
    next: *mut Thread,
    vm: *mut Vm,
    id: usize,
    /// The thread's part of the state while another one runs; not valid while this one runs.
    own: Own,
    /// From where on its native stack may hold values; null if it has none to look at.
    parked_at: *const usize,
    /// What it was started for: the function, its arguments, its keywords.
    call: Option<(Value, Ref<Tuple>, Ref<Tuple>)>,
}

/// The threads of an interpreter.
pub(super) struct ThreadList {
    /// All that have not ended, the main thread included; null before there is a second one.
    first: *mut Thread,
    /// The platform's, once there is a second thread.
    lock: Option<&'static dyn Threads>,
    /// The one that runs.
    current: *mut Thread,
    main: *mut Thread,
    ids: usize,
    /// Whether the interpreter stays where it is for ever, so that threads may keep its address.
    allowed: bool,
    /// `_thread.stack_size`
    pub(super) stack_size: usize,
}

impl ThreadList {
    pub(super) const fn new() -> ThreadList {
        let none = null_mut();
        ThreadList { first: none, lock: None, current: none, main: none, ids: 1, allowed: false, stack_size: 0 }
    }

    /// Whether the running thread is the main one.
    pub(super) fn in_main(&self) -> bool {
        self.current == self.main
    }

    fn each(&self, mut f: impl FnMut(*mut Thread)) {
        let mut at = self.first;
        while !at.is_null() {
            f(at);
            // SAFETY: threads in the list are live.
            at = unsafe { (*at).next };
        }
    }

    /// As [`VmStack::forget_spare`], for those that do not run.
    pub(super) fn forget_spares(&mut self) {
        // SAFETY: threads in the list are live, and nobody else looks at them.
        self.each(|thread| unsafe { (*thread).own.stack_frames.forget_spare() });
    }

    /// Reports what the threads that do not run refer to, as far as it is known precisely.
    pub(super) fn trace(&self, t: &mut Tracer<'_>) {
        self.each(|thread| {
            t.block(thread.cast_const().cast());
            // SAFETY: as above.
            let thread = unsafe { &*thread };
            if let Some((f, args, kw)) = thread.call {
                t.value(f);
                t.reference(args);
                t.reference(kw);
            }
            if !core::ptr::eq(thread, self.current) {
                thread.own.trace(t);
            }
        });
    }

    /// Reports what may lie on the native stacks of the threads that do not run.
    pub(super) fn scan(&self, t: &mut Tracer<'_>) {
        self.each(|thread| {
            // SAFETY: as above; a parked thread's stack does not change above the address it has noted.
            unsafe {
                if !core::ptr::eq(thread, self.current) && !(*thread).parked_at.is_null() {
                    t.native_stack((*thread).parked_at, (*thread).own.stack);
                }
            }
        });
    }
}

impl Vm {
    /// Lets programs start threads. They keep the interpreter's address, hence the lifetime.
    pub fn allow_threads(&'static mut self) -> &'static mut Vm {
        self.st.threads.allowed = self.st.platform.threads().is_some();
        self
    }

    /// A number for the running thread that no other has had.
    pub fn thread_id(&self) -> usize {
        // SAFETY: the current thread is live.
        unsafe { self.st.threads.current.as_ref() }.map_or(1, |t| t.id)
    }

    /// Sets the native stack of threads that start from now on, in bytes (0: the platform's choice); the old value.
    pub fn set_thread_stack(&mut self, bytes: usize) -> usize {
        core::mem::replace(&mut self.st.threads.stack_size, bytes)
    }

    /// Starts a thread that calls `f`; its number. `kw` holds names and values in turn.
    ///
    /// # Errors
    /// `OSError` if the platform cannot start one; out of memory.
    pub fn start_thread(&mut self, f: Value, args: Ref<Tuple>, kw: Ref<Tuple>) -> Result<usize, Raised> {
        let Some(threads) = self.st.platform.threads().filter(|_| self.st.threads.allowed) else {
            return Err(self.os_error(95));
        };
        if self.st.threads.first.is_null() {
            let main = self.new_thread(None)?;
            self.st.threads.main = main;
            self.st.threads.current = main;
            self.st.threads.lock = Some(threads);
            threads.lock();
        }
        let new = self.new_thread(Some((f, args, kw)))?;
        // The thread cannot run before this one gives the lock away.
        match threads.start(self.st.threads.stack_size, thread_main, new.expose_provenance()) {
            Ok(usable) => {
                // SAFETY: made just now.
                unsafe {
                    (*new).own.native_stack_max = usable;
                    Ok((*new).id)
                }
            }
            Err(e) => {
                self.end_thread(new);
                Err(self.os_error(e.0))
            }
        }
    }

    /// A record in the list, with an empty state of its own.
    fn new_thread(&mut self, call: Option<(Value, Ref<Tuple>, Ref<Tuple>)>) -> Result<*mut Thread, Raised> {
        let p = self.alloc_block(size_of::<Thread>(), BlockKind::Buffer)?.cast::<Thread>().as_ptr();
        const { assert!(align_of::<Thread>() <= krait_memory::GRANULE) };
        let vm: *mut Vm = self;
        let st = &mut self.st;
        let own = Own {
            raised: None,
            stop_value: None,
            current_exception: None,
            frame: null_mut(),
            binding: None,
            // Half of what the main thread has, so that two that recurse without end still leave room.
            stack_frames: VmStack::new(st.stack_frames.max_words() / 2),
            globals: st.globals,
            locals: st.locals,
            scopes: core::ptr::null(),
            stack: st.stack,
            native_stack_max: st.native_stack_max,
            heap_locks: 0,
        };
        let id = st.threads.ids;
        st.threads.ids += 1;
        // SAFETY: a fresh block of that size.
        unsafe { p.write(Thread { next: st.threads.first, vm, id, own, parked_at: core::ptr::null(), call }) };
        st.threads.first = p;
        Ok(p)
    }

    /// Takes a record from the list.
    fn end_thread(&mut self, gone: *mut Thread) {
        let list = &mut self.st.threads;
        let mut at: *mut *mut Thread = &raw mut list.first;
        // SAFETY: threads in the list are live, and nobody else looks at it.
        unsafe {
            while !(*at).is_null() {
                if *at == gone {
                    *at = (*gone).next;
                    break;
                }
                at = &raw mut (**at).next;
            }
            if let Some(p) = NonNull::new(gone) {
                self.heap_mut().free(p.cast());
            }
        }
    }

    /// Runs `f`, which may wait and knows nothing of the interpreter, while other threads go on.
    ///
    /// What `f` uses must not lie in the heap's buffers: others may change and free them. (The borrow of `self` sees to
    /// that.) A [`crate::Str`] is safe as long as its object is referred to, be it only by `f` itself.
    #[inline]
    pub fn blocking<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let Some(threads) = self.st.threads.lock else { return f() };
        self.parked(|| {
            threads.unlock();
            let r = f();
            threads.lock();
            r
        })
    }

    /// Reads from the console as [`krait_hal::Console::read`] does, while other threads go on.
    pub fn console_read(&mut self, to: &mut [u8]) -> usize {
        let console = self.platform().console();
        self.blocking(|| console.read(to))
    }

    /// Waits until [`Vm::notify`] names the same thing, or for `us` microseconds, or until something is pending that
    /// the caller must look at by [`Vm::poll`]. Returns at once if there is nobody to wait for and no time is given.
    pub fn wait_on(&mut self, on: usize, us: Option<u64>) {
        // An interrupt cannot wake the main thread from here.
        let us = if self.st.threads.in_main() { Some(us.unwrap_or(u64::MAX).min(LOOK)) } else { us };
        match self.st.threads.lock {
            Some(threads) => self.parked(|| threads.wait(on, us)),
            None => self.platform().clock().sleep_us(us.unwrap_or(0)),
        }
    }

    /// Ends the wait of one thread for `on`.
    pub fn notify(&mut self, on: usize) {
        if let Some(threads) = self.st.threads.lock {
            threads.notify(on);
        }
    }

    /// Lets another thread run if one has waited long enough.
    #[cold]
    pub(super) fn give_way(&mut self) {
        if self.st.threads.lock.is_some_and(Threads::wanted) {
            self.blocking(|| ());
        }
    }

    /// Puts this thread's part of the state aside for the length of `f`, which gives the lock away and takes it again.
    #[inline(never)]
    fn parked<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let me = self.st.threads.current;
        // What `f` holds must stay on this stack for as long as it runs.
        let f = ManuallyDrop::new(f);
        core::hint::black_box(&f);
        let bounds = self.st.stack;
        // SAFETY: the current record is live, and not in use by anybody else.
        unsafe { (*me).own.swap(&mut self.st, &mut self.heap) };
        let vm: *mut Vm = core::hint::black_box(&raw mut *self);
        let mut result = None;
        bounds.with_spilled_registers(|from, _| {
            // SAFETY: `me` as above; `f` is taken once, and not dropped again. From here on another thread may use the
            // interpreter, until `f` is back.
            unsafe {
                (*me).parked_at = from;
                result = Some(core::ptr::read(&*f)());
                (*me).parked_at = core::ptr::null();
            }
        });
        core::hint::black_box(&f);
        // SAFETY: this thread has the lock again, so the interpreter is its own.
        unsafe {
            let vm = &mut *vm;
            (*me).own.swap(&mut vm.st, &mut vm.heap);
            vm.st.threads.current = me;
        }
        match result {
            Some(r) => r,
            None => unreachable!(),
        }
    }

    /// Calls what a thread was started for, and says what went wrong.
    #[inline(never)]
    fn run_thread(&mut self, f: Value, args: Ref<Tuple>, kw: Ref<Tuple>) {
        if self.call_args(f, &Args { pos: args.tail(), kw: kw.tail() }).is_ok() {
            return;
        }
        let exc = self.take_raised();
        if self.is_instance(exc, Ref::of_static(&exception::SYSTEM_EXIT)) {
            return;
        }
        let said = (|| {
            Out::Error.write(self, "Unhandled exception in thread started by ")?;
            self.print_value(f, &mut Out::Error, PrintKind::Repr)?;
            Out::Error.write(self, "\n")?;
            self.print_exception(exc, &mut Out::Error)
        })();
        if said.is_err() {
            self.take_raised();
        }
    }
}

/// Where a thread begins and ends.
fn thread_main(argument: usize) {
    let me: *mut Thread = core::ptr::with_exposed_provenance_mut(argument);
    // SAFETY: `start_thread` has passed the address of a record, which lives until its thread ends; what is read here
    // was written before the thread was started, and is not written again.
    let vm: *mut Vm = unsafe { (*me).vm };
    // SAFETY: the platform never changes; the interpreter is one that stays for ever.
    let Some(threads) = (unsafe { (*vm).st.platform }).threads() else { return };
    threads.lock();
    // SAFETY: this thread has the lock, so the interpreter and the record are its own.
    unsafe {
        let vm = &mut *vm;
        (*me).own.swap(&mut vm.st, &mut vm.heap);
        vm.st.threads.current = me;
        vm.enter();
        if let Some((f, args, kw)) = (*me).call {
            vm.run_thread(f, args, kw);
        }
        vm.end_thread(me);
    }
    threads.unlock();
}
