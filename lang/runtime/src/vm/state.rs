//! Everything an interpreter is, but for its heap.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

use krait_hal::Platform;
use krait_memory::{Heap, QstrPool, Roots, StackBounds};

use super::cache::Caches;
use super::emergency::EmergencyStore;
use super::frame::{self, Frame};
use super::stack::VmStack;
use super::threads::ThreadList;
use super::weak_list::WeakList;
use super::{BufferTooSmall, Config, Frozen, Vm, finalise, weakref};
use crate::obj::dict::Dict;
use crate::obj::exception::{Exception, MEMORY_ERROR};
use crate::obj::list::List;
use crate::obj::module::Module;
use crate::obj::slice::Slice;
use crate::obj::table::Table;
use crate::ops::import_files::ImportFiles;
use crate::{Gc, NewObject, Obj, Raised, Ref, Tracer, Value};

/// Callbacks that `micropython.schedule` can hold at once (the reference's chip port has 4, its unix port 8).
pub(super) const SCHEDULE_DEPTH: usize = 8;

/// Globals and locals that a native has put aside (`exec` in `exec`, imports, class bodies), on its own stack.
pub(super) struct Scope {
    pub(super) globals: Ref<Dict>,
    pub(super) locals: Ref<Dict>,
    pub(super) outer: *const Scope,
}

impl Scope {
    /// Reports a scope and those around it.
    pub(super) fn trace(mut scope: *const Scope, t: &mut Tracer<'_>) {
        // SAFETY: the native that made a scope takes it from the list before it returns.
        while let Some(s) = unsafe { scope.as_ref() } {
            t.reference(s.globals);
            t.reference(s.locals);
            scope = s.outer;
        }
    }
}

/// State of built-in modules that must be traced: by convention of the modules, see their files.
#[derive(Default)]
pub struct ModuleState {
    /// `sys.path`
    pub path: Option<Ref<List>>,
    /// `sys.argv`
    pub argv: Option<Ref<List>>,
    /// `sys.modules`
    pub modules: Option<Ref<Dict>>,
    /// Values that modules keep: `sys.ps1`, `sys.ps2`, `sys.atexit`, `sys.tracebacklimit`, streams, and others,
    /// under their names.
    pub values: Option<Ref<Dict>>,
    /// Names that a program has added to `builtins`.
    pub builtins: Option<Ref<Dict>>,
    /// The object that `asyncio` runs by.
    pub asyncio: Option<Value>,
    /// The file systems that are mounted.
    pub mounts: Option<Ref<List>>,
    /// The mount that relative paths start in; `None`: the root, above all mounts.
    pub current_mount: Option<Value>,
}

/// The state.
pub struct State {
    pub(super) qstrs: QstrPool,
    pub(crate) raised: Option<Value>,
    /// The value of the `StopIteration` that ended the last iteration, if it was not `None`.
    pub stop_value: Option<Value>,
    pub(super) frame: *mut Frame,
    /// The locals, and how many, of the frame whose arguments are being bound: it is in no chain yet.
    pub(super) binding: Option<(*mut Option<Value>, usize)>,
    pub(super) stack_frames: VmStack,
    pub(super) caches: Caches,
    pub(super) globals: Ref<Dict>,
    pub(super) locals: Ref<Dict>,
    pub(super) main_globals: Ref<Dict>,
    pub(super) scopes: *const Scope,
    /// What modules keep.
    pub modules: ModuleState,
    /// The built-in modules.
    pub builtin_modules: &'static [&'static Obj<Module>],
    /// The frozen modules, ordered by path.
    pub frozen: &'static [Frozen],
    /// Where `import` and `execfile` find files.
    pub import_files: Option<&'static dyn ImportFiles>,
    pub(super) platform: &'static dyn Platform,
    pub(super) pending: &'static AtomicBool,
    pub(super) stack: StackBounds,
    pub(super) native_stack_max: usize,
    pub(crate) memory_error: Ref<Exception>,
    /// What is raised while the heap is locked, whatever its type; see `Vm::emergency_exception`.
    pub(crate) emergency: Ref<Exception>,
    /// What `micropython.alloc_emergency_exception_buf` has set aside.
    pub(super) emergency_store: Option<EmergencyStore>,
    /// See `Vm::lend_slice`; none while it is lent.
    pub(crate) spare_slice: Option<Ref<Slice>>,
    schedule: [Option<(Value, Value)>; SCHEDULE_DEPTH],
    scheduled: usize,
    in_scheduler: bool,
    /// Objects with a finaliser.
    pub(super) finalisers: WeakList,
    /// Weak references.
    pub(super) weakrefs: WeakList,
    pub(super) threads: ThreadList,
    /// Whether a finaliser, or a callback of a weak reference, is being called.
    pub(super) finalising: bool,
    /// The exception being handled, for `sys.exc_info`.
    pub current_exception: Option<Value>,
    /// The optimisation level of the next compilation (`micropython.opt_level`).
    pub opt_level: u8,
}

impl State {
    pub(super) fn create<'a>(
        place: &'a mut MaybeUninit<Vm>,
        mut heap: Heap,
        config: &Config,
    ) -> Result<&'a mut Vm, BufferTooSmall> {
        let dict = || Dict { table: Table::new() };
        let mut bare = Bare(&mut heap);
        let main = bare.new_object(dict())?;
        // SAFETY: MemoryError is a native exception type, so its objects have the body Exception.
        let [memory_error, emergency] = unsafe {
            let mut make = || bare.new_object_of(Ref::of_static(&MEMORY_ERROR).as_ptr().cast(), Exception::empty());
            [make()?, make()?]
        };
        let st = State {
            qstrs: QstrPool::new(),
            raised: None,
            stop_value: None,
            frame: core::ptr::null_mut(),
            binding: None,
            stack_frames: VmStack::new(config.frame_words_max),
            caches: Caches::new(),
            globals: main,
            locals: main,
            main_globals: main,
            scopes: core::ptr::null(),
            modules: ModuleState::default(),
            builtin_modules: config.modules,
            frozen: &[],
            import_files: None,
            platform: config.platform,
            pending: config.platform.pending(),
            stack: StackBounds::of_caller(),
            native_stack_max: config.native_stack,
            memory_error,
            emergency,
            emergency_store: None,
            spare_slice: None,
            schedule: [None; SCHEDULE_DEPTH],
            scheduled: 0,
            in_scheduler: false,
            finalisers: WeakList::new(),
            weakrefs: WeakList::new(),
            finalising: false,
            threads: ThreadList::new(),
            current_exception: None,
            opt_level: 0,
        };
        heap.set_personality(config.personality);
        let vm = place.write(Vm { heap, st });
        vm.set_up().map_err(|_| BufferTooSmall)?;
        Ok(vm)
    }

    /// Has the next safe point look at what is pending.
    pub(super) fn ask_again(&self) {
        self.pending.store(true, Ordering::Relaxed);
    }

    pub(super) fn before_collection(&mut self) {
        self.caches.clear();
        self.stack_frames.forget_spare();
        self.threads.forget_spares();
    }

    fn trace_all(&self, t: &mut Tracer<'_>) {
        t.opt(self.raised);
        t.opt(self.stop_value);
        t.opt(self.current_exception);
        for r in [self.globals, self.locals, self.main_globals] {
            t.reference(r);
        }
        Scope::trace(self.scopes, t);
        t.opt_reference(self.modules.path);
        t.opt_reference(self.modules.argv);
        t.opt_reference(self.modules.modules);
        t.opt_reference(self.modules.values);
        t.opt_reference(self.modules.builtins);
        t.opt(self.modules.asyncio);
        t.opt_reference(self.modules.mounts);
        t.opt(self.modules.current_mount);
        t.reference(self.memory_error);
        t.reference(self.emergency);
        t.opt_reference(self.spare_slice);
        if let Some(store) = &self.emergency_store {
            store.text.trace(t);
            t.reference(store.args);
        }
        for (f, arg) in self.schedule.iter().flatten() {
            t.value(*f);
            t.value(*arg);
        }
        self.finalisers.trace(t);
        weakref::trace(&self.weakrefs, t);
        self.stack_frames.trace(t);
        // SAFETY: the frames of the chain are live, and locals are cleared before arguments are bound to them.
        unsafe {
            trace_binding(self.binding, t);
            frame::trace_chain(self.frame, t);
        }
        self.threads.trace(t);
    }
}

/// Reports the locals of a frame whose arguments are being bound.
///
/// # Safety
/// There are so many, and they are valid or null.
pub(super) unsafe fn trace_binding(binding: Option<(*mut Option<Value>, usize)>, t: &mut Tracer<'_>) {
    let Some((locals, n)) = binding else { return };
    for i in 0..n {
        // SAFETY: by contract.
        t.opt(unsafe { *locals.add(i) });
    }
}

impl Roots for State {
    fn trace(&mut self, t: &mut Tracer<'_>) {
        self.trace_all(t);
    }

    fn scan(&mut self, t: &mut Tracer<'_>) {
        self.threads.scan(t);
    }

    fn after_marking(&mut self, t: &mut Tracer<'_>) {
        // First the references: they are empty even if the object lives on for its finaliser.
        let callbacks = weakref::gather(&self.weakrefs, t);
        if finalise::gather(&self.finalisers, t) || callbacks {
            self.ask_again();
        }
    }
}

/// A heap without an interpreter.
pub(super) struct Bare<'h>(pub(super) &'h mut Heap);

impl Gc for Bare<'_> {
    type Error = BufferTooSmall;
    fn heap_mut(&mut self) -> &mut Heap {
        self.0
    }
    fn heap(&self) -> &Heap {
        self.0
    }
    fn reclaim(&mut self) {}
    fn out_of_memory(&mut self, _: krait_memory::OutOfMemory) -> BufferTooSmall {
        BufferTooSmall
    }
}

impl Vm {
    fn set_up(&mut self) -> Result<(), Raised> {
        let path = self.new_list(&[])?;
        self.st.modules.path = Some(path);
        let argv = self.new_list(&[])?;
        self.st.modules.argv = Some(argv);
        let modules = self.new_dict()?;
        self.st.modules.modules = Some(modules);
        self.make_spare_slice()?;
        let values = self.new_dict()?;
        self.st.modules.values = Some(values);
        let main = self.st.main_globals;
        main.set_qstr(self, crate::q!(__name__), Value::qstr(crate::q!(__main__)))
    }

    /// Looks whether something is pending: an interrupt, a scheduled callback, a collection that is due. Long
    /// native loops call it.
    ///
    /// # Errors
    /// `KeyboardInterrupt`; what a callback raises.
    #[inline(always)]
    pub fn poll(&mut self) -> Result<(), Raised> {
        if self.st.pending.load(Ordering::Relaxed) { self.poll_slow() } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    fn poll_slow(&mut self) -> Result<(), Raised> {
        self.st.pending.store(false, Ordering::Relaxed);
        if !self.st.threads.in_main() && self.st.platform.interrupt_waits() {
            // That is for the main thread, which may be waiting to see it.
            self.st.ask_again();
            self.blocking(|| ());
        } else if self.st.threads.in_main() && self.st.platform.take_interrupt() {
            if self.st.scheduled > 0 {
                self.st.ask_again();
            }
            return Err(self.raise_args(&crate::obj::exception::KEYBOARD_INTERRUPT, &[]));
        }
        self.give_way();
        self.run_finalisers();
        self.run_scheduled()
    }

    /// Runs what `micropython.schedule` has put aside, unless the scheduler runs already.
    ///
    /// # Errors
    /// None: a callback's exception is printed, as in the reference.
    pub fn run_scheduled(&mut self) -> Result<(), Raised> {
        if self.st.in_scheduler || self.st.finalising || self.heap_locked() {
            // Look again when that is over.
            if self.st.scheduled > 0 {
                self.st.ask_again();
            }
            return Ok(());
        }
        self.st.in_scheduler = true;
        let mut budget = self.st.scheduled;
        while budget > 0
            && let Some((f, arg)) = self.st.schedule[0]
        {
            self.st.schedule.rotate_left(1);
            self.st.schedule[SCHEDULE_DEPTH - 1] = None;
            self.st.scheduled -= 1;
            budget -= 1;
            let waiting = (self.st.raised, self.st.stop_value);
            if self.call(f, &[arg]).is_err() {
                let exc = self.take_raised();
                let _ = self.print_exception(exc, &mut crate::Out::Error);
            }
            (self.st.raised, self.st.stop_value) = waiting;
        }
        self.st.in_scheduler = false;
        if self.st.scheduled > 0 {
            self.st.ask_again();
        }
        Ok(())
    }

    /// Puts a callback aside, to run between two instructions.
    ///
    /// # Errors
    /// `RuntimeError: schedule queue full`.
    pub fn schedule(&mut self, f: Value, arg: Value) -> Result<(), Raised> {
        match self.st.schedule.get_mut(self.st.scheduled) {
            Some(slot) => {
                *slot = Some((f, arg));
                self.st.scheduled += 1;
                self.st.ask_again();
                Ok(())
            }
            None => Err(self.runtime_error("schedule queue full")),
        }
    }

    /// Bytes of VM stack in use, for `micropython.stack_use` and `mem_info`.
    pub fn frame_bytes_used(&self) -> usize {
        self.st.stack_frames.used()
    }

    /// Bytes of native stack in use, and the bound.
    pub fn native_stack(&self) -> (usize, usize) {
        (self.st.stack.depth(), self.st.native_stack_max)
    }
}
