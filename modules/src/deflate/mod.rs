//! `deflate`: compressed streams over other streams.
//!
//! Reading takes not a byte more from the stream beneath than what was asked for needs: from one that can seek it
//! takes more at a time and goes back, from another it takes single bytes. Writing holds compressed data back until a
//! block is complete or the stream is closed, because codes that suit the data make it smaller.

pub mod read;
pub mod write;

use core::cell::Cell;

use krait_deflate::{WINDOW_BITS_MAX, WINDOW_BITS_MIN, Wrapper};
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, NewObject, Outcome, Raised, Ref, Tracer, Type, Value, Vm, class, module};

use crate::any_stream;
use crate::stream::{self, EINVAL, Got, Stream};

/// The window if none is asked for, as everyone expects who reads such a stream without asking for one.
const DEFAULT_BITS: u32 = 8;

/// A stream's body.
pub struct DeflateIo {
    /// The stream beneath; `None` when closed.
    stream: Cell<Option<Value>>,
    /// `None`: found out when reading, none when writing.
    wrapper: Option<Wrapper>,
    /// 0: not given.
    bits: u32,
    /// Whether the stream beneath is closed, too.
    closes: bool,
    reading: Cell<Option<Ref<read::Reading>>>,
    writing: Cell<Option<Ref<write::Writing>>>,
}

impl DeflateIo {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.stream.get());
        t.opt_reference(self.reading.get());
        t.opt_reference(self.writing.get());
    }
}

class! {
    /// `deflate.DeflateIO`
    pub static DEFLATE_IO: q!(DeflateIO) for DeflateIo;
    slots { new: new, iter: krait_runtime::obj::iterator::itself, next: stream::next::<DeflateIo> }
    attrs {
        q!(read) => var(1, 2, stream::read::<DeflateIo>),
        q!(readinto) => var(2, 3, stream::readinto::<DeflateIo>),
        q!(readline) => var(1, 2, stream::readline::<DeflateIo>),
        q!(write) => var(2, 4, stream::write::<DeflateIo>),
        q!(close) => f1(stream::close::<DeflateIo>),
        q!(__enter__) => f1(stream::enter),
        q!(__exit__) => var(4, 4, stream::exit::<DeflateIo>),
    }
}

const AUTO: isize = 0;
const RAW: isize = 1;
const ZLIB: isize = 2;
const GZIP: isize = 3;

/// `DeflateIO(stream, format=AUTO, wbits=0, close=False)`
fn new(vm: &mut Vm, _: Ref<Type>, args: &Args<'_>) -> Outcome {
    vm.check_args(args, 1, 4)?;
    let wrapper = match args.get(1).map_or(Ok(AUTO), |v| vm.need_int(v))? {
        AUTO => None,
        RAW => Some(Wrapper::Raw),
        ZLIB => Some(Wrapper::Zlib),
        GZIP => Some(Wrapper::Gzip),
        _ => return Err(vm.value_error("format")),
    };
    let bits = args.get(2).map_or(Ok(0), |v| vm.need_int(v))?;
    let bits = match u32::try_from(bits) {
        Ok(b) if b == 0 || (WINDOW_BITS_MIN..=WINDOW_BITS_MAX).contains(&b) => b,
        _ => return Err(vm.value_error("wbits")),
    };
    let closes = args.get(3).map_or(Ok(false), |v| vm.truth(v))?;
    let body = DeflateIo {
        stream: Cell::new(args.get(0)),
        wrapper,
        bits,
        closes,
        reading: Cell::new(None),
        writing: Cell::new(None),
    };
    Ok(vm.new_object(body)?.value())
}

/// The object and the stream beneath.
fn need(vm: &mut Vm, v: Value) -> Result<(Ref<DeflateIo>, Value), Raised> {
    match vm.cast::<DeflateIo>(v) {
        Some(d) => match d.stream.get() {
            Some(stream) => Ok((d, stream)),
            None => Err(vm.os_error(EINVAL)),
        },
        None => Err(vm.type_error(format_args!("stream expected"))),
    }
}

impl Stream for DeflateIo {
    const TEXT: bool = false;

    fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got {
        let (d, stream) = need(vm, this)?;
        read::read(vm, d, stream, to)
    }

    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got {
        let (d, stream) = need(vm, this)?;
        write::write(vm, d, stream, from).map(Some)
    }

    fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
        let Some(d) = vm.cast::<DeflateIo>(this) else { return Ok(()) };
        let Some(stream) = d.stream.take() else { return Ok(()) };
        d.reading.set(None);
        let ended = match d.writing.take() {
            Some(w) => write::finish(vm, w, stream),
            None => Ok(()),
        };
        if d.closes {
            // The first error is the one to tell.
            let waiting = ended.is_err().then(|| vm.take_raised());
            let closed = any_stream::close(vm, stream);
            if let Some(e) = waiting {
                return Err(vm.raise(e));
            }
            closed?;
        }
        ended
    }
}

module! {
    /// `deflate`
    pub static DEFLATE: q!(deflate);
    q!(DeflateIO) => ty(&DEFLATE_IO),
    q!(AUTO) => int(AUTO),
    q!(RAW) => int(RAW),
    q!(ZLIB) => int(ZLIB),
    q!(GZIP) => int(GZIP)
}
