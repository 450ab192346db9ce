//! The functions of `os` that take paths: each finds the file system, and asks it.

use core::cell::Cell;

use krait_hal::{Stat, StatVfs};
use krait_runtime::obj::str_::ascii_char;
use krait_runtime::{Args, Maybe, NewObject, Outcome, Param, Raised, Tracer, Value, Vm, class, q};

use super::errno::{EEXIST, EPERM};
use super::mount::{self, Place, ask, find, path_arg};
use super::{Mode, posix, stat};

/// The longest path that is worth trying where nothing is mounted.
const NAME_MAX: u64 = 255;

fn on_path(vm: &mut Vm, path: Value, method: krait_runtime::Qstr) -> Outcome {
    let (path, bytes) = path_arg(vm, path)?;
    let place = find(vm, &path);
    ask(vm, place, bytes, method, None)
}

/// `open(file, mode='r', buffering=-1, encoding=None)`
pub(crate) fn open(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [file, mode, buffering, _] = args.bind(
        vm,
        &[
            Param::required(q!(file)),
            Param::optional(q!(mode), Value::qstr(q!(r))),
            Param::optional(q!(buffering), Value::small_int(-1)),
            Param::optional(q!(encoding), Value::NONE),
        ],
    )?;
    vm.need_int(buffering)?;
    if let Some(number) = vm.int_maybe(file)? {
        let mode = vm.need_str(mode)?;
        return posix::adopt(vm, number, Mode::parse(&mode));
    }
    let (path, bytes) = path_arg(vm, file)?;
    let place = find(vm, &path);
    ask(vm, place, bytes, q!(open), Some(mode))
}

/// `chdir(path)`
pub(crate) fn chdir(vm: &mut Vm, path: Value) -> Outcome {
    let (path, bytes) = path_arg(vm, path)?;
    match find(vm, &path) {
        Place::Root => {
            // Relative paths then start at the root of what is mounted there.
            if let Some(root) = mount::root_mount(vm) {
                vm.call_method(root.fs, q!(chdir), &[ascii_char(b'/')])?;
            }
            mount::set_current(vm, None);
        }
        place => {
            ask(vm, place, bytes, q!(chdir), None)?;
            if let Place::In(m, _) = place {
                mount::set_current(vm, Some(m));
            }
        }
    }
    Ok(Value::NONE)
}

/// `getcwd()`
pub(crate) fn getcwd(vm: &mut Vm) -> Outcome {
    let Some(m) = vm.st.modules.current_mount.and_then(|v| v.downcast::<mount::Mount>()) else {
        return Ok(ascii_char(b'/'));
    };
    let inner = vm.call_method(m.fs, q!(getcwd), &[])?;
    if m.is_root(vm) {
        return Ok(inner);
    }
    let (point, inner) = (vm.need_str(m.path)?, vm.need_str(inner)?);
    let inner = if inner.as_str() == "/" { "" } else { inner.as_str() };
    vm.format_str(format_args!("{}{inner}", point.as_str()))
}

/// `ilistdir([path])`
pub(crate) fn ilistdir(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let path = args.get(0).unwrap_or(Value::qstr(q!(empty_)));
    let (path, bytes) = path_arg(vm, path)?;
    match find(vm, &path) {
        Place::Root => {
            let it = RootIter { at: Cell::new(0), inner: Cell::new(None), bytes };
            Ok(vm.new_object(it)?.value())
        }
        place => ask(vm, place, bytes, q!(ilistdir), None),
    }
}

/// `listdir([path])`
pub(crate) fn listdir(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let it = ilistdir(vm, args)?;
    let list = vm.new_list(&[])?;
    vm.each(it, |vm, entry| {
        let name = vm.subscr(entry, Value::small_int(0))?;
        list.items.push(vm, name)
    })?;
    Ok(list.value())
}

/// A listing of the root: the mount points, then what is in the file system mounted there.
pub(crate) struct RootIter {
    at: Cell<usize>,
    inner: Cell<Option<Value>>,
    bytes: bool,
}

impl RootIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.inner.get());
    }
}

class! {
    /// What `ilistdir` of the root gives.
    pub static ROOT_ITER: q!(iterator) for RootIter;
    slots { iter: krait_runtime::obj::iterator::itself, next: next }
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<RootIter>() else { return Ok(None) };
    if let Some(inner) = it.inner.get() {
        return vm.iter_next(inner);
    }
    let Some(m) = mount::entry(vm, it.at.get()) else { return Ok(None) };
    it.at.set(it.at.get() + 1);
    if m.is_root(vm) {
        let root = mount::path_value(vm, "/", it.bytes)?;
        let listing = vm.call_method(m.fs, q!(ilistdir), &[root])?;
        let inner = vm.get_iter(listing)?;
        it.inner.set(Some(inner));
        return vm.iter_next(inner);
    }
    let point = vm.need_str(m.path)?;
    let name = mount::path_value(vm, point.trim_start_matches('/'), it.bytes)?;
    let zero = Value::small_int(0);
    Ok(Some(vm.new_tuple(&[name, Value::small_int(Stat::FOLDER as isize), zero])?.value()))
}

/// `mkdir(path)`
pub(crate) fn mkdir(vm: &mut Vm, path: Value) -> Outcome {
    let (text, bytes) = path_arg(vm, path)?;
    match find(vm, &text) {
        Place::Root | Place::In(_, "/") => Err(vm.os_error(EEXIST)),
        place => ask(vm, place, bytes, q!(mkdir), None),
    }
}

/// `remove(path)`, `unlink(path)`
pub(crate) fn remove(vm: &mut Vm, path: Value) -> Outcome {
    on_path(vm, path, q!(remove))
}

/// `rename(from, to)`
pub(crate) fn rename(vm: &mut Vm, from: Value, to: Value) -> Outcome {
    let ((from, bytes), (to, to_bytes)) = (path_arg(vm, from)?, path_arg(vm, to)?);
    let (old, new) = (find(vm, &from), find(vm, &to));
    match (old, new) {
        (Place::In(a, _), Place::In(b, inner)) if a == b => {
            let inner = mount::path_value(vm, inner, to_bytes)?;
            ask(vm, old, bytes, q!(rename), Some(inner))
        }
        (Place::Nowhere, Place::Nowhere) => ask(vm, old, bytes, q!(rename), None),
        // A file cannot move from one file system to another.
        _ => Err(vm.os_error(EPERM)),
    }
}

/// `rmdir(path)`
pub(crate) fn rmdir(vm: &mut Vm, path: Value) -> Outcome {
    on_path(vm, path, q!(rmdir))
}

/// `stat(path)`
pub(crate) fn stat(vm: &mut Vm, path: Value) -> Outcome {
    let (text, bytes) = path_arg(vm, path)?;
    match find(vm, &text) {
        Place::Root => stat::stat_tuple(vm, &Stat::folder()),
        place => ask(vm, place, bytes, q!(stat), None),
    }
}

/// `statvfs(path)`
pub(crate) fn statvfs(vm: &mut Vm, path: Value) -> Outcome {
    let (text, bytes) = path_arg(vm, path)?;
    match (find(vm, &text), mount::root_mount(vm)) {
        (Place::Root, Some(root)) => vm.call_method(root.fs, q!(statvfs), &[ascii_char(b'/')]),
        (Place::Root, None) => stat::statvfs_tuple(vm, &StatVfs { name_max: NAME_MAX, ..StatVfs::default() }),
        (place, _) => ask(vm, place, bytes, q!(statvfs), None),
    }
}

/// `sync()`: of all file systems.
pub(crate) fn sync(vm: &mut Vm) -> Outcome {
    let mut i = 0;
    while let Some(m) = mount::entry(vm, i) {
        i += 1;
        if let Some(native) = vm.protocol::<super::FsProtocol>(m.fs) {
            (native.sync)(vm, m.fs)?;
        }
    }
    Ok(Value::NONE)
}

/// Mounts a file system at `/` and starts relative paths there, as hosts do before a program runs.
///
/// # Errors
/// What mounting raises.
pub fn mount_root(vm: &mut Vm, fs: Value) -> Result<(), Raised> {
    let at = ascii_char(b'/');
    mount::mount(vm, &Args::positional(&[fs, at]))?;
    let root = mount::root_mount(vm);
    mount::set_current(vm, root);
    Ok(())
}
