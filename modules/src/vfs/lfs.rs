//! `VfsLfs2`: littlefs 2 on a block device.
//!
//! Invariant: the volume is taken out of the object while an operation runs. A block device written in Python that
//! uses the same file system meanwhile gets `EBUSY`; a forgotten file that the collector closes then is closed as
//! soon as the operation has ended.
//!
//! The buffers are bytearrays that nobody else has; the open files are in a list, so that unmounting closes them all.

use core::cell::Cell;

use krait_hal::SeekTo;
use krait_littlefs::{Config, Error, Flags, Handle, Info, Kind, Lfs, MTIME, NAME_MAX, SeekFrom};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::{Args, NewObject, Outcome, Param, Raised, Ref, Tracer, Type, Value, ValueBuf, Vm, q};

use super::cwd::{resolve, resolve_folder};
use super::errno::{EBADF, EBUSY, EINVAL, EMFILE, ENOENT, EROFS};
use super::lfs_host::VmHost;
use super::protocol::refuse_mkfs;
use super::{BlockDevice, Entry, Fault, FileSystem, Folder, Listing, Mode, OpenFile, Opened, Stat, StatVfs};
use crate::file_system;
use crate::stream::Got;

/// The most files and listings that can be open at once.
const OPEN_MAX: usize = 64;

/// The body.
pub struct LittleFs {
    pub(super) device: BlockDevice,
    pub(super) readonly: Cell<bool>,
    /// Whether times of modification are kept.
    mtime: bool,
    volume: Cell<Option<Lfs>>,
    /// The buffers for reading, writing, and finding free blocks.
    pub(super) buffers: [Value; 3],
    cache_size: u32,
    /// What is open: objects of [`LittleFile`], or `None` for a free place.
    pub(super) open: ValueBuf,
    /// Whether something that is open waits to be closed.
    closing: Cell<bool>,
    here: Cell<Value>,
}

impl LittleFs {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.device.trace(t);
        for b in self.buffers {
            t.value(b);
        }
        self.open.trace(t);
        t.value(self.here.get());
    }
}

/// An open file or listing.
pub struct LittleFile {
    fs: Ref<LittleFs>,
    place: usize,
    pub(super) handle: Cell<Option<Handle>>,
    /// Its buffer; `NONE` for a listing.
    pub(super) buffer: Value,
    /// It was forgotten while the volume was busy.
    closing: Cell<bool>,
}

impl LittleFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.fs.value());
        t.value(self.buffer);
    }
}

krait_runtime::class! {
    /// What `OpenFile` knows a file by.
    pub static LITTLE_FILE: q!(VfsLfs2) for LittleFile;
    slots {}
    attrs {}
}

file_system! {
    /// `VfsLfs2(block_dev, *, readsize=32, progsize=32, lookahead=32, mtime=True)`
    pub static VFS_LFS2: q!(VfsLfs2) for LittleFs, new: new;
    q!(mkfs) => smethod(kw(0, mkfs)),
}

/// A device with its configuration.
fn configure(vm: &mut Vm, args: &Args<'_>) -> Result<(LittleFs, Config), Raised> {
    let size = Value::small_int(32);
    let [object, read, prog, lookahead, mtime] = args.bind(
        vm,
        &[
            Param::required(q!(empty_)),
            Param::kw(q!(readsize), size),
            Param::kw(q!(progsize), size),
            Param::kw(q!(lookahead), size),
            Param::kw(q!(mtime), Value::TRUE),
        ],
    )?;
    let mtime = vm.truth(mtime)?;
    let mut sizes = [0; 3];
    for (to, v) in sizes.iter_mut().zip([read, prog, lookahead]) {
        let n = vm.need_int(v)?;
        // A buffer larger than this is a mistake.
        *to = match u32::try_from(n) {
            Ok(n) if (1..=1 << 16).contains(&n) => n,
            _ => return Err(vm.value_error("size out of range")),
        };
    }
    let device = BlockDevice::new(vm, object)?;
    let measure = |vm: &mut Vm, n: Result<usize, Fault>| match n {
        Ok(n) => u32::try_from(n).map_err(|_| vm.os_error(EINVAL)),
        Err(f) => Err(f.raise(vm)),
    };
    device.init(vm).map_err(|f| f.raise(vm))?;
    let n = device.block_size(vm);
    let block_size = measure(vm, n)?;
    let n = device.block_count(vm);
    let block_count = measure(vm, n)?;
    let [read, prog, lookahead] = sizes;
    let config = Config::with_units(block_size, block_count, read, prog, lookahead);
    if !config.is_valid() {
        return Err(vm.os_error(EINVAL));
    }
    let mut buffers = [Value::NONE; 3];
    for (to, n) in buffers.iter_mut().zip([config.cache_size, config.cache_size, lookahead]) {
        *to = vm.new_bytearray_of(n as usize)?.value();
    }
    let body = LittleFs {
        device,
        readonly: Cell::new(false),
        mtime,
        volume: Cell::new(None),
        buffers,
        cache_size: config.cache_size,
        open: ValueBuf::new(),
        closing: Cell::new(false),
        here: Cell::new(vm.new_str("/")?),
    };
    Ok((body, config))
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let (body, config) = configure(vm, args)?;
    let fs = vm.new_object(body)?;
    let mounted = Lfs::mount(&mut VmHost { vm, fs, reads: 0 }, &config);
    let volume = mounted.map_err(|e| raise(vm, e))?;
    fs.volume.set(Some(volume));
    Ok(fs.value())
}

/// `mkfs(block_dev, …)`
fn mkfs(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (body, config) = configure(vm, args)?;
    let fs = vm.new_object(body)?;
    let made = Lfs::format(&mut VmHost { vm, fs, reads: 0 }, &config);
    made.map_err(|e| raise(vm, e))?;
    Ok(Value::NONE)
}

pub(super) fn raise(vm: &mut Vm, e: Error<Fault>) -> Raised {
    match e {
        Error::Fs(f) => vm.os_error(f.errno()),
        Error::Device(f) => f.raise(vm),
    }
}

/// Runs an operation on the volume.
fn with<T>(
    vm: &mut Vm,
    fs: Ref<LittleFs>,
    f: impl FnOnce(&mut Lfs, &mut VmHost<'_>) -> Result<T, Error<Fault>>,
) -> Result<T, Raised> {
    let Some(mut volume) = fs.volume.take() else { return Err(vm.os_error(EBUSY)) };
    let done = f(&mut volume, &mut VmHost { vm, fs, reads: 0 });
    if matches!(done, Err(Error::Device(_) | Error::Fs(krait_littlefs::Fault::Corrupt))) {
        volume.drop_caches();
    }
    fs.volume.set(Some(volume));
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
fn close_forgotten(vm: &mut Vm, fs: Ref<LittleFs>) {
    for place in 0..fs.open.len() {
        let file = fs.open.get(place).and_then(|v| v.downcast::<LittleFile>());
        if let Some(file) = file.filter(|f| f.closing.take())
            && close(vm, file).is_err()
        {
            vm.take_raised();
        }
    }
}

fn close(vm: &mut Vm, file: Ref<LittleFile>) -> Result<(), Raised> {
    let fs = file.fs;
    let Some(handle) = file.handle.get() else { return Ok(()) };
    if handle.is_folder() {
        file.handle.set(None);
        fs.open.set(file.place, Value::NONE);
        return Ok(());
    }
    let Some(volume) = fs.volume.take() else {
        file.closing.set(true);
        fs.closing.set(true);
        return Ok(());
    };
    fs.volume.set(Some(volume));
    let done = with(vm, fs, |lfs, h| lfs.sync_file(h, file.place));
    file.handle.set(None);
    fs.open.set(file.place, Value::NONE);
    done
}

/// A free place in the list, with a new object in it.
fn place(vm: &mut Vm, fs: Ref<LittleFs>, buffered: bool) -> Result<Ref<LittleFile>, Raised> {
    let free = |fs: Ref<LittleFs>| (0..fs.open.len()).find(|&i| fs.open.get(i).is_none_or(Value::is_none));
    let mut place = free(fs);
    if place.is_none() && fs.open.len() >= OPEN_MAX {
        // Forgotten files may be in the way.
        vm.collect_and_finalise();
        place = free(fs);
        if place.is_none() {
            return Err(vm.os_error(EMFILE));
        }
    }
    let buffer = if buffered { vm.new_bytearray_of(fs.cache_size as usize)?.value() } else { Value::NONE };
    let place = match place {
        Some(place) => place,
        None => {
            fs.open.push(vm, Value::NONE)?;
            fs.open.len() - 1
        }
    };
    let body = LittleFile { fs, place, handle: Cell::new(None), buffer, closing: Cell::new(false) };
    let file = vm.new_object(body)?;
    fs.open.set(place, file.value());
    Ok(file)
}

fn now(vm: &Vm, fs: Ref<LittleFs>) -> Option<u64> {
    fs.mtime.then(|| vm.platform().clock().unix_ns())
}

fn writable(vm: &mut Vm, fs: Ref<LittleFs>) -> Result<(), Raised> {
    if fs.readonly.get() || fs.device.is_readonly() { Err(vm.os_error(EROFS)) } else { Ok(()) }
}

impl FileSystem for LittleFs {
    fn mount(vm: &mut Vm, fs: Ref<Self>, readonly: bool, mkfs: bool) -> Result<(), Raised> {
        refuse_mkfs(vm, mkfs)?;
        fs.readonly.set(fs.readonly.get() || readonly);
        Ok(())
    }

    fn umount(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        let mut result = Ok(());
        for place in 0..fs.open.len() {
            if let Some(file) = fs.open.get(place).and_then(|v| v.downcast::<LittleFile>()) {
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
        let file = place(vm, fs, true)?;
        let how = mode.how;
        let flags = Flags {
            read: how.read,
            write: how.write,
            create: how.create,
            exclusive: how.exclusive,
            truncate: how.truncate,
            append: how.append,
        };
        let stamp = now(vm, fs);
        let done = with(vm, fs, |lfs, h| lfs.open(h, file.place, path.as_bytes(), flags, stamp));
        if done.is_err() {
            file.handle.set(None);
            fs.open.set(file.place, Value::NONE);
        }
        done?;
        Ok(Opened { ops: &LittleFiles, state: file.value() })
    }

    fn chdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        let to = resolve_folder(vm, fs.here.get(), path)?;
        let text = vm.need_str(to)?;
        match with(vm, fs, |lfs, h| lfs.stat(h, text.as_bytes()))?.kind {
            Kind::Folder => fs.here.set(to),
            Kind::File => return Err(vm.os_error(ENOENT)),
        }
        Ok(())
    }

    fn getcwd(_: &mut Vm, fs: Ref<Self>) -> Outcome {
        Ok(fs.here.get())
    }

    fn list(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Listing, Raised> {
        let path = resolve(vm, fs.here.get(), path)?;
        let file = place(vm, fs, false)?;
        match with(vm, fs, |lfs, h| lfs.open_folder(h, path.as_bytes())) {
            Ok(handle) => file.handle.set(Some(handle)),
            Err(r) => {
                fs.open.set(file.place, Value::NONE);
                return Err(r);
            }
        }
        Ok(Listing { ops: &LittleFiles, state: file.value() })
    }

    fn mkdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let path = resolve(vm, fs.here.get(), path)?;
        with(vm, fs, |lfs, h| lfs.mkdir(h, path.as_bytes()))
    }

    fn remove(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let path = resolve(vm, fs.here.get(), path)?;
        with(vm, fs, |lfs, h| lfs.remove(h, path.as_bytes()))
    }

    fn rename(vm: &mut Vm, fs: Ref<Self>, from: &str, to: &str) -> Result<(), Raised> {
        writable(vm, fs)?;
        let from = resolve(vm, fs.here.get(), from)?;
        let to = resolve(vm, fs.here.get(), to)?;
        with(vm, fs, |lfs, h| lfs.rename(h, from.as_bytes(), to.as_bytes()))
    }

    fn rmdir(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<(), Raised> {
        Self::remove(vm, fs, path)
    }

    fn stat(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Stat, Raised> {
        let path = resolve(vm, fs.here.get(), path)?;
        let mut b = [0; 8];
        let (info, stamp) = with(vm, fs, |lfs, h| {
            let info = lfs.stat(h, path.as_bytes())?;
            let stamp = lfs.attribute(h, path.as_bytes(), MTIME, &mut b)?;
            Ok((info, stamp))
        })?;
        let mut s = match info {
            Info { kind: Kind::Folder, .. } => Stat::folder(),
            Info { size, .. } => Stat::file(u64::from(size)),
        };
        if stamp == Some(8) {
            let seconds = (u64::from_le_bytes(b) / 1_000_000_000) as i64 - crate::time::epoch(vm);
            (s.accessed, s.modified, s.changed) = (seconds, seconds, seconds);
        }
        Ok(s)
    }

    fn statvfs(vm: &mut Vm, fs: Ref<Self>, _: &str) -> Result<StatVfs, Raised> {
        let (used, (size, count), name_max) =
            with(vm, fs, |lfs, h| Ok((lfs.used_blocks(h)?, lfs.measures(), lfs.name_max())))?;
        let (size, free) = (u64::from(size), u64::from(count.saturating_sub(used)));
        Ok(StatVfs {
            block_size: size,
            fragment_size: size,
            blocks: u64::from(count),
            free,
            available: free,
            name_max: u64::from(name_max),
            ..StatVfs::default()
        })
    }

    fn sync(vm: &mut Vm, fs: Ref<Self>) -> Result<(), Raised> {
        for place in 0..fs.open.len() {
            let file = fs.open.get(place).and_then(|v| v.downcast::<LittleFile>());
            if file.and_then(|f| f.handle.get()).is_some_and(|h| !h.is_folder()) {
                with(vm, fs, |lfs, h| lfs.sync_file(h, place))?;
            }
        }
        Ok(())
    }
}

/// Files and listings.
struct LittleFiles;

/// The file, and whether it is open still (unmounting closes it).
fn file(vm: &mut Vm, state: Value) -> Result<Ref<LittleFile>, Raised> {
    match state.downcast::<LittleFile>() {
        Some(f) if f.handle.get().is_some() => Ok(f),
        _ => Err(vm.os_error(EBADF)),
    }
}

impl OpenFile for LittleFiles {
    fn read(&self, vm: &mut Vm, state: Value, to: &mut [u8]) -> Got {
        let f = file(vm, state)?;
        with(vm, f.fs, |lfs, h| lfs.read_file(h, f.place, to)).map(Some)
    }

    fn write(&self, vm: &mut Vm, state: Value, from: &[u8]) -> Got {
        let f = file(vm, state)?;
        let stamp = now(vm, f.fs);
        with(vm, f.fs, |lfs, h| lfs.write_file(h, f.place, from, stamp))?;
        Ok(Some(from.len()))
    }

    fn seek(&self, vm: &mut Vm, state: Value, to: SeekTo) -> Result<u64, Raised> {
        let f = file(vm, state)?;
        let to = match to {
            SeekTo::Start(n) => SeekFrom::Start(n),
            SeekTo::Current(n) => SeekFrom::Current(n),
            SeekTo::End(n) => SeekFrom::End(n),
        };
        with(vm, f.fs, |lfs, h| lfs.seek_file(h, f.place, to)).map(u64::from)
    }

    fn sync(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        let f = file(vm, state)?;
        with(vm, f.fs, |lfs, h| lfs.sync_file(h, f.place))
    }

    fn close(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        match state.downcast::<LittleFile>() {
            Some(f) => close(vm, f),
            None => Ok(()),
        }
    }
}

impl Folder for LittleFiles {
    fn next(&self, vm: &mut Vm, state: Value) -> Result<Option<Entry>, Raised> {
        let Some(f) = state.downcast::<LittleFile>().filter(|f| f.handle.get().is_some()) else { return Ok(None) };
        let mut name = [0; NAME_MAX];
        let Some((len, info)) = with(vm, f.fs, |lfs, h| lfs.next_entry(h, f.place, &mut name))? else {
            return Ok(None);
        };
        let name = name.get(..len).unwrap_or(&[]);
        let name = match core::str::from_utf8(name) {
            Ok(text) => vm.new_str(text)?,
            Err(_) => vm.new_bytes(name)?,
        };
        let mode = if info.kind == Kind::Folder { Stat::FOLDER } else { Stat::FILE };
        Ok(Some(Entry { name, mode, inode: 0, size: Some(u64::from(info.size)) }))
    }

    fn close(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        OpenFile::close(self, vm, state)
    }
}

/// The buffer that a value is.
pub(super) fn buffer(v: Value) -> Option<Ref<ByteArray>> {
    v.downcast::<ByteArray>()
}
