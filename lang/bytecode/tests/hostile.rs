//! Bytes that mean harm: random ones, and good files with bytes changed.
//!
//! Reader, verifier, writer and disassembler must take them all without panic; and what the
//! verifier accepts must keep its promises when it is executed, which a walker tests that takes
//! branches, returns and exceptions at random.

use allocator_api2::alloc::Global;
use allocator_api2::vec::Vec as AVec;
use krait_bytecode::disasm::disassemble;
use krait_bytecode::insn;
use krait_bytecode::mpy::{read, write};
use krait_bytecode::opcode::{Op, Operand};
use krait_bytecode::prelude::Prelude;
use krait_bytecode::varint;
use krait_bytecode::verify::{Limits, Verdict, Verifier, verify_file, verify_unit};
use proptest::prelude::*;

mod walker;
use walker::Walker;

#[path = "../src/mpy/fixture.rs"]
mod fixture;

const TARGET: read::Target = read::Target { small_int_bits: 31, native_arch: 0 };

/// Everything that can be done with a file. Returns whether it was sound.
fn exercise(bytes: &[u8], seed: u64) -> bool {
    let sound = verify_file(bytes, TARGET, Global);
    match read::read_unit(bytes, TARGET, Global) {
        Ok(unit) => {
            let mut out = AVec::new();
            write::write(&unit, &mut out).unwrap();
            // Spellings may differ, the unit may not.
            let again = read::read_unit(&out, TARGET, Global).unwrap();
            assert_eq!(verify_unit(&again, 31).is_ok(), sound.is_ok());
            disassemble(&unit, &mut String::new()).unwrap();
        }
        Err(_) => assert!(sound.is_err() || read::Reader::new(bytes, TARGET).is_ok()),
    }
    if sound.is_ok() {
        walk(bytes, seed);
    }
    sound.is_ok()
}

/// Executes every sound code of a sound file at random.
fn walk(bytes: &[u8], seed: u64) {
    let mut reader = read::Reader::new(bytes, TARGET).unwrap();
    let limits =
        Limits { names: reader.name_count(), consts: reader.const_count(), small_int_bits: TARGET.small_int_bits };
    let mut verifier = Verifier::new_in(limits, Global);
    while let Some(code) = reader.next_code().unwrap() {
        match verifier.code(code.bytes, code.n_children, code.depth).unwrap() {
            Verdict::Unused => {}
            Verdict::Sound(facts) => {
                for run in 0..8 {
                    Walker::new(code.bytes, facts, seed ^ run << 17 ^ code.offset as u64).run();
                }
            }
        }
    }
}

#[test]
fn the_fixtures_walk() {
    for seed in 0..50 {
        assert!(exercise(&fixture::ONE, seed));
        assert!(exercise(&fixture::MANY, seed));
        assert!(exercise(&fixture::BLOCKS, seed));
    }
}

/// Offsets of a file that belong to bytecode.
fn code_bytes(file: &[u8]) -> Vec<usize> {
    let mut reader = read::Reader::new(file, TARGET).unwrap();
    let mut at = Vec::new();
    while let Some(code) = reader.next_code().unwrap() {
        at.extend(code.offset..code.offset + code.bytes.len());
    }
    at
}

/// Offset of every instruction of a file, and in which code it lies.
fn instructions(file: &[u8]) -> Vec<(usize, usize)> {
    let mut reader = read::Reader::new(file, TARGET).unwrap();
    let mut places = Vec::new();
    while let Some(code) = reader.next_code().unwrap() {
        let prelude = Prelude::parse(code.bytes).unwrap();
        let start = code.offset + prelude.code_at();
        let mut at = 0;
        while let Ok(insn) = insn::decode(prelude.instructions(), at) {
            places.push((start + at, code.offset));
            at = insn.next;
        }
    }
    places
}

/// Turns an instruction into another of the same length, or leads its jump elsewhere.
fn change_instruction(file: &mut [u8], places: &[(usize, usize)], index: usize, what: u32) {
    use krait_bytecode::opcode::byte as b;
    let (at, code) = places[index];
    let Some(info) = Op::from_byte(file[at]).map(Op::info) else {
        return;
    };
    let pick = |from: &[u8]| from[(what >> 8) as usize % from.len()];
    let forward =
        [b::SETUP_EXCEPT, b::SETUP_FINALLY, b::SETUP_WITH, b::POP_EXCEPT_JUMP, b::FOR_ITER, b::JUMP_IF_TRUE_OR_POP];
    match info.operand {
        Operand::Forward | Operand::Jump | Operand::Unwind if what & 1 == 0 => {
            // To another instruction of the same code, near by.
            let near = index + (what >> 8) as usize % 24;
            let Some(&(to, there)) = near.checked_sub(12).and_then(|n| places.get(n)) else {
                return;
            };
            let signed = info.op.is_some_and(Op::label_is_signed);
            if there == code
                && let Ok(label) = varint::label(signed, true, at + 1, to)
            {
                file[at + 1] = label.as_slice()[0];
            }
        }
        Operand::Forward => file[at] = pick(&forward),
        Operand::Jump => file[at] = pick(&[b::JUMP, b::POP_JUMP_IF_TRUE]),
        Operand::Unwind => file[at + 2] = pick(&[1, 2, 3, 0x81, 0x82]),
        Operand::None | Operand::Embedded => {
            file[at] = pick(&[
                b::LOAD_CONST_NONE,
                b::LOAD_CONST_TRUE,
                b::LOAD_NULL,
                b::DUP_TOP,
                b::POP_TOP,
                b::ROT_TWO,
                b::ROT_THREE,
                b::WITH_CLEANUP,
                b::END_FINALLY,
                b::GET_ITER_STACK,
                b::LOAD_FAST_MULTI,
                b::STORE_FAST_MULTI,
            ]);
        }
        // Two or more bytes of something else: a jump to the next instruction but one, say.
        _ if what & 2 == 0 => {
            file[at] = pick(&[b::POP_EXCEPT_JUMP, b::SETUP_EXCEPT, b::SETUP_FINALLY, b::JUMP]);
        }
        _ => file[at] = b::BUILD_TUPLE,
    }
}

/// `PROPTEST_CASES` if set, otherwise enough for a second or two.
fn cases() -> ProptestConfig {
    let set = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(set.unwrap_or(3000)) }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn random_bytes_do_no_harm(tail in prop::collection::vec(any::<u8>(), 0..200), seed: u64) {
        let mut file = vec![b'M', 6, 0, 31];
        file.extend(&tail);
        exercise(&file, seed);
    }

    #[test]
    fn changed_files_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        seed: u64,
    ) {
        let mut file = fixture::MANY.to_vec();
        for (index, byte) in changes {
            let at = index.index(file.len());
            file[at] = byte;
        }
        exercise(&file, seed);
    }

    #[test]
    fn changed_bytecode_does_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        seed: u64,
    ) {
        let mut file = fixture::MANY.to_vec();
        let places = code_bytes(&file);
        for (index, byte) in changes {
            file[places[index.index(places.len())]] = byte;
        }
        exercise(&file, seed);
    }

    #[test]
    fn changed_blocks_do_no_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u32>()), 1..6),
        seed: u64,
    ) {
        let mut file = fixture::BLOCKS.to_vec();
        let places = instructions(&file);
        for (index, what) in changes {
            change_instruction(&mut file, &places, index.index(places.len()), what);
        }
        exercise(&file, seed);
    }

    #[test]
    fn made_up_code_does_no_harm(
        code in prop::collection::vec(instruction(), 1..40),
        blocks in 0u8..4,
        seed: u64,
    ) {
        let code: Vec<u8> = code.concat();
        // Frame of 15 words, two names, two constants, no arguments.
        let mut file = vec![b'M', 6, 0, 31, 2, 2, 3, 5, 1, 1];
        let mut body = vec![0x80 | 14 << 3 | (blocks & 1) << 2, blocks & 2, 2, 0];
        body.extend(&code);
        body.extend([0x51, 0x63]);
        let head = (body.len() as u32) << 3;
        file.extend(krait_bytecode::varint::uint(head).as_slice());
        file.extend(&body);
        exercise(&file, seed);
    }
}

/// Instructions that blocks are made of, with small operands, more often right than not.
fn instruction() -> impl Strategy<Value = Vec<u8>> {
    use krait_bytecode::opcode::byte as b;
    let plain = prop::sample::select(vec![
        b::LOAD_CONST_NONE,
        b::LOAD_CONST_TRUE,
        b::LOAD_NULL,
        b::LOAD_FAST_MULTI,
        b::STORE_FAST_MULTI,
        b::DUP_TOP,
        b::DUP_TOP_TWO,
        b::POP_TOP,
        b::ROT_TWO,
        b::ROT_THREE,
        b::WITH_CLEANUP,
        b::END_FINALLY,
        b::GET_ITER_STACK,
        b::RETURN_VALUE,
        b::RAISE_LAST,
        b::STORE_MAP,
        b::BINARY_OP_MULTI,
    ])
    .prop_map(|op| vec![op]);
    let forward = (
        prop::sample::select(vec![
            b::SETUP_EXCEPT,
            b::SETUP_FINALLY,
            b::SETUP_WITH,
            b::FOR_ITER,
            b::POP_EXCEPT_JUMP,
            b::JUMP_IF_TRUE_OR_POP,
        ]),
        0u8..24,
    )
        .prop_map(|(op, by)| vec![op, by]);
    let jump = (prop::sample::select(vec![b::JUMP, b::POP_JUMP_IF_TRUE, b::POP_JUMP_IF_FALSE]), 0x38u8..0x50)
        .prop_map(|(op, by)| vec![op, by]);
    let unwind =
        (0x3cu8..0x50, prop::sample::select(vec![1u8, 2, 0x81])).prop_map(|(by, n)| vec![b::UNWIND_JUMP, by, n]);
    let counted = (
        prop::sample::select(vec![
            b::BUILD_TUPLE,
            b::BUILD_LIST,
            b::BUILD_MAP,
            b::STORE_COMP,
            b::UNPACK_SEQUENCE,
            b::CALL_FUNCTION,
            b::CALL_METHOD,
            b::LOAD_METHOD,
        ]),
        0u8..4,
    )
        .prop_map(|(op, n)| vec![op, n % if op == b::LOAD_METHOD { 2 } else { 4 }]);
    // Whole blocks, so that some nest well.
    let whole = prop::sample::select(vec![
        vec![b::SETUP_EXCEPT, 2, b::POP_EXCEPT_JUMP, 4, b::POP_TOP, b::POP_EXCEPT_JUMP, 1, b::END_FINALLY],
        vec![b::SETUP_FINALLY, 1, b::LOAD_CONST_NONE],
        vec![b::LOAD_CONST_NONE, b::SETUP_WITH, 2, b::POP_TOP, b::LOAD_CONST_NONE, b::WITH_CLEANUP, b::END_FINALLY],
        vec![b::LOAD_CONST_NONE, b::GET_ITER_STACK, b::FOR_ITER, 3, b::POP_TOP, b::JUMP, 0x3b],
        vec![b::LOAD_CONST_NONE, b::END_FINALLY],
    ]);
    prop_oneof![4 => plain, 3 => forward, 2 => jump, 2 => unwind, 2 => counted, 4 => whole]
}
