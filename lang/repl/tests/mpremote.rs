//! mpremote's side of the line: entering the raw REPL with a soft reset, running
//! code by raw paste under flow control, leaving; as its serial transport does
//! it. The device is a REPL in a thread, with a console buffer of two windows and
//! the end mark, which must never overflow.
#![allow(missing_docs)]

mod common;

use common::{Program, prints, run_by_heart};
use krait_lineedit::Ring;
use krait_repl::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

struct Device {
    input: Receiver<u8>,
    waiting: Arc<AtomicUsize>,
    output: Sender<u8>,
    left: &'static str,
}

impl Console for Device {
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            let _ = self.output.send(b);
        }
    }
    fn read(&mut self) -> Option<u8> {
        let byte = self.input.recv().ok()?;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        Some(byte)
    }
}

impl Namespace for Device {
    fn each_name(&mut self, _: Scope<'_>, _: &mut dyn FnMut(&str)) {}
}

fn programs() -> &'static [Program] {
    static PROGRAMS: OnceLock<Vec<Program>> = OnceLock::new();
    PROGRAMS.get_or_init(|| {
        vec![
            prints("print(1)", "1\r\n"),
            prints(long_program(), "long\r\n"),
            Program { source: "1/0", output: "", traceback: "ZeroDivisionError\r\n", outcome: Outcome::Raised },
        ]
    })
}

fn long_program() -> &'static str {
    static LONG: OnceLock<String> = OnceLock::new();
    LONG.get_or_init(|| "x = 'some text to fill windows with'\n".repeat(100) + "print('long')")
}

impl Host for Device {
    fn run(&mut self, job: Job<'_>) -> Outcome {
        let (_, outcome, left) = run_by_heart(self, programs(), job);
        self.left = left;
        outcome
    }
    fn report(&mut self, _: Outcome) {
        self.write(self.left.as_bytes());
    }
    fn prompt(&mut self, which: Prompt) {
        self.write(if which == Prompt::First { b">>> " } else { b"... " });
    }
    fn banner(&mut self) {
        self.write(b"MicroPython v1.29.0\r\nType \"help()\" for more information.\r\n");
    }
}

fn device_main(mut device: Device) {
    let mut repl = Repl::new([0u8; 64], Ring::new([0u8; 64], 8), Options::default());
    loop {
        repl.start(&mut device);
        loop {
            let Some(byte) = device.read() else { return };
            if repl.feed(byte, &mut device) != Step::Continue {
                break;
            }
        }
        device.write(b"MPY: soft reboot\r\n");
        if repl.mode() == Mode::Friendly {
            device.write(b"main.py\r\n");
        }
    }
}

/// The sender's end.
struct Line {
    to: Sender<u8>,
    waiting: Arc<AtomicUsize>,
    from: Receiver<u8>,
    pending: Vec<u8>,
}

impl Line {
    fn write(&self, bytes: &[u8]) {
        for &b in bytes {
            assert!(self.waiting.fetch_add(1, Ordering::SeqCst) < 257, "console buffer overflow");
            self.to.send(b).unwrap();
        }
    }

    fn read(&mut self) -> u8 {
        if self.pending.is_empty() {
            self.from.recv_timeout(Duration::from_secs(10)).expect("an answer")
        } else {
            self.pending.remove(0)
        }
    }

    fn in_waiting(&mut self) -> bool {
        self.pending.extend(self.from.try_iter());
        !self.pending.is_empty()
    }

    fn read_until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut data = Vec::new();
        while !data.ends_with(end) {
            data.push(self.read());
        }
        data
    }

    fn enter_raw_repl(&mut self) {
        self.write(b"\r\x03");
        thread::sleep(Duration::from_millis(20));
        while self.in_waiting() {
            self.pending.clear();
        }
        self.write(b"\r\x01");
        self.read_until(b"raw REPL; CTRL-B to exit\r\n>");
        self.write(b"\x04");
        let data = self.read_until(b"soft reboot\r\n");
        assert_eq!(data, b"OK\r\nMPY: soft reboot\r\n");
        let data = self.read_until(b"raw REPL; CTRL-B to exit\r\n");
        assert_eq!(data, b"raw REPL; CTRL-B to exit\r\n");
    }

    fn exec(&mut self, command: &[u8]) -> (Vec<u8>, Vec<u8>) {
        assert_eq!(self.read_until(b">"), b">");
        self.write(b"\x05A\x01");
        assert_eq!([self.read(), self.read()], *b"R\x01");
        self.raw_paste_write(command);
        let mut out = self.read_until(b"\x04");
        out.pop();
        let mut err = self.read_until(b"\x04");
        err.pop();
        (out, err)
    }

    fn raw_paste_write(&mut self, command: &[u8]) {
        let window = usize::from(u16::from_le_bytes([self.read(), self.read()]));
        let mut remain = window;
        let mut at = 0;
        while at < command.len() {
            while remain == 0 || self.in_waiting() {
                match self.read() {
                    1 => remain += window,
                    4 => {
                        self.write(b"\x04");
                        return;
                    }
                    other => panic!("unexpected read during raw paste: {other:#x}"),
                }
            }
            let n = remain.min(command.len() - at);
            self.write(&command[at..at + n]);
            remain -= n;
            at += n;
        }
        self.write(b"\x04");
        let ack = self.read_until(b"\x04");
        assert!(ack[..ack.len() - 1].iter().all(|&b| b == 1), "{ack:?}");
    }
}

#[test]
fn dialogue() {
    let (to, input) = channel();
    let (output, from) = channel();
    let waiting = Arc::new(AtomicUsize::new(0));
    let device = Device { input, waiting: waiting.clone(), output, left: "" };
    let thread = thread::spawn(move || device_main(device));
    let mut line = Line { to, waiting, from, pending: Vec::new() };

    line.enter_raw_repl();
    assert_eq!(line.exec(b"print(1)"), (b"1\r\n".to_vec(), vec![]));
    assert_eq!(line.exec(b"1/0"), (vec![], b"ZeroDivisionError\r\n".to_vec()));
    for _ in 0..20 {
        assert_eq!(line.exec(long_program().as_bytes()), (b"long\r\n".to_vec(), vec![]));
    }
    // A syntax error early in a long text.
    let broken = b"@@".iter().chain([b'#'; 5000].iter()).copied().collect::<Vec<u8>>();
    for _ in 0..20 {
        let (out, err) = line.exec(&broken);
        assert_eq!((out.as_slice(), err.as_slice()), (&b""[..], &b"SyntaxError: invalid syntax\r\n"[..]));
    }
    // Without raw paste: OK, then the same.
    assert_eq!(line.read(), b'>');
    line.write(b"print(1)\x04");
    assert_eq!([line.read(), line.read()], *b"OK");
    assert_eq!(line.read_until(b"\x04>"), b"1\r\n\x04\x04>");
    line.write(b"\r\x02");
    let data = line.read_until(b">>> ");
    assert!(data.starts_with(b"\r\nMicroPython "));
    // Friendly soft reset runs main.py.
    line.write(b"\x04");
    let data = line.read_until(b">>> ");
    assert!(data.starts_with(b"\r\nMPY: soft reboot\r\nmain.py\r\nMicroPython "));

    drop(line);
    thread.join().unwrap();
}
