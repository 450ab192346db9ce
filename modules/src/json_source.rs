//! Where JSON text comes from: bytes at hand, or a stream that is read piece by piece.
//!
//! A stream is read to its end, which the reference does too (nothing but white space may follow the value), so that
//! reading ahead takes nothing that somebody else could have read.

use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::obj::exception;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Raised, Ref, Value, Vm, q};

/// Bytes to read.
pub(crate) trait Source {
    /// What is at hand and not consumed yet.
    fn window(&self) -> &[u8];
    /// Goes on by `n` bytes of the window.
    fn consume(&mut self, n: usize);
    /// Gets more when the window is empty; false at the end.
    fn refill(&mut self, vm: &mut Vm) -> Result<bool, Raised>;
    /// How far it is.
    fn place(&self) -> Place;
}

/// A place in the text, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Lines begun, from 1.
    pub(crate) line: usize,
    /// Characters of the line before, plus 1.
    pub(crate) column: usize,
    /// Bytes before.
    pub(crate) byte: usize,
}

impl Place {
    const START: Place = Place { line: 1, column: 1, byte: 0 };

    /// The place after more text.
    fn after(mut self, text: &[u8]) -> Place {
        self.byte += text.len();
        for b in text {
            if *b == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if b & 0xc0 != 0x80 {
                self.column += 1;
            }
        }
        self
    }
}

/// Bytes that never change.
pub(crate) struct Slice<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Slice<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Slice<'a> {
        Slice { all, at: 0 }
    }
}

impl Source for Slice<'_> {
    #[inline(always)]
    fn window(&self) -> &[u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    #[inline(always)]
    fn consume(&mut self, n: usize) {
        self.at += n;
    }

    #[inline(always)]
    fn refill(&mut self, _: &mut Vm) -> Result<bool, Raised> {
        Ok(false)
    }

    fn place(&self) -> Place {
        Place::START.after(self.all.get(..self.at).unwrap_or_default())
    }
}

/// Bytes that are read at once.
const CHUNK: usize = 256;

/// A stream: any object with `readinto` or `read`.
pub(crate) struct Stream {
    stream: Value,
    /// What `readinto` fills; without it the stream has `read` only.
    buffer: Option<Ref<ByteArray>>,
    chunk: [u8; CHUNK],
    at: usize,
    end: usize,
    /// Where the chunk begins.
    before: Place,
}

impl Stream {
    pub(crate) fn new(vm: &mut Vm, stream: Value) -> Result<Stream, Raised> {
        let buffer = if vm.get_attr_or_none(stream, q!(readinto))?.is_some() {
            let b = vm.new_bytearray(&[0; CHUNK])?;
            b.downcast::<ByteArray>()
        } else if vm.get_attr_or_none(stream, q!(read))?.is_some() {
            None
        } else {
            return Err(vm.raise_str(&exception::OS_ERROR, "stream operation not supported"));
        };
        Ok(Stream { stream, buffer, chunk: [0; CHUNK], at: 0, end: 0, before: Place::START })
    }

    /// Copies a buffer's first `n` bytes into the chunk.
    fn take(&mut self, vm: &Vm, from: &Buffer, n: usize) {
        let bytes = from.bytes(vm);
        let n = n.min(bytes.len()).min(CHUNK);
        self.chunk.iter_mut().zip(bytes).take(n).for_each(|(t, f)| *t = *f);
        self.end = n;
    }
}

impl Source for Stream {
    fn window(&self) -> &[u8] {
        self.chunk.get(self.at..self.end).unwrap_or_default()
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }

    fn refill(&mut self, vm: &mut Vm) -> Result<bool, Raised> {
        vm.poll()?;
        self.before = self.place();
        (self.at, self.end) = (0, 0);
        match self.buffer {
            Some(b) => {
                let got = vm.call_method(self.stream, q!(readinto), &[b.value()])?;
                if got.is_none() {
                    return Err(vm.os_error(EAGAIN));
                }
                let n = usize::try_from(vm.need_int(got)?).unwrap_or(0);
                let buffer = vm.need_buffer(b.value(), false)?;
                self.take(vm, &buffer, n);
            }
            None => {
                let size = Value::small_int((CHUNK / 4) as isize);
                let got = vm.call_method(self.stream, q!(read), &[size])?;
                if got.is_none() {
                    return Err(vm.os_error(EAGAIN));
                }
                let buffer = vm.need_buffer(got, false)?;
                if buffer.bytes(vm).len() > CHUNK {
                    return Err(vm.value_error("read() gave more than it was asked for"));
                }
                self.take(vm, &buffer, CHUNK);
            }
        }
        Ok(self.end > 0)
    }

    fn place(&self) -> Place {
        self.before.after(self.chunk.get(..self.at).unwrap_or_default())
    }
}

/// `EAGAIN`: the stream has nothing now, and does not block.
const EAGAIN: i32 = 11;
