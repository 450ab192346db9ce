//! Waiting for files and the console.
//!
//! Invariant: only descriptors that the program has opened, and the console's, are waited for; any other number is
//! invalid, as a closed one is.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use krait_hal::readiness::{INVALID, READABLE, Unlocked};
use krait_hal::{Console, FileError, Readiness, Watched};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Resource, getrlimit};

use crate::console::HostConsole;
use crate::interrupt::Interrupt;
use crate::open_files::HostOpenFiles;

/// The system's streams.
pub(crate) struct HostReadiness {
    console: &'static HostConsole,
    interrupt: &'static Interrupt,
    files: &'static HostOpenFiles,
}

/// What a number names.
enum Named {
    Console(BorrowedFd<'static>),
    File(Arc<File>),
}

impl HostReadiness {
    pub(crate) const fn new(
        console: &'static HostConsole,
        interrupt: &'static Interrupt,
        files: &'static HostOpenFiles,
    ) -> HostReadiness {
        HostReadiness { console, interrupt, files }
    }

    fn named(&self, number: i32) -> Option<Named> {
        Some(match number {
            0 => Named::Console(rustix::stdio::stdin()),
            1 => Named::Console(rustix::stdio::stdout()),
            2 => Named::Console(rustix::stdio::stderr()),
            n => Named::File(self.files.numbered(n)?),
        })
    }
}

impl Readiness for HostReadiness {
    fn wait(&self, streams: &dyn Watched, us: Option<u64>, unlocked: Unlocked<'_>) -> Result<usize, FileError> {
        self.console.flush();
        let mut found = Vec::new();
        let mut count = 0;
        let mut ready = 0;
        let mut place = 0;
        while let Some((next, number, events)) = streams.next(place) {
            place = next;
            count += 1;
            streams.set(place, number, 0);
            match self.named(number) {
                // What the console has read ahead the system does not know of.
                Some(_) if number == 0 && events & READABLE != 0 && self.console.has_input() => {
                    streams.set(place, number, READABLE);
                    ready += 1;
                }
                Some(named) => found.push((place, number, events, named)),
                None => {
                    streams.set(place, number, INVALID);
                    ready += 1;
                }
            }
        }
        if getrlimit(Resource::Nofile).current.is_some_and(|most| count > most) {
            return Err(FileError(22));
        }
        let mut list: Vec<PollFd<'_>> = found
            .iter()
            .map(|(_, _, events, named)| {
                let fd = match named {
                    Named::Console(fd) => *fd,
                    Named::File(file) => file.as_fd(),
                };
                PollFd::from_borrowed_fd(fd, PollFlags::from_bits_truncate(*events))
            })
            .collect();
        let limit = if ready > 0 { Some(Duration::ZERO) } else { us.map(Duration::from_micros) };
        let limit = match self.interrupt.patience(Duration::MAX) {
            Duration::MAX => limit,
            short => Some(limit.unwrap_or(short).min(short)),
        };
        let mut more = Ok(0);
        unlocked(&mut || more = self.interrupt.wait_many(&mut list, limit));
        let more = more.map_err(|e| FileError(e.raw_os_error()))?;
        for (p, (place, number, ..)) in list.iter().zip(&found) {
            streams.set(*place, *number, p.revents().bits());
        }
        Ok(ready + more)
    }
}
