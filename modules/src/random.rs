//! `random`.
//!
//! Numbers from a seed are those of the reference; what the reference cannot do (more than 32 bits) goes on from
//! there. The generator is made, and seeded from the machine, when a program first asks for a number.

use core::cell::Cell;

use krait_hal::Platform;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::exception;
use krait_runtime::obj::int::{Operand, is_int};
use krait_runtime::obj::list::List;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, BinaryOp, Float, NewObject, Outcome, Raised, Ref, StrBuf, Tracer, UnaryOp, Value, Vm, class, module, q,
};

use crate::yasmarang::Yasmarang;

/// The generator, as an object among the values that modules keep.
pub struct Generator(Cell<Yasmarang>);

impl Generator {
    fn trace(&self, _: &mut Tracer<'_>) {}
}

class! {
    /// The generator's type, which no program sees.
    pub static GENERATOR: q!(random) for Generator;
}

module! {
    /// `random`
    pub static RANDOM: q!(random);
    q!(seed) => var(0, 1, seed),
    q!(getrandbits) => f1(getrandbits),
    q!(randrange) => var(1, 3, randrange),
    q!(randint) => f2(randint),
    q!(choice) => f1(choice),
    q!(shuffle) => f1(shuffle),
    q!(random) => f0(random),
    q!(uniform) => f2(uniform),
}

fn generator(vm: &mut Vm) -> Result<Ref<Generator>, Raised> {
    let known = vm.st.modules.values.and_then(|d| d.get_qstr(vm, q!(random)));
    match known.and_then(|v| v.downcast::<Generator>()) {
        Some(g) => Ok(g),
        None => {
            let seed = machine_seed(vm.platform());
            let g = vm.new_object(Generator(Cell::new(Yasmarang::new(seed))))?;
            if let Some(values) = vm.st.modules.values {
                values.set_qstr(vm, q!(random), g.value())?;
            }
            Ok(g)
        }
    }
}

/// A seed that differs from one start to the next, as far as the machine can.
fn machine_seed(platform: &dyn Platform) -> u32 {
    let mut bytes = [0; 4];
    if platform.entropy(&mut bytes) {
        return u32::from_le_bytes(bytes);
    }
    let clock = platform.clock();
    let ticks = clock.unix_ns() ^ clock.cpu_ticks();
    (ticks ^ ticks >> 32) as u32
}

fn step<T>(vm: &mut Vm, f: impl FnOnce(&mut Yasmarang) -> T) -> Result<T, Raised> {
    let g = generator(vm)?;
    let mut state = g.0.get();
    let r = f(&mut state);
    g.0.set(state);
    Ok(r)
}

/// `seed([n])`; without a number, from the machine.
fn seed(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let seed = match args.get(0) {
        Some(v) if !v.is_none() => match Operand::of(v) {
            // The lowest bits of an integer of any size.
            Some(n) => n.int().wrapping_u64() as u32,
            None => vm.need_int(v)? as u32,
        },
        _ => machine_seed(vm.platform()),
    };
    step(vm, |g| *g = Yasmarang::new(seed))?;
    Ok(Value::NONE)
}

/// Most bits that `getrandbits` gives.
const BITS_MAX: usize = 1 << 27;

/// `getrandbits(n)`: up to 32 bits as in the reference, beyond that as many as memory holds.
fn getrandbits(vm: &mut Vm, n: Value) -> Outcome {
    let bits = match usize::try_from(vm.need_int(n)?) {
        Ok(0) => return Ok(Value::small_int(0)),
        Ok(n) if n <= BITS_MAX => n,
        Ok(_) => return Err(vm.overflow_error("too many bits")),
        Err(_) => return Err(vm.value_error("number of bits must not be negative")),
    };
    if bits <= 32 {
        let r = step(vm, |g| g.next() & (u32::MAX >> (32 - bits)))?;
        return vm.new_int(r);
    }
    let len = bits.div_ceil(8);
    let mut buf: StrBuf<Bytes> = StrBuf::new();
    buf.push_repeat(vm, 0, len)?;
    let mut at = 0;
    while at < len {
        vm.poll()?;
        let end = (at + 4096).min(len);
        let part = buf.as_bytes_mut().get_mut(at..end).unwrap_or_default();
        step(vm, |g| {
            for word in part.chunks_mut(4) {
                word.iter_mut().zip(g.next().to_le_bytes()).for_each(|(t, b)| *t = b);
            }
        })?;
        at = end;
    }
    if let Some(top) = buf.as_bytes_mut().last_mut() {
        *top &= u8::MAX >> (len * 8 - bits);
    }
    let bytes = vm.finish_bytes(buf)?;
    let whole = Buffer { typecode: b'B', item: 1, start: 0, len, owner: bytes, writable: false };
    vm.int_from_buffer(&whole, true, false)
}

#[cold]
fn empty_range(vm: &mut Vm) -> Raised {
    vm.value_error("empty range")
}

/// A random integer below `n`, an integer above zero.
fn below(vm: &mut Vm, n: Value) -> Outcome {
    if let Some(n) = n.as_small_int().and_then(|n| u64::try_from(n).ok()) {
        let r = step(vm, |g| g.below(n))?;
        return vm.new_int(r);
    }
    let bits = match Operand::of(n) {
        Some(n) => n.int().bit_len(),
        None => return Err(empty_range(vm)),
    };
    let bits = vm.new_int(bits)?;
    loop {
        vm.poll()?;
        let r = getrandbits(vm, bits)?;
        let less = vm.binary(BinaryOp::Less, r, n)?;
        if vm.truth(less)? {
            return Ok(r);
        }
    }
}

fn integer(vm: &mut Vm, v: Value) -> Outcome {
    if is_int(v) {
        return Ok(v);
    }
    let n = vm.need_int(v)?;
    vm.new_int(n)
}

/// `start + step * (a number below count)`, or the error for an empty range.
fn pick(vm: &mut Vm, start: Value, step: Value, count: Value) -> Outcome {
    let none = vm.binary(BinaryOp::LessEqual, count, Value::small_int(0))?;
    if vm.truth(none)? {
        return Err(empty_range(vm));
    }
    let n = below(vm, count)?;
    let n = vm.binary(BinaryOp::Multiply, step, n)?;
    vm.binary(BinaryOp::Add, start, n)
}

/// `randrange(stop)`, `randrange(start, stop[, step])`
fn randrange(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let one = Value::small_int(1);
    let (start, stop, step) = match *args.pos {
        [stop] => (Value::small_int(0), stop, one),
        [start, stop] => (start, stop, one),
        [start, stop, step] => (start, stop, step),
        _ => return Err(vm.wrong_count(1, 3, args.pos.len())),
    };
    let (start, stop, step) = (integer(vm, start)?, integer(vm, stop)?, integer(vm, step)?);
    if step == Value::small_int(0) {
        return Err(vm.value_error("zero step"));
    }
    let width = vm.binary(BinaryOp::Subtract, stop, start)?;
    // Rounded away from the start: -(-width // step).
    let back = vm.unary(UnaryOp::Negative, width)?;
    let count = vm.binary(BinaryOp::FloorDivide, back, step)?;
    let count = vm.unary(UnaryOp::Negative, count)?;
    pick(vm, start, step, count)
}

/// `randint(a, b)`: `b` can be the result.
fn randint(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    let (a, b) = (integer(vm, a)?, integer(vm, b)?);
    let width = vm.binary(BinaryOp::Subtract, b, a)?;
    let count = vm.binary(BinaryOp::Add, width, Value::small_int(1))?;
    pick(vm, a, Value::small_int(1), count)
}

/// `choice(sequence)`
fn choice(vm: &mut Vm, seq: Value) -> Outcome {
    let len = vm.unary(UnaryOp::Len, seq)?;
    match u64::try_from(vm.need_int(len)?) {
        Ok(n) if n > 0 => {
            let i = step(vm, |g| g.below(n))?;
            let i = vm.new_int(i)?;
            vm.subscr(seq, i)
        }
        _ => Err(vm.raise_args(&exception::INDEX_ERROR, &[])),
    }
}

/// `shuffle(list)`
fn shuffle(vm: &mut Vm, list: Value) -> Outcome {
    if let Some(l) = vm.cast::<List>(list) {
        for i in (1..l.items.len()).rev() {
            let j = step(vm, |g| g.below(i as u64 + 1))? as usize;
            if let (Some(a), Some(b)) = (l.items.get(i), l.items.get(j)) {
                l.items.set(i, b);
                l.items.set(j, a);
            }
            vm.poll()?;
        }
        return Ok(Value::NONE);
    }
    let len = vm.unary(UnaryOp::Len, list)?;
    let len = vm.need_int(len)?;
    for i in (1..len).rev() {
        vm.poll()?;
        let j = step(vm, |g| g.below(i as u64 + 1))? as isize;
        let (i, j) = (Value::small_int(i), Value::small_int(j));
        let (a, b) = (vm.subscr(list, i)?, vm.subscr(list, j)?);
        vm.set_subscr(list, i, b)?;
        vm.set_subscr(list, j, a)?;
    }
    Ok(Value::NONE)
}

/// A float in [0, 1) whose every bit of the fraction is random.
fn unit(vm: &mut Vm) -> Result<Float, Raised> {
    step(vm, |g| {
        let high = g.next();
        #[cfg(target_pointer_width = "64")]
        {
            let bits = u64::from(high) << 32 | u64::from(g.next());
            // One and a fraction, minus one, so that the numbers are those of the reference.
            Float::from_bits((bits & ((1 << 52) - 1)) | 1023 << 52) - 1.0
        }
        #[cfg(target_pointer_width = "32")]
        {
            Float::from_bits((high & ((1 << 23) - 1)) | 127 << 23) - 1.0
        }
    })
}

/// `random()`
fn random(vm: &mut Vm) -> Outcome {
    let f = unit(vm)?;
    vm.new_float(f)
}

/// `uniform(a, b)`
fn uniform(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    let (a, b) = (vm.need_float(a)?, vm.need_float(b)?);
    let f = unit(vm)?;
    vm.new_float(a + (b - a) * f)
}
