//! How a file system plugs in: [`FileSystem`], and the Python methods that follow from it.
//!
//! # How to write a file system
//! 1. A struct, the body of the Python class's objects, with `fn trace(&self, t: &mut Tracer<'_>)`. Cells for what
//!    changes. A [`BlockDevice`](super::BlockDevice) in it if it has one (trace it, too).
//! 2. `impl FileSystem for` it. Paths come as the mount table passes them on: from the file system's root
//!    (`/a/b`, `/`) or relative to its current folder (`a`, ``, `..`). It is not known whether they are tidy.
//! 3. [`file_system!`](crate::file_system) declares the class with all methods of the protocol; rows of its own
//!    (`mkfs`) and the constructor are added there.
//! 4. For open files, a second body (class without methods, which Python never sees) and a unit struct that
//!    implements [`OpenFile`](super::OpenFile) for it; `open` returns both as [`Opened`](super::Opened). The
//!    Python object, text, lines, closed-ness and finaliser are `super::file`'s business.
//! 5. For listings the same with [`Folder`](super::Folder).
//!
//! ```text
//! pub struct RamFs { top: ... , readonly: Cell<bool> }
//! file_system! {
//!     /// `VfsRam`
//!     pub static VFS_RAM: q!(VfsRam) for RamFs, new: new;
//!     q!(mkfs) => smethod(f1(mkfs)),
//! }
//! impl FileSystem for RamFs {
//!     fn open(vm: &mut Vm, fs: Ref<Self>, path: &str, mode: Mode) -> Result<Opened, Raised> {
//!         let Some(found) = ... else { return Err(vm.os_error(errno::ENOENT)) };
//!         let state = vm.new_object(RamFile { fs, at: Cell::new(0), .. })?.value();
//!         Ok(Opened { ops: &RamFiles, state })
//!     }
//!     ...
//! }
//! ```
//! Rules: an error is `vm.os_error(number)`, numbers as [`super::errno`] has them. Whatever calls a block device may
//! run Python, and so may come back to this same file system: take what you need out of cells before, put it back
//! after, and raise `EBUSY` if it is gone. An exception that a block device raises is passed on as it is. No slice of
//! the heap lives across such a call; the slices that the protocol hands out are safe to keep meanwhile.

use core::marker::PhantomData;

use krait_hal::PathKind;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::exception;
use krait_runtime::{Args, Object, Outcome, Raised, Ref, Str, Value, Vm};

use super::errno::{ENOENT, EPERM};
use super::{Listing, Mode, Opened, Stat, StatVfs, file, folder, stat};

/// A native file system; see the module's head. Natives of the class call these with `fs` of the right type.
pub trait FileSystem: Object + Sized + 'static {
    /// It is being mounted; `mkfs` asks to make it anew on its device first, which most refuse with `EPERM`.
    ///
    /// # Errors
    /// `OSError`.
    fn mount(vm: &mut Vm, fs: Ref<Self>, readonly: bool, mkfs: bool) -> Result<(), Raised>;

    /// It was unmounted.
    ///
    /// # Errors
    /// `OSError`.
    fn umount(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        let _ = (vm, fs);
        Ok(())
    }

    /// Opens a file.
    ///
    /// # Errors
    /// `OSError`.
    fn open(vm: &mut Vm, fs: Ref<Self>, path: &str, mode: Mode) -> Result<Opened, Raised>;

    /// Changes the current folder.
    ///
    /// # Errors
    /// `OSError`.
    fn chdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised>;

    /// The current folder, from the root `/` on, as a `str`.
    ///
    /// # Errors
    /// `OSError`; out of memory.
    fn getcwd(vm: &mut Vm, fs: Ref<Self>) -> Outcome;

    /// Begins to list a folder.
    ///
    /// # Errors
    /// `OSError`.
    fn list(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Listing, Raised>;

    /// Makes a folder.
    ///
    /// # Errors
    /// `OSError`.
    fn mkdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised>;

    /// Removes a file.
    ///
    /// # Errors
    /// `OSError`.
    fn remove(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised>;

    /// Renames, replacing a file of the new name.
    ///
    /// # Errors
    /// `OSError`.
    fn rename(vm: &mut Vm, fs: Ref<Self>, from: &str, to: &str) -> Result<(), Raised>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// `OSError`.
    fn rmdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised>;

    /// What a path names.
    ///
    /// # Errors
    /// `OSError`.
    fn stat(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Stat, Raised>;

    /// Sizes of the file system.
    ///
    /// # Errors
    /// `OSError`.
    fn statvfs(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<StatVfs, Raised>;

    /// What a path names, as `import` asks: quickly, and without raising where there is nothing.
    ///
    /// # Errors
    /// What a block device raises.
    fn kind(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<PathKind, Raised> {
        let found = Self::stat(vm, fs, path);
        Ok(vm.catch(&exception::OS_ERROR, found)?.map_or(PathKind::None, |s| s.kind()))
    }

    /// Makes sure that what was written survives a power failure; `os.sync` calls it.
    ///
    /// # Errors
    /// `OSError`.
    fn sync(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        let _ = (vm, fs);
        Ok(())
    }
}

/// What `import` and `os.sync` use of a native file system without going through Python: the table in the class's
/// slot `protocol`.
pub struct FsProtocol {
    /// [`FileSystem::kind`]
    pub kind: fn(&mut Vm, Value, &str) -> Result<PathKind, Raised>,
    /// [`FileSystem::sync`]
    pub sync: fn(&mut Vm, Value) -> Result<(), Raised>,
}

/// The natives of the class of `F`; [`file_system!`](crate::file_system) puts them into its table.
pub struct Natives<F>(PhantomData<F>);

fn this<F: FileSystem>(vm: &mut Vm, v: Value) -> Result<Ref<F>, Raised> {
    match vm.cast::<F>(v) {
        Some(fs) => Ok(fs),
        None => Err(vm.type_error(format_args!("file system expected"))),
    }
}

/// A path that Python gave: `str`, or `bytes` in UTF-8.
///
/// # Errors
/// `TypeError` for another type; `OSError` for bytes that are not UTF-8, or a NUL, which name nothing.
pub fn path(vm: &mut Vm, v: Value) -> Result<Str, Raised> {
    if let Some(bytes) = vm.cast::<Bytes>(v) {
        return match core::str::from_utf8(bytes.tail()) {
            Ok(text) => {
                let text = vm.new_str(text)?;
                vm.need_str(text)
            }
            Err(_) => Err(vm.os_error(ENOENT)),
        };
    }
    let text = vm.need_str(v)?;
    if text.as_bytes().contains(&0) { Err(vm.os_error(ENOENT)) } else { Ok(text) }
}

fn arg(args: &Args<'_>, i: usize) -> Value {
    args.get(i).unwrap_or(Value::NONE)
}

impl<F: FileSystem> Natives<F> {
    /// The table for the slot `protocol`.
    pub const PROTOCOL: FsProtocol = FsProtocol {
        kind: |vm, fs, path| {
            let fs = this::<F>(vm, fs)?;
            F::kind(vm, fs, path)
        },
        sync: |vm, fs| {
            let fs = this::<F>(vm, fs)?;
            F::sync(vm, fs)
        },
    };

    /// `mount(readonly, mkfs)`
    pub fn mount(vm: &mut Vm, fs: Value, readonly: Value, mkfs: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let (readonly, mkfs) = (vm.truth(readonly)?, vm.truth(mkfs)?);
        F::mount(vm, fs, readonly, mkfs)?;
        Ok(Value::NONE)
    }

    /// `umount()`
    pub fn umount(vm: &mut Vm, fs: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        F::umount(vm, fs)?;
        Ok(Value::NONE)
    }

    /// `open(path[, mode])`
    pub fn open(vm: &mut Vm, args: &Args<'_>) -> Outcome {
        let fs = this::<F>(vm, arg(args, 0))?;
        let path = path(vm, arg(args, 1))?;
        let mode = match args.get(2) {
            Some(mode) => Mode::parse(&vm.need_str(mode)?),
            None => Mode::parse("r"),
        };
        file::wrap(vm, mode, |vm| F::open(vm, fs, &path, mode))
    }

    /// `chdir(path)`
    pub fn chdir(vm: &mut Vm, fs: Value, to: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let to = path(vm, to)?;
        F::chdir(vm, fs, &to)?;
        Ok(Value::NONE)
    }

    /// `getcwd()`
    pub fn getcwd(vm: &mut Vm, fs: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        F::getcwd(vm, fs)
    }

    /// `ilistdir([path])`
    pub fn ilistdir(vm: &mut Vm, args: &Args<'_>) -> Outcome {
        let fs = this::<F>(vm, arg(args, 0))?;
        let given = args.get(1).unwrap_or(Value::qstr(krait_runtime::q!(empty_)));
        let bytes = vm.cast::<Bytes>(given).is_some();
        let path = path(vm, given)?;
        folder::wrap(vm, bytes, |vm| F::list(vm, fs, &path))
    }

    /// `mkdir(path)`
    pub fn mkdir(vm: &mut Vm, fs: Value, at: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let at = path(vm, at)?;
        F::mkdir(vm, fs, &at)?;
        Ok(Value::NONE)
    }

    /// `remove(path)`
    pub fn remove(vm: &mut Vm, fs: Value, at: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let at = path(vm, at)?;
        F::remove(vm, fs, &at)?;
        Ok(Value::NONE)
    }

    /// `rename(from, to)`
    pub fn rename(vm: &mut Vm, fs: Value, from: Value, to: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let from = path(vm, from)?;
        let to = path(vm, to)?;
        F::rename(vm, fs, &from, &to)?;
        Ok(Value::NONE)
    }

    /// `rmdir(path)`
    pub fn rmdir(vm: &mut Vm, fs: Value, at: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let at = path(vm, at)?;
        F::rmdir(vm, fs, &at)?;
        Ok(Value::NONE)
    }

    /// `stat(path)`
    pub fn stat(vm: &mut Vm, fs: Value, at: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let at = path(vm, at)?;
        let found = F::stat(vm, fs, &at)?;
        stat::stat_tuple(vm, &found)
    }

    /// `statvfs(path)`
    pub fn statvfs(vm: &mut Vm, fs: Value, at: Value) -> Outcome {
        let fs = this::<F>(vm, fs)?;
        let at = path(vm, at)?;
        let found = F::statvfs(vm, fs, &at)?;
        stat::statvfs_tuple(vm, &found)
    }
}

/// What a file system that cannot be made anew answers to `mount(…, mkfs=True)`.
///
/// # Errors
/// `OSError(EPERM)` if `mkfs`.
pub fn refuse_mkfs(vm: &mut Vm, mkfs: bool) -> Result<(), Raised> {
    if mkfs { Err(vm.os_error(EPERM)) } else { Ok(()) }
}

/// Declares the class of a native file system, with all methods of the protocol; see `vfs::protocol` for the form.
#[macro_export]
macro_rules! file_system {
    (
        $(#[$doc:meta])*
        pub static $name:ident: q!($py:ident) for $body:ty, new: $new:expr;
        $($rows:tt)*
    ) => {
        ::krait_runtime::class! {
            $(#[$doc])*
            pub static $name: q!($py) for $body;
            slots { new: $new, protocol: &$crate::vfs::Natives::<$body>::PROTOCOL }
            attrs {
                q!(mount) => f3($crate::vfs::Natives::<$body>::mount),
                q!(umount) => f1($crate::vfs::Natives::<$body>::umount),
                q!(open) => var(2, 3, $crate::vfs::Natives::<$body>::open),
                q!(chdir) => f2($crate::vfs::Natives::<$body>::chdir),
                q!(getcwd) => f1($crate::vfs::Natives::<$body>::getcwd),
                q!(ilistdir) => var(1, 2, $crate::vfs::Natives::<$body>::ilistdir),
                q!(mkdir) => f2($crate::vfs::Natives::<$body>::mkdir),
                q!(remove) => f2($crate::vfs::Natives::<$body>::remove),
                q!(rename) => f3($crate::vfs::Natives::<$body>::rename),
                q!(rmdir) => f2($crate::vfs::Natives::<$body>::rmdir),
                q!(stat) => f2($crate::vfs::Natives::<$body>::stat),
                q!(statvfs) => f2($crate::vfs::Natives::<$body>::statvfs),
                $($rows)*
            }
        }
    };
}
