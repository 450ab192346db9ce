//! Where UART0 goes: the terminal, a pseudo-terminal, a socket with or without RFC 2217, or nowhere.
//!
//! Input comes from a thread through a channel; output is written by the session. On a terminal every key goes to the
//! guest, Ctrl-C too; Ctrl-] leaves. The terminal's mode is restored when this is dropped, however that comes.

use std::fs::File;
use std::io::{IsTerminal as _, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::str::FromStr;
use std::sync::mpsc::SyncSender;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::rfc2217::{Line, Telnet};

/// Ctrl-].
const LEAVE: u8 = 0x1D;

/// What comes from outside.
#[derive(Debug)]
pub(crate) enum Input {
    /// Bytes for the UART.
    Bytes(Vec<u8>),
    /// Someone has connected.
    Connected(TcpStream),
    /// The other end is gone.
    Gone,
    /// DTR or RTS, or a break, over RFC 2217.
    Line(Line),
    /// An answer that the telnet protocol owes the other end.
    Owed(Vec<u8>),
    /// The user wants to leave.
    Leave,
    /// A line of the control socket, and where its answer goes.
    Control(String, SyncSender<String>),
}

/// The option's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Where {
    Stdio,
    Pty,
    Tcp(u16),
    Rfc2217(u16),
    None,
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let port = |text: &str| text.parse().map_err(|_| format!("`{text}` is no port number"));
        match text.split_once(':') {
            None if text == "stdio" => Ok(Where::Stdio),
            None if text == "pty" => Ok(Where::Pty),
            None if text == "none" => Ok(Where::None),
            Some(("tcp", number)) => port(number).map(Where::Tcp),
            Some(("rfc2217", number)) => port(number).map(Where::Rfc2217),
            _ => Err("must be stdio, pty, tcp:PORT, rfc2217:PORT or none".into()),
        }
    }
}

/// UART0's other end.
pub(crate) struct Serial {
    out: Option<Box<dyn Write>>,
    restore: Option<Termios>,
    /// Held open, so that the pseudo-terminal outlives the programs that open it.
    _slave: Option<File>,
    telnet: bool,
    socket: bool,
    /// Whether a person or a tool waits at the other end.
    pub(crate) interactive: bool,
    /// Whether the end of the input ends the run.
    pub(crate) ends_with_input: bool,
}

impl Serial {
    /// Opens it, and starts what reads from it.
    pub(crate) fn open(place: &Where, to: SyncSender<Input>) -> Result<Self, String> {
        let mut serial = Serial {
            out: None,
            restore: None,
            _slave: None,
            telnet: false,
            socket: false,
            interactive: true,
            ends_with_input: false,
        };
        match place {
            Where::None => serial.interactive = false,
            Where::Stdio => serial.stdio(to)?,
            Where::Pty => serial.pty(to)?,
            Where::Tcp(port) => serial.listen(*port, false, to)?,
            Where::Rfc2217(port) => serial.listen(*port, true, to)?,
        }
        Ok(serial)
    }

    fn stdio(&mut self, to: SyncSender<Input>) -> Result<(), String> {
        let stdin = std::io::stdin();
        let terminal = stdin.is_terminal();
        if terminal {
            let old = tcgetattr(&stdin).map_err(|e| e.to_string())?;
            let mut raw = old.clone();
            raw.make_raw();
            tcsetattr(&stdin, OptionalActions::Now, &raw).map_err(|e| e.to_string())?;
            self.restore = Some(old);
            eprint!("krait emu: Ctrl-] leaves\r\n");
        }
        self.interactive = terminal;
        self.ends_with_input = terminal;
        self.out = Some(Box::new(std::io::stdout()));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count) = std::io::stdin().read(&mut buffer) {
                let bytes = buffer.get(..count).unwrap_or_default();
                if terminal && bytes.contains(&LEAVE) {
                    let _ = to.send(Input::Leave);
                    return;
                }
                if count == 0 {
                    break;
                }
                if to.send(Input::Bytes(bytes.to_vec())).is_err() {
                    return;
                }
            }
            let _ = to.send(Input::Gone);
        });
        Ok(())
    }

    fn pty(&mut self, to: SyncSender<Input>) -> Result<(), String> {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let wrong = |e: rustix::io::Errno| format!("no pseudo-terminal: {e}");
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).map_err(wrong)?;
        grantpt(&master).map_err(wrong)?;
        unlockpt(&master).map_err(wrong)?;
        let name = ptsname(&master, Vec::new()).map_err(wrong)?;
        let name = name.to_string_lossy().into_owned();
        let slave = File::options().read(true).write(true).open(&name).map_err(|e| format!("{name}: {e}"))?;
        let mut raw = tcgetattr(&slave).map_err(wrong)?;
        raw.make_raw();
        tcsetattr(&slave, OptionalActions::Now, &raw).map_err(wrong)?;
        let mut master = File::from(master);
        self.out = Some(Box::new(master.try_clone().map_err(|e| e.to_string())?));
        self._slave = Some(slave);
        eprintln!("krait emu: UART0 is {name}");
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = master.read(&mut buffer) {
                let bytes = buffer.get(..count).unwrap_or_default().to_vec();
                if to.send(Input::Bytes(bytes)).is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    fn listen(&mut self, port: u16, telnet: bool, to: SyncSender<Input>) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|e| format!("port {port}: {e}"))?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let scheme = if telnet { "rfc2217" } else { "socket" };
        eprintln!("krait emu: UART0 is {scheme}://{address}");
        (self.telnet, self.socket) = (telnet, true);
        std::thread::spawn(move || {
            // One at a time: a serial port has one cable.
            while let Ok((stream, _)) = listener.accept() {
                let _ = stream.set_nodelay(true);
                let Ok(writer) = stream.try_clone() else { continue };
                if to.send(Input::Connected(writer)).is_err() || serve(stream, telnet, &to).is_none() {
                    return;
                }
            }
        });
        Ok(())
    }

    /// Someone has connected.
    pub(crate) fn connect(&mut self, stream: TcpStream) {
        self.out = Some(Box::new(stream));
    }

    /// The other end is gone; a socket waits for the next, the standard output stays.
    pub(crate) fn disconnect_if_socket(&mut self) {
        if self.socket {
            self.out = None;
        }
    }

    /// Sends what the UART has sent.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        if self.telnet {
            let escaped: Vec<u8> =
                bytes.iter().flat_map(|b| std::iter::repeat_n(*b, if *b == 0xFF { 2 } else { 1 })).collect();
            self.write_plain(&escaped);
        } else {
            self.write_plain(bytes);
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn write_plain(&mut self, bytes: &[u8]) {
        if let Some(out) = &mut self.out
            && !bytes.is_empty()
            && out.write_all(bytes).and_then(|()| out.flush()).is_err()
        {
            self.out = None;
        }
    }
}

/// Reads from a connection until it ends; `None` if nobody listens any more.
fn serve(mut stream: TcpStream, telnet: bool, to: &SyncSender<Input>) -> Option<()> {
    let mut protocol = Telnet::default();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        let bytes = buffer.get(..count).unwrap_or_default();
        if !telnet {
            to.send(Input::Bytes(bytes.to_vec())).ok()?;
            continue;
        }
        let heard = protocol.take(bytes);
        if !heard.answer.is_empty() {
            to.send(Input::Owed(heard.answer)).ok()?;
        }
        for line in heard.lines {
            to.send(Input::Line(line)).ok()?;
        }
        if !heard.data.is_empty() {
            to.send(Input::Bytes(heard.data)).ok()?;
        }
    }
    to.send(Input::Gone).ok()
}

impl Drop for Serial {
    fn drop(&mut self) {
        if let Some(old) = &self.restore {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, old);
            eprintln!();
        }
    }
}
