//! A volume against a model of it, and damaged volumes.

use std::collections::BTreeMap;

use krait_fat::{Error, Fat, Fault, File, Flags, Host, Kind, SeekFrom};

struct Ram {
    data: Vec<u8>,
    sector: usize,
    buffer: Vec<u8>,
    files: Vec<Option<File>>,
    ops: u64,
}

/// Beyond the end of the device.
#[derive(Debug, PartialEq)]
struct Beyond;

impl Host for Ram {
    type Error = Beyond;
    fn read(&mut self, sector: u32) -> Result<(), Beyond> {
        self.ops += 1;
        let at = sector as usize * self.sector;
        self.buffer.copy_from_slice(self.data.get(at..at + self.sector).ok_or(Beyond)?);
        Ok(())
    }
    fn write(&mut self, sector: u32) -> Result<(), Beyond> {
        self.ops += 1;
        let at = sector as usize * self.sector;
        self.data.get_mut(at..at + self.sector).ok_or(Beyond)?.copy_from_slice(&self.buffer);
        Ok(())
    }
    fn sync(&mut self) -> Result<(), Beyond> {
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
        self.files.len()
    }
    fn file(&self, place: usize) -> Option<File> {
        self.files.get(place).copied().flatten()
    }
    fn set_file(&mut self, place: usize, file: File) {
        self.files[place] = Some(file);
    }
}

type Res<T> = Result<T, Error<Beyond>>;
type Tree = BTreeMap<String, Option<Vec<u8>>>;

const READ: Flags = Flags { read: true, write: false, create: false, exclusive: false, truncate: false, append: false };
const REWRITE: Flags = Flags { read: false, write: true, create: true, truncate: true, ..READ };
const APPEND: Flags = Flags { read: false, write: true, create: true, append: true, ..READ };

struct Disk {
    ram: Ram,
    fs: Fat,
}

impl Disk {
    fn format(sector: usize, sectors: u32) -> Disk {
        let data = vec![0xa5; sector * sectors as usize];
        let mut ram = Ram { data, sector, buffer: vec![0; sector], files: Vec::new(), ops: 0 };
        let fs = Fat::format(&mut ram, sector as u32, sectors).unwrap();
        Disk { ram, fs }
    }

    fn over(data: Vec<u8>, sector: usize) -> Res<Disk> {
        let sectors = (data.len() / sector) as u32;
        let mut ram = Ram { data, sector, buffer: vec![0; sector], files: Vec::new(), ops: 0 };
        let fs = Fat::mount(&mut ram, sector as u32, sectors)?;
        Ok(Disk { ram, fs })
    }

    fn open(&mut self, path: &str, flags: Flags) -> Res<usize> {
        let f = self.fs.open(&mut self.ram, path, flags)?;
        let place = self.ram.files.iter().position(Option::is_none).unwrap_or(self.ram.files.len());
        self.ram.files.resize(self.ram.files.len().max(place + 1), None);
        self.ram.files[place] = Some(f);
        Ok(place)
    }

    fn close(&mut self, place: usize) -> Res<()> {
        let r = self.fs.sync_file(&mut self.ram, place);
        self.ram.files[place] = None;
        r
    }

    fn put(&mut self, path: &str, flags: Flags, data: &[u8]) -> Res<()> {
        let f = self.open(path, flags)?;
        let mut r = Ok(());
        for part in data.chunks(300) {
            match self.fs.write_file(&mut self.ram, f, part) {
                Ok(n) if n == part.len() => {}
                Ok(_) => r = Err(Fault::NoSpace.into()),
                Err(e) => r = Err(e),
            }
        }
        self.close(f)?;
        r
    }

    fn get(&mut self, path: &str) -> Res<Vec<u8>> {
        let f = self.open(path, READ)?;
        let mut all = Vec::new();
        let mut chunk = [0; 700];
        loop {
            let n = self.fs.read_file(&mut self.ram, f, &mut chunk)?;
            if n == 0 || all.len() > 1 << 20 {
                break;
            }
            all.extend(&chunk[..n]);
        }
        self.close(f)?;
        Ok(all)
    }

    fn list(&mut self, path: &str) -> Res<Vec<(String, bool, u32)>> {
        let mut listing = self.fs.list(&mut self.ram, path)?;
        let mut name = [0; 255];
        let mut all = Vec::new();
        while let Some((n, info)) = self.fs.next_entry(&mut self.ram, &mut listing, &mut name)? {
            all.push((String::from_utf16_lossy(&name[..n]), info.folder, info.size));
        }
        Ok(all)
    }

    fn tree(&mut self) -> Res<Tree> {
        let mut tree = Tree::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for (name, is_folder, _) in self.list(&folder)? {
                let path = format!("{folder}/{name}");
                if is_folder {
                    if folders.len() + tree.len() > 2000 {
                        return Err(Fault::Corrupt.into());
                    }
                    folders.push(path.clone());
                    tree.insert(path, None);
                } else {
                    let data = self.get(&path)?;
                    tree.insert(path, Some(data));
                }
            }
        }
        Ok(tree)
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % sides
    }
    fn bytes(&mut self, n: u32) -> Vec<u8> {
        (0..n).map(|_| self.roll(256) as u8).collect()
    }
}

#[test]
fn sizes_and_kinds() {
    // As the reference's mkfs chooses.
    for (sectors, kind, bytes, clusters) in [
        (50, Kind::Fat12, 512, 16),
        (2880, Kind::Fat12, 512, 2838),
        (5000, Kind::Fat12, 1024, 2479),
        (16_000, Kind::Fat16, 1024, 7967),
        (33_000, Kind::Fat16, 2048, 8233),
        (100_000, Kind::Fat16, 4096, 12_489),
        (300_000, Kind::Fat16, 8192, 18_743),
    ] {
        let d = Disk::format(512, sectors);
        assert_eq!(d.fs.kind(), kind, "{sectors}");
        assert_eq!(d.fs.measures(), (bytes, clusters), "{sectors}");
    }
    let mut tiny = Ram { data: vec![0; 512 * 30], sector: 512, buffer: vec![0; 512], files: Vec::new(), ops: 0 };
    assert!(matches!(Fat::format(&mut tiny, 512, 30), Err(Error::Fs(Fault::BadSize))));
}

// The volume is larger than what a 32-bit process can hold.
#[cfg(target_pointer_width = "64")]
#[test]
fn fat32() {
    let mut d = Disk::format(512, 140_000 * 32);
    assert_eq!(d.fs.kind(), Kind::Fat32);
    d.fs.mkdir(&mut d.ram, "Folder of long names").unwrap();
    let data = Dice(3).bytes(100_000);
    d.put("Folder of long names/ünïcode – Ω.dat", REWRITE, &data).unwrap();
    assert_eq!(d.get("folder of long names/ÜNÏCODE – ω.DAT").unwrap(), data);
    let before = d.fs.free_clusters(&mut d.ram).unwrap();
    let mut again = Disk::over(d.ram.data, 512).unwrap();
    assert_eq!(again.fs.free_clusters(&mut again.ram).unwrap(), before);
    assert_eq!(again.tree().unwrap().len(), 2);
}

/// Random operations, checked against a map. Names are compared without case.
fn exercise(mut d: Disk, seed: u64, steps: u32) {
    let mut dice = Dice(seed);
    let mut model: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let free = d.fs.free_clusters(&mut d.ram).unwrap();
    for step in 0..steps {
        let folders: Vec<String> = model.iter().filter(|(_, v)| v.is_none()).map(|(k, _)| k.clone()).collect();
        let place = |dice: &mut Dice| {
            let folder = folders.get(dice.roll(folders.len() as u32 + 1) as usize).map_or("", String::as_str);
            let name =
                ["A", "b.txt", "Mixed Case Name Of A File.Data", "plus+sign.c", ".hidden"][dice.roll(5) as usize];
            format!("{folder}/{}{name}", dice.roll(4))
        };
        let path = place(&mut dice);
        let size = [0, 20, 600, 3000][dice.roll(4) as usize];
        let data = dice.bytes(size);
        let below = |model: &Tree, p: &str| model.keys().any(|k| k.starts_with(&format!("{p}/")));
        match dice.roll(8) {
            0..=2 => match d.put(&path, REWRITE, &data) {
                Ok(()) => drop(model.insert(path, Some(data))),
                Err(Error::Fs(Fault::IsDir)) => assert_eq!(model.get(&path), Some(&None)),
                Err(e) => {
                    assert_eq!(e, Fault::NoSpace.into());
                    let got = d.get(&path);
                    if let Ok(got) = got {
                        assert!(data.starts_with(&got));
                        model.insert(path, Some(got));
                    }
                }
            },
            3 => match d.put(&path, APPEND, &data) {
                Ok(()) => model.entry(path).or_insert(Some(Vec::new())).as_mut().unwrap().extend(data),
                Err(Error::Fs(Fault::IsDir)) => assert_eq!(model.get(&path), Some(&None)),
                Err(e) => {
                    assert_eq!(e, Fault::NoSpace.into());
                    if let Ok(got) = d.get(&path) {
                        model.insert(path, Some(got));
                    }
                }
            },
            4 => match d.fs.mkdir(&mut d.ram, &path) {
                Ok(()) => assert_eq!(model.insert(path, None), None),
                Err(Error::Fs(Fault::Exists)) => assert!(model.contains_key(&path)),
                Err(e) => assert!(matches!(e, Error::Fs(Fault::NoSpace)), "{e:?}"),
            },
            5 | 6 => {
                let folder = model.get(&path) == Some(&None);
                match d.fs.remove(&mut d.ram, &path, folder) {
                    Ok(()) => assert!(!below(&model, &path) && model.remove(&path).is_some()),
                    Err(Error::Fs(Fault::Denied)) => assert!(below(&model, &path)),
                    Err(e) => assert!(!model.contains_key(&path) && e == Fault::NoEntry.into(), "{e:?}"),
                }
            }
            _ => {
                let to = place(&mut dice);
                match d.fs.rename(&mut d.ram, &path, &to) {
                    Ok(()) => {
                        let inside: Vec<String> =
                            model.keys().filter(|k| k.starts_with(&format!("{path}/"))).cloned().collect();
                        if path != to {
                            for k in inside {
                                let v = model.remove(&k).unwrap();
                                model.insert(format!("{to}{}", &k[path.len()..]), v);
                            }
                            let v = model.remove(&path).unwrap();
                            model.insert(to, v);
                        }
                    }
                    Err(Error::Fs(f)) => match f {
                        Fault::NoEntry => assert!(!model.contains_key(&path)),
                        Fault::IsDir => assert_eq!(model.get(&to), Some(&None)),
                        Fault::Exists => assert!(model[&path].is_none() && model.contains_key(&to)),
                        Fault::Invalid => assert!(to.starts_with(&path)),
                        Fault::NoSpace => {
                            model.clone_from(&d.tree().unwrap());
                        }
                        f => panic!("{f:?}"),
                    },
                    Err(e) => panic!("{e:?}"),
                }
            }
        }
        if step % 10 == 0 {
            let tree = d.tree().unwrap();
            for (k, v) in &model {
                assert!(tree.get(k) == Some(v), "step {step}: {k}");
            }
            assert_eq!(tree.len(), model.len(), "step {step}");
        }
    }
    // The table's count is right, and an empty disk has all its room.
    let noted = d.fs.free_clusters(&mut d.ram).unwrap();
    let mut again = Disk::over(d.ram.data.clone(), d.ram.sector).unwrap();
    assert_eq!(again.fs.free_clusters(&mut again.ram).unwrap(), noted);
    let mut left: Vec<String> = again.tree().unwrap().into_keys().collect();
    left.sort_by_key(|p| std::cmp::Reverse(p.matches('/').count()));
    for path in left {
        let folder = again.fs.stat(&mut again.ram, &path).unwrap().folder;
        again.fs.remove(&mut again.ram, &path, folder).unwrap();
    }
    assert_eq!(again.fs.free_clusters(&mut again.ram).unwrap(), free);
}

#[test]
fn random_operations() {
    for seed in 0..8 {
        exercise(Disk::format(512, 400), seed, 400);
        exercise(Disk::format(512, 9000), seed, 300);
        exercise(Disk::format(4096, 100), seed, 300);
    }
}

#[test]
fn seeking() {
    let mut d = Disk::format(512, 400);
    let f = d.open("f", Flags { read: true, ..REWRITE }).unwrap();
    d.fs.write_file(&mut d.ram, f, b"abc").unwrap();
    d.fs.seek_file(&mut d.ram, f, SeekFrom::Start(2000)).unwrap();
    d.fs.write_file(&mut d.ram, f, b"end").unwrap();
    assert_eq!(d.fs.seek_file(&mut d.ram, f, SeekFrom::End(-4)).unwrap(), 1999);
    let mut b = [9; 10];
    assert_eq!(d.fs.read_file(&mut d.ram, f, &mut b).unwrap(), 4);
    assert_eq!(&b[..4], b"\0end");
    assert!(d.fs.seek_file(&mut d.ram, f, SeekFrom::Current(-5000)).is_err());
    d.close(f).unwrap();
    let all = d.get("F").unwrap();
    assert_eq!((all.len(), all.iter().filter(|&&b| b == 0).count()), (2003, 1997));
}

#[test]
fn an_open_file_and_its_entry() {
    let mut d = Disk::format(512, 400);
    let f = d.open("one", REWRITE).unwrap();
    d.fs.write_file(&mut d.ram, f, &[1; 1500]).unwrap();
    d.fs.rename(&mut d.ram, "one", "another name of it").unwrap();
    d.fs.write_file(&mut d.ram, f, &[2; 10]).unwrap();
    d.close(f).unwrap();
    assert_eq!(d.get("another name of it").unwrap().len(), 1510);
    let free = d.fs.free_clusters(&mut d.ram).unwrap();
    let g = d.open("another name of it", APPEND).unwrap();
    d.fs.remove(&mut d.ram, "another name of it", false).unwrap();
    assert_eq!(d.fs.write_file(&mut d.ram, g, b"x"), Err(Fault::BadFile.into()));
    d.close(g).unwrap();
    assert_eq!(d.fs.free_clusters(&mut d.ram).unwrap(), free + 3);
}

/// Bytes of a volume are changed at random: nothing panics, nothing runs long.
#[test]
fn damage() {
    let mut d = Disk::format(512, 300);
    d.fs.mkdir(&mut d.ram, "dir").unwrap();
    for i in 0..12 {
        d.put(&format!("dir/a rather long name {i}.txt"), REWRITE, &vec![i; 700]).unwrap();
    }
    let image = d.ram.data;
    let mut dice = Dice(77);
    for round in 0..3000 {
        let mut data = image.clone();
        for _ in 0..=dice.roll(6) {
            let area = [64, 2048, 20 * 512, 40 * 512][dice.roll(4) as usize];
            data[dice.roll(area) as usize] = [0, 0xff, 0x80, dice.roll(256) as u8][dice.roll(4) as usize];
        }
        let Ok(mut d) = Disk::over(data, 512) else { continue };
        let _ = d.tree();
        let _ = d.put("dir/new name", REWRITE, &[5; 2000]);
        let _ = d.fs.mkdir(&mut d.ram, "dir/x");
        let _ = d.fs.rename(&mut d.ram, "dir/a rather long name 3.txt", "moved");
        let _ = d.fs.remove(&mut d.ram, "dir/a rather long name 4.txt", false);
        let _ = d.fs.free_clusters(&mut d.ram);
        assert!(d.ram.ops < 2_000_000, "round {round}: {} sectors", d.ram.ops);
    }
}
