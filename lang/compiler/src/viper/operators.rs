//! Operators on machine types: which there are, and what follows them so that their result is a machine word.

use krait_bytecode::BinaryOp;
use krait_bytecode::opcode::typed;

use super::kind::{Native, Type};

/// What becomes of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// This operation instead of the operator.
    pub(super) instead: Option<u32>,
    /// The result is cut to this type.
    pub(super) cut: Option<Native>,
    pub(super) result: Type,
}

/// Why an operator is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    MixedComparison,
    DivisionOfUint,
    Missing(&'static str),
}

/// A binary operator on two numbers.
pub(super) fn binary(op: BinaryOp, left: Type, right: Type) -> Result<Plan, Refusal> {
    let cut = left.native();
    let plan = |cut, result| Ok(Plan { instead: None, cut, result });
    match op.plain() {
        BinaryOp::Less
        | BinaryOp::More
        | BinaryOp::Equal
        | BinaryOp::LessEqual
        | BinaryOp::MoreEqual
        | BinaryOp::NotEqual => {
            if left != right {
                return Err(Refusal::MixedComparison);
            }
            plan(None, Type::Bool)
        }
        BinaryOp::Or | BinaryOp::Xor | BinaryOp::And => plan(cut.filter(|_| left != right), left),
        BinaryOp::Lshift => {
            let op = if left == Type::Uint { typed::SHIFT_UINT } else { typed::SHIFT_INT };
            Ok(Plan { instead: Some(op), cut: None, result: left })
        }
        BinaryOp::Rshift => plan(None, left),
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply => plan(cut, left),
        BinaryOp::FloorDivide | BinaryOp::Modulo if left != Type::Int => Err(Refusal::DivisionOfUint),
        BinaryOp::FloorDivide | BinaryOp::Modulo => plan(cut, left),
        _ => Err(Refusal::Missing(match op {
            BinaryOp::MatMultiply => "binary op __matmul__ not implemented",
            BinaryOp::InplaceMatMultiply => "binary op __imatmul__ not implemented",
            BinaryOp::TrueDivide => "binary op __truediv__ not implemented",
            BinaryOp::InplaceTrueDivide => "binary op __itruediv__ not implemented",
            BinaryOp::Power => "binary op __pow__ not implemented",
            BinaryOp::InplacePower => "binary op __ipow__ not implemented",
            // Membership and identity have no name in the reference's message.
            _ => "binary op  not implemented",
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(op: BinaryOp, l: Type, r: Type) -> Result<Plan, Refusal> {
        binary(op, l, r)
    }

    #[test]
    fn operators() {
        let (int, uint) = (Type::Int, Type::Uint);
        assert_eq!(of(BinaryOp::Less, int, int).unwrap().result, Type::Bool);
        assert_eq!(of(BinaryOp::Less, int, uint), Err(Refusal::MixedComparison));
        assert_eq!(of(BinaryOp::Add, uint, int).unwrap().cut, Some(Native::Uint));
        assert_eq!(of(BinaryOp::And, int, int).unwrap().cut, None);
        assert_eq!(of(BinaryOp::InplaceAdd, int, int).unwrap().cut, Some(Native::Int));
        assert_eq!(of(BinaryOp::FloorDivide, uint, uint), Err(Refusal::DivisionOfUint));
        assert_eq!(of(BinaryOp::Modulo, uint, uint), Err(Refusal::DivisionOfUint));
        assert_eq!(of(BinaryOp::Lshift, uint, int).unwrap().instead, Some(typed::SHIFT_UINT));
        assert_eq!(of(BinaryOp::In, int, int), Err(Refusal::Missing("binary op  not implemented")));
        assert_eq!(of(BinaryOp::InplacePower, int, int), Err(Refusal::Missing("binary op __ipow__ not implemented")));
        assert_eq!(of(BinaryOp::TrueDivide, int, int), Err(Refusal::Missing("binary op __truediv__ not implemented")));
    }
}
