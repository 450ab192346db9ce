//! Enumerations that can be made from their number again.

/// Declares a byte-sized enumeration with `from_number`.
macro_rules! enumeration {
    ($(#[$outer:meta])* $vis:vis enum $name:ident { $($(#[$inner:meta])* $variant:ident,)* }) => {
        $(#[$outer])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        $vis enum $name { $($(#[$inner])* $variant,)* }

        impl $name {
            /// The variant with this number.
            #[inline]
            $vis fn from_number(number: u8) -> Option<$name> {
                const ALL: &[$name] = &[$($name::$variant,)*];
                ALL.get(number as usize).copied()
            }
        }
    };
}
pub(crate) use enumeration;
