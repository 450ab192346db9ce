//! [`State`]: the registers of the core and its time, without the cache.

use crate::special::Special;

/// PS.INTLEVEL.
pub(crate) const PS_INTLEVEL: u32 = 0xF;
/// PS.EXCM.
pub(crate) const PS_EXCM: u32 = 0x10;
/// PS.UM.
pub(crate) const PS_UM: u32 = 0x20;

/// The level that PS.EXCM masks.
pub(crate) const EXCM_LEVEL: u32 = 1;
/// The level of debug exceptions.
pub(crate) const DEBUG_LEVEL: u32 = 2;
/// The level of the NMI.
pub(crate) const NMI_LEVEL: u32 = 3;

/// Interrupts that latch a rising edge: 8 to 13.
pub(crate) const EDGE_LINES: u32 = 0x3F00;
/// The timer's interrupt.
pub(crate) const TIMER_LINE: u32 = 1 << 6;
/// The software interrupt.
pub(crate) const SOFTWARE_LINE: u32 = 1 << 7;
/// The non-maskable interrupt.
pub(crate) const NMI_LINE: u32 = 1 << 14;
/// Interrupts that follow their line: 0 to 5.
pub(crate) const LEVEL_LINES: u32 = 0x3F;

/// Where the processor starts: the reset vector of the ESP8266's ROM.
pub(crate) const RESET_VECTOR: u32 = 0x4000_0080;
/// VECBASE after a reset.
pub(crate) const RESET_VECBASE: u32 = 0x4000_0000;

/// The registers, and how far time has come.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) ar: [u32; 16],
    pub(crate) pc: u32,
    pub(crate) sar: u32,
    pub(crate) ps: u32,
    pub(crate) litbase: u32,
    pub(crate) vecbase: u32,
    /// EPC1 to EPC3.
    pub(crate) epc: [u32; 3],
    /// EPS2 and EPS3.
    pub(crate) eps: [u32; 2],
    pub(crate) excsave: [u32; 3],
    pub(crate) depc: u32,
    pub(crate) exccause: u32,
    pub(crate) excvaddr: u32,
    pub(crate) debugcause: u32,
    pub(crate) ddr: u32,
    pub(crate) ibreakenable: u32,
    pub(crate) ibreaka: u32,
    pub(crate) dbreaka: u32,
    pub(crate) dbreakc: u32,
    pub(crate) icount: u32,
    pub(crate) icountlevel: u32,
    /// INTERRUPT: what is pending, but for the level-triggered lines.
    pub(crate) latched: u32,
    pub(crate) intenable: u32,
    /// The lines as the bus last gave them.
    pub(crate) lines: u32,
    pub(crate) ccompare: u32,
    /// CCOUNT minus the low word of `cycles`.
    pub(crate) ccount_offset: u32,
    /// Time of the next instruction outside a run; of the block's first one inside.
    pub(crate) cycles: u64,
    /// Instructions executed, counted as `cycles` is.
    pub(crate) instructions: u64,
    /// Cycles an instruction takes.
    pub(crate) cpi: u32,
    /// When the timer's next match is, in `cycles`; kept for `ccompare` and `ccount_offset`.
    pub(crate) timer_due: u64,
    /// `waiti` was executed, and no interrupt has come since.
    pub(crate) waiting: bool,
    /// Attributes of the eight regions of 512 MB: for instructions, for data.
    pub(crate) regions: [[u8; 8]; 2],
    /// Which regions may execute, which may be read and written, by bits: what `regions` says.
    pub(crate) executable: u8,
    pub(crate) readable: u8,
    /// How many instructions the interpreter may execute from `cycles` on.
    pub(crate) limit: u64,
    /// What `prid` gives.
    pub(crate) prid: u32,
}

impl State {
    pub(crate) fn new() -> Self {
        let mut state = State {
            ar: [0; 16],
            pc: RESET_VECTOR,
            sar: 0,
            ps: 0,
            litbase: 0,
            vecbase: RESET_VECBASE,
            epc: [0; 3],
            eps: [0; 2],
            excsave: [0; 3],
            depc: 0,
            exccause: 0,
            excvaddr: 0,
            debugcause: 0,
            ddr: 0,
            ibreakenable: 0,
            ibreaka: 0,
            dbreaka: 0,
            dbreakc: 0,
            icount: 0,
            icountlevel: 0,
            latched: 0,
            intenable: 0,
            lines: 0,
            ccompare: 0,
            ccount_offset: 0,
            cycles: 0,
            instructions: 0,
            cpi: 1,
            timer_due: 0,
            waiting: false,
            regions: [[0; 8]; 2],
            executable: 0xFF,
            readable: 0xFF,
            limit: 0,
            prid: 0,
        };
        state.reset();
        state
    }

    /// What the reset line does. Registers without a reset value keep theirs; time goes on.
    pub(crate) fn reset(&mut self) {
        self.pc = RESET_VECTOR;
        self.ps = PS_INTLEVEL | PS_EXCM;
        self.vecbase = RESET_VECBASE;
        self.litbase &= !1;
        self.ibreakenable = 0;
        self.dbreakc = 0;
        self.icountlevel = 0;
        self.debugcause = 0;
        self.exccause = 0;
        self.latched = 0;
        self.waiting = false;
        self.regions = [[2; 8]; 2];
        (self.executable, self.readable) = (0xFF, 0xFF);
        self.set_timer();
    }

    /// CCOUNT at the time `now`.
    pub(crate) fn ccount(&self, now: u64) -> u32 {
        (now as u32).wrapping_add(self.ccount_offset)
    }

    /// Finds the timer's next match after the present.
    pub(crate) fn set_timer(&mut self) {
        let ahead = self.ccompare.wrapping_sub(self.ccount(self.cycles)).wrapping_sub(1);
        self.timer_due = self.cycles.saturating_add(u64::from(ahead) + 1);
    }

    /// INTERRUPT as the program reads it.
    pub(crate) fn interrupt(&self) -> u32 {
        self.latched | self.lines & LEVEL_LINES
    }

    /// A special register at the time `now`; 0 for write-only ones.
    pub(crate) fn special(&self, which: Special, now: u64) -> u32 {
        match which {
            Special::Sar => self.sar,
            Special::Litbase => self.litbase,
            Special::Ibreakenable => self.ibreakenable,
            Special::Ddr => self.ddr,
            Special::Ibreaka0 => self.ibreaka,
            Special::Dbreaka0 => self.dbreaka,
            Special::Dbreakc0 => self.dbreakc,
            // The two halves of the core's configuration number (core-isa.h).
            Special::Configid0 => 0xC28C_DAFA,
            Special::Configid1 => 0x1082_B6F6,
            Special::Epc1 => self.epc[0],
            Special::Epc2 => self.epc[1],
            Special::Epc3 => self.epc[2],
            Special::Depc => self.depc,
            Special::Eps2 => self.eps[0],
            Special::Eps3 => self.eps[1],
            Special::Excsave1 => self.excsave[0],
            Special::Excsave2 => self.excsave[1],
            Special::Excsave3 => self.excsave[2],
            Special::Interrupt => self.interrupt(),
            Special::Intclear | Special::Mmid => 0,
            Special::Intenable => self.intenable,
            Special::Ps => self.ps,
            Special::Vecbase => self.vecbase,
            Special::Exccause => self.exccause,
            Special::Debugcause => self.debugcause,
            Special::Ccount => self.ccount(now),
            Special::Prid => self.prid,
            Special::Icount => self.icount,
            Special::Icountlevel => self.icountlevel,
            Special::Excvaddr => self.excvaddr,
            Special::Ccompare0 => self.ccompare,
        }
    }

    /// Writes a special register at the present (`cycles`), with the bits that exist.
    pub(crate) fn set_special(&mut self, which: Special, value: u32) {
        match which {
            Special::Sar => self.sar = value & 0x3F,
            Special::Litbase => self.litbase = value & 0xFFFF_F001,
            Special::Ibreakenable => self.ibreakenable = value & 1,
            Special::Ddr => self.ddr = value,
            Special::Ibreaka0 => self.ibreaka = value,
            Special::Dbreaka0 => self.dbreaka = value,
            Special::Dbreakc0 => self.dbreakc = value & 0xC000_003F,
            Special::Epc1 => self.epc[0] = value,
            Special::Epc2 => self.epc[1] = value,
            Special::Epc3 => self.epc[2] = value,
            Special::Depc => self.depc = value,
            Special::Eps2 => self.eps[0] = value & (PS_INTLEVEL | PS_EXCM | PS_UM),
            Special::Eps3 => self.eps[1] = value & (PS_INTLEVEL | PS_EXCM | PS_UM),
            Special::Excsave1 => self.excsave[0] = value,
            Special::Excsave2 => self.excsave[1] = value,
            Special::Excsave3 => self.excsave[2] = value,
            Special::Interrupt => self.latched |= value & SOFTWARE_LINE,
            Special::Intclear => self.latched &= !(value & (EDGE_LINES | SOFTWARE_LINE)),
            Special::Intenable => self.intenable = value & 0x7FFF,
            Special::Ps => self.ps = value & (PS_INTLEVEL | PS_EXCM | PS_UM),
            Special::Vecbase => self.vecbase = value & 0xFFFF_FF00,
            Special::Exccause => self.exccause = value & 0x3F,
            Special::Ccount => {
                self.ccount_offset = value.wrapping_sub(self.cycles as u32);
                self.set_timer();
            }
            Special::Icount => self.icount = value,
            Special::Icountlevel => self.icountlevel = value & 0xF,
            Special::Excvaddr => self.excvaddr = value,
            Special::Ccompare0 => {
                self.ccompare = value;
                self.latched &= !TIMER_LINE;
                self.set_timer();
            }
            Special::Mmid | Special::Configid0 | Special::Configid1 | Special::Debugcause | Special::Prid => {}
        }
    }

    /// Sets the attribute of the region of `address`, for instructions (0) or data (1).
    ///
    /// ISA reference, region protection option: 0 and 14 are data without code, 3 is code alone, 1, 2, 4 and 5 are both,
    /// all else is nothing.
    pub(crate) fn set_region(&mut self, side: usize, address: u32, attribute: u32) {
        let region = (address >> 29) as usize;
        self.regions[side & 1][region] = (attribute & 15) as u8;
        let set = |regions: &[u8; 8], good: u16| {
            (0..).zip(regions).fold(0, |set, (nth, attribute)| set | ((good >> attribute & 1) as u8) << nth)
        };
        self.executable = set(&self.regions[0], 0b0000_0000_0011_1110);
        self.readable = set(&self.regions[1], 0b0100_0000_0011_0111);
    }

    /// The time when `left` instructions are left of the limit.
    pub(crate) fn time(&self, left: u64) -> u64 {
        self.cycles.wrapping_add(self.limit.wrapping_sub(left).wrapping_mul(u64::from(self.cpi)))
    }

    /// Takes the lines as they are now, and latches what rose.
    pub(crate) fn set_lines(&mut self, lines: u32) {
        self.latched |= lines & !self.lines & (EDGE_LINES | NMI_LINE);
        self.lines = lines;
    }
}
