//! Frozen modules: `.mpy` files in the program's image, whose bytecode is executed where it lies.
//!
//! Invariant: a [`Frozen`] holds what this project's own compiler made, checked by the verifier when the image was
//! built; at run time nothing is checked again and no byte of code is copied. Names that are new are interned in
//! place, too.

use core::ptr::NonNull;

use krait_bytecode::mpy::read::{Item, ReadError, Reader, Target};
use krait_bytecode::unit::{MAX_DEPTH, MAX_TUPLE_DEPTH};

use super::code::{Code, UnitData};
use super::load::SMALL_INT_BITS;
use crate::obj::dict::Dict;
use crate::obj::tuple::Tuple;
use crate::{Gc, NewTailed, Outcome, Qstr, Raised, Ref, Value, Vm};

/// A frozen module.
#[derive(Clone, Copy)]
pub struct Frozen {
    path: &'static str,
    mpy: &'static [u8],
}

impl Frozen {
    /// The module of the source file `path` (relative, with its extension `.py`), as the `.mpy` file `mpy`.
    ///
    /// # Safety
    /// The file has passed `krait_bytecode::verify`.
    pub const unsafe fn new(path: &'static str, mpy: &'static [u8]) -> Frozen {
        Frozen { path, mpy }
    }

    /// The path of the source.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The file.
    pub fn mpy(&self) -> &'static [u8] {
        self.mpy
    }
}

impl Vm {
    fn intern_static(&mut self, text: &'static str) -> Result<Qstr, Raised> {
        match self.st.qstrs.intern_static(&mut self.heap, text) {
            Ok(q) => Ok(q),
            Err(_) => {
                self.reclaim();
                match self.st.qstrs.intern_static(&mut self.heap, text) {
                    Ok(q) => Ok(q),
                    Err(e) => Err(self.out_of_memory(e)),
                }
            }
        }
    }

    /// A function of no arguments that runs the frozen module with `globals`.
    ///
    /// # Errors
    /// Out of memory; `ValueError` for a module made for larger machine words.
    pub fn load_frozen(&mut self, module: &Frozen, globals: Ref<Dict>) -> Outcome {
        let target = Target { small_int_bits: SMALL_INT_BITS, native_arch: 0 };
        let mut reader = match Reader::new(module.mpy, target) {
            Ok(reader) => reader,
            Err(e) => return Err(self.unreadable(e)),
        };
        let names = reader.name_count() as usize;
        let data = self.new_tailed(UnitData::new(names), names, Value::qstr(q!(empty_)))?;
        for to in data.tail_cells() {
            match reader.next_name() {
                Ok(Some(name)) => to.set(Value::qstr(self.intern_static(name.as_str())?)),
                Ok(None) => break,
                Err(e) => return Err(self.unreadable(e)),
            }
        }
        data.consts.reserve_exact(self, reader.const_count() as usize)?;
        loop {
            match reader.next_item() {
                Ok(Some(item)) => {
                    let v = self.frozen_constant(&mut reader, item, 0)?;
                    data.consts.push(self, v)?;
                }
                Ok(None) => break,
                Err(e) => return Err(self.unreadable(e)),
            }
        }
        // Codes come parents first; the last one at each depth is the parent of the next one below.
        let mut path: [Option<Ref<Code>>; MAX_DEPTH] = [None; MAX_DEPTH];
        loop {
            let raw = match reader.next_code() {
                Ok(Some(raw)) => raw,
                Ok(None) => break,
                Err(e) => return Err(self.unreadable(e)),
            };
            let code = self.make_code(data, raw.bytes, NonNull::from_ref(raw.bytes).cast(), false)?;
            if raw.n_children > 0 {
                code.children.reserve_exact(self, raw.n_children as usize)?;
            }
            if let Some(parent) = raw.depth.checked_sub(1).and_then(|above| *path.get(above)?) {
                parent.children.push(self, code.value())?;
            }
            if let Some(place) = path.get_mut(raw.depth) {
                *place = Some(code);
            }
        }
        let root = path[0].map_or(Value::NONE, Ref::value);
        self.make_function(root, globals, None, None, &[])
    }

    #[cold]
    fn unreadable(&mut self, e: ReadError) -> Raised {
        self.value_error(e.message())
    }

    fn frozen_constant(&mut self, reader: &mut Reader<'static>, item: Item<'static>, depth: usize) -> Outcome {
        match item {
            Item::None => Ok(Value::NONE),
            Item::False => Ok(Value::FALSE),
            Item::True => Ok(Value::TRUE),
            Item::Ellipsis => Ok(Value::ELLIPSIS),
            Item::Str(s) => self.new_str(s),
            Item::Bytes(b) => self.new_bytes(b),
            Item::Int(s) => self.int_constant(s),
            Item::Float(s) => self.float_constant(s.as_bytes()),
            Item::Complex(s) => self.complex_constant(s),
            Item::Tuple(n) => {
                let t: Ref<Tuple> = self.new_tuple_of(n as usize)?;
                for to in t.tail_cells() {
                    match reader.next_item() {
                        Ok(Some(inner)) if depth < MAX_TUPLE_DEPTH => {
                            to.set(self.frozen_constant(reader, inner, depth + 1)?);
                        }
                        Ok(_) => break,
                        Err(e) => return Err(self.unreadable(e)),
                    }
                }
                Ok(t.value())
            }
        }
    }
}
