//! What is to happen at which moment: one slot for each thing that a device may wait for, and a queue for parts.
//!
//! A slot holds one moment or none; setting it anew forgets the old one, so nothing is ever cancelled by searching.
//! Things due at the same moment happen in the order of [`Event`], then parts in the order in which they asked: a run
//! must not depend on anything but its inputs.

use alloc::collections::BTreeSet;

use crate::time::Ticks;

/// What a device may wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Event {
    /// UART0's transmitter has sent a character.
    Uart0Sent,
    /// A character has arrived whole at UART0.
    Uart0Received,
    /// UART0's line has been quiet for the receiver's time-out.
    Uart0Quiet,
    /// As for UART0.
    Uart1Sent,
    /// As for UART0.
    Uart1Received,
    /// As for UART0.
    Uart1Quiet,
    /// The flash controller's command is done.
    Spi0Done,
    /// The flash chip has finished what it was busy with.
    FlashReady,
    /// HSPI has shifted its next byte.
    Spi1Step,
    /// FRC1 reached zero.
    Frc1,
    /// FRC2 reached its alarm.
    Frc2,
    /// A stage of the watchdog ran out.
    Watchdog,
    /// The RTC's counter reached its target during sleep.
    RtcWake,
    /// The ADC has its samples.
    Adc,
    /// The next I2S sample, out or in.
    I2s,
    /// The sigma-delta output may change.
    SigmaDelta,
    /// The end of a run's time limit.
    Limit,
}

const SLOTS: usize = Event::Limit as usize + 1;

const ALL: [Event; SLOTS] = [
    Event::Uart0Sent,
    Event::Uart0Received,
    Event::Uart0Quiet,
    Event::Uart1Sent,
    Event::Uart1Received,
    Event::Uart1Quiet,
    Event::Spi0Done,
    Event::FlashReady,
    Event::Spi1Step,
    Event::Frc1,
    Event::Frc2,
    Event::Watchdog,
    Event::RtcWake,
    Event::Adc,
    Event::I2s,
    Event::SigmaDelta,
    Event::Limit,
];

/// Something that has come due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A device's.
    Device(Event),
    /// A part's: its number, and the tag that it gave.
    Part(usize, u32),
}

/// The most timers that all parts together may hold.
pub const PART_TIMERS_MAX: usize = 1024;

/// Moments to come.
#[derive(Debug, Clone)]
pub struct Schedule {
    slots: [Ticks; SLOTS],
    parts: BTreeSet<(Ticks, usize, u32)>,
    next: Ticks,
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule { slots: [Ticks::MAX; SLOTS], parts: BTreeSet::new(), next: Ticks::MAX }
    }
}

impl Schedule {
    /// Has `event` happen at `when`, and not when it was to happen before.
    pub fn set(&mut self, event: Event, when: Ticks) {
        self.slots[event as usize] = when;
        self.update();
    }

    /// Forgets `event`.
    pub fn clear(&mut self, event: Event) {
        self.set(event, Ticks::MAX);
    }

    /// When `event` is to happen.
    #[must_use]
    pub fn when(&self, event: Event) -> Option<Ticks> {
        Some(self.slots[event as usize]).filter(|when| *when != Ticks::MAX)
    }

    /// Has part `part` called with `tag` at `when`; says false, and does nothing, if there are too many timers.
    pub fn set_part(&mut self, part: usize, tag: u32, when: Ticks) -> bool {
        self.parts.retain(|(_, p, t)| (*p, *t) != (part, tag));
        let fits = self.parts.len() < PART_TIMERS_MAX;
        if fits && when != Ticks::MAX {
            self.parts.insert((when, part, tag));
        }
        self.update();
        fits
    }

    /// When something is next to happen; `Ticks::MAX` for never.
    #[must_use]
    pub fn next(&self) -> Ticks {
        self.next
    }

    /// Takes the next thing that has come due at `now`, with its moment.
    pub fn pop(&mut self, now: Ticks) -> Option<(Ticks, Due)> {
        if self.next > now {
            return None;
        }
        let when = self.next;
        let found = ALL.into_iter().find(|e| self.slots[*e as usize] == when);
        let due = match found {
            Some(event) => {
                self.slots[event as usize] = Ticks::MAX;
                Due::Device(event)
            }
            None => {
                let (_, part, tag) = self.parts.pop_first()?;
                Due::Part(part, tag)
            }
        };
        self.update();
        Some((when, due))
    }

    /// Forgets every device's moments; the parts' stay.
    pub fn reset_devices(&mut self) {
        let limit = self.slots[Event::Limit as usize];
        self.slots = [Ticks::MAX; SLOTS];
        self.slots[Event::Limit as usize] = limit;
        self.update();
    }

    fn update(&mut self) {
        let devices = self.slots.iter().copied().min().unwrap_or(Ticks::MAX);
        self.next = self.parts.first().map_or(devices, |(when, ..)| devices.min(*when));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_each_in_order() {
        assert!(ALL.iter().enumerate().all(|(at, e)| *e as usize == at));
    }

    #[test]
    fn order_is_by_time_then_kind_then_part() {
        let mut s = Schedule::default();
        assert!(s.set_part(1, 7, 50) && s.set_part(0, 9, 50));
        s.set(Event::Frc2, 50);
        s.set(Event::Frc1, 50);
        s.set(Event::Uart0Sent, 60);
        s.set(Event::Uart0Sent, 40);
        assert_eq!(s.next(), 40);
        assert_eq!(s.pop(39), None);
        let all: alloc::vec::Vec<_> = core::iter::from_fn(|| s.pop(100)).map(|(_, due)| due).collect();
        let device = Due::Device;
        let expected =
            [device(Event::Uart0Sent), device(Event::Frc1), device(Event::Frc2), Due::Part(0, 9), Due::Part(1, 7)];
        assert_eq!(all, expected);
        assert_eq!(s.next(), Ticks::MAX);
    }

    #[test]
    fn parts_are_bounded() {
        let mut s = Schedule::default();
        for tag in 0..PART_TIMERS_MAX as u32 {
            assert!(s.set_part(0, tag, 10));
        }
        assert!(!s.set_part(0, 5000, 10));
        assert!(s.set_part(0, 3, 20), "one that is there may move");
    }
}
