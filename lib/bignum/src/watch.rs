//! The interrupt hook of long operations.
//!
//! Work is counted in limb steps (one multiply-and-add). The hook is asked once per
//! [`Watch::INTERVAL`] steps: some 0.1 ms on a host and 20 ms on an 80 MHz chip, so that Ctrl-C is seen in
//! good time and the asking costs nothing.

use crate::Error;

/// Asks the caller now and then whether a long operation should stop.
pub struct Watch<'p> {
    stop: Option<&'p mut dyn FnMut() -> bool>,
    spent: usize,
}

impl<'p> Watch<'p> {
    /// Limb steps between two questions.
    pub const INTERVAL: usize = 1 << 16;

    /// `stop` is asked at bounded intervals; `true` ends the operation with [`Error::Interrupted`].
    pub fn new(stop: &'p mut dyn FnMut() -> bool) -> Self {
        Watch { stop: Some(stop), spent: 0 }
    }

    /// Never stops: for operands known to be small.
    pub const fn never() -> Self {
        Watch { stop: None, spent: 0 }
    }

    /// Notes that `steps` limb steps of work come next.
    #[inline]
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Error> {
        self.spent = self.spent.saturating_add(steps);
        if self.spent >= Self::INTERVAL { self.ask() } else { Ok(()) }
    }

    #[cold]
    fn ask(&mut self) -> Result<(), Error> {
        self.spent = 0;
        if self.stop.as_mut().is_some_and(|stop| stop()) {
            return Err(Error::Interrupted);
        }
        Ok(())
    }
}
