//! Tests of names, constants and the code tree.

use super::*;
use allocator_api2::alloc::Global;
use std::format;

fn bytes(b: &[u8]) -> Vec<u8, Global> {
    let mut v = Vec::new_in(Global);
    v.extend_from_slice(b);
    v
}

#[test]
fn names_are_found_again_whether_few_or_many() {
    let mut u = Unit::new_in(Global);
    for round in 0..2 {
        assert_eq!(u.intern_name(b"main.py"), Ok(0), "round {round}");
        assert_eq!(u.intern_name(b"append"), Ok(1));
        for i in 0..1000u32 {
            assert_eq!(u.intern_name(format!("name{i}").as_bytes()), Ok(i + 2));
        }
    }
    assert_eq!(u.name(1), Some(&b"append"[..]));
    assert_eq!(u.name(1001), Some(&b"name999"[..]));
    assert_eq!(u.name(1002), None);
}

#[test]
fn constants_are_equal_by_type_and_value() {
    let mut u = Unit::new_in(Global);
    for _ in 0..2 {
        let mut next = 0;
        let mut expect = |u: &mut Unit<Global>, c: Const| {
            assert_eq!(u.add_const(c), Ok(next));
            next += 1;
        };
        let s = u.const_str(b"text").unwrap();
        let b = u.const_bytes(b"text").unwrap();
        let zero = u.const_float(b"0.0").unwrap();
        let minus = u.const_float(b"-0.0").unwrap();
        let t1 = u.const_tuple(&[s, zero, Const::None]).unwrap();
        let t2 = u.const_tuple(&[s, minus, Const::None]).unwrap();
        let t3 = u.const_tuple(&[t1, t2]).unwrap();
        for c in [s, b, zero, minus, t1, t2, t3, Const::None, Const::True, Const::Ellipsis] {
            expect(&mut u, c);
        }
        for i in 0..300 {
            let c = u.const_int(format!("{}", 1u64 << 40 | i).as_bytes()).unwrap();
            expect(&mut u, c);
        }
    }
    let nan = u.const_float(b"nan").unwrap();
    let first = u.add_const(nan).unwrap();
    assert_eq!(u.add_const(nan), Ok(first + 1));
    let before = u.mark();
    let again = u.const_str(b"text").unwrap();
    assert_eq!(u.add_const_since(before, again), Ok(0));
    assert_eq!(u.mark().text, before.text);
}

#[test]
fn codes_must_form_one_tree() {
    let mut u = Unit::new_in(Global);
    let root = u.reserve_code().unwrap();
    let a = u.add_code(CodeKind::Bytecode, bytes(b"a"), &[]).unwrap();
    let b = u.add_code(CodeKind::Bytecode, bytes(b"b"), &[a]).unwrap();
    assert_eq!(u.finish(root), Err(TreeFault::Missing));
    u.set_code(root, CodeKind::Bytecode, bytes(b"r"), &[b]).unwrap();
    assert_eq!(u.finish(root), Ok(()));
    let mut seen = std::vec::Vec::new();
    let mut walk = u.walk();
    while let Ok(Some(v)) = walk.next() {
        seen.push((v.index, v.depth, v.place));
    }
    assert_eq!(seen, [(root, 0, 0), (b, 1, 0), (a, 2, 0)]);
    let stray = u.add_code(CodeKind::Bytecode, bytes(b"s"), &[]).unwrap();
    assert_eq!(u.finish(root), Err(TreeFault::NotATree));
    u.set_code(stray, CodeKind::Bytecode, bytes(b"s"), &[a]).unwrap();
    assert_eq!(u.finish(root), Err(TreeFault::NotATree));
    u.set_code(stray, CodeKind::Bytecode, bytes(b"s"), &[stray]).unwrap();
    assert_eq!(u.finish(root), Err(TreeFault::NotATree));
}

#[test]
fn nesting_has_a_bound() {
    let mut u = Unit::new_in(Global);
    let mut inner = u.add_code(CodeKind::Bytecode, bytes(b""), &[]).unwrap();
    for depth in 2..MAX_DEPTH + 3 {
        inner = u.add_code(CodeKind::Bytecode, bytes(b""), &[inner]).unwrap();
        let fits = if depth <= MAX_DEPTH { Ok(()) } else { Err(TreeFault::TooDeep) };
        assert_eq!(u.finish(inner), fits, "{depth}");
    }
}
