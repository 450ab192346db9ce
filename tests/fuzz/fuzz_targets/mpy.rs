//! A `.mpy` file, however malformed, is refused or runs without harm. The last byte chooses the personality.
#![no_main]

use krait_fuzz::{personality, with_vm};
use krait_runtime::Out;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((seed, file)) = data.split_last() else { return };
    with_vm(personality(*seed), |vm| {
        let globals = vm.main_globals();
        let ran = vm.load_mpy(file, globals).and_then(|f| vm.call(f, &[]));
        if ran.is_err() {
            let exc = vm.take_raised();
            if vm.print_exception(exc, &mut Out::Error).is_err() {
                vm.take_raised();
            }
        }
    });
});
