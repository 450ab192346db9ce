//! What FAT stands on, in the interpreter: a block device, a bytearray, the clock, and the list of open files.

use krait_fat::{File, Host};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::{Gc, Ref, Vm};

use super::Fault;
use super::errno::{EINVAL, EIO, EROFS};
use super::fat::{FatFile, FatFs};
use crate::calendar;

/// See the module.
pub(super) struct VmHost<'v> {
    pub(super) vm: &'v mut Vm,
    pub(super) fs: Ref<FatFs>,
    /// How many sectors the operation has read.
    pub(super) reads: u32,
}

/// After how many sectors the interpreter may have its turn. Seldom: what Ctrl-C interrupts is not done.
const TURN: u32 = 1024;

impl VmHost<'_> {
    fn buffer(&self) -> Option<Ref<ByteArray>> {
        self.fs.buffer.downcast::<ByteArray>()
    }

    fn open(&self, place: usize) -> Option<Ref<FatFile>> {
        self.fs.open.get(place).and_then(|v| v.downcast::<FatFile>())
    }
}

/// Whatever a device says, to the user of FAT it has failed; as in the reference.
fn failure(done: Result<(), Fault>) -> Result<(), Fault> {
    match done {
        Err(Fault::Errno(n)) if n != EROFS => Err(Fault::Errno(EIO)),
        done => done,
    }
}

impl Host for VmHost<'_> {
    type Error = Fault;

    fn read(&mut self, sector: u32) -> Result<(), Fault> {
        self.reads = self.reads.wrapping_add(1);
        if self.reads.is_multiple_of(TURN) {
            self.vm.poll()?;
        }
        let Some(to) = self.buffer() else { return Err(Fault::Errno(EINVAL)) };
        failure(self.fs.device.read_to(self.vm, sector as usize, None, to, self.fs.sector_size as usize))
    }

    fn write(&mut self, sector: u32) -> Result<(), Fault> {
        if self.fs.readonly.get() {
            return Err(Fault::Errno(EROFS));
        }
        let Some(from) = self.buffer() else { return Err(Fault::Errno(EINVAL)) };
        failure(self.fs.device.write_from(self.vm, sector as usize, None, from, self.fs.sector_size as usize))
    }

    fn sync(&mut self) -> Result<(), Fault> {
        self.fs.device.sync(self.vm)
    }

    fn bytes(&self) -> &[u8] {
        let heap = self.vm.heap();
        self.buffer().map_or(&[], |b| b.get(heap).bytes.as_slice(heap))
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self.buffer() {
            Some(b) => b.bytes_mut(|b| &b.bytes, self.vm.heap_mut()),
            None => &mut [],
        }
    }

    fn now(&self) -> u32 {
        packed((self.vm.platform().clock().unix_ns() / 1_000_000_000) as i64)
    }

    fn files(&self) -> usize {
        self.fs.open.len()
    }

    fn file(&self, place: usize) -> Option<File> {
        self.open(place)?.file.get()
    }

    fn set_file(&mut self, place: usize, file: File) {
        if let Some(f) = self.open(place) {
            f.file.set(Some(file));
        }
    }
}

/// A moment as FAT writes it, from 1980 to 2107; in UTC.
fn packed(unix: i64) -> u32 {
    let Some(d) = calendar::from_unix(unix).filter(|d| (1980..=2107).contains(&d.year)) else { return 0x0021_0000 };
    let date = (d.year - 1980) << 9 | d.month << 5 | d.day;
    let time = d.hour << 11 | d.minute << 5 | (d.second / 2);
    (date << 16 | time) as u32
}

/// Seconds since 1970 of a moment as FAT writes it.
pub(super) fn unpacked(packed: u32) -> i64 {
    let field = |shift: u32, bits: u32| (packed >> shift & ((1 << bits) - 1)) as isize;
    let date = calendar::Date {
        year: 1980 + field(25, 7),
        month: field(21, 4),
        day: field(16, 5),
        hour: field(11, 5),
        minute: field(5, 6),
        second: 2 * field(0, 5),
        weekday: 0,
        yearday: 0,
    };
    calendar::to_unix(&date).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{packed, unpacked};

    #[test]
    fn both_ways() {
        for t in [315_532_800, 1_000_000_000, 1_795_000_000, 4_354_819_198] {
            assert_eq!(unpacked(packed(t)), t & !1);
        }
        assert_eq!(unpacked(0x2821_0000), 946_684_800);
    }
}
