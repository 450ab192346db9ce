//! Finalisers: what a forgotten object does before it goes.
//!
//! A native type whose objects hold something that the collector does not know (a file, a socket, a driver's buffer)
//! has a slot `finalise`, and makes its objects with [`Vm::new_with_finaliser`].
//! Invariant: nothing of this runs inside a collection. A collection notices the dead, keeps them once more, and the
//! next safe point calls their finalisers, which may then do whatever a method may do.
//! An object that another dead one still needs (the file system beneath a forgotten file) waits for its turn.

use core::cell::Cell;

use krait_memory::NewObject;

use crate::{Out, Raised, Ref, Tracer, Value, ValueBuf, Vm};

/// How often [`Vm::finalise_all`] starts again because finalisers have made new objects that have one.
const ROUNDS: usize = 4;

/// All objects that have a finaliser, in the order in which they were made: first those that live, whose places are
/// weak, then those that have died and wait for the call.
pub(super) struct Finalisers {
    objects: ValueBuf,
    live: Cell<usize>,
    /// Whether some are being called.
    running: bool,
}

impl Finalisers {
    pub(super) const fn new() -> Finalisers {
        Finalisers { objects: ValueBuf::new(), live: Cell::new(0), running: false }
    }

    /// Whether one waits for its call.
    fn waits(&self) -> bool {
        self.objects.len() > self.live.get()
    }

    /// Reports what waits, but not what lives.
    pub(super) fn trace(&self, t: &mut Tracer<'_>) {
        self.objects.trace_block(t);
        for i in self.live.get()..self.objects.len() {
            t.opt(self.objects.get(i));
        }
    }

    /// After marking: moves the dead to those that wait, and has them live on; whether any wait.
    pub(super) fn gather(&self, t: &mut Tracer<'_>) -> bool {
        // The newest first: what a dead object refers to is older, mostly, and lives on with it.
        for i in (0..self.live.get()).rev() {
            let Some(v) = self.objects.get(i) else { continue };
            if !t.is_marked(v) {
                t.value(v);
                t.drain();
                let last = self.live.get() - 1;
                self.objects.copy_from(i, &self.objects, i + 1, last - i);
                self.objects.set(last, v);
                self.live.set(last);
            }
        }
        self.waits()
    }
}

impl Vm {
    /// A new object whose type's slot `finalise` is called once, some time after the object has become unreachable,
    /// or at the end of the program.
    ///
    /// This is how a native type closes what its forgotten objects hold:
    /// ```text
    /// class! {
    ///     pub static SOCKET: q!(socket) for Socket;
    ///     slots { finalise: close }
    ///     attrs { q!(close) => f1(close), q!(__del__) => f1(close) }
    /// }
    /// let s = vm.new_with_finaliser(Socket { handle: Cell::new(None) })?;   // first the object,
    /// s.handle.set(Some(open()?));                                         // then what it must not lose
    /// ```
    /// What a finaliser can rely on:
    /// - It runs between two instructions (or in `gc.collect()`, or at the end), never inside an allocation: it may
    ///   allocate, raise (the exception is printed), and call Python.
    /// - The object and all that it refers to are intact; only weak references to them have been cleared. Of two dead
    ///   objects of which one needs the other, the one that needs is finalised first, the other after a later
    ///   collection.
    /// - It is called for the object as it was made: when the object was closed by hand before, the finaliser must
    ///   find nothing left to do.
    /// - The object is an exact one of its type. An instance of a Python class that inherits from the type has such
    ///   an object as its native part, so it needs nothing more.
    ///
    /// # Errors
    /// Out of memory; the object is then not made, and the body is gone: whatever it held stays open.
    pub fn new_with_finaliser<T: crate::Object>(&mut self, body: T) -> Result<Ref<T>, Raised> {
        let f = Finalisers::new();
        // The place is made before the object. A collection takes it for one that waits, and that is no object.
        f.objects.swap(&self.st.finalisers.objects);
        let room = f.objects.push(self, Value::NONE);
        f.objects.swap(&self.st.finalisers.objects);
        room?;
        let made = self.new_object(body);
        let f = &self.st.finalisers;
        let Ok(object) = made else {
            f.objects.pop();
            return made;
        };
        let live = f.live.get();
        f.objects.copy_from(live + 1, &f.objects, live, f.objects.len() - 1 - live);
        f.objects.set(live, object.value());
        f.live.set(live + 1);
        Ok(object)
    }

    /// Calls the finalisers of the dead that the last collections have found; whether there was one.
    #[cold]
    pub fn run_finalisers(&mut self) -> bool {
        if !self.st.finalisers.waits() {
            return false;
        }
        if self.st.finalisers.running || self.heap_locked() {
            self.st.ask_again();
            return false;
        }
        // Those that die meanwhile wait for the next time.
        let mut budget = self.st.finalisers.objects.len() - self.st.finalisers.live.get();
        while budget > 0 && self.st.finalisers.waits() {
            budget -= 1;
            if let Some(v) = self.st.finalisers.objects.pop() {
                self.call_finaliser(v);
            }
        }
        if self.st.finalisers.waits() {
            self.st.ask_again();
        }
        true
    }

    /// Collects as a program asks for it: finalisers are called at once, and what they let go is collected, too.
    pub fn collect_and_finalise(&mut self) {
        for _ in 0..ROUNDS {
            self.collect(true);
            if !self.run_finalisers() {
                return;
            }
        }
    }

    /// Calls the finalisers of all objects, the newest first, whether they are reachable or not. Ports call it when
    /// a program has ended; of the objects only what needs nothing open is of use afterwards.
    pub fn finalise_all(&mut self) {
        for _ in 0..ROUNDS {
            let f = &self.st.finalisers;
            f.live.set(0);
            for _ in 0..f.objects.len() {
                if let Some(v) = self.st.finalisers.objects.pop() {
                    self.call_finaliser(v);
                }
            }
        }
    }

    fn call_finaliser(&mut self, v: Value) {
        let Some(finalise) = self.type_of(v).slots.finalise else { return };
        let was = (self.st.finalisers.running, self.st.in_scheduler);
        let waiting = (self.st.raised, self.st.stop_value, self.st.current_exception);
        (self.st.finalisers.running, self.st.in_scheduler) = (true, true);
        if finalise(self, v).is_err() {
            let exc = self.take_raised();
            let _ = self.print_exception(exc, &mut Out::Error);
        }
        (self.st.finalisers.running, self.st.in_scheduler) = was;
        (self.st.raised, self.st.stop_value, self.st.current_exception) = waiting;
    }
}
