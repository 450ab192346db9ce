//! The table of what is mounted, and how a path finds its file system.
//!
//! Invariant: no two mounts have the same path; one at `/` is the last of the table. A path's file system is the one
//! whose mount point is its longest prefix; the path goes on to it from its own root, or, if relative, as it is. The
//! root above all mounts is not a file system: it has only a listing.

use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::exception;
use krait_runtime::obj::list::List;
use krait_runtime::{Args, NewObject, Outcome, Param, Qstr, Raised, Ref, Str, Tracer, Value, Vm, class, q};

use super::errno::{EINVAL, ENODEV, EPERM};
use super::{BlockDevice, Fault, protocol};

/// A mounted file system.
pub(crate) struct Mount {
    /// Where: `/`, or a path that begins with `/` and does not end with it; a `str`.
    pub(crate) path: Value,
    /// The file system.
    pub(crate) fs: Value,
}

impl Mount {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.path);
        t.value(self.fs);
    }

    /// Whether it is mounted at `/`.
    pub(crate) fn is_root(&self, vm: &Vm) -> bool {
        vm.as_str(self.path).is_some_and(|p| p.len() == 1)
    }
}

class! {
    /// An entry of the table; Python never sees it.
    pub static MOUNT: q!(mount) for Mount;
}

/// What a path leads to.
#[derive(Clone, Copy)]
pub(crate) enum Place<'p> {
    /// The root above all mounts.
    Root,
    /// Nothing is mounted there.
    Nowhere,
    /// A path in a file system.
    In(Ref<Mount>, &'p str),
}

/// The table.
pub(crate) fn table(vm: &mut Vm) -> Result<Ref<List>, Raised> {
    match vm.st.modules.mounts {
        Some(list) => Ok(list),
        None => {
            let list = vm.new_list(&[])?;
            vm.st.modules.mounts = Some(list);
            Ok(list)
        }
    }
}

/// The entry at `i`.
pub(crate) fn entry(vm: &Vm, i: usize) -> Option<Ref<Mount>> {
    vm.st.modules.mounts?.items.get(i)?.downcast::<Mount>()
}

/// The mount at `/`, if there is one.
pub(crate) fn root_mount(vm: &Vm) -> Option<Ref<Mount>> {
    let last = vm.st.modules.mounts?.items.len().checked_sub(1)?;
    entry(vm, last).filter(|m| m.is_root(vm))
}

fn current(vm: &Vm) -> Option<Ref<Mount>> {
    vm.st.modules.current_mount?.downcast::<Mount>()
}

/// The mount that relative paths start in.
pub(crate) fn set_current(vm: &mut Vm, m: Option<Ref<Mount>>) {
    vm.st.modules.current_mount = m.map(Ref::value);
}

/// What a path leads to.
pub(crate) fn find<'p>(vm: &Vm, path: &'p str) -> Place<'p> {
    let rest = match (path.strip_prefix('/'), current(vm)) {
        (Some(rest), _) => rest,
        (None, Some(m)) => return Place::In(m, path),
        (None, None) => path,
    };
    if rest.is_empty() {
        return Place::Root;
    }
    let mut best: Option<(usize, Ref<Mount>, &str)> = None;
    let mut i = 0;
    while let Some(m) = entry(vm, i) {
        i += 1;
        let Some(point) = vm.as_str(m.path) else { continue };
        let Some(name) = point.as_str().strip_prefix('/') else { continue };
        let inner = match rest.strip_prefix(name) {
            _ if name.is_empty() => path,
            Some("") => "/",
            Some(inner) if inner.starts_with('/') => inner,
            _ => continue,
        };
        if best.is_none_or(|(len, ..)| name.len() > len) {
            best = Some((name.len(), m, inner));
        }
    }
    match best {
        Some((_, m, inner)) => Place::In(m, inner),
        None => Place::Nowhere,
    }
}

/// A path that Python gave, as text, and whether it was `bytes`.
pub(crate) fn path_arg(vm: &mut Vm, v: Value) -> Result<(Str, bool), Raised> {
    let bytes = vm.cast::<Bytes>(v).is_some();
    Ok((protocol::path(vm, v)?, bytes))
}

/// A path for a file system, of the type that Python gave.
pub(crate) fn path_value(vm: &mut Vm, path: &str, bytes: bool) -> Outcome {
    if bytes { vm.new_bytes(path.as_bytes()) } else { vm.new_str(path) }
}

/// Calls a method of the file system at a place with the path there and more arguments.
///
/// # Errors
/// `OSError`: `ENODEV` where nothing is mounted, `EPERM` at the root above all; what the method raises.
pub(crate) fn ask(vm: &mut Vm, place: Place<'_>, bytes: bool, method: Qstr, more: Option<Value>) -> Outcome {
    let (mount, inner) = match place {
        Place::Nowhere => return Err(vm.os_error(ENODEV)),
        Place::Root => return Err(vm.os_error(EPERM)),
        Place::In(mount, inner) => (mount, inner),
    };
    let path = path_value(vm, inner, bytes)?;
    match more {
        Some(more) => vm.call_method(mount.fs, method, &[path, more]),
        None => vm.call_method(mount.fs, method, &[path]),
    }
}

/// `mount()`: a list of pairs, file system and mount point.
/// `mount(fs, mount_point, *, readonly=False, mkfs=False)`: `fs` may be a block device; what is on it is found out.
pub(crate) fn mount(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    if args.pos.is_empty() && args.kw.is_empty() {
        return listing(vm);
    }
    if args.pos.len() < 2 {
        return Err(vm.wrong_count(2, 2, args.pos.len()));
    }
    let [fs, point, readonly, mkfs] = args.bind(
        vm,
        &[
            Param::required(q!(empty_)),
            Param::required(q!(empty_)),
            Param::kw(q!(readonly), Value::FALSE),
            Param::kw(q!(mkfs), Value::FALSE),
        ],
    )?;
    let (point, _) = path_arg(vm, point)?;
    let point = point.as_str();
    let point = match point.trim_end_matches('/') {
        "" if point.starts_with('/') => "/",
        trimmed if trimmed.starts_with('/') => trimmed,
        _ => return Err(vm.os_error(EINVAL)),
    };
    let path = vm.new_str(point)?;
    let fs = match vm.get_attr_or_none(fs, q!(mount))? {
        Some(_) => fs,
        None => recognise(vm, fs)?,
    };
    vm.call_method(fs, q!(mount), &[readonly, mkfs])?;
    // Whatever is mounted at the root leaves room beneath it; nothing else does.
    let taken = match find(vm, point) {
        Place::In(m, _) => point == "/" || !m.is_root(vm),
        Place::Root => root_mount(vm).is_some(),
        Place::Nowhere => false,
    };
    if taken {
        return Err(vm.os_error(EPERM));
    }
    let entry = vm.new_object(Mount { path, fs })?.value();
    let table = table(vm)?;
    let end = table.items.len() - usize::from(root_mount(vm).is_some());
    table.items.insert(vm, end, entry)?;
    Ok(Value::NONE)
}

fn listing(vm: &mut Vm) -> Outcome {
    let list = vm.new_list(&[])?;
    let mut i = 0;
    while let Some(m) = entry(vm, i) {
        let pair = vm.new_tuple(&[m.fs, m.path])?.value();
        list.items.push(vm, pair)?;
        i += 1;
    }
    Ok(list.value())
}

/// A file system for what is on a block device.
fn recognise(vm: &mut Vm, device: Value) -> Outcome {
    let blocks = BlockDevice::new(vm, device)?;
    let mut name = q!(VfsFat);
    if blocks.mapped().is_some_and(|m| m.starts_with(super::rom::MAGIC)) {
        name = q!(VfsRom);
    } else {
        // The superblock of littlefs stands in the first two blocks, of which one may be damaged.
        for block in 0..2 {
            let mut magic = [0; 8];
            match blocks.read_at(vm, block, 8, &mut magic) {
                Ok(()) if &magic == b"littlefs" => name = q!(VfsLfs2),
                Ok(()) | Err(Fault::Errno(_)) => {}
                // A device of the plain protocol takes no offset, so there can be no littlefs on it.
                Err(Fault::Raised(r)) => {
                    if !vm.raised_is(&exception::EXCEPTION) {
                        return Err(r);
                    }
                    vm.take_raised();
                }
            }
        }
    }
    let class = match vm.builtin_module(q!(vfs)) {
        Some(module) => vm.get_attr_maybe(module, name)?,
        None => None,
    };
    match class {
        Some(class) => vm.call(class, &[device]),
        None => Err(vm.os_error(ENODEV)),
    }
}

/// `umount(mount_point)`, `umount(fs)`
pub(crate) fn umount(vm: &mut Vm, what: Value) -> Outcome {
    let point = vm.as_str(what);
    let mut i = 0;
    let found = loop {
        let Some(m) = entry(vm, i) else { return Err(vm.os_error(EINVAL)) };
        let named = match (point, vm.as_str(m.path)) {
            (Some(p), Some(path)) => p.as_str() == path.as_str() || p.trim_end_matches('/') == path.as_str(),
            _ => false,
        };
        if named || m.fs == what {
            break m;
        }
        i += 1;
    };
    if let Some(table) = vm.st.modules.mounts {
        table.items.remove(i);
    }
    if current(vm) == Some(found) {
        set_current(vm, None);
    }
    vm.call_method(found.fs, q!(umount), &[])?;
    Ok(Value::NONE)
}
