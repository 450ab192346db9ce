//! The machine's own package sources, read to learn which archive it uses and by which key.
//!
//! Both of apt's formats are read: one-line `.list` and paragraph `.sources`. Only the first entry
//! that serves Debian's `main` outside the security archive matters.

use std::path::Path;

/// An archive: its address and, if named, the file with its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Archive {
    pub(super) address: String,
    pub(super) key: Option<String>,
}

impl Archive {
    /// Source-list lines for one suite of this archive, programs and sources.
    pub(super) fn lines(&self, suite: &str) -> String {
        let options = self.key.as_ref().map(|k| format!("[signed-by={k}] ")).unwrap_or_default();
        let address = &self.address;
        format!("deb {options}{address} {suite} main\ndeb-src {options}{address} {suite} main\n")
    }
}

/// The archive this machine installs from, if apt's files under `etc` (usually `/etc/apt`) say.
pub(super) fn archive(etc: &Path) -> Option<Archive> {
    let mut paths = vec![etc.join("sources.list")];
    if let Ok(entries) = etc.join("sources.list.d").read_dir() {
        paths.extend(entries.flatten().map(|e| e.path()));
    }
    paths.sort();
    paths.iter().find_map(|path| {
        let text = std::fs::read_to_string(path).ok()?;
        match path.extension()?.to_str()? {
            "sources" => text.split("\n\n").find_map(paragraph),
            "list" => text.lines().find_map(line),
            _ => None,
        }
    })
}

fn wanted(address: &str, components: &str) -> bool {
    let address = address.trim_end_matches('/');
    address.ends_with("/debian") && components.split_whitespace().any(|c| c == "main")
}

fn paragraph(text: &str) -> Option<Archive> {
    let field = |name: &str| {
        text.lines().find_map(|l| {
            let (key, value) = l.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    if field("Enabled").is_some_and(|v| v.eq_ignore_ascii_case("no")) {
        return None;
    }
    let address = field("URIs")?.split_whitespace().next()?;
    wanted(address, field("Components")?).then(|| Archive {
        address: address.to_owned(),
        key: field("Signed-By").filter(|k| k.starts_with('/')).map(str::to_owned),
    })
}

fn line(text: &str) -> Option<Archive> {
    let rest = text.trim().strip_prefix("deb")?.trim_start_matches("-src").trim();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let (address, rest) = rest.trim().split_once(char::is_whitespace)?;
    wanted(address, rest).then(|| Archive {
        address: address.to_owned(),
        key: options.split_whitespace().find_map(|o| o.strip_prefix("signed-by=")).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs() {
        let text = "Types: deb\n# a remark\nURIs: http://mirror.example/debian\nSuites: a b\nComponents: main contrib\nSigned-By: /k.gpg";
        assert_eq!(
            paragraph(text),
            Some(Archive { address: "http://mirror.example/debian".into(), key: Some("/k.gpg".into()) })
        );
        assert_eq!(paragraph("URIs: http://mirror.example/debian-security\nComponents: main"), None);
        assert_eq!(paragraph(&format!("Enabled: no\n{text}")), None);
    }

    #[test]
    fn one_liners() {
        let found = line("deb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian/ stable main");
        assert_eq!(found.and_then(|a| a.key), Some("/k.gpg".into()));
        assert!(line("deb-src http://mirror.example/debian stable main").is_some());
        assert!(line("# deb http://mirror.example/debian stable main").is_none());
        assert!(line("deb http://mirror.example/other stable main").is_none());
    }
}
