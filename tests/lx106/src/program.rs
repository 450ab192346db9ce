//! Programs as ELF files: what is loaded where, and words in them by name.

use anyhow::{Context, Result};
use object::read::elf::ElfFile32;
use object::{Endianness, Object, ObjectSegment, ObjectSymbol};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A program.
pub(crate) struct Program {
    /// The parts that are loaded: address and bytes.
    pub(crate) parts: Vec<(u32, Vec<u8>)>,
    symbols: HashMap<String, u32>,
    /// The file, and where in it each part's bytes are.
    file: Vec<u8>,
    offsets: Vec<u64>,
}

impl Program {
    pub(crate) fn read(path: &Path) -> Result<Program> {
        let data = fs::read(path).with_context(|| path.display().to_string())?;
        let file = ElfFile32::<Endianness>::parse(&*data).with_context(|| path.display().to_string())?;
        anyhow::ensure!(file.is_little_endian(), "{}: not little-endian", path.display());
        let (mut parts, mut offsets) = (Vec::new(), Vec::new());
        for segment in file.segments() {
            parts.push((u32::try_from(segment.address())?, segment.data()?.to_vec()));
            offsets.push(segment.file_range().0);
        }
        let symbols =
            file.symbols().filter_map(|s| Some((s.name().ok()?.to_owned(), u32::try_from(s.address()).ok()?)));
        let symbols = symbols.collect();
        Ok(Program { parts, symbols, offsets, file: data })
    }

    /// Changes a word of the program's data.
    pub(crate) fn set_word(&mut self, name: &str, value: u32) -> Result<()> {
        let address = *self.symbols.get(name).with_context(|| format!("no symbol {name}"))?;
        for ((start, bytes), offset) in self.parts.iter_mut().zip(&self.offsets) {
            let at = address.wrapping_sub(*start) as usize;
            if let Some(word) = bytes.get_mut(at..at.saturating_add(4)) {
                word.copy_from_slice(&value.to_le_bytes());
                let at = usize::try_from(*offset)? + at;
                self.file.get_mut(at..at + 4).context("a part beyond its file")?.copy_from_slice(&value.to_le_bytes());
                return Ok(());
            }
        }
        anyhow::bail!("{name} is not loaded from the file")
    }

    /// Writes the file, with the words that were changed.
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, &self.file)?)
    }
}
