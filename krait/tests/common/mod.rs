//! Running the program under test: with a text, with a Ctrl-C after a while, and at a terminal.
#![allow(dead_code)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Longest that anything may take here, with checks, on a busy machine.
const LIMIT: Duration = Duration::from_secs(100);
/// How long a program is left alone before it is interrupted.
const WHILE: Duration = Duration::from_millis(400);
/// Longest from the interrupt to its effect. The promise is a tenth of a second; this is for busy machines.
const REACTION: Duration = Duration::from_secs(10);

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Status(i32),
    Signal(i32),
    Hung,
}

/// What a program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) end: End,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A script in a file of its own, removed at the end.
struct Script(PathBuf);

impl Script {
    fn new(text: &[u8]) -> Script {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("krait-bad-{}-{number}.py", std::process::id()));
        std::fs::write(&path, text).expect("the temporary folder is writable");
        Script(path)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn krait(options: &[&str]) -> Command {
    let mut krait = Command::new(env!("CARGO_BIN_EXE_krait"));
    krait.args(options).env_remove("MICROPYINSPECT").env_remove("MICROPYPATH").env("HOME", std::env::temp_dir());
    krait
}

fn drain(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is enough.
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, limit: Duration) -> End {
    let start = Instant::now();
    loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => {
                return match (status.code(), status.signal()) {
                    (Some(code), _) => End::Status(code),
                    (None, signal) => End::Signal(signal.unwrap_or(0)),
                };
            }
            None if start.elapsed() > limit => {
                child.kill().expect("a child can be killed");
                child.wait().expect("a child can be waited for");
                return End::Hung;
            }
            None => sleep(Duration::from_millis(5)),
        }
    }
}

fn sigint(child: &Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        kill_process(pid, Signal::INT).expect("the child is alive");
    }
}

fn start(options: &[&str], text: &[u8]) -> (Script, Child, JoinHandle<String>, JoinHandle<String>) {
    let script = Script::new(text);
    let mut krait = krait(options);
    krait.arg(&script.0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = krait.spawn().expect("the program starts");
    let out = drain(child.stdout.take().expect("piped"));
    let err = drain(child.stderr.take().expect("piped"));
    (script, child, out, err)
}

/// Runs a script to its end.
pub(crate) fn run(options: &[&str], text: &[u8]) -> Ran {
    let (_script, mut child, out, err) = start(options, text);
    let end = wait(&mut child, LIMIT);
    Ran { end, out: out.join().expect("read"), err: err.join().expect("read") }
}

/// Runs a script, sends SIGINT after a while, and gives it [`REACTION`].
pub(crate) fn interrupt(options: &[&str], text: &str) -> Ran {
    let (_script, mut child, out, err) = start(options, text.as_bytes());
    sleep(WHILE);
    if child.try_wait().expect("a child can be waited for").is_none() {
        sigint(&child);
    }
    let end = wait(&mut child, REACTION);
    Ran { end, out: out.join().expect("read"), err: err.join().expect("read") }
}

/// The program at a pseudo terminal.
pub(crate) struct Prompt {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    asked: u32,
}

impl Prompt {
    /// Starts it and waits for the prompt.
    pub(crate) fn start(options: &[&str]) -> Prompt {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&master).expect("granted");
        unlockpt(&master).expect("unlocked");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("UTF-8");
        let slave = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits() as i32)
            .open(name)
            .expect("the other end");
        let twin = || Stdio::from(slave.try_clone().expect("a second handle"));
        let child = krait(options).stdin(twin()).stdout(twin()).stderr(twin()).spawn().expect("the program starts");
        let keyboard = File::from(master);
        let mut reader = keyboard.try_clone().expect("a second handle");
        let screen = Arc::new(Mutex::new(Vec::new()));
        let shown = screen.clone();
        spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.extend_from_slice(bytes.get(..n).unwrap_or(&[]));
            }
        });
        let mut prompt = Prompt { child, keyboard, screen, asked: 0 };
        prompt.expect(">>> ", LIMIT);
        prompt
    }

    fn seen(&self, text: &str) -> bool {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        screen.windows(text.len()).any(|w| w == text.as_bytes())
    }

    /// Waits until `text` is on the screen, which is then wiped.
    fn expect(&mut self, text: &str, limit: Duration) {
        let start = Instant::now();
        while !self.seen(text) {
            let gone = self.child.try_wait().expect("a child can be waited for");
            let shown =
                || String::from_utf8_lossy(&self.screen.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
            assert!(gone.is_none(), "it ended ({gone:?}) before {text:?}: {}", shown());
            assert!(start.elapsed() < limit, "no {text:?}: {}", shown());
            sleep(Duration::from_millis(5));
        }
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn type_text(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).expect("it reads");
    }

    /// Types a text in paste mode and starts it.
    fn paste(&mut self, text: &str) {
        self.type_text("\x05");
        self.expect("=== ", LIMIT);
        self.type_text(&text.replace('\n', "\r"));
        self.type_text("\r\x04");
    }

    /// Runs a text until the prompt is back.
    pub(crate) fn run(&mut self, text: &str) {
        self.paste(text);
        self.expect(">>> ", LIMIT);
    }

    /// Runs a text, interrupts it, and waits for the exception and the prompt.
    pub(crate) fn run_and_interrupt(&mut self, text: &str) {
        self.paste(text);
        sleep(WHILE);
        sigint(&self.child);
        self.expect("KeyboardInterrupt", REACTION);
        self.type_text("\r");
        self.expect(">>> ", LIMIT);
    }

    /// Checks that the prompt works.
    pub(crate) fn answers(&mut self) {
        self.asked += 1;
        self.type_text(&format!("print('answer', {} + 1000)\r", self.asked));
        self.expect(&format!("answer {}", self.asked + 1000), LIMIT);
        self.type_text("\r");
        self.expect(">>> ", LIMIT);
    }

    /// Leaves by Ctrl-D.
    pub(crate) fn leave(mut self) {
        self.type_text("\x04");
        assert_eq!(wait(&mut self.child, LIMIT), End::Status(0));
    }
}
