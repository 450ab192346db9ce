//! A private apt root for one Debian suite: lists and downloads of its own, no trace in the system's.
//!
//! apt checks the archive's signature as always; only where it keeps things differs. Whatever suite
//! the machine itself runs is unaffected, because nothing is ever installed from here.

use super::{LIMIT, sources};
use crate::process::tool;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Lists older than this are fetched again.
const FRESH: Duration = Duration::from_secs(6 * 3600);

pub(super) struct Apt {
    dir: PathBuf,
    suite: String,
}

impl Apt {
    /// Opens the root under `cache`, with the lists of `suite` fetched.
    pub(super) fn open(cache: &Path, suite: &str) -> Result<Self> {
        let archive = sources::archive(Path::new("/etc/apt")).context("this machine's apt names no Debian archive")?;
        let apt = Self { dir: cache.join("apt").join(suite), suite: suite.to_owned() };
        for part in ["lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(apt.dir.join(part))?;
        }
        let list = apt.dir.join("sources.list");
        let stamp = apt.dir.join("updated");
        fs::write(&list, archive.lines(suite))?;
        let age = stamp.metadata().and_then(|m| m.modified()).ok();
        if age.and_then(|t| SystemTime::now().duration_since(t).ok()).is_none_or(|a| a > FRESH) {
            let mut update = apt.command("apt-get");
            // Without this, apt calls an unreachable archive a warning and leaves with success.
            update.args(["-o", "APT::Update::Error-Mode=any", "update"]);
            tool(update, LIMIT)?;
            fs::write(stamp, "")?;
        }
        Ok(apt)
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let option = |c: &mut Command, key: &str, value: &Path| {
            c.arg("-o").arg(format!("{key}={}", value.display()));
        };
        option(&mut command, "Dir::Etc::SourceList", &self.dir.join("sources.list"));
        option(&mut command, "Dir::Etc::SourceParts", Path::new("/dev/null"));
        option(&mut command, "Dir::Etc::Preferences", Path::new("/dev/null"));
        option(&mut command, "Dir::Etc::PreferencesParts", Path::new("/dev/null"));
        option(&mut command, "Dir::State::Lists", &self.dir.join("lists"));
        option(&mut command, "Dir::Cache", &self.dir.join("cache"));
        for setting in [
            "Acquire::Languages=none",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
            "Acquire::Retries=2",
            "Acquire::http::Timeout=30",
            "APT::Sandbox::User=root", // the cache may stand where apt's own user cannot look
        ] {
            command.args(["-o", setting]);
        }
        command
    }

    /// Downloads the source package into `to`, unpacking nothing.
    pub(super) fn source(&self, package: &str, to: &Path) -> Result<()> {
        fs::create_dir_all(to)?;
        let mut get = self.command("apt-get");
        get.args(["source", "--download-only", &format!("{package}/{}", self.suite)]).current_dir(to);
        tool(get, LIMIT).map(drop)
    }

    /// Downloads the packages themselves into `to`.
    pub(super) fn download(&self, packages: &[String], to: &Path) -> Result<()> {
        fs::create_dir_all(to)?;
        let mut get = self.command("apt-get");
        get.arg("download").current_dir(to);
        get.args(packages.iter().map(|p| format!("{p}/{}", self.suite)));
        tool(get, LIMIT).map(drop)
    }

    /// What `package` depends on: names only, the first of each choice.
    pub(super) fn dependencies(&self, package: &str) -> Result<Vec<String>> {
        let mut show = self.command("apt-cache");
        show.args(["show", "--no-all-versions", package]);
        let text = String::from_utf8_lossy(&tool(show, LIMIT)?).into_owned();
        let Some(line) = text.lines().find_map(|l| l.strip_prefix("Depends:")) else {
            bail!("{} has no package {package}", self.suite)
        };
        let names = line.split(',').filter_map(|d| d.split_whitespace().next());
        Ok(names.map(str::to_owned).collect())
    }
}
