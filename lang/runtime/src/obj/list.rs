//! `list`.

use crate::{NewObject, Raised, Ref, Tracer, Value, ValueBuf, Vm, class, q};

/// A list's body.
pub struct List {
    /// The items.
    pub items: ValueBuf,
}

impl List {
    fn trace(&self, t: &mut Tracer<'_>) {
        self.items.trace(t);
    }
}

impl Vm {
    /// A new list of `items`.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new_list(&mut self, items: &[Value]) -> Result<Ref<List>, Raised> {
        let list = self.new_object(List { items: ValueBuf::new() })?;
        if !items.is_empty() {
            list.items.reserve_exact(self, items.len())?;
            for v in items {
                list.items.push(self, *v)?;
            }
        }
        Ok(list)
    }
}

class! {
    /// `list`
    pub static LIST: q!(list) for List;
    slots { }
}
