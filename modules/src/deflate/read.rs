//! Reading a compressed stream.
//!
//! Invariant: between calls nothing that was taken from the stream beneath is held back, except bits of one byte.

use core::cell::Cell;

use krait_deflate::{Header, Inflate, Status, Wrapper, adler32};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::obj::exception;
use krait_runtime::{ByteBuf, Gc, NewObject, Raised, Ref, Tracer, Value, Vm, class};

use super::{DEFAULT_BITS, DeflateIo};
use crate::any_stream;
use crate::crc32::crc32;
use crate::stream::{EINVAL, Got};

/// Bytes taken from a stream that can seek, at most.
const CHUNK: usize = 256;

#[derive(Clone, Copy)]
enum Phase {
    Header(Header),
    Body,
    /// Bytes after the data: how many are there, and which.
    Trailer(u8, [u8; 8]),
    End,
}

/// What reading needs.
pub struct Reading {
    phase: Cell<Phase>,
    inflate: Cell<Inflate>,
    memory: ByteBuf,
    input: Ref<ByteArray>,
    seekable: bool,
    wrapper: Cell<Wrapper>,
    sum: Cell<u32>,
    len: Cell<u32>,
}

impl Reading {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.memory.trace(t);
        t.reference(self.input);
    }
}

class! {
    /// What reading needs.
    pub static READING: q!(DeflateIO) for Reading;
}

/// Bytes that have been taken from the stream beneath, on the native stack.
struct Taken {
    bytes: [u8; CHUNK],
    at: usize,
    end: usize,
}

/// What taking bytes led to.
enum Supply {
    Some,
    End,
    Later,
}

impl Taken {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// Takes some more; `want` is how many will be needed, roughly.
    fn more(&mut self, vm: &mut Vm, r: Ref<Reading>, stream: Value, want: usize) -> Result<Supply, Raised> {
        let n = if r.seekable { want.clamp(16, CHUNK) } else { 1 };
        let have = r.input.bytes.len();
        if have < n {
            r.input.bytes.open(vm, have, n - have)?;
        }
        r.input.bytes.truncate(n);
        let got = match any_stream::read_into(vm, stream, r.input)? {
            None => return Ok(Supply::Later),
            Some(0) => return Ok(Supply::End),
            Some(got) => got,
        };
        let from = r.input.get(vm.heap()).bytes.as_slice(vm.heap());
        for (to, from) in self.bytes.iter_mut().zip(from) {
            *to = *from;
        }
        (self.at, self.end) = (0, got.min(from.len()).min(CHUNK));
        Ok(if self.end == 0 { Supply::End } else { Supply::Some })
    }
}

#[cold]
fn damaged(vm: &mut Vm) -> Raised {
    vm.os_error(EINVAL)
}

/// Sets memory for a window aside.
fn start(vm: &mut Vm, r: Ref<Reading>, bits: u32) -> Result<(), Raised> {
    let bytes = 2 * Inflate::memory(bits);
    r.memory.reserve_exact(vm, bytes)?;
    r.memory.open(vm, 0, bytes)?;
    r.inflate.set(Inflate::new(bits));
    r.phase.set(Phase::Body);
    Ok(())
}

/// What `d` needs to read, made at the first call.
fn reading(vm: &mut Vm, d: Ref<DeflateIo>, stream: Value) -> Result<Ref<Reading>, Raised> {
    if let Some(r) = d.reading.get() {
        return Ok(r);
    }
    let seekable = any_stream::skip(vm, stream, 0)?;
    let input = vm.new_bytearray_of(0)?;
    let r = vm.new_object(Reading {
        phase: Cell::new(Phase::Header(Header::new())),
        inflate: Cell::new(Inflate::new(DEFAULT_BITS)),
        memory: ByteBuf::new(),
        input,
        seekable,
        wrapper: Cell::new(Wrapper::Raw),
        sum: Cell::new(0),
        len: Cell::new(0),
    })?;
    if d.wrapper == Some(Wrapper::Raw) {
        start(vm, r, if d.bits == 0 { DEFAULT_BITS } else { d.bits })?;
    }
    d.reading.set(Some(r));
    Ok(r)
}

/// Reads into `to`.
pub(super) fn read(vm: &mut Vm, d: Ref<DeflateIo>, stream: Value, to: &mut [u8]) -> Got {
    let r = reading(vm, d, stream)?;
    let mut taken = Taken { bytes: [0; CHUNK], at: 0, end: 0 };
    let got = read_some(vm, d, r, stream, to, &mut taken);
    let back = taken.rest().len();
    if back > 0 {
        // Also after an error: what follows the data is somebody else's.
        let waiting = got.is_err().then(|| vm.take_raised());
        let moved = any_stream::skip(vm, stream, -(back as isize));
        if let Some(e) = waiting {
            return Err(vm.raise(e));
        }
        if !moved? {
            return Err(damaged(vm));
        }
    }
    got
}

fn read_some(vm: &mut Vm, d: Ref<DeflateIo>, r: Ref<Reading>, stream: Value, to: &mut [u8], taken: &mut Taken) -> Got {
    let mut wrote = 0;
    while wrote < to.len() {
        vm.poll()?;
        if matches!(r.phase.get(), Phase::End) {
            break;
        }
        let starved = match r.phase.get() {
            Phase::Body => {
                let room = to.get_mut(wrote..).unwrap_or_default();
                let (n, starved) = body(vm, r, taken, room)?;
                wrote += n;
                starved
            }
            _ if taken.rest().is_empty() => true,
            _ => {
                around(vm, d, r, taken)?;
                false
            }
        };
        if starved {
            match taken.more(vm, r, stream, to.len() - wrote)? {
                Supply::Some => {}
                Supply::Later if wrote == 0 => return Ok(None),
                Supply::End if wrote == 0 => return Err(vm.raise_args(&exception::EOF_ERROR, &[])),
                // The next call will say so.
                Supply::Later | Supply::End => break,
            }
        }
    }
    Ok(Some(wrote))
}

/// A byte of the header or the trailer.
fn around(vm: &mut Vm, d: Ref<DeflateIo>, r: Ref<Reading>, taken: &mut Taken) -> Result<(), Raised> {
    let Some(byte) = taken.rest().first().copied() else { return Ok(()) };
    taken.at += 1;
    match r.phase.get() {
        Phase::Header(mut header) => match header.byte(byte) {
            Ok(None) => r.phase.set(Phase::Header(header)),
            Ok(Some((wrapper, bits))) if d.wrapper.is_none_or(|w| w == wrapper) => {
                r.wrapper.set(wrapper);
                r.sum.set(u32::from(wrapper == Wrapper::Zlib));
                start(vm, r, if d.bits == 0 { bits } else { d.bits.min(bits) })?;
            }
            _ => return Err(damaged(vm)),
        },
        Phase::Trailer(n, mut bytes) => {
            if let Some(b) = bytes.get_mut(usize::from(n)) {
                *b = byte;
            }
            let wrapper = r.wrapper.get();
            if usize::from(n) + 1 < wrapper.trailer_len() {
                r.phase.set(Phase::Trailer(n + 1, bytes));
            } else if wrapper.trailer(r.sum.get(), r.len.get()).0 == bytes {
                r.phase.set(Phase::End);
            } else {
                return Err(damaged(vm));
            }
        }
        Phase::Body | Phase::End => {}
    }
    Ok(())
}

/// Decompresses what was taken; how much came out, and whether more is needed.
fn body(vm: &mut Vm, r: Ref<Reading>, taken: &mut Taken, to: &mut [u8]) -> Result<(usize, bool), Raised> {
    let mut inflate = r.inflate.get();
    let bytes = r.bytes_mut(|r| &r.memory, vm.heap_mut());
    let ran = match bytemuck::try_cast_slice_mut(bytes) {
        Ok(memory) => inflate.run(memory, taken.rest(), to),
        Err(_) => Err(krait_deflate::Damaged),
    };
    let Ok(progress) = ran else { return Err(damaged(vm)) };
    r.inflate.set(inflate);
    taken.at += progress.read;
    let new = to.get(..progress.wrote).unwrap_or_default();
    r.len.set(r.len.get().wrapping_add(progress.wrote as u32));
    match r.wrapper.get() {
        Wrapper::Raw => {}
        Wrapper::Zlib => r.sum.set(adler32(r.sum.get(), new)),
        Wrapper::Gzip => r.sum.set(crc32(r.sum.get(), new)),
    }
    if progress.status == Status::Done {
        let trailer = r.wrapper.get().trailer_len() > 0;
        r.phase.set(if trailer { Phase::Trailer(0, [0; 8]) } else { Phase::End });
        // The window is not needed any more.
        r.memory.truncate(0);
        r.memory.shrink(vm.heap_mut());
    }
    Ok((progress.wrote, progress.status == Status::Input))
}
