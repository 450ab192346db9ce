//! `SoftSPI`: a serial bus by three lines, of any polarity and phase.

use core::cell::Cell;

use krait_hal::PinMode;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, NewObject, Out, Outcome, Param, PrintKind, Raised, Ref, StrBuf, Tracer, Type, Value, Vm, class, q,
};

use super::line::Line;

/// A `SoftSPI`'s body.
pub(crate) struct SoftSpi {
    /// Half a clock, in microseconds.
    half: Cell<u32>,
    polarity: Cell<bool>,
    phase: Cell<bool>,
    /// Whether the least significant bit goes first.
    lsb: Cell<bool>,
    sck: Cell<Line>,
    mosi: Cell<Line>,
    /// `None`: nothing is read.
    miso: Cell<Option<Line>>,
}

impl SoftSpi {
    fn trace(&self, t: &mut Tracer<'_>) {
        for line in [Some(self.sck.get()), Some(self.mosi.get()), self.miso.get()].into_iter().flatten() {
            line.trace(t);
        }
    }
}

class! {
    /// `SoftSPI`
    pub static SOFT_SPI: q!(SoftSPI) for SoftSpi;
    slots { new: new, print: print }
    attrs {
        q!(init) => kw(1, init),
        q!(deinit) => f1(deinit),
        q!(read) => var(2, 3, read),
        q!(readinto) => var(2, 3, readinto),
        q!(write) => f2(write),
        q!(write_readinto) => f3(write_readinto),
        q!(MSB) => int(0),
        q!(LSB) => int(1),
    }
}

const PARAMS: [Param; 8] = [
    Param::optional(q!(baudrate), Value::NONE),
    Param::kw(q!(polarity), Value::NONE),
    Param::kw(q!(phase), Value::NONE),
    Param::kw(q!(bits), Value::small_int(8)),
    Param::kw(q!(firstbit), Value::NONE),
    Param::kw(q!(sck), Value::NONE),
    Param::kw(q!(mosi), Value::NONE),
    Param::kw(q!(miso), Value::NONE),
];

/// `SoftSPI(baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=MSB, sck, mosi, miso)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let [.., sck, mosi, miso] = args.bind(vm, &PARAMS)?;
    // A bus that only writes needs no miso, but that must be said.
    if sck.is_none() || mosi.is_none() || (miso.is_none() && args.keyword(q!(miso)).is_none()) {
        return Err(vm.value_error("must specify all of sck/mosi/miso"));
    }
    let (sck, mosi) = (Line::of(vm, sck)?, Line::of(vm, mosi)?);
    let miso = if miso.is_none() { None } else { Some(Line::of(vm, miso)?) };
    let spi = vm.new_object(SoftSpi {
        half: Cell::new(1),
        polarity: Cell::new(false),
        phase: Cell::new(false),
        lsb: Cell::new(false),
        sck: Cell::new(sck),
        mosi: Cell::new(mosi),
        miso: Cell::new(miso),
    })?;
    configure(vm, spi, args)?;
    Ok(spi.value())
}

/// `init(...)`: what is not given stays.
fn init(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let spi = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    configure(vm, spi, &args.skip_first())?;
    Ok(Value::NONE)
}

fn configure(vm: &mut Vm, spi: Ref<SoftSpi>, args: &Args<'_>) -> Result<(), Raised> {
    let [baudrate, polarity, phase, bits, firstbit, sck, mosi, miso] = args.bind(vm, &PARAMS)?;
    if !baudrate.is_none() {
        match u32::try_from(vm.need_int(baudrate)?) {
            // Rounded so that the bus is not faster than asked for.
            Ok(rate @ 1..) => spi.half.set(500_000u32.div_ceil(rate)),
            _ => return Err(vm.value_error("invalid baudrate")),
        }
    }
    for (to, v) in [(&spi.polarity, polarity), (&spi.phase, phase), (&spi.lsb, firstbit)] {
        if !v.is_none() {
            to.set(vm.need_int(v)? != 0);
        }
    }
    if vm.need_int(bits)? != 8 {
        return Err(vm.value_error("bits must be 8"));
    }
    for (to, v) in [(&spi.sck, sck), (&spi.mosi, mosi)] {
        if !v.is_none() {
            to.set(Line::of(vm, v)?);
        }
    }
    if !miso.is_none() {
        spi.miso.set(Some(Line::of(vm, miso)?));
    }
    let sck = spi.sck.get();
    sck.write(vm, spi.polarity.get())?;
    sck.mode(vm, PinMode::Output)?;
    spi.mosi.get().mode(vm, PinMode::Output)?;
    spi.miso.get().map_or(Ok(()), |miso| miso.mode(vm, PinMode::Input))
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<SoftSpi>, Raised> {
    match vm.cast::<SoftSpi>(v) {
        Some(s) => Ok(s),
        None => Err(vm.type_error(format_args!("SoftSPI expected"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let s = need(vm, v)?;
    let (sck, mosi, miso) = (s.sck.get().number(), s.mosi.get().number(), s.miso.get().map_or(-1, Line::number));
    out.fmt(
        vm,
        format_args!(
            "SoftSPI(baudrate={}, polarity={}, phase={}, firstbit={}, sck={sck}, mosi={mosi}, miso={miso})",
            500_000 / s.half.get().max(1),
            u8::from(s.polarity.get()),
            u8::from(s.phase.get()),
            u8::from(s.lsb.get()),
        ),
    )
}

/// Sends a byte and gives the one that came meanwhile.
fn exchange(vm: &mut Vm, s: &SoftSpi, out: u8) -> Result<u8, Raised> {
    let clock = vm.platform().clock();
    let (sck, mosi, miso) = (s.sck.get(), s.mosi.get(), s.miso.get());
    let (idle, half) = (s.polarity.get(), s.half.get());
    let mut rest = if s.lsb.get() { out.reverse_bits() } else { out };
    let mut got = 0u8;
    for _ in 0..8 {
        let bit = rest & 0x80 != 0;
        rest <<= 1;
        // In phase 0 the data is there before the first edge, in phase 1 it changes with it; either way it is read
        // half a clock later.
        if s.phase.get() {
            sck.write(vm, !idle)?;
            mosi.write(vm, bit)?;
            clock.delay_us(half);
            sck.write(vm, idle)?;
        } else {
            mosi.write(vm, bit)?;
            clock.delay_us(half);
            sck.write(vm, !idle)?;
        }
        let level = miso.map_or(Ok(false), |miso| miso.read(vm))?;
        got = got << 1 | u8::from(level);
        clock.delay_us(half);
        if !s.phase.get() {
            sck.write(vm, idle)?;
        }
    }
    Ok(if s.lsb.get() { got.reverse_bits() } else { got })
}

fn fill_byte(vm: &mut Vm, v: Option<Value>) -> Result<u8, Raised> {
    match v {
        Some(v) => Ok(vm.need_int(v)? as u8),
        None => Ok(0),
    }
}

/// `deinit()`
fn deinit(vm: &mut Vm, v: Value) -> Outcome {
    need(vm, v)?;
    Ok(Value::NONE)
}

/// `read(n[, write=0])`
fn read(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let s = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    let Ok(n) = usize::try_from(vm.need_int(args.get(1).unwrap_or(Value::NONE))?) else {
        return Err(vm.value_error("negative size"));
    };
    let out = fill_byte(vm, args.get(2))?;
    let mut text: StrBuf<Bytes> = StrBuf::new();
    for _ in 0..n {
        vm.poll()?;
        let b = exchange(vm, &s, out)?;
        text.push_bytes(vm, &[b])?;
    }
    vm.finish_bytes(text)
}

fn into(vm: &mut Vm, s: &SoftSpi, to: Buffer, out: impl Fn(&Vm, usize) -> u8) -> Outcome {
    for i in 0..to.len {
        vm.poll()?;
        let b = out(vm, i);
        let b = exchange(vm, s, b)?;
        if let Some(to) = to.bytes_mut(vm).get_mut(i) {
            *to = b;
        }
    }
    Ok(Value::NONE)
}

/// `readinto(buf[, write=0])`
fn readinto(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let s = need(vm, args.get(0).unwrap_or(Value::NONE))?;
    let to = vm.need_buffer(args.get(1).unwrap_or(Value::NONE), true)?;
    let out = fill_byte(vm, args.get(2))?;
    into(vm, &s, to, |_, _| out)
}

/// `write(buf)`
fn write(vm: &mut Vm, v: Value, buf: Value) -> Outcome {
    let s = need(vm, v)?;
    let from = vm.need_buffer(buf, false)?;
    for i in 0..from.len {
        vm.poll()?;
        let Some(b) = from.bytes(vm).get(i).copied() else { break };
        exchange(vm, &s, b)?;
    }
    Ok(Value::NONE)
}

/// `write_readinto(write_buf, read_buf)`
fn write_readinto(vm: &mut Vm, v: Value, from: Value, to: Value) -> Outcome {
    let s = need(vm, v)?;
    let (from, to) = (vm.need_buffer(from, false)?, vm.need_buffer(to, true)?);
    if from.len != to.len {
        return Err(vm.value_error("buffers must be the same length"));
    }
    into(vm, &s, to, |vm, i| from.bytes(vm).get(i).copied().unwrap_or(0))
}
