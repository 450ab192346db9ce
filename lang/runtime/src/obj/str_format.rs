//! `str.format`, which f-strings are compiled to as well.

use krait_strfmt::{Conversion, Error, Field, FieldName, FieldPiece, Fields, Numbering, Spec, Step, Steps};

use crate::obj::bytearray::ByteArray;
use crate::obj::bytes::Bytes;
use crate::obj::exception;
use crate::obj::str_spec::{self, Buf};
use crate::obj::str_text::Text;
use crate::{Args, Out, Outcome, PrintKind, Raised, Value, Vm};

/// `template.format(*args, **kwargs)`
pub(super) fn format(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let this = args.get(0).unwrap_or(Value::NONE);
    let mut t = Text::this(vm, this)?;
    let array = match t {
        Text::Array(a) => Some(a),
        Text::View(b) => Some(vm.new_bytearray_from(&b)?),
        _ => None,
    };
    if let Some(a) = array {
        // Formatting may run Python code that changes it.
        let copy = vm.copy_of_array(a)?;
        t = Text::Bytes(copy);
    }
    let mut numbering = Numbering::default();
    let mut buf = Buf::new();
    let is_str = t.is_str();
    match &t {
        Text::Str(s, _) => run(vm, &mut buf, s.as_bytes(), args, &mut numbering)?,
        Text::Bytes(b) => run(vm, &mut buf, b.tail(), args, &mut numbering)?,
        Text::Array(_) | Text::View(_) => {}
    }
    if array.is_some() {
        let r = vm.new_bytearray(buf.as_bytes())?;
        buf.discard(vm);
        return Ok(r);
    }
    str_spec::finish(vm, buf, !is_str)
}

impl Vm {
    /// A bytes object with a bytearray's bytes.
    pub(super) fn copy_of_array(&mut self, a: crate::Ref<ByteArray>) -> Result<crate::Ref<Bytes>, Raised> {
        let buffer = crate::ops::buffer::Buffer {
            typecode: b'B',
            item: 1,
            start: 0,
            len: a.bytes.len(),
            owner: a.value(),
            writable: false,
        };
        let copy = self.new_bytes_from(&buffer)?;
        match copy.downcast::<Bytes>() {
            Some(b) => Ok(b),
            None => Err(self.bad_conversion(copy)),
        }
    }
}

/// Formats a template, or a spec that holds fields.
fn run(vm: &mut Vm, buf: &mut Buf, template: &[u8], args: &Args<'_>, numbering: &mut Numbering) -> Result<(), Raised> {
    for piece in Fields::new(template) {
        match piece {
            Ok(FieldPiece::Literal(text)) => buf.push_bytes(vm, text)?,
            Ok(FieldPiece::Field(field)) => {
                let v = argument(vm, &field, args, numbering)?;
                write_field(vm, buf, &field, v, args, numbering)?;
            }
            Err(e) => return Err(str_spec::raise(vm, e, Value::NONE)),
        }
    }
    Ok(())
}

/// The value that a field names.
fn argument(vm: &mut Vm, field: &Field<'_>, args: &Args<'_>, numbering: &mut Numbering) -> Outcome {
    let found = match FieldName::parse(field.name) {
        Ok(FieldName::Automatic) => numbering.automatic().and_then(|i| positional(args, i)).map(|v| (v, None)),
        Ok(FieldName::Index(i, steps)) => {
            numbering.manual().and_then(|()| positional(args, i)).map(|v| (v, Some(steps)))
        }
        Ok(FieldName::Key(key, steps)) => {
            let pair = args
                .kw
                .chunks_exact(2)
                .find(|pair| pair.first().and_then(|k| vm.as_str(*k)).is_some_and(|k| k.as_bytes() == key));
            match pair {
                Some([_, v]) => Ok((*v, Some(steps))),
                _ => {
                    let key = key_value(vm, key)?;
                    return Err(vm.raise_args(&exception::KEY_ERROR, &[key]));
                }
            }
        }
        Err(e) => Err(e),
    };
    match found {
        Ok((v, Some(steps))) => walk(vm, v, steps),
        Ok((v, None)) => Ok(v),
        Err(e) => Err(str_spec::raise(vm, e, Value::NONE)),
    }
}

fn positional(args: &Args<'_>, i: usize) -> Result<Value, Error> {
    i.checked_add(1).and_then(|i| args.get(i)).ok_or(Error::ArgumentMissing)
}

fn key_value(vm: &mut Vm, key: &[u8]) -> Outcome {
    match core::str::from_utf8(key) {
        Ok(s) => vm.new_str(s),
        Err(_) => Err(vm.unicode_error()),
    }
}

/// Looks up what stands behind a field's name: `.name`, `[3]`, `[key]`.
fn walk(vm: &mut Vm, mut v: Value, steps: Steps<'_>) -> Outcome {
    for step in steps {
        v = match step {
            Ok(Step::Attribute(name)) => {
                let name = key_value(vm, name)?;
                let name = vm.need_qstr(name)?;
                vm.get_attr(v, name)?
            }
            Ok(Step::Index(i)) => vm.subscr(v, Value::small_int(i as isize))?,
            Ok(Step::Key(key)) => {
                let key = key_value(vm, key)?;
                vm.subscr(v, key)?
            }
            Err(e) => return Err(str_spec::raise(vm, e, v)),
        };
    }
    Ok(v)
}

fn write_field(
    vm: &mut Vm,
    buf: &mut Buf,
    field: &Field<'_>,
    v: Value,
    args: &Args<'_>,
    numbering: &mut Numbering,
) -> Result<(), Raised> {
    let kind = if field.conversion == Some(Conversion::Repr) { PrintKind::Repr } else { PrintKind::Str };
    let Some(spec_text) = field.spec else {
        return vm.print_value(v, &mut Out::Text(buf), kind);
    };
    let v = match field.conversion {
        None => v,
        Some(Conversion::Str) => vm.str_of(v)?,
        Some(Conversion::Repr) => vm.repr_of(v)?,
    };
    let spec = if field.is_nested() {
        vm.check_stack()?;
        let mut text = Buf::new();
        run(vm, &mut text, spec_text, args, numbering)?;
        let spec = parse(vm, text.as_bytes(), v);
        text.discard(vm);
        spec?
    } else {
        parse(vm, spec_text, v)?
    };
    str_spec::write_value(vm, buf, &spec, v)
}

fn parse(vm: &mut Vm, text: &[u8], v: Value) -> Result<Spec, Raised> {
    let Ok(text) = core::str::from_utf8(text) else { return Err(vm.unicode_error()) };
    Spec::parse(text).map_err(|e| str_spec::raise(vm, e, v))
}
