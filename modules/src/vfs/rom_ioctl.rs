//! `vfs.rom_ioctl`: the places where a machine keeps ROMFS images, which `mpremote romfs` queries and writes.
//!
//! Errors are returned as negative numbers, not raised: that is what the tool expects.

use krait_hal::Blocks;
use krait_runtime::{Args, Outcome, Raised, Value, Vm};

use super::errno::EINVAL;

mod op {
    pub(super) const COUNT: isize = 1;
    pub(super) const SEGMENT: isize = 2;
    pub(super) const PREPARE: isize = 3;
    pub(super) const WRITE: isize = 4;
    pub(super) const COMPLETE: isize = 5;
}

/// What a write's length must be a multiple of.
const WRITE_UNIT: isize = 4;

/// An image without contents, for machines that have no place for one.
const EMPTY: &[u8] = b"\xd2\xcd\x31\x00";

fn arg(vm: &mut Vm, args: &Args<'_>, i: usize) -> Result<usize, Raised> {
    let n = vm.need_int(args.get(i).unwrap_or(Value::small_int(0)))?;
    usize::try_from(n).map_err(|_| vm.os_error(EINVAL))
}

fn errno(n: i32) -> Outcome {
    Ok(Value::small_int(-(n as isize)))
}

/// `rom_ioctl(1)`: how many segments. `rom_ioctl(2, id)`: one as memory. `rom_ioctl(3, id, length)`: erases.
/// `rom_ioctl(4, id, offset, buf)`: writes. `rom_ioctl(5, id)`: makes it final.
pub(super) fn rom_ioctl(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let op = vm.need_int(args.get(0).unwrap_or(Value::NONE))?;
    let segments = vm.platform().rom_segments();
    if op == op::COUNT {
        return Ok(Value::small_int(segments.len().max(1) as isize));
    }
    let id = arg(vm, args, 1)?;
    let Some(segment) = segments.get(id).copied() else {
        let empty = op == op::SEGMENT && id == 0 && segments.is_empty();
        return if empty { vm.new_static_view(EMPTY) } else { errno(EINVAL) };
    };
    match op {
        op::SEGMENT => match segment.mapped() {
            Some(memory) => vm.new_static_view(memory),
            None => super::NativeBlocks::object(vm, segment),
        },
        op::PREPARE => {
            let length = arg(vm, args, 2)?;
            prepare(vm, segment, length)
        }
        op::WRITE => {
            let offset = arg(vm, args, 2)?;
            let from = vm.need_buffer(args.get(3).unwrap_or(Value::NONE), false)?;
            let size = segment.block_size().max(1);
            match segment.write(offset / size, offset % size, from.bytes(vm)) {
                Ok(()) => errno(0),
                Err(e) => errno(e.0),
            }
        }
        op::COMPLETE => match segment.sync() {
            Ok(()) => errno(0),
            Err(e) => errno(e.0),
        },
        _ => errno(EINVAL),
    }
}

fn prepare(vm: &mut Vm, segment: &'static dyn Blocks, length: usize) -> Outcome {
    let blocks = length.div_ceil(segment.block_size().max(1));
    if blocks > segment.block_count() {
        return errno(EINVAL);
    }
    for block in 0..blocks {
        vm.poll()?;
        if let Err(e) = segment.erase(block) {
            return errno(e.0);
        }
    }
    Ok(Value::small_int(WRITE_UNIT))
}
