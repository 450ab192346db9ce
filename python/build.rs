//! Compiles `lib/**.py` with Krait's own compiler, verifies the result, and writes the table of frozen modules.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use allocator_api2::alloc::Global;
use allocator_api2::vec::Vec as Bytes;
use krait_bytecode::mpy::write::write;
use krait_bytecode::verify::verify_unit;
use krait_compiler::{CompileOptions, compile};

/// Small integers of the chip: what is made for it runs everywhere.
const SMALL_INT_BITS: u8 = 31;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("lib");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    println!("cargo::rerun-if-changed=lib");
    let mut sources = Vec::new();
    collect(&root, "", &mut sources)?;
    sources.sort();
    let mut table =
        String::from("krait_runtime::frozen_modules! {\n    /// All frozen modules.\n    pub static ALL;\n");
    for (i, name) in sources.iter().enumerate() {
        let mpy = translate(&root.join(name), name)?;
        let file = out.join(format!("{i}.mpy"));
        fs::write(&file, &*mpy)?;
        let _ = writeln!(table, "    {name:?} => include_bytes!({file:?}),");
    }
    table.push_str("}\n");
    fs::write(out.join("frozen.rs"), table)
}

fn collect(folder: &Path, prefix: &str, to: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().into_string().map_err(|_| io::Error::other("a file name is not UTF-8"))?;
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &format!("{prefix}{name}/"), to)?;
        } else if name.ends_with(".py") {
            to.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

fn translate(path: &Path, name: &str) -> io::Result<Bytes<u8>> {
    let text = fs::read(path)?;
    // Line numbers are kept: a traceback should say where.
    let options = CompileOptions { file_name: name.as_bytes(), ..CompileOptions::default() };
    let mut unit = compile(&mut text.as_slice(), &options, Global)
        .map_err(|e| io::Error::other(format!("{}:{}: {e}", path.display(), e.line)))?;
    unit.set_small_int_bits(SMALL_INT_BITS);
    verify_unit(&unit, SMALL_INT_BITS).map_err(|e| io::Error::other(format!("{}: {e:?}", path.display())))?;
    let mut mpy = Bytes::new();
    write(&unit, &mut mpy).map_err(|e| io::Error::other(format!("{}: {e:?}", path.display())))?;
    Ok(mpy)
}
