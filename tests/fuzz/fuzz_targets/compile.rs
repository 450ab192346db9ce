//! Any text compiles or is refused; what compiles is accepted by the verifier and survives a `.mpy` file.
//!
//! The last byte says how the text is compiled.
#![no_main]

use allocator_api2::alloc::Global;
use allocator_api2::vec::Vec;
use krait_bytecode::mpy::read::{Target, read_unit};
use krait_bytecode::mpy::write::write;
use krait_bytecode::verify::verify_unit;
use krait_compiler::{CompileOptions, InputKind, compile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((how, text)) = data.split_last() else { return };
    let options = CompileOptions {
        file_name: b"fuzz.py",
        input_kind: match how >> 2 & 3 {
            0 | 1 => InputKind::File,
            2 => InputKind::Single,
            _ => InputKind::Eval,
        },
        opt_level: how & 3,
        is_repl: how >> 4 & 1 != 0,
        ordered_dict: how >> 5 & 1 != 0,
        viper: how >> 6 & 1 != 0,
    };
    let Ok(unit) = compile(&mut &text[..], &options, Global) else { return };
    if options.viper {
        // Code for this machine only: neither the verifier nor the writer is for it.
        return;
    }
    for bits in [31, 63] {
        // Constants of the source are objects where they do not fit, whatever the word.
        verify_unit(&unit, bits).expect("the compiler's own code is accepted");
    }
    if core::str::from_utf8(text).is_err() {
        // The compiler takes any bytes for text, as the reference's does; a reader of files does not.
        return;
    }
    let mut file = Vec::new();
    if write(&unit, &mut file).is_err() {
        return;
    }
    let target = Target { small_int_bits: 63, native_arch: 0 };
    let again = read_unit(&file, target, Global).expect("the writer's own file is read");
    let mut second = Vec::new();
    write(&again, &mut second).expect("what was read can be written");
    assert_eq!(file, second, "writing what was read");
});
