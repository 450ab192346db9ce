//! What littlefs stands on, in the interpreter: a block device, bytearrays, and the list of open files.

use krait_littlefs::{Buf, Error, Handle, Host};
use krait_runtime::{Gc, Ref, Value, Vm};

use super::Fault;
use super::errno::EROFS;
use super::lfs::{LittleFile, LittleFs, buffer};

/// A block that has gone bad, as a device says it: `EILSEQ`, littlefs's own number.
const BAD_BLOCK: i32 = 84;

/// See the module.
pub(super) struct VmHost<'v> {
    pub(super) vm: &'v mut Vm,
    pub(super) fs: Ref<LittleFs>,
    /// How often the operation has read.
    pub(super) reads: u32,
}

/// After how many reads the interpreter may have its turn. Seldom: what Ctrl-C interrupts is not done.
const TURN: u32 = 1024;

impl VmHost<'_> {
    fn file(&self, place: usize) -> Option<Ref<LittleFile>> {
        self.fs.open.get(place).and_then(|v| v.downcast::<LittleFile>())
    }

    fn value(&self, buf: Buf) -> Value {
        let [read, prog, look] = self.fs.buffers;
        match buf {
            Buf::Read => read,
            Buf::Prog => prog,
            Buf::Look => look,
            Buf::File(place) => self.file(place).map_or(Value::NONE, |f| f.buffer),
        }
    }

    fn writable(&self) -> Result<(), Error<Fault>> {
        if self.fs.readonly.get() { Err(Error::Device(Fault::Errno(EROFS))) } else { Ok(()) }
    }
}

fn check(done: Result<(), Fault>) -> Result<(), Error<Fault>> {
    match done {
        Err(Fault::Errno(BAD_BLOCK)) => Err(krait_littlefs::Fault::Corrupt.into()),
        done => done.map_err(Error::Device),
    }
}

impl Host for VmHost<'_> {
    type Error = Fault;

    fn read(&mut self, block: u32, off: u32, to: Buf, len: u32) -> Result<(), Error<Fault>> {
        self.reads = self.reads.wrapping_add(1);
        if self.reads.is_multiple_of(TURN) {
            self.vm.poll().map_err(|r| Error::Device(Fault::Raised(r)))?;
        }
        let Some(to) = buffer(self.value(to)) else { return Err(krait_littlefs::Fault::Invalid.into()) };
        check(self.fs.device.read_to(self.vm, block as usize, Some(off as usize), to, len as usize))
    }

    fn prog(&mut self, block: u32, off: u32, from: Buf, len: u32) -> Result<(), Error<Fault>> {
        self.writable()?;
        let Some(from) = buffer(self.value(from)) else { return Err(krait_littlefs::Fault::Invalid.into()) };
        check(self.fs.device.write_from(self.vm, block as usize, Some(off as usize), from, len as usize))
    }

    fn erase(&mut self, block: u32) -> Result<(), Error<Fault>> {
        self.writable()?;
        check(self.fs.device.erase(self.vm, block as usize))
    }

    fn sync(&mut self) -> Result<(), Error<Fault>> {
        check(self.fs.device.sync(self.vm))
    }

    fn bytes(&self, buf: Buf) -> &[u8] {
        let heap = self.vm.heap();
        buffer(self.value(buf)).map_or(&[], |b| b.get(heap).bytes.as_slice(heap))
    }

    fn bytes_mut(&mut self, buf: Buf) -> &mut [u8] {
        match buffer(self.value(buf)) {
            Some(b) => b.bytes_mut(|b| &b.bytes, self.vm.heap_mut()),
            None => &mut [],
        }
    }

    fn handles(&self) -> usize {
        self.fs.open.len()
    }

    fn handle(&self, place: usize) -> Option<Handle> {
        self.file(place)?.handle.get()
    }

    fn set_handle(&mut self, place: usize, handle: Handle) {
        if let Some(f) = self.file(place) {
            f.handle.set(Some(handle));
        }
    }
}
