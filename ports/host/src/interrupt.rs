//! SIGINT as the interpreter sees it: a flag to poll and a pipe to wait on.
//!
//! Invariant: after the signal, [`Interrupt::pending`] is set at once, and whoever waits in [`Interrupt::wait`]
//! comes back. A second signal before the first was taken ends the process with status 1: the program is stuck.
//! Surprise: the interpreter runs in a thread of its own and the kernel may deliver the signal to another, so a
//! blocked system call is not interrupted by it; hence the pipe.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::SIGINT;

/// The state of SIGINT.
pub(crate) struct Interrupt {
    state: OnceLock<State>,
}

struct State {
    pending: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
    /// Whether the signal keeps its default effect.
    default: Arc<AtomicBool>,
    /// Readable after a signal. `None` if the system is out of descriptors: waits then last until their end.
    wake: Option<OwnedFd>,
}

impl Interrupt {
    pub(crate) const fn new() -> Interrupt {
        Interrupt { state: OnceLock::new() }
    }

    fn state(&self) -> &State {
        self.state.get_or_init(|| {
            let pending = Arc::new(AtomicBool::new(false));
            let asked = Arc::new(AtomicBool::new(false));
            let default = Arc::new(AtomicBool::new(false));
            // Failures leave SIGINT with its default effect, which is what a user then expects.
            let _ = signal_hook::flag::register_conditional_default(SIGINT, default.clone());
            let _ = signal_hook::flag::register_conditional_shutdown(SIGINT, 1, asked.clone());
            let _ = signal_hook::flag::register(SIGINT, asked.clone());
            let _ = signal_hook::flag::register(SIGINT, pending.clone());
            let wake = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC | rustix::pipe::PipeFlags::NONBLOCK)
                .ok()
                .and_then(|(read, write)| signal_hook::low_level::pipe::register(SIGINT, write).ok().map(|_| read));
            State { pending, asked, default, wake }
        })
    }

    /// Set when a signal came, and by whoever else wants the interpreter's attention.
    pub(crate) fn pending(&self) -> &AtomicBool {
        &self.state().pending
    }

    /// Whether a signal came since the last call.
    pub(crate) fn take(&self) -> bool {
        let s = self.state();
        if s.asked.swap(false, Ordering::Relaxed) {
            if let Some(wake) = &s.wake {
                let mut drop = [0; 64];
                while rustix::io::read(wake, &mut drop).is_ok_and(|n| n == drop.len()) {}
            }
            return true;
        }
        false
    }

    /// Whether [`Interrupt::take`] would say so.
    pub(crate) fn waits(&self) -> bool {
        self.state().asked.load(Ordering::Relaxed)
    }

    /// Whether SIGINT ends the process, as it does by default.
    pub(crate) fn set_default(&self, default: bool) {
        self.state().default.store(default, Ordering::Relaxed);
    }

    /// How long to wait where `limit` is asked for: hardly at all if something is pending that waiting would hold up.
    pub(crate) fn patience(&self, limit: Duration) -> Duration {
        if self.pending().load(Ordering::Relaxed) { limit.min(Duration::from_micros(100)) } else { limit }
    }

    /// Waits until one of the descriptors in `list` is ready, a signal has come, or the time is over (`None`: no
    /// limit). Returns how many are ready. The list's order stays.
    pub(crate) fn wait_many<'f>(&'f self, list: &mut Vec<PollFd<'f>>, limit: Option<Duration>) -> Result<usize, Errno> {
        let s = self.state();
        let end = limit.and_then(|l| Instant::now().checked_add(l));
        let n = list.len();
        list.extend(s.wake.as_ref().map(|w| PollFd::new(w, PollFlags::IN)));
        let outcome = loop {
            if s.asked.load(Ordering::Relaxed) {
                break Ok(0);
            }
            let left = end.map(|e| e.saturating_duration_since(Instant::now()));
            let timeout = left.and_then(|l| Timespec::try_from(l).ok());
            match poll(list, timeout.as_ref()) {
                Ok(_) => {
                    let ready = list.iter().take(n).filter(|p| !p.revents().is_empty()).count();
                    let woken = list.get(n).is_some_and(|p| !p.revents().is_empty());
                    if ready > 0 || !woken || s.asked.load(Ordering::Relaxed) {
                        break Ok(ready);
                    }
                    // A signal that was taken meanwhile: empty the pipe and wait on.
                    if let Some(wake) = &s.wake {
                        let mut drop = [0; 64];
                        let _ = rustix::io::read(wake, &mut drop);
                    }
                }
                Err(Errno::INTR) => {}
                Err(e) => break Err(e),
            }
        };
        list.truncate(n);
        outcome
    }

    /// Waits until `input` (if any) is readable, a signal has come, or the time is over (`None`: no limit).
    /// Returns whether `input` is readable.
    pub(crate) fn wait(&self, input: Option<BorrowedFd<'_>>, limit: Option<Duration>) -> bool {
        let s = self.state();
        let end = limit.and_then(|l| Instant::now().checked_add(l));
        loop {
            if s.asked.load(Ordering::Relaxed) {
                return false;
            }
            let left = end.map(|e| e.saturating_duration_since(Instant::now()));
            let timeout = left.and_then(|l| Timespec::try_from(l).ok());
            let mut fds: [Option<PollFd<'_>>; 2] = [None, None];
            let mut n = 0;
            for fd in [s.wake.as_ref().map(AsFd::as_fd), input].into_iter().flatten() {
                if let Some(slot) = fds.get_mut(n) {
                    *slot = Some(PollFd::from_borrowed_fd(fd, PollFlags::IN));
                    n += 1;
                }
            }
            let mut list: Vec<PollFd<'_>> = fds.into_iter().flatten().collect();
            match poll(&mut list, timeout.as_ref()) {
                Ok(0) => return false,
                Ok(_) => {
                    if input.is_some() && list.last().is_some_and(|p| !p.revents().is_empty()) {
                        return true;
                    }
                    if s.asked.load(Ordering::Relaxed) {
                        return false;
                    }
                    // A signal that was taken meanwhile: empty the pipe and wait on.
                    if let Some(wake) = &s.wake {
                        let mut drop = [0; 64];
                        let _ = rustix::io::read(wake, &mut drop);
                    }
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return input.is_some(),
            }
        }
    }
}
