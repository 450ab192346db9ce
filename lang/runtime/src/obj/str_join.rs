//! `sep.join(items)`: the pieces are measured, then copied once.

use crate::obj::bytes::Bytes;
use crate::obj::list::List;
use crate::obj::str_build::TextBuf;
use crate::obj::str_text::Text;
use crate::obj::tuple::Tuple;
use crate::{Outcome, Raised, Ref, StrBuf, Value, Vm};

/// Items that no Python code can reach while they are joined.
enum Items {
    List(Ref<List>),
    Tuple(Ref<Tuple>),
}

impl Items {
    #[inline]
    fn get(&self, i: usize) -> Option<Value> {
        match self {
            Items::List(l) => l.items.get(i),
            Items::Tuple(t) => t.tail().get(i).copied(),
        }
    }
}

/// `sep.join(items)`
pub(super) fn join(vm: &mut Vm, this: Value, items: Value) -> Outcome {
    let sep = Text::this(vm, this)?;
    let items = if let Some(list) = items.downcast::<List>() {
        Items::List(list)
    } else if let Some(tuple) = items.downcast::<Tuple>() {
        Items::Tuple(tuple)
    } else {
        let list = vm.new_list(&[])?;
        vm.extend_from_iter(&list.items, items)?;
        Items::List(list)
    };
    // From here on no Python code runs, so the second pass finds what the first has found.
    let sep_len = sep.len(vm);
    let mut total = 0usize;
    let mut n = 0;
    while let Some(v) = items.get(n) {
        let piece = piece(vm, sep, v)?;
        let gap = if n > 0 { sep_len } else { 0 };
        total = total.saturating_add(gap).saturating_add(piece.len(vm));
        n += 1;
    }
    vm.check_text_len(total)?;
    if n == 1
        && !sep.is_mutable()
        && let Some(v) = items.get(0)
        && Text::of(vm, v).is_some_and(|t| !t.is_mutable())
    {
        return Ok(vm.native_part(v));
    }
    if let Text::Str(sep, _) = sep {
        let mut buf = TextBuf::new();
        buf.reserve(vm, total)?;
        for i in 0..n {
            if i > 0 {
                buf.push(vm, &sep)?;
            }
            if let Some(s) = items.get(i).and_then(|v| vm.as_str(v)) {
                buf.push(vm, &s)?;
            }
        }
        return buf.finish(vm);
    }
    let mut buf: StrBuf<Bytes> = StrBuf::new();
    buf.reserve(vm, total)?;
    for i in 0..n {
        if i > 0 {
            push(vm, &mut buf, sep)?;
        }
        if let Some(t) = items.get(i).and_then(|v| Text::of(vm, v)) {
            push(vm, &mut buf, t)?;
        }
    }
    if sep.is_mutable() {
        let r = vm.new_bytearray(buf.as_bytes())?;
        buf.discard(vm);
        return Ok(r);
    }
    vm.finish_bytes(buf)
}

fn piece(vm: &mut Vm, sep: Text, v: Value) -> Result<Text, Raised> {
    match Text::of(vm, v) {
        Some(t) if t.is_str() == sep.is_str() => Ok(t),
        _ => Err(vm.type_error(format_args!("join expects a list of str/bytes objects consistent with self object"))),
    }
}

fn push(vm: &mut Vm, buf: &mut StrBuf<Bytes>, t: Text) -> Result<(), Raised> {
    match t {
        Text::Str(s, _) => buf.push_bytes(vm, s.as_bytes()),
        Text::Bytes(b) => buf.push_bytes(vm, b.tail()),
        Text::Array(a) => {
            let from = crate::ops::buffer::Buffer {
                typecode: b'B',
                item: 1,
                start: 0,
                len: a.bytes.len(),
                owner: a.value(),
                writable: false,
            };
            vm.push_buffer(buf, &from)
        }
        Text::View(b) => vm.push_buffer(buf, &b),
    }
}
