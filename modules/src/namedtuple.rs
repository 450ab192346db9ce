//! `collections.namedtuple`: makes classes of tuples whose items have names.
//!
//! Such a class inherits from `tuple` and has `_fields`; `tuple` itself finds the fields by it. What stands here is
//! the making of the class, and its few methods.

use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::exception::ATTRIBUTE_ERROR;
use krait_runtime::obj::ordered_dict::OrderedDict;
use krait_runtime::obj::property::Property;
use krait_runtime::obj::tuple::{TUPLE, Tuple, field_index};
use krait_runtime::obj::type_::OBJECT;
use krait_runtime::{
    Args, NewObject, Out, Outcome, PrintKind, Qstr, Raised, Ref, StrBuf, Type, Value, Vm, q, rom_value,
};

/// `namedtuple(name, fields)`; `fields` is a string of names, or names.
pub(crate) fn namedtuple(vm: &mut Vm, name: Value, fields: Value) -> Outcome {
    let name = vm.need_qstr(name)?;
    let fields = field_names(vm, fields)?;
    let dict = vm.new_dict()?;
    dict.set_qstr(vm, q!(_fields), fields.value())?;
    dict.set_qstr(vm, q!(__new__), rom_value!(kw(1, new)))?;
    dict.set_qstr(vm, q!(__init__), rom_value!(kw(0, init)))?;
    dict.set_qstr(vm, q!(__setattr__), rom_value!(f3(set_attr)))?;
    dict.set_qstr(vm, q!(__delattr__), rom_value!(f2(del_attr)))?;
    // Natives in a class are not bound to instances; these properties give them bound.
    add_property(vm, dict, q!(__repr__), rom_value!(f1(bound_repr)))?;
    add_property(vm, dict, q!(_asdict), rom_value!(f1(bound_as_dict)))?;
    // The names that tuple's methods have would hide the fields.
    for (clash, get) in [(q!(count), rom_value!(f1(get_count))), (q!(index), rom_value!(f1(get_index)))] {
        if fields.tail().contains(&Value::qstr(clash)) {
            add_property(vm, dict, clash, get)?;
        }
    }
    let bases = vm.new_tuple(&[Ref::of_static(&TUPLE).value()])?;
    let class = vm.new_class(name, bases.value(), dict.value())?;
    class.flags.set(class.flags.get() | krait_runtime::TypeFlags::NATIVE_METHODS);
    Ok(class.value())
}

fn add_property(vm: &mut Vm, dict: Ref<Dict>, name: Qstr, get: Value) -> Result<(), Raised> {
    let property = vm.new_object(Property { get, set: Value::NONE, del: Value::NONE })?;
    dict.set_qstr(vm, name, property.value())
}

fn bound_repr(vm: &mut Vm, this: Value) -> Outcome {
    vm.bind_method(rom_value!(f1(repr)), this)
}

fn bound_as_dict(vm: &mut Vm, this: Value) -> Outcome {
    vm.bind_method(rom_value!(f1(as_dict)), this)
}

/// The names as a tuple of interned strings.
fn field_names(vm: &mut Vm, fields: Value) -> Result<Ref<Tuple>, Raised> {
    let names = vm.new_list(&[])?;
    if let Some(text) = vm.as_str(fields) {
        for word in text.split([' ', ',', '\t', '\n']).filter(|w| !w.is_empty()) {
            let word = vm.intern(word)?;
            names.items.push(vm, Value::qstr(word))?;
        }
    } else {
        vm.each(fields, |vm, field| {
            let field = vm.need_qstr(field)?;
            names.items.push(vm, Value::qstr(field))
        })?;
    }
    vm.tuple_from(names.value())
}

/// The fields of a class of named tuples or one that inherits from it.
fn fields_of(vm: &mut Vm, ty: Ref<Type>) -> Result<Ref<Tuple>, Raised> {
    match vm.class_lookup(ty, q!(_fields)).and_then(|(v, _)| v.downcast::<Tuple>()) {
        Some(fields) => Ok(fields),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

/// `__new__(cls, ...)`: values by position and by name.
fn new(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let class = args.get(0).unwrap_or(Value::NONE);
    let Some(ty) = vm.as_type(class) else {
        return Err(vm.type_error(format_args!("argument has wrong type")));
    };
    let fields = fields_of(vm, ty)?;
    let (fields, given) = (fields.tail(), args.skip_first());
    let count = given.pos.len() + given.kw.len() / 2;
    if count != fields.len() {
        let name = vm.qstr_text(ty.name);
        return Err(vm.type_error(format_args!(
            "{}() takes {} positional arguments but {count} were given",
            name.as_str(),
            fields.len()
        )));
    }
    let items = vm.new_tuple_of(fields.len())?;
    let cells = items.tail_cells();
    for (cell, v) in cells.iter().zip(given.pos) {
        cell.set(*v);
    }
    for (n, pair) in given.kw.chunks_exact(2).enumerate() {
        let [name, v] = *pair else { continue };
        let place = fields.iter().position(|f| *f == name);
        let earlier = given.kw.chunks_exact(2).take(n).any(|p| p.first() == Some(&name));
        let text = vm.need_str(name)?;
        match place.and_then(|i| cells.get(i).map(|c| (i, c))) {
            None => return Err(vm.type_error(format_args!("unexpected keyword argument '{}'", text.as_str()))),
            Some((i, _)) if i < given.pos.len() || earlier => {
                return Err(
                    vm.type_error(format_args!("function got multiple values for argument '{}'", text.as_str()))
                );
            }
            Some((_, cell)) => cell.set(v),
        }
    }
    let made = vm.call_method(Ref::of_static(&OBJECT).value(), q!(__new__), &[class])?;
    if let Some(inst) = vm.as_instance(made) {
        inst.native.set(Some(items.value()));
    }
    Ok(made)
}

/// `__init__`: all is done by `__new__`.
fn init(_: &mut Vm, _: &Args<'_>) -> Outcome {
    Ok(Value::NONE)
}

fn items_of(vm: &mut Vm, this: Value) -> Result<Ref<Tuple>, Raised> {
    match vm.cast::<Tuple>(this) {
        Some(t) => Ok(t),
        None => Err(vm.type_error(format_args!("argument has wrong type"))),
    }
}

/// `Name(a=1, b=2)`
fn repr(vm: &mut Vm, this: Value) -> Outcome {
    let ty = vm.type_of(this);
    let (fields, items) = (fields_of(vm, ty)?, items_of(vm, this)?);
    let mut text = StrBuf::new();
    let out = &mut Out::Text(&mut text);
    let name = vm.qstr_text(ty.name);
    out.write(vm, &name)?;
    let mut before = "(";
    for (field, item) in fields.tail().iter().zip(items.tail()) {
        out.write(vm, before)?;
        out.value(vm, *field, PrintKind::Str)?;
        out.write(vm, "=")?;
        out.value(vm, *item, PrintKind::Repr)?;
        before = ", ";
    }
    out.write(vm, if fields.tail().is_empty() { "()" } else { ")" })?;
    vm.finish_str(text)
}

/// `_asdict()`
fn as_dict(vm: &mut Vm, this: Value) -> Outcome {
    let ty = vm.type_of(this);
    let (fields, items) = (fields_of(vm, ty)?, items_of(vm, this)?);
    let d: Ref<OrderedDict> = vm.new_ordered_dict()?;
    for (field, item) in fields.tail().iter().zip(items.tail()) {
        d.table.insert(vm, *field, *item)?;
    }
    Ok(d.value())
}

/// Whether an attribute may not change: any of a named tuple; of an instance of a class that inherits from one, its
/// fields.
fn is_fixed(vm: &Vm, this: Value, name: Qstr) -> bool {
    let ty = vm.type_of(this);
    let own = ty.dict.is_some_and(|d| d.get_qstr(vm, q!(_fields)).is_some());
    own || field_index(vm, ty, name).is_some()
}

fn set_attr(vm: &mut Vm, this: Value, name: Value, to: Value) -> Outcome {
    change_attr(vm, this, name, Some(to))
}

fn del_attr(vm: &mut Vm, this: Value, name: Value) -> Outcome {
    change_attr(vm, this, name, None)
}

fn change_attr(vm: &mut Vm, this: Value, name: Value, to: Option<Value>) -> Outcome {
    let name = vm.need_qstr(name)?;
    if is_fixed(vm, this, name) {
        return Err(vm.raise_str(&ATTRIBUTE_ERROR, "can't set attribute"));
    }
    vm.set_instance_attr(this, name, to)?;
    Ok(Value::NONE)
}

fn get_field(vm: &mut Vm, this: Value, name: Qstr) -> Outcome {
    let ty = vm.type_of(this);
    let items = items_of(vm, this)?;
    match field_index(vm, ty, name).and_then(|i| items.tail().get(i).copied()) {
        Some(v) => Ok(v),
        None => Err(vm.no_attribute(this, name)),
    }
}

fn get_count(vm: &mut Vm, this: Value) -> Outcome {
    get_field(vm, this, q!(count))
}

fn get_index(vm: &mut Vm, this: Value) -> Outcome {
    get_field(vm, this, q!(index))
}
