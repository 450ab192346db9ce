//! What a program runs in, on a machine with an operating system: variables and other programs.

use crate::FileError;

/// Environment variables, and the system's shell.
pub trait Environment {
    /// Gives the value of a variable to `sink`, if there is such a variable.
    fn get(&self, name: &str, sink: &mut dyn FnMut(&str));
    /// Sets a variable, for this program and those that it starts.
    ///
    /// # Errors
    /// `EINVAL` for a name that cannot be one.
    fn set(&self, name: &str, value: &str) -> Result<(), FileError>;
    /// Removes a variable.
    ///
    /// # Errors
    /// `EINVAL` for a name that cannot be one.
    fn unset(&self, name: &str) -> Result<(), FileError>;
    /// Runs a command of the shell, and waits for its end: the status as C's `system` gives it.
    ///
    /// # Errors
    /// The system's errno number if there is no shell.
    fn run(&self, command: &str) -> Result<i32, FileError>;
}
