//! Tests of single rules; `tests/hostile.rs` and `tests/oracle.rs` test the whole.

use super::*;
use crate::opcode::byte::*;
use crate::prelude::{encode_sizes, flags};
use allocator_api2::alloc::Global;
use std::vec;

const LIMITS: Limits = Limits { names: 2, consts: 1, small_int_bits: 31 };
const NONE: u8 = LOAD_CONST_NONE;
const RET: u8 = RETURN_VALUE;

fn bytes(signature: Signature, cells: &[u8], code: &[u8]) -> Vec<u8, Global> {
    let mut out = Vec::new();
    signature.encode(&mut out).unwrap();
    let names = 1 + signature.n_pos_args + signature.n_kwonly_args;
    encode_sizes(names, cells.len() as u32, &mut out).unwrap();
    out.extend((0..names).map(|_| 0));
    out.extend_from_slice(cells);
    out.extend_from_slice(code);
    out
}

/// Judges a module body with eight words of frame, two blocks and two children.
fn judge(code: &[u8]) -> Result<Facts, (usize, Fault)> {
    let signature = Signature { n_state: 8, n_exc_stack: 2, ..Signature::default() };
    let mut verifier = Verifier::new_in(LIMITS, Global);
    match verifier.code(&bytes(signature, &[], code), 2, 0) {
        Ok(Verdict::Sound(facts)) => Ok(facts),
        Ok(Verdict::Unused) => unreachable!(),
        Err(rejected) => Err((rejected.offset, rejected.fault)),
    }
}

#[test]
fn facts_are_as_small_as_the_code_allows() {
    let facts = judge(&[NONE, NONE, BUILD_TUPLE, 2, STORE_FAST_MULTI + 2, NONE, RET]).unwrap();
    assert_eq!(facts, Facts { locals: 3, stack: 2, blocks: 0, closed: 0 });
}

#[test]
fn operands_are_held_against_their_tables() {
    for (code, fault) in [
        (&[LOAD_NAME, 2][..], Fault::NameIndex),
        (&[LOAD_CONST_OBJ, 1], Fault::ConstIndex),
        (&[MAKE_FUNCTION, 2], Fault::ChildIndex),
        (&[LOAD_FAST_N, 8], Fault::LocalIndex),
        (&[LOAD_FAST_MULTI + 8], Fault::LocalIndex),
        (&[LOAD_DEREF, 0], Fault::Cell),
        (&[LOAD_CONST_SMALL_INT, 0x84, 0x80, 0x80, 0x80, 0], Fault::SmallInt),
        (&[NONE, NONE, BUILD_SLICE, 4], Fault::Operand),
        (&[NONE, CALL_FUNCTION, 0x84, 0x80, 0], Fault::Operand),
        (&[NONE, YIELD_VALUE], Fault::NotGenerator),
        (&[0x00], Fault::UnknownOpcode),
        (&[LOAD_CONST_SMALL_INT, 0x80], Fault::Truncated),
    ] {
        assert_eq!(judge(code).map_err(|e| e.1), Err(fault), "{code:x?}");
    }
    let fits = [LOAD_CONST_SMALL_INT, 0x83, 0xff, 0xff, 0xff, 0x7f, RET];
    assert!(judge(&fits).is_ok());
}

#[test]
fn execution_stays_in_the_code() {
    assert_eq!(judge(&[]), Err((0, Fault::Truncated)));
    assert_eq!(judge(&[NONE, POP_TOP]), Err((2, Fault::Truncated)));
    // Forward and backward out of the code, and into an operand.
    assert_eq!(judge(&[JUMP, 0x43, NONE, RET]), Err((0, Fault::JumpTarget)));
    assert_eq!(judge(&[JUMP, 0x3d, NONE, RET]), Err((0, Fault::JumpTarget)));
    assert_eq!(judge(&[JUMP, 0x3f, NONE, RET]), Err((1, Fault::JumpTarget)));
    // For ever is fine.
    assert!(judge(&[JUMP, 0x3e]).is_ok());
}

#[test]
fn stacks_are_balanced_on_every_path() {
    assert_eq!(judge(&[RET]), Err((0, Fault::StackUnderflow)));
    assert_eq!(judge(&[NONE, BUILD_TUPLE, 2, RET]), Err((1, Fault::StackUnderflow)));
    assert_eq!(judge(&[[NONE; 9].as_slice(), &[RET]].concat()), Err((8, Fault::StackOverflow)));
    assert_eq!(judge(&[NONE, UNPACK_SEQUENCE, 0x81, 0]), Err((1, Fault::StackOverflow)));
    // One branch pushes, the other does not.
    let uneven = [NONE, POP_JUMP_IF_TRUE, 0x41, NONE, NONE, RET];
    assert_eq!(judge(&uneven), Err((3, Fault::StackMismatch)));
    // A loop that grows.
    assert_eq!(judge(&[NONE, JUMP, 0x3d]), Err((1, Fault::StackMismatch)));
}

#[test]
fn words_are_what_the_instruction_needs() {
    assert_eq!(judge(&[LOAD_NULL, RET]), Err((1, Fault::StackKind)));
    assert_eq!(judge(&[NONE, LOAD_METHOD, 0, RET]), Err((3, Fault::StackKind)));
    assert!(judge(&[NONE, LOAD_METHOD, 0, CALL_METHOD, 0, RET]).is_ok());
    assert_eq!(judge(&[NONE, NONE, NONE, STORE_MAP, RET]), Err((3, Fault::StackKind)));
    assert!(judge(&[BUILD_MAP, 0, NONE, NONE, STORE_MAP, RET]).is_ok());
    // A keyword must be a name.
    assert_eq!(judge(&[NONE, NONE, NONE, CALL_FUNCTION, 0x82, 0]), Err((3, Fault::StackKind)));
    assert!(judge(&[NONE, LOAD_CONST_STRING, 0, NONE, CALL_FUNCTION, 0x82, 0, RET]).is_ok());
    // Half an iterator.
    let half = [NONE, GET_ITER_STACK, POP_TOP, FOR_ITER, 0, NONE, RET];
    assert_eq!(judge(&half), Err((3, Fault::StackUnderflow)));
    // A list on one path, any object on the other: no longer a list.
    let either = [NONE, POP_JUMP_IF_TRUE, 0x44, BUILD_LIST, 0, JUMP, 0x41, NONE, NONE, STORE_COMP, 4, RET];
    assert_eq!(judge(&either), Err((9, Fault::StackKind)));
}

#[test]
fn blocks_are_closed_as_they_were_opened() {
    let good = [SETUP_FINALLY, 1, NONE, NONE, POP_TOP, END_FINALLY, NONE, RET];
    assert_eq!(judge(&good).map(|f| (f.stack, f.blocks)), Ok((3, 1)));
    let small_int = [SETUP_FINALLY, 1, LOAD_CONST_TRUE, END_FINALLY, NONE, RET];
    assert_eq!(judge(&small_int), Err((2, Fault::StackMismatch)));
    assert_eq!(judge(&[NONE, END_FINALLY, NONE, RET]), Err((1, Fault::BlockEnd)));
    assert_eq!(judge(&[POP_EXCEPT_JUMP, 0, NONE, RET]), Err((0, Fault::BlockEnd)));
    assert_eq!(judge(&[UNWIND_JUMP, 0x41, 1, NONE, RET]), Err((0, Fault::BlockEnd)));
    // Three blocks where the prelude declares two.
    let deep = [SETUP_FINALLY, 6, SETUP_FINALLY, 4, SETUP_FINALLY, 2, JUMP, 0x3e, END_FINALLY, RET];
    assert_eq!(judge(&deep).map_err(|e| e.1), Err(Fault::BlockMismatch));
    // What lies below a block belongs to its handler.
    let below = [NONE, SETUP_EXCEPT, 2, POP_TOP, RET, POP_TOP, POP_EXCEPT_JUMP, 0, RET];
    assert_eq!(judge(&below), Err((3, Fault::StackUnderflow)));
    // The outcome of a block cannot be thrown away.
    let lost = [SETUP_FINALLY, 1, NONE, POP_TOP, NONE, END_FINALLY, NONE, RET];
    assert_eq!(judge(&lost), Err((3, Fault::StackKind)));
    // A handler that asks for its case must do so in the known way.
    let asks = [NONE, SETUP_FINALLY, 1, NONE, DUP_TOP, POP_TOP, END_FINALLY, RET];
    assert_eq!(judge(&asks), Err((1, Fault::BlockEnd)));
}

#[test]
fn handlers_are_left_by_closing_their_block() {
    // From the handler, having dropped what lay below the block, back before it.
    let back = [
        &[NONE, SETUP_EXCEPT, 4][..],
        &[JUMP, 0x41, RAISE_LAST, RAISE_LAST],
        &[POP_TOP, POP_TOP, LOAD_NULL, JUMP, 0x39],
    ];
    assert_eq!(judge(&back.concat()), Err((10, Fault::BlockMismatch)));
    // Into the handler of a block that is not the innermost.
    let past = [SETUP_EXCEPT, 5, SETUP_EXCEPT, 1, NONE, JUMP, 0x41, NONE, NONE, RET];
    assert_eq!(judge(&past).map_err(|e| e.1), Err(Fault::BlockMismatch));
    // Handlers that do not nest as their blocks do.
    let crossed =
        [&[SETUP_FINALLY, 3, SETUP_FINALLY, 3, RAISE_LAST][..], &[END_FINALLY, RAISE_LAST, END_FINALLY, RAISE_LAST]];
    assert_eq!(judge(&crossed.concat()), Err((2, Fault::BlockMismatch)));
    // A `finally` cannot be closed as if it were an `except`.
    let skip = [SETUP_FINALLY, 2, POP_EXCEPT_JUMP, 1, END_FINALLY, NONE, RET];
    assert_eq!(judge(&skip), Err((2, Fault::BlockEnd)));
    // With more on the stack than when the block was opened.
    let high = [SETUP_EXCEPT, 6, NONE, UNWIND_JUMP, 0x41, 1, NONE, RET, RAISE_LAST];
    assert_eq!(judge(&high), Err((3, Fault::BlockEnd)));
    let level = [SETUP_EXCEPT, 5, UNWIND_JUMP, 0x41, 1, NONE, RET, RAISE_LAST];
    assert!(judge(&level).is_ok());
    // `END_FINALLY` where `with` still has its object, and the other way about.
    let with = [NONE, SETUP_WITH, 2, POP_TOP, NONE, END_FINALLY, NONE, RET];
    assert_eq!(judge(&with), Err((5, Fault::BlockEnd)));
    let cleanup = [SETUP_FINALLY, 1, NONE, WITH_CLEANUP, END_FINALLY, NONE, RET];
    assert_eq!(judge(&cleanup), Err((3, Fault::BlockEnd)));
    let good = [NONE, SETUP_WITH, 2, POP_TOP, NONE, WITH_CLEANUP, END_FINALLY, NONE, RET];
    assert_eq!(judge(&good).map(|f| f.stack), Ok(5));
    // The three arguments of `__exit__` need room.
    let tight = [[NONE; 4].as_slice(), &good].concat();
    assert_eq!(judge(&tight), Err((5, Fault::StackOverflow)));
}

#[test]
fn async_with_consumes_its_object() {
    let test = BINARY_OP_MULTI + crate::BinaryOp::ExceptionMatch as u8;
    let code = |exception: &[u8], unwind: &[u8]| {
        let start = [NONE, SETUP_FINALLY, 4, NONE, ROT_TWO, JUMP];
        let ask = [DUP_TOP, LOAD_GLOBAL, 0, test, POP_JUMP_IF_FALSE, 0x40 + exception.len() as u8];
        let after = 0x40 + (ask.len() + exception.len() + unwind.len()) as u8;
        let end = [POP_TOP, END_FINALLY, NONE, RET];
        [&start[..], &[after], &ask, exception, unwind, &end].concat()
    };
    let unwind = [ROT_THREE, ROT_THREE];
    assert!(judge(&code(&[RAISE_OBJ], &unwind)).is_ok());
    let fault = |exception: &[u8], unwind: &[u8]| judge(&code(exception, unwind)).map_err(|e| e.1);
    // The pending return or jump stays above the object, is moved half, or is moved twice.
    assert_eq!(fault(&[RAISE_OBJ], &[]), Err(Fault::StackMismatch));
    assert_eq!(fault(&[RAISE_OBJ], &[END_FINALLY]), Err(Fault::BlockEnd));
    assert_eq!(fault(&[RAISE_OBJ], &[ROT_THREE]), Err(Fault::StackKind));
    assert_eq!(fault(&[RAISE_OBJ], &[ROT_TWO]), Err(Fault::StackKind));
    assert_eq!(fault(&[RAISE_OBJ], &[DUP_TOP, POP_TOP]), Err(Fault::StackKind));
    // An exception is one word, so rotating three reaches too deep.
    assert_eq!(fault(&unwind, &unwind), Err(Fault::StackUnderflow));
}

#[test]
fn children_are_verified_as_they_are_made() {
    let root = Signature { n_state: 4, ..Signature::default() };
    let child = Signature { n_state: 4, n_pos_args: 1, ..Signature::default() };
    let body = [LOAD_DEREF, 0, RET];
    let pair = |first: &[u8], cells: &[u8]| {
        let mut v = Verifier::new_in(LIMITS, Global);
        v.code(&bytes(root, cells, first), 1, 0)?;
        v.code(&bytes(child, &[], &body), 0, 1)
    };
    let closure = [LOAD_FAST_MULTI, MAKE_CLOSURE, 0, 1, RET];
    let made = pair(&closure, &[0]).unwrap();
    assert_eq!(made, Verdict::Sound(Facts { locals: 1, stack: 1, blocks: 0, closed: 1 }));
    // Not a cell; a function where a closure is needed; nothing at all.
    let fault = |r: Result<_, Rejected>| r.map_err(|r| (r.code, r.fault));
    assert_eq!(fault(pair(&closure, &[])), Err((0, Fault::StackKind)));
    assert_eq!(fault(pair(&[MAKE_FUNCTION, 0, RET], &[])), Err((1, Fault::Cell)));
    assert_eq!(fault(pair(&[NONE, RET], &[])), Ok(Verdict::Unused));
    let twice = [MAKE_FUNCTION, 0, LOAD_FAST_MULTI, MAKE_CLOSURE, 0, 1, RET];
    assert_eq!(fault(pair(&twice, &[0])), Err((0, Fault::ClosureSize)));
    let over = [NONE, STORE_FAST_MULTI, NONE, RET];
    assert_eq!(fault(pair(&over, &[0])), Err((0, Fault::Cell)));
}

#[test]
fn signatures_must_make_sense() {
    let judge = |s: Signature, cells: &[u8], depth: usize| {
        let mut v = Verifier::new_in(LIMITS, Global);
        let root = Signature { n_state: 1, ..Signature::default() };
        if depth == 1 {
            v.code(&bytes(root, &[], &[MAKE_FUNCTION, 0, RET]), 1, 0).unwrap();
        }
        v.code(&bytes(s, cells, &[NONE, RET]), 0, depth).map(|_| ()).map_err(|r| r.fault)
    };
    let s = Signature { n_state: 3, n_pos_args: 2, ..Signature::default() };
    assert_eq!(judge(s, &[], 1), Ok(()));
    assert_eq!(judge(s, &[], 0), Err(Fault::Root));
    assert_eq!(judge(Signature { n_def_pos_args: 3, ..s }, &[], 1), Err(Fault::Prelude));
    assert_eq!(judge(Signature { n_kwonly_args: 2, ..s }, &[], 1), Err(Fault::StackOverflow));
    assert_eq!(judge(Signature { flags: flags::VAR_ARGS, ..s }, &[], 1), Err(Fault::StackOverflow));
    assert_eq!(judge(s, &[1, 1], 1), Err(Fault::Cell));
    assert_eq!(judge(s, &[7], 1), Err(Fault::StackOverflow));
}

/// Judges code in the widest frame there is.
fn judge_wide(code: &[u8]) -> Result<Facts, Fault> {
    let signature = Signature { n_state: MAX_STATE, n_exc_stack: 500, ..Signature::default() };
    match Verifier::new_in(LIMITS, Global).code(&bytes(signature, &[], code), 0, 0) {
        Ok(Verdict::Sound(facts)) => Ok(facts),
        Ok(Verdict::Unused) => unreachable!(),
        Err(rejected) => Err(rejected.fault),
    }
}

#[test]
fn long_conditional_literals_are_sound() {
    // [None, 1 if x else 2, ...] a thousand times.
    let mut code = vec![];
    for _ in 0..1000 {
        code.extend([NONE, LOAD_FAST_MULTI, POP_JUMP_IF_FALSE, 0x43]);
        code.extend([LOAD_CONST_SMALL_INT_MULTI, JUMP, 0x41, LOAD_CONST_SMALL_INT_MULTI]);
    }
    code.extend([BUILD_LIST, 0x8f, 0x50, RET]);
    assert_eq!(judge_wide(&code).map(|f| f.stack), Ok(2000));
}

#[test]
fn code_made_to_be_slow_is_given_up() {
    // A high stack of alternating kinds, then nothing but labels.
    let mut code = [NONE, LOAD_CONST_TRUE].repeat(30_000);
    code.extend([NONE, POP_JUMP_IF_TRUE, 0x40].repeat(60_000));
    code.extend([RET]);
    assert_eq!(judge_wide(&code), Err(Fault::TooComplex));
    // Many short loops, on the other hand, are soon followed.
    let mut code = vec![JUMP, 0x40];
    code.extend([LOAD_FAST_MULTI, POP_JUMP_IF_TRUE, 0x3d].repeat(5_000));
    code.extend([NONE, RET]);
    assert!(judge_wide(&code).is_ok());
}
