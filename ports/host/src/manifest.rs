//! The built-in modules of the host port.

use krait_modules as m;
use krait_runtime::Obj;
use krait_runtime::builtins::BUILTINS;
use krait_runtime::obj::module::Module;

/// All of them.
pub static MODULES: &[&Obj<Module>] = &[
    &BUILTINS,
    &m::array_module::ARRAY_MODULE,
    &m::cmath::CMATH,
    &m::collections::COLLECTIONS,
    &m::errno::ERRNO,
    &m::gc::GC,
    &m::io::IO,
    &m::math::MATH,
    &m::micropython::MICROPYTHON,
    &m::struct_::STRUCT,
    &m::sys::SYS,
    &m::time::TIME,
];
