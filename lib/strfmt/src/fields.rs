//! Templates of `str.format`: literal text and `{name!conversion:spec}`.
//!
//! A spec may hold fields of its own; it is handed out raw, and the caller formats it as a template
//! with the same [`Numbering`] before it reads it with [`Spec::parse`](crate::Spec::parse). Names
//! have no nested fields.

use crate::Error;
use crate::scan::Scan;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldPiece<'a> {
    /// Text to copy. Doubled braces have been made single by cutting the text there.
    Literal(&'a [u8]),
    /// A replacement field.
    Field(Field<'a>),
}

/// `{name!conversion:spec}`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as written; empty for automatic numbering. See [`FieldName::parse`].
    pub name: &'a [u8],
    /// `!r` or `!s`.
    pub conversion: Option<Conversion>,
    /// The raw spec; `None` for `{}` and `{:}`, which means that the value goes through `str`.
    pub spec: Option<&'a [u8]>,
}

impl Field<'_> {
    /// The spec holds fields of its own.
    pub fn is_nested(&self) -> bool {
        self.spec.is_some_and(|spec| spec.iter().any(|c| matches!(c, b'{' | b'}')))
    }
}

/// What is done to a value before its spec applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `!r`
    Repr,
    /// `!s`
    Str,
}

/// Cuts a template into pieces. Nothing follows an error.
#[derive(Clone)]
pub struct Fields<'a> {
    scan: Scan<'a>,
}

impl<'a> Fields<'a> {
    /// The pieces of a template in UTF-8.
    pub fn new(template: &'a [u8]) -> Self {
        Fields { scan: Scan::new(template) }
    }

    fn literal(&mut self) -> Result<FieldPiece<'a>, Error> {
        let from = self.scan.at;
        self.scan.until(|c| matches!(c, b'{' | b'}'));
        let mut to = self.scan.at;
        match (self.scan.rest(), to > from) {
            ([b'{', b'{', ..] | [b'}', b'}', ..], _) => {
                // The first brace belongs to the text, the second is dropped.
                to += 1;
                self.scan.at += 2;
            }
            ([b'}', ..], false) => return Err(Error::SingleBrace),
            // A lone brace ends the text and is next in turn.
            _ => {}
        }
        Ok(FieldPiece::Literal(self.scan.between(from, to)))
    }

    /// A field, behind its `{`.
    fn field(&mut self) -> Result<FieldPiece<'a>, Error> {
        let scan = &mut self.scan;
        let name = scan.until(|c| matches!(c, b'}' | b'!' | b':'));
        let conversion = if scan.eat(b'!') {
            Some(match scan.next_char() {
                Some('r') => Conversion::Repr,
                Some('s') => Conversion::Str,
                Some(c) => return Err(Error::ConversionUnknown(c)),
                None => return Err(Error::ConversionMissing),
            })
        } else {
            None
        };
        let mut spec = None;
        if scan.eat(b':') && scan.peek() != Some(b'}') {
            let from = scan.at;
            let mut depth = 1usize;
            while let Some(c) = scan.peek() {
                match c {
                    b'{' => depth += 1,
                    b'}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
                scan.at += 1;
            }
            spec = Some(scan.between(from, scan.at));
        }
        match scan.next() {
            None => Err(Error::UnmatchedBrace),
            Some(b'}') => Ok(FieldPiece::Field(Field { name, conversion, spec })),
            Some(_) => Err(Error::ExpectedColon),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<FieldPiece<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let piece = match self.scan.rest() {
            [] => return None,
            [b'{', b'{', ..] => self.literal(),
            [b'{', ..] => {
                self.scan.at += 1;
                self.field()
            }
            _ => self.literal(),
        };
        if piece.is_err() {
            self.scan.finish();
        }
        Some(piece)
    }
}

/// Which argument a field names, and what is looked up in it.
#[derive(Clone)]
pub enum FieldName<'a> {
    /// `{}`: the next positional argument. Ask [`Numbering::automatic`].
    Automatic,
    /// `{0...}`: a positional argument. Ask [`Numbering::manual`].
    Index(usize, Steps<'a>),
    /// `{name...}`: a keyword argument.
    Key(&'a [u8], Steps<'a>),
}

impl<'a> FieldName<'a> {
    /// Reads a field's name.
    pub fn parse(name: &'a [u8]) -> Result<FieldName<'a>, Error> {
        let mut scan = Scan::new(name);
        match scan.peek() {
            None => Ok(FieldName::Automatic),
            Some(b'0'..=b'9') => {
                let index = scan.number()?.unwrap_or(0);
                Ok(FieldName::Index(index as usize, Steps { scan }))
            }
            Some(_) => {
                let key = scan.until(|c| matches!(c, b'.' | b'['));
                Ok(FieldName::Key(key, Steps { scan }))
            }
        }
    }
}

/// One lookup behind a field's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// `.name`
    Attribute(&'a [u8]),
    /// `[3]`
    Index(usize),
    /// `[key]`
    Key(&'a [u8]),
}

/// The lookups behind a field's name. [`Error::Attributes`] for what is neither `.name` nor `[key]`.
#[derive(Clone)]
pub struct Steps<'a> {
    scan: Scan<'a>,
}

impl Steps<'_> {
    /// There is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.scan.rest().is_empty()
    }
}

impl<'a> Steps<'a> {
    fn step(&mut self) -> Result<Step<'a>, Error> {
        let scan = &mut self.scan;
        if scan.eat(b'.') {
            let name = scan.until(|c| matches!(c, b'.' | b'['));
            return if name.is_empty() { Err(Error::Attributes) } else { Ok(Step::Attribute(name)) };
        }
        if !scan.eat(b'[') {
            return Err(Error::Attributes);
        }
        let key = scan.until(|c| c == b']');
        if key.is_empty() || !scan.eat(b']') {
            return Err(Error::Attributes);
        }
        if key.iter().all(u8::is_ascii_digit) {
            let index = Scan::new(key).number()?.unwrap_or(0);
            return Ok(Step::Index(index as usize));
        }
        Ok(Step::Key(key))
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Result<Step<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.scan.finish();
        }
        Some(step)
    }
}

/// Keeps `{}` and `{0}` from being mixed. One for a template and all specs nested in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Numbering {
    next: usize,
    manual: bool,
}

impl Numbering {
    /// The index of the next `{}`.
    pub fn automatic(&mut self) -> Result<usize, Error> {
        if self.manual {
            return Err(Error::AutomaticAfterManual);
        }
        let index = self.next;
        self.next += 1;
        Ok(index)
    }

    /// Notes a `{0}`.
    pub fn manual(&mut self) -> Result<(), Error> {
        if self.next > 0 {
            return Err(Error::ManualAfterAutomatic);
        }
        self.manual = true;
        Ok(())
    }
}
