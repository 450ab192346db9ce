//! Programs as ELF files: what is loaded where.

use anyhow::{Context, Result};
use object::read::elf::ElfFile32;
use object::{Endianness, Object, ObjectSegment};
use std::path::Path;

/// A part of a program: its address and bytes.
pub(crate) type Part = (u32, Vec<u8>);

/// Reads the parts of the ELF file at `path` that are loaded.
pub(crate) fn parts(path: &Path) -> Result<Vec<Part>> {
    let data = std::fs::read(path).with_context(|| path.display().to_string())?;
    let file = ElfFile32::<Endianness>::parse(&*data).with_context(|| path.display().to_string())?;
    anyhow::ensure!(file.is_little_endian(), "{}: not little-endian", path.display());
    file.segments().map(|s| Ok((u32::try_from(s.address())?, s.data()?.to_vec()))).collect()
}
