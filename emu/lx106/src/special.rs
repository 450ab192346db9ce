//! The special registers that the LX106 has, by number and name.
//!
//! Numbers: Xtensa ISA reference, "Special Registers"; which of them exist: the core's configuration
//! (core-isa.h of the lx106 core, and what GNU binutils' lx106 accepts).

/// Which instructions exist for a special register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// `rsr`.
    pub read: bool,
    /// `wsr`.
    pub write: bool,
    /// `xsr`.
    pub exchange: bool,
}

impl Special {
    /// Which instructions exist for it.
    #[must_use]
    pub const fn access(self) -> Access {
        let (read, write, exchange) = match self {
            Special::Mmid | Special::Intclear => (false, true, false),
            Special::Configid0 | Special::Interrupt => (true, true, false),
            Special::Configid1 | Special::Prid => (true, false, false),
            _ => (true, true, true),
        };
        Access { read, write, exchange }
    }

    /// The name after `wsr.`, which differs for INTERRUPT.
    #[must_use]
    pub const fn name_written(self) -> &'static str {
        match self {
            Special::Interrupt => "intset",
            _ => self.name(),
        }
    }
}

macro_rules! specials {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal,)*) => {
        /// A special register.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Special {
            $($(#[$doc])* $variant = $number,)*
        }

        impl Special {
            /// Every special register, by number.
            pub const ALL: &'static [Special] = &[$(Special::$variant),*];

            /// The register with this number in `rsr`, `wsr` and `xsr`.
            #[must_use]
            pub const fn from_number(number: u8) -> Option<Special> {
                match number {
                    $($number => Some(Special::$variant),)*
                    _ => None,
                }
            }

            /// The name, as the assembler spells it after `rsr.`; a number where it knows no name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Special::$variant => $name,)*
                }
            }
        }
    };
}

specials! {
    /// Shift amount, 6 bits.
    Sar = 3 "sar",
    /// Base of the literals of `l32r`: bit 0 enables it, bits 31..12 are the address.
    Litbase = 5 "litbase",
    /// Memory-map identification for a trace port; write-only, without effect.
    Mmid = 89 "mmid",
    /// Instruction-breakpoint enable: bit 0.
    Ibreakenable = 96 "ibreakenable",
    /// Debug data register, for an attached probe.
    Ddr = 104 "ddr",
    /// Address of the instruction breakpoint.
    Ibreaka0 = 128 "ibreaka0",
    /// Address of the data breakpoint.
    Dbreaka0 = 144 "dbreaka0",
    /// Control of the data breakpoint: mask in bits 5..0, loads bit 30, stores bit 31.
    Dbreakc0 = 160 "dbreakc0",
    /// One half of the processor's configuration number; a write does nothing.
    Configid0 = 176 "176",
    /// Where the level-1 exception or interrupt came from.
    Epc1 = 177 "epc1",
    /// Where the debug exception came from.
    Epc2 = 178 "epc2",
    /// Where the NMI came from.
    Epc3 = 179 "epc3",
    /// Where the double exception came from.
    Depc = 192 "depc",
    /// PS before the debug exception.
    Eps2 = 194 "eps2",
    /// PS before the NMI.
    Eps3 = 195 "eps3",
    /// The other half of the configuration number; read-only.
    Configid1 = 208 "208",
    /// Scratch of the level-1 handler.
    Excsave1 = 209 "excsave1",
    /// Scratch of the debug handler.
    Excsave2 = 210 "excsave2",
    /// Scratch of the NMI handler.
    Excsave3 = 211 "excsave3",
    /// Pending interrupts; a write (INTSET) sets software interrupts.
    Interrupt = 226 "interrupt",
    /// Clears edge-triggered and software interrupts; write-only.
    Intclear = 227 "intclear",
    /// Which interrupts are enabled.
    Intenable = 228 "intenable",
    /// Processor state: INTLEVEL bits 3..0, EXCM bit 4, UM bit 5.
    Ps = 230 "ps",
    /// Base of the exception vectors.
    Vecbase = 231 "vecbase",
    /// Why the level-1 exception happened.
    Exccause = 232 "exccause",
    /// Why the debug exception happened; read-only.
    Debugcause = 233 "debugcause",
    /// Cycles.
    Ccount = 234 "ccount",
    /// Processor identification; read-only.
    Prid = 235 "prid",
    /// Counts instructions below ICOUNTLEVEL; a debug exception when it would wrap.
    Icount = 236 "icount",
    /// The interrupt level below which ICOUNT counts.
    Icountlevel = 237 "icountlevel",
    /// The address of the access that failed.
    Excvaddr = 238 "excvaddr",
    /// When CCOUNT reaches it, the timer interrupt (6) comes; a write clears that.
    Ccompare0 = 240 "ccompare0",
}
