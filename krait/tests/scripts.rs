//! Our own scripts: every `tests/python/*/*.py` prints what its `.exp` says. Each runs in an empty folder of its own,
//! which is also the only place that it may write to.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

fn scripts(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).expect("the scripts are in the tree").flatten() {
        let Ok(files) = std::fs::read_dir(folder.path()) else { continue };
        found.extend(files.flatten().map(|f| f.path()).filter(|p| p.extension().is_some_and(|e| e == "py")));
    }
    found.sort();
    found
}

/// What is wrong with a script, if something is.
fn judge(script: &Path) -> Option<String> {
    let expected = std::fs::read_to_string(script.with_extension("py.exp")).ok()?;
    let place = std::env::temp_dir().join(format!(
        "krait-script-{}-{}",
        std::process::id(),
        script.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
    ));
    std::fs::create_dir_all(&place).expect("the temporary folder is writable");
    let ran = Command::new(env!("CARGO_BIN_EXE_krait"))
        .arg(script)
        .current_dir(&place)
        .env("MICROPYPATH", ".frozen")
        .env_remove("MICROPYINSPECT")
        .env_remove("KRAIT_HARD")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    // Nothing depends on it.
    let _ = std::fs::remove_dir_all(&place);
    let printed = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    if printed == expected {
        return None;
    }
    let line = printed.lines().zip(expected.lines()).take_while(|(a, b)| a == b).count();
    let of = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
    Some(format!("{}: line {}: {} instead of {}", script.display(), line + 1, of(&printed), of(&expected)))
}

#[test]
fn scripts_print_what_they_should() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/python");
    let scripts = scripts(&root.canonicalize().expect("the scripts are in the tree"));
    assert!(scripts.len() > 10, "{} scripts", scripts.len());
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    scope(|s| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            s.spawn(|| {
                while let Some(script) = scripts.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(why) = judge(script) {
                        wrong.lock().expect("no test panics here").push(why);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("no test panics here");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
