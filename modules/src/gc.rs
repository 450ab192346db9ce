//! `gc`

use krait_runtime::memory::GRANULE;
use krait_runtime::{Args, Gc, Outcome, Value, Vm, module};

module! {
    /// `gc`
    pub static GC: q!(gc);
    q!(collect) => f0(collect),
    q!(disable) => f0(disable),
    q!(enable) => f0(enable),
    q!(isenabled) => f0(is_enabled),
    q!(mem_free) => f0(mem_free),
    q!(mem_alloc) => f0(mem_alloc),
    q!(threshold) => var(0, 1, threshold),
}

/// `collect()`: the number of blocks that were freed.
fn collect(vm: &mut Vm) -> Outcome {
    let before = vm.heap().blocks();
    vm.collect_and_finalise();
    let freed = before.saturating_sub(vm.heap().blocks());
    Ok(Value::small_int(freed as isize))
}

fn disable(vm: &mut Vm) -> Outcome {
    vm.heap_mut().set_automatic(false);
    Ok(Value::NONE)
}

fn enable(vm: &mut Vm) -> Outcome {
    vm.heap_mut().set_automatic(true);
    Ok(Value::NONE)
}

fn is_enabled(vm: &mut Vm) -> Outcome {
    Ok(Value::bool(vm.heap().automatic()))
}

fn mem_free(vm: &mut Vm) -> Outcome {
    Ok(Value::small_int(vm.heap().free_bytes() as isize))
}

fn mem_alloc(vm: &mut Vm) -> Outcome {
    Ok(Value::small_int(vm.heap().stats().used as isize))
}

/// `threshold([bytes])`: negative for none.
fn threshold(vm: &mut Vm, args: &Args<'_>) -> Outcome {
    match args.get(0) {
        None => Ok(match isize::try_from(vm.heap().threshold()) {
            Ok(n) => Value::small_int(n),
            Err(_) => Value::small_int(-1),
        }),
        Some(v) => {
            let n = vm.need_int(v)?;
            // In whole granules, as the reference has it.
            vm.heap_mut().set_threshold(usize::try_from(n).map_or(usize::MAX, |n| n / GRANULE * GRANULE));
            Ok(Value::NONE)
        }
    }
}
