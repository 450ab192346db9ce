//! Tab completion of names.
//!
//! Invariant: what is inserted or printed are identifiers only, each once, in
//! the order of their code points. There is no memory for a list of names: the
//! printing asks for all names again for each one printed, and takes the next
//! greater.
//!
//! The rules are the reference's: dotted chains are looked up from `__main__`;
//! after `import ` come modules; names that start with an underscore stay hidden
//! until something of them is typed; the word `import` completes itself if
//! nothing else does; lists stand in slots of 16 columns, 64 a line.

use crate::host::Console;
use krait_lineedit::{Completed, Insertion, columns};

/// Which names are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The names of `__main__` (the reference leaves the builtins out).
    Main,
    /// The attributes (of instance, class and bases) of what this dotted name
    /// stands for, looked up from `__main__` without calling into Python code
    /// that could print or raise visibly.
    Attributes(&'a str),
    /// Modules that can be imported.
    Modules,
}

/// Where names come from.
pub trait Namespace {
    /// Calls `visit` for each name in `scope`, in any order, repetitions allowed.
    /// A scope that does not exist has none. The same call is made several times
    /// over, and should yield the same names.
    fn each_name(&mut self, scope: Scope<'_>, visit: &mut dyn FnMut(&str));
}

const SLOT: usize = 16;
const LINE: usize = 4 * SLOT;
/// Names printed at most; more are told by an ellipsis.
const LISTED: usize = 256;
const IMPORT: &str = "import ";

/// Completes `before`, the line up to the cursor: fills `insertion`, or prints a
/// list to the host's console.
pub fn complete<H>(host: &mut H, before: &str, insertion: &mut Insertion) -> Completed
where
    H: Console + Namespace + ?Sized,
{
    let chain = before.rsplit(|c| !is_chain(c)).next().unwrap_or("");
    let (path, prefix) = chain.rsplit_once('.').map_or((None, chain), |(p, n)| (Some(p), n));
    let scope = match path {
        Some(path) if path.split('.').any(str::is_empty) => return Completed::Nothing,
        Some(path) => Scope::Attributes(path),
        None if before.starts_with(IMPORT) => Scope::Modules,
        None => Scope::Main,
    };

    let found = survey(host, scope, prefix, insertion);
    if found == Found::None {
        let rest = IMPORT.strip_prefix(before).filter(|rest| rest.len() < IMPORT.len());
        return match rest {
            Some(rest) if !rest.is_empty() => {
                insertion.set(rest);
                Completed::Insert
            }
            _ => Completed::Nothing,
        };
    }
    if !insertion.as_str().is_empty() {
        return Completed::Insert;
    }
    if found == Found::One {
        return Completed::Nothing; // typed in full already
    }
    list(host, scope, prefix);
    Completed::Listed
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    None,
    One,
    Several,
}

/// Counts the names that match and leaves what they all go on with in `common`.
fn survey<N>(names: &mut N, scope: Scope<'_>, prefix: &str, common: &mut Insertion) -> Found
where
    N: Namespace + ?Sized,
{
    let mut found = Found::None;
    let mut first_len = 0;
    names.each_name(scope, &mut |name| {
        let Some(rest) = matching(name, prefix) else {
            return;
        };
        if found == Found::None {
            common.set(rest);
            first_len = rest.len();
            found = Found::One;
        } else if found == Found::Several || rest.len() != first_len || !rest.starts_with(common.as_str()) {
            common.keep_common(rest);
            found = Found::Several;
        }
    });
    found
}

/// What `name` adds to `prefix`, if it is an identifier that may be shown.
fn matching<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let hidden = prefix.is_empty() && name.starts_with('_');
    if name.is_empty() || hidden || !name.chars().all(is_identifier) {
        return None;
    }
    name.strip_prefix(prefix)
}

fn is_identifier(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || (!c.is_ascii() && !c.is_control())
}

fn is_chain(c: char) -> bool {
    c == '.' || is_identifier(c)
}

/// Prints the matching names in slots.
fn list<H>(host: &mut H, scope: Scope<'_>, prefix: &str)
where
    H: Console + Namespace + ?Sized,
{
    // Of a name beyond `Insertion::MAX` bytes the start counts and is shown.
    let mut shown = Insertion::default();
    let mut next = Insertion::default();
    let mut column = LINE; // so that the first name starts a line
    for count in 0.. {
        let mut any = false;
        host.each_name(scope, &mut |name| {
            if matching(name, prefix).is_none() {
                return;
            }
            let name = name.get(..name.floor_char_boundary(Insertion::MAX)).unwrap_or("");
            if name > shown.as_str() && (!any || name < next.as_str()) {
                next.set(name);
                any = true;
            }
        });
        if !any {
            break;
        }
        if count == LISTED {
            host.write(b"\r\n...");
            break;
        }
        shown.set(next.as_str());
        let name = shown.as_str();
        let width = columns(name);
        let mut gap = column.next_multiple_of(SLOT) - column;
        if gap < 2 {
            gap += SLOT;
        }
        if column + gap + width <= LINE {
            host.write(b"                 ".get(..gap).unwrap_or(&[]));
            column += gap + width;
        } else {
            host.write(b"\r\n");
            column = width;
        }
        host.write(name.as_bytes());
    }
    host.write(b"\r\n");
}
