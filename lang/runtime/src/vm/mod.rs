//! The interpreter: its state, in one struct, and the loop that runs bytecode.
//!
//! This folder is the only one of the crate where `unsafe` is allowed: frames are raw memory, and bytecode that
//! the compiler made or the verifier has accepted is executed without checks.
//!
//! Invariant: whatever the collector must see is reachable from [`State`] or lies on the native stack.
#![allow(unsafe_code)]

mod cache;
mod call;
pub mod code;
mod emergency;
mod finalise;
mod frame;
mod frozen;
mod generator;
pub mod load;
mod marshal;
mod names;
mod quick;
mod reader;
mod rebind;
mod run;
mod sequence;
mod stack;
mod state;
mod threads;
mod typed;
mod types;
mod unwind;
mod weak_list;
mod weakref;

use core::mem::MaybeUninit;
use core::ptr::NonNull;

use krait_hal::{Platform, Stream};
use krait_memory::{Heap, OutOfMemory, Personality, QstrPool, StackBounds};

use self::state::Scope;
use crate::obj::dict::Dict;
use crate::obj::module::Module;
use crate::{Gc, Obj, Qstr, Raised, Ref, Str};

pub use code::Function;
pub use frozen::Frozen;
pub use generator::{GENERATOR, Generator};
pub use state::{ModuleState, State};
pub(crate) use types::{exception_core, instance_core};

/// What a port decides about an interpreter.
pub struct Config {
    /// The machine.
    pub platform: &'static dyn Platform,
    /// The built-in modules.
    pub modules: &'static [&'static Obj<Module>],
    /// Bytes of native stack that the interpreter may use.
    pub native_stack: usize,
    /// Words of VM stack that may be in use at once; beyond it, `RuntimeError: maximum recursion depth exceeded`.
    pub frame_words_max: usize,
    /// How the heap behaves under test.
    pub personality: Personality,
}

/// An interpreter. All that it is stands in here and in the buffer it was given.
pub struct Vm {
    heap: Heap,
    /// Everything but the heap.
    pub st: State,
}

/// The interpreter could not be made in so small a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BufferTooSmall;

impl Vm {
    /// An interpreter in the buffer of `len` bytes at `start`. Natives may use the stack below the caller.
    ///
    /// # Safety
    /// The buffer is used by nobody else and outlives the interpreter.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub unsafe fn new(start: NonNull<u8>, len: usize, config: &Config) -> Result<Vm, BufferTooSmall> {
        // SAFETY: by contract.
        let heap = unsafe { Heap::new(start, len) }.map_err(|_| BufferTooSmall)?;
        let mut place = MaybeUninit::uninit();
        State::create(&mut place, heap, config)?;
        // SAFETY: made just now.
        Ok(unsafe { place.assume_init() })
    }

    /// As [`Vm::new`], in a buffer that nobody else can use, and at its place at once: it is some kilobytes, which
    /// moving it would take from the stack, too.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn in_place<'a>(
        place: &'a mut MaybeUninit<Vm>,
        buffer: &'static mut [u8],
        config: &Config,
    ) -> Result<&'a mut Vm, BufferTooSmall> {
        let len = buffer.len();
        // SAFETY: the exclusive borrow lasts for ever.
        let heap = unsafe { Heap::new(NonNull::from_mut(buffer).cast(), len) }.map_err(|_| BufferTooSmall)?;
        State::create(place, heap, config)
    }

    /// Lends an interpreter in `buffer` to `f`; it ends with the call, and the buffer can be used again.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn with_buffer<T>(
        buffer: &mut [u8],
        config: &Config,
        f: impl FnOnce(&mut Vm) -> T,
    ) -> Result<T, BufferTooSmall> {
        let len = buffer.len();
        // SAFETY: the buffer stays borrowed until the interpreter, which is ours, has ended.
        let mut vm = unsafe { Vm::new(NonNull::from_mut(buffer).cast(), len, config) }?;
        vm.enter();
        // In a frame of its own: what `f` holds must lie below the place just noted, where the collector looks.
        #[inline(never)]
        fn below<T>(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> T) -> T {
            f(vm)
        }
        Ok(below(&mut vm, f))
    }

    /// Says that the native stack begins at the caller: call it at every entry from a new place (a thread, `main`).
    pub fn enter(&mut self) {
        self.st.stack = StackBounds::of_caller();
    }

    /// Fails if the native stack is nearly used up. Every native that recurses calls it.
    ///
    /// # Errors
    /// `RuntimeError: maximum recursion depth exceeded`.
    #[inline(always)]
    pub fn check_stack(&mut self) -> Result<(), Raised> {
        if self.st.stack.depth() > self.st.native_stack_max { Err(self.too_deep()) } else { Ok(()) }
    }

    /// The recursion error.
    #[cold]
    #[inline(never)]
    pub fn too_deep(&mut self) -> Raised {
        self.runtime_error("maximum recursion depth exceeded")
    }

    /// The machine.
    pub fn platform(&self) -> &'static dyn Platform {
        self.st.platform
    }

    /// Writes to the console.
    pub fn console_write(&mut self, to: Stream, bytes: &[u8]) {
        self.st.platform.console().write(to, bytes);
    }

    /// The text of an interned string.
    pub fn qstr_text(&self, q: Qstr) -> Str {
        self.st.qstrs.text(q)
    }

    /// The interned string of a text.
    ///
    /// # Errors
    /// Out of memory.
    pub fn intern(&mut self, text: &str) -> Result<Qstr, Raised> {
        match self.st.qstrs.intern(&mut self.heap, text) {
            Ok(q) => Ok(q),
            Err(_) => {
                self.reclaim();
                match self.st.qstrs.intern(&mut self.heap, text) {
                    Ok(q) => Ok(q),
                    Err(e) => Err(self.out_of_memory(e)),
                }
            }
        }
    }

    /// The interned strings.
    pub fn qstrs(&self) -> &QstrPool {
        &self.st.qstrs
    }

    /// The module `__main__`'s names.
    pub fn main_globals(&self) -> Ref<Dict> {
        self.st.main_globals
    }

    /// The current globals: those of the function that runs, or of `__main__`.
    pub fn globals(&self) -> Ref<Dict> {
        match self.st.frame.is_null() {
            true => self.st.globals,
            // SAFETY: the frames of the chain are live.
            false => unsafe { frame::fun_of(self.st.frame) }.globals,
        }
    }

    /// The current locals: a module's or class body's names.
    pub fn locals(&self) -> Ref<Dict> {
        self.st.locals
    }

    /// Runs `f` with other globals and locals, and puts the old ones back.
    pub fn with_scope<T>(&mut self, globals: Ref<Dict>, locals: Ref<Dict>, f: impl FnOnce(&mut Vm) -> T) -> T {
        let old = Scope { globals: self.st.globals, locals: self.st.locals, outer: self.st.scopes };
        self.st.scopes = &raw const old;
        self.st.globals = globals;
        self.st.locals = locals;
        let r = f(self);
        self.st.scopes = old.outer;
        (self.st.globals, self.st.locals) = (old.globals, old.locals);
        r
    }

    /// Collects now; `natives` says whether natives may hold references (scan their stack).
    pub fn collect(&mut self, natives: bool) {
        let stack = if natives { Some(self.st.stack) } else { None };
        self.st.before_collection();
        self.heap.collect(&mut self.st, stack);
    }
}

impl Gc for Vm {
    type Error = Raised;

    #[inline(always)]
    fn heap_mut(&mut self) -> &mut Heap {
        &mut self.heap
    }

    #[inline(always)]
    fn heap(&self) -> &Heap {
        &self.heap
    }

    fn reclaim(&mut self) {
        self.collect(true);
    }

    #[cold]
    fn out_of_memory(&mut self, e: OutOfMemory) -> Raised {
        self.memory_error(e.0)
    }
}
