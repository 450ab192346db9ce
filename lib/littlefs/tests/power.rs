//! Power cuts: at every single write and erasure of a workload, with three kinds of damage, the volume mounts, holds
//! exactly what was synced before (or the operation done), and goes on working.

mod common;

use common::{APPEND, Dice, Disk, REWRITE, Ram, Tear, Tree};
use krait_littlefs::{Config, Error, Kind};

#[derive(Debug, Clone)]
enum Op {
    Put(String, Vec<u8>),
    Append(String, Vec<u8>),
    Mkdir(String),
    Remove(String),
    Rename(String, String),
}

fn apply(d: &mut Disk, op: &Op) -> Result<(), Error<common::Cut>> {
    match op {
        Op::Put(path, data) => d.put(path, REWRITE, data, 100),
        Op::Append(path, data) => d.put(path, APPEND, data, 100),
        Op::Mkdir(path) => d.fs.mkdir(&mut d.ram, path.as_bytes()),
        Op::Remove(path) => d.fs.remove(&mut d.ram, path.as_bytes()),
        Op::Rename(from, to) => d.fs.rename(&mut d.ram, from.as_bytes(), to.as_bytes()),
    }
}

/// The next operation of the workload: one that can succeed.
fn choose(dice: &mut Dice, tree: &Tree) -> Op {
    let files: Vec<&String> = tree.iter().filter(|(_, v)| v.is_some()).map(|(k, _)| k).collect();
    let folders: Vec<&String> = tree.iter().filter(|(_, v)| v.is_none()).map(|(k, _)| k).collect();
    let fresh = |dice: &mut Dice| {
        let n = dice.roll(folders.len() as u32 + 1) as usize;
        format!("{}/{}{}", folders.get(n).map_or("", |f| f), ["f", "data-"][dice.roll(2) as usize], dice.roll(30))
    };
    let any =
        |dice: &mut Dice, of: &[&String]| of.get(dice.roll(of.len().max(1) as u32) as usize).map(|s| s.to_string());
    loop {
        let large = dice.roll(4) == 0;
        let size = dice.roll([40, 700][usize::from(large)]) as usize;
        let data = dice.bytes(size);
        let path = fresh(dice);
        match dice.roll(10) {
            0..=2 if tree.get(&path) != Some(&None) => return Op::Put(path, data),
            3 | 4 => {
                if let Some(path) = any(dice, &files) {
                    return Op::Append(path, data);
                }
            }
            5 if folders.len() < 6 && !tree.contains_key(&path) => return Op::Mkdir(path),
            6 => {
                if let Some(path) = any(dice, &files) {
                    return Op::Remove(path);
                }
            }
            7 => {
                let empty = |f: &&&String| !tree.keys().any(|k| k.starts_with(&format!("{f}/")));
                if let Some(path) = folders.iter().find(empty) {
                    return Op::Remove(path.to_string());
                }
            }
            8 => {
                if let (Some(from), false) = (any(dice, &files), tree.get(&path) == Some(&None)) {
                    return Op::Rename(from, path);
                }
            }
            9 => {
                if let (Some(from), false) = (any(dice, &folders), tree.contains_key(&path))
                    && !path.starts_with(&from)
                {
                    return Op::Rename(from, path);
                }
            }
            _ => {}
        }
    }
}

/// What the volume may hold after a cut during the operation.
fn allowed(before: &Tree, after: &Tree, op: &Op) -> Vec<Tree> {
    let mut all = vec![before.clone(), after.clone()];
    if let Op::Put(path, _) | Op::Append(path, _) = op
        && !before.contains_key(path)
    {
        let mut made = before.clone();
        made.insert(path.clone(), Some(Vec::new()));
        all.push(made);
    }
    all
}

fn power_cuts(config: Config, seed: u64, wanted: u32) -> u32 {
    eprintln!("seed {seed}, {config:?}");
    let mut dice = Dice(seed);
    let mut image = Disk::format(config).ram.data;
    let mut before = Tree::new();
    let mut cuts = 0;
    while cuts < wanted {
        let op = choose(&mut dice, &before);
        let mut d = Disk::mount(Ram::over(config, image.clone())).unwrap();
        apply(&mut d, &op).unwrap_or_else(|e| panic!("{op:?} {e:?}"));
        let writes = d.ram.writes;
        let after = d.tree().unwrap_or_else(|e| panic!("{op:?}: {e:?}"));
        let allowed = allowed(&before, &after, &op);
        for cut in 0..writes {
            let tear = [Tear::None, Tear::Half, Tear::Noise][((cut + cuts) % 3) as usize];
            let mut cut_off = Disk::mount(Ram::over(config, image.clone())).unwrap();
            cut_off.ram.left = Some(cut);
            cut_off.ram.tear = tear;
            let failed = apply(&mut cut_off, &op);
            assert!(failed.is_err() || cut_off.ram.writes <= cut, "{op:?} cut {cut}: {failed:?}");
            let mut back = Disk::mount(Ram::over(config, cut_off.ram.data))
                .unwrap_or_else(|e| panic!("{op:?} cut {cut} {tear:?}: does not mount: {e:?}"));
            let tree = back.tree().unwrap();
            if !allowed.contains(&tree) {
                let has = |t: &Tree| {
                    tree.iter().filter(|(k, v)| t.get(*k) != Some(v)).map(|(k, _)| k.clone()).collect::<Vec<_>>()
                };
                let lacks = |t: &Tree| {
                    t.iter().filter(|(k, v)| tree.get(*k) != Some(v)).map(|(k, _)| k.clone()).collect::<Vec<_>>()
                };
                let (old, new) = ((has(&before), lacks(&before)), (has(&after), lacks(&after)));
                panic!("{op:?} cut {cut} of {writes} {tear:?}: from before {old:?}, from after {new:?}");
            }
            // It repairs itself, and stays as it is.
            back.put("/new", REWRITE, &[7; 300], 100).unwrap_or_else(|e| panic!("{op:?} cut {cut} {tear:?}: {e:?}"));
            assert_eq!(back.fs.stat(&mut back.ram, b"/new").unwrap().kind, Kind::File);
            back.fs.remove(&mut back.ram, b"/new").unwrap();
            for when in ["then", "mounted again"] {
                let later = back.tree().unwrap();
                let lost: Vec<_> = tree.iter().filter(|(k, v)| later.get(*k) != Some(v)).collect();
                let new: Vec<_> = later.iter().filter(|(k, v)| tree.get(*k) != Some(v)).collect();
                assert!(later == tree, "{op:?} cut {cut} {tear:?}: {when}, lost {lost:?} new {new:?}");
                back.again().unwrap();
            }
            let used = back.fs.used_blocks(&mut back.ram).unwrap();
            assert!(used < config.block_count, "blocks are lost: {used}");
        }
        cuts += writes;
        (image, before) = (d.ram.data, after);
        if before.len() > 40 {
            // Start over before the disk is full.
            image = Disk::format(config).ram.data;
            before = Tree::new();
        }
    }
    cuts
}

#[test]
fn every_write_of_a_workload() {
    let mut cuts = 0;
    // Small blocks split and move often; 3 cycles move logs at every other compaction.
    cuts += power_cuts(Config { block_cycles: 3, ..Config::with_units(256, 160, 16, 16, 8) }, 1, 1500);
    cuts += power_cuts(Config::with_units(512, 96, 32, 32, 16), 2, 700);
    cuts += power_cuts(Config::with_units(4096, 32, 32, 32, 32), 3, 300);
    assert!(cuts >= 2500);
    std::eprintln!("{cuts} cuts");
}

/// The same for longer, by hand.
#[test]
#[ignore = "minutes"]
fn many_workloads() {
    for seed in 10..30 {
        power_cuts(Config { block_cycles: 1, ..Config::with_units(256, 120, 16, 16, 2) }, seed, 8000);
        power_cuts(Config { block_cycles: 3, ..Config::with_units(256, 100, 4, 4, 4) }, seed, 8000);
        power_cuts(Config::with_units(1024, 64, 32, 128, 16), seed, 3000);
    }
}
