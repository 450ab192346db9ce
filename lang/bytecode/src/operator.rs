//! Unary and binary operator numbers, with their symbols and special-method names.
//!
//! The first part of each list is bytecode (the number is the distance from the range's first
//! opcode); the rest exists only inside the runtime and the compiler. The binary arithmetic
//! operators stand in the same order three times over: in place, plain, reflected.

macro_rules! operators {
    ($(#[$doc:meta])* $enum:ident { $($variant:ident $symbol:literal $method:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $enum {
            $(#[doc = concat!("`", $symbol, "` ", $method)] $variant,)*
        }

        impl $enum {
            /// Every operator, in numeric order.
            pub const ALL: &'static [$enum] = &[$($enum::$variant,)*];

            /// The operator with this number.
            #[inline]
            pub fn from_number(number: u8) -> Option<$enum> {
                Self::ALL.get(number as usize).copied()
            }

            /// How the operator is written in source, or a word for those that are not written.
            pub const fn symbol(self) -> &'static str {
                match self { $($enum::$variant => $symbol,)* }
            }

            /// The special method that overloads the operator; empty if there is none.
            pub const fn method(self) -> &'static str {
                match self { $($enum::$variant => $method,)* }
            }
        }
    };
}

operators! {
    /// Operators on one value.
    UnaryOp {
        Positive "+" "__pos__";
        Negative "-" "__neg__";
        Invert "~" "__invert__";
        Not "not" "";
        Bool "bool" "__bool__";
        Len "len" "__len__";
        Hash "hash" "__hash__";
        Abs "abs" "__abs__";
        Int "int" "__int__";
        Float "float" "__float__";
        Complex "complex" "__complex__";
        Sizeof "sizeof" "__sizeof__";
    }
}

operators! {
    /// Operators on two values.
    BinaryOp {
        Less "<" "__lt__";
        More ">" "__gt__";
        Equal "==" "__eq__";
        LessEqual "<=" "__le__";
        MoreEqual ">=" "__ge__";
        NotEqual "!=" "__ne__";
        In "in" "";
        Is "is" "";
        ExceptionMatch "except" "";
        InplaceOr "|=" "__ior__";
        InplaceXor "^=" "__ixor__";
        InplaceAnd "&=" "__iand__";
        InplaceLshift "<<=" "__ilshift__";
        InplaceRshift ">>=" "__irshift__";
        InplaceAdd "+=" "__iadd__";
        InplaceSubtract "-=" "__isub__";
        InplaceMultiply "*=" "__imul__";
        InplaceMatMultiply "@=" "__imatmul__";
        InplaceFloorDivide "//=" "__ifloordiv__";
        InplaceTrueDivide "/=" "__itruediv__";
        InplaceModulo "%=" "__imod__";
        InplacePower "**=" "__ipow__";
        Or "|" "__or__";
        Xor "^" "__xor__";
        And "&" "__and__";
        Lshift "<<" "__lshift__";
        Rshift ">>" "__rshift__";
        Add "+" "__add__";
        Subtract "-" "__sub__";
        Multiply "*" "__mul__";
        MatMultiply "@" "__matmul__";
        FloorDivide "//" "__floordiv__";
        TrueDivide "/" "__truediv__";
        Modulo "%" "__mod__";
        Power "**" "__pow__";
        Divmod "divmod" "__divmod__";
        Contains "contains" "__contains__";
        ReverseOr "|" "__ror__";
        ReverseXor "^" "__rxor__";
        ReverseAnd "&" "__rand__";
        ReverseLshift "<<" "__rlshift__";
        ReverseRshift ">>" "__rrshift__";
        ReverseAdd "+" "__radd__";
        ReverseSubtract "-" "__rsub__";
        ReverseMultiply "*" "__rmul__";
        ReverseMatMultiply "@" "__rmatmul__";
        ReverseFloorDivide "//" "__rfloordiv__";
        ReverseTrueDivide "/" "__rtruediv__";
        ReverseModulo "%" "__rmod__";
        ReversePower "**" "__rpow__";
        NotIn "not in" "";
        IsNot "is not" "";
    }
}

/// Unary operators with an opcode: numbers 0 to 3.
pub const UNARY_IN_BYTECODE: u8 = UnaryOp::Not as u8 + 1;
/// Binary operators with an opcode: numbers 0 to 34.
pub const BINARY_IN_BYTECODE: u8 = BinaryOp::Power as u8 + 1;

impl BinaryOp {
    /// Whether this is one of the thirteen in-place operators.
    #[inline]
    pub fn is_inplace(self) -> bool {
        (BinaryOp::InplaceOr..=BinaryOp::InplacePower).contains(&self)
    }

    /// The plain operator of an in-place or reflected one; others are returned as they are.
    pub fn plain(self) -> BinaryOp {
        let shift = if self.is_inplace() {
            self as u8 + (BinaryOp::Or as u8 - BinaryOp::InplaceOr as u8)
        } else if (BinaryOp::ReverseOr..=BinaryOp::ReversePower).contains(&self) {
            self as u8 - (BinaryOp::ReverseOr as u8 - BinaryOp::Or as u8)
        } else {
            self as u8
        };
        Self::from_number(shift).unwrap_or(self)
    }

    /// The reflected form of a plain arithmetic operator.
    pub fn reverse(self) -> Option<BinaryOp> {
        if (BinaryOp::Or..=BinaryOp::Power).contains(&self) {
            Self::from_number(self as u8 + (BinaryOp::ReverseOr as u8 - BinaryOp::Or as u8))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_arithmetic_orders_agree() {
        assert_eq!(UNARY_IN_BYTECODE, 4);
        assert_eq!(BINARY_IN_BYTECODE, 35);
        assert_eq!(BinaryOp::InplaceMatMultiply.plain(), BinaryOp::MatMultiply);
        assert_eq!(BinaryOp::Power.reverse(), Some(BinaryOp::ReversePower));
        assert_eq!(BinaryOp::ReversePower.plain(), BinaryOp::Power);
        assert_eq!(BinaryOp::Less.reverse(), None);
        for (number, op) in BinaryOp::ALL.iter().enumerate() {
            assert_eq!(*op as usize, number);
            if op.is_inplace() {
                let plain = op.plain().symbol();
                assert_eq!(op.symbol().strip_suffix('='), Some(plain));
            }
        }
    }
}
