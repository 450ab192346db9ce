//! Threads of the operating system under one lock.
//!
//! Invariant: the lock is handed over, in the order of asking: who gives it away names the next holder, so that a busy
//! thread cannot take it again before those who wait. Whoever waits longer than [`TURN`] says so by the flag that
//! the interpreter reads at every jump.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, Thread};
use std::time::{Duration, Instant};

use krait_hal::{FileError, Threads};

use crate::interrupt::Interrupt;

/// How long a thread may run while others wait.
const TURN: Duration = Duration::from_millis(5);
/// Bytes of native stack of a thread, unless Python asks for more.
const STACK: usize = 256 << 10;
/// What of it is not for the interpreter: natives look at the depth only now and then.
const MARGIN: usize = 128 << 10;
/// More is refused: it could only be a mistake.
const STACK_MOST: usize = 1 << 30;

/// No such resources now.
const EAGAIN: FileError = FileError(11);
/// Not a size that a stack can have.
const EINVAL: FileError = FileError(22);

/// The lock, and who waits for what.
pub(crate) struct HostThreads {
    state: Mutex<State>,
    wanted: AtomicBool,
    interrupt: &'static Interrupt,
}

struct State {
    held: bool,
    queue: VecDeque<Arc<Waiter>>,
    /// Those that wait for something other than the lock.
    waits: VecDeque<(usize, Arc<Waiter>)>,
}

/// A thread that waits until it is told to go.
struct Waiter {
    thread: Thread,
    go: AtomicBool,
}

impl Waiter {
    fn new() -> Arc<Waiter> {
        Arc::new(Waiter { thread: std::thread::current(), go: AtomicBool::new(false) })
    }

    fn release(&self) {
        self.go.store(true, Ordering::Release);
        self.thread.unpark();
    }

    fn may_go(&self) -> bool {
        self.go.load(Ordering::Acquire)
    }
}

impl State {
    fn hand_over(&mut self) {
        match self.queue.pop_front() {
            Some(next) => next.release(),
            None => self.held = false,
        }
    }
}

impl HostThreads {
    pub(crate) const fn new(interrupt: &'static Interrupt) -> HostThreads {
        HostThreads {
            state: Mutex::new(State { held: false, queue: VecDeque::new(), waits: VecDeque::new() }),
            wanted: AtomicBool::new(false),
            interrupt,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic leaves the queues in order.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Threads for HostThreads {
    fn start(&self, stack: usize, run: fn(usize), argument: usize) -> Result<usize, FileError> {
        if stack > STACK_MOST {
            return Err(EINVAL);
        }
        let usable = stack.max(STACK);
        let thread = Builder::new().name("python".into()).stack_size(usable + MARGIN);
        match thread.spawn(move || run(argument)) {
            Ok(_) => Ok(usable),
            Err(e) => Err(e.raw_os_error().map_or(EAGAIN, FileError)),
        }
    }

    fn lock(&self) {
        let mut state = self.state();
        if !state.held {
            state.held = true;
            return;
        }
        let me = Waiter::new();
        state.queue.push_back(me.clone());
        drop(state);
        while !me.may_go() {
            let asked = Instant::now();
            std::thread::park_timeout(TURN);
            if !me.may_go() && asked.elapsed() >= TURN {
                self.wanted.store(true, Ordering::Relaxed);
                self.interrupt.pending().store(true, Ordering::Relaxed);
            }
        }
    }

    fn unlock(&self) {
        self.wanted.store(false, Ordering::Relaxed);
        self.state().hand_over();
    }

    fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }

    fn wait(&self, on: usize, us: Option<u64>) {
        // A time that cannot be added is no end at all.
        let end = us.and_then(|us| Instant::now().checked_add(Duration::from_micros(us)));
        let me = Waiter::new();
        {
            let mut state = self.state();
            state.waits.push_back((on, me.clone()));
            self.wanted.store(false, Ordering::Relaxed);
            state.hand_over();
        }
        while !me.may_go() {
            match end.map(|end| end.saturating_duration_since(Instant::now())) {
                None => std::thread::park(),
                Some(Duration::ZERO) => break,
                Some(left) => std::thread::park_timeout(left),
            }
        }
        self.state().waits.retain(|(_, w)| !Arc::ptr_eq(w, &me));
        self.lock();
    }

    fn notify(&self, on: usize) {
        let mut state = self.state();
        if let Some(at) = state.waits.iter().position(|(what, _)| *what == on)
            && let Some((_, waiter)) = state.waits.remove(at)
        {
            waiter.release();
        }
    }
}
