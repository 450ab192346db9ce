//! Operations on containers against a model in Rust: whatever is allocated, grown, freed and collected, what is
//! reachable keeps its contents, and the heap stays consistent.
//!
//! Everything reachable hangs on one list, which is a global; an operation that runs out of memory empties a slot
//! in both worlds.
#![no_main]

use arbitrary::Arbitrary;
use krait_fuzz::{personality, with_vm};
use krait_runtime::obj::bytearray::ByteArray;
use krait_runtime::obj::dict::Dict;
use krait_runtime::obj::list::List;
use krait_runtime::obj::tuple::Tuple;
use krait_runtime::{Gc, Outcome, Raised, Ref, Value, Vm, q};
use libfuzzer_sys::fuzz_target;

const SLOTS: usize = 24;
const DEPTH: usize = 6;

#[derive(Arbitrary, Debug)]
enum Op {
    Text { slot: u8, byte: u8, len: u16 },
    Bytes { slot: u8, byte: u8, len: u16 },
    Float { slot: u8, bits: u32 },
    Empty { slot: u8 },
    NewList { slot: u8 },
    NewDict { slot: u8 },
    NewArray { slot: u8, len: u16 },
    Pair { slot: u8, a: u8, b: u8 },
    Push { slot: u8, from: u8 },
    Fill { slot: u8, n: u16 },
    Insert { slot: u8, at: u16, n: u8 },
    Remove { slot: u8, at: u16, n: u8 },
    Shrink { slot: u8 },
    Set { slot: u8, key: u8, from: u8 },
    Delete { slot: u8, key: u8 },
    Append { slot: u8, byte: u8, n: u16 },
    Collect { natives: bool },
}

#[derive(Debug, Clone, PartialEq)]
enum Model {
    None,
    Small(isize),
    Text(u8, usize),
    Bytes(u8, usize),
    Float(f64),
    List(Vec<Model>),
    Dict(Vec<(isize, Model)>),
    Array(Vec<u8>),
    Pair(Box<[Model; 2]>),
}

fn depth(m: &Model) -> usize {
    match m {
        Model::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Model::Dict(items) => 1 + items.iter().map(|(_, m)| depth(m)).max().unwrap_or(0),
        Model::Pair(pair) => 1 + pair.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// A container is stored in another as a copy of the model, so the original must not change any more.
fn may_be_stored(m: &Model) -> bool {
    !matches!(m, Model::List(_) | Model::Dict(_) | Model::Array(_)) && depth(m) < DEPTH
}

struct World {
    root: Ref<List>,
    model: Vec<Model>,
}

impl World {
    fn put(&mut self, slot: u8, v: Value, m: Model) {
        let slot = slot as usize % SLOTS;
        assert!(self.root.items.set(slot, v));
        if let Some(to) = self.model.get_mut(slot) {
            *to = m;
        }
    }

    fn get(&self, slot: u8) -> (Value, Model) {
        let slot = slot as usize % SLOTS;
        let m = self.model.get(slot).cloned().unwrap_or(Model::None);
        (self.root.items.get(slot).unwrap_or(Value::NONE), m)
    }

    fn model(&mut self, slot: u8) -> Option<&mut Model> {
        self.model.get_mut(slot as usize % SLOTS)
    }
}

fn text(byte: u8, len: usize) -> Vec<u8> {
    vec![b'!' + byte % 90; len]
}

fn bytes_value(vm: &mut Vm, byte: u8, len: usize) -> Outcome {
    vm.new_bytes(&vec![byte; len])
}

fn apply(vm: &mut Vm, w: &mut World, op: &Op) -> Result<(), Raised> {
    match *op {
        Op::Text { slot, byte, len } => {
            // Longer than anything that is interned.
            let len = 32 + len as usize % 5000;
            let v = vm.new_str(std::str::from_utf8(&text(byte, len)).expect("ASCII"))?;
            w.put(slot, v, Model::Text(byte, len));
        }
        Op::Bytes { slot, byte, len } => {
            let len = len as usize % 5000;
            let v = bytes_value(vm, byte, len)?;
            w.put(slot, v, Model::Bytes(byte, len));
        }
        Op::Float { slot, bits } => {
            let x = f64::from(f32::from_bits(bits));
            if !x.is_nan() {
                let v = vm.new_float(x)?;
                w.put(slot, v, Model::Float(x));
            }
        }
        Op::Empty { slot } => w.put(slot, Value::NONE, Model::None),
        Op::NewList { slot } => {
            let v = vm.new_list(&[])?.value();
            w.put(slot, v, Model::List(Vec::new()));
        }
        Op::NewDict { slot } => {
            let v = vm.new_dict()?.value();
            w.put(slot, v, Model::Dict(Vec::new()));
        }
        Op::NewArray { slot, len } => {
            let len = len as usize % 3000;
            let v = vm.new_bytearray_of(len)?.value();
            w.put(slot, v, Model::Array(vec![0; len]));
        }
        Op::Pair { slot, a, b } => {
            let ((av, am), (bv, bm)) = (w.get(a), w.get(b));
            if may_be_stored(&am) && may_be_stored(&bm) {
                let v = vm.new_tuple(&[av, bv])?.value();
                w.put(slot, v, Model::Pair(Box::new([am, bm])));
            }
        }
        Op::Push { slot, from } => {
            let (v, m) = w.get(from);
            if let (Some(list), true) = (w.get(slot).0.downcast::<List>(), may_be_stored(&m)) {
                list.items.push(vm, v)?;
                if let Some(Model::List(items)) = w.model(slot) {
                    items.push(m);
                }
            }
        }
        Op::Fill { slot, n } => {
            if let Some(list) = w.get(slot).0.downcast::<List>() {
                for i in 0..n as usize % 600 {
                    list.items.push(vm, Value::small_int(i as isize))?;
                    if let Some(Model::List(items)) = w.model(slot) {
                        items.push(Model::Small(i as isize));
                    }
                }
            }
        }
        Op::Insert { slot, at, n } => {
            if let Some(list) = w.get(slot).0.downcast::<List>() {
                let at = at as usize % (list.items.len() + 1);
                list.items.open(vm, at, n as usize, Value::small_int(-1))?;
                if let Some(Model::List(items)) = w.model(slot) {
                    items.splice(at..at, vec![Model::Small(-1); n as usize]);
                }
            }
        }
        Op::Remove { slot, at, n } => {
            if let Some(list) = w.get(slot).0.downcast::<List>() {
                let len = list.items.len();
                let at = at as usize % (len + 1);
                list.items.remove_range(at, n as usize);
                if let Some(Model::List(items)) = w.model(slot) {
                    items.drain(at..(at + n as usize).min(len));
                }
            }
        }
        Op::Shrink { slot } => {
            if let Some(list) = w.get(slot).0.downcast::<List>() {
                list.items.shrink(vm.heap_mut());
            }
        }
        Op::Set { slot, key, from } => {
            let (v, m) = w.get(from);
            if let (Some(d), true) = (w.get(slot).0.downcast::<Dict>(), may_be_stored(&m)) {
                let key = isize::from(key) * 0x101;
                vm.dict_set(d, Value::small_int(key), v)?;
                if let Some(Model::Dict(items)) = w.model(slot) {
                    match items.iter_mut().find(|(k, _)| *k == key) {
                        Some((_, old)) => *old = m,
                        None => items.push((key, m)),
                    }
                }
            }
        }
        Op::Delete { slot, key } => {
            if let Some(d) = w.get(slot).0.downcast::<Dict>() {
                let key = isize::from(key) * 0x101;
                let place = d.table.find(vm, Value::small_int(key))?;
                let there = place.and_then(|p| d.table.remove_at(vm, p)).is_some();
                if let Some(Model::Dict(items)) = w.model(slot) {
                    let before = items.len();
                    items.retain(|(k, _)| *k != key);
                    assert_eq!(there, items.len() < before);
                }
            }
        }
        Op::Append { slot, byte, n } => {
            if let Some(a) = w.get(slot).0.downcast::<ByteArray>() {
                let more = vec![byte; n as usize % 2000];
                let arg = vm.new_bytes(&more)?;
                vm.call_method(a.value(), q!(extend), &[arg])?;
                if let Some(Model::Array(bytes)) = w.model(slot) {
                    bytes.extend(more);
                }
            }
        }
        Op::Collect { natives } => vm.collect(natives),
    }
    Ok(())
}

fn check(vm: &mut Vm, v: Value, m: &Model) {
    match m {
        Model::None => assert!(v.is_none()),
        Model::Small(i) => assert_eq!(v.as_small_int(), Some(*i)),
        Model::Text(byte, len) => {
            let s = vm.as_str(v).expect("a text");
            assert_eq!(s.as_str().as_bytes(), text(*byte, *len));
        }
        Model::Bytes(byte, len) => {
            let b = vm.need_buffer(v, false).ok().expect("bytes");
            assert_eq!(b.bytes(vm), vec![*byte; *len]);
        }
        Model::Array(bytes) => {
            let b = vm.need_buffer(v, true).ok().expect("a bytearray");
            assert_eq!(b.bytes(vm), bytes);
        }
        Model::Float(x) => assert_eq!(vm.need_float(v).ok(), Some(*x)),
        Model::List(items) => {
            let list = v.downcast::<List>().expect("a list");
            assert_eq!(list.items.len(), items.len());
            for (i, m) in items.iter().enumerate() {
                check(vm, list.items.get(i).expect("an item"), m);
            }
        }
        Model::Pair(pair) => {
            let t = v.downcast::<Tuple>().expect("a tuple");
            for (v, m) in t.tail().iter().zip(pair.iter()) {
                check(vm, *v, m);
            }
        }
        Model::Dict(items) => {
            let d = v.downcast::<Dict>().expect("a dict");
            assert_eq!(d.table.len(), items.len());
            let mut place = 0;
            for (key, m) in items {
                let (next, k, v) = d.table.next_entry(place).expect("an entry");
                place = next;
                assert_eq!(k.as_small_int(), Some(*key), "order of insertion");
                check(vm, v, m);
            }
        }
    }
}

fn run(vm: &mut Vm, ops: &[Op]) -> Result<(), Raised> {
    let root = vm.new_list(&[Value::NONE; SLOTS])?;
    let name = vm.intern("root")?;
    vm.main_globals().set_qstr(vm, name, root.value())?;
    let mut w = World { root, model: vec![Model::None; SLOTS] };
    for op in ops.iter().take(300) {
        if apply(vm, &mut w, op).is_err() {
            vm.take_raised();
        }
        assert_eq!(vm.heap().check(), Ok(()), "after {op:?}");
    }
    for (i, m) in w.model.iter().enumerate() {
        check(vm, w.root.items.get(i).unwrap_or(Value::NONE), m);
    }
    Ok(())
}

fuzz_target!(|input: (u8, Vec<Op>)| {
    let (seed, ops) = input;
    with_vm(personality(seed), |vm| {
        if run(vm, &ops).is_err() {
            vm.take_raised();
        }
    });
});
