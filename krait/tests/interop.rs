//! json, binascii, hashlib and struct against CPython: one script, run by both with several seeds, prints the same.

mod common;

use common::{End, run};
use std::process::{Command, Stdio};

/// What CPython prints; `None` if there is no CPython here.
fn cpython(script: &str) -> Option<String> {
    let out = Command::new("python3").arg("-c").arg(script).stderr(Stdio::inherit()).output().ok()?;
    assert!(out.status.success(), "the script fails in CPython");
    Some(String::from_utf8(out.stdout).expect("the script prints UTF-8"))
}

#[test]
fn data_modules() {
    let script = include_str!("interop/data.py");
    for seed in 1..=8 {
        let script = format!("SEED = {seed}\n{script}");
        let Some(expected) = cpython(&script) else {
            println!("left out: no python3 here");
            return;
        };
        let ran = run(&[], script.as_bytes());
        assert_eq!(ran.end, End::Status(0), "{}", ran.err);
        for (ours, theirs) in ran.out.lines().zip(expected.lines()) {
            assert_eq!(ours, theirs, "seed {seed}");
        }
        assert_eq!(ran.out.lines().count(), expected.lines().count(), "seed {seed}");
    }
}
