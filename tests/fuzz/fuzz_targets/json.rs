//! `json.loads` and `load` of any bytes: a value or a `ValueError`. A value that came out goes through `dumps` and
//! back, and is the same text then. What both readers say is the same.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::obj::exception;
use krait_runtime::{Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    stream: bool,
    text: &'a [u8],
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let json = vm.builtin_module(q!(json)).unwrap_or(Value::NONE);
    let text = vm.new_bytes(input.text)?;
    let value = if input.stream {
        let io = vm.builtin_module(q!(io)).unwrap_or(Value::NONE);
        let stream = vm.call_method(io, q!(BytesIO), &[text])?;
        vm.call_method(json, q!(load), &[stream])?
    } else {
        vm.call_method(json, q!(loads), &[text])?
    };
    let one = vm.call_method(json, q!(dumps), &[value])?;
    let again = vm.call_method(json, q!(loads), &[one])?;
    let two = vm.call_method(json, q!(dumps), &[again])?;
    assert!(vm.equal(one, two)?, "dumps after loads is another text");
    Ok(value)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            let kinds = [&exception::VALUE_ERROR, &exception::MEMORY_ERROR, &exception::RUNTIME_ERROR];
            let expected = kinds.iter().any(|k| vm.raised_is(k)) || vm.raised_is(&exception::KEYBOARD_INTERRUPT);
            assert!(expected, "another exception than those for bad text");
            vm.take_raised();
        }
    });
});
