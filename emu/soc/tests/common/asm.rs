//! The few instructions that the tests' programs need. Encodings: Xtensa ISA reference, chapter 8.

/// Code from an address on.
pub struct Asm {
    base: u32,
    code: Vec<u8>,
}

impl Asm {
    pub fn new(base: u32) -> Self {
        Asm { base, code: Vec::new() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut code = self.code.clone();
        code.resize(code.len().next_multiple_of(4), 0);
        code
    }

    pub fn here(&self) -> u32 {
        self.base + self.code.len() as u32
    }

    pub fn emit(&mut self, instruction: u32) {
        self.code.extend(&instruction.to_le_bytes()[..3]);
    }

    pub fn align(&mut self) {
        while !self.here().is_multiple_of(4) {
            self.code.push(0);
        }
    }

    /// A constant of any size: small ones at once, others by a literal that the code jumps over.
    pub fn li(&mut self, register: u32, value: u32) {
        if (-2048..2048).contains(&(value as i32)) {
            self.emit((value & 0xFF) << 16 | 10 << 12 | (value >> 8 & 15) << 8 | register << 4 | 2);
            return;
        }
        let from = self.here();
        let literal = (from + 3).next_multiple_of(4);
        self.j(literal + 4);
        self.align();
        self.code.extend(value.to_le_bytes());
        let words = (literal.wrapping_sub((self.here() + 3) & !3) as i32) / 4;
        self.emit((words as u32 & 0xFFFF) << 8 | register << 4 | 1);
    }

    fn rri8(&mut self, r: u32, t: u32, s: u32, imm: u32) {
        self.emit((imm & 0xFF) << 16 | r << 12 | s << 8 | t << 4 | 2);
    }

    pub fn l32i(&mut self, t: u32, s: u32, offset: u32) {
        self.rri8(2, t, s, offset / 4);
    }

    pub fn s32i(&mut self, t: u32, s: u32, offset: u32) {
        self.rri8(6, t, s, offset / 4);
    }

    pub fn l8ui(&mut self, t: u32, s: u32, offset: u32) {
        self.rri8(0, t, s, offset);
    }

    pub fn s8i(&mut self, t: u32, s: u32, offset: u32) {
        self.rri8(4, t, s, offset);
    }

    pub fn addi(&mut self, t: u32, s: u32, imm: i32) {
        self.rri8(12, t, s, imm as u32);
    }

    pub fn and(&mut self, r: u32, s: u32, t: u32) {
        self.emit(1 << 20 | r << 12 | s << 8 | t << 4);
    }

    pub fn or(&mut self, r: u32, s: u32, t: u32) {
        self.emit(2 << 20 | r << 12 | s << 8 | t << 4);
    }

    pub fn add(&mut self, r: u32, s: u32, t: u32) {
        self.emit(8 << 20 | r << 12 | s << 8 | t << 4);
    }

    pub fn srli(&mut self, r: u32, t: u32, by: u32) {
        self.emit(0x41_0000 | r << 12 | by << 8 | t << 4);
    }

    pub fn j(&mut self, target: u32) {
        let offset = target.wrapping_sub(self.here() + 4);
        self.emit((offset & 0x3_FFFF) << 6 | 6);
    }

    pub fn jx(&mut self, s: u32) {
        self.emit(0xA0 | s << 8);
    }

    pub fn bnez(&mut self, s: u32, target: u32) {
        let offset = target.wrapping_sub(self.here() + 4);
        self.emit((offset & 0xFFF) << 12 | s << 8 | 0x56);
    }

    pub fn beqz(&mut self, s: u32, target: u32) {
        let offset = target.wrapping_sub(self.here() + 4);
        self.emit((offset & 0xFFF) << 12 | s << 8 | 0x16);
    }

    pub fn bne(&mut self, s: u32, t: u32, target: u32) {
        let offset = target.wrapping_sub(self.here() + 4);
        self.emit((offset & 0xFF) << 16 | 9 << 12 | s << 8 | t << 4 | 7);
    }

    pub fn wsr(&mut self, t: u32, special: u32) {
        self.emit(0x13_0000 | special << 8 | t << 4);
        self.emit(0x2010);
    }

    pub fn rsr(&mut self, t: u32, special: u32) {
        self.emit(0x03_0000 | special << 8 | t << 4);
    }

    pub fn rsil(&mut self, t: u32, level: u32) {
        self.emit(0x6000 | level << 8 | t << 4);
    }

    pub fn waiti(&mut self, level: u32) {
        self.emit(0x7000 | level << 8);
    }

    pub fn rfe(&mut self) {
        self.emit(0x3000);
    }

    pub fn rfi(&mut self, level: u32) {
        self.emit(0x3010 | level << 8);
    }
}

/// An image as the ROM loads it.
pub fn image(entry: u32, segments: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0xE9, segments.len() as u8, 2, 0x40];
    out.extend(entry.to_le_bytes());
    let mut sum = 0xEF;
    for (address, bytes) in segments {
        out.extend(address.to_le_bytes());
        out.extend((bytes.len() as u32).to_le_bytes());
        out.extend(bytes);
        sum = bytes.iter().fold(sum, |s, b| s ^ b);
    }
    while out.len() % 16 != 15 {
        out.push(0);
    }
    out.push(sum);
    out
}
