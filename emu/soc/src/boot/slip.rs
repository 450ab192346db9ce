//! SLIP: packets on a serial line, each between 0xC0 bytes. Facts: RFC 1055.

use alloc::vec::Vec;

const END: u8 = 0xC0;
const ESCAPE: u8 = 0xDB;
const ESCAPED_END: u8 = 0xDC;
const ESCAPED_ESCAPE: u8 = 0xDD;

/// The longest packet that is taken; longer ones are dropped.
const LONGEST: usize = 64 << 10;

/// Takes packets out of a stream of bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Decoder {
    packet: Vec<u8>,
    escaped: bool,
    inside: bool,
}

impl Decoder {
    /// Takes a byte; gives a packet when one ends with it.
    pub(crate) fn push(&mut self, byte: u8) -> Option<Vec<u8>> {
        match byte {
            END => {
                self.escaped = false;
                let packet = core::mem::take(&mut self.packet);
                if self.inside && !packet.is_empty() {
                    self.inside = false;
                    return Some(packet);
                }
                self.inside = true;
            }
            _ if !self.inside => {}
            ESCAPE => self.escaped = true,
            _ => {
                let plain = match byte {
                    ESCAPED_END if self.escaped => END,
                    ESCAPED_ESCAPE if self.escaped => ESCAPE,
                    _ => byte,
                };
                self.escaped = false;
                self.packet.push(plain);
                if self.packet.len() > LONGEST {
                    *self = Decoder::default();
                }
            }
        }
        None
    }
}

/// A packet as it goes over the line.
pub(crate) fn encode(packet: &[u8]) -> Vec<u8> {
    let mut out = alloc::vec![END];
    for byte in packet {
        match *byte {
            END => out.extend([ESCAPE, ESCAPED_END]),
            ESCAPE => out.extend([ESCAPE, ESCAPED_ESCAPE]),
            plain => out.push(plain),
        }
    }
    out.push(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let packets: [&[u8]; 3] = [&[1, 2, 3], &[0xC0, 0xDB, 0xDC, 0xDD], &[0xDB]];
        let mut decoder = Decoder::default();
        let line: Vec<u8> = packets.iter().flat_map(|p| encode(p)).collect();
        let got: Vec<Vec<u8>> = line.into_iter().filter_map(|b| decoder.push(b)).collect();
        assert_eq!(got, packets);
    }

    #[test]
    fn noise_before_a_packet_is_dropped() {
        let mut decoder = Decoder::default();
        let line = [&[7, 7, 7], &encode(&[5])[..]].concat();
        assert_eq!(line.into_iter().find_map(|b| decoder.push(b)), Some(alloc::vec![5]));
    }
}
