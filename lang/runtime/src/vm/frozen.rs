//! `.mpy` files as they stand: frozen modules in the program's image and files of ROM file systems, whose bytecode
//! is executed where it lies, and files that were read, whose bytecode is copied.
//!
//! Invariant: a [`Frozen`] holds what this project's own compiler made, checked by the verifier when the image was
//! built; at run time nothing is checked again and no byte of code is copied. Names that are new are interned in
//! place, too. Any other file is verified before it is loaded.

use core::ptr::NonNull;

use krait_bytecode::mpy::read::{Item, ReadError, Reader, Target};
use krait_bytecode::unit::{MAX_DEPTH, MAX_TUPLE_DEPTH};
use krait_bytecode::verify::{Fault, FileError, Rejected, verify_file, verify_function};

use super::code::{Code, UnitData};
use super::load::SMALL_INT_BITS;
use crate::obj::dict::Dict;
use crate::obj::static_bytes::StaticBytes;
use crate::obj::tuple::Tuple;
use crate::ops::buffer::Buffer;
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

/// What a file's bytes are to the codes made of it.
#[derive(Clone, Copy)]
enum Bytes<'a> {
    /// They stay where they are for ever.
    Rom(&'static [u8]),
    /// They stay where they are for as long as the object is reachable.
    Of(Value, &'a [u8]),
    /// They go.
    Passing(&'a [u8]),
}

impl<'a> Bytes<'a> {
    fn all(self) -> &'a [u8] {
        match self {
            Bytes::Rom(b) => b,
            Bytes::Of(_, b) | Bytes::Passing(b) => b,
        }
    }
}

const TARGET: Target = Target { small_int_bits: SMALL_INT_BITS, native_arch: 0 };

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
        self.load_bytes(Bytes::Rom(module.mpy), globals)
    }

    /// Loads a `.mpy` file: a function of no arguments that runs with `globals`.
    ///
    /// # Errors
    /// `ValueError` for a file that is malformed, unsafe, or for another machine; out of memory.
    pub fn load_mpy(&mut self, bytes: &[u8], globals: Ref<Dict>) -> Outcome {
        self.verify(bytes)?;
        self.load_bytes(Bytes::Passing(bytes), globals)
    }

    /// As [`Vm::load_mpy`], for a file that holds a function, which may have parameters, and not a module.
    ///
    /// # Errors
    /// As [`Vm::load_mpy`].
    pub fn load_function(&mut self, bytes: &[u8], globals: Ref<Dict>) -> Outcome {
        let allocator = self.free_allocator();
        let judged = verify_function(bytes, TARGET, allocator);
        self.judged(judged, bytes.len())?;
        self.load_bytes(Bytes::Passing(bytes), globals)
    }

    /// As [`Vm::load_mpy`], for a file that lies in memory: its bytecode is executed where it is, if its bytes cannot
    /// change.
    ///
    /// # Errors
    /// As [`Vm::load_mpy`].
    pub fn load_mpy_in_place(&mut self, file: &Buffer, globals: Ref<Dict>) -> Outcome {
        if let Some(rom) = file.owner.downcast::<StaticBytes>() {
            let bytes = window(rom.0, file);
            self.verify(bytes)?;
            return self.load_bytes(Bytes::Rom(bytes), globals);
        }
        if let Some(object) = file.owner.downcast::<crate::obj::bytes::Bytes>() {
            let bytes = window(object.tail(), file);
            self.verify(bytes)?;
            return self.load_bytes(Bytes::Of(file.owner, bytes), globals);
        }
        let copy = self.new_bytes_from(file)?;
        match copy.downcast::<crate::obj::bytes::Bytes>() {
            Some(copy) => self.load_mpy(copy.tail(), globals),
            None => Err(self.value_error("malformed .mpy file")),
        }
    }

    fn verify(&mut self, bytes: &[u8]) -> Result<(), Raised> {
        let allocator = self.free_allocator();
        let judged = verify_file(bytes, TARGET, allocator);
        self.judged(judged, bytes.len())
    }

    /// Raises for a file that is not sound.
    fn judged(&mut self, judged: Result<(), FileError>, len: usize) -> Result<(), Raised> {
        match judged {
            Ok(()) => Ok(()),
            Err(
                FileError::Read(ReadError::OutOfMemory) | FileError::Code(Rejected { fault: Fault::OutOfMemory, .. }),
            ) => Err(self.memory_error(len)),
            Err(e) => Err(self.value_error(e.message())),
        }
    }

    /// Makes a function of a file that is sound.
    fn load_bytes(&mut self, file: Bytes<'_>, globals: Ref<Dict>) -> Outcome {
        let mut reader = match Reader::new(file.all(), TARGET) {
            Ok(reader) => reader,
            Err(e) => return Err(self.unreadable(e)),
        };
        let names = reader.name_count() as usize;
        let data = self.new_tailed(UnitData::new(names), names, Value::qstr(q!(empty_)))?;
        if let Bytes::Of(owner, _) = file {
            data.keeper.set(Some(owner));
        }
        self.load_names(file, &mut reader, data)?;
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
            let code = match file {
                Bytes::Passing(_) => self.load_code(data, raw.bytes)?,
                _ => self.make_code(data, raw.bytes, NonNull::from_ref(raw.bytes).cast(), false)?,
            };
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

    /// Reads the names; those of a file that stays for ever are interned where they are.
    fn load_names(&mut self, file: Bytes<'_>, reader: &mut Reader<'_>, data: Ref<UnitData>) -> Result<(), Raised> {
        let mut in_rom = match file {
            Bytes::Rom(bytes) => Reader::new(bytes, TARGET).ok(),
            _ => None,
        };
        for to in data.tail_cells() {
            // Both readers are at the same name.
            let fixed = match in_rom.as_mut().map(Reader::next_name) {
                Some(Ok(Some(name))) => Some(name.as_str()),
                _ => None,
            };
            let name = match (reader.next_name(), fixed) {
                (Ok(Some(_)), Some(fixed)) => self.intern_static(fixed)?,
                (Ok(Some(name)), None) => self.intern(name.as_str())?,
                (Ok(None), _) => break,
                (Err(e), _) => return Err(self.unreadable(e)),
            };
            to.set(Value::qstr(name));
        }
        Ok(())
    }

    #[cold]
    fn unreadable(&mut self, e: ReadError) -> Raised {
        self.value_error(e.message())
    }

    fn frozen_constant<'b>(&mut self, reader: &mut Reader<'b>, item: Item<'b>, depth: usize) -> Outcome {
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

/// The part of an object's bytes that a buffer shows.
fn window<'a>(all: &'a [u8], b: &Buffer) -> &'a [u8] {
    let end = b.start.saturating_add(b.len).min(all.len());
    all.get(b.start.min(end)..end).unwrap_or(&[])
}
