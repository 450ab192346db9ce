//! What can be wrong with a template or its arguments, and MicroPython's words for it.

use core::fmt::{self, Write};

/// The exception that an [`Error`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `IndexError`
    Index,
    /// `NotImplementedError`
    NotImplemented,
    /// Not an error of formatting: the writer refused, and knows why.
    Sink,
}

/// What is wrong. [`Error::message`] gives the reference's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A `}` with no `{` before it.
    SingleBrace,
    /// A `{` that is never closed.
    UnmatchedBrace,
    /// Something other than `:` or `}` after a conversion.
    ExpectedColon,
    /// The template ends after `!`.
    ConversionMissing,
    /// A conversion other than `r` and `s`.
    ConversionUnknown(char),
    /// `{0}` after `{}`.
    ManualAfterAutomatic,
    /// `{}` after `{0}`.
    AutomaticAfterManual,
    /// Something other than `.name` and `[key]` behind a field name, or the caller does not do these.
    Attributes,
    /// A positional argument that was not given.
    ArgumentMissing,
    /// A format spec that does not follow the grammar.
    InvalidSpec,
    /// A width, precision or index beyond 2**31 - 1.
    TooManyDigits,
    /// A sign for text.
    SignInText,
    /// A sign for a character.
    SignWithChar,
    /// `=` alignment for text.
    PadAfterSignInText,
    /// A type code that the value's type does not know.
    UnknownCode(char),
    /// The template ends within a `%` directive.
    Incomplete,
    /// The template ends within `%(key`.
    IncompleteKey,
    /// A `%` directive of unknown kind, and its byte index in the template.
    Unsupported(char, usize),
    /// `%(key)` with an argument that is no mapping.
    NeedsDict,
    /// Fewer arguments than `%` directives.
    NotEnough,
    /// More arguments than `%` directives.
    NotAllUsed,
    /// `%c` of text that is not one character.
    CharNeeded,
    /// `%c` of something that is neither integer nor text.
    IntegerNeeded,
    /// The writer refused.
    Sink,
}

impl From<fmt::Error> for Error {
    fn from(_: fmt::Error) -> Error {
        Error::Sink
    }
}

impl Error {
    /// The exception to raise.
    pub fn class(self) -> Class {
        match self {
            Error::Attributes => Class::NotImplemented,
            Error::ArgumentMissing => Class::Index,
            Error::NeedsDict | Error::NotEnough | Error::NotAllUsed | Error::CharNeeded | Error::IntegerNeeded => {
                Class::Type
            }
            Error::Sink => Class::Sink,
            _ => Class::Value,
        }
    }

    /// Writes the exception's text. `type_name` is the type of the value that was being formatted,
    /// which [`Error::UnknownCode`] names.
    pub fn message(self, w: &mut dyn Write, type_name: &str) -> fmt::Result {
        let text = match self {
            Error::SingleBrace => "single '}' encountered in format string",
            Error::UnmatchedBrace => "unmatched '{' in format",
            Error::ExpectedColon => "expected ':' after format specifier",
            Error::ConversionMissing => "end of format while looking for conversion specifier",
            Error::ConversionUnknown(c) => {
                return write!(w, "unknown conversion specifier {c}");
            }
            Error::ManualAfterAutomatic => "can't switch from automatic field numbering to manual field specification",
            Error::AutomaticAfterManual => "can't switch from manual field specification to automatic field numbering",
            Error::Attributes => "attributes not supported",
            Error::ArgumentMissing => "tuple index out of range",
            Error::InvalidSpec => "invalid format specifier",
            Error::TooManyDigits => "too many decimal digits in format string",
            Error::SignInText => "sign not allowed in string format specifier",
            Error::SignWithChar => "sign not allowed with integer format specifier 'c'",
            Error::PadAfterSignInText => "'=' alignment not allowed in string format specifier",
            Error::UnknownCode(c) => {
                return write!(w, "unknown format code '{c}' for object of type '{type_name}'");
            }
            Error::Incomplete => "incomplete format",
            Error::IncompleteKey => "incomplete format key",
            Error::Unsupported(c, at) => {
                let code = u32::from(c);
                return write!(w, "unsupported format character '{c}' (0x{code:x}) at index {at}");
            }
            Error::NeedsDict => "format needs a dict",
            Error::NotEnough => "format string needs more arguments",
            Error::NotAllUsed => "format string didn't convert all arguments",
            Error::CharNeeded => "%c needs int or char",
            Error::IntegerNeeded => "integer needed",
            Error::Sink => "",
        };
        w.write_str(text)
    }
}
