//! Why an operation gave no answer.

/// Why an operation gave no answer. The output slices then hold nothing meaningful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// An output or scratch slice is shorter than its `_len` function says.
    Space,
    /// The divisor or modulus is zero.
    DivideByZero,
    /// The [`Watch`](crate::Watch) asked to stop.
    Interrupted,
    /// The value does not fit the bytes, the machine number or the float asked for.
    Overflow,
    /// Text holds something that is not a digit of its base, or no digit at all.
    Digit,
    /// The base of text is not in 2..=36.
    Base,
    /// A float that is infinite or not a number has no integer value.
    NotFinite,
}
