//! `SoftI2C`: the methods.

use core::cell::Cell;

use krait_runtime::obj::bytes::Bytes;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{
    Args, NewObject, Out, Outcome, Param, PrintKind, Raised, Ref, StrBuf, Tracer, Type, Value, Vm, class, q,
};

use super::i2c_bus::Bus;
use super::line::Line;

/// `ENODEV`
const ENODEV: i32 = 19;

/// A `SoftI2C`'s body.
pub(crate) struct SoftI2c(Bus);

impl SoftI2c {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.0.trace(t);
    }
}

class! {
    /// `SoftI2C`
    pub static SOFT_I2C: q!(SoftI2C) for SoftI2c;
    slots { new: new, print: print }
    attrs {
        q!(init) => kw(1, init),
        q!(scan) => f1(scan),
        q!(start) => f1(start),
        q!(stop) => f1(stop),
        q!(readinto) => var(2, 3, readinto),
        q!(write) => f2(write),
        q!(readfrom) => kw(1, readfrom),
        q!(readfrom_into) => kw(1, readfrom_into),
        q!(writeto) => kw(1, writeto),
        q!(writevto) => kw(1, writevto),
        q!(readfrom_mem) => kw(1, readfrom_mem),
        q!(readfrom_mem_into) => kw(1, readfrom_mem_into),
        q!(writeto_mem) => kw(1, writeto_mem),
    }
}

const FREQ: Param = Param::kw(q!(freq), Value::small_int(400_000));
const TIMEOUT: Param = Param::kw(q!(timeout), Value::small_int(50_000));
const ADDR: Param = Param::required(q!(addr));
const BUF: Param = Param::required(q!(buf));
const STOP: Param = Param::optional(q!(stop), Value::TRUE);
const MEMADDR: Param = Param::required(q!(memaddr));
const ADDRSIZE: Param = Param::kw(q!(addrsize), Value::small_int(8));

/// `SoftI2C(scl, sda, *, freq=400000, timeout=50000)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    let [scl, sda, freq, timeout] =
        args.bind(vm, &[Param::required(q!(scl)), Param::required(q!(sda)), FREQ, TIMEOUT])?;
    let (scl, sda) = (Line::of(vm, scl)?, Line::of(vm, sda)?);
    let bus = Bus { scl: Cell::new(scl), sda: Cell::new(sda), half: Cell::new(1), patience: Cell::new(0) };
    let i2c = vm.new_object(SoftI2c(bus))?;
    begin(vm, i2c, freq, timeout)?;
    Ok(i2c.value())
}

/// `init(scl, sda, *, freq=400000, timeout=50000)`
fn init(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [scl, sda, freq, timeout] =
        args.skip_first().bind(vm, &[Param::required(q!(scl)), Param::required(q!(sda)), FREQ, TIMEOUT])?;
    i2c.0.scl.set(Line::of(vm, scl)?);
    i2c.0.sda.set(Line::of(vm, sda)?);
    begin(vm, i2c, freq, timeout)?;
    Ok(Value::NONE)
}

fn begin(vm: &mut Vm, i2c: Ref<SoftI2c>, freq: Value, timeout: Value) -> Result<(), Raised> {
    let (freq, timeout) = (vm.need_int(freq)?, vm.need_int(timeout)?);
    let (Ok(freq @ 1..), Ok(timeout)) = (u32::try_from(freq), u32::try_from(timeout)) else {
        return Err(vm.value_error("invalid freq or timeout"));
    };
    i2c.0.patience.set(timeout);
    i2c.0.begin(vm, freq)
}

fn this(vm: &mut Vm, args: &Args<'_>) -> Result<Ref<SoftI2c>, Raised> {
    need(vm, args.get(0).unwrap_or(Value::NONE))
}

fn need(vm: &mut Vm, v: Value) -> Result<Ref<SoftI2c>, Raised> {
    match vm.cast::<SoftI2c>(v) {
        Some(i2c) => Ok(i2c),
        None => Err(vm.type_error(format_args!("SoftI2C expected"))),
    }
}

fn print(vm: &mut Vm, v: Value, out: &mut Out<'_>, _: PrintKind) -> Result<(), Raised> {
    let i2c = need(vm, v)?;
    let (scl, sda) = (i2c.0.scl.get().number(), i2c.0.sda.get().number());
    let freq = 500_000 / i2c.0.half.get().max(1);
    out.fmt(vm, format_args!("SoftI2C(scl={scl}, sda={sda}, freq={freq})"))
}

impl Bus {
    /// Begins a transfer to or from a device, which must acknowledge its address.
    fn address(&self, vm: &mut Vm, address: u8, read: bool) -> Result<(), Raised> {
        self.start(vm)?;
        if self.write(vm, address << 1 | u8::from(read))? {
            return Ok(());
        }
        self.stop(vm)?;
        Err(vm.os_error(ENODEV))
    }

    /// Writes bytes until one is not acknowledged. Gives how many were.
    fn send(&self, vm: &mut Vm, from: Buffer) -> Result<usize, Raised> {
        for i in 0..from.len {
            vm.poll()?;
            let Some(b) = from.bytes(vm).get(i).copied() else { return Ok(i) };
            if !self.write(vm, b)? {
                return Ok(i);
            }
        }
        Ok(from.len)
    }

    fn receive(&self, vm: &mut Vm, to: Buffer, nack_last: bool) -> Result<(), Raised> {
        for i in 0..to.len {
            vm.poll()?;
            let b = self.read(vm, nack_last && i + 1 == to.len)?;
            if let Some(to) = to.bytes_mut(vm).get_mut(i) {
                *to = b;
            }
        }
        Ok(())
    }

    fn receive_bytes(&self, vm: &mut Vm, n: usize) -> Outcome {
        let mut text: StrBuf<Bytes> = StrBuf::new();
        for i in 0..n {
            vm.poll()?;
            let b = self.read(vm, i + 1 == n)?;
            text.push_bytes(vm, &[b])?;
        }
        vm.finish_bytes(text)
    }
}

fn device(vm: &mut Vm, v: Value) -> Result<u8, Raised> {
    match u8::try_from(vm.need_int(v)?) {
        Ok(a @ 0..=0x7f) => Ok(a),
        _ => Err(vm.value_error("invalid address")),
    }
}

fn count(vm: &mut Vm, v: Value) -> Result<usize, Raised> {
    match usize::try_from(vm.need_int(v)?) {
        Ok(n) => Ok(n),
        Err(_) => Err(vm.value_error("negative size")),
    }
}

fn end(vm: &mut Vm, bus: &Bus, stop: Value) -> Result<(), Raised> {
    if vm.truth(stop)? { bus.stop(vm) } else { Ok(()) }
}

/// `scan()`
fn scan(vm: &mut Vm, v: Value) -> Outcome {
    let i2c = need(vm, v)?;
    let found = vm.new_list(&[])?;
    // Addresses below and above are reserved.
    for a in 0x08..0x78 {
        vm.poll()?;
        i2c.0.start(vm)?;
        if i2c.0.write(vm, a << 1)? {
            found.items.push(vm, Value::small_int(a as isize))?;
        }
        i2c.0.stop(vm)?;
    }
    Ok(found.value())
}

/// `start()`
fn start(vm: &mut Vm, v: Value) -> Outcome {
    need(vm, v)?.0.start(vm)?;
    Ok(Value::NONE)
}

/// `stop()`
fn stop(vm: &mut Vm, v: Value) -> Outcome {
    need(vm, v)?.0.stop(vm)?;
    Ok(Value::NONE)
}

/// `readinto(buf, nack=True)`
fn readinto(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let to = vm.need_buffer(args.get(1).unwrap_or(Value::NONE), true)?;
    let nack = match args.get(2) {
        Some(v) => vm.truth(v)?,
        None => true,
    };
    i2c.0.receive(vm, to, nack)?;
    Ok(Value::NONE)
}

/// `write(buf)`: how many bytes were acknowledged.
fn write(vm: &mut Vm, v: Value, buf: Value) -> Outcome {
    let i2c = need(vm, v)?;
    let from = vm.need_buffer(buf, false)?;
    let n = i2c.0.send(vm, from)?;
    Ok(Value::small_int(n as isize))
}

/// `readfrom(addr, n, stop=True)`
fn readfrom(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, n, stop] = args.skip_first().bind(vm, &[ADDR, Param::required(q!(nbytes)), STOP])?;
    let (addr, n) = (device(vm, addr)?, count(vm, n)?);
    i2c.0.address(vm, addr, true)?;
    let bytes = i2c.0.receive_bytes(vm, n)?;
    end(vm, &i2c.0, stop)?;
    Ok(bytes)
}

/// `readfrom_into(addr, buf, stop=True)`
fn readfrom_into(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, buf, stop] = args.skip_first().bind(vm, &[ADDR, BUF, STOP])?;
    let (addr, to) = (device(vm, addr)?, vm.need_buffer(buf, true)?);
    i2c.0.address(vm, addr, true)?;
    i2c.0.receive(vm, to, true)?;
    end(vm, &i2c.0, stop)?;
    Ok(Value::NONE)
}

/// `writeto(addr, buf, stop=True)`: how many bytes were acknowledged.
fn writeto(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, buf, stop] = args.skip_first().bind(vm, &[ADDR, BUF, STOP])?;
    let (addr, from) = (device(vm, addr)?, vm.need_buffer(buf, false)?);
    i2c.0.address(vm, addr, false)?;
    let n = i2c.0.send(vm, from)?;
    end(vm, &i2c.0, stop)?;
    Ok(Value::small_int(n as isize))
}

/// `writevto(addr, vector, stop=True)`
fn writevto(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, vector, stop] = args.skip_first().bind(vm, &[ADDR, Param::required(q!(vector)), STOP])?;
    let addr = device(vm, addr)?;
    let parts = vm.tuple_from(vector)?;
    // All are looked at before the bus is touched.
    for part in parts.tail() {
        vm.need_buffer(*part, false)?;
    }
    i2c.0.address(vm, addr, false)?;
    let mut total = 0;
    for part in parts.tail() {
        let from = vm.need_buffer(*part, false)?;
        let n = i2c.0.send(vm, from)?;
        total += n;
        if n < from.len {
            break;
        }
    }
    end(vm, &i2c.0, stop)?;
    Ok(Value::small_int(total as isize))
}

/// A place in a device's memory: up to four bytes, the most significant first.
struct Place {
    bytes: [u8; 4],
    len: usize,
}

fn place(vm: &mut Vm, memaddr: Value, size: Value) -> Result<Place, Raised> {
    let at = crate::wide::need_wide(vm, memaddr)? as u32;
    let bits = vm.need_int(size)?;
    if !(0..=32).contains(&bits) || bits % 8 != 0 {
        return Err(vm.value_error("invalid addrsize"));
    }
    Ok(Place { bytes: at.to_be_bytes(), len: bits as usize / 8 })
}

impl Bus {
    /// Addresses a device and a place in it, for writing.
    fn seek(&self, vm: &mut Vm, addr: u8, place: &Place) -> Result<(), Raised> {
        self.address(vm, addr, false)?;
        for b in place.bytes.iter().skip(4 - place.len) {
            if !self.write(vm, *b)? {
                self.stop(vm)?;
                return Err(vm.os_error(ENODEV));
            }
        }
        Ok(())
    }
}

/// `readfrom_mem(addr, memaddr, n, *, addrsize=8)`
fn readfrom_mem(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, at, n, size] = args.skip_first().bind(vm, &[ADDR, MEMADDR, Param::required(q!(nbytes)), ADDRSIZE])?;
    let (addr, n, place) = (device(vm, addr)?, count(vm, n)?, place(vm, at, size)?);
    i2c.0.seek(vm, addr, &place)?;
    i2c.0.address(vm, addr, true)?;
    let bytes = i2c.0.receive_bytes(vm, n)?;
    i2c.0.stop(vm)?;
    Ok(bytes)
}

/// `readfrom_mem_into(addr, memaddr, buf, *, addrsize=8)`
fn readfrom_mem_into(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, at, buf, size] = args.skip_first().bind(vm, &[ADDR, MEMADDR, BUF, ADDRSIZE])?;
    let (addr, to, place) = (device(vm, addr)?, vm.need_buffer(buf, true)?, place(vm, at, size)?);
    i2c.0.seek(vm, addr, &place)?;
    i2c.0.address(vm, addr, true)?;
    i2c.0.receive(vm, to, true)?;
    i2c.0.stop(vm)?;
    Ok(Value::NONE)
}

/// `writeto_mem(addr, memaddr, buf, *, addrsize=8)`
fn writeto_mem(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let i2c = this(vm, args)?;
    let [addr, at, buf, size] = args.skip_first().bind(vm, &[ADDR, MEMADDR, BUF, ADDRSIZE])?;
    let (addr, from, place) = (device(vm, addr)?, vm.need_buffer(buf, false)?, place(vm, at, size)?);
    i2c.0.seek(vm, addr, &place)?;
    i2c.0.send(vm, from)?;
    i2c.0.stop(vm)?;
    Ok(Value::NONE)
}
