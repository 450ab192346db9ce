//! `template % args`, for `str` and `bytes`.

use krait_strfmt::{Align, Amount, Directive, Error, Padding, Percent, PercentKind, PercentPiece, Spec};
use krait_strfmt::{write_char, write_float, write_text};

use crate::obj::bytes::Bytes;
use crate::obj::dict::Dict;
use crate::obj::float::as_float;
use crate::obj::float_ops::to_int;
use crate::obj::str_spec::{self, Buf, is_integer};
use crate::obj::str_text::Text;
use crate::obj::tuple::Tuple;
use crate::{Out, Outcome, PrintKind, Raised, Ref, Value, Vm};

/// What stands right of the `%`.
struct Arguments {
    /// The value itself: the only argument, unless it is a tuple.
    one: Value,
    tuple: Option<Ref<Tuple>>,
    dict: Option<Ref<Dict>>,
    used: usize,
}

impl Arguments {
    fn len(&self) -> usize {
        self.tuple.as_ref().map_or(1, |t| t.tail().len())
    }

    fn next(&mut self, vm: &mut Vm) -> Outcome {
        let v = match &self.tuple {
            Some(t) => t.tail().get(self.used).copied(),
            None => (self.used == 0).then_some(self.one),
        };
        self.used += 1;
        v.ok_or(Error::NotEnough).map_err(|e| str_spec::raise(vm, e, Value::NONE))
    }

    /// The argument that a key names; the dictionary then counts as used.
    fn by_key(&mut self, vm: &mut Vm, key: &[u8]) -> Outcome {
        let Some(dict) = self.dict else { return Err(str_spec::raise(vm, Error::NeedsDict, Value::NONE)) };
        self.used = 1;
        let Ok(key) = core::str::from_utf8(key) else { return Err(vm.unicode_error()) };
        let key = vm.new_str(key)?;
        match vm.dict_get(dict, key)? {
            Some(v) => Ok(v),
            None => Err(vm.key_error(key)),
        }
    }
}

/// `template % args`
pub(super) fn percent(vm: &mut Vm, template: Value, args: Value) -> Outcome {
    let t = Text::this(vm, template)?;
    let mut args = Arguments { one: args, tuple: vm.cast::<Tuple>(args), dict: vm.cast::<Dict>(args), used: 0 };
    let mut buf = Buf::new();
    let bytes = !t.is_str();
    match &t {
        Text::Str(s, _) => run(vm, &mut buf, s.as_bytes(), false, &mut args)?,
        Text::Bytes(b) => run(vm, &mut buf, b.tail(), true, &mut args)?,
        Text::Array(_) | Text::View(_) => return Err(vm.bad_conversion(template)),
    }
    // A dictionary is used up even if no key of it was.
    if args.dict.is_none() && args.used < args.len() {
        return Err(str_spec::raise(vm, Error::NotAllUsed, Value::NONE));
    }
    str_spec::finish(vm, buf, bytes)
}

fn run(vm: &mut Vm, buf: &mut Buf, template: &[u8], bytes: bool, args: &mut Arguments) -> Result<(), Raised> {
    for piece in Percent::new(template) {
        let d = match piece {
            Ok(PercentPiece::Literal(text)) => {
                buf.push_bytes(vm, text)?;
                continue;
            }
            Ok(PercentPiece::Directive(d)) => d,
            // An absent dictionary counts more than a key without an end.
            Err(Error::IncompleteKey) if args.dict.is_none() => {
                return Err(str_spec::raise(vm, Error::NeedsDict, Value::NONE));
            }
            Err(e) => return Err(str_spec::raise(vm, e, Value::NONE)),
        };
        let keyed = match d.key {
            Some(key) => Some(args.by_key(vm, key)?),
            None => None,
        };
        let width = amount(vm, d.width, args)?;
        let precision = amount(vm, d.precision, args)?;
        let v = match keyed {
            Some(v) => v,
            None => args.next(vm)?,
        };
        let (kind, spec) = match d.kind().and_then(|kind| Ok((kind, d.spec(width, precision)?))) {
            Ok(both) => both,
            Err(e) => return Err(str_spec::raise(vm, e, v)),
        };
        write(vm, buf, &d, kind, &spec, v, bytes)?;
    }
    Ok(())
}

/// The argument of a `*`.
fn amount(vm: &mut Vm, amount: Option<Amount>, args: &mut Arguments) -> Result<Option<i64>, Raised> {
    match amount {
        Some(Amount::Argument) => {
            let v = args.next(vm)?;
            vm.need_int(v).map(|n| Some(n as i64))
        }
        _ => Ok(None),
    }
}

fn write(
    vm: &mut Vm,
    buf: &mut Buf,
    d: &Directive<'_>,
    kind: PercentKind,
    spec: &Spec,
    v: Value,
    bytes: bool,
) -> Result<(), Raised> {
    buf.reserve(vm, spec.width as usize)?;
    match kind {
        PercentKind::Integer => {
            let native = vm.native_part(v);
            let v = match as_float(native) {
                _ if is_integer(native) => native,
                Some(x) if d.truncates_floats() => to_int(vm, x)?,
                Some(_) => return Err(vm.type_error(format_args!("can't convert float to int"))),
                None => {
                    let i = vm.need_int(v)?;
                    vm.new_int(i)?
                }
            };
            str_spec::write_integer(vm, buf, spec, v)
        }
        PercentKind::Float => {
            let x = str_spec::to_float(vm, v)?;
            buf.reserve(vm, spec.precision.unwrap_or(0) as usize)?;
            str_spec::write_to(vm, buf, v, |w| write_float(w, spec, x))
        }
        PercentKind::Char => write_one(vm, buf, spec, v, bytes),
        PercentKind::Str | PercentKind::Repr => {
            if kind == PercentKind::Str
                && bytes
                && let Some(b) = vm.cast::<Bytes>(v)
            {
                return write_raw(vm, buf, spec, b.tail(), Align::Left);
            }
            let print = if kind == PercentKind::Repr { PrintKind::Repr } else { PrintKind::Str };
            if spec.width == 0 && spec.precision.is_none() {
                return vm.print_value(v, &mut Out::Text(buf), print);
            }
            let text = if kind == PercentKind::Repr { vm.repr_of(v)? } else { vm.str_of(v)? };
            let text = vm.need_str(text)?;
            str_spec::write_to(vm, buf, v, |w| write_text(w, spec, &text))
        }
    }
}

/// `%c`: a character, or the number of one; of bytes, a byte.
fn write_one(vm: &mut Vm, buf: &mut Buf, spec: &Spec, v: Value, bytes: bool) -> Result<(), Raised> {
    if let Some(s) = vm.as_str(v) {
        let mut chars = s.chars();
        return match (chars.next(), chars.next()) {
            (Some(c), None) => str_spec::write_to(vm, buf, v, |w| write_char(w, spec, c)),
            _ => Err(str_spec::raise(vm, Error::CharNeeded, v)),
        };
    }
    if bytes && let Some(b) = vm.cast::<Bytes>(v) {
        return match b.tail() {
            [_] => write_raw(vm, buf, spec, b.tail(), Align::Right),
            _ => Err(str_spec::raise(vm, Error::CharNeeded, v)),
        };
    }
    let native = vm.native_part(v);
    if !is_integer(native) {
        return Err(str_spec::raise(vm, Error::IntegerNeeded, v));
    }
    let i = vm.need_int(native)?;
    if bytes {
        return write_raw(vm, buf, spec, &[i as u8], Align::Right);
    }
    let c = str_spec::character(vm, i)?;
    str_spec::write_to(vm, buf, v, |w| write_char(w, spec, c))
}

/// Writes bytes that need not be UTF-8: cut to the precision, padded to the width.
fn write_raw(vm: &mut Vm, buf: &mut Buf, spec: &Spec, bytes: &[u8], default: Align) -> Result<(), Raised> {
    let n = spec.precision.map_or(bytes.len(), |n| bytes.len().min(n as usize));
    let pad = Padding::of(spec, n, default);
    buf.push_repeat(vm, b' ', pad.before)?;
    buf.push_bytes(vm, bytes.get(..n).unwrap_or_default())?;
    buf.push_repeat(vm, b' ', pad.behind)
}
