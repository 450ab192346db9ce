//! The names that an object has, for `dir`, `help` and tab completion.
//!
//! The surprise: names may come more than once (a class and its base), and attributes that a type computes are
//! known only where a table lists them.

use crate::obj::module::Module;
use crate::{Qstr, Raised, Ref, Type, Value, Vm};

/// Classes on the way from one to its bases at most; deeper ones lose names, nothing else.
const DEPTH: usize = 64;

impl Vm {
    /// Calls `f` with each name of a module's, of a type's and its bases', or of an instance's and its class's
    /// attributes.
    ///
    /// # Errors
    /// What `f` raises.
    pub fn each_name(
        &mut self,
        v: Value,
        f: &mut dyn FnMut(&mut Vm, Qstr) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        if let Some(m) = v.downcast::<Module>() {
            for row in m.rom {
                f(self, row.key)?;
            }
            return match m.dict.get() {
                Some(d) => self.each_key(&d.table, f),
                None => Ok(()),
            };
        }
        if let Some(ty) = self.as_type(v) {
            return self.each_name_of_type(ty, DEPTH, f);
        }
        if let Some(inst) = self.as_instance(v) {
            self.each_key(&inst.attrs, f)?;
        }
        self.each_name_of_type(self.type_of(v), DEPTH, f)
    }

    /// Calls `f` with each interned key.
    ///
    /// # Errors
    /// What `f` raises.
    pub fn each_key(
        &mut self,
        table: &crate::obj::table::Table<2>,
        f: &mut dyn FnMut(&mut Vm, Qstr) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        let mut place = 0;
        while let Some((next, k, _)) = table.next_entry(place) {
            if let Some(name) = k.as_qstr() {
                f(self, name)?;
            }
            place = next;
        }
        Ok(())
    }

    fn each_name_of_type(
        &mut self,
        ty: Ref<Type>,
        depth: usize,
        f: &mut dyn FnMut(&mut Vm, Qstr) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        let Some(depth) = depth.checked_sub(1) else { return Ok(()) };
        match ty.dict {
            Some(d) => self.each_key(&d.table, f)?,
            None => {
                for row in ty.rom {
                    f(self, row.key)?;
                }
            }
        }
        if let Some(bases) = ty.bases {
            for base in bases.tail() {
                if let Some(base) = self.as_type(*base) {
                    self.each_name_of_type(base, depth, f)?;
                }
            }
        } else if let Some(base) = ty.base {
            self.each_name_of_type(base, depth, f)?;
        }
        Ok(())
    }
}
