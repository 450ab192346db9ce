//! Random streams: straight lines with forward branches, over every instruction, each with its registers and data.
//!
//! A group is what belongs together (an address and the access with it); branches lead to the beginnings of later
//! groups only, so that a stream ends. What would not be the same on two machines is left out: CCOUNT, waiting, jumps to
//! nowhere in particular.

use crate::harness::{STREAMS, block};
use crate::random::Random;
use krait_lx106::{Class, INSTRUCTIONS, Instruction, Op, Operand, Special, decode};

/// Room for literals, and for code with the end.
const LITERALS_MAX: usize = 60;
const CODE_MAX: u32 = 480;

/// A word that is known once everything has its place.
#[derive(Clone, Copy)]
enum Literal {
    Value(u32),
    /// The beginning of a group.
    Group(usize),
    /// In the stream's data.
    Data(u32),
    /// The next aligned word at or after the beginning of a group.
    Patch(usize),
}

#[derive(Clone)]
enum Item {
    /// Bits without an address in them.
    Word(u32),
    /// A branch to a group; the operands before the target.
    To(Op, Vec<u32>, usize),
    /// `l32r`.
    Literal(u32, Literal),
    /// Padding to a word, then two narrow instructions.
    Patched(u32),
}

struct Stream<'r> {
    random: &'r mut Random,
    address: u32,
    groups: Vec<Vec<Item>>,
    literals: usize,
    /// The group after this one.
    following: Option<Vec<Item>>,
}

/// Special registers that take any value.
const FREE: [Special; 13] = [
    Special::Sar,
    Special::Epc1,
    Special::Epc2,
    Special::Epc3,
    Special::Depc,
    Special::Excsave1,
    Special::Excsave2,
    Special::Excsave3,
    Special::Excvaddr,
    Special::Ddr,
    Special::Dbreaka0,
    Special::Ibreaka0,
    Special::Icount,
];

/// Special registers with the bits that may be written.
const MASKED: [(Special, u32); 6] = [
    (Special::Ps, 0x3F),
    (Special::Ps, 0x20),
    (Special::Eps2, 0x3F),
    (Special::Eps3, 0x3F),
    (Special::Intenable, 0x3FFF),
    (Special::Exccause, 0x3F),
];

/// The block of the `nth` stream: data, registers, literals, code.
pub(crate) fn make(random: &mut Random, nth: u32) -> Vec<u8> {
    let address = STREAMS + nth * block::SIZE;
    let mut bytes = Vec::with_capacity(block::SIZE as usize);
    for _ in 0..block::DATA_SIZE / 4 {
        bytes.extend_from_slice(&random.value().to_le_bytes());
    }
    for _ in 0..16 {
        bytes.extend_from_slice(&random.value().to_le_bytes());
    }
    bytes.resize(block::LITERALS as usize, 0);
    let mut stream = Stream { random, address, groups: Vec::new(), literals: 1, following: None };
    stream.generate();
    let (literals, code) = stream.place();
    for literal in literals {
        bytes.extend_from_slice(&literal.to_le_bytes());
    }
    bytes.resize(block::CODE as usize, 0);
    bytes.extend_from_slice(&code);
    bytes.resize(block::SIZE as usize, 0);
    bytes
}

fn word(op: Op, operands: &[u32]) -> Item {
    // Only called with operands that fit.
    Item::Word(Instruction::assemble(op, operands, 0).map_or(0x0020F0, |i| i.word))
}

impl Stream<'_> {
    fn generate(&mut self) {
        let mut size = 0;
        while size < CODE_MAX - 60 && self.literals < LITERALS_MAX - 8 {
            let group = self.following.take().unwrap_or_else(|| self.group());
            size += group.iter().map(|item| if matches!(item, Item::Patched(_)) { 9 } else { 3 }).sum::<u32>();
            self.groups.push(group);
        }
        self.groups.extend(self.following.take());
        // So that no branch leads beyond the last group.
        self.groups.extend((0..8).map(|_| vec![word(Op::NopN, &[])]));
    }

    fn register(&mut self) -> u32 {
        self.random.below(16)
    }

    fn literal(&mut self, register: u32, literal: Literal) -> Item {
        self.literals += 1;
        Item::Literal(register, literal)
    }

    /// A later group.
    fn ahead(&mut self) -> usize {
        self.groups.len() + 1 + self.random.below(5) as usize
    }

    fn group(&mut self) -> Vec<Item> {
        let entry = &INSTRUCTIONS[self.random.below(INSTRUCTIONS.len() as u32) as usize];
        match entry.class {
            Class::Plain if matches!(entry.op, Op::Ssl | Op::Ssa8b) => self.shift_left(entry.op),
            Class::Plain => vec![Item::Word(entry.value | self.random.word() & !entry.mask & limit(entry.value))],
            Class::Load | Class::Store => self.access(entry.op),
            Class::Branch => self.branch(entry.op),
            Class::Jump => self.jump(entry.op),
            Class::System => self.system(entry.op),
        }
    }

    /// `ssl` or `ssa8b`, and what they are for. A right shift too near behind it would be by the wrong amount in QEMU, if it is by 32:
    /// QEMU remembers up to the next jump that the amount came from one of these, and then shifts by five bits of it.
    fn shift_left(&mut self, op: Op) -> Vec<Item> {
        let (a, b, c) = (self.register(), self.register(), self.register());
        let next = self.groups.len() + 1;
        vec![word(op, &[a]), word(Op::Sll, &[b, c]), Item::To(Op::J, Vec::new(), next)]
    }

    fn access(&mut self, op: Op) -> Vec<Item> {
        if op == Op::L32r {
            let (register, value) = (self.register(), self.random.value());
            return vec![self.literal(register, Literal::Value(value))];
        }
        let bits = op.entry().value | self.random.word() & !op.entry().mask & limit(op.entry().value);
        let base = bits >> 8 & 15;
        let operand = match op {
            Op::L8ui | Op::S8i => Operand::Offset8,
            Op::L16ui | Op::L16si | Op::S16i => Operand::Offset16,
            Op::L32iN | Op::S32iN => Operand::OffsetN,
            _ => Operand::Offset32,
        };
        let offset = operand.value(bits, 0);
        let mut at = self.random.below(block::DATA_SIZE - 4);
        let width = match operand {
            Operand::Offset8 => 1,
            Operand::Offset16 => 2,
            _ => 4,
        };
        if self.random.percent(90) {
            at &= !(width - 1);
        }
        let address = if self.random.percent(97) {
            Literal::Data(at.wrapping_sub(offset))
        } else {
            Literal::Value(0x9000_0000 + self.random.below(0x1000))
        };
        vec![self.literal(base, address), Item::Word(bits)]
    }

    fn branch(&mut self, op: Op) -> Vec<Item> {
        let bits = self.random.word() & limit(op.entry().value);
        let operands = op.entry().operands;
        let before = &operands[..operands.len() - 1];
        let values = before.iter().map(|o| o.value(bits & !op.entry().mask, 0)).collect();
        let to = self.ahead();
        vec![Item::To(op, values, to)]
    }

    fn jump(&mut self, op: Op) -> Vec<Item> {
        let to = self.ahead();
        match op {
            Op::J => vec![Item::To(op, Vec::new(), to)],
            // Its target must be divisible by four: by way of a literal, and by its own bits only to the next word.
            Op::Call0 => vec![Item::Patched(0x0020_0005), Item::To(Op::J, Vec::new(), to)],
            Op::Ret | Op::RetN => vec![self.literal(0, Literal::Group(to)), word(op, &[])],
            _ => {
                let register = self.register();
                vec![self.literal(register, Literal::Group(to)), word(op, &[register])]
            }
        }
    }

    fn system(&mut self, op: Op) -> Vec<Item> {
        let (register, other) = (self.register(), self.register());
        let to = self.ahead();
        let write = |special: Special| word(Op::Wsr, &[special as u32, register]);
        match op {
            Op::Rsr => {
                let read: Vec<Special> = Special::ALL.iter().copied().filter(|s| is_readable(*s)).collect();
                vec![word(op, &[self.random.one_of(&read) as u32, register])]
            }
            Op::Wsr | Op::Xsr => match self.random.below(8) {
                0..4 => vec![word(op, &[self.random.one_of(&FREE) as u32, register])],
                4..6 => {
                    let (special, mask) = self.random.one_of(&MASKED);
                    let value = self.random.word() & mask;
                    vec![
                        self.literal(register, Literal::Value(value)),
                        word(op, &[special as u32, register]),
                        word(Op::Rsync, &[]),
                    ]
                }
                6 => self.breakpoint(register, other),
                _ => self.interrupt(register),
            },
            Op::Rfe => vec![self.literal(register, Literal::Group(to)), write(Special::Epc1), word(op, &[])],
            Op::Rfde => vec![self.literal(register, Literal::Group(to)), write(Special::Depc), word(op, &[])],
            Op::Rfi => {
                let level = 2 + self.random.below(2);
                let (epc, eps) =
                    if level == 2 { (Special::Epc2, Special::Eps2) } else { (Special::Epc3, Special::Eps3) };
                let ps = self.random.word() & 0x3F;
                vec![
                    self.literal(register, Literal::Value(ps)),
                    write(eps),
                    self.literal(register, Literal::Group(to)),
                    write(epc),
                    word(op, &[level]),
                ]
            }
            Op::Witlb | Op::Wdtlb => self.region(op, register, other),
            // These leave, wait, or belong to a probe; QEMU does nothing for `rer`, where the manual has a result.
            Op::Rer | Op::Simcall | Op::Waiti | Op::Rfdo | Op::Rfdd => self.patch(register, other),
            Op::Wer => self.literals_elsewhere(register, other),
            _ => vec![Item::Word(op.entry().value | self.random.word() & !op.entry().mask & limit(op.entry().value))],
        }
    }

    /// One of the core's own breakpoints.
    fn breakpoint(&mut self, register: u32, other: u32) -> Vec<Item> {
        let set = |special: Special| word(Op::Wsr, &[special as u32, register]);
        match self.random.below(3) {
            0 => {
                let (count, level) = (self.random.below(6), 1);
                let mut items = vec![
                    self.literal(register, Literal::Value(u32::MAX - count)),
                    set(Special::Icount),
                    self.literal(register, Literal::Value(level)),
                    set(Special::Icountlevel),
                    word(Op::Isync, &[]),
                ];
                items.extend((0..self.random.below(8)).map(|_| word(Op::Addi, &[other, other, 1])));
                items.push(self.literal(register, Literal::Value(0)));
                items.push(set(Special::Icountlevel));
                items.push(word(Op::Isync, &[]));
                items
            }
            1 => {
                let at = self.groups.len() + 1 + self.random.below(2) as usize;
                vec![
                    self.literal(register, Literal::Group(at)),
                    set(Special::Ibreaka0),
                    self.literal(register, Literal::Value(1)),
                    set(Special::Ibreakenable),
                    word(Op::Isync, &[]),
                ]
            }
            // Not while it is masked, which makes QEMU try for ever.
            _ => {
                let at = self.random.below(block::DATA_SIZE);
                let control = self.random.one_of(&[0x4000_003F, 0x8000_003C, 0xC000_0038, 0xC000_0030]);
                let op = self.random.one_of(&[Op::L8ui, Op::L16si, Op::L32i, Op::S8i, Op::S16i, Op::S32i]);
                let near = (at ^ self.random.below(16)) & 0x3C;
                vec![
                    self.literal(register, Literal::Value(0x20)),
                    set(Special::Ps),
                    self.literal(register, Literal::Data(at)),
                    set(Special::Dbreaka0),
                    self.literal(register, Literal::Value(control)),
                    set(Special::Dbreakc0),
                    word(Op::Isync, &[]),
                    self.literal(register, Literal::Data(near)),
                    word(op, &[other, register, 0]),
                    word(Op::Movi, &[register, 0]),
                    set(Special::Dbreakc0),
                ]
            }
        }
    }

    /// The software interrupt.
    fn interrupt(&mut self, register: u32) -> Vec<Item> {
        let bits = self.random.one_of(&[0x80, 0x80, 0xFFFF_FFBF, 0x100]);
        let which = self.random.one_of(&[Special::Interrupt, Special::Interrupt, Special::Intclear]);
        let mut items = vec![self.literal(register, Literal::Value(bits)), word(Op::Wsr, &[which as u32, register])];
        if self.random.percent(70) {
            items.push(self.literal(register, Literal::Value(0x80)));
            items.push(word(Op::Wsr, &[Special::Intenable as u32, register]));
        }
        items.push(word(Op::Rsync, &[]));
        items
    }

    /// A region's attributes, and an access there.
    fn region(&mut self, op: Op, register: u32, other: u32) -> Vec<Item> {
        if register == other {
            return vec![word(Op::Pdtlb, &[register, other])];
        }
        let (read, probe) = if op == Op::Witlb { (Op::Ritlb1, Op::Pitlb) } else { (Op::Rdtlb1, Op::Pdtlb) };
        let attribute = self.random.below(16);
        let address = self.random.one_of(&[0xA000_0000, 0xC000_0000, 0xE000_0000]) + (self.random.below(0x1000) & !3);
        vec![
            self.literal(register, Literal::Value(attribute)),
            self.literal(other, Literal::Value(address)),
            word(op, &[register, other]),
            word(Op::Dsync, &[]),
            word(read, &[register, other]),
            word(self.random.one_of(&[Op::L32i, Op::S32i]), &[register, other, 0]),
            word(probe, &[register, other]),
        ]
    }

    /// A program that writes its next instructions.
    fn patch(&mut self, register: u32, other: u32) -> Vec<Item> {
        if register == other {
            return vec![word(Op::Syscall, &[])];
        }
        let mut narrow = || {
            let op = self.random.one_of(&[Op::AddN, Op::AddiN, Op::MoviN, Op::MovN]);
            op.entry().value | self.random.word() & !op.entry().mask & 0xFFFF
        };
        let (before, after) = (narrow() | narrow() << 16, narrow() | narrow() << 16);
        let next = self.groups.len() + 1;
        self.following = Some(vec![Item::Patched(before)]);
        vec![
            self.literal(register, Literal::Patch(next)),
            self.literal(other, Literal::Value(after)),
            word(Op::S32i, &[other, register, 0]),
            word(Op::Isync, &[]),
            // QEMU goes on to the next jump with what it has translated.
            Item::To(Op::J, Vec::new(), next),
        ]
    }

    /// Literals by LITBASE.
    fn literals_elsewhere(&mut self, register: u32, other: u32) -> Vec<Item> {
        // The data, read as the last literals before the base.
        let base = ((self.address + 0x1000) & !0xFFF) | 1;
        let back = (base & !0xFFF) - self.address - (self.random.below(block::DATA_SIZE) & !3);
        let field = (0x4_0000 - back) >> 2 & 0xFFFF;
        vec![
            self.literal(register, Literal::Value(base)),
            word(Op::Wsr, &[Special::Litbase as u32, register]),
            Item::Word(field << 8 | other << 4 | 1),
            word(Op::Movi, &[register, 0]),
            word(Op::Wsr, &[Special::Litbase as u32, register]),
        ]
    }

    /// Gives everything its place: literals and code.
    fn place(&self) -> (Vec<u32>, Vec<u8>) {
        let start = self.address + block::CODE;
        let mut starts = Vec::new();
        let mut patches = Vec::new();
        let mut pc = start;
        for group in &self.groups {
            starts.push(pc);
            let mut patch = 0;
            for item in group {
                pc += match item {
                    Item::Word(word) => krait_lx106::length(*word as u8),
                    Item::To(op, ..) => krait_lx106::length(op.entry().value as u8),
                    Item::Literal(..) => 3,
                    Item::Patched(_) => {
                        patch = pc.next_multiple_of(4);
                        patch - pc + 4 + if pc & 3 == 3 { 4 } else { 0 }
                    }
                };
                if let Item::Patched(_) = item {
                    patch = pc - 4;
                }
            }
            patches.push(patch);
        }
        let (mut literals, mut code) = (vec![pc], Vec::new());
        for item in self.groups.iter().flatten() {
            let address = start + code.len() as u32;
            let mut put = |word: u32| {
                let bytes = word.to_le_bytes();
                code.extend_from_slice(&bytes[..krait_lx106::length(word as u8) as usize]);
            };
            match item {
                Item::Word(word) => put(*word),
                Item::To(op, operands, to) => {
                    let mut operands = operands.clone();
                    operands.push(starts[*to]);
                    let branch = Instruction::assemble(*op, &operands, address);
                    // Too far for a narrow one: nothing instead, of the same length.
                    let nothing = if krait_lx106::length(op.entry().value as u8) == 2 { 0xF03D } else { 0x0020F0 };
                    put(branch.map_or(nothing, |i| i.word));
                }
                Item::Literal(register, literal) => {
                    let value = match literal {
                        Literal::Value(value) => *value,
                        Literal::Group(to) => starts[*to],
                        Literal::Data(offset) => (self.address + block::DATA).wrapping_add(*offset),
                        Literal::Patch(group) => patches[*group],
                    };
                    let at = self.address + block::LITERALS + literals.len() as u32 * 4;
                    literals.push(value);
                    put(Instruction::assemble(Op::L32r, &[*register, at], address).map_or(0x0020F0, |i| i.word));
                }
                Item::Patched(words) => {
                    match address & 3 {
                        1 => put(0x0020F0),
                        2 => put(0xF03D),
                        3 => {
                            put(0x0020F0);
                            put(0xF03D);
                        }
                        _ => {}
                    }
                    if decode(*words, 0).is_some_and(|i| i.op == Op::Call0) {
                        // To the word after it, whose place the next item takes: the byte between is never executed.
                        code.extend_from_slice(&[0x05, 0x00, 0x00, 0x00]);
                    } else {
                        code.extend_from_slice(&words.to_le_bytes());
                    }
                }
            }
        }
        // `syscall`: the end.
        code.extend_from_slice(&[0x00, 0x50, 0x00]);
        (literals, code)
    }
}

/// The bits that an instruction has.
fn limit(value: u32) -> u32 {
    if krait_lx106::length(value as u8) == 2 { 0xFFFF } else { 0xFF_FFFF }
}

fn is_readable(special: Special) -> bool {
    // Time, and what QEMU numbers otherwise.
    let time = matches!(special, Special::Ccount | Special::Ccompare0);
    special.access().read && !time && !matches!(special, Special::Configid0 | Special::Configid1)
}
