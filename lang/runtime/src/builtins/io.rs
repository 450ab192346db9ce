//! `input` and `open`: the two that need the machine.

use krait_hal::Stream;

use crate::obj::str_::StrBody;
use crate::{Args, Out, Outcome, PrintKind, StrBuf, Vm, q};

/// `open(...)`: what the module `io` of the port has under that name.
pub(super) fn open(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let io = vm.st.builtin_modules.iter().find(|m| m.body.name == q!(io));
    match io.and_then(|m| crate::ty::find_rom(m.body.rom, q!(open))) {
        Some(open) => vm.call_args(open, args),
        None => Err(vm.os_error(19)),
    }
}

/// `input([prompt])`: a line from the console, without its end.
pub(super) fn input(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    if let Some(prompt) = args.get(0) {
        Out::Console.value(vm, prompt, PrintKind::Str)?;
    }
    let console = vm.platform().console();
    // A serial line shows only what we send back.
    let hosted = vm.platform().identity().hosted;
    console.flush();
    let mut line: StrBuf<StrBody> = StrBuf::new();
    let mut byte = [0];
    loop {
        if vm.console_read(&mut byte) == 0 {
            // The end of input, or an interrupt.
            if vm.platform().pending().load(core::sync::atomic::Ordering::Relaxed) {
                vm.poll()?;
                continue;
            }
            if line.is_empty() {
                return Err(vm.raise_args(&crate::obj::exception::EOF_ERROR, &[]));
            }
            break;
        }
        match byte {
            [b'\n'] => break,
            [b'\r'] if hosted => {}
            [b'\r'] => {
                console.write(Stream::Out, b"\r\n");
                break;
            }
            [8 | 127] if !hosted => rub_out(vm, &mut line),
            _ => {
                line.push_bytes(vm, &byte)?;
                if !hosted {
                    console.write(Stream::Out, &byte);
                }
            }
        }
    }
    vm.finish_str(line)
}

/// Takes the last character back, on the screen too.
fn rub_out(vm: &mut Vm, line: &mut StrBuf<StrBody>) {
    let start = line.as_bytes().iter().rposition(|b| b & 0xc0 != 0x80);
    if let Some(at) = start {
        line.truncate(at);
        vm.console_write(Stream::Out, b"\x08 \x08");
    }
}
