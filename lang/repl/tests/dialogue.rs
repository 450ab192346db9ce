//! Every dialogue of the table, byte for byte; and, if `KRAIT_PEER` names the C
//! program, whether that answers the same in a pseudo-terminal.

mod common;

use common::scripts::{SCRIPTS, Script};
use common::*;

#[test]
fn ours() {
    for s in SCRIPTS {
        let mut host = FakeHost { programs: s.programs, names: s.names, ..Default::default() };
        let mut repl = new_repl();
        repl.start(&mut host);
        feed_all(&mut repl, &mut host, s.typed);
        let shown = host.take();
        let want = [b"MicroPython\r\n", s.shown].concat();
        assert_eq!(shown.escape_ascii().to_string(), want.escape_ascii().to_string(), "{}", s.name);
    }
}

#[cfg(unix)]
#[test]
fn the_peers() {
    let Some(peer) = std::env::var_os("KRAIT_PEER") else {
        println!("KRAIT_PEER is not set: the C program was not asked");
        return;
    };
    let mut bad = 0;
    for s in SCRIPTS {
        let shown = pty::converse(&peer, s);
        let want = s.shown.escape_ascii().to_string();
        let shown = shown.escape_ascii().to_string();
        if shown != want {
            bad += 1;
            println!("{}:\n  peer {shown}\n  want {want}", s.name);
        }
    }
    assert_eq!(bad, 0);
}

#[cfg(unix)]
mod pty {
    use super::Script;
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::fd::OwnedFd;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::ffi::OsStr;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::process::Command;

    /// What the terminal shows within a while of silence.
    fn drain(master: &mut File, quiet_ms: i64) -> Vec<u8> {
        let mut shown = Vec::new();
        let mut chunk = [0; 4096];
        let quiet = Timespec { tv_sec: quiet_ms / 1000, tv_nsec: quiet_ms % 1000 * 1_000_000 };
        while poll(&mut [PollFd::new(master, PollFlags::IN)], Some(&quiet)).is_ok_and(|n| n > 0) {
            match master.read(&mut chunk) {
                Ok(n) if n > 0 => shown.extend_from_slice(&chunk[..n]),
                _ => break,
            }
        }
        shown
    }

    /// Types a script at the peer; what it shows from its first prompt on, with
    /// the terminal's own carriage returns taken out.
    pub(crate) fn converse(peer: &OsStr, script: &Script) -> Vec<u8> {
        let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let slave = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(slave.to_str().unwrap()).unwrap();
        let mut child = Command::new(peer)
            .env_remove("HOME") // no history file
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave)
            .spawn()
            .unwrap();
        let mut master = File::from(master);
        let mut shown = drain(&mut master, 400);
        // The peer drops what is typed while it runs a statement: wait for the
        // answer to each line.
        for part in script.typed.split_inclusive(|b| matches!(b, b'\r' | 3 | 4)) {
            master.write_all(part).unwrap();
            shown.extend(drain(&mut master, 60));
        }
        let _ = child.kill();
        let _ = child.wait();
        let mut plain: Vec<u8> = Vec::new();
        for &b in &shown {
            if b == b'\n' {
                while plain.last() == Some(&b'\r') {
                    plain.pop();
                }
                plain.push(b'\r');
            }
            plain.push(b);
        }
        let prompt = plain.windows(4).position(|w| w == b">>> ").unwrap_or(0);
        plain.split_off(prompt)
    }
}
