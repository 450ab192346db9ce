//! What no other CPU is asked about: interrupts, time, waiting, breakpoints, and that the cache makes no difference.

use crate::{Attention, Bus, Cpu, Exit, Fault, INSTRUCTIONS, Instruction, Op, Ram, Special, Stored, Width, decode};
use proptest::prelude::*;
use std::vec::Vec;

/// Memory at 0x4000_0000 that executes and is read and written by words, and a device at 0x6000_0000: a store there is
/// the time from which on the lines are what was stored.
#[derive(Clone)]
struct Machine {
    code: Ram,
    line: Option<(u64, u32)>,
    deadlines: bool,
    accesses: Vec<(u32, u64)>,
}

const DEVICE: u32 = 0x6000_0000;
const START: u32 = 0x4000_1000;

impl Machine {
    fn new() -> Self {
        Machine { code: Ram::new(0x4000_0000, 0x4000), line: None, deadlines: true, accesses: Vec::new() }
    }

    /// Puts instructions at an address; the address after them.
    fn put(&mut self, mut address: u32, program: &[(Op, &[u32])]) -> u32 {
        for (op, operands) in program {
            let instruction = Instruction::assemble(*op, operands, address).expect("it can be encoded");
            let bytes = instruction.word.to_le_bytes();
            assert!(self.code.write(address, &bytes[..instruction.length() as usize]));
            address = instruction.next();
        }
        address
    }
}

impl Bus for Machine {
    fn fetch(&mut self, address: u32) -> Option<u32> {
        self.code.load32(address)
    }
    fn fast_load8(&self, _: u32) -> Option<u8> {
        None
    }
    fn fast_load16(&self, _: u32) -> Option<u16> {
        None
    }
    fn fast_load32(&self, address: u32) -> Option<u32> {
        self.code.load32(address)
    }
    fn fast_store8(&mut self, _: u32, _: u8) -> Stored {
        Stored::Declined
    }
    fn fast_store16(&mut self, _: u32, _: u16) -> Stored {
        Stored::Declined
    }
    fn fast_store32(&mut self, address: u32, value: u32) -> Stored {
        if self.code.store32(address, value) { Stored::Code } else { Stored::Declined }
    }
    fn load(&mut self, address: u32, _: Width, now: u64) -> Result<u32, Fault> {
        self.accesses.push((address, now));
        if address == DEVICE { Ok(now as u32) } else { Err(Fault::LoadStoreError) }
    }
    fn store(&mut self, address: u32, _: Width, value: u32, now: u64) -> Result<(), Fault> {
        self.accesses.push((address, now));
        if address != DEVICE {
            return Err(Fault::LoadStoreError);
        }
        self.line = Some((now + 20, value));
        Ok(())
    }
    fn attend(&mut self, now: u64) -> Attention {
        match self.line {
            Some((at, lines)) if now >= at => Attention { lines, ..Attention::default() },
            Some((at, _)) if self.deadlines => Attention { deadline: at, ..Attention::default() },
            _ => Attention::default(),
        }
    }
}

fn cpu() -> Cpu {
    let mut cpu = Cpu::new();
    cpu.set_pc(START);
    cpu.set_special(Special::Ps, 0x20);
    cpu
}

fn number(special: Special) -> u32 {
    special as u32
}

#[test]
fn a_line_interrupts_at_its_instruction_however_runs_are_cut() {
    let mut machine = Machine::new();
    // The handler keeps the time of the interrupt, and stays.
    machine.put(0x4000_0050, &[(Op::Rsr, &[number(Special::Ccount), 9]), (Op::J, &[0x4000_0053])]);
    let mut program: Vec<(Op, &[u32])> = std::vec![(Op::S32i, &[3, 2, 0])];
    program.resize(60, (Op::Addi, &[4, 4, 1]));
    machine.put(START, &program);
    let mut ends = Vec::new();
    for slice in [1, 2, 3, 7, 1000] {
        let (mut machine, mut cpu) = (machine.clone(), cpu());
        *cpu.registers_mut() = [0, 0, DEVICE, 1 << 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        cpu.set_special(Special::Intenable, 1 << 4);
        while cpu.cycles() < 100 {
            assert_eq!(cpu.run(&mut machine, slice), Exit::Budget);
        }
        assert_eq!(cpu.special(Special::Exccause), 4);
        assert_eq!(machine.accesses, [(DEVICE, 0)]);
        // The store at 0, additions from 1 to 19, the entry at 20.
        assert_eq!((cpu.registers()[4], cpu.registers()[9]), (19, 21));
        ends.push((*cpu.registers(), cpu.special(Special::Epc1)));
    }
    assert!(ends.iter().all(|end| *end == ends[0]));
}

#[test]
fn the_nmi_is_an_edge_and_returns() {
    let mut machine = Machine::new();
    machine.put(0x4000_0020, &[(Op::Addi, &[5, 5, 1]), (Op::Rfi, &[3])]);
    machine.put(START, &[(Op::S32i, &[3, 2, 0]), (Op::J, &[START + 3])]);
    let mut cpu = cpu();
    // Not even a masked processor can refuse.
    cpu.set_special(Special::Ps, 0x32);
    *cpu.registers_mut() = [0, 0, DEVICE, 1 << 14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(cpu.run(&mut machine, 500), Exit::Budget);
    assert_eq!(cpu.registers()[5], 1);
    assert_eq!((cpu.pc(), cpu.special(Special::Ps)), (START + 3, 0x32));
}

#[test]
fn the_timer_ends_waiting() {
    let mut machine = Machine::new();
    machine.put(0x4000_0050, &[(Op::J, &[0x4000_0050])]);
    machine.put(START, &[(Op::Waiti, &[0])]);
    let mut cpu = cpu();
    cpu.set_special(Special::Ccompare0, 1000);
    cpu.set_special(Special::Intenable, 1 << 6);
    assert_eq!(cpu.run(&mut machine, 5000), Exit::Waiting);
    assert!(cpu.is_waiting());
    let left = cpu.timer_in().expect("the timer is on");
    assert_eq!(left, 999);
    cpu.advance(left);
    assert_eq!(cpu.run(&mut machine, 10), Exit::Budget);
    assert_eq!((cpu.special(Special::Epc1), cpu.special(Special::Exccause)), (START + 3, 4));
    assert_eq!(cpu.special(Special::Interrupt), 1 << 6);
    cpu.set_special(Special::Ccompare0, 5);
    assert_eq!(cpu.special(Special::Interrupt), 0);
}

#[test]
fn narrow_accesses_fault_with_their_address() {
    let mut machine = Machine::new();
    machine.put(0x4000_0050, &[(Op::J, &[0x4000_0050])]);
    machine.put(START, &[(Op::Nop, &[]), (Op::L8ui, &[3, 2, 5])]);
    let mut cpu = cpu();
    cpu.registers_mut()[2] = 0x4000_2000;
    assert_eq!(cpu.run(&mut machine, 10), Exit::Budget);
    assert_eq!(cpu.special(Special::Exccause), 3);
    assert_eq!((cpu.special(Special::Excvaddr), cpu.special(Special::Epc1)), (0x4000_2005, START + 3));
}

#[test]
fn breakpoints_stop_once_and_let_go() {
    let mut machine = Machine::new();
    machine.put(START, &[(Op::Addi, &[3, 3, 1]), (Op::Addi, &[3, 3, 1]), (Op::J, &[START])]);
    let mut cpu = cpu();
    cpu.set_breakpoint(START + 3);
    for round in 0..3 {
        assert_eq!(cpu.run(&mut machine, 100), Exit::Breakpoint);
        assert_eq!((cpu.pc(), cpu.registers()[3]), (START + 3, 1 + 2 * round));
    }
    cpu.clear_breakpoint(START + 3);
    assert_eq!(cpu.run(&mut machine, 100), Exit::Budget);
    assert_eq!(cpu.step(&mut machine), Exit::Budget);
}

#[test]
fn nothing_to_fetch_at_the_vectors_is_a_lockup() {
    let mut machine = Machine::new();
    let mut cpu = cpu();
    cpu.set_special(Special::Vecbase, 0x1000_0000);
    cpu.set_pc(0x1000_0000);
    assert_eq!(cpu.run(&mut machine, 100), Exit::Lockup);
    // An illegal instruction where double exceptions go: for ever, but in time.
    let mut cpu = self::cpu();
    cpu.set_pc(0x4000_0000);
    assert_eq!(cpu.run(&mut machine, 100), Exit::Budget);
    assert_eq!(cpu.cycles(), 100);
}

#[test]
fn closed_regions_have_causes_of_their_own() {
    let mut machine = Machine::new();
    machine.put(0x4000_0050, &[(Op::J, &[0x4000_0050])]);
    for (program, cause) in [((Op::L32i, [3, 2, 0]), 28), ((Op::S32i, [3, 2, 0]), 29)] {
        machine.put(START, &[(program.0, &program.1)]);
        let mut cpu = cpu();
        cpu.set_region(0, 15, 15);
        assert_eq!(cpu.run(&mut machine, 10), Exit::Budget);
        assert_eq!((cpu.special(Special::Exccause), cpu.special(Special::Excvaddr)), (cause, 0));
    }
    let mut cpu = cpu();
    cpu.set_region(0, 15, 15);
    cpu.set_pc(0);
    assert_eq!(cpu.run(&mut machine, 10), Exit::Budget);
    assert_eq!(cpu.special(Special::Exccause), 20);
}

#[test]
fn what_changes_behind_the_cache_is_told() {
    let mut machine = Machine::new();
    machine.put(START, &[(Op::Movi, &[3, 1]), (Op::J, &[START])]);
    let mut cpu = cpu();
    cpu.run(&mut machine, 10);
    assert_eq!(cpu.registers()[3], 1);
    machine.put(START, &[(Op::Movi, &[3, 2])]);
    cpu.invalidate(START..START + 3);
    cpu.run(&mut machine, 10);
    assert_eq!(cpu.registers()[3], 2);
}

#[test]
fn entries_do_not_overlap_and_name_themselves() {
    for (nth, entry) in INSTRUCTIONS.iter().enumerate() {
        assert_eq!(entry.op as usize, nth);
        assert_eq!(entry.value & !entry.mask, 0, "{}", entry.name);
        for other in &INSTRUCTIONS[..nth] {
            assert_ne!((entry.value ^ other.value) & entry.mask & other.mask, 0, "{} {}", entry.name, other.name);
        }
    }
}

proptest! {
    #[test]
    fn assembling_undoes_decoding(word: u32, address: u32) {
        if let Some(instruction) = decode(word, address) {
            let operands: Vec<u32> =
                instruction.entry().operands.iter().map(|o| instruction.operand(*o)).collect();
            let again = Instruction::assemble(instruction.op, &operands, address).expect("its own operands fit");
            // `ret` has a field that means nothing.
            let mask = if matches!(instruction.op, Op::Ret | Op::RetN) { !0xF00 } else { !0 };
            prop_assert_eq!(again.word & mask, instruction.word & mask);
        }
    }

    /// Random bytes as a program: whole runs, slices, single steps and a copy of the processor come to the same end.
    #[test]
    fn how_it_is_run_makes_no_difference(bytes: Vec<u8>, registers: [u32; 16], slice in 1u64..40) {
        let mut machine = Machine::new();
        machine.code.write(START, &bytes);
        machine.put(0x4000_0050, &[(Op::Rfe, &[])]);
        machine.put(0x4000_0070, &[(Op::Rfde, &[])]);
        let mut whole = cpu();
        *whole.registers_mut() = registers;
        let (mut sliced, mut stepped) = (whole.clone(), whole.clone());
        let (mut a, mut b, mut c) = (machine.clone(), machine.clone(), machine);
        let until = |cpu: &mut Cpu, machine: &mut Machine, slice: u64| {
            while cpu.cycles() < 300 {
                let left = 300 - cpu.cycles();
                if cpu.run(machine, slice.min(left)) != Exit::Budget {
                    break;
                }
            }
        };
        until(&mut whole, &mut a, 300);
        until(&mut sliced, &mut b, slice);
        while stepped.cycles() < 300 && stepped.step(&mut c) == Exit::Budget {}
        for (other, memory) in [(&sliced, &b), (&stepped, &c)] {
            prop_assert_eq!(whole.registers(), other.registers());
            prop_assert_eq!((whole.pc(), whole.cycles(), whole.instructions()), (other.pc(), other.cycles(), other.instructions()));
            for special in Special::ALL {
                prop_assert_eq!(whole.special(*special), other.special(*special));
            }
            prop_assert_eq!(a.code.words(), memory.code.words());
        }
    }
}
