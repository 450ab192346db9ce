//! The host as a machine.

use std::sync::atomic::AtomicBool;

use krait_hal::{Clock, Console, Environment, Folders, Identity, OpenFiles, Platform, Readiness, Threads};

use crate::clock::HostClock;
use crate::console::HostConsole;
use crate::environment::HostEnvironment;
use crate::folders::HostFolders;
use crate::interrupt::Interrupt;
use crate::open_files::HostOpenFiles;
use crate::readiness::HostReadiness;
use crate::threads::HostThreads;

pub(crate) static INTERRUPT: Interrupt = Interrupt::new();
pub(crate) static CONSOLE: HostConsole = HostConsole::new(&INTERRUPT);
static CLOCK: HostClock = HostClock::new(&CONSOLE, &INTERRUPT);
pub(crate) static ENVIRONMENT: HostEnvironment = HostEnvironment::new();
static FOLDERS: HostFolders = HostFolders::new();
static OPEN_FILES: HostOpenFiles = HostOpenFiles::new(&CONSOLE, &INTERRUPT);
static THREADS: HostThreads = HostThreads::new(&INTERRUPT);
static READINESS: HostReadiness = HostReadiness::new(&CONSOLE, &INTERRUPT, &OPEN_FILES);

/// What `sys.implementation` calls it.
const MACHINE: &str =
    if cfg!(target_pointer_width = "64") { "linux [Rust] version" } else { "linux [Rust, 32 bit] version" };

/// The process as a machine.
pub struct HostPlatform;

/// The only one.
pub static PLATFORM: HostPlatform = HostPlatform;

impl Platform for HostPlatform {
    fn identity(&self) -> Identity {
        Identity { platform: std::env::consts::OS, machine: MACHINE, build: "standard", hosted: true }
    }

    fn executable(&self, sink: &mut dyn FnMut(&str)) {
        if let Ok(path) = std::env::current_exe()
            && let Some(path) = path.to_str()
        {
            sink(path);
        }
    }

    fn console(&self) -> &dyn Console {
        &CONSOLE
    }

    fn clock(&self) -> &dyn Clock {
        &CLOCK
    }

    fn folders(&self) -> Option<&dyn Folders> {
        Some(&FOLDERS)
    }

    fn environment(&self) -> Option<&dyn Environment> {
        Some(&ENVIRONMENT)
    }

    fn open_files(&self) -> Option<&dyn OpenFiles> {
        Some(&OPEN_FILES)
    }

    fn entropy(&self, to: &mut [u8]) -> bool {
        let mut rest = to;
        while !rest.is_empty() {
            match rustix::rand::getrandom(&mut *rest, rustix::rand::GetRandomFlags::empty()) {
                Ok(n) => rest = rest.get_mut(n..).unwrap_or_default(),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn readiness(&self) -> Option<&dyn Readiness> {
        Some(&READINESS)
    }

    fn idle(&self) {
        CLOCK.sleep_us(1000);
    }

    fn pending(&self) -> &AtomicBool {
        INTERRUPT.pending()
    }

    fn take_interrupt(&self) -> bool {
        INTERRUPT.take()
    }

    fn interrupt_waits(&self) -> bool {
        INTERRUPT.waits()
    }

    fn threads(&self) -> Option<&dyn Threads> {
        Some(&THREADS)
    }

    fn set_interrupt_char(&self, c: Option<u8>) {
        // The terminal driver makes the signal of the character; a host can only say whether it counts.
        INTERRUPT.set_default(c.is_none());
    }
}
