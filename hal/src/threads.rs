//! Threads under one lock: whoever holds it runs Python, all others wait.
//!
//! A system with preemptive threads keeps a lock that waiting threads queue for; one without can switch stacks in
//! [`Threads::lock`] and [`Threads::wait`], which are the only places where a thread stops while another goes on.

use crate::FileError;

/// Starting threads, and the lock that lets one of them run.
pub trait Threads: Sync {
    /// Starts a thread that calls `run(argument)` exactly once, without the lock. `stack` is the native stack that it
    /// should have, in bytes; 0 leaves that to the platform. Returns how many bytes of it the interpreter may use.
    ///
    /// # Errors
    /// The platform's errno.
    fn start(&self, stack: usize, run: fn(usize), argument: usize) -> Result<usize, FileError>;
    /// Takes the lock, after those who have asked before.
    fn lock(&self);
    /// Gives the lock to who has waited longest for it.
    fn unlock(&self);
    /// Whether another thread has waited for the lock so long that it is its turn. The platform sets
    /// [`crate::Platform::pending`] when that begins.
    fn wanted(&self) -> bool;
    /// Gives the lock away until [`Threads::notify`] names the same thing, or for `us` microseconds, and takes it
    /// again. What happened before the lock was given away cannot be missed.
    fn wait(&self, on: usize, us: Option<u64>);
    /// Ends the wait of the thread that has waited longest for `on`. The caller holds the lock.
    fn notify(&self, on: usize);
}
