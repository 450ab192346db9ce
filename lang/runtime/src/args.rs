//! Arguments of a call, as natives see them.

use crate::{Qstr, Raised, Value, Vm};

/// The arguments of a call: positional values, then keyword pairs. They lie on the VM's stack and stay as they
/// are for the length of the call.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// The positional arguments; for a method the first is `self`.
    pub pos: &'a [Value],
    /// Keyword arguments: name, value, name, value, ...
    pub kw: &'a [Value],
}

/// A parameter of a native that takes keywords.
#[derive(Clone, Copy)]
pub struct Param {
    /// Its name.
    pub name: Qstr,
    /// Its value if it is not given; `None`: it must be given.
    pub default: Option<Value>,
    /// Whether it can be given by keyword only.
    pub kw_only: bool,
}

/// The parameters of a native that takes keywords.
pub type Params = [Param];

impl Param {
    /// A parameter that must be given.
    pub const fn required(name: Qstr) -> Param {
        Param { name, default: None, kw_only: false }
    }

    /// A parameter with a default.
    pub const fn optional(name: Qstr, default: Value) -> Param {
        Param { name, default: Some(default), kw_only: false }
    }

    /// A keyword-only parameter with a default.
    pub const fn kw(name: Qstr, default: Value) -> Param {
        Param { name, default: Some(default), kw_only: true }
    }

    /// A keyword-only parameter that must be given.
    pub const fn kw_required(name: Qstr) -> Param {
        Param { name, default: None, kw_only: true }
    }
}

impl<'a> Args<'a> {
    /// Positional arguments only.
    pub const fn positional(pos: &'a [Value]) -> Args<'a> {
        Args { pos, kw: &[] }
    }

    /// The positional argument `i`, if given.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.pos.get(i).copied()
    }

    /// The keyword argument `name`, if given.
    pub fn keyword(&self, name: Qstr) -> Option<Value> {
        let name = Value::qstr(name);
        self.kw.chunks_exact(2).find_map(|pair| match pair {
            [k, v] if *k == name => Some(*v),
            _ => None,
        })
    }

    /// The same arguments without the first positional one.
    pub fn skip_first(&self) -> Args<'a> {
        Args { pos: self.pos.get(1..).unwrap_or(&[]), kw: self.kw }
    }

    /// Fits the arguments to parameters.
    ///
    /// # Errors
    /// `TypeError` for a missing, surplus, unknown or doubled argument.
    pub fn bind<const N: usize>(&self, vm: &mut Vm, params: &[Param; N]) -> Result<[Value; N], Raised> {
        let mut out = [Value::NONE; N];
        let mut used = 0;
        let positional = params.iter().filter(|p| !p.kw_only).count();
        if self.pos.len() > positional {
            return Err(vm.type_error(format_args!("extra positional arguments given")));
        }
        for (i, (slot, p)) in out.iter_mut().zip(params).enumerate() {
            let by_position = if p.kw_only { None } else { self.get(i) };
            let by_keyword = self.keyword(p.name);
            if by_keyword.is_some() {
                used += 1;
            }
            *slot = match (by_position, by_keyword, p.default) {
                (Some(_), Some(_), _) => {
                    let name = vm.qstr_text(p.name);
                    return Err(
                        vm.type_error(format_args!("function got multiple values for argument '{}'", name.as_str()))
                    );
                }
                (Some(v), None, _) | (None, Some(v), _) | (None, None, Some(v)) => v,
                (None, None, None) => {
                    let name = vm.qstr_text(p.name);
                    return Err(vm.type_error(format_args!("'{}' argument required", name.as_str())));
                }
            };
        }
        if used * 2 < self.kw.len() {
            return Err(vm.type_error(format_args!("extra keyword arguments given")));
        }
        Ok(out)
    }
}
