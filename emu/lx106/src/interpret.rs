//! The interpreter: one loop over one match, from block to block, until something happens that is not its business.
//!
//! It knows registers, memory and links between blocks. Exceptions, special registers, interrupts, decoding and time
//! are the driver's ([`crate::drive`]), to which it returns a [`Stop`].
//!
//! The surprising fact: the program counter does not exist in here. Where a stop happened is said by its block and the
//! number of instructions executed in it.

use crate::cache::Cache;
use crate::code::Kind;
use crate::state::State;
use crate::{Bus, Fault, Stored, Width};

/// Why the interpreter stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The block does not fit into what is left; nothing of it was executed.
    Limit,
    /// The code is executed and leads to a block that it is not linked to; `value` is 1 if it is the end of a straight
    /// line, which has the same count as the code before it.
    Unlinked,
    /// The code is executed and leads to the address in `value`.
    Indirect,
    /// The code is executed, and went to the slow half of the bus.
    Accessed,
    /// The code is executed, and changed a word that something was decoded from.
    Overwritten,
    /// The code's access failed for the cause in `value`, at `address`.
    Fault,
    /// The code is the driver's to execute.
    System,
    /// Nothing can be fetched at the code.
    Unfetchable,
    /// A breakpoint stands at the code.
    Breakpoint,
}

/// Where and why.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    pub(crate) why: Why,
    /// The block, and the code in it by its count.
    pub(crate) block: u32,
    pub(crate) count: u32,
    pub(crate) value: u32,
    pub(crate) address: u32,
    /// How many instructions are left of the limit; the stopping one is paid for if it is executed.
    pub(crate) left: u64,
}

/// Cause of an access to an address that its width does not divide.
pub(crate) const MISALIGNED: u8 = 9;

/// A load that the fast half declined.
#[cold]
#[inline(never)]
fn slow_load<B: Bus>(state: &State, bus: &mut B, address: u32, width: Width, left: u64) -> Result<u32, u8> {
    if address & (width.bytes() - 1) != 0 {
        return Err(MISALIGNED);
    }
    if state.readable >> (address >> 29) & 1 == 0 {
        return Err(Fault::LoadProhibited as u8);
    }
    bus.load(address, width, state.time(left)).map_err(|fault| fault as u8)
}

/// A store that the fast half declined.
#[cold]
#[inline(never)]
fn slow_store<B: Bus>(state: &State, bus: &mut B, at: (u32, Width), value: u32, left: u64) -> Result<(), u8> {
    let (address, width) = at;
    if address & (width.bytes() - 1) != 0 {
        return Err(MISALIGNED);
    }
    if state.readable >> (address >> 29) & 1 == 0 {
        return Err(Fault::StoreProhibited as u8);
    }
    bus.store(address, width, value, state.time(left)).map_err(|fault| fault as u8)
}

/// `nsa`: how far the value can be shifted left without losing its sign.
fn normalize(value: u32) -> u32 {
    (value ^ ((value as i32) >> 31) as u32).leading_zeros().saturating_sub(1)
}

/// Executes from the beginning of `block` on, at most [`State::limit`] instructions.
pub(crate) fn interpret<B: Bus>(state: &mut State, bus: &mut B, cache: &Cache, block: u32) -> Stop {
    let mut number = block;
    let mut left = state.limit;
    'blocks: loop {
        let Some(block) = cache.blocks.get(number as usize) else {
            return Stop { why: Why::Limit, block: number, count: 0, value: 0, address: 0, left };
        };
        if u64::from(block.count) > left {
            return Stop { why: Why::Limit, block: number, count: 0, value: 0, address: 0, left };
        }
        let codes = cache.codes.get(block.from as usize..block.to as usize).unwrap_or(&[]);
        for code in codes {
            macro_rules! reg {
                ($which:ident) => {
                    state.ar[code.$which as usize]
                };
            }
            // Stops at this code, which is not executed.
            macro_rules! stop {
                ($why:ident, $value:expr, $address:expr) => {{
                    let count = u32::from(code.count);
                    left -= u64::from(count.saturating_sub(1));
                    return Stop { why: Why::$why, block: number, count, value: $value, address: $address, left };
                }};
            }
            // Stops behind this code, which is executed.
            macro_rules! leave {
                ($why:ident, $value:expr) => {{
                    let count = u32::from(code.count);
                    left -= u64::from(count);
                    return Stop { why: Why::$why, block: number, count, value: $value, address: 0, left };
                }};
            }
            macro_rules! follow_link {
                () => {{
                    if (code.link as usize) < cache.blocks.len() {
                        left -= u64::from(code.count);
                        number = code.link;
                        continue 'blocks;
                    }
                    leave!(Unlinked, u32::from(code.kind == Kind::Next));
                }};
            }
            macro_rules! branch {
                ($condition:expr) => {
                    if $condition {
                        follow_link!();
                    }
                };
            }
            macro_rules! jump {
                ($target:expr) => {{
                    let target = $target;
                    let (address, link) = cache.targets[Cache::slot(target)];
                    if address == target && (link as usize) < cache.blocks.len() {
                        left -= u64::from(code.count);
                        number = link;
                        continue 'blocks;
                    }
                    leave!(Indirect, target);
                }};
            }
            macro_rules! load {
                ($fast:ident, $width:ident, $address:expr, $convert:expr) => {{
                    let address = $address;
                    match bus.$fast(address) {
                        Some(value) => reg!(a) = $convert(value),
                        None => match slow_load(state, bus, address, Width::$width, left - u64::from(code.count) + 1) {
                            Ok(value) => {
                                reg!(a) = $convert(value as _);
                                leave!(Accessed, 0);
                            }
                            Err(cause) => stop!(Fault, u32::from(cause), address),
                        },
                    }
                }};
            }
            macro_rules! store {
                ($fast:ident, $width:ident, $type:ty) => {{
                    let address = reg!(b).wrapping_add(code.i);
                    let value = reg!(a);
                    match bus.$fast(address, value as $type) {
                        Stored::Data => {}
                        Stored::Code => {
                            if cache.is_marked(address) {
                                leave!(Overwritten, 0);
                            }
                        }
                        Stored::Declined => {
                            let time = left - u64::from(code.count) + 1;
                            match slow_store(state, bus, (address, Width::$width), value as $type as u32, time) {
                                Ok(()) if cache.is_marked(address) => leave!(Overwritten, 0),
                                Ok(()) => leave!(Accessed, 0),
                                Err(cause) => stop!(Fault, u32::from(cause), address),
                            }
                        }
                    }
                }};
            }
            match code.kind {
                Kind::Nop => {}
                Kind::Add => reg!(a) = reg!(b).wrapping_add(reg!(c)),
                Kind::Addx2 => reg!(a) = (reg!(b) << 1).wrapping_add(reg!(c)),
                Kind::Addx4 => reg!(a) = (reg!(b) << 2).wrapping_add(reg!(c)),
                Kind::Addx8 => reg!(a) = (reg!(b) << 3).wrapping_add(reg!(c)),
                Kind::Sub => reg!(a) = reg!(b).wrapping_sub(reg!(c)),
                Kind::Subx2 => reg!(a) = (reg!(b) << 1).wrapping_sub(reg!(c)),
                Kind::Subx4 => reg!(a) = (reg!(b) << 2).wrapping_sub(reg!(c)),
                Kind::Subx8 => reg!(a) = (reg!(b) << 3).wrapping_sub(reg!(c)),
                Kind::And => reg!(a) = reg!(b) & reg!(c),
                Kind::Or => reg!(a) = reg!(b) | reg!(c),
                Kind::Xor => reg!(a) = reg!(b) ^ reg!(c),
                Kind::Addi => reg!(a) = reg!(b).wrapping_add(code.i),
                Kind::Movi => reg!(a) = code.i,
                Kind::Mov => reg!(a) = reg!(b),
                Kind::Neg => reg!(a) = reg!(b).wrapping_neg(),
                Kind::Abs => reg!(a) = (reg!(b) as i32).unsigned_abs(),
                Kind::Slli => reg!(a) = reg!(b).wrapping_shl(code.i),
                Kind::Srai => reg!(a) = (reg!(b) as i32).wrapping_shr(code.i) as u32,
                Kind::Srli => reg!(a) = reg!(b).wrapping_shr(code.i),
                // The shifter is 64 bits wide; amounts are 0 to 63.
                Kind::Sll => reg!(a) = u64::from(reg!(b)).wrapping_shl(32u32.wrapping_sub(state.sar)) as u32,
                Kind::Srl => reg!(a) = u64::from(reg!(b)).wrapping_shr(state.sar) as u32,
                Kind::Sra => reg!(a) = i64::from(reg!(b) as i32).wrapping_shr(state.sar) as u32,
                Kind::Src => {
                    let both = u64::from(reg!(b)) << 32 | u64::from(reg!(c));
                    reg!(a) = both.wrapping_shr(state.sar) as u32;
                }
                Kind::Extui => reg!(a) = reg!(b).wrapping_shr(code.link) & code.i,
                Kind::Nsa => reg!(a) = normalize(reg!(b)),
                Kind::Nsau => reg!(a) = reg!(b).leading_zeros(),
                Kind::Mull => reg!(a) = reg!(b).wrapping_mul(reg!(c)),
                Kind::Mul16s => reg!(a) = (i32::from(reg!(b) as i16) * i32::from(reg!(c) as i16)) as u32,
                Kind::Mul16u => reg!(a) = u32::from(reg!(b) as u16) * u32::from(reg!(c) as u16),
                Kind::Moveqz => {
                    if reg!(c) == 0 {
                        reg!(a) = reg!(b);
                    }
                }
                Kind::Movnez => {
                    if reg!(c) != 0 {
                        reg!(a) = reg!(b);
                    }
                }
                Kind::Movltz => {
                    if (reg!(c) as i32) < 0 {
                        reg!(a) = reg!(b);
                    }
                }
                Kind::Movgez => {
                    if (reg!(c) as i32) >= 0 {
                        reg!(a) = reg!(b);
                    }
                }
                Kind::Ssr => state.sar = reg!(b) & 31,
                Kind::Ssl => state.sar = 32 - (reg!(b) & 31),
                Kind::Ssa8l => state.sar = (reg!(b) & 3) * 8,
                Kind::Ssa8b => state.sar = 32 - (reg!(b) & 3) * 8,
                Kind::Ssai => state.sar = code.i,
                Kind::RsrSar => reg!(a) = state.sar,
                Kind::WsrSar => state.sar = reg!(a) & 63,
                Kind::L8ui => load!(fast_load8, Byte, reg!(b).wrapping_add(code.i), |v: u8| u32::from(v)),
                Kind::L16ui => load!(fast_load16, Half, reg!(b).wrapping_add(code.i), |v: u16| u32::from(v)),
                Kind::L16si => load!(fast_load16, Half, reg!(b).wrapping_add(code.i), |v: u16| v as i16 as u32),
                Kind::L32i => load!(fast_load32, Word, reg!(b).wrapping_add(code.i), |v: u32| v),
                Kind::L32r => load!(fast_load32, Word, code.i, |v: u32| v),
                Kind::S8i => store!(fast_store8, Byte, u8),
                Kind::S16i => store!(fast_store16, Half, u16),
                Kind::S32i => store!(fast_store32, Word, u32),
                Kind::Beq => branch!(reg!(b) == reg!(c)),
                Kind::Bne => branch!(reg!(b) != reg!(c)),
                Kind::Blt => branch!((reg!(b) as i32) < reg!(c) as i32),
                Kind::Bge => branch!(reg!(b) as i32 >= reg!(c) as i32),
                Kind::Bltu => branch!(reg!(b) < reg!(c)),
                Kind::Bgeu => branch!(reg!(b) >= reg!(c)),
                Kind::Ball => branch!(!reg!(b) & reg!(c) == 0),
                Kind::Bnall => branch!(!reg!(b) & reg!(c) != 0),
                Kind::Bany => branch!(reg!(b) & reg!(c) != 0),
                Kind::Bnone => branch!(reg!(b) & reg!(c) == 0),
                Kind::Bbc => branch!(reg!(b).wrapping_shr(reg!(c)) & 1 == 0),
                Kind::Bbs => branch!(reg!(b).wrapping_shr(reg!(c)) & 1 != 0),
                Kind::Beqi => branch!(reg!(b) == code.i),
                Kind::Bnei => branch!(reg!(b) != code.i),
                Kind::Blti => branch!((reg!(b) as i32) < code.i as i32),
                Kind::Bgei => branch!(reg!(b) as i32 >= code.i as i32),
                Kind::Bltui => branch!(reg!(b) < code.i),
                Kind::Bgeui => branch!(reg!(b) >= code.i),
                Kind::BitsClear => branch!(reg!(b) & code.i == 0),
                Kind::BitsSet => branch!(reg!(b) & code.i != 0),
                Kind::J => follow_link!(),
                Kind::Next => follow_link!(),
                Kind::Call0 => {
                    state.ar[0] = code.i;
                    follow_link!();
                }
                Kind::Jx => jump!(reg!(b)),
                Kind::Callx0 => {
                    let target = reg!(b);
                    state.ar[0] = code.i;
                    jump!(target);
                }
                Kind::System => stop!(System, code.i, 0),
                Kind::Unfetchable => leave!(Unfetchable, 1),
                Kind::Breakpoint => leave!(Breakpoint, 1),
            }
        }
        // Not reached: the last code of a block leaves it.
        return Stop { why: Why::Limit, block: number, count: 0, value: 0, address: 0, left };
    }
}
