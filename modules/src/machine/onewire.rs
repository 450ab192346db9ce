//! `_onewire`: the 1-Wire bus, bit by bit. The frozen module `onewire` is made of it.
//!
//! Times are those of Maxim's application note 126, for standard speed.

use krait_hal::{Control, PinMode};
use krait_runtime::{Outcome, Raised, Value, Vm, module};

use super::line::Line;

module! {
    /// `_onewire`
    pub static ONEWIRE: q!(_onewire);
    q!(reset) => f1(reset),
    q!(readbit) => f1(readbit),
    q!(readbyte) => f1(readbyte),
    q!(writebit) => f2(writebit),
    q!(writebyte) => f2(writebyte),
    q!(crc8) => f1(crc8),
}

/// Calls `f` while nothing interrupts.
fn quiet<T>(vm: &mut Vm, f: impl FnOnce(&mut Vm) -> T) -> T {
    let held: Option<(&dyn Control, u32)> = vm.platform().control().map(|c| (c, c.disable_interrupts()));
    let r = f(vm);
    if let Some((control, state)) = held {
        control.restore_interrupts(state);
    }
    r
}

fn line(vm: &mut Vm, pin: Value) -> Result<Line, Raised> {
    let line = Line::of(vm, pin)?;
    line.mode(vm, PinMode::OpenDrain)?;
    Ok(line)
}

/// `reset(pin)`: whether a device has answered.
fn reset(vm: &mut Vm, pin: Value) -> Outcome {
    let line = line(vm, pin)?;
    let clock = vm.platform().clock();
    line.write(vm, false)?;
    clock.delay_us(480);
    let present = quiet(vm, |vm| {
        line.write(vm, true)?;
        clock.delay_us(70);
        line.read(vm).map(|high| !high)
    })?;
    clock.delay_us(410);
    Ok(Value::bool(present))
}

fn read_bit(vm: &mut Vm, line: Line) -> Result<bool, Raised> {
    let clock = vm.platform().clock();
    quiet(vm, |vm| {
        line.write(vm, false)?;
        clock.delay_us(6);
        line.write(vm, true)?;
        clock.delay_us(9);
        let bit = line.read(vm)?;
        clock.delay_us(55);
        Ok(bit)
    })
}

fn write_bit(vm: &mut Vm, line: Line, bit: bool) -> Result<(), Raised> {
    let clock = vm.platform().clock();
    let (low, high) = if bit { (6, 64) } else { (60, 10) };
    quiet(vm, |vm| {
        line.write(vm, false)?;
        clock.delay_us(low);
        line.write(vm, true)?;
        clock.delay_us(high);
        Ok(())
    })
}

/// `readbit(pin)`
fn readbit(vm: &mut Vm, pin: Value) -> Outcome {
    let line = line(vm, pin)?;
    Ok(Value::small_int(isize::from(read_bit(vm, line)?)))
}

/// `readbyte(pin)`: the least significant bit comes first.
fn readbyte(vm: &mut Vm, pin: Value) -> Outcome {
    let line = line(vm, pin)?;
    let mut byte = 0;
    for i in 0..8 {
        byte |= isize::from(read_bit(vm, line)?) << i;
    }
    Ok(Value::small_int(byte))
}

/// `writebit(pin, bit)`
fn writebit(vm: &mut Vm, pin: Value, bit: Value) -> Outcome {
    let line = line(vm, pin)?;
    let bit = vm.need_int(bit)? != 0;
    write_bit(vm, line, bit)?;
    Ok(Value::NONE)
}

/// `writebyte(pin, byte)`
fn writebyte(vm: &mut Vm, pin: Value, byte: Value) -> Outcome {
    let line = line(vm, pin)?;
    let byte = vm.need_int(byte)?;
    for i in 0..8 {
        write_bit(vm, line, byte >> i & 1 == 1)?;
    }
    Ok(Value::NONE)
}

/// `crc8(data)`: 0 for data with its own checksum at the end. The polynomial is x^8 + x^5 + x^4 + 1 (Maxim's
/// application note 27).
fn crc8(vm: &mut Vm, data: Value) -> Outcome {
    let data = vm.need_buffer(data, false)?;
    let mut crc = 0u8;
    for b in data.bytes(vm) {
        crc ^= b;
        for _ in 0..8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x8c } else { 0 };
        }
    }
    Ok(Value::small_int(crc as isize))
}
