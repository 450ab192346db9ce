//! Python-visible modules, one a file, over the language, `lib` and the `hal` traits.
//!
//! Absent: any chip, any operating system. A port's manifest says which of these modules it has.
#![no_std]
#![deny(unsafe_code)]
