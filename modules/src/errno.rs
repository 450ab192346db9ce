//! `errno`: the error numbers that have names.

use krait_runtime::ops::errno::NAMES;
use krait_runtime::{Maybe, Qstr, Value, Vm, module, q};

module! {
    /// `errno`
    pub static ERRNO: q!(errno), attr(computed);
    q!(errorcode) => value(Value::SENTINEL),
    q!(EPERM) => int(1),
    q!(ENOENT) => int(2),
    q!(EIO) => int(5),
    q!(EBADF) => int(9),
    q!(EAGAIN) => int(11),
    q!(ENOMEM) => int(12),
    q!(EACCES) => int(13),
    q!(EEXIST) => int(17),
    q!(ENODEV) => int(19),
    q!(EISDIR) => int(21),
    q!(EINVAL) => int(22),
    q!(EOPNOTSUPP) => int(95),
    q!(ENOTSUP) => int(95),
    q!(EADDRINUSE) => int(98),
    q!(ECONNABORTED) => int(103),
    q!(ECONNRESET) => int(104),
    q!(ENOBUFS) => int(105),
    q!(ENOTCONN) => int(107),
    q!(ETIMEDOUT) => int(110),
    q!(ECONNREFUSED) => int(111),
    q!(EHOSTUNREACH) => int(113),
    q!(EALREADY) => int(114),
    q!(EINPROGRESS) => int(115),
}

/// `errorcode`: number to name, read-only.
fn computed(vm: &mut Vm, name: Qstr) -> Maybe {
    if name != q!(errorcode) {
        return Ok(None);
    }
    let dict = vm.new_dict()?;
    for (number, text) in NAMES {
        let text = Value::qstr(vm.intern(text)?);
        vm.dict_set(dict, Value::small_int(*number), text)?;
    }
    vm.freeze_dict(dict).map(Some)
}
