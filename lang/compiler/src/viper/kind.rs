//! The types of viper code.

use crate::names::{Name, well_known};

/// What is known of a word on the stack, or of a local.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Type {
    #[default]
    Object,
    Bool,
    Int,
    Uint,
    Ptr,
    Ptr8,
    Ptr16,
    Ptr32,
    /// `None`, which is also the number 0.
    None,
    /// A local to which nothing was assigned yet.
    Unbound,
    /// The name of a type, about to be called: the Python type of that name, or `None` in its place.
    Cast(Native),
}

/// A type that values are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Native {
    Bool,
    Int,
    Uint,
    Ptr,
    Ptr8,
    Ptr16,
    Ptr32,
}

impl Native {
    pub(crate) fn ty(self) -> Type {
        match self {
            Native::Bool => Type::Bool,
            Native::Int => Type::Int,
            Native::Uint => Type::Uint,
            Native::Ptr => Type::Ptr,
            Native::Ptr8 => Type::Ptr8,
            Native::Ptr16 => Type::Ptr16,
            Native::Ptr32 => Type::Ptr32,
        }
    }

    /// Whether Python has a type of that name.
    pub(crate) fn is_python(self) -> bool {
        matches!(self, Native::Bool | Native::Int)
    }

    /// The type that a name casts to.
    pub(crate) fn of_name(name: Name) -> Option<Native> {
        Some(match name {
            well_known::BOOL => Native::Bool,
            well_known::INT => Native::Int,
            well_known::UINT => Native::Uint,
            well_known::PTR => Native::Ptr,
            well_known::PTR8 => Native::Ptr8,
            well_known::PTR16 => Native::Ptr16,
            well_known::PTR32 => Native::Ptr32,
            _ => return None,
        })
    }
}

impl Type {
    /// The type that an annotation names.
    pub(crate) fn of_name(name: Name) -> Option<Type> {
        if name == well_known::OBJECT {
            return Some(Type::Object);
        }
        Native::of_name(name).map(Native::ty)
    }

    /// Its name in messages.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Type::Object | Type::Unbound | Type::Cast(_) => "object",
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Uint => "uint",
            Type::Ptr => "ptr",
            Type::Ptr8 => "ptr8",
            Type::Ptr16 => "ptr16",
            Type::Ptr32 => "ptr32",
            Type::None => "None",
        }
    }

    pub(crate) fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Uint)
    }

    /// Whether Python code can have it.
    pub(crate) fn is_object(self) -> bool {
        !self.is_pointer() && !matches!(self, Type::Cast(native) if !native.is_python())
    }

    pub(crate) fn is_pointer(self) -> bool {
        matches!(self, Type::Ptr | Type::Ptr8 | Type::Ptr16 | Type::Ptr32)
    }

    /// What it converts to by itself.
    pub(crate) fn native(self) -> Option<Native> {
        Some(match self {
            Type::Bool => Native::Bool,
            Type::Int => Native::Int,
            Type::Uint => Native::Uint,
            Type::Ptr => Native::Ptr,
            Type::Ptr8 => Native::Ptr8,
            Type::Ptr16 => Native::Ptr16,
            Type::Ptr32 => Native::Ptr32,
            _ => return None,
        })
    }

    /// How wide what it points to is: the binary logarithm of the bytes.
    pub(crate) fn width(self) -> Option<u32> {
        match self {
            Type::Ptr8 => Some(0),
            Type::Ptr16 => Some(1),
            Type::Ptr32 => Some(2),
            _ => None,
        }
    }
}
