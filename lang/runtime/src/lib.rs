//! The runtime: Python's objects and operations, and the virtual machine that runs bytecode on them.
//!
//! What is absent: I/O (a [`krait_hal::Platform`] is carried for the modules, and asked for files by `import`),
//! mutable statics, allocation outside the heap that [`Vm::new`] was given. `unsafe` is allowed in `vm/` only.
//!
//! Vocabulary: a [`Value`] is any Python value; a verb of the runtime is a method of [`Vm`] in `ops/`; a Python
//! type is a file in `obj/`; a failed operation returns [`Raised`], and the exception object waits in the `Vm`.
#![no_std]
#![deny(unsafe_code)]

#[cfg(test)]
extern crate std;

mod args;
pub mod builtins;
#[macro_use]
mod decl;
mod error;
pub mod obj;
pub mod ops;
mod out;
mod ty;
pub mod vm;

pub use args::{Args, Param, Params};
#[doc(hidden)]
pub use decl::Words;
pub use decl::{RomBody, rom_object};
pub use error::{Maybe, Outcome, Raised};
pub use krait_bytecode::{BinaryOp, UnaryOp};
pub use krait_memory as memory;
pub use krait_memory::{
    ByteBuf, Float, Gc, NewObject, NewTailed, Obj, Object, Qstr, Ref, Str, StrBuf, Tailed, Tracer, Value, ValueBuf,
};
pub use out::{Out, PrintKind};
pub use ty::{RomEntry, Slots, Type, TypeFlags, sort_rom};
pub use vm::{Config, Frozen, Vm};
