//! A volume against a model of it: random operations, also on blocks that go bad, and on a full disk.

mod common;

use common::{APPEND, CHANGE, Dice, Disk, READ, REWRITE, Tree};
use krait_littlefs::{Config, Error, Fault, SeekFrom};

fn small() -> Config {
    Config::with_units(256, 64, 16, 16, 8)
}

#[test]
fn an_empty_volume_mounts() {
    let mut d = Disk::format(small());
    assert_eq!(d.tree().unwrap(), Tree::new());
    assert_eq!(d.fs.used_blocks(&mut d.ram).unwrap(), 2);
}

#[test]
fn small_and_large_files() {
    let mut d = Disk::format(small());
    let mut dice = Dice(1);
    for size in [0, 1, 31, 32, 33, 247, 248, 255, 256, 257, 1000, 5000] {
        let data = dice.bytes(size);
        let path = format!("/f{size}");
        d.put(&path, REWRITE, &data, 77).unwrap();
        assert_eq!(d.read_all(&path).unwrap(), data, "{size}");
        d.again().unwrap();
        assert_eq!(d.read_all(&path).unwrap(), data, "{size}");
    }
}

#[test]
fn seeking_and_changing_in_the_middle() {
    let mut d = Disk::format(small());
    let mut dice = Dice(2);
    for size in [20_usize, 200, 1500] {
        let mut data = dice.bytes(size);
        d.put("/f", REWRITE, &data, 1000).unwrap();
        for _ in 0..30 {
            let f = d.open("/f", CHANGE, None).unwrap();
            let at = dice.roll(size as u32 + 40) as usize;
            let n = dice.roll(60) as usize;
            let new = dice.bytes(n);
            d.fs.seek_file(&mut d.ram, f, SeekFrom::Start(at as u64)).unwrap();
            d.fs.write_file(&mut d.ram, f, &new, None).unwrap();
            if n > 0 {
                data.resize(data.len().max(at + n), 0);
                data[at..at + n].copy_from_slice(&new);
            }
            let back = dice.roll(data.len() as u32);
            d.fs.seek_file(&mut d.ram, f, SeekFrom::Start(u64::from(back))).unwrap();
            let mut got = [0; 50];
            let n = d.fs.read_file(&mut d.ram, f, &mut got).unwrap();
            assert_eq!(got[..n], data[back as usize..][..n], "{size} {at} {n}");
            d.close(f).unwrap();
            assert_eq!(d.read_all("/f").unwrap(), data, "{size} {at}");
        }
    }
}

/// Random operations, checked against a map.
fn exercise(mut d: Disk, seed: u64, steps: u32) -> Disk {
    let mut dice = Dice(seed);
    let mut model = Tree::new();
    model.insert("/d0".into(), None);
    d.fs.mkdir(&mut d.ram, b"/d0").unwrap();
    for step in 0..steps {
        let folders: Vec<String> = model.iter().filter(|(_, v)| v.is_none()).map(|(k, _)| k.clone()).collect();
        let place = |dice: &mut Dice| {
            let n = dice.roll(folders.len() as u32 + 1) as usize;
            let folder = folders.get(n).map_or("", String::as_str);
            format!("{folder}/{}{}", ["a", "bb", "long-name-of-a-file-"][dice.roll(3) as usize], dice.roll(12))
        };
        let path = place(&mut dice);
        let full = |e: &Error<common::Cut>| matches!(e, Error::Fs(Fault::NoSpace));
        match dice.roll(9) {
            0..=2 => {
                let most = if dice.roll(4) == 0 { 900 } else { 30 };
                let size = dice.roll(most) as usize;
                let data = dice.bytes(size);
                let is_folder = model.get(&path) == Some(&None);
                match d.put(&path, REWRITE, &data, 50) {
                    Ok(()) => {
                        assert!(!is_folder);
                        model.insert(path, Some(data));
                    }
                    Err(e) if full(&e) => {
                        d.again().unwrap();
                        reload(&mut d, &mut model, &[&path]);
                    }
                    Err(e) => assert!(is_folder && e == Fault::IsDir.into(), "{e:?}"),
                }
            }
            3 => {
                let size = dice.roll(100) as usize;
                let data = dice.bytes(size);
                if model.get(&path) == Some(&None) {
                    continue;
                }
                match d.put(&path, APPEND, &data, 50) {
                    Ok(()) => {
                        let old = model.entry(path.clone()).or_insert_with(|| Some(Vec::new()));
                        old.as_mut().unwrap().extend(data);
                    }
                    Err(e) => {
                        assert!(full(&e), "{e:?}");
                        d.again().unwrap();
                        reload(&mut d, &mut model, &[&path]);
                    }
                }
            }
            4 => match d.fs.mkdir(&mut d.ram, path.as_bytes()) {
                Ok(()) => assert!(model.insert(path, None).is_none()),
                Err(e) if full(&e) => reload(&mut d, &mut model, &[&path]),
                Err(e) => assert!(model.contains_key(&path) && e == Fault::Exists.into(), "{e:?}"),
            },
            5 | 6 => {
                let below = model.keys().any(|k| k.starts_with(&format!("{path}/")));
                match d.fs.remove(&mut d.ram, path.as_bytes()) {
                    Ok(()) => assert!(!below && model.remove(&path).is_some()),
                    Err(e) if full(&e) => reload(&mut d, &mut model, &[&path]),
                    Err(e) if below => assert_eq!(e, Fault::NotEmpty.into()),
                    Err(e) => assert!(!model.contains_key(&path) && e == Fault::NoEntry.into(), "{e:?}"),
                }
            }
            7 => {
                let to = place(&mut dice);
                match d.fs.rename(&mut d.ram, path.as_bytes(), to.as_bytes()) {
                    Ok(()) => {
                        if path != to {
                            let inside: Vec<String> =
                                model.keys().filter(|k| k.starts_with(&format!("{path}/"))).cloned().collect();
                            for k in inside {
                                let v = model.remove(&k).unwrap();
                                model.insert(format!("{to}{}", &k[path.len()..]), v);
                            }
                            let v = model.remove(&path).unwrap();
                            model.insert(to, v);
                        }
                    }
                    Err(Error::Device(_)) => unreachable!(),
                    Err(Error::Fs(f)) => match f {
                        Fault::NoEntry => assert!(!model.contains_key(&path)),
                        Fault::IsDir => assert_eq!(model.get(&to), Some(&None)),
                        Fault::NotDir => assert!(model[&path].is_none() && model[&to].is_some()),
                        Fault::NotEmpty => assert!(model.keys().any(|k| k.starts_with(&format!("{to}/")))),
                        Fault::Invalid => assert!(to.starts_with(&path)),
                        Fault::NoSpace => reload(&mut d, &mut model, &[&path, &to]),
                        f => panic!("{f:?}"),
                    },
                }
            }
            _ => d.again().unwrap(),
        }
        if step % 16 == 0 {
            same(&mut d, &model, step);
        }
    }
    same(&mut d, &model, steps);
    d.again().unwrap();
    same(&mut d, &model, steps);
    d
}

fn same(d: &mut Disk, model: &Tree, step: u32) {
    let tree = d.tree().unwrap();
    if tree != *model {
        for (k, v) in &tree {
            assert_eq!(model.get(k), Some(v), "on the disk at step {step}: {k}");
        }
        for (k, v) in model {
            assert_eq!(tree.get(k), Some(v), "lost at step {step}: {k}");
        }
    }
}

/// After an operation that found no room: what it was about may have happened or not, all else is as it was.
fn reload(d: &mut Disk, model: &mut Tree, about: &[&String]) {
    let tree = d.tree().unwrap();
    let rest = |t: &Tree| -> Tree {
        let is_about = |k: &String| about.iter().any(|a| k == *a || k.starts_with(&format!("{a}/")));
        t.iter().filter(|(k, _)| !is_about(k)).map(|(k, v)| (k.clone(), v.clone())).collect()
    };
    for (k, v) in rest(&tree) {
        assert_eq!(model.get(&k), Some(&v), "{about:?}");
    }
    for (k, v) in rest(model) {
        assert_eq!(tree.get(&k), Some(&v), "{about:?}");
    }
    *model = tree;
}

#[test]
fn random_operations() {
    for seed in 0..6 {
        exercise(Disk::format(Config::with_units(256, 256, 16, 16, 8)), seed, 600);
        exercise(Disk::format(Config::with_units(512, 128, 1, 1, 16)), seed, 600);
        exercise(Disk::format(Config { block_cycles: 3, ..Config::with_units(1024, 128, 32, 32, 4) }), seed, 600);
    }
}

#[test]
fn a_disk_that_is_nearly_full() {
    for seed in 0..6 {
        exercise(Disk::format(Config::with_units(256, 24, 16, 16, 1)), seed, 600);
    }
}

#[test]
fn bad_blocks_are_left_out() {
    for seed in 0..6 {
        let config = Config { block_cycles: 5, ..Config::with_units(256, 128, 16, 16, 8) };
        let mut d = Disk::format(config);
        let mut dice = Dice(seed + 100);
        d.ram.bad = (0..30).map(|_| 2 + dice.roll(126)).collect();
        exercise(d, seed, 400);
    }
}

#[test]
fn attributes_follow_a_rename() {
    let mut d = Disk::format(small());
    d.fs.mkdir(&mut d.ram, b"/d").unwrap();
    d.put("/x", REWRITE, b"hello", 9).unwrap();
    let mut b = [0; 8];
    assert_eq!(d.fs.attribute(&mut d.ram, b"/x", 1, &mut b).unwrap(), Some(8));
    assert_eq!(b, 5_u64.to_le_bytes());
    d.fs.rename(&mut d.ram, b"/x", b"/d/y").unwrap();
    d.fs.rename(&mut d.ram, b"/d/y", b"/d/z").unwrap();
    b = [0; 8];
    assert_eq!(d.fs.attribute(&mut d.ram, b"/d/z", 1, &mut b).unwrap(), Some(8));
    assert_eq!(b, 5_u64.to_le_bytes());
    assert_eq!(d.read_all("/d/z").unwrap(), b"hello");
}

#[test]
fn open_files_follow_what_happens_around_them() {
    let mut d = Disk::format(small());
    let f = d.open("/m", REWRITE, None).unwrap();
    for i in 0..30 {
        d.put(&format!("/{}{i}", ["a", "z"][i % 2]), REWRITE, b"some contents", 50).unwrap();
        d.fs.write_file(&mut d.ram, f, b"0123456789", None).unwrap();
        if i % 7 == 0 {
            d.fs.sync_file(&mut d.ram, f).unwrap();
        }
    }
    d.fs.rename(&mut d.ram, b"/m", b"/zz").unwrap();
    d.fs.write_file(&mut d.ram, f, b"end", None).unwrap();
    d.close(f).unwrap();
    let all = d.read_all("/zz").unwrap();
    assert_eq!((all.len(), &all[300..]), (303, &b"end"[..]));
    let g = d.open("/zz", READ, None).unwrap();
    d.fs.remove(&mut d.ram, b"/zz").unwrap();
    let mut b = [0; 10];
    assert_eq!(d.fs.read_file(&mut d.ram, g, &mut b).unwrap(), 10);
    d.close(g).unwrap();
    assert_eq!(d.open("/zz", READ, None), Err(Fault::NoEntry.into()));
}

#[test]
fn a_folder_does_not_go_into_itself() {
    let mut d = Disk::format(small());
    d.fs.mkdir(&mut d.ram, b"/a").unwrap();
    d.fs.mkdir(&mut d.ram, b"/a/b").unwrap();
    for to in [&b"/a/c"[..], b"/a/b/c", b"/a/b"] {
        assert_eq!(d.fs.rename(&mut d.ram, b"/a", to), Err(Fault::Invalid.into()));
    }
    assert_eq!(d.tree().unwrap().len(), 2);
}

#[test]
fn paths() {
    let mut d = Disk::format(small());
    d.fs.mkdir(&mut d.ram, b"/a").unwrap();
    d.put("/a/f", REWRITE, b"x", 1).unwrap();
    for path in ["a/f", "//a//f", "/a/./f", "/a/b/../f", "a/../a/f", "/x/y/../../a/f"] {
        assert_eq!(d.read_all(path).unwrap(), b"x", "{path}");
    }
    for (path, fault) in [
        ("", Fault::Invalid),
        ("..", Fault::Invalid),
        ("/a/f/", Fault::NotDir),
        ("/a/f/g", Fault::NotDir),
        ("/b/c", Fault::NoEntry),
    ] {
        assert_eq!(d.fs.stat(&mut d.ram, path.as_bytes()), Err(fault.into()), "{path}");
    }
    let long = "n".repeat(256);
    assert_eq!(d.fs.mkdir(&mut d.ram, long.as_bytes()), Err(Fault::NameTooLong.into()));
}
