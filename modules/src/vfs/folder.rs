//! Listings: the iterator that `ilistdir` gives, for all native file systems.
//!
//! Invariant: the folder is closed at its end, when listing fails, or by the collector; whatever comes first.

use core::cell::Cell;

use krait_runtime::{Maybe, Outcome, Raised, Tracer, Value, Vm, class};

/// What can be done with a folder that is being listed. The implementor is a unit struct; the folder is the object
/// `state`, of a body that only it knows.
///
/// It is never called for a folder after `close`.
pub trait Folder: Sync {
    /// The next entry, in any order; `None` at the end. `.` and `..` are left out. Entries that are made or removed
    /// meanwhile may or may not come up.
    ///
    /// # Errors
    /// `OSError`; the listing is then over.
    fn next(&self, vm: &mut Vm, state: Value) -> Result<Option<Entry>, Raised>;

    /// Ends the listing.
    ///
    /// # Errors
    /// `OSError`.
    fn close(&self, vm: &mut Vm, state: Value) -> Result<(), Raised> {
        let _ = (vm, state);
        Ok(())
    }
}

/// What a folder holds.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Its name, a `str` (or `bytes`, for a name that is not UTF-8).
    pub name: Value,
    /// [`super::Stat::FOLDER`] or [`super::Stat::FILE`].
    pub mode: u32,
    /// 0 without one.
    pub inode: u64,
    /// Its size, where the listing tells that.
    pub size: Option<u64>,
}

/// A folder that is being listed.
#[derive(Clone, Copy)]
pub struct Listing {
    /// What can be done with it.
    pub ops: &'static dyn Folder,
    /// What `ops` knows it by.
    pub state: Value,
}

/// The iterator's body.
pub struct FolderIter {
    listing: Cell<Option<Listing>>,
    /// Whether names are wanted as bytes.
    bytes: bool,
}

impl FolderIter {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.listing.get().map(|l| l.state));
    }
}

class! {
    /// What `ilistdir` gives.
    pub static FOLDER_ITER: q!(iterator) for FolderIter;
    slots { iter: krait_runtime::obj::iterator::itself, next: next, finalise: finish }
    attrs { q!(__del__) => f1(finish) }
}

/// Begins a listing with `list` and makes Python's iterator of it.
///
/// # Errors
/// What `list` raises; out of memory.
pub fn wrap(vm: &mut Vm, bytes: bool, list: impl FnOnce(&mut Vm) -> Result<Listing, Raised>) -> Outcome {
    let it = vm.new_with_finaliser(FolderIter { listing: Cell::new(None), bytes })?;
    let listing = list(vm)?;
    it.listing.set(Some(listing));
    Ok(it.value())
}

fn finish(vm: &mut Vm, v: Value) -> Outcome {
    if let Some(listing) = v.downcast::<FolderIter>().and_then(|it| it.listing.take()) {
        listing.ops.close(vm, listing.state)?;
    }
    Ok(Value::NONE)
}

fn next(vm: &mut Vm, v: Value) -> Maybe {
    let Some(it) = v.downcast::<FolderIter>() else { return Ok(None) };
    let Some(listing) = it.listing.get() else { return Ok(None) };
    let entry = match listing.ops.next(vm, listing.state) {
        Ok(Some(entry)) => entry,
        Ok(None) => {
            finish(vm, v)?;
            return Ok(None);
        }
        Err(r) => {
            let waiting = vm.take_raised();
            if finish(vm, v).is_err() {
                vm.take_raised();
            }
            let _ = vm.raise(waiting);
            return Err(r);
        }
    };
    let name = match vm.as_str(entry.name) {
        Some(text) if it.bytes => vm.new_bytes(text.as_bytes())?,
        _ => entry.name,
    };
    let items = [name, Value::small_int(entry.mode as isize), vm.new_int(entry.inode)?];
    let tuple = match entry.size {
        Some(size) => {
            let [name, mode, inode] = items;
            let size = vm.new_int(size)?;
            vm.new_tuple(&[name, mode, inode, size])?
        }
        None => vm.new_tuple(&items)?,
    };
    Ok(Some(tuple.value()))
}
