//! Memory for exceptions that are raised while the heap is locked or full.
//!
//! Invariant: nothing here allocates but [`Vm::reserve_emergency`]. Texts are cut off the memory that was set aside, one
//! after the other, until it is used up; unlocking the heap makes it whole again.

use krait_memory::Heap;

use super::state::Bare;
use crate::obj::str_::StrBody;
use crate::obj::tuple::Tuple;
use crate::{Raised, Ref, StrBuf, Value, Vm};

/// Memory for one exception that is raised while the heap is locked: its text and its one argument.
pub(super) struct EmergencyStore {
    pub(super) text: StrBuf<StrBody>,
    pub(super) args: Ref<Tuple>,
    bytes: usize,
}

/// Text that never grows beyond the memory it has: what does not fit is cut off, between two characters.
struct Clipped<'a> {
    text: &'a mut StrBuf<StrBody>,
    heap: &'a mut Heap,
}

impl core::fmt::Write for Clipped<'_> {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        let room = self.text.capacity() - self.text.len();
        let s = s.get(..s.floor_char_boundary(room)).unwrap_or("");
        self.text.push_bytes(&mut Bare(self.heap), s.as_bytes()).map_err(|_| core::fmt::Error)
    }
}

impl Vm {
    /// Sets memory aside so that an exception raised while the heap is locked can have a text of up to `bytes`
    /// bytes, an argument, and a traceback. 0 gives it back.
    ///
    /// # Errors
    /// Out of memory.
    pub fn reserve_emergency(&mut self, bytes: usize) -> Result<(), Raised> {
        if bytes == 0 {
            self.st.emergency_store = None;
            return Ok(());
        }
        let mut text = StrBuf::new();
        text.reserve(self, bytes)?;
        let args = self.new_tuple_of(1)?;
        self.st.emergency_store = Some(EmergencyStore { text, args, bytes });
        let e = self.st.emergency;
        e.traceback.reserve_exact(self, 3 * 8)
    }

    /// The text of an exception raised while the heap is locked, if memory was set aside for it.
    #[cold]
    pub(crate) fn emergency_text(&mut self, message: core::fmt::Arguments<'_>) -> Option<Value> {
        let store = self.st.emergency_store.as_mut()?;
        let mut text = core::mem::take(&mut store.text);
        let _ = core::fmt::Write::write_fmt(&mut Clipped { text: &mut text, heap: &mut self.heap }, message);
        let body = StrBody::new(text.len());
        match text.finish_part(&mut self.heap, body) {
            // The rest serves for the next one, until `renew_emergency`.
            Ok((made, rest)) => {
                self.st.emergency_store.as_mut()?.text = rest;
                Some(made.value())
            }
            Err(text) => {
                self.st.emergency_store.as_mut()?.text = text;
                None
            }
        }
    }

    /// The argument tuple of an exception raised while the heap is locked.
    pub(crate) fn emergency_args(&mut self, args: &[Value]) -> Option<Ref<Tuple>> {
        let (store, [arg]) = (self.st.emergency_store.as_ref()?, args) else { return None };
        for cell in store.args.tail_cells() {
            cell.set(*arg);
        }
        Some(store.args)
    }

    /// Makes the emergency memory ready again, once the heap is not locked any more.
    pub fn renew_emergency(&mut self) -> Result<(), Raised> {
        match &self.st.emergency_store {
            Some(store) if store.text.capacity() < store.bytes => {
                let bytes = store.bytes;
                self.reserve_emergency(bytes)
            }
            _ => Ok(()),
        }
    }
}
