//! Time.

/// A monotonic clock, a wall clock, and sleep.
pub trait Clock {
    /// Microseconds since some moment before the program started; never goes back, never wraps.
    fn monotonic_us(&self) -> u64;
    /// Nanoseconds since 1970-01-01 00:00:00 UTC.
    fn unix_ns(&self) -> u64;
    /// Processor ticks of unspecified rate, for `time.ticks_cpu`.
    fn cpu_ticks(&self) -> u64;
    /// Waits up to `us` microseconds; may return early when something is pending.
    fn sleep_us(&self, us: u64);
    /// Spends `us` microseconds, no less and hardly more.
    fn delay_us(&self, us: u32) {
        let end = self.monotonic_us().saturating_add(u64::from(us));
        while self.monotonic_us() < end {
            core::hint::spin_loop();
        }
    }
    /// Seconds that local time is ahead of UTC at that moment (seconds since 1970 UTC), and whether that is
    /// summer time.
    fn local_offset(&self, unix_s: i64) -> (i32, bool) {
        let _ = unix_s;
        (0, false)
    }
}
