//! The names that a `.mpy` file refers to by number instead of spelling out.
//!
//! The order is ABI, fixed by `.mpy` version 6. Numbers start at 1; number 0 is no name at all.
//! The list is two sorted runs after two odd names at its head, which lookup makes use of.

/// The names, the first having number 1.
pub static STATIC_NAMES: [&str; 165] = [
    "",
    "__dir__",
    "\n",
    " ",
    "*",
    "/",
    "<module>",
    "_",
    "__call__",
    "__class__",
    "__delitem__",
    "__enter__",
    "__exit__",
    "__getattr__",
    "__getitem__",
    "__hash__",
    "__init__",
    "__int__",
    "__iter__",
    "__len__",
    "__main__",
    "__module__",
    "__name__",
    "__new__",
    "__next__",
    "__qualname__",
    "__repr__",
    "__setitem__",
    "__str__",
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BaseException",
    "EOFError",
    "Ellipsis",
    "Exception",
    "GeneratorExit",
    "ImportError",
    "IndentationError",
    "IndexError",
    "KeyError",
    "KeyboardInterrupt",
    "LookupError",
    "MemoryError",
    "NameError",
    "NoneType",
    "NotImplementedError",
    "OSError",
    "OverflowError",
    "RuntimeError",
    "StopIteration",
    "SyntaxError",
    "SystemExit",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
    "abs",
    "all",
    "any",
    "append",
    "args",
    "bool",
    "builtins",
    "bytearray",
    "bytecode",
    "bytes",
    "callable",
    "chr",
    "classmethod",
    "clear",
    "close",
    "const",
    "copy",
    "count",
    "dict",
    "dir",
    "divmod",
    "end",
    "endswith",
    "eval",
    "exec",
    "extend",
    "find",
    "format",
    "from_bytes",
    "get",
    "getattr",
    "globals",
    "hasattr",
    "hash",
    "id",
    "index",
    "insert",
    "int",
    "isalpha",
    "isdigit",
    "isinstance",
    "islower",
    "isspace",
    "issubclass",
    "isupper",
    "items",
    "iter",
    "join",
    "key",
    "keys",
    "len",
    "list",
    "little",
    "locals",
    "lower",
    "lstrip",
    "main",
    "map",
    "micropython",
    "next",
    "object",
    "open",
    "ord",
    "pop",
    "popitem",
    "pow",
    "print",
    "range",
    "read",
    "readinto",
    "readline",
    "remove",
    "replace",
    "repr",
    "reverse",
    "rfind",
    "rindex",
    "round",
    "rsplit",
    "rstrip",
    "self",
    "send",
    "sep",
    "set",
    "setattr",
    "setdefault",
    "sort",
    "sorted",
    "split",
    "start",
    "startswith",
    "staticmethod",
    "step",
    "stop",
    "str",
    "strip",
    "sum",
    "super",
    "throw",
    "to_bytes",
    "tuple",
    "type",
    "update",
    "upper",
    "utf-8",
    "value",
    "values",
    "write",
    "zip",
];

/// The largest number in use, that of `zip`.
pub const LAST: u8 = STATIC_NAMES.len() as u8;

/// The first sorted run starts at this index, after the empty name and `__dir__`.
const FIRST_RUN: usize = 2;
/// The second sorted run starts at this index, with `ArithmeticError`.
const SECOND_RUN: usize = 29;

/// The name with this number, if there is one.
pub fn name(number: u32) -> Option<&'static str> {
    let index = (number as usize).checked_sub(1)?;
    STATIC_NAMES.get(index).copied()
}

/// The number of a name, if it is in the list.
pub fn number(name: &[u8]) -> Option<u8> {
    let index = STATIC_NAMES[..FIRST_RUN]
        .iter()
        .position(|s| s.as_bytes() == name)
        .or_else(|| find_in_run(FIRST_RUN, SECOND_RUN, name))
        .or_else(|| find_in_run(SECOND_RUN, STATIC_NAMES.len(), name))?;
    Some(index as u8 + 1)
}

fn find_in_run(start: usize, end: usize, name: &[u8]) -> Option<usize> {
    let run = STATIC_NAMES.get(start..end)?;
    Some(start + run.binary_search_by(|s| s.as_bytes().cmp(name)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_and_the_runs_are_sorted() {
        assert!(STATIC_NAMES[FIRST_RUN..SECOND_RUN].is_sorted());
        assert!(STATIC_NAMES[SECOND_RUN..].is_sorted());
        for (i, s) in STATIC_NAMES.iter().enumerate() {
            assert_eq!(number(s.as_bytes()), Some(i as u8 + 1), "{s}");
            assert_eq!(name(i as u32 + 1), Some(*s));
        }
        assert_eq!(name(0), None);
        assert_eq!(name(166), None);
        assert_eq!(name(LAST as u32), Some("zip"));
        assert_eq!(name(7), Some("<module>"));
        assert_eq!(number(b"zipper"), None);
        assert_eq!(number(b"a\xff"), None);
    }
}
