//! Iteration.

use crate::obj::exception;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::{Maybe, Outcome, Raised, Value, ValueBuf, Vm};

impl Vm {
    /// `iter(v)`
    ///
    /// # Errors
    /// `TypeError: 'X' object isn't iterable`; what `__iter__` raises.
    pub fn get_iter(&mut self, v: Value) -> Outcome {
        let slots = self.type_of(v).slots;
        if let Some(f) = slots.iter {
            return f(self, v);
        }
        if slots.next.is_some() {
            return Ok(v);
        }
        if slots.subscr.is_some() && !self.type_of(v).is_class() {
            return self.new_seq_iter(v);
        }
        let name = self.qstr_text(self.type_of(v).name);
        Err(self.type_error(format_args!("'{}' object isn't iterable", name.as_str())))
    }

    /// The next item, or `None` at the end; then [`crate::vm::State::stop_value`] may hold a generator's result.
    ///
    /// # Errors
    /// `TypeError` if `it` is no iterator; what it raises, `StopIteration` excepted.
    #[inline]
    pub fn iter_next(&mut self, it: Value) -> Maybe {
        match self.type_of(it).slots.next {
            Some(f) => match f(self, it) {
                Ok(v) => Ok(v),
                Err(r) => self.stopped(r),
            },
            None => {
                let name = self.qstr_text(self.type_of(it).name);
                Err(self.type_error(format_args!("'{}' object isn't an iterator", name.as_str())))
            }
        }
    }

    /// A `StopIteration` that came out of a native iterator (`map` of a function that raises it) is its end.
    #[cold]
    fn stopped(&mut self, r: Raised) -> Maybe {
        if !self.raised_is(&exception::STOP_ITERATION) {
            return Err(r);
        }
        let exc = self.take_raised();
        let v = self.get_attr(exc, crate::q!(value))?;
        self.st.stop_value = if v.is_none() { None } else { Some(v) };
        Ok(None)
    }

    /// Calls `f` with each item.
    ///
    /// # Errors
    /// What iterating or `f` raises.
    pub fn each(
        &mut self,
        iterable: Value,
        mut f: impl FnMut(&mut Vm, Value) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        // Lists and tuples need no iterator, which also works while the heap is locked.
        if let Some(l) = iterable.downcast::<List>() {
            let mut i = 0;
            while let Some(v) = l.items.get(i) {
                i += 1;
                self.poll()?;
                f(self, v)?;
            }
            return Ok(());
        }
        if let Some(t) = iterable.downcast::<Tuple>() {
            for v in t.tail() {
                self.poll()?;
                f(self, *v)?;
            }
            return Ok(());
        }
        let it = self.get_iter(iterable)?;
        while let Some(v) = self.iter_next(it)? {
            self.poll()?;
            f(self, v)?;
        }
        Ok(())
    }

    /// Appends every item of `iterable` to `to`.
    ///
    /// # Errors
    /// What iterating raises; out of memory.
    pub fn extend_from_iter(&mut self, to: &ValueBuf, iterable: Value) -> Result<(), Raised> {
        self.each(iterable, |vm, v| to.push(vm, v))
    }

    /// Gives the room for `n` values if that takes no collection; used where an error must not replace another.
    pub(crate) fn reserve_quietly(&mut self, buf: &ValueBuf, n: usize) -> bool {
        let waiting = self.st.raised;
        let ok = buf.reserve_exact(self, n).is_ok();
        self.st.raised = waiting;
        ok
    }
}
