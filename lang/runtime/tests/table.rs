//! The hash table against `indexmap`, over random operations on keys of all kinds.

mod common;

use indexmap::IndexMap;
use krait_runtime::memory::Personality;
use krait_runtime::obj::set;
use krait_runtime::{Value, Vm};
use proptest::prelude::*;

/// A key in the model. The runtime makes a new object of it each time, so that equality is never identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Ints that differ in their low bits, or in their high bits only.
    Int(isize),
    Text(String),
    Pair(isize, String),
    Half(isize),
}

#[derive(Debug, Clone)]
enum Op {
    Insert(Key),
    Remove(Key),
    Find(Key),
    PopFirst,
    PopLast,
    Copy,
    Clear,
}

fn key() -> impl Strategy<Value = Key> {
    prop_oneof![
        (0..40isize).prop_map(Key::Int),
        (0..40isize).prop_map(|i| Key::Int(i << 20)),
        (0..40u8).prop_map(|i| Key::Text(format!("name{i}"))),
        (0..5isize, 0..5u8).prop_map(|(i, j)| Key::Pair(i, format!("{j}"))),
        (0..20isize).prop_map(Key::Half),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        8 => key().prop_map(Op::Insert),
        4 => key().prop_map(Op::Remove),
        4 => key().prop_map(Op::Find),
        2 => Just(Op::PopFirst),
        2 => Just(Op::PopLast),
        1 => Just(Op::Copy),
        1 => prop_oneof![9 => Just(Op::PopLast), 1 => Just(Op::Clear)],
    ]
}

fn make(vm: &mut Vm, k: &Key) -> Value {
    let made = match k {
        Key::Int(i) => vm.new_int(*i),
        // Long enough not to be interned, with each way of making it.
        Key::Text(s) if s.len() % 2 == 0 => vm.intern(s).map(Value::qstr),
        Key::Text(s) => vm.new_str(s),
        Key::Pair(i, s) => {
            let i = vm.new_int(*i).expect("memory");
            let s = vm.new_str(s).expect("memory");
            vm.new_tuple(&[i, s]).map(|t| t.value())
        }
        Key::Half(i) => vm.new_float((*i as f32 + 0.5).into()),
    };
    made.expect("memory")
}

/// Applies the operations to a dict, a set and the model, and compares all of them after each.
fn run(vm: &mut Vm, ops: &[Op]) {
    let mut d = vm.new_dict().expect("memory");
    let made = set::new_set(vm, &[]).expect("memory");
    let mut s = set::as_set(vm, made).expect("a set");
    let mut model: IndexMap<Key, isize> = IndexMap::new();
    for (step, op) in ops.iter().enumerate() {
        let step = step as isize;
        match op {
            Op::Insert(k) => {
                let v = make(vm, k);
                d.table.insert(vm, v, Value::small_int(step)).expect("memory");
                s.insert(vm, v, v).expect("memory");
                model.insert(k.clone(), step);
            }
            Op::Remove(k) => {
                let v = make(vm, k);
                let place = d.table.find(vm, v).expect("no error");
                let removed = place.and_then(|p| d.table.remove_at(vm, p)).map(|(_, v)| v.as_small_int());
                assert_eq!(removed, model.shift_remove(k).map(Some));
                if let Some(p) = s.find(vm, v).expect("no error") {
                    s.remove_at(vm, p);
                }
            }
            Op::Find(k) => {
                let v = make(vm, k);
                let place = d.table.find(vm, v).expect("no error");
                let found = place.and_then(|p| d.table.entry(p)).map(|(_, v)| v.as_small_int());
                assert_eq!(found, model.get(k).map(|v| Some(*v)));
                assert_eq!(s.find(vm, v).expect("no error").is_some(), model.contains_key(k));
            }
            Op::PopFirst => {
                let removed = d.table.remove_first(vm).map(|(_, v)| v.as_small_int());
                assert_eq!(removed, model.shift_remove_index(0).map(|(_, v)| Some(v)));
                s.remove_first(vm);
            }
            Op::PopLast => {
                let removed =
                    d.table.last_place().and_then(|p| d.table.remove_at(vm, p)).map(|(_, v)| v.as_small_int());
                assert_eq!(removed, model.pop().map(|(_, v)| Some(v)));
                if let Some(p) = s.last_place() {
                    s.remove_at(vm, p);
                }
            }
            Op::Copy => {
                let copy = vm.new_dict().expect("memory");
                copy.table.copy_from(vm, &d.table).expect("memory");
                d = copy;
                let items = set::set_from(vm, s.value()).expect("memory");
                s = set::as_set(vm, items.value()).expect("a set");
            }
            Op::Clear => {
                d.table.clear(krait_runtime::Gc::heap_mut(vm));
                s.clear(krait_runtime::Gc::heap_mut(vm));
                model.clear();
            }
        }
        let (mut place, mut set_place) = (0, 0);
        for (k, v) in &model {
            let (next, key, value) = d.table.next_entry(place).expect("as many entries as the model");
            place = next;
            assert_eq!(value.as_small_int(), Some(*v));
            let (next, item, _) = s.next_entry(set_place).expect("as many items as the model");
            set_place = next;
            let want = make(vm, k);
            assert!(vm.equal(key, want).expect("no error") && vm.equal(item, want).expect("no error"));
        }
        assert!(d.table.next_entry(place).is_none() && s.next_entry(set_place).is_none());
        assert_eq!((d.table.len(), s.len()), (model.len(), model.len()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn behaves_as_an_index_map(ops in prop::collection::vec(op(), 1..300)) {
        common::with_vm(1 << 20, Personality::default(), |vm| run(vm, &ops));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn survives_collections_at_every_allocation(ops in prop::collection::vec(op(), 1..60)) {
        let hard = Personality { stress: true, poison: true, ..Personality::default() };
        common::with_vm(64 << 10, hard, |vm| run(vm, &ops));
    }
}

/// A table that is used as a queue or a stack keeps its size, and each step its cost.
#[test]
fn queues_and_stacks_stay_small() {
    common::with_vm(256 << 10, Personality::default(), |vm| {
        let d = vm.new_dict().expect("memory");
        for i in 0..200_000isize {
            let k = Value::small_int(i << 10);
            d.table.insert(vm, k, k).expect("memory");
            if d.table.len() > 500 {
                if i % 3 == 0 {
                    let last = d.table.last_place().expect("an entry");
                    d.table.remove_at(vm, last);
                } else {
                    d.table.remove_first(vm);
                }
            }
        }
        assert_eq!(d.table.len(), 500);
        assert!(d.table.places() < 2_000, "{} places", d.table.places());
    });
}
