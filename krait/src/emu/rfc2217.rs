//! RFC 2217: a serial port over telnet, with the lines by which tools reset a board.
//!
//! Facts: RFC 854 and 855 (telnet), RFC 856 (binary), RFC 2217 (the port's options). What a virtual port has no use for
//! (baud rate, parity, purging) is acknowledged with the value that was asked for.

const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
const SB: u8 = 250;
const SE: u8 = 240;

const BINARY: u8 = 0;
const ECHO: u8 = 1;
const SUPPRESS_GO_AHEAD: u8 = 3;
const COM_PORT: u8 = 44;

const SET_CONTROL: u8 = 5;
/// The answers' numbers are the requests' plus this.
const SERVER: u8 = 100;

/// The longest sub-negotiation that is kept.
const LONGEST: usize = 1024;

/// A line of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    Dtr(bool),
    Rts(bool),
    Break,
}

/// What a stretch of input came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) data: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    Command,
    Option(u8),
    Sub,
    SubCommand,
}

/// The server's side of the protocol.
#[derive(Debug, Default)]
pub(crate) struct Telnet {
    state: State,
    sub: Vec<u8>,
    /// Options that were agreed on in each direction, so that an agreement is not answered for ever.
    will: Vec<u8>,
    have: Vec<u8>,
}

impl Telnet {
    /// Takes what has come.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Heard {
        let mut heard = Heard::default();
        for byte in bytes {
            self.byte(*byte, &mut heard);
        }
        heard
    }

    fn byte(&mut self, byte: u8, heard: &mut Heard) {
        self.state = match (self.state, byte) {
            (State::Data, IAC) => State::Command,
            (State::Data, _) => {
                heard.data.push(byte);
                State::Data
            }
            (State::Command, IAC) => {
                heard.data.push(IAC);
                State::Data
            }
            (State::Command, WILL | WONT | DO | DONT) => State::Option(byte),
            (State::Command, SB) => {
                self.sub.clear();
                State::Sub
            }
            (State::Command, _) => State::Data,
            (State::Option(verb), option) => {
                self.negotiate(verb, option, heard);
                State::Data
            }
            (State::Sub, IAC) => State::SubCommand,
            (State::Sub, _) => {
                self.keep(byte);
                State::Sub
            }
            (State::SubCommand, IAC) => {
                self.keep(IAC);
                State::Sub
            }
            (State::SubCommand, SE) => {
                self.port(heard);
                State::Data
            }
            (State::SubCommand, _) => State::Sub,
        };
    }

    fn keep(&mut self, byte: u8) {
        if self.sub.len() < LONGEST {
            self.sub.push(byte);
        }
    }

    fn negotiate(&mut self, verb: u8, option: u8, heard: &mut Heard) {
        let known = matches!(option, BINARY | SUPPRESS_GO_AHEAD | COM_PORT | ECHO);
        let (list, yes, no) = match verb {
            DO => (&mut self.will, WILL, WONT),
            WILL => (&mut self.have, DO, DONT),
            _ => return,
        };
        if !known {
            heard.answer.extend([IAC, no, option]);
        } else if !list.contains(&option) {
            list.push(option);
            heard.answer.extend([IAC, yes, option]);
        }
    }

    fn port(&mut self, heard: &mut Heard) {
        let [COM_PORT, request, values @ ..] = self.sub.as_slice() else { return };
        let mut reply = values.to_vec();
        match (*request, values) {
            // The server's name.
            (0, _) => reply = b"krait emu".to_vec(),
            (SET_CONTROL, [value]) => {
                let line = match value {
                    5 => Some(Line::Break),
                    8 => Some(Line::Dtr(true)),
                    9 => Some(Line::Dtr(false)),
                    11 => Some(Line::Rts(true)),
                    12 => Some(Line::Rts(false)),
                    _ => None,
                };
                heard.lines.extend(line);
            }
            // A question about the baud rate, in which 0 stands for it.
            (1, [0, 0, 0, 0]) => reply = 115_200u32.to_be_bytes().to_vec(),
            (1..=4 | 8..=12, _) => {}
            _ => return,
        }
        heard.answer.extend([IAC, SB, COM_PORT, request + SERVER]);
        for byte in reply {
            heard.answer.push(byte);
            if byte == IAC {
                heard.answer.push(IAC);
            }
        }
        heard.answer.extend([IAC, SE]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_escapes() {
        let mut t = Telnet::default();
        assert_eq!(t.take(&[1, IAC, IAC, 2]).data, [1, 255, 2]);
    }

    #[test]
    fn negotiation_is_answered_once() {
        let mut t = Telnet::default();
        let asks = [IAC, DO, COM_PORT, IAC, WILL, COM_PORT, IAC, DO, 99];
        assert_eq!(t.take(&asks).answer, [IAC, WILL, COM_PORT, IAC, DO, COM_PORT, IAC, WONT, 99]);
        assert!(t.take(&asks[..6]).answer.is_empty());
    }

    #[test]
    fn lines() {
        let mut t = Telnet::default();
        let heard = t.take(&[IAC, SB, COM_PORT, SET_CONTROL, 8, IAC, SE, 7]);
        assert_eq!((heard.lines.as_slice(), heard.data.as_slice()), (&[Line::Dtr(true)][..], &[7][..]));
        assert_eq!(heard.answer, [IAC, SB, COM_PORT, SET_CONTROL + SERVER, 8, IAC, SE]);
    }
}
