//! The loop that executes bytecode.
//!
//! Registers (`ip`, `sp`, the frame, its locals and names) are locals of [`run`] and are written back to the frame
//! (`sp` always, `ip` when another frame is entered) before anything that may allocate, so that the collector sees
//! the stack as it is. Errors leave the inner loop by one exit; unwinding finds where execution goes on.
//!
//! Calls between Python functions, generators in `for` loops and delegation to generators stay in this loop: they
//! push a frame and go on. Only natives that call back enter it again.
//!
//! Safety of everything here: the code was made by the compiler or accepted by the verifier, which promise that
//! operands are in range, jumps land on instructions, and the stack stays within the frame.

use krait_bytecode::opcode::byte as op;
use krait_bytecode::prelude::flags;
use krait_bytecode::{BinaryOp, UnaryOp};

use super::code::{CellBox, Function};
use super::frame::{self, Block, Frame, Return};
use super::generator::Generator;
use super::{quick, sequence, stack, typed, unwind};
use crate::obj::bound_method::BoundMethod;
use crate::obj::function::NativeFn;
use crate::obj::list::List;
use crate::obj::tuple::Tuple;
use crate::ops::attr::Found;
use crate::ty::TypeFlags;
use crate::{Args, Raised, Tailed, Type, Value, Vm};

/// How an entered frame gave control back.
pub(super) enum Event {
    /// It returned.
    Returned(Value),
    /// It is a generator and yielded.
    Yielded(Value),
}

type Slot = *mut Option<Value>;

/// The kinds of iteration that a `for` loop keeps on the stack, as a mark in the first of its four slots.
mod iter_kind {
    /// Slot 1: an iterator.
    pub(super) const GENERIC: u32 = 0;
    /// Slot 1: a list; slot 2: the next index.
    pub(super) const LIST: u32 = 1;
    /// Slot 1: a tuple; slot 2: the next index.
    pub(super) const TUPLE: u32 = 2;
    /// Slot 1: the next integer; slot 2: how many are left; slot 3: the step.
    pub(super) const RANGE: u32 = 3;
    /// Slot 1: a generator.
    pub(super) const GENERATOR: u32 = 4;
    /// Slot 1: what `sequence.rs` steps through; slot 2: the next place; slot 3: the length at the start.
    pub(super) const SEQUENCE: u32 = 5;
}

/// A stack word as a value.
///
/// # Safety
/// The word is an operand that must be an object: the verifier promises that such a word is never null.
#[inline(always)]
unsafe fn some(v: Option<Value>) -> Value {
    debug_assert!(v.is_some());
    // SAFETY: by contract.
    unsafe { v.unwrap_unchecked() }
}

/// A stack word that may be null.
#[inline(always)]
fn maybe(v: Option<Value>) -> Value {
    v.unwrap_or(Value::NONE)
}

#[inline(always)]
unsafe fn uint(ip: &mut *const u8) -> usize {
    // SAFETY: operands are complete.
    unsafe {
        let mut b = **ip;
        *ip = ip.add(1);
        if b < 0x80 {
            return b as usize;
        }
        let mut n = (b & 0x7f) as usize;
        loop {
            b = **ip;
            *ip = ip.add(1);
            n = (n << 7) | (b & 0x7f) as usize;
            if b < 0x80 {
                return n;
            }
        }
    }
}

#[inline(always)]
unsafe fn unsigned_label(ip: &mut *const u8) -> usize {
    // SAFETY: as in uint.
    unsafe {
        let b = **ip as usize;
        *ip = ip.add(1);
        if b < 0x80 {
            return b;
        }
        let high = **ip as usize;
        *ip = ip.add(1);
        (b & 0x7f) | (high << 7)
    }
}

#[inline(always)]
unsafe fn signed_label(ip: &mut *const u8) -> isize {
    // SAFETY: as in uint.
    unsafe {
        let b = **ip as isize;
        *ip = ip.add(1);
        if b < 0x80 {
            return b - 0x40;
        }
        let high = **ip as isize;
        *ip = ip.add(1);
        ((b & 0x7f) | (high << 7)) - 0x4000
    }
}

#[inline(always)]
unsafe fn slice<'a>(from: Slot, n: usize) -> &'a [Value] {
    // SAFETY: the caller's stack has n values there; arguments are never null.
    unsafe { core::slice::from_raw_parts(from.cast::<Value>(), n) }
}

/// Runs the frame `entry`, which is on top of the chain, until it returns, yields, or raises.
// Ranges of opcodes are written out: a range pattern is tested before the table of jumps is used, at every dispatch.
#[allow(clippy::cognitive_complexity, clippy::manual_range_patterns)]
pub(super) fn run(vm: &mut Vm, entry: *mut Frame) -> Result<Event, Raised> {
    // SAFETY: see the head of the file.
    unsafe {
        let mut f: *mut Frame = entry;
        let mut ip: *const u8 = (*f).ip;
        let mut sp: Slot = (*f).sp;
        let mut locals: Slot = frame::slots(f);
        let mut names: *const Value = frame::code_of(f).unit.tail().as_ptr();

        macro_rules! load_frame {
            ($frame:expr) => {
                f = $frame;
                ip = (*f).ip;
                sp = (*f).sp;
                locals = frame::slots(f);
                names = frame::code_of(f).unit.tail().as_ptr();
            };
        }
        macro_rules! push {
            ($v:expr) => {{
                let v: Value = $v;
                sp.write(Some(v));
                sp = sp.add(1);
            }};
        }
        macro_rules! pop {
            () => {{
                sp = sp.sub(1);
                some(*sp)
            }};
        }
        macro_rules! top {
            () => {
                some(*sp.sub(1))
            };
        }
        macro_rules! set_top {
            ($v:expr) => {{
                let v: Value = $v;
                sp.sub(1).write(Some(v))
            }};
        }
        macro_rules! save {
            () => {
                (*f).sp = sp
            };
        }
        macro_rules! name {
            () => {
                (*names.add(uint(&mut ip)))
            };
        }

        'frames: loop {
            // The only way out of this block is an exception, which then waits in the Vm.
            let reraise = 'raise: {
                macro_rules! tri {
                    ($e:expr) => {
                        match $e {
                            Ok(v) => v,
                            Err(_) => break 'raise false,
                        }
                    };
                }

                macro_rules! load_fast {
                    ($i:expr) => {
                        match *frame::slots(f).add($i) {
                            Some(v) => push!(v),
                            None => tri!(unwind::unbound_local(vm)),
                        }
                    };
                }
                macro_rules! store_fast {
                    ($i:expr) => {{
                        sp = sp.sub(1);
                        *frame::slots(f).add($i) = *sp;
                    }};
                }
                // What often goes into a local at once.
                macro_rules! push_or_store {
                    ($v:expr) => {{
                        let v: Value = $v;
                        let next = (*ip).wrapping_sub(op::STORE_FAST_MULTI);
                        if next < 16 {
                            ip = ip.add(1);
                            *frame::slots(f).add(next as usize) = Some(v);
                        } else {
                            push!(v);
                        }
                    }};
                }
                // A comparison, often followed by a jump.
                macro_rules! compare {
                    ($number:expr, $op:tt) => {{
                        let (a, b) = (some(*sp.sub(2)), some(*sp.sub(1)));
                        let r = if Value::both_small_int(a, b) {
                            // Small integers compare as their words do.
                            (a.bits() as isize) $op (b.bits() as isize)
                        } else if Value::both_tagged_float(a, b) {
                            a.tagged_float() $op b.tagged_float()
                        } else {
                            save!();
                            let v = tri!(binary_slow(vm, $number, a, b));
                            sp = sp.sub(1);
                            set_top!(v);
                            continue;
                        };
                        sp = sp.sub(2);
                        let next = *ip;
                        if next == op::POP_JUMP_IF_FALSE || next == op::POP_JUMP_IF_TRUE {
                            ip = ip.add(1);
                            let to = signed_label(&mut ip);
                            if r == (next == op::POP_JUMP_IF_TRUE) {
                                ip = ip.offset(to);
                                if to < 0 {
                                    save!();
                                    tri!(vm.safepoint());
                                }
                            }
                        } else {
                            push!(Value::bool(r));
                        }
                    }};
                }
                // Arithmetic whose common cases need no call.
                macro_rules! arithmetic {
                    ($number:expr, |$a:ident, $b:ident| $quick:expr) => {{
                        let ($a, $b) = (some(*sp.sub(2)), some(*sp.sub(1)));
                        let quick: Option<Value> = $quick;
                        let v = match quick {
                            Some(v) => v,
                            None => {
                                save!();
                                tri!(binary_slow(vm, $number, $a, $b))
                            }
                        };
                        sp = sp.sub(1);
                        set_top!(v);
                    }};
                }

                // A generator may have been entered to raise an exception in it. While it runs, none is pending; if it
                // delegates, the other one gets the exception.
                if let Some(g) = (*f).generator
                    && *ip != op::YIELD_FROM
                    && let Some(exc) = g.pending.take()
                {
                    let exc = tri!(vm.make_raisable(exc));
                    let _ = vm.raise(exc);
                    break 'raise false;
                }

                loop {
                    let opcode = *ip;
                    ip = ip.add(1);
                    match opcode {
                        op::LOAD_CONST_FALSE => push!(Value::FALSE),
                        op::LOAD_CONST_NONE => push!(Value::NONE),
                        op::LOAD_CONST_TRUE => push!(Value::TRUE),
                        op::LOAD_CONST_SMALL_INT => {
                            let first = *ip;
                            let mut n: isize = if first & 0x40 != 0 { -1 } else { 0 };
                            loop {
                                let b = *ip;
                                ip = ip.add(1);
                                n = (n << 7) | (b & 0x7f) as isize;
                                if b < 0x80 {
                                    break;
                                }
                            }
                            push!(Value::small_int(n));
                        }
                        // One arm each: a range would be tested before the table of jumps is used.
                        0x70 => push!(Value::small_int(-16)),
                        0x71 => push!(Value::small_int(-15)),
                        0x72 => push!(Value::small_int(-14)),
                        0x73 => push!(Value::small_int(-13)),
                        0x74 => push!(Value::small_int(-12)),
                        0x75 => push!(Value::small_int(-11)),
                        0x76 => push!(Value::small_int(-10)),
                        0x77 => push!(Value::small_int(-9)),
                        0x78 => push!(Value::small_int(-8)),
                        0x79 => push!(Value::small_int(-7)),
                        0x7a => push!(Value::small_int(-6)),
                        0x7b => push!(Value::small_int(-5)),
                        0x7c => push!(Value::small_int(-4)),
                        0x7d => push!(Value::small_int(-3)),
                        0x7e => push!(Value::small_int(-2)),
                        0x7f => push!(Value::small_int(-1)),
                        0x80 => push!(Value::small_int(0)),
                        0x81 => push!(Value::small_int(1)),
                        0x82 => push!(Value::small_int(2)),
                        0x83 => push!(Value::small_int(3)),
                        0x84 => push!(Value::small_int(4)),
                        0x85 => push!(Value::small_int(5)),
                        0x86 => push!(Value::small_int(6)),
                        0x87 => push!(Value::small_int(7)),
                        0x88 => push!(Value::small_int(8)),
                        0x89 => push!(Value::small_int(9)),
                        0x8a => push!(Value::small_int(10)),
                        0x8b => push!(Value::small_int(11)),
                        0x8c => push!(Value::small_int(12)),
                        0x8d => push!(Value::small_int(13)),
                        0x8e => push!(Value::small_int(14)),
                        0x8f => push!(Value::small_int(15)),
                        0x90 => push!(Value::small_int(16)),
                        0x91 => push!(Value::small_int(17)),
                        0x92 => push!(Value::small_int(18)),
                        0x93 => push!(Value::small_int(19)),
                        0x94 => push!(Value::small_int(20)),
                        0x95 => push!(Value::small_int(21)),
                        0x96 => push!(Value::small_int(22)),
                        0x97 => push!(Value::small_int(23)),
                        0x98 => push!(Value::small_int(24)),
                        0x99 => push!(Value::small_int(25)),
                        0x9a => push!(Value::small_int(26)),
                        0x9b => push!(Value::small_int(27)),
                        0x9c => push!(Value::small_int(28)),
                        0x9d => push!(Value::small_int(29)),
                        0x9e => push!(Value::small_int(30)),
                        0x9f => push!(Value::small_int(31)),
                        0xa0 => push!(Value::small_int(32)),
                        0xa1 => push!(Value::small_int(33)),
                        0xa2 => push!(Value::small_int(34)),
                        0xa3 => push!(Value::small_int(35)),
                        0xa4 => push!(Value::small_int(36)),
                        0xa5 => push!(Value::small_int(37)),
                        0xa6 => push!(Value::small_int(38)),
                        0xa7 => push!(Value::small_int(39)),
                        0xa8 => push!(Value::small_int(40)),
                        0xa9 => push!(Value::small_int(41)),
                        0xaa => push!(Value::small_int(42)),
                        0xab => push!(Value::small_int(43)),
                        0xac => push!(Value::small_int(44)),
                        0xad => push!(Value::small_int(45)),
                        0xae => push!(Value::small_int(46)),
                        0xaf => push!(Value::small_int(47)),
                        op::LOAD_CONST_STRING => push!(name!()),
                        op::LOAD_CONST_OBJ => {
                            let i = uint(&mut ip);
                            push!(*frame::code_of(f).unit.consts.as_ptr().add(i));
                        }
                        op::LOAD_NULL => {
                            sp.write(None);
                            sp = sp.add(1);
                        }
                        0xb0 => load_fast!(0),
                        0xb1 => load_fast!(1),
                        0xb2 => load_fast!(2),
                        0xb3 => load_fast!(3),
                        0xb4 => load_fast!(4),
                        0xb5 => load_fast!(5),
                        0xb6 => load_fast!(6),
                        0xb7 => load_fast!(7),
                        0xb8 => load_fast!(8),
                        0xb9 => load_fast!(9),
                        0xba => load_fast!(10),
                        0xbb => load_fast!(11),
                        0xbc => load_fast!(12),
                        0xbd => load_fast!(13),
                        0xbe => load_fast!(14),
                        0xbf => load_fast!(15),
                        op::LOAD_FAST_N => {
                            let i = uint(&mut ip);
                            match *locals.add(i) {
                                Some(v) => push!(v),
                                None => tri!(unwind::unbound_local(vm)),
                            };
                        }
                        0xc0 => store_fast!(0),
                        0xc1 => store_fast!(1),
                        0xc2 => store_fast!(2),
                        0xc3 => store_fast!(3),
                        0xc4 => store_fast!(4),
                        0xc5 => store_fast!(5),
                        0xc6 => store_fast!(6),
                        0xc7 => store_fast!(7),
                        0xc8 => store_fast!(8),
                        0xc9 => store_fast!(9),
                        0xca => store_fast!(10),
                        0xcb => store_fast!(11),
                        0xcc => store_fast!(12),
                        0xcd => store_fast!(13),
                        0xce => store_fast!(14),
                        0xcf => store_fast!(15),
                        op::STORE_FAST_N => {
                            let i = uint(&mut ip);
                            sp = sp.sub(1);
                            *locals.add(i) = *sp;
                        }
                        op::DELETE_FAST => {
                            let slot = locals.add(uint(&mut ip));
                            if (*slot).is_none() {
                                tri!(unwind::unbound_local(vm));
                            }
                            *slot = None;
                        }
                        op::LOAD_DEREF => {
                            let cell = *locals.add(uint(&mut ip));
                            match cell.and_then(|c| c.downcast::<CellBox>()).and_then(|c| c.v.get()) {
                                Some(v) => push!(v),
                                None => tri!(unwind::unbound_local(vm)),
                            };
                        }
                        op::STORE_DEREF => {
                            let cell = *locals.add(uint(&mut ip));
                            let v = pop!();
                            match cell.and_then(|c| c.downcast::<CellBox>()) {
                                Some(c) => c.v.set(Some(v)),
                                None => tri!(unwind::unbound_local(vm)),
                            }
                        }
                        op::DELETE_DEREF => {
                            let cell = *locals.add(uint(&mut ip));
                            match cell.and_then(|c| c.downcast::<CellBox>()) {
                                Some(c) if c.v.get().is_some() => c.v.set(None),
                                _ => tri!(unwind::unbound_local(vm)),
                            }
                        }
                        op::LOAD_GLOBAL => {
                            let site = ip;
                            let key = name!();
                            let dict = frame::fun_of(f).globals;
                            let hint = vm.st.caches.hint(site).get() as usize;
                            if hint < dict.table.places() && *dict.table.entries_ptr().add(2 * hint) == key {
                                push!(*dict.table.entries_ptr().add(2 * hint + 1));
                            } else {
                                save!();
                                push!(tri!(vm.load_global(dict, key, site)));
                            }
                        }
                        op::LOAD_NAME => {
                            let site = ip;
                            let key = name!();
                            save!();
                            let (locals_dict, globals) = (vm.st.locals, frame::fun_of(f).globals);
                            let v = if locals_dict == globals {
                                tri!(vm.load_global(globals, key, site))
                            } else {
                                match tri!(vm.load_local_name(locals_dict, key)) {
                                    Some(v) => v,
                                    None => tri!(vm.load_global(globals, key, site)),
                                }
                            };
                            push!(v);
                        }
                        op::STORE_GLOBAL => {
                            let site = ip;
                            let key = name!();
                            let dict = frame::fun_of(f).globals;
                            let hint = vm.st.caches.hint(site).get() as usize;
                            if hint < dict.table.places() && *dict.table.entries_ptr().add(2 * hint) == key {
                                let v = pop!();
                                dict.table.set_value(hint, v);
                            } else {
                                save!();
                                tri!(vm.store_name(dict, key, top!(), site));
                                sp = sp.sub(1);
                            }
                        }
                        op::STORE_NAME => {
                            let site = ip;
                            let key = name!();
                            save!();
                            let dict = vm.st.locals;
                            tri!(vm.store_name(dict, key, top!(), site));
                            sp = sp.sub(1);
                        }
                        op::DELETE_NAME => {
                            let key = name!();
                            save!();
                            let dict = vm.st.locals;
                            tri!(vm.delete_name(dict, key));
                        }
                        op::DELETE_GLOBAL => {
                            let key = name!();
                            save!();
                            let dict = frame::fun_of(f).globals;
                            tri!(vm.delete_name(dict, key));
                        }
                        op::LOAD_ATTR => {
                            let site = ip;
                            let key = name!();
                            let v = top!();
                            if let Some(inst) = super::types::as_instance(v) {
                                let hint = vm.st.caches.hint(site).get() as usize;
                                if hint < inst.attrs.places() && *inst.attrs.entries_ptr().add(2 * hint) == key {
                                    set_top!(*inst.attrs.entries_ptr().add(2 * hint + 1));
                                    continue;
                                }
                            }
                            save!();
                            set_top!(tri!(vm.load_attr(v, key, site)));
                        }
                        op::STORE_ATTR => {
                            let site = ip;
                            let key = name!();
                            let this = top!();
                            let Some(v) = *sp.sub(2) else {
                                save!();
                                tri!(vm.del_attr_named(this, key));
                                sp = sp.sub(2);
                                continue;
                            };
                            if let Some(inst) = super::types::as_instance(this)
                                && !super::types::type_of(this).has(TypeFlags::SETATTR | TypeFlags::DESCRIPTORS)
                            {
                                let hint = vm.st.caches.hint(site).get() as usize;
                                if hint < inst.attrs.places() && *inst.attrs.entries_ptr().add(2 * hint) == key {
                                    inst.attrs.set_value(hint, v);
                                    sp = sp.sub(2);
                                    continue;
                                }
                            }
                            save!();
                            tri!(vm.store_attr(this, key, v, site));
                            sp = sp.sub(2);
                        }
                        op::LOAD_METHOD => {
                            let key = name!();
                            save!();
                            let v = top!();
                            let found = tri!(vm.load_method_named(v, key));
                            match found {
                                Found::Plain(m) => {
                                    set_top!(m);
                                    sp.write(None);
                                }
                                Found::Method(m, this) => {
                                    set_top!(m);
                                    sp.write(Some(this));
                                }
                            }
                            sp = sp.add(1);
                        }
                        op::LOAD_SUPER_METHOD => {
                            let key = name!();
                            save!();
                            let (cls, this) = (some(*sp.sub(2)), some(*sp.sub(1)));
                            let found = tri!(vm.load_super_method(cls, this, key));
                            sp = sp.sub(1);
                            match found {
                                Found::Plain(m) => {
                                    sp.sub(2).write(Some(m));
                                    sp.sub(1).write(None);
                                }
                                Found::Method(m, this) => {
                                    sp.sub(2).write(Some(m));
                                    sp.sub(1).write(Some(this));
                                }
                            }
                        }
                        op::LOAD_BUILD_CLASS => push!(vm.build_class_function()),
                        op::LOAD_SUBSCR => {
                            let (a, i) = (some(*sp.sub(2)), some(*sp.sub(1)));
                            if let (Some(n), Some(list)) = (i.as_small_int(), a.downcast::<List>())
                                && (n as usize) < list.items.len()
                            {
                                sp = sp.sub(1);
                                set_top!(*list.items.as_ptr().add(n as usize));
                                continue;
                            }
                            save!();
                            let v = tri!(quick::subscr(vm, a, i));
                            sp = sp.sub(1);
                            set_top!(v);
                        }
                        op::STORE_SUBSCR => {
                            let (a, i) = (some(*sp.sub(2)), some(*sp.sub(1)));
                            if let (Some(v), Some(n), Some(list)) = (*sp.sub(3), i.as_small_int(), a.downcast::<List>())
                                && (n as usize) < list.items.len()
                            {
                                list.items.as_ptr().add(n as usize).write(v);
                                sp = sp.sub(3);
                                continue;
                            }
                            save!();
                            match *sp.sub(3) {
                                Some(v) => tri!(quick::set_subscr(vm, a, i, v)),
                                None => tri!(vm.del_subscr(a, i)),
                            }
                            sp = sp.sub(3);
                        }
                        op::DUP_TOP => {
                            *sp = *sp.sub(1);
                            sp = sp.add(1);
                        }
                        op::DUP_TOP_TWO => {
                            *sp = *sp.sub(2);
                            *sp.add(1) = *sp.sub(1);
                            sp = sp.add(2);
                        }
                        op::POP_TOP => sp = sp.sub(1),
                        op::ROT_TWO => core::ptr::swap(sp.sub(1), sp.sub(2)),
                        op::ROT_THREE => {
                            let t = *sp.sub(1);
                            *sp.sub(1) = *sp.sub(2);
                            *sp.sub(2) = *sp.sub(3);
                            *sp.sub(3) = t;
                        }
                        op::JUMP => {
                            let to = signed_label(&mut ip);
                            ip = ip.offset(to);
                            if to < 0 {
                                save!();
                                tri!(vm.safepoint());
                            }
                        }
                        op::POP_JUMP_IF_TRUE | op::POP_JUMP_IF_FALSE => {
                            let to = signed_label(&mut ip);
                            save!();
                            let v = pop!();
                            if tri!(vm.truth(v)) == (opcode == op::POP_JUMP_IF_TRUE) {
                                ip = ip.offset(to);
                                if to < 0 {
                                    save!();
                                    tri!(vm.safepoint());
                                }
                            }
                        }
                        op::JUMP_IF_TRUE_OR_POP | op::JUMP_IF_FALSE_OR_POP => {
                            let to = unsigned_label(&mut ip);
                            save!();
                            if tri!(vm.truth(top!())) == (opcode == op::JUMP_IF_TRUE_OR_POP) {
                                ip = ip.add(to);
                            } else {
                                sp = sp.sub(1);
                            }
                        }
                        op::SETUP_WITH => {
                            let to = unsigned_label(&mut ip);
                            save!();
                            let manager = top!();
                            let exit = tri!(vm.load_method(manager, crate::q!(__exit__)));
                            let (m, this) = match exit {
                                Found::Plain(m) => (m, None),
                                Found::Method(m, this) => (m, Some(this)),
                            };
                            set_top!(m);
                            sp.write(this);
                            sp = sp.add(1);
                            save!();
                            let entered = tri!(vm.call_method(manager, crate::q!(__enter__), &[]));
                            (*f).blocks.write(Block { handler: ip.add(to), sp, caught: None, is_finally: true });
                            (*f).blocks = (*f).blocks.add(1);
                            push!(entered);
                        }
                        op::WITH_CLEANUP => {
                            save!();
                            sp = tri!(unwind::with_cleanup(vm, sp));
                        }
                        op::SETUP_EXCEPT | op::SETUP_FINALLY => {
                            let to = unsigned_label(&mut ip);
                            let is_finally = opcode == op::SETUP_FINALLY;
                            (*f).blocks.write(Block { handler: ip.add(to), sp, caught: None, is_finally });
                            (*f).blocks = (*f).blocks.add(1);
                        }
                        op::POP_EXCEPT_JUMP => {
                            (*f).blocks = (*f).blocks.sub(1);
                            vm.st.current_exception = None;
                            let to = unsigned_label(&mut ip);
                            ip = ip.add(to);
                        }
                        op::END_FINALLY => {
                            (*f).blocks = (*f).blocks.sub(1);
                            let cause = top!();
                            if cause.is_none() {
                                sp = sp.sub(1);
                            } else if cause == Value::SENTINEL {
                                let value = some(*sp.sub(2));
                                sp = sp.sub(2);
                                if let Some((handler, new_sp)) = unwind::finally_of_return(f, ip, value) {
                                    (ip, sp) = (handler, new_sp);
                                    continue;
                                }
                                sp.write(Some(value));
                                sp = sp.add(1);
                                // The value is on top; leave as RETURN_VALUE does.
                                ip = RETURN.as_ptr();
                            } else if let (Some(count), Some(to)) = (cause.as_mark(), maybe(*sp.sub(2)).as_mark()) {
                                let to = frame::code_of(f).bytes.as_ptr().add(to as usize);
                                (ip, sp) = unwind::unwind_jump(f, ip, sp.sub(2), to, count);
                            } else {
                                let _ = vm.raise(cause);
                                break 'raise true;
                            }
                        }
                        op::UNWIND_JUMP => {
                            let to = signed_label(&mut ip);
                            let count = *ip as u32;
                            (ip, sp) = unwind::unwind_jump(f, ip, sp, ip.offset(to), count);
                            save!();
                            tri!(vm.safepoint());
                        }
                        op::GET_ITER => {
                            save!();
                            set_top!(tri!(vm.get_iter(top!())));
                        }
                        op::GET_ITER_STACK => {
                            save!();
                            let v = top!();
                            let base = sp.sub(1);
                            sp = sp.add(3);
                            base.add(2).write(Some(Value::small_int(0)));
                            base.add(3).write(None);
                            let kind = if let Some(list) = v.downcast::<List>() {
                                base.add(1).write(Some(list.value()));
                                iter_kind::LIST
                            } else if v.downcast::<Tuple>().is_some() {
                                base.add(1).write(Some(v));
                                iter_kind::TUPLE
                            } else if let Some((start, count, step)) = crate::obj::range::parts(v) {
                                base.add(1).write(Some(start));
                                base.add(2).write(Some(count));
                                base.add(3).write(Some(step));
                                iter_kind::RANGE
                            } else if v.downcast::<Generator>().is_some() {
                                base.add(1).write(Some(v));
                                iter_kind::GENERATOR
                            } else if let Some(len) = sequence::length(v) {
                                base.add(1).write(Some(v));
                                base.add(3).write(Some(Value::small_int(len as isize)));
                                iter_kind::SEQUENCE
                            } else {
                                let it = tri!(vm.get_iter(v));
                                base.add(1).write(Some(it));
                                if it.downcast::<Generator>().is_some() {
                                    iter_kind::GENERATOR
                                } else {
                                    iter_kind::GENERIC
                                }
                            };
                            base.write(Some(Value::mark(kind)));
                        }
                        op::FOR_ITER => {
                            let site = ip;
                            let to = unsigned_label(&mut ip);
                            let base = sp.sub(4);
                            let what = maybe(*base.add(1));
                            let kind = maybe(*base);
                            if kind == Value::mark(iter_kind::RANGE) {
                                let left = some(*base.add(2)).bits() as isize;
                                if left > Value::small_int(0).bits() as isize {
                                    let step = some(*base.add(3)).bits() as isize >> 1;
                                    let next = (what.bits() as isize >> 1).wrapping_add(step);
                                    base.add(1).write(Some(Value::small_int(next)));
                                    base.add(2).write(Some(Value::small_int((left >> 1) - 1)));
                                    push_or_store!(what);
                                } else {
                                    sp = base;
                                    ip = ip.add(to);
                                }
                                continue;
                            }
                            if kind == Value::mark(iter_kind::LIST)
                                && let Some(list) = what.downcast::<List>()
                            {
                                let at = some(*base.add(2)).bits() >> 1;
                                if at < list.items.len() {
                                    base.add(2).write(Some(Value::small_int(at as isize + 1)));
                                    push_or_store!(*list.items.as_ptr().add(at));
                                } else {
                                    sp = base;
                                    ip = ip.add(to);
                                }
                                continue;
                            }
                            match kind.as_mark() {
                                Some(iter_kind::TUPLE) => {
                                    let at = maybe(*base.add(2)).as_small_int().unwrap_or(0) as usize;
                                    match what.downcast::<Tuple>() {
                                        Some(t) if at < t.tail_len() => {
                                            base.add(2).write(Some(Value::small_int(at as isize + 1)));
                                            push!(*t.tail_address().as_ptr().add(at));
                                        }
                                        _ => {
                                            sp = base;
                                            ip = ip.add(to);
                                        }
                                    }
                                }
                                Some(iter_kind::GENERATOR) => {
                                    let Some(g) = what.downcast::<Generator>() else { continue };
                                    // Saved after the opcode: the operand is read again when it yields or ends.
                                    (*f).ip = site;
                                    save!();
                                    match tri!(unwind::enter_generator(vm, g, Value::NONE, Return::ForIter)) {
                                        Some(gf) => {
                                            load_frame!(gf);
                                            if g.pending.get().is_some() {
                                                continue 'frames;
                                            }
                                        }
                                        None => {
                                            sp = base;
                                            ip = ip.add(to);
                                        }
                                    }
                                }
                                Some(iter_kind::SEQUENCE) => {
                                    save!();
                                    let at = maybe(*base.add(2)).as_small_int().unwrap_or(0) as usize;
                                    let len = maybe(*base.add(3)).as_small_int().unwrap_or(0) as usize;
                                    match tri!(sequence::step(vm, what, at, len)) {
                                        Some((next, v)) => {
                                            base.add(2).write(Some(Value::small_int(next as isize)));
                                            push!(v);
                                        }
                                        None => {
                                            sp = base;
                                            ip = ip.add(to);
                                        }
                                    }
                                }
                                _ => {
                                    save!();
                                    match tri!(vm.iter_next(what)) {
                                        Some(v) => push!(v),
                                        None => {
                                            sp = base;
                                            ip = ip.add(to);
                                        }
                                    }
                                }
                            }
                        }
                        op::BUILD_TUPLE => {
                            let n = uint(&mut ip);
                            save!();
                            let t = tri!(vm.new_tuple(slice(sp.sub(n), n)));
                            sp = sp.sub(n);
                            push!(t.value());
                        }
                        op::BUILD_LIST => {
                            let n = uint(&mut ip);
                            save!();
                            let l = tri!(vm.new_list(slice(sp.sub(n), n)));
                            sp = sp.sub(n);
                            push!(l.value());
                        }
                        op::BUILD_MAP => {
                            let _ = uint(&mut ip);
                            save!();
                            push!(tri!(vm.new_dict()).value());
                        }
                        op::STORE_MAP => {
                            save!();
                            tri!(vm.store_map(some(*sp.sub(3)), top!(), some(*sp.sub(2))));
                            sp = sp.sub(2);
                        }
                        op::BUILD_SET => {
                            let n = uint(&mut ip);
                            save!();
                            let s = tri!(crate::obj::set::new_set(vm, slice(sp.sub(n), n)));
                            sp = sp.sub(n);
                            push!(s);
                        }
                        op::BUILD_SLICE => {
                            let n = uint(&mut ip);
                            save!();
                            let step = if n == 3 { pop!() } else { Value::NONE };
                            let stop = pop!();
                            // A subscript mostly follows. Then (and only then is it known) the container lies below.
                            let next = *ip;
                            if (next == op::LOAD_SUBSCR || next == op::STORE_SUBSCR)
                                && let a = some(*sp.sub(2))
                                && let Some(s) = vm.lend_slice(a, top!(), stop, step)
                            {
                                ip = ip.add(1);
                                if next == op::LOAD_SUBSCR {
                                    let v = vm.subscr(a, s.value());
                                    vm.return_slice(s);
                                    let v = tri!(v);
                                    sp = sp.sub(1);
                                    set_top!(v);
                                } else {
                                    let done = match *sp.sub(3) {
                                        Some(v) => vm.set_subscr(a, s.value(), v),
                                        None => vm.del_subscr(a, s.value()),
                                    };
                                    vm.return_slice(s);
                                    tri!(done);
                                    sp = sp.sub(3);
                                }
                                continue;
                            }
                            set_top!(tri!(crate::obj::slice::new_slice(vm, top!(), stop, step)));
                        }
                        op::STORE_COMP => {
                            let n = uint(&mut ip);
                            save!();
                            let to = some(*sp.sub((n >> 2) + 1));
                            match n & 3 {
                                0 => {
                                    let v = top!();
                                    match to.downcast::<List>() {
                                        Some(l) => tri!(l.items.push(vm, v)),
                                        None => tri!(vm.call_method(to, crate::q!(append), &[v]).map(|_| ())),
                                    }
                                    sp = sp.sub(1);
                                }
                                1 => {
                                    tri!(vm.store_map(to, top!(), some(*sp.sub(2))));
                                    sp = sp.sub(2);
                                }
                                _ => {
                                    tri!(crate::obj::set::add(vm, to, top!()));
                                    sp = sp.sub(1);
                                }
                            }
                        }
                        op::TYPED => {
                            let operation = uint(&mut ip);
                            save!();
                            sp = tri!(typed::run(vm, operation as u32, sp));
                        }
                        op::UNPACK_SEQUENCE => {
                            let n = uint(&mut ip);
                            save!();
                            let v = top!();
                            let items: Option<&[Value]> = if let Some(t) = v.downcast::<Tuple>() {
                                Some(core::slice::from_raw_parts(t.tail_address().as_ptr(), t.tail_len()))
                            } else if let Some(l) = v.downcast::<List>() {
                                l.items
                                    .as_ptr()
                                    .as_ref()
                                    .map(|p| core::slice::from_raw_parts(core::ptr::from_ref(p), l.items.len()))
                            } else {
                                None
                            };
                            sp = sp.sub(1);
                            match items {
                                Some(items) if items.len() == n && n > 0 => {
                                    // The first item ends up on top.
                                    let mut to = sp.add(n);
                                    for item in items {
                                        to = to.sub(1);
                                        to.write(Some(*item));
                                    }
                                    sp = sp.add(n);
                                }
                                _ => sp = tri!(unwind::unpack_sequence(vm, f, v, n, sp)),
                            }
                        }
                        op::UNPACK_EX => {
                            let n = uint(&mut ip);
                            save!();
                            let v = top!();
                            sp = tri!(unwind::unpack_ex(vm, f, v, n & 0xff, n >> 8 & 0xff, sp.sub(1)));
                        }
                        op::MAKE_FUNCTION | op::MAKE_FUNCTION_DEFARGS => {
                            let child = unwind::child(f, uint(&mut ip));
                            save!();
                            if opcode == op::MAKE_FUNCTION {
                                push!(tri!(vm.make_function(child, frame::fun_of(f).globals, None, None, &[])));
                            } else {
                                let (def, kw) = (*sp.sub(2), *sp.sub(1));
                                let fun = tri!(vm.make_function(child, frame::fun_of(f).globals, def, kw, &[]));
                                sp = sp.sub(1);
                                set_top!(fun);
                            }
                        }
                        op::MAKE_CLOSURE | op::MAKE_CLOSURE_DEFARGS => {
                            let child = unwind::child(f, uint(&mut ip));
                            let n = *ip as usize;
                            ip = ip.add(1);
                            save!();
                            let cells = slice(sp.sub(n), n);
                            let globals = frame::fun_of(f).globals;
                            if opcode == op::MAKE_CLOSURE {
                                let fun = tri!(vm.make_function(child, globals, None, None, cells));
                                sp = sp.sub(n);
                                push!(fun);
                            } else {
                                let (def, kw) = (*sp.sub(n + 2), *sp.sub(n + 1));
                                let fun = tri!(vm.make_function(child, globals, def, kw, cells));
                                sp = sp.sub(n + 2);
                                push!(fun);
                            }
                        }
                        op::CALL_FUNCTION | op::CALL_METHOD => {
                            let counts = uint(&mut ip);
                            let (n, n_kw) = (counts & 0xff, counts >> 8 & 0xff);
                            let args = sp.sub(n + 2 * n_kw);
                            let (base, first) = if opcode == op::CALL_METHOD {
                                (args.sub(2), *args.sub(1))
                            } else {
                                (args.sub(1), None)
                            };
                            let callee = some(*base);
                            if let Some(fun) = callee.downcast::<Function>() {
                                let code = fun.code;
                                let given = n + usize::from(first.is_some());
                                if given == code.n_quick as usize && n_kw == 0 && fun.n_closed == 0 {
                                    save!();
                                    let nf = tri!(stack::push(vm, frame::frame_bytes(&code)));
                                    // A method's object lies right before the arguments.
                                    frame::init_with(nf, fun, Return::Push, sp.sub(given), given);
                                    (*f).sp = base;
                                    (*f).ip = ip;
                                    (*nf).prev = f;
                                    vm.st.frame = nf;
                                    load_frame!(nf);
                                    tri!(vm.safepoint());
                                    continue;
                                }
                                if code.has(flags::GENERATOR) {
                                    save!();
                                    let a = Args { pos: slice(args, n), kw: slice(args.add(n), 2 * n_kw) };
                                    let g = tri!(vm.new_generator(fun, first, &a));
                                    sp = base;
                                    push!(g);
                                    continue;
                                }
                                save!();
                                let bytes = frame::frame_bytes(&code);
                                let nf = tri!(stack::push(vm, bytes));
                                frame::init(nf, fun, Return::Push);
                                let a = Args { pos: slice(args, n), kw: slice(args.add(n), 2 * n_kw) };
                                if vm.bind_args(fun, first, &a, frame::slots(nf)).is_err() {
                                    stack::pop(vm, nf, bytes);
                                    break 'raise false;
                                }
                                (*f).sp = base;
                                (*f).ip = ip;
                                (*nf).prev = f;
                                vm.st.frame = nf;
                                load_frame!(nf);
                                tri!(vm.safepoint());
                                continue;
                            }
                            save!();
                            if let Some(native) = callee.downcast::<NativeFn>()
                                && n_kw == 0
                            {
                                let with_self = first.is_some();
                                let a0 = if with_self { args.sub(1) } else { args };
                                let count = n + usize::from(with_self);
                                let v = tri!(call_native(vm, native, a0, count));
                                sp = base;
                                push!(v);
                                continue;
                            }
                            if first.is_none()
                                && n_kw == 0
                                && let Some(m) = callee.downcast::<BoundMethod>()
                                && let Some(native) = m.f.downcast::<NativeFn>()
                            {
                                // Its object goes in front of the arguments, where it or a null stands.
                                let a0 = args.sub(1);
                                a0.write(Some(m.this));
                                let v = tri!(call_native(vm, native, a0, n + 1));
                                sp = base;
                                push!(v);
                                continue;
                            }
                            if first.is_none()
                                && let Some(ty) = callee.downcast::<Type>()
                                && ty.is_class()
                                && let Some((init, inst)) = tri!(vm.quick_instance(ty))
                            {
                                // The instance takes the class's place and stays there while __init__ runs.
                                base.write(Some(inst));
                                let code = init.code;
                                let bytes = frame::frame_bytes(&code);
                                let nf = tri!(stack::push(vm, bytes));
                                frame::init(nf, init, Return::Init);
                                let a = Args { pos: slice(args, n), kw: slice(args.add(n), 2 * n_kw) };
                                if vm.bind_args(init, Some(inst), &a, frame::slots(nf)).is_err() {
                                    stack::pop(vm, nf, bytes);
                                    break 'raise false;
                                }
                                (*f).sp = base.add(1);
                                (*f).ip = ip;
                                (*nf).prev = f;
                                vm.st.frame = nf;
                                load_frame!(nf);
                                tri!(vm.safepoint());
                                continue;
                            }
                            if first.is_none()
                                && let Some(m) = callee.downcast::<BoundMethod>()
                                && let Some(fun) = m.f.downcast::<Function>()
                                && !fun.code.has(flags::GENERATOR)
                            {
                                let bytes = frame::frame_bytes(&fun.code);
                                let nf = tri!(stack::push(vm, bytes));
                                frame::init(nf, fun, Return::Push);
                                let a = Args { pos: slice(args, n), kw: slice(args.add(n), 2 * n_kw) };
                                if vm.bind_args(fun, Some(m.this), &a, frame::slots(nf)).is_err() {
                                    stack::pop(vm, nf, bytes);
                                    break 'raise false;
                                }
                                (*f).sp = base;
                                (*f).ip = ip;
                                (*nf).prev = f;
                                vm.st.frame = nf;
                                load_frame!(nf);
                                tri!(vm.safepoint());
                                continue;
                            }
                            (*f).ip = ip;
                            let a = Args { pos: slice(args, n), kw: slice(args.add(n), 2 * n_kw) };
                            let v = match first {
                                Some(this) => tri!(vm.call_with_first(callee, this, &a)),
                                None => tri!(vm.call_args(callee, &a)),
                            };
                            sp = base;
                            push!(v);
                        }
                        op::CALL_FUNCTION_VAR_KW | op::CALL_METHOD_VAR_KW => {
                            let counts = uint(&mut ip);
                            let (n, n_kw) = (counts & 0xff, counts >> 8 & 0xff);
                            save!();
                            // On top of the arguments: which positional ones are starred.
                            let star = match some(*sp.sub(1)).as_small_int() {
                                Some(bits) => bits as usize,
                                None => 0,
                            };
                            let args = sp.sub(1 + n + 2 * n_kw);
                            let (base, first) = if opcode == op::CALL_METHOD_VAR_KW {
                                (args.sub(2), *args.sub(1))
                            } else {
                                (args.sub(1), None)
                            };
                            let kw = core::slice::from_raw_parts(args.add(n).cast_const(), 2 * n_kw);
                            let flat = tri!(vm.flatten_args(slice(args, n), kw, star, first));
                            (*f).ip = ip;
                            let v = tri!(vm.call_flat(some(*base), &flat));
                            sp = base;
                            push!(v);
                        }
                        op::RETURN_VALUE => {
                            let value = top!();
                            if let Some((handler, new_sp)) = unwind::finally_of_return(f, ip, value) {
                                (ip, sp) = (handler, new_sp);
                                continue;
                            }
                            let result = (*f).result;
                            let prev = (*f).prev;
                            let bytes = frame::frame_bytes(&frame::code_of(f));
                            vm.st.frame = prev;
                            match (*f).generator {
                                Some(g) => {
                                    stack::leave(vm, bytes);
                                    g.pending.set(None);
                                    g.finish(vm);
                                }
                                None => stack::pop(vm, f, bytes),
                            }
                            if result == Return::Push {
                                load_frame!(prev);
                                push!(value);
                                continue;
                            }
                            match result {
                                Return::Push => {}
                                Return::Native => return Ok(Event::Returned(value)),
                                Return::Init => {
                                    load_frame!(prev);
                                    if !value.is_none() {
                                        let _ = unwind::bad_init(vm, value);
                                        break 'raise false;
                                    }
                                }
                                Return::ForIter => {
                                    load_frame!(prev);
                                    let to = unsigned_label(&mut ip);
                                    ip = ip.add(to);
                                    sp = sp.sub(4);
                                }
                                Return::YieldFrom => {
                                    load_frame!(prev);
                                    ip = ip.add(1);
                                    set_top!(value);
                                }
                            }
                        }
                        op::YIELD_VALUE => {
                            let value = pop!();
                            (*f).ip = ip;
                            save!();
                            match unwind::deliver_yield(vm, &mut f, value) {
                                Some(v) => return Ok(Event::Yielded(v)),
                                None => {
                                    // A `for` loop of the frame that is now on top gets the value.
                                    load_frame!(f);
                                    let _ = unsigned_label(&mut ip);
                                    push!(value);
                                }
                            }
                        }
                        op::YIELD_FROM => {
                            let sent = pop!();
                            let sub = top!();
                            // It stays at this instruction until what it delegates to has ended.
                            (*f).ip = ip.sub(1);
                            save!();
                            let injected = (*f).generator.and_then(|g| g.pending.take());
                            if injected.is_none()
                                && let Some(g) = sub.downcast::<Generator>()
                            {
                                match tri!(unwind::enter_generator(vm, g, sent, Return::YieldFrom)) {
                                    Some(gf) => {
                                        load_frame!(gf);
                                        if g.pending.get().is_some() {
                                            continue 'frames;
                                        }
                                    }
                                    None => {
                                        let v = vm.st.stop_value.take();
                                        set_top!(v.unwrap_or(Value::NONE));
                                    }
                                }
                                continue;
                            }
                            match tri!(unwind::delegate(vm, sub, sent, injected)) {
                                Event::Returned(v) => set_top!(v),
                                Event::Yielded(value) => match unwind::deliver_yield(vm, &mut f, value) {
                                    Some(v) => return Ok(Event::Yielded(v)),
                                    None => {
                                        load_frame!(f);
                                        let _ = unsigned_label(&mut ip);
                                        push!(value);
                                    }
                                },
                            }
                        }
                        op::RAISE_LAST => {
                            save!();
                            let _ = unwind::raise_last(vm, f);
                            break 'raise true;
                        }
                        op::RAISE_OBJ => {
                            save!();
                            let exc = tri!(vm.make_raisable(top!()));
                            let _ = vm.raise(exc);
                            break 'raise false;
                        }
                        op::RAISE_FROM => {
                            // The cause is evaluated; chaining is not kept, as in the reference.
                            let cause = pop!();
                            save!();
                            if !cause.is_none() {
                                tri!(crate::Out::Error.write(vm, "Warning: exception chaining not supported\n"));
                            }
                            let exc = tri!(vm.make_raisable(top!()));
                            let _ = vm.raise(exc);
                            break 'raise false;
                        }
                        op::IMPORT_NAME => {
                            let key = name!();
                            save!();
                            (*f).ip = ip;
                            let m = tri!(vm.import_name(key, top!(), some(*sp.sub(2)), frame::fun_of(f).globals));
                            sp = sp.sub(1);
                            set_top!(m);
                        }
                        op::IMPORT_FROM => {
                            let key = name!();
                            save!();
                            push!(tri!(vm.import_from(top!(), key)));
                        }
                        op::IMPORT_STAR => {
                            save!();
                            let dict = vm.st.locals;
                            tri!(vm.import_star(top!(), dict));
                            sp = sp.sub(1);
                        }
                        0xd0 => {
                            save!();
                            set_top!(tri!(vm.unary(UnaryOp::Positive, top!())));
                        }
                        0xd1 => {
                            let v = top!();
                            if let Some(i) = v.as_small_int()
                                && let Some(r) = Value::try_small_int(-i)
                            {
                                set_top!(r);
                                continue;
                            }
                            save!();
                            set_top!(tri!(vm.unary(UnaryOp::Negative, v)));
                        }
                        0xd2 => {
                            save!();
                            set_top!(tri!(vm.unary(UnaryOp::Invert, top!())));
                        }
                        0xd3 => {
                            save!();
                            let v = tri!(vm.truth(top!()));
                            set_top!(Value::bool(!v));
                        }
                        0xd7 => compare!(0, <),
                        0xd8 => compare!(1, >),
                        0xd9 => compare!(2, ==),
                        0xda => compare!(3, <=),
                        0xdb => compare!(4, >=),
                        0xdc => compare!(5, !=),
                        0xde => {
                            let same = *sp.sub(2) == *sp.sub(1);
                            sp = sp.sub(1);
                            set_top!(Value::bool(same));
                        }
                        0xe0 | 0xed => arithmetic!(opcode - 0xd7, |a, b| quick::or(a, b)),
                        0xe1 | 0xee => arithmetic!(opcode - 0xd7, |a, b| quick::xor(a, b)),
                        0xe2 | 0xef => arithmetic!(opcode - 0xd7, |a, b| quick::and(a, b)),
                        0xe3 | 0xf0 => arithmetic!(opcode - 0xd7, |a, b| quick::shift_left(a, b)),
                        0xe4 | 0xf1 => arithmetic!(opcode - 0xd7, |a, b| quick::shift_right(a, b)),
                        0xe5 => arithmetic!(14, |a, b| quick::add(a, b)),
                        0xe6 => arithmetic!(15, |a, b| quick::subtract(a, b)),
                        0xe7 => arithmetic!(16, |a, b| quick::multiply(a, b)),
                        0xe9 | 0xf6 => arithmetic!(opcode - 0xd7, |a, b| quick::floor_divide(a, b)),
                        0xea | 0xf7 => arithmetic!(opcode - 0xd7, |a, b| quick::divide(a, b)),
                        0xeb | 0xf8 => arithmetic!(opcode - 0xd7, |a, b| quick::modulo(a, b)),
                        0xf2 => arithmetic!(27, |a, b| quick::add(a, b)),
                        0xf3 => arithmetic!(28, |a, b| quick::subtract(a, b)),
                        0xf4 => arithmetic!(29, |a, b| quick::multiply(a, b)),
                        0xdd | 0xdf | 0xe8 | 0xec | 0xf5 | 0xf9 => arithmetic!(opcode - 0xd7, |a, b| None),
                        // Neither the compiler nor the verifier lets these through; they are named so that the
                        // table of jumps has an entry for every byte.
                        0x00 | 0x01 | 0x02 | 0x03 | 0x04 | 0x05 | 0x06 | 0x07 | 0x08 | 0x09 | 0x0a | 0x0b | 0x0c
                        | 0x0d | 0x0e | 0x1d | 0x1e | 0x1f | 0x38 | 0x39 | 0x3a | 0x3b | 0x3c | 0x3d | 0x3e | 0x3f
                        | 0x41 | 0x4c | 0x4d | 0x4e | 0x4f | 0x60 | 0x61 | 0x6a | 0x6b | 0x6c | 0x6d | 0x6e | 0x6f
                        | 0xd4 | 0xd5 | 0xd6 | 0xfa | 0xfb | 0xfc | 0xfd | 0xfe | 0xff => {
                            let _ = vm.runtime_error("bad opcode");
                            break 'raise false;
                        }
                    }
                }
            };

            // An exception: find the handler, in this frame or one below.
            match unwind::unwind(vm, f, ip, entry, reraise) {
                Some(handler) => {
                    load_frame!(handler);
                }
                None => return Err(Raised(())),
            }
        }
    }
}

/// A `RETURN_VALUE` to execute out of line.
static RETURN: [u8; 1] = [op::RETURN_VALUE];

/// Calls a native with the `count` positional arguments at `args`.
///
/// # Safety
/// There are so many values.
#[inline(always)]
unsafe fn call_native(vm: &mut Vm, native: crate::Ref<NativeFn>, args: Slot, count: usize) -> Result<Value, Raised> {
    // SAFETY: by contract.
    unsafe {
        match (&*native, count) {
            (NativeFn::F1(g), 1) => g(vm, some(*args)),
            (NativeFn::F2(g), 2) => g(vm, some(*args), some(*args.add(1))),
            (NativeFn::Var { min, max, f }, _) if count >= *min as usize && (*max == 255 || count <= *max as usize) => {
                f(vm, &Args { pos: slice(args, count), kw: &[] })
            }
            _ => native.invoke(vm, &Args { pos: slice(args, count), kw: &[] }),
        }
    }
}

#[inline(never)]
fn binary_slow(vm: &mut Vm, n: u8, a: Value, b: Value) -> Result<Value, Raised> {
    if let Some(r) = quick::beyond_words(vm, n, a, b) {
        return r;
    }
    match BinaryOp::from_number(n) {
        Some(o) => vm.binary(o, a, b),
        None => Err(vm.runtime_error("bad opcode")),
    }
}
