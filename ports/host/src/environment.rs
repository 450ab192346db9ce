//! Environment variables and the shell.
//!
//! Invariant: the process's own environment is never changed (another thread may be reading it); what the program
//! changes is kept here, seen by `getenv`, and given to the commands that it runs.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use krait_hal::{Environment, FileError};

use crate::folders::errno;

const EINVAL: FileError = FileError(22);

/// The environment: what the process was given, and what has changed since. `None`: removed.
pub(crate) struct HostEnvironment {
    changed: Mutex<BTreeMap<String, Option<String>>>,
}

impl HostEnvironment {
    pub(crate) const fn new() -> HostEnvironment {
        HostEnvironment { changed: Mutex::new(BTreeMap::new()) }
    }

    /// The value of a variable.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        let changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        match changed.get(name) {
            Some(value) => value.clone(),
            None if is_name(name) => std::env::var_os(name).map(|v| v.to_string_lossy().into_owned()),
            None => None,
        }
    }

    fn change(&self, name: &str, value: Option<&str>) -> Result<(), FileError> {
        if !is_name(name) {
            return Err(EINVAL);
        }
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        changed.insert(name.to_owned(), value.map(str::to_owned));
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['=', '\0'])
}

impl Environment for HostEnvironment {
    fn get(&self, name: &str, sink: &mut dyn FnMut(&str)) {
        if let Some(value) = self.variable(name) {
            sink(&value);
        }
    }

    fn set(&self, name: &str, value: &str) -> Result<(), FileError> {
        self.change(name, Some(value))
    }

    fn unset(&self, name: &str) -> Result<(), FileError> {
        self.change(name, None)
    }

    fn run(&self, command: &str) -> Result<i32, FileError> {
        let mut shell = Command::new("/bin/sh");
        shell.arg("-c").arg(command);
        for (name, value) in self.changed.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell.status().map(ExitStatusExt::into_raw).map_err(|e| errno(&e))
    }
}
