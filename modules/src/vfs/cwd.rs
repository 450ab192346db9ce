//! The current folder of file systems that have none themselves, and tidy paths.
//!
//! Invariant: a tidy path begins with `/` and has no `.`, no `..` and no empty part; a slash at its end stays, since
//! it says that a folder is meant.

use krait_runtime::{Raised, Str, StrBuf, Value, Vm};

/// The path from the root that `path` means in the folder `here`, which is a tidy one.
///
/// # Errors
/// Out of memory.
pub(super) fn resolve(vm: &mut Vm, here: Value, path: &str) -> Result<Str, Raised> {
    let mut out = StrBuf::new();
    if !path.starts_with('/') {
        let here = vm.need_str(here)?;
        for part in here.split('/').filter(|p| !p.is_empty()) {
            out.push_bytes(vm, b"/")?;
            out.push_bytes(vm, part.as_bytes())?;
        }
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                let up = out.as_bytes().iter().rposition(|&b| b == b'/').unwrap_or(0);
                out.truncate(up);
            }
            _ => {
                out.push_bytes(vm, b"/")?;
                out.push_bytes(vm, part.as_bytes())?;
            }
        }
    }
    if out.is_empty() || path.ends_with('/') {
        out.push_bytes(vm, b"/")?;
    }
    let made = vm.finish_str(out)?;
    vm.need_str(made)
}

/// As [`resolve`], without a slash at the end: what becomes the current folder.
///
/// # Errors
/// Out of memory.
pub(super) fn resolve_folder(vm: &mut Vm, here: Value, path: &str) -> Result<Value, Raised> {
    let whole = resolve(vm, here, path)?;
    match whole.trim_end_matches('/') {
        "" => vm.new_str("/"),
        tidy => vm.new_str(tidy),
    }
}
