//! `json`: values as text and back. The reader is in `json_read.rs`, the writer in `json_write.rs`.

use krait_runtime::obj::bytes::Bytes;
use krait_runtime::{Args, Outcome, Param, Raised, Str, Value, Vm, module, q};

use crate::json_read::read;
use crate::json_source::{Slice, Stream};
use crate::json_write::Writer;

module! {
    /// `json`
    pub static JSON: q!(json);
    q!(dump) => kw(2, dump),
    q!(dumps) => kw(1, dumps),
    q!(load) => f1(load),
    q!(loads) => f1(loads),
}

/// The separators: between items, and after a key.
fn separators(vm: &mut Vm, v: Value) -> Result<(Str, Str), Raised> {
    if v.is_none() {
        return Ok((Str::from_static(", "), Str::from_static(": ")));
    }
    if vm.as_str(v).is_some() || vm.as_dict(v).is_some() {
        return Err(vm.type_error(format_args!("separators must be a tuple or list")));
    }
    let pair = vm.tuple_from(v)?;
    match *pair.tail() {
        [item, key] => Ok((vm.need_str(item)?, vm.need_str(key)?)),
        _ => Err(vm.value_error("two separators needed")),
    }
}

/// `dumps(obj, *, separators=None)`
fn dumps(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let [obj, sep] = args.bind(vm, &[Param::required(q!(obj)), Param::kw(q!(separators), Value::NONE)])?;
    let mut w = Writer::new(None, separators(vm, sep)?);
    w.value(vm, obj)?;
    w.finish(vm)
}

/// `dump(obj, stream, *, separators=None)`
fn dump(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let params = [Param::required(q!(obj)), Param::required(q!(stream)), Param::kw(q!(separators), Value::NONE)];
    let [obj, stream, sep] = args.bind(vm, &params)?;
    let separators = separators(vm, sep)?;
    // What is no stream is an error even if nothing were written.
    vm.get_attr(stream, q!(write))?;
    let mut w = Writer::new(Some(stream), separators);
    w.value(vm, obj)?;
    w.finish(vm)
}

/// `loads(text)`: a `str`, or anything with bytes.
fn loads(vm: &mut Vm, text: Value) -> Outcome {
    if let Some(s) = vm.as_str(text) {
        return read(vm, &mut Slice::new(s.as_bytes()));
    }
    if let Some(b) = vm.cast::<Bytes>(text) {
        return read(vm, &mut Slice::new(b.tail()));
    }
    // What can change is copied.
    let buffer = vm.need_buffer(text, false)?;
    let copy = vm.new_bytes_from(&buffer)?;
    match copy.downcast::<Bytes>() {
        Some(b) => read(vm, &mut Slice::new(b.tail())),
        None => Ok(Value::NONE),
    }
}

/// `load(stream)`: reads the stream to its end.
fn load(vm: &mut Vm, stream: Value) -> Outcome {
    let mut source = Stream::new(vm, stream)?;
    read(vm, &mut source)
}
