//! Block devices, as file systems see them: objects of Python, or the machine's own storage.
//!
//! The object's protocol is the reference's: `readblocks(n, buf)` and `writeblocks(n, buf)` for whole blocks,
//! `…(n, buf, offset)` inside them (extended), `ioctl(op, arg)`; or, older, `count()` and `sync()` in place of
//! `ioctl`, with blocks of 512 bytes. What the methods return is 0, `None` or `True` for success, `False` for
//! `EIO`, a negative error number; anything else is `EINVAL`.
//!
//! Invariant: the bytes that Python gets are a bytearray of exactly the length asked for, which is used again for
//! the next call; nobody keeps a slice of it.

use core::cell::Cell;

use krait_hal::{Blocks, FileError};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Gc, NewObject, Outcome, Raised, Ref, Tracer, Value, Vm, class, q};

use super::errno::{EINVAL, EIO, EROFS};

/// The operations of `ioctl`.
mod op {
    pub(super) const INIT: isize = 1;
    pub(super) const DEINIT: isize = 2;
    pub(super) const SYNC: isize = 3;
    pub(super) const BLOCK_COUNT: isize = 4;
    pub(super) const BLOCK_SIZE: isize = 5;
    pub(super) const BLOCK_ERASE: isize = 6;
}

/// Why a device did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Fault {
    /// It said so, with this error number (positive).
    Errno(i32),
    /// Python code raised; the exception waits in the `Vm`, and goes on to whoever called the file system.
    Raised(Raised),
}

impl Fault {
    /// The exception: the one raised, or an `OSError`.
    pub fn raise(self, vm: &mut Vm) -> Raised {
        match self {
            Fault::Errno(n) => vm.os_error(n),
            Fault::Raised(r) => r,
        }
    }
}

impl From<Raised> for Fault {
    fn from(r: Raised) -> Fault {
        Fault::Raised(r)
    }
}

impl From<FileError> for Fault {
    fn from(e: FileError) -> Fault {
        Fault::Errno(e.0)
    }
}

/// A block device. To be traced by the object that it is part of.
pub struct BlockDevice {
    object: Value,
    kind: Kind,
}

enum Kind {
    Native(&'static dyn Blocks),
    Python {
        read: Value,
        write: Option<Value>,
        ioctl: Option<Value>,
        /// The bytearray, when no call has it.
        scratch: Cell<Option<Value>>,
    },
}

impl BlockDevice {
    /// The device that `object` is.
    ///
    /// # Errors
    /// `AttributeError` if it has no `readblocks`, or neither `ioctl` nor `count`.
    pub fn new(vm: &mut Vm, object: Value) -> Result<BlockDevice, Raised> {
        if let Some(native) = vm.cast::<NativeBlocks>(object) {
            return Ok(BlockDevice { object, kind: Kind::Native(native.blocks) });
        }
        let read = vm.get_attr(object, q!(readblocks))?;
        let write = vm.get_attr_or_none(object, q!(writeblocks))?;
        let ioctl = vm.get_attr_or_none(object, q!(ioctl))?;
        if ioctl.is_none() {
            vm.get_attr(object, q!(count))?;
        }
        Ok(BlockDevice { object, kind: Kind::Python { read, write, ioctl, scratch: Cell::new(None) } })
    }

    /// Reports what it refers to.
    pub fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.object);
        if let Kind::Python { read, write, ioctl, scratch } = &self.kind {
            t.value(*read);
            t.opt(*write);
            t.opt(*ioctl);
            t.opt(scratch.get());
        }
    }

    /// The object.
    pub fn object(&self) -> Value {
        self.object
    }

    /// Whether it cannot be written.
    pub fn is_readonly(&self) -> bool {
        matches!(self.kind, Kind::Python { write: None, .. })
    }

    /// The storage as memory, if it can be seen so.
    pub fn mapped(&self) -> Option<&'static [u8]> {
        match self.kind {
            Kind::Native(blocks) => blocks.mapped(),
            Kind::Python { .. } => None,
        }
    }

    /// Reads whole blocks; `block_size` bytes of `to` a block. (A device of the plain protocol can do only this.)
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn read_blocks(&self, vm: &mut Vm, block: usize, to: &mut [u8]) -> Result<(), Fault> {
        self.read_any(vm, block, None, to)
    }

    /// Reads from the byte `offset` of a block on; the extended protocol.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn read_at(&self, vm: &mut Vm, block: usize, offset: usize, to: &mut [u8]) -> Result<(), Fault> {
        self.read_any(vm, block, Some(offset), to)
    }

    fn read_any(&self, vm: &mut Vm, block: usize, offset: Option<usize>, to: &mut [u8]) -> Result<(), Fault> {
        let (read, scratch) = match &self.kind {
            Kind::Native(blocks) => return Ok(blocks.read(block, offset.unwrap_or(0), to)?),
            Kind::Python { read, scratch, .. } => (*read, scratch),
        };
        let buf = borrow(vm, scratch, to.len())?;
        let done = transfer(vm, read, block, buf, offset);
        let complete = buf.bytes.len() == to.len();
        if done.is_ok() && complete {
            let heap = vm.heap();
            to.copy_from_slice(buf.get(heap).bytes.as_slice(heap));
        }
        scratch.set(Some(buf.value()));
        match done {
            Ok(()) if !complete => Err(Fault::Errno(EINVAL)),
            other => other,
        }
    }

    /// Writes whole blocks, which the device erases first if it must.
    ///
    /// # Errors
    /// See [`Fault`]; `EROFS` if it cannot be written.
    pub fn write_blocks(&self, vm: &mut Vm, block: usize, from: &[u8]) -> Result<(), Fault> {
        if let Kind::Native(blocks) = self.kind {
            let size = blocks.block_size().max(1);
            for (i, part) in from.chunks(size).enumerate() {
                let Some(block) = block.checked_add(i) else { return Err(Fault::Errno(EINVAL)) };
                blocks.erase(block)?;
                blocks.write(block, 0, part)?;
            }
            return Ok(());
        }
        self.write_any(vm, block, None, from)
    }

    /// Writes from the byte `offset` of a block on, which the caller has erased; the extended protocol.
    ///
    /// # Errors
    /// See [`Fault`]; `EROFS` if it cannot be written.
    pub fn write_at(&self, vm: &mut Vm, block: usize, offset: usize, from: &[u8]) -> Result<(), Fault> {
        if let Kind::Native(blocks) = self.kind {
            return Ok(blocks.write(block, offset, from)?);
        }
        self.write_any(vm, block, Some(offset), from)
    }

    fn write_any(&self, vm: &mut Vm, block: usize, offset: Option<usize>, from: &[u8]) -> Result<(), Fault> {
        let Kind::Python { write: Some(write), scratch, .. } = &self.kind else { return Err(Fault::Errno(EROFS)) };
        let buf = borrow(vm, scratch, from.len())?;
        if let Some(to) = buf.bytes_mut(|b| &b.bytes, vm.heap_mut()).get_mut(..from.len()) {
            to.copy_from_slice(from);
        }
        let done = transfer(vm, *write, block, buf, offset);
        scratch.set(Some(buf.value()));
        done
    }

    /// As [`BlockDevice::read_at`] (or [`BlockDevice::read_blocks`], without offset) to the start of a bytearray.
    ///
    /// # Errors
    /// See [`Fault`]; `EINVAL` if the bytearray is too short.
    pub fn read_to(
        &self,
        vm: &mut Vm,
        block: usize,
        offset: Option<usize>,
        to: Ref<ByteArray>,
        n: usize,
    ) -> Result<(), Fault> {
        let (read, scratch) = match &self.kind {
            Kind::Native(blocks) => {
                let to = to.bytes_mut(|b| &b.bytes, vm.heap_mut()).get_mut(..n);
                let Some(to) = to else { return Err(Fault::Errno(EINVAL)) };
                return Ok(blocks.read(block, offset.unwrap_or(0), to)?);
            }
            Kind::Python { read, scratch, .. } => (*read, scratch),
        };
        let buf = borrow(vm, scratch, n)?;
        let done = transfer(vm, read, block, buf, offset);
        let complete = buf.bytes.len() == n && to.bytes.len() >= n;
        if done.is_ok() && complete {
            to.bytes.copy_from(0, &buf.bytes, 0, n, vm.heap_mut());
        }
        scratch.set(Some(buf.value()));
        match done {
            Ok(()) if !complete => Err(Fault::Errno(EINVAL)),
            other => other,
        }
    }

    /// As [`BlockDevice::write_at`] (or [`BlockDevice::write_blocks`], without offset) from the start of a bytearray.
    ///
    /// # Errors
    /// See [`Fault`]; `EROFS` if the device cannot be written.
    pub fn write_from(
        &self,
        vm: &mut Vm,
        block: usize,
        offset: Option<usize>,
        from: Ref<ByteArray>,
        n: usize,
    ) -> Result<(), Fault> {
        let (write, scratch) = match &self.kind {
            Kind::Native(blocks) => {
                let heap = vm.heap();
                let Some(from) = from.get(heap).bytes.as_slice(heap).get(..n) else { return Err(Fault::Errno(EINVAL)) };
                if offset.is_none() {
                    for (i, part) in from.chunks(blocks.block_size().max(1)).enumerate() {
                        let Some(block) = block.checked_add(i) else { return Err(Fault::Errno(EINVAL)) };
                        blocks.erase(block)?;
                        blocks.write(block, 0, part)?;
                    }
                    return Ok(());
                }
                return Ok(blocks.write(block, offset.unwrap_or(0), from)?);
            }
            Kind::Python { write: Some(write), scratch, .. } => (*write, scratch),
            Kind::Python { .. } => return Err(Fault::Errno(EROFS)),
        };
        if from.bytes.len() < n {
            return Err(Fault::Errno(EINVAL));
        }
        let buf = borrow(vm, scratch, n)?;
        buf.bytes.copy_from(0, &from.bytes, 0, n, vm.heap_mut());
        let done = transfer(vm, write, block, buf, offset);
        scratch.set(Some(buf.value()));
        done
    }

    /// `ioctl`; `None` if the device says nothing.
    fn ioctl(&self, vm: &mut Vm, op: isize, arg: usize) -> Result<Option<isize>, Fault> {
        let arg = isize::try_from(arg).map_err(|_| Fault::Errno(EINVAL))?;
        let answer = match &self.kind {
            Kind::Native(blocks) => return native_ioctl(*blocks, op, arg).map_err(Fault::from),
            Kind::Python { ioctl: Some(ioctl), .. } => {
                let arg = vm.new_int(arg)?;
                vm.call(*ioctl, &[Value::small_int(op), arg])?
            }
            Kind::Python { .. } if op == op::BLOCK_COUNT => vm.call_method(self.object, q!(count), &[])?,
            Kind::Python { .. } if op == op::SYNC => match vm.get_attr_or_none(self.object, q!(sync))? {
                Some(sync) => vm.call(sync, &[]).map(|_| Value::NONE)?,
                None => Value::NONE,
            },
            Kind::Python { .. } => Value::NONE,
        };
        if answer.is_none() {
            return Ok(None);
        }
        match vm.int_maybe(answer)? {
            Some(n) => Ok(Some(n)),
            None => Err(Fault::Errno(EINVAL)),
        }
    }

    /// As [`BlockDevice::ioctl`] where the answer can only be success or an error.
    fn command(&self, vm: &mut Vm, op: isize, arg: usize) -> Result<(), Fault> {
        match self.ioctl(vm, op, arg)? {
            Some(n) if n < 0 => Err(Fault::Errno(errno_of(n))),
            _ => Ok(()),
        }
    }

    /// Says that the device is going to be used.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn init(&self, vm: &mut Vm) -> Result<(), Fault> {
        self.command(vm, op::INIT, 1)
    }

    /// Says that the device is not used any more.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn deinit(&self, vm: &mut Vm) -> Result<(), Fault> {
        self.command(vm, op::DEINIT, 0)
    }

    /// Makes sure that what was written survives a power failure.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn sync(&self, vm: &mut Vm) -> Result<(), Fault> {
        self.command(vm, op::SYNC, 0)
    }

    /// Erases a block.
    ///
    /// # Errors
    /// See [`Fault`].
    pub fn erase(&self, vm: &mut Vm, block: usize) -> Result<(), Fault> {
        self.command(vm, op::BLOCK_ERASE, block)
    }

    /// Number of blocks.
    ///
    /// # Errors
    /// See [`Fault`]; `EINVAL` if the device does not know.
    pub fn block_count(&self, vm: &mut Vm) -> Result<usize, Fault> {
        match self.ioctl(vm, op::BLOCK_COUNT, 0)? {
            Some(n) => usize::try_from(n).map_err(|_| Fault::Errno(errno_of(n))),
            None => Err(Fault::Errno(EINVAL)),
        }
    }

    /// Bytes of a block; 512 if the device says nothing.
    ///
    /// # Errors
    /// See [`Fault`]; `EINVAL` for 0.
    pub fn block_size(&self, vm: &mut Vm) -> Result<usize, Fault> {
        match self.ioctl(vm, op::BLOCK_SIZE, 0)? {
            None => Ok(512),
            Some(0) => Err(Fault::Errno(EINVAL)),
            Some(n) => usize::try_from(n).map_err(|_| Fault::Errno(errno_of(n))),
        }
    }
}

fn errno_of(negative: isize) -> i32 {
    i32::try_from(negative.unsigned_abs()).unwrap_or(EINVAL)
}

/// A bytearray of `n` bytes: the one used before, unless a call inside a call has it.
fn borrow(vm: &mut Vm, scratch: &Cell<Option<Value>>, n: usize) -> Result<Ref<ByteArray>, Raised> {
    match scratch.take() {
        Some(old) => resize(vm, old, n),
        None => vm.new_bytearray_of(n),
    }
}

/// Gives a bytearray the length `n`.
pub(super) fn resize(vm: &mut Vm, v: Value, n: usize) -> Result<Ref<ByteArray>, Raised> {
    let Some(buf) = v.downcast::<ByteArray>() else { return vm.new_bytearray_of(n) };
    let len = buf.bytes.len();
    if len < n {
        buf.bytes.open(vm, len, n - len)?;
    }
    buf.bytes.truncate(n);
    Ok(buf)
}

/// Calls `readblocks` or `writeblocks`, and understands what it returns.
fn transfer(vm: &mut Vm, method: Value, block: usize, buf: Ref<ByteArray>, offset: Option<usize>) -> Result<(), Fault> {
    let block = vm.new_int(block)?;
    let result = match offset {
        Some(offset) => {
            let offset = vm.new_int(offset)?;
            vm.call(method, &[block, buf.value(), offset])?
        }
        None => vm.call(method, &[block, buf.value()])?,
    };
    if result.is_none() || result == Value::TRUE {
        return Ok(());
    }
    if result == Value::FALSE {
        return Err(Fault::Errno(EIO));
    }
    match result.as_small_int() {
        Some(0) => Ok(()),
        Some(n) if n < 0 => Err(Fault::Errno(errno_of(n))),
        _ => Err(Fault::Errno(EINVAL)),
    }
}

/// The machine's own storage as an object: a block device for Python too.
pub struct NativeBlocks {
    blocks: &'static dyn Blocks,
    /// A `memoryview` of the contents, if they can be seen as memory.
    mapped: Option<Value>,
}

impl NativeBlocks {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.mapped);
    }
}

class! {
    /// A block device of the machine.
    pub static NATIVE_BLOCKS: q!(FlashBdev) for NativeBlocks;
    slots { buffer: buffer }
    attrs {
        q!(readblocks) => var(3, 4, readblocks),
        q!(writeblocks) => var(3, 4, writeblocks),
        q!(ioctl) => f3(ioctl),
    }
}

impl NativeBlocks {
    /// The object for a device.
    ///
    /// # Errors
    /// Out of memory.
    pub fn object(vm: &mut Vm, blocks: &'static dyn Blocks) -> Outcome {
        let mapped = match blocks.mapped() {
            Some(memory) => Some(vm.new_static_view(memory)?),
            None => None,
        };
        Ok(vm.new_object(NativeBlocks { blocks, mapped })?.value())
    }
}

fn buffer(vm: &Vm, v: Value) -> Option<Buffer> {
    vm.buffer_of(v.downcast::<NativeBlocks>()?.mapped?)
}

fn native(vm: &mut Vm, v: Option<Value>) -> Result<&'static dyn Blocks, Raised> {
    match vm.cast::<NativeBlocks>(v.unwrap_or(Value::NONE)) {
        Some(n) => Ok(n.blocks),
        None => Err(vm.type_error(format_args!("block device expected"))),
    }
}

fn place(vm: &mut Vm, args: &Args<'_>) -> Result<(usize, usize), Raised> {
    let mut numbers = [0; 2];
    for (at, i) in [1, 3].into_iter().enumerate() {
        let Some(v) = args.get(i) else { continue };
        let n = usize::try_from(vm.need_int(v)?);
        match (n, numbers.get_mut(at)) {
            (Ok(n), Some(place)) => *place = n,
            _ => return Err(vm.os_error(EINVAL)),
        }
    }
    Ok((numbers[0], numbers[1]))
}

/// `readblocks(block, buf[, offset])`
fn readblocks(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let blocks = native(vm, args.get(0))?;
    let (block, offset) = place(vm, args)?;
    let to = vm.need_buffer(args.get(2).unwrap_or(Value::NONE), true)?;
    match blocks.read(block, offset, to.bytes_mut(vm)) {
        Ok(()) => Ok(Value::small_int(0)),
        Err(e) => Err(vm.os_error(e.0)),
    }
}

/// `writeblocks(block, buf)`: whole blocks, erased first. `writeblocks(block, buf, offset)`: erased before.
fn writeblocks(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let blocks = native(vm, args.get(0))?;
    let (block, offset) = place(vm, args)?;
    let from = vm.need_buffer(args.get(2).unwrap_or(Value::NONE), false)?;
    let size = blocks.block_size().max(1);
    let done = if args.get(3).is_some() {
        blocks.write(block, offset, from.bytes(vm))
    } else {
        from.bytes(vm).chunks(size).enumerate().try_for_each(|(i, part)| {
            let block = block.checked_add(i).ok_or(FileError(EINVAL))?;
            blocks.erase(block)?;
            blocks.write(block, 0, part)
        })
    };
    match done {
        Ok(()) => Ok(Value::small_int(0)),
        Err(e) => Err(vm.os_error(e.0)),
    }
}

/// `ioctl(op, arg)`
fn ioctl(vm: &mut Vm, v: Value, op: Value, arg: Value) -> Outcome {
    let blocks = native(vm, Some(v))?;
    let op = vm.need_int(op)?;
    let arg = vm.need_int(arg)?;
    match native_ioctl(blocks, op, arg) {
        Ok(Some(n)) => vm.new_int(n),
        Ok(None) => Ok(Value::NONE),
        Err(e) => Err(vm.os_error(e.0)),
    }
}

fn native_ioctl(blocks: &dyn Blocks, op: isize, arg: isize) -> Result<Option<isize>, FileError> {
    let number = |n: usize| isize::try_from(n).map(Some).map_err(|_| FileError(EINVAL));
    match op {
        op::INIT | op::DEINIT => Ok(Some(0)),
        op::SYNC => blocks.sync().map(|()| Some(0)),
        op::BLOCK_COUNT => number(blocks.block_count()),
        op::BLOCK_SIZE => number(blocks.block_size()),
        op::BLOCK_ERASE => {
            let block = usize::try_from(arg).map_err(|_| FileError(EINVAL))?;
            blocks.erase(block).map(|()| Some(0))
        }
        _ => Ok(None),
    }
}
