//! Writing a compressed stream.

use core::cell::Cell;

use krait_deflate::{Deflate, Demand, Wrapper, adler32};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{ByteBuf, Gc, NewObject, Raised, Ref, Tracer, Value, Vm, class};

use super::{DEFAULT_BITS, DeflateIo};
use crate::any_stream;
use crate::crc32::crc32;

/// Bytes at a time, both ways.
const CHUNK: usize = 128;
/// Compressed bytes that wait to be written together.
const WAITING: usize = 512;

/// What writing needs.
pub struct Writing {
    deflate: Cell<Deflate>,
    memory: ByteBuf,
    /// What the stream beneath has not taken yet.
    output: Ref<ByteArray>,
    wrapper: Wrapper,
    sum: Cell<u32>,
    len: Cell<u32>,
}

impl Writing {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.memory.trace(t);
        t.reference(self.output);
    }
}

class! {
    /// What writing needs.
    pub static WRITING: q!(DeflateIO) for Writing;
}

/// What `d` needs to write, made at the first call.
fn writing(vm: &mut Vm, d: Ref<DeflateIo>, stream: Value) -> Result<Ref<Writing>, Raised> {
    if let Some(w) = d.writing.get() {
        return Ok(w);
    }
    let bits = if d.bits == 0 { DEFAULT_BITS } else { d.bits };
    let wrapper = d.wrapper.unwrap_or(Wrapper::Raw);
    let output = vm.new_bytearray_of(0)?;
    output.bytes.reserve_exact(vm, WAITING + CHUNK)?;
    let w = vm.new_object(Writing {
        deflate: Cell::new(Deflate::new(bits)),
        memory: ByteBuf::new(),
        output,
        wrapper,
        sum: Cell::new(u32::from(wrapper == Wrapper::Zlib)),
        len: Cell::new(0),
    })?;
    let bytes = 2 * Deflate::memory(bits);
    w.memory.reserve_exact(vm, bytes)?;
    w.memory.open(vm, 0, bytes)?;
    let (header, n) = wrapper.header(bits);
    w.output.bytes.extend_from(vm, header.get(..n).unwrap_or_default())?;
    any_stream::write_all(vm, stream, output)?;
    d.writing.set(Some(w));
    Ok(w)
}

/// One run of the compressor; its output waits, or goes to the stream.
fn run(vm: &mut Vm, w: Ref<Writing>, stream: Value, finish: bool) -> Result<Demand, Raised> {
    let mut chunk = [0; CHUNK];
    // Room first: should it fail, nothing has happened.
    w.output.bytes.reserve_exact(vm, w.output.bytes.len() + CHUNK)?;
    let mut deflate = w.deflate.get();
    let bytes = w.bytes_mut(|w| &w.memory, vm.heap_mut());
    let Ok(memory) = bytemuck::try_cast_slice_mut(bytes) else { return Ok(Demand::Nothing) };
    let (wrote, demand) = deflate.run(memory, &mut chunk, finish);
    w.output.bytes.extend_from(vm, chunk.get(..wrote).unwrap_or_default())?;
    w.deflate.set(deflate);
    if w.output.bytes.len() >= WAITING {
        any_stream::write_all(vm, stream, w.output)?;
    }
    vm.poll()?;
    Ok(demand)
}

/// Compresses a buffer; how many bytes.
pub(super) fn write(vm: &mut Vm, d: Ref<DeflateIo>, stream: Value, from: Buffer) -> Result<usize, Raised> {
    let w = writing(vm, d, stream)?;
    let mut at = 0;
    loop {
        let demand = run(vm, w, stream, false)?;
        let rest = from.bytes(vm).get(at..).unwrap_or_default();
        if demand == Demand::Output {
            continue;
        }
        if rest.is_empty() || demand == Demand::Nothing {
            break;
        }
        let mut chunk = [0; 2 * CHUNK];
        let n = rest.len().min(chunk.len());
        for (to, from) in chunk.iter_mut().zip(rest) {
            *to = *from;
        }
        let chunk = chunk.get(..n).unwrap_or_default();
        let mut deflate = w.deflate.get();
        let bytes = w.bytes_mut(|w| &w.memory, vm.heap_mut());
        let Ok(memory) = bytemuck::try_cast_slice_mut(bytes) else { break };
        let n = deflate.feed(memory, chunk);
        w.deflate.set(deflate);
        let new = chunk.get(..n).unwrap_or_default();
        match w.wrapper {
            Wrapper::Raw => {}
            Wrapper::Zlib => w.sum.set(adler32(w.sum.get(), new)),
            Wrapper::Gzip => w.sum.set(crc32(w.sum.get(), new)),
        }
        w.len.set(w.len.get().wrapping_add(n as u32));
        at += n;
    }
    if vm.as_instance(stream).is_none() && w.output.bytes.is_empty() {
        // A stream that was closed should say so now, not when data is due.
        let nothing = vm.new_bytearray_of(0)?;
        any_stream::write(vm, stream, nothing)?;
    }
    Ok(at)
}

/// Ends the data, and writes all that is left.
pub(super) fn finish(vm: &mut Vm, w: Ref<Writing>, stream: Value) -> Result<(), Raised> {
    while run(vm, w, stream, true)? != Demand::Nothing {}
    let (trailer, n) = w.wrapper.trailer(w.sum.get(), w.len.get());
    w.output.bytes.extend_from(vm, trailer.get(..n).unwrap_or_default())?;
    any_stream::write_all(vm, stream, w.output)
}
