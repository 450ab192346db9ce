//! The serial boot loader: the protocol that esptool speaks with the ROM.
//!
//! A request is `00 op size checksum data`, an answer `01 op size value status`, in SLIP packets.
//! Facts: esptool's "serial protocol" document and its behaviour towards an ESP8266.
//!
//! The surprising fact: the ROM erases more than it is asked to, and esptool asks for less to make up for it; so this
//! does as the ROM does.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::slip;
use crate::flash::PAGE;
use crate::machine::{Machine, State};
use crate::stop::Stop;
use crate::time::{self, Ticks};

const FLASH_BEGIN: u8 = 0x02;
const FLASH_DATA: u8 = 0x03;
const FLASH_END: u8 = 0x04;
const MEM_BEGIN: u8 = 0x05;
const MEM_END: u8 = 0x06;
const MEM_DATA: u8 = 0x07;
const SYNC: u8 = 0x08;
const WRITE_REG: u8 = 0x09;
const READ_REG: u8 = 0x0A;

/// What the ROM answers to a sync; a zero would mean esptool's own loader.
const SYNC_VALUE: u32 = 0x2012_0707;
const CHECKSUM_SEED: u8 = 0xEF;
const SECTOR: usize = crate::flash::SECTOR;
const SECTORS_PER_BLOCK: usize = 16;

/// Errors as the ROM numbers them.
const INVALID_MESSAGE: u8 = 5;
const FAILED: u8 = 6;
const BAD_CHECKSUM: u8 = 7;

/// Where the loader is in its work.
#[derive(Debug, Clone, Default)]
pub(crate) struct Download {
    decoder: slip::Decoder,
    /// Where the next block of flash goes, and how large blocks are.
    flash: Option<(usize, usize)>,
    memory: Option<(u32, u32)>,
}

impl Download {
    pub(crate) fn new() -> Box<Self> {
        Box::default()
    }
}

/// A request, cut into its fields.
struct Request<'a> {
    op: u8,
    checksum: u32,
    data: &'a [u8],
}

impl<'a> Request<'a> {
    fn parse(packet: &'a [u8]) -> Option<Self> {
        let (head, data) = packet.split_at_checked(8)?;
        let [0, op, size_low, size_high, a, b, c, d] = *head else { return None };
        let size = usize::from(u16::from_le_bytes([size_low, size_high]));
        (size == data.len()).then_some(Request { op, checksum: u32::from_le_bytes([a, b, c, d]), data })
    }

    fn word(&self, n: usize) -> Option<u32> {
        match self.data.get(4 * n..4 * n + 4) {
            Some(&[a, b, c, d]) => Some(u32::from_le_bytes([a, b, c, d])),
            _ => None,
        }
    }

    /// The bytes of a data block, behind four words; `None` if they are not as the header says.
    fn block(&self) -> Option<Result<&'a [u8], u8>> {
        let length = self.word(0)? as usize;
        let bytes = self.data.get(16..16usize.checked_add(length)?)?;
        let sum = bytes.iter().fold(CHECKSUM_SEED, |s, b| s ^ b);
        Some(if u32::from(sum) == self.checksum & 0xFF { Ok(bytes) } else { Err(BAD_CHECKSUM) })
    }
}

/// What an answer carries: a value, or an error's number.
type Reply = Result<u32, u8>;

impl Machine {
    /// Serves the serial boot loader up to a moment, or to the next packet's end.
    pub(crate) fn serve_download(&mut self, end: Ticks) -> Option<Stop> {
        let State::Download(mut loader) = core::mem::replace(&mut self.state, State::Halted) else { return None };
        let packet = loop {
            match self.soc.uarts[0].take_received(&mut self.soc.sys) {
                None => break None,
                Some(byte) => {
                    if let Some(packet) = loader.decoder.push(byte) {
                        break Some(packet);
                    }
                }
            }
        };
        let mut run = None;
        let idle = packet.is_none();
        if let Some(packet) = packet {
            run = self.answer(&mut loader, &packet);
        }
        match run {
            Some(Run::Flash) => {
                self.state = State::Halted;
                // As after a reset, but without the ROM's greeting and without another look at the pins.
                return self.start_flashed();
            }
            Some(Run::At(entry)) => {
                self.cpu.invalidate_all();
                self.hand_over(entry);
                return None;
            }
            None => self.state = State::Download(loader),
        }
        if idle {
            let next = self.soc.sys.schedule.next();
            if next == Ticks::MAX && end == Ticks::MAX {
                return Some(Stop::Idle);
            }
            self.pass_to(next.min(end));
        }
        None
    }

    fn start_flashed(&mut self) -> Option<Stop> {
        let old = self.mode_override.replace(super::Mode::Flash);
        let stop = self.boot();
        self.mode_override = old;
        stop
    }

    fn answer(&mut self, loader: &mut Download, packet: &[u8]) -> Option<Run> {
        let request = Request::parse(packet)?;
        let mut run = None;
        let reply = self.carry_out(loader, &request, &mut run);
        let (value, status) = match reply {
            Ok(value) => (value, [0, 0]),
            Err(error) => (0, [1, error]),
        };
        let mut answer = alloc::vec![1, request.op, 2, 0];
        answer.extend(value.to_le_bytes());
        answer.extend(status);
        let line = slip::encode(&answer);
        // A sync is answered eight times, so that a host that has lost the beat finds it.
        for _ in 0..if request.op == SYNC { 8 } else { 1 } {
            self.say_bytes(&line);
        }
        run
    }

    fn carry_out(&mut self, loader: &mut Download, request: &Request<'_>, run: &mut Option<Run>) -> Reply {
        let invalid = INVALID_MESSAGE;
        let word = |n| request.word(n).ok_or(invalid);
        match request.op {
            SYNC => Ok(SYNC_VALUE),
            READ_REG => self.read_word(word(0)?).ok_or(FAILED),
            WRITE_REG => self.write_masked(word(0)?, word(1)?, word(2)?, word(3)?),
            FLASH_BEGIN => {
                let (size, block, offset) = (word(0)? as usize, word(2)? as usize, word(3)? as usize);
                loader.flash = Some((offset, block));
                self.erase(offset, size)
            }
            FLASH_DATA => {
                let bytes = request.block().ok_or(invalid)??;
                let (next, size) = loader.flash.ok_or(FAILED)?;
                let at = next.checked_add(size.saturating_mul(word(1)? as usize)).ok_or(FAILED)?;
                self.program(at, bytes)
            }
            FLASH_END => {
                loader.flash = None;
                if request.word(0) == Some(0) {
                    *run = Some(Run::Flash);
                }
                Ok(0)
            }
            MEM_BEGIN => {
                loader.memory = Some((word(3)?, word(2)?));
                Ok(0)
            }
            MEM_DATA => {
                let bytes = request.block().ok_or(invalid)??;
                let (base, size) = loader.memory.ok_or(FAILED)?;
                let at = base.wrapping_add(word(1)?.wrapping_mul(size));
                self.mark_loaded(at, bytes.len() as u32);
                if self.soc.sys.memory.load_image(at, bytes) { Ok(0) } else { Err(FAILED) }
            }
            MEM_END => {
                if word(0)? == 0 {
                    *run = Some(Run::At(word(1)?));
                }
                Ok(0)
            }
            _ => Err(invalid),
        }
    }

    fn write_masked(&mut self, address: u32, value: u32, mask: u32, delay_us: u32) -> Reply {
        let whole = match mask {
            u32::MAX => value,
            _ => self.read_word(address).ok_or(FAILED)? & !mask | value & mask,
        };
        if !self.write_word(address, whole) {
            return Err(FAILED);
        }
        self.wait(time::us(delay_us.min(1_000_000).into()));
        Ok(0)
    }

    /// A command to the flash chip, and the wait for its end.
    fn flash_command(&mut self, bytes: &[u8]) {
        let sys = &mut self.soc.sys;
        for command in [&[0x06][..], bytes] {
            sys.flash.select();
            for byte in command {
                sys.flash.exchange(*byte, sys.now);
            }
            sys.flash.deselect(sys.now);
        }
        sys.window_changed = true;
        let ready = sys.flash.busy_until();
        if ready > sys.now {
            self.pass_to(ready);
        }
    }

    /// As the ROM does: up to the end of the first block of 64 KB, and then as many sectors as it was told.
    fn erase(&mut self, offset: usize, size: usize) -> Reply {
        let (start, count) = (offset / SECTOR, size.div_ceil(SECTOR));
        let head = (SECTORS_PER_BLOCK - start % SECTORS_PER_BLOCK).min(count);
        let last = self.soc.sys.flash.size() / SECTOR;
        let end = (start + head + count).min(last);
        let mut sector = start;
        while sector < end {
            let whole = sector % SECTORS_PER_BLOCK == 0 && end - sector >= SECTORS_PER_BLOCK;
            let at = sector * SECTOR;
            let code = if whole { 0xD8 } else { 0x20 };
            self.flash_command(&[code, (at >> 16) as u8, (at >> 8) as u8, 0]);
            sector += if whole { SECTORS_PER_BLOCK } else { 1 };
        }
        if self.soc.sys.flash.is_cut() { Err(FAILED) } else { Ok(0) }
    }

    fn program(&mut self, at: usize, bytes: &[u8]) -> Reply {
        if at.checked_add(bytes.len()).is_none_or(|end| end > self.soc.sys.flash.size()) {
            return Err(FAILED);
        }
        let mut at = at;
        let mut rest = bytes;
        while !rest.is_empty() {
            let (page, more) = rest.split_at(rest.len().min(PAGE - at % PAGE));
            let mut command: Vec<u8> = alloc::vec![0x02, (at >> 16) as u8, (at >> 8) as u8, at as u8];
            command.extend(page);
            self.flash_command(&command);
            at += page.len();
            rest = more;
        }
        if self.soc.sys.flash.is_cut() { Err(FAILED) } else { Ok(0) }
    }
}

/// What the host had started.
enum Run {
    /// The image in flash.
    Flash,
    /// What it has put into RAM.
    At(u32),
}
