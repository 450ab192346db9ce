//! `dict` and `OrderedDict`: a hash table that keeps the order of insertion.

use crate::obj::table::Table;
use crate::{NewObject, Qstr, Raised, Ref, Tracer, Value, Vm, class, q};

/// A dict's body.
pub struct Dict {
    /// Keys and values.
    pub table: Table<2>,
}

impl Dict {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.table.trace(t);
    }

    /// The value of an interned name, by identity of the name.
    #[inline]
    pub fn get_qstr(&self, vm: &Vm, name: Qstr) -> Option<Value> {
        self.table.get_qstr(vm, name)
    }

    /// Sets the value of an interned name.
    ///
    /// # Errors
    /// Out of memory.
    pub fn set_qstr(&self, vm: &mut Vm, name: Qstr, v: Value) -> Result<(), Raised> {
        self.table.insert_qstr(vm, name, v).map(|_| ())
    }

    /// Removes an interned name; returns its value.
    pub fn remove_qstr(&self, vm: &mut Vm, name: Qstr) -> Option<Value> {
        let place = self.table.find_qstr(vm, name)?;
        self.table.remove_at(vm, place).map(|(_, v)| v)
    }
}

impl Vm {
    /// A new empty dict.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_dict(&mut self) -> Result<Ref<Dict>, Raised> {
        self.new_object(Dict { table: Table::new() })
    }

    /// The value of a key.
    ///
    /// # Errors
    /// What hashing or comparing raises.
    pub fn dict_get(&mut self, d: Ref<Dict>, key: Value) -> Result<Option<Value>, Raised> {
        let place = d.table.find(self, key)?;
        Ok(place.and_then(|p| d.table.entry(p)).map(|(_, v)| v))
    }

    /// Sets the value of a key.
    ///
    /// # Errors
    /// As [`Vm::dict_get`]; out of memory.
    pub fn dict_set(&mut self, d: Ref<Dict>, key: Value, v: Value) -> Result<(), Raised> {
        d.table.insert(self, key, v).map(|_| ())
    }
}

class! {
    /// `dict`
    pub static DICT: q!(dict) for Dict;
    slots { }
}
