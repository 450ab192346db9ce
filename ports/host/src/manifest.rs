//! The built-in modules of the host port.

use krait_modules as m;
use krait_runtime::Obj;
use krait_runtime::builtins::BUILTINS;
use krait_runtime::obj::module::Module;

/// All of them.
pub static MODULES: &[&Obj<Module>] = &[
    &BUILTINS,
    &m::errno::ERRNO,
    &m::gc::GC,
    &m::io::IO,
    &m::micropython::MICROPYTHON,
    &m::sys::SYS,
    &m::time::TIME,
];
