//! The lines entered at the prompt, kept in a file between sessions.

use std::path::PathBuf;

use krait_lineedit::Ring;

/// Lines kept.
const LINES: usize = 500;

/// The history: text in memory that grows as it needs to.
pub(crate) type Lines = Ring<Vec<u8>>;

fn path() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".krait.history"))
}

/// The history of earlier sessions. A file that is missing or unreadable counts as empty.
pub(crate) fn load() -> Lines {
    let mut lines = Ring::new(Vec::new(), LINES);
    if let Some(text) = path().and_then(|p| std::fs::read(p).ok()) {
        lines.load(&text);
    }
    lines
}

/// Keeps the history; where that fails there is nobody to tell.
pub(crate) fn save(lines: &Lines) {
    if let Some(path) = path()
        && !lines.text().is_empty()
    {
        let _ = std::fs::write(path, lines.text());
    }
}
