//! Finalisers: what a forgotten object does before it goes.
//!
//! A native type whose objects hold something that the collector does not know (a file, a socket, a driver's buffer)
//! has a slot `finalise`, and makes its objects with [`Vm::new_with_finaliser`].
//! Invariant: nothing of this runs inside a collection. A collection notices the dead, keeps them once more, and the
//! next safe point calls their finalisers, which may then do whatever a method may do.
//! An object that another dead one still needs (the file system beneath a forgotten file) waits for its turn.

use super::State;
use super::weak_list::WeakList;
use crate::{Out, Outcome, Raised, Ref, Tracer, Vm};

/// How often the dead of a round may leave further dead behind before it is enough.
const ROUNDS: usize = 4;

/// After marking: sets the dead apart, and has them live on; whether any wait.
pub(super) fn gather(list: &WeakList, t: &mut Tracer<'_>) -> bool {
    // The newest first: what a dead object refers to is older, mostly, and lives on with it.
    for i in (0..list.live()).rev() {
        let Some(v) = list.get(i) else { continue };
        if !t.is_marked(v) {
            t.value(v);
            t.drain();
            list.set_apart(i);
        }
    }
    list.waiting() > 0
}

fn list(st: &State) -> &WeakList {
    &st.finalisers
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
        self.new_listed(list, body)
    }

    /// Calls the finalisers of the dead that the last collections have found, and the callbacks of weak references;
    /// whether there was one.
    #[cold]
    #[inline(never)]
    pub fn run_finalisers(&mut self) -> bool {
        if self.st.finalisers.waiting() + self.st.weakrefs.waiting() == 0 {
            return false;
        }
        if self.st.finalising || self.heap_locked() {
            self.st.ask_again();
            return false;
        }
        self.run_weak_callbacks();
        // Those that die meanwhile wait for the next time.
        for _ in 0..self.st.finalisers.waiting() {
            self.finalise_next();
        }
        if self.st.finalisers.waiting() + self.st.weakrefs.waiting() > 0 {
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
        self.fire_all();
        for _ in 0..ROUNDS {
            self.st.finalisers.set_all_apart();
            for _ in 0..self.st.finalisers.waiting() {
                self.finalise_next();
            }
        }
    }

    fn finalise_next(&mut self) {
        let Some(v) = self.st.finalisers.take() else { return };
        if let Some(finalise) = self.type_of(v).slots.finalise {
            self.guarded(|vm| finalise(vm, v));
        }
    }

    /// Calls `f` as something that the program knows nothing of: what it raises is printed.
    pub(super) fn guarded(&mut self, f: impl FnOnce(&mut Vm) -> Outcome) {
        let waiting = (self.st.raised, self.st.stop_value, self.st.current_exception);
        self.st.finalising = true;
        if f(self).is_err() {
            let exc = self.take_raised();
            let _ = self.print_exception(exc, &mut Out::Error);
        }
        self.st.finalising = false;
        (self.st.raised, self.st.stop_value, self.st.current_exception) = waiting;
    }
}
