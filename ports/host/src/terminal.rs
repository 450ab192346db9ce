//! The terminal's raw mode.
//!
//! Invariant: however the process ends, short of SIGKILL, the terminal gets its mode back: the guard's drop, the
//! panic hook, and a thread that waits for the signals that end a process.

use std::sync::{Mutex, Once, PoisonError};

use rustix::termios::{InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGQUIT, SIGTERM};

/// The mode to go back to, while the terminal is in raw mode.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);
static GUARDS: Once = Once::new();

/// Puts the terminal on standard input in raw mode: every byte arrives at once, unchanged and without an echo.
/// Without a terminal nothing happens.
pub(crate) fn raw() {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if before.is_some() {
        return;
    }
    let stdin = rustix::stdio::stdin();
    let Ok(now) = tcgetattr(stdin) else { return };
    GUARDS.call_once(install_guards);
    let mut mode = now.clone();
    mode.input_modes
        .remove(InputModes::BRKINT | InputModes::ICRNL | InputModes::INPCK | InputModes::ISTRIP | InputModes::IXON);
    mode.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG);
    if let Some(min) = Some(&mut mode.special_codes) {
        min[SpecialCodeIndex::VMIN] = 1;
        min[SpecialCodeIndex::VTIME] = 0;
    }
    if tcsetattr(stdin, OptionalActions::Drain, &mode).is_ok() {
        *before = Some(now);
    }
}

/// Puts the terminal back.
pub(crate) fn cooked() {
    let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(mode) = before.take() {
        let _ = tcsetattr(rustix::stdio::stdin(), OptionalActions::Drain, &mode);
    }
}

fn install_guards() {
    let then = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        crate::platform::CONSOLE.try_flush();
        cooked();
        then(info);
    }));
    if let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGHUP, SIGQUIT, SIGTERM]) {
        let _ = std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                cooked();
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
        });
    }
}
