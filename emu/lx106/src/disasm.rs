//! Instructions as text, spelled as GNU objdump spells them.

use crate::decode::Instruction;
use crate::operand::Operand;
use crate::table::Op;
use core::fmt;

impl fmt::Display for Instruction {
    /// The mnemonic, and where there are operands a tab and these.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.entry().name)?;
        if let Some(special) = self.special() {
            let name = if self.op == Op::Wsr { special.name_written() } else { special.name() };
            write!(f, ".{name}")?;
        }
        let shown = self.entry().operands.iter().copied().filter(|o| *o != Operand::Special);
        for (nth, operand) in shown.enumerate() {
            f.write_str(if nth == 0 { "\t" } else { ", " })?;
            self.show(operand, f)?;
        }
        Ok(())
    }
}

impl Instruction {
    fn show(&self, operand: Operand, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.operand(operand);
        if operand.reads() || operand.writes() {
            write!(f, "a{value}")
        } else if operand.is_target() {
            write!(f, "{value:#x}")
        } else if (-255..256).contains(&(value as i32)) {
            write!(f, "{}", value as i32)
        } else {
            write!(f, "{value:#x}")
        }
    }
}
