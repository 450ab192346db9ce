//! A FAT volume of any bytes: it mounts or not, every operation ends, and nothing is read or written outside.
//!
//! The first byte chooses whether the image is the input, or a good volume that the input damages.
#![no_main]

use krait_fat::{Error, Fat, File, Flags, Host};
use libfuzzer_sys::fuzz_target;

struct Ram {
    data: Vec<u8>,
    buffer: Vec<u8>,
    files: [Option<File>; 2],
    work: u32,
}

const SECTORS: u32 = 120;
/// So much work is a hang.
const LIMIT: u32 = 3_000_000;

impl Ram {
    fn at(&mut self, sector: u32) -> std::ops::Range<usize> {
        self.work += 1;
        assert!(self.work < LIMIT, "no end");
        assert!(sector < SECTORS, "sector {sector}");
        let at = sector as usize * 512;
        at..at + 512
    }
}

impl Host for Ram {
    type Error = ();
    fn read(&mut self, sector: u32) -> Result<(), ()> {
        let at = self.at(sector);
        self.buffer.copy_from_slice(&self.data[at]);
        Ok(())
    }
    fn write(&mut self, sector: u32) -> Result<(), ()> {
        let at = self.at(sector);
        self.data[at].copy_from_slice(&self.buffer);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), ()> {
        Ok(())
    }
    fn bytes(&self) -> &[u8] {
        &self.buffer
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }
    fn now(&self) -> u32 {
        0x5a21_6000
    }
    fn files(&self) -> usize {
        2
    }
    fn file(&self, place: usize) -> Option<File> {
        self.files[place]
    }
    fn set_file(&mut self, place: usize, file: File) {
        self.files[place] = Some(file);
    }
}

const WRITE: Flags = Flags { read: true, write: true, create: true, exclusive: false, truncate: false, append: true };

fn write(fs: &mut Fat, ram: &mut Ram, path: &str, n: usize) -> Result<(), Error<()>> {
    let r = (|| {
        ram.files[0] = Some(fs.open(ram, path, WRITE)?);
        fs.write_file(ram, 0, &vec![7; n])?;
        fs.sync_file(ram, 0)
    })();
    ram.files[0] = None;
    r
}

fn walk(fs: &mut Fat, ram: &mut Ram, path: &str, depth: usize) -> Result<(), Error<()>> {
    let mut listing = fs.list(ram, path)?;
    let mut name = [0; 255];
    let mut entries = 0;
    while let Some((n, info)) = fs.next_entry(ram, &mut listing, &mut name)? {
        entries += 1;
        if entries > 50 {
            break;
        }
        let path = format!("{path}/{}", String::from_utf16_lossy(&name[..n]));
        if info.folder && depth < 2 {
            let _ = walk(fs, ram, &path, depth + 1);
        }
        if let Ok(f) = fs.open(ram, &path, Flags { read: true, ..Flags::default() }) {
            ram.files[1] = Some(f);
            let mut chunk = [0; 700];
            while fs.read_file(ram, 1, &mut chunk).is_ok_and(|n| n > 0) {}
            ram.files[1] = None;
        }
    }
    Ok(())
}

fuzz_target!(|data: &[u8]| {
    let Some((how, data)) = data.split_first() else { return };
    let size = SECTORS as usize * 512;
    let mut ram = Ram { data: vec![0; size], buffer: vec![0; 512], files: [None; 2], work: 0 };
    if how & 1 == 0 {
        for (to, from) in ram.data.iter_mut().zip(data) {
            *to = *from;
        }
    } else {
        let mut fs = Fat::format(&mut ram, 512, SECTORS).expect("a new volume");
        let _ = fs.mkdir(&mut ram, "folder of a long name");
        for (path, n) in [("a", 10), ("folder of a long name/b", 1700), ("C.TXT", 600)] {
            let _ = write(&mut fs, &mut ram, path, n);
        }
        for change in data.chunks_exact(3) {
            let at = usize::from(change[0]) << 8 | usize::from(change[1]);
            ram.data[at % size] = change[2];
        }
    }
    ram.work = 0;
    let Ok(mut fs) = Fat::mount(&mut ram, 512, SECTORS) else { return };
    let _ = walk(&mut fs, &mut ram, "", 0);
    let _ = fs.free_clusters(&mut ram);
    let _ = write(&mut fs, &mut ram, "new file", 1600);
    let _ = fs.mkdir(&mut ram, "dir");
    let _ = fs.rename(&mut ram, "a", "dir/a");
    let _ = fs.rename(&mut ram, "C.TXT", "new file");
    let _ = fs.remove(&mut ram, "folder of a long name/b", false);
});
