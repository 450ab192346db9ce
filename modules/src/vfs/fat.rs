//! `VfsFat`: FAT on a block device.
//!
//! Invariant: the volume is taken out of the object while an operation runs. A block device written in Python that
//! uses the same file system meanwhile gets `EBUSY`; a forgotten file that the collector closes then is closed as
//! soon as the operation has ended.
//!
//! As in the reference, an object can be made for a device without a volume, so that `mount(…, mkfs=True)` can make
//! one; until then everything else is `ENODEV`.

use core::cell::Cell;

use krait_fat::{Error, Fat, File, Flags, Info, SeekFrom};
use krait_hal::SeekTo;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, ValueBuf, Vm};

use super::cwd::{resolve, resolve_folder};
use super::errno::{EBADF, EBUSY, EINVAL, EMFILE, ENODEV, ENOENT, ENOSPC, EROFS};
use super::fat_host::{VmHost, unpacked};
use super::{BlockDevice, Entry, Fault, FileSystem, Folder, Listing, Mode, OpenFile, Opened, Stat, StatVfs};
use crate::file_system;
use crate::stream::Got;

/// The most files that can be open at once.
const OPEN_MAX: usize = 64;
/// The most UTF-16 units of a name.
const NAME_MAX: usize = 255;

/// The body.
pub struct FatFs {
    pub(super) device: BlockDevice,
    pub(super) readonly: Cell<bool>,
    pub(super) sector_size: u32,
    sectors: u32,
    volume: Cell<Volume>,
    /// One sector.
    pub(super) buffer: Value,
    /// What is open: objects of [`FatFile`], or `None` for a free place.
    pub(super) open: ValueBuf,
    /// Whether something that is open waits to be closed.
    closing: Cell<bool>,
    here: Cell<Value>,
}

/// The volume, when it is in the object.
#[derive(Clone, Copy)]
enum Volume {
    /// The device has none.
    None,
    /// An operation has it.
    Busy,
    Mounted(Fat),
}

impl FatFs {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.device.trace(t);
        t.value(self.buffer);
        self.open.trace(t);
        t.value(self.here.get());
    }
}

/// An open file.
pub struct FatFile {
    fs: Ref<FatFs>,
    place: usize,
    pub(super) file: Cell<Option<File>>,
    /// It was forgotten while the volume was busy.
    closing: Cell<bool>,
}

impl FatFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.fs.value());
    }
}

/// A listing.
pub struct FatListing {
    fs: Ref<FatFs>,
    at: Cell<krait_fat::Listing>,
}

impl FatListing {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.fs.value());
    }
}

krait_runtime::class! {
    /// What `OpenFile` knows a file by.
    pub static FAT_FILE: q!(VfsFat) for FatFile;
    slots {}
    attrs {}
}

krait_runtime::class! {
    /// What `Folder` knows a listing by.
    pub static FAT_LISTING: q!(VfsFat) for FatListing;
    slots {}
    attrs {}
}

file_system! {
    /// `VfsFat(block_dev)`
    pub static VFS_FAT: q!(VfsFat) for FatFs, new: new;
    q!(mkfs) => smethod(f1(mkfs)),
}

/// An object for a device, without a volume yet.
fn make(vm: &mut Vm, object: Value) -> Result<Ref<FatFs>, Raised> {
    let device = BlockDevice::new(vm, object)?;
    let number = |vm: &mut Vm, n: Result<usize, Fault>| match n {
        Ok(n) => Ok(u32::try_from(n).unwrap_or(u32::MAX)),
        Err(f) => Err(f.raise(vm)),
    };
    device.init(vm).map_err(|f| f.raise(vm))?;
    let n = device.block_size(vm);
    let sector_size = number(vm, n)?;
    if !(512..=4096).contains(&sector_size) || !sector_size.is_power_of_two() {
        return Err(vm.os_error(EINVAL));
    }
    let n = device.block_count(vm);
    let sectors = number(vm, n)?;
    let buffer = vm.new_bytearray_of(sector_size as usize)?.value();
    let body = FatFs {
        device,
        readonly: Cell::new(false),
        sector_size,
        sectors,
        volume: Cell::new(Volume::None),
        buffer,
        open: ValueBuf::new(),
        closing: Cell::new(false),
        here: Cell::new(vm.new_str("/")?),
    };
    vm.new_object(body)
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 1)?;
    let fs = make(vm, args.get(0).unwrap_or(Value::NONE))?;
    let (size, count) = (fs.sector_size, fs.sectors);
    match Fat::mount(&mut VmHost { vm, fs, reads: 0 }, size, count) {
        Ok(volume) => fs.volume.set(Volume::Mounted(volume)),
        Err(Error::Fs(krait_fat::Fault::NoVolume)) => {}
        Err(e) => return Err(raise(vm, e)),
    }
    Ok(fs.value())
}

/// `mkfs(block_dev)`
fn mkfs(vm: &mut Vm, object: Value) -> Outcome {
    let fs = make(vm, object)?;
    format(vm, fs)?;
    Ok(Value::NONE)
}

fn format(vm: &mut Vm, fs: Ref<FatFs>) -> Result<(), Raised> {
    writable(vm, fs)?;
    let (size, count) = (fs.sector_size, fs.sectors);
    match Fat::format(&mut VmHost { vm, fs, reads: 0 }, size, count) {
        Ok(volume) => fs.volume.set(Volume::Mounted(volume)),
        Err(e) => return Err(raise(vm, e)),
    }
    Ok(())
}

fn raise(vm: &mut Vm, e: Error<Fault>) -> Raised {
    match e {
        Error::Fs(f) => vm.os_error(f.errno()),
        Error::Device(f) => f.raise(vm),
    }
}

/// Runs an operation on the volume.
fn with<T>(
    vm: &mut Vm,
    fs: Ref<FatFs>,
    f: impl FnOnce(&mut Fat, &mut VmHost<'_>) -> Result<T, Error<Fault>>,
) -> Result<T, Raised> {
    let mut volume = match fs.volume.get() {
        Volume::Mounted(volume) => volume,
        Volume::Busy => return Err(vm.os_error(EBUSY)),
        Volume::None => return Err(vm.os_error(ENODEV)),
    };
    fs.volume.set(Volume::Busy);
    let done = f(&mut volume, &mut VmHost { vm, fs, reads: 0 });
    if matches!(done, Err(Error::Device(_))) {
        volume.drop_window();
    }
    fs.volume.set(Volume::Mounted(volume));
    if fs.closing.take() {
        let raised = matches!(done, Err(Error::Device(Fault::Raised(_))));
        let waiting = raised.then(|| vm.take_raised());
        close_forgotten(vm, fs);
        if let Some(waiting) = waiting {
            return Err(vm.raise(waiting));
        }
    }
    done.map_err(|e| raise(vm, e))
}

/// Closes what was forgotten while the volume was busy. There is nobody to tell about errors.
#[cold]
fn close_forgotten(vm: &mut Vm, fs: Ref<FatFs>) {
    for place in 0..fs.open.len() {
        let file = fs.open.get(place).and_then(|v| v.downcast::<FatFile>());
        if let Some(file) = file.filter(|f| f.closing.take())
            && close(vm, file).is_err()
        {
            vm.take_raised();
        }
    }
}

fn close(vm: &mut Vm, file: Ref<FatFile>) -> Result<(), Raised> {
    let fs = file.fs;
    if file.file.get().is_none() {
        return Ok(());
    }
    if matches!(fs.volume.get(), Volume::Busy) {
        file.closing.set(true);
        fs.closing.set(true);
        return Ok(());
    }
    let done = with(vm, fs, |fat, h| fat.sync_file(h, file.place));
    file.file.set(None);
    fs.open.set(file.place, Value::NONE);
    done
}

/// A free place in the list.
fn place(vm: &mut Vm, fs: Ref<FatFs>) -> Result<Ref<FatFile>, Raised> {
    let free = |fs: Ref<FatFs>| (0..fs.open.len()).find(|&i| fs.open.get(i).is_none_or(Value::is_none));
    let mut place = free(fs);
    if place.is_none() && fs.open.len() >= OPEN_MAX {
        // Forgotten files may be in the way.
        vm.collect_and_finalise();
        place = free(fs);
        if place.is_none() {
            return Err(vm.os_error(EMFILE));
        }
    }
    let place = match place {
        Some(place) => place,
        None => {
            fs.open.push(vm, Value::NONE)?;
            fs.open.len() - 1
        }
    };
    let file = vm.new_object(FatFile { fs, place, file: Cell::new(None), closing: Cell::new(false) })?;
    fs.open.set(place, file.value());
    Ok(file)
}

fn writable(vm: &mut Vm, fs: Ref<FatFs>) -> Result<(), Raised> {
    if fs.readonly.get() || fs.device.is_readonly() { Err(vm.os_error(EROFS)) } else { Ok(()) }
}

impl FileSystem for FatFs {
    fn mount(vm: &mut Vm, fs: Ref<Self>, readonly: bool, mkfs: bool) -> Result<(), Raised> {
        fs.readonly.set(fs.readonly.get() || readonly);
        match fs.volume.get() {
            Volume::None if mkfs => format(vm, fs),
            Volume::None => Err(vm.os_error(ENODEV)),
            _ => Ok(()),
        }
    }

    fn umount(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        let mut result = Ok(());
        for place in 0..fs.open.len() {
            if let Some(file) = fs.open.get(place).and_then(|v| v.downcast::<FatFile>()) {
                result = result.and(close(vm, file));
            }
        }
        result
    }

    fn open(vm: &mut Vm, fs: Ref<Self>, path: &str, mode: Mode) -> Result<Opened, Raised> {
        if mode.writes() {
            writable(vm, fs)?;
        }
        let path = resolve(vm, fs.here.get(), path)?;
        let file = place(vm, fs)?;
        let how = mode.how;
        let flags = Flags {
            read: how.read,
            write: how.write,
            create: how.create,
            exclusive: how.exclusive,
            truncate: how.truncate,
            append: how.append,
        };
        match with(vm, fs, |fat, h| fat.open(h, &path, flags)) {
            Ok(opened) => file.file.set(Some(opened)),
            Err(r) => {
                fs.open.set(file.place, Value::NONE);
                return Err(r);
            }
        }
        Ok(Opened { ops: &FatFiles, state: file.value() })
    }

    fn chdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        let to = resolve_folder(vm, fs.here.get(), path)?;
        let text = vm.need_str(to)?;
        if !with(vm, fs, |fat, h| fat.stat(h, &text))?.folder {
            return Err(vm.os_error(ENOENT));
        }
        fs.here.set(to);
        Ok(())
    }

    fn getcwd(_: &mut Vm, fs: Ref<Self>) -> Outcome {
        Ok(fs.here.get())
    }

    fn list(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Listing, Raised> {
        let path = resolve(vm, fs.here.get(), path)?;
        let at = with(vm, fs, |fat, h| fat.list(h, &path))?;
        let listing = vm.new_object(FatListing { fs, at: Cell::new(at) })?;
        Ok(Listing { ops: &FatFiles, state: listing.value() })
    }

    fn mkdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let path = resolve(vm, fs.here.get(), path)?;
        with(vm, fs, |fat, h| fat.mkdir(h, &path))
    }

    fn remove(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let path = resolve(vm, fs.here.get(), path)?;
        with(vm, fs, |fat, h| fat.remove(h, &path, false))
    }

    fn rename(vm: &mut Vm, fs: Ref<Self>, from: &str, to: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let from = resolve(vm, fs.here.get(), from)?;
        let to = resolve(vm, fs.here.get(), to)?;
        with(vm, fs, |fat, h| fat.rename(h, &from, &to))
    }

    fn rmdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let path = resolve(vm, fs.here.get(), path)?;
        with(vm, fs, |fat, h| fat.remove(h, &path, true))
    }

    fn stat(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Stat, Raised> {
        let path = resolve(vm, fs.here.get(), path)?;
        let info: Info = with(vm, fs, |fat, h| fat.stat(h, &path))?;
        let seconds = unpacked(info.modified) - crate::time::epoch(vm);
        let s = if info.folder { Stat::folder() } else { Stat::file(u64::from(info.size)) };
        Ok(Stat { accessed: seconds, modified: seconds, changed: seconds, ..s })
    }

    fn statvfs(vm: &mut Vm, fs: Ref<Self>, _: &str) -> Result<StatVfs, Raised> {
        let (free, (size, count)) = with(vm, fs, |fat, h| Ok((fat.free_clusters(h)?, fat.measures())))?;
        let (size, free) = (u64::from(size), u64::from(free));
        Ok(StatVfs {
            block_size: size,
            fragment_size: size,
            blocks: u64::from(count),
            free,
            available: free,
            name_max: NAME_MAX as u64,
            ..StatVfs::default()
        })
    }

    fn sync(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        if matches!(fs.volume.get(), Volume::None) {
            return Ok(());
        }
        for place in 0..fs.open.len() {
            if fs.open.get(place).and_then(|v| v.downcast::<FatFile>()).is_some_and(|f| f.file.get().is_some()) {
                with(vm, fs, |fat, h| fat.sync_file(h, place))?;
            }
        }
        with(vm, fs, |fat, h| fat.sync(h))
    }
}

/// Files and listings.
struct FatFiles;

/// The file, and whether it is open still (unmounting closes it).
fn file(vm: &mut Vm, state: Value) -> Result<Ref<FatFile>, Raised> {
    match state.downcast::<FatFile>() {
        Some(f) if f.file.get().is_some() => Ok(f),
        _ => Err(vm.os_error(EBADF)),
    }
}

impl OpenFile for FatFiles {
    fn closed(&self, vm: &mut Vm) -> Raised {
        vm.os_error(EINVAL)
    }

    fn read(&self, vm: &mut Vm, state: Value, to: &mut [u8]) -> Got {
        let f = file(vm, state)?;
        with(vm, f.fs, |fat, h| fat.read_file(h, f.place, to)).map(Some)
    }

    fn write(&self, vm: &mut Vm, state: Value, from: &[u8]) -> Got {
        let f = file(vm, state)?;
        let n = with(vm, f.fs, |fat, h| fat.write_file(h, f.place, from))?;
        if n < from.len() { Err(vm.os_error(ENOSPC)) } else { Ok(Some(n)) }
    }

    fn seek(&self, vm: &mut Vm, state: Value, to: SeekTo) -> Result<u64, Raised> {
        let f = file(vm, state)?;
        let to = match to {
            SeekTo::Start(n) => SeekFrom::Start(n),
            SeekTo::Current(n) => SeekFrom::Current(n),
            SeekTo::End(n) => SeekFrom::End(n),
        };
        with(vm, f.fs, |fat, h| fat.seek_file(h, f.place, to)).map(u64::from)
    }

    fn sync(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        let f = file(vm, state)?;
        with(vm, f.fs, |fat, h| fat.sync_file(h, f.place))
    }

    fn close(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        match state.downcast::<FatFile>() {
            Some(f) => close(vm, f),
            None => Ok(()),
        }
    }
}

impl Folder for FatFiles {
    fn next(&self, vm: &mut Vm, state: Value) -> Result<Option<Entry>, Raised> {
        let Some(l) = state.downcast::<FatListing>() else { return Ok(None) };
        let mut name = [0; NAME_MAX];
        let mut at = l.at.get();
        let found = with(vm, l.fs, |fat, h| fat.next_entry(h, &mut at, &mut name));
        l.at.set(at);
        let Some((len, info)) = found? else { return Ok(None) };
        let mut text = krait_runtime::StrBuf::new();
        for c in char::decode_utf16(name.iter().take(len).copied()) {
            let mut utf8 = [0; 4];
            let c = c.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut utf8);
            text.push_bytes(vm, c.as_bytes())?;
        }
        let name = vm.finish_str(text)?;
        let mode = if info.folder { Stat::FOLDER } else { Stat::FILE };
        Ok(Some(Entry { name, mode, inode: 0, size: Some(u64::from(info.size)) }))
    }
}
