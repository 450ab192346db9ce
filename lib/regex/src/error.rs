//! What can be wrong with a pattern.

use core::fmt;

/// Why a pattern is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A repetition with nothing before it, or after another one.
    NothingToRepeat,
    /// `{m,n}` with `m` above `n`.
    BadCount,
    /// A `)` too many.
    Unopened,
    /// A `)` too few.
    Unclosed,
    /// A `[` without `]`.
    OpenSet,
    /// A range of characters that runs backwards.
    BadRange,
    /// A backslash at the end.
    LoneBackslash,
    /// `\x` or `\u` without its digits.
    BadEscape,
    /// What follows `(?` is not known.
    BadGroup,
    /// A group's name is no name, or stands twice.
    BadName,
    /// Back references and look-around.
    NotSupported,
    /// More groups than [`crate::GROUPS_MAX`].
    TooManyGroups,
    /// Groups too deep in one another, or a program too long.
    TooComplex,
    /// The buffer would not grow.
    NoRoom,
}

/// Why and where a pattern is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// Why.
    pub what: What,
    /// The byte of the pattern where that was seen.
    pub at: usize,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::NothingToRepeat => "nothing to repeat",
            What::BadCount => "bad repeat count",
            What::Unopened => "unbalanced ')'",
            What::Unclosed => "missing ')'",
            What::OpenSet => "missing ']'",
            What::BadRange => "bad character range",
            What::LoneBackslash => "backslash at the end",
            What::BadEscape => "bad escape",
            What::BadGroup => "unknown extension after '(?'",
            What::BadName => "bad group name",
            What::NotSupported => "back references and look-around are not supported",
            What::TooManyGroups => "too many groups",
            What::TooComplex => "regex too complex",
            What::NoRoom => "out of memory",
        })
    }
}
