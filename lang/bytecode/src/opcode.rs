//! The opcodes of `.mpy` version 6, in one list from which every table is made.
//!
//! An instruction is one opcode byte and at most one operand, sometimes followed by one extra
//! byte. 135 of the 256 bytes belong to five ranges whose operand is inside the opcode itself
//! (small integers, locals, operators); [`Op`] names each range by its first byte.
//! The numbers are those of MicroPython's `py/bc0.h`.

/// How the bytes that follow an opcode are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Operand {
    /// Nothing follows.
    None,
    /// Nothing follows; the operand is the distance from the first opcode of the range.
    Embedded,
    /// An index into the unit's name table, as an unsigned varint.
    Name,
    /// An index into the unit's constant table, as an unsigned varint.
    Const,
    /// An index into the code's children, as an unsigned varint.
    Child,
    /// A child index as [`Operand::Child`], then one byte: the number of closed-over cells.
    ChildCells,
    /// A local variable's number, as an unsigned varint.
    Local,
    /// A count or packed counts, as an unsigned varint.
    Count,
    /// A signed varint.
    SmallInt,
    /// A forward jump: an unsigned label, relative to the byte after it.
    Forward,
    /// A jump either way: a signed label, relative to the byte after it.
    Jump,
    /// A signed label, then one byte: handlers to leave, with 0x80 for an iterator to pop.
    Unwind,
}

/// Stands for a stack effect that depends on the operand or the path.
pub const DYNAMIC: u8 = 255;

/// Calls `$m!` with the whole opcode list.
///
/// Each entry reads `Variant CONSTANT = first_byte .. count, operand kind, words popped => words
/// pushed;` where `count` is 1 except for the five ranges. `DYNAMIC` in place of a number of words
/// stands for an effect that is not one number ([`opcode::DYNAMIC`](crate::opcode::DYNAMIC)).
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => {
        $m! {
            LoadConstString LOAD_CONST_STRING = 0x10 .. 1, Name, 0 => 1;
            LoadName LOAD_NAME = 0x11 .. 1, Name, 0 => 1;
            LoadGlobal LOAD_GLOBAL = 0x12 .. 1, Name, 0 => 1;
            LoadAttr LOAD_ATTR = 0x13 .. 1, Name, 1 => 1;
            LoadMethod LOAD_METHOD = 0x14 .. 1, Name, 1 => 2;
            LoadSuperMethod LOAD_SUPER_METHOD = 0x15 .. 1, Name, 3 => 2;
            StoreName STORE_NAME = 0x16 .. 1, Name, 1 => 0;
            StoreGlobal STORE_GLOBAL = 0x17 .. 1, Name, 1 => 0;
            StoreAttr STORE_ATTR = 0x18 .. 1, Name, 2 => 0;
            DeleteName DELETE_NAME = 0x19 .. 1, Name, 0 => 0;
            DeleteGlobal DELETE_GLOBAL = 0x1a .. 1, Name, 0 => 0;
            ImportName IMPORT_NAME = 0x1b .. 1, Name, 2 => 1;
            ImportFrom IMPORT_FROM = 0x1c .. 1, Name, 1 => 2;
            MakeClosure MAKE_CLOSURE = 0x20 .. 1, ChildCells, DYNAMIC => 1;
            MakeClosureDefargs MAKE_CLOSURE_DEFARGS = 0x21 .. 1, ChildCells, DYNAMIC => 1;
            LoadConstSmallInt LOAD_CONST_SMALL_INT = 0x22 .. 1, SmallInt, 0 => 1;
            LoadConstObj LOAD_CONST_OBJ = 0x23 .. 1, Const, 0 => 1;
            LoadFastN LOAD_FAST_N = 0x24 .. 1, Local, 0 => 1;
            LoadDeref LOAD_DEREF = 0x25 .. 1, Local, 0 => 1;
            StoreFastN STORE_FAST_N = 0x26 .. 1, Local, 1 => 0;
            StoreDeref STORE_DEREF = 0x27 .. 1, Local, 1 => 0;
            DeleteFast DELETE_FAST = 0x28 .. 1, Local, 0 => 0;
            DeleteDeref DELETE_DEREF = 0x29 .. 1, Local, 0 => 0;
            BuildTuple BUILD_TUPLE = 0x2a .. 1, Count, DYNAMIC => 1;
            BuildList BUILD_LIST = 0x2b .. 1, Count, DYNAMIC => 1;
            BuildMap BUILD_MAP = 0x2c .. 1, Count, 0 => 1;
            BuildSet BUILD_SET = 0x2d .. 1, Count, DYNAMIC => 1;
            BuildSlice BUILD_SLICE = 0x2e .. 1, Count, DYNAMIC => 1;
            StoreComp STORE_COMP = 0x2f .. 1, Count, DYNAMIC => 0;
            UnpackSequence UNPACK_SEQUENCE = 0x30 .. 1, Count, 1 => DYNAMIC;
            UnpackEx UNPACK_EX = 0x31 .. 1, Count, 1 => DYNAMIC;
            MakeFunction MAKE_FUNCTION = 0x32 .. 1, Child, 0 => 1;
            MakeFunctionDefargs MAKE_FUNCTION_DEFARGS = 0x33 .. 1, Child, 2 => 1;
            CallFunction CALL_FUNCTION = 0x34 .. 1, Count, DYNAMIC => 1;
            CallFunctionVarKw CALL_FUNCTION_VAR_KW = 0x35 .. 1, Count, DYNAMIC => 1;
            CallMethod CALL_METHOD = 0x36 .. 1, Count, DYNAMIC => 1;
            CallMethodVarKw CALL_METHOD_VAR_KW = 0x37 .. 1, Count, DYNAMIC => 1;
            UnwindJump UNWIND_JUMP = 0x40 .. 1, Unwind, DYNAMIC => DYNAMIC;
            Jump JUMP = 0x42 .. 1, Jump, 0 => 0;
            PopJumpIfTrue POP_JUMP_IF_TRUE = 0x43 .. 1, Jump, 1 => 0;
            PopJumpIfFalse POP_JUMP_IF_FALSE = 0x44 .. 1, Jump, 1 => 0;
            JumpIfTrueOrPop JUMP_IF_TRUE_OR_POP = 0x45 .. 1, Forward, 1 => DYNAMIC;
            JumpIfFalseOrPop JUMP_IF_FALSE_OR_POP = 0x46 .. 1, Forward, 1 => DYNAMIC;
            SetupWith SETUP_WITH = 0x47 .. 1, Forward, 1 => 3;
            SetupExcept SETUP_EXCEPT = 0x48 .. 1, Forward, 0 => 0;
            SetupFinally SETUP_FINALLY = 0x49 .. 1, Forward, 0 => 0;
            PopExceptJump POP_EXCEPT_JUMP = 0x4a .. 1, Forward, 0 => 0;
            ForIter FOR_ITER = 0x4b .. 1, Forward, 4 => DYNAMIC;
            LoadConstFalse LOAD_CONST_FALSE = 0x50 .. 1, None, 0 => 1;
            LoadConstNone LOAD_CONST_NONE = 0x51 .. 1, None, 0 => 1;
            LoadConstTrue LOAD_CONST_TRUE = 0x52 .. 1, None, 0 => 1;
            LoadNull LOAD_NULL = 0x53 .. 1, None, 0 => 1;
            LoadBuildClass LOAD_BUILD_CLASS = 0x54 .. 1, None, 0 => 1;
            LoadSubscr LOAD_SUBSCR = 0x55 .. 1, None, 2 => 1;
            StoreSubscr STORE_SUBSCR = 0x56 .. 1, None, 3 => 0;
            DupTop DUP_TOP = 0x57 .. 1, None, 1 => 2;
            DupTopTwo DUP_TOP_TWO = 0x58 .. 1, None, 2 => 4;
            PopTop POP_TOP = 0x59 .. 1, None, 1 => 0;
            RotTwo ROT_TWO = 0x5a .. 1, None, 2 => 2;
            RotThree ROT_THREE = 0x5b .. 1, None, 3 => 3;
            WithCleanup WITH_CLEANUP = 0x5c .. 1, None, DYNAMIC => DYNAMIC;
            EndFinally END_FINALLY = 0x5d .. 1, None, DYNAMIC => 0;
            GetIter GET_ITER = 0x5e .. 1, None, 1 => 1;
            GetIterStack GET_ITER_STACK = 0x5f .. 1, None, 1 => 4;
            StoreMap STORE_MAP = 0x62 .. 1, None, 3 => 1;
            ReturnValue RETURN_VALUE = 0x63 .. 1, None, 1 => 0;
            RaiseLast RAISE_LAST = 0x64 .. 1, None, 0 => 0;
            RaiseObj RAISE_OBJ = 0x65 .. 1, None, 1 => 0;
            RaiseFrom RAISE_FROM = 0x66 .. 1, None, 2 => 0;
            YieldValue YIELD_VALUE = 0x67 .. 1, None, 1 => 1;
            YieldFrom YIELD_FROM = 0x68 .. 1, None, 2 => 1;
            ImportStar IMPORT_STAR = 0x69 .. 1, None, 1 => 0;
            LoadConstSmallIntMulti LOAD_CONST_SMALL_INT_MULTI = 0x70 .. 64, Embedded, 0 => 1;
            LoadFastMulti LOAD_FAST_MULTI = 0xb0 .. 16, Embedded, 0 => 1;
            StoreFastMulti STORE_FAST_MULTI = 0xc0 .. 16, Embedded, 1 => 0;
            UnaryOpMulti UNARY_OP_MULTI = 0xd0 .. 4, Embedded, 1 => 1;
            Typed TYPED = 0x0f .. 1, Count, DYNAMIC => DYNAMIC;
            BinaryOpMulti BINARY_OP_MULTI = 0xd7 .. 35, Embedded, 2 => 1;
        }
    };
}

/// What is known of one opcode byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(4))]
pub struct OpInfo {
    /// The opcode, or its range; `None` for a byte that is no opcode.
    pub op: Option<Op>,
    /// What follows.
    pub operand: Operand,
    /// Words taken from the stack, or [`DYNAMIC`].
    pub pops: u8,
    /// Words left on the stack in their place, or [`DYNAMIC`].
    pub pushes: u8,
}

macro_rules! define_ops {
    ($($variant:ident $name:ident = $first:literal .. $count:literal, $operand:ident,
       $pops:tt => $pushes:tt;)*) => {
        /// An opcode, or one of the five ranges of opcodes, by its first byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Op {
            $(#[doc = concat!("`", stringify!($name), "`")] $variant = $first,)*
        }

        impl Op {
            /// The opcode's conventional name, such as `LOAD_FAST_N`.
            pub const fn name(self) -> &'static str {
                match self { $(Op::$variant => stringify!($name),)* }
            }

            /// How many opcode bytes belong to this opcode: 1, or the length of the range.
            pub const fn count(self) -> u8 {
                match self { $(Op::$variant => $count,)* }
            }
        }

        /// The opcode bytes as `u8` constants, for matching; a range is named by its first byte.
        pub mod byte {
            $(#[doc = concat!("First byte of `", stringify!($name), "`.")]
              pub const $name: u8 = $first;)*
        }

        /// What is known of each of the 256 opcode bytes.
        pub static INFO: [OpInfo; 256] = {
            let mut table =
                [OpInfo { op: None, operand: Operand::None, pops: 0, pushes: 0 }; 256];
            $({
                let info = OpInfo {
                    op: Some(Op::$variant),
                    operand: Operand::$operand,
                    pops: $pops,
                    pushes: $pushes,
                };
                let mut i = 0;
                while i < $count {
                    assert!(table[$first + i].op.is_none());
                    table[$first + i] = info;
                    i += 1;
                }
            })*
            table
        };
    };
}
for_each_op!(define_ops);

impl Op {
    /// The opcode or range that `byte` belongs to, if any.
    #[inline]
    pub fn from_byte(byte: u8) -> Option<Op> {
        INFO[byte as usize].op
    }

    /// The opcode's byte, or the first byte of its range.
    #[inline]
    pub const fn byte(self) -> u8 {
        self as u8
    }

    /// The table entry of this opcode.
    #[inline]
    pub fn info(self) -> OpInfo {
        INFO[self as usize]
    }

    /// Whether this opcode's label is signed (a jump may go backwards).
    #[inline]
    pub const fn label_is_signed(self) -> bool {
        (self as u8) <= byte::POP_JUMP_IF_FALSE
    }
}

/// The small integer that the first opcode of `LOAD_CONST_SMALL_INT_MULTI` loads.
pub const SMALL_INT_MULTI_MIN: i32 = -16;
/// The largest small integer with an opcode of its own.
pub const SMALL_INT_MULTI_MAX: i32 = 47;
/// Locals below this number have opcodes of their own for load and store.
pub const FAST_MULTI_COUNT: u8 = 16;
/// Stack slots that a `for` loop's iterator occupies between `GET_ITER_STACK` and `FOR_ITER`.
pub const ITER_SLOTS: u8 = 4;
/// Flag of `UNWIND_JUMP`'s extra byte: also pop the loop's iterator, [`ITER_SLOTS`] words.
pub const UNWIND_POP_ITER: u8 = 0x80;
/// Operand of `STORE_COMP`: the low two bits name the collection, the rest is its depth below
/// the top of the stack.
pub mod comp {
    /// Append one word to a list.
    pub const LIST: u32 = 0;
    /// Store a key (top of stack) and a value (below it) in a dict.
    pub const DICT: u32 = 1;
    /// Add one word to a set.
    pub const SET: u32 = 2;
}

/// Operands of `TYPED`, an instruction of Krait's own for viper functions. The compiler makes it for code that is run
/// where it was compiled; it is in no `.mpy` file, and the verifier refuses it.
pub mod typed {
    /// From here on: convert to `bool`, `int`, `uint`, `ptr`, `ptr8`, `ptr16`, `ptr32`; numbers are cut to the word.
    pub const CONVERT: u32 = 0;
    /// How many types there are to convert to.
    pub const TYPES: u32 = 7;
    /// A pointer's address.
    pub const ADDRESS: u32 = 7;
    /// From here on: pop an index and a pointer to 1, 2 or 4 bytes, and push what is there.
    pub const LOAD: u32 = 8;
    /// From here on: pop an index, a pointer and a number, and store that.
    pub const STORE: u32 = 12;
    /// Shift left and cut to the word.
    pub const SHIFT_INT: u32 = 16;
    /// As [`SHIFT_INT`], without sign.
    pub const SHIFT_UINT: u32 = 17;

    /// By how many words the stack changes.
    pub const fn effect(operation: u32) -> i32 {
        match operation {
            LOAD..STORE | SHIFT_INT | SHIFT_UINT => -1,
            STORE..SHIFT_INT => -3,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_meet_and_labels_are_split_at_the_right_place() {
        assert_eq!(Op::from_byte(0xff), None);
        assert_eq!(Op::from_byte(0xfa), None);
        assert_eq!(Op::from_byte(0xf9), Some(Op::BinaryOpMulti));
        assert_eq!(Op::from_byte(0xd6), None);
        assert_eq!(Op::from_byte(0xaf), Some(Op::LoadConstSmallIntMulti));
        assert!(Op::PopJumpIfFalse.label_is_signed());
        assert!(Op::UnwindJump.label_is_signed());
        assert!(!Op::JumpIfTrueOrPop.label_is_signed());
        assert_eq!(core::mem::size_of::<OpInfo>(), 4);
        assert_eq!(INFO.iter().filter(|i| i.op.is_some()).count(), 73 + 135);
    }
}
