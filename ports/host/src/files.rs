//! Files as `import` sees them.

use std::fs::File;
use std::io::Read;

use krait_hal::{FileError, Files, PathKind};

/// The file system of the host.
pub(crate) struct HostFiles;

/// The errno of an error of the standard library.
pub(crate) fn errno(e: &std::io::Error) -> FileError {
    // Errors without a number are those that the library finds itself, of which a NUL in a path is the only one
    // that can come up: ENOENT, as the path names nothing.
    FileError(e.raw_os_error().unwrap_or(2))
}

impl Files for HostFiles {
    fn kind(&self, path: &str) -> PathKind {
        match std::fs::metadata(if path.is_empty() { "." } else { path }) {
            Ok(m) if m.is_dir() => PathKind::Folder,
            Ok(m) if m.is_file() => PathKind::File,
            // Pipes and devices can be read like files, so `krait /dev/stdin` works.
            Ok(_) => PathKind::File,
            Err(_) => PathKind::None,
        }
    }

    fn read(&self, path: &str, sink: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), FileError> {
        let mut file = File::open(path).map_err(|e| errno(&e))?;
        let mut chunk = vec![0; 16384];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(n) => {
                    if !sink(chunk.get(..n).unwrap_or(&[])) {
                        return Ok(());
                    }
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(errno(&e)),
            }
        }
    }

    fn size(&self, path: &str) -> Option<u64> {
        std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len())
    }
}
