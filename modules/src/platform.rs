//! `platform`: what the program runs on, in words.

use krait_runtime::{Args, Outcome, Value, Vm, module, q};

use crate::sys::VERSION;

/// The processor that this was built for.
const ARCH: &str = if cfg!(target_arch = "x86_64") {
    "x86_64"
} else if cfg!(target_arch = "x86") {
    "x86"
} else if cfg!(target_arch = "aarch64") {
    "aarch64"
} else if cfg!(target_arch = "arm") {
    "arm"
} else if cfg!(target_arch = "xtensa") {
    "xtensa"
} else if cfg!(target_arch = "riscv32") {
    "riscv32"
} else if cfg!(target_arch = "riscv64") {
    "riscv64"
} else {
    ""
};

module! {
    /// `platform`
    pub static PLATFORM: q!(platform);
    q!(platform) => kw(0, platform),
    q!(python_compiler) => f0(python_compiler),
    q!(libc_ver) => kw(0, libc_ver),
}

/// `platform()`: system, version, processor.
fn platform(vm: &mut Vm, _: &Args<'_>) -> Outcome {
    let system = vm.platform().identity().platform;
    let [major, minor, micro] = VERSION;
    vm.format_str(format_args!("{system}-{major}.{minor}.{micro}-{ARCH}-krait-{}", env!("CARGO_PKG_VERSION")))
}

/// `python_compiler()`
fn python_compiler(vm: &mut Vm) -> Outcome {
    vm.new_str(concat!("rustc ", env!("CARGO_PKG_RUST_VERSION")))
}

/// `libc_ver()`: none is used.
fn libc_ver(vm: &mut Vm, _: &Args<'_>) -> Outcome {
    let empty = Value::qstr(q!(empty_));
    Ok(vm.new_tuple(&[empty, empty])?.value())
}
