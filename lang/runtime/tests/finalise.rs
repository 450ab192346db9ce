//! Finalisers: each called once, after death, the needing before the needed, and all at the end.

mod common;

use std::cell::{Cell, RefCell};

use krait_runtime::memory::Personality;
use krait_runtime::{Gc, NewObject, Outcome, Tracer, Value, Vm, class};

/// An object with a number that may need another one.
struct Noisy {
    number: isize,
    needs: Cell<Option<Value>>,
}

impl Noisy {
    fn trace(&self, t: &mut Tracer<'_>) {
        t.opt(self.needs.get());
    }
}

class! {
    /// Any name will do.
    pub static NOISY: q!(file) for Noisy;
    slots { finalise: finalise }
}

thread_local! {
    static CALLED: RefCell<Vec<isize>> = const { RefCell::new(Vec::new()) };
}

fn finalise(vm: &mut Vm, v: Value) -> Outcome {
    let Some(n) = v.downcast::<Noisy>() else { panic!("another object") };
    // It may allocate, and what it needs is still there.
    vm.new_str("allocates while the dead are called").map_err(|_| vm.runtime_error("no room"))?;
    if let Some(needed) = n.needs.get() {
        let needed = needed.downcast::<Noisy>().expect("alive");
        CALLED.with_borrow(|c| assert!(!c.contains(&needed.number), "what is needed went first"));
    }
    CALLED.with_borrow_mut(|c| c.push(n.number));
    // The third one fails, which is nobody's business.
    if n.number == 3 { Err(vm.value_error("three")) } else { Ok(Value::NONE) }
}

fn called() -> Vec<isize> {
    CALLED.with_borrow_mut(std::mem::take)
}

#[inline(never)]
fn make(vm: &mut Vm, number: isize, needs: Option<Value>) -> Value {
    vm.new_with_finaliser(Noisy { number, needs: Cell::new(needs) }).expect("room").value()
}

/// Collects without regard to what this native holds, and calls the finalisers.
fn collect(vm: &mut Vm) {
    vm.collect(false);
    vm.run_finalisers();
}

fn with(personality: Personality, f: impl FnOnce(&mut Vm)) {
    common::with_vm(64 << 10, personality, f);
}

#[test]
fn called_once_when_dead() {
    with(Personality::default(), |vm| {
        let kept = make(vm, 1, None);
        let list = vm.new_list(&[kept]).expect("room");
        let name = vm.main_globals();
        name.set_qstr(vm, krait_runtime::q!(sys), list.value()).expect("room");
        make(vm, 2, None);
        make(vm, 3, None);
        collect(vm);
        let mut now = called();
        now.sort();
        assert_eq!(now, [2, 3]);
        collect(vm);
        assert_eq!(called(), []);
        name.remove_qstr(vm, krait_runtime::q!(sys));
        collect(vm);
        assert_eq!(called(), [1]);
    });
}

#[test]
fn the_needed_waits() {
    with(Personality { poison: true, ..Personality::default() }, |vm| {
        let disk = make(vm, 1, None);
        let folder = make(vm, 2, Some(disk));
        make(vm, 4, Some(folder));
        make(vm, 5, Some(disk));
        collect(vm);
        let mut now = called();
        now.sort();
        assert_eq!(now, [4, 5]);
        collect(vm);
        assert_eq!(called(), [2]);
        collect(vm);
        assert_eq!(called(), [1]);
    });
}

#[test]
fn a_cycle_dies() {
    with(Personality { poison: true, ..Personality::default() }, |vm| {
        let a = make(vm, 1, None);
        a.downcast::<Noisy>().expect("one").needs.set(Some(a));
        vm.collect(false);
        assert!(vm.run_finalisers());
        assert_eq!(called(), [1]);
    });
}

#[test]
fn the_newest_first_at_the_end() {
    for personality in [Personality::default(), Personality { stress: true, poison: true, ..Personality::default() }] {
        with(personality, |vm| {
            let list = vm.new_list(&[]).expect("room");
            vm.main_globals().set_qstr(vm, krait_runtime::q!(sys), list.value()).expect("room");
            for i in 0..40 {
                let v = make(vm, i, None);
                list.items.push(vm, v).expect("room");
            }
            // Those in the middle go before.
            for _ in 0..10 {
                list.items.remove(10);
            }
            collect(vm);
            let mut now = called();
            now.sort();
            assert_eq!(now, (10..20).collect::<Vec<_>>());
            vm.finalise_all();
            let rest: Vec<isize> = (0..10).chain(20..40).rev().collect();
            assert_eq!(called(), rest);
            vm.finalise_all();
            assert_eq!(called(), []);
        });
    }
}

#[test]
fn not_while_the_heap_is_locked() {
    with(Personality::default(), |vm| {
        make(vm, 1, None);
        vm.collect(false);
        vm.heap_mut().lock();
        assert!(!vm.run_finalisers());
        assert!(vm.poll().is_ok());
        assert_eq!(called(), []);
        vm.heap_mut().unlock();
        assert!(vm.poll().is_ok());
        assert_eq!(called(), [1]);
    });
}

#[test]
fn no_room_for_one_more() {
    with(Personality::default(), |vm| {
        let mut made = 0;
        let list = vm.new_list(&[]).expect("room");
        vm.main_globals().set_qstr(vm, krait_runtime::q!(sys), list.value()).expect("room");
        while let Ok(v) = vm.new_with_finaliser(Noisy { number: made, needs: Cell::new(None) }) {
            made += 1;
            if list.items.push(vm, v.value()).is_err() {
                break;
            }
        }
        vm.take_raised();
        list.items.clear(vm.heap_mut());
        while vm.new_object(Noisy { number: 0, needs: Cell::new(None) }).is_err() {
            collect(vm);
        }
        vm.finalise_all();
        let mut now = called();
        now.sort();
        assert_eq!(now, (0..made).collect::<Vec<_>>());
    });
}
