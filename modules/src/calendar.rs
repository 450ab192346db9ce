//! Dates of the proleptic Gregorian calendar and seconds since 1970-01-01 UTC.
//!
//! Years are counted from March, so that the day that comes and goes is a year's last; 400 such years are a whole
//! number of days (146097), which makes both ways a division.

/// A date and time. `month` from 1, `day` from 1, `weekday` 0 for Monday, `yearday` from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) year: isize,
    pub(crate) month: isize,
    pub(crate) day: isize,
    pub(crate) hour: isize,
    pub(crate) minute: isize,
    pub(crate) second: isize,
    pub(crate) weekday: isize,
    pub(crate) yearday: isize,
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;
const CYCLE: i64 = 146_097;
/// Seconds within which all arithmetic is safe: some 60,000 years.
const LIMIT: i64 = 1 << 41;

/// Days since 1970-01-01 of the first day of a month, `month` from 1.
fn days(year: i64, month: i64) -> i64 {
    let from_march = (month + 9) % 12;
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, y) = (year.div_euclid(400), year.rem_euclid(400));
    cycle * CYCLE + y * 365 + y / 4 - y / 100 + (from_march * 153 + 2) / 5 - EPOCH
}

/// The date of a moment; `None` some tens of thousands of years away.
pub(crate) fn from_unix(unix: i64) -> Option<Date> {
    if !(-LIMIT..=LIMIT).contains(&unix) {
        return None;
    }
    let (day, second) = (unix.div_euclid(86400), unix.rem_euclid(86400));
    let shifted = day + EPOCH;
    let (cycle, d) = (shifted.div_euclid(CYCLE), shifted.rem_euclid(CYCLE));
    let y = (d - d / 1460 + d / 36524 - d / 146_096) / 365;
    let yday = d - (y * 365 + y / 4 - y / 100);
    let from_march = (yday * 5 + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = cycle * 400 + y + i64::from(month <= 2);
    Some(Date {
        year: year as isize,
        month: month as isize,
        day: (yday - (from_march * 153 + 2) / 5 + 1) as isize,
        hour: (second / 3600) as isize,
        minute: (second / 60 % 60) as isize,
        second: (second % 60) as isize,
        weekday: (day + 3).rem_euclid(7) as isize,
        yearday: (day - days(year, 1) + 1) as isize,
    })
}

/// The moment of a date whose fields may be out of range (the 32nd of a month is the next one's first).
pub(crate) fn to_unix(d: &Date) -> Option<i64> {
    let fields = [d.year, d.month, d.day, d.hour, d.minute, d.second].map(|n| n as i64);
    let small = |n: i64, limit: i64| (-limit..=limit).contains(&n);
    let [year, month, day, hour, minute, second] = fields;
    if !small(year, 60_000)
        || !small(month, 600_000)
        || ![day, hour, minute, second].iter().all(|n| small(*n, LIMIT / 86400))
    {
        return None;
    }
    let year = year + (month - 1).div_euclid(12);
    let days = days(year, (month - 1).rem_euclid(12) + 1) + day - 1;
    Some(days * 86400 + hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let mut t = -70_000_000_000i64;
        while t < 70_000_000_000 {
            let d = from_unix(t).expect("in range");
            assert_eq!(to_unix(&d), Some(t), "{d:?}");
            assert!((1..=12).contains(&d.month) && (1..=31).contains(&d.day) && (1..=366).contains(&d.yearday));
            t += 86_399 * 13;
        }
    }

    #[test]
    fn known() {
        let d = from_unix(1_795_363_668).expect("in range");
        assert_eq!((d.year, d.month, d.day, d.hour, d.minute, d.second), (2026, 11, 22, 16, 7, 48));
        assert_eq!((d.weekday, d.yearday), (6, 326));
        let leap = from_unix(951_782_400).expect("in range");
        assert_eq!((leap.year, leap.month, leap.day, leap.yearday), (2000, 2, 29, 60));
    }
}
