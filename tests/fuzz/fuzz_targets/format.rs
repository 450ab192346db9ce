//! `str.format` and `%` with any template and arguments: a text or an exception.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::{BinaryOp, Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Argument<'a> {
    None,
    Bool(bool),
    Int(i64),
    Big(u64, u16),
    Float(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    List(Vec<i8>),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    percent: bool,
    one: bool,
    arguments: Vec<Argument<'a>>,
    template: &'a str,
}

fn value(vm: &mut Vm, a: &Argument<'_>) -> Outcome {
    match a {
        Argument::None => Ok(Value::NONE),
        Argument::Bool(b) => Ok(Value::bool(*b)),
        Argument::Int(i) => vm.new_int(*i),
        Argument::Big(i, shift) => {
            let i = vm.new_int(*i)?;
            vm.binary(BinaryOp::Lshift, i, Value::small_int((*shift & 0x3ff) as isize))
        }
        Argument::Float(x) => vm.new_float(*x),
        Argument::Text(t) => vm.new_str(t),
        Argument::Bytes(b) => vm.new_bytes(b),
        Argument::List(items) => {
            let list = vm.new_list(&[])?;
            for i in items {
                list.items.push(vm, Value::small_int(isize::from(*i)))?;
            }
            Ok(list.value())
        }
    }
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let list = vm.new_list(&[])?;
    for a in input.arguments.iter().take(8) {
        let v = value(vm, a)?;
        list.items.push(vm, v)?;
    }
    let template = vm.new_str(input.template)?;
    if input.percent {
        let right = match list.items.get(0) {
            Some(v) if input.one => v,
            _ => vm.tuple_from(list.value())?.value(),
        };
        return vm.binary(BinaryOp::Modulo, template, right);
    }
    let arguments: Vec<Value> = (0..list.items.len()).filter_map(|i| list.items.get(i)).collect();
    vm.call_method(template, q!(format), &arguments)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| match run(vm, &input) {
        Ok(v) => {
            let text = vm.as_str(v).expect("formatting gives a text");
            assert!(core::str::from_utf8(text.as_str().as_bytes()).is_ok());
        }
        Err(_) => {
            vm.take_raised();
        }
    });
});
