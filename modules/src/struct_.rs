//! `struct`: values packed into bytes by a format.
//!
//! As in the reference, integers that do not fit are cut to their low bytes, missing values are zeros and surplus
//! values are ignored, and `unpack` takes more bytes than it needs.
//!
//! The surprising fact: `O` packs an object's address, but unpacking never turns a number into an object on trust:
//! an object of the heap is found by its address as long as it lives, others are found among the last [`REMEMBERED`]
//! of them that were packed. `S` (a C string's address) reaches only texts and bytes, see `uctypes`.

use krait_runtime::memory::OutOfMemory;
use krait_runtime::obj::array_item::{ITEM_MAX, Item};
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::list::List;
use krait_runtime::ops::address::Place;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Gc, Outcome, Raised, Ref, Str, StrBuf, Value, Vm, module, q};

/// Objects outside the heap, packed by `O`, that can be unpacked again.
const REMEMBERED: usize = 32;

/// A format's pieces, read from the left, with the place that each one takes.
struct Format {
    text: Str,
    at: usize,
    native: bool,
    big: bool,
    /// Where the next piece begins, without its padding.
    place: usize,
}

/// A piece of a format.
#[derive(Clone, Copy)]
enum Piece {
    /// `x`: bytes without a value.
    Pad,
    /// `s` or `p`: one value of so many bytes, with its length in front if `counted`.
    Text { from: usize, len: usize, counted: bool },
    /// So many items one after the other.
    Items { item: Item, from: usize, count: usize },
}

impl Format {
    fn new(vm: &mut Vm, v: Value) -> Result<Format, Raised> {
        let text = vm.need_str(v)?;
        let (at, native, big) = match text.as_bytes().first() {
            Some(b'@') => (1, true, cfg!(target_endian = "big")),
            Some(b'=') => (1, false, cfg!(target_endian = "big")),
            Some(b'<') => (1, false, false),
            Some(b'>' | b'!') => (1, false, true),
            _ => (0, true, cfg!(target_endian = "big")),
        };
        Ok(Format { text, at, native, big, place: 0 })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next piece; `None` at the end.
    fn next(&mut self, vm: &mut Vm) -> Result<Option<Piece>, Raised> {
        while self.peek().is_some_and(|c| c.is_ascii_whitespace()) {
            self.at += 1;
        }
        let mut count: Option<usize> = None;
        while let Some(digit) = self.peek().filter(u8::is_ascii_digit) {
            let digit = usize::from(digit - b'0');
            count = match count.unwrap_or(0).checked_mul(10).and_then(|n| n.checked_add(digit)) {
                None => return Err(vm.overflow_error("total struct size too long")),
                more => more,
            };
            self.at += 1;
        }
        let Some(code) = self.peek() else {
            return if count.is_some() { Err(bad_typecode(vm)) } else { Ok(None) };
        };
        self.at += 1;
        let count = count.unwrap_or(1);
        let start = self.place;
        Ok(Some(match code {
            b'x' => {
                self.advance(vm, start, count, 1)?;
                Piece::Pad
            }
            b's' | b'p' => {
                self.advance(vm, start, count, 1)?;
                Piece::Text { from: start, len: count, counted: code == b'p' }
            }
            code => {
                let item = if self.native { Item::native(code) } else { Item::standard(code) };
                let Some(item) = item else { return Err(bad_typecode(vm)) };
                let from = if self.native && count > 0 { start.next_multiple_of(item.size) } else { start };
                self.advance(vm, from, count, item.size)?;
                Piece::Items { item, from, count }
            }
        }))
    }

    /// Notes that a piece takes `count` times `size` bytes from `from`.
    fn advance(&mut self, vm: &mut Vm, from: usize, count: usize, size: usize) -> Result<(), Raised> {
        match count.checked_mul(size).and_then(|n| n.checked_add(from)).filter(|n| *n <= isize::MAX as usize / 2) {
            Some(place) => {
                self.place = place;
                Ok(())
            }
            None => Err(vm.overflow_error("total struct size too long")),
        }
    }
}

#[cold]
fn bad_typecode(vm: &mut Vm) -> Raised {
    vm.value_error("bad typecode")
}

#[cold]
fn too_small(vm: &mut Vm) -> Raised {
    vm.value_error("buffer too small")
}

/// Bytes and values of a format.
fn measure(vm: &mut Vm, format: Value) -> Result<(usize, usize), Raised> {
    let mut f = Format::new(vm, format)?;
    let mut values = 0usize;
    while let Some(piece) = f.next(vm)? {
        values = values.saturating_add(match piece {
            Piece::Pad => 0,
            Piece::Text { .. } => 1,
            Piece::Items { count, .. } => count,
        });
    }
    Ok((f.place, values))
}

fn calcsize(vm: &mut Vm, format: Value) -> Outcome {
    let (size, _) = measure(vm, format)?;
    vm.new_int(size)
}

/// Where packed bytes go.
enum Target {
    New(StrBuf<Bytes>),
    Into(Buffer),
}

impl Target {
    fn bytes<'a>(&'a mut self, vm: &'a mut Vm, from: usize, len: usize) -> &'a mut [u8] {
        let all = match self {
            Target::New(buf) => buf.as_bytes_mut(),
            Target::Into(b) => b.bytes_mut(vm),
        };
        all.get_mut(from..).and_then(|rest| rest.get_mut(..len)).unwrap_or_default()
    }
}

/// Packs as many values as there are places for.
fn pack_values(vm: &mut Vm, format: Value, values: &[Value], to: &mut Target) -> Result<(), Raised> {
    let mut f = Format::new(vm, format)?;
    let mut values = values.iter().copied();
    let mut left = values.len();
    while left > 0 {
        match f.next(vm)? {
            None => break,
            Some(Piece::Pad) => {}
            Some(Piece::Text { from, len, counted }) => {
                let Some(v) = values.next() else { break };
                left -= 1;
                pack_text(vm, v, to, from, len, counted)?;
            }
            Some(Piece::Items { item, from, count }) => {
                for i in 0..count.min(left) {
                    let Some(v) = values.next() else { break };
                    left -= 1;
                    let bits = if item.code == b'O' { remember(vm, v)? } else { item.bits(vm, v, false)? };
                    let big = f.big;
                    item.store(to.bytes(vm, from + i * item.size, item.size), bits, big);
                }
            }
        }
    }
    Ok(())
}

fn pack_text(vm: &mut Vm, v: Value, to: &mut Target, from: usize, len: usize, counted: bool) -> Result<(), Raised> {
    let source = vm.need_buffer(v, false)?;
    let head = usize::from(counted && len > 0);
    let n = source.bytes(vm).len().min(len - head).min(if counted { 255 } else { len });
    to.bytes(vm, from, len).fill(0);
    if head == 1 {
        to.bytes(vm, from, 1).fill(n as u8);
    }
    match to {
        Target::New(buf) => {
            let room = buf.as_bytes_mut().get_mut(from + head..).unwrap_or_default();
            room.iter_mut().zip(source.bytes(vm)).take(n).for_each(|(t, b)| *t = *b);
        }
        Target::Into(b) => {
            let part = Buffer { start: b.start + from + head, len: n, ..*b };
            vm.copy_buffer(&part, &source);
        }
    }
    Ok(())
}

/// The list of objects outside the heap that `O` has packed.
fn remembered(vm: &mut Vm) -> Result<Ref<List>, Raised> {
    let dict = match vm.st.modules.values {
        Some(d) => d,
        None => {
            let d = vm.new_dict()?;
            vm.st.modules.values = Some(d);
            d
        }
    };
    if let Some(list) = dict.get_qstr(vm, q!(r#struct)).and_then(|v| v.downcast::<List>()) {
        return Ok(list);
    }
    let list = vm.new_list(&[])?;
    dict.set_qstr(vm, q!(r#struct), list.value())?;
    Ok(list)
}

fn remember(vm: &mut Vm, v: Value) -> Result<u64, Raised> {
    if vm.heap().owns(v) {
        return Ok(v.bits() as u64);
    }
    let list = remembered(vm)?;
    let known = (0..list.items.len()).find(|i| list.items.get(*i) == Some(v));
    if let Some(i) = known {
        list.items.remove(i);
    } else if list.items.len() >= REMEMBERED {
        list.items.remove(0);
    }
    list.items.push(vm, v)?;
    Ok(v.bits() as u64)
}

fn recall(vm: &mut Vm, bits: u64) -> Outcome {
    if let Some(v) = usize::try_from(bits).ok().and_then(|at| vm.heap().object_at(at)) {
        return Ok(v);
    }
    let list = remembered(vm)?;
    let found = (0..list.items.len()).rev().filter_map(|i| list.items.get(i)).find(|v| v.bits() as u64 == bits);
    match found {
        Some(v) => Ok(v),
        None => Err(vm.value_error("object is not known any more")),
    }
}

/// The text at an address, up to a NUL or its own end: Krait's texts have no NUL after them.
fn text_at(vm: &mut Vm, bits: u64) -> Outcome {
    let place = vm.place_at(usize::try_from(bits).unwrap_or(0));
    let mut text = StrBuf::new();
    if let Place::Object { owner, at } = place {
        let len = vm.buffer_of(owner).map_or(0, |b| b.len.saturating_sub(at));
        if let Some(b) = vm.place_buffer(place, len) {
            let len = b.bytes(vm).iter().position(|b| *b == 0).unwrap_or(len);
            text.push_repeat(vm, 0, len)?;
            let from = b.bytes(vm).iter();
            text.as_bytes_mut().iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        return vm.finish_str(text);
    }
    let byte = Item { code: b'B', size: 1 };
    loop {
        match vm.load_at(place.offset(text.len()), byte, false)? {
            0 => return vm.finish_str(text),
            c => text.push_repeat(vm, c as u8, 1)?,
        }
        vm.poll()?;
    }
}

fn pack(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let Some((format, values)) = args.pos.split_first() else { return Err(vm.wrong_count(1, 255, 0)) };
    let (size, _) = measure(vm, *format)?;
    let mut buf = StrBuf::new();
    buf.push_repeat(vm, 0, size)?;
    let mut to = Target::New(buf);
    pack_values(vm, *format, values, &mut to)?;
    match to {
        Target::New(buf) => vm.finish_bytes(buf),
        Target::Into(_) => Ok(Value::NONE),
    }
}

/// The part of a buffer from an offset on, which counts from the end if negative, if it has `size` bytes.
fn part(vm: &mut Vm, b: &Buffer, offset: isize, size: usize) -> Result<Buffer, Raised> {
    let len = b.bytes(vm).len();
    let from = match usize::try_from(offset) {
        Ok(from) => Some(from),
        Err(_) => len.checked_sub(offset.unsigned_abs()),
    };
    match from {
        Some(from) if from.checked_add(size).is_some_and(|end| end <= len) => {
            Ok(Buffer { start: b.start + from, len: len - from, ..*b })
        }
        _ => Err(too_small(vm)),
    }
}

/// `pack_into(format, buffer, offset, ...)`
fn pack_into(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (&[format, buffer, offset], values) = match args.pos.split_first_chunk::<3>() {
        Some(split) => split,
        None => return Err(vm.wrong_count(3, 255, args.pos.len())),
    };
    let (size, _) = measure(vm, format)?;
    let offset = vm.need_int(offset)?;
    let buffer = vm.need_buffer(buffer, true)?;
    let to = part(vm, &buffer, offset, size)?;
    pack_values(vm, format, values, &mut Target::Into(to))?;
    Ok(Value::NONE)
}

/// `unpack(format, buffer)`, `unpack_from(format, buffer, offset=0)`
fn unpack_from(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (format, buffer) = (args.get(0).unwrap_or(Value::NONE), args.get(1).unwrap_or(Value::NONE));
    let (size, values) = measure(vm, format)?;
    let offset = match args.get(2) {
        Some(v) => vm.need_int(v)?,
        None => 0,
    };
    let buffer = vm.need_buffer(buffer, false)?;
    let from = part(vm, &buffer, offset, size)?;
    if values > size.saturating_add(format_len(vm, format)) {
        return Err(vm.out_of_memory(OutOfMemory(values)));
    }
    let tuple = vm.new_tuple_of(values)?;
    let mut f = Format::new(vm, format)?;
    let mut at = 0;
    let mut put = |v: Value| {
        if let Some(cell) = tuple.tail_cells().get(at) {
            cell.set(v);
        }
        at += 1;
    };
    while let Some(piece) = f.next(vm)? {
        match piece {
            Piece::Pad => {}
            Piece::Text { from: place, len, counted } => put(unpack_text(vm, &from, place, len, counted)?),
            Piece::Items { item, from: place, count } => {
                for i in 0..count {
                    let mut bytes = [0; ITEM_MAX];
                    let place = place + i * item.size;
                    let source = from.bytes(vm).get(place..).unwrap_or_default();
                    bytes.iter_mut().zip(source).take(item.size).for_each(|(t, b)| *t = *b);
                    put(unpack_item(vm, item, item.load(&bytes, f.big))?);
                }
            }
        }
    }
    Ok(tuple.value())
}

/// No format has more values of no bytes than characters.
fn format_len(vm: &Vm, format: Value) -> usize {
    vm.as_str(format).map_or(0, |s| s.len())
}

fn unpack_item(vm: &mut Vm, item: Item, bits: u64) -> Outcome {
    match item.code {
        b'O' => recall(vm, bits),
        b'S' => text_at(vm, bits),
        _ => item.value(vm, bits),
    }
}

fn unpack_text(vm: &mut Vm, from: &Buffer, place: usize, len: usize, counted: bool) -> Outcome {
    let mut part = Buffer { start: from.start + place, len, ..*from };
    if counted {
        let n = usize::from(part.bytes(vm).first().copied().unwrap_or(0));
        let head = len.min(1);
        part = Buffer { start: part.start + head, len: n.min(len - head), ..part };
    }
    vm.new_bytes_from(&part)
}

module! {
    /// `struct`
    pub static STRUCT: q!(r#struct);
    q!(calcsize) => f1(calcsize),
    q!(pack) => var(1, 255, pack),
    q!(pack_into) => var(3, 255, pack_into),
    q!(unpack) => var(2, 3, unpack_from),
    q!(unpack_from) => var(2, 3, unpack_from)
}
