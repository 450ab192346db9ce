//! `bitstream`: bytes as pulses of two lengths, for addressable lights.

use krait_hal::PinMode;
use krait_runtime::{Args, Outcome, Value, Vm};

use super::line::{Line, fault, pins};

/// `bitstream(pin, encoding, timing, data)`: encoding 0, and for a zero and a one the nanoseconds high and low.
pub(super) fn bitstream(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [pin, encoding, timing, data] = args.pos else { return Err(vm.wrong_count(4, 4, args.pos.len())) };
    let line = Line::of(vm, *pin)?;
    if vm.need_int(*encoding)? != 0 {
        return Err(vm.value_error("encoding not supported"));
    }
    let mut ns = [0u32; 4];
    if vm.len(*timing)? != ns.len() {
        return Err(vm.value_error("timing must have four values"));
    }
    for (i, to) in ns.iter_mut().enumerate() {
        let v = vm.subscr(*timing, Value::small_int(i as isize))?;
        *to = u32::try_from(vm.need_int(v)?).unwrap_or(0);
    }
    let data = vm.need_buffer(*data, false)?;
    line.mode(vm, PinMode::Output)?;
    match line {
        Line::Pin(n) => {
            let pins = pins(vm)?;
            pins.pulses(n, ns, data.bytes(vm)).map_err(|f| fault(vm, f))?;
        }
        Line::Object(_) => {
            let clock = vm.platform().clock();
            for i in 0..data.len {
                let byte = data.bytes(vm).get(i).copied().unwrap_or(0);
                vm.poll()?;
                for bit in (0..8).rev() {
                    let [zero_high, zero_low, one_high, one_low] = ns;
                    let (high, low) = if byte >> bit & 1 == 1 { (one_high, one_low) } else { (zero_high, zero_low) };
                    line.write(vm, true)?;
                    clock.delay_us(high / 1000);
                    line.write(vm, false)?;
                    clock.delay_us(low / 1000);
                }
            }
        }
    }
    Ok(Value::NONE)
}
