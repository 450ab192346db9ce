//! `VfsRom`: a ROMFS image, read where it lies.
//!
//! An image is one record; so is all that is in it: a kind and a length, both as integers of seven bits a byte, most
//! significant first, and a payload. A folder's or file's payload begins with its name (a length, the bytes) and goes
//! on with records: what is in the folder; of a file its data, or where in the image the data is. Records of unknown
//! kinds are passed over. (Format: MicroPython, `docs/reference/romfs` and `extmod/vfs_rom.c`.)
//!
//! Invariant: every offset that the image gives is checked against the record around it before it is used, at each
//! use, since an image in a bytearray can change. A record that does not fit ends the search: what follows is lost,
//! what comes before is not.

use core::cell::Cell;
use core::ops::Range;

use krait_hal::SeekTo;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class, q};

use super::errno::{EINVAL, EISDIR, ENODEV, ENOENT, EOPNOTSUPP, EROFS};
use super::protocol::refuse_mkfs;
use super::{Entry, FileSystem, Folder, Listing, Mode, OpenFile, Opened, Stat, StatVfs};
use crate::file_system;
use crate::stream::Got;

/// How an image begins: the kind of its record.
pub const MAGIC: &[u8] = b"\xd2\xcd\x31";

mod kind {
    pub(super) const UNUSED: usize = 0;
    pub(super) const DATA: usize = 2;
    pub(super) const DATA_POINTER: usize = 3;
    pub(super) const FOLDER: usize = 4;
    pub(super) const FILE: usize = 5;
    pub(super) const IMAGE: usize = 0x14a6b1;
}

/// The body: the image's payload, in the object that holds it.
pub struct Rom {
    image: Buffer,
}

impl Rom {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.image.owner);
    }
}

file_system! {
    /// `VfsRom(memory)`
    pub static VFS_ROM: q!(VfsRom) for Rom, new: new;
}

/// An integer, and the place after it; `None` if it does not end, or is too large.
fn number(image: &[u8], at: usize, end: usize) -> Option<(usize, usize)> {
    let mut n = 0usize;
    for (i, b) in image.get(at..end)?.iter().enumerate() {
        if n > usize::MAX >> 7 {
            return None;
        }
        n = n << 7 | usize::from(b & 0x7f);
        if b & 0x80 == 0 {
            return Some((n, at + i + 1));
        }
    }
    None
}

/// A record's kind and where its payload is.
fn record(image: &[u8], at: usize, end: usize) -> Option<(usize, Range<usize>)> {
    let (kind, at) = number(image, at, end)?;
    let (len, at) = number(image, at, end)?;
    let next = at.checked_add(len)?;
    (kind != kind::UNUSED && next <= end).then_some((kind, at..next))
}

/// What a path names, and where in the image its contents are.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    /// The records in it.
    Folder(Range<usize>),
    /// The data.
    File(Range<usize>),
}

/// An entry of a folder.
struct Named {
    name: Range<usize>,
    what: Found,
    /// Where the next record begins.
    next: usize,
}

/// The next file or folder among the records of `range`.
fn next_named(image: &[u8], mut range: Range<usize>) -> Option<Named> {
    while range.start < range.end {
        let (kind, payload) = record(image, range.start, range.end)?;
        if kind == kind::FOLDER || kind == kind::FILE {
            let (len, at) = number(image, payload.start, payload.end)?;
            let name_end = at.checked_add(len).filter(|e| *e <= payload.end)?;
            let inside = name_end..payload.end;
            let what = if kind == kind::FOLDER { Found::Folder(inside) } else { Found::File(data(image, inside)?) };
            return Some(Named { name: at..name_end, what, next: payload.end });
        }
        range.start = payload.end;
    }
    None
}

/// Where the data of a file is whose records are in `range`.
fn data(image: &[u8], mut range: Range<usize>) -> Option<Range<usize>> {
    while range.start < range.end {
        let (kind, payload) = record(image, range.start, range.end)?;
        match kind {
            kind::DATA => return Some(payload),
            kind::DATA_POINTER => {
                let (size, at) = number(image, payload.start, payload.end)?;
                let (offset, _) = number(image, at, payload.end)?;
                let end = offset.checked_add(size)?;
                return (end <= image.len()).then_some(offset..end);
            }
            _ => range.start = payload.end,
        }
    }
    None
}

/// Looks a path up.
fn find(image: &[u8], path: &str) -> Found {
    let mut here = 0..image.len();
    let mut parts = path.split('/').filter(|p| !p.is_empty() && *p != ".").peekable();
    while let Some(part) = parts.next() {
        let found = loop {
            let Some(entry) = next_named(image, here.clone()) else { return Found::Nothing };
            here.start = entry.next;
            if image.get(entry.name.clone()) == Some(part.as_bytes()) {
                break entry.what;
            }
        };
        match found {
            Found::Folder(inside) => here = inside,
            Found::File(at) if parts.peek().is_none() => return Found::File(at),
            _ => return Found::Nothing,
        }
    }
    Found::Folder(here)
}

/// A part of the image as a buffer of its own.
fn part(image: Buffer, at: &Range<usize>) -> Buffer {
    Buffer { start: image.start.saturating_add(at.start), len: at.len(), writable: false, ..image }
}

fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 1)?;
    let memory = vm.need_buffer(args.get(0).unwrap_or(Value::NONE), false)?;
    let memory = Buffer { typecode: b'B', item: 1, writable: false, ..memory };
    let bytes = memory.bytes(vm);
    match record(bytes, 0, bytes.len()) {
        Some((kind::IMAGE, payload)) if bytes.starts_with(MAGIC) => {
            Ok(vm.new_object(Rom { image: part(memory, &payload) })?.value())
        }
        _ => Err(vm.os_error(ENODEV)),
    }
}

fn look(vm: &Vm, fs: Ref<Rom>, path: &str) -> Found {
    find(fs.image.bytes(vm), path)
}

fn refuse<T>(vm: &mut Vm) -> Result<T, Raised> {
    Err(vm.os_error(EROFS))
}

impl FileSystem for Rom {
    fn mount(vm: &mut Vm, _: Ref<Self>, _: bool, mkfs: bool) -> Result<(), Raised> {
        refuse_mkfs(vm, mkfs)
    }

    fn open(vm: &mut Vm, fs: Ref<Self>, path: &str, mode: Mode) -> Result<Opened, Raised> {
        if mode.writes() {
            return refuse(vm);
        }
        match look(vm, fs, path) {
            Found::Nothing => Err(vm.os_error(ENOENT)),
            Found::Folder(_) => Err(vm.os_error(EISDIR)),
            Found::File(at) => {
                let file = RomFile { data: part(fs.image, &at), at: Cell::new(0) };
                Ok(Opened { ops: &RomFiles, state: vm.new_object(file)?.value() })
            }
        }
    }

    fn chdir(vm: &mut Vm, _: Ref<Self>, path: &str) -> Result<(), Raised> {
        // The current folder is always the top one, as in the reference.
        if path.trim_matches('/').is_empty() { Ok(()) } else { Err(vm.os_error(EOPNOTSUPP)) }
    }

    fn getcwd(_: &mut Vm, _: Ref<Self>) -> Outcome {
        Ok(Value::qstr(q!(empty_)))
    }

    fn list(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Listing, Raised> {
        match look(vm, fs, path) {
            Found::Folder(inside) => {
                let folder = RomFolder { fs, at: Cell::new(inside.start), end: inside.end };
                Ok(Listing { ops: &RomFolders, state: vm.new_object(folder)?.value() })
            }
            _ => Err(vm.os_error(ENOENT)),
        }
    }

    fn mkdir(vm: &mut Vm, _: Ref<Self>, _: &str) -> Result<(), Raised> {
        refuse(vm)
    }

    fn remove(vm: &mut Vm, _: Ref<Self>, _: &str) -> Result<(), Raised> {
        refuse(vm)
    }

    fn rename(vm: &mut Vm, _: Ref<Self>, _: &str, _: &str) -> Result<(), Raised> {
        refuse(vm)
    }

    fn rmdir(vm: &mut Vm, _: Ref<Self>, _: &str) -> Result<(), Raised> {
        refuse(vm)
    }

    fn stat(vm: &mut Vm, fs: Ref<Self>, path: &str) -> Result<Stat, Raised> {
        match look(vm, fs, path) {
            Found::Nothing => Err(vm.os_error(ENOENT)),
            Found::Folder(inside) => Ok(Stat { size: inside.len() as u64, ..Stat::folder() }),
            Found::File(at) => Ok(Stat::file(at.len() as u64)),
        }
    }

    fn statvfs(_: &mut Vm, fs: Ref<Self>, _: &str) -> Result<StatVfs, Raised> {
        Ok(StatVfs { block_size: 1, blocks: fs.image.len as u64, name_max: 32767, ..StatVfs::default() })
    }
}

/// An open file: its data, and the place.
struct RomFile {
    data: Buffer,
    at: Cell<usize>,
}

impl RomFile {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.data.owner);
    }
}

class! {
    /// See [`RomFile`]; Python never sees it.
    pub static ROM_FILE: q!(FileIO) for RomFile;
}

struct RomFiles;

impl OpenFile for RomFiles {
    fn read(&self, vm: &mut Vm, file: Value, to: &mut [u8]) -> Got {
        let Some(f) = file.downcast::<RomFile>() else { return Ok(Some(0)) };
        let rest = f.data.bytes(vm).get(f.at.get()..).unwrap_or(&[]);
        let n = rest.len().min(to.len());
        to.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        f.at.set(f.at.get() + n);
        Ok(Some(n))
    }

    fn write(&self, vm: &mut Vm, _: Value, _: &[u8]) -> Got {
        Err(vm.os_error(EINVAL))
    }

    fn seek(&self, vm: &mut Vm, file: Value, to: SeekTo) -> Result<u64, Raised> {
        let Some(f) = file.downcast::<RomFile>() else { return Ok(0) };
        let size = f.data.len as u64;
        let at = match to {
            SeekTo::Start(n) => Some(n),
            SeekTo::Current(by) => (f.at.get() as u64).checked_add_signed(by),
            SeekTo::End(by) => size.checked_add_signed(by),
        };
        // As in the reference there is nothing beyond the end.
        match at.map(|at| at.min(size)) {
            Some(at) => {
                f.at.set(usize::try_from(at).unwrap_or(f.data.len));
                Ok(at)
            }
            None => Err(vm.os_error(EINVAL)),
        }
    }

    fn sync(&self, vm: &mut Vm, _: Value) -> Result<(), Raised> {
        Err(vm.os_error(EINVAL))
    }

    fn close(&self, _: &mut Vm, _: Value) -> Result<(), Raised> {
        Ok(())
    }

    fn poll(&self, vm: &mut Vm, _: Value, _: usize) -> Result<usize, Raised> {
        Err(vm.os_error(EINVAL))
    }

    fn in_place(&self, _: &Vm, file: Value) -> Option<Buffer> {
        file.downcast::<RomFile>().map(|f| f.data)
    }
}

/// A folder that is being listed: where the next record is.
struct RomFolder {
    fs: Ref<Rom>,
    at: Cell<usize>,
    end: usize,
}

impl RomFolder {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.reference(self.fs);
    }
}

class! {
    /// See [`RomFolder`]; Python never sees it.
    pub static ROM_FOLDER: q!(iterator) for RomFolder;
}

struct RomFolders;

impl Folder for RomFolders {
    fn next(&self, vm: &mut Vm, folder: Value) -> Result<Option<Entry>, Raised> {
        let Some(f) = folder.downcast::<RomFolder>() else { return Ok(None) };
        let Some(entry) = next_named(f.fs.image.bytes(vm), f.at.get()..f.end) else { return Ok(None) };
        f.at.set(entry.next);
        let (mode, size) = match &entry.what {
            Found::Folder(at) => (Stat::FOLDER, at.len()),
            Found::File(at) => (Stat::FILE, at.len()),
            Found::Nothing => return Ok(None),
        };
        let name = part(f.fs.image, &entry.name);
        let bytes = vm.new_bytes_from(&name)?;
        let name =
            match vm.cast::<krait_runtime::obj::bytes::Bytes>(bytes).map(|b| core::str::from_utf8(b.tail()).is_ok()) {
                Some(true) => text(vm, bytes)?,
                _ => bytes,
            };
        Ok(Some(Entry { name, mode, inode: 0, size: Some(size as u64) }))
    }
}

/// The `str` of bytes that are UTF-8.
fn text(vm: &mut Vm, bytes: Value) -> Outcome {
    match bytes.downcast::<krait_runtime::obj::bytes::Bytes>() {
        Some(b) => vm.new_str(core::str::from_utf8(b.tail()).unwrap_or("")),
        None => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, find, next_named, number, record};

    /// A folder `d` with the file `f` ("hi"), then padding, then the file `g`, whose data is that of `f`.
    const IMAGE: &[u8] = b"\x04\x0a\x01d\x05\x06\x01f\x02\x02hi\x01\x03abc\x05\x06\x01g\x03\x02\x02\x0a";

    #[test]
    fn look_up() {
        assert_eq!(find(IMAGE, "/"), Found::Folder(0..IMAGE.len()));
        assert_eq!(find(IMAGE, "/d/"), Found::Folder(4..12));
        assert_eq!(find(IMAGE, "d/f"), Found::File(10..12));
        assert_eq!(find(IMAGE, "g"), Found::File(10..12));
        for path in ["x", "d/x", "g/f", "d/f/x", "dd", "f"] {
            assert_eq!(find(IMAGE, path), Found::Nothing, "{path}");
        }
    }

    #[test]
    fn damage_is_found() {
        assert_eq!(number(b"\x80\x80\x05", 0, 3), Some((5, 3)));
        assert_eq!(number(b"\xff\xff", 0, 2), None);
        assert_eq!(number(&[0xff; 20], 0, 20), None);
        assert_eq!(record(b"\x04\x05abc", 0, 5), None);
        assert_eq!(record(b"\x00\x00", 0, 2), None);
        // Each byte in turn becomes something else: whatever comes out is inside the image.
        for i in 0..IMAGE.len() {
            for b in [0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xff] {
                let mut image = IMAGE.to_vec();
                image[i] = b;
                for path in ["d", "d/f", "g"] {
                    if let Found::File(at) | Found::Folder(at) = find(&image, path) {
                        assert!(image.get(at).is_some());
                    }
                }
                let mut at = 0;
                while let Some(entry) = next_named(&image, at..image.len()) {
                    assert!(entry.next > at && image.get(entry.name).is_some());
                    at = entry.next;
                }
            }
        }
    }
}
