//! The programs that a check runs, and the folder that it does it in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The programs.
pub(crate) struct Tools {
    krait: PathBuf,
    python: OsString,
    wheels: PathBuf,
    folder: PathBuf,
}

impl Tools {
    pub(crate) fn from_environment() -> Result<Tools> {
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from).with_context(|| format!("{name} is not set"));
        Ok(Tools {
            krait: path("KRAIT")?,
            python: std::env::var_os("KRAIT_PYTHON").unwrap_or_else(|| "python3".into()),
            wheels: path("KRAIT_WHEELS")?,
            folder: PathBuf::new(),
        })
    }

    /// Runs a check in an empty folder, which is gone afterwards if all was well.
    pub(crate) fn in_folder(&self, name: &str, check: fn(&Tools) -> Result<()>) -> Result<()> {
        let folder = std::env::temp_dir().join(format!("krait-interop-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let (krait, python, wheels) = (self.krait.clone(), self.python.clone(), self.wheels.clone());
        check(&Tools { krait, python, wheels, folder: folder.clone() })
            .with_context(|| format!("in {}", folder.display()))?;
        std::fs::remove_dir_all(&folder).context("the folder cannot be removed")
    }

    /// A file in the folder.
    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file, and the folders that it is in.
    pub(crate) fn write(&self, name: &str, contents: &[u8]) -> Result<()> {
        let path = self.at(name);
        if let Some(above) = path.parent() {
            std::fs::create_dir_all(above)?;
        }
        std::fs::write(&path, contents).with_context(|| path.display().to_string())
    }

    /// What a Python module of the wheels prints.
    pub(crate) fn python(&self, args: &[&str]) -> Result<String> {
        let mut python = Command::new(&self.python);
        python.args(args).env("PYTHONPATH", &self.wheels).env("PYTHONDONTWRITEBYTECODE", "1");
        self.run(python)
    }

    /// What Krait prints when it runs a script.
    pub(crate) fn krait(&self, script: &str) -> Result<String> {
        self.write("script.py", script.as_bytes())?;
        let mut krait = Command::new(&self.krait);
        krait.arg("script.py").env("MICROPYPATH", ".frozen").env_remove("MICROPYINSPECT");
        self.run(krait)
    }

    fn run(&self, mut command: Command) -> Result<String> {
        let out = command.current_dir(Path::new(&self.folder)).stdin(Stdio::null()).output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        ensure!(out.status.success(), "{command:?}: {}\n{}{}", out.status, text(&out.stdout), text(&out.stderr));
        Ok(text(&out.stdout))
    }
}
