//! `os`: paths, random bytes, and what a program can ask of the system.
//!
//! [`OS`] is for machines without a system beneath; [`OS_HOSTED`] has environment variables and the shell, too.
//! Mounting and the file systems' classes are here only because programs of old look for them here; their place is
//! `vfs`.

use core::sync::atomic::{AtomicI32, Ordering};

use krait_hal::{Environment, FileError};
use krait_runtime::memory::rom;
use krait_runtime::{Args, Outcome, Qstr, Raised, Str, StrBuf, Value, Vm, module, q};

use crate::namedtuple::namedtuple;
use crate::sys::{BANNER, VERSION};
use crate::vfs::errno::ENODEV;
use crate::vfs::{mount, os as paths, posix, protocol};

const SEP: Value = Value::qstr(Qstr::from_index(rom::ASCII[b'/' as usize] as u32));

macro_rules! os {
    ($(#[$doc:meta])* $name:ident; $($rows:tt)*) => {
        module! {
            $(#[$doc])*
            pub static $name: q!(os);
            q!(sep) => value(SEP),
            q!(chdir) => f1(paths::chdir),
            q!(getcwd) => f0(paths::getcwd),
            q!(listdir) => var(0, 1, paths::listdir),
            q!(ilistdir) => var(0, 1, paths::ilistdir),
            q!(mkdir) => f1(paths::mkdir),
            q!(remove) => f1(paths::remove),
            q!(unlink) => f1(paths::remove),
            q!(rename) => f2(paths::rename),
            q!(rmdir) => f1(paths::rmdir),
            q!(stat) => f1(paths::stat),
            q!(statvfs) => f1(paths::statvfs),
            q!(sync) => f0(paths::sync),
            q!(mount) => kw(0, mount::mount),
            q!(umount) => f1(mount::umount),
            q!(urandom) => f1(urandom),
            q!(uname) => f0(uname),
            $($rows)*
        }
    };
}

os! {
    /// `os` of a machine of our own.
    OS;
}

os! {
    /// `os` on top of an operating system.
    OS_HOSTED;
    q!(VfsPosix) => ty(&posix::VFS_POSIX),
    q!(errno) => var(0, 1, errno),
    q!(getenv) => var(1, 2, getenv),
    q!(putenv) => f2(putenv),
    q!(unsetenv) => f1(unsetenv),
    q!(system) => f1(system),
}

/// `urandom(n)`
fn urandom(vm: &mut Vm, n: Value) -> Outcome {
    let Ok(mut left) = usize::try_from(vm.need_int(n)?) else { return Err(vm.value_error("negative size")) };
    let mut bytes = StrBuf::new();
    bytes.reserve(vm, left)?;
    let mut piece = [0; 256];
    while left > 0 {
        let n = left.min(piece.len());
        let Some(part) = piece.get_mut(..n) else { break };
        if !vm.platform().entropy(part) {
            bytes.discard(vm);
            return Err(vm.os_error(ENODEV));
        }
        bytes.push_bytes(vm, part)?;
        left -= n;
        if let Err(r) = vm.poll() {
            bytes.discard(vm);
            return Err(r);
        }
    }
    vm.finish_bytes(bytes)
}

/// `uname()`
fn uname(vm: &mut Vm) -> Outcome {
    let names = [q!(sysname), q!(nodename), q!(release), q!(version), q!(machine)].map(Value::qstr);
    let names = vm.new_tuple(&names)?.value();
    // Without a name the class prints its objects as the reference prints this one.
    let class = namedtuple(vm, Value::qstr(q!(empty_)), names)?;
    let id = vm.platform().identity();
    let [major, minor, micro] = VERSION;
    let fields = [
        vm.new_str(id.platform)?,
        vm.new_str(id.platform)?,
        vm.format_str(format_args!("{major}.{minor}.{micro}"))?,
        vm.new_str(BANNER)?,
        vm.new_str(id.machine)?,
    ];
    vm.call(class, &fields)
}

/// The system's last error number, as far as this module has seen it; for `os.errno`.
static LAST: AtomicI32 = AtomicI32::new(0);

fn fail(vm: &mut Vm, e: FileError) -> Raised {
    LAST.store(e.0, Ordering::Relaxed);
    vm.os_error(e.0)
}

/// `errno([number])`
fn errno(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    match args.get(0) {
        None => Ok(Value::small_int(LAST.load(Ordering::Relaxed) as isize)),
        Some(n) => {
            let n = vm.need_int(n)?;
            LAST.store(n as i32, Ordering::Relaxed);
            Ok(Value::NONE)
        }
    }
}

fn environment(vm: &mut Vm) -> Result<&'static dyn Environment, Raised> {
    match vm.platform().environment() {
        Some(e) => Ok(e),
        None => Err(vm.os_error(ENODEV)),
    }
}

fn text(vm: &mut Vm, v: Value) -> Result<Str, Raised> {
    protocol::path(vm, v)
}

/// `getenv(name[, default])`
fn getenv(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let name = text(vm, args.get(0).unwrap_or(Value::NONE))?;
    let environment = environment(vm)?;
    let mut found = Ok(args.get(1).unwrap_or(Value::NONE));
    environment.get(&name, &mut |value| found = vm.new_str(value));
    found
}

/// `putenv(name, value)`
fn putenv(vm: &mut Vm, name: Value, value: Value) -> Outcome {
    let (name, value) = (text(vm, name)?, text(vm, value)?);
    match environment(vm)?.set(&name, &value) {
        Ok(()) => Ok(Value::NONE),
        Err(e) => Err(fail(vm, e)),
    }
}

/// `unsetenv(name)`
fn unsetenv(vm: &mut Vm, name: Value) -> Outcome {
    let name = text(vm, name)?;
    match environment(vm)?.unset(&name) {
        Ok(()) => Ok(Value::NONE),
        Err(e) => Err(fail(vm, e)),
    }
}

/// `system(command)`: the command's status as C's `system` gives it (256 times the exit status).
fn system(vm: &mut Vm, command: Value) -> Outcome {
    let command = text(vm, command)?;
    vm.platform().console().flush();
    let environment = environment(vm)?;
    match vm.blocking(|| environment.run(&command)) {
        Ok(status) => Ok(Value::small_int(status as isize)),
        Err(e) => Err(fail(vm, e)),
    }
}
