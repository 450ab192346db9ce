//! `builtins`: the names that every program has without importing anything.
//!
//! Invariant: the table stands in ROM and holds no computed rows, since the VM looks names up in it directly. What
//! a program adds lies in [`crate::vm::ModuleState::builtins`] and goes first.

mod attributes;
mod code;
mod dir;
mod help;
mod io;
mod kinds;
mod print;
mod template;

use crate::obj::exception as ex;
use crate::obj::{
    bool_, bytearray, bytes, complex, dict, enumerate, filter, float, function, int, int_natives, iter_builtins, list,
    map, memoryview, property, range, reversed, set, slice, str_, super_, tuple, type_, zip,
};
use crate::{Qstr, Raised, Value, Vm, module};

pub(crate) use code::new_function;
pub use code::{CODE_OBJECT, CodeObject, code_object};

module! {
    /// `builtins`
    pub static BUILTINS: q!(builtins), attr(added), set_attr(add);

    q!(bool) => ty(&bool_::BOOL),
    q!(bytearray) => ty(&bytearray::BYTEARRAY),
    q!(bytes) => ty(&bytes::BYTES),
    q!(classmethod) => ty(&function::CLASSMETHOD),
    q!(complex) => ty(&complex::COMPLEX),
    q!(dict) => ty(&dict::DICT),
    q!(enumerate) => ty(&enumerate::ENUMERATE),
    q!(filter) => ty(&filter::FILTER),
    q!(float) => ty(&float::FLOAT),
    q!(frozenset) => ty(&set::FROZENSET),
    q!(int) => ty(&int::INT),
    q!(list) => ty(&list::LIST),
    q!(map) => ty(&map::MAP),
    q!(memoryview) => ty(&memoryview::MEMORYVIEW),
    q!(object) => ty(&type_::OBJECT),
    q!(property) => ty(&property::PROPERTY),
    q!(range) => ty(&range::RANGE),
    q!(reversed) => ty(&reversed::REVERSED),
    q!(set) => ty(&set::SET),
    q!(slice) => ty(&slice::SLICE),
    q!(staticmethod) => ty(&function::STATICMETHOD),
    q!(str) => ty(&str_::STR),
    q!(super_) => ty(&super_::SUPER),
    q!(tuple) => ty(&tuple::TUPLE),
    q!(r#type) => ty(&type_::TYPE),
    q!(zip) => ty(&zip::ZIP),

    q!(Ellipsis) => value(Value::ELLIPSIS),
    q!(NotImplemented) => value(Value::NOT_IMPLEMENTED),

    q!(__build_class__) => value(crate::ops::class::BUILD_CLASS),
    q!(__import__) => var(1, 5, crate::ops::import::dunder_import),
    q!(__repl_print__) => f1(print::repl_print),
    q!(__template__) => kw(1, template::template),
    q!(abs) => f1(int_natives::abs),
    q!(all) => f1(iter_builtins::all),
    q!(any) => f1(iter_builtins::any),
    q!(bin) => f1(int_natives::bin),
    q!(callable) => f1(kinds::callable),
    q!(chr) => f1(str_::chr),
    q!(compile) => var(3, 6, code::compile),
    q!(delattr) => f2(attributes::delattr),
    q!(dir) => var(0, 1, dir::dir),
    q!(divmod) => f2(int_natives::divmod),
    q!(eval) => var(1, 3, code::eval),
    q!(exec) => var(1, 3, code::exec),
    q!(execfile) => var(1, 3, code::execfile),
    q!(getattr) => var(2, 3, attributes::getattr),
    q!(globals) => f0(code::globals),
    q!(hasattr) => f2(attributes::hasattr),
    q!(hash) => f1(kinds::hash),
    q!(help) => var(0, 1, help::help),
    q!(hex) => f1(int_natives::hex),
    q!(id) => f1(kinds::id),
    q!(input) => var(0, 1, io::input),
    q!(isinstance) => f2(kinds::isinstance),
    q!(issubclass) => f2(kinds::issubclass),
    q!(iter) => f1(iter_builtins::iter),
    q!(len) => f1(iter_builtins::len),
    q!(locals) => f0(code::locals),
    q!(max) => kw(1, iter_builtins::max),
    q!(min) => kw(1, iter_builtins::min),
    q!(next) => var(1, 2, iter_builtins::next),
    q!(oct) => f1(int_natives::oct),
    q!(open) => kw(0, io::open),
    q!(ord) => f1(str_::ord),
    q!(pow) => var(2, 3, int_natives::pow),
    q!(print) => kw(0, print::print),
    q!(repr) => f1(print::repr),
    q!(round) => var(1, 2, int_natives::round),
    q!(setattr) => f3(attributes::setattr),
    q!(sorted) => kw(1, iter_builtins::sorted),
    q!(sum) => var(1, 2, iter_builtins::sum),

    q!(ArithmeticError) => ty(&ex::ARITHMETIC_ERROR),
    q!(AssertionError) => ty(&ex::ASSERTION_ERROR),
    q!(AttributeError) => ty(&ex::ATTRIBUTE_ERROR),
    q!(BaseException) => ty(&ex::BASE_EXCEPTION),
    q!(EOFError) => ty(&ex::EOF_ERROR),
    q!(Exception) => ty(&ex::EXCEPTION),
    q!(GeneratorExit) => ty(&ex::GENERATOR_EXIT),
    q!(ImportError) => ty(&ex::IMPORT_ERROR),
    q!(IndentationError) => ty(&ex::INDENTATION_ERROR),
    q!(IndexError) => ty(&ex::INDEX_ERROR),
    q!(KeyError) => ty(&ex::KEY_ERROR),
    q!(KeyboardInterrupt) => ty(&ex::KEYBOARD_INTERRUPT),
    q!(LookupError) => ty(&ex::LOOKUP_ERROR),
    q!(MemoryError) => ty(&ex::MEMORY_ERROR),
    q!(NameError) => ty(&ex::NAME_ERROR),
    q!(NotImplementedError) => ty(&ex::NOT_IMPLEMENTED_ERROR),
    q!(OSError) => ty(&ex::OS_ERROR),
    q!(OverflowError) => ty(&ex::OVERFLOW_ERROR),
    q!(RuntimeError) => ty(&ex::RUNTIME_ERROR),
    q!(StopAsyncIteration) => ty(&ex::STOP_ASYNC_ITERATION),
    q!(StopIteration) => ty(&ex::STOP_ITERATION),
    q!(SyntaxError) => ty(&ex::SYNTAX_ERROR),
    q!(SystemExit) => ty(&ex::SYSTEM_EXIT),
    q!(TypeError) => ty(&ex::TYPE_ERROR),
    q!(ViperTypeError) => ty(&ex::VIPER_TYPE_ERROR),
    q!(UnicodeError) => ty(&ex::UNICODE_ERROR),
    q!(ValueError) => ty(&ex::VALUE_ERROR),
    q!(ZeroDivisionError) => ty(&ex::ZERO_DIVISION_ERROR),
}

/// `builtins.name` for a name that a program has added.
fn added(vm: &mut Vm, name: Qstr) -> crate::Maybe {
    Ok(vm.st.modules.builtins.and_then(|d| d.get_qstr(vm, name)))
}

/// `builtins.name = value`
fn add(vm: &mut Vm, name: Qstr, to: Option<Value>) -> Result<bool, Raised> {
    match to {
        Some(v) => vm.set_builtin(name, v).map(|()| true),
        None => match vm.st.modules.builtins {
            Some(d) => {
                vm.st.tables_changed();
                Ok(d.remove_qstr(vm, name).is_some())
            }
            None => Ok(false),
        },
    }
}

impl Vm {
    /// Adds a name to `builtins`, before those of the table.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_builtin(&mut self, name: Qstr, v: Value) -> Result<(), Raised> {
        let dict = match self.st.modules.builtins {
            Some(d) => d,
            None => {
                let d = self.new_dict()?;
                self.st.modules.builtins = Some(d);
                d
            }
        };
        dict.set_qstr(self, name, v)?;
        self.st.tables_changed();
        Ok(())
    }
}
