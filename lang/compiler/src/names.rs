//! Interned names: every identifier and short string of a text, once.
//!
//! A [`Name`] is a number; equal names have equal numbers. The first numbers are the fixed list of
//! [`well_known`] names, so that the compiler can compare with them. The surprising fact: a name
//! must remember whether the *parser* has met it, because only then does an equal string longer
//! than ten bytes become a name too instead of a constant.

use allocator_api2::alloc::Allocator;
use allocator_api2::vec::Vec;
use krait_bytecode::Unit;

use crate::buffer::{Grow, position};
use crate::error::{Fail, Result};
use crate::scopes::MODULE;

/// Strings up to this many bytes are always names.
pub(crate) const SHORT: usize = 10;
/// Longest name in bytes.
const LONGEST: usize = 255;

/// The number of an interned name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name(pub(crate) u32);

macro_rules! well_known {
    ($($constant:ident $text:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($constant,)* }
        /// Names that the compiler itself mentions.
        pub(crate) mod well_known {
            use super::{Name, Position};
            $(pub(crate) const $constant: Name = Name(Position::$constant as u32);)*
        }
        const WELL_KNOWN: &[&str] = &[$($text,)*];
    };
}

well_known! {
    EMPTY "";
    STAR "*";
    MODULE "<module>";
    LAMBDA "<lambda>";
    LIST_COMP "<listcomp>";
    DICT_COMP "<dictcomp>";
    SET_COMP "<setcomp>";
    GEN_EXPR "<genexpr>";
    REPL_PRINT "__repl_print__";
    CLASS "__class__";
    NAME "__name__";
    DUNDER_MODULE "__module__";
    QUALNAME "__qualname__";
    AITER "__aiter__";
    ANEXT "__anext__";
    AENTER "__aenter__";
    AEXIT "__aexit__";
    ASSERTION_ERROR "AssertionError";
    BASE_EXCEPTION "BaseException";
    STOP_ASYNC_ITERATION "StopAsyncIteration";
    SUPER "super";
    RANGE "range";
    ORDERED_DICT "OrderedDict";
    CONST "const";
    MATH "math";
    MICROPYTHON "micropython";
    BYTECODE "bytecode";
    NATIVE "native";
    VIPER "viper";
    OBJECT "object";
    BOOL "bool";
    INT "int";
    UINT "uint";
    PTR "ptr";
    PTR8 "ptr8";
    PTR16 "ptr16";
    PTR32 "ptr32";
}

/// Strings that the reference's compiler knows before it reads anything, sorted; those of the
/// format's static list are known as well.
const POOLED: &[&str] = &[
    "Interpolation",
    "StopAsyncIteration",
    "UnicodeError",
    "ViperTypeError",
    "__build_class__",
    "__complex__",
    "__contains__",
    "__repl_print__",
    "__reversed__",
    "__template__",
    "__traceback__",
    "bound_method",
    "difference_update",
    "format_spec",
    "heap_unlock",
    "interpolations",
    "intersection",
    "intersection_update",
    "maximum recursion depth exceeded",
    "string.templatelib",
    "symmetric_difference",
    "symmetric_difference_update",
    "unpack_from",
    "vcvt_f32_s32",
    "vcvt_s32_f32",
];

/// Whether a string is a name even if it is long and the parser has not met it.
pub(crate) fn is_pooled(text: &[u8]) -> bool {
    krait_bytecode::static_names::number(text).is_some() || POOLED.binary_search_by(|p| p.as_bytes().cmp(text)).is_ok()
}

const FREE: u32 = u32::MAX;

/// What is known of a name besides its text.
#[derive(Clone, Copy, Default)]
pub(crate) struct Marks {
    /// The parser has met it as an identifier or a string.
    pub(crate) parsed: bool,
    /// A function declares it global.
    pub(crate) global: bool,
    /// Number of the value that `const()` gave it; 0 for none.
    pub(crate) constant: u32,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    len: u8,
    marks: Marks,
    /// The scope, other than the module's, that mentioned it last, and its place there.
    stamp: u32,
    place: u32,
    /// Its place among the module's variables.
    module_place: u32,
    /// Its index in the unit's table of names.
    index: u32,
}

/// The table of names.
pub(crate) struct Names<A: Allocator> {
    text: Vec<u8, A>,
    entries: Vec<Entry, A>,
    /// Open addressing: numbers of names, a power of two of them, at most three quarters in use.
    places: Vec<u32, A>,
}

fn hash(bytes: &[u8]) -> u32 {
    let h = bytes.iter().fold(0x811c_9dc5u32, |h, b| (h ^ u32::from(*b)).wrapping_mul(0x0100_0193));
    h ^ (h >> 15)
}

impl<A: Allocator + Clone> Names<A> {
    /// A table without names; [`Names::start`] adds the well-known ones.
    pub(crate) fn new(allocator: A) -> Self {
        Names {
            text: Vec::new_in(allocator.clone()),
            entries: Vec::new_in(allocator.clone()),
            places: Vec::new_in(allocator),
        }
    }

    pub(crate) fn start(&mut self) -> Result<()> {
        self.entries.try_reserve(WELL_KNOWN.len()).map_err(|_| Fail::memory())?;
        for text in WELL_KNOWN {
            self.append(hash(text.as_bytes()), text.as_bytes())?;
        }
        Ok(())
    }

    /// The text of a name.
    pub(crate) fn text(&self, name: Name) -> &[u8] {
        self.entries.get(name.0 as usize).map_or(&[], |e| {
            let start = e.start as usize;
            self.text.get(start..start + usize::from(e.len)).unwrap_or(&[])
        })
    }

    pub(crate) fn marks(&self, name: Name) -> Marks {
        self.entries.get(name.0 as usize).map_or(Marks::default(), |e| e.marks)
    }

    pub(crate) fn marks_mut(&mut self, name: Name) -> Option<&mut Marks> {
        self.entries.get_mut(name.0 as usize).map(|e| &mut e.marks)
    }

    /// The place of the name in a scope: the module's, or the one being analysed.
    pub(crate) fn place_in(&self, name: Name, scope: u32) -> Option<u32> {
        let entry = self.entries.get(name.0 as usize)?;
        let place = match scope {
            MODULE => entry.module_place,
            _ if entry.stamp == scope => entry.place,
            _ => FREE,
        };
        (place != FREE).then_some(place)
    }

    pub(crate) fn set_place(&mut self, name: Name, scope: u32, place: u32) {
        if let Some(entry) = self.entries.get_mut(name.0 as usize) {
            if scope == MODULE {
                entry.module_place = place;
            } else {
                entry.stamp = scope;
                entry.place = place;
            }
        }
    }

    /// The name's index in the unit, where it is added if it is new.
    pub(crate) fn index_in(&mut self, unit: &mut Unit<A>, name: Name) -> Result<u32> {
        match self.entries.get(name.0 as usize) {
            Some(entry) if entry.index != FREE => return Ok(entry.index),
            _ => {}
        }
        let index = unit.intern_name(self.text(name))?;
        if let Some(entry) = self.entries.get_mut(name.0 as usize) {
            entry.index = index;
        }
        Ok(index)
    }

    fn place_of(&self, hash: u32, text: &[u8]) -> (usize, Option<Name>) {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while let Some(number) = self.places.get(at).copied().filter(|n| *n != FREE) {
            if self.text(Name(number)) == text {
                return (at, Some(Name(number)));
            }
            at = (at + 1) & mask;
        }
        (at, None)
    }

    /// The name with this text, if there is one.
    pub(crate) fn find(&self, text: &[u8]) -> Option<Name> {
        self.place_of(hash(text), text).1
    }

    /// The name with this text.
    pub(crate) fn intern(&mut self, text: &[u8]) -> Result<Name> {
        if text.len() > LONGEST {
            return Err(Fail::runtime("name too long"));
        }
        let hash = hash(text);
        match self.place_of(hash, text).1 {
            Some(name) => Ok(name),
            None => self.append(hash, text),
        }
    }

    /// The name with this text, now met by the parser.
    pub(crate) fn parse(&mut self, text: &[u8]) -> Result<Name> {
        let name = self.intern(text)?;
        if let Some(marks) = self.marks_mut(name) {
            marks.parsed = true;
        }
        Ok(name)
    }

    fn append(&mut self, hash: u32, text: &[u8]) -> Result<Name> {
        if (self.entries.len() + 1) * 4 > self.places.len() * 3 {
            self.enlarge()?;
        }
        let name = Name(position(self.entries.len())?);
        let start = position(self.text.len())?;
        position(self.text.len() + text.len())?;
        self.text.add_all(text)?;
        self.entries.add(Entry {
            start,
            len: text.len() as u8,
            marks: Marks::default(),
            stamp: MODULE,
            place: FREE,
            module_place: FREE,
            index: FREE,
        })?;
        let (at, _) = self.place_of(hash, text);
        if let Some(place) = self.places.get_mut(at) {
            *place = name.0;
        }
        Ok(name)
    }

    #[cold]
    fn enlarge(&mut self) -> Result<()> {
        let wanted = (self.places.len() * 2).max(64);
        self.places.try_reserve_exact(wanted - self.places.len()).map_err(|_| Fail::memory())?;
        self.places.clear();
        self.places.resize(wanted, FREE);
        for number in 0..position(self.entries.len())? {
            let mut at = hash(self.text(Name(number))) as usize & (wanted - 1);
            while self.places.get(at).is_some_and(|n| *n != FREE) {
                at = (at + 1) & (wanted - 1);
            }
            if let Some(place) = self.places.get_mut(at) {
                *place = number;
            }
        }
        Ok(())
    }
}
