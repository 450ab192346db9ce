//! `framebuf` with any numbers, in any format, on a buffer that may become shorter.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::{Outcome, Qstr, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Call<'a> {
    Numbers(u8, [i16; 7]),
    Far(u8, [i64; 7]),
    Text(&'a [u8], i16, i16),
    Poly(i16, i16, &'a [u8], bool),
    Blit(i16, i16, i8, bool),
    Shorten(u8),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    width: u8,
    height: u8,
    format: u8,
    stride: u8,
    calls: Vec<Call<'a>>,
}

/// Methods that take numbers only, and how many.
fn method(which: u8) -> (Qstr, usize) {
    match which % 11 {
        0 => (q!(fill), 1),
        1 => (q!(pixel), 2),
        2 => (q!(pixel), 3),
        3 => (q!(hline), 4),
        4 => (q!(vline), 4),
        5 => (q!(rect), 6),
        6 => (q!(fill_rect), 5),
        7 => (q!(line), 5),
        8 => (q!(ellipse), 7),
        9 => (q!(ellipse), 5),
        _ => (q!(scroll), 2),
    }
}

fn numbers(vm: &mut Vm, fb: Value, which: u8, all: &[i64]) -> Outcome {
    let (name, n) = method(which);
    let mut values = [Value::NONE; 7];
    for (to, i) in values.iter_mut().zip(all) {
        *to = vm.new_int(*i)?;
    }
    vm.call_method(fb, name, &values[..n])
}

fn call(vm: &mut Vm, fb: Value, buf: Value, c: &Call<'_>) -> Outcome {
    let int = |i: i16| Value::small_int(isize::from(i));
    match c {
        Call::Numbers(which, all) => numbers(vm, fb, *which, &all.map(i64::from)),
        Call::Far(which, all) => numbers(vm, fb, *which, all),
        Call::Text(text, x, y) => {
            let text = vm.new_bytes(text)?;
            vm.call_method(fb, q!(text), &[text, int(*x), int(*y)])
        }
        Call::Poly(x, y, points, fill) => {
            let points = vm.new_bytes(points)?;
            vm.call_method(fb, q!(poly), &[int(*x), int(*y), points, Value::small_int(1), Value::bool(*fill)])
        }
        Call::Blit(x, y, key, palette) => {
            let palette = if *palette { fb } else { Value::NONE };
            vm.call_method(fb, q!(blit), &[fb, int(*x), int(*y), int((*key).into()), palette])
        }
        Call::Shorten(n) => {
            let zeros = vm.new_bytes(&vec![0; usize::from(*n)])?;
            let all = vm.builtin(q!(slice)).unwrap_or(Value::NONE);
            let all = vm.call(all, &[Value::NONE])?;
            vm.set_subscr(buf, all, zeros)?;
            Ok(Value::NONE)
        }
    }
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let module = vm.builtin_module(q!(framebuf)).unwrap_or(Value::NONE);
    let buf = vm.new_bytearray(&[0x5a; 2048])?;
    let [w, h, f, s] = [input.width % 48, input.height % 40, input.format % 8, input.stride % 64]
        .map(|n| Value::small_int(isize::from(n)));
    let fb = vm.call_method(module, q!(FrameBuffer), &[buf, w, h, f, s])?;
    for c in input.calls.iter().take(24) {
        if call(vm, fb, buf, c).is_err() {
            vm.take_raised();
        }
    }
    Ok(fb)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            vm.take_raised();
        }
    });
});
