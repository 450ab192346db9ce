//! `time_pulse_us`, and `dht_readinto`, which is made of it.

use krait_hal::PinMode;
use krait_runtime::{Args, Outcome, Raised, Value, Vm};

use super::line::Line;

/// `ETIMEDOUT`
const ETIMEDOUT: i32 = 110;

/// How long the next pulse of that level is, in microseconds; -2 if it does not begin, -1 if it does not end within
/// `limit`.
fn pulse(vm: &mut Vm, line: Line, level: bool, limit: u64) -> Result<i64, Raised> {
    let clock = vm.platform().clock();
    let mut start = clock.monotonic_us();
    for missing in [-2, -1] {
        let wanted = level == (missing == -2);
        loop {
            let now = clock.monotonic_us();
            if line.read(vm)? == wanted {
                if missing == -1 {
                    return Ok(i64::try_from(now - start).unwrap_or(i64::MAX));
                }
                start = now;
                break;
            }
            if now - start >= limit {
                return Ok(missing);
            }
            vm.poll()?;
        }
    }
    Ok(-1)
}

/// `time_pulse_us(pin, level[, timeout_us])`
pub(super) fn time_pulse_us(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let line = Line::of(vm, args.get(0).unwrap_or(Value::NONE))?;
    let level = vm.truth(args.get(1).unwrap_or(Value::NONE))?;
    let limit = match args.get(2) {
        Some(us) => u64::try_from(vm.need_int(us)?).unwrap_or(0),
        None => 1_000_000,
    };
    let us = pulse(vm, line, level, limit)?;
    vm.new_int(us)
}

/// `dht_readinto(pin, buf)`: the five bytes of a DHT sensor. The sensor is woken by 18 ms of low level, and answers
/// with 80 us low, 80 us high, and 40 bits of 50 us low and 26 or 70 us high each (its data sheet).
pub(super) fn dht_readinto(vm: &mut Vm, pin: Value, buf: Value) -> Outcome {
    let line = Line::of(vm, pin)?;
    let to = vm.need_buffer(buf, true)?;
    if to.len < 5 {
        return Err(vm.value_error("buffer too small"));
    }
    line.write(vm, true)?;
    line.mode(vm, PinMode::OpenDrain)?;
    // The sensor may have been busy.
    pause(vm, 250_000)?;
    line.write(vm, false)?;
    pause(vm, 18_000)?;
    let quiet = vm.platform().control().map(|c| (c, c.disable_interrupts()));
    let bytes = answer(vm, line);
    if let Some((control, state)) = quiet {
        control.restore_interrupts(state);
    }
    match bytes? {
        Some(bytes) => {
            for (to, b) in to.bytes_mut(vm).iter_mut().zip(bytes) {
                *to = b;
            }
            Ok(Value::NONE)
        }
        None => Err(vm.os_error(ETIMEDOUT)),
    }
}

fn pause(vm: &mut Vm, us: u64) -> Result<(), Raised> {
    let clock = vm.platform().clock();
    let end = clock.monotonic_us().saturating_add(us);
    loop {
        vm.poll()?;
        match end.saturating_sub(clock.monotonic_us()) {
            0 => return Ok(()),
            left => vm.blocking(|| clock.sleep_us(left)),
        }
    }
}

fn answer(vm: &mut Vm, line: Line) -> Result<Option<[u8; 5]>, Raised> {
    let clock = vm.platform().clock();
    line.write(vm, true)?;
    clock.delay_us(10);
    let released = clock.monotonic_us();
    while line.read(vm)? {
        if clock.monotonic_us() - released > 100 {
            return Ok(None);
        }
    }
    if pulse(vm, line, true, 150)? < 0 {
        return Ok(None);
    }
    let mut bytes = [0u8; 5];
    for byte in &mut bytes {
        for _ in 0..8 {
            let us = pulse(vm, line, true, 100)?;
            if us < 0 {
                return Ok(None);
            }
            *byte = *byte << 1 | u8::from(us > 48);
        }
    }
    Ok(Some(bytes))
}
