//! Failure: one word, and the exception waits in the [`Vm`].

use core::fmt;

use crate::obj::exception::{self, Exception};
use crate::{Args, Gc, Obj, Ref, Type, Value, Vm};

/// A Python exception was raised; it waits in the `Vm` until it is taken. Zero-sized, so that an [`Outcome`] is
/// one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Raised(pub(crate) ());

/// What an operation gives: a value, or an exception raised.
pub type Outcome = Result<Value, Raised>;

/// As [`Outcome`], where there may be no value: an operator not supported, an attribute absent, an iterator at
/// its end.
pub type Maybe = Result<Option<Value>, Raised>;

const _: () = assert!(size_of::<Outcome>() == size_of::<Value>());

impl Vm {
    /// Raises the exception object `exc`.
    #[cold]
    pub fn raise(&mut self, exc: Value) -> Raised {
        self.st.raised = Some(exc);
        Raised(())
    }

    /// Takes the exception that was raised last.
    pub fn take_raised(&mut self) -> Value {
        self.st.raised.take().unwrap_or(Value::NONE)
    }

    /// Raises a new exception of the native type `ty` with a message.
    #[cold]
    #[inline(never)]
    pub fn raise_str(&mut self, ty: &'static Obj<Type>, message: &str) -> Raised {
        if self.heap_locked() {
            return self.raise_locked(ty, format_args!("{message}"));
        }
        match self.new_str(message) {
            Ok(m) => self.raise_args(ty, &[m]),
            Err(_) => self.raise_locked(ty, format_args!("{message}")),
        }
    }

    /// Raises a new exception of the native type `ty` with a formatted message.
    #[cold]
    #[inline(never)]
    pub fn raise_fmt(&mut self, ty: &'static Obj<Type>, message: fmt::Arguments<'_>) -> Raised {
        if self.heap_locked() {
            return self.raise_locked(ty, message);
        }
        match self.format_str(message) {
            Ok(m) => self.raise_args(ty, &[m]),
            Err(_) => self.raise_locked(ty, message),
        }
    }

    /// As [`Vm::raise_fmt`] while the heap is locked or full: with a text if memory was set aside for it.
    #[cold]
    fn raise_locked(&mut self, ty: &'static Obj<Type>, message: fmt::Arguments<'_>) -> Raised {
        match self.emergency_text(message) {
            Some(text) => self.raise_args(ty, &[text]),
            None => self.raise_args(ty, &[]),
        }
    }

    /// Raises a new exception of the native type `ty` with these arguments.
    #[cold]
    #[inline(never)]
    pub fn raise_args(&mut self, ty: &'static Obj<Type>, args: &[Value]) -> Raised {
        let ty = Ref::of_static(ty);
        match Exception::make(self, ty, args) {
            Ok(e) => self.raise(e),
            Err(r) => match Exception::make_without_heap(self, ty, args) {
                Some(e) => self.raise(e),
                None => r,
            },
        }
    }

    /// Raises `TypeError`.
    #[cold]
    pub fn type_error(&mut self, message: fmt::Arguments<'_>) -> Raised {
        self.raise_fmt(&exception::TYPE_ERROR, message)
    }

    /// Raises `ValueError`.
    #[cold]
    pub fn value_error(&mut self, message: &str) -> Raised {
        self.raise_str(&exception::VALUE_ERROR, message)
    }

    /// Raises `IndexError`.
    #[cold]
    pub fn index_error(&mut self, message: &str) -> Raised {
        self.raise_str(&exception::INDEX_ERROR, message)
    }

    /// Raises `KeyError` with the key.
    #[cold]
    pub fn key_error(&mut self, key: Value) -> Raised {
        self.raise_args(&exception::KEY_ERROR, &[key])
    }

    /// Raises `OSError` with an errno number.
    #[cold]
    pub fn os_error(&mut self, errno: i32) -> Raised {
        self.raise_args(&exception::OS_ERROR, &[Value::small_int(errno as isize)])
    }

    /// Raises `RuntimeError`.
    #[cold]
    pub fn runtime_error(&mut self, message: &str) -> Raised {
        self.raise_str(&exception::RUNTIME_ERROR, message)
    }

    /// Raises `OverflowError`.
    #[cold]
    pub fn overflow_error(&mut self, message: &str) -> Raised {
        self.raise_str(&exception::OVERFLOW_ERROR, message)
    }

    /// Raises `StopIteration`, with a value unless it is `None`.
    #[cold]
    pub fn stop_iteration(&mut self, value: Option<Value>) -> Raised {
        match value {
            Some(v) if !v.is_none() => self.raise_args(&exception::STOP_ITERATION, &[v]),
            _ => self.raise_args(&exception::STOP_ITERATION, &[]),
        }
    }

    /// Whether the exception raised last is an instance of the native type `ty` or a subclass.
    pub fn raised_is(&self, ty: &'static Obj<Type>) -> bool {
        self.st.raised.is_some_and(|e| self.is_instance(e, Ref::of_static(ty)))
    }

    /// The outcome of `f`, or `None` if it raised the exception `ty`, which is then gone.
    pub fn catch<T>(&mut self, ty: &'static Obj<Type>, outcome: Result<T, Raised>) -> Result<Option<T>, Raised> {
        match outcome {
            Ok(v) => Ok(Some(v)),
            Err(_) if self.raised_is(ty) => {
                self.st.raised = None;
                Ok(None)
            }
            Err(r) => Err(r),
        }
    }

    /// The error for a call with the wrong number of positional arguments.
    #[cold]
    #[inline(never)]
    pub fn wrong_count(&mut self, min: usize, max: usize, given: usize) -> Raised {
        if min == max {
            self.type_error(format_args!("function takes {min} positional arguments but {given} were given"))
        } else if given < min {
            self.type_error(format_args!("function missing {} required positional arguments", min - given))
        } else {
            self.type_error(format_args!("function expected at most {max} arguments, got {given}"))
        }
    }

    /// The memory error of a failed allocation.
    #[cold]
    #[inline(never)]
    pub(crate) fn memory_error(&mut self, bytes: usize) -> Raised {
        let exc = self.st.memory_error;
        Exception::reset_for_memory(self, exc, bytes);
        self.raise(exc.value())
    }

    /// Fails unless the arguments are positional only and their number is in range.
    #[inline]
    pub fn check_args(&mut self, args: &Args<'_>, min: usize, max: usize) -> Result<(), Raised> {
        if !args.kw.is_empty() {
            return Err(self.type_error(format_args!("function doesn't take keyword arguments")));
        }
        if args.pos.len() < min || args.pos.len() > max {
            return Err(self.wrong_count(min, max, args.pos.len()));
        }
        Ok(())
    }

    /// Whether allocation is possible at all now (the heap is not locked).
    pub fn heap_locked(&self) -> bool {
        self.heap().lock_depth() > 0
    }
}
