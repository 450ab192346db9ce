//! `deflate` on any bytes: data, or an exception; and what was compressed comes back.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::{Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    format: u8,
    bits: u8,
    /// Bytes that a call reads or writes.
    piece: u8,
    compress: bool,
    data: &'a [u8],
}

fn open(vm: &mut Vm, input: &Input<'_>, stream: Value) -> Outcome {
    let module = vm.builtin_module(q!(deflate)).unwrap_or(Value::NONE);
    let format = Value::small_int(isize::from(input.format % 4));
    // 15 bits do not fit into the fuzzer's heap, which is an exception, too.
    let bits = match input.bits % 12 {
        0 => 0,
        n => isize::from(n) + 4,
    };
    vm.call_method(module, q!(DeflateIO), &[stream, format, Value::small_int(bits)])
}

/// All that reading gives, in pieces.
fn read_all(vm: &mut Vm, d: Value, piece: u8) -> Outcome {
    let all = vm.new_bytearray(&[])?;
    let n = Value::small_int(isize::from(piece) + 1);
    for _ in 0..2000 {
        let part = vm.call_method(d, q!(read), &[n])?;
        if !vm.truth(part)? {
            break;
        }
        vm.call_method(all, q!(extend), &[part])?;
    }
    Ok(all)
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let io = vm.builtin_module(q!(io)).unwrap_or(Value::NONE);
    let data = vm.new_bytes(input.data)?;
    if !input.compress {
        let stream = vm.call_method(io, q!(BytesIO), &[data])?;
        let d = open(vm, input, stream)?;
        return read_all(vm, d, input.piece);
    }
    let stream = vm.call_method(io, q!(BytesIO), &[])?;
    let d = open(vm, input, stream)?;
    for part in input.data.chunks(usize::from(input.piece) + 1) {
        let part = vm.new_bytes(part)?;
        vm.call_method(d, q!(write), &[part])?;
    }
    vm.call_method(d, q!(close), &[])?;
    vm.call_method(stream, q!(seek), &[Value::small_int(0)])?;
    // Nothing that was written is told apart from raw data.
    let format = if input.format % 4 == 0 { 1 } else { input.format };
    let d = open(vm, &Input { format, ..*input }, stream)?;
    let back = read_all(vm, d, input.piece)?;
    let n = Value::small_int(isize::from(input.piece) + 1);
    let ended = vm.call_method(d, q!(read), &[n])?;
    if !vm.truth(ended)? {
        assert!(vm.equal(back, data)?, "not what was compressed");
    }
    Ok(back)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            vm.take_raised();
        }
    });
});
