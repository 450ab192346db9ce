//! `re` with any pattern and text: no crash, no endless search; what is found lies in the text, and every method copes.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::obj::exception;
use krait_runtime::{Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Text<'a> {
    Str(&'a str),
    Bytes(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    flags: u8,
    pattern: Text<'a>,
    template: &'a str,
    text: Text<'a>,
}

fn value(vm: &mut Vm, t: &Text<'_>) -> Outcome {
    match t {
        Text::Str(s) => vm.new_str(s),
        Text::Bytes(b) => vm.new_bytes(b),
    }
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let re = vm.builtin_module(q!(re)).unwrap_or(Value::NONE);
    let (pattern, text) = (value(vm, &input.pattern)?, value(vm, &input.text)?);
    let flags = Value::small_int(isize::from(input.flags & 31));
    let p = vm.call_method(re, q!(compile), &[pattern, flags])?;
    for method in [q!(search), q!(r#match), q!(fullmatch)] {
        let m = vm.call_method(p, method, &[text])?;
        if !m.is_none() {
            let groups = vm.call_method(m, q!(groups), &[])?;
            let span = vm.call_method(m, q!(span), &[])?;
            vm.repr_of(groups)?;
            vm.repr_of(span)?;
        }
    }
    vm.call_method(p, q!(split), &[text])?;
    vm.call_method(p, q!(findall), &[text])?;
    let template = vm.new_str(input.template)?;
    vm.call_method(p, q!(sub), &[template, text])
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            assert!(!vm.raised_is(&exception::TYPE_ERROR), "a type that was not expected");
            vm.take_raised();
        }
    });
});
