//! Any bytes as a ROMFS image: whatever is in it can be listed, measured, read and imported, or is an `OSError`.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::obj::exception;
use krait_runtime::{Outcome, Raised, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    seed: u8,
    /// Whether the image can change: a bytearray.
    changes: bool,
    image: &'a [u8],
}

/// Folders inside folders that are looked into.
const DEPTH: usize = 8;

fn walk(vm: &mut Vm, fs: Value, path: Value, depth: usize) -> Result<(), Raised> {
    let listing = vm.call_method(fs, q!(ilistdir), &[path])?;
    vm.each(listing, |vm, entry| {
        let name = vm.subscr(entry, Value::small_int(0))?;
        if vm.as_str(name).is_none() {
            return Ok(());
        }
        let (folder, name) = (vm.need_str(path)?, vm.need_str(name)?);
        let full = vm.format_str(format_args!("{}/{}", folder.as_str(), name.as_str()))?;
        let stat = vm.call_method(fs, q!(stat), &[full]);
        let Some(stat) = vm.catch(&exception::OS_ERROR, stat)? else { return Ok(()) };
        let mode = vm.subscr(stat, Value::small_int(0))?;
        if vm.need_int(mode)? == 0x4000 {
            return if depth < DEPTH { walk(vm, fs, full, depth + 1) } else { Ok(()) };
        }
        let file = vm.call_method(fs, q!(open), &[full, Value::qstr(q!(rb))])?;
        let data = vm.call_method(file, q!(read), &[])?;
        let size = vm.subscr(stat, Value::small_int(6))?;
        assert_eq!(vm.need_int(size)?, vm.len(data)? as isize, "stat and read differ");
        vm.call_method(file, q!(close), &[])?;
        Ok(())
    })
}

fn run(vm: &mut Vm, input: &Input<'_>) -> Outcome {
    let vfs = vm.builtin_module(q!(vfs)).unwrap_or(Value::NONE);
    // The header is given, so that most inputs get beyond it.
    let mut bytes = b"\xd2\xcd\x31\x80".to_vec();
    bytes.extend([0x80 | (input.image.len() >> 7 & 0x7f) as u8, (input.image.len() & 0x7f) as u8]);
    bytes.extend(input.image);
    let image = if input.changes { vm.new_bytearray(&bytes)? } else { vm.new_bytes(&bytes)? };
    let fs = vm.call_method(vfs, q!(VfsRom), &[image])?;
    let root = vm.new_str("")?;
    walk(vm, fs, root, 0)?;
    let at = vm.new_str("/rom")?;
    vm.call_method(vfs, q!(mount), &[fs, at])?;
    vm.st.import_files = Some(&krait_modules::vfs::IMPORT);
    let file = vm.new_str("/rom/m.mpy")?;
    let path = vm.need_str(file)?;
    let globals = vm.main_globals();
    vm.compile_file(&path, globals)
}

fuzz_target!(|input: Input<'_>| {
    with_vm(personality(input.seed), |vm| {
        if run(vm, &input).is_err() {
            let kinds = [
                &exception::OS_ERROR,
                &exception::VALUE_ERROR,
                &exception::MEMORY_ERROR,
                &exception::RUNTIME_ERROR,
                &exception::KEYBOARD_INTERRUPT,
            ];
            assert!(kinds.iter().any(|k| vm.raised_is(k)), "another exception than those for damaged images");
            vm.take_raised();
        }
    });
});
