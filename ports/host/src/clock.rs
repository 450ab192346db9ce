//! Time: the system's clocks.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use krait_hal::{Clock, Console};

use crate::console::HostConsole;
use crate::interrupt::Interrupt;

/// The clocks of the process.
pub(crate) struct HostClock {
    start: OnceLock<Instant>,
    console: &'static HostConsole,
    interrupt: &'static Interrupt,
}

impl HostClock {
    pub(crate) const fn new(console: &'static HostConsole, interrupt: &'static Interrupt) -> HostClock {
        HostClock { start: OnceLock::new(), console, interrupt }
    }

    fn since_start(&self) -> Duration {
        self.start.get_or_init(Instant::now).elapsed()
    }
}

impl Clock for HostClock {
    fn monotonic_us(&self) -> u64 {
        u64::try_from(self.since_start().as_micros()).unwrap_or(u64::MAX)
    }

    fn unix_ns(&self) -> u64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    fn cpu_ticks(&self) -> u64 {
        u64::try_from(self.since_start().as_nanos()).unwrap_or(u64::MAX)
    }

    fn sleep_us(&self, us: u64) {
        self.console.flush();
        self.interrupt.wait(None, Some(self.interrupt.patience(Duration::from_micros(us))));
    }

    fn local_offset(&self, unix_s: i64) -> (i32, bool) {
        use chrono::{Local, Offset, TimeZone};
        match Local.timestamp_opt(unix_s, 0).single() {
            // The zone's rules do not come with a word on summer time: it is when the clock is ahead of
            // where it stands half a year away.
            Some(t) => {
                let here = t.offset().fix().local_minus_utc();
                let half_year = Local.timestamp_opt(unix_s.saturating_add(182 * 86400), 0).single();
                let there = half_year.map_or(here, |t| t.offset().fix().local_minus_utc());
                (here, here > there)
            }
            None => (0, false),
        }
    }
}
