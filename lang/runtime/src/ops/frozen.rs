//! The frozen modules as `import` sees them: files below the folder `.frozen`.
//!
//! As in the reference, `__file__` is the path without that folder, and `__path__` of a package has it.

use krait_hal::PathKind;

use crate::obj::dict::Dict;
use crate::{Frozen, Raised, Ref, Value, Vm};

/// The path below `.frozen/`, if it is one.
pub(super) fn inner(path: &str) -> Option<&str> {
    path.strip_prefix(".frozen/")
}

fn find(modules: &'static [Frozen], path: &str) -> Option<&'static Frozen> {
    let at = modules.partition_point(|m| m.path() < path);
    modules.get(at).filter(|m| m.path() == path)
}

/// What a path names.
pub(super) fn kind(modules: &'static [Frozen], path: &str) -> PathKind {
    if find(modules, path).is_some() {
        return PathKind::File;
    }
    let folder = |m: &Frozen| m.path().strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
    if modules.iter().any(folder) { PathKind::Folder } else { PathKind::None }
}

impl Vm {
    /// Runs the frozen module of that path with `globals`.
    pub(super) fn run_frozen(&mut self, path: &str, globals: Ref<Dict>) -> Result<(), Raised> {
        let Some(module) = find(self.st.frozen, path) else { return Err(self.os_error(2)) };
        let file = self.intern(module.path())?;
        globals.set_qstr(self, q!(__file__), Value::qstr(file))?;
        let f = self.load_frozen(module, globals)?;
        self.with_scope(globals, globals, |vm| vm.call(f, &[])).map(|_| ())
    }
}
