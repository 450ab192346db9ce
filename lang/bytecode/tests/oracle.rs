//! Holds the container and the verifier against mpy-cross.
//!
//! Every script of the peer's suite that mpy-cross compiles must be read, written again byte for
//! byte, accepted by the verifier and disassembled. Runs only if `KRAIT_MPY_CROSS` names the
//! program and `KRAIT_PEER_TESTS` the folder of scripts.

use std::path::{Path, PathBuf};
use std::process::Command;

use allocator_api2::alloc::Global;
use allocator_api2::vec::Vec as AVec;
use krait_bytecode::disasm::disassemble;
use krait_bytecode::mpy::{read, write};
use krait_bytecode::verify::{verify_file, verify_unit};

const TARGET: read::Target = read::Target { small_int_bits: 31, native_arch: 0 };

fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scripts(&path, found);
        } else if path.extension().is_some_and(|e| e == "py") {
            found.push(path);
        }
    }
}

/// Each script's `.mpy` file, for those that compile.
fn compiled() -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let cross = std::env::var_os("KRAIT_MPY_CROSS")?;
    let folder = std::env::var_os("KRAIT_PEER_TESTS")?;
    let mut paths = Vec::new();
    scripts(Path::new(&folder), &mut paths);
    paths.sort();
    let out = std::env::temp_dir().join(format!("krait-bytecode-{}.mpy", std::process::id()));
    let mut files = Vec::new();
    for path in paths {
        for optimise in ["-O0", "-O3"] {
            let done = Command::new(&cross).arg(optimise).arg("-o").arg(&out).arg(&path).output();
            if done.is_ok_and(|d| d.status.success())
                && let Ok(bytes) = std::fs::read(&out)
            {
                files.push((path.clone(), bytes));
            }
        }
    }
    let _ = std::fs::remove_file(&out);
    Some(files)
}

#[test]
fn mpy_cross_output_passes_through_unchanged() {
    let Some(files) = compiled() else {
        eprintln!("left out: KRAIT_MPY_CROSS or KRAIT_PEER_TESTS is not set");
        return;
    };
    let (mut bytecode, mut same, mut sound, mut native) = (0, 0, 0, 0);
    let mut bad = Vec::new();
    for (path, bytes) in &files {
        match read::read_unit(bytes, TARGET, Global) {
            Err(read::ReadError::NativeUnsupported) => native += 1,
            Err(error) => {
                bytecode += 1;
                bad.push(format!("{}: {error:?}", path.display()));
            }
            Ok(unit) => {
                bytecode += 1;
                let mut out = AVec::new();
                write::write(&unit, &mut out).unwrap();
                if out[..] == bytes[..] {
                    same += 1;
                } else {
                    bad.push(format!("{}: differs", path.display()));
                }
                match verify_file(bytes, TARGET, Global) {
                    Ok(()) => sound += 1,
                    Err(error) => bad.push(format!("{}: {error:?}", path.display())),
                }
                assert_eq!(verify_unit(&unit, 31), Ok(()));
                let mut text = String::new();
                disassemble(&unit, &mut text).unwrap();
                if text.contains("undecodable") || text.contains("bad prelude") {
                    bad.push(format!("{}: {text}", path.display()));
                }
            }
        }
    }
    println!("files {}, native {native}, bytecode {bytecode}, identical {same}, verified {sound}", files.len());
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
