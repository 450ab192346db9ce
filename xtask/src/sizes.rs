//! `cargo x sizes`: where the bytes of a program are, by section and by crate.

use crate::build;
use anyhow::{Context, Result};
use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What to look at.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// An ELF file, if not the optimised krait program
    file: Option<PathBuf>,
    /// Also the largest functions
    #[arg(long)]
    functions: bool,
}

/// Prints the tables.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let path = match &options.file {
        Some(path) => path.clone(),
        None if build::release()? => build::program(),
        None => return Ok(false),
    };
    let data = std::fs::read(&path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(&*data).with_context(|| path.display().to_string())?;
    println!("{}: {} bytes", path.display(), data.len());
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for section in file.sections() {
        let kind = match section.kind() {
            SectionKind::Text => "code",
            SectionKind::ReadOnlyData | SectionKind::ReadOnlyString => "constants",
            SectionKind::ReadOnlyDataWithRel | SectionKind::Data | SectionKind::Tls => "data",
            SectionKind::UninitializedData | SectionKind::UninitializedTls => "zeroed",
            _ => continue,
        };
        *kinds.entry(kind).or_default() += section.size();
    }
    for (kind, size) in kinds {
        println!("  {kind:10}{size:>10}");
    }
    let mut crates: BTreeMap<String, u64> = BTreeMap::new();
    let mut functions = Vec::new();
    for symbol in file.symbols().filter(|s| s.kind() == SymbolKind::Text && s.size() > 0) {
        let name = format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or("?")));
        *crates.entry(owner(&name)).or_default() += symbol.size();
        functions.push((symbol.size(), name));
    }
    println!("code by crate:");
    let mut crates: Vec<(String, u64)> = crates.into_iter().collect();
    crates.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in crates.iter().take(25) {
        println!("  {name:24}{size:>10}");
    }
    if options.functions {
        println!("largest functions:");
        functions.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
        for (size, name) in functions.iter().take(40) {
            println!("  {size:>8}  {name}");
        }
    }
    Ok(true)
}

/// The crate that a demangled name belongs to; of `<T as Trait>::f`, the crate of `T`.
fn owner(name: &str) -> String {
    let bare = name.trim_start_matches(['<', '&', '*', '[', '(']);
    let bare = bare.trim_start_matches("mut ").trim_start_matches("dyn ");
    let end = bare.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(bare.len());
    match bare.get(..end) {
        Some(word) if bare.get(end..).is_some_and(|r| r.starts_with("::")) => word.to_owned(),
        _ => "(others)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::owner;

    #[test]
    fn owners() {
        assert_eq!(owner("krait_runtime::vm::run"), "krait_runtime");
        assert_eq!(owner("<alloc::vec::Vec<T> as Drop>::drop"), "alloc");
        assert_eq!(owner("<&mut krait_memory::Heap as X>::f"), "krait_memory");
        assert_eq!(owner("memcpy"), "(others)");
    }
}
