//! What all streams have in common: `read`, `readline`, `readinto`, `write` and the rest, over four primitives.
//!
//! Invariant: memory is taken as data arrives, never for a size that a program asks for. A primitive that would
//! block says `None`, and so does then the method, unless it has something to give already.

use krait_hal::SeekTo;
use krait_runtime::obj::bytes::Bytes;
use krait_runtime::obj::str_::StrBody;
use krait_runtime::ops::buffer::Buffer;
use krait_runtime::{Args, Maybe, Outcome, Raised, StrBuf, Value, Vm};

/// `EINVAL`, which streams answer to what they cannot do.
pub(crate) const EINVAL: i32 = 22;

/// The event that there is something to read, or the end.
pub const POLL_READ: usize = 1;
/// The event that there is room to write.
pub const POLL_WRITE: usize = 4;

/// How many bytes went through; `None`: none now, and it would block to wait.
pub type Got = Result<Option<usize>, Raised>;

/// A kind of stream.
pub trait Stream {
    /// Whether it gives `str`, and counts characters.
    const TEXT: bool;

    /// Reads up to `to.len()` bytes; 0 at the end.
    fn read(vm: &mut Vm, this: Value, to: &mut [u8]) -> Got;

    /// As [`Stream::read`] into an object's bytes.
    fn read_into(vm: &mut Vm, this: Value, to: Buffer) -> Got {
        let mut chunk = [0; 256];
        let n = to.len.min(chunk.len());
        let Some(part) = chunk.get_mut(..n) else { return Ok(Some(0)) };
        let got = Self::read(vm, this, part)?;
        if let Some(n) = got {
            for (to, from) in to.bytes_mut(vm).iter_mut().zip(chunk.iter().take(n)) {
                *to = *from;
            }
        }
        Ok(got)
    }

    /// Puts back the last `n` bytes that were read; false if it cannot.
    fn unread(vm: &mut Vm, this: Value, n: usize) -> bool {
        let _ = (vm, this, n);
        false
    }

    /// Whether [`Stream::unread`] works.
    fn can_unread(this: Value) -> bool {
        let _ = this;
        false
    }

    /// Writes some of the bytes.
    fn write(vm: &mut Vm, this: Value, from: Buffer) -> Got;

    /// Moves to another place and returns it.
    fn seek(vm: &mut Vm, this: Value, to: SeekTo) -> Result<u64, Raised> {
        let _ = (this, to);
        Err(vm.os_error(EINVAL))
    }

    /// Writes out what is buffered.
    fn flush(vm: &mut Vm, this: Value) -> Result<(), Raised> {
        let _ = (vm, this);
        Ok(())
    }

    /// Closes it; closing twice is no error.
    fn close(vm: &mut Vm, this: Value) -> Result<(), Raised> {
        let _ = (vm, this);
        Ok(())
    }
}

/// What was read, as the stream's kind of string. It is built as bytes of a `str`, which are checked at its end.
enum Text {
    Str(StrBuf<StrBody>),
    Bytes(StrBuf<Bytes>),
}

impl Text {
    fn new(text: bool) -> Text {
        if text { Text::Str(StrBuf::new()) } else { Text::Bytes(StrBuf::new()) }
    }

    fn len(&self) -> usize {
        match self {
            Text::Str(b) => b.len(),
            Text::Bytes(b) => b.len(),
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Text::Str(b) => b.as_bytes(),
            Text::Bytes(b) => b.as_bytes(),
        }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Text::Str(b) => b.as_bytes_mut(),
            Text::Bytes(b) => b.as_bytes_mut(),
        }
    }

    fn extend(&mut self, vm: &mut Vm, n: usize) -> Result<(), Raised> {
        match self {
            Text::Str(b) => b.push_repeat(vm, 0, n),
            Text::Bytes(b) => b.push_repeat(vm, 0, n),
        }
    }

    fn truncate(&mut self, n: usize) {
        match self {
            Text::Str(b) => b.truncate(n),
            Text::Bytes(b) => b.truncate(n),
        }
    }

    fn finish(self, vm: &mut Vm) -> Outcome {
        match self {
            Text::Str(b) => vm.finish_str(b),
            Text::Bytes(b) => vm.finish_bytes(b),
        }
    }

    /// Reads up to `n` bytes more; false at the end of what there is now.
    fn fill<S: Stream>(&mut self, vm: &mut Vm, this: Value, n: usize) -> Result<Step, Raised> {
        let at = self.len();
        self.extend(vm, n)?;
        let got = match self.bytes_mut().get_mut(at..) {
            Some(to) => S::read(vm, this, to),
            None => Ok(Some(0)),
        };
        match got {
            Ok(got) => {
                self.truncate(at + got.unwrap_or(0).min(n));
                Ok(match got {
                    None => Step::Blocked,
                    Some(0) => Step::End,
                    Some(_) => Step::More,
                })
            }
            Err(r) => {
                self.truncate(at);
                Err(r)
            }
        }
    }
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Step {
    More,
    End,
    Blocked,
}

/// Bytes to ask for, when `have` are there: doubling, so that neither memory nor calls run away.
fn step(have: usize, want: usize) -> usize {
    want.min(have.max(256))
}

fn done(vm: &mut Vm, text: Text, last: Step) -> Outcome {
    if last == Step::Blocked && text.len() == 0 {
        return Ok(Value::NONE);
    }
    text.finish(vm)
}

/// The size argument: `None` for all there is.
fn size_arg(vm: &mut Vm, args: &Args<'_>, at: usize) -> Result<Option<usize>, Raised> {
    match args.get(at) {
        None => Ok(None),
        Some(v) if v.is_none() => Ok(None),
        Some(v) => Ok(usize::try_from(vm.need_int(v)?).ok()),
    }
}

fn this(args: &Args<'_>) -> Value {
    args.get(0).unwrap_or(Value::NONE)
}

/// `read([size])`
pub fn read<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let size = size_arg(vm, args, 1)?;
    let mut text = Text::new(S::TEXT);
    let Some(size) = size else { return read_all::<S>(vm, this(args), text) };
    let mut last = Step::More;
    let mut want = size;
    while want > 0 && last == Step::More {
        vm.poll()?;
        let n = step(text.len(), want);
        last = text.fill::<S>(vm, this(args), n)?;
        // Characters still missing, plus the bytes that a cut one at the end lacks.
        want = if S::TEXT { missing(text.bytes(), size) } else { size - text.len() };
    }
    done(vm, text, last)
}

/// How many bytes `size` characters still need at least.
fn missing(bytes: &[u8], size: usize) -> usize {
    let starts = bytes.iter().filter(|b| **b & 0xc0 != 0x80).count();
    let tail = bytes.iter().rev().take(3).position(|b| *b & 0xc0 != 0x80).and_then(|back| {
        let lead = *bytes.get(bytes.len() - 1 - back)?;
        let len = match lead {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        Some(usize::saturating_sub(len, back + 1))
    });
    size.saturating_sub(starts) + tail.unwrap_or(0)
}

fn read_all<S: Stream>(vm: &mut Vm, this: Value, mut text: Text) -> Outcome {
    let mut last = Step::More;
    while last == Step::More {
        vm.poll()?;
        let n = step(text.len(), usize::MAX);
        last = text.fill::<S>(vm, this, n)?;
    }
    done(vm, text, last)
}

/// `readline([size])`
pub fn readline<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let size = size_arg(vm, args, 1)?.unwrap_or(usize::MAX);
    line::<S>(vm, this(args), size)
}

fn line<S: Stream>(vm: &mut Vm, this: Value, size: usize) -> Outcome {
    let mut text = Text::new(S::TEXT);
    let mut last = Step::More;
    let chunk = if S::can_unread(this) { 128 } else { 1 };
    while text.len() < size && last == Step::More {
        vm.poll()?;
        let at = text.len();
        last = text.fill::<S>(vm, this, chunk.min(size - at))?;
        let new = text.bytes().get(at..).unwrap_or(&[]);
        if let Some(end) = new.iter().position(|b| *b == b'\n') {
            let surplus = new.len() - end - 1;
            if surplus > 0 && S::unread(vm, this, surplus) {
                text.truncate(at + end + 1);
            }
            break;
        }
    }
    done(vm, text, last)
}

/// `readlines()`
pub fn readlines<S: Stream>(vm: &mut Vm, this: Value) -> Outcome {
    let list = vm.new_list(&[])?;
    while let Some(l) = next::<S>(vm, this)? {
        list.items.push(vm, l)?;
    }
    Ok(list.value())
}

/// The slot `next`: a line.
pub fn next<S: Stream>(vm: &mut Vm, this: Value) -> Maybe {
    let l = line::<S>(vm, this, usize::MAX)?;
    Ok(if vm.truth(l)? { Some(l) } else { None })
}

/// `readinto(buf[, size])`
pub fn readinto<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let mut to = vm.need_buffer(args.get(1).unwrap_or(Value::NONE), true)?;
    if let Some(n) = size_arg(vm, args, 2)? {
        to.len = to.len.min(n);
    }
    let mut total = 0;
    while to.len > 0 {
        vm.poll()?;
        match S::read_into(vm, this(args), to)? {
            None if total == 0 => return Ok(Value::NONE),
            None | Some(0) => break,
            Some(n) => {
                let n = n.min(to.len);
                total += n;
                to.start += n;
                to.len -= n;
            }
        }
    }
    Ok(Value::small_int(total as isize))
}

/// `write(buf[, [offset,] size])`
pub fn write<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let mut from = vm.need_buffer(args.get(1).unwrap_or(Value::NONE), false)?;
    let (offset, size) = if args.pos.len() > 3 {
        (size_arg(vm, args, 2)?.unwrap_or(usize::MAX), size_arg(vm, args, 3)?)
    } else {
        (0, size_arg(vm, args, 2)?)
    };
    let offset = offset.min(from.len);
    from.start += offset;
    from.len = (from.len - offset).min(size.unwrap_or(usize::MAX));
    write_all::<S>(vm, this(args), from)
}

fn write_all<S: Stream>(vm: &mut Vm, this: Value, mut from: Buffer) -> Outcome {
    let mut total = 0;
    loop {
        let n = match S::write(vm, this, from)? {
            None if total == 0 && from.len > 0 => return Ok(Value::NONE),
            None | Some(0) => break,
            Some(n) => n.min(from.len),
        };
        total += n;
        from.start += n;
        from.len -= n;
        if from.len == 0 {
            break;
        }
        vm.poll()?;
    }
    Ok(Value::small_int(total as isize))
}

/// `seek(offset[, whence])`
pub fn seek<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let offset = vm.need_int(args.get(1).unwrap_or(Value::NONE))?;
    let whence = match args.get(2) {
        Some(w) => vm.need_int(w)?,
        None => 0,
    };
    let to = match (whence, u64::try_from(offset)) {
        (0, Ok(n)) => SeekTo::Start(n),
        (1, _) => SeekTo::Current(offset as i64),
        (2, _) => SeekTo::End(offset as i64),
        _ => return Err(vm.os_error(EINVAL)),
    };
    let at = S::seek(vm, this(args), to)?;
    vm.new_int(at)
}

/// `tell()`
pub fn tell<S: Stream>(vm: &mut Vm, this: Value) -> Outcome {
    let at = S::seek(vm, this, SeekTo::Current(0))?;
    vm.new_int(at)
}

/// `flush()`
pub fn flush<S: Stream>(vm: &mut Vm, this: Value) -> Outcome {
    S::flush(vm, this).map(|()| Value::NONE)
}

/// `close()`
pub fn close<S: Stream>(vm: &mut Vm, this: Value) -> Outcome {
    S::close(vm, this).map(|()| Value::NONE)
}

/// `__enter__()`
pub fn enter(_: &mut Vm, this: Value) -> Outcome {
    Ok(this)
}

/// `__exit__(type, value, traceback)`
pub fn exit<S: Stream>(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    S::close(vm, this(args)).map(|()| Value::NONE)
}
