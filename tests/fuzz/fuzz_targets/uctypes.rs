//! `uctypes` with any descriptor, on bytes and on any address: a value or an exception.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::{Outcome, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Descriptor {
    Scalar(i32),
    /// A tuple of numbers and an inner descriptor.
    Tuple(Vec<i32>, Option<Box<Descriptor>>),
    Fields(Vec<Descriptor>),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    descriptor: Descriptor,
    layout: u8,
    offset: i8,
    /// An address of something else, or of nothing.
    wild: Option<u64>,
    bytes: &'a [u8],
    value: i64,
    index: i16,
}

const DEPTH: usize = 6;

fn descriptor(vm: &mut Vm, d: &Descriptor, depth: usize) -> Outcome {
    match d {
        _ if depth == 0 => Ok(Value::NONE),
        Descriptor::Scalar(n) => vm.new_int(*n),
        Descriptor::Tuple(numbers, inner) => {
            let list = vm.new_list(&[])?;
            for n in numbers.iter().take(3) {
                let n = vm.new_int(*n)?;
                list.items.push(vm, n)?;
            }
            if let Some(inner) = inner {
                let inner = descriptor(vm, inner, depth - 1)?;
                list.items.push(vm, inner)?;
            }
            Ok(vm.tuple_from(list.value())?.value())
        }
        Descriptor::Fields(fields) => {
            let dict = vm.new_dict()?;
            for (name, d) in [q!(a), q!(b)].into_iter().zip(fields) {
                let v = descriptor(vm, d, depth - 1)?;
                dict.set_qstr(vm, name, v)?;
            }
            Ok(dict.value())
        }
    }
}

/// Uses a structure in every way; whatever is raised is over.
fn visit(vm: &mut Vm, module: Value, s: Value, input: &Input<'_>, depth: usize) {
    let Ok(value) = vm.new_int(input.value) else {
        vm.take_raised();
        return;
    };
    let index = Value::small_int(isize::from(input.index));
    // On the stack, where the collector looks.
    let mut inner = [Value::NONE; 16];
    let mut free = inner.iter_mut();
    let mut keep = |v: Outcome| {
        if let (Ok(v), Some(place)) = (v, free.next()) {
            *place = v;
        }
    };
    for name in [q!(a), q!(b)] {
        keep(vm.get_attr(s, name));
        let set = vm.set_attr(s, name, value);
        keep(set.map(|()| Value::NONE));
    }
    for i in [index, Value::small_int(0), Value::small_int(1)] {
        keep(vm.subscr(s, i));
        let set = vm.set_subscr(s, i, value);
        keep(set.map(|()| Value::NONE));
    }
    keep(vm.call_method(module, q!(sizeof), &[s]));
    keep(vm.repr_of(s));
    keep(vm.unary(krait_runtime::UnaryOp::Int, s));
    let bytes = vm.builtin(q!(bytes)).unwrap_or(Value::NONE);
    keep(vm.call(bytes, &[s]));
    for v in inner {
        if depth > 0 && v.is_obj() && !v.is_small_int() {
            visit(vm, module, v, input, depth - 1);
        }
    }
    vm.take_raised();
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let module = vm.builtin_module(q!(uctypes)).unwrap_or(Value::NONE);
    let d = descriptor(vm, &input.descriptor, DEPTH)?;
    let array = vm.new_bytearray(input.bytes)?;
    let address = match input.wild {
        Some(a) => vm.new_int(a)?,
        None => {
            let a = vm.call_method(module, q!(addressof), &[array])?;
            vm.binary(krait_runtime::BinaryOp::Add, a, Value::small_int(isize::from(input.offset)))?
        }
    };
    let layout = Value::small_int(isize::from(input.layout % 4));
    let s = vm.call_method(module, q!(r#struct), &[address, d, layout])?;
    visit(vm, module, s, input, 2);
    let n = Value::small_int(isize::from(input.index));
    for view in
        [vm.call_method(module, q!(bytes_at), &[address, n]), vm.call_method(module, q!(bytearray_at), &[address, n])]
    {
        match view {
            Ok(v) => visit(vm, module, v, input, 0),
            Err(_) => {
                vm.take_raised();
            }
        }
    }
    Ok(s)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            vm.take_raised();
        }
    });
});
