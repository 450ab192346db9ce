//! A function's code with other globals.

use super::code::Function;
use crate::obj::dict::Dict;
use crate::{Outcome, Ref, Value, Vm};

impl Vm {
    /// A function with the code of `f`, a function without parameters, and other globals.
    ///
    /// # Errors
    /// `TypeError` if `f` is no function made from Python; out of memory.
    pub fn with_globals(&mut self, f: Value, globals: Ref<Dict>) -> Outcome {
        match f.downcast::<Function>() {
            Some(fun) if fun.globals == globals => Ok(f),
            Some(fun) => self.make_function(fun.code.value(), globals, None, None, &[]),
            None => Err(self.type_error(format_args!("code expected"))),
        }
    }

    /// A new function with the code of `f` and other globals, without default values.
    ///
    /// # Errors
    /// `ValueError` for a closure, whose variables it would lack; out of memory.
    pub fn function_of(&mut self, f: Value, globals: Ref<Dict>) -> Outcome {
        match f.downcast::<Function>() {
            Some(fun) if fun.n_closed > 0 => Err(self.value_error("closure expected")),
            Some(fun) => self.make_function(fun.code.value(), globals, None, None, &[]),
            None => Err(self.type_error(format_args!("code expected"))),
        }
    }
}
