//! What the verifier knows of one item on the evaluation stack.
//!
//! An item is one word, except iterators and the outcome of a guarded block. Kinds are ordered
//! by how much is known; where two paths meet, the kind is the least that covers both, and there
//! may be none.

/// What an item on the stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// Any object.
    Value,
    /// `None` or an exception: an object, and also the outcome of a block that did not end in a
    /// return or jump.
    Plain,
    /// A list.
    List,
    /// A dict.
    Dict,
    /// A set.
    Set,
    /// A tuple.
    Tuple,
    /// A name of the unit, as a string.
    Name,
    /// No object.
    Null,
    /// The object that goes with a method, or none: second word of `LOAD_METHOD`.
    Receiver,
    /// A cell.
    Cell,
    /// The last 1 to 4 words of an iterator; only a whole one can be stepped.
    Iter1,
    Iter2,
    Iter3,
    Iter4,
    /// The outcome of a block that ended in a return or jump: two words.
    Pending,
    /// The outcome of a block: one word or two, which is known only when it runs.
    Outcome,
}

impl Kind {
    /// Whether the item is one word that holds an object.
    pub(crate) fn is_value(self) -> bool {
        (self as u8) <= Kind::Name as u8
    }

    pub(crate) fn is_value_or_null(self) -> bool {
        self.is_value() || self == Kind::Null
    }

    pub(crate) fn is_receiver(self) -> bool {
        self.is_value_or_null() || self == Kind::Receiver
    }

    /// Whether `END_FINALLY` knows what to do with it.
    pub(crate) fn is_outcome(self) -> bool {
        matches!(self, Kind::Plain | Kind::Pending | Kind::Outcome)
    }

    /// Words it takes on the stack, at most.
    pub(crate) fn words(self) -> u32 {
        match self {
            Kind::Iter2 | Kind::Pending | Kind::Outcome => 2,
            Kind::Iter3 => 3,
            Kind::Iter4 => 4,
            _ => 1,
        }
    }

    /// What is left of an iterator when one word of it is popped; `None` for the last word.
    pub(crate) fn rest_of_iterator(self) -> Option<Kind> {
        match self {
            Kind::Iter4 => Some(Kind::Iter3),
            Kind::Iter3 => Some(Kind::Iter2),
            Kind::Iter2 => Some(Kind::Iter1),
            _ => None,
        }
    }

    /// The least kind that covers both.
    pub(crate) fn join(self, other: Kind) -> Option<Kind> {
        if self == other {
            Some(self)
        } else if self.is_value() && other.is_value() {
            Some(Kind::Value)
        } else if self.is_outcome() && other.is_outcome() {
            Some(Kind::Outcome)
        } else {
            None
        }
    }
}
