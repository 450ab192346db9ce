//! Caches of look-ups: hints where a name was found last, and methods by class and name.
//!
//! A hint is only a guess and is checked by the one who uses it; a cached method is right until a class changes
//! or a collection frees one.

use core::cell::Cell;

use super::state::State;
use crate::{Qstr, Ref, Type, Value};

const HOST: bool = cfg!(target_pointer_width = "64");
const METHODS: usize = if HOST { 256 } else { 32 };
const HINTS: usize = if HOST { 2048 } else { 128 };
const BUILTINS: usize = if HOST { 64 } else { 16 };

type FoundIn = Option<(Value, Ref<Type>)>;

#[derive(Clone, Copy)]
struct Method {
    ty: usize,
    name: u32,
    found: FoundIn,
}

/// A builtin that is not hidden by a global of the same name.
#[derive(Clone, Copy)]
struct Builtin {
    name: u32,
    dict: usize,
    entries: usize,
    places: usize,
    epoch: u32,
    value: Value,
}

pub(super) struct Caches {
    methods: [Cell<Method>; METHODS],
    hints: [Cell<u16>; HINTS],
    builtins: [Cell<Builtin>; BUILTINS],
    pub(super) epoch: u32,
}

impl Caches {
    pub(super) fn new() -> Caches {
        Caches {
            methods: [const { Cell::new(Method { ty: 0, name: 0, found: None }) }; METHODS],
            hints: [const { Cell::new(0) }; HINTS],
            builtins: [const { Cell::new(Builtin { name: 0, dict: 0, entries: 0, places: 0, epoch: 0, value: Value::NONE }) };
                BUILTINS],
            epoch: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        for m in &self.methods {
            m.set(Method { ty: 0, name: 0, found: None });
        }
        self.epoch = self.epoch.wrapping_add(1);
        for b in &self.builtins {
            b.set(Builtin { name: 0, dict: 0, entries: 0, places: 0, epoch: 0, value: Value::NONE });
        }
    }

    /// Where the name at this instruction was found last.
    #[inline(always)]
    pub(super) fn hint(&self, ip: *const u8) -> &Cell<u16> {
        let at = ip as usize;
        &self.hints[(at ^ (at >> 11)) % HINTS]
    }
}

#[inline(always)]
fn method_slot(ty: Ref<Type>, name: Qstr) -> usize {
    let t = ty.as_ptr().addr().get() >> 4;
    (t ^ (t >> 9) ^ (name.index() as usize).wrapping_mul(5)) % METHODS
}

impl State {
    /// What looking up `name` in `ty` gave before, if that is known.
    #[inline(always)]
    pub(crate) fn cached_method(&self, ty: Ref<Type>, name: Qstr) -> Option<FoundIn> {
        let m = self.caches.methods[method_slot(ty, name)].get();
        if m.ty == ty.as_ptr().addr().get() && m.name == name.index() { Some(m.found) } else { None }
    }

    pub(crate) fn remember_method(&self, ty: Ref<Type>, name: Qstr, found: FoundIn) {
        let m = Method { ty: ty.as_ptr().addr().get(), name: name.index(), found };
        self.caches.methods[method_slot(ty, name)].set(m);
    }

    /// The builtin `name`, if it is known that the globals `dict` do not have that name.
    #[inline(always)]
    pub(super) fn cached_builtin(&self, name: Qstr, dict: usize, entries: usize, places: usize) -> Option<Value> {
        let b = self.caches.builtins[name.index() as usize % BUILTINS].get();
        let hit = b.name == name.index()
            && b.dict == dict
            && b.entries == entries
            && b.places == places
            && b.epoch == self.caches.epoch;
        if hit { Some(b.value) } else { None }
    }

    pub(super) fn remember_builtin(&self, name: Qstr, dict: usize, entries: usize, places: usize, value: Value) {
        let b = Builtin { name: name.index(), dict, entries, places, epoch: self.caches.epoch, value };
        self.caches.builtins[name.index() as usize % BUILTINS].set(b);
    }

    /// Says that an entry was removed from some table, or a table rebuilt: "not in these globals" may be wrong now.
    #[inline(always)]
    pub(crate) fn tables_changed(&mut self) {
        self.caches.epoch = self.caches.epoch.wrapping_add(1);
    }
}
