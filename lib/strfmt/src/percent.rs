//! Templates of the `%` operator: literal text and `%(key)-08.3d`.

use crate::scan::Scan;
use crate::{Align, Error, Sign, Spec};

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PercentPiece<'a> {
    /// Text to copy. `%%` has been made single by cutting the text there.
    Literal(&'a [u8]),
    /// A directive.
    Directive(Directive<'a>),
}

/// A width or precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Written out.
    Given(u32),
    /// `*`: the next argument.
    Argument,
}

/// What a directive makes of its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PercentKind {
    /// `%d %i %u %o %x %X`: an integer; [`Spec::int_form`] gives the base. Only `d`, `i` and `u` take floats, which
    /// they truncate.
    Integer,
    /// `%e %E %f %F %g %G`
    Float,
    /// `%c`: one character, or the character of an integer.
    Char,
    /// `%s`
    Str,
    /// `%r`
    Repr,
}

/// `%(key)flags width.precision code`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive<'a> {
    /// The name of the argument in a dictionary.
    pub key: Option<&'a [u8]>,
    /// The least width.
    pub width: Option<Amount>,
    /// Digits, or the greatest length of text.
    pub precision: Option<Amount>,
    code: char,
    index: usize,
    flags: Flags,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flags {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zero: bool,
}

impl Directive<'_> {
    /// What the directive makes of its argument. [`Error::Unsupported`] for an unknown code: to be
    /// asked after the argument has been found, since its absence is the error that counts.
    pub fn kind(&self) -> Result<PercentKind, Error> {
        match self.code {
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' => Ok(PercentKind::Integer),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => Ok(PercentKind::Float),
            'c' => Ok(PercentKind::Char),
            's' => Ok(PercentKind::Str),
            'r' => Ok(PercentKind::Repr),
            code => Err(Error::Unsupported(code, self.index)),
        }
    }

    /// The directive's code converts floats to integers: `%d`, `%i`, `%u`.
    pub fn truncates_floats(&self) -> bool {
        matches!(self.code, 'd' | 'i' | 'u')
    }

    /// The directive as a spec. `width` and `precision` are the arguments of `*`, where there is one; a negative
    /// width aligns left, a negative precision is 0.
    pub fn spec(&self, width: Option<i64>, precision: Option<i64>) -> Result<Spec, Error> {
        let kind = self.kind()?;
        let mut left = self.flags.left;
        let width = match self.width {
            Some(Amount::Argument) => {
                let width = width.unwrap_or(0);
                left |= width < 0;
                bounded(width.unsigned_abs())?
            }
            Some(Amount::Given(width)) => width,
            None => 0,
        };
        let precision = match self.precision {
            Some(Amount::Argument) => Some(bounded(precision.unwrap_or(0).max(0).unsigned_abs())?),
            Some(Amount::Given(precision)) => Some(precision),
            None => None,
        };
        let number = matches!(kind, PercentKind::Integer | PercentKind::Float);
        let zero = number && self.flags.zero && !left;
        let mut spec = Spec {
            align: Some(match (left, zero) {
                (true, _) => Align::Left,
                (_, true) => Align::AfterSign,
                _ => Align::Right,
            }),
            zero,
            width,
            alternate: self.flags.alternate,
            ..Spec::default()
        };
        if number {
            spec.sign = match (self.flags.plus, self.flags.space) {
                (true, _) => Sign::Plus,
                (_, true) => Sign::Space,
                _ => Sign::Minus,
            };
        }
        match kind {
            PercentKind::Integer => {
                spec.min_digits = precision.unwrap_or(0);
                spec.code = Some(if self.truncates_floats() { 'd' } else { self.code });
            }
            PercentKind::Float => {
                spec.precision = precision;
                spec.code = Some(self.code);
            }
            PercentKind::Str | PercentKind::Repr => spec.precision = precision,
            PercentKind::Char => {}
        }
        Ok(spec)
    }
}

fn bounded(x: u64) -> Result<u32, Error> {
    u32::try_from(x).ok().filter(|&x| x <= i32::MAX as u32).ok_or(Error::TooManyDigits)
}

/// Cuts a template into pieces. Nothing follows an error.
#[derive(Clone)]
pub struct Percent<'a> {
    scan: Scan<'a>,
}

impl<'a> Percent<'a> {
    /// The pieces of a template: text or any bytes.
    pub fn new(template: &'a [u8]) -> Self {
        Percent { scan: Scan::new(template) }
    }

    fn literal(&mut self) -> PercentPiece<'a> {
        let from = self.scan.at;
        self.scan.until(|c| c == b'%');
        let mut to = self.scan.at;
        if self.scan.rest().starts_with(b"%%") {
            to += 1;
            self.scan.at += 2;
        }
        PercentPiece::Literal(self.scan.between(from, to))
    }

    /// A directive, behind its `%`.
    fn directive(&mut self) -> Result<Directive<'a>, Error> {
        let scan = &mut self.scan;
        let mut key = None;
        if scan.eat(b'(') {
            key = Some(scan.until(|c| c == b')'));
            if !scan.eat(b')') {
                return Err(Error::IncompleteKey);
            }
        }
        let mut flags = Flags::default();
        loop {
            match scan.peek() {
                Some(b'-') => flags.left = true,
                Some(b'+') => flags.plus = true,
                Some(b' ') => flags.space = true,
                Some(b'#') => flags.alternate = true,
                Some(b'0') => flags.zero = true,
                _ => break,
            }
            scan.at += 1;
        }
        let amount = |scan: &mut Scan| -> Result<Option<Amount>, Error> {
            if scan.eat(b'*') { Ok(Some(Amount::Argument)) } else { Ok(scan.number()?.map(Amount::Given)) }
        };
        let width = amount(scan)?;
        let precision = if scan.eat(b'.') {
            // A bare point is a precision of zero.
            amount(scan)?.or(Some(Amount::Given(0)))
        } else {
            None
        };
        let index = scan.at;
        let code = scan.next_char().ok_or(Error::Incomplete)?;
        Ok(Directive { key, width, precision, code, index, flags })
    }
}

impl<'a> Iterator for Percent<'a> {
    type Item = Result<PercentPiece<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = match self.scan.rest() {
            [] => return None,
            [b'%', b'%', ..] => Ok(self.literal()),
            [b'%', ..] => {
                self.scan.at += 1;
                self.directive().map(PercentPiece::Directive)
            }
            _ => Ok(self.literal()),
        };
        if piece.is_err() {
            self.scan.finish();
        }
        Some(piece)
    }
}
