//! The program as its user meets it: arguments, streams, exit statuses, Ctrl-C.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn krait(args: &[&str]) -> Command {
    let mut c = Command::new(env!("CARGO_BIN_EXE_krait"));
    c.args(args).env("MICROPYPATH", ".frozen").env_remove("MICROPYINSPECT").env_remove("KRAIT_HARD");
    c.stdin(Stdio::null());
    c
}

fn run(args: &[&str]) -> Output {
    krait(args).output().expect("starts")
}

fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child =
        krait(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(input).expect("takes input");
    child.wait_with_output().expect("ends")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn statuses() {
    for (code, status) in [
        ("pass", 0),
        ("1/0", 1),
        ("raise SystemExit", 0),
        ("raise SystemExit(3)", 3),
        ("import sys; sys.exit(259)", 3),
        ("raise SystemExit('words')", 1),
        ("x =", 1),
        ("import sys\nsys.atexit(lambda: print('bye'))\nsys.exit(4)", 4),
    ] {
        assert_eq!(run(&["-c", code]).status.code(), Some(status), "{code}");
    }
    assert_eq!(run(&["no/such/file.py"]).status.code(), Some(2));
    assert_eq!(run(&["-z"]).status.code(), Some(1));
    assert_eq!(run(&["-m", "no_such_module"]).status.code(), Some(1));
}

#[test]
fn tracebacks_go_to_standard_error() {
    let out = run(&["-c", "print('out')\ndef f(): raise ValueError('why')\nf()"]);
    assert_eq!(text(&out.stdout), "out\n");
    assert_eq!(
        text(&out.stderr),
        "Traceback (most recent call last):\n  File \"<stdin>\", line 3, in <module>\n  \
         File \"<stdin>\", line 2, in f\nValueError: why\n"
    );
}

#[test]
fn standard_input() {
    let out = with_input(&[], b"print('script', __name__)");
    assert_eq!(text(&out.stdout), "script __main__\n");
    let out = with_input(&["-", "a"], b"import sys; print(sys.argv)");
    assert_eq!(text(&out.stdout), "['-', 'a']\n");
    let out = with_input(
        &["-c", "import sys; print(sys.stdin.readline(), input(), sys.stdin.read(2))"],
        "é\nb\ncé".as_bytes(),
    );
    assert_eq!(text(&out.stdout), "é\n b cé\n");
    let out = with_input(&["-c", "input()"], b"");
    assert!(text(&out.stderr).ends_with("EOFError: \n"));
}

#[test]
fn the_prompt_without_a_terminal() {
    let out = with_input(&["-i", "-c", "x = 6"], b"x * 7\nraise SystemExit(5)\n");
    assert!(text(&out.stdout).contains("\n42\n"), "{}", text(&out.stdout));
    assert_eq!(out.status.code(), Some(5));
}

#[test]
fn cross_and_mpy() {
    let folder = std::env::temp_dir().join(format!("krait-cross-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let source = folder.join("m.py");
    std::fs::write(&source, "def f():\n    return 6 * 7\nprint(f())\n").expect("a file");
    let path = source.to_str().expect("UTF-8");
    assert!(run(&["cross", "-s", "name.py", path]).status.success());
    let compiled = folder.join("m.mpy");
    let direct = with_input(&["cross", "-s", "name.py", "-o", "-", "-"], b"def f():\n    return 6 * 7\nprint(f())\n");
    assert_eq!(std::fs::read(&compiled).expect("written"), direct.stdout);
    std::fs::remove_file(&source).expect("removed");
    let out = krait(&["-m", "m"]).env("MICROPYPATH", &folder).output().expect("starts");
    assert_eq!(text(&out.stdout), "42\n", "{}", text(&out.stderr));
    let shown = run(&["mpy", compiled.to_str().expect("UTF-8")]);
    assert!(text(&shown.stdout).contains("name.py"));
    let bad = with_input(&["cross", "-"], b"x = (");
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad.stderr).contains("SyntaxError"));
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[test]
fn a_small_native_stack_is_enough() {
    let deep = "l = []\nfor i in range(3000): l = [l]\ntry: print(l)\nexcept RuntimeError: print('deep')";
    for stack in ["stack=64k", "stack=64k,poison"] {
        let out = krait(&["-X", "heapsize=8M", "-c", deep]).env("KRAIT_HARD", stack).output().expect("starts");
        assert!(text(&out.stdout).ends_with("deep\n"), "{:?} {}", out.status, text(&out.stderr));
    }
}

#[test]
fn interrupts_are_quick() {
    for code in
        ["while True: pass", "import time; time.sleep(60)", "input()", "max(range(10**12))", "open(0, 'rb').read()"]
    {
        let mut child = krait(&["-c", &format!("print('on')\n{code}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("starts");
        std::thread::sleep(Duration::from_millis(300));
        let pid = rustix::process::Pid::from_child(&child);
        let start = Instant::now();
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
        assert_eq!(child.wait().expect("ends").code(), Some(1), "{code}");
        // Ten times the promise, for a machine that does other things as well.
        assert!(start.elapsed() < Duration::from_secs(1), "{code}: {:?}", start.elapsed());
    }
}
