//! `micropython`: the interpreter looks at itself.

use krait_hal::Stream;
use krait_runtime::memory::{GRANULE, GranuleKind};
use krait_runtime::{Args, Gc, Out, Outcome, Qstr, Raised, Value, Vm, module};

use crate::ring_io::RING_IO;

module! {
    /// `micropython`
    pub static MICROPYTHON: q!(micropython);
    q!(r#const) => f1(itself),
    q!(opt_level) => var(0, 1, opt_level),
    q!(mem_total) => f0(mem_total),
    q!(mem_current) => f0(mem_current),
    q!(mem_peak) => f0(mem_peak),
    q!(mem_info) => var(0, 1, mem_info),
    q!(qstr_info) => var(0, 1, qstr_info),
    q!(stack_use) => f0(stack_use),
    q!(heap_lock) => f0(heap_lock),
    q!(heap_unlock) => f0(heap_unlock),
    q!(heap_locked) => f0(heap_locked),
    q!(kbd_intr) => f1(kbd_intr),
    q!(schedule) => f2(schedule),
    q!(alloc_emergency_exception_buf) => f1(alloc_emergency_exception_buf),
    q!(RingIO) => ty(&RING_IO),
}

fn itself(_: &mut Vm, v: Value) -> Outcome {
    Ok(v)
}

/// `opt_level([level])`: 3 and more leave line numbers out.
fn opt_level(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    match args.get(0) {
        None => Ok(Value::small_int(vm.st.opt_level as isize)),
        Some(v) => {
            let n = vm.need_int(v)?;
            vm.st.opt_level = u8::try_from(n).unwrap_or(if n < 0 { 0 } else { u8::MAX });
            Ok(Value::NONE)
        }
    }
}

fn mem_total(vm: &mut Vm) -> Outcome {
    let (total, _, _) = vm.heap().traffic();
    Ok(Value::small_int(total as isize))
}

fn mem_current(vm: &mut Vm) -> Outcome {
    let (_, current, _) = vm.heap().traffic();
    Ok(Value::small_int(current as isize))
}

fn mem_peak(vm: &mut Vm) -> Outcome {
    let (_, _, peak) = vm.heap().traffic();
    Ok(Value::small_int(peak as isize))
}

/// `mem_info([verbose])`
fn mem_info(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    print_mem_info(vm, args.get(0).is_some())?;
    Ok(Value::NONE)
}

/// Prints figures about the heap, with a map of it if `map`.
///
/// # Errors
/// An interrupt.
pub fn print_mem_info(vm: &mut Vm, map: bool) -> Result<(), Raised> {
    let mut out = Out::Console;
    let (total, current, peak) = vm.heap().traffic();
    out.fmt(vm, format_args!("mem: total={total}, current={current}, peak={peak}\n"))?;
    let (used, of) = vm.native_stack();
    out.fmt(vm, format_args!("stack: {used} out of {of}\n"))?;
    let s = vm.heap().stats();
    out.fmt(vm, format_args!("GC: total: {}, used: {}, free: {}\n", s.total, s.used, s.free))?;
    out.fmt(
        vm,
        format_args!(
            " No. of 1-blocks: {}, 2-blocks: {}, max blk sz: {}, max free sz: {}\n",
            s.blocks_1,
            s.blocks_2,
            s.block_max,
            s.largest_free / GRANULE
        ),
    )?;
    if map {
        print_map(vm)?;
    }
    Ok(())
}

/// Granules in a line of the map.
const LINE: usize = 64;

/// A map of the heap: a line for 64 granules; lines that are all free are counted.
fn print_map(vm: &mut Vm) -> Result<(), Raised> {
    let base = vm.heap().base_address();
    let console = vm.platform().console();
    Out::Console.fmt(vm, format_args!("GC memory layout; from {base:x}:"))?;
    let mut line = [b'.'; LINE];
    let mut n = 0;
    let mut free_lines = 0usize;
    let mut at = 0usize;
    let mut put = |line: &[u8], at: usize| {
        let blank = line.iter().all(|b| *b == b'.');
        if blank && line.len() == LINE {
            free_lines += 1;
            return;
        }
        if free_lines > 0 {
            let mut text = Text::new();
            let _ = core::fmt::write(&mut text, format_args!("\n       ({free_lines} lines all free)"));
            console.write(Stream::Out, text.bytes());
            free_lines = 0;
        }
        let mut text = Text::new();
        let _ = core::fmt::write(&mut text, format_args!("\n{at:08x}: "));
        console.write(Stream::Out, text.bytes());
        console.write(Stream::Out, line);
    };
    vm.heap().each_granule(|kind| {
        if let Some(b) = line.get_mut(n) {
            *b = match kind {
                GranuleKind::Free => b'.',
                GranuleKind::Object => b'h',
                GranuleKind::Buffer => b'B',
                GranuleKind::More => b'=',
            };
        }
        n += 1;
        if n == LINE {
            put(&line, at);
            at += LINE * GRANULE;
            n = 0;
        }
    });
    put(line.get(..n).unwrap_or(&[]), at);
    if free_lines > 0 {
        Out::Console.fmt(vm, format_args!("\n       ({free_lines} lines all free)"))?;
    }
    Out::Console.write(vm, "\n")
}

/// A short text on the native stack.
struct Text {
    bytes: [u8; 48],
    len: usize,
}

impl Text {
    fn new() -> Text {
        Text { bytes: [0; 48], len: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        for b in s.bytes() {
            if let Some(to) = self.bytes.get_mut(self.len) {
                *to = b;
                self.len += 1;
            }
        }
        Ok(())
    }
}

/// `qstr_info([verbose])`: the strings interned while running.
fn qstr_info(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    let (count, bytes) = vm.qstrs().figures();
    // An entry is a pointer, a length and a hash, and has two slots in the index.
    let total = bytes + count * (size_of::<usize>() + 16);
    let mut out = Out::Console;
    out.fmt(
        vm,
        format_args!("qstr pool: n_pool=1, n_qstr={count}, n_str_data_bytes={bytes}, n_total_bytes={total}\n"),
    )?;
    if args.get(0).is_some() {
        let end = vm.qstrs().end();
        for i in end - (count as u32).min(end)..end {
            let text = vm.qstr_text(Qstr::from_index(i));
            out.fmt(vm, format_args!("Q({})\n", text.as_str()))?;
        }
    }
    Ok(Value::NONE)
}

fn stack_use(vm: &mut Vm) -> Outcome {
    Ok(Value::small_int((vm.native_stack().0 + vm.frame_bytes_used()) as isize))
}

fn heap_lock(vm: &mut Vm) -> Outcome {
    vm.heap_mut().lock();
    Ok(Value::NONE)
}

fn heap_unlock(vm: &mut Vm) -> Outcome {
    let left = vm.heap_mut().unlock();
    if left == 0 {
        // If there is no room, what is left of the old one serves on.
        if vm.renew_emergency().is_err() {
            vm.take_raised();
        }
    }
    Ok(Value::small_int(left as isize))
}

fn heap_locked(vm: &mut Vm) -> Outcome {
    Ok(Value::small_int(vm.heap().lock_depth() as isize))
}

/// `kbd_intr(chr)`: the byte that interrupts, -1 for none.
fn kbd_intr(vm: &mut Vm, c: Value) -> Outcome {
    let c = vm.need_int(c)?;
    vm.platform().set_interrupt_char(u8::try_from(c).ok());
    Ok(Value::NONE)
}

fn schedule(vm: &mut Vm, f: Value, arg: Value) -> Outcome {
    vm.schedule(f, arg)?;
    Ok(Value::NONE)
}

/// `alloc_emergency_exception_buf(size)`: room for one exception raised while the heap is locked.
fn alloc_emergency_exception_buf(vm: &mut Vm, size: Value) -> Outcome {
    let bytes = vm.need_int(size)?;
    vm.reserve_emergency(usize::try_from(bytes).unwrap_or(0))?;
    Ok(Value::NONE)
}
