//! What `stat` and `statvfs` tell, as Python gets it.

pub use krait_hal::{Stat, StatVfs};
use krait_runtime::{Outcome, Value, Vm};

/// The tuple of ten that `stat` gives.
///
/// # Errors
/// Out of memory.
pub fn stat_tuple(vm: &mut Vm, s: &Stat) -> Outcome {
    let numbers = [
        vm.new_int(s.mode)?,
        vm.new_int(s.inode)?,
        vm.new_int(s.device)?,
        vm.new_int(s.links)?,
        vm.new_int(s.user)?,
        vm.new_int(s.group)?,
        vm.new_int(s.size)?,
        vm.new_int(s.accessed)?,
        vm.new_int(s.modified)?,
        vm.new_int(s.changed)?,
    ];
    Ok(vm.new_tuple(&numbers)?.value())
}

/// The tuple of ten that `statvfs` gives.
///
/// # Errors
/// Out of memory.
pub fn statvfs_tuple(vm: &mut Vm, s: &StatVfs) -> Outcome {
    let numbers = [
        s.block_size,
        s.fragment_size,
        s.blocks,
        s.free,
        s.available,
        s.files,
        s.files_free,
        s.files_available,
        s.flags,
        s.name_max,
    ];
    let mut items = [Value::small_int(0); 10];
    for (place, n) in items.iter_mut().zip(numbers) {
        *place = vm.new_int(n)?;
    }
    Ok(vm.new_tuple(&items)?.value())
}
