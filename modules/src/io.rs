//! `io`

use krait_runtime::{Args, Outcome, Ref, Type, Value, Vm, class, module};

use crate::buffered_writer::BUFFERED_WRITER;
use crate::memory_stream::{BYTES_IO, STRING_IO};
use crate::vfs;

class! {
    /// `io.IOBase`: what a class inherits from to be a stream. Its methods are the class's own.
    pub static IO_BASE: q!(IOBase);
    slots { new: new_base }
}

/// The native part of an instance has nothing to remember: any value does.
fn new_base(_: &mut Vm, _: Ref<Type>, _: &Args<'_>) -> Outcome {
    Ok(Value::NOT_IMPLEMENTED)
}

module! {
    /// `io`
    pub static IO: q!(io);
    q!(open) => kw(0, vfs::os::open),
    q!(BufferedWriter) => ty(&BUFFERED_WRITER),
    q!(IOBase) => ty(&IO_BASE),
    q!(StringIO) => ty(&STRING_IO),
    q!(BytesIO) => ty(&BYTES_IO),
    q!(TextIOWrapper) => ty(&vfs::file::TEXT_FILE),
    q!(FileIO) => ty(&vfs::file::BYTES_FILE),
}
