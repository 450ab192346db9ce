//! `krait emu --download` against the real esptool, over a socket: identify, write and read back.
//!
//! Without its own loader ("stub") esptool can neither read nor verify an ESP8266's flash, since the chip's ROM has no
//! commands for that; so what it wrote is verified in the emulator's flash file, and read back through the registers
//! of the flash controller by esptool's own functions.
//! esptool is fetched by `cargo x setup`, or named by `KRAIT_ESPTOOL_PYTHON`, the Python that has it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

const MEGABYTE: usize = 1 << 20;

fn python() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("KRAIT_ESPTOOL_PYTHON") {
        return Some(path.into());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/esptool/bin/python");
    path.is_file().then_some(path)
}

struct Emulator {
    child: Child,
    port: String,
    // Held open: the emulator speaks to it.
    _said: BufReader<ChildStderr>,
}

impl Emulator {
    fn start(flash: &Path, arguments: &[&str]) -> Emulator {
        let mut command = Command::new(env!("CARGO_BIN_EXE_krait"));
        command.args(["emu", "--fast", "--flash-size", "2M", "--flash-file"]).arg(flash).args(arguments);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("krait starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it says where it listens");
        let port = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        assert!(port.contains("://"), "{line}");
        Emulator { child, port, _said: said }
    }

    fn esptool(&self, python: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(python);
        command.args(["-m", "esptool", "--no-stub", "--chip", "esp8266", "--after", "no-reset", "--port", &self.port]);
        let output = command.args(arguments).output().expect("esptool starts");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn quit(mut self, control: &Path) {
        use std::io::{Read as _, Write as _};
        let mut socket = std::os::unix::net::UnixStream::connect(control).expect("the control socket");
        socket.write_all(b"{\"do\": \"quit\"}\n").expect("it takes a line");
        let _ = socket.read(&mut [0; 64]);
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Bytes without a pattern that a shifted write could hide in.
fn content() -> Vec<u8> {
    let mut state = 1u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..MEGABYTE).map(next).collect()
}

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

const READ_BACK: &str = r#"
import sys, esptool
port, at, length, name = sys.argv[1], int(sys.argv[2], 0), int(sys.argv[3]), sys.argv[4]
esp = esptool.cmds.detect_chip(port=port, baud=115200, connect_mode="no-reset")
esp.flash_begin(0, 0)
base = esp.SPI_REG_BASE
out = b""
# 24 bits of address, 32 bytes of data; the address stands at the register's top.
for place in range(at, at + length, 32):
    esp.write_reg(base + 0x1C, 1 << 31 | 1 << 30 | 1 << 28)
    esp.write_reg(base + 0x20, 23 << 26 | 255 << 8)
    esp.write_reg(base + 0x24, 7 << 28 | 0x03)
    esp.write_reg(base + 0x04, place << 8)
    esp.write_reg(base, 1 << 18)
    while esp.read_reg(base) & 1 << 18:
        pass
    for n in range(8):
        out += esp.read_reg(base + 0x40 + 4 * n).to_bytes(4, "little")
open(name, "wb").write(out)
"#;

#[test]
fn identifies_writes_and_reads_back() {
    let Some(python) = python() else {
        eprintln!("left out: no esptool (cargo x setup)");
        return;
    };
    let folder = folder("esptool");
    let (flash, image, control) = (folder.join("flash.bin"), folder.join("image.bin"), folder.join("control"));
    let content = content();
    std::fs::write(&image, &content).expect("written");
    let socket = control.to_string_lossy().into_owned();
    let emulator = Emulator::start(&flash, &["--serial", "tcp:0", "--download", "--control", &socket]);
    let before = ["--before", "no-reset"];
    let said = emulator.esptool(&python, &[&before[..], &["flash-id"]].concat());
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for word in ["ESP8266EX", "5c:cf:7f:4b:52:54", "Device: 4015", "2MB", "26MHz"] {
        assert!(said.contains(word), "{word} in {said}");
    }
    let path = image.to_string_lossy().into_owned();
    emulator.esptool(&python, &[&before[..], &["write-flash", "--flash-size", "keep", "0x40000", &path]].concat());
    let back = folder.join("back.bin");
    let mut read = Command::new(&python);
    read.args(["-c", READ_BACK, &emulator.port, "0x47ff0", "8192"]).arg(&back);
    let output = read.output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(&back).expect("read back"), content[0x7FF0..0x7FF0 + 8192]);
    emulator.quit(&control);
    let kept = std::fs::read(&flash).expect("the flash file");
    assert!(kept[0x4_0000..0x4_0000 + MEGABYTE] == content[..], "what was written is there");
    assert!(kept[..0x4_0000].iter().all(|b| *b == 0xFF), "and nothing else");
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn resets_into_the_loader_by_rfc_2217() {
    let Some(python) = python() else {
        eprintln!("left out: no esptool (cargo x setup)");
        return;
    };
    let folder = folder("rfc2217");
    let flash = folder.join("flash.bin");
    // Erased, but there: nothing to boot until the lines ask for the loader.
    std::fs::write(&flash, vec![0xFF; 2 << 20]).expect("written");
    let emulator = Emulator::start(&flash, &["--serial", "rfc2217:0"]);
    let said = emulator.esptool(&python, &["flash-id"]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("ESP8266EX"));
    drop(emulator);
    let _ = std::fs::remove_dir_all(folder);
}
