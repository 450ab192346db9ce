//! The flash's content in a file: read at the start, written whole when it has changed.
//!
//! The file is replaced by a rename, so that it is always either the old or the new content, whatever happens.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use krait_soc::Machine;

use super::load;

/// Reads the file, if it is there; whether it was.
pub(crate) fn load(path: &Path, machine: &mut Machine) -> Result<bool, String> {
    if !path.exists() {
        return Ok(false);
    }
    let bytes = load::read(path)?;
    let size = machine.flash().size();
    if bytes.len() != size {
        return Err(format!("{}: has {} bytes, the flash has {size}", path.display(), bytes.len()));
    }
    if !machine.load_flash(0, &bytes) {
        return Err(format!("{}: does not fit", path.display()));
    }
    machine.flash_mut().take_dirty();
    Ok(true)
}

/// Writes the file, if anything has changed since this was last done.
pub(crate) fn save(path: &Path, machine: &mut Machine) -> Result<(), String> {
    if machine.flash_mut().take_dirty().is_empty() {
        return Ok(());
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(new)?;
        file.write_all(machine.flash().bytes())?;
        file.sync_all()?;
        std::fs::rename(new, path)
    };
    write().map_err(|e| format!("{}: {e}", path.display()))
}
