//! The control socket: a command a line, an answer a line, both JSON.
//!
//! `{"do": "press FLASH"}` or `{"do": ["send", "1+1\r\n"]}` is answered by `{"ok": true}`, with `"value"` where there is
//! one; a mistake by `{"ok": false, "error": "…"}`. Files (`save SCREEN png`) need `"to": "screen.png"`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use krait_board::Bench;
use krait_soc::Answer;
use krait_soc::time::TICKS_PER_US;
use serde_json::{Value, json};

use super::report;
use super::serial::Input;

/// The longest line.
const LONGEST: u64 = 1 << 20;

/// The socket's file, removed in the end.
pub(crate) struct Socket(PathBuf);

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Opens the socket, and starts what reads from it.
pub(crate) fn open(path: &Path, to: SyncSender<Input>) -> Result<Socket, String> {
    // What a run that was killed has left; a socket that answers is somebody's.
    if path.exists() && UnixStream::connect(path).is_err() {
        let _ = std::fs::remove_file(path);
    }
    let listener = UnixListener::bind(path).map_err(|e| format!("{}: {e}", path.display()))?;
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let to = to.clone();
            std::thread::spawn(move || serve(&stream, &to));
        }
    });
    Ok(Socket(path.to_owned()))
}

fn serve(stream: &UnixStream, to: &SyncSender<Input>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        let count = std::io::Read::take(&mut reader, LONGEST).read_line(&mut line).ok()?;
        if count == 0 {
            return None;
        }
        let (reply, answer) = sync_channel(1);
        to.send(Input::Control(line, reply)).ok()?;
        writeln!(writer, "{}", answer.recv().ok()?).ok()?;
    }
}

/// Carries out a line; its answer.
pub(crate) fn carry_out(bench: &mut Bench, line: &str) -> Value {
    match attempt(bench, line) {
        Ok(Value::Null) => json!({ "ok": true }),
        Ok(value) => json!({ "ok": true, "value": value }),
        Err(error) => json!({ "ok": false, "error": error }),
    }
}

fn attempt(bench: &mut Bench, line: &str) -> Result<Value, String> {
    let request: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
    let words: Vec<String> = match request.get("do") {
        Some(Value::String(text)) => text.split_whitespace().map(str::to_owned).collect(),
        Some(Value::Array(list)) => {
            list.iter().map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).collect()
        }
        _ => return Err("`do` is missing".into()),
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        ["stats"] => return Ok(report::counts(&bench.machine)),
        ["time"] => return Ok(json!(bench.machine.now() / TICKS_PER_US)),
        ["parts"] => return Ok(json!(bench.part_names().collect::<Vec<_>>())),
        _ => {}
    }
    match bench.command(&words).map_err(|e| e.to_string())? {
        Answer::Done => Ok(Value::Null),
        Answer::Number(n) => Ok(json!(n)),
        Answer::Text(text) => Ok(json!(text)),
        Answer::File(bytes) => {
            let to = request.get("to").and_then(Value::as_str).ok_or("`to` must name the file")?;
            std::fs::write(to, bytes).map_err(|e| format!("{to}: {e}"))?;
            Ok(Value::Null)
        }
    }
}
