//! `framebuf`: drawing into a buffer, for displays.
//!
//! Invariant: a frame buffer holds the buffer protocol's [`Buffer`], found anew at each call, so a bytearray that was
//! shortened since loses pixels and nothing else. The drawing itself is in `lib/canvas`.

mod blit;
mod poly;

use krait_canvas::{Canvas, FILL, Format, GLYPH_WIDTH, Geometry};
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class, module};

/// A frame buffer's body.
#[derive(Clone, Copy)]
pub struct FrameBuffer {
    buffer: Buffer,
    geometry: Geometry,
}

impl FrameBuffer {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.value(self.buffer.owner);
    }

    fn canvas<'a>(&self, vm: &'a mut Vm) -> Canvas<'a> {
        Canvas::new(self.buffer.bytes_mut(vm), self.geometry)
    }
}

class! {
    /// `framebuf.FrameBuffer`
    pub static FRAME_BUFFER: q!(FrameBuffer) for FrameBuffer;
    slots { new: new, buffer: buffer }
    attrs {
        q!(fill) => f2(fill),
        q!(fill_rect) => var(6, 6, fill_rect),
        q!(pixel) => var(3, 4, pixel),
        q!(hline) => var(5, 5, hline),
        q!(vline) => var(5, 5, vline),
        q!(rect) => var(6, 7, rect),
        q!(line) => var(6, 6, line),
        q!(ellipse) => var(6, 8, ellipse),
        q!(poly) => var(5, 6, poly::poly),
        q!(blit) => var(4, 6, blit::blit),
        q!(scroll) => f3(scroll),
        q!(text) => var(4, 5, text),
    }
}

/// The frame buffer of `(buffer, width, height, format[, stride])`.
fn make(vm: &mut Vm, args: &[Value], writable: bool) -> Result<FrameBuffer, Raised> {
    let arg = |i: usize| args.get(i).copied().unwrap_or(Value::NONE);
    let width = vm.need_int(arg(1))? as i64;
    let height = vm.need_int(arg(2))? as i64;
    let format = vm.need_int(arg(3))?;
    let stride = match args.get(4) {
        Some(v) => vm.need_int(*v)? as i64,
        None => width,
    };
    let Some(format) = Format::of(format) else { return Err(vm.value_error("invalid format")) };
    let Some((geometry, bytes)) = Geometry::new(width, height, stride, format) else {
        return Err(vm.value_error("invalid size"));
    };
    let buffer = vm.need_buffer(arg(0), writable)?;
    if bytes > buffer.len as u64 {
        return Err(vm.value_error("buffer too small"));
    }
    Ok(FrameBuffer { buffer, geometry })
}

/// `FrameBuffer(buffer, width, height, format, stride=width)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 4, 5)?;
    let body = make(vm, args.pos, true)?;
    Ok(vm.new_object(body)?.value())
}

/// `FrameBuffer1(buffer, width, height, stride=width)`: vertical monochrome, as in old programs.
fn frame_buffer_1(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let arg = |i: usize| args.get(i).unwrap_or(Value::NONE);
    let format = Value::small_int(Format::MonoVlsb as isize);
    let all = [arg(0), arg(1), arg(2), format, args.get(3).unwrap_or(arg(1))];
    let body = make(vm, &all, true)?;
    Ok(vm.new_object(body)?.value())
}

fn buffer(vm: &Vm, v: Value) -> Option<Buffer> {
    let fb = v.downcast::<FrameBuffer>()?;
    // The bytes that are there now.
    let len = fb.buffer.bytes(vm).len();
    Some(Buffer { len, ..fb.buffer })
}

fn this(vm: &mut Vm, v: Option<Value>) -> Result<FrameBuffer, Raised> {
    match v.and_then(|v| vm.cast::<FrameBuffer>(v)) {
        Some(fb) => Ok(*fb),
        None => Err(vm.type_error(format_args!("FrameBuffer expected"))),
    }
}

/// The frame buffer, and the integers after it.
fn ints<const N: usize>(vm: &mut Vm, args: &Args<'_>) -> Result<(FrameBuffer, [i64; N]), Raised> {
    let fb = this(vm, args.get(0))?;
    let mut out = [0; N];
    for (i, n) in out.iter_mut().enumerate() {
        *n = vm.need_int(args.get(i + 1).unwrap_or(Value::NONE))? as i64;
    }
    Ok((fb, out))
}

fn flag(vm: &mut Vm, args: &Args<'_>, i: usize) -> Result<bool, Raised> {
    args.get(i).map_or(Ok(false), |v| vm.truth(v))
}

fn fill(vm: &mut Vm, v: Value, colour: Value) -> Outcome {
    let fb = this(vm, Some(v))?;
    let colour = vm.need_int(colour)?;
    fb.canvas(vm).fill(colour as u32);
    Ok(Value::NONE)
}

fn fill_rect(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y, w, h, colour]) = ints(vm, args)?;
    fb.canvas(vm).fill_rect(x, y, w, h, colour as u32);
    Ok(Value::NONE)
}

/// `pixel(x, y[, colour])`
fn pixel(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y]) = ints(vm, args)?;
    match args.get(3) {
        Some(v) => {
            let colour = vm.need_int(v)?;
            fb.canvas(vm).set(x, y, colour as u32);
            Ok(Value::NONE)
        }
        None => {
            let colour = fb.canvas(vm).get(x, y);
            Ok(colour.map_or(Value::NONE, |c| Value::small_int(c as isize)))
        }
    }
}

fn hline(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y, w, colour]) = ints(vm, args)?;
    fb.canvas(vm).fill_rect(x, y, w, 1, colour as u32);
    Ok(Value::NONE)
}

fn vline(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y, h, colour]) = ints(vm, args)?;
    fb.canvas(vm).fill_rect(x, y, 1, h, colour as u32);
    Ok(Value::NONE)
}

/// `rect(x, y, w, h, colour, fill=False)`
fn rect(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y, w, h, colour]) = ints(vm, args)?;
    let filled = flag(vm, args, 6)?;
    let mut canvas = fb.canvas(vm);
    if filled {
        canvas.fill_rect(x, y, w, h, colour as u32);
    } else {
        canvas.outline(x, y, w, h, colour as u32);
    }
    Ok(Value::NONE)
}

fn line(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x1, y1, x2, y2, colour]) = ints(vm, args)?;
    fb.canvas(vm).line(x1, y1, x2, y2, colour as u32);
    Ok(Value::NONE)
}

/// `ellipse(x, y, xr, yr, colour, fill=False, quadrants=15)`
fn ellipse(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (fb, [x, y, rx, ry, colour]) = ints(vm, args)?;
    let filled = if flag(vm, args, 6)? { FILL } else { 0 };
    let quadrants = match args.get(7) {
        Some(v) => vm.need_int(v)? as u8 & 0x0f,
        None => 0x0f,
    };
    fb.canvas(vm).ellipse((x, y), rx, ry, colour as u32, filled | quadrants);
    Ok(Value::NONE)
}

fn scroll(vm: &mut Vm, v: Value, dx: Value, dy: Value) -> Outcome {
    let fb = this(vm, Some(v))?;
    let (dx, dy) = (vm.need_int(dx)?, vm.need_int(dy)?);
    fb.canvas(vm).scroll(dx as i64, dy as i64);
    Ok(Value::NONE)
}

/// `text(s, x, y, colour=1)`: bytes up to the first 0, a glyph each.
fn text(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let fb = this(vm, args.get(0))?;
    let s = args.get(1).unwrap_or(Value::NONE);
    if vm.as_str(s).is_none() && vm.cast::<krait_runtime::obj::bytes::Bytes>(s).is_none() {
        return Err(vm.type_error(format_args!("can't convert object to str")));
    }
    let s = vm.need_buffer(s, false)?;
    let x = vm.need_int(args.get(2).unwrap_or(Value::NONE))? as i64;
    let y = vm.need_int(args.get(3).unwrap_or(Value::NONE))? as i64;
    let colour = match args.get(4) {
        Some(v) => vm.need_int(v)?,
        None => 1,
    };
    let width = i64::from(fb.geometry.width);
    let mut at = x;
    for i in 0.. {
        let Some(c) = s.bytes(vm).get(i).copied().filter(|c| *c != 0) else { break };
        if at >= width {
            break;
        }
        if at > -GLYPH_WIDTH {
            fb.canvas(vm).character(c, at, y, colour as u32);
        }
        at = at.saturating_add(GLYPH_WIDTH);
    }
    Ok(Value::NONE)
}

module! {
    /// `framebuf`
    pub static FRAMEBUF: q!(framebuf);
    q!(FrameBuffer) => ty(&FRAME_BUFFER),
    q!(FrameBuffer1) => var(3, 4, frame_buffer_1),
    q!(MVLSB) => int(Format::MonoVlsb),
    q!(MONO_VLSB) => int(Format::MonoVlsb),
    q!(RGB565) => int(Format::Rgb565),
    q!(GS2_HMSB) => int(Format::Gs2Hmsb),
    q!(GS4_HMSB) => int(Format::Gs4Hmsb),
    q!(GS8) => int(Format::Gs8),
    q!(MONO_HLSB) => int(Format::MonoHlsb),
    q!(MONO_HMSB) => int(Format::MonoHmsb)
}
