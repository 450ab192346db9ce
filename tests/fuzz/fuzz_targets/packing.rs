//! `struct` with any format, values and buffers: bytes or an exception; what was packed can be unpacked.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::{Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Item<'a> {
    Int(i64),
    Big(u8, u8),
    Float(f64),
    Bytes(&'a [u8]),
    None,
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    offset: i8,
    format: &'a str,
    buffer: &'a [u8],
    items: Vec<Item<'a>>,
}

/// Values that are packed at most.
const ITEMS: usize = 16;

fn value(vm: &mut Vm, i: &Item<'_>) -> Outcome {
    match i {
        Item::Int(i) => vm.new_int(*i),
        Item::Big(i, shift) => {
            let (i, shift) = (Value::small_int(isize::from(*i)), Value::small_int(isize::from(*shift)));
            vm.binary(krait_runtime::BinaryOp::Lshift, i, shift)
        }
        Item::Float(f) => vm.new_float(*f),
        Item::Bytes(b) => vm.new_bytes(b),
        Item::None => Ok(Value::NONE),
    }
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let module = vm.builtin_module(q!(r#struct)).unwrap_or(Value::NONE);
    let format = vm.new_str(input.format)?;
    // On the stack, where the collector looks: the first two places after the format are for `pack_into`.
    let mut all = [Value::NONE; 3 + ITEMS];
    let count = input.items.len().min(ITEMS);
    for (place, i) in all.iter_mut().skip(3).zip(&input.items) {
        *place = value(vm, i)?;
    }
    let buffer = vm.new_bytearray(input.buffer)?;
    let offset = Value::small_int(isize::from(input.offset));
    if vm.call_method(module, q!(unpack_from), &[format, buffer, offset]).is_err() {
        vm.take_raised();
    }
    (all[0], all[1], all[2]) = (format, buffer, offset);
    if vm.call_method(module, q!(pack_into), &all[..3 + count]).is_err() {
        vm.take_raised();
    }
    all[2] = format;
    let size = vm.call_method(module, q!(calcsize), &[format])?;
    let packed = vm.call_method(module, q!(pack), &all[2..3 + count])?;
    let len = vm.unary(krait_runtime::UnaryOp::Len, packed)?;
    assert!(vm.equal(len, size)?, "not as long as calcsize says");
    vm.call_method(module, q!(unpack), &[format, packed])
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            vm.take_raised();
        }
    });
});
