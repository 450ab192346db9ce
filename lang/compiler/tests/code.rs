//! What becomes of expressions and scopes, read from the disassembly.

mod support;

use krait_compiler::InputKind;

/// The first instruction of `x = expression`.
fn first(expression: &str) -> String {
    let listing = support::listing(&format!("x = {expression}"), InputKind::File);
    let line = listing.lines().find(|l| l.starts_with("1 0 ")).unwrap_or(&listing);
    line.trim_start_matches("1 0 ").to_string()
}

#[test]
fn constants_fold() {
    for (expression, code) in [
        ("1 + 2 * 3 - 4", "LOAD_CONST_SMALL_INT 3"),
        ("-7 // 2", "LOAD_CONST_SMALL_INT -4"),
        ("7 % -3", "LOAD_CONST_SMALL_INT -2"),
        ("2 ** 10", "LOAD_CONST_SMALL_INT 1024"),
        ("1 << 70 >> 70", "LOAD_CONST_SMALL_INT 1"),
        ("-5 >> 70", "LOAD_CONST_SMALL_INT -1"),
        ("~5", "LOAD_CONST_SMALL_INT -6"),
        ("0x10 | 0b11 ^ 5 & 4", "LOAD_CONST_SMALL_INT 23"),
        ("(1 << 30) - 1", "LOAD_CONST_SMALL_INT 1073741823"),
        ("1 << 30", "LOAD_CONST_OBJ 1073741824"),
        ("-(1 << 30)", "LOAD_CONST_SMALL_INT -1073741824"),
        ("10 ** 20", "LOAD_CONST_OBJ 100000000000000000000"),
        ("-(1 << 63)", "LOAD_CONST_OBJ -9223372036854775808"),
        ("10 ** 20 // -7", "LOAD_CONST_OBJ -14285714285714285715"),
        ("1 / 2", "LOAD_CONST_OBJ 0.5"),
        ("7.5 // 2", "LOAD_CONST_OBJ 3.0"),
        ("-7.5 % 2", "LOAD_CONST_OBJ 0.5"),
        ("2 ** -1", "LOAD_CONST_OBJ 0.5"),
        ("-0.0", "LOAD_CONST_OBJ -0.0"),
        ("1e308 * 10", "LOAD_CONST_OBJ inf"),
        ("math.pi", "LOAD_CONST_OBJ 3.141592653589793"),
        ("1.5j", "LOAD_CONST_OBJ 1.5j"),
        ("(1, (2, 'a'), None)", "LOAD_CONST_OBJ (1, (2, \"a\"), None)"),
        ("not ()", "LOAD_CONST_TRUE"),
        ("0 or 1 or y", "LOAD_CONST_SMALL_INT 1"),
        ("1 and 0 and y", "LOAD_CONST_SMALL_INT 0"),
        ("__debug__", "LOAD_CONST_FALSE"),
    ] {
        assert_eq!(first(expression), code, "{expression}");
    }
}

#[test]
fn what_raises_is_left_to_run_time() {
    for expression in ["1 // 0", "1 % 0", "1.0 / 0", "1 << -1", "0 ** -1", "(-1) ** 0.5", "~1.5", "1 | 2.0"] {
        let code = first(expression);
        assert!(code.starts_with("LOAD_CONST"), "{expression}: {code}");
        let listing = support::listing(&format!("x = {expression}"), InputKind::File);
        assert!(listing.contains("ARY_OP"), "{expression}: {listing}");
    }
}

#[test]
fn powers_without_end_are_not_computed() {
    for expression in ["10 ** 10 ** 6", "1 << 10 ** 9", "1 << 10 ** 30", "(1 << 90000) ** 90000"] {
        let listing = support::listing(&format!("x = {expression}"), InputKind::File);
        assert!(listing.contains("BINARY_OP"), "{expression}");
    }
}

#[test]
fn variables_have_the_right_kinds() {
    for (text, expected) in [
        ("x = y", &["LOAD_NAME y", "STORE_NAME x"][..]),
        ("def f():\n x = y", &["LOAD_GLOBAL y", "STORE_FAST x"]),
        ("def f():\n global x\n x = y", &["LOAD_GLOBAL y", "STORE_GLOBAL x"]),
        ("x = 1\ndef f():\n global x", &["STORE_GLOBAL x"]),
        ("global x\nx = 1", &["STORE_GLOBAL x"]),
        ("class A:\n x = y", &["LOAD_NAME y", "STORE_NAME x"]),
    ] {
        let listing = support::listing(text, InputKind::File);
        for line in expected {
            let (op, name) = line.split_once(' ').unwrap();
            // Locals are shown by number.
            let found = listing.lines().any(|l| l.contains(op) && (op.ends_with("FAST") || l.contains(name)));
            assert!(found, "{text:?}: {line}\n{listing}");
        }
    }
}

#[test]
fn cells_reach_inner_functions() {
    let text = "def f(a, b):\n def g():\n  def h():\n   return b\n  return h\n return g";
    let listing = support::listing(text, InputKind::File);
    assert_eq!(listing.matches("MAKE_CLOSURE").count(), 2, "{listing}");
    assert!(listing.contains("LOAD_DEREF"), "{listing}");
    // A class body is no owner of variables for its methods.
    let text = "class A:\n x = 1\n def f(self):\n  return x";
    assert!(!support::listing(text, InputKind::File).contains("CLOSURE"));
    // But of its own class.
    let text = "class A:\n def f(self):\n  return super().f()";
    assert!(support::listing(text, InputKind::File).contains("CLOSURE"));
}

#[test]
fn the_prompt_prints_values() {
    let listing = support::listing("1 + x", InputKind::Single);
    assert!(listing.contains("LOAD_NAME __repl_print__"), "{listing}");
    let listing = support::listing("def f(): 1", InputKind::Single);
    assert!(!listing.contains("__repl_print__"), "{listing}");
    let listing = support::listing("'text'", InputKind::Single);
    assert!(listing.contains("LOAD_CONST_STRING text"), "{listing}");
    assert!(!support::listing("'text'", InputKind::File).contains("LOAD_CONST_STRING"));
}

#[test]
fn levels_drop_asserts_and_lines() {
    let text = b"\n\nassert x\ny = __debug__\n";
    let size = |level| {
        let unit = support::with(text, InputKind::File, level).unwrap();
        unit.code(0).unwrap().bytes().len()
    };
    assert!(size(0) > size(1));
    assert_eq!(size(1), size(2));
    assert!(size(2) > size(3));
}

#[test]
fn ordered_dicts_keep_their_order_if_asked() {
    use krait_compiler::{CompileOptions, compile};
    let text = b"x = OrderedDict({a: b, c: d})";
    let options = CompileOptions { ordered_dict: true, ..CompileOptions::default() };
    let unit = compile(&mut &text[..], &options, allocator_api2::alloc::Global).unwrap();
    let mut out = String::new();
    krait_bytecode::disasm::disassemble(&unit, &mut out).unwrap();
    assert!(!out.contains("BUILD_MAP") && out.matches("STORE_MAP").count() == 2, "{out}");
}
