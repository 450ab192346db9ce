//! How `import` and `execfile` find files: through the mount table.

use core::cell::Cell;

use krait_hal::{PathKind, SeekTo, Stat};
use krait_runtime::obj::exception;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::ops::import_files::ImportFiles;
use krait_runtime::{NewObject, Outcome, Raised, Ref, Tracer, Value, Vm, class, q};

use super::mount::{self, Place};
use super::{FsProtocol, file};

/// The bytes that are asked of a file written in Python at once, if it does not say how many.
const USUAL: isize = 64;
/// The most of them: a file may say, but not take all memory.
const MOST: isize = 255;
const LEAST: isize = 16;

/// `ioctl` of streams: close.
const CLOSE: isize = 4;
/// `ioctl` of streams: how many bytes to ask for at once.
const BUFFER_SIZE: isize = 11;

/// What ports set as the place that modules come from.
pub struct VfsImport;

/// The only one.
pub static IMPORT: VfsImport = VfsImport;

/// A file written in Python that is being read: the body of an object that Python never sees.
pub struct PythonFile {
    file: Value,
    /// A bytearray, for `readinto`.
    buf: Value,
    /// Bytes asked for at once.
    size: usize,
    /// What of the buffer is not used yet.
    at: Cell<usize>,
    end: Cell<usize>,
    /// A short read was the last one.
    ended: Cell<bool>,
}

impl PythonFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.file);
        t.value(self.buf);
    }
}

class! {
    /// See [`PythonFile`].
    pub static PYTHON_FILE: q!(IOBase) for PythonFile;
}

impl ImportFiles for VfsImport {
    fn kind(&self, vm: &mut Vm, path: &str) -> Result<PathKind, Raised> {
        let Place::In(mount, inner) = mount::find(vm, path) else { return Ok(PathKind::None) };
        if let Some(native) = vm.protocol::<FsProtocol>(mount.fs) {
            return (native.kind)(vm, mount.fs, inner);
        }
        let path = vm.new_str(inner)?;
        let stat = vm.call_method(mount.fs, q!(stat), &[path]);
        // Whatever is wrong with the path: no module is there.
        let Some(stat) = vm.catch(&exception::EXCEPTION, stat)? else { return Ok(PathKind::None) };
        let mode = vm.subscr(stat, Value::small_int(0))?;
        let mode = vm.need_int(mode)?;
        let folder = mode & Stat::FOLDER as isize != 0;
        Ok(if folder { PathKind::Folder } else { PathKind::File })
    }

    fn open(&self, vm: &mut Vm, path: &str) -> Outcome {
        let place = mount::find(vm, path);
        let file = mount::ask(vm, place, false, q!(open), Some(Value::qstr(q!(rb))))?;
        if file::opened(file).is_some() {
            return Ok(file);
        }
        let size = match vm.get_attr_or_none(file, q!(ioctl))? {
            Some(ioctl) => {
                let size = vm.call(ioctl, &[Value::small_int(BUFFER_SIZE), Value::small_int(0)])?;
                vm.int_maybe(size)?.unwrap_or(0)
            }
            None => 0,
        };
        let size = if size > 0 { size.clamp(LEAST, MOST) } else { USUAL } as usize;
        let buf = vm.new_bytearray_of(size)?.value();
        let (at, end, ended) = (Cell::new(0), Cell::new(0), Cell::new(false));
        Ok(vm.new_object(PythonFile { file, buf, size, at, end, ended })?.value())
    }

    fn in_place(&self, vm: &Vm, file: Value) -> Option<Buffer> {
        let o = file::opened(file)?;
        o.ops.in_place(vm, o.state)
    }

    fn size(&self, vm: &mut Vm, file: Value) -> Option<usize> {
        let o = file::opened(file)?;
        let mut seek = |to| match o.ops.seek(vm, o.state, to) {
            Ok(n) => usize::try_from(n).ok(),
            Err(_) => {
                vm.take_raised();
                None
            }
        };
        let size = seek(SeekTo::End(0))?;
        seek(SeekTo::Start(0)).map(|_| size)
    }

    fn read(&self, vm: &mut Vm, file: Value, to: &mut [u8]) -> Result<usize, Raised> {
        match (file.downcast::<PythonFile>(), file::opened(file)) {
            (Some(python), _) => read_python(vm, python, to),
            (None, Some(o)) => Ok(o.ops.read(vm, o.state, to)?.unwrap_or(0)),
            (None, None) => Ok(0),
        }
    }

    fn close(&self, vm: &mut Vm, file: Value) -> Result<(), Raised> {
        let Some(python) = file.downcast::<PythonFile>() else { return file::close(vm, file) };
        if let Some(ioctl) = vm.get_attr_or_none(python.file, q!(ioctl))? {
            vm.call(ioctl, &[Value::small_int(CLOSE), Value::small_int(0)])?;
        } else if let Some(close) = vm.get_attr_or_none(python.file, q!(close))? {
            vm.call(close, &[])?;
        }
        Ok(())
    }
}

fn read_python(vm: &mut Vm, f: Ref<PythonFile>, to: &mut [u8]) -> Result<usize, Raised> {
    if f.at.get() >= f.end.get() {
        if f.ended.get() {
            return Ok(0);
        }
        fill(vm, f)?;
    }
    let Some(buf) = vm.buffer_of(f.buf) else { return Ok(0) };
    let ready = buf.bytes(vm).get(f.at.get()..f.end.get()).unwrap_or(&[]);
    let n = ready.len().min(to.len());
    to.iter_mut().zip(ready).for_each(|(to, from)| *to = *from);
    f.at.set(f.at.get() + n);
    Ok(n)
}

/// Asks the file for the next bytes.
fn fill(vm: &mut Vm, f: Ref<PythonFile>) -> Result<(), Raised> {
    f.at.set(0);
    f.end.set(0);
    // A program can change a bytearray's length, and some do.
    super::block::resize(vm, f.buf, f.size)?;
    let n = vm.call_method(f.file, q!(readinto), &[f.buf])?;
    let n = if n.is_none() { 0 } else { vm.need_int(n)? };
    if n < 0 {
        let errno = i32::try_from(n.unsigned_abs()).unwrap_or(super::errno::EIO);
        return Err(vm.os_error(errno));
    }
    let there = vm.buffer_of(f.buf).map_or(0, |b| b.len);
    let n = (n as usize).min(there);
    f.end.set(n);
    f.ended.set(n < f.size);
    Ok(())
}
