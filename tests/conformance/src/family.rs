//! A child process with all that it starts: a process group that does not outlive its owner.
//!
//! A group of its own means that Ctrl-C at the terminal does not reach it. Therefore every living
//! group is known here, and when this program is interrupted or told to end, so are they.

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

/// The groups that live, by the number of their leader.
static LIVING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// The status of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// A child that leads a process group. Dropping it kills the group.
#[derive(Debug)]
pub struct Family {
    child: Child,
}

impl Family {
    /// Starts `command` as the leader of a group.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        static WATCH: Once = Once::new();
        WATCH.call_once(|| {
            // A second handler is refused: then the program's owner has one, and sees to it.
            let _ = ctrlc::set_handler(end_all);
        });
        // Held while spawning, so that an interruption cannot fall between start and note.
        let mut living = living();
        let child =
            command.process_group(0).spawn().with_context(|| format!("cannot start {:?}", command.get_program()))?;
        living.insert(child.id());
        Ok(Self { child })
    }

    /// The leader.
    pub fn leader(&mut self) -> &mut Child {
        &mut self.child
    }

    /// The leader's status if it has ended, or ends before `deadline`.
    ///
    /// # Errors
    /// The operating system cannot say.
    pub fn wait_until(&mut self, deadline: Instant) -> Result<Option<ExitStatus>> {
        let mut pause = Duration::from_micros(200);
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            if Instant::now() >= deadline {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Kills the whole group and waits for its leader.
    ///
    /// # Errors
    /// The operating system cannot say how it ended.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        signal(self.child.id(), Signal::KILL);
        Ok(self.child.wait()?)
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        let number = self.child.id();
        if matches!(self.child.try_wait(), Ok(None)) {
            // Killed, so waiting for it ends; what it says is of no interest any more.
            let _ = self.kill();
        }
        living().remove(&number);
    }
}

fn living() -> MutexGuard<'static, BTreeSet<u32>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn signal(number: u32, signal: Signal) {
    if let Some(group) = i32::try_from(number).ok().and_then(Pid::from_raw) {
        // A group that is gone already needs no signal.
        let _ = kill_process_group(group, signal);
    }
}

/// Ends every group and this program: politely first, since some of them have families too.
fn end_all() {
    // Held to the end, so that nothing is started any more.
    let groups = living();
    for sign in [Signal::TERM, Signal::KILL] {
        for &group in groups.iter() {
            signal(group, sign);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    std::process::exit(INTERRUPTED);
}
