//! The built-in modules of the host port.

use krait_modules as m;
use krait_runtime::Obj;
use krait_runtime::builtins::BUILTINS;
use krait_runtime::obj::module::Module;

/// All of them.
pub static MODULES: &[&Obj<Module>] = &[
    &BUILTINS,
    &m::array_module::ARRAY_MODULE,
    &m::binascii::BINASCII,
    &m::asyncio::ASYNCIO,
    &m::btree::BTREE,
    &m::cmath::CMATH,
    &m::collections::COLLECTIONS,
    &m::cryptolib::CRYPTOLIB,
    &m::deflate::DEFLATE,
    &m::errno::ERRNO,
    &m::framebuf::FRAMEBUF,
    &m::gc::GC,
    &m::hashlib::HASHLIB,
    &m::heapq::HEAPQ,
    &m::io::IO,
    &m::json::JSON,
    &m::machine::MACHINE_HOSTED,
    &m::machine::onewire::ONEWIRE,
    &m::marshal::MARSHAL,
    &m::math::MATH,
    &m::micropython::MICROPYTHON,
    &m::os::OS_HOSTED,
    &m::platform::PLATFORM,
    &m::random::RANDOM,
    &m::re::RE,
    &m::select::SELECT,
    &m::struct_::STRUCT,
    &m::sys::SYS,
    &m::time::TIME,
    &m::thread::THREAD,
    &m::weakref::WEAKREF,
    &m::uctypes::UCTYPES,
    &m::vfs::VFS_HOSTED,
];
