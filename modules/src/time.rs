//! `time`
//!
//! Ticks wrap at the largest small integer; waits of any length do not. On a host, dates have nine fields and local time is the zone's; on a
//! chip, eight, and local time is UTC.

use krait_runtime::obj::int::Operand;
use krait_runtime::obj::list::List;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Args, Float, Outcome, Raised, UnaryOp, Value, Vm, module};

use crate::calendar::{Date, from_unix, to_unix};
use crate::wide::need_wide;

module! {
    /// `time`
    pub static TIME: q!(time);
    q!(time) => f0(time),
    q!(time_ns) => f0(time_ns),
    q!(clock) => f0(clock),
    q!(sleep) => f1(sleep),
    q!(sleep_ms) => f1(sleep_ms),
    q!(sleep_us) => f1(sleep_us),
    q!(ticks_ms) => f0(ticks_ms),
    q!(ticks_us) => f0(ticks_us),
    q!(ticks_cpu) => f0(ticks_cpu),
    q!(ticks_add) => f2(ticks_add),
    q!(ticks_diff) => f2(ticks_diff),
    q!(gmtime) => var(0, 1, gmtime),
    q!(localtime) => var(0, 1, localtime),
    q!(mktime) => f1(mktime),
}

/// One less than the period of the ticks, a power of two.
pub(crate) const TICKS_MASK: usize = Value::SMALL_INT_MAX as usize;

/// Seconds from 1970 to the year that this machine counts from: 1970 on a host, 2000 on a chip.
pub(crate) fn epoch(vm: &Vm) -> i64 {
    if vm.platform().identity().hosted { 0 } else { 946_684_800 }
}

fn time(vm: &mut Vm) -> Outcome {
    let ns = vm.platform().clock().unix_ns();
    if size_of::<Float>() == 4 || !vm.platform().identity().hosted {
        // A float of single precision would be off by a minute.
        let seconds = (ns / 1_000_000_000) as i64 - epoch(vm);
        return vm.new_int(seconds);
    }
    vm.new_float((ns / 1000) as Float / 1e6)
}

fn time_ns(vm: &mut Vm) -> Outcome {
    let ns = vm.platform().clock().unix_ns() as i64 - epoch(vm) * 1_000_000_000;
    vm.new_int(ns)
}

/// `clock()`: seconds since the program started.
fn clock(vm: &mut Vm) -> Outcome {
    let us = vm.platform().clock().monotonic_us();
    vm.new_float(us as Float / 1e6)
}

/// Waits; whatever is pending is done meanwhile.
fn wait(vm: &mut Vm, us: u64) -> Result<(), Raised> {
    let clock = vm.platform().clock();
    let end = clock.monotonic_us().saturating_add(us);
    if us == 0 {
        // Others may have their turn all the same.
        vm.blocking(|| ());
    }
    loop {
        vm.poll()?;
        let now = clock.monotonic_us();
        if now >= end {
            return Ok(());
        }
        vm.blocking(|| clock.sleep_us(end - now));
    }
}

/// `sleep(seconds)`
fn sleep(vm: &mut Vm, seconds: Value) -> Outcome {
    let us = if Operand::of(seconds).is_some() || vm.int_maybe(seconds)?.is_some() {
        match u64::try_from(need_wide(vm, seconds)?) {
            Ok(s) => s.saturating_mul(1_000_000),
            Err(_) => return Err(vm.os_error(crate::stream::EINVAL)),
        }
    } else {
        let f = vm.unary(UnaryOp::Float, seconds)?;
        let f = krait_runtime::obj::float::as_float(f).unwrap_or(0.0);
        if f.is_nan() || f < 0.0 {
            return Err(vm.os_error(crate::stream::EINVAL));
        }
        libm::round(f as f64 * 1e6) as u64
    };
    wait(vm, us)?;
    Ok(Value::NONE)
}

fn sleep_ms(vm: &mut Vm, ms: Value) -> Outcome {
    let ms = need_wide(vm, ms)?;
    wait(vm, u64::try_from(ms).unwrap_or(0).saturating_mul(1000))?;
    Ok(Value::NONE)
}

fn sleep_us(vm: &mut Vm, us: Value) -> Outcome {
    let us = need_wide(vm, us)?;
    wait(vm, u64::try_from(us).unwrap_or(0))?;
    Ok(Value::NONE)
}

fn ticks(n: u64) -> Outcome {
    Ok(Value::small_int((n as usize & TICKS_MASK) as isize))
}

fn ticks_ms(vm: &mut Vm) -> Outcome {
    ticks(vm.platform().clock().monotonic_us() / 1000)
}

fn ticks_us(vm: &mut Vm) -> Outcome {
    ticks(vm.platform().clock().monotonic_us())
}

fn ticks_cpu(vm: &mut Vm) -> Outcome {
    ticks(vm.platform().clock().cpu_ticks())
}

/// `ticks_add(ticks, delta)`
fn ticks_add(vm: &mut Vm, at: Value, delta: Value) -> Outcome {
    let (at, delta) = (vm.need_int(at)?, vm.need_int(delta)?);
    let half = (TICKS_MASK / 2 + 1) as isize;
    if delta <= -half || delta >= half {
        return Err(vm.overflow_error("ticks interval overflow"));
    }
    ticks(at.wrapping_add(delta) as usize as u64)
}

/// `ticks_diff(end, start)`: the shorter way round.
fn ticks_diff(vm: &mut Vm, end: Value, start: Value) -> Outcome {
    let (end, start) = (vm.need_int(end)? as usize, vm.need_int(start)? as usize);
    let half = TICKS_MASK / 2 + 1;
    let forward = end.wrapping_sub(start).wrapping_add(half) & TICKS_MASK;
    Ok(Value::small_int(forward.wrapping_sub(half) as isize))
}

/// The moment that a date function is asked about, in seconds since 1970.
fn moment(vm: &mut Vm, args: &Args<'_>) -> Result<i64, Raised> {
    match args.get(0) {
        None => Ok(i64::try_from(vm.platform().clock().unix_ns() / 1_000_000_000).unwrap_or(i64::MAX)),
        Some(v) if v.is_none() => moment(vm, &Args::positional(&[])),
        Some(v) => match (Operand::of(v), epoch(vm)) {
            (Some(_), epoch) => Ok(need_wide(vm, v)?.saturating_add(epoch)),
            (None, epoch) => {
                let f = vm.unary(UnaryOp::Float, v)?;
                let f = krait_runtime::obj::float::as_float(f).unwrap_or(0.0);
                if f.is_nan() || !(-6.8e10..6.8e10).contains(&f) {
                    return Err(vm.overflow_error("timestamp out of range"));
                }
                Ok((libm::floor(f as f64) as i64).saturating_add(epoch))
            }
        },
    }
}

fn tuple(vm: &mut Vm, unix: i64, summer: Option<bool>) -> Outcome {
    let Some(d) = from_unix(unix) else { return Err(vm.overflow_error("timestamp out of range")) };
    let fields =
        [d.year, d.month, d.day, d.hour, d.minute, d.second, d.weekday, d.yearday, isize::from(summer == Some(true))];
    let items = fields.map(Value::small_int);
    let n = if summer.is_some() { 9 } else { 8 };
    Ok(vm.new_tuple(items.get(..n).unwrap_or(&[]))?.value())
}

/// `gmtime([seconds])`
fn gmtime(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let at = moment(vm, args)?;
    let long = vm.platform().identity().hosted;
    tuple(vm, at, long.then_some(false))
}

/// `localtime([seconds])`
fn localtime(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let at = moment(vm, args)?;
    let (offset, summer) = vm.platform().clock().local_offset(at);
    let long = vm.platform().identity().hosted;
    tuple(vm, at.saturating_add(i64::from(offset)), long.then_some(summer))
}

/// `mktime(tuple)`: the inverse of `localtime`.
fn mktime(vm: &mut Vm, v: Value) -> Outcome {
    if vm.cast::<Tuple>(v).is_none() && vm.cast::<List>(v).is_none() {
        let name = vm.qstr_text(vm.type_of(v).name);
        return Err(vm.type_error(format_args!("object '{}' isn't a tuple or list", name.as_str())));
    }
    if !(8..=9).contains(&vm.len(v)?) {
        return Err(vm.type_error(format_args!("mktime needs a tuple of length 8 or 9")));
    }
    let mut numbers = [0isize; 6];
    for (i, to) in numbers.iter_mut().enumerate() {
        let item = vm.subscr(v, Value::small_int(i as isize))?;
        *to = vm.need_int(item)?;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let date = Date { year, month, day, hour, minute, second, weekday: 0, yearday: 0 };
    let Some(local) = to_unix(&date) else { return Err(vm.overflow_error("invalid mktime usage")) };
    // The offset in force at that moment, by one correction.
    let clock = vm.platform().clock();
    let (guess, _) = clock.local_offset(local);
    let (offset, _) = clock.local_offset(local.saturating_sub(i64::from(guess)));
    let seconds = local.saturating_sub(i64::from(offset)).saturating_sub(epoch(vm));
    vm.new_int(seconds)
}
